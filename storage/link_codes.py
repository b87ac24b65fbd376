"""One-time codes by which a person adds another account: made on one, typed on the other."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update

from storage import codes, roles
from storage.models import AccountPerson, Conversation, LinkCode, Person
from storage.spelling import fold, squeeze

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

LIVES = timedelta(minutes=10)
# Like the letters of invitations, and without S F R X J Z, which a phone left in Telex takes for
# tones where "NOI" stands right before them, and without B, which is read as 8. Six of eighteen
# are 34 million: with two hundred wrong codes an hour from all accounts together, guessing one
# that lives for ten minutes takes centuries.
_LETTERS = "23456789CGHKMNPQTV"
# What is read wrongly from the other screen means the sign it looks like.
_SLIPS = str.maketrans("bsz", "852")
_TYPED = re.compile(rf"noi([{_LETTERS.lower()}bsz]{{6}})")
# A code inside the words it came with, which Zalo copies and forwards as a whole.
_INSIDE = re.compile(rf"(?<![\w-])(NOI-[{_LETTERS}]{{3}}-[{_LETTERS}]{{3}})(?![\w-])")
# Meant for one, though a sign is missing, too many, or none of ours.
_MEANT = re.compile(r"noi [a-z0-9]{2,4} [a-z0-9]{2,4}")


@dataclass(frozen=True, slots=True)
class Offered:
    """Whom a code stands for, the account it was made on, and the course left open there."""

    person_id: int
    account_id: int
    course_id: int | None


def read(text: str) -> str | None:
    """The typed code in its one written form ("NOI-47K-2QM"), or None where it is not one.

    Case, spaces, hyphens and accents do not matter, nor whether B, S, Z or 8, 5, 2 was typed.
    Our own message with one code in it is as good as the code.
    """
    if found := _TYPED.fullmatch(squeeze(text)):
        return _written(found[1].translate(_SLIPS))
    inside = set(_INSIDE.findall(text))
    return inside.pop() if len(inside) == 1 else None


def meant(text: str) -> bool:
    """True for what looks like a code with a slip in it: "NOI-47K-2Q", "NOI-47X-2QM"."""
    return any(dash in text for dash in "-–—") and _MEANT.fullmatch(fold(text)) is not None


def _written(drawn: str) -> str:
    return f"NOI-{drawn[:3]}-{drawn[3:]}".upper()


def create(
    db: Connection,
    person_id: int,
    account_id: int,
    now: datetime,
) -> str:
    """Make a code for this person on this account and return it, this once; one lives at a time."""
    db.execute(
        delete(LinkCode).where(or_(LinkCode.account_id == account_id, LinkCode.expires_at <= now))
    )
    code = _written("".join(secrets.choice(_LETTERS) for _ in range(6)))
    db.execute(
        insert(LinkCode).values(
            digest=codes.digest(code), person_id=person_id, account_id=account_id,
            expires_at=now + LIVES,
        )
    )  # fmt: skip
    return code


def look(db: Connection, digest: str, now: datetime) -> Offered | None:
    """What the code with this digest opens; None where it is used, old or nobody's.

    Also where the account it was made on no longer speaks for its person, or that person left.
    """
    row = db.execute(
        select(LinkCode.person_id, LinkCode.account_id, Conversation.data)
        .join(Person, Person.id == LinkCode.person_id)
        .join(
            AccountPerson,
            (AccountPerson.account_id == LinkCode.account_id)
            & (AccountPerson.person_id == LinkCode.person_id),
        )
        .join(Conversation, Conversation.account_id == LinkCode.account_id)
        .where(
            LinkCode.digest == digest,
            LinkCode.used_at.is_(None),
            LinkCode.expires_at > now,
            roles.present(now.date()),
        )
    ).one_or_none()
    if row is None:
        return None
    left = row.data.get("left")
    return Offered(row.person_id, row.account_id, left if isinstance(left, int) else None)


def take(db: Connection, digest: str, now: datetime) -> bool:
    """Use the code up; False where somebody else was first, or it has just become too old."""
    taken = db.execute(
        update(LinkCode)
        .where(LinkCode.digest == digest, LinkCode.used_at.is_(None), LinkCode.expires_at > now)
        .values(used_at=now)
    )
    return taken.rowcount == 1


def drop(db: Connection, account_id: int) -> None:
    """Forget what was made on an account."""
    db.execute(delete(LinkCode).where(LinkCode.account_id == account_id))
