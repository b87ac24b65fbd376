"""Between Telegram's objects and ours: pure functions, no network."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import telegram
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import ChatMemberStatus, ChatType, InlineKeyboardButtonLimit, MessageLimit

from bot.channels.fields import clean
from bot.channels.text import split, utf16
from handlers.message import Contact, File, Kind, Message

if TYPE_CHECKING:
    from handlers.message import Choice, Reply

NAME = "telegram"
LABEL = 64  # characters a phone still shows in one button
SHORT = 12  # two buttons of this many characters stand side by side
LEFT = (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)  # "kicked" is PTB's BANNED
# An animation comes with a document and a venue with a location, so the order matters.
KINDS = (
    ("text", Kind.TEXT),
    ("contact", Kind.CONTACT),
    ("location", Kind.LOCATION),
    ("photo", Kind.PHOTO),
    ("animation", Kind.VIDEO),
    ("video", Kind.VIDEO),
    ("video_note", Kind.VIDEO),
    ("document", Kind.FILE),
    ("sticker", Kind.STICKER),
    ("voice", Kind.VOICE),
    ("audio", Kind.VOICE),
)
COMMAND = re.compile(r"(/\w+)@\w+", re.ASCII)
START = re.compile(r"/start(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)


def message_of(update: telegram.Update, received_at: datetime) -> Message | None:
    """What a person said, or None where no person spoke to us.

    `received_at` (aware) stands in for the time of a press, which Telegram does not send.

    Raises:
        TypeError: A field holds what Telegram never puts there.
    """
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query, received_at)
    if update.my_chat_member is not None:
        return _moved(update.update_id, update.my_chat_member)
    if update.message is not None:
        return _said(update.update_id, update.message)
    return None


def shown_at(query: telegram.CallbackQuery) -> datetime | None:
    """From when on the pressed message counts as seen, or None where Telegram no longer knows."""
    return seen_from(query.message) if isinstance(query.message, telegram.Message) else None


def seen_from(message: telegram.Message) -> datetime:
    """From when on a message counts as seen; see `after`."""
    return after(message.edit_date or message.date)


def after(changed: datetime) -> datetime:
    """The second after the last change: Telegram's stamps are whole seconds."""
    return changed + timedelta(seconds=1)


def texts(reply: Reply) -> list[str]:
    """The words in as many messages as Telegram needs; none where there are none."""
    return split(reply.written(), MessageLimit.MAX_TEXT_LENGTH, utf16)


def caption(reply: Reply) -> str | None:
    """The words where they fit below a photo or file, in one message with it; else None."""
    words = reply.written().strip()
    return words if utf16(words) <= MessageLimit.CAPTION_LENGTH else None


def markup(reply: Reply) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove:
    """What stands below the words of a new message.

    A message carries one kind of keyboard only. With `ask_contact` the choices therefore become
    keys that type themselves; without choices an earlier keyboard of that kind is taken away.

    Raises:
        ValueError: A button carries more than Telegram's 64 bytes.
    """
    if reply.ask_contact:
        return _keys(reply)
    return buttons(reply) or ReplyKeyboardRemove()


def buttons(reply: Reply) -> InlineKeyboardMarkup | None:
    """The choices as buttons, short neighbours side by side; None without choices.

    Raises:
        ValueError: A button carries more than Telegram's 64 bytes.
    """
    rows = [
        [InlineKeyboardButton(label, callback_data=data) for label, data in row]
        for row in _rows(reply)
    ]
    return InlineKeyboardMarkup(rows) if rows else None


def drawn(reply: Reply) -> dict[str, Any]:
    """The same as `markup`, as Telegram reads it: made so, it costs a tenth.

    Raises:
        ValueError: A button carries more than Telegram's 64 bytes.
    """
    if reply.ask_contact:
        return _keys(reply).to_dict()
    rows = [[{"text": label, "callback_data": data} for label, data in row] for row in _rows(reply)]
    return {"inline_keyboard": rows} if rows else {"remove_keyboard": True}


