"""A reply as plain text, for platforms without buttons, pins and files: everything is a line."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.channels.text import split, utf16
from handlers.message import PAGES

if TYPE_CHECKING:
    from bot.channels.base import Link
    from handlers.message import Place, Reply

# Zalo says "characters" and does not say which. UTF-16 units are never fewer than characters, so
# a text within the limit by that measure is within it by the other.
LIMIT: Final = 2000


def texts(reply: Reply, link: Link) -> list[str]:
    """The reply in as many messages as Zalo needs, composed (NFC); none where it has no words.

    The numbered lines stay together below the last words where both fit into one message,
    otherwise in a message of their own.
    """
    head, tail = words(reply, link), numbered(reply)
    whole = f"{head}\n{tail}" if head and tail else head or tail
    if utf16(whole) <= LIMIT:
        return split(whole, LIMIT, utf16)
    parts = split(head, LIMIT, utf16)
    below = f"{parts[-1]}\n{tail}" if parts and tail else ""
    if below and utf16(below) <= LIMIT:
        return [*parts[:-1], below]
    return [*parts, *split(tail, LIMIT, utf16)]


def words(reply: Reply, link: Link) -> str:
    """The text and, on lines of their own, where the files and the place are to be found.

    A file without a public address has no line: its words have to do.
    """
    lines = [reply.text]
    if reply.photo:
        lines.append(link(reply.photo))
    if reply.place:
        lines.append(map_link(reply.place))
    if reply.document:
        lines.append(link(reply.document))
    return unicodedata.normalize("NFC", "\n".join(line for line in lines if line))


def paged(reply: Reply, link: Link) -> Reply:
    """The reply with the address of a page of ours as a line of its words, no file any more."""
    if reply.document is None or reply.document.recipe not in PAGES:
        return reply
    text = "\n".join(line for line in (reply.text, link(reply.document)) if line)
    return replace(reply, text=text, document=None)


def numbered(reply: Reply) -> str:
    """The choices, each on its line."""
    lines = (f"{choice.digit} {choice.label}" for choice in reply.choices)
    return unicodedata.normalize("NFC", "\n".join(lines))


def map_link(place: Place) -> str:
    """An address that opens the place in the phone's map or its browser."""
    return f"https://www.google.com/maps?q={place.latitude:.5f},{place.longitude:.5f}"
