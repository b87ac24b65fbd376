"""What the rows of one change of units mean, looked up and checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from sqlalchemy import or_, select

from storage import units
from storage.models import ChangeKind, School, Unit, UnitKind
from storage.reform_steps import Fault, Faulty
from storage.spelling import fold
from storage.unit_words import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from storage.reform_steps import Step

T = TypeVar("T")

# Followed by one unit on the same land, which is always a new one.
ALONE = (ChangeKind.RENAME, ChangeKind.REPARENT)


@dataclass(frozen=True, slots=True)
class Plan:
    """A change in which everything is known: (unit, step) pairs, and schools by their step."""

    sources: tuple[tuple[Any, Step], ...]
    targets: tuple[tuple[int | None, Step], ...]  # None: to be made
    parent: Any | None  # of what is made
    schools: Mapping[int, int]  # of a split: school -> which of `targets`


def of(db: Connection, group: Sequence[Step], today: date, awaited: Collection[str]) -> Plan:
    """What a group of rows asks for.

    `awaited` are folded names of units that an earlier change would have made, had it been right.

    Raises:
        Faulty: it cannot be; without any fault where it only waits for such a unit.
    """
    _fitting(group, today)
    sources = _sources(db, group, today, awaited)
    heads = group if group[0].kind is ChangeKind.SPLIT else group[:1]
    found = _each(heads, lambda step: _target(db, sources, step, today, awaited))
    targets = list(zip(found, heads, strict=True))
    parent = _parent(db, sources, group[0], today, awaited)
    schools = _assigned(db, sources[0][0], targets) if len(targets) > 1 else {}
    return Plan(tuple(sources), tuple(targets), parent, schools)


def _fitting(group: Sequence[Step], today: date) -> None:
    first = group[0]
    if first.day > today:
        _refuse(first.row, f"{first.day} is still to come: bring the file in on that day")
    if first.kind is ChangeKind.SPLIT and len(group) == 1:
        _refuse(first.row, "a split has a row for each part, and there is only one")
    if first.kind in ALONE and len(group) > 1:
        _refuse(group[1].row, f"{first.source} cannot be followed twice by a {first.kind}")
    names = [fold(step.source if first.kind is ChangeKind.MERGE else step.target) for step in group]
    for step, name in zip(group, names, strict=True):
        if names.count(name) > 1:
            _refuse(step.row, "this step stands in the file twice")


def _sources(
    db: Connection, group: Sequence[Step], today: date, awaited: Collection[str]
) -> list[tuple[Any, Step]]:
    heads = group if group[0].kind is ChangeKind.MERGE else group[:1]
    there = _each(heads, lambda step: _living(db, step.row, step.source, today, awaited))
    found = list(zip(there, heads, strict=True))
    for unit, step in found:
        if unit.valid_from and unit.valid_from >= step.day:
            _refuse(step.row, f"{unit.name} began on {unit.valid_from}, not before {step.day}")
        if unit.kind is not found[0][0].kind:
            _refuse(step.row, f"{unit.name} and {found[0][0].name} are not of one level")
        if step.kind is ChangeKind.SPLIT and children(db, unit.id, step.day):
            _refuse(step.row, f"there are units below {unit.name}: put them elsewhere first")
    return found


def _living(db: Connection, row: int, name: str, today: date, awaited: Collection[str]) -> Any:
    """The one unit of today with a name, not a district; its row in `units`."""
    found = [one for one in units.named(db, name, today) if not one.near and not one.former]
    exact = [one for one in found if fold(one.name) == fold(name)] or found
    fitting = [one for one in exact if one.kind is not UnitKind.DISTRICT]
    if len(fitting) > 1:
        offered = ", ".join(f"{one.name} ({one.parent})" for one in fitting)
        _refuse(row, f'"{name}" may be {offered}')
    if not fitting:
        if fold(name) in awaited:
            raise Faulty([])
        _refuse(row, f'no unit of today is called "{name}"; a new one needs a code')
    return db.execute(select(Unit).where(Unit.id == fitting[0].id)).one()


def _parent(
    db: Connection,
    sources: Sequence[tuple[Any, Step]],
    step: Step,
    today: date,
    awaited: Collection[str],
) -> Any | None:
    if step.parent:
        parent = _living(db, step.row, step.parent, today, awaited)
        if parent.kind is sources[0][0].kind or parent.kind is UnitKind.COMMUNE:
            _refuse(step.row, f"{parent.name} cannot be the unit above")
        return parent
    above = {unit.parent_id for unit, _ in sources}
    if len(above) > 1:
        _refuse(step.row, "the units lie below different ones: say the parent of the new one")
    parent_id = above.pop()
    found = select(Unit).where(Unit.id == parent_id)
    return db.execute(found).one_or_none() if parent_id else None


def _target(
    db: Connection,
    sources: Sequence[tuple[Any, Step]],
    step: Step,
    today: date,
    awaited: Collection[str],
) -> int | None:
    """The unit of today that a step leads to; None where one is to be made."""
    if step.code or step.kind in ALONE:
        if not any(step.target.startswith(f"{word} ") for word in OFFICIAL):
            _refuse(step.row, f'"{step.target}" is no full name: write it like "Xã {step.target}"')
        return None
    found = _living(db, step.row, step.target, today, awaited)
    if found.kind is not sources[0][0].kind:
        _refuse(step.row, f"{found.name} is not of the level of {sources[0][0].name}")
    if found.valid_from and found.valid_from > step.day:
        _refuse(step.row, f"{found.name} began on {found.valid_from}, after {step.day}")
    if step.kind is ChangeKind.MERGE and found.id in {unit.id for unit, _ in sources}:
        _refuse(step.row, f"{found.name} cannot become itself: leave that row out")
    return found.id


def _assigned(
    db: Connection, source: Any, targets: Sequence[tuple[int | None, Step]]
) -> dict[int, int]:
    """Which part each school of a unit goes to; refused where one is left out or said twice."""
    rows = db.execute(
        select(School.id, School.name).where(School.unit_id == source.id).order_by(School.id)
    ).all()
    assigned: dict[int, int] = {}
    for at, (_, step) in enumerate(targets):
        for name in step.schools:
            mine = [row for row in rows if name == str(row.id) or fold(name) == fold(row.name)]
            if len(mine) != 1:
                why = "several schools" if mine else "no school"
                _refuse(step.row, f'{why} of {source.name} is called "{name}"; write its number')
            if assigned.setdefault(mine[0].id, at) != at:
                _refuse(step.row, f"{mine[0].name} goes to two parts")
    if left := [f"{row.name} ({row.id})" for row in rows if row.id not in assigned]:
        _refuse(targets[0][1].row, f"say to which part these schools go: {', '.join(left)}")
    return assigned


def _each(steps: Sequence[Step], look: Callable[[Step], T]) -> list[T]:
    """What is found for each step; raises Faulty with the faults of all of them."""
    found: list[T] = []
    faults: list[Fault] = []
    for step in steps:
        try:
            found.append(look(step))
        except Faulty as refused:
            faults += refused.faults
    if len(found) < len(steps):
        raise Faulty(faults)
    return found


def _refuse(row: int, reason: str) -> NoReturn:
    raise Faulty([Fault(row, reason)])


def children(db: Connection, unit_id: int, day: date) -> Sequence[Any]:
    """Rows of the units right below one, as they were the day before, by their ids."""
    lives = (
        or_(Unit.valid_to.is_(None), Unit.valid_to >= day),
        # What followed in the same file is below it already.
        or_(Unit.valid_from.is_(None), Unit.valid_from < day),
    )
    found = select(Unit).where(Unit.parent_id == unit_id, *lives).order_by(Unit.id)
    return db.execute(found).all()
