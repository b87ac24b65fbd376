"""What it would cost to write to many people: counted before anything is owed.

People are weighed some hundreds at a time, so that as much memory is needed for all as for few.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import channels, reach, roles, spending
from storage.models import LIVE, AccountPerson, Person, Registration
from storage.reach import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection, Select

    from storage.channels import Terms, Way

# So many people are read and weighed at a time.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Sum:
    """Messages and what they cost, in đồng."""

    messages: int = 0
    cost: int = 0

    def plus(self, cost: int) -> Sum:
        """With one more message."""
        return Sum(self.messages + 1, self.cost + cost)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How many people a message would reach by each channel, as things stand.

    `unreachable` have no way at all; for `waiting` the way is closed at the moment; `withheld`
    would not fit under the ceiling. `cost` is in đồng.
    """

    ways: dict[str, Sum] = field(default_factory=dict[str, Sum])
    unreachable: int = 0
    waiting: int = 0
    withheld: int = 0

    @property
    def people(self) -> int:
        """How many were asked about."""
        reached = sum(one.messages for one in self.ways.values())
        return reached + self.unreachable + self.waiting + self.withheld

    @property
    def cost(self) -> int:
        """What it costs altogether, in đồng."""
        return sum(one.cost for one in self.ways.values())


def of_course(db: Connection, course_id: int, kind: str, now: datetime) -> Estimate:
    """The estimate for everybody with a seat or a turn in a course."""
    people = select(Registration.person_id).where(
        Registration.course_id == course_id, Registration.standing.in_(LIVE)
    )
    return of_people(db, people.order_by(Registration.id), kind, now)


def of_people(db: Connection, people: Select[int], kind: str, now: datetime) -> Estimate:
    """The estimate for those whose ids a statement finds, each once, in its order."""
    found = db.execute(people, execution_options={"yield_per": BATCH})
    return estimate(db, found.scalars(), kind, now)


def estimate(db: Connection, person_ids: Iterable[int], kind: str, now: datetime) -> Estimate:
    """What a message of a kind to these people would need, each on the way it would take now.

    Nobody is named twice. `now` is in the local zone: its day and month have the ceilings. What
    is critical goes whatever it costs, so nothing of it is withheld. Asking changes nothing.
    """
    ways = channels.ways(db, now)
    budget = _Budget(db, ways, now, bounded=kind not in spending.CRITICAL)
    found: dict[str, Sum] = {}
    unreachable = waiting = withheld = 0
    for candidates in _candidates(db, person_ids, kind, ways, now):
        choice = reach.weigh(candidates)
        way = next((one for one in choice.ways if budget.takes(one)), None)
        if way is not None:
            found[way.channel] = found.get(way.channel, Sum()).plus(way.price or 0)
        elif choice.worth_waiting(at_ceiling=bool(choice.ways)):
            waiting += 1
        elif choice.ways:
            withheld += 1
        else:
            unreachable += 1
    return Estimate(dict(sorted(found.items())), unreachable, waiting, withheld)


class _Budget:
    """What is left under the ceilings, of each purse."""

    def __init__(
        self, db: Connection, ways: dict[str, Way], now: datetime, *, bounded: bool
    ) -> None:
        self._left: dict[str, int] = {}
        self._purse: dict[str, str] = {}
        for name, way in ways.items() if bounded else ():
            purse = next((each for each in spending.PURSES if name in each), (name,))
            room = _room(db, purse, way.terms, now)
            if room is not None:
                self._purse[name] = purse[0]
                self._left[purse[0]] = min(room, self._left.get(purse[0], room))

    def takes(self, one: Candidate) -> bool:
        """True, and the price is taken off, where it fits."""
        purse, price = self._purse.get(one.channel), one.price or 0
        if purse is None or not price:
            return True
        if price > self._left[purse]:
            return False
        self._left[purse] -= price
        return True


def _room(db: Connection, purse: tuple[str, ...], terms: Terms, now: datetime) -> int | None:
    """What may still be spent today, in đồng; None where nothing bounds it."""
    day = now.date()
    spent_today = sum(spending.of_day(db, name, day).cost for name in purse)
    spent = sum(spending.of_month(db, name, day).cost for name in purse)
    rooms = [
        ceiling - so_far
        for ceiling, so_far in (
            (terms.day_ceiling, spent_today), (terms.month_ceiling, spent)
        )
        if ceiling
    ]  # fmt: skip
    return max(0, min(rooms)) if rooms else None


def _candidates(
    db: Connection, person_ids: Iterable[int], kind: str, ways: dict[str, Way], now: datetime
) -> Iterator[list[Candidate]]:
    """All ways to each person, in the order of the ids."""
    ids = iter(person_ids)
    while portion := list(islice(ids, BATCH)):
        found = _accounts(db, portion, ways, now)
        for person_id, one in _phones(db, portion, kind, ways, now):
            found[person_id].append(one)
        yield from found.values()


def _accounts(
    db: Connection, person_ids: list[int], ways: dict[str, Way], now: datetime
) -> dict[int, list[Candidate]]:
    """Each person's accounts on channels that run here."""
    found: dict[int, list[Candidate]] = {person_id: [] for person_id in person_ids}
    statement = reach.OF_PEOPLE.add_columns(AccountPerson.person_id)
    for row in db.execute(statement.where(AccountPerson.person_id.in_(person_ids))):
        way = channels.way(ways, row.channel)
        if not way.running:
            continue
        found[row.person_id].append(
            Candidate(
                row.channel, row.address, row.id, row.language, row.reachable, way.open,
                reach.price(way.terms, row.heard_at, now), row.heard_at, way.terms,
            )
        )  # fmt: skip
    return found


def _phones(
    db: Connection, person_ids: list[int], kind: str, ways: dict[str, Way], now: datetime
) -> Iterator[tuple[int, Candidate]]:
    """The template to each person's number, by the rule of `storage.reach`."""
    name = channels.ZALO_TEMPLATE
    way = channels.way(ways, name)
    if kind not in way.terms.templates or not way.running:
        return
    statement = select(Person.id, Person.phone).where(roles.present(now.date()), *reach.NUMBER)
    price, carries = way.terms.templates[kind], way.carries(kind)
    for row in db.execute(statement.where(Person.id.in_(person_ids))):
        if row.phone:
            yield (
                row.id,
                Candidate(
                    name, row.phone, None, reach.LANGUAGE, True, carries, price, None, way.terms
                ),
            )
