"""What Zalo knows of one Official Account: its people, words, money, and whom it may speak to."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bot.simulator.files import Files
from bot.simulator.screen import Screen
from bot.simulator.zalo_oa_accounts import OaAccount
from bot.simulator.zalo_oa_answers import invalid
from bot.simulator.zalo_oa_messages import OaContent
from bot.simulator.zalo_oa_oauth import OaOauth
from bot.simulator.zalo_oa_phone import OaPhone
from bot.simulator.zalo_oa_rules import DAY_MS, MINUTE_MS, VIETNAM_MS, Count, OaRules, Purse
from bot.simulator.zalo_oa_speech import show
from bot.simulator.zalo_oa_templates import OaTemplates
from bot.simulator.zalo_oa_uploads import OaUploads
from bot.simulator.zalo_oa_webhook import Keys, OaEvent, OaWebhook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.simulator.events import Feed
    from bot.simulator.faults import Faults
    from bot.simulator.files import Stored
    from bot.simulator.journal import Journal
    from bot.simulator.people import Person

    Json = dict[str, Any]

FIRST_PERSON = 7_100_000_000_000_000_001
ADMIN = "9000001"
APP_OFFSET = 1_000_000_000_000_000_000
NAME = "zalo_oa"  # in faults, the journal and on phones


class OaPlatform:
    """One Official Account. `clock` is Unix time; `skew` seconds are added to all its stamps.

    `rules`, `skew`, `templates` and what `oauth` and `webhook` tell of may be changed at any time.
    `rules` may be the account's own from the start. `url` is the address at which it answers.
    """

    def __init__(
        self,
        *,
        faults: Faults,
        journal: Journal,
        feed: Feed,
        clock: Callable[[], float],
        files: Files | None = None,
        rules: OaRules | None = None,
        url: Callable[[], str] = lambda: "",
    ) -> None:
        self.faults, self.journal, self.feed, self.clock = faults, journal, feed, clock
        self.files = files or Files()
        self.skew = 0.0
        self.bot_name = "Phòng Mầm non"
        self.keys = Keys("3608465248940903967", "app-secret", "388613280878808645", "oa-secret")
        self.rules = rules or OaRules()
        self.purse = Purse(self.rules)
        self.minute, self.day = Count(MINUTE_MS), Count(DAY_MS, VIETNAM_MS)
        self.oauth = OaOauth(self.keys.app_id, self.keys.app_secret, self.seconds)
        self.templates = OaTemplates()
        self.uploads = OaUploads(self.files, self.rules)
        self.webhook = OaWebhook(self.keys, self.rules, self._handled)
        self.accounts: dict[str, OaAccount] = {}
        self.receipts: dict[str, int] = {}
        self._url = url
        self._count = 0

    def seconds(self) -> float:
        """Zalo's clock, Unix seconds."""
        return self.clock() + self.skew

    def now(self) -> int:
        """Zalo's clock, Unix milliseconds."""
        return int(self.seconds() * 1000)

    @property
    def switches(self) -> OaRules:
        """The rules under the name every platform has for them."""
        return self.rules

    def add_phone(self, person: Person, *, started: bool = False) -> OaPhone:
        """Somebody with Zalo on their phone; `started` where they follow, since just now."""
        id = str(FIRST_PERSON + self._next())
        screen = Screen(lambda kind, data: self.feed.publish(kind, {"phone": id, **data}))
        account = self.accounts[id] = OaAccount(id, str(int(id) - APP_OFFSET), person, screen)
        if started:
            account.follows = True
            account.act(self.now())
        return OaPhone(self, account)

    def remove_phone(self, id: str) -> None:
        """Their account is deleted. Raises KeyError."""
        del self.accounts[id]

    async def hook(self, url: str) -> None:
        """Enter the webhook's address in the console; raises ValueError where it does not answer.

        "" takes it out.
        """
        await (self.webhook.connect(url) if url else self.webhook.close())

    async def close(self) -> None:
        """End what is open."""
        await self.webhook.close()

    def day_of(self, at: int) -> str:
        """The day of a time (Unix milliseconds) in Vietnam, as DD/MM/YYYY."""
        return datetime.fromtimestamp((at + VIETNAM_MS) / 1000, UTC).strftime("%d/%m/%Y")

    def account(self, id: object) -> OaAccount:
        """The person of this id, which is text; refuses an unknown one."""
        account = self.accounts.get(id) if isinstance(id, str) else None
        if account is None:
            raise invalid("user_id")
        return account

    def address(self, file: Stored) -> str:
        """Where what a person sent may be fetched."""
        return f"{self._url()}/file/{file.path}"

    def new_id(self) -> str:
        """An id as opaque as Zalo's."""
        return f"{self._next():06x}{secrets.token_hex(7)}"

    def admin_says(self, user_id: str, text: str) -> str:
        """An officer writes by hand in the account's own window; the message's id."""
        account, id = self.account(user_id), self.new_id()
        at, content = account.spoken_at(self.now()), OaContent(text=text)
        show(self, account, content, {"text": text}, id=id, at=at, admin=ADMIN)
        return id

    def event(self, body: Json, chat: str, *, at: int = 0, server: str = "") -> str:
        """Tell the webhook; the event's id, which for what a person sends is the message's."""
        own = body.get("sender", {}).get("id") == chat
        id = str(body.get("message", {}).get("msg_id", "")) if own else ""
        stamped = {**body, "app_id": self.keys.app_id, "timestamp": str(at or self.now())}
        return self._owe(OaEvent(id or self.new_id(), chat, stamped, server))

    def raw(self, event: Mapping[str, Any], *, chat: str = "") -> str:
        """Tell the webhook any event, signed, just as it is."""
        return self._owe(OaEvent(self.new_id(), chat, dict(event)))

    def deliver_again(self, id: str) -> None:
        """Deliver an event once more; raises LookupError where the journal no longer holds it."""
        self.webhook.bring(self.noted(id))

    def noted(self, id: str) -> OaEvent:
        """An event of the journal; raises LookupError where it no longer holds it."""
        for update in self.journal.updates(platform=NAME):
            if update.id == id:
                zns = "tracking_id" in update.body.get("message", {})
                return OaEvent(id, update.chat, dict(update.body), "ZNS" if zns else "")
        raise LookupError(f"no event {id} in the journal")

    def _owe(self, event: OaEvent) -> str:
        self.journal.update(
            at=self.clock(), id=event.id, chat=event.chat, body=event.body, platform=NAME
        )
        self.webhook.bring(event)
        if self.faults.doubles(event.chat, NAME):
            self.webhook.bring(event)
        return event.id

    def _handled(self, chat: str) -> None:
        if chat:
            self.feed.publish("handled", {"phone": chat})

    def _next(self) -> int:
        self._count += 1
        return self._count
