"""Indicators: who of those a target is about has reached it, by the definition of the day.

Of the denominator, whoever is at work is expected. The numerator is answered in three ways: yes,
no, or not known, where the answer hangs on a qualification or a rating that is missing, or on a
rating that only the person has stated, or that is of a school year which does not count, see
`rating_years`. What nobody has verified counts neither as reached nor as failed.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    Date,
    and_,
    bindparam,
    case,
    cast,
    exists,
    false,
    literal,
    null,
    or_,
    select,
)

from storage import meant
from storage.figures import indicator_rules, opening, rating_years
from storage.figures.conditions import Definition, holds
from storage.figures.counts import Bit
from storage.models import (
    Counted,
    CourseProgramme,
    Indicator,
    IndicatorVersion,
    Period,
    Person,
    Programme,
    Subject,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from storage.figures.indicator_rules import Rule
    from storage.figures.subjects import Topic

log = logging.getLogger(__name__)

_WANTED: Final = (
    Indicator.code, Indicator.title, Indicator.programme_id, Indicator.id.label("indicator_id"),
    Period.id.label("period_id"), Period.first_day, Period.last_day, Period.report_before,
)  # fmt: skip
_begun = exists().where(
    IndicatorVersion.indicator_id == Indicator.id, IndicatorVersion.valid_from <= bindparam("day")
)
_counted = exists().where(Subject.indicator_id == Indicator.id, Subject.period_id == Period.id)
LIVE = (
    select(*_WANTED)
    .join_from(Indicator, Programme, Programme.id == Indicator.programme_id)
    .join(
        Period,
        and_(Period.first_day >= Programme.first_day, Period.last_day <= Programme.last_day),
    )
    .where(
        Period.first_day <= bindparam("day"),
        Period.last_day >= bindparam("day"),
        or_(_begun.correlate(Indicator), _counted.correlate(Indicator, Period)),
    )
)
VERSION = (
    select(
        IndicatorVersion.rule, Indicator.programme_id, Period.kind, Period.first_day,
        Period.last_day,
    )
    .join_from(Indicator, IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
    .join(Period, Period.id == bindparam("period_id"))
    .where(
        Indicator.id == bindparam("indicator_id"),
        IndicatorVersion.valid_from <= bindparam("day"),
    )
    .order_by(IndicatorVersion.valid_from.desc(), IndicatorVersion.id.desc())
    .limit(1)
)  # fmt: skip


def live(db: Connection, day: date) -> list[Topic]:
    """The indicators of all periods that contain a day, in the order of their ids.

    Those whose period lies inside the dates of their programme and that have a definition by then,
    made where they are missing.
    """
    rows = db.execute(LIVE, {"day": day}).all()
    return opening.topics(db, [_wanted(row) for row in rows])


def trained_by(db: Connection, course_ids: Collection[int] | None) -> list[Topic]:
    """The indicators that are counted and that completing these courses may change, by their ids.

    They ask for training of a programme these courses belong to now. None: all that ask for any
    training, for a course that was taken out of a programme or whose days were moved.
    """
    found = (
        select(*_WANTED, IndicatorVersion.rule)
        .join_from(Subject, Indicator, Indicator.id == Subject.indicator_id)
        .join(Period, Period.id == Subject.period_id)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
    )
    if course_ids is not None:
        linked = exists().where(
            CourseProgramme.course_id.in_(course_ids),
            CourseProgramme.programme_id == Indicator.programme_id,
        )
        found = found.where(linked.correlate(Indicator))
    asking = [row for row in db.execute(found) if (rule := _read(row.rule)) and rule.asks_training]
    return opening.topics(db, [_wanted(row) for row in asking])


def fresh(db: Connection, topic: Topic, day: date) -> Select[*tuple[Any, ...]]:
    """What everybody adds to an indicator on a day: person_id, school_id, bits, done_on.

    Without a definition by then nobody counts. Once the period is over everybody counts as they
    did on its last day, and only training that is learnt of later changes that. A completion
    stands on the day it is learnt (`done_on` is empty), as do the people it is measured by.
    """
    last = topic.last_day or day
    definition = _definition(db, topic, min(day, last))
    return _frozen(topic.id, definition) if day > last else _running(definition, day)


@lru_cache(maxsize=256)
def _running(definition: Definition | None, day: date) -> Select[*tuple[Any, ...]]:
    if definition is None:
        return _columns(Person.id, Person.school_id, literal(0)).where(false())
    rule = definition.rule
    gone = meant.gone(day)
    bits = case(
        (gone, int(Bit.LEFT)),
        (meant.away(day), int(Bit.ON_LEAVE)),
        (holds(rule.numerator, definition), int(Bit.EXPECTED | Bit.COMPLETED)),
        (holds(rule.numerator, definition, unknown=True), int(Bit.EXPECTED | Bit.UNKNOWN)),
        else_=int(Bit.EXPECTED | Bit.FAILED),
    )
    return _columns(Person.id, Person.school_id, bits).where(
        holds(rule.denominator, definition),
        meant.known(),
        Person.merged_into_id.is_(None),
        Person.school_id.is_not(None),
        ~gone | (Person.left_on >= definition.first_day),
    )


@lru_cache(maxsize=256)
def _frozen(subject_id: int, definition: Definition | None) -> Select[*tuple[Any, ...]]:
    """Everybody as they stand; who has completed or failed, by what is known of their training.

    Of whoever had failed only training is known anew: what else the numerator asks beyond the
    denominator has to be true of them as they are today.
    """
    bits: ColumnElement[int] = Counted.bits.expression
    if definition and definition.rule.asks_training:
        rule = definition.rule
        beyond = rule.numerator.beyond(rule.denominator)
        was = _has(Bit.COMPLETED)
        trained = or_(
            was & holds(rule.numerator.of_training, definition),
            ~was & holds(beyond, definition),
        )
        rest = Counted.bits.bitwise_and(~int(Bit.COMPLETED | Bit.FAILED))
        bits = case(
            # Whoever was deleted since counts as they did.
            (Person.id.is_(None) | ~_has(Bit.COMPLETED | Bit.FAILED), Counted.bits),
            (trained, rest + int(Bit.COMPLETED)),
            else_=rest + int(Bit.FAILED),
        )
    return (
        _columns(Counted.person_id, Counted.school_id, bits)
        .join_from(Counted, Person, Person.id == Counted.person_id, isouter=True)
        .where(Counted.subject_id == subject_id)
    )


def _columns(person_id: Any, school_id: Any, bits: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(
        person_id.label("person_id"), school_id.label("school_id"), bits.label("bits"),
        cast(null(), Date).label("done_on"),
    )  # fmt: skip


def _has(any_of: Bit) -> ColumnElement[bool]:
    return Counted.bits.bitwise_and(int(any_of)) != 0


def _definition(db: Connection, topic: Topic, day: date) -> Definition | None:
    row = db.execute(
        VERSION, {"indicator_id": topic.indicator_id, "period_id": topic.period_id, "day": day}
    ).one_or_none()
    rule = _read(row.rule) if row else None
    if row is None or rule is None:
        return None
    years = rating_years.counting(row.kind, row.first_day, row.last_day)
    return Definition(rule, row.programme_id, row.first_day, row.last_day, years)


def _read(raw: Any) -> Rule | None:
    return _readable(json.dumps(raw, sort_keys=True))


@lru_cache(maxsize=256)
def _readable(text: str) -> Rule | None:
    """A stored rule; one that cannot be read counts nobody, and must not stop the turn."""
    try:
        return indicator_rules.read(json.loads(text))
    except ValueError as error:
        log.error("an indicator's rule cannot be read: %s", error)  # noqa: TRY400 - the sentence is all
        return None


def _wanted(row: Row[*tuple[Any, ...]]) -> opening.Wanted:
    return opening.Wanted(
        SubjectKind.INDICATOR, row.code, row.title, row.programme_id, row.indicator_id,
        row.period_id, row.first_day, row.last_day, row.report_before,
    )  # fmt: skip
