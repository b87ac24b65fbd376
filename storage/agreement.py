"""Courses for which the principal has to agree: who is asked, and who need not ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import outbox, roles
from storage.models import Position, RoleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Who
    from storage.places import Place


def own(db: Connection, who: Who, now: datetime) -> bool:
    """True for whoever would be asked about themselves."""
    if who.position is Position.PRINCIPAL and who.verified:
        return True
    return who.id in askable(db, who, now)


def askable(db: Connection, who: Who, now: datetime) -> list[int]:
    """Who is asked to agree: the school's principals, else the commune, else the Sở."""
    day = now.date()
    rungs = (
        roles.holders(db, RoleKind.PRINCIPAL, school_id=who.school_id, day=day),
        roles.holders(db, RoleKind.COMMUNE, path=who.path, day=day),
        roles.holders(db, RoleKind.DEPARTMENT, path=who.path, day=day),
    )
    for rung in rungs:
        if any(outbox.reachable(db, person_id) for person_id in rung):
            return list(rung)
    return []


def ask(db: Connection, place: Place, who: Who, now: datetime) -> None:
    """Owe the question to everybody who may answer it; the first answer counts."""
    for person_id in askable(db, who, now):
        outbox.owe(
            db, "agree", key=f"agree:{place.id}:{place.turn}:{person_id}", subject_id=place.id,
            person_id=person_id, due_at=now,
        )  # fmt: skip


def may_answer(db: Connection, person_id: int, colleague: Who, now: datetime) -> bool:
    """True for whoever holds a role over the colleague's school today."""
    day = now.date()
    return (
        person_id in roles.holders(db, RoleKind.PRINCIPAL, school_id=colleague.school_id, day=day)
        or person_id in roles.holders(db, RoleKind.COMMUNE, path=colleague.path, day=day)
        or person_id in roles.holders(db, RoleKind.DEPARTMENT, path=colleague.path, day=day)
    )
