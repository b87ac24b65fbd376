"""How long one look at who is to be reminded takes: idle, in the burst of an evening, after it.

`python -m benchmarks.reminders [--people 50000] [--reps 3] [--sqlite]`; see README.md here.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, String, cast, delete, func, insert, literal, select, text

from benchmarks.measure import ZONE
from benchmarks.stores import Postgres, opened
from benchmarks.turns import OTHERS, spread
from storage import reminders, schema
from storage.database import Database
from storage.models import (
    Account,
    AccountPerson,
    Called,
    Consent,
    ConsentPurpose,
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Notice,
    NoticeState,
    Person,
    Position,
    Precision,
    Registration,
    Remind,
    ReminderLook,
    Session,
    Source,
    Standing,
    Unit,
    UnitKind,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
TOMORROW = datetime(2026, 12, 12, 13, 30, tzinfo=ZONE)
EVE = datetime(2026, 12, 11, 19, 0, tzinfo=ZONE)
SEATS = 8  # of each person, in courses of their own block
OF_A_COURSE = 200
CHUNK = 2000


def fill(db: Connection, people: int) -> None:
    """Everybody has eight seats and an old reminder of each.

    Of five blocks of people four have a training tomorrow, one of those two of them.
    """
    schema.upgrade(db)
    blocks = people // OF_A_COURSE
    db.execute(insert(Unit).values(id=1, code="", name="Tỉnh", kind=UnitKind.PROVINCE, path="/1/"))
    for first in range(1, people + 1, CHUNK):
        _people(db, range(first, min(first + CHUNK, people + 1)))
    numbers = range(1, blocks * SEATS + 1)
    db.execute(insert(Course), [_course(number) for number in numbers])
    db.execute(insert(Session), [_session(number) for number in numbers])
    _seats(db, blocks)
    _old(db)


def _people(db: Connection, ids: range) -> None:
    db.execute(
        insert(Person),
        [{"id": one, "full_name": f"Người {one}", "sort_key": "", "folded": f"nguoi {one}",
          "nickname": "", "called": Called.TEACHER, "position": Position.TEACHER,
          "source": Source.ROSTER, "verified_at": MONDAY,
          "remind": Remind.WEEK if one % 2 else Remind.EVE} for one in ids],
    )  # fmt: skip
    db.execute(
        insert(Account),
        [{"id": one, "channel": "telegram", "address": str(one), "created_at": MONDAY,
          "language": "vi", "reachable": True, "code_failures": 0, "person_id": one}
         for one in ids],
    )  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": one, "person_id": one, "since": MONDAY} for one in ids],
    )
    db.execute(
        insert(Consent),
        [{"account_id": one, "person_id": one, "purpose": ConsentPurpose.REMINDERS,
          "version": "", "channel": "telegram", "given_at": MONDAY} for one in ids],
    )  # fmt: skip


def _course(number: int) -> dict[str, Any]:
    return {
        "id": number, "number": number, "title": "", "short": "", "folded": "", "unit_id": 1,
        "kind": CourseKind.TRAINING, "modality": Modality.IN_PERSON, "mode": Mode.FREE,
        "state": CourseState.OPEN, "audience": {},
    }  # fmt: skip


def _session(number: int) -> dict[str, Any]:
    block, place = divmod(number - 1, SEATS)
    tomorrow = (place == 0 and block % 5 != 0) or (place == 1 and block % 5 == 1)
    # The others lie on days of their own, the nearest nine days later.
    starts_at = TOMORROW if tomorrow else TOMORROW + timedelta(days=9 * (place + 1))
    return {
        "course_id": number, "number": 1, "precision": Precision.MINUTE, "starts_at": starts_at,
    }  # fmt: skip


def _seats(db: Connection, blocks: int) -> None:
    then = literal(MONDAY, Registration.changed_at.type)
    mine = select(
        Course.id, Person.id, literal(Standing.SEATED, Registration.standing.type), Person.id,
        literal(value=False), then,
    ).where((Course.id - 1) // SEATS == Person.id % blocks)  # fmt: skip
    columns = ["course_id", "person_id", "standing", "turn", "provisional", "changed_at"]
    db.execute(insert(Registration).from_select(columns, mine))


def _old(db: Connection) -> None:
    values = {
        "key": literal("reminder:", String()) + cast(Registration.id, String) + ":old:eve",
        "kind": literal("reminder"), "person_id": Registration.person_id,
        "subject_id": Registration.id,
        "data": literal({"at": MONDAY.astimezone(UTC).isoformat()}, Notice.data.type),
        "due_at": literal(MONDAY, Notice.due_at.type), "urgent": literal(value=False),
        "state": literal(NoticeState.SENT, Notice.state.type), "reason": literal(""),
        "tried": literal(value=True), "block": literal(1, Integer()),
        "choices": literal({}, Notice.choices.type),
    }  # fmt: skip
    old = select(*(value.label(name) for name, value in values.items()))
    db.execute(insert(Notice).from_select(list(values), old))


async def look(database: Database, now: datetime) -> tuple[int, float]:
    """One look, committed: how many it owed, and its seconds."""
    begun = time.perf_counter()
    owed = await database.turn(lambda db: reminders.owe_due(db, now))
    return owed, time.perf_counter() - begun


async def burst(database: Database) -> dict[str, list[float]]:
    """The looks of one evening, until there is nothing left; seconds of each kind."""
    found: dict[str, list[float]] = {"before": [], "burst": [], "after": []}
    for name, now in (("before", EVE - timedelta(minutes=1)), ("burst", EVE), ("after", EVE)):
        for _ in range(3 if name != "burst" else 1000):
            owed, seconds = await look(database, now)
            if name == "burst" and not owed:
                break
            assert bool(owed) == (name == "burst"), (name, owed)
            found[name].append(seconds)
    return found


async def check(database: Database, people: int) -> int:
    """Fail unless each has exactly one message of the evening; returns the rows written."""
    new = Notice.data["at"].as_string() == EVE.astimezone(UTC).isoformat()

    def look_again(db: Connection) -> int:
        once = select(func.count(), func.count(Notice.person_id.distinct()))
        owed, persons = db.execute(once.where(new, Notice.state == NoticeState.OWED)).one()
        assert owed == persons == people * 4 // 5, (owed, persons)
        return db.execute(select(func.count()).where(new)).scalar_one()

    return await database.read(look_again)


async def again(database: Database) -> None:
    """Take the evening back."""
    new = Notice.data["at"].as_string() == EVE.astimezone(UTC).isoformat()

    def back(db: Connection) -> None:
        db.execute(delete(Notice).where(new))
        db.execute(delete(ReminderLook))

    await database.turn(back)


async def measure(url: str, people: int, reps: int) -> None:
    """Fill a database and print what the looks of some evenings took."""
    async with Database.open(url) as database:
        begun = time.perf_counter()
        await database.turn(lambda db: fill(db, people))
        await database.turn(lambda db: db.execute(text("ANALYZE")))
        print(f"{people * SEATS:,} registrations, made in {time.perf_counter() - begun:.0f} s")
        found: dict[str, list[float]] = {}
        rows = 0
        for _ in range(reps):
            for name, its in (await burst(database)).items():
                found.setdefault(name, []).extend(its)
            rows = await check(database, people)
            await again(database)
    print(f"{rows:,} rows of one evening, {reps} times, at most {reminders.BATCH:,} a look;")
    print("seconds a look, median [least-most]:")
    for name, its in found.items():
        print(f"{name:8}{spread(its, '.3f')} ({len(its)} looks)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--sqlite", action="store_true", help="in place of PostgreSQL")
    given = parser.parse_args()
    with opened(OTHERS, postgres=not given.sqlite) as store:
        file = f"sqlite:///{store.folder / 'reminders.db'}"
        url = store.uri if isinstance(store, Postgres) else file
        asyncio.run(measure(url, given.people, given.reps))


if __name__ == "__main__":
    main()
