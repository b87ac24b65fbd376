"""Screens of figures in a whole country: counters against a plain GROUP BY, in one run.

`python -m benchmarks.figures [--share 1.0] [--reps 15] [--postgres]`; see README.md here.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, event, func, insert, select, text

from benchmarks.measure import ZONE
from benchmarks.national import OPEN, TODAY, Size, fill, unwatched, watched
from benchmarks.stores import opened
from bot.channels import telegram_wire as wire
from handlers import turn
from handlers.message import Kind, Message
from handlers.routes import router
from storage import conversations, registrations
from storage.database import Database
from storage.figures import books, names, recount, rows, settling
from storage.figures.counts import Bit
from storage.meant import DISTRICT, FORMER, NOW, at_work, with_units
from storage.models import (
    HOLDING,
    Account,
    AccountPerson,
    Completed,
    Completion,
    Conversation,
    Course,
    Person,
    Registration,
    RoleKind,
    School,
    Standing,
    Subject,
    Unit,
    UnitKind,
)
from storage.scopes import Reach, Scope, everywhere
from storage.statistics import View, Within

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

Query = Callable[[Any], Any]
MOMENT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OPEN_ID = select(Course.id).where(Course.number == OPEN)


@dataclass(frozen=True, slots=True)
class Screen:
    """What is shown, and the plain statement that says the same; None where there is none."""

    name: str
    shown: Query
    plain: Select[*tuple[Any, ...]] | None = None


def main() -> None:
    """Fill the country, then measure screens, a recount and the price of a registration."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="how much of the country")
    parser.add_argument("--reps", type=int, default=15)
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    full = Size()
    size = Size(
        districts=max(63, round(full.districts * asked.share)),
        schools=round(full.schools * asked.share),
        people=round(full.people * asked.share),
        registrations=round(full.registrations * asked.share),
    )
    with opened(0, postgres=asked.postgres) as store:
        print(f"{store.label}: {size}")
        url = store.empty()
        asyncio.run(_run(url, size, asked.reps))


async def _run(url: str, size: Size, reps: int) -> None:
    async with Database.open(url) as database:
        await database.turn(lambda db: fill(db, size))
        begun = time.perf_counter()
        await database.turn(_count)
        print(f"counters made from nothing: {time.perf_counter() - begun:.1f} s")
        await database.turn(_analyzed)
        begun = time.perf_counter()
        wrong = await database.read(recount.differences)
        print(f"recount of all: {time.perf_counter() - begun:.1f} s, {len(wrong)} differences")
        await database.read(lambda db: _screens(db, reps))
        await _registrations(database)


def _count(db: Connection) -> None:
    settling.everything(db)
    books.open_day(db, TODAY)


def _analyzed(db: Connection) -> None:
    db.execute(text("ANALYZE"))


def _screens(db: Connection, reps: int) -> None:
    print("screen | rows | in the database, ms | with Python, ms | plain GROUP BY, ms | ratio")
    for screen in _shown(db):
        ours: list[float] = []
        whole: list[float] = []
        plain: list[float] = []
        found: Any = None
        for _ in range(reps):
            with _captured(db) as statements:
                begun = time.perf_counter()
                found = screen.shown(db)
                whole.append(time.perf_counter() - begun)
            ours.append(sum(_replayed(db, *each) for each in statements))
        for _ in range(3 if screen.plain is not None else 0):
            begun = time.perf_counter()
            db.execute(screen.plain).all()
            plain.append(time.perf_counter() - begun)
        count = len(found) if isinstance(found, list) else 1
        mine = median(ours) * 1000
        line = f"{screen.name} | {count} | {mine:.2f} | {median(whole) * 1000:.2f}"
        if plain:
            line += f" | {median(plain) * 1000:.1f} | {median(plain) * 1000 / mine:.0f}"
        print(line, flush=True)


@contextmanager
def _captured(db: Connection) -> Iterator[list[tuple[str, Any]]]:
    """The statements that are executed meanwhile, as the driver gets them."""
    found: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, params: Any, _x: Any, many: bool) -> None:
        assert not many
        found.append((statement, params))

    event.listen(db, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db, "before_cursor_execute", note)


