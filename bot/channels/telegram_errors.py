"""What Telegram's refusals mean for us."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels.base import Refused, Rejected, TryLater, Uncertain, Unreachable
from bot.channels.telegram_request import AnswerLost, NotSent

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.channels.base import SendError

T = TypeVar("T")

# Descriptions are the only thing that tells one 400 from another.
GONE = ("chat not found", "user is deactivated", "peer_id_invalid")
UNCHANGED = ("message is not modified",)
UNEDITABLE = (
    "message to edit not found",
    "can't be edited",
    "message_id_invalid",
    "no text in the message to edit",
)
TOO_LARGE = "too large"
# A file that is asked for, and one that is named by an id which Telegram no longer knows.
TOO_BIG = ("too big", TOO_LARGE)
STALE = (
    "wrong file",
    "wrong remote file",
    "file_reference",
    "file reference",
    "file identifier",
    "can't use file of type",
)


async def sent(request: Awaitable[T]) -> T:
    """The answer to a call of PTB's bot, or its failure as one of our `SendError`s."""
    try:
        return await answered(request)
    except TelegramError as error:
        raise send_error(error) from error


async def answered(request: Awaitable[T]) -> T:
    """The answer, or a `TelegramError` also where PTB cannot read it."""
    try:
        return await request
    except (AttributeError, KeyError, OSError, OverflowError, TypeError, ValueError) as error:
        raise TelegramError(f"Invalid server response ({type(error).__name__})") from error


def says(error: TelegramError, sentences: tuple[str, ...]) -> bool:
    """True where the description holds one of the (lower-case) sentences."""
    description = error.message.lower()
    return any(sentence in description for sentence in sentences)


def send_error(error: TelegramError) -> SendError:
    """The failure of a send in our closed list; the caller raises it from `error`."""
    match error:
        case InvalidToken():
            return Refused("Telegram does not accept the token")
        case RetryAfter():
            return TryLater(_wait(error))
        # BadRequest is a NetworkError, and so must come before it.
        case BadRequest() if says(error, GONE):
            return Unreachable(error.message)
        case Forbidden():
            return Unreachable(error.message)
        case BadRequest() | ChatMigrated():
            return Rejected(error.message)
        case _:
            return _broken(error)


def _broken(error: TelegramError) -> SendError:
    match error:
        case NotSent():
            return TryLater()
        case TimedOut() | AnswerLost():
            return Uncertain(error.message)
        case NetworkError() if says(error, (TOO_LARGE,)):
            return Rejected(error.message)
        case NetworkError():  # a status of 5xx: Telegram says that it did not do it
            return TryLater()
        case _:  # status 200 around something unreadable
            return Uncertain(error.message)


def _wait(error: RetryAfter) -> timedelta:
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)