def _rows(reply: Reply) -> list[list[tuple[str, str]]]:
    """The label of each button and what a press on it brings."""
    rows: list[list[tuple[str, str]]] = []
    partner = False
    for choice in reply.choices:
        button = (_label(choice), _data(reply.mark, choice))
        short = len(choice.label) <= SHORT
        if partner and short:
            rows[-1].append(button)
            partner = False
        else:
            rows.append([button])
            partner = short
    return rows


def _keys(reply: Reply) -> ReplyKeyboardMarkup:
    rows = [[KeyboardButton(reply.ask_contact, request_contact=True)]]
    rows += [[KeyboardButton(_label(choice))] for choice in reply.choices]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def _label(choice: Choice) -> str:
    label = f"{choice.digit} {choice.label}"
    return label if len(label) <= LABEL else label[: LABEL - 1].rstrip() + "…"


def _data(mark: str, choice: Choice) -> str:
    data = f"{mark}|{choice.action}"
    size = len(data.encode())
    if size > InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
        raise ValueError(f"The button {choice.digit} carries {size} bytes, more than Telegram's 64")
    return data


def _pressed(
    update_id: int, query: telegram.CallbackQuery, received_at: datetime
) -> Message | None:
    if query.from_user.is_bot or query.message is None:
        return None
    return _message(
        update_id,
        query.message.chat,
        query.from_user,
        kind=Kind.PRESS,
        sent_at=received_at,
        press=_words(query.data),
        pressed=str(_number(query.message.message_id)),
    )


def _moved(update_id: int, moved: telegram.ChatMemberUpdated) -> Message | None:
    if moved.from_user.is_bot:
        return None
    kind = Kind.LEFT if moved.new_chat_member.status in LEFT else Kind.BACK
    return _message(update_id, moved.chat, moved.from_user, kind=kind, sent_at=moved.date)


def _said(update_id: int, said: telegram.Message) -> Message | None:
    if said.from_user is None or said.from_user.is_bot:
        return None
    kind = next((kind for field, kind in KINDS if getattr(said, field)), Kind.OTHER)
    text, start = _typed(_words(said.text or said.caption))
    return _message(
        update_id,
        said.chat,
        said.from_user,
        kind=kind,
        sent_at=said.date,
        text=text,
        start=start,
        contact=_contact(said.contact),
        file=_file(said, kind),
    )


def _file(said: telegram.Message, kind: Kind) -> File | None:
    if kind is Kind.PHOTO:
        photo = max(said.photo, key=lambda size: size.width * size.height)
        return File(_words(photo.file_id), "", _number(photo.file_size or 0))
    document = said.document
    if kind is Kind.FILE and document:
        name, size = _words(document.file_name), _number(document.file_size or 0)
        return File(_words(document.file_id), name, size)
    return None


def _typed(text: str) -> tuple[str, str]:
    """The text without the bot's name behind a command, and the payload of `/start`."""
    text = COMMAND.sub(r"\1", text, count=1) if COMMAND.match(text) else text
    started = START.fullmatch(text)
    return ("/start", (started[1] or "").strip()) if started else (text, "")


def _contact(card: telegram.Contact | None) -> Contact | None:
    if card is None:
        return None
    owner = "" if card.user_id is None else str(_number(card.user_id))
    return Contact(phone=_words(card.phone_number), owner=owner)


def _message(
    update_id: int,
    chat: telegram.Chat,
    person: telegram.User,
    *,
    kind: Kind,
    sent_at: datetime,
    text: str = "",
    start: str = "",
    press: str = "",
    pressed: str = "",
    contact: Contact | None = None,
    file: File | None = None,
) -> Message:
    return Message(
        channel=NAME,
        address=str(_number(chat.id)),
        id=f"u{_number(update_id)}",
        kind=kind,
        sent_at=_moment(sent_at),
        text=text,
        start=start,
        press=press,
        pressed=pressed,
        contact=contact,
        file=file,
        name=_words(person.full_name),
        language=_words(person.language_code),
        group=chat.type != ChatType.PRIVATE,
    )


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("not a whole number")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("not a time")
    return value


def _words(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return clean(value)
