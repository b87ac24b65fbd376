"""All that is kept about one person, for that person: what a copy of one's data holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.models import (
    Account,
    AccountPerson,
    Attendance,
    Completion,
    Consent,
    Course,
    Paper,
    Person,
    Registration,
    Result,
    Role,
    School,
    Session,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row, Select


@dataclass(frozen=True, slots=True)
class Copy:
    """Rows as they stand in the database, by what they are about; `person` is one row."""

    person: Row[*tuple[Any, ...]]
    accounts: Sequence[Row[*tuple[Any, ...]]]
    consents: Sequence[Row[*tuple[Any, ...]]]
    roles: Sequence[Row[*tuple[Any, ...]]]
    registrations: Sequence[Row[*tuple[Any, ...]]]
    attendance: Sequence[Row[*tuple[Any, ...]]]
    results: Sequence[Row[*tuple[Any, ...]]]
    completions: Sequence[Row[*tuple[Any, ...]]]
    papers: Sequence[Row[*tuple[Any, ...]]]


def of(db: Connection, person_id: int) -> Copy:
    """What is kept about somebody; LookupError where there is nobody of that id."""
    person = db.execute(_person(person_id)).one_or_none()
    if person is None:
        raise LookupError(person_id)
    course = (Course.number, Course.title)
    return Copy(
        person=person,
        accounts=db.execute(
            select(Account.channel, AccountPerson.since)
            .join(Account, Account.id == AccountPerson.account_id)
            .where(AccountPerson.person_id == person_id)
            .order_by(AccountPerson.since)
        ).all(),
        consents=db.execute(
            select(Consent.purpose, Consent.channel, Consent.version, Consent.given_at,
                   Consent.withdrawn_at)
            .where(Consent.person_id == person_id)
            .order_by(Consent.given_at)
        ).all(),
        roles=db.execute(
            select(Role.kind, Unit.name.label("unit"), School.name.label("school"),
                   Course.number, Role.valid_from, Role.valid_to)
            .join(Unit, Unit.id == Role.unit_id, isouter=True)
            .join(School, School.id == Role.school_id, isouter=True)
            .join(Course, Course.id == Role.course_id, isouter=True)
            .where(Role.person_id == person_id)
            .order_by(Role.id)
        ).all(),
        registrations=_of_courses(
            db,
            select(*course, Registration.standing, Registration.changed_at)
            .join(Course, Course.id == Registration.course_id)
            .where(Registration.person_id == person_id),
        ),
        attendance=_of_courses(
            db,
            select(*course, Session.number.label("session"), Attendance.mark, Attendance.evidence,
                   Attendance.at)
            .join(Session, Session.id == Attendance.session_id)
            .join(Course, Course.id == Session.course_id)
            .where(Attendance.person_id == person_id),
        ),
        results=_of_courses(
            db,
            select(*course, Result.score, Result.passed, Result.assignment, Result.at)
            .join(Course, Course.id == Result.course_id)
            .where(Result.person_id == person_id),
        ),
        completions=_of_courses(
            db,
            select(*course, Completion.state, Completion.completed_on, Completion.attended,
                   Completion.held, Completion.hours)
            .join(Course, Course.id == Completion.course_id)
            .where(Completion.person_id == person_id),
        ),
        papers=_of_courses(
            db,
            select(*course, Paper.number.label("paper"), Paper.issued_at, Paper.revoked_at)
            .join(Course, Course.id == Paper.course_id)
            .where(Paper.person_id == person_id),
        ),
    )  # fmt: skip


def _person(person_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Person.full_name, Person.birth_year, Person.position, School.name.label("school"),
            Unit.name.label("unit"), Person.phone, Person.external_id, Person.qualification,
            Person.rating, Person.rating_year, Person.core, Person.source, Person.verified_at,
            Person.left_on, Person.leave_from, Person.leave_to,
        )
        .join(School, School.id == Person.school_id, isouter=True)
        .join(Unit, Unit.id == School.unit_id, isouter=True)
        .where(Person.id == person_id)
    )  # fmt: skip


def _of_courses(db: Connection, rows: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    return db.execute(rows.order_by(Course.number)).all()
