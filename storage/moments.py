"""When a training is reminded of: pure rules, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from storage.models import Remind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

# Of an earlier day, in the local zone: before people sleep, and never in the quiet hours.
HOUR = time(19)


class Offset(StrEnum):
    """How long before a session."""

    WEEK = "week"
    EVE = "eve"


DAYS = {Offset.WEEK: 7, Offset.EVE: 1}
WANTED = {
    Remind.UNASKED: (), Remind.NEVER: (), Remind.EVE: (Offset.EVE,),
    Remind.WEEK: (Offset.WEEK, Offset.EVE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """When a session is reminded of; both times are aware."""

    starts_at: datetime
    offset: Offset
    at: datetime


def moments(starts: Iterable[datetime], zone: tzinfo | None) -> list[Moment]:
    """When the sessions of one course are reminded of, the earliest first.

    The second session of a day needs no eve of its own, nor one that follows another within
    seven days a week's notice.
    """
    ordered = sorted({start.astimezone(zone) for start in starts})
    found: list[Moment] = []
    for before, start in pairwise((None, *ordered)):
        if start is None:  # never: only the first of them is nothing
            continue
        if before is None or before.date() != start.date():
            found.append(Moment(start, Offset.EVE, _at(start, Offset.EVE)))
        if before is None or start.date() - before.date() > timedelta(days=DAYS[Offset.WEEK]):
            found.append(Moment(start, Offset.WEEK, _at(start, Offset.WEEK)))
    return sorted(found, key=lambda one: (one.at, one.starts_at))


def _at(start: datetime, offset: Offset) -> datetime:
    day = start.date() - timedelta(days=DAYS[offset])
    return datetime.combine(day, HOUR, tzinfo=start.tzinfo)
