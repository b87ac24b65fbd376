"""Papers issued and revoked by the officers whose area the course belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from storage import audit, courses, outbox, papers, signing, worktime
from storage.completion import ended
from storage.models import (
    Completed,
    Completion,
    Course,
    CourseState,
    Paper,
    Person,
    Remind,
    Result,
    School,
    Unit,
)
from storage.papers import PAPERS, Issued

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.models import UnitKind
    from storage.papers import Key
    from storage.scopes import Scope

READY = "paper ready"
# Papers of one turn, in which nobody else is answered: half a second's work. The rest is asked
# for again.
MOST = 500
# Characters of a reason for revoking.
LONGEST = 200


class Outcome(StrEnum):
    """What came of issuing papers."""

    DONE = "done"
    NO_TITLE = "no title"  # the course prints no paper
    NOBODY = "nobody"  # nobody has completed it, or everybody has one


@dataclass(frozen=True, slots=True)
class Desk:
    """The papers of one course: who has one, and who has completed it and has none.

    `doubtful` stand although their holders have not completed the course, as it is known now.
    """

    course: Training
    unit: str
    unit_kind: UnitKind
    standing: tuple[Issued, ...]
    revoked: int
    waiting: tuple[int, ...]
    doubtful: tuple[Issued, ...]


def of_course(db: Connection, scope: Scope, course_id: int) -> Desk | None:
    """The papers of a course of the officer's area, by name; None where it is not theirs."""
    course = courses.get(db, course_id)
    if course is None:
        return None
    unit = db.execute(
        select(Unit.name, Unit.kind, Unit.path).where(Unit.id == course.unit_id)
    ).one()
    if not scope.covers(unit.path):
        return None
    rows = db.execute(
        PAPERS.join(Person, Person.id == Paper.person_id)
        .where(Paper.course_id == course_id)
        .order_by(Person.sort_key, Paper.id)
    )
    every = [Issued(*row) for row in rows]
    standing = tuple(one for one in every if one.revoked_at is None)
    completed = _completed(db, course_id)
    holders = {one.person_id for one in standing}
    return Desk(
        course=course,
        unit=unit.name,
        unit_kind=unit.kind,
        standing=standing,
        revoked=len(every) - len(standing),
        waiting=tuple(each for each in completed if each not in holders),
        doubtful=tuple(one for one in standing if one.person_id not in completed),
    )


def _completed(db: Connection, course_id: int) -> dict[int, None]:
    found = (
        select(Completion.person_id)
        .join(Person, Person.id == Completion.person_id)
        .where(Completion.course_id == course_id, Completion.state == Completed.COMPLETED)
        .order_by(Person.sort_key, Person.id)
    )
    return dict.fromkeys(db.execute(found).scalars())


def issue(
    db: Connection,
    scope: Scope,
    course_id: int,
    now: datetime,
    *,
    issuer: str,
    people: Collection[int] | None = None,
) -> tuple[Outcome, int]:
    """Give everybody who has completed a course a paper, or only these people; how many are new.

    Those are `MOST` at a time, by name. `issuer` is the office named on the paper. Whoever has one
    that stands keeps it as it is. Who wants reminders is told. Raises PermissionError for a course
    outside the officer's area.
    """
    key = papers.key(db, now)
    desk = _desk(db, scope, course_id)
    course = desk.course
    if not course.paper_title or course.state is CourseState.CANCELLED:
        return Outcome.NO_TITLE, 0
    wanted = [each for each in desk.waiting if people is None or each in people][:MOST]
    if not wanted:
        return Outcome.NOBODY, 0
    shared = _shared(course, desk.unit, issuer, now)
    first = _next(db, now)
    rows = [
        _row(key, {**shared, **about, "number": _number(now, first + place)}, scope, now)
        for place, about in enumerate(_people(db, course_id, wanted))
    ]
    ids = db.execute(
        insert(Paper).returning(Paper.id, Paper.person_id, sort_by_parameter_order=True), rows
    )
    told = _to_tell(db, wanted)
    for paper_id, person_id in ids.all():
        if person_id in told:
            outbox.owe(db, READY, key=f"{READY}:{paper_id}", subject_id=paper_id,
                       person_id=person_id, due_at=worktime.next_waking(now))  # fmt: skip
    audit.note(
        db, actor_id=scope.actor_id, action="papers issued", subject="course",
        subject_id=course_id, unit_id=course.unit_id, now=now, papers=len(rows),
    )  # fmt: skip
    return Outcome.DONE, len(rows)


def _to_tell(db: Connection, people: list[int]) -> set[int]:
    """Who wants to be written to about their trainings; others find the paper in their list."""
    wants = (Remind.EVE, Remind.WEEK)
    found = select(Person.id).where(Person.id.in_(people), Person.remind.in_(wants))
    return set(db.execute(found).scalars())


