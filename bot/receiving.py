"""The page on which an officer hands in a file, for channels without files and for desks.

A plain form that needs no script. The link is its own key: signed, for one person, for half an
hour (`bot.links`); what they may bring is looked at anew when the file comes.
"""

from __future__ import annotations

import asyncio
import logging
from html import escape
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING

from aiohttp import BodyPartReader, web

from bot.links import PRIVATE, Expired
from handlers.message import UPLOAD
from handlers.text import say
from storage import exports, intakes, scopes
from storage.models import Called, ImportKind
from storage.rosters import files
from storage.rosters.files import FileTrouble

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.links import Links
    from storage.database import Database
    from storage.scopes import Scope

log = logging.getLogger(__name__)

# The name of the form's field.
FIELD = "tep"
# Large files in memory together.
AT_ONCE = 2
# Seconds one file may take to come, however slow the phone is.
PATIENCE = 600.0
HEADERS = {
    **PRIVATE,
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
}
STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:0}"
    "main{max-width:34rem;margin:0 auto;padding:1.25rem}h1{font-size:1.35rem;line-height:1.3}"
    "input,button{font:inherit;box-sizing:border-box;width:100%;padding:.8rem;margin:.4rem 0;"
    "border:1px solid #767676;border-radius:.5rem;background:#fff;color:inherit}"
    "button{background:#0b57d0;border-color:#0b57d0;color:#fff}.wrong{color:#8c1d18}"
    "@media(prefers-color-scheme:dark){body{background:#121212;color:#eee}"
    "input{background:#1e1e1e}.wrong{color:#f2b8b5}}"
)


class _Refused(Exception):
    """A file that is not taken: the status of the answer, and what is said."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Receiving:
    """Shows the page (`show`) and takes what is handed in (`take`)."""

    def __init__(self, database: Database, links: Links, now: Callable[[], datetime]) -> None:
        self._database = database
        self._links = links
        self._now = now
        self._turns = asyncio.Semaphore(AT_ONCE)

    @property
    def route(self) -> str:
        """Where the page is."""
        return self._links.page(UPLOAD)

    async def show(self, request: web.Request) -> web.Response:
        """The form; 404 for a link we did not make, 410 for one that is too old."""
        try:
            kind, _scope = await self._asked(request)
        except _Refused as refused:
            return _page(refused.status, _("Bring in a file"), refused.words)
        return _form(200, kind)

    async def take(self, request: web.Request) -> web.Response:
        """Keep the file, to be read; the page says what happens next."""
        try:
            kind, _scope = await self._asked(request)
        except _Refused as refused:
            return _page(refused.status, _("Bring in a file"), refused.words)
        try:
            with TemporaryFile() as file:
                async with asyncio.timeout(PATIENCE):
                    name = await _brought(request, file)
                async with self._turns:
                    intake = await self._keep(request, name, file.read())
        except _Refused as refused:
            return _form(refused.status, kind, refused.words)
        except TimeoutError:
            return _form(408, kind, _("The file took too long to come. Please send it again."))
        log.info("intake %s was handed in on the page", intake)
        words = _(
            "The file has arrived. Please go back to the chat: the assistant reads it and writes"
            " there what it has found. Nothing is changed before {you} agree."
        )
        return _page(200, _("The file has arrived"), words)

    async def _keep(self, request: web.Request, name: str, content: bytes) -> int:
        """Begin the intake. It took a while to come: whoever sends it may have lost the right."""
        kind, scope = await self._asked(request)
        now = self._now()
        return await self._database.turn(
            lambda db: intakes.receive(db, scope, kind, name, content, now), bulk=True
        )

    async def _asked(self, request: web.Request) -> tuple[ImportKind, Scope]:
        """What the link is for, and what its holder may do today."""
        try:
            recipe, subject = self._links.opened(request.match_info["token"])
        except Expired:
            raise _Refused(
                410, _("This link is too old. Please ask the assistant for a new one.")
            ) from None
        if recipe != UPLOAD:
            raise web.HTTPNotFound
        day = self._now().date()

        def read(db: Connection) -> tuple[ImportKind, Scope | None] | None:
            asked = exports.get(db, subject)
            if asked is None or asked.kind != intakes.UPLOAD:
                return None
            return ImportKind(asked.asked["holds"]), scopes.of(db, asked.person_id, day)

        found = await self._database.read(read)
        if found is None:
            raise web.HTTPNotFound
        kind, scope = found
        if scope is None:
            raise _Refused(
                403, _("Only an officer may bring in lists; {you} have no such task now.")
            )
        return kind, scope


async def _brought(request: web.Request, file: IO[bytes]) -> str:
    """Write the file of the form down, never more of it than is read at all; returns its name."""
    nothing = _Refused(400, _("No file has come. Please choose a file and send it."))
    try:
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == FIELD:
                await _written(part, file)
                break
        else:
            raise nothing
    except (ValueError, AssertionError, web.HTTPException):  # no form at all
        raise nothing from None
    file.seek(0)
    found = files.glance(file.read(files.START))
    file.seek(0)
    if found is FileTrouble.EMPTY:
        raise nothing
    if found is not None:
        raise _Refused(
            415, _("This is no table. Please send an Excel file (xlsx, xls) or a CSV file.")
        )
    return part.filename or ""


async def _written(part: BodyPartReader, file: IO[bytes]) -> None:
    size = 0
    while chunk := await part.read_chunk(1 << 16):
        size += len(chunk)
        if size > files.MOST_BYTES:
            raise _Refused(
                413,
                _("The file is larger than {most} MB. Please leave out pictures and other sheets,"
                  " and send it again.", most=files.MOST_BYTES // 10**6),
            )  # fmt: skip
        file.write(chunk)


def _form(status: int, kind: ImportKind, wrong: str = "") -> web.Response:
    """The form, below what was wrong with the last file."""
    match kind:
        case ImportKind.ROSTER:
            title = _("Bring in a staff list")
        case ImportKind.RESULTS:
            title = _("Bring in past courses and results")
    hint = _(
        "An Excel file (xlsx, xls) or a CSV file of up to {most} MB. The assistant shows what would"
        " change before anything is written.", most=files.MOST_BYTES // 10**6,
    )  # fmt: skip
    choose, send = escape(_("Choose the file")), escape(_("Send the file"))
    fields = (
        f'<form method="post" enctype="multipart/form-data"><label for="{FIELD}">{choose}</label>'
        f'<input id="{FIELD}" name="{FIELD}" type="file" required accept=".xlsx,.xls,.csv">'
        f"<button>{send}</button></form>"
    )
    above = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return _answer(status, title, f"{above}<p>{escape(hint)}</p>{fields}")


def _page(status: int, title: str, words: str) -> web.Response:
    return _answer(status, title, f"<p>{escape(words)}</p>")


def _answer(status: int, title: str, body: str) -> web.Response:
    text = (
        '<!doctype html><html lang="vi"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<main><h1>{escape(title)}</h1>{body}</main></html>"
    )
    return web.Response(status=status, text=text, headers=HEADERS)


def _(sentence: str, **fields: object) -> str:
    # The page belongs to the place, as the office does.
    return say("vi", Called.ANH_CHI, sentence, **fields)
