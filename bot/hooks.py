"""The webhooks: who may bring something, and when the platform gets its 200."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any, Protocol, cast

from aiohttp import web

from bot.channels.telegram import secret_matches

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.channels.base import Keep
    from bot.channels.telegram import TelegramChannel
    from bot.inbox import Inbox

log = logging.getLogger(__name__)

TELEGRAM_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of the header
ZALO_SECRET = "X-Bot-Api-Secret-Token"  # noqa: S105 - likewise
# Zalo wants its 200 within 2 s and disables a webhook that is slower; the way there takes some.
PROMPT = 1.5
# Seconds in which a body has to be here; a platform's is of one piece.
UPLOAD = 10.0


class Signed(Protocol):
    """A channel that knows its platform's signature."""

    def signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        """True where the platform signed these very bytes."""
        ...


class TelegramHook:
    """Takes Telegram's updates: 200 once the turn is committed, and the answer is spoken after."""

    def __init__(self, channel: TelegramChannel, inbox: Inbox, secret: str) -> None:
        self._channel = channel
        self._inbox = inbox
        self._secret = secret

    async def take(self, request: web.Request) -> web.Response:
        """403 without the secret, 413 for too large, 400 for no update; nothing is taken then."""
        if not secret_matches(request.headers.get(TELEGRAM_SECRET), self._secret):
            raise web.HTTPForbidden
        message = self._channel.read(_object(await _body(request)))
        if message:
            await self._inbox.accept(message)
        return web.Response()


class ZaloBotHook:
    """Takes the Bot Platform's events: 200 once the event is kept."""

    def __init__(self, keep: Keep, secret: str) -> None:
        self._keep = keep
        self._secret = secret

    async def take(self, request: web.Request) -> web.Response:
        """403 without the secret, 413 for too large, 400 for no event, 503 for one not kept."""
        if not secret_matches(request.headers.get(ZALO_SECRET), self._secret):
            raise web.HTTPForbidden
        await _kept(self._keep, _bare(_object(await _body(request))))
        return web.Response()


class ZaloOaHook:
    """Takes the Official Account's events: 200 once the event is kept, within 2 seconds."""

    def __init__(self, channel: Signed, keep: Keep, *, app_id: str, oa_id: str) -> None:
        self._channel = channel
        self._keep = keep
        self._app_id = app_id
        self._oa_id = oa_id

    async def take(self, request: web.Request) -> web.Response:
        """403 for a forged event or another account's, 400 for none, 503 for one not kept.

        An empty object is how the console checks the address: it gets its 200 and is no event.
        """
        body = await _body(request)
        event = _object(body)
        if not event:
            return web.Response()
        if not self._channel.signed(request.headers, body):
            log.warning("zalo_oa: an event without our signature is refused")
            raise web.HTTPForbidden
        if not self._ours(event):
            log.warning("zalo_oa: an event of another app or account is refused")
            raise web.HTTPForbidden
        await _kept(self._keep, event)
        return web.Response()

    def _ours(self, event: Mapping[str, Any]) -> bool:
        """An event names our account as its sender, its recipient or by itself, or none at all."""
        if str(event.get("app_id", self._app_id)) != self._app_id:
            return False
        named = [event.get("oa_id"), _id(event.get("sender")), _id(event.get("recipient"))]
        known = [str(one) for one in named if one]
        return not known or self._oa_id in known


async def _body(request: web.Request) -> bytes:
    """408 where it does not come to its end, 413 where it is too large."""
    try:
        async with asyncio.timeout(UPLOAD):
            return await request.read()
    except TimeoutError:
        # What is left of it would be read as the next request.
        raise web.HTTPRequestTimeout(headers={"Connection": "close"}) from None


async def _kept(keep: Keep, event: Mapping[str, Any]) -> None:
    """What is not safe in time is brought again."""
    try:
        async with asyncio.timeout(PROMPT):
            await keep(event)
    except Exception as error:
        log.warning("an event is not kept yet (%s)", type(error).__name__)
        raise web.HTTPServiceUnavailable from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest from None
    if not isinstance(read, dict):
        raise web.HTTPBadRequest
    return cast("dict[str, Any]", read)


def _bare(body: dict[str, Any]) -> dict[str, Any]:
    """The event itself: the documents wrap it in `result`, what comes is mostly bare."""
    inner = body.get("result")
    if isinstance(inner, dict) and "event_name" not in body:
        return cast("dict[str, Any]", inner)
    return body


def _id(party: object) -> object:
    return cast("dict[str, Any]", party).get("id") if isinstance(party, dict) else None
