"""What is counted of a person, as bits, and what comes of many, as sums. Pure; no database."""

from __future__ import annotations

import operator
from dataclasses import dataclass, fields
from enum import IntFlag
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable


class Bit(IntFlag):
    """What one person adds to the counters of a subject, by the names of `Count`, in its order.

    Of a course and of all courses of a programme: `EXPECTED` are those it means (its audience rule,
    or the nomination) who are at work, and those of them who have completed it, whatever became of
    them since. `REGISTERED` to `UNKNOWN` are of them. `REGISTERED` hold a seat; `EXCUSED` were sent
    and cannot come; `ON_TIME` completed by the last safe day; `FAILED` have not completed it and
    that is decided; `UNKNOWN`: it is over, and marks or results are missing. `ON_LEAVE` and `LEFT`
    would be expected, were they at work. `OTHERS` take part without being expected, `OTHERS_DONE`
    of them have completed.

    Of an indicator: `EXPECTED` is the denominator, `COMPLETED` the numerator, `UNKNOWN` are of the
    denominator without verified data, `FAILED` all others of it.
    """

    EXPECTED = 1
    REGISTERED = 2
    WAITING = 4
    GIVEN_UP = 8
    EXCUSED = 16
    ATTENDED = 32
    COMPLETED = 64
    ON_TIME = 128
    FAILED = 256
    UNKNOWN = 512
    ON_LEAVE = 1024
    LEFT = 2048
    OTHERS = 4096
    OTHERS_DONE = 8192


@dataclass(frozen=True, slots=True)
class Count:
    """Sums of people, each once in each column; see `Bit` for what the columns mean."""

    expected: int = 0
    registered: int = 0
    waiting: int = 0
    given_up: int = 0
    excused: int = 0
    attended: int = 0
    completed: int = 0
    on_time: int = 0
    failed: int = 0
    unknown: int = 0
    on_leave: int = 0
    left: int = 0
    others: int = 0
    others_done: int = 0

    def __add__(self, other: Count) -> Count:
        """Both together."""
        return Count(*map(operator.add, values(self), values(other)))

    def __sub__(self, other: Count) -> Count:
        """What is left without the other; columns may be negative."""
        return Count(*map(operator.sub, values(self), values(other)))

    def __bool__(self) -> bool:
        """True where any column is not 0."""
        return any(values(self))

    @property
    def missing(self) -> int:
        """Those who are expected and have not completed."""
        return self.expected - self.completed

    @property
    def late(self) -> int:
        """Those who completed after the last safe day."""
        return self.completed - self.on_time


NOTHING = Count()
COLUMNS = tuple(each.name for each in fields(Count))
_values = operator.attrgetter(*COLUMNS)


def values(count: Count) -> tuple[int, ...]:
    """The sums in the order of `COLUMNS`."""
    return cast("tuple[int, ...]", _values(count))


def of(bits: int) -> Count:
    """What one person with these bits adds."""
    return Count(*(int(bool(bits & 1 << at)) for at in range(len(COLUMNS))))


def total(counts: Iterable[Count]) -> Count:
    """The sum of many."""
    columns = zip(*map(values, counts), strict=True)
    sums = tuple(sum(column) for column in columns)
    return Count(*sums)
