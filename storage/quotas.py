"""How near a channel is to what its platform allows: the Sở is told once, in time."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from storage import channels, outbox, reach, roles, spending
from storage.models import RoleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

KIND = "quota"


class What(StrEnum):
    """What is counted."""

    PEOPLE = "people"
    MESSAGES = "messages"


def near(count: int, most: int) -> bool:
    """True from nine tenths of a quota on; a quota of 0 is none."""
    return bool(most) and count * 10 >= most * 9


def look(db: Connection, now: datetime) -> None:
    """Tell the officers of the Sở of every running channel that is near a quota."""
    for name, way in channels.ways(db, now).items():
        if not way.open:
            continue
        if near(channels.people(db, name), way.terms.most_people):
            tell(db, name, What.PEOPLE, way.terms.most_people, now)
        if near(used(db, name, What.MESSAGES, now), way.terms.most_messages):
            tell(db, name, What.MESSAGES, way.terms.most_messages, now)


def used(db: Connection, name: str, what: What, now: datetime) -> int:
    """How much of a quota of a channel is used: people so far, or messages of this month."""
    if what is What.PEOPLE:
        return channels.people(db, name)
    return spending.of_month(db, name, now.date()).messages


def tell(db: Connection, name: str, what: What, most: int, now: datetime) -> None:
    """Owe the officers of the Sở a word, each of them once for a quota and its month."""
    month = f":{now:%Y-%m}" if what is What.MESSAGES else ""
    for officer_id in roles.holders(db, RoleKind.DEPARTMENT, day=now.date()):
        if reach.reachable(db, officer_id, KIND, now):
            outbox.owe(
                db, KIND, key=f"{KIND}:{name}:{what.value}:{most}{month}:{officer_id}",
                subject_id=most, person_id=officer_id, due_at=now,
                data={"channel": name, "what": what.value},
            )  # fmt: skip
