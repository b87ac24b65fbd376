"""Figures as they stood on a day: what has changed since, and where schools lay then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from storage.figures import extents
from storage.models import FigureDay, School, SchoolPlace

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from storage.figures.extents import Keys
    from storage.scopes import Scope

# Whoever asks for a day means a day in Vietnam, which has one zone and no summer time.
VIETNAM: Final = timezone(timedelta(hours=7))
# Communes as they are began on this day (NQ 202/2025/QH15); before it a school lay in the old one
# that it keeps.
REFORM: Final = date(2025, 7, 1)

FIRST_DAY = select(func.min(FigureDay.day)).where(FigureDay.subject_id == bindparam("subject_id"))
LAST_MOVE = select(func.max(SchoolPlace.first_day))


def is_past(scope: Scope, day: date | None) -> bool:
    """True of a day before the scope's own, after which something may have changed."""
    return day is not None and day < scope.day


def anything_by(db: Connection, subject_id: int, day: date) -> bool:
    """True where anything of a subject was counted on a day or before it."""
    first = db.execute(FIRST_DAY, {"subject_id": subject_id}).scalar()
    return first is not None and first <= day


def end(day: date) -> datetime:
    """The first moment after a day."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=VIETNAM)


def keys(db: Connection, day: date | None) -> Keys:
    """The columns of schools by which figures of a day are gathered (`extents.with_old`).

    Rights are those of today: whose school it is now sees its past, wherever it lay then.
    """
    if day is None or (day >= REFORM and day >= (db.execute(LAST_MOVE).scalar() or date.min)):
        return extents.OF_SCHOOLS
    return replace(extents.OF_SCHOOLS, commune=_commune(day))


def _commune(day: date) -> ColumnElement[Any]:
    """Where a school lay that day: as is known of it, else as before the reform, else as now."""
    place = (
        select(SchoolPlace.unit_id)
        .where(SchoolPlace.school_id == School.id, SchoolPlace.first_day <= day)
        .order_by(SchoolPlace.first_day.desc())
        .limit(1)
        .correlate(School)
        .scalar_subquery()
    )
    known = (place, School.old_unit_id) if day < REFORM else (place,)
    return func.coalesce(*known, School.unit_id)
