"""Short-lived signed links to our own files, for platforms that take no upload."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from aiohttp import web

from handlers.message import ATTACHMENT, BOARD, EXPORT, UPLOAD
from handlers.text import say
from storage import file_kinds
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.channels.base import Render
    from handlers.message import Document

# A link is opened from the chat it was sent in; who comes later asks for a new one.
GOOD_FOR = timedelta(hours=48)
# What is made for one person names people: whoever gets hold of the link later gets nothing.
PRIVATE_FOR = timedelta(minutes=30)
TOKEN = re.compile(r"(\w{1,32})\.(\d{1,12})\.(\d{1,10})\.([A-Za-z0-9_-]{22})", re.ASCII)
TYPES = {
    "ics": "text/calendar; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    **file_kinds.TYPES,
}
# Whoever has a link can open it and hand it on: what everybody may see, or what is sent to many at
# once, is good for long; what is made for one person only for as long as they need to save it.
LASTING = {
    "calendar": GOOD_FOR, ATTACHMENT: GOOD_FOR, EXPORT: PRIVATE_FOR, UPLOAD: PRIVATE_FOR,
    BOARD: GOOD_FOR,
}  # fmt: skip
# What is a page of its own, not a file: the word of its address.
PAGES = {UPLOAD: "nop", BOARD: "bang"}
# Shown where it is opened; everything else is saved. Neither can run anything.
SHOWN = ("jpg", "jpeg", "png")
PRIVATE = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Referrer-Policy": "no-referrer",
}


class Expired(Exception):
    """A link of ours that is too old."""


class Links:
    """Makes links (`links(document)`) and serves what is behind them (`serve`).

    `url` is our public address; where it is "" there are no links. A link is signed over what it
    names and until when; the key comes from `secrets`, so that every process of an installation
    takes the links of the others, and a changed secret ends them. Only recipes of `LASTING`
    have links.

    Raises:
        ValueError: No secret, so that anybody could sign.
    """

    def __init__(
        self,
        url: str,
        secrets: Sequence[str],
        render: Render,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        if not any(secrets):
            raise ValueError("Links need a secret to be signed with")
        self._url = url.rstrip("/")
        self._key = hashlib.sha256("\n".join(["taphuan links", *secrets]).encode()).digest()
        self._render = render
        self._clock = clock

    @property
    def route(self) -> str:
        """Where the links lead to on our server: below the path of the public address."""
        return f"{urlsplit(self._url).path}/tep/{{token}}/{{name}}"

    def page(self, recipe: str) -> str:
        """The route of a page of `PAGES`, below the path of the public address."""
        return f"{urlsplit(self._url).path}/{PAGES[recipe]}/{{token}}"

    def __call__(self, document: Document) -> str:
        """A link to a document, good as long as `LASTING` says; "" where there can be none."""
        recipe = document.recipe
        if not self._url or recipe not in LASTING:
            return ""
        until = int((self._clock() + LASTING[recipe]).timestamp())
        # A page has no name: its link is as short as it can be.
        name = "" if recipe in PAGES else unicodedata.normalize("NFC", document.name)
        signed = self._sign(recipe, str(document.subject), str(until), name)
        token = f"{recipe}.{document.subject}.{until}.{signed}"
        if recipe in PAGES:
            return f"{self._url}/{PAGES[recipe]}/{token}"
        return f"{self._url}/tep/{token}/{quote(name, safe='')}"

    def opened(self, token: str, name: str = "") -> tuple[str, int]:
        """The recipe and the subject of a link of ours.

        Raises HTTPNotFound for one we did not make, Expired for one that is too old.
        """
        parts = TOKEN.fullmatch(token)
        if parts is None:
            raise web.HTTPNotFound
        recipe, subject, until, signed = parts.groups()
        good = hmac.compare_digest(signed, self._sign(recipe, subject, until, name))
        if not good or recipe not in LASTING:
            raise web.HTTPNotFound
        if self._clock().timestamp() > int(until):
            raise Expired
        return recipe, int(subject)

    async def serve(self, request: web.Request) -> web.Response:
        """The file; 404 for a link we did not make, 410 for one that is too old."""
        name = request.match_info["name"]
        try:
            recipe, subject = self.opened(request.match_info["token"], name)
        except Expired:
            words = _(
                "This link is too old to open the file. Please ask the assistant for it again."
            )
            return web.Response(status=410, text=words, headers=PRIVATE)
        try:
            body = await self._render(recipe, subject)
        except LookupError:
            raise web.HTTPNotFound from None
        return web.Response(body=body, headers={**PRIVATE, **described(name)})

    def _sign(self, *parts: str) -> str:
        # Half of the digest is more than anyone can try, and the line in the chat is shorter.
        digest = hmac.digest(self._key, "\n".join(parts).encode(errors="replace"), "sha256")[:16]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def described(name: str) -> dict[str, str]:
    """The headers that name a file: in full (RFC 6266), and without accents for old readers."""
    flat = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "", flat) or "file"
    ending = name.rpartition(".")[2].lower()
    how = "inline" if ending in SHOWN else "attachment"
    return {
        "Content-Type": TYPES.get(ending, "application/octet-stream"),
        "Content-Disposition": f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
    }


def _(sentence: str) -> str:
    # Who opens it is not known: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence)
