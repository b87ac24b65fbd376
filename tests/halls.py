"""A hall: a course that is held today, people with seats and accounts, a trainer, a code."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from bot.inbox import Inbox
from storage import consents, session_codes, teaching
from storage.models import (
    Account,
    ConsentPurpose,
    Course,
    Registration,
    Role,
    RoleKind,
    Session,
    Standing,
)
from tests import rows
from tests.talk import MONDAY, ZONE, Clock, Recorder, Town

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Meeting, Training
    from storage.database import Database
    from storage.session_codes import Code
    from tests.talk import Phone

COURSE, TRAINER = 12, 900
START = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)  # an hour after MONDAY


def hall(
    db: Connection, people: int, *, seated: int | None = None, starts_at: datetime = START
) -> int:
    """So many people, the first of them with seats; the id of the session."""
    rows.school(db)
    rows.people(db, people)
    rows.people(db, 1, first=TRAINER)
    rows.course(db, COURSE, seats=40, starts_at=starts_at)
    db.execute(
        insert(Role).values(
            person_id=TRAINER, kind=RoleKind.TRAINER, course_id=COURSE,
            valid_from=starts_at.date() - timedelta(days=9),
        )
    )  # fmt: skip
    seat(db, range(1, (people if seated is None else seated) + 1))
    return db.execute(select(Session.id).where(Session.course_id == COURSE)).scalar_one()


def seat(db: Connection, people: range, standing: Standing = Standing.SEATED) -> None:
    """Give people places in the course."""
    places = [
        {"course_id": COURSE, "person_id": each, "standing": standing, "turn": each,
         "provisional": False, "changed_at": MONDAY}
        for each in people
    ]  # fmt: skip
    if places:
        db.execute(insert(Registration), places)


def accounts(db: Connection, people: range, address: str = "t{}") -> None:
    """Give each of them an account on Telegram, whose owner has agreed."""
    for each in people:
        account = rows.account(db, address.format(each), each)
        consents.give(
            db, account, ConsentPurpose.REGISTRATION, MONDAY, channel="telegram", person_id=each
        )


def opened(
    db: Connection, session_id: int, *, changing: bool = False, now: datetime = MONDAY
) -> Code:
    """The code of the session, as the trainer opens it."""
    session_codes.start(db, session_id, TRAINER, now)
    code = session_codes.change(db, session_id, TRAINER, now, changing=changing)
    assert code
    return code


def taught(db: Connection, session_id: int) -> tuple[Training, Meeting]:
    """The course and the session."""
    found = teaching.meeting(db, session_id)
    assert found
    return found


def moved(db: Connection, session_id: int, starts_at: datetime) -> None:
    """Hold the session at another time."""
    db.execute(
        update(Session)
        .where(Session.id == session_id)
        .values(starts_at=starts_at, ends_at=starts_at + timedelta(hours=9))
    )


def short(db: Connection, session_id: int) -> None:
    """Let the session last an hour: a board with few codes to come."""
    end = START + timedelta(hours=1)
    db.execute(update(Session).where(Session.id == session_id).values(ends_at=end))


def cancelled(db: Connection) -> None:
    """Cancel the course."""
    db.execute(update(Course).where(Course.id == COURSE).values(state="cancelled"))


def code(db: Connection, session_id: int) -> Code:
    """The code as it is now."""
    found = session_codes.get(db, session_id)
    assert found
    return found


def town(database: Database, now: datetime = START - timedelta(minutes=20)) -> Town:
    """People who write from accounts "t1", "t2" and so on, at a time of that morning."""
    clock = Clock(now)
    channel = Recorder("telegram", clock)
    return Town(database, Inbox(database, ZONE, clock), channel, clock)


def phone(town: Town, person: int) -> Phone:
    """The phone of a person of the hall."""
    found = town.phone(str(person))
    found.address = f"t{person}"
    return found


async def speaks_vietnamese(town: Town) -> None:
    """Let every account be spoken to in Vietnamese."""
    await town.database.turn(lambda db: db.execute(update(Account).values(language="vi")))
