"""The shapes of Telegram messages: checking what the bot sends, drawing what a phone shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from bot.simulator.screen import Attached, Button, Key, Pin, Shown
from bot.simulator.telegram_parameters import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.simulator.telegram_parameters import Parameters

    Json = dict[str, Any]

TEXT_LIMIT, CAPTION_LIMIT = 4096, 1024
MOST_BUTTONS, MOST_IN_ROW = 100, 8
# Field of the wire, kind on the screen, name of a file that has none.
FILES = (
    ("document", "document", "document"),
    ("photo", "photo", "photo.png"),
    ("voice", "voice", "voice.ogg"),
)
COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(@\w+)?")


def units(text: str) -> int:
    """The length as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def entities(text: str) -> list[Json]:
    """The commands inside a person's text, as Telegram marks them."""
    return [
        {
            "type": "bot_command",
            "offset": units(text[: found.start()]),
            "length": units(found.group()),
        }
        for found in COMMAND.finditer(text)
    ]


def pieces(text: str) -> list[str]:
    """A long text cut as the apps cut it before sending: at most 4096 units each."""
    cut: list[str] = []
    while units(text) > TEXT_LIMIT:
        end = TEXT_LIMIT
        while units(text[:end]) > TEXT_LIMIT:
            end -= 1
        cut.append(text[:end])
        text = text[end:]
    return [*cut, text]


def checked_text(parameters: Parameters) -> Json:
    """The text of a message with its entities; refuses an empty or too long one."""
    text = _plain(parameters, "text")
    if not text:
        raise bad_request("message text is empty")
    if units(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    marks = parameters.structure("entities")
    return {"text": text, "entities": marks} if marks else {"text": text}


def checked_caption(parameters: Parameters) -> Json:
    """The caption below a file, if there is one."""
    caption = _plain(parameters, "caption")
    if units(caption) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return {"caption": caption} if caption else {}


def _plain(parameters: Parameters, name: str) -> str:
    if parameters.text("parse_mode"):
        raise bad_request("can't parse entities: the simulator reads plain text only")
    return parameters.text(name).strip()


def checked_markup(parameters: Parameters) -> Json:
    """The markup of a message, {} where there is none; refuses what Telegram would."""
    markup = parameters.structure("reply_markup")
    if markup is None:
        return {}
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    markup = cast("Json", markup)
    for name in ("inline_keyboard", "keyboard"):
        if name in markup:
            _check_rows(markup[name], inline=name == "inline_keyboard")
    return markup


def _check_rows(rows: object, *, inline: bool) -> None:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in cast("Json", rows)):
        raise bad_request("can't parse reply keyboard markup JSON object")
    table = cast("list[list[Any]]", rows)
    if sum(map(len, table)) > MOST_BUTTONS or any(len(row) > MOST_IN_ROW for row in table):
        raise bad_request("reply markup is too long")
    for button in (button for row in table for button in row):
        if inline:
            _check_button(button)
        elif not (button if isinstance(button, str) else button.get("text")):
            raise bad_request("keyboard button text must be non-empty")


def _check_button(button: Json) -> None:
    if not str(button.get("text", "")).strip():
        raise bad_request("inline keyboard button text must be non-empty")
    data = button.get("callback_data")
    if data is None:
        if not button.keys() & {"url", "copy_text", "switch_inline_query", "web_app", "login_url"}:
            raise bad_request("text buttons are unallowed in the inline keyboard")
    elif not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")


def keys(markup: Json) -> tuple[tuple[Key, ...], ...]:
    """The reply keyboard of a markup."""
    return tuple(
        tuple(
            Key(button)
            if isinstance(button, str)
            else Key(str(button["text"]), bool(button.get("request_contact")))
            for button in row
        )
        for row in markup.get("keyboard", ())
    )


def shown(message: Mapping[str, Any], *, mine: bool) -> Shown:
    """The message as a phone shows it."""
    kind, text, pin, file = _content(message)
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return Shown(
        id=message["message_id"],
        at=message["date"],
        mine=mine,
        kind=kind,
        text=text,
        author=str(message["from"]["first_name"]),
        rows=tuple(tuple(_button(button) for button in row) for row in rows),
        pin=pin,
        file=file,
        edited_at=message.get("edit_date", 0),
    )


def _button(button: Json) -> Button:
    return Button(
        str(button["text"]), str(button.get("callback_data", "")), str(button.get("url", ""))
    )


def _content(message: Mapping[str, Any]) -> tuple[str, str, Pin | None, Attached | None]:
    caption = str(message.get("caption", ""))
    for name, kind, file_name in FILES:
        if file := message.get(name):
            newest = file[-1] if name == "photo" else file
            return kind, caption, None, _attached(newest, file_name)
    if where := message.get("location"):
        named = message.get("venue", {"title": "", "address": ""})
        pin = Pin(where["latitude"], where["longitude"], named["title"], named["address"])
        return "venue", "", pin, None
    if sticker := message.get("sticker"):
        return "sticker", str(sticker.get("emoji", "")), None, None
    if contact := message.get("contact"):
        return "contact", f"{contact['first_name']}\n{contact['phone_number']}", None, None
    return "text", str(message.get("text", "")), None, None


def _attached(file: Json, name: str) -> Attached:
    return Attached(
        str(file["file_id"]),
        str(file.get("file_name", name)),
        str(file.get("mime_type", "image/png")),
        int(file.get("file_size", 0)),
    )
