"""Photos and files officers send to be passed on: noted in a turn, fetched after the commit.

A turn knows only what the platform says of a file. The bytes come later, by a job; how often it
tries and when it gives up is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, exists, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import intake_work, outbox
from storage.file_kinds import Refusal, clean_name
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    AttachmentUpload,
    Broadcast,
    BroadcastState,
    Course,
    CourseDocument,
    CourseState,
    Intake,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.file_kinds import Known

KIND = "attachment failed"
# When after its arrival a file is fetched, try by try; the last moment is when it is given up.
TRIES = (
    timedelta(0),
    timedelta(seconds=20),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
)
AT_ONCE = 4  # so many large files lie in memory together
# What no announcement refers to is forgotten after so long.
UNUSED = timedelta(days=7)
PHOTO_NAME = "anh.jpg"  # a photo comes without a name


@dataclass(frozen=True, slots=True)
class Attached:
    """What is known of an attachment. `reason` says why it FAILED; `size` 0 = not known."""

    id: int
    person_id: int
    kind: AttachmentKind
    name: str
    size: int
    state: AttachmentState
    reason: Refusal | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file to be fetched: `source` is its id on the `channel`.

    A `table` is to be read, not passed on: whoever reads it judges its bytes.
    """

    id: int
    kind: AttachmentKind
    name: str
    channel: str
    source: str
    size: int
    table: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """What a platform calls an uploaded file, and until when it may; None: for ever."""

    reference: str
    until: datetime | None


def keep(  # noqa: PLR0917 - the row, field by field
    db: Connection,
    person_id: int,
    channel: str,
    kind: AttachmentKind,
    source: str,
    name: str,
    size: int,
    now: datetime,
) -> int:
    """Note a file that somebody sent, to be fetched; its id.

    `source` is the file's id on the channel, `size` in bytes (0 = unknown). What
    `file_kinds.refusal` refuses need not be kept: the job would refuse it as well.
    """
    plain = clean_name(name) or (PHOTO_NAME if kind is AttachmentKind.PHOTO else "")
    made = db.execute(
        insert(Attachment)
        .values(
            person_id=person_id, kind=kind, name=plain, channel=channel, source=source, size=size,
            state=AttachmentState.PENDING, created_at=now,
        )
        .returning(Attachment.id)
    )  # fmt: skip
    return made.scalar_one()


_ATTACHED = select(
    Attachment.id, Attachment.person_id, Attachment.kind, Attachment.name, Attachment.size,
    Attachment.state, Attachment.reason,
).where(Attachment.id == bindparam("attachment_id"))  # fmt: skip


def get(db: Connection, attachment_id: int) -> Attached | None:
    """What is known of an attachment, without its bytes."""
    row = db.execute(_ATTACHED, {"attachment_id": attachment_id}).one_or_none()
    if row is None:
        return None
    why = Refusal(row.reason) if row.reason else None
    return Attached(row.id, row.person_id, row.kind, row.name, row.size, row.state, why)


# Fetching


def pending(db: Connection) -> bool:
    """True where a file still lies on its platform, whether or not it is time to fetch it."""
    waiting = exists().where(Attachment.state == AttachmentState.PENDING)
    return bool(db.execute(select(waiting)).scalar())


def claim(db: Connection, channels: Collection[str], now: datetime) -> list[Waiting]:
    """Files of these channels whose next try is due, at most `AT_ONCE`; each try is taken once.

    Gives up what was tried often enough, or waits for a channel that nobody opens.
    """
    rows = db.execute(
        select(Attachment)
        .with_only_columns(
            Attachment.id, Attachment.kind, Attachment.name, Attachment.channel,
            Attachment.source, Attachment.size, Attachment.tries, Attachment.created_at,
            exists().where(Intake.attachment_id == Attachment.id).label("table"),
        )
        .where(Attachment.state == AttachmentState.PENDING)
        .order_by(Attachment.tries, Attachment.id)
        .limit(50)
    ).all()  # fmt: skip
    found: list[Waiting] = []
    for row in rows:
        if now - row.created_at >= TRIES[-1]:
            fail(db, row.id, Refusal.LOST, now)
            continue
        age, tries = now - row.created_at, int(row.tries)
        if row.channel not in channels or len(found) == AT_ONCE or not _due(age, tries):
            continue
        if _taken(db, row.id, tries):
            found.append(
                Waiting(
                    row.id, row.kind, row.name, row.channel, row.source, row.size, bool(row.table)
                )
            )  # fmt: skip
    return found


def _due(age: timedelta, tries: int) -> bool:
    return tries < len(TRIES) - 1 and age >= TRIES[tries]


def _taken(db: Connection, attachment_id: int, tries: int) -> bool:
    """Take the next try, unless another process has done so."""
    changed = db.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, Attachment.tries == tries)
        .values(tries=tries + 1)
    )
    return changed.rowcount == 1


