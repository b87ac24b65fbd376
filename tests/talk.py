"""People on phones, in process: they speak through the real inbox and see what a channel says."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.channels.base import Spoken
from bot.sender import Sender
from handlers.message import Contact, Kind, Message, Reply

if TYPE_CHECKING:
    from bot.inbox import Inbox
    from storage.database import Database

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)  # the clock of the golden conversations


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Recorder:
    """A channel without a wire: what it is told to say stands on the phone at once."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.said: dict[str, list[Reply]] = {}
        self.fails: list[Exception] = []

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        if self.fails:
            raise self.fails.pop(0)
        self.said.setdefault(address, []).append(reply)
        return Spoken(self.clock())

    async def settle(self, message: Message) -> None:
        pass


@dataclass
class Phone:
    """One person's phone. Each method sends a message and returns the words of the answer."""

    inbox: Inbox
    channel: Recorder
    clock: Clock
    address: str
    name: str = "Ai đó"
    language: str = "vi"
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def said(self) -> list[Reply]:
        return self.channel.said.setdefault(self.address, [])

    @property
    def last(self) -> Reply:
        """The newest answer or notice on the phone."""
        return self.said[-1]

    async def send(self, kind: Kind = Kind.TEXT, **fields: object) -> str:
        """Send a message; "" stands for silence."""
        before = len(self.said)
        # A person reads before answering: time goes on a little.
        self.clock.advance(seconds=2)
        fields.setdefault("id", f"{self.address}-{next(self.ids)}")
        fields.setdefault("sent_at", self.clock())
        message = Message(
            channel=self.channel.name, address=self.address, kind=kind, name=self.name,
            language=self.language, **fields,
        )  # fmt: skip
        await self.inbox.receive([message])
        return "\n".join(reply.written() for reply in self.said[before:])

    async def say(self, text: str, **fields: object) -> str:
        return await self.send(text=text, **fields)

    async def start(self, payload: str) -> str:
        return await self.send(text="/start", start=payload)

    async def press(self, wanted: str, reply: Reply | None = None) -> str:
        """Press the button whose digit, label or action this is, on the newest message with one."""
        for shown in [reply] if reply else reversed(self.said):
            for choice in shown.choices:
                if wanted in (choice.digit, choice.label, choice.action):
                    return await self.press_data(f"{shown.mark}|{choice.action}")
        raise AssertionError(f"no button {wanted!r} on the phone of {self.name}")

    async def press_data(self, data: str) -> str:
        return await self.send(Kind.PRESS, press=data, pressed="1")

    async def contact(self, phone: str, owner: str | None = None) -> str:
        card = Contact(phone, self.address if owner is None else owner)
        return await self.send(Kind.CONTACT, contact=card)


class Town:
    """Everybody who talks to one assistant, with its clock and its database."""

    def __init__(self, database: Database, inbox: Inbox, channel: Recorder, clock: Clock) -> None:
        self.database = database
        self.inbox = inbox
        self.channel = channel
        self.channels = {channel.name: channel}
        inbox.channels = self.channels
        self.clock = clock
        self.sender = Sender(database, inbox)
        self._addresses = itertools.count(1000)

    async def deliver(self) -> None:
        """Send everything that is due now."""
        while await self.sender.send_due():
            pass

    def phone(
        self, name: str = "Ai đó", language: str = "vi", *, channel: str = "telegram"
    ) -> Phone:
        """A phone on one of the channels, which is opened where it is new."""
        if channel not in self.channels:
            self.channels[channel] = Recorder(channel, self.clock)
        return Phone(
            self.inbox,
            self.channels[channel],
            self.clock,
            str(next(self._addresses)),
            name,
            language,
        )
