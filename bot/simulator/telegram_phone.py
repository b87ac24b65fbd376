"""A phone with Telegram on it: what its owner does there, and what they see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.simulator.files import PIXEL, picture_size
from bot.simulator.screen import Shown
from bot.simulator.telegram_messages import entities, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.simulator.people import Person
    from bot.simulator.phones import Act
    from bot.simulator.screen import Button, Key
    from bot.simulator.telegram_chats import Chat
    from bot.simulator.telegram_platform import Platform

    Json = dict[str, Any]

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Phone:
    """One person's chat with the bot.

    `date` (Unix seconds) overrides the stamp of a message; without it a message is stamped as
    written after everything the bot has said (`Chat.written_at`). What is done returns the id
    of the update, 0 where the bot did not ask for that kind.
    """

    def __init__(self, platform: Platform, chat: Chat) -> None:
        self._platform = platform
        self._chat = chat

    @property
    def id(self) -> int:
        """The user's id, which is also the chat's."""
        return self._chat.id

    @property
    def platform(self) -> str:
        """Where the chat is."""
        return "telegram"

    @property
    def acts(self) -> Mapping[str, Act]:
        """Nothing beyond what every phone can do."""
        return {}

    @property
    def person(self) -> Person:
        """Who holds the phone."""
        return self._chat.person

    @property
    def messages(self) -> list[Shown]:
        """What is on the screen, oldest first, edits applied."""
        return self._chat.screen.messages

    @property
    def keyboard(self) -> tuple[tuple[Key, ...], ...]:
        """The keys laid in place of the keyboard, by rows."""
        return self._chat.screen.keys

    @property
    def blocked(self) -> bool:
        """Whether the owner keeps the bot out."""
        return self._chat.blocked

    @property
    def commands(self) -> list[Json]:
        """What the menu lists."""
        return self._platform.commands.seen_by(self._chat)

    async def say(self, text: str, *, date: int | None = None, group: Phone | None = None) -> int:
        """Type a text, here or into a group; one beyond 4096 units goes as several messages."""
        if not text.strip():
            raise ValueError("the app sends no empty message; use raw() to force one")
        update = 0
        for piece in pieces(text):
            marks = entities(piece)
            content: Json = {"text": piece, **({"entities": marks} if marks else {})}
            update = self._write(content, date=date, group=group)
        return update

    async def start(self, payload: str = "", *, date: int | None = None) -> int:
        """Open the bot through a link; raises ValueError for a payload no link can carry."""
        if payload and not PAYLOAD.fullmatch(payload):
            raise ValueError(f"no link carries {payload!r}")
        return await self.say(f"/start {payload}".rstrip(), date=date)

    async def press(self, wanted: str, message: Shown | int | str | None = None) -> int:
        """Press a button by its data, label, the label's words or its digit.

        Looks at the newest message that has it, or at the one given. Raises LookupError, which
        tells the buttons there are.
        """
        shown, button = self._find(wanted, message)
        return self.forge(button.data, message=int(shown.id))

    def forge(self, data: str, *, message: int) -> int:
        """Send a press of any data on a message, whether or not it has (or had) such a button."""
        content: Json = {
            "from": self._chat.user(),
            "chat_instance": str(self.id * 7919),
            "data": data,
        }
        where = self._chat.messages.get(message)
        # A message the platform no longer holds comes without its content, dated 0.
        gone: Json = {"chat": self._chat.wire(), "message_id": message, "date": 0}
        return self._platform.press(self._chat, {**content, "message": where or gone})

    async def share_contact(
        self, number: str = "", owner: int | None = None, *, date: int | None = None
    ) -> int:
        """Send a phone card: the own one, or another's; `owner` 0 leaves the owner out."""
        owner = self.id if owner is None else owner
        number = number or self.person.number
        if not number:
            raise ValueError("this person has no phone number")
        card: Json = {"phone_number": number, "first_name": self.person.name}
        return self._write(
            {"contact": {**card, **({"user_id": owner} if owner else {})}}, date=date
        )

    async def sticker(self) -> int:
        """Send a sticker."""
        file = self._platform.files.put(b"RIFF", "sticker.webp", "image/webp", "stickers")
        sticker = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
        described = {"file_id": file.id, "file_unique_id": f"U{file.id}", "file_size": 4}
        content = {**described, **sticker, "type": "regular", "emoji": "👍"}
        return self._write({"sticker": content})

    async def voice(self, seconds: int = 3) -> int:
        """Send a spoken message."""
        file = self._platform.files.put(b"OggS", "voice.ogg", "audio/ogg", "voice")
        described = {"file_id": file.id, "file_unique_id": f"U{file.id}", "file_size": 4}
        return self._write({"voice": {**described, "duration": seconds, "mime_type": file.type}})

    async def photo(self, caption: str = "", body: bytes = PIXEL) -> int:
        """Send a picture."""
        file = self._platform.files.put(body, "photo.png", "image/png", "photos")
        width, height = picture_size(body)
        size = {"width": width, "height": height, "file_size": len(body)}
        photo = [{"file_id": file.id, "file_unique_id": f"U{file.id}", **size}]
        return self._write({"photo": photo, **({"caption": caption} if caption else {})})

    async def document(self, name: str, body: bytes = b"%PDF", caption: str = "") -> int:
        """Send a file."""
        file = self._platform.files.put(body, name)
        described = {"file_id": file.id, "file_unique_id": f"U{file.id}", "file_size": len(body)}
        content: Json = {"document": {**described, "file_name": name, "mime_type": file.type}}
        return self._write({**content, **({"caption": caption} if caption else {})})

    async def location(self, latitude: float, longitude: float) -> int:
        """Send where one is."""
        return self._write({"location": {"latitude": latitude, "longitude": longitude}})

    async def block(self) -> int:
        """Keep the bot out: what it sends is refused with 403."""
        self._chat.blocked = True
        return self._membership("member", "kicked")

    async def unblock(self) -> int:
        """Let the bot in again."""
        self._chat.blocked = False
        return self._membership("kicked", "member")

    def deactivate(self) -> None:
        """The account is deleted; the platform tells the bot nothing."""
        self._chat.gone = True

    async def answer(self, timeout: float = 5) -> Shown:  # noqa: ASYNC109 -- the error says what came
        """The next new or edited message of the bot that was not yet taken.

        Raises TimeoutError, which tells what the screen shows instead.
        """
        return await self._chat.screen.answer(timeout)

    def skip(self) -> None:
        """Take everything the bot has said as read."""
        self._chat.screen.skip()

    def _write(self, content: Json, *, date: int | None = None, group: Phone | None = None) -> int:
        chat = group._chat if group else self._chat
        now = self._platform.clock()
        message: Json = {
            "message_id": chat.number(),
            "from": self._chat.user(),
            "chat": chat.wire(),
            "date": chat.written_at(now) if date is None else date,
            **content,
        }
        chat.open = True
        chat.keep(message, mine=True)
        return self._platform.update(chat, {"message": message})

    def _membership(self, before: str, after: str) -> int:
        bot = {"user": self._platform.me}
        states: dict[str, Json] = {
            "member": {**bot, "status": "member"},
            "kicked": {**bot, "status": "kicked", "until_date": 0},
        }
        self._chat.screen.tell("blocked", blocked=self._chat.blocked)
        change = {
            "chat": self._chat.wire(),
            "from": self._chat.user(),
            "date": int(self._platform.clock()),
            "old_chat_member": states[before],
            "new_chat_member": states[after],
        }
        return self._platform.update(self._chat, {"my_chat_member": change})

    def _find(self, wanted: str, message: Shown | int | str | None) -> tuple[Shown, Button]:
        screen = self._chat.screen
        if message is None:
            shown: Sequence[Shown] = [one for one in reversed(self.messages) if one.rows]
        else:
            one = screen.message(int(message.id if isinstance(message, Shown) else message))
            shown = [one] if one else []
        for one in shown:
            if button := _button(one, wanted):
                return one, button
        raise LookupError(f"no button {wanted!r}; there are {[one.labels for one in shown[:3]]}")


def _button(shown: Shown, wanted: str) -> Button | None:
    """By data first, then by label, by the words after a label's number, by that number.

    A digit also finds the button that repeats the line of the text which begins with it.
    """
    lines = [
        line[len(wanted) + 1 :] for line in shown.text.splitlines() if line.startswith(f"{wanted} ")
    ]
    digit = wanted.isdecimal()
    tests: tuple[Callable[[Button], bool], ...] = (
        lambda button: button.data == wanted,
        lambda button: button.label == wanted,
        lambda button: re.sub(r"^\d+\W+", "", button.label) == wanted,
        lambda button: digit and re.match(rf"{wanted}\b", button.label) is not None,
        lambda button: digit and button.label in lines,
    )
    found = (button for test in tests for button in shown.buttons if test(button))
    return next(found, None)
