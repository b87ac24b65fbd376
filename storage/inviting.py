"""Officers invite officers: for the units they answer for themselves, one by one or many at once.

Whoever only stands in for somebody invites nobody: a cover of a week must not outlive itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from storage import audit, codes, invitations, roles, units
from storage.models import Invitation, Person, Role, RoleKind, Unit, UnitKind
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlalchemy import Connection, Select

    from storage.scopes import Scope
# What one invitation is good for at most, and unless somebody says otherwise.
MOST_USES, MOST_DAYS, DAYS = 20, 60, 14
# As many units as a province has, and some to spare: more at once are a mistake.
MOST_AT_ONCE = 300


@dataclass(frozen=True, slots=True)
class Target:
    """A unit an officer may invite somebody for, and the role there."""

    kind: RoleKind
    unit_id: int
    unit: str
    officers: int  # how many there are today


@dataclass(frozen=True, slots=True)
class Live:
    """An invitation that can still be used. `by` is the full name of who made it, "" for nobody."""

    id: int
    kind: RoleKind
    unit_id: int
    unit: str
    holder: str
    uses_left: int
    expires_at: datetime
    by: str
    from_day: date | None
    to_day: date | None


@dataclass(frozen=True, slots=True)
class Made:
    """An invitation just made, with its code: nobody can be told it again."""

    id: int
    code: str
    target: Target
    holder: str


def own(db: Connection, scope: Scope) -> Scope:
    """The scope without what the officer only stands in for."""
    held = select(Role.kind, Role.unit_id).where(
        Role.person_id == scope.person_id, Role.covers_id.is_(None), Role.kind.in_(OFFICERS),
        Role.valid_from <= scope.day, or_(Role.valid_to.is_(None), Role.valid_to >= scope.day),
    )  # fmt: skip
    mine = {(row.kind, row.unit_id) for row in db.execute(held)}
    kept = (one for one in scope.reaches if not scope.person_id or (one.kind, one.unit_id) in mine)
    return replace(scope, reaches=tuple(kept))


def target(db: Connection, scope: Scope, unit_id: int) -> Target | None:
    """What somebody may be invited for at a unit; None where the officer may not, or for no role.

    A commune has an officer, a province its Sở; former units have nobody.
    """
    found = db.execute(_targets(scope).where(Unit.id == unit_id)).one_or_none()
    if found is None:
        return None
    wanted, mine = _target(found), own(db, scope)
    higher = [one for one in mine.reaches if one.kind is RoleKind.DEPARTMENT]
    if wanted.kind is RoleKind.DEPARTMENT:
        mine = replace(mine, reaches=tuple(higher))
    return wanted if mine.covers(found.path) else None


def vacant(db: Connection, scope: Scope, now: datetime) -> list[Target]:
    """Communes of the area without an officer today and without an invitation that can be used."""
    invited = select(Invitation.unit_id).where(*_live(now), Invitation.kind == RoleKind.COMMUNE)
    found = _targets(scope).where(
        Unit.kind == UnitKind.COMMUNE,
        own(db, scope).where(Unit.path),
        Unit.id.not_in(invited),
        _officers(scope) == 0,
    )
    return [_target(row) for row in db.execute(found.order_by(Unit.id))]


def choices(db: Connection, scope: Scope, text: str) -> list[Target]:
    """Units of the area that a typed name may mean.

    Near names are among them, and what a former unit became: they are to be offered, never taken
    for granted.
    """
    named = units.named(db, text, scope.day)
    today = [one for place in named if place.former for one in units.successors(db, place.id)]
    ids = dict.fromkeys(place.id for place in (*named, *today))
    return [one for one in (target(db, scope, unit_id) for unit_id in ids) if one]


def sure(db: Connection, scope: Scope, text: str) -> Target | None:
    """The one unit of the area that a name means without a doubt."""
    exact = [one for one in units.named(db, text, scope.day) if not one.near and not one.former]
    mine = [one for one in (target(db, scope, place.id) for place in exact) if one]
    return mine[0] if len(mine) == 1 else None


def invite(
    db: Connection,
    scope: Scope,
    unit_id: int,
    now: datetime,
    *,
    holder: str = "",
    uses: int = 1,
    days: int = DAYS,
) -> Made | None:
    """Make an invitation; None where the unit is not the officer's to invite for.

    Raises:
        ValueError: more uses or days than an invitation may have.
    """
    if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
        raise ValueError("too many uses or days")
    wanted = target(db, scope, unit_id)
    return _made(db, scope, wanted, now, holder, uses, days) if wanted else None


def invite_many(
    db: Connection, scope: Scope, wanted: Iterable[tuple[int, str]], now: datetime
) -> list[Made]:
    """An invitation for one for each (unit id, full name or ""); what is not theirs is left out."""
    found: list[Made] = []
    for unit_id, holder in wanted:
        if len(found) == MOST_AT_ONCE:
            break
        if made := invite(db, scope, unit_id, now, holder=holder):
            found.append(made)
    return found


def live(db: Connection, scope: Scope, now: datetime) -> list[Live]:
    """Invitations for the officer's area that can be used, the newest first."""
    found = _listed(scope).where(*_live(now)).order_by(Invitation.id.desc())
    return [Live(*row) for row in db.execute(found)]


