"""What the refusals of Zalo's Official Account and template APIs mean for us.

Both answer HTTP 200 with `error` below zero. The table is by action (docs/channels.md, "Error
codes"); the sentences are ours, so that nothing a person wrote, and no token, can get into a log.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, assert_never, cast
from zoneinfo import ZoneInfo

from bot.channels.base import Halted, Refused, Rejected, TryLater, Uncertain, Unreachable
from storage.models import ChannelState

if TYPE_CHECKING:
    from bot.channels.base import SendError


class Act(StrEnum):
    """What is to be done about a refusal."""

    RENEW = "renew"  # fetch another access token once, and try once more
    SLOWER = "slower"  # everybody sends too fast: back off
    LATER = "later"  # this one failed: back off
    REJECT = "reject"  # this message will never be taken
    GONE = "gone"  # this person cannot be reached here
    PAY = "pay"  # a quota or the money is used up
    CALL = "call"  # a person has to arrange something with Zalo
    MORNING = "morning"  # not before the next morning


CODES: Final[dict[int, tuple[Act, str]]] = {
    -216: (Act.RENEW, "the access token is invalid"),
    -220: (Act.RENEW, "the access token has expired"),
    -124: (Act.RENEW, "the access token is invalid"),
    -32: (Act.SLOWER, "too many requests"),
    -200: (Act.LATER, "the sending failed"),
    -100: (Act.LATER, "an unknown failure, or an attachment that has expired"),
    -201: (Act.REJECT, "a field is wrong"),
    -210: (Act.REJECT, "a field is too long"),
    -233: (Act.REJECT, "this kind of message does not exist"),
    -108: (Act.REJECT, "the phone number is wrong"),
    -1121: (Act.REJECT, "a field of the template is wrong"),
    -1122: (Act.REJECT, "a field of the template is missing"),
    -213: (Act.GONE, "the person does not follow the account"),
    -217: (Act.GONE, "the person blocked invitations"),
    -227: (Act.GONE, "the person was not active for 45 days"),
    -230: (Act.GONE, "the person did not write for 7 days"),
    -232: (Act.GONE, "the person never wrote"),
    -244: (Act.GONE, "the person refuses this kind of message"),
    -114: (Act.GONE, "the number cannot receive it"),
    -118: (Act.GONE, "the number has no Zalo account"),
    -119: (Act.GONE, "the account cannot receive it"),
    -139: (Act.GONE, "the person refuses this kind of message"),
    -141: (Act.GONE, "the person refuses messages of this account"),
    -211: (Act.PAY, "the quota is used up"),
    -115: (Act.PAY, "the money of the account is used up"),
    -144: (Act.PAY, "the account's quota of the day is used up"),
    -147: (Act.PAY, "the template's quota of the day is used up"),
    -320: (Act.PAY, "the app has no business account to charge"),
    -321: (Act.PAY, "the money of the business account is used up"),
    -137: (Act.PAY, "the payment failed"),
    -221: (Act.CALL, "the account is not verified"),
    -224: (Act.CALL, "the account has no package that allows it"),
    -135: (Act.CALL, "the account may not send templates"),
    -136: (Act.CALL, "the account is not linked to a payment"),
    -223: (Act.CALL, "the account has no right to it"),
    -209: (Act.CALL, "the app is not allowed to use it"),
    -212: (Act.CALL, "the account never registered this app"),
    -109: (Act.CALL, "there is no such template"),
    -131: (Act.CALL, "the template is not approved"),
    -146: (Act.CALL, "the template was disabled because of its quality"),
    -234: (Act.MORNING, "nothing of this kind is sent at night"),
    # One person's: it must not close the account for everybody else.
    -218: (Act.MORNING, "the quota for this person is used up"),
    -133: (Act.MORNING, "no template is sent at night"),
}
# Zalo's night ends at six in Vietnam (-133: 22-06; -234: 22-06), wherever the server stands.
VIETNAM: Final = ZoneInfo("Asia/Ho_Chi_Minh")
MORNING: Final = time(6)
EXPIRED: Final = -100


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform answered: its code (0 = done) and data."""

    code: int
    data: dict[str, Any]

    @property
    def act(self) -> Act | None:
        """What is to be done; None where nothing failed. An unknown refusal is final."""
        return CODES.get(self.code, (Act.REJECT, ""))[0] if self.code else None


def answer_of(status: int, body: bytes) -> Answer:
    """The answer, whatever the HTTP status, as long as it says how it went.

    Raises:
        TryLater: The server or a proxy before it says that nothing was done.
        Rejected: A proxy finds the request too large.
        Uncertain: It cannot be read, and something may have been done.
    """
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        read = None
    answer = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    code, data = _code(answer.get("error")), answer.get("data")
    if code is not None:
        return Answer(code, cast("dict[str, Any]", data) if isinstance(data, dict) else {})
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise Rejected("Zalo finds the request too large")
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.GATEWAY_TIMEOUT:
        raise TryLater
    raise Uncertain(f"Zalo's answer cannot be read (status {status})")


def send_error(code: int, now: datetime, *, wait: timedelta | None = None) -> SendError:
    """The refusal in our closed list; the caller raises it. `wait` is how long to back off."""
    act, sentence = CODES.get(code, (Act.REJECT, "a refusal we do not know"))
    said = f"Zalo {code}: {sentence}"
    match act:
        case Act.RENEW:
            return Refused(f"{said}, even though it is new")
        case Act.SLOWER | Act.LATER:
            return TryLater(wait)
        case Act.REJECT:
            return Rejected(said)
        case Act.GONE:
            return Unreachable(said)
        case Act.PAY:
            return Halted(ChannelState.EXHAUSTED, said)
        case Act.CALL:
            return Halted(ChannelState.HALTED, said)
        case Act.MORNING:
            return TryLater(until_morning(now))
        case _:
            assert_never(act)


def until_morning(now: datetime) -> timedelta:
    """How long it is until Zalo's night ends."""
    local = now.astimezone(VIETNAM)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, VIETNAM) - local


def _code(value: object) -> int | None:
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and len(value) < 10:
        return int(value)
    return value if type(value) is int else None
