"""What may differ from one Official Account to another, or where the sources disagree: switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
VIETNAM_MS = 7 * HOUR_MS


@dataclass(slots=True)
class OaRules:
    """Switches that may be thrown at any time.

    Attributes:
        free_hours: so long after the person's last action an answer is free.
        free_replies: how many answers are free in that time; None is no limit (since 2026-01-01).
        paid_hours: so long after the last action an answer may be sent at all.
        price: đồng of an answer that is not free.
        balance: đồng on the cloud account, which pays for answers and templates; None never ends.
        calls_a_minute: how many calls of an app are taken, templates included; None is no limit.
        uploads_a_month: how many files; None is no limit.
        day_quota: templates a day.
        night: whether templates are refused from 22:00 to 06:00 in Vietnam.
        admins: numbers (84…) that templates in development mode may go to.
        buttons: the `template_type` a text with buttons must have: "any", "button" or "none".
        form_picture: whether the card that asks for details must have an `image_url`, as in all
            examples of the documentation.
        receipts: whether the webhook hears that (and by `see()` when) an answer arrived.
        template_receipts: the same for templates.
        echoes: whether the webhook hears what the account itself said.
        old_form: `user_submit_info` in its old, flat shape.
        mac_time: whether a delivery's mac is made with the body's time or with one of a header.
        mac_first: whose id the mac begins with.
        mac_last: whose secret it ends with.
    """

    free_hours: float = 48
    free_replies: int | None = None
    paid_hours: float = 7 * 24
    price: int = 55
    balance: int | None = None
    calls_a_minute: int | None = 4000
    uploads_a_month: int | None = 5000
    day_quota: int = 500
    night: bool = False
    admins: tuple[str, ...] = ()
    buttons: Literal["any", "button", "none"] = "any"
    form_picture: bool = False
    receipts: bool = False
    template_receipts: bool = False
    echoes: bool = False
    old_form: bool = False
    mac_time: Literal["body", "header"] = "body"
    mac_first: Literal["app", "oa"] = "app"
    mac_last: Literal["oa", "app"] = "oa"


class Purse:
    """What was charged in đồng, by what it was for: "cs" or "template"."""

    def __init__(self, rules: OaRules) -> None:
        self._rules = rules
        self.charged: dict[str, int] = {}

    def pay(self, what: str, price: int) -> bool:
        """Charge the price; false where the balance does not cover it."""
        balance = self._rules.balance
        if balance is not None:
            if balance < price:
                return False
            self._rules.balance = balance - price
        self.charged[what] = self.charged.get(what, 0) + price
        return True


class Count:
    """Counts within spans of time that begin anew together: minutes, days."""

    def __init__(self, span: int, shift: int = 0) -> None:
        self._span, self._shift = span, shift
        self._at, self._used = 0, 0

    def used(self, now: int) -> int:
        """How many there were in the span of `now` (Unix milliseconds)."""
        at = (now + self._shift) // self._span
        if at != self._at:
            self._at, self._used = at, 0
        return self._used

    def take(self, now: int, most: int | None) -> bool:
        """Count one more; false where there were as many as there may be."""
        if most is not None and self.used(now) >= most:
            return False
        self._used = self.used(now) + 1
        return True
