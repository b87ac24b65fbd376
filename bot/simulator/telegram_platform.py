"""What Telegram knows of one bot: its chats, files, commands, and the updates it is owed."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from bot.simulator.limits import Pace
from bot.simulator.screen import Screen
from bot.simulator.telegram_chats import Chat
from bot.simulator.telegram_commands import Commands
from bot.simulator.telegram_messages import checked_markup
from bot.simulator.telegram_parameters import ApiError, Parameters, bad_request
from bot.simulator.telegram_updates import Updates, Waiting
from bot.simulator.telegram_webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.events import Feed
    from bot.simulator.faults import Faults
    from bot.simulator.files import Files
    from bot.simulator.journal import Journal
    from bot.simulator.limits import Limits
    from bot.simulator.people import Person

# Presses older than this, or beyond so many, can no longer be answered.
PRESS_SECONDS, PRESSES = 900, 10_000


class Platform:
    """One bot's Telegram. `clock` gives Unix time and stamps every message."""

    def __init__(
        self,
        token: str,
        username: str,
        *,
        limits: Limits | None,
        faults: Faults,
        journal: Journal,
        feed: Feed,
        files: Files,
        clock: Callable[[], float],
    ) -> None:
        self.token = token
        self.me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Trợ lý tập huấn",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.pace = Pace(limits)
        self.faults, self.journal, self.feed, self.clock = faults, journal, feed, clock
        self.chats: dict[int, Chat] = {}
        self.files = files
        self.commands = Commands()
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        self.updates = Updates(self._handled)
        self.webhook: Webhook | None = None
        self._presses: OrderedDict[str, tuple[Chat, float]] = OrderedDict()

    def add_chat(self, id: int, person: Person, *, open: bool) -> Chat:
        """A new chat; raises ValueError where the id is taken."""
        if id in self.chats or id == self.me["id"]:
            raise ValueError(f"chat {id} exists already")
        screen = Screen(lambda kind, data: self.feed.publish(kind, {"phone": str(id), **data}))
        chat = self.chats[id] = Chat(id, person, screen, open=open)
        return chat

    def update(self, chat: Chat | None, content: dict[str, Any]) -> int:
        """Owe the bot an update; its id, or 0 where the bot did not ask for its kind."""
        key = chat.key if chat else ""
        waiting = self.updates.put(key, content)
        if waiting is None:
            return 0
        self.journal.update(at=self.clock(), id=waiting.id, chat=key, body=waiting.body)
        self._bring(waiting)
        if self.faults.doubles(key):
            self._bring(self.updates.repeat(waiting))
        return waiting.id

    def deliver_again(self, update_id: int) -> None:
        """Deliver an update once more, as if its confirmation had been lost.

        Raises LookupError where the journal no longer holds it.
        """
        for noted in self.journal.updates(platform="telegram"):
            if noted.id == update_id:
                self._bring(self.updates.repeat(Waiting(dict(noted.body), noted.chat)))
                return
        raise LookupError(f"no update {update_id} in the journal")

    async def hook(self, webhook: Webhook | None) -> None:
        """Bring updates there from now on, those that wait first; None ends it."""
        if self.webhook:
            await self.webhook.stop()
        self.webhook = webhook
        for waiting in self.updates.waiting() if webhook else ():
            self._bring(waiting)

    def chat(self, parameters: Parameters) -> Chat:
        """The chat a call names; refuses one that does not exist."""
        if not parameters.text("chat_id"):
            raise bad_request("chat_id is empty")
        chat = self.chats.get(parameters.integer("chat_id"))
        if chat is None:
            raise bad_request("chat not found")
        return chat

    def send(self, parameters: Parameters, content: dict[str, Any]) -> dict[str, Any]:
        """Put a message of the bot into a chat and return it, as the wire shows it."""
        markup = checked_markup(parameters)
        chat = self.chat(parameters)
        chat.check_open()
        if seconds := self.pace.wait(chat.key, group=chat.group):
            raise ApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        message = {
            "message_id": chat.number(),
            "from": self.me,
            "chat": chat.wire(),
            "date": int(self.clock()),
            **content,
        }
        if "inline_keyboard" in markup:
            message["reply_markup"] = markup
        chat.lay_keys(markup)
        chat.keep(message, mine=False)
        return message

    def press(self, chat: Chat, content: dict[str, Any]) -> int:
        """Owe the bot a press, to be answered under its own id; the id of the update."""
        press_id = str(secrets.randbits(62))
        self._presses[press_id] = chat, self.clock()
        if len(self._presses) > PRESSES:
            self._presses.popitem(last=False)
        pressed = content["message"]["message_id"]
        chat.screen.tell("pressing", press=press_id, message=pressed, data=content["data"])
        return self.update(chat, {"callback_query": {"id": press_id, **content}})

    def settle(self, press_id: str) -> Chat:
        """The chat of a press that is answered; refuses an unknown or old one."""
        chat, at = self._presses.get(press_id, (None, 0.0))
        if chat is None or self.clock() - at > PRESS_SECONDS:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        return chat

    async def close(self) -> None:
        """End what is open."""
        self.updates.close()
        await self.hook(None)

    def _bring(self, waiting: Waiting) -> None:
        if self.webhook:
            self.webhook.bring(waiting)

    def _handled(self, key: str) -> None:
        if key:
            self.feed.publish("handled", {"phone": key})
