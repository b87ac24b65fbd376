"""Announcements over time: held, let go, given to the sender slice by slice, finished.

Any number of processes may deal: a broadcast is dealt with by whoever locks its row. Nothing is
kept but the rows themselves, so that a restart or a clock that is put right loses nothing and
does nothing twice.

Only so much lies before the sender as its platform takes in a few seconds, since what other people
are owed on that account waits behind it; and a slow platform holds up no other. So the account of
each notice is guessed while it is planned, as `storage.dispatch` guesses it for all others.

Who answers for an announcement must cover its unit for as long as it is sent. That is its author;
where it was paused because the author does no longer, whoever let it go on.
"""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, exists, func, select, update

from storage import (
    announcements,
    approvers,
    audit,
    channels,
    dispatch,
    outbox,
    recipients,
    reminder_rules,
    worktime,
)
from storage.models import Broadcast, BroadcastState, Notice, NoticeState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.announcements import Announcement

log = logging.getLogger(__name__)

ROLE_ENDED = "role ended"
CANCELLED = "cancelled"
# The platform did not say whether it took a message.
NO_ANSWER = outbox.NO_ANSWER
# So many are looked at, or given to the sender on one account, in one turn.
SLICE = 500
# Seconds' worth of what an account's platform takes that lie before the sender; dealt again when
# half of it is gone. `MOST` where there is no limit.
AHEAD_SECONDS = 3
FEWEST, MOST = 5, 3000
# The clocks of several machines differ by less.
DRIFT = timedelta(seconds=10)
# The accounts the sender draws on; and people without any.
ROUTES = (dispatch.NOWHERE, *dispatch.ACCOUNTS)
ON_ITS_WAY = (
    BroadcastState.ASKED, BroadcastState.HELD, BroadcastState.RUNNING, BroadcastState.PAUSED,
)  # fmt: skip
UNTOUCHED = (NoticeState.PLANNED, NoticeState.OWED)

# The people of one announcement.
MINE = (Notice.kind == recipients.KIND, Notice.subject_id == bindparam("broadcast_id"))
WATCH = (
    select(Broadcast.id, Broadcast.state)
    .where(Broadcast.state.in_(ON_ITS_WAY))
    .order_by(Broadcast.id)
)
AHEAD = (
    select(Notice.route, func.count().label("people"))
    .where(*MINE, Notice.state == NoticeState.OWED, Notice.due_at <= bindparam("now"))
    .group_by(Notice.route)
)
PLANNED = (*MINE, Notice.state == NoticeState.PLANNED)
SUPPLY = select(*(exists().where(*PLANNED, Notice.route == name) for name in ROUTES))
# In no order: it stops at the first so many that it finds.
NEXT = (
    select(Notice.id)
    .where(*PLANNED, Notice.route == bindparam("on"))
    .limit(bindparam("many", type_=Integer()))
)
FRESH = (*PLANNED, Notice.route == dispatch.FRESH)
NEXT_FRESH = (
    select(Notice.id)
    .where(*FRESH, Notice.id > bindparam("low"))
    .order_by(Notice.id)
    .limit(bindparam("many", type_=Integer()))
)
FIRST_FRESH = select(func.min(Notice.id)).where(*FRESH)
# What was given to the sender before the clock was set back; what a platform put off has no route.
AHEAD_OF_TIME = (
    update(Notice)
    .where(
        *MINE, Notice.state == NoticeState.OWED, ~Notice.tried, Notice.route != dispatch.FRESH,
        Notice.due_at > bindparam("soon"),
    )
    .values(due_at=bindparam("now"))
)  # fmt: skip
UNTRIED = (*MINE, Notice.state == NoticeState.OWED, ~Notice.tried)
FIRST_UNTRIED = select(func.min(Notice.id)).where(*UNTRIED)
UNFINISHED = select(exists().where(*MINE, Notice.state.in_((*UNTOUCHED, NoticeState.CLAIMED))))


def deal(db: Connection, now: datetime) -> bool:
    """Do what is due of every announcement; True where something was done: look again at once."""
    rows = db.execute(WATCH).all()
    if not rows:
        return False
    running = sum(row.state is BroadcastState.RUNNING for row in rows)
    awake = worktime.next_waking(now, reminder_rules.corrections(db)) == now
    done = False
    for row in rows:
        found = announcements.locked_if_free(db, row.id)
        if found is not None:
            done |= _step(db, found, now, awake=awake, share=max(1, running))
    return done


