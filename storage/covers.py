"""Who stands in for an officer, to whom a role passes on, and whose role ends.

A unit is never left without an officer by accident: what would do so is refused, or is the
Sở's own decision about a commune.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from storage import audit, invitations, inviting, outbox, roles
from storage.invitations import StandsIn
from storage.models import Person, Role, RoleKind, Unit
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

    from storage.scopes import Scope

# A cover is for a time; whoever is away for longer hands over.
LONGEST = timedelta(days=366)
# As early as anybody plans it.
AHEAD = timedelta(days=366)
GIVEN, ENDED, PASSED, OVER = "cover given", "cover ended", "role passed on", "role ended"


class Outcome(StrEnum):
    """What came of a change of roles."""

    DONE = "done"
    NOT_YOURS = "not yours"
    NO_COLLEAGUE = "no colleague"  # nobody of the area, or they hold the role already
    BAD_DAYS = "bad days"
    LAST = "last"  # nobody would be left


@dataclass(frozen=True, slots=True)
class Holding:
    """An officer's role: who holds it, from which day to which.

    `covers` is the full name of the one whose role it is, where it is only stood in for. `others`
    is how many more officers hold the same for themselves today.
    """

    id: int
    person_id: int
    name: str
    kind: RoleKind
    unit_id: int
    unit: str
    path: str
    valid_from: date
    valid_to: date | None
    covers_id: int | None
    covers: str
    others: int


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another officer of the area, and a unit they work for."""

    id: int
    name: str
    unit: str


_covered = aliased(Role)
_whose = aliased(Person)
_other = aliased(Role)
_another = aliased(Person)


def mine(db: Connection, scope: Scope) -> list[Holding]:
    """The officer's own roles of the day, those stood in for after the others."""
    found = _holdings(scope).where(Role.person_id == scope.person_id, roles.holds(scope.day))
    return _read(db, found.order_by(Role.covers_id.is_not(None), Role.id))


def officers(db: Connection, scope: Scope) -> list[Holding]:
    """Whoever is an officer of the area today, by unit and name."""
    found = _holdings(scope).where(roles.holds(scope.day))
    return _read(db, found.order_by(Unit.path, Person.sort_key, Role.id))


def standing_in(db: Connection, scope: Scope) -> list[Holding]:
    """Who stands in for whom in the area, now or later, the earliest first."""
    found = _holdings(scope).where(
        Role.covers_id.is_not(None), roles.present(scope.day), Role.valid_to >= scope.day
    )
    return _read(db, found.order_by(Role.valid_from, Role.id))


def get(db: Connection, scope: Scope, role_id: int) -> Holding | None:
    """One officer's role of the area, or their own, that counts today or later."""
    found = holdings(scope.day).where(
        or_(scope.where(Unit.path), Role.person_id == scope.person_id),
        Role.id == role_id,
        roles.present(scope.day),
        or_(Role.valid_to.is_(None), Role.valid_to >= scope.day),
    )
    return next(iter(_read(db, found)), None)


def colleagues(db: Connection, scope: Scope, role_id: int) -> list[Colleague]:
    """Officers of the area who do not hold this role of the officer's, by name."""
    role = _own(db, scope, role_id)
    if role is None:
        return []
    have = select(_other.person_id).where(
        _other.kind == role.kind, _other.unit_id == role.unit_id,
        or_(_other.valid_to.is_(None), _other.valid_to >= scope.day),
    )  # fmt: skip
    rows = db.execute(
        select(Person.id, Person.full_name, func.min(Unit.name))
        .join_from(Role, Unit, Unit.id == Role.unit_id)
        .join(Person, Person.id == Role.person_id)
        .where(
            Role.kind.in_(OFFICERS), roles.holds(scope.day), scope.where(Unit.path.expression),
            Person.id != scope.person_id, Person.id.not_in(have),
        )
        .group_by(Person.id, Person.full_name, Person.sort_key)
        .order_by(Person.sort_key, Person.id)
    )  # fmt: skip
    return [Colleague(*row) for row in rows]


