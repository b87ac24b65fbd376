"""The side of whoever reads the files: one takes a file, holds it for a while, and ends it.

Every step names the try it belongs to, so that one whose lease is over cannot disturb the next.
These are steps of the program; what officers may do with their files is in `storage.intakes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, or_, select, update

from storage import outbox
from storage.models import (
    Attachment,
    AttachmentUpload,
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    PastCourse,
    PastRow,
    RosterImport,
    RosterRow,
    RosterState,
)
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.rosters.layouts import Answers, Question

ASKS, READY, REFUSED = "intake asks", "intake ready", "intake refused"
# A reader that died gives its file up after this long; it is longer than any file takes.
LEASE = timedelta(minutes=6)
# A file that brought so many readers to grief is given up.
TRIES = 3
# Rows deleted in one turn.
PORTION = 1000
# What was being staged so long ago is staged no more.
LEFT_OVER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Work:
    """A file to be read, or an import to be compared anew (`import_id`), for the person's area.

    `tries` names this try.
    """

    id: int
    kind: ImportKind
    person_id: int
    file_name: str
    attachment_id: int | None
    import_id: int | None
    answers: Answers
    tries: int


_WORK = select(
    Intake.id, Intake.kind, Intake.person_id, Intake.file_name, Intake.attachment_id,
    Intake.import_id, Intake.answers, Intake.tries,
)  # fmt: skip


# On the way to being read


def arrived(db: Connection, attachment_id: int) -> None:
    """The bytes of a file are here."""
    db.execute(
        update(Intake)
        .where(Intake.attachment_id == attachment_id, Intake.state == IntakeState.FETCHING)
        .values(state=IntakeState.WAITING)
    )


def lost(db: Connection, attachment_id: int, trouble: str, now: datetime) -> bool:
    """The bytes of a file will not come; False where the file is no intake's.

    `trouble` is a word of `intakes.Trouble`.
    """
    of_it = select(Intake.id, Intake.tries).where(Intake.attachment_id == attachment_id)
    rows = db.execute(of_it).all()
    for row in rows:
        if close(db, row.id, IntakeState.REFUSED, (IntakeState.FETCHING,), trouble=trouble):
            _tell(db, row.id, REFUSED, now)
    return bool(rows)


# Reading


def pending(db: Connection) -> bool:
    """True where a file waits to be read, or is being read."""
    states = (IntakeState.WAITING, IntakeState.READING)
    return (
        db.execute(select(Intake.id).where(Intake.state.in_(states)).limit(1)).first() is not None
    )


def claim(db: Connection, kinds: Collection[ImportKind], now: datetime) -> Work | None:
    """Take the file that waits longest; also one whose reader died. None where there is none.

    A file that has brought `TRIES` readers to grief is refused.
    """
    free = or_(
        Intake.state == IntakeState.WAITING,
        and_(Intake.state == IntakeState.READING, Intake.leased_until <= now),
    )
    while True:
        row = db.execute(
            _WORK.where(free, Intake.kind.in_(kinds))
            .order_by(Intake.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if row is None:
            return None
        if row.tries >= TRIES:
            close(db, row.id, IntakeState.REFUSED, trouble="broken")
            _tell(db, row.id, REFUSED, now)
            continue
        db.execute(
            update(Intake)
            .where(Intake.id == row.id)
            .values(
                state=IntakeState.READING,
                tries=row.tries + 1,
                leased_until=now + LEASE,
                done=0,
                total=0,
            )
        )
        return _work(row, row.tries + 1)


def held(db: Connection, intake_id: int, tries: int) -> Work | None:
    """The file, where this try still has it."""
    row = db.execute(_WORK.where(*_mine(intake_id, tries))).one_or_none()
    return _work(row, tries) if row else None


def content(db: Connection, work: Work) -> bytes | None:
    """The bytes of the file."""
    found = select(Attachment.content).where(Attachment.id == work.attachment_id)
    return db.execute(found).scalar_one_or_none()


def go_on(db: Connection, intake_id: int, tries: int, done: int, total: int, now: datetime) -> bool:
    """Note how far it has got and hold it longer; False where this try has it no more."""
    changed = db.execute(
        update(Intake)
        .where(*_mine(intake_id, tries))
        .values(done=done, total=total, leased_until=now + LEASE)
    )
    return changed.rowcount == 1


def give_back(db: Connection, intake_id: int, tries: int, *, counted: bool) -> None:
    """Let somebody else read it at once; `counted`: it was this file's fault."""
    db.execute(
        update(Intake)
        .where(*_mine(intake_id, tries))
        .values(
            state=IntakeState.WAITING, leased_until=None,
            tries=Intake.tries if counted else Intake.tries - 1,
        )
    )  # fmt: skip


# The three ends