def _step(db: Connection, found: Announcement, now: datetime, *, awake: bool, share: int) -> bool:
    match found.state:
        case BroadcastState.ASKED:
            return _see_to_approval(db, found, now)
        case BroadcastState.HELD:
            over = found.held_until is not None and found.held_until <= now
            return over and awake and _begin(db, found, now)
        case BroadcastState.RUNNING if awake:
            return _run(db, found, now, share)
        case BroadcastState.RUNNING | BroadcastState.PAUSED:
            # Also what the sender had in hand when it was paused, and could not send.
            return recall(db, found, now)
        case BroadcastState.DRAFT | BroadcastState.DONE | BroadcastState.CANCELLED:
            return False


def _see_to_approval(db: Connection, found: Announcement, now: datetime) -> bool:
    """Somebody who can approve it is always asked; where there is nobody it goes on alone."""
    asked = approvers.approvers(db, found.path, found.author_id, now)
    if asked:
        approvers.ask(db, found, asked, now)
        if found.alone_from is not None:
            announcements.write(db, found.id, now, alone_from=None)
        return False
    if found.alone_from is None:
        approvers.alone(db, found, now)
    elif found.alone_from <= now:
        approvers.hold(db, found, now)
        return True
    return False


def _begin(db: Connection, found: Announcement, now: datetime) -> bool:
    if not _answered_for(db, found, now):
        return _pause(db, found, now)
    outbox.withdraw(db, (approvers.HOLDING,), found.id, now)
    announcements.write(
        db, found.id, now, state=BroadcastState.RUNNING, began_at=found.began_at or now
    )
    return True


def _run(db: Connection, found: Announcement, now: datetime, share: int) -> bool:
    if not _answered_for(db, found, now):
        return _pause(db, found, now)
    key = {"broadcast_id": found.id}
    db.execute(AHEAD_OF_TIME, {**key, "now": now, "soon": now + DRIFT})
    ways = channels.ways(db, now)
    ahead = {row.route: row.people for row in db.execute(AHEAD, {**key, "now": now})}
    dealt, short = 0, False
    for name, supply in zip(ROUTES, db.execute(SUPPLY, key).one(), strict=True):
        wanted, there = _wanted(dispatch.rate(ways, name), share), ahead.get(name, 0)
        # Not one by one: the sender takes some away at every moment.
        if there * 2 < wanted:
            many = min(SLICE, wanted - there)
            given = _hand_over(db, {**key, "on": name}, many, now) if supply else 0
            dealt += given
            short |= given < many
    if dealt or (short and _look_further(db, found, now)):
        return True
    if db.execute(UNFINISHED, key).scalar():
        return False
    return _finish(db, found, now)


def _wanted(rate: float, share: int) -> int:
    """How many should lie before the sender on an account that takes so many a second."""
    if not rate:
        return MOST
    return min(MOST, max(FEWEST, math.ceil(rate * AHEAD_SECONDS / share)))


def _hand_over(db: Connection, key: dict[str, Any], many: int, now: datetime) -> int:
    """Owe the next so many on an account; returns how many there were."""
    ids = list(db.execute(NEXT, {**key, "many": many}).scalars())
    if ids:
        given = update(Notice).where(Notice.id.in_(ids))
        db.execute(given.values(state=NoticeState.OWED, due_at=now))
    return len(ids)


def _look_further(db: Connection, found: Announcement, now: datetime) -> bool:
    """Guess the account of the next ones that are planned; False where all are looked at."""
    key = {"broadcast_id": found.id}
    ids = list(db.execute(NEXT_FRESH, {**key, "low": found.dealt_to, "many": SLICE}).scalars())
    if ids:
        looked_at = update(Notice).where(Notice.id.in_(ids))
        db.execute(looked_at.values(route=dispatch.expected()))
        announcements.write(db, found.id, now, dealt_to=ids[-1])
        return True
    first = db.execute(FIRST_FRESH, key).scalar()
    if first is not None:  # one that lies before the last that was looked at
        announcements.write(db, found.id, now, dealt_to=first - 1)
    return first is not None


def _finish(db: Connection, found: Announcement, now: datetime) -> bool:
    announcements.write(db, found.id, now, state=BroadcastState.DONE, finished_at=now)
    tell_author(db, found, now)
    return True


