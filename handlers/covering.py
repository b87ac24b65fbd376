"""`trực thay`, `bàn giao`: who stands in for an officer, and who takes over."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, assert_never

from handlers import dates, inviting, work
from handlers.chat import PAGE
from handlers.inviting import part, scope_of
from handlers.naming import choice, inside, no_name
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import covers
from storage.covers import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.covers import Holding
    from storage.scopes import Scope

router.command(
    "covering", "tructhay", "cover",
    words=("truc thay", "nho truc thay", "nguoi truc thay", "ban giao", "ban giao vai tro",
           "ban giao cong viec", "handover", "hand over", "stand in"),
)  # fmt: skip
router.command("officers", words=("can bo phu trach", "danh sach can bo", "officers"))

COVER, HAND = "cover", "hand"
NEW = 0  # in place of a person's id: somebody to be invited
_BETWEEN = re.compile(
    r"\s+(?:đến(?: hết)?|den(?: het)?|tới|toi|to|until)\s+|\s*[-–—]\s*(?=\d)", re.IGNORECASE
)
_FROM = re.compile(r"^(?:từ|tu|from)?\s*(?:ngày|ngay)?\s*", re.IGNORECASE)


def officer_scope(chat: Chat) -> Scope:
    """The officer's scope; PermissionError for whoever is none."""
    scope = scope_of(chat)
    if scope is None:
        raise PermissionError("no officer")
    return scope


@router.action("covering")
def home(chat: Chat) -> Reply:
    """The officer's roles, and who stands in for whom."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    mine = covers.mine(chat.db, scope)
    own = [one for one in mine if one.covers_id is None]
    standing = covers.standing_in(chat.db, scope)
    lines: list[tuple[str, str]] = []
    for role in own[:2]:
        unit = inside(role.unit)
        lines += [
            (choice(chat._("Let somebody stand in for me, {unit}", unit=unit)), f"cover {role.id}"),
            (choice(chat._("Hand over my role, {unit}", unit=unit)), f"hand {role.id}"),
        ]
        if role.others:
            lines.append((choice(chat._("Give up my role, {unit}", unit=unit)), f"lay {role.id}"))
    room = max(1, PAGE + 1 - len(lines))
    lines += [(_standing(chat, one), f"stand-in {one.id}") for one in standing[:room]]
    said = "\n".join(_role(chat, one) for one in mine)
    return chat.screen(
        chat._("{You} are:\n{roles}", roles=said),
        *lines, back=chat.back("invite"),
    )  # fmt: skip


def day_of(chat: Chat, day: date) -> str:
    """A day in full, in the reader's language."""
    return dates.day(day, chat.talk.language)


def _role(chat: Chat, one: Holding) -> str:
    role = part(chat, one.kind, one.unit)
    if one.covers_id is not None and one.valid_to is not None:
        return chat._("– stands in for {name} until {day}: {part}", name=one.covers,
                      day=day_of(chat, one.valid_to), part=role)  # fmt: skip
    if one.valid_to is not None:
        return chat._("– {part}, until {day}", part=role, day=day_of(chat, one.valid_to))
    return chat._("– {part}", part=role)


def _standing(chat: Chat, one: Holding) -> str:
    last = f"{one.valid_to:%d/%m}" if one.valid_to else ""
    return choice(
        chat._("{name} for {other}, {first}–{last}", name=one.name, other=one.covers,
               first=f"{one.valid_from:%d/%m}", last=last)
    )  # fmt: skip


# Cover and handover: who, when, sure?


@router.action("cover")
def cover(chat: Chat, role_id: str, page: str = "0") -> Reply:
    """Who stands in?"""
    return _who(chat, COVER, role_id, page)


@router.action("hand")
def hand(chat: Chat, role_id: str, page: str = "0") -> Reply:
    """Who takes over?"""
    return _who(chat, HAND, role_id, page)