def _replayed(db: Connection, statement: str, params: Any) -> float:
    """Seconds from asking the driver to having all rows, without what we do with them."""
    cursor = db.connection.cursor()
    begun = time.perf_counter()
    cursor.execute(statement, params)
    cursor.fetchall()
    taken = time.perf_counter() - begun
    cursor.close()
    return taken


def _shown(db: Connection) -> Iterator[Screen]:
    course = db.execute(select(Subject.id).where(Subject.course_id == 1)).scalar_one()
    yield from _of_country(db, course)
    yield from _of_officers(db, course)


def _of_country(db: Connection, course: int) -> Iterator[Screen]:
    country = everywhere(TODAY)
    gathering = select(Subject.id).where(Subject.key == "gathering:1:1")
    year = db.execute(gathering).scalar_one()
    day = TODAY - timedelta(days=5)
    district = db.execute(select(Unit.id).where(Unit.kind == UnitKind.DISTRICT).limit(1)).scalar()
    within = Within(View.DISTRICT, district)
    yield Screen(
        "country by former district", lambda db: rows.by_unit(db, country, course, View.DISTRICT),
        _plain(DISTRICT, country),
    )  # fmt: skip
    yield Screen(
        "country by former province", lambda db: rows.by_unit(db, country, course, View.PROVINCE),
        _plain(FORMER, country),
    )  # fmt: skip
    yield Screen(
        "country by commune of today", lambda db: rows.by_unit(db, country, course, View.COMMUNE),
        _plain(NOW, country),
    )  # fmt: skip
    yield Screen(
        "country, total", lambda db: rows.total(db, country, course), _plain(None, country)
    )
    yield Screen(
        "country, programme in the year, by former district",
        lambda db: rows.by_unit(db, country, year, View.DISTRICT),
    )
    yield Screen(
        "country five days ago, by former district",
        lambda db: rows.by_unit(db, country, course, View.DISTRICT, day=day),
    )
    yield Screen(
        "former district by school",
        lambda db: rows.by_unit(db, country, course, View.SCHOOL, within),
    )


def _of_officers(db: Connection, course: int) -> Iterator[Screen]:
    province = _scope(db, UnitKind.PROVINCE, RoleKind.DEPARTMENT)
    commune = _scope(db, UnitKind.COMMUNE, RoleKind.COMMUNE)
    yield Screen(
        "province by former district", lambda db: rows.by_unit(db, province, course, View.DISTRICT),
        _plain(DISTRICT, province),
    )  # fmt: skip
    yield Screen(
        "province by commune", lambda db: rows.by_unit(db, province, course, View.COMMUNE),
        _plain(NOW, province),
    )  # fmt: skip
    gathering = select(Subject.id).where(Subject.key == "gathering:1:1")
    year = db.execute(gathering).scalar_one()
    yield Screen(
        "province, programme in the year, by commune",
        lambda db: rows.by_unit(db, province, year, View.COMMUNE),
    )
    day = TODAY - timedelta(days=5)
    yield Screen(
        "province five days ago, by commune",
        lambda db: rows.by_unit(db, province, course, View.COMMUNE, day=day),
    )
    yield Screen(
        "commune by school", lambda db: rows.by_unit(db, commune, course, View.SCHOOL),
        _plain(School, commune),
    )  # fmt: skip
    yield Screen(
        "commune, names of who has not",
        lambda db: names.people(
            db, commune, course, Bit.EXPECTED, within=None, without=Bit.COMPLETED, limit=8, offset=0
        ),
    )


def _scope(db: Connection, kind: UnitKind, role: RoleKind) -> Scope:
    found = select(Unit.id, Unit.path).where(Unit.kind == kind, Unit.valid_to.is_(None)).limit(1)
    unit = db.execute(found).one()
    return Scope(1, TODAY, (Reach(role, unit.id, "", unit.path),))


