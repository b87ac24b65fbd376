"""The lists of commands that platforms show beside the text field, by role and language."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from handlers import text
from storage import principals, scopes
from storage.models import Called

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from storage.conversations import Who


class Part(StrEnum):
    """The part a person plays, as far as the list of commands depends on it."""

    STRANGER = "stranger"
    TEACHER = "teacher"
    PRINCIPAL = "principal"
    OFFICER = "officer"


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; it is translated when somebody's list is made."""
    return sentence


# (Vietnamese name, English name, what it does), in the order they are shown.
SCHEDULE = ("lich", "schedule", _("Training schedule"))
REGISTER = ("dangky", "register", _("Register for a training"))
MINE = ("cuatoi", "mine", _("My trainings"))
CANCEL = ("huy", "cancel", _("Give a seat back"))
PROFILE = ("dulieu", "mydata", _("My details and my data"))
LANGUAGE = ("ngonngu", "language", _("Language"))
HELP = ("trogiup", "help", _("Help"))
WORK = ("viec", "work", _("What is to be done today"))
STATISTICS = ("thongke", "statistics", _("Who has registered, by unit"))

TAKING_PART = (SCHEDULE, REGISTER, MINE, CANCEL)
LISTS = {
    Part.STRANGER: (SCHEDULE, HELP, LANGUAGE),
    Part.TEACHER: (*TAKING_PART, PROFILE, HELP, LANGUAGE),
    Part.PRINCIPAL: (WORK, *TAKING_PART, PROFILE, HELP, LANGUAGE),
    Part.OFFICER: (WORK, STATISTICS, SCHEDULE, PROFILE, HELP, LANGUAGE),
}


def menu_for(part: Part, language: str) -> list[tuple[str, str]]:
    """Names and descriptions of the commands a person of this part sees, in their language.

    Vietnamese names are unaccented, as platforms take only a-z; English ones are aliases that
    do the same.
    """
    return [
        (
            english if language == "en" else vietnamese,
            text.say(language, Called.TEACHER, description),
        )
        for vietnamese, english, description in LISTS[part]
    ]


def part(db: Connection, person: Who | None, day: date) -> Part:
    """The part somebody plays on a day: officers first, then principals; nobody is a stranger."""
    if person is None:
        return Part.STRANGER
    if scopes.of(db, person.id, day):
        return Part.OFFICER
    return Part.PRINCIPAL if principals.schools(db, person.id, day) else Part.TEACHER
