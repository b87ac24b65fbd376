"""Where the schools of a scope lie: the commune of today and the former district of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.meant import DISTRICT, NOW, with_units
from storage.models import School

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.scopes import Scope


def of(db: Connection, scope: Scope) -> dict[int, tuple[str, str]]:
    """(Commune, former district) by the id of each school of the scope; "" where not known."""
    found = with_units(
        select(
            School.id,
            NOW.name.expression.label("commune"),
            func.coalesce(DISTRICT.name, "").label("district"),
        )
    ).where(scope.where(NOW.path.expression))
    return {row.id: (row.commune, row.district) for row in db.execute(found)}
