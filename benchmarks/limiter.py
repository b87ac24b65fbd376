"""A lean Bot API that lets so many messages a second pass, and answers each after 50 ms.

It hands out "menu" from a few chats at an even rate, and notes how soon each is answered.
`GET /report` tells when what arrived, `/progress` how much; chats up to `TALKERS` are those that
talk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, deque

from benchmarks.measure import pin
from benchmarks.server import CHAT, HOLD, ME, NONE, OFFSET, YES, Wire
from bot.simulator.limits import Limits, Pace

DELAY = 0.05
TALKERS = 40
REFUSED = (
    b'{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1",'
    b'"parameters":{"retry_after":1}}'
)


class Platform:
    """What arrived when, and who still waits for an answer."""

    def __init__(self, rate: float, talk: float, ahead: float = 0) -> None:
        self._ahead = ahead
        self._pace = Pace(Limits(overall=rate, overall_burst=int(rate)))
        self._talk = talk
        self._begun = time.monotonic()
        self._updates = 0
        self._asked: dict[bytes, deque[float]] = {}
        self.passed: list[float] = []
        self.answers: list[float] = []
        self.answered_at: list[float] = []
        self.refused = 0
        self.chats: Counter[bytes] = Counter()

    def answer(self, method: str, body: bytes) -> tuple[bytes, float]:
        """The body of the response, and after how many seconds it is given."""
        match method:
            case "getUpdates":
                return self._next(body)
            case "sendMessage" | "editMessageText":
                return self._say(body), DELAY
            case "getMe":
                return ME, 0
            case "progress":
                return json.dumps(len(self.passed)).encode(), 0
            case "report":
                return json.dumps(self._report()).encode(), 0
            case _:
                return YES, 0

    def _next(self, body: bytes) -> tuple[bytes, float]:
        """What is due; else nothing, after so long that the next one is."""
        first = self._first(body)
        late = time.monotonic() - self._begun
        due = int(late * self._talk)
        if first > due:
            return NONE, first / self._talk - late if self._talk else HOLD
        updates = [self._update(number) for number in range(first, due + 1)]
        self._updates = due
        return b'{"ok":true,"result":[' + b",".join(updates) + b"]}", 0

    def _first(self, body: bytes) -> int:
        offset = OFFSET.search(body)
        return int(offset[1]) if offset else 1

    def _update(self, number: int) -> bytes:
        chat = number % TALKERS + 1
        asked = self._begun + number / self._talk
        if number > self._updates:
            self._asked.setdefault(str(chat).encode(), deque()).append(max(asked, 0.0))
        person = {"id": chat, "is_bot": False, "first_name": "Lan", "language_code": "vi"}
        message = {
            "message_id": number, "from": person, "text": "menu", "date": self._date(),
            "chat": {"id": chat, "first_name": "Lan", "type": "private"},
        }  # fmt: skip
        return json.dumps({"update_id": number, "message": message}).encode()

    def _say(self, body: bytes) -> bytes:
        found = CHAT.search(body)
        chat = found[1] if found else b"0"
        if self._pace.wait(chat.decode()):
            self.refused += 1
            return REFUSED
        now = time.monotonic()
        if int(chat) <= TALKERS:
            if waiting := self._asked.get(chat):
                self.answers.append(now - waiting.popleft())
                self.answered_at.append(now)
        else:
            self.passed.append(now)
            self.chats[chat] += 1
        return (
            b'{"ok":true,"result":{"message_id":7,"date":%d,"chat":{"id":%b,"type":"private"},'
            b'"text":"."}}'
        ) % (self._date(), chat)

    def _date(self) -> int:
        return int(time.time() + self._ahead)

    def _report(self) -> dict[str, object]:
        return {
            "passed": self.passed,
            "answers": self.answers,
            "answered_at": self.answered_at,
            "refused": self.refused,
            "chats": len(self.chats),
            "most": max(self.chats.values(), default=0),
        }


class Slow(Wire):
    """One connection whose answers take their time."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(lambda _method, _body: b"")
        self._platform = platform

    def _say(self, method: str, body: bytes) -> None:
        answer, after = self._platform.answer(method, body)
        if after and answer is NONE:  # a long poll ends with what it waited for
            asyncio.get_running_loop().call_later(min(after, HOLD) + 1e-3, self._again, body)
        elif after:
            asyncio.get_running_loop().call_later(after, self._write, answer)
        else:
            self._write(answer)

    def _again(self, body: bytes) -> None:
        answer, _ = self._platform.answer("getUpdates", body)
        self._write(answer)

    def _write(self, answer: bytes) -> None:
        status = b"429 Too Many Requests" if answer is REFUSED else b"200 OK"
        if not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(answer), answer)
            )


async def serve(rate: float, talk: float, ahead: float) -> None:
    """Serve on a free port, which is printed, until ended."""
    platform = Platform(rate, talk, ahead)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Slow(platform), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, required=True, help="messages a second")
    parser.add_argument("--talk", type=float, default=0, help="messages a second from people")
    parser.add_argument("--ahead", type=float, default=0, help="seconds its clock is fast")
    parser.add_argument("--core", type=int, default=1)
    given = parser.parse_args()
    pin(given.core)
    asyncio.run(serve(given.rate, given.talk, given.ahead))


if __name__ == "__main__":
    main()
