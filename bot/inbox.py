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
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Halted, Refused, Rejected, SendError, TryLater, Unreachable
from handlers import apology, assistant
from handlers.message import Reply
from handlers.turn import Answer
from storage import conversations, outbox, stoppages
from storage.models import ChannelState
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from bot.channels.base import Channel, Spoken
    from handlers.message import Message
    from storage.database import Database

    # Is told of a channel, a kind of message, how many of it were spoken, and what they cost.
    OnSpoken = Callable[[str, str, int, int], None]
    # Is told of a channel, an address there, and how long the platform asks us to wait.
    OnFlood = Callable[[str, str, timedelta], None]

log = logging.getLogger(__name__)

# A platform that asks for no more than this is waited for at once.
BRIEF = timedelta(seconds=5)
# So many late answers are spoken at once.
AT_ONCE = 16
# The kind under which answers are counted.
ANSWER = "answer"


@dataclass(slots=True)
class Line:
    """Those who wait for their turn with one person, first come first served."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Inbox:
    """Takes messages from every channel, and answers each where it was said.

    `on_turn` is called after each turn that was committed, with its answer; `on_spoken` after
    each answer that was said, with its channel and kind, the number of messages and their cost.
    """

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_turn: Callable[[Answer], None] = lambda _: None,
        on_spoken: OnSpoken = lambda _channel, _kind, _messages, _cost: None,
    ) -> None:
        self._database = database
        self._zone = zone
        self._clock = clock
        self._lines: defaultdict[tuple[str, str], Line] = defaultdict(Line)
        self._speaking: set[asyncio.Task[None]] = set()
        self._closed: set[str] = set()
        self.on_turn = on_turn
        self.on_spoken = on_spoken
        self.on_flood: OnFlood = lambda _channel, _address, _after: None
        self.channels: Mapping[str, Channel] = {}

    def now(self) -> datetime:
        """This moment, in the local zone."""
        return self._clock().astimezone(self._zone)

    async def receive(self, messages: Sequence[Message]) -> None:
        """Answer each message: committed and spoken when this returns.

        What fails for one person holds up nobody else: an answer that is not spoken stays owed, and
        a message whose turn fails by itself is given up. Raises only where the database took no
        turn: then the messages have to be brought again.
        """
        people: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in messages:
            people[message.channel, message.address].append(message)
        ends = await asyncio.gather(
            *(self._in_order(key, mine) for key, mine in people.items()), return_exceptions=True
        )
        for end in ends:
            if end is not None:
                raise end

    async def _in_order(self, key: tuple[str, str], messages: list[Message]) -> None:
        async with self._order(key):
            for message in messages:
                try:
                    answer = await self._turn(message)
                except Exception as error:
                    if outage(error):
                        raise
                    log.exception("message %s of %s is given up", message.id, message.channel)
                    continue
                await self._try_to_speak(answer, message)

    async def _try_to_speak(self, answer: Answer, message: Message) -> None:
        try:
            await self._speak(answer, message)
        except Exception:  # the answer stays owed
            log.exception("answer to account %s not spoken", answer.account_id)

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
            await self._try_to_speak(answer, message)

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
            spoken = await _spoken(channel, address, answer.reply, message, self.on_flood)
        except Unreachable:
            await self._database.turn(
                lambda db: outbox.reach(db, answer.account_id, reachable=False)
            )
        except Rejected as error:
            # The place in our code says nothing: it is the platform that refused.
            log.error("answer to account %s refused: %s", answer.account_id, error)  # noqa: TRY400
        except SendError as error:
            log.warning("answer to account %s not spoken yet: %s", answer.account_id, error)
            await self._stopped(channel.name, error)
            return
        else:
            at = spoken.at
            await self._carried(channel.name)
            self.on_spoken(channel.name, ANSWER, spoken.messages, spoken.cost)
        await self._database.turn(
            lambda db: conversations.spoken(db, answer.account_id, answer.message_id, at)
        )

    async def _stopped(self, name: str, error: SendError) -> None:
        """Where the platform takes nothing of us any more, notices have to know it as well."""
        match error:
            case Refused():
                state, reason = ChannelState.REFUSED, str(error)
            case Halted():
                state, reason = error.state, error.reason
            case _:
                return
        now = self.now()
        self._closed.add(name)
        await self._database.turn(lambda db: stoppages.stop(db, name, state, reason, now))

    async def _carried(self, name: str) -> None:
        if name in self._closed:
            now = self.now()
            await self._database.turn(lambda db: stoppages.go_on(db, name, now))
            self._closed.discard(name)

    async def recover(self, before: datetime) -> int:
        """Speak the answers that were committed before a moment and never spoken.

        Returns how many were tried. Several processes may do so at once.
        """
        now = self.now()
        found = await self._database.read(lambda db: conversations.unspoken(db, before, now))
        room = asyncio.Semaphore(AT_ONCE)
        return sum(await asyncio.gather(*(self._recovered(late, before, room) for late in found)))

    async def _recovered(
        self, late: conversations.Unspoken, before: datetime, room: asyncio.Semaphore
    ) -> bool:
        channel = self.channels.get(late.channel)
        if channel is None:
            return False
        async with room, self._order((late.channel, late.address)):
            # It may have been spoken while we waited for our turn with this person.
            now = self.now()
            if not await self._database.turn(lambda db: conversations.lease(db, late, before, now)):
                return False
            try:
                await self.say(channel, late.address, _stored(late), None)
            except Exception:  # tried again when the lease has ended
                log.exception("answer to account %s not spoken", late.account_id)
        return True


async def _spoken(
    channel: Channel, address: str, reply: Reply, to: Message | None, on_flood: OnFlood
) -> Spoken:
    """What was said; where the platform asks for a moment only, it is given that moment."""
    try:
        return await channel.speak(address, reply, to=to)
    except TryLater as error:
        if error.after is not None:
            on_flood(channel.name, address, error.after)
        if error.after is None or error.after > BRIEF:
            raise
        await wait(error.after)
    return await channel.speak(address, reply, to=to)


async def wait(after: timedelta) -> None:
    """Wait before another try."""
    await asyncio.sleep(after.total_seconds())


def _stored(late: conversations.Unspoken) -> Answer:
    return Answer(late.account_id, late.message_id, Reply.from_json(late.answer))
