"""How a course ended, in figures, for the officers whose area it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import courses, results
from storage.completion_rules import MISSED
from storage.models import Unit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.results import Participant
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Figures:
    """A course in figures: `people` are those it expected or who came, `attended` of them came.

    `missed` have not completed it, `undecided` wait for a session, a roll or a result.
    """

    course: Training
    people: int
    attended: int
    completed: int
    missed: tuple[Participant, ...]
    undecided: tuple[Participant, ...]


def of_course(db: Connection, scope: Scope, course_id: int, now: datetime) -> Figures | None:
    """How a course of the officer's area ended; None where it is not theirs, or there is none."""
    course = courses.get(db, course_id)
    if course is None:
        return None
    path = db.execute(select(Unit.path).where(Unit.id == course.unit_id)).scalar_one()
    if not scope.covers(path):
        return None
    people = results.listed(db, course, now)
    return Figures(
        course=course,
        people=len(people),
        attended=sum(one.there > 0 for one in people),
        completed=sum(not one.why for one in people),
        missed=tuple(one for one in people if one.why and one.why[0] in MISSED),
        undecided=tuple(one for one in people if one.why and one.why[0] not in MISSED),
    )
