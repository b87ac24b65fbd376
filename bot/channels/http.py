"""JSON over HTTP to a platform, by a pool of connections that knows whether a request has left.

Exceptions carry the kind of a failure and never its address or headers: those hold the tokens.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlencode

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from types import TracebackType

    from aiohttp.abc import AbstractStreamWriter

JSON: Final = "application/json; charset=utf-8"
FORM: Final = "application/x-www-form-urlencoded"
PIECE: Final = 2**16  # bytes written at once, so that a large file does not hold up the loop
LARGEST: Final = 4 * 2**20  # bytes of an answer; those we know have a few thousand
# How a connection that was closed while it lay idle shows itself, and what looks like it.
CLOSED: Final = (
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientOSError,
    aiohttp.ClientConnectionResetError,
)
# No server closes an idle connection sooner than this many seconds.
IDLE = 1.0


class NotSent(Exception):
    """No byte of the request reached the platform, so it did nothing."""


class AnswerLost(Exception):
    """The request left and no whole answer came: the platform may have acted on it."""


class Oversized(aiohttp.ClientPayloadError):
    """The answer has more bytes than were asked for."""


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


class Connected:
    """Something with connections of its own: `async with` opens and closes them in order."""

    def __init__(self, *connections: AbstractAsyncContextManager[object]) -> None:
        self._connections = connections
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Open the connections; nobody is asked anything yet."""
        for one in self._connections:
            await self._open.enter_async_context(one)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self._open.aclose()


class Http:
    """One pool of connections; `async with` opens and closes it.

    Times are in seconds: `connect` bounds the wait for a free connection and, once more, for
    opening it, `read` the wait for each piece of the answer. Redirects are not followed and no
    cookies kept. Every call gives status and body of the answer, whatever they are; one of more
    than `LARGEST` bytes counts as none.

    Raises (every call):
        NotSent: Nothing has left.
        AnswerLost: It may have been acted on.
        ValueError: The content cannot be written as a request (half a surrogate pair).
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        connect: float = 5.0,
        read: float = 20.0,
        keep_alive: float = 15.0,
    ) -> None:
        self._connections, self._keep_alive = connections, keep_alive
        self._connect, self._read = connect, read
        self._session: aiohttp.ClientSession | None = None
        self._used_at = 0.0

    async def __aenter__(self) -> Self:
        """Open the pool; asks nobody anything yet."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._connections, keepalive_timeout=self._keep_alive
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "taphuan", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        url: str,
        content: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
    ) -> tuple[int, bytes]:
        """Post a JSON object."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return await self._posted(url, Body(text.encode(), JSON), headers, read)

    async def post_form(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
    ) -> tuple[int, bytes]:
        """Post an URL-encoded form."""
        return await self._posted(url, Body(urlencode(fields).encode(), FORM), headers, read)

    async def post_file(
        self,
        url: str,
        file: bytes,
        *,
        name: str,
        kind: str,
        field: str = "file",
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
    ) -> tuple[int, bytes]:
        """Post one file of the content type `kind` as multipart; its name is sent as it is."""
        # Quoting would percent-encode the file name, and the person reads it as it comes.
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(field, file, filename=name, content_type=kind)
        parts = form()
        body = Body(await parts.as_bytes(), parts.headers["Content-Type"])
        return await self._posted(url, body, headers, read)

    async def get(
        self,
        url: str,
        query: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        read: float | None = None,
        largest: int = LARGEST,
    ) -> tuple[int, bytes]:
        """Get an address; asking changes nothing, so all its failures are `NotSent`.

        The cause of one is `Oversized` where the answer has more than `largest` bytes.
        """
        address = f"{url}?{urlencode(query)}" if query else url
        await self._notice_closed()
        try:
            try:
                return await self._once("GET", address, None, headers, read, largest)
            except CLOSED as error:
                if isinstance(error, aiohttp.ClientConnectorError):
                    raise
                return await self._once("GET", address, None, headers, read, largest)
        except Oversized as error:
            raise NotSent("The answer is too large") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotSent(f"No answer ({type(error).__name__})") from None

    async def location(self, url: str) -> str:
        """Where an address sends on to, "" where it does not.

        Raises:
            NotSent: It cannot be asked now.
        """
        if self._session is None:
            raise RuntimeError("The connections were used before they were opened")
        timeout = aiohttp.ClientTimeout(total=2 * self._connect + self._read)
        try:
            async with self._session.get(url, timeout=timeout, allow_redirects=False) as response:
                return response.headers.get("Location", "")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise NotSent(f"No answer ({type(error).__name__})") from None

    async def _posted(
        self, url: str, body: Body, headers: Mapping[str, str] | None, read: float | None
    ) -> tuple[int, bytes]:
        await self._notice_closed()
        try:
            try:
                return await self._once("POST", url, body, headers, read)
            except CLOSED as error:
                if body.left or isinstance(error, aiohttp.ClientConnectorError):
                    raise
                body = body.again()
                return await self._once("POST", url, body, headers, read)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kind = type(error).__name__
            if body.left:
                raise AnswerLost(f"No answer ({kind})") from None
            raise NotSent(f"No connection ({kind})") from None

    async def _once(
        self,
        method: str,
        url: str,
        body: Body | None,
        headers: Mapping[str, str] | None,
        read: float | None,
        largest: int = LARGEST,
    ) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            raise RuntimeError("The connections were used before they were opened or after")
        read = self._read if read is None else read
        timeout = aiohttp.ClientTimeout(
            # An answer that drips in by pieces has an end as well.
            total=3 * self._connect + 2 * read,
            connect=2 * self._connect,
            sock_connect=self._connect,
            sock_read=read,
        )
        async with self._session.request(
            method, url, data=body, headers=headers, timeout=timeout, allow_redirects=False
        ) as response:
            return response.status, await whole(response, largest)

    async def _notice_closed(self) -> None:
        """Let the loop look at its sockets, so that connections closed meanwhile are not reused."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._used_at > IDLE:
            # The first turn of the loop polls and schedules the callbacks, the second runs them.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        self._used_at = loop.time()


async def whole(response: aiohttp.ClientResponse, largest: int = LARGEST) -> bytes:
    """The body, unpacked; raises `Oversized` beyond so many bytes, however it is packed."""
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > largest:
            response.close()
            raise Oversized("The answer is too large")
    return bytes(body)
