"""Rosters on their way in: staged in pieces, shown, judged where judgment is needed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, delete, func, insert, select, update

from storage import audit
from storage.models import (
    ImportKind,
    ImportState,
    PastCourse,
    PastRow,
    Person,
    RosterImport,
    RosterRow,
    RosterState,
    Side,
    Unit,
    Verdict,
)
from storage.rosters import comparison, wordings
from storage.rosters.prepared import prepare, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Select, Table

    from storage.rosters.comparison import Judged
    from storage.rosters.entries import Entry, Skipped
    from storage.rosters.prepared import Prepared
    from storage.scopes import Scope

# Rows written in one turn, a few milliseconds: others wait for no more than these.
PIECE = 250
ROWS = cast("Table", RosterRow.__table__)
STATES = cast("Table", RosterState.__table__)
BASIS = select(
    select(func.coalesce(func.max(Person.id), 0)).scalar_subquery(),
    select(
        func.count(RosterImport.written_at) + func.count(RosterImport.undone_at)
    ).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What was known when rows were compared: the newest person, the imports written or undone."""

    newest_person_id: int
    generation: int


@dataclass(frozen=True, slots=True)
class Import:
    """One roster as an officer sees it."""

    id: int
    actor_id: int | None
    file_name: str
    digest: str
    state: ImportState
    settled: dict[str, Any]
    figures: dict[str, Any]
    created_at: datetime
    written_at: datetime | None
    undone_at: datetime | None
    kind: ImportKind


_FIELDS = (
    RosterImport.id, RosterImport.actor_id, RosterImport.file_name, RosterImport.digest,
    RosterImport.state, RosterImport.settled, RosterImport.figures, RosterImport.created_at,
    RosterImport.written_at, RosterImport.undone_at, RosterImport.kind,
)  # fmt: skip
IMPORT: Select[*tuple[Any, ...]] = (
    select(*_FIELDS, func.coalesce(Unit.path, "").label("path"))
    .outerjoin(Unit, Unit.id == RosterImport.unit_id)
    .where(RosterImport.id == bindparam("import_id"))
)


def basis(db: Connection) -> Basis:
    """What a comparison rests on; asked in the same reading as the people it compares with."""
    return Basis(*db.execute(BASIS).one())


def begin(
    db: Connection,
    scope: Scope,
    *,
    file_name: str,
    digest: str,
    on: Basis,
    now: datetime,
    settled: dict[str, int] | None = None,
    kind: ImportKind = ImportKind.ROSTER,
) -> int:
    """Open an import for the officer; returns its id. `settled` is known of its wordings."""
    return db.execute(
        insert(RosterImport)
        .values(
            actor_id=scope.actor_id, unit_id=scope.reaches[0].unit_id or None,
            file_name=file_name[:200], digest=digest, state=ImportState.STAGING, day=scope.day,
            newest_person_id=on.newest_person_id, generation=on.generation, settled=settled or {},
            figures={}, created_at=now, kind=kind,
        )
        .returning(RosterImport.id)
    ).scalar_one()  # fmt: skip


def get(db: Connection, scope: Scope, import_id: int) -> Import | None:
    """The import where it is the officer's own or of a unit they cover; None for any other."""
    row = db.execute(IMPORT, {"import_id": import_id}).one_or_none()
    if row is None:
        return None
    own = row.actor_id is not None and row.actor_id == scope.actor_id
    covered = scope.covers(row.path) if row.path else scope.provincial
    return Import(*row[:-1]) if own or covered else None


def held(db: Connection, scope: Scope, import_id: int) -> Import | None:
    """The same, with the import locked until the turn ends."""
    mine = select(RosterImport.id).where(RosterImport.id == import_id)
    db.execute(mine.with_for_update())
    return get(db, scope, import_id)