def _who(chat: Chat, what: str, role_id: str, page: str) -> Reply:
    scope, role = officer_scope(chat), _own(chat, role_id)
    found = covers.colleagues(chat.db, scope, role.id)
    start = number(page) * (PAGE - 1)
    shown = found[start : start + PAGE - 1]
    fields = {"part": part(chat, role.kind, role.unit)}
    asked = (
        chat._("Who stands in for {you} as {part}?", **fields)
        if what == COVER
        else chat._("Who takes over from {you} as {part}?", **fields)
    )
    return chat.screen(
        asked,
        (chat._("Somebody new, by an invitation"), f"{what}-who {role.id} {NEW}"),
        *((choice(f"{one.name}, {inside(one.unit)}"), f"{what}-who {role.id} {one.id}")
          for one in shown),
        more=f"{what} {role.id} {number(page) + 1}" if found[start + PAGE - 1 :] else "",
        back=chat.back("covering"),
    )  # fmt: skip


def _own(chat: Chat, role_id: str) -> Holding:
    found = [one for one in covers.mine(chat.db, officer_scope(chat)) if one.id == number(role_id)]
    if not found or found[0].covers_id is not None:
        raise BadArgument(role_id)
    return found[0]


@router.action("cover-who")
def cover_who(chat: Chat, role_id: str, person_id: str) -> Reply:
    """Somebody was chosen to stand in."""
    return _chosen(chat, COVER, role_id, person_id)


@router.action("hand-who")
def hand_who(chat: Chat, role_id: str, person_id: str) -> Reply:
    """Somebody was chosen to take over."""
    return _chosen(chat, HAND, role_id, person_id)


def _chosen(chat: Chat, what: str, role_id: str, person_id: str) -> Reply:
    role, wanted = _own(chat, role_id), number(person_id)
    names = {one.id: one.name for one in covers.colleagues(chat.db, officer_scope(chat), role.id)}
    if wanted != NEW and wanted not in names:
        raise BadArgument(person_id)
    chat.begin(what=what, role=role.id, person=wanted, name=names.get(wanted, ""))
    if wanted != NEW:
        return _ask_days(chat)
    return chat.ask(
        chat._("Please write the full name of the one to invite, with its accents."),
        "cover name", back="covering",
    )  # fmt: skip


@router.step("cover name")
def name(chat: Chat) -> Reply:
    """Who is invited to stand in or to take over."""
    if "role" not in chat.form:
        return home(chat)
    if trouble := no_name(chat):
        return chat.again(trouble)
    chat.form["name"] = chat.text
    return _ask_days(chat)


def _ask_days(chat: Chat) -> Reply:
    today = chat.now.date()
    fields = {"name": chat.form["name"], "first": f"{today + timedelta(days=1):%d/%m}"}
    if chat.form["what"] == HAND:
        words = chat._("From which day does {name} take over? For example: {first}", **fields)
    else:
        words = chat._(
            "From which day to which does {name} stand in? For example: {first} - {last}",
            last=f"{today + timedelta(days=7):%d/%m}", **fields,
        )  # fmt: skip
    return chat.ask(words, "cover days", back="covering")


@router.step("cover days")
def days(chat: Chat) -> Reply:
    """One day, or two of them."""
    if "role" not in chat.form:
        return home(chat)
    today = chat.now.date()
    parts = _BETWEEN.split(_FROM.sub("", chat.text), maxsplit=1)
    read = [dates.date(_FROM.sub("", one), today) for one in parts]
    read = [one for one in read if one is not None]
    if len(read) != (1 if chat.form["what"] == HAND else 2) or len(read) != len(parts):
        return chat.again(chat._("These are not the days. Please write them like the example."))
    chat.form["first"] = read[0].isoformat()
    chat.form["last"] = read[-1].isoformat() if len(read) == 2 else ""
    return card(chat)


