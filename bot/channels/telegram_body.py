"""The body of one request to the Bot API: a form, or multipart where a file goes along."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import aiohttp
from telegram.error import BadRequest

from bot.channels.http import FORM, Body

if TYPE_CHECKING:
    from telegram.request import RequestData


# An address, or anything else that is quoted sooner than found.
SHORT: Final = 24


async def body_of(data: RequestData | None) -> Body:
    """A form, or multipart where a file goes along.

    Raises:
        BadRequest: No request can hold it (half a surrogate pair, a line break in a file name).
    """
    try:
        if data and data.contains_files:
            return await _multipart(data)
        fields = data.json_parameters if data else {}
        return Body("&".join(f"{name}={_quoted(fields[name])}" for name in fields).encode(), FORM)
    except ValueError:
        raise BadRequest("The message cannot be written as a request") from None


def _quoted(value: str) -> str:
    # An announcement says the same to everybody.
    return _quoted_once(value) if len(value) > SHORT else quote_plus(value)


@lru_cache(maxsize=64)
def _quoted_once(value: str) -> str:
    return quote_plus(value)


async def _multipart(data: RequestData) -> Body:
    # Quoting would percent-encode the file name, and Telegram shows it as it comes.
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in data.multipart_data.items():
        file = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, file, filename=filename, content_type=kind)
    parts = form()
    return Body(await parts.as_bytes(), parts.headers["Content-Type"])
