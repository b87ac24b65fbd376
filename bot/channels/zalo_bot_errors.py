"""What the Bot Platform's refusals mean for us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.channels.base import Refused, Rejected, SendError, TryLater, Uncertain, Unreachable
from bot.channels.http import AnswerLost, NotSent

if TYPE_CHECKING:
    from datetime import timedelta

BAD_REQUEST: Final = 400
UNAUTHORISED: Final = 401
INTERNAL: Final = 403  # documented as an internal error, not as "forbidden"
NOT_FOUND: Final = 404
TIMED_OUT: Final = 408
TOO_MANY: Final = 429
SERVER: Final = 500
# A gateway passed the request on and got no answer.
GATEWAY: Final = (502, 504)
# How a 400 names the person: other texts name a field of ours.
PERSON: Final = ("chat_id", "chat id", "chat not found", "user_id")


class Failure(Exception):
    """The platform says no; `code` is its own number, or else the HTTP status."""

    def __init__(self, code: int, description: str = "") -> None:
        super().__init__(f"{code} {description}".rstrip())
        self.code = code
        self.description = description


class Page(Failure):
    """Something before the platform answered; `code` is the HTTP status."""


class Unreadable(Exception):
    """An answer of status 2xx that is none: the platform may have acted."""


# Every way a call can fail.
Broken = Failure | Unreadable | NotSent | AnswerLost
BROKEN: Final = (Failure, Unreadable, NotSent, AnswerLost)


def send_error(error: Broken, after: timedelta) -> SendError:
    """The failure of a send in our closed list; the caller raises it from `error`.

    `after` is how long to wait where the platform has had too much.
    """
    match error:
        case NotSent():
            return TryLater()
        case AnswerLost() | Unreadable():
            return Uncertain(str(error))
        case Failure(code=code) if code == UNAUTHORISED:
            return Refused("Zalo does not accept the bot's token")
        case Failure(code=code) if code == TOO_MANY:
            return TryLater(after)
        case Failure(code=code) if code == TIMED_OUT or (
            isinstance(error, Page) and code in GATEWAY
        ):
            return Uncertain(str(error))
        case _:
            return _refusal(error)


def names_the_person(error: Failure) -> bool:
    """True where a refusal is about the chat and not about what was to be said in it."""
    said = error.description.lower()
    return error.code == BAD_REQUEST and any(words in said for words in PERSON)


def _refusal(error: Failure) -> SendError:
    permanent = BAD_REQUEST <= error.code < SERVER and error.code != INTERNAL
    # A page of something else says nothing about our message.
    if not permanent or isinstance(error, Page):
        return TryLater()
    return (Unreachable if names_the_person(error) else Rejected)(str(error))