def _pause(db: Connection, found: Announcement, now: datetime) -> bool:
    """Nobody answers for it: whoever covers it may let it go on."""
    announcements.write(db, found.id, now, state=BroadcastState.PAUSED, pause_reason=ROLE_ENDED)
    recall(db, found, now)
    told = {one.person_id for one in approvers.covering(db, found.path, now.date())}
    key = f"{approvers.PAUSED}:{found.id}:{now.timestamp()}"
    for person_id in sorted(told | {found.author_id}):
        outbox.owe(
            db, approvers.PAUSED, key=f"{key}:{person_id}", subject_id=found.id,
            person_id=person_id, due_at=now,
        )  # fmt: skip
    audit.note(
        db, actor_id=None, action="paused", subject="broadcast", subject_id=found.id,
        unit_id=found.unit_id, now=now, reason=ROLE_ENDED,
    )  # fmt: skip
    log.warning("announcement %s is paused: %s", found.code, ROLE_ENDED)
    return True


def tell_author(db: Connection, found: Announcement, now: datetime) -> None:
    """Owe the author the news that it has come to its end: sent, or stopped by somebody else."""
    outbox.owe(
        db, approvers.ANNOUNCED, key=f"{approvers.ANNOUNCED}:{found.id}:{now.timestamp()}",
        subject_id=found.id, person_id=found.author_id, due_at=now,
    )  # fmt: skip


def answering(
    db: Connection, found: Announcement, officer_id: int, now: datetime
) -> dict[str, Any]:
    """What to write where it goes on: this officer answers for it, where nobody else does."""
    going = {"pause_reason": ""}
    return going if _answered_for(db, found, now) else {**going, "answers_id": officer_id}


def _answered_for(db: Connection, found: Announcement, now: datetime) -> bool:
    officer_id = found.answers_id or found.author_id
    return approvers.covers(db, officer_id, found.path, now.date())


def recall(db: Connection, found: Announcement, now: datetime) -> bool:
    """Take back what lies before the sender and was not tried; True where there was any.

    What was tried and may have arrived stays with the sender.
    """
    key = {"broadcast_id": found.id}
    first = db.execute(FIRST_UNTRIED, key).scalar()
    if first is None:
        return False
    db.execute(update(Notice).where(*UNTRIED).values(state=NoticeState.PLANNED), key)
    announcements.write(db, found.id, now, dealt_to=min(found.dealt_to, first - 1))
    return True


def call_off(db: Connection, broadcast_id: int) -> None:
    """Skip everybody who was not written to; what may have arrived is uncertain."""
    for which, state, reason in (
        (Notice.state.in_(UNTOUCHED) & ~Notice.tried, NoticeState.SKIPPED, CANCELLED),
        (Notice.state == NoticeState.PLANNED, NoticeState.UNCERTAIN, NO_ANSWER),
    ):
        calling = update(Notice).where(*MINE, which).values(state=state, reason=reason)
        db.execute(calling, {"broadcast_id": broadcast_id})


def before_first(db: Connection, broadcast_id: int) -> int:
    """The id before the first that nobody has looked at; dealing begins there."""
    return (db.execute(FIRST_FRESH, {"broadcast_id": broadcast_id}).scalar() or 1) - 1


def stop_by_office(db: Connection, broadcast_id: int, now: datetime) -> bool:
    """Stop it from the command line; False where there is nothing to stop."""
    found = announcements.locked(db, broadcast_id)
    return found is not None and end(db, found, None, now)


def end(db: Connection, found: Announcement, officer_id: int | None, now: datetime) -> bool:
    """Stop it, locked, for good; its author is told where somebody else does.

    False where there is nothing to stop. `officer_id` None: the command line.
    """
    if found.state not in ON_ITS_WAY:
        return False
    announcements.write(
        db, found.id, now, state=BroadcastState.CANCELLED, finished_at=now, alone_from=None
    )
    call_off(db, found.id)
    kinds = (approvers.APPROVAL, approvers.HOLDING, approvers.PAUSED)
    outbox.withdraw(db, kinds, found.id, now)
    if officer_id != found.author_id:
        tell_author(db, found, now)
    audit.note(
        db, actor_id=officer_id, action="stopped", subject="broadcast", subject_id=found.id,
        unit_id=found.unit_id, now=now,
    )  # fmt: skip
    return True
