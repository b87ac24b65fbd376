"""The teachers an announcement is for: those without a seat, and who of them can be written to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import consents, roles
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Broadcast,
    BroadcastState,
    ConsentPurpose,
    Course,
    Mode,
    Person,
    Position,
    Purpose,
    Registration,
    RoleKind,
    School,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, ScalarSelect, Select

OFFICER = "Lê Văn Tình"


def without_seat(course_id: int | ScalarSelect[int]) -> Select[int]:
    """The teachers of xã Tuy Đức who are there and have no seat in a course."""
    taken = select(Registration.person_id).where(Registration.course_id == course_id)
    return (
        select(Person.id)
        .join(School, School.id == Person.school_id)
        .join(Unit, Unit.id == School.unit_id)
        .where(
            Unit.name == "Xã Tuy Đức", Person.position == Position.TEACHER,
            Person.left_on.is_(None), Person.leave_from.is_(None),
            Person.merged_into_id.is_(None), Person.id.not_in(taken),
        )
        .order_by(Person.id)
    )  # fmt: skip


def lacking(db: Connection, number: int, meant: int, now: datetime) -> list[int]:
    """Leave so many teachers of xã Tuy Đức without a seat in a course; their ids."""
    course = db.execute(select(Course).where(Course.number == number)).one()
    found = list(db.execute(without_seat(course.id)).scalars())
    assert len(found) >= meant
    db.execute(update(Course).where(Course.id == course.id).values(seats=900))
    seats = [
        {"course_id": course.id, "person_id": each, "standing": Standing.SEATED, "turn": turn,
         "provisional": False, "changed_at": now}
        for turn, each in enumerate(found[meant:], start=500)
    ]  # fmt: skip
    db.execute(insert(Registration), seats)
    return found[:meant]


def linked(
    db: Connection, people: Sequence[int], addresses: Sequence[str], refusing: int, now: datetime
) -> None:
    """Give people these accounts, which have talked before; the last of them want no news."""
    for person_id, address in zip(people, addresses, strict=False):
        account_id = db.execute(select(Account.id).where(Account.address == address)).scalar_one()
        db.execute(update(Account).where(Account.id == account_id).values(person_id=person_id))
        db.execute(
            insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=now)
        )
    willing = len(addresses) - refusing
    wanted(db, people[:willing])
    wanted(db, people[willing : len(addresses)], Announce.NO)


def known(db: Connection, name: str, address: str, now: datetime, *, head: bool) -> None:
    """Let an account speak for the first person of this name, as identifying would have left it."""
    who = select(Person.id, Person.school_id).where(Person.full_name == name).order_by(Person.id)
    row = db.execute(who).first()
    assert row
    linked(db, [row.id], [address], 0, now)
    account_id = db.execute(select(Account.id).where(Account.address == address)).scalar_one()
    consents.give(
        db, account_id, ConsentPurpose.REGISTRATION, now, channel="telegram", person_id=row.id
    )
    if head:
        roles.grant(db, row.id, RoleKind.PRINCIPAL, now.date(), school_id=row.school_id)


def principals_agree(db: Connection, number: int) -> None:
    """Let principals have a say in who attends a course."""
    db.execute(update(Course).where(Course.number == number).values(mode=Mode.PRINCIPAL))


def wanted(db: Connection, people: Sequence[int], answer: Announce = Announce.YES) -> None:
    """Say for people whether they want announcements."""
    db.execute(update(Person).where(Person.id.in_(people)).values(announcements=answer))


def count_from(db: Connection, first: int, now: datetime) -> None:
    """Let the next announcement have this number."""
    officer = db.execute(select(Person.id).where(Person.full_name == OFFICER)).scalar_one()
    unit = select(Unit.id).where(Unit.name == "Tỉnh Lâm Đồng", Unit.valid_to.is_(None))
    db.execute(
        insert(Broadcast).values(
            id=first - 1, author_id=officer, unit_id=db.execute(unit).scalars().first(),
            state=BroadcastState.CANCELLED, purpose=Purpose.KNOW, audience={}, text="-", place={},
            summary={"sent": 1}, created_at=now, changed_at=now, finished_at=now,
        )
    )  # fmt: skip
