"""What a list says of a person, and what of it would change, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from handlers import dates, naming
from handlers.roster_judgments import begun
from storage import schools
from storage.models import Core, Position, Qualification, Rating

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.chat import Chat
    from storage.rosters.findings import Line

# In the order they are shown; what is kept beside them follows from them.
SHOWN = (
    "full_name", "birth_year", "position", "school_id", "qualification", "rating", "core",
    "phone", "external_id", "left_on",
)  # fmt: skip


def label(chat: Chat, name: str) -> str:
    """The name of a field, inside a line."""
    return {
        "full_name": chat._("full name"),
        "birth_year": chat._("year of birth"),
        "position": chat._("position"),
        "school_id": chat._("school"),
        "qualification": chat._("qualification"),
        "rating": chat._("professional rating"),
        "rating_year": chat._("professional rating"),
        "core": chat._("core teacher"),
        "core_year": chat._("core teacher"),
        "phone": chat._("phone number"),
        "external_id": chat._("staff code"),
        "left_on": chat._("day of leaving"),
    }.get(name, "")


def listed(chat: Chat, changed: tuple[str, ...]) -> str:
    """The fields that change, on a choice."""
    return ", ".join(dict.fromkeys(filter(None, (label(chat, name) for name in changed))))


def changes(chat: Chat, one: Line) -> list[str]:
    """A line for each field that changes: as it is, and as it would be."""
    return [
        chat._("{field}: {before} → {after}", field=begun(label(chat, name)),
               before=_value(chat, name, one.before) or "–",
               after=_value(chat, name, one.after) or "–")
        for name in SHOWN
        if name in one.changed or f"{name}_year" in one.changed
    ]  # fmt: skip


def facts(chat: Chat, one: Line) -> list[str]:
    """A line for each thing the row says of the person, beside the name."""
    said = one.after or one.entry
    return [
        chat._("{field}: {value}", field=begun(label(chat, name)), value=value)
        for name in SHOWN[1:]
        if name != "school_id" and (value := _value(chat, name, said))
    ]


def _value(chat: Chat, name: str, fields: dict[str, Any]) -> str:
    value = fields.get(name)
    if value is None or value == "":
        return ""
    worded = _WORDED.get(name)
    return worded(chat, value, fields) if worded else str(value)


def _school(chat: Chat, school_id: int) -> str:
    found = schools.get(chat.db, school_id)
    return found.name if found else ""


def _rating(chat: Chat, value: str, fields: dict[str, Any]) -> str:
    year = fields.get("rating_year")
    return " ".join(filter(None, (rating(chat, Rating(value)), year)))


def _phone(value: str) -> str:
    return f"0{value[3:]}" if value.startswith("+84") else value


_WORDED: dict[str, Callable[[Chat, Any, dict[str, Any]], str]] = {
    "position": lambda chat, value, _: naming.position(chat, Position(value)),
    "school_id": lambda chat, value, _: _school(chat, value),
    "qualification": lambda chat, value, _: qualification(chat, Qualification(value)),
    "rating": _rating,
    "core": lambda chat, value, _: core(chat, Core(value)),
    "phone": lambda _chat, value, _: _phone(value),
    "left_on": lambda chat, value, _: dates.short_day(value, chat.talk.language),
}


def qualification(chat: Chat, held: Qualification) -> str:
    """A qualification inside a line."""
    match held:
        case Qualification.SECONDARY:
            return chat._("secondary diploma")
        case Qualification.COLLEGE:
            return chat._("college diploma")
        case Qualification.UNIVERSITY:
            return chat._("university degree")
        case Qualification.POSTGRADUATE:
            return chat._("postgraduate degree")
        case _:
            assert_never(held)


def rating(chat: Chat, held: Rating) -> str:
    """A professional rating inside a line."""
    match held:
        case Rating.BELOW:
            return chat._("below the standard")
        case Rating.ADEQUATE:
            return chat._("adequate")
        case Rating.GOOD:
            return chat._("good")
        case Rating.EXCELLENT:
            return chat._("excellent")
        case _:
            assert_never(held)


def core(chat: Chat, level: Core) -> str:
    """The level that listed a core teacher."""
    match level:
        case Core.SCHOOL:
            return chat._("core of the school")
        case Core.DISTRICT:
            return chat._("core of the district")
        case Core.PROVINCE:
            return chat._("core of the province")
        case Core.MINISTRY:
            return chat._("core of the ministry")
        case _:
            assert_never(level)