def _desk(db: Connection, scope: Scope, course_id: int) -> Desk:
    desk = of_course(db, scope, course_id)
    if desk is None:
        raise PermissionError("The course belongs to another area.")
    return desk


def _row(key: Key, facts: dict[str, Any], scope: Scope, now: datetime) -> dict[str, Any]:
    person_id = facts.pop("person_id")
    course_id = facts.pop("course_id")
    return {
        "number": facts["number"], "course_id": course_id, "person_id": person_id, "facts": facts,
        "key_id": key.id, "signature": signing.sign(facts, key.private).signature,
        "issued_at": now, "issued_by_id": scope.actor_id, "revoked_why": "",
    }  # fmt: skip


def _shared(course: Training, unit: str, issuer: str, now: datetime) -> dict[str, Any]:
    """What the papers of a course have in common."""
    days = [days for each in course.sessions if (days := each.days(now))]
    ends = [end for each in course.sessions if (end := ended(each, now))]
    last = max(ends).astimezone(now.tzinfo).date() if ends else None
    return {
        "course_id": course.id, "issuer": issuer, "title": course.paper_title,
        "code": course.code, "course": course.title, "letter": course.letter,
        "first_day": min(first for first, _ in days).isoformat() if days else None,
        "last_day": last.isoformat() if last else None,
        "sessions": len(course.sessions), "place": course.first.place if course.first else "",
        "hours": course.hours, "issued": now.date().isoformat(), "town": unit,
    }  # fmt: skip


def _people(db: Connection, course_id: int, wanted: list[int]) -> list[dict[str, Any]]:
    """Who gets a paper, with the school of the day on which it was decided, and their result."""
    found = db.execute(
        select(
            Person.id, Person.full_name, Person.birth_year, Completion.attended,
            School.name.label("school"), Unit.name.label("unit"), Result.score, Result.passed,
        )
        .join(Completion, (Completion.person_id == Person.id) & (Completion.course_id == course_id))
        .join(School, School.id == Completion.school_id, isouter=True)
        .join(Unit, Unit.id == School.unit_id, isouter=True)
        .join(
            Result,
            (Result.person_id == Person.id) & (Result.course_id == course_id),
            isouter=True,
        )
        .where(Person.id.in_(wanted))
        .order_by(Person.sort_key, Person.id)
    )  # fmt: skip
    return [
        {
            "person_id": row.id, "name": row.full_name, "born": row.birth_year,
            "school": ", ".join(part for part in (row.school, _inside(row.unit)) if part),
            "attended": row.attended, "score": row.score, "passed": row.passed,
        }
        for row in found
    ]  # fmt: skip


def _inside(unit: str | None) -> str:
    return f"{unit[:1].lower()}{unit[1:]}" if unit else ""


def _next(db: Connection, now: datetime) -> int:
    """The next number of the year; the key is locked meanwhile."""
    prefix = f"GXN-{now.year}-"
    newest = select(func.max(Paper.number)).where(Paper.number.startswith(prefix))
    last = db.execute(newest).scalar_one()
    return int(last.removeprefix(prefix)) + 1 if last else 1


def _number(now: datetime, place: int) -> str:
    return f"GXN-{now.year}-{place:06}"


def get(db: Connection, scope: Scope, paper_id: int) -> Issued | None:
    """A paper of a course of the officer's area; None where it is not theirs, or there is none."""
    row = db.execute(
        PAPERS.join(Course, Course.id == Paper.course_id)
        .join(Unit, Unit.id == Course.unit_id)
        .where(Paper.id == paper_id, scope.where(Unit.path))
    ).one_or_none()
    return Issued(*row) if row else None


def revoke(db: Connection, scope: Scope, paper_id: int, why: str, now: datetime) -> Issued | None:
    """Declare a paper void, with a reason; None where it is not theirs, or was revoked before."""
    paper = get(db, scope, paper_id)
    if paper is None:
        return None
    done = db.execute(
        update(Paper)
        .where(Paper.id == paper_id, Paper.revoked_at.is_(None))
        .values(revoked_at=now, revoked_by_id=scope.actor_id, revoked_why=why[:LONGEST])
    )
    if not done.rowcount:
        return None
    outbox.withdraw(db, (READY,), paper_id, now)
    course = courses.get(db, paper.course_id)
    audit.note(
        db, actor_id=scope.actor_id, action="paper revoked", subject="paper", subject_id=paper_id,
        unit_id=course.unit_id if course else None, now=now, course=paper.course_id,
    )  # fmt: skip
    return get(db, scope, paper_id)
