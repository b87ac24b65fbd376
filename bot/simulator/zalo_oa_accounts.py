"""The people an Official Account knows, and when it may speak to them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.simulator.screen import KEPT
from bot.simulator.zalo_oa_answers import OaError
from bot.simulator.zalo_oa_rules import HOUR_MS

if TYPE_CHECKING:
    from bot.simulator.people import Person
    from bot.simulator.screen import Screen
    from bot.simulator.zalo_oa_rules import OaRules

# How "no limit" stands in the quota, which has a number there in any case.
ENDLESS = 1_000_000


@dataclass(slots=True)
class OaAccount:
    """One person. All times are Unix milliseconds, 0 for never.

    `acted_at` is their last action, `stamped` and `spoken` the newest stamp of either side: on one
    person's screen no two things they do have one stamp, and the sides never overtake each other,
    even in a test whose clock stands still.

    `left` stands from the moment they stop following until they write or follow again: answers
    are refused then, though the seven days may not be over. `free_used` counts the free answers
    since their last action, `sent` holds the newest messages as the wire brought them.
    """

    id: str
    by_app: str
    person: Person
    screen: Screen
    follows: bool = False
    left: bool = False
    acted_at: int = 0
    stamped: int = 0
    spoken: int = 0
    free_used: int = 0
    refuses_templates: bool = False
    shared: dict[str, str] = field(default_factory=dict[str, str])
    unseen: list[str] = field(default_factory=list[str])
    sent: OrderedDict[str, dict[str, Any]] = field(
        default_factory=OrderedDict[str, "dict[str, Any]"]
    )

    @property
    def number(self) -> str:
        """Their phone number as the wire writes it (84…), or ""."""
        return international(self.person.number)

    def written_at(self, now: int) -> int:
        """The stamp of what they do next."""
        self.stamped = max(now, self.spoken + 1, self.stamped + 1)
        return self.stamped

    def spoken_at(self, now: int) -> int:
        """The stamp of what is said to them next."""
        self.spoken = max(now, self.spoken, self.stamped + 1)
        return self.spoken

    def act(self, at: int) -> None:
        """They wrote, pressed or followed: the windows begin anew."""
        self.left, self.acted_at, self.free_used = False, max(self.acted_at, at), 0

    def keep(self, id: str, message: dict[str, Any]) -> None:
        """Remember what was said to them."""
        self.sent[id] = message
        self.unseen.append(id)
        del self.unseen[:-KEPT]
        if len(self.sent) > KEPT:
            self.sent.popitem(last=False)

    def payload(self, id: str) -> dict[str, Any]:
        """What hangs on a message that was said to them, as the wire brought it."""
        attachment: dict[str, Any] = self.sent.get(id, {}).get("attachment") or {}
        return attachment.get("payload", {})

    def free_left(self, rules: OaRules, now: int) -> int:
        """How many answers are still free."""
        window = rules.free_hours * HOUR_MS
        if not self.acted_at or not window or now - self.acted_at > window:
            return 0
        if rules.free_replies is None:
            return ENDLESS
        return max(0, rules.free_replies - self.free_used)

    def check_open(self, rules: OaRules, now: int) -> None:
        """Refuse an answer that may not be sent even for money."""
        if self.left:
            raise OaError(-213)
        if not self.acted_at:
            raise OaError(-232)
        if now - self.acted_at > rules.paid_hours * HOUR_MS:
            raise OaError(-230)


def international(number: str) -> str:
    """A Vietnamese number as Zalo writes it: 0912345678 and +84912345678 give 84912345678."""
    digits = "".join(character for character in number if character.isdecimal())
    return "84" + digits[1:] if digits.startswith("0") else digits
