"""The hours ledger: what completed courses count for, by period. Hours are in tenths of a tiết."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select

from storage.models import Completed, Completion, Course, HourTarget, Period, PeriodKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

# The month in which school years begin, where an office has set no periods of its own.
SEPTEMBER = 9


@dataclass(frozen=True, slots=True)
class Span:
    """A period hours are counted over; `id` is None for a school year nobody has set up."""

    id: int | None
    kind: PeriodKind
    title: str
    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        """True for a day of the period."""
        return self.first_day <= day <= self.last_day


@dataclass(frozen=True, slots=True)
class Entry:
    """One completed course in the ledger."""

    course_id: int
    code: str
    short: str
    block: str
    hours: int
    on: date


@dataclass(frozen=True, slots=True)
class Ledger:
    """What somebody has completed in a period, the newest first; sums and targets by content."""

    span: Span
    entries: tuple[Entry, ...]
    have: dict[str, int]
    targets: dict[str, int]


COMPLETED = (
    select(
        Course.id, Course.number, Course.short, Course.block, Completion.hours,
        Completion.completed_on,
    )
    .join(Course, Course.id == Completion.course_id)
    .where(
        Completion.person_id == bindparam("person_id"),
        Completion.state == Completed.COMPLETED,
        Completion.completed_on.between(bindparam("first_day"), bindparam("last_day")),
    )
    .order_by(Completion.completed_on.desc(), Course.number.desc())
)  # fmt: skip
TARGETS = select(HourTarget.block, HourTarget.hours).where(
    HourTarget.period_id == bindparam("period_id")
)
PERIODS = select(Period.id, Period.kind, Period.title, Period.first_day, Period.last_day)


def spans(db: Connection, day: date) -> list[Span]:
    """All periods that have begun: the school year of this day first, then the newest ones.

    Where no school year is set up for the day, there is the usual one, without targets.
    """
    rows = db.execute(PERIODS.where(Period.first_day <= day).order_by(Period.first_day.desc()))
    found = [Span(*row) for row in rows]
    if not any(one.kind is PeriodKind.SCHOOL and one.holds(day) for one in found):
        found.append(school_year(day))
    return sorted(found, key=lambda one: (not one.holds(day), one.kind is not PeriodKind.SCHOOL))


def school_year(day: date) -> Span:
    """The usual school year a day lies in, from September to August."""
    year = day.year if day.month >= SEPTEMBER else day.year - 1
    return Span(
        None, PeriodKind.SCHOOL, f"Năm học {year}-{year + 1}",
        date(year, SEPTEMBER, 1), date(year + 1, SEPTEMBER - 1, 31),
    )  # fmt: skip


def beginning(db: Connection, kind: PeriodKind, day: date) -> Span | None:
    """The period of a kind in which a day lies; else the usual school year, or None."""
    rows = db.execute(PERIODS.where(Period.kind == kind, Period.first_day <= day))
    for row in rows:
        if (span := Span(*row)).holds(day):
            return span
    return school_year(day) if kind is PeriodKind.SCHOOL else None


def ledger(db: Connection, person_id: int, span: Span) -> Ledger:
    """What somebody has completed in a period, and what is asked for."""
    rows = db.execute(
        COMPLETED,
        {"person_id": person_id, "first_day": span.first_day, "last_day": span.last_day},
    )
    entries = tuple(
        Entry(row.id, f"L{row.number}", row.short, row.block, row.hours, row.completed_on)
        for row in rows
    )
    return Ledger(span, entries, sums(entries), targets(db, span))


def sums(entries: Sequence[Entry]) -> dict[str, int]:
    """Hours by content."""
    have: dict[str, int] = {}
    for one in entries:
        have[one.block] = have.get(one.block, 0) + one.hours
    return have


def targets(db: Connection, span: Span) -> dict[str, int]:
    """What is asked for in a period, by content; {} where nothing is."""
    if span.id is None:
        return {}
    return dict(db.execute(TARGETS, {"period_id": span.id}).all())


def aim(db: Connection, span: Span, block: str, hours: int) -> int:
    """Ask for so many hours of a content in a period, for none with 0; returns the period's id.

    A school year nobody has set up is set up. At the command line only.
    """
    period_id = span.id
    if period_id is None:
        values = {
            "kind": span.kind, "title": span.title, "first_day": span.first_day,
            "last_day": span.last_day,
        }  # fmt: skip
        period_id = db.execute(insert(Period).values(values).returning(Period.id)).scalar_one()
    db.execute(
        delete(HourTarget).where(HourTarget.period_id == period_id, HourTarget.block == block)
    )
    if hours:
        db.execute(insert(HourTarget).values(period_id=period_id, block=block, hours=hours))
    return period_id
