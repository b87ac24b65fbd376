"""Later reforms of units: merged, split, renamed, put below another unit; by a file of steps.

What a unit was stays as it was: it gets a last day, and what follows it is another unit, with a
step between them (`UnitChange`). Schools move with `unit_id`, where they lay before is kept in
`school_places`, and `old_unit_id` is never touched: figures by former district stay what they were.
What else goes along is said in `storage.reform_moves`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from storage import audit, reform_moves, reform_plans, reform_steps
from storage.figures import places, settling
from storage.models import ChangeKind, School, SchoolPlace, Unit, UnitAlias, UnitChange
from storage.reform_steps import Fault, Faulty
from storage.spelling import clean, fold
from storage.unit_words import bare, key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.reform_plans import Plan
    from storage.reform_steps import Step

ONE_DAY: Final = timedelta(days=1)
# Ids up to this one are given by the files that are shipped, in every database the same.
BEYOND: Final = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """One change that was made: units before and after, and how much went along."""

    kind: ChangeKind
    day: date
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    schools: int
    rights: int


def apply(db: Connection, steps: Iterable[Step], now: datetime) -> list[Change]:
    """Make all the changes of a file, in the order of their days.

    Figures follow at the end of the turn.

    Raises:
        Faulty: with every row that cannot be; the caller's turn is then to be rolled back.
    """
    changes: list[Change] = []
    faults: list[Fault] = []
    awaited: set[str] = set()
    for group in reform_steps.groups(steps):
        try:
            changes.append(_carried_out(db, reform_plans.of(db, group, now.date(), awaited), now))
        except Faulty as refused:
            faults += refused.faults
            # What a change would have made is missed by later ones: that is no fault of theirs.
            awaited |= {fold(step.target) for step in group}
    if faults or awaited:
        raise Faulty(faults)
    settling.everything(db)
    return changes


def _carried_out(db: Connection, plan: Plan, now: datetime) -> Change:
    first = plan.targets[0][1]
    sole = plan.sources[0][0] if len(plan.sources) == 1 else None
    targets = [
        unit_id or _made(db, step, plan.parent, plan.sources[0][0], sole)
        for unit_id, step in plan.targets
    ]
    schools = rights = 0
    for unit, step in plan.sources:
        if len(targets) > 1:
            schools += _split(db, plan.schools, targets, unit, step.day)
        else:
            schools += _all_schools(db, unit, targets[0], step.day)
        rights += _ended(db, unit, targets, step, now)
    return Change(
        first.kind, first.day, tuple(unit.name for unit, _ in plan.sources),
        tuple(_name(db, each) for each in targets), schools, rights,
    )  # fmt: skip


def _made(db: Connection, step: Step, parent: Any | None, like: Any, sole: Any | None) -> int:
    """A new unit; one that follows another alone on the same land keeps its place on the map."""
    whole = sole if step.kind in (ChangeKind.RENAME, ChangeKind.REPARENT) else None
    name = whole.name if whole and step.kind is ChangeKind.REPARENT else clean(step.target)
    return _written(
        db, parent, step.day, code=step.code or like.code, name=name, kind=like.kind,
        latitude=whole.latitude if whole else None, longitude=whole.longitude if whole else None,
    )  # fmt: skip


def _written(db: Connection, parent: Any | None, day: date, **values: Any) -> int:
    newest = db.execute(select(func.max(Unit.id))).scalar_one()
    unit_id = max(newest, BEYOND) + 1
    db.execute(
        insert(Unit).values(
            **values, id=unit_id, parent_id=parent.id if parent else None, valid_from=day,
            path=f"{parent.path if parent else '/'}{unit_id}/",
        )
    )  # fmt: skip
    names = {"unit_id": unit_id, "folded": key(bare(values["name"]))}
    db.execute(insert(UnitAlias).values(names))
    return unit_id


def _ended(db: Connection, unit: Any, targets: Sequence[int], step: Step, now: datetime) -> int:
    """End a unit for what follows it, with all below it; how many rights of officers went along."""
    for target in targets:
        if target != unit.id:
            _step(db, unit.id, target, step.kind, step.day, step.legal_basis)
    if unit.id not in targets:
        last = step.day - ONE_DAY
        db.execute(update(Unit).where(Unit.id == unit.id).values(valid_to=last))
    rights = reform_moves.follow(db, unit.id, targets, step.day, now)
    audit.note(
        db, actor_id=None, action=f"unit {step.kind}", subject="unit", subject_id=unit.id,
        unit_id=targets[0], now=now, day=step.day.isoformat(),
    )  # fmt: skip
    if step.kind is ChangeKind.REPARENT:
        _same_names(db, unit.id, targets[0])
    return rights + sum(
        _below(db, child, targets[0], step, now)
        for child in reform_plans.children(db, unit.id, step.day)
    )


def _below(db: Connection, child: Any, above_id: int, step: Step, now: datetime) -> int:
    """A unit below one that ended goes on below what followed that, and so does all below it."""
    parent = db.execute(select(Unit).where(Unit.id == above_id)).one()
    target = _written(
        db, parent, step.day, code=child.code, name=child.name, kind=child.kind,
        latitude=child.latitude, longitude=child.longitude,
    )  # fmt: skip
    _all_schools(db, child, target, step.day)
    moved = reform_steps.Step(
        step.row, ChangeKind.REPARENT, step.day, child.name, child.name, child.code, "",
        step.legal_basis, (),
    )  # fmt: skip
    return _ended(db, child, [target], moved, now)


def _same_names(db: Connection, unit_id: int, target_id: int) -> None:
    mine = select(UnitAlias.folded).where(UnitAlias.unit_id == unit_id)
    theirs = select(UnitAlias.folded).where(UnitAlias.unit_id == target_id)
    missing = set(db.execute(mine).scalars()) - set(db.execute(theirs).scalars())
    for folded in sorted(missing):
        db.execute(insert(UnitAlias).values(unit_id=target_id, folded=folded))


def _step(
    db: Connection, from_id: int, to_id: int, kind: ChangeKind, day: date, basis: str
) -> None:
    values = {"from_id": from_id, "to_id": to_id, "kind": kind, "day": day, "legal_basis": basis}
    db.execute(insert(UnitChange).values(values))


def _all_schools(db: Connection, unit: Any, target_id: int, day: date) -> int:
    here = db.execute(select(School.id).where(School.unit_id == unit.id)).scalars().all()
    _moved(db, here, target_id, day)
    return len(here)


def _split(
    db: Connection, assigned: Mapping[int, int], targets: Sequence[int], unit: Any, day: date
) -> int:
    for at, target_id in enumerate(targets):
        if target_id != unit.id:
            _moved(db, [school for school, part in assigned.items() if part == at], target_id, day)
    return len(assigned)


def _moved(db: Connection, school_ids: Sequence[int], target_id: int, day: date) -> None:
    """Let schools lie in another unit from a day on, which may be past."""
    if not school_ids:
        return
    # Where nobody has noted yet where they lie, that is noted first, as of today.
    places.keep(db, school_ids, day)
    later = (SchoolPlace.school_id.in_(school_ids), SchoolPlace.first_day >= day)
    db.execute(delete(SchoolPlace).where(*later))
    db.execute(
        insert(SchoolPlace),
        [{"school_id": each, "first_day": day, "unit_id": target_id} for each in school_ids],
    )
    db.execute(update(School).where(School.id.in_(school_ids)).values(unit_id=target_id))


def _name(db: Connection, unit_id: int) -> str:
    return db.execute(select(Unit.name).where(Unit.id == unit_id)).scalar_one()
