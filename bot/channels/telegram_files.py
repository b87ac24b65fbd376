"""Files on Telegram: brought from there, uploaded once, and sent again by their id."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from telegram.error import TelegramError

from bot.channels.base import Rejected, TooLarge, TryLater
from bot.channels.telegram_errors import STALE, TOO_BIG, answered, says, send_error, sent
from handlers.message import ATTACHMENT
from storage.attachments import Upload
from storage.file_kinds import LARGEST

if TYPE_CHECKING:
    import telegram
    from telegram.request import BaseRequest

    from bot.channels.base import Render
    from bot.channels.uploads import Uploads
    from handlers.message import Document

    Keyboard = (
        telegram.InlineKeyboardMarkup
        | telegram.ReplyKeyboardMarkup
        | telegram.ReplyKeyboardRemove
        | None
    )

# Seconds between two pieces of a file that is fetched.
SLOW: Final = 30.0


class TelegramFiles:
    """Sends documents and photos through one bot; `render` makes the bytes of a document."""

    def __init__(self, bot: telegram.Bot, render: Render, uploads: Uploads) -> None:
        self._bot, self._render, self._uploads = bot, render, uploads

    async def send(
        self,
        address: str,
        document: Document,
        *,
        photo: bool = False,
        caption: str = "",
        keyboard: Keyboard = None,
    ) -> telegram.Message:
        """Send a document, or show it as a photo, with words and buttons below it.

        An attachment is uploaded once for all chats. Raises one of the `SendError`s.
        """
        outgoing = Outgoing(self._bot, address, document.name, caption, keyboard, photo=photo)
        if document.recipe != ATTACHMENT:
            return await outgoing.send(await self._content(document))
        said: list[telegram.Message] = []

        async def upload() -> Upload | None:
            said.append(await outgoing.send(await self._content(document)))
            file_id = _file_id(said[0])
            return Upload(file_id, None) if file_id else None

        known = await self._uploads.reference(document.subject, upload)
        if said:
            return said[0]
        try:
            return await outgoing.send(known)
        except Rejected as error:
            if not _stale(error):
                raise
        await self._uploads.drop(document.subject, known)
        known = await self._uploads.reference(document.subject, upload)
        return said[0] if said else await outgoing.send(known)

    async def _content(self, document: Document) -> bytes:
        try:
            return await self._render(document.recipe, document.subject)
        except Exception as error:
            raise Rejected(f"The document {document.recipe} could not be made") from error


class Outgoing:
    """One file on its way to one chat, whether as bytes or by its id."""

    def __init__(
        self,
        bot: telegram.Bot,
        address: str,
        name: str,
        caption: str,
        keyboard: Keyboard,
        *,
        photo: bool,
    ) -> None:
        self._bot, self._address, self._name = bot, address, name
        self._caption, self._keyboard, self._photo = caption or None, keyboard, photo

    async def send(self, content: bytes | str) -> telegram.Message:
        """Send the bytes, or the file that Telegram knows by this id."""
        name = self._name if isinstance(content, bytes) else None
        if self._photo:
            sending = self._bot.send_photo(
                self._address, content, caption=self._caption, reply_markup=self._keyboard,
                filename=name,
            )  # fmt: skip
        else:
            sending = self._bot.send_document(
                self._address, content, caption=self._caption, reply_markup=self._keyboard,
                filename=name,
            )  # fmt: skip
        return await sent(sending)


async def fetch(bot: telegram.Bot, request: BaseRequest, file_id: str) -> bytes:
    """The bytes of a file that somebody sent.

    Raises one of the `SendError`s: `TooLarge` for one that Telegram gives to no bot.
    """
    try:
        file = await answered(bot.get_file(file_id))
        if (file.file_size or 0) > LARGEST:
            raise TooLarge("The file is too large")
        # PTB would take a file that is gone for a wrong token.
        status, content = await request.do_request(file.file_path or "", "GET", read_timeout=SLOW)
    except TelegramError as error:
        if says(error, TOO_BIG):
            raise TooLarge("The file is too large") from error
        raise send_error(error) from error
    if status == HTTPStatus.OK:
        return content
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
        raise Rejected(f"The file is not given (status {status})")
    raise TryLater


def _file_id(message: telegram.Message) -> str:
    """What Telegram calls the file it has just been given; "" where it does not say."""
    if message.photo:
        return message.photo[-1].file_id
    return message.document.file_id if message.document else ""


def _stale(error: Rejected) -> bool:
    cause = error.__cause__
    return isinstance(cause, TelegramError) and says(cause, STALE)
