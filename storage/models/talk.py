"""What passes between people and the assistant: conversations, notices, questions, claims."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Conversation(Base):
    """Where one account stands: the screen it sees, the open step, and the last answer.

    `screen` counts screens; buttons and digits belong to exactly one. `seen_from` is the
    platform's time from which the account can have seen it; empty until it is spoken. Whoever
    speaks a late answer leases it until `leased_until`.
    """

    __tablename__ = "conversations"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    screen: Mapped[int] = mapped_column(default=0)
    step: Mapped[str] = mapped_column(default="")
    data: Mapped[dict[str, Any]]
    choices: Mapped[dict[str, Any]]
    newest: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime | None]
    seen_from: Mapped[datetime | None]
    heard: Mapped[list[Any]]  # ids of the last messages, oldest first
    heard_at: Mapped[datetime | None]
    answering: Mapped[str] = mapped_column(default="")
    answer: Mapped[dict[str, Any]]
    unspoken_since: Mapped[datetime | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    thanked_on: Mapped[date | None]


class NoticeState(StrEnum):
    """Life of a message nobody asked for."""

    PLANNED = "planned"  # of an announcement: not given to the sender yet
    OWED = "owed"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNCERTAIN = "uncertain"


class Notice(Base):
    """A message owed to a person, once per `key`. Words are made when it is sent.

    `account_id` is set where it must go to one account (a lost phone); else the person's own
    reachable account is found at sending. `block` is the tens digit of its choices, 0 for none.
    `tried` says that it may have been sent already; an `urgent` one is sent at night as well.
    `channel` and `cost` (đồng) say where it went last; a template goes to a phone number, to no
    account. `route` is the channel account it is expected to draw on, "" until somebody looked.
    `sent_at` is the platform's time, `written_at` our own, from which its chat has to rest.
    """

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_state_due_at", "state", "due_at"),
        Index("ix_notices_sent_to_id_block", "sent_to_id", "block"),
        Index("ix_notices_subject_id_kind_state", "subject_id", "kind", "state"),
        Index("ix_notices_state_route_due_at", "state", "route", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    subject_id: Mapped[int]
    data: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    urgent: Mapped[bool] = mapped_column(default=False)
    state: Mapped[NoticeState]
    reason: Mapped[str] = mapped_column(default="")
    leased_until: Mapped[datetime | None]
    tried: Mapped[bool] = mapped_column(default=False)
    sent_to_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    block: Mapped[int] = mapped_column(default=0)
    choices: Mapped[dict[str, Any]]
    labels: Mapped[dict[str, Any]] = mapped_column(server_default="{}")  # folded label -> digits
    channel: Mapped[str] = mapped_column(default="", server_default="")
    cost: Mapped[int] = mapped_column(default=0, server_default="0")
    doubts: Mapped[int] = mapped_column(default=0, server_default="0")  # sends without an answer
    route: Mapped[str] = mapped_column(default="", server_default="")
    written_at: Mapped[datetime | None]


class ClaimKind(StrEnum):
    """Who somebody says they are, which phone a known person has now, or at which school."""

    IDENTITY = "identity"
    PHONE = "phone"
    MOVE = "move"


class ClaimState(StrEnum):
    """Open until somebody who knows the person answers."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Rung(StrEnum):
    """The ladder a claim climbs, two working days a rung."""

    PRINCIPAL = "principal"
    COMMUNE = "commune"
    DEPARTMENT = "department"


class Claim(Base):
    """A claimed identity and the rung at which it is being asked about.

    `school` and `unit_id` are what was said of a school that our list does not have;
    `to_school_id` is the school somebody moves to, whose people are asked.
    """

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_state_climbs_at", "state", "climbs_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ClaimKind]
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    school: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    to_school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    state: Mapped[ClaimState]
    rung: Mapped[Rung]
    asked_at: Mapped[datetime]
    climbs_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None]


class Question(Base):
    """A teacher's question to the person behind a course, and the answer."""

    __tablename__ = "questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    asker_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    text: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None]


class ConsentPurpose(StrEnum):
    """Purposes are agreed to one by one (Luật 91/2025/QH15, NĐ 356/2025/NĐ-CP)."""

    REGISTRATION = "registration"
    REMINDERS = "reminders"
    ANNOUNCEMENTS = "announcements"


class Consent(Base):
    """Proof of a yes: whose, to what, in which words, where and when; and when it was taken back.

    Until a person is known, the yes belongs to the account alone.
    """

    __tablename__ = "consents"
    __table_args__ = (UniqueConstraint("account_id", "person_id", "purpose", "given_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[ConsentPurpose]
    version: Mapped[str]
    channel: Mapped[str]
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to what. Ids only; never people's words."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    detail: Mapped[dict[str, Any]]
