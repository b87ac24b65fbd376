"""The body of one request to the Bot API: a form, or multipart where a file goes along."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
from telegram.error import BadRequest

from bot.channels.http import FORM, Body

if TYPE_CHECKING:
    from telegram.request import RequestData


async def body_of(data: RequestData | None) -> Body:
    """A form, or multipart where a file goes along.

    Raises:
        BadRequest: No request can hold it (half a surrogate pair, a line break in a file name).
    """
    try:
        if data and data.contains_files:
            return await _multipart(data)
        return Body(urlencode(data.json_parameters if data else {}).encode(), FORM)
    except ValueError:
        raise BadRequest("The message cannot be written as a request") from None


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
