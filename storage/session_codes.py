"""The six digits on the board of a session: made, shown, found again when somebody types them.

Digits that change follow RFC 6238 in spirit: HMAC-SHA-256 of a secret and the number of the
30 seconds since 1970, so that a page that was loaded once can go on showing them without network.
"""

from __future__ import annotations

import hmac
import math
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, or_, select, update

from storage import audit, courses, teaching
from storage.models import CourseState, SessionCode

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Meeting, Training

# When digits can be typed, unless the trainer says otherwise.
EARLY, AFTER = timedelta(minutes=60), timedelta(minutes=30)
# Whoever checks in so long after the start is late.
LATE = timedelta(minutes=15)
# A session without an end is half a day.
HALF_DAY = timedelta(hours=4)
# A session of which only the day is settled.
DAY_FROM, DAY_TO = timedelta(hours=6), timedelta(hours=19)
STEP = 30  # seconds
# A clock that is a little off, and the time it takes to type.
LEEWAY = 1
# Digits of the last five minutes were read from the board: they are old, not guessed.
REMEMBERED = 10


@dataclass(frozen=True, slots=True)
class Code:
    """The digits of a session and their window; whoever checks in from `late_from` on is late."""

    session_id: int
    digits: str = field(repr=False)
    secret: str = field(repr=False)
    changing: bool
    opens_at: datetime
    closes_at: datetime
    late_from: datetime | None

    def good(self, at: datetime) -> bool:
        """Whether the digits can be typed at a moment."""
        return self.opens_at <= at <= self.closes_at

    def at(self, moment: datetime) -> str:
        """The six digits that stand on the board at a moment."""
        return drawn(self.secret, step(moment)) if self.changing else self.digits


FIELDS = (
    SessionCode.session_id, SessionCode.digits, SessionCode.secret, SessionCode.changing,
    SessionCode.opens_at, SessionCode.closes_at, SessionCode.late_from,
)  # fmt: skip
ONE = select(*FIELDS).where(SessionCode.session_id == bindparam("session_id"))
# Those that change are few and are tried one by one; the others are found by their digits.
AROUND = (
    select(*FIELDS)
    .where(
        SessionCode.opens_at <= bindparam("at"),
        SessionCode.closes_at >= bindparam("at"),
        or_(SessionCode.changing, SessionCode.digits == bindparam("typed")),
    )
    .order_by(SessionCode.session_id)
)
ELSEWHEN = (
    select(*FIELDS)
    .where(
        SessionCode.digits == bindparam("typed"),
        ~SessionCode.changing,
        SessionCode.opens_at <= bindparam("until"),
        SessionCode.closes_at >= bindparam("since"),
    )
    .order_by(SessionCode.session_id)
)
TAKEN = select(SessionCode.digits).where(
    SessionCode.opens_at <= bindparam("until"), SessionCode.closes_at >= bindparam("since")
)


def step(moment: datetime) -> int:
    """The how-manieth 30 seconds since 1970 a moment lies in."""
    return math.floor(moment.timestamp()) // STEP


def drawn(secret: str, number: int) -> str:
    """The six digits of one step."""
    made = hmac.digest(bytes.fromhex(secret), number.to_bytes(8, "big"), "sha256")
    return f"{int.from_bytes(made[:8], 'big') % 1_000_000:06}"


def window(meeting: Meeting, now: datetime) -> tuple[datetime, datetime, datetime | None] | None:
    """From when to when digits can be typed by default, and from when on one is late.

    A session of which only the day is settled has no late; None where not even that is known.
    """
    if start := meeting.starts_at:
        end = meeting.ends_at or start + HALF_DAY
        return start - EARLY, end + AFTER, start + LATE
    if days := teaching.held_on(meeting, now):
        first, last = (datetime(one.year, one.month, one.day, tzinfo=now.tzinfo) for one in days)
        return first + DAY_FROM, last + DAY_TO, None
    return None


def get(db: Connection, session_id: int) -> Code | None:
    """The digits of a session; None where nobody has opened any."""
    row = db.execute(ONE, {"session_id": session_id}).one_or_none()
    return Code(*row) if row else None


