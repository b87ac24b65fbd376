"""Claims as they are read: who says they are whom, where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import aliased

from storage.models import Claim as Row
from storage.models import (
    ClaimKind,
    ClaimState,
    Person,
    Position,
    Rung,
    School,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with what people have to know to answer it.

    `school` is as typed where the roster does not have it (`school_id` None); of a move it is the
    school they move to. `path` is that of
    the commune today and of the former one, one after the other; "" where no unit is known.
    """

    id: int
    kind: ClaimKind
    state: ClaimState
    rung: Rung
    account_id: int
    person_id: int
    full_name: str
    position: Position
    school_id: int | None
    school: str
    unit_id: int | None
    unit: str
    path: str
    asked_at: datetime
    decided_by_id: int | None
    decided_by: str
    decided_at: datetime | None


_old = aliased(Unit)
_decider = aliased(Person)
# Whoever moves is asked about at the school they move to.
_AT = func.coalesce(Row.to_school_id, Person.school_id)
_CLAIMS = (
    select(
        Row.id, Row.kind, Row.state, Row.rung, Row.account_id, Row.person_id, Person.full_name,
        Person.position, _AT.label("school_id"), School.name.label("school"),
        Row.school.label("said"), Unit.id.label("unit_id"), Unit.name.label("unit"), Unit.path,
        _old.path.label("old_path"), Row.asked_at, Row.decided_by_id,
        _decider.full_name.label("decided_by"), Row.decided_at,
    )
    .join_from(Row, Person, Person.id == Row.person_id)
    .outerjoin(School, School.id == _AT)
    .outerjoin(Unit, Unit.id == func.coalesce(School.unit_id, Row.unit_id))
    .outerjoin(_old, _old.id == School.old_unit_id)
    .outerjoin(_decider, _decider.id == Row.decided_by_id)
)  # fmt: skip
BY_ID = _CLAIMS.where(Row.id == bindparam("claim_id"))
OPEN_OF = (
    select(Row.id)
    .where(Row.account_id == bindparam("account_id"), Row.state == ClaimState.OPEN)
    .order_by(Row.id.desc())
)


def known(db: Connection, claim_id: int) -> Claim:
    """The claim with this id; raises LookupError where there is none."""
    claim = get(db, claim_id)
    if claim is None:
        raise LookupError(claim_id)
    return claim


def get(db: Connection, claim_id: int) -> Claim | None:
    """The claim with this id, settled or not."""
    row = db.execute(BY_ID, {"claim_id": claim_id}).one_or_none()
    return _claim(row) if row else None


def open_of(db: Connection, account_id: int, kind: ClaimKind) -> Claim | None:
    """The newest claim of a kind that waits for an answer about this account."""
    found = db.execute(OPEN_OF.where(Row.kind == kind), {"account_id": account_id}).first()
    return get(db, found.id) if found else None


def phone_of(db: Connection, officer_id: int) -> str | None:
    """The number (E.164) at which people are to call an officer; None where we know none."""
    return db.execute(select(Person.phone).where(Person.id == officer_id)).scalar_one_or_none()


def _claim(row: Any) -> Claim:
    return Claim(
        row.id, row.kind, row.state, row.rung, row.account_id, row.person_id, row.full_name,
        row.position, row.school_id, row.school or row.said, row.unit_id, row.unit or "",
        (row.path or "") + (row.old_path or ""), row.asked_at, row.decided_by_id,
        row.decided_by or "", row.decided_at,
    )  # fmt: skip
