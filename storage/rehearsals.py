"""What would become of an announcement that was confirmed now; nothing is owed by asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from storage import (
    approvals,
    broadcasts,
    channels,
    estimates,
    paces,
    recipients,
    reminder_rules,
    worktime,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

    from storage.approvals import Approver
    from storage.estimates import Estimate
    from storage.recipients import Barrier, Rule
    from storage.scopes import Scope

# When people like to read what is not urgent: over noon and in the evening, the ends not included.
WINDOWS: Final = ((time(11, 30), time(13)), (time(17, 30), time(20)))
# Messages a second by channel, where no program has noted its terms yet.
RATES: Final[Mapping[str, float]] = {
    channels.TELEGRAM: 30, channels.ZALO_BOT: 1, channels.ZALO_OA: 60,
}  # fmt: skip
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many are meant, why some are not written to, and how the rest would be reached.

    It would begin at `begins` and have passed the slowest channel by `ends`, both in the local
    zone and without the time for hold and approval; `ends` is None where there is no open way to
    anybody. `approvers` are looked for only where `needs_approval`; where there is none then, it
    goes on by itself after a while.
    """

    meant: int
    barred: dict[Barrier, int]
    estimate: Estimate
    begins: datetime
    ends: datetime | None
    approvers: list[Approver]
    needs_approval: bool

    @property
    def reachable(self) -> int:
        """How many are written to: the number that has to be typed."""
        return self.meant - sum(self.barred.values())


def rehearse(db: Connection, scope: Scope, broadcast_id: int, now: datetime) -> Rehearsal | None:
    """A draft as this officer would send it now; None where there is none that they could send.

    It reaches whom `broadcasts.confirm` would reach.
    """
    found = broadcasts.get(db, broadcast_id)
    if found is None or not scope.covers(found.path):
        return None
    return of_rule(
        db, broadcasts.sphere(scope, found), found.rule, found.path, now, due_at=found.due_at,
        exempt=found.corrects_id is not None,
    )  # fmt: skip


def of_rule(
    db: Connection,
    scope: Scope,
    rule: Rule,
    path: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
    exempt: bool = False,
) -> Rehearsal:
    """An announcement to whom a rule means, in the name of the unit at this path."""
    tally = recipients.tally(db, rule, scope, now, exempt=exempt)
    people = recipients.reachable(db, rule, scope, now, exempt=exempt)
    estimate = estimates.of_people(db, people, recipients.KIND, now)
    corrections = reminder_rules.corrections(db)
    first = begins(now, due_at, corrections)
    needed = approvals.needed(tally.reachable)
    return Rehearsal(
        meant=tally.meant,
        barred=tally.barred,
        estimate=estimate,
        begins=first,
        ends=ends(first, estimate, corrections, rates(db, now)),
        approvers=approvals.approvers(db, path, scope.person_id, now) if needed else [],
        needs_approval=needed,
    )


def begins(
    now: datetime, due_at: datetime | None, corrections: Mapping[date, bool] | None = None
) -> datetime:
    """When an announcement goes out, in the zone of `now`: never at night or on a holiday.

    At the first waking moment from `due_at` on; None, or a moment that is past, is at once.
    """
    due = now if due_at is None else max(now, due_at.astimezone(now.tzinfo))
    return worktime.next_waking(due, corrections)


def preferred(now: datetime, corrections: Mapping[date, bool] | None = None) -> datetime:
    """When an announcement goes out by itself, that is where the officer says nothing else.

    Now, where people like to read at this hour, else when they do next; never on a holiday.
    """
    day = now.date()
    while True:
        for opens, closes in () if worktime.is_holiday(day, corrections) else WINDOWS:
            if now < datetime.combine(day, closes, tzinfo=now.tzinfo):
                return max(now, datetime.combine(day, opens, tzinfo=now.tzinfo))
        day += _ONE_DAY


def rates(db: Connection, now: datetime) -> dict[str, float]:
    """How many messages a second each channel takes here; 0 for any number."""
    noted = channels.ways(db, now)
    return {**RATES, **{name: way.terms.rate for name, way in noted.items()}}


def ends(
    first: datetime,
    estimate: Estimate,
    corrections: Mapping[date, bool] | None = None,
    rates: Mapping[str, float] = RATES,
) -> datetime | None:
    """When the last message of an estimate has been sent, where the first goes out at `first`.

    Nights and holidays lie between; None where nothing can be sent. `rates` are messages a
    second by channel; one without a rate takes any number.
    """
    if not estimate.ways:
        return None
    messages: dict[str, int] = {}
    for name, one in estimate.ways.items():
        account = paces.account(name)
        messages[account] = messages.get(account, 0) + one.messages
    seconds = max(
        number / rates[account] if rates.get(account) else 0 for account, number in messages.items()
    )
    return worktime.after_waking_hours(first, seconds / 3600, corrections)
