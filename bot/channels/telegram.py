"""The Telegram channel: python-telegram-bot's `Bot` behind our own loop and our own errors."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import telegram
from telegram.constants import ChatAction
from telegram.error import InvalidToken

from bot.channels import telegram_wire as wire
from bot.channels.base import Refused, Spoken
from bot.channels.http import Connected
from bot.channels.telegram_errors import sent
from bot.channels.telegram_files import TelegramFiles, fetch
from bot.channels.telegram_poll import ALLOWED, Polling
from bot.channels.telegram_request import AiohttpRequest, PollRequest
from bot.channels.telegram_speech import Speech
from bot.channels.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from telegram.request import BaseRequest

    from bot.channels.base import Link, Receive, Render
    from handlers.message import Message, Reply

log = logging.getLogger(__name__)

API: Final = "https://api.telegram.org/bot"
# Presses wait for their answer a few seconds at most; a restart forgets them, which is harmless.
PRESSES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Press:
    """What the answer to a press needs: its query, and from when its screen counts as seen."""

    query: str
    shown: datetime | None


class TelegramChannel(Connected):
    """One bot on Telegram. `async with` opens and closes its connections.

    `base_url` is PTB's: what stands before the token (`https://host/bot`) or a template with
    `{token}`; `base_file_url` follows from it. `proxy` is an `http://` address. `render` makes the
    bytes of a document, `uploads` knows which of them Telegram has already. `paid`: what nobody
    asked for may cost Stars above 30 messages a second. `hold` (seconds) is how long Telegram keeps
    an empty poll open, `pause` (seconds) the first wait after a failed one. `clock` tells the time
    of arrival (aware, UTC). `link` makes the address of a page of ours. `request` replaces the
    connections for everything but polling.

    Raises:
        Refused: The token is empty.
    """

    name: str = wire.NAME

    def __init__(
        self,
        token: str,
        *,
        render: Render,
        base_url: str | None = None,
        base_file_url: str | None = None,
        proxy: str | None = None,
        paid: bool = False,
        hold: int = 25,
        pause: float = 1.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        request: BaseRequest | None = None,
        uploads: Uploads | None = None,
        link: Link = lambda _: "",
    ) -> None:
        base_url = base_url or API
        self._clock = clock
        self._request = request or AiohttpRequest(proxy=proxy)
        self._poll_request = PollRequest(proxy=proxy)
        super().__init__(self._request, self._poll_request)
        try:
            self._bot = telegram.Bot(
                token,
                base_url=base_url,
                base_file_url=base_file_url or _files(base_url),
                request=self._request,
                get_updates_request=self._poll_request,
            )
        except InvalidToken as error:
            raise Refused("The Telegram token is missing") from error
        self._polling = Polling(self._bot, self._poll_request, self.read, hold=hold, pause=pause)
        files = TelegramFiles(self._bot, render, uploads or Uploads())
        self._speech = Speech(self._bot, files, link, paid=paid)
        self._presses: OrderedDict[str, Press] = OrderedDict()

    async def identify(self) -> str:
        """The bot's user name, as in `t.me/<name>`.

        Raises:
            Refused: The token is wrong.
            TryLater: Telegram cannot be reached now; `Uncertain` where its answer was lost.
        """
        return (await sent(self._bot.get_me())).username or ""

    # Receiving

    async def poll(self, receive: Receive, stop: asyncio.Event) -> None:
        """Hand on what people say until `stop` is set; see `Polling.run`."""
        await self._polling.run(receive, stop)

    def read(self, update: Mapping[str, Any]) -> Message | None:
        """What a person said in this update, or None; never raises, whatever it holds."""
        now = self._clock()
        try:
            read = telegram.Update.de_json(_light(update), None)
            message = wire.message_of(read, now)
            if message and read.callback_query:
                self._remember(message.id, read.callback_query)
        except Exception as error:  # whatever PTB meets in a shape it does not expect
            number = update.get("update_id") if hasattr(update, "get") else None
            shown = number if isinstance(number, int) else "?"
            log.info("telegram: update %s is unreadable (%s)", shown, type(error).__name__)
            return None
        return message

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have updates posted to `url`, each with `secret` in its header.

        Raises one of the `SendError`s.
        """
        await sent(
            self._bot.set_webhook(
                url, secret_token=secret, allowed_updates=ALLOWED, drop_pending_updates=False
            )
        )

    async def fetch(self, source: str) -> bytes:
        """The bytes of a photo or file that somebody sent. Raises one of the `SendError`s."""
        return await fetch(self._bot, self._request, source)

    # Speaking

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        """Say the reply; `to` is the message it answers, whose press is settled meanwhile.

        A place and a document come before the words, a photo carries them. Once a part has arrived,
        a later part that could be tried again is reported as `Uncertain`: saying all of it again
        would repeat the first.

        Raises one of the `SendError`s.
        """
        press = self._presses.get(to.id) if to else None
        settled = asyncio.create_task(self.settle(to)) if to else None
        try:
            at = await self._speech.say(address, reply, to, press.shown if press else None)
        finally:
            if settled:
                await settled
        return Spoken(at or self._clock())

    async def settle(self, message: Message) -> None:
        """End the waiting sign of a press; nothing for anything else. Never raises."""
        press = self._presses.pop(message.id, None)
        if press is None:
            return
        try:
            await sent(self._bot.answer_callback_query(press.query, read_timeout=5))
        except Exception as error:  # too old a query, or no answer: the sign ends by itself
            log.info("telegram: press %s is not settled (%s)", message.id, type(error).__name__)

    async def typing(self, address: str) -> None:
        """Show for some seconds that an answer is being written. Never raises."""
        try:
            await sent(self._bot.send_chat_action(address, ChatAction.TYPING, read_timeout=5))
        except Exception as error:  # an ornament
            log.debug("telegram: typing is not shown (%s)", type(error).__name__)

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        language: str | None = None,
        address: str | None = None,
    ) -> None:
        """Set the commands (name without slash, description) of one chat or all private ones.

        `language` is a two-letter code; None is for every language without a list of its own. An
        empty list takes one chat's own list away.

        Raises one of the `SendError`s.
        """
        scope = (
            telegram.BotCommandScopeChat(address)
            if address
            else telegram.BotCommandScopeAllPrivateChats()
        )
        if commands:
            await sent(self._bot.set_my_commands(commands, scope, language_code=language))
        else:
            await sent(self._bot.delete_my_commands(scope, language_code=language))

    def _remember(self, message_id: str, query: telegram.CallbackQuery) -> None:
        self._presses[message_id] = Press(query.id, wire.shown_at(query))
        while len(self._presses) > PRESSES:
            self._presses.popitem(last=False)


def secret_matches(header: str | None, secret: str) -> bool:
    """True where the webhook's header is our secret; takes equally long for every wrong one."""
    # A header may hold any bytes, which aiohttp shows as halves of surrogate pairs.
    given = (header or "").encode(errors="backslashreplace")
    return bool(secret) and hmac.compare_digest(given, secret.encode())


def _light(update: Mapping[str, Any]) -> dict[str, Any]:
    """The update without the keyboard of a pressed message: nobody reads it, and it costs most."""
    light = dict(update)
    query: Any = light.get("callback_query")
    if isinstance(query, dict):
        query = cast("dict[str, Any]", query)
        shown: Any = query.get("message")
        if isinstance(shown, dict):
            bare = {**cast("dict[str, Any]", shown)}
            bare.pop("reply_markup", None)
            light["callback_query"] = {**query, "message": bare}
    return light


def _files(base_url: str) -> str:
    """Where the same server keeps files: `/file` stands before `/bot`."""
    before, bot, token = base_url.rpartition("/bot")
    return f"{before}/file{bot}{token}" if bot else base_url
