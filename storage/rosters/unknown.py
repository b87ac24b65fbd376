"""Schools a waiting import names and nobody knows: to be opened, or said to be known ones."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage import audit, school_register, schools, spelling, unit_words, units
from storage.models import (
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    Ownership,
    RosterImport,
    School,
    Unit,
    UnitKind,
)
from storage.rosters import school_words, staging
from storage.rosters.directory import UNKNOWN, Offer, PlaceTrouble, label, unit_label
from storage.school_register import Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.models import SchoolType
    from storage.rosters.staging import Import
    from storage.scopes import Scope

# Earlier lists whose wordings are known for the next.
REMEMBERED = 5
# Files that will bring the comparison which is asked for.
_COMING = (IntakeState.WAITING, IntakeState.READING)


@dataclass(frozen=True, slots=True)
class Unknown:
    """One school of the file, however it is written there; `at` is the place of its first row.

    `name`, `type` and `ownership` are how it would be entered, as far as its words say so; `within`
    the communes it may lie in, `written` and `commune` what stands in the file. `offers` are known
    schools, or communes, of near names; `like` another unknown one of a near name with more rows.
    """

    at: int
    rows: int
    trouble: PlaceTrouble
    written: str
    commune: str
    name: str
    type: SchoolType | None
    ownership: Ownership | None
    within: tuple[Offer, ...] = ()
    offers: tuple[Offer, ...] = ()
    like: str = ""
    labels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def certain(self) -> bool:
        """True where it can be entered without asking anything."""
        return self.openable and self.type is not None and not self.offers and not self.like

    @property
    def openable(self) -> bool:
        """True where its commune is known."""
        return self.trouble in UNKNOWN and len(self.within) == 1 and bool(self.name)


@dataclass(frozen=True, slots=True)
class Opened:
    """How many schools were entered, and what was refused with why."""

    count: int
    refused: tuple[tuple[Unknown, Refusal], ...] = ()


def of(db: Connection, scope: Scope, import_id: int) -> list[Unknown]:
    """The unclear schools and communes of an import, those with most rows first.

    Those an officer has said something of already are left out.
    """
    found = staging.get(db, scope, import_id)
    return _all(found) if found else []


def _all(found: Import) -> list[Unknown]:
    kept: list[dict[str, Any]] = found.figures.get("places", [])
    groups: defaultdict[tuple[Any, ...], list[Unknown]] = defaultdict(list)
    for one in map(_unknown, kept):
        if not _said(one, found.settled):
            groups[_key(one)].append(one)
    merged = [_together(each) for each in groups.values()]
    merged.sort(key=lambda one: (-one.rows, one.at))
    return list(_compared(merged))


def open_one(
    db: Connection,
    scope: Scope,
    import_id: int,
    at: int,
    *,
    type: SchoolType,
    ownership: Ownership,
    unit_id: int,
    now: datetime,
    apart: bool = False,
) -> int | Refused | None:
    """Enter the school a row names; its wordings mean it from the next comparison on.

    None where the import does not wait, or the school is not unclear any more. `apart` adds its
    former commune to the name, where another school of this name is in the commune of today.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return None
    one = next((each for each in _all(found) if each.at == at), None)
    if one is None or one.trouble not in UNKNOWN:
        return None
    made = school_register.open_school(
        db, scope, name=apart_name(one, type) if apart else school_words.name(one.written, type),
        type=type, ownership=ownership, unit_id=unit_id, now=now,
    )  # fmt: skip
    if isinstance(made, Refused):
        return made
    _keep_former(db, scope, {one.commune: {made: unit_id}})
    _settle(db, found, dict.fromkeys(one.labels, made))
    return made


def apart_name(one: Unknown, type: SchoolType) -> str:
    """The name with the commune it is written with: "Trường MN Hoa Cúc (Đắk Búk So)"."""
    return f"{school_words.name(one.written, type)} ({_bare(one.commune)})"


