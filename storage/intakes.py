"""Files officers bring in: noted when they come, asked about where their columns are not clear.

A file comes over a chat (`attachments.keep`, then `begin`) or by our own page, for channels without
files and for whoever sits at a desk: a reply with

    Document(message.UPLOAD, intakes.upload(db, scope, kind, now), "nop-danh-sach")

carries the link of that page on every channel, good for half an hour and for this person only; it
stands on a line of its own below the words, and is left out where we have no public address.
The page calls `receive`, which begins the intake as `begin` does.

A process of its own reads the file (`storage.intake_work`). When it has come to an end it owes the
notice `intake asks`, `intake ready` or `intake refused`, whose subject is the intake.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from storage import audit, exports, intake_work
from storage.file_kinds import clean_name
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    RosterImport,
    Unit,
)
from storage.rosters import staging
from storage.rosters.headings import Field
from storage.rosters.layouts import Column, Question

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.rosters.layouts import Answers
    from storage.scopes import Scope

# The kind of a request (`storage.exports`) for the page on which a file is handed in.
UPLOAD = "upload"
# Files that are still on their way to an import.
OPEN = (IntakeState.FETCHING, IntakeState.WAITING, IntakeState.READING, IntakeState.ASKING)
# Files shown at once, the newest first.
LISTED = 20


class Trouble(StrEnum):
    """Why a file did not become an import; the first ones are those of `files.FileTrouble`."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    PASSWORD = "password"  # noqa: S105 - the file has one
    BOMB = "bomb"
    TOO_MANY_CELLS = "too many cells"
    NOT_A_TABLE = "not a table"
    BROKEN = "broken"  # or whoever read it came to grief, again and again
    LOST = "lost"  # the platform did not give it to us
    NO_LIST = "no list"  # no sheet has a heading that names people
    NOBODY = "nobody"  # there is a heading, and no person below it
    NO_RIGHT = "no right"  # who brought it is no officer any more
    GONE = "gone"  # what was to be compared again is not there any more


class Said(StrEnum):
    """What came of an answer about the columns."""

    TAKEN = "taken"  # nothing is open: it is read
    MORE = "more"  # the next question is open
    NOT_ASKED = "not asked"  # no such intake, or it asks nothing, or not this
    IMPOSSIBLE = "impossible"  # no column of the question


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """A file on its way. `questions` are those still open, to be asked one after the other.

    `done` of `total` rows are staged, both 0 before it is known how many there are. `trouble` is
    set where it is REFUSED, `import_id` where it is READY.
    """

    id: int
    kind: ImportKind
    person_id: int
    file_name: str
    state: IntakeState
    questions: tuple[Question, ...]
    done: int
    total: int
    trouble: Trouble | None
    import_id: int | None
    at: datetime


_ROW = select(
    Intake.id, Intake.kind, Intake.person_id, Intake.file_name, Intake.state, Intake.questions,
    Intake.done, Intake.total, Intake.trouble, Intake.import_id, Intake.at, Intake.answers,
    Unit.path,
).join(Unit, Unit.id == Intake.unit_id)  # fmt: skip


def begin(
    db: Connection,
    scope: Scope,
    kind: ImportKind,
    file_name: str,
    attachment_id: int,
    now: datetime,
) -> int:
    """Note a file the officer brought; returns its id. It is read as soon as its bytes are here.

    `attachment_id` is what `attachments.keep` gave. The name's ending is of no account: the bytes
    decide. Raises PermissionError where it is not this officer's own.
    """
    found = db.execute(
        select(Attachment.person_id, Attachment.state).where(Attachment.id == attachment_id)
    ).one_or_none()
    if scope.actor_id is None or found is None or found.person_id != scope.actor_id:
        raise PermissionError("a file of somebody else")
    here = found.state is AttachmentState.READY
    state = IntakeState.WAITING if here else IntakeState.FETCHING
    made = _add(db, scope, kind, file_name, now, state=state, attachment_id=attachment_id)
    audit.note(
        db, actor_id=scope.actor_id, action="file brought", subject="intake", subject_id=made,
        unit_id=scope.reaches[0].unit_id, now=now,
    )  # fmt: skip
    return made


def upload(db: Connection, scope: Scope, kind: ImportKind, now: datetime) -> int:
    """The subject of a `Document` that links to the page for handing in a file of this kind."""
    if scope.actor_id is None:
        raise PermissionError("the command line reads its files itself")
    return exports.ask(db, scope.actor_id, UPLOAD, now, holds=str(kind))


def receive(
    db: Connection, scope: Scope, kind: ImportKind, file_name: str, content: bytes, now: datetime
) -> int:
    """Keep a file that was handed in on our page, and begin its intake; returns the intake's id."""
    if scope.actor_id is None:
        raise PermissionError("the command line reads its files itself")
    kept = db.execute(
        insert(Attachment)
        .values(
            person_id=scope.actor_id, kind=AttachmentKind.DOCUMENT, name=clean_name(file_name),
            channel="web", source="", size=len(content), state=AttachmentState.READY,
            content=content, created_at=now,
        )
        .returning(Attachment.id)
    ).scalar_one()  # fmt: skip
    return begin(db, scope, kind, file_name, kept, now)


