"""Schools a list names and nobody knows, and what a written list means for rights and seats."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, update

from storage.models import (
    Person,
    PersonalCode,
    Position,
    Registration,
    Role,
    RoleKind,
    RosterImport,
    School,
    Standing,
)
from storage.rosters import consequences
from tests import lists, rows
from tests.handlers.bringing import (
    assistant,
    book,
    brings,
    choose,
    first_officer,
    fits,
    one,
    pick,
    reads,
    row,
    send,
    small,
)
from tests.people import known
from tests.talk import MONDAY, Town

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database

FIRST = ("Hoa", "Lan", "Mai", "Cúc", "Đào", "Nga", "Loan", "Thủy", "Bích", "Hằng")
MIDDLE = ("Thị", "Thị Ngọc", "Thị Kim", "Thị Thu", "Thị Thanh", "Ngọc", "Kim", "Thu", "Thanh", "Mỹ")


@pytest.fixture
def office(database: Database) -> Town:
    """An assistant on an empty database."""
    return assistant(database)


async def test_the_first_day_of_an_office_takes_six_messages(office: Town, tmp_path: Path):
    phone = await first_officer(office, "Tỉnh Lâm Đồng")
    names = [f"{family} {middle} {first}" for family in ("Nguyễn", "H'Mai", "Điểu")
             for middle in MIDDLE for first in FIRST]  # fmt: skip
    communes = ("xã Quảng Tâm", "xã Đắk Búk So", "Xã Quảng Tân", "Phường Bắc Gia Nghĩa")
    schools = [(f"{kind} {name}", commune) for commune in communes
               for kind, name in (("TRƯỜNG MẦM NON", "HOA CÚC"), ("MG", "Họa Mi"),
                                  ("Nhóm trẻ", "Nắng Mai"))]  # fmt: skip
    people = [
        row(name, year=1970 + at % 30, position="HT" if at == 0 else "GV", school=school,
            commune=commune)
        for school, commune in schools for at, name in enumerate(names[:250])
    ]  # fmt: skip
    said = [await phone.say("/nhapds")]  # 1
    said.append(await send(phone))  # 2
    await reads(office, tmp_path, book(*people))
    said.append(phone.last.written())
    assert "Không nhận: 3.000" in said[-1]
    said.append(await choose(phone, "Trường chưa rõ: 12"))  # 3
    said.append(await choose(phone, "Mở cả 12 trường"))  # 4
    await reads(office, tmp_path)
    said.append(phone.last.written())
    assert "Người mới: 3.000" in said[-1]
    said.append(await choose(phone, "Ghi 3.000 người mới"))  # 5
    assert "có mã cá nhân: 3.000" in said[-1]
    assert await one(office, select(func.count()).select_from(PersonalCode)) == 3000
    if pick(phone, "Mã cá nhân"):
        said.append(await choose(phone, "Mã cá nhân"))  # 6
    assert "Phiếu mã cá nhân" in said[-1]
    for each in said:
        fits(each)
    opened = await office.database.read(
        lambda db: {tuple(each) for each in db.execute(select(School.name, School.ownership))}
    )
    # Two former communes of one of today had a school of each name.
    assert {("Trường MN Hoa Cúc", "public"), ("Trường MG Họa Mi", "public"),
            ("Nhóm trẻ Nắng Mai", "private")} < opened  # fmt: skip
    assert ("Trường MN Hoa Cúc (Đắk Búk So)", "public") in opened
    assert len(opened) == 6


async def test_one_name_in_a_commune_of_today_and_a_former_one_is_asked_about(
    office: Town, tmp_path: Path
):
    phone = await first_officer(office)
    people = [
        row(name, school="MN Sơn Ca", commune=commune)
        for name, commune in zip(
            ("Thị Mai", "Thị Bưởi", "Thị Hoa"), ("Xã Tuy Đức", "", "xã Đắk Búk So"), strict=True
        )
    ]
    await brings(office, tmp_path, phone, *people)
    await choose(phone, "Trường chưa rõ: 2")
    await choose(phone, "Mở 1 trường đã rõ")
    await reads(office, tmp_path)
    await choose(phone, "Trường chưa rõ: 1")
    fits(await choose(phone, "xã Đắk Búk So"))
    asked = await choose(phone, "Mở Trường MN Sơn Ca, công lập")
    fits(asked)
    assert "đã có ở xã này" in asked
    await choose(phone, "Trường MN Sơn Ca (Đắk Búk So)")
    await reads(office, tmp_path)
    await choose(phone, "Ghi 3 người mới")
    hoa = select(School.name).join(Person, Person.school_id == School.id)
    assert await one(office, hoa.where(Person.full_name == "Thị Hoa")) == (
        "Trường MN Sơn Ca (Đắk Búk So)"
    )
    assert await one(office, hoa.where(Person.full_name == "Thị Bưởi")) == "Trường MN Sơn Ca"
    # The same file again changes nothing, also in the hands of somebody else.
    await office.database.turn(lambda db: db.execute(update(RosterImport).values(actor_id=None)))
    again = await brings(office, tmp_path, phone, *people)
    assert "Giữ nguyên: 3" in again
    assert "Không nhận" not in again


async def test_who_heads_a_school_by_the_list_is_offered_the_role(office: Town, tmp_path: Path):
    phone = await small(office)
    await brings(office, tmp_path, phone, row("Phạm Thị Bích", position="Hiệu trưởng"))
    await choose(phone, "Ghi 1 người mới")
    head = await known(office, "Phạm Thị Bích")
    assert "nhận vai trò" in (await head.say("tôi là hiệu trưởng")).lower()


async def test_many_who_left_are_typed_back_and_their_seats_passed_on(office: Town, tmp_path: Path):
    def work(db: Connection) -> None:
        ids = rows.people(db, 60, first=100)
        lists.person(db, 11, "Nguyễn Thị Hoa", birth_year=1988)
        rows.course(db, 12, seats=1)
        rows.course(db, 13, seats=5, starts_at=MONDAY - timedelta(hours=1))
        for turn, (person_id, course_id, standing) in enumerate((
            (ids[0], 12, Standing.SEATED), (11, 12, Standing.WAITING), (ids[0], 13, Standing.SEATED)
        )):  # fmt: skip
            db.execute(
                insert(Registration).values(
                    person_id=person_id,
                    course_id=course_id,
                    standing=standing,
                    turn=turn,
                    provisional=False,
                    changed_at=MONDAY,
                )
            )

    phone = await small(office, work)
    told = await brings(office, tmp_path, phone, row("Nguyễn Thị Hoa", phone="0912345678"))
    assert "Không có trong tệp: 60" in told
    asked = await choose(phone, "60 người không có")
    fits(asked)
    assert "Để ghi, nhắn: GHI 60" in asked
    assert "Chưa ghi gì" in await phone.say("ghi 6")
    assert await one(office, select(Person.left_on).where(Person.id == 100)) is None
    assert "Đã nghỉ: 60" in await phone.say("GHI 60 nhé")
    freed = await office.database.turn(lambda db: consequences.free_seats(db, office.inbox.now()))
    assert freed == 1
    assert not await office.database.turn(
        lambda db: consequences.free_seats(db, office.inbox.now())
    )
    mine = select(Registration.standing).where(Registration.person_id == 11)
    assert await one(office, mine) is Standing.OFFERED
    begun = select(Registration.standing).where(
        Registration.person_id == 100, Registration.course_id == 13
    )
    assert await one(office, begun) is Standing.SEATED


async def test_who_moves_by_a_list_keeps_no_right_over_the_former_school(
    office: Town, tmp_path: Path
):
    def work(db: Connection) -> None:
        person_id = lists.person(db, 11, "Phạm Thị Bích", birth_year=1980, external_id="67001",
                                 position=Position.PRINCIPAL)  # fmt: skip
        for school_id in (lists.HOA_CUC, lists.HOA_SEN):
            db.execute(
                insert(Role).values(person_id=person_id, kind=RoleKind.PRINCIPAL,
                                    school_id=school_id, valid_from=MONDAY.date())
            )  # fmt: skip
        # The officer of both communes.
        db.execute(
            insert(Role).values(person_id=901, kind=RoleKind.COMMUNE, unit_id=2,
                                valid_from=MONDAY.date())
        )  # fmt: skip

    phone = await small(office, work)
    told = await brings(
        office, tmp_path, phone,
        row("Phạm Thị Bích", year=1980, position="HT", school="MN Sơn Ca", commune="Xã Nam Dong"),
        row("Thị Mai"),
    )  # fmt: skip
    assert "Chuyển trường: 1" in told or "Cần xem: 1" in told
    if "Cần xem: 1" in told:
        await choose(phone, "chưa chắc")
        await choose(phone, "đã chuyển trường")
    await choose(phone, "Ghi 1 người mới, 1 thay đổi")
    held = select(Role.school_id).where(Role.person_id == 11, Role.valid_to.is_(None))
    assert await one(office, held) == lists.HOA_SEN


async def test_a_school_of_another_name_is_settled_and_kept_for_the_next_list(
    office: Town, tmp_path: Path
):
    phone = await small(office)
    await brings(office, tmp_path, phone, row("Thị Mai", school="MN Hoa Cút"))
    fits(await choose(phone, "Trường chưa rõ: 1"))
    fits(await choose(phone, "Hoa Cút"))
    assert "“MN Hoa Cút” là Trường MN Hoa Cúc" in await choose(phone, "Là Trường MN Hoa Cúc")
    await reads(office, tmp_path)
    await choose(phone, "Ghi 1 người mới")
    again = await brings(office, tmp_path, phone, row("Thị Mai", school="MN Hoa Cút"))
    assert "Giữ nguyên: 1" in again
