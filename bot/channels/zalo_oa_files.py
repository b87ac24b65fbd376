"""Documents as files of the Official Account: uploaded once, sent by the token of the upload."""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from bot.channels import zalo_oa_wire as wire
from bot.channels.base import Halted, Rejected, TryLater, Uncertain
from bot.channels.zalo_oa_client import code_of
from bot.channels.zalo_oa_errors import EXPIRED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.channels.base import Render
    from bot.channels.zalo_oa_client import OpenApi
    from handlers.message import Document

    Post = Callable[[dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

PATH: Final = "/v2.0/oa/upload/file"
LARGEST: Final = 5 * 2**20
TAKEN: Final = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".csv": "text/csv",
}
# An upload ends after seven days, and 5,000 are allowed in a month: the same bytes go up once.
FRESH: Final = timedelta(days=6)
KEPT: Final = 1000


class Files:
    """Sends documents through one account; `render` makes their bytes."""

    def __init__(self, api: OpenApi, render: Render, clock: Callable[[], datetime]) -> None:
        self._api, self._render, self._clock = api, render, clock
        self._tokens: OrderedDict[str, tuple[str, datetime]] = OrderedDict()

    async def send(self, post: Post, document: Document) -> bool:
        """Send a document; False where it has to go as a link instead.

        `post` sends one attachment. Raises one of the `SendError`s other than what says that a
        file, or an upload, is not wanted.
        """
        kind = TAKEN.get(PurePath(document.name).suffix.lower())
        if kind is None:
            return False
        try:
            content = await self._render(document.recipe, document.subject)
        except Exception as error:  # whatever makes documents may meet
            log.error("the document %s is not made (%s)", document.recipe, type(error).__name__)  # noqa: TRY400 - it may quote people
            return False
        if len(content) > LARGEST:
            return False
        try:
            await self._post(post, document.name, kind, content)
        except (Rejected, Halted) as error:
            # A quota of uploads, or a right to them: the words are worth hearing all the same.
            log.warning("zalo_oa: a file goes as a link (%s)", error)
            return False
        return True

    async def _post(self, post: Post, name: str, kind: str, content: bytes) -> None:
        token = await self._uploaded(name, kind, content)
        try:
            await post(wire.file(token))
        except TryLater as error:
            if code_of(error) != EXPIRED:
                raise
            self._tokens.clear()
            await post(wire.file(await self._uploaded(name, kind, content)))

    async def _uploaded(self, name: str, kind: str, content: bytes) -> str:
        key = hashlib.sha256(name.encode() + b"\0" + content).hexdigest()
        token, at = self._tokens.get(key, ("", self._clock()))
        if token and self._clock() - at < FRESH:
            return token
        try:
            data = await self._api.post_file(PATH, content, name=name, kind=kind)
        except Uncertain as error:  # nobody has seen an upload: it can be made again
            raise TryLater from error
        token = data.get("token")
        if not isinstance(token, str) or not token:
            raise Rejected("Zalo took the file and gave no token")
        self._tokens[key] = (token, self._clock())
        while len(self._tokens) > KEPT:
            self._tokens.popitem(last=False)
        return token
