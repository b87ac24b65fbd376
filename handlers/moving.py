"""`chuyển trường`: a teacher says where they work now, and both schools hear how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import naming
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import claims, moving, roles, schools, spelling
from storage.models import ClaimKind, ClaimState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.schools import SchoolFound

router.command(
    "move-school",
    words=("chuyen truong", "toi chuyen truong", "em chuyen truong", "doi truong",
           "chuyen cong tac", "toi day truong khac", "change school", "move school"),
)  # fmt: skip


@router.action("move-school")
def move(chat: Chat) -> Reply:
    """Which school is it now?"""
    if not roles.works(chat.db, chat.me.id, chat.now.date()):
        return _has_left(chat)
    asked = moving.waiting(chat.db, chat.me.id)
    claim = claims.get(chat.db, asked) if asked else None
    if claim is not None:
        words = chat._(
            "{school} has been asked about the move of {name}, there is no answer yet. If it is"
            " another school, please write its name.",
            school=claim.school, name=chat.me.full_name,
        )  # fmt: skip
    elif chat.me.school:
        words = chat._(
            "{name} is on the list of {school}. Which school do {you} teach at now? Please write"
            " its name, with the name of the commune, former or new.",
            name=chat.me.full_name, school=chat.me.school,
        )  # fmt: skip
    else:
        words = chat._(
            "Which school do {you} teach at? Please write the school's name, with the name of"
            " the commune, former or new."
        )
    return chat.ask(words, "move school")


def _has_left(chat: Chat) -> Reply:
    return chat.screen(
        chat._(
            "{name} is on no school's list any more. Please ask the principal of the new school to"
            " add {name} to the list.",
            name=chat.me.full_name,
        ),
        back=chat.back("menu"),
    )


@router.step("move school")
def found(chat: Chat) -> Reply:
    """Schools that may be meant; none is taken for granted."""
    if not spelling.fold(chat.text) or len(chat.text) == 1:
        return chat.again(chat._("Please write the school's name in words."))
    everywhere = schools.search(chat.db, chat.text)
    meant = [one for one in everywhere if one.id != chat.me.school_id][:PAGE]
    if not meant and everywhere:
        return chat.again(
            chat._("{name} is on the list of {school} already. Please write the name of another"
                   " school.", name=chat.me.full_name, school=chat.me.school)
        )  # fmt: skip
    if not meant:
        return chat.again(
            chat._(
                "The assistant does not know this school. Please write its name in another way. A"
                " new school is entered by the officer of its commune."
            )
        )
    near = all(one.near for one in meant)
    words = (
        chat._("No school is called exactly so. Perhaps one of these:")
        if near
        else chat._("The assistant found {count}:", count=len(meant))
    )
    return chat.ask(
        words, "move school",
        *((naming.school(chat, one), f"move-to {one.id}") for one in meant),
    )  # fmt: skip


def _target(chat: Chat, school_id: str) -> SchoolFound:
    target = schools.get(chat.db, number(school_id))
    if target is None or target.id == chat.me.school_id:
        raise BadArgument(school_id)
    return target


@router.action("move-to")
def ask(chat: Chat, school_id: str) -> Reply:
    """Name both schools, and ask once."""
    target = _target(chat, school_id)
    return chat.screen(
        chat._(
            "{name} now teaches at {school}, {unit}? That school is asked to confirm it;"
            " registrations go along.",
            name=chat.me.full_name, school=target.name, unit=target.commune_inside,
        ),
        (chat._("Yes, ask that school"), f"move-yes {target.id}"),
        back=(chat._("Leave it"), "menu"),
    )  # fmt: skip


@router.action("move-yes", instead="move-to")
def asked(chat: Chat, school_id: str) -> Reply:
    """Ask the new school; nothing has moved yet."""
    target = _target(chat, school_id)
    if not roles.works(chat.db, chat.me.id, chat.now.date()):
        return _has_left(chat)
    claim = moving.ask(chat.db, chat.talk.account_id, chat.me, target.id, chat.now)
    if claim.kind is ClaimKind.IDENTITY or claims.answerers(chat.db, claim, chat.now):
        words = chat._(
            "{school} has been asked. Until it confirms, {name} keeps the old school and all"
            " trainings.",
            school=target.name, name=chat.me.full_name,
        )  # fmt: skip
    else:
        words = chat._(
            "The Department will be asked. Until it is confirmed, {name} keeps the old school and"
            " all trainings.",
            name=chat.me.full_name,
        )
    return chat.screen(words, (chat._("My trainings"), "mine"), back=chat.back("menu"))


@router.notice("colleague moves")
def colleague(chat: Chat, owed: Owed) -> Reply | None:
    """To the principal of the school somebody says they leave."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None or claim.state is not ClaimState.OPEN:
        return None
    return chat.letter(
        chat._(
            "{name} says: teaches at {school}, {unit} now. That school has been asked; until it"
            " confirms, {name} stays on the list here.",
            name=claim.full_name, school=claim.school, unit=naming.inside(claim.unit),
        )
    )  # fmt: skip


@router.notice("move confirmed")
def confirmed(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever moved, and to the account from which it was asked."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None or claim.state is not ClaimState.CONFIRMED:
        return None
    return chat.letter(
        chat._("{decider} confirmed: {name} is on the list of {school} now. All registrations went"
               " along.", decider=claim.decided_by, name=claim.full_name, school=claim.school)
    )  # fmt: skip


@router.notice("move refused")
def refused(chat: Chat, owed: Owed) -> Reply | None:
    """Nothing has moved."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None or claim.state is not ClaimState.REFUSED:
        return None
    return chat.letter(
        chat._("{decider} did not confirm that {name} teaches at {school}, so nothing has changed:"
               " school and trainings stay. If that is wrong, please call them.",
               decider=claim.decided_by, name=claim.full_name, school=claim.school)
    )  # fmt: skip
