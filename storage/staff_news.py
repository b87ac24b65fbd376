"""Who hears of changes on schools' lists: the person, and once a day whoever keeps them.

A school's changes of a day are one message, at half past five, to the officers of the commune and
to the principals of the school, except whoever wrote them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select

from storage import outbox, roles, worktime
from storage.models import Person, RoleKind, School, StaffChange, StaffMove, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy import Connection

EVENING = time(17, 30)
ONE_DAY = timedelta(days=1)
RECENT = (
    select(
        StaffChange.id, StaffChange.kind, Person.full_name, StaffChange.school_id,
        StaffChange.to_school_id, StaffChange.by_id,
    )
    .join(Person, Person.id == StaffChange.person_id)
    .where(
        or_(
            StaffChange.school_id == bindparam("school_id"),
            StaffChange.to_school_id == bindparam("school_id"),
        ),
        StaffChange.at >= bindparam("since"),
        StaffChange.at <= bindparam("until"),
        StaffChange.undone_at.is_(None),
    )
    .order_by(StaffChange.id)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """One change as others read of it."""

    id: int
    kind: StaffMove
    full_name: str
    school_id: int | None
    to_school_id: int | None
    by_id: int | None


def tell(
    db: Connection,
    change_id: int,
    person_id: int,
    schools: Sequence[int],
    by_id: int,
    now: datetime,
) -> None:
    """Owe the person a word about the change, and those who keep the lists the day's message."""
    if person_id != by_id:
        outbox.owe(
            db, "list changed", key=f"list changed:{change_id}", subject_id=change_id,
            person_id=person_id, due_at=worktime.next_waking(now),
        )  # fmt: skip
    _to_keepers(db, schools, by_id, now)


def restored(
    db: Connection,
    change_id: int,
    person_id: int,
    schools: Sequence[int],
    by_id: int,
    now: datetime,
) -> None:
    """The change was taken back: the person hears how things stand now."""
    outbox.withdraw(db, ("list changed",), change_id, now)
    if person_id != by_id:
        outbox.owe(
            db, "list restored", key=f"list restored:{change_id}", subject_id=change_id,
            person_id=person_id, due_at=worktime.next_waking(now),
        )  # fmt: skip
    _to_keepers(db, schools, by_id, now)


def _to_keepers(db: Connection, schools: Iterable[int], by_id: int, now: datetime) -> None:
    due = evening(now)
    for school_id in schools:
        for person_id in keepers(db, school_id, now.date()):
            if person_id != by_id:
                outbox.owe(
                    db, "staff changed", key=f"staff changed:{school_id}:{due.date()}:{person_id}",
                    subject_id=school_id, person_id=person_id, due_at=due,
                    data={"since": now.isoformat(), "until": due.isoformat()},
                )  # fmt: skip


def evening(now: datetime) -> datetime:
    """The next half past five of a waking day."""
    today = now.replace(hour=EVENING.hour, minute=EVENING.minute, second=0, microsecond=0)
    return worktime.next_waking(today if now < today else today + ONE_DAY)


def keepers(db: Connection, school_id: int, day: date) -> list[int]:
    """The principals of a school and the officers of its commune."""
    path = db.execute(
        select(Unit.path).join(School, School.unit_id == Unit.id).where(School.id == school_id)
    ).scalar_one_or_none()
    heads = roles.holders(db, RoleKind.PRINCIPAL, day=day, school_id=school_id)
    officers = roles.holders(db, RoleKind.COMMUNE, day=day, path=path) if path else []
    return list(dict.fromkeys((*heads, *officers)))


def of(
    db: Connection, school_id: int, since: datetime, until: datetime, reader_id: int
) -> list[News]:
    """The changes of a school between two moments that still stand, without the reader's own."""
    rows = db.execute(RECENT, {"school_id": school_id, "since": since, "until": until})
    return [one for one in (News(*row) for row in rows) if one.by_id != reader_id]
