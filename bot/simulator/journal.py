"""What passed over a wire: every call of the bot and every update it was given."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot. `at` is Unix time, `chat` is "" where the method has none.

    `parameters` never hold the token or a webhook secret; a file stands as its name, type and size.
    `status` is the HTTP status answered (on Zalo the error code inside the answer, 200 where it
    was no error), 0 where the connection was cut instead.
    """

    number: int
    at: float
    method: str
    chat: str
    parameters: Mapping[str, Any]
    status: int
    description: str = ""
    platform: str = "telegram"


@dataclass(frozen=True, slots=True)
class Update:
    """One update (on Zalo: event) as it was queued for the bot. `at` is Unix time."""

    number: int
    at: float
    id: int | str
    chat: str
    body: Mapping[str, Any]
    platform: str = "telegram"


class Journal:
    """The newest calls and updates, at most `length` of each; `number` counts both together."""

    def __init__(self, length: int) -> None:
        self._number = 0
        self._calls: deque[Call] = deque(maxlen=length)
        self._updates: deque[Update] = deque(maxlen=length)

    def call(
        self,
        *,
        at: float,
        method: str,
        chat: str,
        parameters: Mapping[str, Any],
        status: int,
        description: str,
        platform: str = "telegram",
    ) -> None:
        """Note one call of the bot."""
        self._number += 1
        self._calls.append(
            Call(self._number, at, method, chat, parameters, status, description, platform)
        )

    def update(
        self,
        *,
        at: float,
        id: int | str,
        chat: str,
        body: Mapping[str, Any],
        platform: str = "telegram",
    ) -> None:
        """Note one update."""
        self._number += 1
        self._updates.append(Update(self._number, at, id, chat, body, platform))

    def calls(self, method: str = "", chat: str | int = "", platform: str = "") -> list[Call]:
        """The calls kept, oldest first, of one method, chat or platform where given."""
        wanted = str(chat)
        return [
            call
            for call in self._calls
            if method in ("", call.method)
            and wanted in ("", call.chat)
            and platform in ("", call.platform)
        ]

    def updates(self, chat: str | int = "", platform: str = "") -> list[Update]:
        """The updates kept, oldest first, of one chat or platform where given."""
        wanted = str(chat)
        return [
            update
            for update in self._updates
            if wanted in ("", update.chat) and platform in ("", update.platform)
        ]

    def clear(self) -> None:
        """Forget everything noted so far; numbers go on."""
        self._calls.clear()
        self._updates.clear()
