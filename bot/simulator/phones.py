"""What every phone of the simulator can do, whichever platform it is on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.simulator.files import PIXEL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from bot.simulator.people import Person
    from bot.simulator.screen import Key, Shown

    # What a person does beyond the common acts, from the JSON of a control request to an event id.
    Act = Callable[[Mapping[str, Any]], Awaitable[int | str]]


class Phone(Protocol):
    """One person's chat with the bot on one platform.

    `id` is unique among all phones and stands in the page's addresses. What a person does returns
    the platform's id of the event, "0" where none was owed to the bot. `date` is Unix time in the
    platform's unit. A platform without a thing (a sticker, a button) raises ValueError.
    """

    @property
    def id(self) -> int | str:
        """The phone's id."""
        ...

    @property
    def platform(self) -> str:
        """telegram, zalo_bot or zalo_oa."""
        ...

    @property
    def person(self) -> Person:
        """Who holds it."""
        ...

    @property
    def blocked(self) -> bool:
        """Whether its owner shut the bot out."""
        ...

    @property
    def messages(self) -> Sequence[Shown]:
        """What is on the screen, oldest first."""
        ...

    @property
    def keyboard(self) -> tuple[tuple[Key, ...], ...]:
        """The keys in place of the keyboard."""
        ...

    @property
    def commands(self) -> Sequence[object]:
        """The commands of the menu."""
        ...

    @property
    def acts(self) -> Mapping[str, Act]:
        """What else can be done on this platform, by the name the control endpoint takes."""
        ...

    async def say(self, text: str, *, date: int | None = None) -> int | str:
        """Type a text and send it."""
        ...

    async def start(self, payload: str = "", *, date: int | None = None) -> int | str:
        """Open the chat by a link; where there are none, type what the link would carry."""
        ...

    async def press(self, wanted: str, message: Shown | int | str | None = None) -> int | str:
        """Press a button by its label, digit or data; raises LookupError where there is none."""
        ...

    async def share_contact(
        self, number: str = "", owner: int | None = None, *, date: int | None = None
    ) -> int | str:
        """Give away a phone number in the platform's own way."""
        ...

    async def sticker(self) -> int | str:
        """Send a sticker."""
        ...

    async def voice(self) -> int | str:
        """Send a voice message."""
        ...

    async def photo(self, caption: str = "", body: bytes = PIXEL) -> int | str:
        """Send a photo."""
        ...

    async def document(self, name: str, body: bytes = b"%PDF", caption: str = "") -> int | str:
        """Send a file."""
        ...

    async def block(self) -> int | str:
        """Shut the bot out (on the Official Account: stop following it)."""
        ...

    async def unblock(self) -> int | str:
        """Let it in again."""
        ...

    async def answer(self, timeout: float = 5) -> Shown:  # noqa: ASYNC109 -- the error says what came
        """The next message of the bot that was not yet taken; raises TimeoutError."""
        ...

    def skip(self) -> None:
        """Take everything said so far as read."""
        ...
