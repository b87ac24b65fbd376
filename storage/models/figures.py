"""Counters of who is expected and who has done what, kept by school, and what they are made of."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class SubjectKind(StrEnum):
    """What is counted."""

    COURSE = "course"
    GATHERING = "gathering"  # all courses of a programme, or of any, that fall into a period
    INDICATOR = "indicator"  # a target of a programme, in a period


class Subject(Base):
    """Something people are counted for; each person once.

    `key` is "course:12", "gathering:<programme or 0>:<period>" or "indicator:<id>:<period>".
    `opened_on`: whoever left before was never counted. `last_day`: from the day after it, changes
    of people do not count any more, only what is learnt of the subject itself. `due_on`: what is
    done later is late; None where nothing is due.
    """

    __tablename__ = "subjects"
    __table_args__ = (
        CheckConstraint("course_id IS NOT NULL OR period_id IS NOT NULL", name="what"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[SubjectKind]
    # No foreign key: a course that can still be deleted takes its counters along.
    course_id: Mapped[int | None] = mapped_column(index=True)
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"), index=True)
    indicator_id: Mapped[int | None] = mapped_column(ForeignKey("indicators.id"), index=True)
    period_id: Mapped[int | None] = mapped_column(ForeignKey("periods.id"), index=True)
    opened_on: Mapped[date]
    last_day: Mapped[date | None]
    due_on: Mapped[date | None]


class Counts:
    """The columns of a counter; see `storage.figures.counts` for what each means."""

    expected: Mapped[int] = mapped_column(default=0, server_default="0")
    registered: Mapped[int] = mapped_column(default=0, server_default="0")
    waiting: Mapped[int] = mapped_column(default=0, server_default="0")
    given_up: Mapped[int] = mapped_column(default=0, server_default="0")
    excused: Mapped[int] = mapped_column(default=0, server_default="0")
    attended: Mapped[int] = mapped_column(default=0, server_default="0")
    completed: Mapped[int] = mapped_column(default=0, server_default="0")
    on_time: Mapped[int] = mapped_column(default=0, server_default="0")
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
    unknown: Mapped[int] = mapped_column(default=0, server_default="0")
    on_leave: Mapped[int] = mapped_column(default=0, server_default="0")
    left: Mapped[int] = mapped_column(default=0, server_default="0")
    others: Mapped[int] = mapped_column(default=0, server_default="0")
    others_done: Mapped[int] = mapped_column(default=0, server_default="0")


class Figure(Counts, Base):
    """The counters of one subject at one school, as they are now.

    `district_id` is the former district and `commune_id` the commune of today of the school, kept
    here so that a whole country is summed up in the order of the key; 0 where there is none.
    """

    __tablename__ = "figures"
    __table_args__ = (
        Index("ix_figures_subject_id_commune_id", "subject_id", "commune_id"),
        {"sqlite_with_rowid": False},
    )

    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    district_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), primary_key=True, index=True)
    commune_id: Mapped[int]


class FigureDay(Counts, Base):
    """By how much the counters of a subject at a school changed on a day: the ledger of the past.

    What is learnt after a subject is over belongs to its last day, a completion to its own day.
    """

    __tablename__ = "figure_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class Counted(Base):
    """What one person adds to the counters of a subject at this moment, and where.

    `bits` are those of `storage.figures.counts`; `done_on` is the day on which the completion among
    them stands in the ledger.
    """

    __tablename__ = "counted"
    __table_args__ = (
        Index("ix_counted_subject_id_school_id_bits", "subject_id", "school_id", "bits"),
        {"sqlite_with_rowid": False},
    )

    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    # No foreign key: an import that is undone deletes whom it brought, and the counters follow.
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"))
    bits: Mapped[int] = mapped_column(default=0, server_default="0")
    done_on: Mapped[date | None]


class FigureMark(Base):
    """What changed in this turn and may change counters: written by triggers, read at its end.

    0 means any: a person alone, all of what counts them; a course alone, everybody in it; a school
    alone, the school and everybody there.
    """

    __tablename__ = "figure_marks"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(default=0, server_default="0")
    person_id: Mapped[int] = mapped_column(default=0, server_default="0")
    school_id: Mapped[int] = mapped_column(default=0, server_default="0")


class FigureBooks(Base):
    """The day (local) on which changes are booked: one row. Marks wait while there is none."""

    __tablename__ = "figure_books"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]


class SchoolPlace(Base):
    """The unit a school lies in from a day on, until the next row: units come and go."""

    __tablename__ = "school_places"

    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)


class Declaration(Base):
    """A total somebody states for a unit or a school without a list ("số khai").

    It never counts as verified, and stands beside the counters, not in them.
    """

    __tablename__ = "declarations"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), index=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), index=True)
    expected: Mapped[int]
    completed: Mapped[int]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class NudgeRung(StrEnum):
    """Who is nudged: the people themselves, then their principal, then the commune."""

    PERSON = "person"
    PRINCIPAL = "principal"
    COMMUNE = "commune"


class Nudge(Base):
    """Somebody was asked to see to those who have not: at most once in three days."""

    __tablename__ = "nudges"
    __table_args__ = (Index("ix_nudges_subject_id_person_id_at", "subject_id", "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    rung: Mapped[NudgeRung]
    missing: Mapped[int]  # how many had not, when it was sent
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
