"""Who was there: noted by a code, marked by whoever takes attendance, read as a roll.

A mark of a person's stands until a person changes it; a code only says what nobody has said yet,
or that somebody was there earlier than an earlier code of theirs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from storage import audit, completion, session_codes, teaching
from storage.models import (
    HOLDING,
    Attendance,
    CourseState,
    Evidence,
    Mark,
    Person,
    Registration,
    School,
    SheetLine,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Meeting, Training

THERE = (Mark.PRESENT, Mark.LATE)


class Why(StrEnum):
    """Why nobody can be marked now."""

    EARLY = "early"  # the day has not come
    UNSETTLED = "unsettled"  # there is no day
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one person at one session."""

    mark: Mark
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One person on the roll of a session; `known` None: nothing is known yet.

    `number` is the one on the printed sheet. `excused`: nominated, and said they cannot come.
    """

    person_id: int
    full_name: str
    school: str
    birth_year: int | None
    number: int | None
    excused: bool
    known: Known | None

    @property
    def mark(self) -> Mark | None:
        """The mark, where there is one."""
        return self.known.mark if self.known else None


@dataclass(frozen=True, slots=True)
class Counts:
    """A roll in figures; `there` are those who came, late ones among them."""

    total: int
    there: int
    late: int
    excused: int
    absent: int

    @property
    def unknown(self) -> int:
        """Of whom nothing is known yet."""
        return self.total - self.there - self.excused - self.absent


KNOWN = select(Attendance.mark, Attendance.evidence, Attendance.at).where(
    Attendance.session_id == bindparam("session_id"),
    Attendance.person_id == bindparam("person_id"),
)
_MINE = (Attendance.person_id == Person.id) & (Attendance.session_id == bindparam("session_id"))
_SEAT = (Registration.person_id == Person.id) & (Registration.course_id == bindparam("course_id"))
# Whoever has a seat, whoever was marked all the same, and who was sent and said no.
ROLL = (
    select(
        Person.id, Person.full_name, School.name, Person.birth_year, SheetLine.number,
        Registration.standing, Attendance.mark, Attendance.evidence, Attendance.at,
    )
    .join(School, School.id == Person.school_id, isouter=True)
    .join(Registration, _SEAT, isouter=True)
    .join(Attendance, _MINE, isouter=True)
    .join(
        SheetLine,
        (SheetLine.person_id == Person.id) & (SheetLine.course_id == bindparam("course_id")),
        isouter=True,
    )
    .where(
        or_(
            Person.id.in_(
                select(Registration.person_id).where(
                    Registration.course_id == bindparam("course_id"),
                    Registration.standing.in_((*HOLDING, Standing.EXCUSED)),
                )
            ),
            Person.id.in_(
                select(Attendance.person_id).where(
                    Attendance.session_id == bindparam("session_id")
                )
            ),
        )
    )
    .order_by(Person.sort_key, Person.birth_year, Person.id)
)  # fmt: skip


def whether(course: Training, meeting: Meeting, now: datetime) -> Why | None:
    """Why nobody can be marked at a session now; None where they can."""
    if course.state in (CourseState.CANCELLED, CourseState.DRAFT):
        return Why.CANCELLED
    days = teaching.held_on(meeting, now)
    if days is None:
        return Why.UNSETTLED
    return Why.EARLY if now.date() < days[0] else None


def known(db: Connection, session_id: int, person_id: int) -> Known | None:
    """What is known of somebody at a session."""
    row = db.execute(KNOWN, {"session_id": session_id, "person_id": person_id}).one_or_none()
    return Known(*row) if row else None


def check_in(
    db: Connection, course: Training, meeting: Meeting, person_id: int, at: datetime, now: datetime
) -> Known:
    """Note that somebody wrote the code at a moment; what is known of them afterwards.

    What a person said of them stands; of two codes the earlier one does. Nothing is looked at
    here: the caller knows that the code was right and that they belong there.
    """
    code = session_codes.get(db, meeting.id)
    late = code is not None and code.late_from is not None and at >= code.late_from
    mark = Mark.LATE if late else Mark.PRESENT
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    row = insert(Attendance).values(
        session_id=meeting.id, person_id=person_id, mark=mark, evidence=Evidence.CODE, at=at
    )
    written = db.execute(
        row.on_conflict_do_update(
            index_elements=["session_id", "person_id"],
            set_={"mark": row.excluded.mark, "at": row.excluded.at},
            where=(Attendance.evidence == Evidence.CODE) & (Attendance.at > row.excluded.at),
        )
    )
    if written.rowcount:
        completion.settle(db, course.id, (person_id,), now)
    found = known(db, meeting.id, person_id)
    if found is None:
        raise LookupError(person_id)
    return found


def roll(db: Connection, session_id: int, by_id: int, now: datetime) -> list[Line]:
    """Everybody who is expected at a session or was there, by name.

    Raises PermissionError where `by_id` takes no attendance of the course.
    """
    course, _ = _allowed(db, session_id, by_id, now)
    return _read(db, course.id, session_id)


def expected(lines: Sequence[Line]) -> list[Line]:
    """The roll without those who said they cannot come, unless they are marked."""
    return [line for line in lines if line.known or not line.excused]


def counted(lines: Sequence[Line]) -> Counts:
    """The roll in figures."""
    marks = Counter(line.mark for line in expected(lines))
    return Counts(
        total=marks.total(),
        there=sum(marks[one] for one in THERE),
        late=marks[Mark.LATE],
        excused=marks[Mark.EXCUSED],
        absent=marks[Mark.ABSENT],
    )


FIGURES = (
    select(
        func.count(func.distinct(Registration.person_id)),
        func.count(func.distinct(case((Attendance.mark.in_(THERE), Attendance.person_id)))),
    )
    .select_from(Registration)
    .join(
        Attendance,
        (Attendance.person_id == Registration.person_id)
        & (Attendance.session_id == bindparam("session_id")),
        isouter=True,
    )
    .where(
        Registration.course_id == bindparam("course_id"), Registration.standing.in_(HOLDING)
    )
)  # fmt: skip


def figures(db: Connection, course_id: int, session_id: int) -> tuple[int, int]:
    """How many seats are taken, and how many of those people came: what a board shows."""
    row = db.execute(FIGURES, {"course_id": course_id, "session_id": session_id}).one()
    return row[0], row[1]


def mark(
    db: Connection,
    session_id: int,
    marks: Mapping[int, Mark | None],
    by_id: int,
    now: datetime,
    *,
    evidence: Evidence = Evidence.TRAINER,
) -> Why | int:
    """Write what a person says of others; None takes a mark back. How many, or why none.

    Only people of the roll are marked. Raises PermissionError as `roll` does.
    """
    course, meeting = _allowed(db, session_id, by_id, now)
    if why := whether(course, meeting, now):
        return why
    there = {line.person_id: line.mark for line in _read(db, course.id, session_id)}
    wanted = {each: marks[each] for each in sorted(marks) if each in there}
    if not wanted:
        return 0
    _write(db, session_id, wanted, by_id, now, evidence)
    _note(db, course, session_id, wanted, by_id, now, evidence=evidence)
    completion.settle(db, course.id, tuple(wanted), now)
    return len(wanted)


def close(db: Connection, session_id: int, by_id: int, now: datetime) -> Why | int:
    """End the roll: whoever is expected and not marked was absent, and no code is taken any more.

    How many that were, or why it cannot be ended. Raises PermissionError as `roll` does.
    """
    lines = expected(roll(db, session_id, by_id, now))
    rest = {line.person_id: Mark.ABSENT for line in lines if line.known is None}
    done = mark(db, session_id, rest, by_id, now)
    code = session_codes.get(db, session_id)
    if not isinstance(done, Why) and code and code.closes_at > now:
        session_codes.change(db, session_id, by_id, now, closes_at=now)
    return done


def _read(db: Connection, course_id: int, session_id: int) -> list[Line]:
    rows = db.execute(ROLL, {"course_id": course_id, "session_id": session_id})
    return [
        Line(
            row[0], row[1], row[2] or "", row[3], row[4], row[5] is Standing.EXCUSED,
            Known(row[6], row[7], row[8]) if row[6] else None,
        )
        for row in rows
    ]  # fmt: skip


def _write(
    db: Connection,
    session_id: int,
    wanted: Mapping[int, Mark | None],
    by_id: int,
    now: datetime,
    evidence: Evidence,
) -> None:
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    row = insert(Attendance)
    kept: dict[str, Any] = {
        name: row.excluded[name] for name in ("mark", "evidence", "at", "by_id")
    }
    upsert = row.on_conflict_do_update(index_elements=["session_id", "person_id"], set_=kept)
    rows = [
        {"session_id": session_id, "person_id": each, "mark": mark, "evidence": evidence,
         "at": now, "by_id": by_id}
        for each, mark in wanted.items()
        if mark
    ]  # fmt: skip
    if rows:
        db.execute(upsert, rows)
    gone = [each for each, mark in wanted.items() if mark is None]
    if gone:
        db.execute(
            delete(Attendance).where(
                Attendance.session_id == session_id, Attendance.person_id.in_(gone)
            )
        )


def _allowed(
    db: Connection, session_id: int, by_id: int, now: datetime
) -> tuple[Training, Meeting]:
    found = teaching.meeting(db, session_id)
    if found is None:
        raise PermissionError("There is no such session.")
    teaching.must_teach(db, by_id, found[0].id, now.date())
    return found


def _note(
    db: Connection,
    course: Training,
    session_id: int,
    wanted: Mapping[int, Mark | None],
    by_id: int,
    now: datetime,
    *,
    evidence: Evidence,
) -> None:
    """One row for all that was marked at once: whom, by their ids."""
    people = {
        kind.value if kind else "none": _ids(wanted, kind)
        for kind in dict.fromkeys(wanted.values())
    }
    audit.note(
        db, actor_id=by_id, action="attendance", subject="session", subject_id=session_id,
        unit_id=course.unit_id, now=now, course=course.id, evidence=evidence.value, **people,
    )  # fmt: skip


def _ids(wanted: Mapping[int, Mark | None], kind: Mark | None) -> str:
    chosen: Collection[int] = [each for each, mark in wanted.items() if mark is kind]
    return " ".join(map(str, chosen))
