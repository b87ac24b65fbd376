"""What officers say about rows that could not be judged, and about schools nobody knew."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select, update

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
from storage.rosters import comparison, matching, staging, wordings
from storage.rosters.comparison import Doubt, Judged
from storage.rosters.entries import Entry, Fault, Remark
from storage.rosters.matching import Known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Select

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


@dataclass(frozen=True, slots=True)
class Many:
    """What came of judging many: how many rows were, how many could not be judged so."""

    answer: Answer
    taken: int = 0
    left: int = 0


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


def decide_all(
    db: Connection, scope: Scope, import_id: int, doubt: Doubt, choice: Choice, now: datetime
) -> Many:
    """Judge all rows that are doubtful for one reason, and were not judged yet, the same way.

    A row for which the choice is not clear stays doubtful: one that offers no person or several
    cannot be SAME, nor can two rows be one person.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Many(Answer.NOT_OPEN)
    stored = db.execute(
        select(RosterRow.__table__)
        .where(
            RosterRow.import_id == import_id,
            RosterRow.verdict == Verdict.DOUBTFUL,
            RosterRow.reason == doubt,
        )
        .order_by(RosterRow.at)
    ).all()
    judged = _judge_all(db, scope, import_id, stored, choice)
    _restage_all(db, import_id, judged)
    if judged:
        audit.note(
            db, actor_id=scope.actor_id, action="roster rows judged", subject="roster",
            subject_id=import_id, now=now, reason=str(doubt), choice=str(choice),
            count=len(judged),
        )  # fmt: skip
    return Many(Answer.TAKEN, len(judged), len(stored) - len(judged))


def settle(
    db: Connection,
    scope: Scope,
    import_id: int,
    at: int,
    school_id: int,
    now: datetime,
    *,
    labels: tuple[str, ...] = (),
) -> Answer:
    """Say which school the wording of a refused row means, for all rows worded so.

    It counts from the next comparison (`entries_again`): the rows are judged anew. `labels` are
    other wordings of the same school (`unknown.Unknown`).
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Answer.NOT_OPEN
    stored = _stored(db, import_id, at)
    if stored is None or stored.reason not in wordings.UNCLEAR:
        return Answer.NOT_DOUBTFUL
    if not _open_here(db, scope, school_id):
        return Answer.IMPOSSIBLE
    words = (wordings.label_of(stored.entry), *labels)
    settled = found.settled | dict.fromkeys(words, school_id)
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


# As many ids as one statement takes on any database.
CHUNK = 500
# Verdicts by which a row is somebody.
_TAKES = (Verdict.CHANGED, Verdict.MOVED, Verdict.UNCHANGED, Verdict.GONE)
_RESTAGED = (
    update(RosterRow)
    .where(RosterRow.import_id == bindparam("of_import"), RosterRow.at == bindparam("of_row"))
    .values({name: bindparam(name) for name in ("verdict", "person_id", "changed", "remarks")})
)
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


def _judge_all(
    db: Connection, scope: Scope, import_id: int, stored: Sequence[Any], choice: Choice
) -> list[tuple[int, Judged]]:
    """The rows that can be judged so, with their places."""
    chosen = {one.at: _single(one, choice) for one in stored}
    known = _people(db, scope, sorted({each for each in chosen.values() if each is not None}))
    taken = _taken(db, import_id, known) if choice is Choice.SAME else set[int]()
    judged: list[tuple[int, Judged]] = []
    for one in stored:
        row, person_id = _restored(one), chosen[one.at]
        who = known.get(person_id or 0)
        if choice is Choice.SKIP:
            row.verdict, row.before, row.after = Verdict.SKIPPED, None, None
        elif choice is Choice.NEW and row.entry:
            comparison.add(row)
        elif choice is Choice.SAME and row.entry and who and who.id not in taken:
            comparison.update(row, who, scope.day)
            taken.add(who.id)
        elif choice is Choice.GONE and row.entry is None and who:
            comparison.leave(row, who, scope.day)
        else:
            continue
        row.reason = one.reason
        judged.append((one.at, row))
    return judged


def _single(stored: Any, choice: Choice) -> int | None:
    """The one person a choice can mean for a row."""
    if choice is Choice.GONE:
        return stored.person_id
    offered = [one[1] for one in stored.offers if one[0] == "person"]
    return offered[0] if len(offered) == 1 and choice is Choice.SAME else None


def _people(db: Connection, scope: Scope, ids: Sequence[int]) -> dict[int, Known]:
    """Those of these people who are on the list of a school in the officer's area."""
    found: dict[int, Known] = {}
    for start in range(0, len(ids), CHUNK):
        rows = db.execute(_listed().where(Person.id.in_(ids[start : start + CHUNK])))
        found |= {row.id: Known(*row[:-1]) for row in rows if scope.covers(row.path)}
    return found


def _taken(db: Connection, import_id: int, people: Collection[int]) -> set[int]:
    """Those of these people whom another row is already."""
    ids, taken = sorted(people), set[int]()
    for start in range(0, len(ids), CHUNK):
        rows = select(RosterRow.person_id).where(
            RosterRow.import_id == import_id,
            RosterRow.person_id.in_(ids[start : start + CHUNK]),
            RosterRow.verdict.in_(_TAKES),
        )
        taken |= {each for each in db.execute(rows).scalars() if each is not None}
    return taken


def _restage_all(db: Connection, import_id: int, judged: Sequence[tuple[int, Judged]]) -> None:
    for at, row in judged:
        db.execute(
            _RESTAGED,
            {
                "of_import": import_id, "of_row": at, "verdict": row.verdict,
                "person_id": row.person_id, "changed": list(row.changed),
                "remarks": list(row.entry.remarks) if row.entry else [],
            },
        )  # fmt: skip
    places = [at for at, _ in judged]
    for start in range(0, len(places), CHUNK):
        of_rows = RosterState.at.in_(places[start : start + CHUNK])
        db.execute(delete(RosterState).where(RosterState.import_id == import_id, of_rows))
    states = [one for at, row in judged for one in staging.states_of(import_id, at, row)]
    if states:
        db.execute(insert(RosterState), states)


def _leave(db: Connection, scope: Scope, row: Judged) -> Answer:
    one = _person(db, scope, row.person_id)
    if one is None:
        return Answer.IMPOSSIBLE
    comparison.leave(row, one, scope.day)
    return Answer.TAKEN


def _person(db: Connection, scope: Scope, person_id: int | None) -> Known | None:
    """Somebody on the list of a school in the officer's area."""
    row = db.execute(_listed().where(Person.id == person_id)).one_or_none()
    return Known(*row[:-1]) if row and scope.covers(row.path) else None


def _listed() -> Select[*tuple[Any, ...]]:
    return (
        matching.PEOPLE.add_columns(Unit.path)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
    )


def _another_row(db: Connection, stored: Any, person_id: int) -> bool:
    other = select(RosterRow.at).where(
        RosterRow.import_id == stored.import_id,
        RosterRow.at != stored.at,
        RosterRow.person_id == person_id,
        RosterRow.verdict.in_(_TAKES),
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
