"""No code: a name, a school, and somebody who knows the person is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from handlers import naming
from handlers.identify import agreed
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import claims, conversations, identity, newcomers, schools, spelling, units
from storage.models import Rung, UnitKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.claims import Claim
    from storage.units import Place

# "khong ro", "ko biet": as good as the choice that says so.
UNSURE = re.compile(r"^(toi |em |da )*(khong|ko|k|chua|hong) (ro|biet|nho)\b")
# Choices of communes on one screen, beside "not known".
COMMUNES = 6


@router.action("details", public=True)
def details(chat: Chat) -> Reply:
    """Ask for the full name. A number the phone shared is kept with it, unproven."""
    if chat.person is not None:
        return chat.go("waiting")
    if not agreed(chat):
        return chat.go("welcome")
    chat.begin(phone=chat.form.get("phone"))
    return chat.ask(
        chat._("That is all right. Please write the full name."), "details name", back="identify"
    )


@router.step("details name")
def name(chat: Chat) -> Reply:
    """A full name, kept as it is written."""
    if trouble := naming.no_name(chat):
        return chat.again(trouble)
    chat.form["name"] = chat.text
    return where(chat)


@router.action("details-where", public=True)
def where(chat: Chat) -> Reply:
    """Ask for the school."""
    if chat.person is not None or not chat.form.get("name"):
        return chat.go("details")
    return chat.ask(
        chat._(
            "Which school do {you} teach at? Please write the school's name, with the name of"
            " the commune, former or new."
        ),
        "details school",
        back="details",
    )


@router.step("details school")
def school(chat: Chat) -> Reply:
    """Offer the schools that may be meant; none is ever taken for granted."""
    if chat.person is not None or not chat.form.get("name"):
        return chat.go("details")
    # A single digit is a slip; there are schools called 1-6 or 19-5.
    if not spelling.fold(chat.text) or (len(chat.text) == 1 and chat.text.isdecimal()):
        return chat.again(chat._("Please write the school's name in words."))
    chat.form["school"] = chat.text[: spelling.NAME_LENGTH]
    found = schools.search(chat.db, chat.text)
    if not found:
        return _unlisted(chat)
    near = all(one.near for one in found)
    words = (
        chat._("No school is called exactly so. Perhaps one of these:")
        if near
        else chat._("The assistant found {count}:", count=len(found))
    )
    return chat.ask(
        words,
        "details school",
        *((naming.school(chat, one), f"details-at {one.id}") for one in found),
        (chat._("Another place"), "details-other"),
        back="details-where",
    )


def _unlisted(chat: Chat) -> Reply:
    return chat.ask(
        chat._(
            "The assistant does not know this school: {school}.\nPlease write its name again in"
            " another way, or go on with it as it is.",
            school=chat.form["school"],
        ),
        "details school",
        (chat._("Go on with this name"), "details-other"),
        back="details-where",
    )


@router.action("details-at", instead="details", public=True)
def at(chat: Chat, school_id: str) -> Reply:
    """This school."""
    found = schools.get(chat.db, number(school_id))
    if found is None:
        raise BadArgument(school_id)
    return _introduce(chat, school_id=found.id, unit_id=None)


@router.action("details-other", public=True)
def other(chat: Chat) -> Reply:
    """A school that is not on our list: its commune says whom to ask."""
    if chat.person is not None or not chat.form.get("school"):
        return chat.go("details")
    today = chat.now.date()
    if not units.roots(chat.db, today):
        return _introduce(chat, school_id=None, unit_id=None)
    named = _communes(chat, units.mentioned(chat.db, chat.form["school"], today))
    return _choose_commune(chat, named) if named else _ask_commune(chat)


def _ask_commune(chat: Chat) -> Reply:
    return chat.ask(
        chat._("In which commune or ward is it? Please write the name, former or new."),
        "details commune",
        (chat._("I do not know"), "details-in 0"),
        back="details-where",
    )


@router.step("details commune")
def commune(chat: Chat) -> Reply:
    """Communes that may be meant."""
    if UNSURE.search(chat.folded):
        return chat.go("details-in 0")
    named = _communes(chat, units.named(chat.db, chat.text, chat.now.date()))
    if not named:
        return chat.again(
            chat._("The assistant does not know this commune. Please write its name again.")
        )
    return _choose_commune(chat, named)


def _choose_commune(chat: Chat, named: list[Place]) -> Reply:
    return chat.ask(
        chat._("Which commune or ward is it in?"),
        "details commune",
        *((naming.choice(one.name), f"details-in {one.id}") for one in named),
        (chat._("I do not know"), "details-in 0"),
        back="details-where",
    )


def _communes(chat: Chat, places: list[Place]) -> list[Place]:
    """The communes of today among these places, or that these became."""
    found: dict[int, Place] = {}
    for place in places:
        today = units.successors(chat.db, place.id) if place.former else [place]
        found |= {one.id: one for one in today if one.kind is UnitKind.COMMUNE}
    return list(found.values())[:COMMUNES]


@router.action("details-in", instead="details", public=True)
def in_commune(chat: Chat, unit_id: str) -> Reply:
    """A school of this commune that is not on our list; 0 where the commune is not known."""
    wanted = number(unit_id)
    place = units.get(chat.db, wanted, chat.now.date())
    if wanted and (place is None or place.kind is not UnitKind.COMMUNE):
        raise BadArgument(unit_id)
    return _introduce(chat, school_id=None, unit_id=wanted or None)


def _introduce(chat: Chat, *, school_id: int | None, unit_id: int | None) -> Reply:
    full_name, typed = chat.form.get("name"), chat.form.get("school")
    if chat.person is not None or not full_name or not agreed(chat):
        return chat.go("details")
    if school_id is None and not typed:
        return chat.go("details-where")
    person_id = newcomers.add(chat.db, full_name, school_id=school_id, phone=chat.form.get("phone"))
    claim = identity.introduce(
        chat.db, chat.talk.account_id, person_id, chat.now,
        school=str(typed) if school_id is None else "", unit_id=unit_id,
    )  # fmt: skip
    chat.begin()
    chat.person = conversations.who(chat.db, person_id)
    code = chat.talk.data.get("wanted") if chat.intent.startswith("course ") else None
    look = [(chat._("Look at {code}", code=code), "peek")] if code else []
    return chat.screen(
        _noted(chat, claim), *look, (chat._("See the training schedule"), "schedule")
    )


def _noted(chat: Chat, claim: Claim) -> str:
    noted = chat._("Noted: {name}, {school}.", name=claim.full_name, school=claim.school)
    meanwhile = chat._("Meanwhile {you} can register, the seat is kept.")
    return f"{noted} {_asked(chat, claim)}\n{meanwhile}"


def _asked(chat: Chat, claim: Claim) -> str:
    if not claims.answerers(chat.db, claim, chat.now):
        return chat._("The assistant will ask the Department.")
    match claim.rung:
        case Rung.PRINCIPAL:
            return chat._("The assistant has asked the school's principal.")
        case Rung.COMMUNE:
            return chat._(
                "The assistant has asked the officer in charge of {unit}.",
                unit=naming.inside(claim.unit),
            )
        case Rung.DEPARTMENT:
            return chat._("The assistant has asked the Department.")
        case _:
            assert_never(claim.rung)
