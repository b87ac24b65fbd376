"""The question whether somebody is of the school: to the principal, the commune, the Sở."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, naming
from handlers.router import number
from handlers.routes import router
from storage import accounts, claims, newcomers, principals, scopes, verdicts, work
from storage.models import ClaimKind, ClaimState, Rung
from storage.verdicts import Decision, Verdict

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.claims import Claim
    from storage.newcomers import Namesake
    from storage.outbox import Owed

# More equal names than this in one school do not fit on a screen.
NAMESAKES = 5


@router.notice("claim")
def claim_letter(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever is asked; None where it is settled, or is not theirs any more."""
    found = verdicts.look(chat.db, owed.subject_id, owed.person_id or 0, chat.now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return None
    return chat.letter(_asked(chat, found.claim, found.rung), *_answers(chat, found.claim))


def _answers(chat: Chat, claim: Claim) -> list[tuple[str, str]]:
    if claim.kind is ClaimKind.PHONE:
        return [
            (chat._("Yes, the phone has changed"), f"vouch {claim.id}"),
            (chat._("No, it has not"), f"deny {claim.id}"),
        ]
    if claim.kind is ClaimKind.MOVE:
        return [
            (chat._("Yes"), f"vouch {claim.id}"),
            (chat._("No, not of this school"), f"deny {claim.id}"),
        ]
    return [
        (chat._("Yes"), f"vouch {claim.id}"),
        (chat._("Yes, correct the name's accents"), f"vouch-name {claim.id}"),
        (chat._("Nobody of the school"), f"deny {claim.id}"),
    ]


def _asked(chat: Chat, claim: Claim, rung: Rung | None) -> str:
    """The question, in the words of the rung that reads it."""
    named = {"name": claim.full_name, "school": _school(claim)}
    unit = naming.inside(claim.unit)
    if claim.kind is ClaimKind.PHONE:
        return chat._(
            "{name}, {school}, says the phone or number has changed and asks to use the assistant"
            " on the new one. Please ask them in person before answering.",
            **named,
        )
    if claim.kind is ClaimKind.MOVE:
        return chat._(
            "{name} says: works at {school} now. Is that right? Then {name} comes onto the school's"
            " list, with all registrations.",
            **named,
        )
    if rung is Rung.COMMUNE:
        return chat._(
            "Somebody gave the name “{name}” and says they teach at {school}. The principal has"
            " not answered or does not use the assistant, so the officer in charge of {unit} is"
            " asked.",
            **named, unit=unit,
        )  # fmt: skip
    if rung is Rung.DEPARTMENT:
        return chat._(
            "Somebody gave the name “{name}” and says they teach at {school}. School and commune"
            " have not answered or do not use the assistant, so the Department is asked.",
            **named,
        )
    return chat._(
        "Somebody gave the name “{name}”, says they are a teacher of this school and wants to use"
        " the training assistant.",
        name=claim.full_name,
    )


def _school(claim: Claim) -> str:
    parts = (claim.school, naming.inside(claim.unit))
    return ", ".join(part for part in parts if part)


def _by(chat: Chat, claim_id: int) -> int:
    """Who of this account's people may answer the claim; else whoever writes.

    A notice reaches the phone, and the phone may be shared: it is the right that counts.
    """
    claim = claims.get(chat.db, claim_id)
    people = [one.id for one in accounts.people(chat.db, chat.talk.account_id)]
    if claim is not None:
        for person_id in (chat.me.id, *people):
            if claims.right(chat.db, claim, person_id, chat.now):
                return person_id
    return chat.me.id


def _look(chat: Chat, claim_id: str) -> Decision:
    wanted = number(claim_id)
    return verdicts.look(chat.db, wanted, _by(chat, wanted), chat.now)


@router.action("claim")
def show(chat: Chat, claim_id: str, person_id: str = "") -> Reply:
    """The claim as it stands, with its answers; an outdated choice may still name a person."""
    del person_id
    found = _look(chat, claim_id)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    return chat.screen(
        _asked(chat, found.claim, found.rung), *_answers(chat, found.claim), back=chat.back()
    )


def _not_now(chat: Chat, found: Decision) -> Reply:
    """Why an answer counts for nothing."""
    match found.verdict:
        case Verdict.UNKNOWN | Verdict.NOT_YOURS:
            words = chat._(
                "Only the school's principal or the officers in charge can answer this, so nothing"
                " has changed."
            )
        case Verdict.SETTLED | Verdict.DONE:
            words = _settled(chat, found.claim)
        case Verdict.NO_ROOM:
            words = chat._(
                "That account serves other people meanwhile, so nothing has changed. Please let"
                " {name} use another phone.",
                name=found.claim.full_name if found.claim else "",
            )
        case Verdict.NOT_SAME:
            words = chat._("That person is not on the school's list, so nothing has changed.")
        case _:
            assert_never(found.verdict)
    return chat.screen(words, back=chat.back("menu"))


def _settled(chat: Chat, claim: Claim | None) -> str:
    if claim is None or claim.decided_at is None or claim.state is ClaimState.WITHDRAWN:
        return chat._("This question is settled: the person has shown who they are.")
    when = dates.moment(claim.decided_at.astimezone(chat.now.tzinfo), chat.talk.language)
    named = {"name": claim.full_name, "decider": claim.decided_by, "when": when}
    if claim.state is ClaimState.CONFIRMED:
        return chat._("{decider} confirmed {name}: {when}. Nothing has changed.", **named)
    return chat._("{decider} refused {name}: {when}. Nothing has changed.", **named)


@router.action("vouch", instead="claim")
def vouch(chat: Chat, claim_id: str) -> Reply:
    """Yes; equal names in the school are told apart first."""
    found = _look(chat, claim_id)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    chat.begin(claim=found.claim.id)
    return _confirm_or_ask(chat, found.claim, found.claim.full_name)


def _confirm_or_ask(chat: Chat, claim: Claim, full_name: str) -> Reply:
    same: list[Namesake] = []
    if claim.kind is ClaimKind.IDENTITY:
        same = newcomers.namesakes(
            chat.db, claim.school_id, full_name, chat.now.date(), but=claim.person_id
        )[:NAMESAKES]
    return _which(chat, claim, same) if same else _confirm(chat, claim.id)


def _which(chat: Chat, claim: Claim, same: list[Namesake]) -> Reply:
    first = same[0]
    if len(same) > 1:
        words = chat._(
            "The school has {count} people named {name} already. Who is this?",
            count=len(same), name=first.full_name,
        )  # fmt: skip
    elif first.birth_year:
        words = chat._(
            "The school has one {name} already, born {year}. Who is this?",
            name=first.full_name, year=first.birth_year,
        )  # fmt: skip
    else:
        words = chat._("The school has one {name} already. Who is this?", name=first.full_name)
    return chat.screen(
        words,
        *((_namesake(chat, one), f"same {claim.id} {one.id}") for one in same),
        (chat._("Another person of the same name"), f"another {claim.id}"),
        back=chat.back(f"claim {claim.id}"),
    )


def _namesake(chat: Chat, one: Namesake) -> str:
    if one.birth_year:
        return chat._("The very one born {year}", year=one.birth_year)
    position = naming.position(chat, one.position)
    label = chat._("The very {name}, {position}", name=one.full_name, position=position)
    return naming.choice(label)


@router.action("vouch-name", instead="claim")
def correct(chat: Chat, claim_id: str) -> Reply:
    """Ask for the name as it is really written."""
    found = _look(chat, claim_id)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    chat.begin(claim=found.claim.id)
    return chat.ask(
        chat._("Please write the right full name, with its accents."),
        "claim name",
        back=f"claim {found.claim.id}",
    )


@router.step("claim name")
def corrected(chat: Chat) -> Reply:
    """The corrected name."""
    claim_id = chat.form.get("claim")
    if trouble := naming.no_name(chat):
        return chat.again(trouble)
    found = _look(chat, str(claim_id))
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    chat.form["name"] = chat.text
    return _confirm_or_ask(chat, found.claim, chat.text)


@router.action("same", instead="claim")
def same(chat: Chat, claim_id: str, person_id: str) -> Reply:
    """The claimant is somebody the school has already: both entries become one."""
    return _confirm(chat, number(claim_id), same_as=number(person_id))


@router.action("another", instead="claim")
def another(chat: Chat, claim_id: str) -> Reply:
    """Two people of one name."""
    return _confirm(chat, number(claim_id))


def _confirm(chat: Chat, claim_id: int, *, same_as: int | None = None) -> Reply:
    mine = chat.form if chat.form.get("claim") == claim_id else {}
    found = verdicts.confirm(
        chat.db, claim_id, _by(chat, claim_id), chat.now,
        full_name=str(mine.get("name") or ""), same_as=same_as,
    )  # fmt: skip
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    chat.begin()
    name = found.claim.full_name
    if found.claim.kind is ClaimKind.PHONE:
        words = chat._("Confirmed: {name} uses the new phone from now on.", name=name)
    elif found.claim.kind is ClaimKind.MOVE:
        words = chat._("Confirmed: {name} is on the list of {school} now.", name=name,
                       school=found.claim.school)  # fmt: skip
    elif same_as is not None:
        words = chat._("Confirmed: this is {name} of the school's list.", name=name)
    elif found.rung is Rung.PRINCIPAL:
        words = chat._("Confirmed: {name}, a new teacher on the school's list.", name=name)
    else:
        words = chat._("Confirmed: {name}, {school}.", name=name, school=_school(found.claim))
    return chat.screen(words, *_next(chat))


def _next(chat: Chat) -> list[tuple[str, str]]:
    """Whoever else waits to be confirmed by this person, the oldest first."""
    day = chat.now.date()
    scope = scopes.of(chat.db, chat.me.id, day)
    waiting = work.claims(chat.db, scope) if scope else []
    waiting += principals.claims(chat.db, principals.schools(chat.db, chat.me.id, day))
    if not waiting:
        return []
    return [(chat._("People to confirm: {count}", count=len(waiting)), f"claim {waiting[0]}")]


@router.action("deny", instead="claim")
def deny(chat: Chat, claim_id: str) -> Reply:
    """Refusing frees seats, so it names its object and asks once."""
    found = _look(chat, claim_id)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    claim = found.claim
    if claim.kind is ClaimKind.PHONE:
        words = chat._(
            "Refuse to move {name} to the new phone? The old phone stays in use.",
            name=claim.full_name,
        )
    elif claim.kind is ClaimKind.MOVE:
        words = chat._(
            "Say that {name} does not work at {school}? Then nothing changes: {name} stays on the"
            " list of the other school.",
            name=claim.full_name, school=_school(claim),
        )  # fmt: skip
    else:
        words = chat._(
            "Is “{name}” nobody of {school}? Seats kept for this name are given back.",
            name=claim.full_name, school=_school(claim),
        )  # fmt: skip
    return chat.screen(
        words, (chat._("Yes, refuse"), f"deny-yes {claim.id}"), back=chat.back(f"claim {claim.id}")
    )


@router.action("deny-yes", instead="claim")
def refuse(chat: Chat, claim_id: str) -> Reply:
    """Nobody of the school."""
    wanted = number(claim_id)
    found = verdicts.refuse(chat.db, wanted, _by(chat, wanted), chat.now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return _not_now(chat, found)
    return chat.screen(
        chat._("Noted: {name} is not confirmed. The person is told.", name=found.claim.full_name),
        *_next(chat),
    )
