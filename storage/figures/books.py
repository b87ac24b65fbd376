"""The day on which changes are booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, or_, select, update

from storage.figures import marks, settling
from storage.models import FigureBooks, FigureMark, Person

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

ONLY: Final = 1


def open_day(db: Connection, today: date) -> bool:
    """Book changes on this local day from now on; True where it was another until now.

    What time alone changes is counted: leave that begins or ends, people who leave, definitions
    that hold from a day on. The first time everything is counted. Never goes back.
    """
    was = marks.day(db)
    if was is not None and was >= today:
        return False
    marks.hold(db, None)
    was = marks.day(db)
    if was is None:
        db.execute(insert(FigureBooks).values(id=ONLY, day=today))
    elif was < today:
        db.execute(update(FigureBooks).values(day=today))
        _note(db, was, today)
    else:  # another process was quicker
        return False
    settling.begin(db, today, was)
    return True


def _note(db: Connection, was: date, today: date) -> None:
    """Mark whoever counts otherwise on one day than on the other."""
    changed = select(Person.id).where(
        or_(
            _between(Person.left_on, was, today),
            _between(Person.leave_from, was, today),
            # The last day of leave is one of leave.
            (Person.leave_to >= was) & (Person.leave_to < today),
        )
    )
    db.execute(insert(FigureMark).from_select(["person_id"], changed))


def _between(
    column: InstrumentedAttribute[date | None], was: date, today: date
) -> ColumnElement[bool]:
    return (column > was) & (column <= today)
