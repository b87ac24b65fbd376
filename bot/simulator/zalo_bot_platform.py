"""What the Zalo Bot Platform knows of one bot: its chats, and the events it is owed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, cast

from bot.simulator.screen import Screen
from bot.simulator.zalo_bot_chats import Chat, chat_id, fresh_id
from bot.simulator.zalo_bot_events import Events, Waiting
from bot.simulator.zalo_bot_parameters import Parameters, Refusal, bad
from bot.simulator.zalo_bot_phone import ZaloBotPhone
from bot.simulator.zalo_bot_switches import Switches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.simulator.events import Feed
    from bot.simulator.faults import Faults
    from bot.simulator.files import Files, Stored
    from bot.simulator.journal import Journal
    from bot.simulator.people import Person
    from bot.simulator.screen import Attached
    from bot.simulator.zalo_bot_webhook import Webhook

NAME = "zalo_bot"
VIETNAM = timezone(timedelta(hours=7))
MESSAGE_TYPES = {"text": "CHAT_MESSAGE", "photo": "CHAT_PHOTO"}


class ZaloBotPlatform:
    """One bot's Zalo. `clock` gives Unix time, `url` the address at which the platform answers."""

    def __init__(
        self,
        token: str,
        *,
        switches: Switches | None,
        faults: Faults,
        journal: Journal,
        feed: Feed,
        files: Files,
        clock: Callable[[], float],
        url: Callable[[], str],
    ) -> None:
        self.token = token
        self.me = {
            "id": token.partition(":")[0],
            "account_name": "bot.taphuan",
            "account_type": "BASIC",
            "can_join_groups": False,
            "display_name": "Bot Trợ lý tập huấn",
        }
        self.switches = switches or Switches()
        self.faults, self.journal, self.feed, self.files = faults, journal, feed, files
        self.clock = clock
        self.chats: dict[str, Chat] = {}
        self.events = Events()
        self.webhook: Webhook | None = None
        self._url = url
        self._hooked_at = 0
        self._phones = 0
        self._users: list[str] = []
        self._sent: Counter[tuple[int, int]] = Counter()

    @property
    def bot_name(self) -> str:
        """What a phone shows at the top of the chat."""
        return str(self.me["display_name"])

    def add_phone(self, person: Person, *, started: bool = False) -> ZaloBotPhone:
        """A new phone; `started` where its owner has written to the bot before."""
        self._phones += 1
        id = chat_id(self._phones)
        screen = Screen(lambda kind, data: self.feed.publish(kind, {"phone": id, **data}))
        chat = self.chats[id] = Chat(id, person, screen)
        if started:
            self.let_in(chat)
        return ZaloBotPhone(self, chat)

    def remove_phone(self, id: str) -> None:
        """Take a phone away; the bot no longer finds its chat. Raises KeyError."""
        del self.chats[id]

    def let_in(self, chat: Chat) -> None:
        """The person has written: from now on the bot may write to them."""
        if not chat.open:
            chat.open = True
            self._users.append(chat.id)

    def chat(self, parameters: Parameters) -> Chat:
        """The chat a call names; refuses one where the bot may not speak.

        The platform tells no more of a person who shut the bot out than of an id that never was.
        """
        chat = self.chats.get(parameters.needed("chat_id"))
        if chat is None or chat.blocked or not chat.open:
            raise bad("chat_id is invalid")
        if self.switches.users is not None and chat.id not in self._users[: self.switches.users]:
            raise Refusal(429, "Quota exceeded: users of this bot")
        return chat

    def send(
        self, chat: Chat, text: str, *, kind: str = "text", file: Attached | None = None
    ) -> dict[str, Any]:
        """Put a message of the bot into a chat, and return what the platform tells of it."""
        now = datetime.fromtimestamp(self.clock(), VIETNAM)
        month = now.year, now.month
        limit = self.switches.messages
        if limit is not None and self._sent[month] >= limit:
            raise Refusal(429, "Quota exceeded: messages of this month")
        self._sent[month] += 1
        id, date = fresh_id(), int(now.timestamp() * 1000)
        chat.show(id, date, text, author=self.bot_name, kind=kind, file=file)
        typed = {"message_type": MESSAGE_TYPES[kind]} if kind in MESSAGE_TYPES else {}
        return {"message_id": id, "date": date, **typed}

    def owe(self, chat: str, event: Mapping[str, Any]) -> str:
        """Owe the bot an event; the id under which the journal notes it: the message's."""
        waiting = Waiting(_message_id(event) or fresh_id(), chat, event)
        self.journal.update(
            at=self.clock(), id=waiting.id, chat=chat, body=waiting.body, platform=NAME
        )
        self._bring(waiting)
        if self.switches.duplicates or self.faults.doubles(chat, NAME):
            self._bring(waiting)
        return waiting.id

    def raw(self, event: Mapping[str, Any], *, chat: str = "") -> str:
        """Owe the bot any event, however wrong."""
        return self.owe(chat, event)

    def deliver_again(self, id: str) -> None:
        """Deliver an event once more; raises LookupError where the journal does not hold it."""
        for noted in self.journal.updates(platform=NAME):
            if noted.id == id:
                self._bring(Waiting(id, noted.chat, noted.body))
                return
        raise LookupError(f"no event {id} in the journal")

    async def hook(self, webhook: Webhook | None) -> None:
        """Bring events there from now on, those that wait first; None ends it."""
        old, self.webhook = self.webhook, webhook
        self._hooked_at = int(self.clock() * 1000)
        waiting = [*(await old.stop() if old else ()), *self.events.drain()]
        for one in waiting:
            self._bring(one)

    def webhook_json(self) -> dict[str, Any]:
        """Where events are brought; the url is "" where they are polled for."""
        return {"url": self.webhook.url if self.webhook else "", "updated_at": self._hooked_at}

    def taken(self, waiting: Waiting) -> None:
        """The bot has this event."""
        if waiting.chat:
            self.feed.publish("handled", {"phone": waiting.chat})

    def address(self, file: Stored) -> str:
        """Where the bot may fetch a picture or a voice of a person."""
        return f"{self._url()}/file/{file.path}"

    async def close(self) -> None:
        """End what is open."""
        self.events.close()
        if self.webhook:
            await self.webhook.stop()

    def _bring(self, waiting: Waiting) -> None:
        if self.webhook:
            self.webhook.bring(waiting)
        elif self.events.polled or not self.switches.drop_unpolled:
            self.events.put(waiting)


def _message_id(event: Mapping[str, Any]) -> str:
    message: object = event.get("message")
    if not isinstance(message, dict):
        return ""
    id: object = cast("dict[str, object]", message).get("message_id", "")
    return id if isinstance(id, str) else ""
