"""Calls to Zalo's Bot API: JSON posted, success only where the answer says `ok`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote

from bot.channels.base import Refused
from bot.channels.zalo_bot_errors import Failure, Page, Unreadable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.channels.http import Http

API: Final = "https://bot-api.zaloplatforms.com"
SHOWN: Final = 200  # characters of a description that go into an error
# What stands for a body that is not JSON; `null` is JSON.
NO_JSON: Final = object()


class Api:
    """One bot's methods. `base_url` is what stands before `/bot<token>/<method>`.

    Raises:
        Refused: The token is empty.
    """

    def __init__(self, token: str, base_url: str, http: Http) -> None:
        if not token.strip():
            raise Refused("The Zalo bot's token is missing")
        self._token, self._http = token.strip(), http
        self._address = f"{(base_url or API).rstrip('/')}/bot{quote(self._token, safe=':')}/"

    async def call(
        self, method: str, parameters: Mapping[str, Any], *, read: float | None = None
    ) -> object:
        """The `result` of a call; `read` is how many seconds its answer may take.

        Raises:
            Failure: The platform, or a page before it (`Page`), refuses.
            Unreadable: The answer is none.
            NotSent: Nothing has left.
            AnswerLost: No answer came back.
            ValueError: The parameters cannot be written as a request.
        """
        return self._result(*await self._http.post(self._address + method, parameters, read=read))

    async def updates(self, hold: int, *, read: float) -> object:
        """What a poll brings: the `result`, or the bare events of an answer without `ok`.

        Raises as `call` does.
        """
        asked = {"timeout": str(hold)}
        status, body = await self._http.post(f"{self._address}getUpdates", asked, read=read)
        answer = _json(body)
        bare = answer is None or isinstance(answer, list) or _bare(answer)
        if status == HTTPStatus.OK and bare:
            return cast("object", answer)
        return self._result(status, body)

    def _result(self, status: int, body: bytes) -> object:
        answer = _json(body)
        if not isinstance(answer, dict):
            raise _foreign(status)
        answer = cast("dict[str, Any]", answer)
        if answer.get("ok") is True:
            return answer.get("result")
        code = _code(answer)
        if code or "ok" in answer:
            raise Failure(code or _failed(status), self._shown(answer.get("description")))
        raise _foreign(status)

    def _shown(self, description: object) -> str:
        words = description if isinstance(description, str) else ""
        for secret in (self._token, quote(self._token, safe=":"), quote(self._token, safe="")):
            words = words.replace(secret, "***")
        return words[:SHOWN]


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return NO_JSON


def _bare(answer: object) -> bool:
    return isinstance(answer, dict) and (not answer or "event_name" in answer)


def _foreign(status: int) -> Page | Unreadable:
    """What an answer in another form than the platform's stands for."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Unreadable(f"An unreadable answer of status {status}")
    return Page(status)


def _failed(status: int) -> int:
    return status if status >= HTTPStatus.MULTIPLE_CHOICES else 0


def _code(answer: Mapping[str, Any]) -> int:
    """The platform's own number of a failure, 0 where it gives none."""
    for name in ("error_code", "errorCode"):
        code: object = answer.get(name)
        if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 10:
            code = int(code)
        if type(code) is int and code:
            return code
    return 0
