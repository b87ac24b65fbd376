"""What was decided in an officer's area: the audit, as far as their scope reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from storage.announcement_rows import code
from storage.models import (
    AuditEntry,
    Broadcast,
    Claim,
    Course,
    Invitation,
    Person,
    Question,
    Registration,
    Role,
    School,
    Unit,
)
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of a unit and all below it, of one who acted, of a time. None: all.

    `until` is the first moment that no longer belongs to it.
    """

    unit_id: int | None = None
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. `actor` is a full name, "" for the program itself and the command line.

    `about` names what it was about, as far as that has a name: "L12", "TB-0141", a full name.
    """

    id: int
    at: datetime
    actor_id: int | None
    actor: str
    action: str
    subject: str
    subject_id: int
    unit: str
    detail: dict[str, Any]
    about: str = ""


_work = aliased(Unit)
_office = aliased(Unit)


_OF_CODES: dict[str, Select[*tuple[Any, ...]]] = {
    "course": select(Course.id, Course.number),
    "broadcast": select(Broadcast.id, Broadcast.id),
    "question": select(Question.id, Course.number).join(Course, Course.id == Question.course_id),
}
_OF_PEOPLE: dict[str, Select[*tuple[Any, ...]]] = {
    "person": select(Person.id, Person.full_name),
    "role": select(Role.id, Person.full_name).join(Person, Person.id == Role.person_id),
    "claim": select(Claim.id, Person.full_name).join(Person, Person.id == Claim.person_id),
    "registration": select(Registration.id, Person.full_name).join(
        Person, Person.id == Registration.person_id
    ),
}


def page(
    db: Connection, scope: Scope, wanted: Wanted, *, limit: int, before: int | None = None
) -> list[Entry]:
    """Entries the officer may read, the newest first; those older than the entry `before`.

    They are those of a unit in the scope, the officer's own, and those of no unit by somebody of
    the area; what the program did by itself for no unit is read by the Sở.
    """
    found = _entries(scope).where(*_filtered(wanted)).order_by(AuditEntry.id.desc()).limit(limit)
    if before is not None:
        found = found.where(AuditEntry.id < before)
    return _read(db, scope, found)


def get(db: Connection, scope: Scope, entry_id: int) -> Entry | None:
    """One entry the officer may read."""
    return next(iter(_read(db, scope, _entries(scope).where(AuditEntry.id == entry_id))), None)


def actors(db: Connection, scope: Scope, folded: str) -> list[tuple[int, str]]:
    """Id and full name of those with this name, or part of one, who decided something here."""
    acted = select(AuditEntry.actor_id).where(_readable(scope))
    rows = db.execute(
        select(Person.id, Person.full_name)
        .where(Person.folded.contains(folded, autoescape=True), Person.id.in_(acted))
        .order_by(Person.sort_key, Person.id)
        .limit(7)
    )
    return [(row.id, row.full_name) for row in rows]


def _entries(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            AuditEntry.id, AuditEntry.at, AuditEntry.actor_id, Person.full_name, AuditEntry.action,
            AuditEntry.subject, AuditEntry.subject_id, Unit.name, AuditEntry.detail,
        )
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .outerjoin(Unit, Unit.id == AuditEntry.unit_id)
        .where(_readable(scope))
    )  # fmt: skip


def _read(db: Connection, scope: Scope, statement: Select[*tuple[Any, ...]]) -> list[Entry]:
    rows = db.execute(statement).all()
    names = _names(db, scope, rows)
    return [
        Entry(
            row.id, row.at, row.actor_id, row.full_name or "", row.action, row.subject,
            row.subject_id, row.name or "", row.detail,
            names.get((row.subject, row.subject_id), ""),
        )
        for row in rows
    ]  # fmt: skip


def _readable(scope: Scope) -> ColumnElement[bool]:
    there = select(Unit.id).where(scope.where(Unit.path))
    of_nobody = AuditEntry.actor_id.is_(None) if scope.provincial else AuditEntry.id.in_(())
    return or_(
        AuditEntry.unit_id.in_(there),
        AuditEntry.actor_id == scope.person_id,
        AuditEntry.unit_id.is_(None) & or_(AuditEntry.actor_id.in_(_people(scope)), of_nobody),
    )


def _people(scope: Scope) -> Select[int]:
    """Ids of whoever works at a school of the area, or holds an office there."""
    held = (
        select(Role.person_id)
        .join(_office, _office.id == Role.unit_id)
        .where(scope.where(_office.path), Role.kind.in_(OFFICERS))
    )
    return (
        select(Person.id)
        .outerjoin(School, School.id == Person.school_id)
        .outerjoin(_work, _work.id == School.unit_id)
        .where(or_(scope.where(_work.path), Person.id.in_(held)))
    )


def _filtered(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.unit_id is not None:
        # An id is one step of a path, wherever it stands in it.
        below = select(Unit.id).where(Unit.path.contains(f"/{wanted.unit_id}/"))
        found.append(AuditEntry.unit_id.in_(below))
    if wanted.person_id is not None:
        found.append(AuditEntry.actor_id == wanted.person_id)
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.at < wanted.until)
    return found


def _names(db: Connection, scope: Scope, rows: Sequence[Any]) -> dict[tuple[str, int], str]:
    """What the subjects of entries are called; people only where they are of the area."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.subject, []).append(row.subject_id)
    found: dict[tuple[str, int], str] = {}
    for subject, wanted in ids.items():
        statement = _named(scope, subject)
        if statement is not None:
            key = next(iter(statement.selected_columns))
            for one in db.execute(statement.where(key.in_(wanted))):
                found[subject, one[0]] = _called(subject, one[1])
    return found


def _named(scope: Scope, subject: str) -> Select[*tuple[Any, ...]] | None:
    """Ids and names of a kind of subject; None for what has no name of its own."""
    if subject == "invitation":
        return (
            select(Invitation.id, Invitation.holder)
            .join(_office, _office.id == Invitation.unit_id)
            .where(scope.where(_office.path))
        )
    if subject in _OF_PEOPLE:
        return _OF_PEOPLE[subject].where(Person.id.in_(_people(scope)))
    return _OF_CODES.get(subject)


def _called(subject: str, name: int | str) -> str:
    if isinstance(name, str):
        return name
    return code(name) if subject == "broadcast" else f"L{name}"