def cover(  # noqa: PLR0917 - who, for which role, on which days
    db: Connection,
    scope: Scope,
    role_id: int,
    person_id: int,
    first: date,
    last: date,
    now: datetime,
) -> Outcome:
    """Let a colleague stand in for the officer from a day to a day; they are told."""
    trouble, role = _ready(db, scope, role_id, person_id, first, last)
    if role is None:
        return trouble
    made = roles.hand(db, role_id, person_id, first, last)
    _tell(db, GIVEN, made, person_id, now)
    _note(db, scope, "cover given", role, now, person=person_id)
    return Outcome.DONE


def hand_over(
    db: Connection, scope: Scope, role_id: int, person_id: int, day: date, now: datetime
) -> Outcome:
    """Pass the officer's role on to a colleague from a day; their own ends the day before."""
    trouble, role = _ready(db, scope, role_id, person_id, day, None)
    if role is None:
        return trouble
    made = roles.hand(db, role_id, person_id, day, None)
    _tell(db, PASSED, made, person_id, now)
    _note(db, scope, "role passed on", role, now, person=person_id)
    return Outcome.DONE


def invite(  # noqa: PLR0917 - as `cover`
    db: Connection,
    scope: Scope,
    role_id: int,
    holder: str,
    first: date,
    last: date | None,
    now: datetime,
) -> str | None:
    """The code of an invitation for somebody new to stand in, or (no last day) to take over.

    The officer's own role ends only when it is taken up. None where the role is not theirs or the
    days cannot be.
    """
    role = _own(db, scope, role_id)
    if role is None or not _possible(role, scope.day, first, last):
        return None
    return invitations.create(
        db, role.kind, role.unit_id, now, days=days_open(first, scope.day), holder=holder,
        invited_by=scope.actor_id, stands_in=StandsIn(role_id, first, last),
    )  # fmt: skip


def days_open(first: date, today: date) -> int:
    """How many days an invitation for a cover can be taken up: until it begins, and a while."""
    return max(0, (first - today).days) + inviting.DAYS


def end_cover(db: Connection, scope: Scope, role_id: int, now: datetime) -> bool:
    """End a cover early: by either of the two, or by the Sở. The other one is told, or both."""
    role = get(db, scope, role_id)
    if role is None or role.covers_id is None:
        return False
    whose = db.execute(select(Role.person_id).where(Role.id == role.covers_id)).scalar_one()
    both = {role.person_id, whose}
    if scope.person_id not in both and not _over(scope, role):
        return False
    _lock(db, role)
    roles.end(db, role_id, scope.day - timedelta(days=1))
    for person_id in sorted(both - {scope.person_id}):
        _tell(db, ENDED, role_id, person_id, now)
    _note(db, scope, "cover ended", role, now, person=role.person_id)
    return True


def give_up(db: Connection, scope: Scope, role_id: int, now: datetime) -> Outcome:
    """End the officer's own role after today, where another officer of the unit remains."""
    role = _own(db, scope, role_id)
    if role is None:
        return Outcome.NOT_YOURS
    _lock(db, role)
    role = get(db, scope, role_id) or role
    if not role.others:
        return Outcome.LAST
    roles.end(db, role_id, scope.day)
    _note(db, scope, "role given up", role, now)
    return Outcome.DONE


def end_role(db: Connection, scope: Scope, role_id: int, now: datetime) -> Outcome:
    """End somebody else's role of a unit in the area of the Sở, from today; they are told.

    A commune may be left without an officer, for whom the Sở then stands; the Sở itself not.
    """
    role = get(db, scope, role_id)
    over = inviting.own(db, scope)  # a stand-in ends nobody's role
    if role is None or not _over(over, role) or role.person_id == scope.person_id:
        return Outcome.NOT_YOURS
    _lock(db, role)
    role = get(db, scope, role_id) or role
    if role.kind is RoleKind.DEPARTMENT and role.covers_id is None and not role.others:
        return Outcome.LAST
    roles.end(db, role_id, scope.day - timedelta(days=1))
    _tell(db, OVER, role_id, role.person_id, now)
    _note(db, scope, "role ended", role, now, person=role.person_id)
    return Outcome.DONE


