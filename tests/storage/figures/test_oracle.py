"""Whatever happens, in whatever order: every figure is what plain Python makes of all the rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.figures import books, recount, rows
from storage.figures.counts import Bit
from storage.models import Counted, RoleKind, Subject
from storage.scopes import Reach, Scope, everywhere
from storage.statistics import View, Within
from tests.storage.figures import history
from tests.storage.figures.oracle import Oracle

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.figures.counts import Count

VIEWS = tuple(View)


async def test_every_figure_is_what_the_rows_say(either: Database) -> None:
    await play(either, seed=1, turns=25)


async def test_so_they_are_after_another_history(database: Database) -> None:
    await play(database, seed=2, turns=25)


async def play(database: Database, seed: int, turns: int, *, thorough: bool = False) -> None:
    """Let so many turns happen; compare what is counted after each, and all figures at the end.

    `thorough`: every view as every officer sees it, not as one of them drawn by lot does.
    """
    random, oracle, day = Random(seed), Oracle(), history.FIRST
    await database.turn(partial(history.begin, random=random))
    await database.turn(partial(books.open_day, today=day))
    await database.read(partial(oracle.observe, day=day))
    days = {day}
    for at in range(turns):
        if random.random() < 0.25:
            day = history.next_day(random, day)
            days.add(day)
            await database.turn(partial(books.open_day, today=day))
        else:
            await database.turn(partial(history.go_on, random=random, day=day))
        await database.read(partial(oracle.observe, day=day))
        await database.read(partial(counted, oracle=oracle, at=f"seed {seed}, turn {at}, {day}"))
    shown = partial(figures, oracle=oracle, random=random, days=sorted(days), thorough=thorough)
    await database.read(shown)
    assert await database.read(recount.differences) == []


def counted(db: Connection, oracle: Oracle, at: str) -> None:
    """What everybody adds to the counters is what the oracle says, of every subject."""
    kept: dict[str, dict[int, tuple[int, int]]] = {
        key: {} for key in db.execute(select(Subject.key)).scalars()
    }
    found = select(Subject.key, Counted.person_id, Counted.school_id, Counted.bits)
    for row in db.execute(found.join(Subject, Subject.id == Counted.subject_id)):
        if row.bits:
            kept[row.key][row.person_id] = (row.school_id, row.bits)
    for key in kept.keys() | oracle.told.keys():
        told = {
            person_id: (pair.school, sum(Bit[c.upper()] for c in pair.columns))
            for person_id, pair in oracle.told[key].pairs.items()
        }
        assert kept.get(key, {}) == told, f"{key}, {at}"


def figures(
    db: Connection, oracle: Oracle, random: Random, days: list[date], *, thorough: bool
) -> None:
    """Rows of every view, of whole and part, on some days, for officers."""
    everybody = tuple(_scopes(days[-1]))
    for subject in db.execute(select(Subject.id, Subject.key)).all():
        for day in random.sample(days, min(4, len(days))):
            schools = oracle.figures(subject.key, day)
            for view in VIEWS:
                for scope in everybody if thorough else random.sample(everybody, 1):
                    mine = _seen(oracle, scope, schools, days[-1])
                    told = _rows(oracle, mine, view, day)
                    shown = rows.by_unit(db, scope, subject.id, view, day=day)
                    assert _plain(shown) == told, f"{subject.key} {view} {day} {scope}"
                    if told:
                        part = random.choice([*told])
                        _within(db, oracle, scope, subject, mine, view=view, part=part, day=day)


def _within(
    db: Connection, oracle: Oracle, scope: Scope, subject: Any, mine: dict[int, Counter[str]],
    *, view: View, part: int | None, day: date,
) -> None:  # fmt: skip
    inside = {s: c for s, c in mine.items() if _unit(oracle, s, view, day) == part}
    shown = rows.by_unit(db, scope, subject.id, View.SCHOOL, Within(view, part), day)
    assert _plain(shown) == _rows(oracle, inside, View.SCHOOL, day)
    total = rows.total(db, scope, subject.id, Within(view, part), day)
    assert _columns(total.count) == sum(inside.values(), Counter())


def _scopes(day: date) -> Iterable[Scope]:
    yield everywhere(day)
    yield Scope(1, day, (Reach(RoleKind.DEPARTMENT, history.PROVINCE, "", "/1/"),))
    for commune in history.ALL_COMMUNES[:2]:
        yield Scope(1, day, (Reach(RoleKind.COMMUNE, commune, "", f"/1/{commune}/"),))


def _seen(
    oracle: Oracle, scope: Scope, schools: dict[int, Counter[str]], today: date
) -> dict[int, Counter[str]]:
    """What lies in the officer's units as they are today."""
    units = oracle.rows.by_id("Unit")
    return {
        school: columns
        for school, columns in schools.items()
        if scope.covers(units[oracle.commune(school, today)]["path"])
    }


def _unit(oracle: Oracle, school: int, view: View, day: date) -> int | None:
    match view:
        case View.SCHOOL:
            return school
        case View.COMMUNE:
            return oracle.commune(school, day)
        case View.DISTRICT:
            return oracle.district(school)
        case View.PROVINCE:
            return oracle.province(school)


def _rows(
    oracle: Oracle, schools: dict[int, Counter[str]], view: View, day: date
) -> dict[int | None, Counter[str]]:
    return _summed((_unit(oracle, each, view, day), columns) for each, columns in schools.items())


def _plain(shown: Iterable[rows.Row]) -> dict[int | None, Counter[str]]:
    return {row.id: _columns(row.count) for row in shown}


def _columns(count: Count) -> Counter[str]:
    return +Counter(asdict(count))


def _summed(rows: Iterable[tuple[Any, Counter[str]]]) -> dict[Any, Counter[str]]:
    """Counters added up by what stands before them."""
    found: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for key, columns in rows:
        found[key].update(columns)
    return dict(found)
