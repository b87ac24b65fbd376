"""One message of words, posted without python-telegram-bot's objects.

Made into those, and its answer into them again, a message costs three times as much. What PTB says
of a refusal is still PTB's: the request goes through its `BaseRequest`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    import telegram
    from telegram.request import RequestData

NO_PREVIEW: Final = {"is_disabled": True}


class Fields:
    """The fields of one call, as PTB's `RequestData` shows them to whoever does the request."""

    contains_files: Final = False

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = dict(parameters)

    @property
    def json_parameters(self) -> dict[str, str]:
        """Each field as it is sent: words as they are, everything else as JSON."""
        return {
            name: value if isinstance(value, str) else _json(value)
            for name, value in self.parameters.items()
        }

    @property
    def multipart_data(self) -> dict[str, Any]:
        """No files."""
        return {}


async def post(
    bot: telegram.Bot, address: str, text: str, keyboard: Mapping[str, Any] | None, *, paid: bool
) -> datetime:
    """Send words, with a keyboard as Telegram reads it; returns the date of the message.

    Raises `TelegramError`, or what reading an unexpected answer raises: see
    `telegram_errors.answered`.
    """
    fields: dict[str, Any] = {
        "chat_id": address, "text": text, "link_preview_options": NO_PREVIEW
    }  # fmt: skip
    if keyboard is not None:
        fields["reply_markup"] = keyboard
    if paid:
        fields["allow_paid_broadcast"] = True
    asked = cast("RequestData", Fields(fields))
    # The answer may be anything: only PTB's annotation says otherwise.
    message: Any = await bot.request.post(f"{bot.base_url}/sendMessage", request_data=asked)
    return datetime.fromtimestamp(message.get("edit_date") or message["date"], UTC)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
