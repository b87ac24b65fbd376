"""Announcements from the side of one recipient: which are theirs, and one that is not sent now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, func, select, update

from storage import announcements, attachments, courses, dealing, outbox
from storage.barriers import ARRIVED, KIND
from storage.models import (
    LIVE,
    AccountPerson,
    Broadcast,
    BroadcastSeen,
    BroadcastState,
    Notice,
    NoticeState,
    Registration,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.announcements import Announcement
    from storage.attachments import Attached
    from storage.courses import Training
    from storage.outbox import Owed


@dataclass(frozen=True, slots=True)
class Subject:
    """What everybody gets the same of an announcement."""

    announcement: Announcement
    course: Training | None
    attached: Attached | None


@dataclass(frozen=True, slots=True)
class Facts:
    """Whether others share the account; whether the person has a seat or a turn in the course."""

    shared: bool
    takes_part: bool


def subject(db: Connection, found: Announcement) -> Subject:
    """An announcement with its course and its attachment, as they stand."""
    return Subject(
        found,
        courses.get(db, found.course_id) if found.course_id else None,
        attachments.get(db, found.attachment_id) if found.attachment_id else None,
    )


_sharers = (
    select(func.count())
    .where(AccountPerson.account_id == bindparam("account_id"))
    .scalar_subquery()
)
_takes_part = exists().where(
    Registration.course_id == bindparam("course_id"),
    Registration.person_id == bindparam("person_id"),
    Registration.standing.in_(LIVE),
)
FACTS = select(_sharers, _takes_part)


def facts(db: Connection, account_id: int, person_id: int, course_id: int | None) -> Facts:
    """What differs from one recipient's letter to the next."""
    key = {"account_id": account_id, "person_id": person_id, "course_id": course_id or 0}
    sharers, takes_part = db.execute(FACTS, key).one()
    return Facts(sharers > 1, bool(takes_part))


MEANT = select(
    exists().where(
        Notice.kind == KIND,
        Notice.subject_id == bindparam("broadcast_id"),
        Notice.person_id == bindparam("person_id"),
    )
)


def meant_for(db: Connection, broadcast_id: int, person_id: int) -> bool:
    """True for whoever an announcement was meant for when it was sent, reached or not."""
    key = {"broadcast_id": broadcast_id, "person_id": person_id}
    return bool(db.execute(MEANT, key).scalar())


def got(db: Connection, broadcast_id: int, person_id: int) -> bool:
    """True for whoever an announcement was sent to, as far as we know."""
    mine = exists().where(
        Notice.kind == KIND, Notice.subject_id == broadcast_id, Notice.person_id == person_id,
        Notice.state.in_(ARRIVED),
    )  # fmt: skip
    return bool(db.execute(select(mine)).scalar())


def newest(db: Connection, person_id: int) -> int | None:
    """The announcement a person got last; None where they got none."""
    found = (
        select(Notice.subject_id)
        .where(Notice.person_id == person_id, Notice.kind == KIND, Notice.state.in_(ARRIVED))
        .order_by(Notice.sent_at.desc(), Notice.id.desc())
        .limit(1)
    )
    return db.execute(found).scalar_one_or_none()


def correction_of(db: Connection, broadcast_id: int) -> int | None:
    """The last correction of an announcement of which anything was sent; None where there is none.

    It may have been corrected itself.
    """
    found = (
        select(Broadcast.id)
        .where(Broadcast.corrects_id == broadcast_id, Broadcast.began_at.is_not(None))
        .order_by(Broadcast.id.desc())
        .limit(1)
    )
    return db.execute(found).scalar_one_or_none()


def acknowledge(db: Connection, broadcast_id: int, person_id: int, now: datetime) -> None:
    """What somebody has seen did arrive: it is not sent once more, and its numbers are free."""
    mine = update(Notice).where(
        Notice.kind == KIND, Notice.subject_id == broadcast_id, Notice.person_id == person_id
    )
    doubted = (Notice.state == NoticeState.OWED) & Notice.tried
    arrived = (Notice.state == NoticeState.UNCERTAIN) | doubted
    db.execute(mine.where(arrived).values(state=NoticeState.SENT, reason=""))
    db.execute(mine.where(Notice.answered_at.is_(None)).values(answered_at=now))


def arrived_before(db: Connection, owed: Owed) -> bool:
    """True where an announcement that may have arrived did: its person has said so.

    It is settled as sent, and not in hand any more.
    """
    said = select(exists().where(
        BroadcastSeen.broadcast_id == owed.subject_id, BroadcastSeen.person_id == owed.person_id
    ))  # fmt: skip
    if not (owed.again and db.execute(said).scalar()):
        return False
    _write(db, owed.id, state=NoticeState.SENT, reason="")
    return True


def let_go(db: Connection, owed: Owed, reason: str) -> None:
    """Skip a claimed announcement for a reason of its own, and have it in hand no more.

    What may have arrived by an earlier try stays uncertain.
    """
    if owed.again:
        _write(db, owed.id, state=NoticeState.UNCERTAIN, reason=dealing.NO_ANSWER)
    else:
        _write(db, owed.id, **outbox.UNSENT, state=NoticeState.SKIPPED, reason=reason)


def put_back(db: Connection, owed: Owed, now: datetime) -> bool:
    """Plan a claimed announcement anew whose broadcast is paused; False where it no longer is.

    What may have arrived by an earlier try keeps its way and its numbers.
    """
    found = announcements.locked(db, owed.subject_id)
    if found is None or found.state is not BroadcastState.PAUSED:
        return False
    unsent = {} if owed.again else outbox.UNSENT
    _write(db, owed.id, **unsent, state=NoticeState.PLANNED)
    if found.dealt_to >= owed.id:
        announcements.write(db, found.id, now, dealt_to=owed.id - 1)
    return True


def _write(db: Connection, notice_id: int, **values: Any) -> None:
    db.execute(update(Notice).where(Notice.id == notice_id).values(leased_until=None, **values))
