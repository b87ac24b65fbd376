"""A phone with Zalo on it, in the chat with a bot: what its owner does there, and sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.simulator.files import PIXEL
from bot.simulator.screen import Attached, Shown
from bot.simulator.zalo_bot_chats import fresh_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.simulator.files import Stored
    from bot.simulator.people import Person
    from bot.simulator.phones import Act
    from bot.simulator.screen import Key
    from bot.simulator.zalo_bot_chats import Chat
    from bot.simulator.zalo_bot_platform import ZaloBotPlatform

    Json = dict[str, Any]

HELLO = "Xin chào"
NUMBERED = re.compile(r"\s*(\d{1,2})[.):]?\s+(.+?)\s*")


class ZaloBotPhone:
    """One person's chat with the bot. There are no buttons, no links into the chat, no menu.

    `date` (Unix milliseconds) overrides the stamp of a message; without it a message is stamped as
    written after everything the bot has said. What is done returns the message's id.
    """

    def __init__(self, platform: ZaloBotPlatform, chat: Chat) -> None:
        self._platform = platform
        self._chat = chat

    @property
    def id(self) -> str:
        """The person's id, which is also the chat's."""
        return self._chat.id

    @property
    def platform(self) -> str:
        """Where the chat is."""
        return "zalo_bot"

    @property
    def person(self) -> Person:
        """Who holds the phone."""
        return self._chat.person

    @property
    def blocked(self) -> bool:
        """Whether the owner keeps the bot out."""
        return self._chat.blocked

    @property
    def messages(self) -> list[Shown]:
        """What is on the screen, oldest first."""
        return self._chat.screen.messages

    @property
    def keyboard(self) -> tuple[tuple[Key, ...], ...]:
        """Always the plain keyboard."""
        return ()

    @property
    def commands(self) -> list[object]:
        """There is no menu."""
        return []

    @property
    def acts(self) -> Mapping[str, Act]:
        """`link` sends an address, `unsupported` what the platform does not pass on."""
        return {
            "link": lambda data: self.link(str(data["url"])),
            "unsupported": lambda data: self.unsupported(message=data.get("message", True)),
        }

    async def say(self, text: str, *, date: int | None = None) -> str:
        """Type a text and send it."""
        if not text.strip():
            raise ValueError("the app sends no empty message; use raw() to force one")
        content = {"text": text, "message_type": "CHAT_MESSAGE"}
        return self._write("text", content, text=text, date=date)

    async def start(self, payload: str = "", *, date: int | None = None) -> str:
        """Type what a link would carry, since none leads into the chat; else a greeting."""
        return await self.say(payload or HELLO, date=date)

    async def press(self, wanted: str, message: Shown | int | str | None = None) -> str:
        """Type the number of a choice, found by its number, its line or the line's words.

        Looks at the newest message of the bot that has it, or at the one given. Raises LookupError,
        which tells the choices there are.
        """
        given = message.id if isinstance(message, Shown) else message
        theirs = [one for one in reversed(self.messages) if not one.mine]
        shown = [one for one in theirs if given in (None, one.id)]
        for one in shown:
            for digit, words in choices(one.text):
                if wanted in (digit, words, f"{digit} {words}"):
                    return await self.say(digit)
        raise LookupError(
            f"no choice {wanted!r}; there are {[choices(one.text) for one in shown[:3]]}"
        )

    async def share_contact(
        self,
        number: str = "",
        owner: int | None = None,  # noqa: ARG002 -- a typed number does not say whose it is
        *,
        date: int | None = None,
    ) -> str:
        """Type a phone number, the own one where none is given: cards are not passed on."""
        number = number or self.person.number
        if not number:
            raise ValueError("this person has no phone number")
        return await self.say(number, date=date)

    async def sticker(self) -> str:
        """Send a sticker."""
        file = self._platform.files.put(PIXEL, "sticker.png", "image/png", "stickers")
        content = {"sticker": fresh_id(), "url": self._platform.address(file)}
        return self._write("sticker", content)

    async def voice(self) -> str:
        """Send a spoken message."""
        file = self._platform.files.put(b"\xff\xf1", "voice.aac", "audio/aac", "voice")
        return self._write("voice", {"voice_url": self._platform.address(file)}, file=file)

    async def photo(self, caption: str = "", body: bytes = PIXEL) -> str:
        """Send a picture."""
        file = self._platform.files.put(body, "photo.png", "image/png", "photos")
        name = "photo_url" if self._platform.switches.photo_url else "photo"
        content: Json = {name: self._platform.address(file), "message_type": "CHAT_PHOTO"}
        if caption:
            content["caption"] = caption
        return self._write("image", content, text=caption, kind="photo", file=file)

    async def document(self, name: str, body: bytes = b"%PDF", caption: str = "") -> str:
        """Send a file, which the platform does not pass on."""
        del name, body, caption
        return await self.unsupported()

    async def link(self, url: str) -> str:
        """Send an address, which the app shows as a card."""
        return self._write("link", {"text": url, "url": url}, text=url)

    async def unsupported(self, *, message: bool = True) -> str:
        """Send a file or a contact card: the bot learns only that there was something.

        `message` false leaves even the sender out, as for people under protection.
        """
        if message:
            return self._write("unsupported", {}, kind="document")
        self._chat.show(
            fresh_id(), self._chat.written_at(self._platform.clock()), "", kind="document"
        )
        return self._platform.owe(self.id, {"event_name": "message.unsupported.received"})

    async def block(self) -> str:
        """Keep the bot out, of which it is told nothing."""
        return self._shut(blocked=True)

    async def unblock(self) -> str:
        """Let the bot in again."""
        return self._shut(blocked=False)

    async def answer(self, timeout: float = 5) -> Shown:  # noqa: ASYNC109 -- the error says what came
        """The next message of the bot that was not yet taken.

        Raises TimeoutError, which tells what the screen shows instead.
        """
        return await self._chat.screen.answer(timeout)

    def skip(self) -> None:
        """Take everything the bot has said as read."""
        self._chat.screen.skip()

    def _shut(self, *, blocked: bool) -> str:
        self._chat.blocked = blocked
        self._chat.screen.tell("blocked", blocked=blocked)
        return "0"

    def _write(
        self,
        event: str,
        content: Json,
        *,
        text: str = "",
        kind: str = "",
        file: Stored | None = None,
        date: int | None = None,
    ) -> str:
        platform, chat = self._platform, self._chat
        stamp = chat.written_at(platform.clock()) if date is None else date
        message = {**chat.envelope(stamp), **content}
        platform.let_in(chat)
        drawn = kind or ("text" if event == "link" else event)
        chat.show(message["message_id"], stamp, text, kind=drawn, file=file and _attached(file))
        return platform.owe(
            self.id, {"event_name": f"message.{event}.received", "message": message}
        )


def choices(text: str) -> list[tuple[str, str]]:
    """The lines of a text that begin with a number: the number and the words."""
    found = (NUMBERED.fullmatch(line) for line in text.splitlines())
    return [(line[1], line[2]) for line in found if line]


def _attached(file: Stored) -> Attached:
    return Attached(file.id, file.name, file.type, len(file.body))
