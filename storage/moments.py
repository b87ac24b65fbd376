"""When a training is reminded of: pure rules, without a database.

A moment never falls into the quiet hours: it moves to the evening before them, where it becomes one
with the reminder that is due there anyway. Nor does one fall on a holiday that is more than 48
hours before the session; nearer ones are never silenced.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from storage import worktime
from storage.models import Offset, Remind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date, tzinfo

# Of an earlier day, in the local zone: before people sleep.
EVENING = time(19)
# Holidays do not matter for what begins so soon.
NEAR = timedelta(hours=48)
A_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rule:
    """How long before a session: so many days, at a local time; or, without one, so long."""

    days: int = 0
    clock: time | None = None
    before: timedelta = timedelta(0)

    @property
    def reach(self) -> timedelta:
        """How long before the session at most."""
        return timedelta(days=self.days + 1) if self.clock else self.before


DEFAULTS: dict[Offset, Rule] = {
    Offset.EVE: Rule(days=1, clock=EVENING),
    Offset.WEEK: Rule(days=7, clock=EVENING),
    Offset.HOURS: Rule(before=timedelta(hours=2)),
    Offset.JOIN: Rule(before=timedelta(hours=1)),
}
# What a moment that stands for several is called after.
ORDER = tuple(DEFAULTS)


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a session, aware; `link` where one may join from afar, `afar` where one must."""

    at: datetime
    link: str = ""
    afar: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When a session is reminded of, and as what; both times are aware, `at` is local."""

    starts_at: datetime
    offsets: tuple[Offset, ...]
    at: datetime

    @property
    def offset(self) -> Offset:
        """The first of what it stands for."""
        return self.offsets[0]

    @property
    def for_all(self) -> bool:
        """True for what everybody wants who wants to be reminded at all."""
        return Offset.EVE in self.offsets or Offset.JOIN in self.offsets


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants to be reminded of; the link to join by comes with every yes."""

    remind: Remind
    on_day: bool = True

    def wants(self, moment: Moment) -> bool:
        """True where the person wants any of what a moment stands for."""
        wanted = WANTED[self.remind]
        return any(
            offset in wanted and (self.on_day or offset is not Offset.HOURS)
            for offset in moment.offsets
        )


_YES = (Offset.EVE, Offset.HOURS, Offset.JOIN)
WANTED: dict[Remind, tuple[Offset, ...]] = {
    Remind.UNASKED: (), Remind.NEVER: (), Remind.EVE: _YES, Remind.WEEK: (Offset.WEEK, *_YES),
}  # fmt: skip


def moments(
    starts: Iterable[Start],
    zone: tzinfo | None,
    rules: Mapping[Offset, Rule] = DEFAULTS,
    corrections: Mapping[date, bool] | None = None,
) -> list[Moment]:
    """When the sessions of one course are reminded of, the earliest first.

    What is missing from `rules` is not reminded of; `corrections` are those of the calendar of
    holidays. The second session of a day needs no reminder of its own but a link of its own, nor
    one that follows another within a week a week's notice. An online session whose link comes an
    hour before needs no reminder an hour earlier.
    """
    found: defaultdict[tuple[datetime, datetime], set[Offset]] = defaultdict(set)
    for start, offset in _meant(starts, zone, rules):
        at = _at(start, rules[offset], _evening(rules), corrections)
        if at < start:
            found[at, start].add(offset)
    return [
        Moment(start, tuple(offset for offset in ORDER if offset in offsets), at)
        for (at, start), offsets in sorted(found.items())
    ]


def _meant(
    starts: Iterable[Start], zone: tzinfo | None, rules: Mapping[Offset, Rule]
) -> Iterator[tuple[datetime, Offset]]:
    """Each session with what there is to remind of it."""
    before: Start | None = None
    for one in sorted(starts, key=lambda one: one.at):
        start, last = one.at.astimezone(zone), before.at.astimezone(zone) if before else None
        first = last is None or last.date() != start.date()
        joins = bool(one.link) and Offset.JOIN in rules
        if joins and (first or (before is not None and before.link != one.link)):
            yield start, Offset.JOIN
        if first and Offset.HOURS in rules and not (joins and one.afar):
            yield start, Offset.HOURS
        if first and Offset.EVE in rules:
            yield start, Offset.EVE
        apart = last is None or start.date() - last.date() > A_WEEK
        if apart and Offset.WEEK in rules:
            yield start, Offset.WEEK
        before = one


def _evening(rules: Mapping[Offset, Rule]) -> time:
    """The hour of the evening before, to which what would fall into the night moves."""
    eve = rules.get(Offset.EVE)
    return eve.clock if eve and eve.clock else EVENING


def _at(
    start: datetime, rule: Rule, evening: time, corrections: Mapping[date, bool] | None
) -> datetime:
    at = start - rule.before
    if rule.clock:
        day = start.date() - timedelta(days=rule.days)
        at = datetime.combine(day, rule.clock, tzinfo=start.tzinfo)
    at = worktime.before_quiet(at, evening)
    while start - at > NEAR and worktime.is_holiday(at.date(), corrections):
        at -= timedelta(days=1)
    return at
