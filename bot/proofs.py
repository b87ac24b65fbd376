"""The page on which anybody checks a paper, and the question whether it was revoked.

The page verifies by itself, in the browser: once loaded, or saved, it needs no network. What is
scanned stands behind "#" and never reaches the server; of a genuine paper it asks, where it can,
by number and the beginning of the signature, whether it still stands. The answer names nobody.
"""

from __future__ import annotations

import json
import secrets
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.made.paper import PAGE
from handlers.text import say
from storage import papers, signing
from storage.models import Called

if TYPE_CHECKING:
    from datetime import tzinfo

    from storage.database import Database

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Proofs:
    """Serves the page (`show`) and tells whether a paper stands (`tell`).

    `url` is our public address, `zone` the one whose days are told.
    """

    def __init__(self, database: Database, url: str, zone: tzinfo) -> None:
        self._database = database
        self._url = url.rstrip("/")
        self._zone = zone

    @property
    def route(self) -> str:
        """Where the page is, below the path of the public address."""
        return f"{urlsplit(self._url).path}/{PAGE}"

    @property
    def asking(self) -> str:
        """Where the page asks about one paper."""
        return f"{self.route}/{{number}}/{{mark}}"

    async def show(self, _request: web.Request) -> web.Response:
        """The page, with all our public keys in it."""
        keys = await self._database.read(papers.keys)
        return page(keys, f"{self._url}/{PAGE}" if self._url else f"/{PAGE}")

    async def tell(self, request: web.Request) -> web.Response:
        """Whether we know a paper, and the day on which it was revoked, if it was."""
        number, mark = request.match_info["number"], request.match_info["mark"]
        paper = await self._database.read(lambda db: papers.status(db, number, mark))
        revoked = (
            paper.revoked_at.astimezone(self._zone).date() if (paper and paper.revoked_at) else None
        )
        told = {"known": paper is not None, "revoked": revoked.isoformat() if revoked else None}
        # A saved page asks from its file, and may: nothing here is anybody's own.
        return web.json_response(told, headers={**HEADERS, "Access-Control-Allow-Origin": "*"})


def page(keys: list[str], server: str) -> web.Response:
    """The page, which loads nothing; `server` is where it asks about a paper."""
    nonce = secrets.token_urlsafe(16)
    told = {"keys": keys, "server": server, "fields": signing.FIELDS, **_said()}
    text = resources.files("bot").joinpath("pages", "proof.html").read_text("utf-8")
    # "<" inside the data could end the script.
    data = json.dumps(told, ensure_ascii=False).replace("<", "\\u003c")
    words = {
        "title": _("Check a paper of a training"),
        "paste": _("Paste here what the phone read from the code:"),
        "check": _("Check the paper"),
        "offline": _(
            "This page checks the electronic signature by itself and sends nobody's name anywhere."
            " Saved on the phone or the computer it also works without a network."
        ),
    }
    for name, value in {"nonce": nonce, **words}.items():
        text = text.replace(f"[[{name}]]", escape(value))
    headers = {
        **HEADERS,
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        ),
    }
    body = text.replace("[[data]]", data)
    return web.Response(text=body, content_type="text/html", charset="utf-8", headers=headers)


def _said() -> dict[str, dict[str, Any]]:
    return {
        "words": {
            "genuine": _("The paper is genuine"),
            "forged": _("This is no paper of ours: what it says was not signed by us"),
            "unreadable": _("This is no code of a paper, or a part of it is missing"),
            "revoked": _("The paper was genuine and has been revoked on {day}", day="{day}"),
            "stands": _("Asked just now: the paper has not been revoked."),
            "unknown": _("This office keeps no paper of that number."),
            "offline": _("No network: whether it has been revoked could not be asked."),
            "asking": _("Asking whether it has been revoked…"),
        },
        "labels": {
            "name": _("Full name"),
            "born": _("Year of birth"),
            "school": _("Place of work"),
            "time": _("Time of the training"),
            "hours": _("Length of the training"),
            "periods": _("{hours} periods", hours="").strip(),
            "score": _("Score"),
            "number": _("Number of the paper"),
            "issuer": _("Issued by"),
            "issued": _("Issued on"),
        },
    }


def _(sentence: str, **fields: object) -> str:
    # Who opens it is not known: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)