def holdings(day: date) -> Select[*tuple[Any, ...]]:
    """The columns of `Holding` for all officers, whoever asks."""
    others = (
        select(func.count(_other.person_id.distinct()))
        .join(_another, _another.id == _other.person_id)
        .where(
            _other.kind == Role.kind, _other.unit_id == Role.unit_id,
            _other.person_id != Role.person_id, _other.covers_id.is_(None),
            _other.valid_from <= day, _another.merged_into_id.is_(None),
            # Somebody whose last day is known soon leaves nobody behind.
            _other.valid_to.is_(None),
            or_(_another.left_on.is_(None), _another.left_on > day),
        )
        .correlate(Role)
        .scalar_subquery()
    )  # fmt: skip
    return (
        select(
            Role.id, Role.person_id, Person.full_name, Role.kind, Role.unit_id, Unit.name,
            Unit.path, Role.valid_from, Role.valid_to, Role.covers_id,
            func.coalesce(_whose.full_name, ""), others,
        )
        .join_from(Role, Unit, Unit.id == Role.unit_id)
        .join(Person, Person.id == Role.person_id)
        .outerjoin(_covered, _covered.id == Role.covers_id)
        .outerjoin(_whose, _whose.id == _covered.person_id)
        .where(Role.kind.in_(OFFICERS))
    )  # fmt: skip


def _holdings(scope: Scope) -> Select[*tuple[Any, ...]]:
    return holdings(scope.day).where(scope.where(Unit.path))


def _read(db: Connection, statement: Select[*tuple[Any, ...]]) -> list[Holding]:
    return [Holding(*row) for row in db.execute(statement)]


def _own(db: Connection, scope: Scope, role_id: int) -> Holding | None:
    """The officer's own role, not one they stand in for."""
    return next((one for one in mine(db, scope) if one.id == role_id and not one.covers_id), None)


def _ready(
    db: Connection, scope: Scope, role_id: int, person_id: int, first: date, last: date | None
) -> tuple[Outcome, Holding | None]:
    """What is in the way of a change, and the role, locked, where nothing is."""
    role = _own(db, scope, role_id)
    if role is None:
        return Outcome.NOT_YOURS, None
    if not _possible(role, scope.day, first, last):
        return Outcome.BAD_DAYS, None
    _lock(db, role)
    if _own(db, scope, role_id) is None:
        return Outcome.NOT_YOURS, None
    if all(one.id != person_id for one in colleagues(db, scope, role_id)):
        return Outcome.NO_COLLEAGUE, None
    return Outcome.DONE, role


def _possible(role: Holding, today: date, first: date, last: date | None) -> bool:
    """Days from today on, in their order, within the role and a year; a role ends on a day."""
    if not today <= first <= today + AHEAD:
        return False
    if last is None:
        return first > today and (role.valid_to is None or role.valid_to >= first)
    within = role.valid_to is None or role.valid_to >= last
    return first <= last <= first + LONGEST and within


def _over(scope: Scope, role: Holding) -> bool:
    """True where the officer acts for a Sở that the unit belongs to."""
    return any(
        one.kind is RoleKind.DEPARTMENT and role.path.startswith(one.path) for one in scope.reaches
    )


def _lock(db: Connection, role: Holding) -> None:
    """Two officers of a unit change its roles one after the other."""
    db.execute(
        select(Role.id)
        .where(Role.unit_id == role.unit_id, Role.kind == role.kind)
        .order_by(Role.id)
        .with_for_update()
    )


def _tell(db: Connection, kind: str, role_id: int, person_id: int, now: datetime) -> None:
    outbox.owe(
        db, kind, key=f"{kind}:{role_id}:{person_id}", subject_id=role_id, person_id=person_id,
        due_at=now,
    )  # fmt: skip


def _note(
    db: Connection, scope: Scope, action: str, role: Holding, now: datetime, **detail: int
) -> None:
    audit.note(
        db, actor_id=scope.actor_id, action=action, subject="role", subject_id=role.id,
        unit_id=role.unit_id, now=now, **detail,
    )  # fmt: skip
