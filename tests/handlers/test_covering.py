"""An officer lets somebody stand in, hands over, gives up; the Sở ends a role."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from storage import scopes
from storage.models import Person, Role, RoleKind, Unit
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.scopes import Scope
    from tests.talk import Phone, Town

CODE = re.compile(r"MOI-\w{4}-\w{4}")


async def scope(town: Town, name: str, days: int = 0) -> Scope | None:
    def work(db: Connection) -> Scope | None:
        person_id = db.execute(select(Person.id).where(Person.full_name == name)).scalar_one()
        day = town.clock.now.date()
        return scopes.of(db, person_id, day.replace(day=day.day + days))

    return await town.database.read(work)


async def newcomer(town: Town, code: str) -> Phone:
    phone = town.phone("Mới")
    await phone.say(code)
    await phone.say("1")
    await phone.say("1")
    return phone


async def test_somebody_new_stands_in_from_a_day_to_a_day(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    for text in ("truc thay", "1", "1", "Trần Thị Mơ"):
        await tinh.say(text)
    assert "Trợ lý chưa đọc được ngày" in await tinh.say("bữa nào đó")
    assert "Thứ Ba, 24/11/2026 đến hết Thứ Năm, 26/11/2026" in await tinh.say("24/11 đến 26/11")
    found = CODE.search(await tinh.say("1"))
    assert found
    mo = await newcomer(town, found[0])
    assert "bắt đầu từ Thứ Ba, 24/11/2026" in mo.last.text
    await town.deliver()
    assert "Trần Thị Mơ đã nhận lời mời" in tinh.last.text

    reaches = [bool(await scope(town, "Trần Thị Mơ", days)) for days in range(6)]
    assert reaches == [False, True, True, True, False, False]
    assert await scope(town, "Lê Văn Tình", 2)
    town.clock.advance(days=1)
    assert "Mời cán bộ" not in await mo.say("moi")  # a stand-in invites nobody


async def test_a_colleague_is_asked_told_and_may_say_no(town: Town) -> None:
    hang, tinh = await known(town, "Đinh Thị Thu Hằng"), await known(town, "Lê Văn Tình")
    await hang.say("truc thay")
    await hang.say("1")
    while not any("Lê Văn Tình" in choice.label for choice in hang.last.choices):
        await hang.say("9")
    await hang.press("Lê Văn Tình, xã Tuy Đức")
    await hang.say("25/11 - 30/11")
    assert "Đã ghi: Lê Văn Tình trực thay" in await hang.say("1")
    await town.deliver()
    assert "Đinh Thị Thu Hằng nhờ Anh/Chị trực thay" in tinh.last.text

    await tinh.say("11")
    assert "Trợ lý báo cho cả hai" in await tinh.say("1")
    await town.deliver()
    assert "Đã thôi trực thay" in hang.last.text
    found = await scope(town, "Lê Văn Tình", 3)
    assert found
    assert not found.provincial


async def test_a_handover_waits_until_the_invitation_is_taken_up(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    for text in ("ban giao", "2", "1", "Trần Thị Mơ"):
        await tinh.say(text)
    assert "chỉ chuyển khi lời mời được nhận" in await tinh.say("26/11")
    found = CODE.search(await tinh.say("1"))
    assert found
    assert await scope(town, "Lê Văn Tình", 6)
    await newcomer(town, found[0])

    assert await scope(town, "Lê Văn Tình", 2)
    assert await scope(town, "Lê Văn Tình", 3) is None
    assert await scope(town, "Trần Thị Mơ", 3)


async def test_days_that_cannot_be_change_nothing(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    for text in ("truc thay", "1", "1", "Trần Thị Mơ", "30/11 - 24/11"):
        await tinh.say(text)
    assert "Chưa có gì thay đổi" in await tinh.say("1")


async def test_the_last_officer_cannot_give_up(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    assert "Thôi vai trò" not in await tinh.say("truc thay")
    role = select(Role.id).join(Person, Person.id == Role.person_id)
    mine = role.where(Person.full_name == "Lê Văn Tình")
    role_id = await town.database.read(lambda db: db.execute(mine).scalar_one())
    await tinh.press_data(f"s0|lay {role_id}")
    await tinh.say("1")
    assert await scope(town, "Lê Văn Tình", 1)

    def colleague(db: Connection) -> None:
        person_id = db.execute(
            select(Person.id).where(Person.full_name == "Lê Thị Út")
        ).scalar_one()
        unit = select(Unit.id).where(Unit.name == "Xã Tuy Đức", Unit.valid_to.is_(None))
        db.execute(
            insert(Role).values(
                person_id=person_id, kind=RoleKind.COMMUNE, unit_id=db.execute(unit).scalar_one(),
                valid_from=town.clock.now.date(),
            )
        )  # fmt: skip

    await town.database.turn(colleague)
    assert "3 Thôi vai trò" in await tinh.say("truc thay")
    await tinh.say("3")
    assert "kết thúc sau hôm nay" in await tinh.say("1")
    assert await scope(town, "Lê Văn Tình")
    assert await scope(town, "Lê Văn Tình", 1) is None


async def test_the_department_ends_a_role_and_whose_it_was_is_told(town: Town) -> None:
    hang, tinh = await known(town, "Đinh Thị Thu Hằng"), await known(town, "Lê Văn Tình")
    role = select(Role.id).join(Person, Person.id == Role.person_id)
    mine = role.where(Person.full_name == "Lê Văn Tình")
    role_id = await town.database.read(lambda db: db.execute(mine).scalar_one())
    await hang.say("moi")
    await hang.press_data(f"s0|officer {role_id}")
    assert "không còn ai phụ trách" in await hang.say("1")
    assert "không còn là cán bộ phụ trách xã Tuy Đức" in await hang.say("1")
    await town.deliver()

    assert "Sở đã kết thúc vai trò" in tinh.last.text
    assert await scope(town, "Lê Văn Tình") is None
    assert "kết thúc vai trò của" in await hang.say("nhat ky")
