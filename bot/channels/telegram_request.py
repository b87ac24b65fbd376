"""HTTP for python-telegram-bot on aiohttp, whose pool is not the bottleneck httpx's is.

Exceptions carry the kind of a failure and never its address: the address holds the token.
"""

from __future__ import annotations

import asyncio
import json
import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.channels.http import CLOSED, IDLE, Oversized, whole
from bot.channels.telegram_body import body_of
from storage.file_kinds import LARGEST

if TYPE_CHECKING:
    from telegram.request import RequestData

    from bot.channels.http import Body


class NotSent(NetworkError):
    """No byte of the request reached the platform, so it did nothing."""

    __slots__ = ()


class NotSentInTime(NotSent, TimedOut):
    """No connection could be had in time."""

    __slots__ = ()


class AnswerLost(NetworkError):
    """The connection broke after the request had begun: the platform may have acted on it."""

    __slots__ = ()


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API.

    Times are in seconds. `connect` also bounds the wait for a free connection, each of the two by
    itself; `read` the wait for the answer; `write` is added for the upload. `keep_alive` must stay
    below what the server allows an idle connection. `proxy` is an `http://` address.

    Raises `NotSent` or `NotSentInTime`, `TimedOut` or `AnswerLost` (the platform may have acted).
    """

    def __init__(
        self,
        *,
        connections: int = 128,
        connect: float = 5.0,
        read: float = 20.0,
        write: float = 20.0,
        keep_alive: float = 15.0,
        proxy: str | None = None,
    ) -> None:
        if proxy is not None and not proxy.startswith(("http://", "https://")):
            raise ValueError("A proxy for Telegram must be an http:// or https:// address")
        # RetryAfter, which PTB builds itself, warns unless this documented choice is made.
        os.environ.setdefault("PTB_TIMEDELTA", "true")
        self._connections = connections
        self._connect, self._read, self._write = connect, read, write
        self._keep_alive = keep_alive
        self._proxy = proxy
        self._usual = self._timeout(connect, connect, read, write)
        self._session: aiohttp.ClientSession | None = None
        self._used_at = 0.0

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for an answer where a call does not say."""
        return self._read

    async def initialize(self) -> None:
        """Open the pool; opening twice does nothing."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=self._keep_alive
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        """Close the pool; closing twice does nothing."""
        if self._session is not None:
            await self._session.close()

    async def do_request(  # noqa: PLR0917 - the signature is PTB's
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        write_timeout: object = BaseRequest.DEFAULT_NONE,
        connect_timeout: object = BaseRequest.DEFAULT_NONE,
        pool_timeout: object = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body of the answer, whatever the status is."""
        body = await body_of(request_data)
        given = (pool_timeout, connect_timeout, read_timeout, write_timeout)
        usual = all(seconds is self.DEFAULT_NONE for seconds in given)
        timeout = self._usual if usual else self._asked(*given)
        status, answer = await self._exchange(method, url, body, timeout)
        if status < HTTPStatus.MULTIPLE_CHOICES or answer.startswith(b"{"):
            return status, answer
        # A proxy's error page, which PTB would quote, may show the address and with it the token.
        return status, b"{}"

    async def _exchange(
        self,
        method: str,
        url: str,
        body: Body,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own, per phase
    ) -> tuple[int, bytes]:
        await self._notice_closed()
        try:
            try:
                return await self._once(method, url, body, timeout)
            except CLOSED as error:
                if body.left or isinstance(error, aiohttp.ClientConnectorError):
                    raise
                body = body.again()
                return await self._once(method, url, body, timeout)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _failure(error, left=body.left) from None

    async def _once(
        self,
        method: str,
        url: str,
        body: Body,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own, per phase
    ) -> tuple[int, bytes]:
        if self._session is None or self._session.closed:
            raise RuntimeError("The request was used before it was opened or after it was closed")
        async with self._session.request(
            method,
            url,
            data=None if method == "GET" else body,
            timeout=timeout,
            proxy=self._proxy,
            allow_redirects=False,
        ) as response:
            return response.status, await whole(response, LARGEST)

    async def _notice_closed(self) -> None:
        """Let the loop look at its sockets, so that connections closed meanwhile are not reused."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._used_at > IDLE:
            # The first turn of the loop polls and schedules the callbacks, the second runs them.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        self._used_at = loop.time()

    def _asked(
        self, pool: object, connect: object, read: object, write: object
    ) -> aiohttp.ClientTimeout:
        return self._timeout(
            _seconds(pool, self._connect),
            _seconds(connect, self._connect),
            _seconds(read, self._read),
            _seconds(write, self._write),
        )

    @staticmethod
    def _timeout(
        pool: float | None, connect: float | None, read: float | None, write: float | None
    ) -> aiohttp.ClientTimeout:
        parts = [part for part in (pool, connect, read, write) if part is not None]
        return aiohttp.ClientTimeout(
            total=sum(parts) if len(parts) == 4 else None,
            connect=None if pool is None or connect is None else pool + connect,
            sock_connect=connect,
            sock_read=read,
        )

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The JSON object of an answer; unlike PTB's own, logs nothing of it.

        Raises:
            TelegramError: It is not a JSON object.
        """
        try:
            answer: object = json.loads(payload)
        except ValueError:
            raise TelegramError("Invalid server response") from None
        if not isinstance(answer, dict):
            raise TelegramError("Invalid server response")
        return cast("dict[str, Any]", answer)


class PollRequest(AiohttpRequest):
    """The connection of `getUpdates`, which keeps the raw updates aside in `updates`.

    PTB reads a batch as a whole, fails and logs all of it where one update is malformed; so it is
    shown the ids only.
    """

    def __init__(self, *, proxy: str | None = None, read: float = 10.0) -> None:
        super().__init__(connections=1, read=read, proxy=proxy)
        self.updates: list[dict[str, Any]] = []

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Status and body of the answer, the body cut down to the ids of the updates."""
        self.updates = []
        status, answer = await super().do_request(*args, **kwargs)
        if status != HTTPStatus.OK:
            return status, answer
        self.updates = _identified(self.parse_json_payload(answer).get("result"))
        ids = [{"update_id": update["update_id"]} for update in self.updates]
        return status, json.dumps({"ok": True, "result": ids}).encode()


def _identified(result: object) -> list[dict[str, Any]]:
    """The updates that have an id; one without can be neither read twice nor confirmed."""
    if not isinstance(result, list):
        raise TelegramError("Invalid server response")
    updates = [
        cast("dict[str, Any]", update)
        for update in cast("list[object]", result)
        if isinstance(update, dict)
    ]
    return [update for update in updates if type(update.get("update_id")) is int]


def _seconds(given: object, usual: float) -> float | None:
    if given is BaseRequest.DEFAULT_NONE:
        return usual
    return float(given) if isinstance(given, int | float) else None


def _failure(error: Exception, *, left: bool) -> NetworkError:
    """The same failure in PTB's words, without aiohttp's, which quote the address."""
    kind = type(error).__name__
    if isinstance(error, Oversized):
        return AnswerLost("The answer is too large")
    late = isinstance(error, TimeoutError)
    if left:
        return TimedOut(f"No answer ({kind})") if late else AnswerLost(f"No answer ({kind})")
    return (NotSentInTime if late else NotSent)(f"No connection ({kind})")
