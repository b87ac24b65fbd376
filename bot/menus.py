"""The lists of commands platforms show: one for everybody, an own one for whoever has a right."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from bot.channels.base import SendError, TryLater, Uncertain
from handlers import commands
from handlers.text import LANGUAGES
from storage import parts
from storage.parts import ENTITLED, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.inbox import Inbox
    from handlers.turn import Answer
    from storage.database import Database
    from storage.parts import Player

log = logging.getLogger(__name__)

# What most people see: whoever is not known yet is asked by the commands themselves.
EVERYBODY = Part.TEACHER


class Listing(Protocol):
    """A channel that shows commands."""

    name: str

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        language: str | None = None,
        address: str | None = None,
    ) -> None:
        """Set the list of one chat or of all, in one language or every other.

        Raises one of the `SendError`s.
        """
        ...


class Menus:
    """Keeps the lists of one channel as they should be.

    A chat's list is looked at after its turns, and set once for each part its person comes to
    play while this process lives.
    """

    def __init__(self, channel: Listing, database: Database, inbox: Inbox) -> None:
        self._channel = channel
        self._database = database
        self._inbox = inbox
        self._talked: set[int] = set()
        self._shown: dict[int, tuple[Part, str]] = {}

    async def announce(self) -> None:
        """Set the lists everybody sees. Raises one of the `SendError`s."""
        for language in LANGUAGES:
            await self._channel.set_commands(commands.menu_for(EVERYBODY, language), language)
        await self._channel.set_commands(commands.menu_for(EVERYBODY, "vi"))

    def note(self, answer: Answer) -> None:
        """Somebody had a turn: look at their list soon."""
        self._talked.add(answer.account_id)

    async def refresh(self) -> None:
        """Set the lists of those who talked and whose part has changed."""
        talked, self._talked = self._talked, set()
        if talked:
            day = self._inbox.now().date()
            for one in await self._database.read(lambda db: parts.players(db, talked, day)):
                if one.channel == self._channel.name:
                    await self._show(one)

    async def _show(self, one: Player) -> None:
        """An own list for whoever has a right; everybody's again for whoever had one."""
        own = one.part in ENTITLED
        shown = self._shown.get(one.account_id)
        if shown == (one.part, one.language) or not (own or shown):
            return
        listed = commands.menu_for(one.part, one.language) if own else []
        try:
            await self._channel.set_commands(listed, address=one.address)
        except (TryLater, Uncertain):
            self._talked.add(one.account_id)
            return
        except SendError as error:  # an ornament: nobody waits for it
            log.info("commands of account %s not set (%s)", one.account_id, type(error).__name__)
        if own:
            self._shown[one.account_id] = (one.part, one.language)
        else:
            self._shown.pop(one.account_id)