def pieces(judged: Sequence[Judged], size: int = PIECE) -> Iterator[tuple[int, Sequence[Judged]]]:
    """The verdicts in pieces, each with its place: one turn for each keeps conversations going."""
    for start in range(0, len(judged), size):
        yield start, judged[start : start + size]


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of an import, ready to be written: those from place `first` to `last`."""

    import_id: int
    first: int
    last: int
    rows: Prepared
    states: Prepared


def piece(dialect: Dialect, import_id: int, start: int, judged: Sequence[Judged]) -> Piece:
    """Make one piece ready; no transaction needs to be open for that."""
    rows = [_row(import_id, at, row) for at, row in enumerate(judged, start)]
    states = [one for at, row in enumerate(judged, start) for one in states_of(import_id, at, row)]
    return Piece(
        import_id, start, start + len(judged) - 1,
        prepare(dialect, ROWS, rows), prepare(dialect, STATES, states),
    )  # fmt: skip


def put(db: Connection, made: Piece) -> None:
    """Write one piece; the same piece written again replaces itself."""
    of_piece = (
        RosterRow.import_id == made.import_id,
        RosterRow.at.between(made.first, made.last),
    )
    if db.execute(select(RosterRow.at).where(*of_piece).limit(1)).first():
        _clear(db, made.import_id, made.first, made.last)
    write(db, made.rows)
    write(db, made.states)


def stage(db: Connection, import_id: int, start: int, judged: Sequence[Judged]) -> None:
    """Make one piece ready and write it."""
    put(db, piece(db.dialect, import_id, start, judged))


def ready(
    db: Connection, import_id: int, judged: Sequence[Judged], skipped: Skipped, total: int
) -> None:
    """All pieces are there: the difference can be shown, judged and written.

    Raises RuntimeError where pieces are missing; a killed import stays unwritable.
    """
    there = db.execute(select(func.count()).where(RosterRow.import_id == import_id)).scalar_one()
    if there != len(judged):
        raise RuntimeError("a piece of the roster is missing")
    figures = count(judged) | {"lines": total, "no rows": asdict(skipped)}
    db.execute(
        update(RosterImport)
        .where(RosterImport.id == import_id, RosterImport.state == ImportState.STAGING)
        .values(state=ImportState.READY, figures=figures)
    )


def count(judged: Sequence[Judged]) -> dict[str, Any]:
    """How many rows of each verdict, reason and remark, and how many changes of each field.

    `places` are the wordings of schools and communes that were not understood.
    """
    verdicts = Counter(str(row.verdict) for row in judged)
    reasons = Counter(row.reason for row in judged if row.reason)
    remarks = Counter(str(one) for row in judged if row.entry for one in row.entry.remarks)
    changed = Counter(
        name for row in judged if row.verdict in (Verdict.CHANGED, Verdict.MOVED)
        for name in row.changed
    )  # fmt: skip
    return {
        "verdicts": dict(verdicts), "reasons": {str(key): n for key, n in reasons.items()},
        "remarks": dict(remarks), "changed": dict(changed), "places": wordings.unclear(judged),
    }  # fmt: skip


def rows(
    db: Connection,
    scope: Scope,
    import_id: int,
    *,
    verdict: Verdict | None = None,
    after: int = -1,
    limit: int | None = None,
) -> list[Any]:
    """Rows of an import the officer may see, in their order, those behind the place `after`.

    Each has the columns of `RosterRow`. None at all where the import is not theirs.
    """
    if get(db, scope, import_id) is None:
        return []
    found = (
        select(RosterRow.__table__)
        .where(RosterRow.import_id == import_id, RosterRow.at > after)
        .order_by(RosterRow.at)
        .limit(limit)
    )
    if verdict is not None:
        found = found.where(RosterRow.verdict == verdict)
    return list(db.execute(found).all())


def discard(db: Connection, scope: Scope, import_id: int, now: datetime) -> bool:
    """Throw away an import that was not written; False where it cannot be.

    Its rows, which may be many, go with the next sweep (`intake_work.sweep`).
    """
    found = held(db, scope, import_id)
    if found is None or found.state not in (ImportState.STAGING, ImportState.READY):
        return False
    db.execute(
        update(RosterImport).where(RosterImport.id == import_id).values(state=ImportState.DISCARDED)
    )
    audit.note(
        db, actor_id=scope.actor_id, action="roster discarded", subject="roster",
        subject_id=import_id, unit_id=scope.reaches[0].unit_id or None, now=now,
    )  # fmt: skip
    return True


def forget(db: Connection, before: datetime, limit: int | None = None) -> int:
    """Forget what stood in files that came before a moment; the figures stay. Returns how many.

    With a limit, of at most so many files.

    What is forgotten cannot be undone any more.
    """
    old = list(
        db.execute(
            select(RosterImport.id)
            .where(
                RosterImport.created_at < before, RosterImport.id.in_(select(RosterRow.import_id))
            )
            .limit(limit)
        ).scalars()
    )
    for import_id in old:
        _clear(db, import_id)
        for table in (PastRow, PastCourse):
            db.execute(delete(table).where(table.import_id == import_id))
        db.execute(
            update(RosterImport)
            .where(
                RosterImport.id == import_id,
                RosterImport.state.in_((ImportState.STAGING, ImportState.READY)),
            )
            .values(state=ImportState.DISCARDED)
        )
    return len(old)


def states_of(import_id: int, at: int, row: Judged) -> list[dict[str, Any]]:
    """What is kept of a person on both sides of a row that writes something."""
    if row.verdict not in (Verdict.NEW, Verdict.CHANGED, Verdict.MOVED, Verdict.GONE):
        return []
    after = comparison.added(row) if row.verdict is Verdict.NEW else row.after
    sides = ((Side.BEFORE, row.before), (Side.AFTER, after))
    return [
        {"import_id": import_id, "at": at, "side": side, "person_id": row.person_id, **fields}
        for side, fields in sides
        if fields is not None
    ]


def _clear(db: Connection, import_id: int, first: int = 0, last: int | None = None) -> None:
    for table in (RosterState, RosterRow):
        gone = delete(table).where(table.import_id == import_id, table.at >= first)
        db.execute(gone if last is None else gone.where(table.at <= last))


def _row(import_id: int, at: int, row: Judged) -> dict[str, Any]:
    entry = row.entry
    return {
        "import_id": import_id, "at": at, "sheet": entry.sheet if entry else "",
        "line": entry.line if entry else 0, "verdict": row.verdict, "reason": str(row.reason),
        "person_id": row.person_id, "school_id": row.school_id, "twin": list(row.twin or ()),
        "offers": [[one.kind, one.id, one.name] for one in row.offers],
        "changed": list(row.changed), "remarks": list(entry.remarks) if entry else [],
        "cells": entry.cells if entry else {}, "entry": packed(entry) if entry else {},
    }  # fmt: skip


# What `Entry` says of itself, but for what has a column of its own.
_PACKED = (
    "full_name", "birth_year", "position", "qualification", "rating", "rating_year", "core",
    "core_year", "phone", "external_id", "school", "commune", "district", "places", "fault",
)  # fmt: skip


def packed(entry: Entry) -> dict[str, Any]:
    """An entry as it is kept; what is empty is left out."""
    return {name: value for name in _PACKED if (value := getattr(entry, name))}