def again(db: Connection, scope: Scope, import_id: int, now: datetime) -> int | None:
    """Let a waiting import be compared anew, without the file.

    That is wanted where schools were settled, or where it is stale. Returns the intake, which
    becomes READY with a *new* import, and owes the same notices; the old import is discarded then.
    None where the import is not theirs or does not wait.
    """
    found = staging.held(db, scope, import_id)
    if scope.actor_id is None or found is None or found.state is not ImportState.READY:
        return None
    kind = db.execute(select(RosterImport.kind).where(RosterImport.id == import_id)).scalar_one()
    return _add(
        db, scope, kind, found.file_name, now, state=IntakeState.WAITING, import_id=import_id
    )


def of(db: Connection, scope: Scope) -> list[IntakeRow]:
    """The officer's own files that are still on their way, the newest first."""
    mine = _ROW.where(Intake.person_id == scope.person_id, Intake.state.in_(OPEN))
    rows = db.execute(mine.order_by(Intake.id.desc()).limit(LISTED)).all()
    return [_row(row) for row in rows]


def get(db: Connection, scope: Scope, intake_id: int) -> IntakeRow | None:
    """The file where it is the officer's own or of a unit they cover; None for any other."""
    row = db.execute(_ROW.where(Intake.id == intake_id)).one_or_none()
    return _row(row) if row and _theirs(scope, row) else None


def answer(db: Connection, scope: Scope, intake_id: int, answers: Answers, now: datetime) -> Said:
    """Say which column holds what; None leaves it out. When nothing is open the file is read.

    An answer is kept per sheet and field, so that one question can be answered at a time.
    """
    del now
    row = db.execute(_ROW.where(Intake.id == intake_id).with_for_update(of=Intake)).one_or_none()
    if row is None or not _theirs(scope, row) or row.state is not IntakeState.ASKING:
        return Said.NOT_ASKED
    open_ones = {(one.sheet, one.field): one for one in map(_question, row.questions)}
    for asked, column in answers.items():
        if asked not in open_ones:
            return Said.NOT_ASKED
        if column is not None and column not in {one.at for one in open_ones[asked].columns}:
            return Said.IMPOSSIBLE
    left = [one for one, read in zip(row.questions, open_ones, strict=True) if read not in answers]
    said = [[sheet, str(field), column] for (sheet, field), column in answers.items()]
    db.execute(
        update(Intake)
        .where(Intake.id == intake_id)
        .values(
            questions=left, answers=[*row.answers, *said],
            state=IntakeState.ASKING if left else IntakeState.WAITING,
            tries=Intake.tries if left else 0,
        )
    )  # fmt: skip
    return Said.MORE if left else Said.TAKEN


def end(db: Connection, scope: Scope, intake_id: int, now: datetime) -> bool:
    """Throw a file away before there is an import of it; False where that is too late."""
    row = db.execute(_ROW.where(Intake.id == intake_id).with_for_update(of=Intake)).one_or_none()
    if row is None or not _theirs(scope, row) or row.state not in OPEN:
        return False
    intake_work.close(db, intake_id, IntakeState.ENDED)
    audit.note(
        db, actor_id=scope.actor_id, action="file thrown away", subject="intake",
        subject_id=intake_id, unit_id=scope.reaches[0].unit_id or None, now=now,
    )  # fmt: skip
    return True


def last(db: Connection, scope: Scope, kind: ImportKind) -> IntakeRow | None:
    """The newest file of a kind the officer brought, whatever became of it."""
    mine = _ROW.where(
        Intake.person_id == scope.person_id, Intake.kind == kind,
        or_(Intake.state != IntakeState.ENDED, Intake.import_id.is_not(None)),
    )  # fmt: skip
    row = db.execute(mine.order_by(Intake.id.desc()).limit(1)).one_or_none()
    return _row(row) if row else None


def _add(
    db: Connection,
    scope: Scope,
    kind: ImportKind,
    file_name: str,
    now: datetime,
    **fields: Any,
) -> int:
    made = db.execute(
        insert(Intake)
        .values(
            kind=kind, person_id=scope.person_id, unit_id=scope.reaches[0].unit_id,
            file_name=clean_name(file_name) or "-", questions=[], answers=[], at=now, **fields,
        )
        .returning(Intake.id)
    )  # fmt: skip
    return made.scalar_one()


def _theirs(scope: Scope, row: Any) -> bool:
    own = scope.actor_id is not None and row.person_id == scope.actor_id
    return own or scope.covers(row.path)


def _row(row: Any) -> IntakeRow:
    return IntakeRow(
        row.id, row.kind, row.person_id, row.file_name, row.state,
        tuple(map(_question, row.questions)), row.done, row.total,
        Trouble(row.trouble) if row.trouble else None,
        row.import_id if row.state is IntakeState.READY else None, row.at,
    )  # fmt: skip


def _question(kept: Any) -> Question:
    columns = tuple(Column(*one) for one in kept["columns"])
    return Question(kept["sheet"], kept["name"], Field(kept["field"]), columns)
