"""The rotating pair of an Official Account: who may spend its refresh token, and what came of it.

Each refresh token works exactly once, and no network is used inside a turn. So one turn takes the
hold, the platform is asked, and another turn keeps what it answered. What is kept is decided by the
generation alone: the pair that a refresh token brought follows that token and nothing newer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import OaToken, TokenState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens as they stand; shown without them, so that no log can hold them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    generation: int
    expires_at: datetime
    state: TokenState
    holder: str
    held_until: datetime | None
    changed_at: datetime

    def held(self, now: datetime) -> bool:
        """True while somebody is spending the refresh token."""
        return bool(self.holder) and self.held_until is not None and self.held_until > now


def pair(db: Connection, app_id: str) -> Pair | None:
    """The pair of an app, or None where nobody has logged in yet."""
    row = db.execute(select(OaToken.__table__).where(OaToken.app_id == app_id)).one_or_none()
    return (
        Pair(
            row.access, row.refresh, row.generation, row.expires_at, row.state,
            row.holder, row.held_until, row.changed_at,
        )
        if row
        else None
    )  # fmt: skip


def hold(
    db: Connection, app_id: str, generation: int, holder: str, *, now: datetime, until: datetime
) -> bool:
    """Take the right to spend the refresh token; False where another has it, or it is spent.

    A hold whose time is up may be taken over: its owner died, or waits for an answer no longer.
    """
    return _changed(
        db,
        app_id,
        generation,
        OaToken.state != TokenState.LOST,
        or_(OaToken.held_until.is_(None), OaToken.held_until <= now),
        holder=holder,
        held_until=until,
    )


def release(db: Connection, app_id: str, generation: int, holder: str) -> bool:
    """Give the hold back: the refresh token was not spent."""
    mine = OaToken.holder == holder
    return _changed(db, app_id, generation, mine, holder="", held_until=None)


def doubt(db: Connection, app_id: str, generation: int, holder: str, now: datetime) -> bool:
    """Give the hold back: the refresh token may be spent, for no answer came."""
    return _ended(db, app_id, generation, holder, TokenState.UNCERTAIN, now)


def lose(db: Connection, app_id: str, generation: int, holder: str, now: datetime) -> bool:
    """Give the hold back: the platform refused the refresh token, and always will."""
    return _ended(db, app_id, generation, holder, TokenState.LOST, now)


def renew(
    db: Connection,
    app_id: str,
    generation: int,
    *,
    access: str,
    refresh: str,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Keep the pair that the refresh token of `generation` brought; False where a newer one stands.

    Whose hold it is does not matter: the platform gives one pair for one token, so an answer that
    came after its hold had lapsed, or after another was refused, is still the only good pair.
    """
    return _changed(
        db, app_id, generation, access=access, refresh=refresh, expires_at=expires_at,
        generation=generation + 1, state=TokenState.GOOD, holder="", held_until=None,
        changed_at=now,
    )  # fmt: skip


def adopt(
    db: Connection, app_id: str, *, access: str, refresh: str, expires_at: datetime, now: datetime
) -> None:
    """Begin with a pair that an administrator brought; whatever was before is forgotten."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    values: dict[str, Any] = {
        "access": access,
        "refresh": refresh,
        "expires_at": expires_at,
        "state": TokenState.GOOD,
        "holder": "",
        "held_until": None,
        "changed_at": now,
    }
    db.execute(
        insert(OaToken)
        .values(app_id=app_id, generation=1, **values)
        .on_conflict_do_update(
            index_elements=[OaToken.app_id],
            set_={**values, "generation": OaToken.generation + 1},
        )
    )


def _ended(
    db: Connection, app_id: str, generation: int, holder: str, state: TokenState, now: datetime
) -> bool:
    mine = OaToken.holder == holder
    values: dict[str, Any] = {"state": state, "holder": "", "held_until": None, "changed_at": now}
    return _changed(db, app_id, generation, mine, **values)


def _changed(db: Connection, app_id: str, of: int, /, *where: Any, **values: Any) -> bool:
    """Change the row while it is still of this generation."""
    change = update(OaToken).where(OaToken.app_id == app_id, OaToken.generation == of, *where)
    return db.execute(change.values(**values)).rowcount == 1