def open_certain(db: Connection, scope: Scope, import_id: int, now: datetime) -> Opened | None:
    """Enter all schools that are certain; None where the import does not wait."""
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return None
    settled: dict[str, int] = {}
    places: defaultdict[str, dict[int, int]] = defaultdict(dict)
    refused: list[tuple[Unknown, Refusal]] = []
    certain = [one for one in _all(found) if one.certain]
    for one in certain:
        if one.type is None or one.ownership is None:
            continue
        made = school_register.open_school(
            db, scope, name=one.name, type=one.type, ownership=one.ownership,
            unit_id=one.within[0].id, now=now,
        )  # fmt: skip
        if isinstance(made, Refused):
            refused.append((one, made.why))
        else:
            settled |= dict.fromkeys(one.labels, made)
            places[one.commune][made] = one.within[0].id
    _keep_former(db, scope, places)
    _settle(db, found, settled)
    return Opened(len(certain) - len(refused), tuple(refused))


def settle_unit(
    db: Connection, scope: Scope, import_id: int, at: int, unit_id: int, now: datetime
) -> bool:
    """Say which commune the wording of a row means, for all rows worded so.

    It counts from the next comparison. False where nothing of it is open, or the commune is not
    in the officer's area.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return False
    one = next((each for each in _all(found) if each.at == at), None)
    if one is None or one.trouble is not PlaceTrouble.UNKNOWN_COMMUNE or not one.commune:
        return False
    unit = db.execute(select(Unit.path, Unit.kind).where(Unit.id == unit_id)).one_or_none()
    if unit is None or unit.kind is not UnitKind.COMMUNE or not scope.covers(unit.path):
        return False
    _settle(db, found, {unit_label(one.commune): unit_id})
    audit.note(
        db, actor_id=scope.actor_id, action="roster commune settled", subject="roster",
        subject_id=import_id, unit_id=unit_id, now=now, row=at,
    )  # fmt: skip
    return True


def answered(db: Connection, scope: Scope, import_id: int) -> bool:
    """True where something was said of unclear names that the comparison does not know yet."""
    found = staging.get(db, scope, import_id)
    if found is None:
        return False
    kept: list[dict[str, Any]] = found.figures.get("places", [])
    return any(_said(_unknown(one), found.settled) for one in kept)


def coming(db: Connection, scope: Scope, import_id: int) -> int | None:
    """The intake that compares this import anew at the moment; None where none does."""
    if staging.get(db, scope, import_id) is None:
        return None
    return db.execute(
        select(Intake.id)
        .where(Intake.import_id == import_id, Intake.state.in_(_COMING))
        .order_by(Intake.id.desc())
        .limit(1)
    ).scalar()


def compared(db: Connection, scope: Scope, intake_id: int) -> bool:
    """True where an intake compares an import of theirs anew, and has no file to throw away."""
    found = db.execute(select(Intake.import_id).where(Intake.id == intake_id)).scalar()
    return found is not None and staging.get(db, scope, found) is not None


def remembered(db: Connection, scope: Scope) -> dict[str, int]:
    """What the officer has said of wordings in their last lists, for the next one.

    Schools that are closed by now are left out.
    """
    mine = (
        select(RosterImport.settled)
        .where(
            RosterImport.actor_id == (scope.actor_id or -1),
            RosterImport.kind == ImportKind.ROSTER,
            RosterImport.state == ImportState.WRITTEN,
        )
        .order_by(RosterImport.id.desc())
        .limit(REMEMBERED)
    )
    known: dict[str, int] = {}
    for settled in reversed(db.execute(mine).scalars().all()):
        known |= settled
    closed = set(db.execute(select(School.id).where(School.closed_on.is_not(None))).scalars())
    return {
        words: meant for words, meant in known.items()
        if words.startswith("@") or meant not in closed
    }  # fmt: skip


def _keep_former(db: Connection, scope: Scope, places: Mapping[str, Mapping[int, int]]) -> None:
    """Note the former commune the file names: the figures of former districts rest on it.

    `places` are the schools that were opened by how their commune is written, with its unit.
    """
    for written, opened in places.items():
        named = units.named(db, written, scope.day) if written else []
        former = [one for one in named if one.former and one.kind is UnitKind.COMMUNE]
        if len(former) != 1 or former[0].near or any(not one.former for one in named):
            continue
        became = {one.id for one in units.successors(db, former[0].id)}
        ids = [school_id for school_id, unit_id in opened.items() if unit_id in became]
        db.execute(
            update(School)
            .where(School.id.in_(ids), School.old_unit_id.is_(None))
            .values(old_unit_id=former[0].id)
        )


def _settle(db: Connection, found: Import, more: dict[str, int]) -> None:
    """Note what wordings mean, in the one place the next comparison reads."""
    now_settled = db.execute(
        select(RosterImport.settled).where(RosterImport.id == found.id)
    ).scalar_one()
    db.execute(
        update(RosterImport)
        .where(RosterImport.id == found.id)
        .values(settled={**now_settled, **more})
    )


def _unknown(kept: dict[str, Any]) -> Unknown:
    written = str(kept["school"])
    kind = school_words.kind(written)
    place = str(kept["commune"] or kept["district"])
    return Unknown(
        at=kept["at"], rows=kept["rows"], trouble=PlaceTrouble(kept["reason"]), written=written,
        commune=place or school_words.parted(written)[1],
        name=school_words.name(written, kind) if kind else school_words.parted(written)[0],
        type=kind, ownership=school_words.ownership(written, kind) if kind else None,
        within=tuple(Offer(*one) for one in kept["within"]),
        offers=tuple(Offer(*one) for one in kept["offers"]),
        labels=(label(written, kept["commune"], kept["district"]),),
    )  # fmt: skip


def _said(one: Unknown, settled: Mapping[str, Any]) -> bool:
    """True where an officer has said what the wording means."""
    if one.trouble is PlaceTrouble.UNKNOWN_COMMUNE and unit_label(one.commune) in settled:
        return True
    return not settled.keys().isdisjoint(one.labels)


def _key(one: Unknown) -> tuple[Any, ...]:
    """What is one school: a name in a commune, however it is written; or one unclear commune."""
    if one.trouble is PlaceTrouble.UNKNOWN_COMMUNE:
        return one.trouble, unit_label(one.commune)
    own = schools.fold_name(school_words.parted(one.written)[0])
    small = one.ownership is Ownership.PRIVATE
    if len(one.within) == 1 and not _former(one):
        return one.trouble, own, small, one.within
    return one.trouble, own, small, unit_label(_bare(one.commune))


def _together(group: list[Unknown]) -> Unknown:
    """Several wordings as one; the one with most rows says how it is written."""
    group.sort(key=lambda one: (one.type is None, -one.rows, one.at))
    return replace(
        group[0],
        at=min(one.at for one in group),
        rows=sum(one.rows for one in group),
        labels=tuple(each for one in group for each in one.labels),
    )


def _compared(found: list[Unknown]) -> Iterable[Unknown]:
    """With what they are like: "Hoa Xen" once beside "Hoa Sen" is a slip.

    Two of one name in two former communes of one of today are two schools, and named apart.
    """
    seen: defaultdict[tuple[Offer, ...], list[tuple[str, Unknown]]] = defaultdict(list)
    for one in found:
        if one.trouble not in UNKNOWN or not one.within:
            yield one
            continue
        key = unit_words.key(schools.fold_name(one.name))
        same = [other for own, other in seen[one.within] if own == key and _alike(one, other)]
        near = [other for own, other in seen[one.within] if _near(key, own)]
        seen[one.within].append((key, one))
        if same and one.type and _former(one) and all(map(_former, same)):
            yield replace(one, name=apart_name(one, one.type))
        else:
            like = (same or near)[:1]
            yield replace(one, like=like[0].name) if like else one


def _alike(one: Unknown, other: Unknown) -> bool:
    """True where both are of a size: a private group may bear the name of a school."""
    return (one.ownership is Ownership.PRIVATE) == (other.ownership is Ownership.PRIVATE)


def _former(one: Unknown) -> bool:
    """True where the file names the former commune of the one it lies in."""
    today = spelling.fold(unit_words.bare(one.within[0].name))
    return bool(one.commune) and spelling.fold(_bare(one.commune)) != today


def _bare(commune: str) -> str:
    """The commune without its word for the kind: "xã Đắk Búk So" is "Đắk Búk So"."""
    return unit_words.bare(commune[:1].upper() + commune[1:])


def _near(one: str, other: str) -> bool:
    return min(len(one), len(other)) > 3 and unit_words.close(one, other)
