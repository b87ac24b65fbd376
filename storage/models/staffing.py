"""Changes of who works where, and of the schools themselves: what was before can be restored."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class StaffMove(StrEnum):
    """What happened to somebody's place on a school's list."""

    ADDED = "added"
    LEFT = "left"
    MOVED = "moved"  # to another school
    LEAVE = "leave"  # thai sản or another long leave
    RETURNED = "returned"  # back from long leave, or taken back onto the list


class StaffChange(Base):
    """One change of a school's list by somebody who keeps it, or by the person who moved.

    `before` holds the columns of the person as they were; `ended` the ids of registrations that
    ended with it. `undone_at`: it was taken back.
    """

    __tablename__ = "staff_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[StaffMove]
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    to_school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    day: Mapped[date]
    until: Mapped[date | None]
    before: Mapped[dict[str, Any]]
    ended: Mapped[list[Any]]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class SchoolMove(StrEnum):
    """What happened to a school (NĐ 142/2025: communes found, merge and close pre-schools)."""

    OPENED = "opened"
    CLOSED = "closed"
    RENAMED = "renamed"
    MERGED = "merged"  # into `into_id`, with everybody who worked there


class SchoolChange(Base):
    """One change of a school, with its columns as they were and the people who moved with it."""

    __tablename__ = "school_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), index=True)
    into_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    kind: Mapped[SchoolMove]
    day: Mapped[date]
    before: Mapped[dict[str, Any]]
    people: Mapped[list[Any]]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class SubstitutionState(StrEnum):
    """Somebody is proposed in place of a nominated colleague; whoever nominated decides."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Substitution(Base):
    """A substitute proposed for the place of a registration that cannot be taken up."""

    __tablename__ = "substitutions"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[SubstitutionState]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    decided_at: Mapped[datetime | None]
