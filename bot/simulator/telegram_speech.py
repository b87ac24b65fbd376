"""What a Telegram bot can say: one function for each method, from parameters to a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.files import picture_size
from bot.simulator.telegram_messages import checked_caption, checked_markup, checked_text
from bot.simulator.telegram_parameters import bad_request

if TYPE_CHECKING:
    from bot.simulator.files import Stored
    from bot.simulator.telegram_chats import Chat
    from bot.simulator.telegram_parameters import Parameters
    from bot.simulator.telegram_platform import Platform

    Json = dict[str, Any]

PHOTO_LIMIT, FETCH_LIMIT = 10 * 1024 * 1024, 20 * 1024 * 1024
ANSWER_LIMIT = 200


def send_message(platform: Platform, parameters: Parameters) -> Json:
    """A text."""
    return platform.send(parameters, checked_text(parameters))


def send_location(platform: Platform, parameters: Parameters) -> Json:
    """A pin without a name."""
    return platform.send(parameters, {"location": _location(parameters)})


def send_venue(platform: Platform, parameters: Parameters) -> Json:
    """A pin with a title and an address."""
    where = _location(parameters)
    title, address = parameters.text("title"), parameters.text("address")
    if not title or not address:
        raise bad_request(f"{'address' if title else 'title'} is empty")
    venue = {"location": where, "title": title, "address": address}
    return platform.send(parameters, {"venue": venue, "location": where})


def send_document(platform: Platform, parameters: Parameters) -> Json:
    """A file, uploaded or named by its id."""
    file = _file(platform, parameters, "document")
    named = {"file_name": file.name, "mime_type": file.type}
    content = {"document": {**_described(file), **named}}
    return platform.send(parameters, {**content, **checked_caption(parameters)})


def send_photo(platform: Platform, parameters: Parameters) -> Json:
    """A picture, uploaded or named by its id."""
    file = _file(platform, parameters, "photo")
    if len(file.body) > PHOTO_LIMIT:
        raise bad_request("file is too big")
    width, height = picture_size(file.body)
    photo = [{**_described(file), "width": width, "height": height}]
    return platform.send(parameters, {"photo": photo, **checked_caption(parameters)})


def edit_text(platform: Platform, parameters: Parameters) -> Json:
    """Change the words of a message; buttons that are not sent again are gone."""
    content, markup = checked_text(parameters), checked_markup(parameters)
    chat, message = _own_message(platform, parameters)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    changed = {key: message[key] for key in message.keys() - {"entities", "reply_markup"}}
    return _edit(platform, chat, message, {**changed, **content, **_inline(markup)})


def edit_markup(platform: Platform, parameters: Parameters) -> Json:
    """Change only the buttons."""
    markup = checked_markup(parameters)
    chat, message = _own_message(platform, parameters)
    changed = {key: message[key] for key in message.keys() - {"reply_markup"}}
    return _edit(platform, chat, message, {**changed, **_inline(markup)})


def delete_message(platform: Platform, parameters: Parameters) -> bool:
    """Take a message away."""
    chat = platform.chat(parameters)
    if not chat.remove(parameters.integer("message_id")):
        raise bad_request("message to delete not found")
    return True


def answer_press(platform: Platform, parameters: Parameters) -> bool:
    """End the waiting sign of a pressed button, perhaps with a line that pops up."""
    press_id, text = parameters.text("callback_query_id"), parameters.text("text")
    if len(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    chat = platform.settle(press_id)
    chat.screen.tell("pressed", press=press_id, text=text, alert=parameters.truth("show_alert"))
    return True


def send_action(platform: Platform, parameters: Parameters) -> bool:
    """Show for some seconds that the bot is at work."""
    chat = platform.chat(parameters)
    chat.check_open()
    if not parameters.text("action"):
        raise bad_request("wrong parameter action in request")
    chat.screen.tell("typing", action=parameters.text("action"))
    return True


def get_file(platform: Platform, parameters: Parameters) -> Json:
    """Where a file may be fetched."""
    file = platform.files.get(parameters.text("file_id"))
    if file is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(file.body) > FETCH_LIMIT:
        raise bad_request("file is too big")
    return {**_described(file), "file_path": file.path}


def _location(parameters: Parameters) -> Json:
    return {
        "latitude": parameters.number("latitude"),
        "longitude": parameters.number("longitude"),
    }


def _file(platform: Platform, parameters: Parameters, name: str) -> Stored:
    if upload := parameters.upload(name):
        if not upload.body:
            raise bad_request("file must be non-empty")
        folder = "photos" if name == "photo" else "documents"
        return platform.files.put(upload.body, upload.name, upload.type, folder)
    if not parameters.text(name):
        raise bad_request(f"there is no {name} in the request")
    file = platform.files.get(parameters.text(name))
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return file


def _described(file: Stored) -> Json:
    return {
        "file_id": file.id,
        "file_unique_id": f"U{file.id}",
        "file_size": len(file.body),
    }


def _inline(markup: Json) -> Json:
    return {"reply_markup": markup} if markup.get("inline_keyboard") else {}


def _own_message(platform: Platform, parameters: Parameters) -> tuple[Chat, Json]:
    chat = platform.chat(parameters)
    chat.check_open()
    message = chat.messages.get(parameters.integer("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != platform.me["id"]:
        raise bad_request("message can't be edited")
    return chat, message


def _edit(platform: Platform, chat: Chat, old: Json, new: Json) -> Json:
    if {**old, "edit_date": 0} == {**new, "edit_date": 0}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are "
            "exactly the same as a current content and reply markup of the message"
        )
    edited = {**new, "edit_date": int(platform.clock())}
    chat.keep(edited, mine=False)
    return edited
