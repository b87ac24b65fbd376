"""Who is expected and has not completed: each with the one reason that stands in the way.

What decided about somebody comes before what is still open: whoever was there and failed is not
"not registered" any more. Nobody can be asked who has no account: that comes before all that
people can do themselves. Of several courses the one nearest to a completion speaks for a person.
People on long leave are told apart; they are not expected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Integer,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from storage import barriers
from storage.barriers import Barrier
from storage.figures import extents, gatherings, indicator_rules
from storage.figures.counts import Bit
from storage.models import (
    Completion,
    Counted,
    Course,
    IndicatorVersion,
    Person,
    Registration,
    School,
    Session,
    Standing,
    Subject,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Subquery

    from storage.figures.subjects import Topic


class Reason(StrEnum):
    """Why somebody has not completed, in the order in which it is shown."""

    NOT_ON_BOT = "not on the bot"  # nobody can write to them
    NOT_INVITED = "not invited"  # no course is open to them yet
    NOT_ANSWERED = "not answered"  # sent, offered a seat, or asked about a new date
    NOT_AGREED = "not agreed"  # they asked; whoever has to agree has not answered
    NOT_REGISTERED = "not registered"
    GIVEN_UP = "given up"  # they gave the place back, or the school said no
    WAITING = "waiting"
    COMING = "coming"  # they have a seat, the course is still to come
    ABSENT = "absent"  # they had a seat and did not come
    FAILED = "failed"  # were there; of an indicator: are below it
    NO_RESULT = "no result"  # it is over; marks or results are missing
    CANNOT = "cannot come"
    NO_DATA = "no data"  # of an indicator: what it asks for is not known, or not verified
    ON_LEAVE = "on leave"  # apart


REASONS: Final = tuple(Reason)
# What somebody could change who is written to.
TO_ACT: Final = (Reason.NOT_ANSWERED, Reason.NOT_REGISTERED, Reason.NOT_INVITED)
# Of several courses the first of these is the one that counts.
_NEAREST: Final = (
    Reason.COMING, Reason.WAITING, Reason.NO_RESULT, Reason.NOT_AGREED, Reason.NOT_ANSWERED,
    Reason.FAILED, Reason.ABSENT, Reason.CANNOT, Reason.GIVEN_UP, Reason.NOT_REGISTERED,
    Reason.NOT_INVITED,
)  # fmt: skip
# One person's own part of one course of a subject.
_PAIR = aliased(Counted)
_OF = aliased(Subject)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a subject is made of: courses by their subjects; those that are over, or not yet open.

    A course is made of itself.
    """

    courses: Mapping[int, int] = field(default_factory=dict[int, int])
    over: tuple[int, ...] = ()
    shut: tuple[int, ...] = ()


def trains(db: Connection, topic: Topic, now: datetime) -> bool:
    """True where a completed course is what is asked for: not of an indicator about diplomas."""
    if topic.kind is not SubjectKind.INDICATOR:
        return True
    day = min(now.date(), topic.last_day or now.date())
    rule: Any = db.execute(
        select(IndicatorVersion.rule)
        .where(
            IndicatorVersion.indicator_id == topic.indicator_id, IndicatorVersion.valid_from <= day
        )
        .order_by(IndicatorVersion.valid_from.desc(), IndicatorVersion.id.desc())
        .limit(1)
    ).scalar()
    return bool(rule) and indicator_rules.read(rule).asks_training


def statement(
    db: Connection, topic: Topic, mine: Sequence[ColumnElement[bool]], now: datetime
) -> Subquery:
    """Everybody without completion, with the columns person_id, school_id and reason.

    `mine` are conditions on `Counted`, its `School` and the old commune of that.
    """
    ranked = _ranked(topic, parts(db, topic, now), mine)
    rank, bits = ranked.c.rank, ranked.c.bits
    first: list[tuple[Any, Any]] = [(_has(bits, Bit.ON_LEAVE), Reason.ON_LEAVE.value)]
    if topic.kind is SubjectKind.INDICATOR:
        first.append((_has(bits, Bit.UNKNOWN), Reason.NO_DATA.value))
        if not trains(db, topic, now):
            first.append((true(), Reason.FAILED.value))
    nobody = barriers.barrier(now, exempt=True) == Barrier.NO_ACCOUNT.value
    asked = or_(rank.is_(None), rank.in_([_NEAREST.index(one) for one in TO_ACT]))
    reason = case(
        *first,
        (and_(asked, nobody), Reason.NOT_ON_BOT.value),
        *((rank == at, one.value) for at, one in enumerate(_NEAREST)),
        else_=Reason.NOT_INVITED.value,
    )
    return (
        select(ranked.c.person_id, ranked.c.school_id, reason.label("reason"))
        .join(Person, Person.id == ranked.c.person_id)
        .subquery()
    )


