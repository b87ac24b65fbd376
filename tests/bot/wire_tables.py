"""The wire tables of `tests/wire`, and whatever else may stand in the place of their fields."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handlers.message import Contact, File, Kind, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = dict[str, Any]

WIRE = Path(__file__).parents[1] / "wire"
# What stands for a whole field, `...` for its absence.
JUNK = (..., None, True, -1, 10**30, 1e300, "\ud800\0", "x", "9" * 400, [], [[]], {}, {"id": {}})


def table(name: str) -> list[Row]:
    """The rows of one table."""
    return json.loads((WIRE / f"{name}.json").read_text("utf-8"))


def expected(fields: Row | None) -> Message | None:
    """The message that a row wants, None where it wants none."""
    if fields is None:
        return None
    fields = {**fields, "kind": Kind(fields["kind"])}
    fields["sent_at"] = datetime.fromisoformat(fields["sent_at"])
    if "contact" in fields:
        fields["contact"] = Contact(**fields["contact"])
    if "file" in fields:
        fields["file"] = File(**fields["file"])
    return Message(**fields)


def broken(event: Row) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """The event with each of its fields, at any depth, replaced by each piece of junk."""
    for path in _leaves(event):
        for junk in JUNK:
            yield (*path, junk), _replaced(event, path, junk)


def well_formed(message: Message) -> bool:
    """Whether a database can keep the message, and whoever wrote it be answered."""
    words = [message.text, message.start, message.press, message.name, message.language]
    words += [message.address, message.id, message.pressed]
    if message.contact:
        words += [message.contact.phone, message.contact.owner]
    if message.file:
        words += [message.file.id, message.file.name]
    return (
        all(isinstance(word, str) and "\0" not in word for word in words)
        and all(word.encode() is not None for word in words)
        and bool(message.address and message.id)
        and message.sent_at.tzinfo is not None
    )


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[tuple[Any, ...]] = []
    for key, one in inner:
        found.append((*path, key))
        if isinstance(one, dict | list):
            found += _leaves(one, (*path, key))
    return found


def _replaced(event: Row, path: tuple[Any, ...], junk: Any) -> Row:
    event = copy.deepcopy(event)
    inner: Any = event
    for key in path[:-1]:
        inner = inner[key]
    if junk is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = junk
    return event
