"""One message in: its turn is committed, then its answer is spoken, then that is noted.

Messages of one person are taken in order; different people do not wait for each other.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.channels.base import Rejected, SendError, Unreachable
from handlers import apology, assistant
from handlers.message import Reply
from handlers.turn import Answer
from storage import conversations, outbox

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from bot.channels.base import Channel
    from handlers.message import Message
    from storage.database import Database

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Line:
    """Those who wait for their turn with one person, first come first served."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Inbox:
    """Takes messages from every channel, and answers each where it was said.

    `on_turn` is called after each turn that was committed, with its answer.
    """

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_turn: Callable[[Answer], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._lines: defaultdict[tuple[str, str], Line] = defaultdict(Line)
        self._speaking: set[asyncio.Task[None]] = set()
        self.on_turn = on_turn
        self.channels: Mapping[str, Channel] = {}

    def now(self) -> datetime:
        """This moment, in the local zone."""
        return self._clock().astimezone(self._zone)

    async def receive(self, messages: Sequence[Message]) -> None:
        """Answer each message: committed and spoken when this returns."""
        people: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in messages:
            people[message.channel, message.address].append(message)
        await asyncio.gather(*(self._in_order(key, mine) for key, mine in people.items()))

    async def _in_order(self, key: tuple[str, str], messages: list[Message]) -> None:
        async with self._order(key):
            for message in messages:
                await self._speak(await self._turn(message), message)

    async def accept(self, message: Message) -> None:
        """Commit the turn; its answer is spoken later, before this person's next turn begins.

        For wires that want their 200 in between. What is still to be said: see `finish`.
        """
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._accepted(message, committed))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)
        # A request that is given up does not undo what was accepted.
        await asyncio.shield(committed)

    async def finish(self) -> None:
        """Return when everything that was accepted has been spoken."""
        while self._speaking:
            await asyncio.wait(self._speaking)

    async def _accepted(self, message: Message, committed: asyncio.Future[None]) -> None:
        async with self._order((message.channel, message.address)):
            try:
                answer = await self._turn(message)
            except Exception as error:  # it belongs to whoever brought the message
                if not committed.cancelled():
                    committed.set_exception(error)
                return
            if not committed.cancelled():
                committed.set_result(None)
            try:
                await self._speak(answer, message)
            except Exception:  # the answer stays owed
                log.exception("answer to account %s not spoken", answer.account_id)

    @asynccontextmanager
    async def _order(self, key: tuple[str, str]) -> AsyncGenerator[None]:
        """Stand in line for a person."""
        # A lock alone cannot tell whether somebody waits: it is free while the next one wakes.
        line = self._lines[key]
        line.length += 1
        try:
            async with line.lock:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[key]

    async def _turn(self, message: Message) -> Answer:
        now = self.now()
        answer = await self._answer(message, now)
        self.on_turn(answer)
        return answer

    async def _answer(self, message: Message, now: datetime) -> Answer:
        try:
            return await self._database.turn(lambda db: assistant.answer(db, message, now))
        except Exception:
            reference = secrets.token_hex(3).upper()
            # The traceback names code, ids and types; parameters are hidden by the engine.
            log.exception("turn failed, reference %s", reference)
            return await self._database.turn(lambda db: apology.answer(db, message, now, reference))

    async def _speak(self, answer: Answer, message: Message) -> None:
        channel = self.channels[message.channel]
        if answer.reply.silent:
            await channel.settle(message)
            return
        await self.say(channel, message.address, answer, message)

    async def say(
        self, channel: Channel, address: str, answer: Answer, message: Message | None
    ) -> None:
        """Speak a committed answer and note that it was heard; a busy platform leaves it owed."""
        at: datetime | None = None
        try:
            at = (await channel.speak(address, answer.reply, to=message)).at
        except Unreachable:
            await self._database.turn(
                lambda db: outbox.reach(db, answer.account_id, reachable=False)
            )
        except Rejected as error:
            # The place in our code says nothing: it is the platform that refused.
            log.error("answer to account %s refused: %s", answer.account_id, error)  # noqa: TRY400
        except SendError as error:
            log.warning("answer to account %s not spoken yet: %s", answer.account_id, error)
            return
        await self._database.turn(
            lambda db: conversations.spoken(db, answer.account_id, answer.message_id, at)
        )

    async def recover(self, before: datetime) -> int:
        """Speak the answers that were committed before a moment and never spoken."""
        spoken = 0
        for late in await self._unspoken(before):
            channel = self.channels.get(late.channel)
            if channel is None:
                continue
            async with self._order((late.channel, late.address)):
                # It may have been spoken while we waited for our turn with this person.
                if late in await self._unspoken(before):
                    await self.say(channel, late.address, _stored(late), None)
                    spoken += 1
        return spoken

    async def _unspoken(self, before: datetime) -> list[conversations.Unspoken]:
        return await self._database.read(lambda db: conversations.unspoken(db, before))


def _stored(late: conversations.Unspoken) -> Answer:
    return Answer(late.account_id, late.message_id, Reply.from_json(late.answer))
