"""What figures can be asked for: courses, all courses of a period, indicators; and their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, or_, select

from storage.figures import extents
from storage.figures.days import VIETNAM
from storage.models import (
    Course,
    CourseState,
    Figure,
    Indicator,
    IndicatorVersion,
    Period,
    PeriodKind,
    Programme,
    Subject,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, Row, Select

    from storage.scopes import Scope

# So long after its last day a course is still what people ask for first.
JUST_OVER: Final = timedelta(days=14)
# One after the other is looked at until something of it lies in the scope.
MOST_LOOKED_AT: Final = 40


@dataclass(frozen=True, slots=True)
class Topic:
    """Something people are counted for, by the name it has in a chat.

    `code` is what can be typed ("L12", "KPI1"), "" for a gathering. `title` is the short name of
    the course, the title of the indicator, or that of the gathering's programme; "" for a gathering
    of all programmes. `closes_on` is the day on which registration for a course ends.
    """

    id: int
    kind: SubjectKind
    key: str
    code: str
    title: str
    course_id: int | None
    programme_id: int | None
    indicator_id: int | None
    period_id: int | None
    opened_on: date
    last_day: date | None
    due_on: date | None
    closes_on: date | None = None

    def covers(self, day: date) -> bool:
        """True where a day lies in the period of a gathering or an indicator."""
        return self.opened_on <= day and (self.last_day is None or day <= self.last_day)

    def deadline(self, day: date) -> date | None:
        """What comes next on a day or on one after it, else what came last.

        Of a course the end of registration, then its last day; of all else the last safe day of
        the report, then the end of the period.
        """
        first = self.closes_on if self.kind is SubjectKind.COURSE else self.due_on
        if first and self.last_day and self.kind is SubjectKind.COURSE:
            # Registration for a past course that was brought in never was open.
            first = min(first, self.last_day)
        known = sorted(each for each in (first, self.last_day) if each)
        return next((each for each in known if each >= day), known[-1] if known else None)


@dataclass(frozen=True, slots=True)
class Span:
    """The period of a gathering or of an indicator. `report_before`: "trước ngày 15/12"."""

    id: int
    kind: PeriodKind
    title: str
    first_day: date
    last_day: date
    report_before: date | None


_SUBJECTS: Final[Select[*tuple[Any, ...]]] = (
    select(
        Subject.id, Subject.kind, Subject.key, Subject.course_id, Subject.programme_id,
        Subject.indicator_id, Subject.period_id, Subject.opened_on, Subject.last_day,
        Subject.due_on, Course.number, Course.closes_at,
        Indicator.code.label("indicator_code"), Indicator.title.label("indicator_title"),
        case((Course.short == "", Course.title), else_=Course.short).label("course_title"),
        Programme.title.label("programme_title"),
    )
    .outerjoin(Course, Course.id == Subject.course_id)
    .outerjoin(Indicator, Indicator.id == Subject.indicator_id)
    .outerjoin(Programme, Programme.id == Subject.programme_id)
)  # fmt: skip
# What was cancelled or taken back into drafts is nothing to ask for, whatever is left of it.
_SHOWN: Final = or_(
    Subject.course_id.is_(None),
    and_(Course.id.is_not(None), Course.state.in_((CourseState.OPEN, CourseState.CLOSED))),
)
BY_ID = _SUBJECTS.where(Subject.id == bindparam("subject_id"))
OF_COURSE = _SUBJECTS.where(Subject.course_id == bindparam("course_id"))
SHOWN = _SUBJECTS.where(_SHOWN)
PERIOD = select(
    Period.id, Period.kind, Period.title, Period.first_day, Period.last_day, Period.report_before
).where(Period.id == bindparam("period_id"))
TARGET = (
    select(IndicatorVersion.target)
    .where(
        IndicatorVersion.indicator_id == bindparam("indicator_id"),
        IndicatorVersion.valid_from <= bindparam("day"),
    )
    .order_by(IndicatorVersion.valid_from.desc(), IndicatorVersion.id.desc())
    .limit(1)
)


def get(db: Connection, subject_id: int) -> Topic | None:
    """The subject with this id, whatever became of it."""
    row = db.execute(BY_ID, {"subject_id": subject_id}).one_or_none()
    return _topic(row) if row else None


def some(db: Connection, ids: Collection[int]) -> list[Topic]:
    """The subjects with these ids, whatever became of them."""
    found = _SUBJECTS.where(Subject.id.in_(sorted(ids)))
    return [_topic(row) for row in db.execute(found)]


def of_course(db: Connection, course_id: int) -> Topic | None:
    """The subject of a course; None while it is a draft."""
    row = db.execute(OF_COURSE, {"course_id": course_id}).one_or_none()
    return _topic(row) if row else None


def listed(db: Connection, day: date) -> list[Topic]:
    """All that can be asked for: what is due next comes first, then what was due last.

    Cancelled courses are left out; what has no date at all comes last.
    """
    return sorted((_topic(row) for row in db.execute(SHOWN)), key=lambda one: _order(one, day))


def nearest(db: Connection, scope: Scope, now: datetime) -> Topic | None:
    """What an officer most likely asks for: what is due next and counts anybody of theirs.

    A course that is over stays in view for two weeks: of one that ended three days ago and a report
    that is due in five days, the course is nearer. None where nobody of theirs is counted.
    """
    day = now.astimezone(VIETNAM).date()
    found = sorted(listed(db, day), key=lambda one: _distance(one, day))
    return next((one for one in found[:MOST_LOOKED_AT] if _counts_any(db, scope, one)), None)


def target(db: Connection, topic: Topic, day: date) -> Fraction | None:
    """The share to be reached, by the definition valid that day (at most the last of the period).

    None for what is no indicator, and before its first definition begins.
    """
    if topic.indicator_id is None:
        return None
    last = min(day, topic.last_day or day)
    found = db.execute(TARGET, {"indicator_id": topic.indicator_id, "day": last}).scalar()
    # 0.85 is meant as written, not as the binary fraction next to it.
    return None if found is None else Fraction(str(found))


def period(db: Connection, topic: Topic) -> Span | None:
    """The period of a gathering or of an indicator; a course has none."""
    row = db.execute(PERIOD, {"period_id": topic.period_id}).one_or_none()
    return Span(*row) if row else None


def _topic(row: Row[*tuple[Any, ...]]) -> Topic:
    code = f"L{row.number}" if row.kind is SubjectKind.COURSE else row.indicator_code or ""
    titles: Iterable[str | None] = (row.course_title, row.indicator_title, row.programme_title)
    closes = row.closes_at.astimezone(VIETNAM).date() if row.closes_at else None
    return Topic(
        id=row.id, kind=row.kind, key=row.key, code=code,
        title=next((title for title in titles if title), ""),
        course_id=row.course_id, programme_id=row.programme_id, indicator_id=row.indicator_id,
        period_id=row.period_id, opened_on=row.opened_on, last_day=row.last_day, due_on=row.due_on,
        closes_on=closes,
    )  # fmt: skip


_KINDS: Final = (SubjectKind.COURSE, SubjectKind.GATHERING, SubjectKind.INDICATOR)


@dataclass(frozen=True, order=True, slots=True)
class _Place:
    """Where a topic stands in a list; a programme before all programmes together."""

    age: int  # 0: to come, 1: over, 2: without a date
    days: int
    kind: int
    of_all: bool
    id: int


def _order(topic: Topic, day: date) -> _Place:
    due = topic.deadline(day)
    age = 2 if due is None else int(due < day)
    days = abs((due - day).days) if due else 0
    return _Place(age, days, _KINDS.index(topic.kind), topic.programme_id is None, topic.id)


def _distance(topic: Topic, day: date) -> tuple[bool, int, _Place]:
    """By nearness in both directions, as long as what is over is a course and just over."""
    place = _order(topic, day)
    just_over = topic.kind is SubjectKind.COURSE and place.days <= JUST_OVER.days
    current = place.age == 0 or (place.age == 1 and just_over)
    return not current, place.days, place


def _counts_any(db: Connection, scope: Scope, topic: Topic) -> bool:
    found = select(Figure.school_id).where(
        Figure.subject_id == topic.id,
        or_(Figure.expected > 0, Figure.others > 0),
        *extents.conditions(extents.OF_FIGURES, scope, None),
    )
    return db.execute(found.limit(1)).first() is not None
