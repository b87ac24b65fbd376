"""What would become of an announcement that was confirmed now; nothing is owed by asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage import approvals, broadcasts, estimates, recipients, reminder_rules, send_times

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.approvals import Approver
    from storage.estimates import Estimate
    from storage.recipients import Barrier, Rule
    from storage.scopes import Scope


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
    first = send_times.begins(now, due_at, corrections)
    needed = approvals.required(db, scope.person_id, tally.reachable, people, now)
    return Rehearsal(
        meant=tally.meant,
        barred=tally.barred,
        estimate=estimate,
        begins=first,
        ends=send_times.ends(first, estimate, corrections, send_times.rates(db, now)),
        approvers=approvals.approvers(db, path, scope.person_id, now) if needed else [],
        needs_approval=needed,
    )
