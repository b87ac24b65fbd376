"""Papers as their holders and anybody who checks them see them, and the keys that sign them."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

from storage import signing
from storage.models import Paper, SigningKey
from storage.signing import Signed

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Key:
    """A key pair of ours, in hex."""

    id: int
    public: str
    private: str


@dataclass(frozen=True, slots=True)
class Issued:
    """A paper: `facts` are what it says word for word."""

    id: int
    number: str
    course_id: int
    person_id: int
    facts: dict[str, Any]
    signature: str
    issued_at: datetime
    revoked_at: datetime | None
    revoked_why: str
    private: str

    @property
    def signed(self) -> Signed:
        """The text of its QR code; signing again gives the same, as Ed25519 does."""
        return signing.sign(self.facts, self.private)


class Checked(StrEnum):
    """What came of checking a paper."""

    GENUINE = "genuine"
    REVOKED = "revoked"
    FORGED = "forged"  # the signature is not ours: it says something we did not say
    UNKNOWN = "unknown"  # we signed it, and there is no such paper: another database
    UNREADABLE = "unreadable"  # no text of ours


NEWEST = select(SigningKey.id, SigningKey.public, SigningKey.private).order_by(
    SigningKey.id.desc()
)  # fmt: skip
FIELDS = (
    Paper.id, Paper.number, Paper.course_id, Paper.person_id, Paper.facts, Paper.signature,
    Paper.issued_at, Paper.revoked_at, Paper.revoked_why, SigningKey.private,
)  # fmt: skip
PAPERS = select(*FIELDS).join(SigningKey, SigningKey.id == Paper.key_id)
BY_NUMBER = PAPERS.where(Paper.number == bindparam("number"))


# Two who issue the first papers at once make one key; nothing else locks this one.
FIRST = 7_310_042


def key(db: Connection, now: datetime) -> Key:
    """The key that signs, locked for the rest of the turn; made where there is none yet.

    Whoever issues papers waits here for others who do, so that no number is given twice.
    """
    newest = NEWEST.limit(1).with_for_update()
    found = db.execute(newest).one_or_none()
    if found is None and db.dialect.name == "postgresql":
        # There is no row to wait for yet.
        db.execute(select(func.pg_advisory_xact_lock(FIRST)))
        found = db.execute(newest).one_or_none()
    if found is None:
        public, private = signing.pair()
        values = {"public": public, "private": private, "made_at": now}
        made = insert(SigningKey).values(values).returning(SigningKey.id)
        return Key(db.execute(made).scalar_one(), public, private)
    return Key(*found)


def keys(db: Connection) -> list[str]:
    """All public keys of ours (hex), the newest first."""
    return [row.public for row in db.execute(NEWEST)]


def mine(db: Connection, person_id: int, course_id: int | None = None) -> list[Issued]:
    """Somebody's papers that stand, the newest first; of one course or of all."""
    found = PAPERS.where(Paper.person_id == person_id, Paper.revoked_at.is_(None))
    if course_id is not None:
        found = found.where(Paper.course_id == course_id)
    return [Issued(*row) for row in db.execute(found.order_by(Paper.id.desc()))]


def get(db: Connection, paper_id: int) -> Issued | None:
    """The paper with this id, revoked or not."""
    row = db.execute(PAPERS.where(Paper.id == paper_id)).one_or_none()
    return Issued(*row) if row else None


def check(db: Connection, text: str) -> tuple[Checked, Signed | None, Issued | None]:
    """Whether a scanned text is a paper of ours that stands; with what it says."""
    signed = signing.read(text)
    if signed is None:
        return Checked.UNREADABLE, None, None
    if not signing.genuine(signed, keys(db)):
        return Checked.FORGED, signed, None
    paper = status(db, str(signed.facts["number"]), signed.signature)
    if paper is None:
        return Checked.UNKNOWN, signed, None
    return (Checked.REVOKED if paper.revoked_at else Checked.GENUINE), signed, paper


def status(db: Connection, number: str, mark: str) -> Issued | None:
    """The paper of a number whose signature begins with `mark` (16 characters or more).

    The mark keeps numbers from being tried: who asks holds the paper.
    """
    row = db.execute(BY_NUMBER, {"number": number}).one_or_none()
    if row is None or len(mark) < MARK:
        return None
    paper = Issued(*row)
    known = paper.signature.encode()[: len(mark)]
    return paper if hmac.compare_digest(known, mark.encode()) else None


# Characters of a signature that say which paper is meant.
MARK = 16
