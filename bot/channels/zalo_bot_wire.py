"""Between the events of Zalo's Bot Platform and our messages: pure functions, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from bot.channels.fields import inner, moment, opaque, words
from handlers.message import File, Kind, Message

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAME: Final = "zalo_bot"
# What a person says begins with this; nothing else has been seen.
SAID: Final = "message."
KINDS: Final = {
    "message.text.received": Kind.TEXT,
    "message.link.received": Kind.TEXT,
    "message.image.received": Kind.PHOTO,
    "message.sticker.received": Kind.STICKER,
    "message.voice.received": Kind.VOICE,
}
# A sign put under a message that stands already, which asks for no answer.
REACTION: Final = "message.reaction."


def message_of(event: Mapping[str, Any], received_at: datetime) -> Message | None:
    """What a person said, or None where no person spoke to us.

    `received_at` (aware) stands in for the time of an event that carries none. Files, cards and
    whatever else we have no name for are `Kind.OTHER`; an event without any message, as Zalo sends
    for protected users, is None, because nobody can be answered.

    Raises:
        TypeError: A field holds what Zalo never puts there.
    """
    event = unwrapped(event)
    name = words(event, "event_name")
    said = inner(event, "message")
    person, chat = inner(said, "from"), inner(said, "chat")
    address, number = opaque(chat, "id"), opaque(said, "message_id")
    if not name.startswith(SAID) or name.startswith(REACTION):
        return None
    if not address or not number or person.get("is_bot") is True:
        return None
    kind, text = _content(name, said)
    return Message(
        channel=NAME,
        address=address,
        id=number,
        kind=kind,
        sent_at=moment(said, "date") or received_at,
        text=text,
        file=_photo(said) if kind is Kind.PHOTO else None,
        name=words(person, "display_name", "name"),
        group=_group(chat, address, person),
    )


def key_of(event: Mapping[str, Any]) -> str:
    """The platform's id of what the event brings, "" where it brings nothing to keep.

    Raises:
        TypeError: A field holds what Zalo never puts there.
    """
    return opaque(inner(unwrapped(event), "message"), "message_id")


def unwrapped(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The event itself: documents show it as the `result` of an answer, observers saw it bare."""
    wrapped: object = event.get("result")
    if "event_name" not in event and isinstance(wrapped, dict):
        return cast("dict[str, Any]", wrapped)
    return event


def polled(result: object) -> list[Mapping[str, Any]]:
    """The events of a poll's result: one object, as documented, or a list of them, or nothing."""
    if isinstance(result, dict):
        return [cast("dict[str, Any]", result)] if result else []
    if isinstance(result, list):
        found = cast("list[object]", result)
        return [cast("dict[str, Any]", one) for one in found if isinstance(one, dict) and one]
    return []


def seen_from(result: object, to: Message | None) -> datetime | None:
    """When a sent message stood on the screen by Zalo's clock; None where nobody can say.

    The stamp is exact to the millisecond, so whatever is stamped earlier was written without
    having seen it. Where it is missing, the moment of the message that was answered takes its
    place: it lies before the true one, so that no later answer is taken for an outdated one. Our
    own clock may be ahead of Zalo's and would do just that.
    """
    stamp = moment(cast("dict[str, Any]", result), "date") if isinstance(result, dict) else None
    return stamp or (to.sent_at if to else None)


def _content(name: str, said: Mapping[str, Any]) -> tuple[Kind, str]:
    kind = KINDS.get(name, Kind.OTHER)
    match kind:
        case Kind.TEXT:
            text = words(said, "text", "url")
            return (kind if text.strip() else Kind.OTHER), text
        case Kind.PHOTO:
            return kind, words(said, "caption", "text")
        case _:
            return kind, ""


def _photo(said: Mapping[str, Any]) -> File | None:
    address = words(said, "photo", "photo_url")
    return File(address, "", 0) if address else None


def _group(chat: Mapping[str, Any], address: str, person: Mapping[str, Any]) -> bool:
    kind = words(chat, "chat_type").upper()
    # A private chat has its person's id.
    return kind != "PRIVATE" if kind else opaque(person, "id") != address
