"""Questions to the person behind a course, relayed both ways."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from storage import audit, courses, outbox, reach, roles, scopes
from storage.masking import masked
from storage.models import Course, Person, Question, RoleKind, School, Unit

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from storage.courses import Training

# Characters of a question, an answer, a correction.
LONGEST = 500
# Questions of one person that nobody has answered yet: more would only flood one officer.
MOST_OPEN = 5
# All that is worth knowing about a course, in characters.
NEEDS = 1000


class Outcome(StrEnum):
    """What came of asking or answering."""

    ASKED = "asked"
    NOBODY = "nobody"  # nobody in charge can be reached here
    TOO_MANY = "too many"
    ANSWERED = "answered"
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class Relayed:
    """A question on its way: to whom it went, by full name."""

    outcome: Outcome
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A question with what its answerer has to know."""

    id: int
    course_id: int
    course_number: int
    asker_id: int
    asker: str
    school: str
    text: str
    answer: str
    answered_by: str
    contact_id: int | None
    path: str

    @property
    def code(self) -> str:
        """The course as people call it: L12."""
        return f"L{self.course_number}"


_answerer = Person.__table__.alias("answerers")
BY_ID = (
    select(
        Question.id, Question.course_id, Course.number, Question.asker_id, Person.full_name,
        func.coalesce(School.name, "").label("school"), Question.text, Question.answer,
        func.coalesce(_answerer.c.full_name, "").label("answered_by"), Course.contact_id,
        Unit.path,
    )
    .join_from(Question, Course, Course.id == Question.course_id)
    .join(Unit, Unit.id == Course.unit_id)
    .join(Person, Person.id == Question.asker_id)
    .join(School, School.id == Person.school_id, isouter=True)
    .join(_answerer, _answerer.c.id == Question.answered_by_id, isouter=True)
    .where(Question.id == bindparam("question_id"))
)  # fmt: skip
OPEN = select(func.count()).where(
    Question.asker_id == bindparam("asker_id"), Question.answered_at.is_(None)
)


def get(db: Connection, question_id: int) -> Inquiry | None:
    """The question with this id."""
    row = db.execute(BY_ID, {"question_id": question_id}).one_or_none()
    return Inquiry(*row) if row else None


def recipients(db: Connection, course: Training, now: datetime) -> list[int]:
    """Who is asked about a course, by person: those of the first rung that can be reached.

    The contact of the course, else the officers of the commune it belongs to, else the Sở.
    """
    path = db.execute(select(Unit.path).where(Unit.id == course.unit_id)).scalar_one()
    day = now.date()
    contact = () if course.contact_id is None else (course.contact_id,)
    rungs = (
        contact,
        roles.holders(db, RoleKind.COMMUNE, path=path, day=day),
        roles.holders(db, RoleKind.DEPARTMENT, path=path, day=day),
    )
    for rung in rungs:
        if reached := [one for one in rung if reach.reachable(db, one, "question", now)]:
            return reached
    return []


def ask(
    db: Connection, course: Training, asker_id: int, account_id: int, text: str, now: datetime
) -> Relayed:
    """Keep a question, without long numbers, and owe it to whoever is in charge."""
    asked = [one for one in recipients(db, course, now) if one != asker_id]
    if not asked:
        return Relayed(Outcome.NOBODY)
    if db.execute(OPEN, {"asker_id": asker_id}).scalar_one() >= MOST_OPEN:
        return Relayed(Outcome.TOO_MANY)
    question_id = db.execute(
        insert(Question)
        .values(
            course_id=course.id, asker_id=asker_id, account_id=account_id,
            text=masked(text)[:LONGEST], asked_at=now,
        )
        .returning(Question.id)
    ).scalar_one()  # fmt: skip
    for person_id in asked:
        outbox.owe(
            db, "question", key=f"question:{question_id}:{person_id}", subject_id=question_id,
            person_id=person_id, due_at=now,
        )  # fmt: skip
    audit.note(
        db, actor_id=asker_id, action="asked", subject="question", subject_id=question_id,
        unit_id=course.unit_id, now=now, course=course.id,
    )  # fmt: skip
    names = db.execute(
        select(Person.full_name).where(Person.id.in_(asked)).order_by(Person.sort_key)
    ).scalars()
    return Relayed(Outcome.ASKED, tuple(names))


def may_answer(db: Connection, inquiry: Inquiry, person_id: int, day: date) -> bool:
    """True for the contact of the course and for officers whose scope covers it."""
    if inquiry.contact_id == person_id:
        return roles.works(db, person_id, day)
    scope = scopes.of(db, person_id, day)
    return scope is not None and scope.covers(inquiry.path)


def answer(
    db: Connection, inquiry: Inquiry, text: str, by: int, now: datetime, *, share: bool
) -> Outcome:
    """Keep the first answer and owe it to the asker; `share` adds it to what the course tells.

    Raises PermissionError for whoever may not answer (`may_answer`).
    """
    if not may_answer(db, inquiry, by, now.date()):
        raise PermissionError(inquiry.id)
    if share:
        courses.locked(db, inquiry.course_id)
    words = masked(text)[:LONGEST]
    first = db.execute(
        update(Question)
        .where(Question.id == inquiry.id, Question.answered_at.is_(None))
        .values(answer=words, answered_by_id=by, answered_at=now)
        .returning(Question.id)
    ).one_or_none()
    if first is None:
        return Outcome.ALREADY
    if share:
        _share(db, inquiry.course_id, words)
    outbox.withdraw(db, ("question",), inquiry.id, now)
    outbox.owe(
        db, "answer", key=f"answer:{inquiry.id}", subject_id=inquiry.id,
        person_id=inquiry.asker_id, due_at=now,
    )  # fmt: skip
    audit.note(
        db, actor_id=by, action="answered", subject="question", subject_id=inquiry.id,
        now=now, course=inquiry.course_id, shared=share,
    )  # fmt: skip
    return Outcome.ANSWERED


def needs(course: Training) -> list[str]:
    """Answers that were worth telling everybody, a line each."""
    return course.needs.splitlines()


def _share(db: Connection, course_id: int, words: str) -> None:
    needs = db.execute(select(Course.needs).where(Course.id == course_id)).scalar_one()
    added = f"{needs}\n{' '.join(words.split())}".strip()
    if len(added) <= NEEDS:
        db.execute(update(Course).where(Course.id == course_id).values(needs=added))
