"""The simulator as a whole: one local server with a Telegram in it, and the phones."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from bot.simulator.control import Control
from bot.simulator.events import Feed
from bot.simulator.faults import Fault, Faults
from bot.simulator.journal import Journal
from bot.simulator.limits import Limits
from bot.simulator.people import Person
from bot.simulator.telegram_parameters import TOO_LARGE
from bot.simulator.telegram_phone import Phone
from bot.simulator.telegram_platform import Platform
from bot.simulator.telegram_wire import TelegramWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

HOST = "127.0.0.1"
FIRST_PERSON, FIRST_GROUP = 700_000_001, -100_001


class Simulator:
    """A local Telegram for one bot; `async with` starts and stops it.

    Args:
        token: the only token it accepts, `<digits>:<letters>`.
        port: where it listens on 127.0.0.1; 0 takes a free port.
        limits: how fast the bot may speak; None lets it speak as fast as it can.
        faults: troubles that wait from the start.
        people: who has a phone from the start.
        journal: how many calls and how many updates are kept.
        clock: Unix time; stamps every message.
    """

    def __init__(
        self,
        token: str = "1234567:TEST",  # noqa: S107 -- opens nothing but this simulator
        *,
        port: int = 0,
        username: str = "taphuan_bot",
        limits: Limits | None = Limits(),  # noqa: B008 -- frozen
        faults: Iterable[Fault] = (),
        people: Iterable[Person] = (),
        journal: int = 2000,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token = token
        self.port = port
        self.faults = Faults(faults)
        self.journal = Journal(journal)
        self.feed = Feed()
        self.phones: dict[int, Phone] = {}
        self.telegram = Platform(
            token,
            username,
            limits=limits,
            faults=self.faults,
            journal=self.journal,
            feed=self.feed,
            clock=clock,
        )
        self._runner: web.AppRunner | None = None
        for person in people:
            self.add(person)

    @property
    def url(self) -> str:
        """The page with the phones."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as `base_url`."""
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot takes as `base_file_url`."""
        return f"{self.url}/file/bot"

    def phone(
        self,
        name: str,
        *,
        user_id: int | None = None,
        language_code: str = "vi",
        number: str = "",
        started: bool = False,
    ) -> Phone:
        """A new phone; `started` where its owner has written to the bot before.

        Raises ValueError where the id is taken.
        """
        person = Person(name, language=language_code, number=number)
        return self.add(person, user_id=user_id, started=started)

    def add(self, person: Person, *, user_id: int | None = None, started: bool = False) -> Phone:
        """The same for a person who is described already."""
        if user_id is None:
            user_id = max([FIRST_PERSON - 1, *self.phones]) + 1
        phone = Phone(self.telegram, self.telegram.add_chat(user_id, person, open=started))
        self.phones[user_id] = phone
        self.feed.publish("phones", {})
        return phone

    def group(self, title: str, *, id: int | None = None) -> Phone:
        """A group the bot is in; people write there with `phone.say(text, group=group)`."""
        if id is None:
            id = min([FIRST_GROUP + 1, *self.telegram.chats]) - 1
        return Phone(self.telegram, self.telegram.add_chat(id, Person(title), open=True))

    def remove(self, user_id: int) -> None:
        """Take a phone away; the bot no longer finds its chat. Raises KeyError."""
        del self.phones[user_id]
        del self.telegram.chats[user_id]
        self.feed.publish("phones", {})

    def raw(self, update: Mapping[str, Any], *, chat: int = 0) -> int:
        """Owe the bot any update, however wrong; it gets the next id, which is returned."""
        content = {key: value for key, value in update.items() if key != "update_id"}
        return self.telegram.update(self.telegram.chats.get(chat), content)

    def deliver_again(self, update_id: int) -> None:
        """Deliver an update that was delivered before; raises LookupError for an unknown one."""
        self.telegram.deliver_again(update_id)

    async def __aenter__(self) -> Self:
        # Room for the form around the largest file.
        app = web.Application(client_max_size=TOO_LARGE + 1024 * 1024)
        TelegramWire(self.telegram).add_to(app)
        Control(self).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, HOST, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.feed.close()
        await self.telegram.close()
        if self._runner:
            await self._runner.cleanup()
