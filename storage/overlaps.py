"""Courses at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from storage import courses
from storage.models import HOLDING, Registration, Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Training

_this = aliased(Session)

OVERLAPPING = (
    select(Registration.course_id)
    .join(Session, Session.course_id == Registration.course_id)
    .join(
        _this,
        (Session.starts_at < func.coalesce(_this.ends_at, _this.starts_at))
        & (Session.ends_at > _this.starts_at),
    )
    .where(
        Registration.person_id == bindparam("person_id"),
        Registration.standing.in_(HOLDING),
        Registration.course_id != bindparam("course_id"),
        _this.course_id == bindparam("course_id"),
    )
    .order_by(Session.starts_at)
    .limit(1)
)


def first(db: Connection, course_id: int, person_id: int) -> Training | None:
    """A course the person has a seat in, one of whose sessions overlaps one of this course's."""
    key = {"person_id": person_id, "course_id": course_id}
    found = db.execute(OVERLAPPING, key).scalar_one_or_none()
    return courses.get(db, found) if found is not None else None
