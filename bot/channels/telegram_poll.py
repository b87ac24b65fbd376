"""Fetching updates by long polling; nothing is confirmed before it has been dealt with."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channels.base import Refused, TryLater
from bot.channels.patience import pause, unless
from bot.channels.telegram_errors import send_error

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    import telegram

    from bot.channels.base import Receive
    from bot.channels.telegram_request import PollRequest
    from handlers.message import Message

log = logging.getLogger(__name__)

ALLOWED = ("message", "callback_query", "my_chat_member")
LONGEST = 30  # a wait after failures grows to this many times the first one


class Polling:
    """The loop over `getUpdates`.

    An update is confirmed by asking for the next one, which happens when `receive` has returned
    for the whole batch. `hold` is how many seconds Telegram keeps an empty poll open; `pause`
    the first wait in seconds after a failure.
    """

    def __init__(
        self,
        bot: telegram.Bot,
        request: PollRequest,
        read: Callable[[Mapping[str, Any]], Message | None],
        *,
        hold: int,
        pause: float,
    ) -> None:
        self._bot, self._request, self._read = bot, request, read
        self._hold, self._pause = hold, pause
        self._offset: int | None = None
        self._unconfirmed = False
        self._failures = 0

    async def run(self, receive: Receive, stop: asyncio.Event) -> None:
        """Fetch and hand on until `stop` is set, outlasting every failure but a refused token.

        Raises:
            Refused: Telegram does not accept the token.
        """
        opened = False
        while not stop.is_set():
            try:
                if not opened:
                    await unless(stop, self._bot.delete_webhook(drop_pending_updates=False))
                    opened = True
                    continue
                updates = await unless(stop, self._fetch(self._hold))
            except TelegramError as error:
                await unless(stop, pause(self._wait(error)))
                continue
            if updates is not None and not await self._deal(updates, receive):
                await unless(stop, pause(self._backoff()))
        await self._confirm()

    async def _fetch(self, hold: int) -> list[dict[str, Any]]:
        self._unconfirmed = False
        await self._bot.get_updates(offset=self._offset, timeout=hold, allowed_updates=ALLOWED)
        return self._request.updates

    async def _deal(self, updates: list[dict[str, Any]], receive: Receive) -> bool:
        """True when the batch is done with and may be confirmed."""
        messages = [message for message in map(self._read, updates) if message]
        try:
            if messages:
                await receive(messages)
        except Exception as error:
            # The words of an exception may be a person's; its type and place are not.
            log.error("telegram: a batch failed and will be tried again (%s)", _place(error))  # noqa: TRY400 - the trace may quote people
            return False
        self._failures = 0
        if updates:
            self._offset = max(update["update_id"] for update in updates) + 1
            self._unconfirmed = True
        return True

    async def _confirm(self) -> None:
        """Spare the next start what is done already; it would be dropped there as a repetition."""
        if self._unconfirmed:
            with suppress(TelegramError):
                await self._bot.get_updates(
                    offset=self._offset,
                    limit=1,
                    timeout=0,
                    allowed_updates=ALLOWED,
                    connect_timeout=2,
                    read_timeout=2,
                )

    def _wait(self, error: TelegramError) -> float:
        if isinstance(error, InvalidToken):
            raise Refused("Telegram does not accept the token") from error
        if isinstance(error, Conflict):
            log.warning(
                "telegram: another program fetches this bot's updates, or has a webhook set"
            )
            return self._pause * LONGEST
        seconds = self._backoff()
        if isinstance(error, RetryAfter):
            refusal = send_error(error)
            after = refusal.after if isinstance(refusal, TryLater) else None
            seconds = max(seconds, after.total_seconds() if after else 0)
        log.warning("telegram: no updates (%s), next try in %g s", type(error).__name__, seconds)
        return seconds

    def _backoff(self) -> float:
        self._failures += 1
        return self._pause * min(LONGEST, 2 ** min(self._failures - 1, 5))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "nowhere"
    return f"{type(error).__name__} at {where}"
