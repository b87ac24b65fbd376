"""How fast a platform lets a bot speak."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Chats that have long been silent are forgotten once so many are remembered.
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages a second, and how many may come at once; the defaults are Telegram's.

    Telegram allows "short bursts" to one chat without a number; ten is what a brisk talk needs.
    """

    overall: float = 30
    overall_burst: int = 30
    private: float = 1
    private_burst: int = 10
    group: float = 20 / 60
    group_burst: int = 20


class Pace:
    """Counts messages against the limits, each as a leaking bucket (GCRA)."""

    def __init__(self, limits: Limits | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._overall = 0.0
        self._chats: dict[str, float] = {}

    def wait(self, chat: str, *, group: bool = False) -> int:
        """0 where the message may pass, which counts it; else the whole seconds to wait."""
        limits = self._limits
        if limits is None:
            return 0
        now = self._clock()
        rate = limits.group if group else limits.private
        burst = limits.group_burst if group else limits.private_burst
        ours = max(self._chats.get(chat, 0.0), now) + 1 / rate
        all_chats = max(self._overall, now) + 1 / limits.overall
        late = max(
            ours - now - burst / rate, all_chats - now - limits.overall_burst / limits.overall
        )
        # A hair of tolerance: sums of 1/30 are not exact.
        if late > 1e-6:
            return max(1, math.ceil(late))
        self._chats[chat], self._overall = ours, all_chats
        if len(self._chats) > REMEMBERED:
            self._chats = {name: until for name, until in self._chats.items() if until > now}
        return 0
