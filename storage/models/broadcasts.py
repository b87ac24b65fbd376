"""Announcements: what an officer says to many, who let it go, and what hangs on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Purpose(StrEnum):
    """What the people written to are to do about it: để biết, để thực hiện, để báo cáo."""

    KNOW = "know"
    ACT = "act"
    REPORT = "report"


class BroadcastState(StrEnum):
    """The life of an announcement. Nothing has been sent of one that is not past `HELD`."""

    DRAFT = "draft"
    ASKED = "asked"  # a second officer has to approve it
    HELD = "held"  # it goes out at `held_until`, unless somebody stops it
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"  # stopped; what was sent before that stays sent


class Broadcast(Base):
    """An announcement, known to everybody by its id: TB-0141. Its people are its notices.

    It is sent in the name of the unit's office; `unit_id` decides who covers it. `audience` is a
    `storage.recipients.Rule`. `counted` is the number that was typed to send it. `due_at`: not
    before this moment; None: at once. Notices up to the id `dealt_to` have been given to the
    sender. `summary` keeps the counts when the people are no longer kept.
    """

    __tablename__ = "broadcasts"
    # The code of a draft that was thrown away is never given again.
    __table_args__: ClassVar[Any] = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[BroadcastState] = mapped_column(index=True)
    purpose: Mapped[Purpose]
    audience: Mapped[dict[str, Any]]
    text: Mapped[str]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"))
    place: Mapped[dict[str, Any]]  # title, address, latitude, longitude; {} for none
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("broadcasts.id"))
    counted: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    alone_from: Mapped[datetime | None]  # without anybody to approve it, it is held from then on
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    held_until: Mapped[datetime | None]
    dealt_to: Mapped[int] = mapped_column(default=0)
    pause_reason: Mapped[str] = mapped_column(default="")
    # Who let it go on after the author's role had ended, and answers for it since.
    answers_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    began_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    summary: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class BroadcastSeen(Base):
    """Somebody pressed "seen" on an announcement, the first time."""

    __tablename__ = "broadcast_seen"

    broadcast_id: Mapped[int] = mapped_column(ForeignKey("broadcasts.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    at: Mapped[datetime]


class AttachmentKind(StrEnum):
    """How a file is shown."""

    PHOTO = "photo"
    DOCUMENT = "document"


class AttachmentState(StrEnum):
    """Whether we have the bytes."""

    PENDING = "pending"  # still on the platform it was sent over
    READY = "ready"
    FAILED = "failed"  # it could not be fetched, or is not taken; `reason` says why


class Attachment(Base):
    """A photo or file an officer sent us to pass on. `source` is its id on the `channel`."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[AttachmentKind]
    name: Mapped[str]
    channel: Mapped[str]
    source: Mapped[str]
    size: Mapped[int] = mapped_column(default=0)  # bytes; 0 = not known
    state: Mapped[AttachmentState] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class AttachmentUpload(Base):
    """What a platform calls an attachment that was uploaded to it, and until when it may."""

    __tablename__ = "attachment_uploads"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str]
    until: Mapped[datetime | None]


class AllowedSite(Base):
    """A host that announcements may link to, with everything below it."""

    __tablename__ = "allowed_sites"

    host: Mapped[str] = mapped_column(primary_key=True)
    added_at: Mapped[datetime]
