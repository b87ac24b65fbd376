"""Who was there, what came of it, and what it counts for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Mark(StrEnum):
    """What is known of one person at one session; no row: nothing is known yet."""

    PRESENT = "present"
    LATE = "late"  # counts as there
    EXCUSED = "excused"  # vắng có phép
    ABSENT = "absent"  # vắng không phép


class Evidence(StrEnum):
    """How a mark or a result came to be known; a later one by a person replaces an earlier one."""

    CODE = "code"  # the person wrote the code on the board
    TRAINER = "trainer"  # marked by hand in the chat
    SHEET = "sheet"  # typed back from the signed paper
    IMPORT = "import"  # from an office's file


class WalkInState(StrEnum):
    """Somebody came without a seat: the trainer says whether they take part."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class SessionCode(Base):
    """The way to check in to one session: six digits on the board.

    `secret` (hex) makes the digits that change every 30 seconds where `changing`; else `digits`
    hold from `opens_at` to `closes_at`. The message's own time is what counts, by the platform.
    """

    __tablename__ = "session_codes"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    digits: Mapped[str] = mapped_column(index=True)
    secret: Mapped[str]
    changing: Mapped[bool] = mapped_column(default=False)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime] = mapped_column(index=True)
    late_from: Mapped[datetime | None]  # who checks in from here on is late
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class Attendance(Base):
    """What is known of one person at one session, and from whom."""

    __tablename__ = "attendance"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    mark: Mapped[Mark]
    evidence: Mapped[Evidence]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class WalkIn(Base):
    """Somebody without a seat who checked in; counted once the trainer accepts them."""

    __tablename__ = "walk_ins"
    __table_args__ = (UniqueConstraint("session_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    state: Mapped[WalkInState]
    at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    decided_at: Mapped[datetime | None]


class SheetLine(Base):
    """The number of a person on the printed sheet of a course: given once, never to another."""

    __tablename__ = "sheet_lines"
    __table_args__ = (UniqueConstraint("course_id", "person_id"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)


class Result(Base):
    """What somebody achieved in a course.

    `score` in hundredths of the scale 0-10 (TT 19/2019: graded on 10), `passed` what was said
    outright (đạt / không đạt), `assignment` whether the bài thu hoạch was handed in.
    """

    __tablename__ = "results"
    __table_args__ = (
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 1000)", name="scale"),
    )

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    score: Mapped[int | None]
    passed: Mapped[bool | None]
    assignment: Mapped[bool | None]
    evidence: Mapped[Evidence]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class Completed(StrEnum):
    """Where somebody stands with a course, by the course's own rule."""

    OPEN = "open"  # not decided: a session or a result is still missing
    COMPLETED = "completed"
    NOT_COMPLETED = "not completed"


class Completion(Base):
    """What attendance and results come to, kept by `storage.completion.settle` and by nobody else.

    `hours` (tiết, in tenths) count for the ledger once it is COMPLETED; `attended` and `held` are
    sessions the person was at, and sessions that are over. `school_id` is where they worked when it
    was decided: results stay with the school.
    """

    __tablename__ = "completions"
    __table_args__ = (Index("ix_completions_person_id_completed_on", "person_id", "completed_on"),)

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    state: Mapped[Completed]
    completed_on: Mapped[date | None]
    hours: Mapped[int] = mapped_column(default=0)
    attended: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)


class HourTarget(Base):
    """How many periods (tiết, in tenths) a person owes in a period, by block; "" = all together.

    TT 12/2019: content 01 set by the Ministry, 02 by the Sở, 03 chosen by the teacher.
    """

    __tablename__ = "hour_targets"

    period_id: Mapped[int] = mapped_column(ForeignKey("periods.id"), primary_key=True)
    block: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[int]
