"""Who is this? Codes, the phone's own number, and a code that is in use elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage import tries
from storage.models import Account, AccountPerson, Claim, Consent, Person, PersonalCode, Role
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

MAI, UT, NGA, HOA = "48271093", "33058816", "77120465", "61520389"


async def who(town: Town, phone: Phone) -> str | None:
    """For whom the account speaks."""

    def work(db: Connection) -> str | None:
        return db.execute(
            select(Person.full_name)
            .join(Account, Account.person_id == Person.id)
            .where(Account.address == phone.address)
        ).scalar_one_or_none()

    return await town.database.read(work)


async def number_of(town: Town, name: str, number: str | None = None) -> str:
    """The phone number the roster has; `number` changes it first."""

    def work(db: Connection) -> str:
        if number:
            db.execute(update(Person).where(Person.full_name == name).values(phone=number))
        found = db.execute(select(Person.phone).where(Person.full_name == name)).scalars().first()
        assert found
        return found

    return await town.database.turn(work)


async def agreed(town: Town, first: str = "menu") -> Phone:
    phone = town.phone()
    await phone.say(first)
    await phone.press("Đồng ý")
    return phone


async def test_from_the_code_of_a_training_to_its_card(town: Town) -> None:
    phone = town.phone()
    assert "4 Chỉ xem L12" in await phone.say("L12")
    assert await phone.say("1") == (
        "Cảm ơn thầy/cô. Xin nhắn mã cá nhân 8 số do hiệu trưởng đưa.\n1 Tôi chưa có mã\n0 Quay lại"
    )
    assert phone.last.ask_contact == "Gửi số điện thoại của máy này"
    assert await phone.say("4827 1093") == (
        "H'Mai Byă, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức. Có phải thầy/cô không ạ?\n"
        "1 Đúng\n"
        "2 Không phải tôi"
    )
    assert (await phone.say("1")).startswith("L12 · Sơ cứu")
    assert await who(town, phone) == "H'Mai Byă"

    def kept(db: Connection) -> tuple[object, ...]:
        used = db.execute(select(PersonalCode.used_at).where(PersonalCode.code == MAI)).scalar_one()
        whose = db.execute(select(Consent.person_id)).scalars().all()
        return used is not None, len(whose), None in whose

    assert await town.database.read(kept) == (True, 1, False)


@pytest.mark.parametrize("typed", ["48271093", "4827 1093", "4827-1093", "4827.1093"])
async def test_the_code_is_read_as_people_type_it(town: Town, typed: str) -> None:
    phone = await agreed(town)
    assert "H'Mai Byă" in await phone.say(typed)


async def test_a_code_typed_before_the_consent_is_remembered(town: Town) -> None:
    phone = town.phone()
    assert "Đồng ý" in await phone.say(MAI)
    assert await who(town, phone) is None
    assert "H'Mai Byă" in await phone.press("Đồng ý")
    assert "H'Mai Byă" in await phone.say("dạ vâng")
    assert await who(town, phone) == "H'Mai Byă"


async def test_somebody_elses_code_is_not_taken(town: Town) -> None:
    phone = await agreed(town)
    await phone.say(MAI)
    assert "mã cá nhân 8 số" in await phone.say("2")
    assert await who(town, phone) is None


async def test_five_wrong_codes_then_a_pause(town: Town) -> None:
    phone = await agreed(town)
    for wrong in ("11111111", "22222222", "33333333", "48271094"):
        said = await phone.say(wrong)
        assert said.startswith("Mã này chưa đúng")
        assert "1 Tôi chưa có mã" in said
    assert "Mã sai quá nhiều lần" in await phone.say("12345678")
    assert "Mã sai quá nhiều lần" in await phone.say(MAI)
    town.clock.advance(seconds=tries.PAUSE.total_seconds())
    assert "H'Mai Byă" in await phone.say(MAI)


async def test_a_right_code_forgets_the_wrong_ones(town: Town) -> None:
    phone = await agreed(town)
    for _ in range(2):
        for wrong in ("11111111", "22222222", "33333333", "48271094"):
            assert "chưa đúng" in await phone.say(wrong)
        assert "H'Mai Byă" in await phone.say(MAI)


async def test_what_is_no_code_is_asked_again(town: Town) -> None:
    phone = await agreed(town)
    assert (await phone.say("1234567")).startswith("Mã cá nhân gồm 8 số")
    assert await phone.say("toi chua co ma") == "Không sao. Xin nhắn họ và tên đầy đủ.\n0 Quay lại"


async def test_ones_own_code_again_is_friendly(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    assert "không cần mã nữa" in await mai.say(MAI)
    assert await who(town, mai) == "H'Mai Byă"


async def test_the_phones_own_number_identifies_at_once(town: Town) -> None:
    phone = await agreed(town, "L12")
    number = await number_of(town, "H'Mai Byă")
    said = await phone.contact(number.removeprefix("+"))
    assert said.startswith("Đây là H'Mai Byă, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức.\nL12 ·")
    assert len(phone.last.text) <= 300
    assert await who(town, phone) == "H'Mai Byă"


@pytest.mark.parametrize("owner", ["7777", ""])
async def test_a_contact_of_somebody_else_proves_nothing(town: Town, owner: str) -> None:
    phone = await agreed(town)
    number = await number_of(town, "H'Mai Byă")
    said = await phone.contact(number, owner)
    assert said.startswith("Danh thiếp này là của người khác")
    assert "1 Tôi chưa có mã" in said
    assert phone.last.ask_contact
    assert await who(town, phone) is None


async def test_a_contact_before_the_consent_keeps_nothing(town: Town) -> None:
    phone = town.phone()
    assert "Đồng ý" in await phone.contact(await number_of(town, "H'Mai Byă"))
    assert await who(town, phone) is None


@pytest.mark.parametrize("number", ["+84912000111", "+14155550100"])
async def test_an_unknown_number_leads_to_typed_details(town: Town, number: str) -> None:
    phone = await agreed(town)
    assert "họ và tên" in await phone.contact(number)
    assert await who(town, phone) is None


async def test_a_number_of_two_people_identifies_neither(town: Town) -> None:
    number = await number_of(town, "H'Mai Byă", "+84900123456")
    await number_of(town, "Lê Thị Út", "+84900123456")
    phone = await agreed(town)
    assert "họ và tên" in await phone.contact(number)
    assert await who(town, phone) is None


async def test_a_number_people_only_claimed_identifies_nobody(town: Town) -> None:
    first = await agreed(town)
    await first.contact("+84912000111")
    for said in ("Lò Thị Pâng", "hoa cuc tuy duc", "1"):
        await first.say(said)
    assert await who(town, first) == "Lò Thị Pâng"
    other = await agreed(town)
    assert "họ và tên" in await other.contact("+84912000111")


async def test_a_code_in_use_elsewhere_never_takes_over(town: Town) -> None:
    principal = await head(town)
    old = await known(town, "Lê Thị Út")
    new = town.phone()
    assert await new.say("3305 8816") == (
        "Mã này đang dùng ở một tài khoản Telegram khác. Thầy/cô đã đổi máy hoặc đổi số?\n"
        "1 Đúng, chuyển sang máy này\n"
        "2 Không, tôi nhầm mã"
    )
    assert await new.say("1") == (
        "Trợ lý đã hỏi hiệu trưởng và nhắn cho máy cũ. Khi hiệu trưởng xác nhận, máy cũ ngừng"
        " nhận tin, lớp tập huấn giữ nguyên.\n1 Xem lịch tập huấn"
    )
    await town.deliver()
    assert "mã cá nhân của Lê Thị Út" in old.last.text
    assert (await who(town, old), await who(town, new)) == ("Lê Thị Út", None)
    assert "đổi máy" in principal.last.text

    assert "dùng máy mới" in await principal.say("11")
    await town.deliver()
    assert (await who(town, old), await who(town, new)) == (None, "Lê Thị Út")
    assert "không còn gửi đến máy này" in old.last.text
    assert "xác nhận máy mới" in new.last.text


async def test_a_number_whose_person_has_another_account_never_takes_over(town: Town) -> None:
    await known(town, "H'Mai Byă")
    phone = await agreed(town)
    said = await phone.contact(await number_of(town, "H'Mai Byă"))
    assert said.startswith("Người có số này đang dùng một tài khoản Telegram khác.")
    assert await who(town, phone) is None


async def test_in_english(town: Town) -> None:
    phone = town.phone(language="en")
    await phone.say("L12")
    assert "8-digit personal code" in await phone.say("1")
    assert "H'Mai Byă, teacher, Trường MN Hoa Cúc, xã Tuy Đức. Is this you?" in await phone.say(MAI)


async def test_a_refused_move_leaves_the_old_phone_alone(town: Town) -> None:
    principal = await head(town)
    old = await known(town, "Lê Thị Út")
    new = town.phone()
    await new.say(UT)
    await new.say("1")
    await town.deliver()
    assert "Máy cũ vẫn dùng như trước" in await principal.say("12")
    await principal.say("1")
    await town.deliver()
    assert "xin gọi hiệu trưởng Nguyễn Thị Hoa" in new.last.text
    assert (await who(town, old), await who(town, new)) == ("Lê Thị Út", None)


async def test_a_mistaken_code_asks_nobody(town: Town) -> None:
    await known(town, "Lê Thị Út")
    new = await agreed(town)
    await new.say(UT)
    assert "mã cá nhân 8 số" in await new.say("2")

    def asked(db: Connection) -> int:
        return db.execute(select(func.count()).select_from(Claim)).scalar_one()

    assert await town.database.read(asked) == 0


async def test_while_a_move_waits_the_code_is_not_asked_again(town: Town) -> None:
    await head(town)
    await known(town, "Lê Thị Út")
    new = await agreed(town)
    await new.say(UT)
    await new.say("1")
    assert "đang chờ xác nhận" in await new.say("cua toi")


@pytest.mark.parametrize("forged", ["itsme", "relink", "share-yes", "share-ask", "elsewhere"])
async def test_forged_presses_identify_nobody(town: Town, forged: str) -> None:
    phone = await agreed(town)
    await phone.press_data(f"{phone.last.mark}|{forged}")
    await phone.press_data(f"s1|{forged} 2")
    assert await who(town, phone) is None

    def links(db: Connection) -> int:
        return db.execute(select(func.count()).select_from(AccountPerson)).scalar_one()

    assert await town.database.read(links) == 0


async def head(town: Town) -> Phone:
    """The principal of Trường MN Hoa Cúc, with the role."""
    phone = await agreed(town)
    await phone.say(HOA)
    await phone.say("1")
    assert "đã nhận vai trò" in await phone.press("Nhận vai trò hiệu trưởng")
    return phone


async def test_a_principal_is_offered_the_role_and_may_take_it_later(town: Town) -> None:
    phone = await agreed(town, "L12")
    await phone.say(HOA)
    assert await phone.say("1") == (
        "Nguyễn Thị Hoa, hiệu trưởng Trường MN Hoa Cúc.\n"
        "Thầy/cô có nhận vai trò hiệu trưởng ở đây không: xác nhận đồng nghiệp và đồng ý cho"
        " người của trường đi tập huấn?\n"
        "1 Nhận vai trò hiệu trưởng\n"
        "2 Để sau"
    )
    assert (await phone.say("2")).startswith("L12 ·")
    await phone.say("nhận vai trò")
    assert "đã nhận vai trò" in await phone.press("1")
    assert "đã nhận vai trò" in await phone.say("nhận vai trò")


async def test_a_teacher_cannot_take_the_role_of_principal(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    assert "theo danh sách của trường" in await mai.say("toi la hieu truong")
    await mai.press_data(f"{mai.last.mark}|principal")

    def held(db: Connection) -> int:
        found = select(func.count()).select_from(Role).join(Person, Person.id == Role.person_id)
        return db.execute(found.where(Person.full_name == "H'Mai Byă")).scalar_one()

    assert await town.database.read(held) == 0
