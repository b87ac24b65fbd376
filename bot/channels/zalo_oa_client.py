"""Requests to Zalo's Official Account and template APIs: token, errors, patience.

One client serves one host. Exceptions carry codes and our own sentences, never a token.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.channels.base import Rejected, TryLater, Uncertain
from bot.channels.http import AnswerLost, Http, NotSent
from bot.channels.patience import Backoff
from bot.channels.zalo_oa_errors import Act, answer_of, send_error
from storage.outage import outage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.channels.zalo_oa_errors import Answer
    from bot.channels.zalo_tokens import Tokens

    Headers = Mapping[str, str]
    Send = Callable[[Headers], Awaitable[tuple[int, bytes]]]

# Seconds of the first wait and of the longest. Zalo allows 4,000 requests a minute to one app.
FIRST, MOST = 2.0, 60.0


class Refusal(Exception):
    """Zalo refused with a code, before it is decided what that means."""


class OpenApi:
    """One host of Zalo's, asked with the account's access token.

    Every call gives the `data` of the answer and raises one of the `SendError`s. An access token
    that is refused is renewed once, and the call made once more.
    """

    def __init__(self, tokens: Tokens, http: Http, url: str, clock: Callable[[], datetime]) -> None:
        self._tokens, self._http, self._clock = tokens, http, clock
        self._url = url.rstrip("/")
        self._rate = Backoff(FIRST, MOST)
        self._failing = Backoff(FIRST, MOST)

    async def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Post a JSON object."""
        return await self._call(
            lambda headers: self._http.post(self._url + path, content, headers=headers)
        )

    async def post_file(self, path: str, file: bytes, *, name: str, kind: str) -> dict[str, Any]:
        """Upload one file of the content type `kind`."""
        return await self._call(
            lambda headers: self._http.post_file(
                self._url + path, file, name=name, kind=kind, headers=headers
            )
        )

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Ask for something; nothing is changed."""
        return await self._call(
            lambda headers: self._http.get(self._url + path, query, headers=headers)
        )

    async def _call(self, send: Send) -> dict[str, Any]:
        if wait := self._rate.left(self._time()):
            raise TryLater(timedelta(seconds=wait))
        access = await _token(self._tokens.access())
        answer = await _sent(send, access)
        if answer.act is Act.RENEW:
            access = await _token(self._tokens.renew(access))
            answer = await _sent(send, access)
        if answer.code:
            raise send_error(answer.code, self._clock(), wait=self._wait(answer.act)) from Refusal(
                str(answer.code)
            )
        self._rate.worked()
        self._failing.worked()
        return answer.data

    def _wait(self, act: Act | None) -> timedelta | None:
        """How long to back off. Only what is about everybody holds up everybody."""
        if act is Act.SLOWER:
            return timedelta(seconds=self._rate.failed(self._time()))
        if act is Act.LATER:
            return timedelta(seconds=self._failing.failed(self._time()))
        return None

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def code_of(error: BaseException) -> int | None:
    """The code Zalo gave for what a call raised; None where it gave none."""
    cause = error.__cause__
    return int(str(cause)) if isinstance(cause, Refusal) else None


async def _token(asked: Awaitable[str]) -> str:
    try:
        return await asked
    except Exception as error:
        if outage(error):
            raise TryLater from error
        raise


async def _sent(send: Send, access: str) -> Answer:
    try:
        status, body = await send({"access_token": access})
    except NotSent as error:
        raise TryLater from error
    except AnswerLost as error:
        raise Uncertain(str(error)) from error
    except ValueError as error:
        raise Rejected(f"The request cannot be written ({type(error).__name__})") from None
    return answer_of(status, body)
