"""The Zalo Official Account channel: events in by webhook, customer-care messages out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels import zalo_oa_wire as wire
from bot.channels.base import Refused, Rejected, Spoken, TryLater, Uncertain
from bot.channels.download import download
from bot.channels.fields import moment
from bot.channels.http import Connected, Http
from bot.channels.uploads import Uploads
from bot.channels.written import paged, texts
from bot.channels.zalo_oa_client import OpenApi
from bot.channels.zalo_oa_files import Files
from bot.channels.zalo_oa_signature import AUTO, Signature

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channels.base import Link, Render
    from bot.channels.zalo_tokens import Tokens
    from handlers.message import Document, Message, Reply

log = logging.getLogger(__name__)

API: Final = "https://openapi.zalo.me"
SPEAK: Final = "/v3.0/oa/message/cs"
# What a message costs after the free window (docs/channels.md "Windows"), in đồng.
PRICE: Final = 55


@dataclass(frozen=True, slots=True)
class Window:
    """How many messages one person can still get; None where Zalo does not say."""

    remaining: int | None
    total: int | None
    heard_at: datetime | None


@dataclass(slots=True)
class Said:
    """What of a reply has been said so far."""

    at: datetime | None = None
    messages: int = 0
    cost: int = 0


class ZaloOaChannel(Connected):
    """One Official Account. `async with` opens and closes its connections, not those of `tokens`.

    `secret` is the key of the account's webhooks, `app_secret` the app's, which some sources name
    in its place; `signature` is "auto" or one of `zalo_oa_signature.CANDIDATES`. `render` makes
    the bytes of a document, `link` its address where it cannot be uploaded, `uploads` knows which
    of them Zalo has already. `base_url` is the host of the API (default: Zalo's own).
    `typed_buttons` says `template_type: button` with buttons below a text. `price` is what a
    message costs that is not free, in đồng.
    """

    name: str = wire.NAME

    def __init__(
        self,
        tokens: Tokens,
        *,
        app_id: str,
        oa_id: str,
        secret: str,
        render: Render,
        link: Link,
        base_url: str = "",
        signature: str = AUTO,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        app_secret: str = "",
        typed_buttons: bool = True,
        price: int = PRICE,
        uploads: Uploads | None = None,
    ) -> None:
        self._clock, self._link, self._price, self._oa_id = clock, link, price, oa_id
        self._typed_buttons = typed_buttons
        self._http = Http()
        super().__init__(self._http)
        self._home = base_url or API
        self._api = OpenApi(tokens, self._http, self._home, clock)
        self._files = Files(
            self._api, render, clock, link=link, uploads=uploads or Uploads(clock=clock)
        )
        self._signature = Signature(
            app_id=app_id, oa_id=oa_id, secret=secret, app_secret=app_secret, way=signature,
            clock=clock,
        )  # fmt: skip

    async def identify(self) -> str:
        """The account's name.

        Raises one of the `SendError`s; `Refused` where the tokens are those of another account.
        """
        account = await self._api.get("/v2.0/oa/getoa")
        named = account.get("oa_id") or account.get("oaid")
        if named and str(named) != self._oa_id:
            raise Refused(
                "These are the keys of another Official Account than the one of"
                " TAPHUAN_ZALO_OA_ID: run `taphuan zalo-login` as its administrator"
            )
        return str(account.get("name") or "")

    async def window(self, address: str) -> Window:
        """What can still be said to one person. Raises one of the `SendError`s."""
        data = await self._api.post("/v3.0/oa/quota/message", {"user_id": address})
        reply = data.get("cs_reply")
        counts = cast("dict[str, Any]", reply) if isinstance(reply, dict) else {}
        return Window(
            _count(counts.get("remain")),
            _count(counts.get("total")),
            moment(data, "last_interaction"),
        )

    # Receiving

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """True where Zalo signed these very bytes; see `Signature`. Never raises."""
        return self._signature.holds(headers, body)

    def key(self, event: Mapping[str, Any]) -> str:
        """The id under which an event is kept, "" where no person did anything; never raises."""
        try:
            return wire.key_of(event)
        except Exception as error:
            log.info("zalo_oa: an event is unreadable (%s)", type(error).__name__)
            return ""

    def read(self, event: Mapping[str, Any]) -> Message | None:
        """What a person did in this event, or None; never raises, whatever it holds."""
        try:
            return wire.message_of(event, self._clock())
        except Exception as error:
            log.info("zalo_oa: an event is unreadable (%s)", type(error).__name__)
            return None

    async def fetch(self, source: str) -> bytes:
        """The bytes of a photo or file that somebody sent. Raises one of the `SendError`s."""
        return await download(self._http, source, home=self._home)

    # Speaking

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        """Say the reply: a file, then the words with their buttons.

        A photo takes the words along where they fit, the choices as numbered lines: Zalo puts no
        buttons below a photo, and each further message would be counted, and may be paid for.

        The platform's card that asks for a number is not used: what comes of it is as good as
        typed, and it would be one more message on every first screen.

        Once a part has arrived, a later part that could be tried again is reported as `Uncertain`:
        saying all of it again would repeat the first.

        Raises one of the `SendError`s.
        """
        del to  # nothing is changed in place, and no press waits for a sign
        said = Said()
        try:
            await self._say(said, address, reply)
        except TryLater as error:
            if not said.messages:
                raise
            raise Uncertain("A part arrived, the rest did not") from error
        return Spoken(said.at or self._clock(), said.messages or 1, said.cost)

    async def settle(self, message: Message) -> None:
        """Nothing waits for a sign here."""

    async def _say(self, said: Said, address: str, reply: Reply) -> None:
        async def attach(attachment: dict[str, Any]) -> None:
            await self._post(said, wire.speech(address, "", attachment))

        # The choices come last, so that nothing stands between them and the thumb.
        reply = paged(reply, self._link)
        if reply.document and await self._files.send(attach, reply.document):
            reply = replace(reply, document=None)
        if reply.photo and await self._pictured(said, address, reply, reply.photo):
            return
        await self._worded(said, address, texts(reply, self._link), reply)

    async def _pictured(self, said: Said, address: str, reply: Reply, photo: Document) -> bool:
        """Show a photo with the words, or the first of several messages; False without it."""
        parts = texts(replace(reply, photo=None), self._link)
        words = parts[0] if len(parts) == 1 else ""

        async def post(attachment: dict[str, Any]) -> None:
            await self._post(said, wire.speech(address, words, attachment))

        if not await self._files.show(post, photo):
            return False
        if not words:
            await self._worded(said, address, parts, reply)
        return True

    async def _worded(self, said: Said, address: str, parts: list[str], reply: Reply) -> None:
        for part in parts[:-1]:
            await self._post(said, wire.speech(address, part))
        if parts:
            await self._last(said, address, parts[-1], reply)

    async def _last(self, said: Said, address: str, text: str, reply: Reply) -> None:
        """The last words, with buttons; where those are refused, the numbered lines have to do."""
        # The sources disagree on the form of buttons: what works once is kept.
        for typed in (self._typed_buttons, not self._typed_buttons):
            below = wire.buttons(reply, typed=typed)
            if below is None:
                break
            try:
                await self._post(said, wire.speech(address, text, below))
            except Rejected as error:
                log.warning("zalo_oa: buttons are refused (%s)", error)
            else:
                self._typed_buttons = typed
                return
        await self._post(said, wire.speech(address, text))

    async def _post(self, said: Said, content: dict[str, Any]) -> None:
        data = await self._api.post(SPEAK, content)
        said.at = wire.seen_at(data, self._clock())
        said.messages += 1
        said.cost += self._price if wire.billed(data) else 0


def _count(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
