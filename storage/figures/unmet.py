"""The people behind "expected and not completed", as far as somebody's scope reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import aliased

from storage import completion, courses, principals
from storage.figures import extents, subjects
from storage.figures.reasons import REASONS, Reason, parts, statement
from storage.models import (
    Person,
    Registration,
    RegistrationEvent,
    School,
    Standing,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Subquery

    from storage.completion_rules import Why
    from storage.courses import Training
    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within


# So many subjects are looked through for a principal's nearest one.
LOOKED_AT: Final = 12


@dataclass(frozen=True, slots=True)
class Unmet:
    """One person behind a reason; full name as written.

    `twin`: somebody else of the school has the same name. `why` is what was said by whoever cannot
    come: a `Cannot`, or their own words. `lacks` is what whoever failed a course did not reach.
    """

    person_id: int
    full_name: str
    birth_year: int | None
    school_id: int
    school: str
    reason: Reason
    twin: bool = False
    why: str = ""
    lacks: tuple[Why, ...] = ()


def counts(
    db: Connection, scope: Scope, topic: Topic, within: Within | None, now: datetime
) -> dict[Reason, int]:
    """How many people of an officer's scope, or of a part of it, by reason, in its order.

    Reasons nobody has are left out. All but those on leave add up to `Count.missing`.
    """
    return _counts(db, topic, _mine(scope, within), now)


def people(
    db: Connection,
    scope: Scope,
    topic: Topic,
    reason: Reason,
    now: datetime,
    *,
    within: Within | None = None,
    limit: int = 8,
    offset: int = 0,
) -> list[Unmet]:
    """Those behind a reason in an officer's scope, by name, a page at a time.

    Of whoever is counted at a school of the scope and works outside it by now the name is left out;
    `counts` tells how many there are.
    """
    here: list[ColumnElement[bool]] = []
    if not extents.all_of(scope):
        theirs = select(School.id).where(School.unit_id.in_(extents.communes(scope)))
        here.append(_works_at(theirs))
    found = statement(db, topic, _mine(scope, within), now)
    return _people(db, topic, found, [*here, _behind(found, (reason,))], now, (limit, offset))


def at_school(db: Connection, principal_id: int, topic: Topic, now: datetime) -> dict[Reason, int]:
    """The same counts for a principal, of all their schools; PermissionError for anybody else."""
    mine = _headed(db, principal_id, now)
    return _counts(db, topic, [School.id.in_(mine)], now)


def colleagues(
    db: Connection,
    principal_id: int,
    topic: Topic,
    reasons: Sequence[Reason],
    now: datetime,
    *,
    limit: int = 8,
    offset: int = 0,
) -> list[Unmet]:
    """Those behind any of these reasons at a principal's own schools, by name.

    The names of those who work elsewhere by now are left out. PermissionError for whoever is no
    principal.
    """
    mine = _headed(db, principal_id, now)
    found = statement(db, topic, [School.id.in_(mine)], now)
    here = [_works_at(mine), _behind(found, reasons)]
    return _people(db, topic, found, here, now, (limit, offset))


def nearest_at_school(db: Connection, principal_id: int, now: datetime) -> Topic | None:
    """What is due next of all that somebody of a principal's schools has not completed.

    PermissionError for whoever is no principal.
    """
    here = [School.id.in_(_headed(db, principal_id, now))]
    known = subjects.listed(db, now.date())[:LOOKED_AT]
    return next((one for one in known if _counts(db, one, here, now)), None)


def open_courses(db: Connection, topic: Topic, now: datetime) -> list[Training]:
    """The courses of a subject for which people can register now, the earliest first."""
    if topic.kind is SubjectKind.COURSE:
        found = courses.get(db, topic.course_id or 0)
        return [found] if found and found.takes(now) else []
    ids = set(parts(db, topic, now).courses.values())
    return [one for one in courses.listed(db, now) if one.id in ids and one.takes(now)]


def _headed(db: Connection, person_id: int, now: datetime) -> list[int]:
    """The schools of a principal; PermissionError for whoever is none."""
    mine = principals.schools(db, person_id, now.date())
    if not mine:
        raise PermissionError(person_id)
    return mine


def _works_at(schools: Sequence[int] | Select[int]) -> ColumnElement[bool]:
    """True of whoever is at one of these schools still, or at none."""
    return or_(Person.school_id.is_(None), Person.school_id.in_(schools))


def _mine(scope: Scope, within: Within | None) -> list[ColumnElement[bool]]:
    return extents.conditions(extents.OF_SCHOOLS, scope, within)


def _counts(
    db: Connection, topic: Topic, mine: Sequence[ColumnElement[bool]], now: datetime
) -> dict[Reason, int]:
    found = statement(db, topic, mine, now)
    grouped = select(found.c.reason, func.count()).group_by(found.c.reason)
    counted = {Reason(row[0]): row[1] for row in db.execute(grouped)}
    return {one: counted[one] for one in REASONS if one in counted}


def _behind(found: Subquery, reasons: Sequence[Reason]) -> ColumnElement[bool]:
    return found.c.reason.in_([one.value for one in reasons])


def _people(
    db: Connection,
    topic: Topic,
    found: Subquery,
    wanted: Sequence[ColumnElement[bool]],
    now: datetime,
    page: tuple[int, int],
) -> list[Unmet]:
    shown = db.execute(
        select(Person.id, Person.full_name, Person.birth_year, School.id, School.name,
               found.c.reason, _said(db, topic, now), _twin())
        .join(found, found.c.person_id == Person.id)
        .join(School, School.id == found.c.school_id)
        .where(*wanted)
        .order_by(Person.sort_key, Person.id)
        .limit(page[0])
        .offset(page[1])
    ).all()  # fmt: skip
    failed = [row[0] for row in shown if row[5] == Reason.FAILED.value]
    lacks = _lacks(db, topic, failed, now)
    return [
        Unmet(
            row[0], row[1], row[2], row[3], row[4], Reason(row[5]), row[7],
            (row[6] or "") if row[5] == Reason.CANNOT.value else "", lacks.get(row[0], ()),
        )
        for row in shown
    ]  # fmt: skip


def _lacks(
    db: Connection, topic: Topic, people: list[int], now: datetime
) -> dict[int, tuple[Why, ...]]:
    course = courses.get(db, topic.course_id) if people and topic.course_id else None
    if course is None:
        return {}
    roll, known = completion.roll_of(db, course, now), completion.known_of(db, course, people, now)
    return {each: tuple(completion.why(course, roll, one)) for each, one in known.items()}


def _twin() -> ColumnElement[bool]:
    other = aliased(Person)
    same = (other.full_name == Person.full_name) & (other.school_id == Person.school_id)
    return exists().where(same, other.id != Person.id, other.merged_into_id.is_(None))


def _said(db: Connection, topic: Topic, now: datetime) -> ColumnElement[Any]:
    """What somebody said last who cannot come to a course of a subject."""
    held = list(parts(db, topic, now).courses.values())
    return (
        select(RegistrationEvent.reason)
        .join(Registration, Registration.id == RegistrationEvent.registration_id)
        .where(
            Registration.person_id == Person.id,
            Registration.course_id.in_(held),
            RegistrationEvent.standing == Standing.EXCUSED,
        )
        .order_by(RegistrationEvent.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
