"""The page with the code of a session, for a hall: big figures, a QR code, how many are there.

Loaded once it needs no network: it holds all digits of the hours to come, and the difference
between our clock and that of its computer. While it is online it asks for the number of people.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

import segno
from aiohttp import web

from bot.links import PRIVATE, Expired
from handlers import dates
from handlers.message import BOARD
from handlers.text import say
from storage import attendance, channels, exports, session_codes, teaching
from storage.channels import TELEGRAM
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bot.links import Links
    from storage.courses import Meeting, Training
    from storage.database import Database
    from storage.session_codes import Code

# So much of the time to come is in one page: a day of training. A page that is open longer loads
# itself anew.
AHEAD = timedelta(hours=12)
# QR pictures of so many sessions are kept, for pages that are loaded again.
KEPT = 4
# Searching for the best of the eight masks takes five times as long; any of them can be read.
MASK = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """What one board shows. `bot` is our name on Telegram, `elsewhere` where else we are found."""

    course: Training
    meeting: Meeting
    code: Code
    seats: int
    there: int
    bot: str
    elsewhere: tuple[str, ...]
    now: datetime

    @property
    def version(self) -> str:
        """What changes when the page has to be loaded anew."""
        code = self.code
        parts = (code.digits, code.secret, str(code.changing), str(code.opens_at),
                 str(code.closes_at), self.bot)  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def steps(self) -> tuple[int, list[str]]:
        """The first step and the digits from there on; one alone where they do not change."""
        if not self.code.changing:
            return 0, [self.code.digits]
        begin = max(self.code.opens_at, self.now - timedelta(seconds=session_codes.STEP))
        end = min(self.code.closes_at, begin + AHEAD)
        first, last = session_codes.step(begin), session_codes.step(end)
        return first, [session_codes.drawn(self.code.secret, one) for one in range(first, last + 1)]


def read(db: Connection, export_id: int, now: datetime) -> Shown:
    """What the board of a request shows now.

    Raises LookupError where its person takes no attendance there any more, or no code is open.
    """
    request = exports.get(db, export_id)
    if request is None or request.kind != BOARD:
        raise LookupError(export_id)
    session_id = int(request.asked["session"])
    found, code = teaching.meeting(db, session_id), session_codes.get(db, session_id)
    if found is None or code is None or code.closes_at < now:
        raise LookupError(session_id)
    if not session_codes.takes_place(found[0]):
        raise LookupError(session_id)
    if not teaching.may_teach(db, request.person_id, found[0].id, now.date()):
        raise LookupError(session_id)
    seats, there = attendance.figures(db, found[0].id, session_id)
    places = dict(channels.contacts(db, now))
    bot = places.pop(TELEGRAM, "").removeprefix("@")
    return Shown(*found, code, seats, there, bot, tuple(dict.fromkeys(places.values())), now)


class Boards:
    """Serves the page (`show`) and the number of people (`count`). `now` is local."""

    def __init__(self, database: Database, links: Links, now: Callable[[], datetime]) -> None:
        self._database = database
        self._links = links
        self._now = now
        self._drawn: OrderedDict[str, dict[str, Any]] = OrderedDict()

    @property
    def route(self) -> str:
        """Where the page is."""
        return self._links.page(BOARD)

    @property
    def counting(self) -> str:
        """Where the page asks for the number of people."""
        return f"{self.route}/so"

    async def show(self, request: web.Request) -> web.Response:
        """The page; 404 for a link we did not make, 410 for one that is too old or closed."""
        shown = await self._asked(request)
        if shown is None:
            return _gone()
        qr = await self._qr(shown)
        return await asyncio.to_thread(page, shown, qr)

    async def count(self, request: web.Request) -> web.Response:
        """How many are there, our clock in milliseconds, and whether the page is out of date."""
        shown = await self._asked(request)
        if shown is None:
            return web.json_response({}, status=410, headers=PRIVATE)
        told = {
            "there": shown.there, "seats": shown.seats, "version": shown.version,
            "now": _milliseconds(shown.now),
        }  # fmt: skip
        return web.json_response(told, headers=PRIVATE)

    async def _asked(self, request: web.Request) -> Shown | None:
        try:
            recipe, subject = self._links.opened(request.match_info["token"])
        except Expired:
            return None
        if recipe != BOARD:
            raise web.HTTPNotFound
        now = self._now()
        try:
            return await self._database.read(lambda db: read(db, subject, now))
        except LookupError:
            return None

    async def _qr(self, shown: Shown) -> dict[str, Any]:
        first, digits = shown.steps()
        key = f"{shown.meeting.id} {shown.version} {first} {len(digits)}"
        if key not in self._drawn:
            self._drawn[key] = await asyncio.to_thread(pictures, shown.bot, digits)
        while len(self._drawn) > KEPT:
            self._drawn.popitem(last=False)
        return self._drawn[key]


def pictures(bot: str, digits: Sequence[str]) -> dict[str, Any]:
    """A QR code that checks in with each of these digits on Telegram, as bits in base64.

    `size` modules a side, the rows one after the other, a picture a whole number of bytes; nothing
    where we are not on Telegram.
    """
    if not bot:
        return {"size": 0, "bits": ""}
    address = f"https://t.me/{bot}?start="
    version = segno.make(f"{address}000000", error="l", mask=MASK, boost_error=False).version
    packed = bytearray()
    size = 0
    for one in digits:
        code = segno.make(
            f"{address}{one}", version=version, error="l", mask=MASK, boost_error=False
        )
        bits = "".join("1" if module else "0" for row in code.matrix for module in row)
        size = len(code.matrix)
        packed += int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(
            -(-len(bits) // 8), "big"
        )
    return {"size": size, "bits": base64.b64encode(packed).decode()}


def page(shown: Shown, qr: dict[str, Any]) -> web.Response:
    """The page, which loads nothing."""
    first, digits = shown.steps()
    told = {
        "now": _milliseconds(shown.now), "opens": _milliseconds(shown.code.opens_at),
        "closes": _milliseconds(shown.code.closes_at), "changing": shown.code.changing,
        "step": session_codes.STEP * 1000, "first": first, "digits": "".join(digits),
        "there": shown.there, "seats": shown.seats, "version": shown.version, "qr": qr,
    }  # fmt: skip
    nonce = secrets.token_urlsafe(16)
    words = _words(shown)
    text = resources.files("bot").joinpath("pages", "board.html").read_text("utf-8")
    # "<" inside the data could end the script.
    data = json.dumps(told).replace("<", "\\u003c")
    for name, value in {"nonce": nonce, "data": data, **words}.items():
        text = text.replace(f"[[{name}]]", value if name == "data" else escape(value))
    headers = {
        **PRIVATE,
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
    }
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


def _words(shown: Shown) -> dict[str, str]:
    zone = shown.now.tzinfo
    opens = dates.clock(shown.code.opens_at.astimezone(zone))
    session = _("{code}, session {number}", code=shown.course.code, number=shown.meeting.number)
    names = [f"Telegram @{shown.bot}"] if shown.bot else []
    names += [f"Zalo {each}" for each in shown.elsewhere]
    return {
        "session": session,
        "title": shown.course.title,
        "write": _("Write these 6 digits to the training assistant"),
        "found": " · ".join(names),
        "scan": _("or scan it with Telegram") if shown.bot else "",
        "people": _("have checked in"),
        "soon": _("The code is shown from {time}", time=opens),
        "closed": _("The code is closed"),
        "offline": _("No network; the code is right all the same"),
    }


def _gone() -> web.Response:
    words = _("This page is closed. Please ask the assistant for a new link.")
    return web.Response(status=410, text=words, headers=PRIVATE)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _(sentence: str, **fields: object) -> str:
    # The hall reads it: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)
