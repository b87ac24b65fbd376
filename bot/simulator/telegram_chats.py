"""The chats a Telegram bot may have, and what lies in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.simulator.screen import KEPT
from bot.simulator.telegram_messages import keys, shown
from bot.simulator.telegram_parameters import ApiError

if TYPE_CHECKING:
    from bot.simulator.people import Person
    from bot.simulator.screen import Screen


@dataclass(slots=True)
class Chat:
    """A private chat with a person, or a group; a group's id is negative.

    `open` is false until the person writes first (a group: until the bot is let in), `blocked`
    while they keep the bot out, `gone` once their account is deleted.
    """

    id: int
    person: Person
    screen: Screen
    open: bool = False
    blocked: bool = False
    gone: bool = False
    spoken: int = 0  # date of the newest message or edit of the bot, Unix seconds
    messages: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    _count: int = 0

    @property
    def group(self) -> bool:
        """Whether it is a group."""
        return self.id < 0

    @property
    def key(self) -> str:
        """The id as text."""
        return str(self.id)

    def wire(self) -> dict[str, Any]:
        """The chat as the wire names it."""
        if self.group:
            return {"id": self.id, "type": "group", "title": self.person.name}
        return {"id": self.id, "type": "private", "first_name": self.person.name}

    def user(self) -> dict[str, Any]:
        """The person as the wire names them."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.person.name,
            "language_code": self.person.language,
        }

    def number(self) -> int:
        """The id of the next message."""
        self._count += 1
        return self._count

    def written_at(self, now: float) -> int:
        """The stamp of a person's message.

        It is later than the newest screen: whoever writes has read it, even in a test that
        answers within the same second.
        """
        return max(int(now), self.spoken + 1)

    def check_open(self) -> None:
        """Refuse what the bot sends where it may not speak."""
        if self.gone:
            raise ApiError(403, "Forbidden: user is deactivated")
        if self.blocked:
            who = "kicked from the group chat" if self.group else "blocked by the user"
            raise ApiError(403, f"Forbidden: bot was {who}")
        if not self.open:
            raise ApiError(403, "Forbidden: bot can't initiate conversation with a user")

    def keep(self, message: dict[str, Any], *, mine: bool) -> None:
        """Put a new or changed message into the chat and on the screen."""
        self.messages[message["message_id"]] = message
        if len(self.messages) > KEPT:
            del self.messages[next(iter(self.messages))]
        if not mine:
            self.spoken = max(self.spoken, message["date"], message.get("edit_date", 0))
        self.screen.show(shown(message, mine=mine))

    def lay_keys(self, markup: dict[str, Any]) -> None:
        """Follow a markup that sets or takes away the reply keyboard."""
        if "keyboard" in markup or markup.get("remove_keyboard"):
            self.screen.lay(keys(markup))

    def remove(self, message_id: int) -> bool:
        """Delete a message; false where there is none."""
        self.screen.remove(message_id)
        return self.messages.pop(message_id, None) is not None
