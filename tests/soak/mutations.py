"""Updates no platform would send: fields taken away, types changed, everything too large."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    Json = dict[str, Any]

DEEP = "@@deep@@"
VALUES: tuple[Any, ...] = (
    None, True, False, [], {}, [None], {"id": 1}, "", " ", "x", "0", "12", 0, 1, -1, 2**31,
    2**53, 2**63, 2**64, -(2**70), 10**40, 1e308, -0.0, 1.5, float("nan"), float("inf"), "\0",
    "\x00\x1b[31m\x7f", "\ud800", "a\udfffb", "\ud83d", "e\u0323\u0302" * 40,
    "\u202e\u2066đảo\u2069", "\ufeff", "\u200b" * 50, "ế" * 3000, "a" * 4097, DEEP, [[[]]],
    {"": {"": ""}}, "'; DROP TABLE people; --", "{0} %s %(x)s {name}", "2026-12-01",
    "/start " + "L12 " * 500, "\n" * 300, "L" + "9" * 50, "9" * 400,
)  # fmt: skip
HUGE = (
    "a" * 100_000, "ộ" * 33_000, "😀" * 25_000, "\u0301" * 50_000, "1" * 100_000, "\n1 x" * 25_000,
)  # fmt: skip
NAMES = (
    "message", "callback_query", "my_chat_member", "edited_message", "text", "from", "chat", "id",
    "contact", "data", "date", "photo", "document", "entities", "sender_chat", "via_bot", "venue",
    "successful_payment", "web_app_data", "new_chat_members", "reply_to_message",
)  # fmt: skip


class Mutations:
    """Spoils updates. `addresses` are the ids that may be put where an id stands."""

    def __init__(self, rng: random.Random, addresses: tuple[int, ...]) -> None:
        self._rng = rng
        self._addresses = addresses

    def spoil(self, update: Json) -> bytes:
        """The body of a spoilt copy: still JSON, and mostly still an object."""
        spoilt: Any = copy.deepcopy(update)
        for _ in range(self._rng.choice((1, 1, 1, 2, 3, 6))):
            self._change(spoilt)
        if self._rng.random() < 0.01:
            spoilt = self._rng.choice(([spoilt], {"result": [spoilt]}, {"update": spoilt}))
        text = json.dumps(spoilt, ensure_ascii=self._rng.random() < 0.5)
        if DEEP in text:
            depth = self._rng.choice((50, 500, 50_000))
            opening, closing = self._rng.choice((("[", "]"), ('{"chat":', "}")))
            text = text.replace(f'"{DEEP}"', opening * depth + "1" + closing * depth, 1)
        return text.encode("utf-8", "surrogatepass")

    def _change(self, update: Json) -> None:
        places = list(_places(update))
        if not places:
            return
        parent, key = self._rng.choice(places)
        match self._rng.randrange(8):
            case 0 | 1:
                del parent[key]
            case 2 | 3 | 4:
                parent[key] = copy.deepcopy(self._rng.choice(VALUES))
            case 5:
                parent[key] = self._rng.choice((*self._addresses, -5, 0, 777_000, 10**12))
            case 6 if isinstance(parent, dict):
                parent[self._rng.choice(NAMES)] = copy.deepcopy(self._rng.choice(places)[0])
            case _:
                huge = self._rng.random() < 0.25
                parent[key] = self._rng.choice(HUGE) if huge else copy.deepcopy(update)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    keys: list[Any] = []
    if isinstance(value, dict):
        keys = list(cast("Json", value))
    elif isinstance(value, list):
        keys = list(range(len(cast("list[Any]", value))))
    for key in keys:
        yield value, key
        yield from _places(value[key])


def garbage(rng: random.Random, update: Json) -> bytes:
    """A body that is no JSON object; the route refuses it."""
    text = json.dumps(update)
    return rng.choice(
        (
            b"", b"null", b"[]", b"42", b'"update"', b"{", b"}", b"\xff\xfe\x00", b"\0" * 100,
            rng.randbytes(200), text[: rng.randrange(1, len(text))].encode(), text.encode() + b"}",
            b"[" * 100_000, b"update_id=1&message=x", b"<xml/>", f"[{text}]".encode(),
            b'{"update_id": ' + b"9" * 5000 + b"}", b"{'update_id': 1}",
        )
    )  # fmt: skip
