"""What officers say about rows that could not be judged, and about schools nobody knew."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from storage import audit
from storage.models import (
    ImportState,
    Person,
    RosterImport,
    RosterRow,
    RosterState,
    School,
    Unit,
    Verdict,
)
from storage.models.people import Core, Position, Qualification, Rating
from storage.rosters import comparison, matching, staging
from storage.rosters.comparison import Doubt, Judged
from storage.rosters.directory import PlaceTrouble, label
from storage.rosters.entries import Entry, Fault, Remark
from storage.rosters.matching import Known

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.rosters.staging import Basis
    from storage.scopes import Scope


class Choice(StrEnum):
    """What a doubtful row is judged to be."""

    SAME = "same"  # the person who is named
    NEW = "new"
    SKIP = "skip"  # nothing is written of it
    GONE = "gone"  # somebody who is missing from the file has left


class Answer(StrEnum):
    """What came of a judgment."""

    TAKEN = "taken"
    NOT_OPEN = "not open"  # no such import, or it is not waiting
    NOT_DOUBTFUL = "not doubtful"
    IMPOSSIBLE = "impossible"  # the choice does not fit the row, or the person is not in the area
    TAKEN_ALREADY = "taken already"  # the person is another row's


_BUILDERS: dict[str, Any] = {
    "position": Position, "qualification": Qualification, "rating": Rating, "core": Core,
    "fault": Fault, "places": tuple,
}  # fmt: skip


def decide(
    db: Connection,
    scope: Scope,
    import_id: int,
    at: int,
    choice: Choice,
    *,
    now: datetime,
    person_id: int | None = None,
) -> Answer:
    """Judge one doubtful row. It can be judged anew until the import is written.

    SAME needs the person, who must be one of those the row offers.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Answer.NOT_OPEN
    stored = _stored(db, import_id, at)
    if stored is None or not _doubted(stored):
        return Answer.NOT_DOUBTFUL
    row = _restored(stored)
    answer = _judge(db, scope, row, stored, choice, person_id)
    if answer is Answer.TAKEN:
        _restage(db, import_id, at, row)
        audit.note(
            db, actor_id=scope.actor_id, action="roster row judged", subject="roster",
            subject_id=import_id, now=now, row=at, choice=str(choice), person=row.person_id,
        )  # fmt: skip
    return answer


def settle(
    db: Connection, scope: Scope, import_id: int, at: int, school_id: int, now: datetime
) -> Answer:
    """Say which school the wording of a refused row means, for all rows worded so.

    It counts from the next comparison (`entries_again`): the rows are judged anew.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Answer.NOT_OPEN
    stored = _stored(db, import_id, at)
    unclear = (PlaceTrouble.UNKNOWN_SCHOOL, PlaceTrouble.UNKNOWN_COMMUNE,
               PlaceTrouble.SEVERAL_SCHOOLS, PlaceTrouble.NO_SCHOOL)  # fmt: skip
    if stored is None or stored.reason not in unclear:
        return Answer.NOT_DOUBTFUL
    if not _open_here(db, scope, school_id):
        return Answer.IMPOSSIBLE
    entry = stored.entry
    words = label(*(entry.get(name, "") for name in ("school", "commune", "district")))
    settled = {**found.settled, words: school_id}
    db.execute(update(RosterImport).where(RosterImport.id == import_id).values(settled=settled))
    audit.note(
        db, actor_id=scope.actor_id, action="roster school settled", subject="roster",
        subject_id=import_id, now=now, row=at, school=school_id,
    )  # fmt: skip
    return Answer.TAKEN


def _open_here(db: Connection, scope: Scope, school_id: int) -> bool:
    """True for an open school in the officer's area."""
    path = db.execute(
        select(Unit.path)
        .join(School, School.unit_id == Unit.id)
        .where(School.id == school_id, School.closed_on.is_(None))
    ).scalar_one_or_none()
    return path is not None and scope.covers(path)


def entries_again(db: Connection, scope: Scope, import_id: int) -> Iterator[Entry]:
    """The rows of an import as they were read, to be compared anew without the file."""
    for row in staging.rows(db, scope, import_id):
        if row.line and (entry := _restored(row).entry):
            yield entry


