"""The channel of Zalo's Bot Platform: text only, so every choice is a numbered line."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels import zalo_bot_wire as wire
from bot.channels.base import Rejected, SendError, Spoken, TryLater, Uncertain, Unreachable
from bot.channels.download import download
from bot.channels.http import Connected, Http
from bot.channels.patience import Backoff, pause
from bot.channels.written import texts
from bot.channels.zalo_bot_client import API, Api
from bot.channels.zalo_bot_errors import (
    BAD_REQUEST,
    BROKEN,
    INTERNAL,
    NOT_FOUND,
    TOO_MANY,
    Failure,
    send_error,
)
from bot.channels.zalo_bot_poll import Polling

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.channels.base import Keep, Link
    from bot.channels.zalo_bot_errors import Broken
    from handlers.message import Document, Message, Reply

log = logging.getLogger(__name__)

TRIES: Final = 3  # an "internal error" is met with so many requests
QUIET: Final = 600.0  # seconds to wait at most after too many messages
# Zalo fetches a photo before it answers.
SLOW: Final = 60.0  # seconds
DOUBTED: Final = 10_000  # chats whose last message was refused, as far as this process remembers


class ZaloBotChannel(Connected):
    """One bot of Zalo's Bot Platform. `async with` opens and closes its connections.

    `link` makes the address of a document. `base_url` is what stands before `/bot<token>`, Zalo's
    own where it is empty. `hold` (seconds) is how long Zalo keeps an empty poll open, `pause`
    (seconds) the first wait after a failure. `clock` tells the time of arrival (aware).

    Raises:
        Refused: The token is empty.
    """

    name: str = wire.NAME

    def __init__(
        self,
        token: str,
        *,
        link: Link,
        base_url: str = "",
        hold: int = 25,
        pause: float = 1.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._link, self._pause, self._clock = link, pause, lambda: clock().astimezone(UTC)
        self._http, self._poll_http = Http(), Http(connections=1)
        super().__init__(self._http, self._poll_http)
        self._home = base_url or API
        self._api = Api(token, base_url, self._http)
        self._polling = Polling(
            Api(token, base_url, self._poll_http), hold=hold, first=pause, clock=self._clock
        )
        self._quiet = Backoff(pause, QUIET)
        self._doubted: OrderedDict[str, None] = OrderedDict()

    async def identify(self) -> str:
        """The bot's account name, as in `bot.xxx`.

        Raises:
            Refused: The token is wrong.
            TryLater: Zalo cannot be reached now; `Uncertain` where its answer was lost.
        """
        me = await self._answered("getMe", {})
        return str(_object(me).get("account_name") or "")

    # Receiving

    async def poll(
        self,
        keep: Keep,
        stop: asyncio.Event,
        on_gap: Callable[[datetime], Awaitable[None]],
        since: datetime | None = None,
    ) -> None:
        """Keep what people say until `stop` is set; see `Polling.run`."""
        await self._polling.run(keep, stop, on_gap, since)

    @property
    def listened_at(self) -> datetime | None:
        """When the last good poll ended, before the start too; None where nobody knows."""
        return self._polling.listened_at

    def read(self, event: Mapping[str, Any]) -> Message | None:
        """What a person said in this event, or None; never raises, whatever it holds."""
        try:
            return wire.message_of(event, self._clock())
        except Exception as error:  # whatever a shape that Zalo does not send leads to
            log.info("zalo_bot: an event is unreadable (%s)", type(error).__name__)
            return None

    def key(self, event: Mapping[str, Any]) -> str:
        """The id under which the event is kept, "" where there is nothing to keep. Never raises."""
        try:
            return wire.key_of(event)
        except Exception:  # `read` says so
            return ""

    async def set_webhook(self, url: str, secret: str) -> None:
        """Have events posted to `url`, each with `secret` (8-256 characters) in its header.

        Zalo keeps an address that it could not verify; that is logged.

        Raises one of the `SendError`s.
        """
        answer = await self._answered("setWebhook", {"url": url, "secret_token": secret})
        verified = _object(_object(answer).get("verification"))
        if verified.get("ok") is False:
            log.warning("zalo_bot: the webhook is not verified (%s)", verified.get("outcome"))

    async def webhook(self) -> str:
        """The address to which events are posted, "" where they are polled for.

        Raises one of the `SendError`s.
        """
        try:
            answer = await self._api.call("getWebhookInfo", {})
        except BROKEN as error:
            if isinstance(error, Failure) and error.code == NOT_FOUND:
                return ""
            raise self._send_error(error) from error
        return str(_object(answer).get("url") or "")

    async def fetch(self, source: str) -> bytes:
        """The bytes of a photo that somebody sent. Raises one of the `SendError`s."""
        return await download(self._http, source, home=self._home)

    # Speaking

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        """Say the reply in as many messages as it needs; `to` is the message it answers.

        A photo takes the words along where they fit; a place and a document are lines with an
        address, and so is a photo that Zalo does not take. Once a part has arrived, a later part
        that could be tried again is reported as `Uncertain`: saying all of it again would repeat
        the first.

        Raises one of the `SendError`s.
        """
        at = None if to is None else to.sent_at
        asked, shown = self._clock(), await self._shown(address, reply)
        if shown is None:
            parts = texts(reply, self._public)
        else:
            result, parts = shown
            at = wire.seen_from(result, to) or asked
        before = 0 if shown is None else 1
        for number, part in enumerate(parts, before):
            asked = self._clock()
            try:
                result = await self._said(address, part)
            except TryLater as error:
                if number:
                    raise Uncertain("A part arrived, the rest did not") from error
                raise
            at = wire.seen_from(result, to) or asked
        return Spoken(at or self._clock(), messages=before + len(parts))

    async def settle(self, message: Message) -> None:
        """Nothing: without buttons nobody waits for a press."""

    def _public(self, document: Document) -> str:
        address = self._link(document)
        if not address:
            log.info("zalo_bot: no public address for %s %s", document.recipe, document.subject)
        return address

    async def _shown(self, address: str, reply: Reply) -> tuple[object, list[str]] | None:
        """The result of showing the photo, and the words that are left to say; None without it."""
        photo = self._public(reply.photo) if reply.photo else ""
        if not photo:
            return None
        parts = texts(replace(reply, photo=None), self._public)
        words = parts[0] if len(parts) == 1 else ""
        content = {"chat_id": address, "photo": photo, **({"caption": words} if words else {})}
        try:
            result = await self._patiently("sendPhoto", content, read=SLOW)
        except BROKEN as error:
            meant = self._send_error(error)
            if not isinstance(meant, Rejected):
                raise meant from error
            # It is not said what is wrong with it: the words will show whether the person is there.
            log.warning("zalo_bot: a photo goes as a link (%s)", meant)
            return None
        except ValueError as error:
            raise Rejected("The words cannot be written as a request") from error
        self._quiet.worked()
        self._doubted.pop(address, None)
        return result, [] if words else parts

    async def _said(self, address: str, text: str) -> object:
        """The result of one message."""
        try:
            result = await self._patiently("sendMessage", {"chat_id": address, "text": text})
        except BROKEN as error:
            raise self._doubting(address, error) from error
        except ValueError as error:
            raise Rejected("The words cannot be written as a request") from error
        self._quiet.worked()
        self._doubted.pop(address, None)
        return result

    async def _patiently(
        self, method: str, parameters: Mapping[str, Any], *, read: float | None = None
    ) -> object:
        left = TRIES
        while True:
            try:
                return await self._api.call(method, parameters, read=read)
            except Failure as error:
                left -= 1
                if error.code != INTERNAL or not left:
                    raise
            await pause(self._pause)

    def _doubting(self, address: str, error: Broken) -> SendError:
        """No code says that a person blocked us: a second 400 in a row is taken for it."""
        meant = self._send_error(error)
        if not isinstance(meant, Rejected) or getattr(error, "code", 0) != BAD_REQUEST:
            return meant
        if address in self._doubted:
            return Unreachable(str(error))
        self._doubted[address] = None
        if len(self._doubted) > DOUBTED:
            self._doubted.popitem(last=False)
        return meant

    async def _answered(self, method: str, parameters: Mapping[str, Any]) -> object:
        try:
            return await self._api.call(method, parameters)
        except BROKEN as error:
            raise self._send_error(error) from error

    def _send_error(self, error: Broken) -> SendError:
        wait = 0.0
        if isinstance(error, Failure) and error.code == TOO_MANY:
            # Others are not kept waiting: the quota may be this person's alone, the 51st of 50.
            wait = self._quiet.failed(asyncio.get_running_loop().time())
        return send_error(error, timedelta(seconds=wait))


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
