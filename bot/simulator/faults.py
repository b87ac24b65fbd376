"""Troubles of a platform, put in on purpose: they befall the next calls and then are used up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Trouble(StrEnum):
    """What goes wrong. Values are the names the control endpoint takes."""

    FLOOD = "flood"  # 429 with retry_after
    BLOCKED = "blocked"  # 403, blocked by the user
    MISSING = "missing"  # 400, chat not found
    BROKEN = "broken"  # a 5xx
    REFUSED = "refused"  # any other status and description
    SLOW = "slow"  # done at once, answered late
    DROPPED = "dropped"  # the connection is cut and nothing is done
    LOST = "lost"  # it is done, and the connection is cut instead of an answer
    TWICE = "twice"  # the next update is delivered twice with one id


@dataclass(slots=True)
class Fault:
    """One trouble for the next `times` calls of `method` to `chat`; empty means any.

    `platform` (telegram, zalo_bot, zalo_oa) likewise: some methods have one name on two of them.
    A poll for updates must be named: it is meant only by `method="getUpdates"`.
    `seconds` is how long to wait: the retry_after of a flood (whole seconds), or how late a slow
    answer comes. `status` and `description` are for `BROKEN` and `REFUSED`. For `TWICE` the
    method is not looked at.
    """

    trouble: Trouble
    method: str = ""
    chat: str = ""
    times: int = 1
    seconds: float = 1
    status: int = 0
    description: str = ""
    platform: str = ""

    def concerns(self, method: str, chat: str, platform: str) -> bool:
        """Whether this call is one it waits for."""
        if not self.method and method == "getUpdates":
            return False
        return self.method.lower() in ("", method.lower()) and self.befalls(chat, platform)

    def befalls(self, chat: str, platform: str) -> bool:
        """Whether it is meant for this chat on this platform."""
        return self.chat in ("", chat) and self.platform in ("", platform)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """The fault a control request describes; raises ValueError for an unknown trouble."""
        return cls(
            trouble=Trouble(str(data["trouble"])),
            method=str(data.get("method", "")),
            chat=str(data.get("chat", "")),
            times=int(data.get("times", 1)),
            seconds=float(data.get("seconds", 1)),
            status=int(data.get("status", 0)),
            description=str(data.get("description", "")),
            platform=str(data.get("platform", "")),
        )


class Faults:
    """The faults still to come, in the order they were put in."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.waiting = list(faults)

    def add(
        self,
        trouble: Trouble | str,
        *,
        method: str = "",
        chat: str | int = "",
        times: int = 1,
        seconds: float = 1,
        status: int = 0,
        description: str = "",
        platform: str = "",
    ) -> None:
        """Let the next `times` matching calls meet the trouble."""
        self.waiting.append(
            Fault(
                Trouble(trouble), method, str(chat), times, seconds, status, description, platform
            )
        )

    def clear(self) -> None:
        """Forget the faults still waiting."""
        self.waiting.clear()

    def met_by(self, method: str, chat: str, platform: str = "telegram") -> Fault | None:
        """The fault this call meets, which is thereby used once."""
        for fault in self.waiting:
            if fault.trouble is not Trouble.TWICE and fault.concerns(method, chat, platform):
                return self._used(fault)
        return None

    def doubles(self, chat: str, platform: str = "telegram") -> bool:
        """Whether the update of this chat is to be delivered twice."""
        for fault in self.waiting:
            if fault.trouble is Trouble.TWICE and fault.befalls(chat, platform):
                self._used(fault)
                return True
        return False

    def _used(self, fault: Fault) -> Fault:
        fault.times -= 1
        if fault.times <= 0:
            self.waiting.remove(fault)
        return fault
