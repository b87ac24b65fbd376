"""What is loaded, and whether what should have been said was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from storage.conversations import STALE
from storage.models import Account, Conversation, Course, Notice, NoticeState, Person, Role, Unit
from storage.scopes import OFFICERS

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# What is still not said after this long is held up by something.
HELD_UP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Health:
    """Counts: what is loaded; accounts that block us; answers and notices that are held up."""

    units: int
    people: int
    courses: int
    officers: int
    accounts: int
    unreachable: int
    unspoken: int
    overdue: int


def look(db: Connection, now: datetime) -> Health:
    """The counts as they are now."""
    late = now - HELD_UP
    officers = select(Role.person_id).where(
        Role.kind.in_(OFFICERS), or_(Role.valid_to.is_(None), Role.valid_to >= now.date())
    )
    wanted = {
        "units": select(Unit.id),
        "people": select(Person.id),
        "courses": select(Course.id),
        "officers": officers.distinct(),
        "accounts": select(Account.id),
        "unreachable": select(Account.id).where(~Account.reachable),
        "unspoken": select(Conversation.account_id).where(
            Conversation.unspoken_since.between(now - STALE, late)
        ),
        "overdue": select(Notice.id).where(Notice.state == NoticeState.OWED, Notice.due_at < late),
    }
    counts = {
        name: db.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
        for name, rows in wanted.items()
    }
    return Health(**counts)
