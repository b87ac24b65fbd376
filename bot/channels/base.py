"""What every channel promises, and the closed list of ways a send can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from handlers.message import Document, Message, Reply
    from storage.models import ChannelState

    # Takes the messages of one delivery; returns when each is committed and its answer spoken.
    Receive = Callable[[Sequence[Message]], Awaitable[None]]
    # The bytes behind a `Document` recipe.
    Render = Callable[[str, int], Awaitable[bytes]]
    # Keeps one raw event of a wire that forgets what it brought; returns when it is committed.
    Keep = Callable[[Mapping[str, Any]], Awaitable[None]]
    # A short-lived https link to a document on our own domain, "" where we have no public address.
    Link = Callable[[Document], str]


class SendError(Exception):
    """The platform did not take a message."""


class TryLater(SendError):
    """The platform is busy or down; the same message may succeed `after` some time."""

    def __init__(self, after: timedelta | None = None) -> None:
        super().__init__(f"asked to wait {after}" if after else "no answer")
        self.after = after


class Uncertain(SendError):
    """The connection broke after the message left: it may or may not have arrived."""


class Unreachable(SendError):
    """The person blocked us, is deactivated, or never wrote to us."""


class Rejected(SendError):
    """The platform will never take this message; trying again is of no use."""


class TooLarge(Rejected):
    """A file is larger than what is fetched."""


class Refused(SendError):
    """The platform does not accept our token: nothing can be sent until it is replaced."""


class Halted(SendError):
    """The platform wants something of the office first: money, a quota, a package, an approval.

    Until then nothing of this kind can be sent on this channel. `state` says which it is.
    """

    def __init__(self, state: ChannelState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Spoken:
    """When a reply stood on the person's screen, by the platform's clock (aware, UTC).

    Anything the platform stamps earlier was written without having seen it. Where the stamps are
    whole seconds this is the *next* second: what is stamped with the same one is ambiguous and
    counts as unseen. `messages` says in how many the words went, `cost` what the platform charges
    for them, in đồng.
    """

    at: datetime
    messages: int = 1
    cost: int = 0


class Channel(Protocol):
    """One way to people: it reads its wire into messages and draws replies."""

    name: str

    async def speak(self, address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        """Say the reply; `to` is the message it answers, whose press is settled as well.

        Raises one of the `SendError`s.
        """
        ...

    async def settle(self, message: Message) -> None:
        """End the waiting sign of a press that gets no words. Never raises."""
        ...


@runtime_checkable
class Fetch(Protocol):
    """A channel that can bring the files people send over it."""

    async def fetch(self, source: str) -> bytes:
        """The bytes of `handlers.message.File.id`.

        Raises one of the `SendError`s: `TooLarge` beyond `storage.file_kinds.LARGEST`, `Rejected`
        where the platform will never give it.
        """
        ...
