"""Documents and photos of the Official Account: uploaded once, sent by the name of the upload."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from bot.channels import zalo_oa_wire as wire
from bot.channels.base import Halted, Rejected, TryLater, Uncertain
from bot.channels.zalo_oa_client import code_of
from bot.channels.zalo_oa_errors import EXPIRED
from handlers.message import ATTACHMENT
from storage.attachments import Upload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.channels.base import Link, Render
    from bot.channels.uploads import Uploads
    from bot.channels.zalo_oa_client import OpenApi
    from handlers.message import Document

    Post = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

# An upload ends after seven days, and 5,000 are allowed in a month: the same bytes go up once.
FRESH: Final = timedelta(days=6)
KEPT: Final = 1000
# The code of an upload that has ended also stands for failures nobody knows: a file goes up again
# because of it once in so long.
AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Way:
    """How a kind of file goes up: where to, by which endings, how large, and its name then."""

    path: str
    types: dict[str, str]
    largest: int
    named: str


FILE: Final = Way(
    "/v2.0/oa/upload/file",
    {
        ".pdf": "application/pdf",
        ".doc": "application/msword",
        ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".csv": "text/csv",
    },
    5 * 2**20,
    "token",
)
IMAGE: Final = Way(
    "/v2.0/oa/upload/image",
    {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"},
    2**20,
    "attachment_id",
)


class Unfit(Exception):
    """The file cannot go up: it is too large, of another kind, or not to be had."""


class Files:
    """Sends documents and photos through one account.

    `render` makes their bytes, `link` their address where they do not go up; `uploads` knows which
    attachments are up.
    """

    def __init__(
        self,
        api: OpenApi,
        render: Render,
        clock: Callable[[], datetime],
        *,
        link: Link,
        uploads: Uploads,
    ) -> None:
        self._api, self._render, self._clock = api, render, clock
        self._link, self._uploads = link, uploads
        self._tokens: OrderedDict[str, Upload] = OrderedDict()
        self._renewed: dict[int, datetime] = {}

    async def send(self, post: Post, document: Document) -> bool:
        """Send a document; False where it has to go as a link instead.

        `post` sends one attachment. Raises one of the `SendError`s other than what says that a
        file, or an upload, is not wanted.
        """
        return await self._sent(lambda name: post(wire.file(name)), document, FILE)

    async def show(self, post: Post, photo: Document) -> bool:
        """Show a photo; False where it has to go as a link instead. Raises as `send` does."""
        if await self._sent(lambda name: post(wire.picture(id=name)), photo, IMAGE):
            return True
        address = self._link(photo)
        if not address:
            return False
        try:
            await post(wire.picture(url=address))
        except Rejected as error:
            log.warning("zalo_oa: a photo goes as a link (%s)", error)
            return False
        return True

    async def _sent(
        self, post: Callable[[str], Awaitable[None]], document: Document, way: Way
    ) -> bool:
        if PurePath(document.name).suffix.lower() not in way.types:
            return False
        try:
            await self._post(post, document, way)
        except Unfit:
            return False
        except (Rejected, Halted) as error:
            # A quota of uploads, or a right to them: the words are worth hearing all the same.
            log.warning("zalo_oa: a file goes as a link (%s)", error)
            return False
        return True

    async def _post(
        self, post: Callable[[str], Awaitable[None]], document: Document, way: Way
    ) -> None:
        name = await self._uploaded(document, way)
        try:
            await post(name)
        except TryLater as error:
            if code_of(error) != EXPIRED:
                raise
            await self._forget(document, name)
            newer = await self._uploaded(document, way)
            if newer == name:
                raise
            await post(newer)

    async def _forget(self, document: Document, name: str) -> None:
        """Forget a name that Zalo may no longer know."""
        if document.recipe != ATTACHMENT:
            self._tokens.clear()
            return
        number, now = document.subject, self._clock()
        if number not in self._renewed or now - self._renewed[number] > AGAIN:
            self._renewed[number] = now
            await self._uploads.drop(number, name)

    async def _uploaded(self, document: Document, way: Way) -> str:
        """What Zalo calls the file."""
        if document.recipe == ATTACHMENT:

            async def upload() -> Upload:
                return await self._upload(document.name, await self._content(document, way), way)

            return await self._uploads.reference(document.subject, upload)
        content = await self._content(document, way)
        key = hashlib.sha256(document.name.encode() + b"\0" + content).hexdigest()
        return await self._same(key, document.name, content, way)

    async def _same(self, key: str, name: str, content: bytes, way: Way) -> str:
        """The name of bytes that are made anew each time, and may be the same."""
        known = self._tokens.get(key)
        if known and known.until and self._clock() < known.until:
            return known.reference
        made = self._tokens[key] = await self._upload(name, content, way)
        while len(self._tokens) > KEPT:
            self._tokens.popitem(last=False)
        return made.reference

    async def _content(self, document: Document, way: Way) -> bytes:
        try:
            content = await self._render(document.recipe, document.subject)
        except Exception as error:  # whatever makes documents may meet
            log.error("the document %s is not made (%s)", document.recipe, type(error).__name__)  # noqa: TRY400 - it may quote people
            raise Unfit from error
        if len(content) > way.largest:
            raise Unfit
        return content

    async def _upload(self, name: str, content: bytes, way: Way) -> Upload:
        kind = way.types[PurePath(name).suffix.lower()]
        try:
            data = await self._api.post_file(way.path, content, name=name, kind=kind)
        except Uncertain as error:  # nobody has seen an upload: it can be made again
            raise TryLater from error
        given = data.get(way.named)
        if not isinstance(given, str) or not given:
            raise Rejected("Zalo took the file and gave no name for it")
        return Upload(given, self._clock() + FRESH)