def _plain(unit: Any, scope: Scope) -> Select[*tuple[Any, ...]]:
    """The same sums for one course as one reads them from the rows."""
    work = at_work(TODAY)
    done = Completion.state == Completed.COMPLETED
    wanted = (
        work, work & Registration.standing.in_(HOLDING),
        work & (Registration.standing == Standing.WAITING), work & (Completion.attended > 0),
        work & done, work & (Completion.state == Completed.NOT_COMPLETED), ~work & done,
    )  # fmt: skip
    sums = [func.sum(case((each, 1), else_=0)) for each in wanted]
    keys = [unit.id, unit.name] if unit is not None else []
    course = 1
    statement = (
        select(*keys, *sums)
        .select_from(Person)
        .join(School, School.id == Person.school_id)
        .outerjoin(
            Registration,
            (Registration.person_id == Person.id) & (Registration.course_id == course),
        )
        .outerjoin(
            Completion, (Completion.person_id == Person.id) & (Completion.course_id == course)
        )
    )
    whole = any(reach.path == "/" for reach in scope.reaches)
    statement = with_units(statement, begun=True)
    if not whole:
        statement = statement.where(scope.where(NOW.path.expression))
    return statement.group_by(*keys) if keys else statement


async def _registrations(database: Database, turns: int = 300, blocks: int = 6) -> None:
    """What a registration costs with the counters, and with the triggers taken away, in turns.

    Bare, and as the whole turn of somebody who presses the button, from the conversation's lock to
    the kept reply.
    """
    importlib.import_module("handlers.assistant")
    course = await database.read(lambda db: db.execute(OPEN_ID).scalar_one())
    everybody = range(1, 2 * turns * blocks + 1)
    await database.turn(partial(_with_phones, people=everybody))
    people = iter(everybody)
    for name, work in (("bare", _register), ("as a whole turn", _press)):
        taken: dict[bool, list[float]] = {True: [], False: []}
        for block in range(blocks):
            counting = block % 2 == 0
            back = [] if counting else await database.turn(unwatched)
            for person_id in islice(people, turns):
                register = partial(work, course_id=course, person_id=person_id)
                begun = time.perf_counter()
                await database.turn(register)
                taken[counting].append(time.perf_counter() - begun)
            await database.turn(partial(watched, statements=back))
        with_, without = (median(taken[each]) * 1e6 for each in (True, False))
        ratio = with_ / without
        print(
            f"a registration, {name}: {with_:.0f} us counted, {without:.0f} not: {ratio:.2f} times"
        )


def _register(db: Connection, course_id: int, person_id: int) -> None:
    who = conversations.who(db, person_id)
    asked = registrations.register(db, course_id, who, MOMENT)
    assert asked.outcome is registrations.Outcome.SEATED, asked.outcome


def _press(db: Connection, course_id: int, person_id: int) -> None:
    message = Message(
        channel=wire.NAME, address=str(person_id), id="press", kind=Kind.TEXT, sent_at=MOMENT
    )
    told = turn.answer(
        router, db, message, MOMENT.astimezone(ZONE), code="vi",
        respond=lambda chat: chat.go(f"register {course_id}"),
    )  # fmt: skip
    assert str(OPEN) in told.reply.text, told.reply.text


def _with_phones(db: Connection, people: range) -> None:
    """Let these people be known on a channel, and agree to register."""
    db.execute(insert(Account), [
        {"id": each, "channel": wire.NAME, "address": str(each), "language": "vi",
         "person_id": each, "reachable": True, "code_failures": 0, "created_at": MOMENT}
        for each in people
    ])  # fmt: skip
    db.execute(insert(AccountPerson), [
        {"account_id": each, "person_id": each, "since": MOMENT} for each in people
    ])  # fmt: skip
    db.execute(insert(Conversation), [
        {"account_id": each, "screen": 0, "step": "", "data": {}, "choices": {}, "newest": False,
         "heard": [], "answering": "", "answer": {}} for each in people
    ])  # fmt: skip


if __name__ == "__main__":
    main()