def ask(
    db: Connection, intake_id: int, tries: int, questions: Sequence[Question], now: datetime
) -> bool:
    """Ask which columns are meant; False where this try has it no more."""
    kept = [
        {"sheet": one.sheet, "name": one.name, "field": str(one.field),
         "columns": [[each.at, each.letter, each.heading, list(each.samples)]
                     for each in one.columns]}
        for one in questions
    ]  # fmt: skip
    changed = db.execute(
        update(Intake)
        .where(*_mine(intake_id, tries))
        .values(state=IntakeState.ASKING, questions=kept, leased_until=None)
    )
    if changed.rowcount:
        _tell(db, intake_id, ASKS, now)
    return changed.rowcount == 1


def ready(db: Connection, intake_id: int, tries: int, import_id: int, now: datetime) -> bool:
    """The import stands: the bytes are kept no longer, an import it replaces is discarded."""
    old = db.execute(select(Intake.import_id).where(*_mine(intake_id, tries))).one_or_none()
    if old is None:
        return False
    close(db, intake_id, IntakeState.READY, import_id=import_id)
    if old.import_id is not None:
        db.execute(
            update(RosterImport)
            .where(RosterImport.id == old.import_id, RosterImport.state == ImportState.READY)
            .values(state=ImportState.DISCARDED)
        )
    _tell(db, intake_id, READY, now)
    return True


def refuse(db: Connection, intake_id: int, tries: int, trouble: str, now: datetime) -> bool:
    """It cannot be read; `trouble` is a word of `intakes.Trouble`."""
    if held(db, intake_id, tries) is None:
        return False
    close(db, intake_id, IntakeState.REFUSED, trouble=trouble)
    _tell(db, intake_id, REFUSED, now)
    return True


def close(
    db: Connection,
    intake_id: int,
    state: IntakeState,
    from_states: Collection[IntakeState] = tuple(IntakeState),
    **fields: Any,
) -> bool:
    """End an intake and forget the bytes of its file; False where it is in none of the states."""
    attachment = db.execute(
        select(Intake.attachment_id).where(Intake.id == intake_id, Intake.state.in_(from_states))
    ).one_or_none()
    if attachment is None:
        return False
    db.execute(
        update(Intake)
        .where(Intake.id == intake_id)
        .values(state=state, attachment_id=None, leased_until=None, questions=[], **fields)
    )
    of_it = AttachmentUpload.attachment_id == attachment.attachment_id
    db.execute(delete(AttachmentUpload).where(of_it))
    db.execute(delete(Attachment).where(Attachment.id == attachment.attachment_id))
    return True


# Clearing up


def forget(db: Connection, before: datetime) -> int:
    """End what nobody said anything about since a moment, with its bytes; returns how many."""
    old = db.execute(
        select(Intake.id).where(Intake.state == IntakeState.ASKING, Intake.at < before).limit(100)
    ).scalars()
    return sum(close(db, each, IntakeState.ENDED) for each in old.all())


def sweep(db: Connection, now: datetime) -> bool:
    """Delete a portion of the rows of imports that came to nothing; True where there may be more.

    Those were discarded, or their reader died before all rows were there.
    """
    stopped = and_(
        RosterImport.state == ImportState.STAGING, RosterImport.created_at < now - LEFT_OVER
    )
    dead = select(RosterImport.id).where(
        or_(RosterImport.state == ImportState.DISCARDED, stopped),
        exists().where(RosterRow.import_id == RosterImport.id),
    )
    import_id = db.execute(dead.limit(1)).scalar()
    if import_id is None:
        return False
    _delete_rows(db, import_id)
    db.execute(
        update(RosterImport).where(RosterImport.id == import_id).values(state=ImportState.DISCARDED)
    )
    return True


def _delete_rows(db: Connection, import_id: int) -> None:
    first = select(RosterRow.at).where(RosterRow.import_id == import_id).order_by(RosterRow.at)
    last = db.execute(first.limit(PORTION)).scalars().all()[-1]
    for table in (RosterState, RosterRow):
        db.execute(delete(table).where(table.import_id == import_id, table.at <= last))
    for table in (PastRow, PastCourse):
        db.execute(delete(table).where(table.import_id == import_id))


def _mine(intake_id: int, tries: int) -> tuple[Any, ...]:
    return (Intake.id == intake_id, Intake.state == IntakeState.READING, Intake.tries == tries)


def _work(row: Any, tries: int) -> Work:
    answers = {(sheet, Field(field)): column for sheet, field, column in row.answers}
    return Work(
        row.id, row.kind, row.person_id, row.file_name, row.attachment_id, row.import_id, answers,
        tries,
    )  # fmt: skip


def _tell(db: Connection, intake_id: int, kind: str, now: datetime) -> None:
    """Owe whoever brought the file a word; they wait for it, so at any hour."""
    found = db.execute(
        select(Intake.person_id, Intake.tries, Intake.answers).where(Intake.id == intake_id)
    ).one()
    outbox.owe(
        db, kind, key=f"{kind}:{intake_id}:{len(found.answers)}:{found.tries}",
        subject_id=intake_id, due_at=now, person_id=found.person_id, urgent=True,
    )  # fmt: skip
