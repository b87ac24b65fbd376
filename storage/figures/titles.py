"""All words by which a subject may be called: whole titles, the numbers of official letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from storage import spelling
from storage.models import Course, Indicator, Period, Programme, Subject

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

# More than these nobody names by a word; the newest come first.
MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Titles:
    """What a subject is called, folded: the short name first; "" where it has none.

    `letter` is the number of its programme's paper, "178/kh ubnd"; `first_day` and `last_day` are
    those of its period, None for a course.
    """

    short: str
    whole: str
    letter: str
    first_day: date | None
    last_day: date | None


TITLES: Final = (
    select(
        Subject.id, Course.short, Course.title, Indicator.title.label("indicator"),
        Programme.title.label("programme"), Programme.letter, Period.first_day, Period.last_day,
    )
    .outerjoin(Course, Course.id == Subject.course_id)
    .outerjoin(Indicator, Indicator.id == Subject.indicator_id)
    .outerjoin(Programme, Programme.id == Subject.programme_id)
    .outerjoin(Period, Period.id == Subject.period_id)
    .order_by(Subject.id.desc())
    .limit(MOST)
)  # fmt: skip


def known(db: Connection) -> dict[int, Titles]:
    """The titles of the newest subjects, by their ids; names of no people, the same for all."""
    return {
        row.id: Titles(
            short=spelling.fold(row.short or ""),
            whole=spelling.fold(row.title or row.indicator or row.programme or ""),
            letter=spelling.fold(row.letter or ""),
            first_day=row.first_day,
            last_day=row.last_day,
        )
        for row in db.execute(TITLES)
    }
