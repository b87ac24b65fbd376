"""Rows for tests that need a small world of their own: one commune, one school, some people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, update

from storage import spelling
from storage.models import (
    Account,
    AccountPerson,
    Called,
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Ownership,
    Person,
    Position,
    Precision,
    School,
    SchoolType,
    Session,
    Source,
    Unit,
    UnitKind,
)
from tests.talk import MONDAY

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

COMMUNE, SCHOOL = 1, 1


def school(db: Connection) -> None:
    """The only commune, with the only school."""
    db.execute(
        insert(Unit).values(
            id=COMMUNE, code="24742", name="Xã Tuy Đức", kind=UnitKind.COMMUNE, path="/1/"
        )
    )
    db.execute(
        insert(School).values(
            id=SCHOOL, name="Trường MN Hoa Cúc", folded="truong mn hoa cuc",
            type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC, unit_id=COMMUNE,
        )
    )  # fmt: skip


def people(db: Connection, count: int, *, first: int = 1, verified: bool = True) -> list[int]:
    """Teachers of the school; returns their ids, which begin at `first`."""
    ids = list(range(first, first + count))
    db.execute(
        insert(Person),
        [
            {
                "id": each, "full_name": f"Điểu Thị Nga {each}", "nickname": "",
                "sort_key": spelling.sort_key(f"Điểu Thị Nga {each}"),
                "folded": spelling.fold(f"Điểu Thị Nga {each}"), "called": Called.TEACHER,
                "position": Position.TEACHER, "school_id": SCHOOL,
                "source": Source.ROSTER if verified else Source.SELF,
                "verified_at": MONDAY if verified else None,
            }
            for each in ids
        ],
    )  # fmt: skip
    return ids


def confirm(db: Connection, person_id: int, now: datetime) -> None:
    """Somebody vouches for the person."""
    db.execute(update(Person).where(Person.id == person_id).values(verified_at=now))


def course(
    db: Connection,
    course_id: int,
    *,
    seats: int | None,
    mode: Mode = Mode.FREE,
    starts_at: datetime = MONDAY + timedelta(days=19),
    **more: Any,
) -> int:
    """An open course of one session of nine hours, called L<its id>."""
    db.execute(
        insert(Course).values(
            id=course_id, number=course_id, title=f"Sơ cứu {course_id}",
            short=f"Sơ cứu {course_id}",
            folded=f"so cuu {course_id}", kind=CourseKind.TRAINING, modality=Modality.IN_PERSON,
            mode=mode, state=CourseState.OPEN, unit_id=COMMUNE, audience={}, seats=seats, **more,
        )
    )  # fmt: skip
    db.execute(
        insert(Session).values(
            course_id=course_id, number=1, precision=Precision.MINUTE, starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=9), place="Hội trường UBND xã Tuy Đức",
            unit_id=COMMUNE,
        )
    )  # fmt: skip
    return course_id


def account(db: Connection, address: str, *person_ids: int, channel: str = "telegram") -> int:
    """An account that serves these people and speaks for the first of them."""
    account_id = db.execute(
        insert(Account)
        .values(channel=channel, address=address, language="en", created_at=MONDAY,
                reachable=True, code_failures=0, person_id=person_ids[0])
        .returning(Account.id)
    ).scalar_one()  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": account_id, "person_id": each, "since": MONDAY} for each in person_ids],
    )
    return account_id
