"""One person, several accounts: one more is added, and one that is no longer used is taken off."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import update

from storage import accounts, audit, conversations, link_codes, merges, outbox, verdicts
from storage.accounts import Room
from storage.models import AccountPerson, Claim, ClaimState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.accounts import Used
    from storage.conversations import Who

# An account may take off an older one only after this long: whoever got in with a code they
# should not have had must not lock out the one who was there first, and who was told.
SETTLED = timedelta(days=3)


class Removal(StrEnum):
    """Whether an account can be taken off."""

    DONE = "done"
    GONE = "gone"  # it does not serve this person, or does so no more
    LAST = "last"  # the person would have none left: that is withdrawing consent
    TOO_NEW = "too new"  # the account that asks came later, and not long ago


def by_code(
    db: Connection,
    digest: str,
    account_id: int,
    person_id: int,
    now: datetime,
    *,
    provisional: Who | None,
) -> Room | None:
    """Use up a link code and let one more account serve its person; None where it was used up.

    `provisional` is who this account only claimed to speak for so far: both become one. FULL and
    OTHER_SCHOOL change nothing, though the code is used.
    """
    # Two accounts may type the same code at once. Courses are locked before anything else.
    if provisional is not None and not provisional.verified:
        merges.lock_courses(db, provisional.id)
    if not link_codes.take(db, digest, now):
        return None
    return _add(db, account_id, person_id, now, provisional, "code")


def by_phone(
    db: Connection, account_id: int, person_id: int, now: datetime, *, provisional: Who | None
) -> Room:
    """Let one more account serve a person whose number was proved on it; as `by_code` otherwise."""
    return _add(db, account_id, person_id, now, provisional, "phone")


def _add(
    db: Connection, account_id: int, person_id: int, now: datetime, provisional: Who | None, by: str
) -> Room:
    """Nothing is taken from the accounts they had: those are told, and can take the new one off."""
    if provisional is not None and not provisional.verified:
        merges.lock_courses(db, provisional.id)
        verdicts.withdraw(db, account_id, provisional.id, now)
        merges.merge(db, provisional.id, person_id, now, actor_id=person_id)
        verdicts.verify(db, person_id, now)
    found = accounts.add(db, account_id, person_id, now)
    if found in (Room.FULL, Room.OTHER_SCHOOL):
        return found
    if found is Room.THERE:
        # The merged entry brought the account along; as this person's it begins now.
        db.execute(
            update(AccountPerson)
            .where(AccountPerson.account_id == account_id, AccountPerson.person_id == person_id)
            .values(since=now)
        )
    # A move that was asked for is not needed any more.
    verdicts.withdraw(db, account_id, person_id, now)
    _tell_the_others(db, account_id, person_id, now)
    _note(db, "account linked", account_id, person_id, now, by=by)
    return found


def _tell_the_others(db: Connection, account_id: int, person_id: int, now: datetime) -> None:
    moment = int(now.timestamp())
    for other, _ in accounts.elsewhere(db, person_id, account_id):
        outbox.owe(
            db, "linked", key=f"linked:{account_id}:{person_id}:{moment}:{other}",
            subject_id=account_id, person_id=person_id, account_id=other, due_at=now, urgent=True,
            data={"at": now.isoformat()},
        )  # fmt: skip


def find(db: Connection, person_id: int, account_id: int) -> Used | None:
    """One of the person's accounts."""
    return next((used for used in accounts.of(db, person_id) if used.id == account_id), None)


def removable(
    db: Connection, account_id: int, person_id: int, now: datetime, *, asked_on: int
) -> Removal:
    """Whether the person may take an account off, asked on another one or on itself."""
    mine = {used.id: used for used in accounts.of(db, person_id)}
    if account_id not in mine or asked_on not in mine:
        return Removal.GONE
    if len(mine) == 1:
        return Removal.LAST
    older = mine[account_id].since < mine[asked_on].since
    if older and now - mine[asked_on].since < SETTLED:
        return Removal.TOO_NEW
    return Removal.DONE


def remove(
    db: Connection, account_id: int, person_id: int, now: datetime, *, asked_on: int
) -> Removal:
    """End an account's use by a person who has another one; seats and consents stay theirs."""
    found = removable(db, account_id, person_id, now, asked_on=asked_on)
    if found is not Removal.DONE:
        return found
    _move_claims(db, account_id, person_id)
    accounts.unlink(db, account_id, person_id)
    link_codes.drop(db, account_id)
    outbox.withdraw(db, ("linked",), account_id, now, person_id=person_id)
    if account_id != asked_on:
        outbox.owe(
            db, "unlinked", key=f"unlinked:{account_id}:{person_id}:{int(now.timestamp())}",
            subject_id=account_id, account_id=account_id, due_at=now, data={"person": person_id},
        )  # fmt: skip
    _note(db, "account taken off", account_id, person_id, now, asked_on=asked_on)
    return found


def tell_withdrawn(db: Connection, person_id: int, now: datetime, *, asked_on: int) -> None:
    """Owe a word to the other accounts of a person who takes the consent back on this one.

    To be called while they still serve the person. Whoever got in where they should not have
    could otherwise end everything without anybody's noticing.
    """
    for other, _ in accounts.elsewhere(db, person_id, asked_on):
        outbox.owe(
            db, "withdrawn", key=f"withdrawn:{other}:{person_id}:{int(now.timestamp())}",
            subject_id=other, account_id=other, due_at=now, data={"person": person_id},
        )  # fmt: skip


def _move_claims(db: Connection, account_id: int, person_id: int) -> None:
    """Whoever is still being asked about this person answers to an account they keep."""
    kept = next(used for used in accounts.of(db, person_id) if used.id != account_id)
    db.execute(
        update(Claim)
        .where(
            Claim.account_id == account_id,
            Claim.person_id == person_id,
            Claim.state == ClaimState.OPEN,
        )
        .values(account_id=kept.id)
    )


def _note(
    db: Connection, action: str, account_id: int, person_id: int, now: datetime, **detail: int | str
) -> None:
    audit.note(
        db, actor_id=person_id, action=action, subject="account", subject_id=account_id, now=now,
        unit_id=conversations.who(db, person_id).unit_id, **detail,
    )  # fmt: skip
