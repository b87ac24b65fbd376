"""Somebody new on a school's list: name, position, phone; a personal code is made at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming, staff
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import phones, staffing
from storage.models import Position
from storage.staffing import AddOutcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.schools import SchoolFound

YOUNGEST, OLDEST = 16, 75


@router.action("member-add")
def add(chat: Chat, school_id: str) -> Reply:
    """Ask for the full name."""
    school = staff.kept(chat, number(school_id))
    chat.begin(adding=school.id)
    return chat.ask(
        chat._("Who is new at {school}? Please write the full name, with its accents.",
               school=school.name),
        "staff name", back=f"staff {school.id}",
    )  # fmt: skip


def _school(chat: Chat) -> SchoolFound:
    school_id = chat.form.get("adding")
    if not isinstance(school_id, int):
        raise BadArgument("nobody is being added")
    return staff.kept(chat, school_id)


@router.step("staff name")
def name(chat: Chat) -> Reply:
    """The name as it is written; then the position."""
    school = _school(chat)
    if trouble := naming.no_name(chat, whole=True):
        return chat.again(trouble)
    chat.form["name"] = chat.text
    return chat.screen(
        chat._("{name}: in which position?", name=chat.text),
        (chat._("Teacher"), "add-as GV"),
        (chat._("Deputy principal"), "add-as PHT"),
        (_head(chat, school), "add-as HT"),
        back=chat.back(f"member-add {school.id}"),
    )


def _head(chat: Chat, school: SchoolFound) -> str:
    return chat._("Owner") if school.type in staff.SMALL else chat._("Principal")


@router.action("add-as")
def position(chat: Chat, position: str) -> Reply:
    """Then the phone, where there is one."""
    _school(chat)
    if not chat.form.get("name") or position not in [each.value for each in staffing.ON_LISTS]:
        raise BadArgument(position)
    chat.form["position"] = position
    return chat.ask(
        chat._("The phone number of {name}? It helps the assistant to know {name} again.",
               name=chat.form["name"]),
        "staff phone",
        (chat._("Without a phone number"), "add-now"),
        back=f"staff {chat.form['adding']}",
    )  # fmt: skip


@router.step("staff phone")
def phone(chat: Chat) -> Reply:
    """A number, kept as it can be called."""
    found = phones.phone(chat.text)
    if found is None:
        return chat.again(
            chat._("This is not a phone number of Viet Nam, for example 0912 345 678.")
        )
    chat.form["phone"] = found
    return _add(chat)


@router.action("add-now", instead="staff")
def without_phone(chat: Chat) -> Reply:
    """Somebody without a number that is known."""
    chat.form["phone"] = None
    return _add(chat)


def _add(chat: Chat) -> Reply:
    school, form = _school(chat), chat.form
    if not form.get("name") or not form.get("position"):
        raise BadArgument("nobody is being added")
    full_name = str(form["name"])
    done = staffing.added(
        chat.db, chat.me.id, school.id, full_name, chat.now, position=Position(form["position"]),
        birth_year=form.get("year"), phone=form.get("phone"),
    )  # fmt: skip
    match done.outcome:
        case AddOutcome.SAME_NAME:
            return chat.ask(
                chat._(
                    "{school} has a {name} already. Please write the year of birth of the new one,"
                    " for example 1994.",
                    school=school.name, name=full_name,
                ),
                "staff year", back=f"staff {school.id}",
            )  # fmt: skip
        case AddOutcome.THERE:
            chat.begin()
            return chat.screen(
                chat._("{name} is on the list of {school} already, so nothing has changed.",
                       name=full_name, school=school.name),
                (chat._("See the list"), f"staff {school.id}"),
            )  # fmt: skip
        case AddOutcome.ADDED:
            chat.begin()
            return chat.screen(
                chat._(
                    "{name} is on the list of {school} now. Personal code: {code}. Only {name}"
                    " should get it, and writes it to the assistant, once.",
                    name=full_name, school=school.name, code=staff.spoken(done.code),
                ),
                (chat._("See the list"), f"staff {school.id}"),
                (chat._("Add another person"), f"member-add {school.id}"),
                back=chat.back("work"),
            )  # fmt: skip
        case _:
            assert_never(done.outcome)


@router.step("staff year")
def year(chat: Chat) -> Reply:
    """The year that tells two of one name apart."""
    text = chat.text
    now = chat.now.year
    if not (text.isascii() and text.isdecimal() and now - OLDEST <= int(text) <= now - YOUNGEST):
        return chat.again(
            chat._("This is not a year of birth. Please write four digits, for example 1994.")
        )
    chat.form["year"] = int(text)
    return _add(chat)
