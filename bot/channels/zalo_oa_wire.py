"""Between the Official Account's JSON and our messages: pure functions, no network."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels.fields import clean, inner, moment, words
from handlers.message import Contact, File, Kind, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.message import Choice, Reply

NAME: Final = "zalo_oa"
# What a person does, by event; everything else is about ourselves, a receipt or a group.
KINDS: Final = {
    "user_send_text": Kind.TEXT,
    "user_send_link": Kind.TEXT,
    "user_send_image": Kind.PHOTO,
    "user_send_gif": Kind.PHOTO,
    "user_send_sticker": Kind.STICKER,
    "user_send_audio": Kind.VOICE,
    "user_send_video": Kind.VIDEO,
    "user_send_location": Kind.LOCATION,
    "user_send_business_card": Kind.OTHER,
    "user_send_file": Kind.FILE,
    "user_submit_info": Kind.CONTACT,
    "follow": Kind.FOLLOW,
    "unfollow": Kind.LEFT,
}
# What our own buttons send back: a screen's or a notice's mark, and an action.
PRESS: Final = re.compile(r"#((?:[a-z]\d{1,18})?\|[^\n]{1,900})", re.ASCII)
BUTTONS: Final = 5
TITLE, SUBTITLE = 100, 500
# The kinds of quota that cost money; replies within the window and a package's own do not.
BILLED: Final = ("purchase", "paid", "balance")


def key_of(event: Mapping[str, Any]) -> str:
    """The id of what a person did, equal for each delivery; "" where no person did anything.

    Raises:
        TypeError: A field holds what Zalo never puts there.
    """
    name = event.get("event_name")
    if not isinstance(name, str) or name not in KINDS:
        return ""
    said = _id(inner(event, "message"), "msg_id")
    stamp, person = _id(event, "timestamp"), _person(event)
    if not person or not (said or stamp):
        return ""
    return said or f"{name}:{stamp}:{person}"


def message_of(event: Mapping[str, Any], received_at: datetime) -> Message | None:
    """What a person did, or None where no person did anything.

    `received_at` (aware) stands in for a time that is missing or cannot be.

    Raises:
        TypeError: A field holds what Zalo never puts there.
    """
    key = key_of(event)
    if not key:
        return None
    name, said = event["event_name"], inner(event, "message")
    kind, text = KINDS[name], words(said, "text")
    pressed = PRESS.fullmatch(text) if name == "user_send_text" else None
    if name == "user_send_link":
        text = text or words(_attached(said), "url", "description")
    return Message(
        channel=NAME,
        address=_person(event),
        id=key,
        kind=Kind.PRESS if pressed else kind,
        sent_at=moment(event, "timestamp") or received_at,
        text="" if pressed else text,
        press=pressed[1] if pressed else "",
        contact=_contact(event) if kind is Kind.CONTACT else None,
        file=_file(said) if kind in (Kind.PHOTO, Kind.FILE) else None,
    )


def speech(address: str, text: str, attachment: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A customer-care message; without text it is the attachment alone."""
    message: dict[str, Any] = {"text": text} if text else {}
    if attachment:
        message["attachment"] = attachment
    return {"recipient": {"user_id": address}, "message": message}


def buttons(reply: Reply, *, typed: bool) -> dict[str, Any] | None:
    """The choices as buttons below a text, or None where there are none, or too many.

    `typed` names the kind of template, on which the sources disagree. What a button sends back
    is not shown to the person.
    """
    if not 0 < len(reply.choices) <= BUTTONS:
        return None
    payload: dict[str, Any] = {"template_type": "button"} if typed else {}
    payload["buttons"] = [
        {
            "title": cut(f"{choice.digit} {choice.label}", TITLE),
            "type": "oa.query.hide",
            "payload": _payload(reply.mark, choice),
        }
        for choice in reply.choices
    ]
    return {"type": "template", "payload": payload}


def file(token: str) -> dict[str, Any]:
    """An uploaded file."""
    return {"type": "file", "payload": {"token": token}}


def picture(*, id: str = "", url: str = "") -> dict[str, Any]:
    """A picture that was uploaded, by its id, or one that lies at an address."""
    where = {"attachment_id": id} if id else {"url": url}
    element = {"media_type": "image", **where}
    payload = {"template_type": "media", "elements": [element]}
    return {"type": "template", "payload": payload}


def seen_at(data: Mapping[str, Any], now: datetime) -> datetime:
    """From when what we said counts as seen; Zalo's stamps are milliseconds."""
    return moment(data, "sent_time") or now


def billed(data: Mapping[str, Any]) -> bool:
    """True where the answer says that the message was paid for."""
    quota = data.get("quota")
    kind = cast("dict[str, Any]", quota).get("quota_type") if isinstance(quota, dict) else None
    return isinstance(kind, str) and any(word in kind.lower() for word in BILLED)


def cut(text: str, limit: int) -> str:
    """The text, with an ellipsis in place of what is too long."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _payload(mark: str, choice: Choice) -> str:
    return f"#{mark}|{choice.action}"


def _person(event: Mapping[str, Any]) -> str:
    return _id(inner(event, "follower"), "id") or _id(inner(event, "sender"), "id")


def _contact(event: Mapping[str, Any]) -> Contact:
    """The number as it was typed into the card, which proves nothing about whose it is."""
    phone = _id(inner(event, "info"), "phone")
    return Contact(phone=f"+{phone}" if phone.startswith("84") else phone, owner="")


def _attached(said: Mapping[str, Any]) -> dict[str, Any]:
    """The payload of the first attachment."""
    listed = said.get("attachments")
    first = cast("list[object]", listed)[0] if isinstance(listed, list) and listed else None
    return inner(cast("dict[str, Any]", first), "payload") if isinstance(first, dict) else {}


def _file(said: Mapping[str, Any]) -> File:
    payload = _attached(said)
    size = _id(payload, "size")
    return File(words(payload, "url"), words(payload, "name"), int(size) if size.isdecimal() else 0)


def _id(data: Mapping[str, Any], name: str) -> str:
    """A text or a whole number as text; Zalo means text, and some events hold numbers."""
    value = data.get(name)
    if type(value) is int and 0 <= value < 10**30:
        return str(value)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 200:
        raise TypeError("not an id")
    return clean(value).strip()
