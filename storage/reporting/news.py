"""What communes are told about their reports, and how often they may be asked for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import outbox, roles, worktime
from storage.models import Notice, RoleKind
from storage.reporting import communes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

OPENED, ASKED = "report opened", "report asked"
SENT_BACK, ACCEPTED = "report sent back", "report accepted"
ABOUT_COLLECTION, ABOUT_REPORT = (OPENED, ASKED), (SENT_BACK, ACCEPTED)
# A commune is asked for its report at most once in so many days.
PAUSE = timedelta(days=3)


def opened(db: Connection, collection_id: int, path: str, now: datetime) -> None:
    """Owe the officers of all communes the word that a collection has begun."""
    people = {
        person_id
        for commune in communes.under(db, path, now.date())
        for person_id in officers(db, [commune.path], now)
    }
    for person_id in sorted(people):
        _owe(db, OPENED, f"{OPENED}:{collection_id}:{person_id}", collection_id, person_id, now)


def asked(db: Connection, collection_id: int, people: Iterable[int], now: datetime) -> None:
    """Owe officers the question where the report of their commune is."""
    for person_id in sorted(set(people)):
        key = f"{ASKED}:{collection_id}:{person_id}:{now.date()}"
        _owe(db, ASKED, key, collection_id, person_id, now)


def lately(db: Connection, collection_id: int, now: datetime) -> set[int]:
    """Who has been asked for a report of a collection in the last three days."""
    found = select(Notice.person_id).where(
        Notice.kind == ASKED, Notice.subject_id == collection_id, Notice.due_at > now - PAUSE
    )
    return {each for each in db.execute(found).scalars() if each is not None}


def decided(
    db: Connection,
    kind: str,
    report_id: int,
    version: int,
    paths: Iterable[str],
    now: datetime,
    *,
    by_id: int | None,
) -> None:
    """Owe a commune's officers what the Sở decided about their report."""
    outbox.withdraw(db, ABOUT_REPORT, report_id, now)
    for person_id in officers(db, paths, now):
        if person_id != by_id:
            key = f"{kind}:{report_id}:{version}:{person_id}"
            _owe(db, kind, key, report_id, person_id, now, version=version)


def submitted(
    db: Connection, collection_id: int, report_id: int, people: Iterable[int], now: datetime
) -> None:
    """What asked for a report is settled once it is handed in."""
    outbox.withdraw(db, ABOUT_REPORT, report_id, now)
    for person_id in people:
        outbox.withdraw(db, ABOUT_COLLECTION, collection_id, now, person_id=person_id)


def withdraw(db: Connection, collection_id: int, now: datetime) -> None:
    """Nothing is asked for any more."""
    outbox.withdraw(db, ABOUT_COLLECTION, collection_id, now)


def officers(db: Connection, paths: Iterable[str], now: datetime) -> list[int]:
    """Those who answer for a commune with one of these paths, by a role of the commune."""
    found: dict[int, None] = {}
    for path in sorted(paths):
        held = roles.holders(db, RoleKind.COMMUNE, day=now.date(), path=path)
        found |= dict.fromkeys(held)
    return list(found)


def _owe(
    db: Connection, kind: str, key: str, subject_id: int, person_id: int, now: datetime,
    **data: int,
) -> None:  # fmt: skip
    outbox.owe(
        db, kind, key=key, subject_id=subject_id, person_id=person_id,
        due_at=worktime.next_waking(now), data=data,
    )  # fmt: skip
