"""A copy of all that is kept about the person who asks for it, as a workbook."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from bot.made.maker import Maker
from handlers.completions import decimal
from handlers.text import say
from storage import own_copy, workbooks
from storage.models import (
    Called,
    Completed,
    ConsentPurpose,
    Core,
    Evidence,
    Mark,
    Qualification,
    Rating,
    RoleKind,
    Source,
    Standing,
)
from storage.workbooks import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.own_copy import Copy
    from storage.workbooks import Value


def read(db: Connection, request: Request, now: datetime) -> list[Table]:
    """The sheets; nobody but the person they are about can have asked."""
    return tables(own_copy.of(db, request.person_id), now)


def tables(copy: Copy, now: datetime) -> list[Table]:
    """A sheet for each kind of thing that is kept; what there is none of has an empty one."""
    course = (_("Code"), _("Training (title)"))
    made: list[tuple[str, Sequence[str], Sequence[Sequence[object]]]] = [
        (_("Details"), (_("What"), _("As it is kept")), _details(copy)),
        (_("Accounts"), (_("Channel"), _("Since")), [tuple(row) for row in copy.accounts]),
        (_("Consents"),
         (_("Purpose"), _("Channel"), _("Version of the text"), _("Given on"), _("Withdrawn on")),
         [tuple(row) for row in copy.consents]),
        (_("Roles"), (_("Role"), _("Where"), _("From day"), _("To day")),
         [(row.kind, row.unit or row.school or f"L{row.number}", row.valid_from, row.valid_to)
          for row in copy.roles]),
        (_("Registrations"), (*course, _("Standing"), _("Changed on")),
         [(f"L{row.number}", *row[1:]) for row in copy.registrations]),
        (_("Attendance"), (*course, _("Session no."), _("Mark"), _("Known by"), _("Noted on")),
         [(f"L{row.number}", *row[1:]) for row in copy.attendance]),
        (_("Results"),
         (*course, _("Score"), _("Passed (yes/no)"), _("Assignment (yes/no)"), _("Noted on")),
         [(f"L{row.number}", row.title, _tenths(row.score, 100), _said(row.passed),
           _said(row.assignment), row.at) for row in copy.results]),
        (_("Completed trainings"),
         (*course, _("Standing"), _("Completed on"), _("Sessions attended"), _("Sessions held"),
          _("Hours (tiết)")),
         [(f"L{row.number}", *row[1:-1], _tenths(row.hours, 10)) for row in copy.completions]),
        (_("Papers"), (*course, _("Number of the paper"), _("Issued on"), _("Revoked on")),
         [(f"L{row.number}", *row[1:]) for row in copy.papers]),
    ]  # fmt: skip
    return [
        Table(name, heads, [[_value(each, now) for each in row] for row in rows])
        for name, heads, rows in made
    ]


def _details(copy: Copy) -> list[tuple[str, object]]:
    person = copy.person
    return [
        (_("Full name"), person.full_name),
        (_("Year of birth"), person.birth_year),
        (_("Position"), person.position),
        (_("Place of work"), person.school),
        (_("Commune"), person.unit),
        (_("Phone number"), person.phone),
        (_("Code in the sector's database"), person.external_id),
        (_("Qualification"), person.qualification),
        (_("Professional standard"), person.rating),
        (_("School year of the standard"), person.rating_year),
        (_("Core teacher, level"), person.core),
        (_("Who said so"), person.source),
        (_("Confirmed on"), person.verified_at),
        (_("Left on"), person.left_on),
        (_("On leave from"), person.leave_from),
        (_("On leave to"), person.leave_to),
    ]


def _tenths(value: int | None, parts: int) -> str:
    return "" if value is None else decimal(value, parts)


def _said(value: bool | None) -> str:
    return "" if value is None else _("yes") if value else _("no")


def _value(value: object, now: datetime) -> Value:
    """A cell: days and moments as they are read here, words of the program as they are kept."""
    if isinstance(value, datetime):
        return f"{value.astimezone(now.tzinfo):%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, StrEnum):
        return _words().get(type(value), {}).get(value.value, value.value)
    return value if isinstance(value, int | float) else "" if value is None else str(value)


@cache
def _words() -> dict[type[StrEnum], dict[str, str]]:
    """What the words of the program mean; those that are missing are Vietnamese already."""
    return {
        Completed: {"open": _("not decided"), "completed": _("has completed it"),
                    "not completed": _("has not completed it")},
        ConsentPurpose: {"registration": _("to be registered"), "reminders": _("to be reminded"),
                         "announcements": _("to get announcements")},
        Core: {"truong": "trường", "huyen": "huyện", "tinh": "tỉnh", "bo": "Bộ"},
        Evidence: {"code": _("the code of the session"), "trainer": _("the trainer"),
                   "sheet": _("the signed sheet"), "import": _("a file of the office")},
        Mark: {"present": _("present at the session"), "late": _("came late"),
               "excused": _("absent with leave"), "absent": _("absent without leave")},
        Qualification: {"trung cap": "trung cấp", "cao dang": "cao đẳng", "dai hoc": "đại học",
                        "sau dai hoc": "sau đại học"},
        Rating: {"chua dat": "chưa đạt", "dat": "đạt", "kha": "khá", "tot": "tốt"},
        RoleKind: {"principal": _("principal"), "trainer": _("trainer"),
                   "commune": _("officer of the commune"),
                   "department": _("officer of the Department")},
        Source: {"roster": _("the list of the office"), "principal": _("principal"),
                 "self": _("the person")},
        Standing: {"seated": _("has a seat"), "asked": _("waits for agreement"),
                   "offered": _("was offered a seat"), "nominated": _("was nominated"),
                   "waiting": _("in the queue"), "given up": _("gave the seat back"),
                   "lapsed": _("did not answer in time"), "refused": _("was refused"),
                   "excused": _("could not come"), "ended": _("the training was cancelled")},
    }  # fmt: skip


def _(sentence: str) -> str:
    return say("vi", Called.TEACHER, sentence)


MAKER = Maker(read, workbooks.xlsx)
