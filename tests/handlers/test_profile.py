"""My data: what is kept, the form of address, language, corrections, withdrawal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage import consents
from storage.models import (
    Account,
    AccountPerson,
    AuditEntry,
    Consent,
    ConsentPurpose,
    Conversation,
    Person,
    PersonalCode,
    Registration,
    School,
    Standing,
    Unit,
)
from tests.people import joins, known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


@pytest.mark.parametrize("words", ["dữ liệu", "my data", "hồ sơ", "/dulieu", "/mydata", "ho so"])
async def test_what_is_kept_is_shown_and_the_phone_hidden(mai: Phone, words: str) -> None:
    said = await mai.say(words)

    assert said.startswith("H'Mai Byă, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức\n")
    assert "Điện thoại: 0900 *** 002" in said
    assert "Đồng ý lưu để đăng ký: Thứ Hai, 23/11/2026" in said
    assert "Số lần đăng ký: 0" in said
    assert len(mai.last.text) <= 300


@pytest.mark.parametrize(("digit", "form"), [("2", "cô"), ("3", "thầy"), ("4", "Anh/Chị")])
async def test_the_form_of_address_is_chosen(mai: Phone, digit: str, form: str) -> None:
    await mai.say("dữ liệu")
    await mai.say("1")

    assert await mai.say(digit) == f"Đã ghi: từ nay Trợ lý gọi là “{form}”.\n0 Quay lại"
    assert f"{form[0].upper()}{form[1:]} cần việc gì" in await mai.say("menu")
    await mai.say("dữ liệu")
    await mai.say("1")
    assert "“thầy/cô”" in await mai.say("1")


async def test_forged_forms_and_languages_change_nothing(town: Town, mai: Phone) -> None:
    await mai.say("menu")
    for action in ("call boss", "call", "speak fr", "respond 1", "respond 99999", "respond x"):
        await mai.press_data(f"s0|{action}")

    assert "Lịch tập huấn" in await mai.say("menu")


async def test_english_and_back(mai: Phone) -> None:
    await mai.say("ngôn ngữ")
    assert "The assistant writes in English from now on." in await mai.say("2")
    assert "Training schedule" in await mai.say("menu")
    await mai.say("/language")
    assert "Từ nay Trợ lý nhắn bằng tiếng Việt." in await mai.say("1")


async def test_a_correction_goes_to_whoever_keeps_the_list_and_back(town: Town, mai: Phone) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await mai.say("dữ liệu")
    await mai.say("2")
    assert "Đã chuyển cho người giữ danh sách" in await mai.say("Tôi sinh năm 1994")
    await town.deliver()
    assert tinh.last.written() == (
        "H'Mai Byă, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức xin sửa thông tin của mình:"
        " “Tôi sinh năm 1994”\n11 Trả lời"
    )

    await tinh.say("11")
    assert "Đã chuyển câu trả lời cho H'Mai Byă" in await tinh.say("Sẽ sửa hôm nay.")
    await town.deliver()

    assert mai.last.text == "Lê Văn Tình trả lời về thông tin của thầy/cô: “Sẽ sửa hôm nay.”"


async def test_where_nobody_keeps_the_list_here_it_is_said(mai: Phone) -> None:
    await mai.say("dữ liệu")
    await mai.say("2")

    assert "nên chưa chuyển được" in await mai.say("Sai tên trường")


async def test_withdrawing_asks_first_and_can_be_left(mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("1")
    await mai.say("dữ liệu")
    said = await mai.say("4")

    assert "Rút lại sự đồng ý của H'Mai Byă? Bỏ 1 đăng ký" in said
    assert "chưa có gì thay đổi" in await mai.say("0")
    assert "L12" in await mai.say("cua toi")


async def test_withdrawing_frees_seats_and_forgets_the_account(town: Town, mai: Phone) -> None:
    await mai.say("L12")
    await mai.say("1")
    await mai.say("rut dong y")
    assert "Đã rút lại sự đồng ý của H'Mai Byă." in await mai.say("1")

    def state(db: Connection) -> None:
        person_id = db.execute(
            select(Person.id).where(Person.full_name == "H'Mai Byă")
        ).scalar_one()
        account = select(Account.person_id).where(Account.address == mai.address)
        assert db.execute(account).scalar_one() is None
        shared = select(AccountPerson).where(AccountPerson.person_id == person_id)
        assert db.execute(shared).all() == []
        standings = select(Registration.standing).where(Registration.person_id == person_id)
        assert db.execute(standings).scalars().all() == [Standing.GIVEN_UP]
        consents = select(Consent.withdrawn_at).where(Consent.person_id == person_id)
        assert all(db.execute(consents).scalars())
        code = select(PersonalCode.used_at).where(PersonalCode.person_id == person_id)
        assert db.execute(code).scalar_one() is None
        actions = db.execute(select(AuditEntry.action)).scalars().all()
        assert "consent withdrawn" in actions

    await town.database.read(state)
    assert "Kính chào thầy/cô" in await mai.say("menu")
    assert "1 Đồng ý" in mai.last.written()


async def test_withdrawing_leaves_nothing_in_the_conversation(town: Town, mai: Phone) -> None:
    await mai.say("L12")
    mine = select(Account.id).where(Account.address == mai.address).scalar_subquery()

    def remember(db: Connection) -> None:
        data = {"found": 2, "form": {"found": 2}, "intent": "course 1", "wanted": "L12"}
        db.execute(update(Conversation).where(Conversation.account_id == mine).values(data=data))

    await town.database.turn(remember)
    await mai.say("rut dong y")
    await mai.say("1")

    def kept(db: Connection) -> object:
        return db.execute(
            select(Conversation.data).where(Conversation.account_id == mine)
        ).scalar_one()

    assert await town.database.read(kept) == {"wanted": "L12"}


async def test_an_old_press_on_withdraw_asks_again(town: Town, mai: Phone) -> None:
    await mai.say("rut dong y")
    old = mai.last
    await mai.say("menu")

    assert "Rút lại sự đồng ý của H'Mai Byă?" in await mai.press("1", old)


async def test_on_a_shared_phone_the_other_person_stays(town: Town, mai: Phone) -> None:
    await joins(town, mai, "Điểu Thị Nga")
    await mai.say("rut dong y")
    await mai.say("1")

    assert "H'Mai Byă" in await mai.say("menu")


async def test_a_stranger_is_asked_who_they_are_first(town: Town) -> None:
    assert "1 Đồng ý" in await town.phone().say("du lieu")


async def test_a_correction_too_long_is_asked_for_again_on_both_sides(
    town: Town, mai: Phone
) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await mai.say("dữ liệu")
    await mai.say("2")
    assert "tối đa 500 ký tự" in await mai.say("x" * 501)
    assert "Đã chuyển" in await mai.say("Sai tên")
    await town.deliver()
    await tinh.say("11")
    assert "tối đa 500 ký tự" in await tinh.say("x" * 501)
    await joins(town, tinh, "Đinh Thị Thu Hằng")
    assert "Đã chuyển" in await tinh.say("Đã sửa")
    await town.deliver()
    assert mai.last.text.startswith("Lê Văn Tình trả lời")


async def test_nobody_answers_about_people_of_another_commune(town: Town, mai: Phone) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await tinh.say("menu")

    def elsewhere(db: Connection) -> int:
        return db.execute(
            select(Person.id)
            .join(School, School.id == Person.school_id)
            .join(Unit, Unit.id == School.unit_id)
            .where(Unit.name == "Xã Quảng Tân")
            .limit(1)
        ).scalar_one()

    other = await town.database.read(elsewhere)
    assert "Xin nhắn câu trả lời" not in await tinh.press_data(f"s0|respond {other}")


async def test_every_consent_and_what_is_not_confirmed_are_shown(town: Town, mai: Phone) -> None:
    def more(db: Connection) -> None:
        person_id = db.execute(
            select(Person.id).where(Person.full_name == "H'Mai Byă")
        ).scalar_one()
        account = db.execute(select(Account.id).where(Account.address == mai.address)).scalar_one()
        for purpose in (ConsentPurpose.REMINDERS, ConsentPurpose.ANNOUNCEMENTS):
            consents.give(db, account, purpose, MONDAY, channel="telegram", person_id=person_id)
        db.execute(
            update(Person)
            .where(Person.id == person_id)
            .values(verified_at=None, phone=None, birth_year=None)
        )

    await town.database.turn(more)

    said = await mai.say("du lieu")

    assert "Đang chờ xác nhận." in said
    assert "Đồng ý nhận nhắc lịch: Thứ Hai, 23/11/2026" in said
    assert "Đồng ý nhận thông báo chung" in said
    assert "Điện thoại" not in said


@pytest.mark.parametrize(
    ("name", "told"), [("Nguyễn Thị Hoa", "Phòng VH-XH xã"), ("Lê Văn Tình", "Sở GDĐT")]
)
async def test_nobody_is_sent_to_themselves(town: Town, name: str, told: str) -> None:
    phone = await known(town, name)
    await phone.say("dữ liệu")
    await phone.say("2")

    assert (await phone.say("Sai năm sinh")).split("\n")[0].endswith(f"trực tiếp với {told}.")


async def test_a_slip_of_the_finger_is_no_correction(mai: Phone) -> None:
    await mai.say("dữ liệu")
    await mai.say("2")

    assert "Xin nhắn bằng chữ." in await mai.say("5")
    assert "chưa chuyển được" in await mai.say("Sai năm sinh")


async def test_without_registrations_none_are_said_to_end(mai: Phone) -> None:
    said = await mai.say("rut dong y")

    assert "Rút lại sự đồng ý của H'Mai Byă? Tài khoản này không còn dùng" in said
    assert "đăng ký" not in said
