"""The private chats of a Zalo bot, and the shapes of what is written in them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.simulator.screen import Shown

if TYPE_CHECKING:
    from bot.simulator.people import Person
    from bot.simulator.screen import Attached, Screen

    Json = dict[str, Any]


def chat_id(number: int) -> str:
    """An opaque id, the same in every run: a database kept from the last one still fits."""
    return hashlib.sha256(f"zalo bot chat {number}".encode()).hexdigest()[:20]


def fresh_id() -> str:
    """An opaque id that no earlier run gave away."""
    return secrets.token_hex(10)


@dataclass(slots=True)
class Chat:
    """A chat with one person, whose id is the chat's.

    `open` is false until the person writes first, `blocked` while they keep the bot out. `spoken`
    is the date of the newest message of the bot, Unix milliseconds.
    """

    id: str
    person: Person
    screen: Screen
    open: bool = False
    blocked: bool = False
    spoken: int = 0

    def written_at(self, now: float) -> int:
        """The stamp of a person's message, Unix milliseconds, after everything the bot said."""
        return max(int(now * 1000), self.spoken + 1)

    def envelope(self, date: int) -> Json:
        """What every message of this person carries."""
        return {
            "from": {"id": self.id, "display_name": self.person.name, "is_bot": False},
            "chat": {"id": self.id, "chat_type": "PRIVATE"},
            "message_id": fresh_id(),
            "date": date,
        }

    def show(
        self,
        id: str,
        date: int,
        text: str,
        *,
        author: str = "",
        kind: str = "text",
        file: Attached | None = None,
    ) -> None:
        """Put a message on the screen: the bot's where there is an author, else the owner's."""
        if author:
            self.spoken = max(self.spoken, date)
        self.screen.show(
            Shown(
                id=id,
                at=date // 1000,
                mine=not author,
                kind=kind,
                text=text,
                author=author or self.person.name,
                file=file,
            )
        )
