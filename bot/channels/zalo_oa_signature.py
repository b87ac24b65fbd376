"""The signature of Official Account webhooks, in the ways the sources describe it.

SHA-256 (no HMAC) over first term + raw body + timestamp + secret. The sources disagree on three of
them, so each candidate has a name, `<first term>-<timestamp>-<secret>`:
`app` or `oa` (app_id or oa_id), `body` or `header` (the event's `timestamp` or
`X-ZEvent-Timestamp`), `oakey` or `appkey` (the account's webhook key or the app's secret).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from datetime import datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels.fields import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-ZEvent-Signature"
TIMESTAMP: Final = "X-ZEvent-Timestamp"
AUTO: Final = "auto"
CANDIDATES: Final = tuple(
    "-".join(parts) for parts in product(("app", "oa"), ("body", "header"), ("oakey", "appkey"))
)
# Nothing stands between the parts that are signed. A time holds nothing that ends a JSON object, so
# that no part of a body can pass for it.
TIME: Final = re.compile(r"[\w:.+ -]{1,40}", re.ASCII)
# Zalo's last repetition comes after nearly two hours. What is further off points to a wrong clock,
# ours or theirs, and is taken all the same: a clock must not silence everybody. After a day nothing
# is taken, so that a recorded request cannot be played back for ever; a younger copy is dropped by
# its event's id.
ODD: Final = timedelta(hours=3)
STALE: Final = timedelta(days=1)


class Signature:
    """Checks that Zalo signed a request. `way` is one of `CANDIDATES`, or "auto" for all of them.

    Raises:
        ValueError: No such way.
    """

    def __init__(
        self,
        *,
        app_id: str,
        oa_id: str,
        secret: str,
        app_secret: str,
        way: str,
        clock: Callable[[], datetime],
    ) -> None:
        if way != AUTO and way not in CANDIDATES:
            raise ValueError(f"The signature is one of: auto, {', '.join(CANDIDATES)}")
        self._first = {"app": app_id, "oa": oa_id}
        self._secrets = {"oakey": secret, "appkey": app_secret}
        self._ways = CANDIDATES if way == AUTO else (way,)
        self._clock = clock
        self._matched: set[str] = set()
        self._odd = False

    def holds(self, headers: Mapping[str, str], body: bytes) -> bool:
        """True where the platform signed these very bytes, not more than a day ago."""
        lower = {name.lower(): value for name, value in headers.items()}
        given = lower.get(SIGNATURE.lower(), "").strip().removeprefix("mac=").lower()
        times = {"body": _timestamp(body), "header": lower.get(TIMESTAMP.lower(), "").strip()}
        found = ""
        # Every candidate is computed, so that the time taken does not tell which is near.
        for way in self._ways:
            first, stamp, secret = way.split("-")
            if self._matches(given, (first, body, times[stamp], secret)):
                found = found or way
        if not found:
            return False
        if found not in self._matched:
            self._matched.add(found)
            log.info("zalo_oa: webhooks are signed as %s", found)
        # The body is signed in every way, and its own time with it.
        return self._timely(times[found.split("-")[1]], times["body"])

    def _matches(self, given: str, parts: tuple[str, bytes, str, str]) -> bool:
        first, body, stamp, secret = parts
        key = self._secrets[secret]
        if not key or not TIME.fullmatch(stamp):
            return False
        text = self._first[first].encode() + body + _bytes(stamp) + key.encode()
        # A header may hold any bytes, which aiohttp shows as halves of surrogate pairs.
        return hmac.compare_digest(hashlib.sha256(text).hexdigest().encode(), _bytes(given))

    def _timely(self, *stamps: str) -> bool:
        at = next(filter(None, map(_moment, stamps)), None)
        if at is None:
            return True
        off = abs(self._clock() - at)
        if off > ODD and not self._odd:
            log.warning(
                "zalo_oa: an event is stamped %s hours off; check the clock",
                off // timedelta(hours=1),
            )
        self._odd = off > ODD
        return off <= STALE


def _timestamp(body: bytes) -> str:
    try:
        event: object = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    given = cast("dict[str, Any]", event).get("timestamp") if isinstance(event, dict) else None
    return str(given) if isinstance(given, str | int) else ""


def _moment(stamp: str) -> datetime | None:
    """A time in milliseconds, as the documents have it, or in seconds."""
    return moment({"at": stamp}, "at") or moment({"at": f"{stamp}000"}, "at")


def _bytes(text: str) -> bytes:
    return text.encode(errors="backslashreplace")
