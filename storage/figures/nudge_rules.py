"""Who may be asked, about what and how often: the rules that a plan and a sending share.

Nobody is asked about one subject on two days less than three apart, nor about two subjects on one
day. Teachers are asked with the consent that announcements need; both count towards the same two
messages a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, func, or_, select

from storage import barriers, courses, opting
from storage.barriers import NOT_GOT, WEEK, WEEKLY, Barrier
from storage.figures import reasons, unmet
from storage.figures.reasons import Reason
from storage.models import CourseState, Notice, Nudge, NudgeRung, Person, SubjectKind

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection

    from storage.figures.subjects import Topic

# From the day on which somebody was asked to the first on which they may be asked again.
DAYS: Final = 3
SPACING: Final = timedelta(days=DAYS)
# The kind of notice of each rung; its subject is the nudge.
KINDS: Final = {
    NudgeRung.PERSON: "nudge", NudgeRung.PRINCIPAL: "nudge school", NudgeRung.COMMUNE: "nudge unit",
}  # fmt: skip
# What another course of the same subject can still make good.
AGAIN: Final = (Reason.FAILED, Reason.ABSENT, Reason.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Concern:
    """What there is to ask for: of people themselves, and of whoever runs their school."""

    own: tuple[Reason, ...] = ()
    school: tuple[Reason, ...] = ()


def concern(db: Connection, topic: Topic, now: datetime) -> Concern:
    """The reasons that somebody can still do something about; none where it is too late.

    A course that has begun is never asked for. Data that are missing are for the school to say.
    """
    data = (Reason.NO_DATA,) if topic.kind is SubjectKind.INDICATOR else ()
    if not reasons.trains(db, topic, now):
        return Concern((), data)
    if topic.kind is SubjectKind.COURSE:
        course = courses.get(db, topic.course_id or 0)
        if course is None or course.state is CourseState.CANCELLED or course.begun(now):
            return Concern()
    can = bool(unmet.open_courses(db, topic, now))
    again = AGAIN if can and topic.kind is not SubjectKind.COURSE else ()
    own = (Reason.NOT_ANSWERED, *((Reason.NOT_REGISTERED,) if can else ()), *again)
    return Concern(own, (*own, Reason.NOT_ON_BOT, Reason.NOT_AGREED, *data))


def midnight(day: date, like: datetime) -> datetime:
    """The first moment of a day, in the zone of another moment."""
    return datetime.combine(day, time(), tzinfo=like.tzinfo)


def lately(subject_id: int, at: datetime, *, but: int = 0) -> ColumnElement[bool]:
    """True of a person who is asked about the subject less than three days before or after.

    `but` is a nudge that does not count.
    """
    first = midnight(at.date() - timedelta(days=DAYS - 1), at)
    return _asked(first, midnight(at.date() + SPACING, at), but) & (Nudge.subject_id == subject_id)


def that_day(at: datetime, *, but: int = 0) -> ColumnElement[bool]:
    """True of a person who is asked about anything on the same day."""
    return _asked(midnight(at.date(), at), midnight(at.date() + timedelta(days=1), at), but)


def _asked(first: datetime, until: datetime, but: int) -> ColumnElement[bool]:
    """Conditions on a nudge of a person that was sent, or is still to be sent, in between."""
    return (
        (Nudge.person_id == Person.id)
        & (Nudge.id != but)
        & (Nudge.missing > 0)
        & (Nudge.at >= first)
        & (Nudge.at < until)
    )


def any_(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """True where there is such a nudge."""
    return exists().where(condition).correlate(Person)


def enough(at: datetime, *, but: int = 0) -> ColumnElement[bool]:
    """True of a person who had as many announcements and nudges within a week as they agreed to."""
    kinds = (barriers.KIND, KINDS[NudgeRung.PERSON])
    other = or_(Notice.kind == barriers.KIND, Notice.subject_id != but)
    had = (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.person_id == Person.id, Notice.kind.in_(kinds), other,
            Notice.sent_at > at - WEEK, Notice.state.not_in(NOT_GOT),
        )
        .correlate(Person)
        .scalar_subquery()
    )  # fmt: skip
    return had >= WEEKLY


def agreed() -> ColumnElement[bool]:
    """True of a person who wants announcements, with the proof of it."""
    return opting.agreed()


def silent(now: datetime) -> ColumnElement[bool]:
    """True of a person whom no message would reach."""
    return barriers.barrier(now, exempt=True) == Barrier.NO_ACCOUNT.value
