"""The Zalo template channel: words Zalo approved beforehand, to a phone number, for money."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels.base import Halted, Rejected, Spoken
from bot.channels.http import Connected, Http
from bot.channels.zalo_oa_client import OpenApi
from bot.channels.zalo_oa_wire import seen_at
from storage.models import ChannelState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.channels.zalo_tokens import Tokens
    from handlers.message import Message, Reply

API: Final = "https://business.openapi.zalo.me"
SEND: Final = "/message/template"
INFO: Final = "/template/info/v2"
PHONE: Final = re.compile(r"\+(84\d{9,10})", re.ASCII)
TRACKING: Final = 48  # characters Zalo keeps of our own id


@dataclass(frozen=True, slots=True)
class Approved:
    """A template as Zalo has it: `lengths` is the most characters of each field.

    `price` is in đồng, None where Zalo does not say; so is a length of None.
    """

    id: str
    status: str
    lengths: dict[str, int | None]
    price: int | None

    @property
    def usable(self) -> bool:
        """True where Zalo sends it."""
        return self.status.upper() == "ENABLE"


class ZaloTemplateChannel(Connected):
    """Sends templates by phone. `async with` opens and closes its connections, not the tokens'.

    `ids` are the approved templates by kind. In `development` only the app's administrators get
    them, at no cost. `base_url` is the host of the API (default: Zalo's own). `tracking` makes our
    id of one send, which comes back in receipts.
    """

    name: str = "zalo_template"

    def __init__(
        self,
        tokens: Tokens,
        *,
        ids: Mapping[str, str],
        development: bool = False,
        base_url: str = "",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        tracking: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._ids, self._development, self._clock = ids, development, clock
        self._tracking = tracking
        self._http = Http(connections=16)
        super().__init__(self._http)
        self._api = OpenApi(tokens, self._http, base_url or API, clock)

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        """Send the reply's template to a number ("+84…"). What it costs is for the caller to know.

        Raises one of the `SendError`s; `Halted` where the kind has no approved template.
        """
        del to
        phone = PHONE.fullmatch(address)
        if reply.template is None or phone is None:
            raise Rejected("No template, or no Vietnamese number")
        content: dict[str, Any] = {
            "phone": phone[1],
            "template_id": self._id(reply.template.kind),
            "template_data": dict(reply.template.fields),
            "tracking_id": self._tracking()[:TRACKING],
        }
        if self._development:
            content["mode"] = "development"
        return Spoken(seen_at(await self._api.post(SEND, content), self._clock()))

    async def settle(self, message: Message) -> None:
        """Nothing is pressed here."""

    async def info(self, kind: str) -> Approved:
        """What Zalo says about the template of a kind.

        Raises one of the `SendError`s; `Halted` where the kind has no approved template.
        """
        template_id = self._id(kind)
        data = await self._api.get(INFO, {"template_id": template_id})
        listed = data.get("listParams")
        return Approved(
            template_id,
            str(data.get("status") or ""),
            _lengths(cast("list[object]", listed) if isinstance(listed, list) else []),
            _whole(data.get("price")),
        )

    def _id(self, kind: str) -> str:
        template_id = self._ids.get(kind, "")
        if not template_id:
            raise Halted(ChannelState.HALTED, f"No template id for {kind} in the settings")
        return template_id


def _lengths(listed: list[object]) -> dict[str, int | None]:
    found = [cast("dict[str, Any]", one) for one in listed if isinstance(one, dict)]
    return {str(one.get("name")): _whole(one.get("maxLength")) for one in found}


def _whole(value: object) -> int | None:
    """A whole number; Zalo writes some of them as texts with a fraction ("300.0")."""
    text = str(value).removesuffix(".0")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
