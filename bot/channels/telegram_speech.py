"""Saying one reply on Telegram: a pin, a file, then the words with their choices.

The words go below a photo or a passed-on file, in one message, where they fit.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import telegram
from telegram.error import BadRequest, TelegramError

from bot.channels import telegram_wire as wire
from bot.channels.base import Rejected, SendError, TryLater, Uncertain
from bot.channels.telegram_errors import UNCHANGED, UNEDITABLE, answered, says, send_error, sent
from bot.channels.telegram_post import post
from bot.channels.written import paged
from handlers.message import ATTACHMENT, Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.channels.base import Link
    from bot.channels.telegram_files import TelegramFiles
    from handlers.message import Document, Message, Place, Reply

log = logging.getLogger(__name__)

T = TypeVar("T")

NO_PREVIEW: Final = telegram.LinkPreviewOptions(is_disabled=True)


class Speech:
    """Says replies through one bot.

    `link` makes the address of a page of ours. `paid`: words that answer nothing may pass above
    the free rate, for Stars.
    """

    def __init__(
        self, bot: telegram.Bot, files: TelegramFiles, link: Link, *, paid: bool = False
    ) -> None:
        self._bot, self._files, self._link, self._paid = bot, files, link, paid

    async def say(
        self, address: str, reply: Reply, to: Message | None, shown: datetime | None
    ) -> datetime | None:
        """When the last of it, the choices, counts as seen.

        `to` is the message that is answered; where it is a press, `shown` says from when on the
        pressed message counted as seen, or None where that is not known. Nothing to say: None.

        Raises one of the `SendError`s; `Uncertain` where a part arrived and the rest may later.
        """
        said: list[datetime] = []
        reply = paged(reply, self._link)
        try:
            # The choices come last, so that nothing stands between them and the thumb.
            try:
                await self._attached(said, address, reply)
            except Rejected as error:
                # The words are worth hearing all the same.
                log.error("what hangs on a reply was refused: %s", error)  # noqa: TRY400 - the platform refused
            if not await self._carried(said, address, reply):
                await self._words(said, address, reply, to=to, shown=shown)
        except TryLater as error:
            if not said:
                raise
            raise Uncertain("A part arrived, the rest did not") from error
        return said[-1] if said else None

    async def _attached(self, said: list[datetime], address: str, reply: Reply) -> None:
        if reply.place:
            said.append(await self._pin(address, reply.place))
        if reply.document and reply.document is not _carrier(reply):
            said.append(wire.seen_from(await self._files.send(address, reply.document)))

    async def _carried(self, said: list[datetime], address: str, reply: Reply) -> bool:
        """Send the photo or passed-on file; True where the words went with it."""
        carrier = _carrier(reply)
        if carrier is None:
            return False
        caption, keyboard = wire.caption(reply), None
        if caption is not None:
            keyboard = _made(wire.markup, reply)
            if reply.drop_contact and wire.buttons(reply):
                await self._take_keyboard(address)
        try:
            message = await self._files.send(
                address, carrier, photo=carrier is reply.photo, caption=caption or "",
                keyboard=keyboard,
            )  # fmt: skip
        except Rejected as error:
            log.error("a photo or file was refused: %s", error)  # noqa: TRY400 - likewise
            return False
        said.append(wire.seen_from(message))
        return caption is not None

    async def _words(
        self,
        said: list[datetime],
        address: str,
        reply: Reply,
        *,
        to: Message | None,
        shown: datetime | None,
    ) -> None:
        """Say the text, the choices below its last part; add to `said` when each was seen."""
        parts, keyboard = wire.texts(reply), _made(wire.drawn, reply)
        if to and len(parts) == 1 and _editable(reply, to):
            buttons = wire.buttons(reply)
            at = await self._edit(address, parts[0], buttons, to=to, shown=shown)
            if at:
                said.append(at)
                return
        if reply.drop_contact and wire.buttons(reply):
            await self._take_keyboard(address)
        for left, part in enumerate(parts, 1 - len(parts)):
            shown_below = None if left else keyboard
            said.append(await self._text(address, part, shown_below, unasked=to is None))

    async def _text(
        self, address: str, text: str, keyboard: dict[str, Any] | None, *, unasked: bool
    ) -> datetime:
        paid = self._paid and unasked
        return wire.after(await sent(post(self._bot, address, text, keyboard, paid=paid)))

    async def _take_keyboard(self, address: str) -> None:
        """Take the contact keyboard away: Telegram does so only by a message of its own.

        That message carries nothing else, so it is deleted at once. Failing changes no words.
        """
        with suppress(SendError):
            gone = await sent(
                self._bot.send_message(
                    address, "…", reply_markup=telegram.ReplyKeyboardRemove(),
                    disable_notification=True,
                )
            )  # fmt: skip
            await sent(self._bot.delete_message(address, gone.message_id))

    async def _edit(
        self,
        address: str,
        text: str,
        buttons: telegram.InlineKeyboardMarkup | None,
        *,
        to: Message,
        shown: datetime | None,
    ) -> datetime | None:
        """Change the pressed message; None where it must be said anew."""
        edit = self._bot.edit_message_text(
            text,
            address,
            int(to.pressed),
            reply_markup=buttons,
            link_preview_options=NO_PREVIEW,
        )
        try:
            edited = await answered(edit)
        except TelegramError as error:
            if isinstance(error, BadRequest) and says(error, UNCHANGED):
                return shown or to.sent_at
            if isinstance(error, BadRequest) and says(error, UNEDITABLE):
                return None
            raise send_error(error) from error
        return wire.seen_from(edited) if isinstance(edited, telegram.Message) else to.sent_at

    async def _pin(self, address: str, place: Place) -> datetime:
        venue = self._bot.send_venue(
            address, place.latitude, place.longitude, place.title, place.address
        )
        return wire.seen_from(await sent(venue))


def _carrier(reply: Reply) -> Document | None:
    """What the words hang below."""
    passed_on = reply.document and reply.document.recipe == ATTACHMENT
    return reply.photo or (reply.document if passed_on else None)


def _made(draw: Callable[[Reply], T], reply: Reply) -> T:
    """What stands below the words."""
    try:
        return draw(reply)
    except ValueError as error:
        raise Rejected(str(error)) from error


def _editable(reply: Reply, to: Message) -> bool:
    # A keyboard for the contact cannot be put under a message that stands already.
    pressed = to.kind is Kind.PRESS and to.pressed.isdecimal()
    return reply.edit and not reply.ask_contact and not reply.photo and pressed
