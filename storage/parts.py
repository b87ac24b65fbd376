"""Accounts and whether the people they speak for hold any right, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_, select

from storage.models import Account, Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Player:
    """An account, where it is, and whom it speaks for; `entitled` where that person has a right."""

    account_id: int
    channel: str
    address: str
    language: str
    person_id: int | None
    entitled: bool


_entitled = exists().where(
    Role.person_id == Account.person_id,
    Role.valid_from <= bindparam("day"),
    or_(Role.valid_to.is_(None), Role.valid_to >= bindparam("day")),
)
PLAYERS = (
    select(Account.id, Account.channel, Account.address, Account.language, Account.person_id)
    .add_columns(_entitled.label("entitled"))
    .where(Account.id.in_(bindparam("ids", expanding=True)))
    .order_by(Account.id)
)


def players(db: Connection, account_ids: Iterable[int], day: date) -> list[Player]:
    """Who is behind each of these accounts on a day, in order of their ids."""
    rows = db.execute(PLAYERS, {"ids": list(account_ids), "day": day})
    return [Player(*row[:5], entitled=bool(row.entitled)) for row in rows]
