"""A wire that forgets what it brought, without the wire."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from handlers.message import Kind, Message
from storage.models import InboxEvent
from tests.talk import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.inbox import Inbox
    from storage.database import Database


class Wire(Recorder):
    """A channel whose events are {"id", "from", "text", "at"}; one without a text says nothing."""

    def key(self, event: Mapping[str, Any]) -> str:
        return str(event.get("id", ""))

    def read(self, event: Mapping[str, Any]) -> Message | None:
        if "text" not in event:
            return None
        return Message(
            channel=self.name, address=str(event["from"]), id=str(event["id"]), kind=Kind.TEXT,
            sent_at=datetime.fromtimestamp(event.get("at", 1_780_000_000), UTC),
            text=str(event["text"]),
        )  # fmt: skip


def said(number: int, text: str = "xin chào", who: str = "500") -> dict[str, Any]:
    return {"id": f"e{number}", "from": who, "text": text, "at": 1_780_000_000 + number}


async def rows(database: Database) -> int:
    count = select(func.count()).select_from(InboxEvent)
    return await database.read(lambda db: db.execute(count).scalar_one())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.005)


class Slow:
    """Turns that wait until they are let go, in the order in which they came."""

    def __init__(self, inbox: Inbox) -> None:
        self.began: list[str] = []
        self.go = asyncio.Event()
        self._accept = inbox.accept

    async def __call__(self, message: Message) -> None:
        self.began.append(message.text)
        await self.go.wait()
        await self._accept(message)
