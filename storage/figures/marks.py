"""What changed in a turn, as the triggers of the database noted it, and the locks it asks for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select, text

from storage.models import FigureBooks, FigureMark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date

    from sqlalchemy import Connection, Row

# So many people are locked one by one; for more, everybody else waits.
FEW: Final = 200

# Without books the marks wait for the day on which they are opened.
DRAIN: Final = (
    delete(FigureMark)
    .where(select(FigureBooks.id).exists())
    .returning(
        FigureMark.course_id,
        FigureMark.person_id,
        FigureMark.school_id,
        select(FigureBooks.day).scalar_subquery(),
    )
)
DAY: Final = select(FigureBooks.day)
# Every settle holds the books, whoever changes more than a few people holds them alone.
BOOKS, PEOPLE = 7_310_061, 7_310_062
TOGETHER: Final = select(func.pg_advisory_xact_lock_shared(BOOKS))
ALONE: Final = select(func.pg_advisory_xact_lock(BOOKS))
# In the order in which they are given.
EACH: Final = text(
    "SELECT pg_advisory_xact_lock(:people, each) FROM unnest(CAST(:ids AS integer[])) AS each"
)


@dataclass(slots=True)
class Marks:
    """What changed: people in a course, whole courses, people wherever they count, schools.

    `day` is that of the books, before anything was locked.
    """

    day: date | None = None
    pairs: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    courses: set[int] = field(default_factory=set[int])
    people: set[int] = field(default_factory=set[int])
    schools: set[int] = field(default_factory=set[int])

    def read(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> Marks:
        """Take up what the triggers noted."""
        for course_id, person_id, school_id, self.day in rows:
            if course_id and person_id:
                self.pairs[course_id].add(person_id)
            elif course_id:
                self.courses.add(course_id)
            elif person_id:
                self.people.add(person_id)
            elif school_id:
                self.schools.add(school_id)
        return self

    @property
    def few(self) -> set[int] | None:
        """The people all this is about; None where it is more than a few of them."""
        if self.courses or self.schools:
            return None
        everybody = self.people.union(*self.pairs.values())
        return everybody if len(everybody) <= FEW else None


def drained(db: Connection) -> Marks | None:
    """What changed since the last settling; None where that is nothing."""
    rows = db.execute(DRAIN).all()
    return Marks().read(rows) if rows else None


def held(db: Connection, found: Marks) -> date | None:
    """Hold whom these are about, and say on which day that is booked."""
    if db.dialect.name != "postgresql":
        return found.day
    hold(db, found.few)
    # Another may have opened the next one while this turn waited.
    return day(db)


def hold(db: Connection, people: Collection[int] | None) -> None:
    """Keep others from changing the counters of these people (None: of anybody) in this turn.

    To be called before anything is read that decides how they count. Two turns about one person
    wait here for each other, so that the second sees what the first wrote.
    """
    if db.dialect.name != "postgresql":
        return
    if people is None:
        db.execute(ALONE)
        return
    db.execute(TOGETHER)
    db.execute(EACH, {"people": PEOPLE, "ids": sorted(people)})


def day(db: Connection) -> date | None:
    """The day on which changes are booked; None before the books were ever opened."""
    return db.execute(DAY).scalar_one_or_none()