def parts(db: Connection, topic: Topic, now: datetime) -> Parts:
    """The courses a subject is made of; none of an indicator about diplomas."""
    if topic.kind is SubjectKind.COURSE:
        wanted = select(Subject.id).where(Subject.id == topic.id)
    elif trains(db, topic, now):
        wanted = gatherings.courses(topic)
    else:
        return Parts()
    ends = func.coalesce(Session.ends_at, Session.starts_at)
    left = func.sum(case((or_(ends.is_(None), ends > now), 1), else_=0))
    found = db.execute(
        select(
            Subject.id, Course.id, Course.past, func.count(Session.id), left, Course.opens_at
        )
        .join(Course, Course.id == Subject.course_id)
        .outerjoin(Session, Session.course_id == Course.id)
        .where(Subject.id.in_(wanted))
        .group_by(Subject.id, Course.id)
    ).all()  # fmt: skip
    return Parts(
        {row[0]: row[1] for row in found},
        over=tuple(row[1] for row in found if row[2] or (row[3] and not row[4])),
        shut=tuple(course_id for _, course_id, *_, opens in found if opens and opens > now),
    )


def _ranked(topic: Topic, of: Parts, mine: Sequence[ColumnElement[bool]]) -> Subquery:
    """Those without completion, with the place in `_NEAREST` of their best course; None: none."""
    alone = topic.kind is SubjectKind.COURSE
    pair = Counted if alone else _PAIR
    rank = func.min(_rank(pair, of)) if of.courses else cast(null(), Integer)
    found = extents.with_old(
        select(Counted.person_id, Counted.school_id, Counted.bits, rank.label("rank"))
        .join(School, School.id == Counted.school_id)
    ).where(Counted.subject_id == topic.id, or_(_open(Counted.bits), _away()), *mine)  # fmt: skip
    if of.courses:
        found = _with_courses(found, of, pair, alone=alone)
    return found.group_by(Counted.person_id, Counted.school_id, Counted.bits).subquery()


def _with_courses(
    found: Select[*tuple[Any, ...]], of: Parts, pair: Any, *, alone: bool
) -> Select[*tuple[Any, ...]]:
    """With the registration and the result of each in each course; these are few, and known."""
    if not alone:
        here = (pair.person_id == Counted.person_id) & _open(pair.bits)
        found = found.outerjoin(pair, here & pair.subject_id.in_(list(of.courses)))
    return (
        found.outerjoin(_OF, _OF.id == pair.subject_id)
        .outerjoin(
            Registration,
            (Registration.course_id == _OF.course_id) & (Registration.person_id == pair.person_id),
        )
        .outerjoin(
            Completion,
            (Completion.course_id == _OF.course_id) & (Completion.person_id == pair.person_id),
        )
    )


def _rank(pair: Any, of: Parts) -> ColumnElement[Any]:
    """Where a person stands with a course, as a place in `_NEAREST`."""
    stands, bits = Registration.standing, pair.bits
    over = _OF.course_id.in_(of.over)
    asked = stands.in_((Standing.NOMINATED, Standing.OFFERED, Standing.LAPSED))
    moved = and_(stands == Standing.SEATED, Registration.unanswered_since.is_not(None))
    missed = and_(stands == Standing.SEATED, Completion.held > 0, Completion.attended == 0)
    facts = (
        (stands == Standing.EXCUSED, Reason.CANNOT),
        (_has(bits, Bit.FAILED) & _has(bits, Bit.ATTENDED), Reason.FAILED),
        (_has(bits, Bit.FAILED), Reason.ABSENT),
        (_has(bits, Bit.UNKNOWN), Reason.NO_RESULT),
        (stands == Standing.ASKED, Reason.NOT_AGREED),
        (and_(stands == Standing.SEATED, over), Reason.NO_RESULT),
        (or_(asked, moved), Reason.NOT_ANSWERED),
        (stands == Standing.WAITING, Reason.WAITING),
        (missed, Reason.ABSENT),
        (stands == Standing.SEATED, Reason.COMING),
        (stands.in_((Standing.GIVEN_UP, Standing.REFUSED)), Reason.GIVEN_UP),
        (_OF.course_id.in_(of.shut), Reason.NOT_INVITED),
    )
    return case(
        (pair.person_id.is_(None), null()),
        *((fact, literal(_NEAREST.index(reason))) for fact, reason in facts),
        else_=literal(_NEAREST.index(Reason.NOT_REGISTERED)),
    )


def _open(bits: Any) -> ColumnElement[bool]:
    """True of somebody who is expected and has not completed."""
    return bits.bitwise_and((Bit.EXPECTED | Bit.COMPLETED).value) == Bit.EXPECTED.value


def _away() -> ColumnElement[bool]:
    return _has(Counted.bits, Bit.ON_LEAVE)


def _has(bits: Any, bit: Bit) -> ColumnElement[bool]:
    return bits.bitwise_and(bit.value) != 0
