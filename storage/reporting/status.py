"""How a collection stands: which communes have handed in, which are late, and asking them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import audit, statistics
from storage.models import Report, ReportState, Unit, UnitChange
from storage.reporting import collections, communes, news
from storage.reporting.records import HANDED_IN, REPORTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, tzinfo

    from sqlalchemy import Connection, Row

    from storage.reporting.collections import Round
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """How the report of one commune stands; `state` None: not begun.

    `late`: it was handed in after the last safe day, or was not and that is over.
    """

    unit_id: int
    unit: str
    path: str
    former: bool
    report_id: int | None
    state: ReportState | None
    version: int
    late: bool
    on_behalf: bool
    submitted_at: datetime | None
    number: str
    numbered_on: date | None

    @property
    def handed_in(self) -> bool:
        """True where the Sở has it, and has not sent it back."""
        return self.state in HANDED_IN


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking for reports: communes asked, asked lately, and without an officer."""

    communes: int
    people: int
    lately: int
    nobody: int


def of(db: Connection, scope: Scope, collection_id: int, now: datetime) -> list[Standing]:
    """Every commune that reports, sorted by name; PermissionError for others than the Sở.

    A commune that came out of others since owes nothing where each of those has handed in; what a
    commune that is no more has handed in counts. Communes without a school are left out, unless
    they have a report.
    """
    return _of(db, collections.led(db, scope, collection_id), now)


def owing(db: Connection, round_: Round, now: datetime) -> tuple[str, ...]:
    """The paths of the communes that have not handed in, for reminders of the program itself."""
    return tuple(one.path for one in _of(db, round_, now) if not one.handed_in)


def tally(standings: Iterable[Standing]) -> Counter[ReportState | None]:
    """How many communes stand how; None: not begun."""
    return Counter(one.state for one in standings)


def waiting(db: Connection, scope: Scope) -> list[tuple[int, int]]:
    """(collection, reports that wait for the Sở) where there are any, the nearest day first."""
    found: list[tuple[int, int]] = []
    for round_ in collections.listed(db, scope):
        if collections.leads(scope, round_.path):
            rows = _reports(db, round_.id).values()
            if count := sum(row.state is ReportState.SUBMITTED for row in rows):
                found.append((round_.id, count))
    return found


def next_waiting(db: Connection, scope: Scope, collection_id: int) -> int | None:
    """The report that waits longest for the Sở's decision."""
    collections.led(db, scope, collection_id)
    rows = [row for row in _reports(db, collection_id).values()
            if row.state is ReportState.SUBMITTED]  # fmt: skip
    return min(rows, key=lambda row: (row.submitted_at, row.id)).id if rows else None


def ask_again(db: Connection, scope: Scope, collection_id: int, now: datetime) -> Asked:
    """Ask the officers of communes that have not handed in, each at most once in three days."""
    round_ = collections.led(db, scope, collection_id)
    lately = news.lately(db, collection_id, now)
    to_ask: set[int] = set()
    counts: Counter[str] = Counter()
    for one in _of(db, round_, now) if round_.closed_at is None else ():
        if one.handed_in:
            continue
        people = set(news.officers(db, [one.path], now))
        what = "nobody" if not people else "lately" if people & lately else "communes"
        counts[what] += 1
        to_ask |= people if what == "communes" else set()
    news.asked(db, collection_id, to_ask, now)
    if to_ask:
        audit.note(
            db, actor_id=scope.actor_id, action="reports asked", subject="collection",
            subject_id=collection_id, unit_id=round_.unit_id, now=now, communes=counts["communes"],
        )  # fmt: skip
    return Asked(counts["communes"], len(to_ask), counts["lately"], counts["nobody"])


def _of(db: Connection, round_: Round, now: datetime) -> list[Standing]:
    known = _reports(db, round_.id)
    today = {each.id: each for each in communes.under(db, round_.path, now.date())}
    covered = _covered(db, round_, today, known, now)
    found = [
        _standing(round_, each.id, each.name, each.path, known.get(each.id), now)
        for each in today.values()
        if each.id not in covered
    ]  # fmt: skip
    found += [
        _standing(round_, unit_id, row.unit, row.path, row, now)
        for unit_id, row in known.items()
        if unit_id not in today and (row.state in HANDED_IN or not _former(row, now.date()))
    ]
    return sorted(found, key=lambda one: (statistics.order(one.unit), one.unit_id))


def _reports(db: Connection, collection_id: int) -> dict[int, Row[*tuple[Any, ...]]]:
    rows = db.execute(REPORTS.where(Report.collection_id == collection_id))
    return {row.unit_id: row for row in rows}


def _covered(
    db: Connection,
    round_: Round,
    today: dict[int, communes.Commune],
    known: dict[int, Row[*tuple[Any, ...]]],
    now: datetime,
) -> set[int]:
    """Communes of today all of which has been reported on by what they came out of.

    What stands on without a part of it reported on that part only before the part went.
    """
    since = round_.opened_at.astimezone(now.tzinfo).date()
    changes = db.execute(
        select(UnitChange.from_id, UnitChange.to_id, UnitChange.day).where(
            UnitChange.to_id.in_(today), UnitChange.day >= since
        )
    ).all()
    handed = {unit_id for unit_id, row in known.items() if row.state in HANDED_IN}
    before: dict[int, set[int]] = {}
    for row in changes:
        before.setdefault(row.to_id, set()).add(row.from_id)
    # What was there before others came into it owes its own report still.
    new = {each for each, came in before.items() if each not in known and came <= handed}
    apart = {
        row.to_id
        for row in changes
        if row.from_id in today
        and row.from_id in known
        and _day(known[row.from_id], now.tzinfo, now.date()) >= row.day
    }
    return {each for each in new - apart if not _older(db, each, since)}


def _older(db: Connection, unit_id: int, since: date) -> bool:
    first = db.execute(select(Unit.valid_from).where(Unit.id == unit_id)).scalar_one()
    return first is None or first < since


def _standing(
    round_: Round,
    unit_id: int,
    unit: str,
    path: str,
    row: Row[*tuple[Any, ...]] | None,
    now: datetime,
) -> Standing:  # fmt: skip
    if row is None:
        late = now.date() > round_.last
        return Standing(unit_id, unit, path, former=False, report_id=None, state=None, version=0,
                        late=late, on_behalf=False, submitted_at=None, number="",
                        numbered_on=None)  # fmt: skip
    return Standing(
        unit_id, unit, path, former=_former(row, now.date()), report_id=row.id, state=row.state,
        version=row.version, late=_day(row, now.tzinfo, now.date()) > round_.last,
        on_behalf=row.on_behalf, submitted_at=row.submitted_at, number=row.number,
        numbered_on=row.numbered_on,
    )  # fmt: skip


def _day(row: Row[*tuple[Any, ...]], zone: tzinfo | None, today: date) -> date:
    """When it was handed in; today where it was not."""
    if row.state in HANDED_IN and row.submitted_at is not None:
        return row.submitted_at.astimezone(zone).date()
    return today


def _former(row: Row[*tuple[Any, ...]], day: date) -> bool:
    return row.valid_to is not None and row.valid_to < day
