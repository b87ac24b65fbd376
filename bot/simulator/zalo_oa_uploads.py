"""Files the Official Account lays on the platform before it sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.screen import Attached
from bot.simulator.telegram_parameters import Upload
from bot.simulator.zalo_oa_answers import OaError, invalid, too_much
from bot.simulator.zalo_oa_rules import DAY_MS, Count

if TYPE_CHECKING:
    from bot.simulator.files import Files
    from bot.simulator.zalo_oa_rules import OaRules

KEPT_MS = 7 * DAY_MS
MONTH_MS = 30 * DAY_MS
MIB = 1024 * 1024
# By what is uploaded: endings (a calendar's .ics is in none), bytes, and how the id is called.
KINDS = {
    "file": (("pdf", "doc", "docx", "csv"), 5 * MIB, "token"),
    "image": (("jpg", "jpeg", "png"), MIB, "attachment_id"),
    "gif": (("gif",), 5 * MIB, "attachment_id"),
}


class OaUploads:
    """The uploads of one account; each can be sent for seven days."""

    def __init__(self, files: Files, rules: OaRules) -> None:
        self._files, self._rules = files, rules
        self._month = Count(MONTH_MS)
        self._known: dict[str, tuple[Attached, str, int]] = {}

    def put(self, kind: str, upload: object, now: int) -> dict[str, str]:
        """Take a file; the answer holds the token or id to send it by."""
        endings, largest, called = KINDS[kind]
        if not isinstance(upload, Upload) or not upload.body:
            raise invalid("file")
        if upload.name.rpartition(".")[2].lower() not in endings:
            raise invalid("file")
        if len(upload.body) > largest:
            raise too_much("file")
        if not self._month.take(now, self._rules.uploads_a_month):
            raise OaError(-211)
        stored = self._files.put(upload.body, upload.name, upload.type)
        token = f"{stored.id}-{now}"
        attached = Attached(stored.id, stored.name, stored.type, len(stored.body))
        self._known[token] = attached, called, now
        return {called: token}

    def file(self, token: Any, now: int) -> Attached:
        """The file of a token; refuses an unknown one and one older than seven days."""
        return self._get(token, "token", now)

    def picture(self, id: Any, now: int) -> Attached:
        """The picture of an attachment id, likewise."""
        return self._get(id, "attachment_id", now)

    def _get(self, token: Any, called: str, now: int) -> Attached:
        attached, kind, at = self._known.get(str(token), (None, "", 0))
        if attached is None or kind != called:
            raise invalid(called)
        if now - at > KEPT_MS:
            raise OaError(-100, f"{called} was expired")
        return attached
