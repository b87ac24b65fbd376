"""The register of schools: what communes open, rename, merge and close (NĐ 142/2025/NĐ-CP)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select, update

from storage import (
    audit,
    outbox,
    roles,
    school_closing,
    school_names,
    staff_moves,
    worktime,
)
from storage.models import Role, RoleKind, School, SchoolChange, SchoolMove, Unit, UnitKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.models import Ownership, SchoolType
    from storage.scopes import Scope


# How long a change can be taken back.
REVERSIBLE = timedelta(days=7)
ONE = (
    select(
        School.id, School.name, School.folded, School.type, School.ownership, School.unit_id,
        School.closed_on, Unit.path,
    )
    .join(Unit, Unit.id == School.unit_id)
    .where(School.id == bindparam("school_id"))
)  # fmt: skip

_LATER = select(SchoolChange.id).where(
    SchoolChange.id > bindparam("change_id"),
    SchoolChange.undone_at.is_(None),
    or_(
        SchoolChange.school_id == bindparam("school_id"),
        SchoolChange.into_id == bindparam("school_id"),
    ),
)
_CHANGE = (
    select(SchoolChange.id, SchoolChange.kind, SchoolChange.school_id, School.name)
    .join(School, School.id == SchoolChange.school_id)
    .where(SchoolChange.id == bindparam("change_id"))
)
_NEWEST = (
    select(SchoolChange.id, SchoolChange.kind, SchoolChange.at, SchoolChange.undone_at)
    .where(SchoolChange.school_id == bindparam("school_id"), SchoolChange.undone_at.is_(None))
    .order_by(SchoolChange.id.desc())
)


class Refusal(StrEnum):
    """Why the register stays as it is."""

    OUTSIDE = "outside"  # not in the officer's area, or not there at all
    NO_COMMUNE = "no commune"  # schools lie in communes of today
    NO_NAME = "no name"
    THERE = "there"  # a school of this name is there already
    CLOSED = "closed"  # it was closed meanwhile
    SAME = "same"  # a school is not merged into itself
    LATER = "later"  # something happened to it since, so this is not taken back alone
    HEAD = "head"  # no principal of either school


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was written; of THERE, which school it is."""

    why: Refusal
    school_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to which school."""

    id: int
    kind: SchoolMove
    name: str


def open_school(
    db: Connection,
    scope: Scope,
    *,
    name: str,
    type: SchoolType,
    ownership: Ownership,
    unit_id: int,
    now: datetime,
) -> int | Refused:
    """Enter a new school into the register and return its id.

    `unit_id` is a commune of today within the scope. A school of the same name and a like type in
    that commune is refused with the one that is there.
    """
    unit = db.execute(select(Unit).where(Unit.id == unit_id).with_for_update()).one_or_none()
    if unit is None or not scope.covers(unit.path):
        audit.refused(db, scope, "school opened", "unit", unit_id, now)
        return Refused(Refusal.OUTSIDE)
    if unit.kind is not UnitKind.COMMUNE or unit.valid_to is not None:
        return Refused(Refusal.NO_COMMUNE)
    written = school_names.written(name, type)
    if not school_names.own(written):
        return Refused(Refusal.NO_NAME)
    if there := school_names.alike(db, written, type, unit_id):
        return Refused(Refusal.THERE, there.id, there.name)
    values: dict[str, Any] = {
        "name": written, "folded": school_names.own(written), "type": type,
        "ownership": ownership, "unit_id": unit_id,
    }  # fmt: skip
    school_id = db.execute(insert(School).values(values).returning(School.id)).scalar_one()
    _note(db, scope, SchoolMove.OPENED, school_id, unit_id, now)
    return school_id


def rename(db: Connection, scope: Scope, school_id: int, name: str, now: datetime) -> int | Refused:
    """Give a school another name; people find it by both. Returns the id of the change."""
    db.execute(select(School.id).where(School.id == school_id).with_for_update())
    school = _mine(db, scope, school_id, "school renamed", now)
    if isinstance(school, Refused):
        return school
    written = school_names.written(name, school.type)
    if not school_names.own(written):
        return Refused(Refusal.NO_NAME)
    if written == school.name:
        return Refused(Refusal.SAME)
    there = school_names.alike(db, written, school.type, school.unit_id, but=school.id)
    if there:
        return Refused(Refusal.THERE, there.id, there.name)
    values = {"name": written, "folded": school_names.own(written)}
    db.execute(update(School).where(School.id == school.id).values(values))
    before = {"name": school.name, "folded": school.folded}
    return _note(db, scope, SchoolMove.RENAMED, school.id, school.unit_id, now, before=before)


def close(db: Connection, scope: Scope, school_id: int, now: datetime) -> int | Refused:
    """Close a school; whoever is still on its list is written down as having left with it."""
    school_closing.hold(db, [school_id], now.date())
    school = _mine(db, scope, school_id, "school closed", now)
    if isinstance(school, Refused):
        return school
    people = school_closing.people(db, school.id, now.date())
    ended = school_closing.end_rights(db, school.id, now)
    left = school_closing.leave_all(db, people, scope.person_id, now)
    db.execute(update(School).where(School.id == school.id).values(closed_on=now.date()))
    before = {"closed_on": None, "roles": ended}
    return _note(db, scope, SchoolMove.CLOSED, school.id, school.unit_id, now, before=before,
                 people=left)  # fmt: skip


def merge(
    db: Connection, scope: Scope, school_id: int, into_id: int, now: datetime, *, head_id: int
) -> int | Refused:
    """Merge a school into another one: its people and results go there, and it closes.

    `head_id` is the one principal of what comes of them, somebody who heads either of the two.
    Both names find the school that stays.
    """
    if school_id == into_id:
        return Refused(Refusal.SAME)
    day = now.date()
    school_closing.hold(db, sorted((school_id, into_id)), day)
    school = _mine(db, scope, school_id, "school merged", now)
    into = _mine(db, scope, into_id, "school merged", now)
    if isinstance(school, Refused):
        return school
    if isinstance(into, Refused):
        return into
    if head_id not in school_closing.heads(db, [school_id, into_id], day):
        return Refused(Refusal.HEAD)
    people = school_closing.people(db, school_id, day)
    ended = school_closing.end_rights(db, school_id, now)
    ended += school_closing.end_rights(db, into_id, now, but=head_id)
    completions = school_closing.carry(db, people, school_id, into_id, now)
    held = roles.holders(db, RoleKind.PRINCIPAL, day=day, school_id=into_id)
    given = None
    # Whoever has not taken the role yet is offered it by the list, as ever.
    if head_id not in held and any(_held_by(db, head_id, role_id) for role_id, _ in ended):
        given = roles.grant(db, head_id, RoleKind.PRINCIPAL, day, school_id=into_id)
    db.execute(update(School).where(School.id == school_id).values(closed_on=day))
    before = {"folded": school.folded, "roles": ended, "given": given, "completions": completions}
    change_id = _note(db, scope, SchoolMove.MERGED, school_id, school.unit_id, now, before=before,
                      people=people, into_id=into_id)  # fmt: skip
    for person_id in people:
        outbox.owe(
            db, "school merged", key=f"school merged:{change_id}:{person_id}",
            subject_id=change_id, person_id=person_id, due_at=worktime.next_waking(now),
        )  # fmt: skip
    return change_id


def undo(db: Connection, scope: Scope, change_id: int, now: datetime) -> int | Refused:
    """Take the newest change of a school back, within seven days; returns the school's id."""
    found = select(SchoolChange).where(SchoolChange.id == change_id)
    change = db.execute(found).one_or_none()
    if change is None:
        return Refused(Refusal.OUTSIDE)
    schools = [each for each in (change.school_id, change.into_id) if each is not None]
    closed = change.kind is SchoolMove.CLOSED
    school_closing.hold(db, sorted(schools), now.date(), changes=change.people if closed else [])
    for each in schools:
        if (row := _covered(db, scope, each)) is None:
            audit.refused(db, scope, "school restored", "school", each, now)
            return Refused(Refusal.OUTSIDE)
        if db.execute(_LATER, {"change_id": change_id, "school_id": each}).first() is not None:
            return Refused(Refusal.LATER, each, row.name)
    change = db.execute(found.with_for_update()).one()
    school = _covered(db, scope, change.school_id)
    if school is None or change.undone_at is not None or change.at <= now - REVERSIBLE:
        return Refused(Refusal.LATER, change.school_id)
    if refused := _put_back(db, scope, change, school, now):
        return refused
    undone = update(SchoolChange).where(SchoolChange.id == change_id)
    db.execute(undone.values(undone_at=now))
    audit.note(
        db, actor_id=scope.actor_id, action="school restored", subject="school",
        subject_id=change.school_id, unit_id=school.unit_id, now=now, change=change_id,
    )  # fmt: skip
    return int(change.school_id)


