"""One phone, several colleagues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage.models import Consent, Person, School
from tests.handlers.test_identify import NGA, UT, who
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


async def test_two_colleagues_on_one_phone(town: Town, mai: Phone) -> None:
    assert await mai.say("cho co nga dung chung may nay") == (
        "Máy này đang dùng cho H'Mai Byă. Có thể dùng chung, nhiều nhất 3 người cùng trường."
        " Mỗi người có mã và tự đồng ý; dùng chung máy thì thấy lớp tập huấn và kết quả của nhau.\n"
        "1 Thêm người\n"
        "0 Thôi"
    )
    assert await mai.say("1") == ("Xin người mới nhắn mã cá nhân 8 số.\n1 Chưa có mã\n0 Thôi")
    assert await mai.say("77120465") == (
        "Điểu Thị Nga, giáo viên, Trường MN Hoa Cúc. Trợ lý lưu họ tên, trường, tài khoản Telegram"
        " dùng chung này và kết quả tập huấn. Người được ghi tên có đồng ý không ạ?\n"
        "1 Đúng là tôi, đồng ý\n"
        "2 Không đồng ý"
    )
    assert await mai.say("1") == (
        "Đang dùng cho Điểu Thị Nga. Chuyển về H'Mai Byă, nhắn: đổi\n"
        "1 Xem lịch tập huấn\n"
        "2 Lớp tập huấn của Điểu Thị Nga"
    )
    assert await mai.say("doi") == (
        "Đang dùng cho H'Mai Byă.\n1 Xem lịch tập huấn\n2 Lớp tập huấn của H'Mai Byă"
    )
    assert await who(town, mai) == "H'Mai Byă"

    def agreed(db: Connection) -> list[str]:
        found = select(Person.full_name).join(Consent, Consent.person_id == Person.id)
        return sorted(db.execute(found).scalars())

    assert await town.database.read(agreed) == ["H'Mai Byă", "Điểu Thị Nga"]


async def test_a_colleagues_code_alone_leads_to_the_question(town: Town, mai: Phone) -> None:
    assert "Người được ghi tên có đồng ý không" in await mai.say(NGA)
    assert "không lưu gì" in await mai.say("2")
    assert "Người được ghi tên" not in await mai.say("doi")
    assert await who(town, mai) == "H'Mai Byă"


async def test_three_choose_by_name_and_a_fourth_is_refused(town: Town, mai: Phone) -> None:
    for code in (NGA, UT):
        await mai.say(code)
        await mai.say("1")
    listed = await mai.say("đổi")
    assert listed == ("Máy này đang dùng cho Lê Thị Út.\n1 H'Mai Byă\n2 Điểu Thị Nga\n0 Thôi")
    assert "Đang dùng cho Điểu Thị Nga" in await mai.say("2")
    assert "đã đủ 3 người" in await mai.say("dung chung")
    assert "đã đủ 3 người" in await mai.say("61520389")


async def test_people_of_another_school_have_their_own_phone(town: Town, mai: Phone) -> None:
    def elsewhere(db: Connection) -> str:
        from storage.models import PersonalCode

        return db.execute(
            select(PersonalCode.code)
            .join(Person, Person.id == PersonalCode.person_id)
            .join(School, School.id == Person.school_id)
            .where(School.name != "Trường MN Hoa Cúc", Person.left_on.is_(None))
            .limit(1)
        ).scalar_one()

    said = await mai.say(await town.database.read(elsewhere))
    assert said.startswith("Chỉ người cùng một trường")
    assert await who(town, mai) == "H'Mai Byă"


async def test_somebody_with_a_phone_of_their_own_is_asked_whether_it_changed(
    town: Town, mai: Phone
) -> None:
    await known(town, "Điểu Thị Nga")
    assert "đang dùng ở một tài khoản Telegram khác" in await mai.say(NGA)


async def test_one_alone_has_nobody_to_change_to(town: Town, mai: Phone) -> None:
    assert await mai.say("doi") == "Máy này đang dùng cho H'Mai Byă.\n1 Thêm người\n0 Thôi"


async def test_nobody_is_switched_to_who_does_not_share_the_phone(town: Town, mai: Phone) -> None:
    await mai.say(NGA)
    await mai.say("1")
    shown = mai.last
    await mai.press_data(f"{shown.mark}|switch-to 1")
    await mai.press_data(f"{shown.mark}|switch-to x")
    assert await who(town, mai) == "Điểu Thị Nga"


async def test_no_code_yet(mai: Phone) -> None:
    await mai.say("dung chung")
    await mai.say("1")
    assert "hiệu trưởng đưa" in await mai.say("1")
    assert "Mã cá nhân gồm 8 số" in await mai.say("Điểu Thị Nga")
    assert "Điểu Thị Nga, giáo viên" in await mai.say(NGA)
