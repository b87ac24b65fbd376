"""A wire to a server on this machine that can be cut, and that can bring every answer twice."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

HOST = "127.0.0.1"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
PIECE = 2**16


class Line:
    """Passes bytes both ways. `twice`: each answer stands on the wire once more behind itself.

    `lost` counts the requests whose answers were under way when it was cut, at least.
    """

    def __init__(self, port: int) -> None:
        self.twice = False
        self.lost = 0
        self._to = port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._asked = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where its near end is."""
        return f"http://{HOST}:{self._port}"

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def mend(self) -> None:
        """Take connections, at the same place as before."""
        self._server = await asyncio.start_server(self._carry, HOST, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """End every connection in the middle of whatever it carries, and take no new one."""
        self.lost += self._asked
        self._asked = 0
        if self._server:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ends = {writer}
        self._open |= ends
        try:
            there, thence = await asyncio.open_connection(HOST, self._to)
        except OSError:
            writer.transport.abort()
            self._open -= ends
            return
        ends.add(thence)
        self._open |= ends
        await asyncio.gather(self._ask(reader, thence), self._answer(there, writer))
        for end in ends:
            end.transport.abort()
        self._open -= ends

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                self._asked += 1  # a request may come in several pieces
                writer.write(piece)
                await writer.drain()
        writer.transport.abort()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Whole answers only, so that one that comes twice is one."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                found = LENGTH.search(head)
                answer = head + await reader.readexactly(int(found[1]) if found else 0)
                self._asked = max(0, self._asked - 1)
                writer.write(answer * (2 if self.twice else 1))
                await writer.drain()
        writer.transport.abort()
