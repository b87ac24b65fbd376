"""A phone with Zalo on it, in the chat with an Official Account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.simulator import zalo_oa_events as events
from bot.simulator.files import PIXEL
from bot.simulator.screen import Attached, Shown
from bot.simulator.zalo_bot_phone import choices
from bot.simulator.zalo_oa_accounts import international
from bot.simulator.zalo_oa_messages import SHOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bot.simulator.people import Person
    from bot.simulator.phones import Act
    from bot.simulator.screen import Button, Key
    from bot.simulator.zalo_oa_accounts import OaAccount
    from bot.simulator.zalo_oa_platform import OaPlatform

    Json = dict[str, Any]

NOTHING = "0"


class OaPhone:
    """One person's chat with the account.

    `date` (Unix milliseconds) overrides the stamp of what they do; without it they do it after
    everything the account has said. What is done returns the event's id, "0" for what tells the
    account nothing.
    """

    def __init__(self, platform: OaPlatform, account: OaAccount) -> None:
        self._platform, self._account = platform, account

    @property
    def id(self) -> str:
        """The person's id within this account."""
        return self._account.id

    @property
    def platform(self) -> str:
        """Where the chat is."""
        return "zalo_oa"

    @property
    def person(self) -> Person:
        """Who holds the phone."""
        return self._account.person

    @property
    def blocked(self) -> bool:
        """Whether they stopped following and have not written since."""
        return self._account.left

    @property
    def follows(self) -> bool:
        """Whether they follow the account."""
        return self._account.follows

    @property
    def messages(self) -> list[Shown]:
        """What is on the screen, oldest first."""
        return self._account.screen.messages

    @property
    def keyboard(self) -> tuple[tuple[Key, ...], ...]:
        """The key of a form that was asked for, else none."""
        return self._account.screen.keys

    @property
    def commands(self) -> list[object]:
        """There is no menu."""
        return []

    @property
    def acts(self) -> Mapping[str, Act]:
        """What only this platform has: `query` sends any payload, as a forged press would."""
        return {
            "location": lambda data: self.location(
                float(data["latitude"]), float(data["longitude"])
            ),
            "link": lambda data: self.link(str(data["url"])),
            "file": lambda data: self.document(str(data["name"])),
            "card": lambda data: self.business_card(str(data["number"])),
            "query": lambda data: self.query(str(data["payload"])),
            "see": lambda _: self.see(),
            "refuse": lambda _: self.refuse_templates(),
        }

    async def say(self, text: str, *, date: int | None = None) -> str:
        """Type a text and send it."""
        if not text.strip():
            raise ValueError("the app sends no empty message; use raw() to force one")
        return self._send("text", text=text, date=date)

    async def start(self, payload: str = "", *, date: int | None = None) -> str:
        """Follow the account; what a link would carry is typed instead, as no link leads here."""
        return await (self.say(payload, date=date) if payload else self.unblock())

    async def press(self, wanted: str, message: Shown | int | str | None = None) -> str:
        """Press a button by its data, label, the label's words or its digit.

        Looks at the newest message of the account that has it, or at the one given. Where it only
        stands as a numbered line (there are at most five buttons), types the number. Raises
        LookupError, which tells what there is.
        """
        given = message.id if isinstance(message, Shown) else message
        theirs = [one for one in reversed(self.messages) if not one.mine]
        shown = [one for one in theirs if given in (None, one.id)]
        for one in shown:
            if button := _button(one, wanted):
                return await self._press(button, one)
            for digit, words in self._lines(one):
                if wanted in (digit, words, f"{digit} {words}"):
                    return await self.say(digit)
        raise LookupError(f"no button {wanted!r}; there are {[one.labels for one in shown[:3]]}")

    async def query(self, payload: str) -> str:
        """Send a payload as a press of a hidden button does, whether or not there is one."""
        return self._send("text", text=payload, hidden=True)

    async def share_contact(
        self, number: str = "", owner: int | None = None, *, date: int | None = None
    ) -> str:
        """Send the form with name and phone number, whether or not it was asked for.

        Any number can be typed there, and nothing says whose it is: `owner` is refused.
        """
        number = number or self.person.number
        if not number or owner is not None:
            raise ValueError("the form has a phone number and no owner")
        account, platform = self._account, self._platform
        phone, at = international(number), self._stamp(date)
        account.act(at)
        account.shared = {"name": self.person.name, "phone": phone}
        account.screen.lay(())
        self._show("contact", phone, at, platform.new_id())
        event = events.form(
            account, platform.keys.oa_id, self.person.name, phone, old=platform.rules.old_form
        )
        return platform.event(event, account.id, at=at)

    async def sticker(self) -> str:
        """Send a sticker."""
        return self._send("sticker", events.sticker("47058"))

    async def voice(self) -> str:
        """Send a spoken message."""
        return self._send("audio", events.audio(self._platform.new_id()), kind="voice")

    async def photo(self, caption: str = "", body: bytes = PIXEL) -> str:
        """Send a picture."""
        stored = self._platform.files.put(body, "photo.png", "image/png", "photos")
        file = Attached(stored.id, stored.name, stored.type, len(body))
        return self._send(
            "image", events.image(self._platform.address(stored)), text=caption, kind="photo",
            attached=file,
        )  # fmt: skip

    async def document(self, name: str, body: bytes = b"%PDF", caption: str = "") -> str:
        """Send a file; no words go with one."""
        del caption
        stored = self._platform.files.put(body, name)
        file = Attached(stored.id, stored.name, stored.type, len(body))
        event = events.file(self._platform.address(stored), name, len(body))
        return self._send("file", event, kind="document", attached=file)

    async def location(self, latitude: float, longitude: float) -> str:
        """Send where one is."""
        return self._send("location", events.location(latitude, longitude))

    async def link(self, url: str) -> str:
        """Send a link."""
        return self._send("link", events.link(url), text=url)

    async def business_card(self, number: str) -> str:
        """Send somebody's contact."""
        card = events.business_card(international(number))
        return self._send("business_card", card, kind="contact")

    async def see(self) -> str:
        """Read what the account has said, of which it is told if the rules say so."""
        account, platform = self._account, self._platform
        seen, account.unseen = account.unseen, []
        if not seen or not platform.rules.receipts:
            return NOTHING
        oa = platform.keys.oa_id
        event = events.to_person(account, oa, "user_seen_message", {"msg_ids": seen})
        return platform.event(event, account.id, at=self._stamp(None))

    async def refuse_templates(self) -> str:
        """Want no templates of this account any more; it is not told."""
        self._account.refuses_templates = True
        return NOTHING

    async def block(self) -> str:
        """Stop following: answers are refused until they write or follow again."""
        return self._follow(follows=False)

    async def unblock(self) -> str:
        """Follow, which opens the windows as writing does; nothing where they do so already."""
        return self._follow(follows=True)

    async def answer(self, timeout: float = 5) -> Shown:  # noqa: ASYNC109 -- the error says what came
        """The next message of the account that was not yet taken.

        Raises TimeoutError, which tells what the screen shows instead.
        """
        return await self._account.screen.answer(timeout)

    def skip(self) -> None:
        """Take everything the account has said as read."""
        self._account.screen.skip()

    async def _press(self, button: Button, shown: Shown) -> str:
        if not button.data:
            return NOTHING  # a link or a number opens on the phone
        kinds = {
            one.get("payload"): one.get("type")
            for one in self._account.payload(str(shown.id)).get("buttons", [])
            if isinstance(one.get("payload"), str)
        }
        return self._send("text", text=button.data, hidden=kinds.get(button.data) != SHOWN)

    def _lines(self, shown: Shown) -> list[tuple[str, str]]:
        """The numbered lines; a form may repeat those of the message before it."""
        form = self._account.payload(str(shown.id)).get("template_type") == "request_user_info"
        return [] if form else choices(shown.text)

    def _send(
        self,
        name: str,
        attachment: Json | None = None,
        *,
        text: str = "",
        kind: str = "",
        hidden: bool = False,
        attached: Attached | None = None,
        date: int | None = None,
    ) -> str:
        account, platform, at = self._account, self._platform, self._stamp(date)
        id = platform.new_id()
        message: Json = {"msg_id": id, **({"text": text} if text else {})}
        if attachment:
            message["attachments"] = [attachment]
        account.act(at)
        if not hidden:
            self._show(kind or ("sticker" if name == "sticker" else "text"), text, at, id, attached)
        event = events.from_person(account, platform.keys.oa_id, f"user_send_{name}", message)
        return platform.event(event, account.id, at=at)

    def _follow(self, *, follows: bool) -> str:
        account, platform = self._account, self._platform
        if account.follows == follows and account.left != follows:
            return NOTHING
        at = self._stamp(None)
        account.follows, account.left = follows, not follows
        if follows:
            account.act(at)
        account.screen.tell("blocked", blocked=account.left)
        name = "follow" if follows else "unfollow"
        return platform.event(
            events.following(account, platform.keys.oa_id, name), account.id, at=at
        )

    def _stamp(self, date: int | None) -> int:
        return self._account.written_at(self._platform.now()) if date is None else date

    def _show(self, kind: str, text: str, at: int, id: str, file: Attached | None = None) -> None:
        self._account.screen.show(
            Shown(
                id, at // 1000, mine=True, kind=kind, text=text, author=self.person.name, file=file
            )
        )


def _button(shown: Shown, wanted: str) -> Button | None:
    """By data, label, the words after the label's number, its number, or its numbered line."""
    lines = [words for digit, words in choices(shown.text) if digit == wanted]
    tests: tuple[Callable[[Button], bool], ...] = (
        lambda button: button.data == wanted,
        lambda button: button.label == wanted,
        lambda button: re.sub(r"^\d+\W+", "", button.label) == wanted,
        lambda button: (
            re.match(rf"{re.escape(wanted)}\b", button.label) is not None and wanted.isdecimal()
        ),
        lambda button: button.label in lines,
    )
    found = (button for test in tests for button in shown.buttons if test(button))
    return next(found, None)
