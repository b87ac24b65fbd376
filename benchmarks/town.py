"""The town both stacks work in: people on their phones, each looking at the card of one course."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from benchmarks.measure import COURSE, ZONE
from bot.channels import telegram_wire as wire
from handlers import turn
from handlers.message import Kind, Message, Reply
from handlers.routes import router
from storage import conversations, schema
from storage.database import Database
from storage.models import (
    Account,
    AccountPerson,
    Conversation,
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Ownership,
    Person,
    Position,
    Precision,
    School,
    SchoolType,
    Session,
    Source,
    Unit,
    UnitKind,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

BEGINS = 30  # days from now
FIRST = 700_000_000  # the chat of the first person
CHUNK = 200


async def build(url: str, people: int) -> list[bytes]:
    """Make a migrated database with everybody in it; the presses on "Register", as updates."""
    importlib.import_module("handlers.assistant")
    now = datetime.now(ZONE)
    async with Database.open(url) as database:
        await database.turn(schema.upgrade)
        await database.turn(lambda db: _settle(db, people, now))
        for first in range(1, people + 1, CHUNK):
            ids = range(first, min(first + CHUNK, people + 1))
            await database.turn(lambda db, ids=ids: [_look(db, each, now) for each in ids])
        return await database.turn(_presses)


def _settle(db: Connection, people: int, now: datetime) -> None:
    _place(db, now)
    everyone = range(1, people + 1)
    db.execute(insert(Person), [_person(each, now) for each in everyone])
    db.execute(
        insert(Account),
        [
            {"id": each, "channel": wire.NAME, "address": str(FIRST + each), "language": "vi",
             "person_id": each, "reachable": True, "code_failures": 0, "created_at": now}
            for each in everyone
        ],
    )  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": each, "person_id": each, "since": now} for each in everyone],
    )


def _person(each: int, now: datetime) -> dict[str, object]:
    return {
        "id": each, "full_name": f"Nguyễn Thị Bình {each}", "sort_key": f"binh {each:06}",
        "folded": f"nguyen thi binh {each}", "nickname": "", "position": Position.TEACHER,
        "school_id": 1, "source": Source.ROSTER, "verified_at": now,
    }  # fmt: skip


def _place(db: Connection, now: datetime) -> None:
    """A commune, a school, and a course of two sessions without a limit of seats."""
    kinds = (UnitKind.PROVINCE, UnitKind.DISTRICT, UnitKind.COMMUNE, UnitKind.COMMUNE)
    for number, kind in enumerate(kinds, start=1):
        path = "".join(f"/{each}" for each in range(1, number + 1)) + "/"
        db.execute(
            insert(Unit).values(
                id=number, code=str(number), name=f"Xã {number}", kind=kind,
                parent_id=number - 1 or None, path=path,
            )
        )  # fmt: skip
    db.execute(
        insert(School).values(
            id=1, name="Mầm non Hoa Sen", folded="mam non hoa sen", type=SchoolType.PRESCHOOL,
            ownership=Ownership.PUBLIC, unit_id=3, old_unit_id=4,
        )
    )  # fmt: skip
    db.execute(
        insert(Course).values(
            id=COURSE, number=12, title="Sơ cứu và phòng tránh tai nạn cho trẻ", short="Sơ cứu",
            folded="so cuu va phong tranh tai nan cho tre", kind=CourseKind.TRAINING,
            modality=Modality.IN_PERSON, mode=Mode.FREE, state=CourseState.OPEN, unit_id=1,
            audience={"positions": [Position.TEACHER.value], "units": [2]}, seats=None,
            closes_at=now + timedelta(days=BEGINS - 2),
        )
    )  # fmt: skip
    for number in (1, 2):
        starts = (now + timedelta(days=BEGINS + number)).replace(hour=7, minute=30)
        db.execute(
            insert(Session).values(
                course_id=COURSE, number=number, precision=Precision.MINUTE, starts_at=starts,
                ends_at=starts + timedelta(hours=9), place="Hội trường xã", address="Thôn 2",
                unit_id=3,
            )
        )  # fmt: skip


def _look(db: Connection, person: int, now: datetime) -> None:
    """Show the person the card of the course, as the assistant would."""
    message = Message(
        channel=wire.NAME, address=str(FIRST + person), id="before", kind=Kind.TEXT, sent_at=now,
        text="L12",
    )  # fmt: skip
    # The stranger's first row of the conversation is made here as well: nobody has spoken yet.
    db.execute(
        insert(Conversation).values(
            account_id=person, screen=0, step="", data={}, choices={}, newest=False, heard=[],
            answering="", answer={},
        )
    )  # fmt: skip
    answer = turn.answer(
        router, db, message, now, code="vi", respond=lambda chat: chat.go(f"course {COURSE}")
    )
    conversations.spoken(db, answer.account_id, answer.message_id, now.astimezone(UTC))


def _presses(db: Connection) -> list[bytes]:
    """Each person presses the choice of their own screen that registers them."""
    rows = db.execute(
        select(Account.address, Conversation.answer)
        .join(Conversation, Conversation.account_id == Account.id)
        .order_by(Account.id)
    ).all()
    return [
        _press(number, int(row.address), Reply.from_json(row.answer))
        for number, row in enumerate(rows, start=1)
    ]


def _press(number: int, chat: int, shown: Reply) -> bytes:
    action = next(each.action for each in shown.choices if each.action.startswith("register "))
    buttons = wire.buttons(shown)
    assert buttons
    query = {
        "id": str(9_000_000_000 + number),
        "from": {"id": chat, "is_bot": False, "first_name": "Bình", "language_code": "vi"},
        "message": {
            "message_id": 77,
            "from": {"id": 1, "is_bot": True, "first_name": "bot", "username": "benchmark_bot"},
            "chat": {"id": chat, "first_name": "Bình", "type": "private"},
            "date": int(datetime.now(UTC).timestamp()) - 60,
            "text": shown.written(),
            "reply_markup": buttons.to_dict(),
        },
        "chat_instance": "1",
        "data": f"{shown.mark}|{action}",
    }
    return json.dumps({"update_id": number, "callback_query": query}, ensure_ascii=False).encode()
