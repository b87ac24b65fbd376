"""How a person counts in a course, as one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Date,
    Integer,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    union,
)

from storage import meant
from storage.figures.counts import Bit
from storage.meant import NOW, OLD
from storage.models import (
    HOLDING,
    Completed,
    Completion,
    Counted,
    Course,
    CourseState,
    Mode,
    Person,
    Registration,
    School,
    Session,
    Source,
    Standing,
    Subject,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from enum import StrEnum

    from sqlalchemy import ColumnElement, Connection, Row, Select

# A draft and a cancelled course count nobody.
RUNNING: Final = (CourseState.OPEN, CourseState.CLOSED)
_STANDINGS: Final = {
    **dict.fromkeys(HOLDING, Bit.REGISTERED),
    Standing.WAITING: Bit.WAITING,
    **dict.fromkeys((Standing.GIVEN_UP, Standing.LAPSED, Standing.REFUSED), Bit.GIVEN_UP),
    Standing.EXCUSED: Bit.EXCUSED,
}


@dataclass(frozen=True, slots=True)
class Counting:
    """A course that is counted: its subject, and what of the course decides who counts."""

    id: int
    course_id: int
    opened_on: date
    last_day: date | None
    due_on: date | None
    state: CourseState
    mode: Mode
    audience: dict[str, Any]

    def over(self, day: date) -> bool:
        """True from the day after the last one on: changes of people do not count any more."""
        return self.last_day is not None and self.last_day < day

    def params(self, day: date) -> dict[str, Any]:
        """The values that `fresh` needs."""
        at = min(day, self.last_day or day)
        return {"course_id": self.course_id, "opened_on": self.opened_on, "due_on": self.due_on,
                "day": at}  # fmt: skip


COUNTINGS: Final = select(
    Subject.id, Subject.course_id, Subject.opened_on, Subject.last_day, Subject.due_on,
    Course.state, Course.mode, Course.audience,
).join(Course, Course.id == Subject.course_id).order_by(Subject.id)  # fmt: skip
_ONE: Final = COUNTINGS.where(Subject.course_id == bindparam("course_id"))
_SOME: Final = COUNTINGS.where(Subject.course_id.in_(bindparam("ids", expanding=True)))
_THESE: Final = COUNTINGS.where(Subject.id.in_(bindparam("ids", expanding=True)))
_LIVE: Final = COUNTINGS.where(
    Course.state.in_(RUNNING),
    or_(Subject.last_day.is_(None), Subject.last_day >= bindparam("day", type_=Date)),
)


def of_courses(db: Connection, course_ids: Collection[int]) -> list[Counting]:
    """What is counted of these courses, by subject."""
    if len(course_ids) == 1:
        (course_id,) = course_ids
        return [_counting(row) for row in db.execute(_ONE, {"course_id": course_id})]
    return [_counting(row) for row in db.execute(_SOME, {"ids": list(course_ids)})]


def of_subjects(db: Connection, subject_ids: Collection[int]) -> list[Counting]:
    """The courses among these subjects, by subject."""
    return [_counting(row) for row in db.execute(_THESE, {"ids": list(subject_ids)})]


def live(db: Connection, day: date) -> list[Counting]:
    """Courses that are not over on a day: changes of people count there."""
    return [_counting(row) for row in db.execute(_LIVE, {"day": day})]


def _counting(row: Row[*tuple[Any, ...]]) -> Counting:
    return Counting(*row)


def fresh(
    course: Counting, day: date, *, whole: bool, new: bool = False
) -> Select[*tuple[Any, ...]]:
    """Who counts how in a course: person_id, school_id, bits, done_on.

    To be executed with `course.params(day)`, and the id of the subject as `subject_id`. `whole`:
    everybody is asked for, so that it pays to look for those who can count at all. `new`: nobody
    was ever counted in it, so that a course that is over counts people as they are.
    """
    if course.state not in RUNNING:
        return _nobody()
    frozen = course.over(day) and not new
    sent = course.mode is Mode.NOMINATED
    rule = "" if frozen or sent else json.dumps(course.audience, sort_keys=True)
    return _statement(rule, sent=sent, frozen=frozen, whole=whole)


@lru_cache(maxsize=1)
def _nobody() -> Select[*tuple[Any, ...]]:
    return select(Person.id, Person.school_id, _number(0).label("bits"), Person.left_on).where(
        false()
    )


@lru_cache(maxsize=512)
def _statement(rule: str, *, sent: bool, frozen: bool, whole: bool) -> Select[*tuple[Any, ...]]:
    audience: dict[str, Any] = json.loads(rule) if rule else {}
    is_meant = _sent() if sent else meant.is_meant(audience)
    bits = _as_they_were(sent=sent) if frozen else _as_they_are(is_meant)
    done_on = Completion.completed_on
    columns: tuple[Any, ...] = (
        Person.id.label("person_id"), _school(frozen=frozen), bits.label("bits"), done_on,
    )  # fmt: skip
    statement: Select[*tuple[Any, ...]] = select(*columns).select_from(Person)
    if audience.get("units"):
        statement = _with_units(statement)
    elif audience:
        statement = statement.join(School, School.id == Person.school_id, isouter=True)
    course_id = bindparam("course_id", type_=Integer)
    statement = statement.outerjoin(
        Registration,
        and_(Registration.course_id == course_id, Registration.person_id == Person.id),
    ).outerjoin(
        Completion, and_(Completion.course_id == course_id, Completion.person_id == Person.id)
    )
    if frozen:
        statement = statement.outerjoin(
            _was, and_(_was.c.subject_id == _subject(), _was.c.person_id == Person.id)
        )
    if whole and (sent or frozen or audience.get("units")):
        statement = statement.where(Person.id.in_(_candidates(audience, frozen=frozen)))
    return statement


_was = Counted.__table__.alias("was")


def _subject() -> Any:
    return bindparam("subject_id", type_=Integer)


def _with_units(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        statement.join(School, School.id == Person.school_id, isouter=True)
        .join(NOW, NOW.id == School.unit_id, isouter=True)
        .join(OLD, OLD.id == School.old_unit_id, isouter=True)
    )


def _candidates(audience: dict[str, Any], *, frozen: bool) -> Any:
    """The ids of those who can count at all, where that is found quickly."""
    course_id = bindparam("course_id", type_=Integer)
    found = [
        select(Registration.person_id).where(Registration.course_id == course_id),
        select(Completion.person_id).where(Completion.course_id == course_id),
    ]
    if frozen:
        found.append(select(_was.c.person_id).where(_was.c.subject_id == _subject()))
    elif units := audience.get("units"):
        below = select(Unit.id).where(meant.below(units, Unit.path))
        there = or_(School.unit_id.in_(below), School.old_unit_id.in_(below))
        schools = select(School.id).where(there)
        found.append(select(Person.id).where(Person.school_id.in_(schools)))
    return union(*found)


def _sent() -> ColumnElement[bool]:
    """Whose nomination was taken back was never meant."""
    return ~_is(Registration.standing, Standing.ENDED)


def _school(*, frozen: bool) -> ColumnElement[Any]:
    """Results stay with the school where they were decided."""
    school = func.coalesce(Completion.school_id, Person.school_id)
    if frozen:
        school = case((_was.c.bits != _number(0), _was.c.school_id), else_=school)
    return school.label("school_id")


# What becomes of a person, as numbers. They stand in the statement itself: as parameters they would
# be a hundred at every registration.


def _number(bits: int) -> ColumnElement[int]:
    return literal_column(str(int(bits)), Integer)


def _is(column: Any, value: StrEnum) -> ColumnElement[bool]:
    return column == literal_column(f"'{value.value}'", String)


def _done() -> ColumnElement[bool]:
    return _is(Completion.state, Completed.COMPLETED)


def _known() -> ColumnElement[bool]:
    """On a staff list or confirmed, and no second entry of somebody."""
    known = or_(~_is(Person.source, Source.SELF), Person.verified_at.is_not(None))
    return and_(known, Person.merged_into_id.is_(None))


def _gone() -> ColumnElement[bool]:
    day = bindparam("day", type_=Date)
    return and_(Person.left_on.is_not(None), Person.left_on <= day)


def _away() -> ColumnElement[bool]:
    day = bindparam("day", type_=Date)
    return and_(
        Person.leave_from.is_not(None),
        Person.leave_from <= day,
        or_(Person.leave_to.is_(None), Person.leave_to >= day),
    )


def _as_they_are(is_meant: ColumnElement[bool]) -> ColumnElement[int]:
    counts = and_(is_meant, _known())
    gone, away = _gone(), _away()
    lately = Person.left_on >= bindparam("opened_on", type_=Date)
    of_them = case(
        (or_(and_(~gone, ~away), _done()), _expected()),
        (~gone, _others() + _number(Bit.ON_LEAVE)),
        (lately, _others() + _number(Bit.LEFT)),
        else_=_others(),
    )
    return case((counts, of_them), else_=_others())


def _as_they_were(*, sent: bool) -> ColumnElement[int]:
    """After the last day: who was meant, away or gone is what was counted then.

    A nomination may be learnt late, as of a list of the past that is brought in once more.
    """

    def had(*bits: int) -> ColumnElement[bool]:
        return _was.c.bits.bitwise_and(_number(sum(bits))) != _number(0)

    cases: list[Any] = [
        (had(Bit.EXPECTED), _expected()),
        (and_(had(Bit.ON_LEAVE, Bit.LEFT), _done()), _expected()),
        (had(Bit.ON_LEAVE), _others() + _number(Bit.ON_LEAVE)),
        (had(Bit.LEFT), _others() + _number(Bit.LEFT)),
    ]
    if sent:
        never = func.coalesce(_was.c.bits, _number(0)) == _number(0)
        # Who had left by the last day, or was away, was not expected then either.
        cases.append((and_(never, _sent(), _known(), ~_gone(), ~_away()), _expected()))
    return case(*cases, else_=_others())


def _expected() -> ColumnElement[int]:
    """What is added by somebody who is expected."""
    due_on = bindparam("due_on", type_=Date)
    in_time = or_(due_on.is_(None), Completion.completed_on <= due_on)
    standings = [
        (_is(Registration.standing, each), _number(bit)) for each, bit in _STANDINGS.items()
    ]
    undecided = and_(_is(Completion.state, Completed.OPEN), _all_held())
    return (
        _number(Bit.EXPECTED)
        + case(*standings, else_=_number(0))
        + case((Completion.attended > _number(0), _number(Bit.ATTENDED)), else_=_number(0))
        + case(
            (_is(Completion.state, Completed.NOT_COMPLETED), _number(Bit.FAILED)),
            (and_(_done(), in_time), _number(Bit.COMPLETED | Bit.ON_TIME)),
            (_done(), _number(Bit.COMPLETED)),
            (undecided, _number(Bit.UNKNOWN)),
            else_=_number(0),
        )
    )


def _all_held() -> ColumnElement[bool]:
    """All sessions are over, and yet nothing is decided."""
    sessions = (
        select(func.count())
        .select_from(Session)
        .where(Session.course_id == bindparam("course_id", type_=Integer))
        .scalar_subquery()
    )
    return and_(Completion.held > _number(0), Completion.held >= sessions)


def _others() -> ColumnElement[int]:
    """What is added by somebody who takes part without being expected."""
    holds = or_(*(_is(Registration.standing, each) for each in HOLDING))
    there = or_(holds, Completion.attended > _number(0))
    return case(
        (_done(), _number(Bit.OTHERS | Bit.OTHERS_DONE)),
        (there, _number(Bit.OTHERS)),
        else_=_number(0),
    )
