"""Who takes part in what, and how it came to be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base
from storage.models.talk import Rung


class Standing(StrEnum):
    """Where a registration stands. The first four hold a seat."""

    SEATED = "seated"
    ASKED = "asked"  # the principal has not agreed yet
    OFFERED = "offered"  # a freed seat waits for this person's answer
    NOMINATED = "nominated"  # sent by an officer, has not answered
    WAITING = "waiting"
    GIVEN_UP = "given up"
    LAPSED = "lapsed"  # an offer nobody answered
    REFUSED = "refused"  # the principal, or whoever knows the person, said no
    EXCUSED = "excused"  # nominated, cannot come
    ENDED = "ended"  # the course was cancelled


class Cannot(StrEnum):
    """Why a nominated person cannot come; kept as the reason of the event, others in words."""

    MATERNITY = "thai san"
    ILL = "om"
    NO_COVER = "khong co nguoi dung lop"
    FAR = "duong xa"
    OTHER = "khac"


HOLDING = (Standing.SEATED, Standing.ASKED, Standing.OFFERED, Standing.NOMINATED)
LIVE = (*HOLDING, Standing.WAITING)


class Registration(Base):
    """One person's place in one course: a seat, a turn in the queue, or a place given up.

    `provisional`: the identity is not confirmed yet; the seat counts as taken all the same.
    `unanswered_since`: date or place changed, and the person has not said whether they still come.
    `asked_rung`: who has been asked to agree; None while nobody can be. `climbs_at`: when the
    next rung is asked.
    """

    __tablename__ = "registrations"
    __table_args__ = (
        UniqueConstraint("course_id", "person_id"),
        Index("ix_registrations_course_id_standing_turn", "course_id", "standing", "turn"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    standing: Mapped[Standing]
    turn: Mapped[int]
    provisional: Mapped[bool]
    offered_until: Mapped[datetime | None] = mapped_column(index=True)
    unanswered_since: Mapped[datetime | None]
    asked_rung: Mapped[Rung | None]
    climbs_at: Mapped[datetime | None] = mapped_column(index=True)
    changed_at: Mapped[datetime]
    nominated_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class RegistrationEvent(Base):
    """One step in the history of a registration."""

    __tablename__ = "registration_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[int] = mapped_column(ForeignKey("registrations.id"), index=True)
    at: Mapped[datetime]
    standing: Mapped[Standing]
    reason: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
