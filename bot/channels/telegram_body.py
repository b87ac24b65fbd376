"""The body of one request to the Bot API, which knows whether any of it has left."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp
from telegram.error import BadRequest

if TYPE_CHECKING:
    from aiohttp.abc import AbstractStreamWriter
    from telegram.request import RequestData

FORM = "application/x-www-form-urlencoded"
PIECE = 2**16  # bytes written at once, so that a large file does not hold up the loop


class Body(aiohttp.Payload):
    """Bytes to send; `left` says whether a connection has taken the first of them.

    aiohttp's exceptions cannot tell that: a connection closed before the write and one closed
    after it look alike.
    """

    _value: bytes

    def __init__(self, value: bytes, content_type: str) -> None:
        super().__init__(value, content_type=content_type)
        self._size = len(value)
        self.left = False

    def again(self) -> Body:
        """The same bytes for another attempt."""
        return Body(self._value, self.content_type)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text."""
        return self._value.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write all of it."""
        await self.write_with_length(writer, None)

    async def write_with_length(
        self,
        writer: AbstractStreamWriter,
        content_length: int | None,  # noqa: ARG002 - always the whole size, our own header
    ) -> None:
        """Write all of it; the header goes out together with the first piece."""
        transport = getattr(writer, "transport", None)
        if transport is None or transport.is_closing():
            raise aiohttp.ClientConnectionResetError("Closed before it was written to")
        self.left = True
        for start in range(0, len(self._value), PIECE):
            await writer.write(self._value[start : start + PIECE])


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