def get(db: Connection, scope: Scope, invitation_id: int, now: datetime) -> Live | None:
    """One of them."""
    found = _listed(scope).where(*_live(now), Invitation.id == invitation_id)
    row = db.execute(found).one_or_none()
    return Live(*row) if row else None


def revoke(db: Connection, scope: Scope, invitation_id: int, now: datetime) -> bool:
    """Take an invitation back; False where it is not theirs, or cannot be used any more."""
    found = get(db, scope, invitation_id, now)
    if found is None:
        return False
    done = db.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, *_live(now))
        .values(revoked_at=now, revoked_by_id=scope.actor_id)
    )
    if not done.rowcount:
        return False
    audit.note(
        db, actor_id=scope.actor_id, action="invitation revoked", subject="invitation",
        subject_id=invitation_id, unit_id=found.unit_id, now=now,
    )  # fmt: skip
    return True


def _made(  # noqa: PLR0917 - as above
    db: Connection, scope: Scope, wanted: Target, now: datetime, holder: str, uses: int, days: int
) -> Made:
    code = invitations.create(
        db, wanted.kind, wanted.unit_id, now, uses=uses, days=days, holder=holder,
        invited_by=scope.actor_id,
    )  # fmt: skip
    made = invitations.look(db, codes.digest(code), now)
    return Made(made.id, code, wanted, made.holder)


def _live(now: datetime) -> tuple[Any, ...]:
    return (
        Invitation.uses_left > 0,
        Invitation.expires_at > now,
        Invitation.revoked_at.is_(None),
        or_(Invitation.to_day.is_(None), Invitation.to_day >= now.date()),
    )


def _listed(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Invitation.id, Invitation.kind, Invitation.unit_id, Unit.name, Invitation.holder,
            Invitation.uses_left, Invitation.expires_at, func.coalesce(Person.full_name, ""),
            Invitation.from_day, Invitation.to_day,
        )
        .join_from(Invitation, Unit, Unit.id == Invitation.unit_id)
        .outerjoin(Person, Person.id == Invitation.invited_by_id)
        .where(scope.where(Unit.path))
    )  # fmt: skip


def _officers(scope: Scope) -> Any:
    holder = (
        select(func.count(Role.id.distinct()))
        .join(Person, Person.id == Role.person_id)
        .where(Role.unit_id == Unit.id, Role.kind.in_(OFFICERS), roles.holds(scope.day))
    )
    return holder.correlate(Unit).scalar_subquery()


def _targets(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Units of the day that can have officers."""
    return select(
        Unit.id, Unit.name, Unit.kind, Unit.path, _officers(scope).label("officers")
    ).where(
        Unit.kind.in_((UnitKind.COMMUNE, UnitKind.PROVINCE)),
        or_(Unit.valid_from.is_(None), Unit.valid_from <= scope.day),
        or_(Unit.valid_to.is_(None), Unit.valid_to >= scope.day),
        scope.where(Unit.path),
    )


def _target(row: Any) -> Target:
    kind = RoleKind.COMMUNE if row.kind is UnitKind.COMMUNE else RoleKind.DEPARTMENT
    return Target(kind, row.id, row.name, row.officers)
