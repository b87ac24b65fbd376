"""Asking Zalo's OAuth server for a pair of tokens, and what its answers mean."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, TypeGuard, cast

from bot.channels.http import AnswerLost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.channels.http import Http

API: Final = "https://oauth.zaloapp.com"
PATH: Final = "/v4/oa/access_token"
# Seconds for one whole exchange; whoever holds the row holds it longer than this.
ANSWER: Final = 15.0
# What an access token lives where the answer does not say, and the longest we believe.
LIFE: Final = timedelta(hours=25)
LONGEST: Final = timedelta(days=30)
# What a header and a database can hold; Zalo's tokens have a few hundred characters.
TOKEN: Final = re.compile(r"[!-~]{1,4000}", re.ASCII)


class Denied(Exception):
    """Zalo answered, and gave no pair; the message is for the administrator.

    `spent`: it names the refresh token, which will never work. `ours`: it names the app or its
    secret, so that nothing was spent. `busy`: it asks for patience.
    """

    def __init__(
        self, reason: str, *, spent: bool = False, ours: bool = False, busy: bool = False
    ) -> None:
        super().__init__(reason)
        self.spent, self.ours, self.busy = spent, ours, busy


@dataclass(frozen=True, slots=True)
class Granted:
    """A pair of tokens, and how long its access token lives."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    life: timedelta


class OAuth:
    """The token endpoint for one app; `url` is the host (default: Zalo's own).

    Raises (every call):
        NotSent: Nothing has left: no token is spent.
        AnswerLost: No readable answer: what was sent may be spent.
        Denied: Zalo refuses.
    """

    def __init__(self, http: Http, app_id: str, secret_key: str, *, url: str = "") -> None:
        self._http, self._app_id, self._secret_key = http, app_id, secret_key
        self._url = (url or API).rstrip("/") + PATH

    async def refresh(self, token: str) -> Granted:
        """The pair that follows; the refresh token is spent by asking."""
        return await self._ask({"grant_type": "refresh_token", "refresh_token": token})

    async def exchange(self, code: str, verifier: str) -> Granted:
        """The first pair, for the code of a login; the code is spent by asking."""
        fields = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        return await self._ask(fields)

    async def _ask(self, fields: Mapping[str, str]) -> Granted:
        try:
            async with asyncio.timeout(ANSWER):
                status, body = await self._http.post_form(
                    self._url,
                    {"app_id": self._app_id, **fields},
                    headers={"secret_key": self._secret_key},
                    read=ANSWER,
                )
        except TimeoutError:
            raise AnswerLost("No answer in time") from None
        return _granted(status, body)


def _granted(status: int, body: bytes) -> Granted:
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    answer = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    if _token(access) and _token(refresh):
        return Granted(access, refresh, _life(answer.get("expires_in")))
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Denied("Zalo asks for patience", busy=True)
    if "error" not in answer and "error_name" not in answer:
        raise AnswerLost(f"No readable answer (status {status})")
    raise _denied(status, answer)


def _denied(status: int, answer: dict[str, Any]) -> Denied:
    """Zalo publishes no list of these codes: the words tell what they are about."""
    names = ("error_name", "error_reason", "error_description", "message")
    words = " ".join(str(answer.get(name, "")) for name in names).lower()
    code = answer.get("error")
    shown = code if isinstance(code, int) else "?"
    if "refresh" in words:
        return Denied(f"Zalo refuses the refresh token (error {shown})", spent=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Denied(f"Zalo cannot answer now (error {shown})", busy=True)
    if any(word in words for word in ("secret", "app_id", "app id", "appid", "application")):
        return Denied(f"Zalo refuses the app id or its secret key (error {shown})", ours=True)
    return Denied(f"Zalo gives no tokens (error {shown})")


def _token(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and TOKEN.fullmatch(given) is not None


def _life(given: object) -> timedelta:
    # A string of digits by the documents; a number would do as well.
    text = str(given)
    if text.isascii() and text.isdecimal() and len(text) < 10 and int(text):
        return min(timedelta(seconds=int(text)), LONGEST)
    return LIFE
