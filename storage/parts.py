"""The parts people play by their rights, and the accounts behind which they are, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from storage import roles
from storage.models import Account, Person, Role, RoleKind
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection


class Part(StrEnum):
    """The part a person plays, as far as what the assistant shows depends on it."""

    STRANGER = "stranger"
    TEACHER = "teacher"
    PRINCIPAL = "principal"
    OFFICER = "officer"


# Whoever has work to do here beside their own trainings.
ENTITLED = (Part.PRINCIPAL, Part.OFFICER)


@dataclass(frozen=True, slots=True)
class Player:
    """An account, where it is, and the part of the person it speaks for."""

    account_id: int
    channel: str
    address: str
    language: str
    part: Part


PLAYERS = (
    select(Account.id, Account.channel, Account.address, Account.language, Account.person_id)
    .where(Account.id.in_(bindparam("ids", expanding=True)))
    .order_by(Account.id)
)
# A right without its reach opens nothing, and neither `scopes` nor `principals` finds it.
RIGHTS = (
    select(Role.person_id, Role.kind)
    .join(Person, Person.id == Role.person_id)
    .where(
        Role.person_id.in_(bindparam("ids", expanding=True)),
        roles.holds(roles.DAY),
        or_(
            Role.kind.in_(OFFICERS) & Role.unit_id.is_not(None),
            (Role.kind == RoleKind.PRINCIPAL) & Role.school_id.is_not(None),
        ),
    )
)


def of(db: Connection, person_ids: Iterable[int], day: date) -> dict[int, Part]:
    """The parts people play on a day: officers first, then principals, all others are teachers."""
    found = dict.fromkeys(person_ids, Part.TEACHER)
    for row in db.execute(RIGHTS, {"ids": list(found), "day": day}):
        if row.kind in OFFICERS:
            found[row.person_id] = Part.OFFICER
        elif found[row.person_id] is not Part.OFFICER:
            found[row.person_id] = Part.PRINCIPAL
    return found


def players(db: Connection, account_ids: Iterable[int], day: date) -> list[Player]:
    """Who is behind each of these accounts on a day, in order of their ids."""
    rows = db.execute(PLAYERS, {"ids": list(account_ids)}).all()
    played = of(db, [row.person_id for row in rows if row.person_id is not None], day)
    return [Player(*row[:4], part=played.get(row.person_id, Part.STRANGER)) for row in rows]
