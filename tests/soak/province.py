"""The invented province as of today, and who of it may take a phone."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage import sample, schema
from storage.database import address, sqlite
from storage.models import Course, Person, PersonalCode, Position, Registration

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeVar

    from sqlalchemy import Connection

    T = TypeVar("T")


def daytime() -> ZoneInfo:
    """A zone in which it is about nine in the morning, so that notices are sent at any hour."""
    east = (9 - datetime.now(UTC).hour + 11) % 24 - 11
    return ZoneInfo(f"Etc/GMT{-east:+d}")  # these names count westwards


ZONE = daytime()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the sample: what they know and what stands on their phone."""

    id: int
    name: str
    position: Position
    school_id: int | None
    code: str
    number: str


def now() -> datetime:
    """This moment, in the local zone."""
    return datetime.now(UTC).astimezone(ZONE)


def seed() -> int:
    """A new seed, or the one SOAK_SEED names to repeat a run."""
    return int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**6))


def count(name: str, usual: int) -> int:
    """How many: the usual number, or what the environment says for a shorter run."""
    return int(os.environ.get(name) or usual)


def on_file(path: Path, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction on a SQLite file nobody else has open for writing."""
    engine = sqlite(address(f"sqlite:///{path}"))
    try:
        with engine.begin() as db:
            return work(db)
    finally:
        engine.dispose()


def build(path: Path) -> None:
    """A new database with the sample, dated around today."""
    on_file(path, schema.upgrade)
    on_file(path, lambda db: sample.load(db, now()))


def people(db: Connection) -> list[Somebody]:
    """Everybody who is there, with their personal code."""
    rows = db.execute(
        select(
            Person.id, Person.full_name, Person.position, Person.school_id, PersonalCode.code,
            Person.phone,
        )
        .join(PersonalCode, PersonalCode.person_id == Person.id)
        .where(Person.left_on.is_(None), Person.leave_from.is_(None))
        .order_by(Person.id)
    )  # fmt: skip
    return [Somebody(*row[:5], number=row.phone or "") for row in rows]


def teachers(db: Connection, *numbers: int) -> list[Somebody]:
    """Teachers who have never asked for any of these courses."""
    asked = set(
        db.execute(
            select(Registration.person_id)
            .join(Course, Course.id == Registration.course_id)
            .where(Course.number.in_(numbers))
        ).scalars()
    )
    return [one for one in people(db) if one.position is Position.TEACHER and one.id not in asked]
