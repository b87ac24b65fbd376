"""Events brought to a Zalo bot by HTTP, in order for each chat."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from bot.simulator.zalo_bot_parameters import bad

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.zalo_bot_events import Waiting
    from bot.simulator.zalo_bot_switches import Switches

HEADER = "X-Bot-Api-Secret-Token"
SHORTEST_SECRET, LONGEST_SECRET = 8, 256
# The platform's are not published, and surely longer; a local test would not wait for them.
FIRST_PAUSE = 0.05
OWN_MACHINE = ("127.0.0.1", "localhost", "::1")


def check_url(url: str) -> None:
    """Refuse all but https; plain http is taken for this machine, where the platform refuses it."""
    try:
        parsed = URL(url)
    except ValueError:
        raise bad("url is invalid") from None
    plain = parsed.scheme == "http" and parsed.host in OWN_MACHINE
    if not parsed.host or not (parsed.scheme == "https" or plain):
        raise bad("url must start with https://")


class Webhook:
    """One address that takes events.

    Each chat has a lane in which an event is tried until it is taken (any 2xx) or given up, as
    `Switches` says. `taken(event)` is called for each that was. Nothing is ever brought to another
    machine: such an address counts as one that does not answer.
    """

    def __init__(
        self, url: str, secret: str, *, switches: Switches, taken: Callable[[Waiting], None]
    ) -> None:
        check_url(url)
        if not SHORTEST_SECRET <= len(secret) <= LONGEST_SECRET:
            raise bad("secret_token must have between 8 and 256 characters")
        self.url = url
        self._secret = secret
        self._switches = switches
        self._taken = taken
        self._lanes: dict[str, deque[Waiting]] = {}
        self._walkers: set[asyncio.Task[None]] = set()
        self._session = ClientSession()

    def bring(self, waiting: Waiting) -> None:
        """Put an event into its chat's lane."""
        lane = self._lanes.get(waiting.chat)
        if lane is not None:
            lane.append(waiting)
            return
        self._lanes[waiting.chat] = deque([waiting])
        walker = asyncio.create_task(self._walk(waiting.chat))
        self._walkers.add(walker)
        walker.add_done_callback(self._walkers.discard)

    async def stop(self) -> list[Waiting]:
        """Deliver no more; gives back what was neither taken nor given up."""
        for walker in list(self._walkers):
            walker.cancel()
        await asyncio.gather(*self._walkers, return_exceptions=True)
        await self._session.close()
        return [waiting for lane in self._lanes.values() for waiting in lane]

    async def verified(self) -> dict[str, Any]:
        """Ask the address whether it answers, with an empty object, as setWebhook does."""
        outcome = await self._post({})
        ok = outcome == "webhook.ok"
        hint = "" if ok else "The URL is stored; it must answer 200 to a POST."
        return {"ok": ok, "url": self.url, "outcome": outcome, "hint": hint}

    async def _walk(self, chat: str) -> None:
        lane = self._lanes[chat]
        while lane:
            if await self._brought(lane[0]):
                self._taken(lane[0])
            lane.popleft()
        del self._lanes[chat]

    async def _brought(self, waiting: Waiting) -> bool:
        pause = FIRST_PAUSE
        for left in range(self._switches.webhook_tries - 1, -1, -1):
            wrapped = {"ok": True, "result": waiting.body}
            body = wrapped if self._switches.wrapped else dict(waiting.body)
            if await self._post(body) == "webhook.ok":
                return True
            if left:
                await asyncio.sleep(pause)
                pause *= 2
        return False

    async def _post(self, body: dict[str, Any]) -> str:
        if URL(self.url).host not in OWN_MACHINE:
            return "webhook.unreachable"
        patience = ClientTimeout(total=self._switches.webhook_seconds)
        try:
            async with self._session.post(
                self.url,
                json=body,
                headers={HEADER: self._secret},
                timeout=patience,
                allow_redirects=False,
            ) as answer:
                taken = 200 <= answer.status < 300
                return "webhook.ok" if taken else f"webhook.http.{answer.status}"
        except TimeoutError:
            return "webhook.timeout"
        except (ClientError, OSError):
            return "webhook.unreachable"
