"""What is to be seen on one phone, free of any platform."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

# Older messages scroll away: a soak run must not fill the memory.
KEPT = 300


@dataclass(frozen=True, slots=True)
class Button:
    """A button below a message: `data` is what a press sends, `url` what a link opens."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A button in place of the keyboard: it types its label, or shares the own number."""

    label: str
    contact: bool = False


@dataclass(frozen=True, slots=True)
class Pin:
    """A place on a map (degrees, WGS 84); title and address are "" for a bare location."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Attached:
    """A file on the platform; `size` in bytes.

    One that the bot only named by its address lies elsewhere: its `url`, and neither id nor size.
    """

    id: str
    name: str
    type: str
    size: int
    url: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the screen. `mine` where the phone's owner wrote it.

    `id` is the platform's: a number on Telegram, a text on Zalo.
    `kind` is text, venue, document, photo, sticker, voice, contact or template (approved words,
    which come from the platform: `author`). `at` and `edited_at` are
    Unix seconds as the platform stamped them; `edited_at` is 0 for a message never edited.
    """

    id: int | str
    at: int
    mine: bool = False
    kind: str = "text"
    text: str = ""
    author: str = ""
    rows: tuple[tuple[Button, ...], ...] = ()
    pin: Pin | None = None
    file: Attached | None = None
    edited_at: int = 0

    @property
    def buttons(self) -> list[Button]:
        """The buttons of all rows."""
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        """What the buttons say."""
        return [button.label for button in self.buttons]


class Screen:
    """The messages of one chat in the order they came, edits applied.

    Every change is told to `tell(kind, data)`; what the bot says also waits for `answer`.
    """

    def __init__(self, tell: Callable[[str, dict[str, Any]], None]) -> None:
        self._tell = tell
        self._messages: dict[int | str, Shown] = {}
        self._untaken: deque[Shown] = deque(maxlen=KEPT)
        self._news = asyncio.Event()
        self.keys: tuple[tuple[Key, ...], ...] = ()

    @property
    def messages(self) -> list[Shown]:
        """The messages on the screen, oldest first."""
        return list(self._messages.values())

    def message(self, id: int | str) -> Shown | None:
        """One message, or None where it is not (or no longer) on the screen."""
        return self._messages.get(id)

    def show(self, shown: Shown) -> None:
        """A message arrives, or one that is there changes."""
        self._messages[shown.id] = shown
        if len(self._messages) > KEPT:
            del self._messages[next(iter(self._messages))]
        self._tell("message", {"message": shown})
        if not shown.mine:
            self._untaken.append(shown)
            self._news.set()

    def remove(self, id: int | str) -> None:
        """A message is deleted."""
        if self._messages.pop(id, None):
            self._tell("removed", {"id": id})

    def lay(self, keys: tuple[tuple[Key, ...], ...]) -> None:
        """Put these keys in place of the keyboard; none gives the plain keyboard back."""
        if keys != self.keys:
            self.keys = keys
            self._tell("keys", {"keys": keys})

    def tell(self, kind: str, **data: Any) -> None:
        """Pass on what changes no message: typing, a toast, a handled message."""
        self._tell(kind, data)

    async def answer(self, timeout: float) -> Shown:  # noqa: ASYNC109 -- the error says what came
        """The next new or edited message of the bot that was not yet taken, as it then stood.

        Raises TimeoutError, which tells what the screen shows instead.
        """
        try:
            async with asyncio.timeout(timeout):
                while not self._untaken:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            last = [message.text for message in self.messages[-2:]]
            raise TimeoutError(
                f"no answer within {timeout} s; the screen ends with {last}"
            ) from None
        return self._untaken.popleft()

    def skip(self) -> None:
        """Take everything said so far as read."""
        self._untaken.clear()