def newest(
    db: Connection, scope: Scope, school_id: int, now: datetime
) -> tuple[int, SchoolMove] | None:
    """The change of a school that can still be taken back, (id, kind); None where there is none."""
    if _covered(db, scope, school_id) is None:
        return None
    row = db.execute(_NEWEST, {"school_id": school_id}).first()
    if row is None or row.undone_at is not None or row.at <= now - REVERSIBLE:
        return None
    return int(row.id), row.kind


def change(db: Connection, scope: Scope, change_id: int) -> Change | None:
    """A change of a school of the area; None for any other."""
    row = db.execute(_CHANGE, {"change_id": change_id}).one_or_none()
    if row is None or _covered(db, scope, row.school_id) is None:
        return None
    return Change(row.id, row.kind, row.name)


def _put_back(
    db: Connection, scope: Scope, change: Any, school: Any, now: datetime
) -> Refused | None:
    """Write a school as it was before a change."""
    values: dict[str, Any] = {"closed_on": None}
    before: dict[str, Any] = change.before
    name = before.get("name", school.name)
    there = school_names.alike(db, name, school.type, school.unit_id, but=school.id)
    if there and change.kind is not SchoolMove.OPENED:
        return Refused(Refusal.THERE, there.id, there.name)
    match change.kind:
        case SchoolMove.OPENED:
            if school_closing.people(db, school.id, now.date()):
                return Refused(Refusal.LATER, school.id, school.name)
            values = {"closed_on": now.date()}
        case SchoolMove.RENAMED:
            values = {"name": before["name"], "folded": before["folded"]}
        case SchoolMove.CLOSED:
            for staff_change in change.people:
                staff_moves.take_back(db, staff_change, scope.person_id, now)
        case _:
            _part(db, change, now)
    school_closing.give_back_rights(db, before.get("roles", []))
    db.execute(update(School).where(School.id == school.id).values(values))
    return None


