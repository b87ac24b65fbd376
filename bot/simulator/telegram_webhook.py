"""Updates brought to the bot by HTTP, in order for each chat."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from bot.simulator.telegram_parameters import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.telegram_updates import Waiting

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
# The platform waits longer; a local test would not.
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
PATIENCE = ClientTimeout(total=30)


def check_url(url: str) -> None:
    """Refuse what Telegram would, and any host but this machine: the simulator never goes out."""
    try:
        parsed = URL(url)
    except ValueError:
        raise bad_request("bad webhook: invalid URL specified") from None
    if parsed.scheme not in ("http", "https"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parsed.host not in ("127.0.0.1", "localhost", "::1"):
        raise bad_request("bad webhook: the simulator delivers to this machine only")


class Webhook:
    """One address that takes updates.

    Each chat has a lane in which an update is tried until it is taken (any 2xx), so nothing
    overtakes; at most `connections` lanes speak at once. `done(update)` is called for each.
    """

    def __init__(
        self, url: str, *, secret: str, connections: int, done: Callable[[Waiting], None]
    ) -> None:
        check_url(url)
        if secret and not SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        self.url = url
        self.connections = connections if 1 <= connections <= 100 else 40
        self.last_error: tuple[int, str] | None = None
        self._done = done
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        self._free = asyncio.Semaphore(self.connections)
        self._lanes: dict[str, deque[Waiting]] = {}
        self._walkers: set[asyncio.Task[None]] = set()
        self._session = ClientSession(timeout=PATIENCE)

    def bring(self, waiting: Waiting) -> None:
        """Put an update into its chat's lane."""
        lane = self._lanes.get(waiting.chat)
        if lane is not None:
            lane.append(waiting)
            return
        self._lanes[waiting.chat] = deque([waiting])
        walker = asyncio.create_task(self._walk(waiting.chat))
        self._walkers.add(walker)
        walker.add_done_callback(self._walkers.discard)

    async def stop(self) -> None:
        """Deliver no more; what was not taken stays in the queue of updates."""
        for walker in list(self._walkers):
            walker.cancel()
        await asyncio.gather(*self._walkers, return_exceptions=True)
        await self._session.close()

    def to_json(self) -> dict[str, Any]:
        """The fields of WebhookInfo that are ours."""
        info: dict[str, Any] = {"url": self.url, "max_connections": self.connections}
        if self.last_error:
            info["last_error_date"], info["last_error_message"] = self.last_error
        return info

    async def _walk(self, chat: str) -> None:
        lane = self._lanes[chat]
        while lane:
            pause = FIRST_PAUSE
            while not await self._taken(lane[0]):
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            self._done(lane.popleft())
        del self._lanes[chat]

    async def _taken(self, waiting: Waiting) -> bool:
        try:
            async with (
                self._free,
                self._session.post(self.url, json=waiting.body, headers=self._headers) as answer,
            ):
                if answer.ok:
                    return True
                reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (ClientError, TimeoutError, OSError):
            reason = "Connection failed"
        self.last_error = (int(time.time()), reason)
        return False
