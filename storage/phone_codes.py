"""Codes sent to a number of the roster: whoever types one has that phone in their hands.

Nothing here tells whether anybody has a number: what is asked for, and every wrong code, looks
the same for a number of nobody's, of one person's, or of several.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, or_, select, update

from storage import accounts, channels, outbox, tries
from storage.channels import ZALO_TEMPLATE
from storage.models import Person, PhoneCode
from storage.personal_codes import Attempt, Tried

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.conversations import Talk

KIND = "phone_code"
LIVES = timedelta(minutes=10)
TRIES = 5
# Sendings in so long a time, for an account and for a number alike.
LIMITS = ((timedelta(hours=1), 3), (timedelta(days=1), 10))
# The same over all accounts: strangers must not spend the office's money on other people's phones.
FOR_ALL = ((timedelta(hours=1), 120), (timedelta(days=1), 600))
ASKED = "phone codes"


@dataclass(frozen=True, slots=True)
class Sending:
    """A code to be sent: the six digits, to this number (E.164), good until then."""

    code: str = field(repr=False)
    phone: str = field(repr=False)
    expires_at: datetime


def offered(db: Connection, now: datetime) -> bool:
    """True where codes can be sent by an approved template."""
    way = channels.way(channels.ways(db, now), ZALO_TEMPLATE)
    return way.carries(KIND) and KIND in way.terms.templates


def ask(db: Connection, talk: Talk, phone: str, now: datetime) -> datetime | None:
    """Owe a code to this number, in a conversation that is locked.

    It is sent where exactly one person of the roster has the number, and neither the number nor
    the account has had too many. Returns until when this account may not ask (local), None where
    it might; that depends on how often it and everybody asked, and not on what for.
    """
    if until := _too_often(talk, now) or _too_many(db, now):
        return until
    talk.data[ASKED] = [*_asked(talk), now.isoformat()][-LIMITS[-1][1] :]
    _empty(db, talk.account_id, now)
    owners = accounts.with_phone(db, phone, now.date())
    if len(owners) == 1 and _may_send(db, talk.account_id, phone, now):
        _owe(db, talk.account_id, owners[0], phone, now)
    return None


def _asked(talk: Talk) -> list[str]:
    return [str(each) for each in talk.data.get(ASKED, [])]


def _too_often(talk: Talk, now: datetime) -> datetime | None:
    moments = [datetime.fromisoformat(each).astimezone(now.tzinfo) for each in _asked(talk)]
    ends = [
        recent[-most] + span
        for span, most in LIMITS
        if len(recent := [each for each in moments if each > now - span]) >= most
    ]
    return max(ends, default=None)


def _too_many(db: Connection, now: datetime) -> datetime | None:
    """Until when nobody is sent a code, as all accounts together had too many."""
    for span, most in FOR_ALL:
        sent = select(PhoneCode.sent_at).where(PhoneCode.sent_at > now - span)
        edge = sent.order_by(PhoneCode.sent_at.desc()).offset(most - 1).limit(1)
        if (since := db.execute(edge).scalar_one_or_none()) is not None:
            return (since + span).astimezone(now.tzinfo)
    return None


def _empty(db: Connection, account_id: int, now: datetime) -> None:
    """A newer code ends the account's older ones; what is too old is not kept either."""
    db.execute(
        update(PhoneCode)
        .where(
            PhoneCode.code != "",
            or_(PhoneCode.account_id == account_id, PhoneCode.expires_at <= now),
        )
        .values(code="")
    )


def _may_send(db: Connection, account_id: int, phone: str, now: datetime) -> bool:
    """A talk forgets what it asked for when consent is refused; what was sent stays counted."""
    whose = (PhoneCode.account_id == account_id, PhoneCode.phone == phone)
    for span, most in LIMITS:
        for mine in whose:
            sent = select(func.count()).where(mine, PhoneCode.sent_at > now - span)
            if db.execute(sent).scalar_one() >= most:
                return False
    deaf = select(Person.id).where(Person.phone == phone, Person.deaf_phone == phone)
    return db.execute(deaf.limit(1)).first() is None


def _owe(db: Connection, account_id: int, person_id: int, phone: str, now: datetime) -> None:
    code_id = db.execute(
        insert(PhoneCode)
        .values(
            account_id=account_id, person_id=person_id, phone=phone,
            code=f"{secrets.randbelow(1_000_000):06}", sent_at=now, expires_at=now + LIVES,
        )
        .returning(PhoneCode.id)
    ).scalar_one()  # fmt: skip
    outbox.owe(
        db, KIND, key=f"{KIND}:{code_id}", subject_id=code_id, person_id=person_id, due_at=now,
        data={"account": account_id}, urgent=True,
    )  # fmt: skip


def sending(db: Connection, code_id: int, now: datetime) -> Sending | None:
    """What a notice of this kind has to say (`subject_id`); None where it is no longer of use."""
    row = db.execute(
        select(PhoneCode.code, PhoneCode.phone, PhoneCode.expires_at).where(
            PhoneCode.id == code_id, PhoneCode.code != "", PhoneCode.expires_at > now
        )
    ).one_or_none()
    return Sending(row.code, row.phone, row.expires_at.astimezone(now.tzinfo)) if row else None


LATEST = (
    select(PhoneCode.id, PhoneCode.code, PhoneCode.phone, PhoneCode.person_id, PhoneCode.failures)
    .where(
        PhoneCode.account_id == bindparam("account"),
        PhoneCode.code != "",
        PhoneCode.expires_at > bindparam("now"),
    )
    .order_by(PhoneCode.id.desc())
    .limit(1)
    .with_for_update()
)


def attempt(db: Connection, talk: Talk, digits: str, now: datetime) -> Attempt:
    """Whose code this is, typed on the account that asked for it; a right one is used up.

    The fifth wrong one ends it. Every wrong one counts against the account (`tries`), but not
    against everybody: codes that are sent bound how much can be guessed.
    """
    if until := tries.paused(db, talk, now, alone=True):
        return Attempt(Tried.PAUSED, until=until)
    if (person_id := _owner(db, talk.account_id, digits, now)) is not None:
        return Attempt(Tried.FOUND, person_id)
    until = tries.failed(db, talk.account_id, now, alone=True)
    return Attempt(Tried.PAUSED if until else Tried.WRONG, until=until)


def _owner(db: Connection, account_id: int, digits: str, now: datetime) -> int | None:
    row = db.execute(LATEST, {"account": account_id, "now": now}).one_or_none()
    if row is None:
        return None
    if not hmac.compare_digest(row.code, digits):
        failures = row.failures + 1
        _write(db, row.id, code=row.code if failures < TRIES else "", failures=failures)
        return None
    _write(db, row.id, code="", used_at=now)
    outbox.withdraw(db, (KIND,), row.id, now)
    # The roster may have changed meanwhile.
    same = accounts.with_phone(db, row.phone, now.date()) == [row.person_id]
    return int(row.person_id) if same else None


def _write(db: Connection, code_id: int, **values: object) -> None:
    db.execute(update(PhoneCode).where(PhoneCode.id == code_id).values(**values))