def ready(db: Connection, attachment_id: int, known: Known, content: bytes) -> bool:
    """Keep the bytes; False where the file is no longer waited for."""
    changed = db.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, Attachment.state == AttachmentState.PENDING)
        .values(
            state=AttachmentState.READY, name=known.name, content=content, size=len(content),
            reason="",
        )
    )  # fmt: skip
    intake_work.arrived(db, attachment_id)
    return changed.rowcount == 1


def fail(db: Connection, attachment_id: int, why: Refusal, now: datetime) -> bool:
    """Give a file up and owe its sender a word; False where it is no longer waited for.

    Where the file was to be read, that is the word on its intake.
    """
    changed = db.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, Attachment.state == AttachmentState.PENDING)
        .values(state=AttachmentState.FAILED, reason=str(why))
    )
    if not changed.rowcount:
        return False
    if intake_work.lost(db, attachment_id, str(why), now):
        return True
    sender = select(Attachment.person_id).where(Attachment.id == attachment_id)
    outbox.owe(
        db, KIND, key=f"attachment-failed:{attachment_id}", subject_id=attachment_id, due_at=now,
        person_id=db.execute(sender).scalar_one(), urgent=True,
    )  # fmt: skip
    return True


def superseded(db: Connection, attachment_id: int) -> bool:
    """True where its sender has sent another file since, and no draft hangs on this one."""
    mine = select(Attachment.person_id).where(Attachment.id == attachment_id).scalar_subquery()
    newer = exists().where(Attachment.person_id == mine, Attachment.id > attachment_id)
    return draft_of(db, attachment_id) is None and bool(db.execute(select(newer)).scalar())


def draft_of(db: Connection, attachment_id: int) -> int | None:
    """The id of the draft this is to go out with."""
    return db.execute(
        select(Broadcast.id)
        .where(Broadcast.attachment_id == attachment_id, Broadcast.state == BroadcastState.DRAFT)
        .limit(1)
    ).scalar()


# What is passed on


def stands(db: Connection, attachment_id: int) -> bool:
    """True where we have the bytes and an announcement, its draft, or a course refers to them.

    Of a draft only its author and those who cover it are ever shown the file; of one that was
    stopped nobody is, whatever link they hold.
    """
    used = exists().where(
        Broadcast.attachment_id == attachment_id, Broadcast.state != BroadcastState.CANCELLED
    )
    listed = exists().where(
        CourseDocument.attachment_id == attachment_id, Course.id == CourseDocument.course_id,
        Course.state != CourseState.CANCELLED,
    )  # fmt: skip
    got = exists().where(
        Attachment.id == attachment_id, Attachment.state == AttachmentState.READY,
        or_(used, listed),
    )  # fmt: skip
    return bool(db.execute(select(got)).scalar())


def content(db: Connection, attachment_id: int) -> bytes | None:
    """The bytes, or None where we do not have them (yet)."""
    return db.execute(
        select(Attachment.content).where(
            Attachment.id == attachment_id, Attachment.state == AttachmentState.READY
        )
    ).scalar()


def forget_unused(db: Connection, now: datetime) -> int:
    """Delete what was kept for a week and nothing refers to; returns how many."""
    old = Attachment.created_at < now - UNUSED
    used = exists().where(Broadcast.attachment_id == Attachment.id)
    read = exists().where(Intake.attachment_id == Attachment.id)
    hung = exists().where(CourseDocument.attachment_id == Attachment.id)
    free = select(Attachment.id).where(old, ~used, ~read, ~hung)
    ids = list(db.execute(free.limit(100)).scalars())
    if ids:
        db.execute(delete(AttachmentUpload).where(AttachmentUpload.attachment_id.in_(ids)))
        db.execute(delete(Attachment).where(Attachment.id.in_(ids)))
    return len(ids)


# What platforms call them


def uploaded(db: Connection, attachment_id: int, channel: str, now: datetime) -> Upload | None:
    """What the channel's platform calls it, where that still holds."""
    row = db.execute(
        select(AttachmentUpload.reference, AttachmentUpload.until).where(
            AttachmentUpload.attachment_id == attachment_id,
            AttachmentUpload.channel == channel,
            or_(AttachmentUpload.until.is_(None), AttachmentUpload.until > now),
        )
    ).one_or_none()
    return Upload(row.reference, row.until) if row else None


def note_upload(db: Connection, attachment_id: int, channel: str, upload: Upload) -> None:
    """Remember what the channel's platform calls it, in place of what was known before."""
    insert_or = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    fields = {"reference": upload.reference, "until": upload.until}
    db.execute(
        insert_or(AttachmentUpload)
        .values(attachment_id=attachment_id, channel=channel, **fields)
        .on_conflict_do_update(index_elements=["attachment_id", "channel"], set_=fields)
    )


def forget_upload(db: Connection, attachment_id: int, channel: str, reference: str) -> None:
    """Forget what the platform no longer knows, unless a newer upload took its place."""
    db.execute(
        delete(AttachmentUpload).where(
            AttachmentUpload.attachment_id == attachment_id,
            AttachmentUpload.channel == channel,
            AttachmentUpload.reference == reference,
        )
    )
