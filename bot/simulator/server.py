"""The simulator as a whole: one local server with every platform in it, and the phones."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal, Self, overload

from aiohttp import web

from bot.simulator.control import Control
from bot.simulator.events import Feed
from bot.simulator.faults import Fault, Faults
from bot.simulator.files import Files
from bot.simulator.journal import Journal
from bot.simulator.limits import Limits
from bot.simulator.people import Person
from bot.simulator.telegram_parameters import TOO_LARGE
from bot.simulator.telegram_phone import Phone as TelegramPhone
from bot.simulator.telegram_platform import Platform as Telegram
from bot.simulator.telegram_wire import TelegramWire
from bot.simulator.zalo_bot_platform import ZaloBotPlatform
from bot.simulator.zalo_bot_wire import ZaloBotWire
from bot.simulator.zalo_oa_platform import OaPlatform
from bot.simulator.zalo_oa_wire import OaWire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from bot.simulator.phones import Phone
    from bot.simulator.platforms import Platform
    from bot.simulator.zalo_bot_phone import ZaloBotPhone
    from bot.simulator.zalo_bot_switches import Switches
    from bot.simulator.zalo_oa_phone import OaPhone

HOST = "127.0.0.1"
FIRST_PERSON, FIRST_GROUP = 700_000_001, -100_001


class Simulator:
    """A local Telegram and a local Zalo for one program; `async with` starts and stops them.

    Args:
        token: the only token Telegram accepts, `<digits>:<letters>`.
        port: where it listens on 127.0.0.1; 0 takes a free port.
        limits: how fast the bot may speak on Telegram; None lets it speak as fast as it can.
        faults: troubles that wait from the start.
        people: who has a phone from the start.
        journal: how many calls and how many updates are kept.
        clock: Unix time; stamps every message.
        zalo_token: the only token the Zalo Bot Platform accepts.
        switches: how the Zalo Bot Platform behaves where observers disagree.
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
        zalo_token: str = "987654:ZALO",  # noqa: S107 -- likewise
        switches: Switches | None = None,
    ) -> None:
        self.token = token
        self.zalo_token = zalo_token
        self.port = port
        self.faults = Faults(faults)
        self.journal = Journal(journal)
        self.feed = Feed()
        self.files = Files()
        self.phones: dict[str, Phone] = {}
        self.telegram = Telegram(
            token, username, limits=limits, faults=self.faults, journal=self.journal,
            feed=self.feed, files=self.files, clock=clock,
        )  # fmt: skip
        self.zalo_bot = ZaloBotPlatform(
            zalo_token, switches=switches, faults=self.faults, journal=self.journal,
            feed=self.feed, files=self.files, clock=clock, url=lambda: self.zalo_bot_url,
        )  # fmt: skip
        self.oa = OaPlatform(
            faults=self.faults, journal=self.journal, feed=self.feed, files=self.files,
            clock=clock, url=lambda: self.oa_url,
        )  # fmt: skip
        self.platforms: dict[str, Platform] = {"zalo_bot": self.zalo_bot, "zalo_oa": self.oa}
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

    @property
    def zalo_bot_url(self) -> str:
        """The host of the Zalo Bot Platform: a client adds `/bot<TOKEN>/<method>`."""
        return f"{self.url}/zalo"

    @property
    def oa_url(self) -> str:
        """The host of the Official Account's API."""
        return f"{self.url}/oa"

    @property
    def oauth_url(self) -> str:
        """The host that gives access tokens: a client adds `/v4/oa/access_token`."""
        return f"{self.url}/oauth"

    @property
    def business_url(self) -> str:
        """The host of templates by phone: a client adds `/message/template`."""
        return f"{self.url}/business"

    @overload
    def phone(
        self,
        name: str,
        *,
        platform: Literal["telegram"] = "telegram",
        user_id: int | None = None,
        language_code: str = "vi",
        number: str = "",
        started: bool = False,
    ) -> TelegramPhone: ...

    @overload
    def phone(
        self,
        name: str,
        *,
        platform: Literal["zalo_bot"],
        number: str = "",
        started: bool = False,
    ) -> ZaloBotPhone: ...

    @overload
    def phone(
        self,
        name: str,
        *,
        platform: Literal["zalo_oa"],
        number: str = "",
        started: bool = False,
    ) -> OaPhone: ...

    @overload
    def phone(
        self,
        name: str,
        *,
        platform: str,
        number: str = "",
        started: bool = False,
    ) -> Phone: ...

    def phone(
        self,
        name: str,
        *,
        platform: str = "telegram",
        user_id: int | None = None,
        language_code: str = "vi",
        number: str = "",
        started: bool = False,
    ) -> Phone:
        """A new phone; `started` where its owner has written to the bot before.

        Raises ValueError where the id is taken, or for an unknown platform.
        """
        person = Person(name, language=language_code, number=number, platform=platform)
        return self.add(person, user_id=user_id, started=started)

    def add(self, person: Person, *, user_id: int | None = None, started: bool = False) -> Phone:
        """The same for a person who is described already; `user_id` is for Telegram."""
        if person.platform == "telegram":
            if user_id is None:
                user_id = max([FIRST_PERSON - 1, *self.telegram.chats]) + 1
            chat = self.telegram.add_chat(user_id, person, open=started)
            phone: Phone = TelegramPhone(self.telegram, chat)
        else:
            phone = self._platform(person.platform).add_phone(person, started=started)
        self.phones[str(phone.id)] = phone
        self.feed.publish("phones", {})
        return phone

    def group(self, title: str, *, id: int | None = None) -> TelegramPhone:
        """A group the bot is in; people write there with `phone.say(text, group=group)`."""
        if id is None:
            id = min([FIRST_GROUP + 1, *self.telegram.chats]) - 1
        return TelegramPhone(self.telegram, self.telegram.add_chat(id, Person(title), open=True))

    def remove(self, id: int | str) -> None:
        """Take a phone away; the bot no longer finds its chat. Raises KeyError."""
        phone = self.phones.pop(str(id))
        if phone.platform == "telegram":
            del self.telegram.chats[int(phone.id)]
        else:
            self._platform(phone.platform).remove_phone(str(id))
        self.feed.publish("phones", {})

    def raw(
        self, update: Mapping[str, Any], *, chat: int | str = "", platform: str = "telegram"
    ) -> int | str:
        """Owe the bot any update, however wrong; its id is returned (Telegram gives the next)."""
        if platform != "telegram":
            return self._platform(platform).raw(update, chat=str(chat))
        content = {key: value for key, value in update.items() if key != "update_id"}
        return self.telegram.update(self.telegram.chats.get(int(chat or 0)), content)

    def deliver_again(self, id: int | str, *, platform: str = "telegram") -> None:
        """Deliver an update that was delivered before; raises LookupError for an unknown one."""
        if platform == "telegram":
            self.telegram.deliver_again(int(id))
        else:
            self._platform(platform).deliver_again(str(id))

    def bot_name(self, platform: str) -> str:
        """What the phones of this platform show as the bot's name."""
        if platform == "telegram":
            return str(self.telegram.me["first_name"])
        return self._platform(platform).bot_name

    async def __aenter__(self) -> Self:
        # Room for the form around the largest file.
        app = web.Application(client_max_size=TOO_LARGE + 1024 * 1024)
        TelegramWire(self.telegram).add_to(app)
        ZaloBotWire(self.zalo_bot).add_to(app)
        OaWire(self.oa).add_to(app)
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
        for platform in self.platforms.values():
            await platform.close()
        if self._runner:
            await self._runner.cleanup()

    def _platform(self, name: str) -> Platform:
        platform = self.platforms.get(name)
        if platform is None:
            raise ValueError(f"no platform {name!r}")
        return platform
