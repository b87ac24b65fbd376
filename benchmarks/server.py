"""A lean Bot API: hands out prepared presses by polling, and keeps what is answered.

Answers are the least that a client accepts; `GET /report` tells what was answered to whom.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from benchmarks.measure import pin

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH = 100  # Telegram's own
HOLD = 1.0  # seconds an empty poll is kept open
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
CHAT = re.compile(rb"(?:^|&)chat_id=(\d+)")
MESSAGE = re.compile(rb"(?:^|&)message_id=(\d+)")
OFFSET = re.compile(rb"(?:^|&)offset=(\d+)")
YES = b'{"ok":true,"result":true}'
NONE = b'{"ok":true,"result":[]}'
ME = (
    b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"bot","username":"benchmark_bot",'
    b'"can_join_groups":false,"can_read_all_group_messages":false,"supports_inline_queries":false}}'
)


class Telegram:
    """The state behind all connections: updates to hand out, and answers by chat."""

    def __init__(self, updates: list[bytes]) -> None:
        self._updates = updates  # the update_id is the place in this list, counted from 1
        self._said: list[bytes] = []
        self._settled: Counter[str] = Counter()

    def answer(self, method: str, body: bytes) -> bytes:
        """The body of the response to one call."""
        match method:
            case "getUpdates":
                return self._next(body)
            case "editMessageText" | "sendMessage":
                return self._keep(body)
            case "answerCallbackQuery":
                self._settled[parse_qs(body.decode())["callback_query_id"][0]] += 1
                return YES
            case "getMe":
                return ME
            case "report":
                return json.dumps(self._report()).encode()
            case _:
                return YES

    def _next(self, body: bytes) -> bytes:
        offset = OFFSET.search(body)
        first = max(1, int(offset[1])) if offset else 1
        batch = self._updates[first - 1 : first - 1 + BATCH]
        return b'{"ok":true,"result":[' + b",".join(batch) + b"]}" if batch else NONE

    def _keep(self, body: bytes) -> bytes:
        self._said.append(body)
        chat, message = CHAT.search(body), MESSAGE.search(body)
        return (
            b'{"ok":true,"result":{"message_id":%b,"date":%d,"chat":{"id":%b,"type":"private"},'
            b'"text":"."}}'
        ) % (message[1] if message else b"1", int(time.time()), chat[1] if chat else b"0")

    def _report(self) -> dict[str, object]:
        """How many answers each chat got, as counts of chats, and a digest of every word."""
        said = [parse_qs(body.decode()) for body in self._said]
        words = sorted(
            (one["chat_id"][0], one["text"][0], json.loads(one["reply_markup"][0])) for one in said
        )
        chats = Counter(chat for chat, _, _ in words)
        return {
            "answered": len(chats),
            "most": max(chats.values(), default=0),
            "settled": len(self._settled),
            "most_settled": max(self._settled.values(), default=0),
            "digest": hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest(),
            "example": list(words[0]) if words else [],
        }


class Wire(asyncio.Protocol):
    """One kept-alive connection of HTTP/1.1."""

    def __init__(self, answer: Callable[[str, bytes], bytes]) -> None:
        self._answer = answer
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while (head := self._heard.find(b"\r\n\r\n")) >= 0:
            length = LENGTH.search(self._heard, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._heard) < end:
                return
            path = self._heard[: self._heard.index(b"\r")].split(b" ")[1].decode()
            body, self._heard = self._heard[head + 4 : end], self._heard[end:]
            self._say(path.rpartition("/")[2], body)

    def _say(self, method: str, body: bytes) -> None:
        answer = self._answer(method, body)
        if answer is NONE and b"timeout=" in body:
            asyncio.get_running_loop().call_later(HOLD, self._write, answer)
        else:
            self._write(answer)

    def _write(self, answer: bytes) -> None:
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(answer), answer)
        )


async def serve(updates: list[bytes]) -> None:
    """Serve on a free port, which is printed, until ended."""
    telegram = Telegram(updates)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Wire(telegram.answer), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("updates", type=Path, help="one update per line, in order from id 1")
    parser.add_argument("--first", type=int, help="hand out only so many")
    parser.add_argument("--core", type=int, default=1)
    given = parser.parse_args()
    pin(given.core)
    asyncio.run(serve(given.updates.read_bytes().splitlines()[: given.first]))


if __name__ == "__main__":
    main()
