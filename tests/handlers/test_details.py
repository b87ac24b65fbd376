"""No code: name, school, and a seat that does not wait for the paperwork."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.inbox import Inbox
from storage.models import Claim, Person, Registration
from storage.spelling import clean
from tests.handlers.test_identify import agreed, head, who
from tests.names import NAMES
from tests.people import known
from tests.talk import ZONE, Clock, Recorder, Town

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from tests.talk import Phone


async def nameless(town: Town, first: str = "menu") -> Phone:
    phone = await agreed(town, first)
    await phone.press("Tôi chưa có mã")
    return phone


async def claimed(town: Town, phone: Phone) -> tuple[str, str]:
    """The claim's person and rung."""

    def work(db: Connection) -> tuple[str, str]:
        row = db.execute(
            select(Person.full_name, Claim.rung).join(Person, Person.id == Claim.person_id)
        ).one()
        return row.full_name, str(row.rung)

    assert await who(town, phone)
    return await town.database.read(work)


async def test_the_seat_does_not_wait_for_the_paperwork(town: Town) -> None:
    principal = await head(town)
    phone = await agreed(town, "L12")
    assert await phone.say("1") == "Không sao. Xin nhắn họ và tên đầy đủ.\n0 Quay lại"
    assert await phone.say("nguyen thi hoa") == (
        "Thầy/cô đang dạy ở trường nào? Xin nhắn tên trường, kèm tên xã cũ hoặc mới.\n0 Quay lại"
    )
    assert await phone.say("mn hoa cuc dak buk so") == (
        "Trợ lý tìm thấy 2 nơi:\n"
        "1 Trường MN Hoa Cúc, xã Tuy Đức (Đắk Búk So cũ)\n"
        "2 Lớp MG độc lập Hoa Cúc, xã Quảng Tân\n"
        "3 Nơi khác\n"
        "0 Quay lại"
    )
    assert await phone.say("1") == (
        "Đã ghi: nguyen thi hoa, Trường MN Hoa Cúc. Trợ lý đã hỏi hiệu trưởng trường.\n"
        "Trong lúc chờ, thầy/cô cứ đăng ký, chỗ được giữ.\n"
        "1 Xem L12\n"
        "2 Xem lịch tập huấn"
    )
    assert (await phone.say("1")).startswith("L12 ·")
    await phone.press("Đăng ký")
    await town.deliver()
    assert principal.last.written() == (
        'Có người ghi tên "nguyen thi hoa", báo là giáo viên trường mình và muốn dùng Trợ lý tập'
        " huấn.\n"
        "11 Đúng\n"
        "12 Đúng, sửa tên cho có dấu\n"
        "13 Không phải người của trường"
    )
    assert await principal.say("12") == "Xin nhắn họ tên đúng, có dấu.\n0 Quay lại"
    assert await principal.say("Nguyễn Thị Hoa") == (
        "Trường đã có 1 Nguyễn Thị Hoa, sinh 1988. Đây là ai?\n"
        "1 Chính là người sinh 1988\n"
        "2 Người khác, cùng tên\n"
        "0 Quay lại"
    )
    assert (
        await principal.say("2")
        == "Đã xác nhận Nguyễn Thị Hoa, giáo viên mới trong danh sách trường."
    )
    await town.deliver()
    assert phone.last.text == (
        "Hiệu trưởng đã xác nhận: Nguyễn Thị Hoa, Trường MN Hoa Cúc. Chỗ của thầy/cô ở L12 đã"
        " chắc chắn."
    )

    def provisional(db: Connection) -> int:
        held = select(func.count()).select_from(Registration).where(Registration.provisional)
        return db.execute(held).scalar_one()

    assert await town.database.read(provisional) == 0


async def test_without_a_principal_the_commune_is_asked(town: Town) -> None:
    officer = await known(town, "Lê Văn Tình")
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    await phone.say("hoa cuc tuy duc")
    assert "đã hỏi cán bộ phụ trách xã Tuy Đức" in await phone.say("1")
    await town.deliver()
    assert "báo là giáo viên Trường MN Hoa Cúc, xã Tuy Đức" in officer.last.text
    assert len(officer.last.text) <= 300


async def test_with_nobody_to_ask_the_seat_is_kept_all_the_same(town: Town) -> None:
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    await phone.say("hoa cuc tuy duc")
    said = await phone.say("1")
    assert "Trợ lý sẽ hỏi Sở GDĐT" in said
    assert "chỗ được giữ" in said
    assert await claimed(town, phone) == ("Lò Thị Pâng", "department")


@pytest.mark.parametrize("name", NAMES)
async def test_every_name_comes_back_as_it_was_written(town: Town, name: str) -> None:
    phone = await nameless(town)
    await phone.say(name)
    await phone.say("hoa cuc tuy duc")
    assert (await phone.say("1")).startswith(f"Đã ghi: {clean(name)}, Trường MN Hoa Cúc.")