def restart(
    db: Connection,
    scope: Scope,
    import_id: int,
    on: Basis,
) -> bool:
    """Empty an import that waits, to stage a new comparison; False where it does not wait."""
    found = staging.held(db, scope, import_id)
    if found is None or found.state not in (ImportState.STAGING, ImportState.READY):
        return False
    for table in (RosterState, RosterRow):
        db.execute(delete(table).where(table.import_id == import_id))
    db.execute(
        update(RosterImport)
        .where(RosterImport.id == import_id)
        .values(
            state=ImportState.STAGING, day=scope.day, newest_person_id=on.newest_person_id,
            generation=on.generation,
        )
    )  # fmt: skip
    return True


def _stored(db: Connection, import_id: int, at: int) -> Any:
    return db.execute(
        select(RosterRow.__table__).where(RosterRow.import_id == import_id, RosterRow.at == at)
    ).one_or_none()


def _doubted(stored: Any) -> bool:
    """True for a doubtful row, judged or not: its reason stays."""
    return stored.reason in tuple(Doubt)


def _restored(stored: Any) -> Judged:
    packed: dict[str, Any] = {
        name: _BUILDERS[name](value) if name in _BUILDERS else value
        for name, value in stored.entry.items()
    }
    remarks = [Remark(one) for one in stored.remarks if one not in _JUDGED]
    entry = Entry(stored.sheet, stored.line, stored.cells, remarks=remarks, **packed)
    return Judged(
        entry if stored.line else None, stored.verdict, stored.reason, stored.person_id,
        school_id=stored.school_id,
    )  # fmt: skip


# Remarks a judgment makes, and another takes back.
_JUDGED = (Remark.POSITION_ASSUMED, Remark.RATING_OLDER)


def _judge(
    db: Connection, scope: Scope, row: Judged, stored: Any, choice: Choice, person_id: int | None
) -> Answer:
    match choice:
        case Choice.SKIP:
            row.verdict = Verdict.SKIPPED
            row.before = row.after = None
        case Choice.NEW if row.entry:
            comparison.add(row)
        case Choice.SAME if row.entry:
            offered = [one[1] for one in stored.offers if one[0] == "person"]
            one = _person(db, scope, person_id) if person_id in offered else None
            if one is None:
                return Answer.IMPOSSIBLE
            if _another_row(db, stored, one.id):
                return Answer.TAKEN_ALREADY
            comparison.update(row, one, scope.day)
        case Choice.GONE if row.entry is None:
            return _leave(db, scope, row)
        case _:
            return Answer.IMPOSSIBLE
    row.reason = stored.reason
    return Answer.TAKEN


def _leave(db: Connection, scope: Scope, row: Judged) -> Answer:
    one = _person(db, scope, row.person_id)
    if one is None:
        return Answer.IMPOSSIBLE
    comparison.leave(row, one, scope.day)
    return Answer.TAKEN


def _person(db: Connection, scope: Scope, person_id: int | None) -> Known | None:
    """Somebody on the list of a school in the officer's area."""
    row = db.execute(
        matching.PEOPLE.add_columns(Unit.path)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(Person.id == person_id)
    ).one_or_none()
    return Known(*row[:-1]) if row and scope.covers(row.path) else None


def _another_row(db: Connection, stored: Any, person_id: int) -> bool:
    other = select(RosterRow.at).where(
        RosterRow.import_id == stored.import_id,
        RosterRow.at != stored.at,
        RosterRow.person_id == person_id,
        RosterRow.verdict.in_((Verdict.CHANGED, Verdict.MOVED, Verdict.UNCHANGED, Verdict.GONE)),
    )
    return db.execute(other.limit(1)).first() is not None


def _restage(db: Connection, import_id: int, at: int, row: Judged) -> None:
    here = (RosterState.import_id == import_id, RosterState.at == at)
    db.execute(delete(RosterState).where(*here))
    db.execute(
        update(RosterRow)
        .where(RosterRow.import_id == import_id, RosterRow.at == at)
        .values(
            verdict=row.verdict, person_id=row.person_id, changed=list(row.changed),
            remarks=list(row.entry.remarks) if row.entry else [],
        )
    )  # fmt: skip
    if states := staging.states_of(import_id, at, row):
        db.execute(insert(RosterState), states)