def _part(db: Connection, change: Any, now: datetime) -> None:
    """Undo a merger: everybody who is still there goes back, with results and rights."""
    school_closing.carry_back(
        db, change.people, change.school_id, change.into_id, change.before["completions"], now
    )
    if change.before.get("given"):
        roles.end(db, change.before["given"], now.date() - timedelta(days=1))


def _held_by(db: Connection, person_id: int, role_id: int) -> bool:
    found = select(Role.id).where(Role.id == role_id, Role.person_id == person_id)
    return db.execute(found).first() is not None


def _covered(db: Connection, scope: Scope, school_id: int) -> Any | None:
    school = db.execute(ONE, {"school_id": school_id}).one_or_none()
    return school if school is not None and scope.covers(school.path) else None


def _mine(
    db: Connection, scope: Scope, school_id: int, action: str, now: datetime
) -> Any | Refused:
    """An open school of the scope, or why not."""
    school = _covered(db, scope, school_id)
    if school is None:
        audit.refused(db, scope, action, "school", school_id, now)
        return Refused(Refusal.OUTSIDE)
    if school.closed_on is not None:
        return Refused(Refusal.CLOSED, school.id, school.name)
    return school


def _note(
    db: Connection,
    scope: Scope,
    kind: SchoolMove,
    school_id: int,
    unit_id: int,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    people: list[int] | None = None,
    into_id: int | None = None,
) -> int:
    """Keep what happened to a school; returns the id of the change."""
    change_id = db.execute(
        insert(SchoolChange)
        .values(
            school_id=school_id, into_id=into_id, kind=kind, day=now.date(), before=before or {},
            people=people or [], by_id=scope.actor_id, at=now,
        )
        .returning(SchoolChange.id)
    ).scalar_one()  # fmt: skip
    audit.note(
        db, actor_id=scope.actor_id, action=f"school {kind.value}", subject="school",
        subject_id=school_id, unit_id=unit_id, now=now, into=into_id, people=len(people or []),
    )  # fmt: skip
    return change_id