@pytest.mark.parametrize("wrong", ["Hoa 123", "xem t.me/abc", "...", "x" * 100])
async def test_what_is_no_name_is_asked_again(town: Town, wrong: str) -> None:
    phone = await nameless(town)
    said = await phone.say(wrong)
    assert "họ và tên" in said or "họ tên" in said
    assert "dạy ở trường nào" in await phone.say("Lê Đỗ")


async def test_a_school_we_do_not_know_goes_to_its_commune(town: Town) -> None:
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    said = await phone.say("mg truc xinh xinh dak buk so")
    assert said.startswith("Trợ lý chưa thấy trường này")
    assert "1 Cứ ghi tên này" in said
    assert "1 Xã Tuy Đức" in await phone.say("1")
    assert (await phone.say("1")).startswith("Đã ghi: Lò Thị Pâng, mg truc xinh xinh dak buk so.")
    assert (await claimed(town, phone))[0] == "Lò Thị Pâng"


async def test_the_commune_of_an_unknown_school_is_asked(town: Town) -> None:
    officer = await known(town, "Lê Văn Tình")
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    await phone.say("truc xinh xinh")
    assert "Trường ở xã, phường nào" in await phone.press("Cứ ghi tên này")
    assert "chưa thấy xã" in await phone.say("qwertyuiop")
    assert "1 Xã Tuy Đức" in await phone.say("tuy duc")
    assert "đã hỏi cán bộ phụ trách xã Tuy Đức" in await phone.say("1")
    await town.deliver()
    assert "giáo viên truc xinh xinh, xã Tuy Đức" in officer.last.text
    assert await officer.say("11") == "Đã xác nhận Lò Thị Pâng, truc xinh xinh, xã Tuy Đức."
    await town.deliver()
    assert "Cán bộ phụ trách xã Tuy Đức đã xác nhận" in phone.last.text


async def test_an_unknown_school_in_an_unknown_commune_goes_to_the_department(town: Town) -> None:
    officer = await known(town, "Phan Quốc Khánh")
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    await phone.say("truc xinh xinh")
    await phone.press("Cứ ghi tên này")
    assert "Trợ lý đã hỏi Sở GDĐT" in await phone.press("Tôi không rõ")
    await town.deliver()
    assert "báo là giáo viên truc xinh xinh." in officer.last.text


async def test_nought_goes_back_step_by_step(town: Town) -> None:
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    await phone.say("hoa cuc")
    assert "dạy ở trường nào" in await phone.say("0")
    assert "họ và tên" in await phone.say("0")
    assert "mã cá nhân" in await phone.say("0")
    assert "chưa có gì thay đổi" in await phone.say("0")


async def test_a_code_found_later_settles_it(town: Town) -> None:
    principal = await head(town)
    phone = await nameless(town, "L12")
    for said in ("le thi ut", "hoa cuc tuy duc", "1", "1"):
        await phone.say(said)
    await phone.press("Đăng ký")
    await town.deliver()
    said = await phone.say("33058816")
    assert said == (
        "Lê Thị Út, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức. Có phải thầy/cô không ạ?\n"
        "1 Đúng\n"
        "2 Người khác, dùng chung máy này\n"
        "3 Không phải tôi"
    )
    await phone.say("1")
    assert await who(town, phone) == "Lê Thị Út"
    assert "L12" in await phone.say("cua toi")
    assert "đã tự chứng minh" in await principal.say("11")


@pytest.mark.parametrize(
    "forged", ["details-at 1", "details-in 1", "details-at 99999", "details-at x"]
)
async def test_forged_presses_introduce_nobody(town: Town, forged: str) -> None:
    phone = await nameless(town)
    await phone.press_data(f"{phone.last.mark}|{forged}")
    assert await who(town, phone) is None


async def test_a_stranger_without_consent_gives_no_details(town: Town) -> None:
    phone = town.phone()
    await phone.say("menu")
    for action in ("details", "details-where", "details-other"):
        assert "Đồng ý" in await phone.press_data(f"s1|{action}")
    assert await who(town, phone) is None


async def test_it_works_on_an_empty_roster(database: Database) -> None:
    clock = Clock()
    channel = Recorder("telegram", clock)
    inbox = Inbox(database, ZONE, clock)
    inbox.channels = {"telegram": channel}
    town = Town(database, inbox, channel, clock)
    phone = await nameless(town)
    await phone.say("Lò Thị Pâng")
    assert "chưa thấy trường này" in await phone.say("mn hoa cuc tuy duc")
    said = await phone.say("1")
    assert said.startswith("Đã ghi: Lò Thị Pâng, mn hoa cuc tuy duc. Trợ lý sẽ hỏi Sở GDĐT.")
    assert await claimed(town, phone) == ("Lò Thị Pâng", "department")


async def test_a_slip_of_the_finger_is_no_school_and_a_command_no_name(town: Town) -> None:
    phone = await nameless(town)
    assert "chưa phải họ tên" in await phone.say("lịch tập huấn")
    await phone.say("Huy")  # which is a command, and somebody's name

    assert "Xin nhắn tên trường bằng chữ." in await phone.say("5")
    await phone.say("mn không có thật")
    await phone.say("1")
    assert "Đã ghi: Huy, mn không có thật." in await phone.say("không rõ")
