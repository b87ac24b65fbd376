"""Where a figure gets to by its deadline if it goes on as in the last four weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from storage.figures import rows, subjects
from storage.figures.days import VIETNAM
from storage.models import FigureDay, SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within

WINDOW: Final = 28  # days
# Less than that says nothing of how it goes on.
SHORTEST: Final = 14  # days
FEWEST: Final = 5  # people
# What takes longer than that is never reached "at this pace".
LONGEST: Final = 3660  # days


class Measure(StrEnum):
    """What is forecast: of a course how many will have registered, of all else who completes."""

    REGISTERED = "registered"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many of `expected` by the deadline, and on which day the goal is reached; None: never.

    `goal` is the number of people the target means; of what has no target, all who are expected.
    """

    measure: Measure
    expected: int
    goal: int
    deadline: date
    at_deadline: int
    reached_on: date | None

    @property
    def in_time(self) -> bool:
        """True where the goal is reached by the deadline."""
        return self.at_deadline >= self.goal


def line(
    db: Connection, scope: Scope, topic: Topic, within: Within | None, now: datetime
) -> Forecast | None:
    """The forecast of a figure of the scope by the pace of the last 28 days.

    None without a deadline to come, where the goal is reached, and where too little is known: less
    than 14 days on record, or fewer than 5 people in them. A course is forecast only while people
    register: whoever completes it does so on its own days.
    """
    today = now.astimezone(VIETNAM).date()
    measure = Measure.REGISTERED if topic.kind is SubjectKind.COURSE else Measure.COMPLETED
    deadline = topic.closes_on if topic.kind is SubjectKind.COURSE else topic.deadline(today)
    if deadline is None or deadline < today:
        return None
    recorded = _recorded(db, topic, today)
    if recorded < SHORTEST:
        return None
    count = rows.total(db, scope, topic.id, within).count
    have = getattr(count, measure)
    then = rows.total(db, scope, topic.id, within, today - timedelta(days=recorded)).count
    target = subjects.target(db, topic, today) or Fraction(1)
    return ahead(
        measure, have=have, gained=have - getattr(then, measure), days=recorded,
        expected=count.expected, goal=ceil(target * count.expected), today=today,
        deadline=deadline,
    )  # fmt: skip


def _recorded(db: Connection, topic: Topic, today: date) -> int:
    """Days of the last 28 of which something is known.

    The books may have been opened long after the subject: what stood there on their first day was
    not gained on that day.
    """
    since = today - timedelta(days=WINDOW)
    days = select(FigureDay.day).where(FigureDay.subject_id == topic.id)
    if db.execute(days.where(FigureDay.day <= since).limit(1)).first():
        first = since
    else:
        found = select(func.min(FigureDay.day)).where(FigureDay.subject_id == topic.id)
        first = db.execute(found).scalar_one() or today
    return min(WINDOW, (today - max(first, topic.opened_on)).days)


def ahead(
    measure: Measure,
    *,
    have: int,
    gained: int,
    days: int,
    expected: int,
    goal: int,
    today: date,
    deadline: date,
) -> Forecast | None:
    """The rule alone: so many were gained in so many days, and so it goes on, to all at most."""
    if have >= goal or gained < FEWEST or days < SHORTEST:
        return None
    pace = Fraction(gained, days)
    more = floor(pace * (deadline - today).days)
    needs = ceil((goal - have) / pace)
    return Forecast(
        measure=measure,
        expected=expected,
        goal=goal,
        deadline=deadline,
        at_deadline=min(expected, have + more),
        reached_on=today + timedelta(days=needs) if needs <= LONGEST else None,
    )
