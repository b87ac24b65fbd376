"""What a waiting or written import says, as an officer turns through it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, or_, select

from storage.models import (
    ImportState,
    Person,
    RosterImport,
    RosterRow,
    RosterState,
    School,
    Side,
    Unit,
    Verdict,
)
from storage.rosters import staging
from storage.rosters.comparison import Doubt
from storage.rosters.directory import Offer
from storage.rosters.matching import FIELDS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows as they are judged now: by verdict, the doubtful and the refused by reason as well.

    `missing` are the people of listed schools who are in no row, `judged_gone` those an officer
    said have left.
    """

    verdicts: dict[Verdict, int]
    doubts: dict[Doubt, int]
    refusals: dict[str, int]
    missing: int
    judged_gone: int

    def of(self, verdict: Verdict) -> int:
        """How many rows have a verdict."""
        return self.verdicts.get(verdict, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """One row with its verdict. `name` and `school` are as known, else as written.

    `sheet` is "" and `line` 0 for somebody who is in no row. `changed` are the fields that differ,
    `before` and `after` all fields of the person on both sides, {} where nothing is written.
    """

    at: int
    sheet: str
    line: int
    verdict: Verdict
    reason: str
    name: str
    school: str
    person_id: int | None
    changed: tuple[str, ...]
    offers: tuple[Offer, ...]
    remarks: tuple[str, ...]
    cells: dict[str, str]
    entry: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def doubted(self) -> bool:
        """True where somebody has to judge it, or has."""
        return self.reason in tuple(Doubt)


@dataclass(frozen=True, slots=True)
class Recent:
    """An import of an office, and who brought it."""

    id: int
    file_name: str
    state: ImportState
    by: str
    created_at: datetime
    written_at: datetime | None
    undone_at: datetime | None


def counts(db: Connection, scope: Scope, import_id: int) -> Counts | None:
    """How the rows are judged now; None where the import is not the officer's."""
    if staging.get(db, scope, import_id) is None:
        return None
    rows = db.execute(
        select(RosterRow.verdict, RosterRow.reason, func.count())
        .where(RosterRow.import_id == import_id)
        .group_by(RosterRow.verdict, RosterRow.reason)
    ).all()
    verdicts: dict[Verdict, int] = {}
    for verdict, _reason, count in rows:
        verdicts[verdict] = verdicts.get(verdict, 0) + count
    gone = {reason: count for verdict, reason, count in rows if verdict is Verdict.GONE}
    missing = gone.pop("", 0)
    return Counts(
        verdicts,
        {Doubt(reason): count for verdict, reason, count in rows if verdict is Verdict.DOUBTFUL},
        {reason: count for verdict, reason, count in rows if verdict is Verdict.REFUSED},
        missing,
        sum(gone.values()),
    )


_ROW = (
    RosterRow.at, RosterRow.sheet, RosterRow.line, RosterRow.verdict, RosterRow.reason,
    RosterRow.person_id, RosterRow.changed, RosterRow.offers, RosterRow.remarks, RosterRow.cells,
    RosterRow.entry, Person.full_name, School.name.label("school"),
)  # fmt: skip


def _rows(import_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(*_ROW)
        .outerjoin(Person, Person.id == RosterRow.person_id)
        .outerjoin(School, School.id == RosterRow.school_id)
        .where(RosterRow.import_id == import_id)
        .order_by(RosterRow.at)
    )


def lines(
    db: Connection,
    scope: Scope,
    import_id: int,
    verdict: Verdict,
    *,
    reason: str | None = None,
    start: int = 0,
    limit: int = 8,
) -> list[Line]:
    """Rows of a verdict (and reason) in their order, without both sides of the person."""
    if staging.get(db, scope, import_id) is None:
        return []
    found = _rows(import_id).where(RosterRow.verdict == verdict).offset(start).limit(limit)
    if reason is not None:
        found = found.where(RosterRow.reason == reason)
    return [_line(row, {}) for row in db.execute(found)]


def line(db: Connection, scope: Scope, import_id: int, at: int) -> Line | None:
    """One row with both sides of the person; None where there is none the officer may see."""
    if staging.get(db, scope, import_id) is None:
        return None
    row = db.execute(_rows(import_id).where(RosterRow.at == at)).one_or_none()
    if row is None:
        return None
    sides = select(RosterState.side, *(getattr(RosterState, name) for name in FIELDS)).where(
        RosterState.import_id == import_id, RosterState.at == at
    )
    return _line(row, {one.side: dict(zip(FIELDS, one[1:], strict=True))
                       for one in db.execute(sides)})  # fmt: skip


def next_doubt(
    db: Connection, scope: Scope, import_id: int, doubt: Doubt, after: int = -1
) -> int | None:
    """The place of the next row that is doubtful for a reason, from the beginning at the end."""
    if staging.get(db, scope, import_id) is None:
        return None
    found = (
        select(RosterRow.at)
        .where(
            RosterRow.import_id == import_id,
            RosterRow.verdict == Verdict.DOUBTFUL,
            RosterRow.reason == doubt,
        )
        .order_by(RosterRow.at <= after, RosterRow.at)
    )
    return db.execute(found.limit(1)).scalar()


def single_offers(db: Connection, scope: Scope, import_id: int, doubt: Doubt) -> bool:
    """True where a doubtful row of this kind offers exactly one person it may be."""
    if staging.get(db, scope, import_id) is None:
        return False
    found = select(RosterRow.offers).where(
        RosterRow.import_id == import_id,
        RosterRow.verdict == Verdict.DOUBTFUL,
        RosterRow.reason == doubt,
    )
    return any(
        sum(one[0] == "person" for one in offers) == 1
        for offers in db.execute(found.limit(200)).scalars()
    )


def names(
    db: Connection, scope: Scope, import_id: int, people: tuple[int, ...], limit: int = 5
) -> list[str]:
    """Full names of people an import is about, as they are known now."""
    if staging.get(db, scope, import_id) is None:
        return []
    of_it = select(RosterState.person_id).where(RosterState.import_id == import_id)
    found = select(Person.full_name).where(Person.id.in_(people[:limit]), Person.id.in_(of_it))
    return list(db.execute(found.order_by(Person.sort_key)).scalars())


def successor(db: Connection, scope: Scope, import_id: int) -> int | None:
    """The import of the same file, compared anew, that waits in the place of a discarded one."""
    old = staging.get(db, scope, import_id)
    if old is None or old.state is not ImportState.DISCARDED:
        return None
    newer = db.execute(
        select(RosterImport.id)
        .where(
            RosterImport.id > old.id,
            RosterImport.digest == old.digest,
            RosterImport.actor_id == old.actor_id,
            RosterImport.state.in_((ImportState.READY, ImportState.WRITTEN)),
        )
        .order_by(RosterImport.id.desc())
        .limit(1)
    ).scalar()
    # Nobody is told of an import that is not theirs, even where it holds the same file.
    return newer if newer and staging.get(db, scope, newer) else None


def recent(db: Connection, scope: Scope, *, limit: int = 30) -> list[Recent]:
    """Lists of the officer and of their units that wait or were written, the newest first."""
    states = (ImportState.READY, ImportState.WRITTEN, ImportState.UNDONE)
    whole = RosterImport.unit_id.is_(None) if scope.provincial else literal(value=False)
    theirs = or_(
        RosterImport.actor_id == (scope.actor_id or -1), scope.where(Unit.path.expression), whole
    )
    rows = db.execute(
        select(
            RosterImport.id, RosterImport.file_name, RosterImport.state,
            func.coalesce(Person.full_name, ""), RosterImport.created_at,
            RosterImport.written_at, RosterImport.undone_at,
        )
        .outerjoin(Unit, Unit.id == RosterImport.unit_id)
        .outerjoin(Person, Person.id == RosterImport.actor_id)
        .where(RosterImport.state.in_(states), theirs)
        .order_by(RosterImport.id.desc())
        .limit(limit)
    )  # fmt: skip
    return [Recent(*row) for row in rows]


def _line(row: Any, sides: dict[Side, dict[str, Any]]) -> Line:
    entry: dict[str, Any] = row.entry
    offers = tuple(Offer(*one) for one in row.offers)
    return Line(
        row.at, row.sheet, row.line, row.verdict, row.reason,
        entry.get("full_name", "") or row.full_name or row.cells.get("name", ""),
        row.school or entry.get("school", ""), row.person_id, tuple(row.changed), offers,
        tuple(row.remarks), row.cells, entry, sides.get(Side.BEFORE, {}),
        sides.get(Side.AFTER, {}),
    )  # fmt: skip
