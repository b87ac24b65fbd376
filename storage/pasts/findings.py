"""What a waiting or written list of results says, as an officer turns through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, or_, select

from storage.models import Mark, PastCourse, PastRow, RosterRow, Verdict
from storage.pasts.rows import Trouble
from storage.rosters import staging

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from storage.scopes import Scope

THERE = (Mark.PRESENT, Mark.LATE)
KNOWN = (Verdict.UNCHANGED, Verdict.CHANGED, Verdict.MOVED)


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by whom they are about: `known` people, `new` ones, not clear yet; refused ones.

    `there`, `passed` and `failed` are of the rows that are clear.
    """

    courses: int
    known: int
    new: int
    unclear: int
    refused: int
    there: int
    passed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Given:
    """A course of the list; `course_id` where it is one of ours. Rows as in `Counts`."""

    at: int
    title: str
    first_day: date
    last_day: date
    course_id: int | None
    rows: int
    there: int
    passed: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A row of results that is not taken, and why."""

    sheet: str
    line: int
    name: str
    trouble: Trouble


_PERSON = and_(RosterRow.import_id == PastRow.import_id, RosterRow.at == PastRow.person_at)
_TAKEN = PastRow.reason == ""
_KNOWN = RosterRow.verdict.in_(KNOWN)
_CLEAR = _TAKEN & or_(_KNOWN, RosterRow.verdict == Verdict.NEW)


def counts(db: Connection, scope: Scope, import_id: int) -> Counts | None:
    """The figures as things stand now; None where the import is not the officer's."""
    if staging.get(db, scope, import_id) is None:
        return None
    row = db.execute(
        select(
            _sum(_TAKEN & _KNOWN), _sum(_TAKEN & (RosterRow.verdict == Verdict.NEW)),
            _sum(_TAKEN & ~_CLEAR), _sum(~_TAKEN), _sum(_CLEAR & PastRow.mark.in_(THERE)),
            _sum(_CLEAR & PastRow.passed.is_(True)), _sum(_CLEAR & PastRow.passed.is_(False)),
        )
        .join(RosterRow, _PERSON)
        .where(PastRow.import_id == import_id)
    ).one()  # fmt: skip
    courses = select(func.count()).where(PastCourse.import_id == import_id)
    return Counts(db.execute(courses).scalar_one(), *(count or 0 for count in row))


def courses(db: Connection, scope: Scope, import_id: int) -> list[Given]:
    """The courses of a list by their days, the newest first."""
    if staging.get(db, scope, import_id) is None:
        return []
    rows = db.execute(
        select(
            PastCourse.at, PastCourse.title, PastCourse.first_day, PastCourse.last_day,
            PastCourse.course_id, _sum(_CLEAR), _sum(_CLEAR & PastRow.mark.in_(THERE)),
            _sum(_CLEAR & PastRow.passed.is_(True)),
        )
        .outerjoin(
            PastRow,
            and_(PastRow.import_id == PastCourse.import_id, PastRow.course_at == PastCourse.at),
        )
        .outerjoin(RosterRow, _PERSON)
        .where(PastCourse.import_id == import_id)
        .group_by(
            PastCourse.at, PastCourse.title, PastCourse.first_day, PastCourse.last_day,
            PastCourse.course_id,
        )
        .order_by(PastCourse.last_day.desc(), PastCourse.at)
    ).all()  # fmt: skip
    return [Given(*row[:5], *(count or 0 for count in row[5:])) for row in rows]


def refused(
    db: Connection, scope: Scope, import_id: int, *, start: int, limit: int
) -> list[Refused]:
    """Rows that are not taken, in their order, from the place `start` among them on."""
    if staging.get(db, scope, import_id) is None:
        return []
    rows = db.execute(
        select(PastRow.sheet, PastRow.line, RosterRow.entry, PastRow.reason)
        .join(RosterRow, _PERSON)
        .where(PastRow.import_id == import_id, PastRow.reason != "")
        .order_by(PastRow.at)
        .offset(start)
        .limit(limit)
    ).all()
    return [
        Refused(row.sheet, row.line, str(row.entry.get("full_name", "")), Trouble(row.reason))
        for row in rows
    ]


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