def start(db: Connection, session_id: int, by_id: int, now: datetime) -> Code | None:
    """Open the digits of a session, or its digits as they stand; a moved session gets new ones.

    None where the course is cancelled, or not even the day is settled. Raises PermissionError
    where `by_id` takes no attendance of the course.
    """
    course, meeting = _allowed(db, session_id, by_id, now)
    courses.locked(db, course.id)
    span = window(meeting, now) if takes_place(course) else None
    if span is None:
        return None
    known = get(db, session_id)
    if known and known.opens_at <= span[1] and known.closes_at >= span[0]:
        return known
    kept = {
        "digits": _free(db, span[0], span[1]), "secret": secrets.token_hex(32),
        "opens_at": span[0], "closes_at": span[1], "late_from": span[2], "made_by_id": by_id,
    }  # fmt: skip
    if known:
        db.execute(update(SessionCode).where(SessionCode.session_id == session_id).values(kept))
    else:
        db.execute(insert(SessionCode).values(session_id=session_id, changing=False, **kept))
    _note(db, course, session_id, by_id, now, "code opened")
    return get(db, session_id)


def change(
    db: Connection,
    session_id: int,
    by_id: int,
    now: datetime,
    *,
    changing: bool | None = None,
    closes_at: datetime | None = None,
    late_from: datetime | None = None,
) -> Code | None:
    """Let the digits change or stay, close them or count as late from another moment.

    None where nobody has opened any. Raises PermissionError as `start` does.
    """
    course, _ = _allowed(db, session_id, by_id, now)
    known = get(db, session_id)
    if known is None:
        return None
    kept: dict[str, object] = {}
    if changing is not None:
        kept["changing"] = changing
    if closes_at is not None:
        kept["closes_at"] = closes_at
        kept["opens_at"] = min(known.opens_at, closes_at)
    if late_from is not None:
        kept["late_from"] = late_from
    db.execute(update(SessionCode).where(SessionCode.session_id == session_id).values(kept))
    _note(db, course, session_id, by_id, now, "code changed")
    return get(db, session_id)


def found(db: Connection, typed: str, at: datetime) -> list[Code]:
    """The sessions whose digits these were at a moment (one step more or less)."""
    now = step(at)
    rows = db.execute(AROUND, {"typed": typed, "at": at})
    steps = range(now - LEEWAY, now + LEEWAY + 1)
    return [code for row in rows if _fits(code := Code(*row), typed, steps)]


def old(db: Connection, typed: str, at: datetime) -> list[Code]:
    """The sessions on whose board these digits stood in the last minutes before a moment."""
    now = step(at)
    rows = db.execute(AROUND, {"typed": typed, "at": at})
    codes = [Code(*row) for row in rows]
    steps = range(now - REMEMBERED, now - LEEWAY)
    return [code for code in codes if code.changing and _fits(code, typed, steps)]


def elsewhen(db: Connection, typed: str, at: datetime) -> list[Code]:
    """The sessions whose digits these are within a day of a moment."""
    day = timedelta(days=1)
    rows = db.execute(ELSEWHEN, {"typed": typed, "since": at - day, "until": at + day})
    return [Code(*row) for row in rows]


def takes_place(course: Training) -> bool:
    """Whether people go there: it is neither a draft, nor cancelled, nor brought in afterwards."""
    return course.state in (CourseState.OPEN, CourseState.CLOSED) and not course.past


def _fits(code: Code, typed: str, steps: range) -> bool:
    if not code.changing:
        return hmac.compare_digest(code.digits, typed)
    return any(hmac.compare_digest(drawn(code.secret, one), typed) for one in steps)


def _free(db: Connection, since: datetime, until: datetime) -> str:
    """Six digits that no other session has at that time."""
    taken = set(db.execute(TAKEN, {"since": since, "until": until}).scalars())
    while (digits := f"{secrets.randbelow(1_000_000):06}") in taken:
        pass
    return digits


def _allowed(
    db: Connection, session_id: int, by_id: int, now: datetime
) -> tuple[Training, Meeting]:
    known = teaching.meeting(db, session_id)
    if known is None:
        raise PermissionError("There is no such session.")
    teaching.must_teach(db, by_id, known[0].id, now.date())
    return known


def _note(
    db: Connection, course: Training, session_id: int, by_id: int, now: datetime, action: str
) -> None:
    audit.note(
        db, actor_id=by_id, action=action, subject="session", subject_id=session_id,
        unit_id=course.unit_id, now=now, course=course.id,
    )  # fmt: skip
