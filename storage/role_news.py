"""What people are told of roles: their own, so that it takes no scope to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.covers import Holding, holdings
from storage.models import Role

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection


def told(db: Connection, role_id: int, day: date) -> Holding | None:
    """A role as it stands, ended or not, for the words of a notice about it."""
    row = db.execute(holdings(day).where(Role.id == role_id)).one_or_none()
    return Holding(*row) if row else None
