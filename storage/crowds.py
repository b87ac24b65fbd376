"""A few claimed announcements together: what each of their letters needs, by a statement for all.

For those only that go to their people without more ado. The others are looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

from storage import announcements, barriers, received
from storage.models import LIVE, AccountPerson, BroadcastState, Registration
from storage.received import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

    from storage.outbox import Owed
    from storage.received import Subject

_people: BindParameter[Any] = bindparam("people", expanding=True)
_theirs = select(AccountPerson.account_id).where(AccountPerson.person_id.in_(_people))
SHARED = (
    select(AccountPerson.account_id)
    .where(AccountPerson.account_id.in_(_theirs))
    .group_by(AccountPerson.account_id)
    .having(func.count() > 1)
)
TAKE_PART = select(Registration.person_id).where(
    Registration.course_id == bindparam("course_id"),
    Registration.person_id.in_(_people),
    Registration.standing.in_(LIVE),
)


@dataclass(frozen=True, slots=True)
class Ready:
    """An announcement that goes to its person as things stand, over whichever of the accounts."""

    subject: Subject
    takes_part: bool
    shared: frozenset[int]

    def facts(self, account_id: int) -> Facts:
        """What differs in the letter that goes to this account."""
        return Facts(account_id in self.shared, self.takes_part)


def gather(db: Connection, owed: Sequence[Owed], now: datetime) -> dict[int, Ready]:
    """Those that are sent for the first time and have no barrier, by their id.

    They are to be in hand, and the conversations of their people locked. Of one person's the first
    only: it counts for the next.
    """
    found: dict[int, Ready] = {}
    for broadcast_id, mine in _first(owed).items():
        announcement = announcements.get(db, broadcast_id)
        if announcement is None or announcement.state is not BroadcastState.RUNNING:
            continue
        people = [person_id for person_id in mine if person_id is not None]
        barred = barriers.barriers_now(db, broadcast_id, people, now)
        subject = received.subject(db, announcement)
        shared = frozenset(db.execute(SHARED, {"people": people}).scalars())
        part = _taking_part(db, announcement.course_id, people)
        found |= {
            mine[each].id: Ready(subject, each in part, shared)
            for each in people
            if barred[each] is None
        }
    return found


def _first(owed: Sequence[Owed]) -> dict[int, dict[int | None, Owed]]:
    """By broadcast and person, the first notice of each person."""
    groups: defaultdict[int, dict[int | None, Owed]] = defaultdict(dict)
    seen: set[int | None] = {None}
    for one in owed:
        if one.person_id not in seen and not one.again:
            groups[one.subject_id][one.person_id] = one
        seen.add(one.person_id)
    return groups


def _taking_part(db: Connection, course_id: int | None, people: list[int]) -> set[int]:
    if course_id is None:
        return set()
    return set(db.execute(TAKE_PART, {"course_id": course_id, "people": people}).scalars())
