"""Servers on sockets of their own, for stand-ins of platforms."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator


@asynccontextmanager
async def served(
    handle: Callable[[web.Request], Awaitable[web.StreamResponse]], route: str = "/{path:.*}"
) -> AsyncIterator[str]:
    """The address of a server on loopback that hands every request of a route to `handle`."""
    app = web.Application(client_max_size=2**23)
    app.router.add_route("*", route, handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@contextmanager
def impatient(answer: bytes, times: int) -> Iterator[str]:
    """The address of a server that closes each connection 0.05 s after its first answer.

    It lives in a thread, for the loop of the test may be busy when this end closes. The block
    fails where it did not connect so many times.
    """
    closed: list[socket.socket] = []

    def serve(listener: socket.socket) -> None:
        while len(closed) < times:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(answer)
            time.sleep(0.05)
            connection.close()
            closed.append(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(6)
    assert len(closed) == times
