"""Deadlines of officers of communes: reports to hand in, people to send; reminded of beforehand.

"Trước ngày 15/12" leaves the 14th as the last day. Two reminders, in the morning: a week before
the last day and on the day before it, each on the last working day until then. Several deadlines
of one morning are one message.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage import outbox, reminder_rules, roles, units, worktime
from storage.models import (
    Collection,
    Course,
    CourseState,
    Mode,
    Notice,
    Period,
    Person,
    Role,
    RoleKind,
    Unit,
)
from storage.reporting import collections, status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

    from sqlalchemy import Connection

KIND = "deadline"
MORNING = time(8)
DAYS = (7, 1)
# A program that was down still reminds for so long.
WINDOW = timedelta(hours=12)
# The earliest reminder: a week, and all the days around Tết on which nobody works.
AHEAD = timedelta(days=7 + 21)


class What(StrEnum):
    """What has to be done by a deadline."""

    REPORT = "report"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something to be done by the end of `last`; `before` is the day in "trước ngày 15/12".

    `subject_id` is a period or a course, `unit_paths` whom it concerns; none: everybody.
    """

    what: What
    subject_id: int
    title: str
    code: str
    last: date
    before: date | None
    unit_paths: tuple[str, ...] = ()

    def concerns(self, path: str) -> bool:
        """True for the officer of a commune with this path."""
        return not self.unit_paths or any(
            path.startswith(one) or one.startswith(path) for one in self.unit_paths
        )


def owe_due(db: Connection, now: datetime) -> int:
    """Owe officers the reminders of this morning; returns how many are new.

    `now` is in the local zone. Running twice owes nothing twice.
    """
    if not MORNING <= now.time() < (datetime.combine(now.date(), MORNING) + WINDOW).time():
        return 0
    at = datetime.combine(now.date(), MORNING, tzinfo=now.tzinfo)
    due = _due(db, at)
    people = _officers(db, now.date()) if due else {}
    keys = {
        f"{KIND}:{person_id}:{at.date().isoformat()}": person_id
        for person_id, paths in people.items()
        if any(one.concerns(path) for one in due for path in paths)
    }
    told = set(db.execute(select(Notice.key).where(Notice.key.in_(keys))).scalars())
    new = {key: person_id for key, person_id in keys.items() if key not in told}
    for key, person_id in new.items():
        outbox.owe(
            db, KIND, key=key, subject_id=person_id, person_id=person_id, due_at=at,
            data={"at": at.astimezone(UTC).isoformat()},
        )  # fmt: skip
    return len(new)


def items(db: Connection, person_id: int, data: Mapping[str, Any], now: datetime) -> list[Deadline]:
    """What an officer is to be reminded of, as it is now, the nearest first.

    Empty for whoever holds the right no more, has switched it off, or where it is over.
    """
    at = datetime.fromisoformat(str(data["at"])).astimezone(now.tzinfo)
    paths = _officers(db, now.date()).get(person_id, ())
    return [
        one
        for one in _due(db, at)
        if one.last >= now.date() and any(one.concerns(path) for path in paths)
    ]


def concerned(db: Connection, person_id: int, now: datetime) -> bool:
    """True for an officer of a commune, whom deadlines concern."""
    return any(held.kind is RoleKind.COMMUNE for held in roles.of(db, person_id, now.date()))


def wanted(db: Connection, person_id: int) -> bool:
    """Whether an officer is reminded of deadlines."""
    found = select(Person.remind_deadlines).where(Person.id == person_id)
    return db.execute(found).scalar_one()


def choose(db: Connection, person_id: int, *, wanted: bool) -> None:
    """Remind an officer of deadlines, or no more."""
    db.execute(update(Person).where(Person.id == person_id).values(remind_deadlines=wanted))


def moments(last: date, zone: tzinfo | None, corrections: Mapping[date, bool]) -> set[datetime]:
    """When a deadline is reminded of."""
    days = (last - timedelta(days=days) for days in DAYS)
    return {
        worktime.on_working_day(datetime.combine(day, MORNING, tzinfo=zone), corrections)
        for day in days
    }


def _due(db: Connection, at: datetime) -> list[Deadline]:
    corrections = reminder_rules.corrections(db)
    found = [
        one
        for one in (*_reports(db, at), *_nominations(db, at))
        if at in moments(one.last, at.tzinfo, corrections)
    ]
    return sorted(found, key=lambda one: (one.last, one.what, one.subject_id))


def _reports(db: Connection, at: datetime) -> list[Deadline]:
    today = at.date()
    rows = db.execute(
        select(Period.id, Period.title, Period.report_before)
        .where(
            Period.report_before > today, Period.report_before <= today + AHEAD,
            # Once the Sở collects them, its collection says until when, and who owes nothing more.
            Period.id.not_in(select(Collection.period_id)),
        )
        .order_by(Period.id)
    )  # fmt: skip
    return _collections(db, at) + [
        Deadline(What.REPORT, row.id, row.title, "", row.report_before - timedelta(days=1),
                 row.report_before)
        for row in rows
    ]  # fmt: skip


def _collections(db: Connection, at: datetime) -> list[Deadline]:
    """Reports the Sở collects, of the communes that have not handed in."""
    corrections = reminder_rules.corrections(db)
    found: list[Deadline] = []
    for one in collections.awaited(db):
        due = at in moments(one.last, at.tzinfo, corrections)
        if due and (paths := status.owing(db, one, at)):
            found.append(
                Deadline(What.REPORT, one.period_id, one.title, "", one.last, one.before, paths)
            )
    return found


def _nominations(db: Connection, at: datetime) -> list[Deadline]:
    """Courses to which people are sent, while they can be."""
    rows = db.execute(
        select(Course.id, Course.number, Course.short, Course.closes_at, Course.audience)
        .add_columns(Unit.path)
        .join(Unit, Unit.id == Course.unit_id)
        .where(
            Course.mode == Mode.NOMINATED, Course.state == CourseState.OPEN, ~Course.past,
            Course.closes_at > at, Course.closes_at <= at + AHEAD,
        )
        .order_by(Course.id)
    )  # fmt: skip
    return [
        Deadline(
            What.SEND, row.id, row.short, f"L{row.number}",
            # What closes at midnight closes at the end of the day before.
            (row.closes_at - timedelta(microseconds=1)).astimezone(at.tzinfo).date(), None,
            _meant(db, row.audience, row.path),
        )
        for row in rows
    ]  # fmt: skip


def _meant(db: Connection, audience: dict[str, Any], path: str) -> tuple[str, ...]:
    """Paths of the units a course is for: those of its audience, else all of whoever holds it."""
    named: list[int] = audience.get("units", [])
    found: list[str] = []
    for unit_id in named:
        today = units.successors(db, unit_id)
        ids = [one.id for one in today] or [unit_id]
        found += db.execute(select(Unit.path).where(Unit.id.in_(ids))).scalars()
    return tuple(found) or (path,)


def _officers(db: Connection, day: date) -> dict[int, tuple[str, ...]]:
    """The officers of communes who want to be reminded, each with the paths of their communes."""
    rows = db.execute(
        select(Role.person_id, Unit.path)
        .join(Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.kind == RoleKind.COMMUNE, roles.holds(day), Person.remind_deadlines)
        .order_by(Role.person_id, Role.id)
    )
    found: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.person_id] += (row.path,)
    return dict(found)
