"""Events brought to the program behind an Official Account, signed, and again where it fails."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from bot.simulator.zalo_oa_rules import OaRules

    Json = dict[str, Any]

PATIENCE_SECONDS = 2.0
DELAYS_SECONDS = (30.0, 300.0, 900.0, 1800.0, 3600.0)
KEPT = 1000
# How far the header's time lies from the body's, so that taking the wrong one shows.
HEADER_LATER_MS = 7


@dataclass(frozen=True, slots=True)
class OaEvent:
    """One event; `server` is "ZNS" for what concerns templates by phone."""

    id: str
    chat: str
    body: Json
    server: str = ""

    @property
    def raw(self) -> bytes:
        """The very bytes that are signed and sent."""
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogatepass")


@dataclass(slots=True)
class Keys:
    """What a mac may be made of."""

    app_id: str
    app_secret: str
    oa_id: str
    oa_secret: str

    def mac(self, raw: bytes, stamp: str, rules: OaRules) -> str:
        """SHA-256 (no HMAC) over the first term, the raw body, the time and the secret."""
        first = self.app_id if rules.mac_first == "app" else self.oa_id
        secret = self.app_secret if rules.mac_last == "app" else self.oa_secret
        last = (stamp + secret).encode("utf-8", "surrogatepass")
        return hashlib.sha256(first.encode() + raw + last).hexdigest()


class OaWebhook:
    """One address that takes events; nothing is kept for it while there is none.

    An event is first tried once after the other for each person, again after each of `delays`
    (seconds) while later ones go on, and after the last the address is given up until it is
    connected anew. `lost` names the events that were never taken. `done(chat)` is told of each
    that was.
    """

    def __init__(self, keys: Keys, rules: OaRules, done: Callable[[str], None]) -> None:
        self._keys, self._rules = keys, rules
        self.url, self.enabled = "", False
        self.patience, self.delays = PATIENCE_SECONDS, DELAYS_SECONDS
        self.lost: deque[str] = deque(maxlen=KEPT)
        self._done = done
        self._lanes: dict[str, deque[OaEvent]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: ClientSession | None = None

    async def connect(self, url: str) -> None:
        """Use this address from now on, if it answers 200 to an unsigned `{}`.

        Raises ValueError where it does not, or is not on this machine: the simulator never goes
        out, and takes http and ports, which Zalo does not.
        """
        if URL(url).host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("the simulator delivers to this machine only")
        if (status := await self.post(b"{}", {}, url)) != 200:
            raise ValueError(f"the address answered {status or 'nothing'} to the check")
        self.url, self.enabled = url, True

    async def close(self) -> None:
        """Deliver no more."""
        self.url, self.enabled = "", False
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._lanes.clear()
        if self._session:
            await self._session.close()
            self._session = None

    async def settled(self) -> None:
        """Wait until every event is taken or lost."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def bring(self, event: OaEvent) -> None:
        """Deliver an event after those of the same person."""
        if not self.enabled:
            self.lost.append(event.id)
        elif event.chat in self._lanes:
            self._lanes[event.chat].append(event)
        else:
            self._lanes[event.chat] = deque([event])
            self._start(self._walk(event.chat))

    async def deliver(self, event: OaEvent, *, retry: int = 0, mac: str | None = None) -> int:
        """Post an event once and tell the status, 0 where none came in time.

        `mac` takes the place of the right one; "" sends the event without any.
        """
        raw, stamp = event.raw, str(event.body.get("timestamp", ""))
        headers: dict[str, str] = {}
        if self._rules.mac_time == "header":
            stamp = str(int(stamp or 0) + HEADER_LATER_MS)
            headers["X-ZEvent-Timestamp"] = stamp
        mac = self._keys.mac(raw, stamp, self._rules) if mac is None else mac
        if mac:
            headers["X-ZEvent-Signature"] = f"mac={mac}"
        if event.server:
            headers["X-ZEvent-Server"] = event.server
        if retry:
            headers["num_retry"] = str(retry)
        return await self.post(raw, headers, self.url)

    async def post(self, raw: bytes, headers: dict[str, str], url: str = "") -> int:
        """Post any bytes; the status, 0 where none came in time."""
        if self._session is None:
            self._session = ClientSession()
        headers = {"Content-Type": "application/json", **headers}
        patience = ClientTimeout(total=self.patience)
        try:
            async with self._session.post(
                url or self.url, data=raw, headers=headers, timeout=patience
            ) as answer:
                return answer.status
        except (ClientError, TimeoutError, OSError):
            return 0

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _walk(self, chat: str) -> None:
        lane = self._lanes[chat]
        while lane:
            if await self.deliver(lane[0]) == 200:
                self._done(chat)
            else:
                self._start(self._again(lane[0], self.url))
            lane.popleft()
        del self._lanes[chat]

    async def _again(self, event: OaEvent, url: str) -> None:
        for retry, delay in enumerate(self.delays, 1):
            await asyncio.sleep(delay)
            if (self.url, self.enabled) != (url, True):
                break
            if await self.deliver(event, retry=retry) == 200:
                self._done(event.chat)
                return
        self.lost.append(event.id)
        if self.url == url:
            self.enabled = False