@router.action("cover-card")
def card(chat: Chat) -> Reply:
    """What will happen, before it does."""
    form = chat.form
    if "first" not in form:
        return home(chat)
    role = _own(chat, str(form["role"]))
    fields = {
        "name": form["name"], "part": part(chat, role.kind, role.unit),
        "first": day_of(chat, date.fromisoformat(form["first"])),
    }  # fmt: skip
    if form["last"]:
        words = chat._(
            "{name} stands in for {you} as {part}, from {first} to {last}, with the same rights?"
            " {You} keep the role.",
            last=day_of(chat, date.fromisoformat(form["last"])), **fields,
        )  # fmt: skip
    elif form["person"] == NEW:
        words = chat._(
            "{name} takes over as {part} from {first}? The role passes on when the invitation is"
            " taken up, not before.",
            **fields,
        )
    else:
        words = chat._(
            "{name} takes over as {part} from {first}? {You} have the role until the day before;"
            " every cover that was given ends with it.",
            **fields,
        )
    return chat.screen(words, (chat._("Yes, do so"), "cover-do"), back=chat.back("covering"))


@router.action("cover-do", instead="cover-card")
def do(chat: Chat) -> Reply:
    """Give the cover, or the role."""
    form = dict(chat.form)
    if "first" not in form:
        return home(chat)
    scope, role = officer_scope(chat), _own(chat, str(form["role"]))
    first = date.fromisoformat(form["first"])
    last = date.fromisoformat(form["last"]) if form["last"] else None
    if form["person"] == NEW:
        return _invited(chat, role, form["name"], first, last)
    if last is not None:
        outcome = covers.cover(chat.db, scope, role.id, form["person"], first, last, chat.now)
    else:
        outcome = covers.hand_over(chat.db, scope, role.id, form["person"], first, chat.now)
    if outcome is not Outcome.DONE:
        return trouble(chat, outcome)
    chat.begin()
    fields = {"name": form["name"], "first": day_of(chat, first)}
    words = (
        chat._("{name} stands in from {first} to {last} and is told now.",
               last=day_of(chat, last), **fields)
        if last
        else chat._("{name} takes over from {first} and is told now.", **fields)
    )  # fmt: skip
    return chat.screen(words, back=chat.back("covering"))


def _invited(chat: Chat, role: Holding, who: str, first: date, last: date | None) -> Reply:
    code = covers.invite(chat.db, officer_scope(chat), role.id, who, first, last, chat.now)
    if code is None:
        return trouble(chat, Outcome.BAD_DAYS)
    chat.begin()
    days_ = covers.days_open(first, chat.now.date())
    ends = chat.now + timedelta(days=days_)
    return inviting.shown(chat, code, 1, ends, part(chat, role.kind, role.unit))


def trouble(chat: Chat, outcome: Outcome) -> Reply:
    """Why nothing was written, and what can be done instead."""
    match outcome:
        case Outcome.BAD_DAYS:
            words = chat._(
                "Nothing has changed: the days must begin today or later, a handover tomorrow, and"
                " lie within a year and within the time of the role."
            )
        case Outcome.NO_COLLEAGUE:
            words = chat._("Nothing has changed: that person cannot take it, or has it already.")
        case Outcome.LAST:
            words = chat._("Nothing has changed: nobody would be left. Please invite somebody.")
        case Outcome.NOT_YOURS | Outcome.DONE:
            words = chat._("Nothing has changed: the role is not there any more.")
        case _:
            assert_never(outcome)
    return chat.screen(words, back=chat.back("covering"))


@router.action("lay")
def lay(chat: Chat, role_id: str) -> Reply:
    """Give up one's own role, where somebody else is there?"""
    role = _own(chat, role_id)
    return chat.screen(
        chat._(
            "{You} give up the role as {part} after today? Others who stay in charge: {count}.",
            part=part(chat, role.kind, role.unit), count=role.others,
        ),
        (chat._("End the role"), f"lay-down {role.id}"),
        back=(chat._("Keep it"), "covering"),
    )  # fmt: skip


@router.action("lay-down", instead="lay")
def lay_down(chat: Chat, role_id: str) -> Reply:
    """Give it up."""
    role = _own(chat, role_id)
    outcome = covers.give_up(chat.db, officer_scope(chat), role.id, chat.now)
    if outcome is not Outcome.DONE:
        return trouble(chat, outcome)
    return chat.screen(
        chat._("The role as {part} ends after today.", part=part(chat, role.kind, role.unit)),
        back=chat.back("menu"),
    )
