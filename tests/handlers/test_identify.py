"""Who is this? Codes, the phone's own number, and a code that is in use elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from storage import tries
from storage.models import (
    Account,
    AccountPerson,
    Claim,
    Consent,
    Conversation,
    Person,
    PersonalCode,
    Role,
)
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


async def test_ones_own_code_between_wrong_ones_is_no_way_round_the_pause(town: Town) -> None:
    phone = await agreed(town)
    for wrong in ("11111111", "22222222", "33333333", "48271094"):
        assert "chưa đúng" in await phone.say(wrong)
    assert "H'Mai Byă" in await phone.say(MAI)
    assert "Mã sai quá nhiều lần" in await phone.say("11111111")


async def test_once_the_account_is_somebodys_the_wrong_codes_are_forgotten(town: Town) -> None:
    phone = await agreed(town)
    for again in (True, False):
        for wrong in ("11111111", "22222222", "33333333", "48271094"):
            assert "chưa đúng" in await phone.say(wrong)
        assert "H'Mai Byă" in await phone.say(MAI)
        await phone.say("1")
        if again:
            # Whoever takes the consent back and comes again is not new here.
            await phone.say("rut dong y")
            await phone.say("1")
            await phone.say("menu")
            await phone.say("1")
    assert "Mã sai quá nhiều lần" in await phone.say("11111111")


async def test_a_pause_until_another_day_says_which(town: Town) -> None:
    phone = await agreed(town)
    for _ in range(3):
        town.clock.advance(hours=2)
        for _ in range(tries.TRIES):
            await phone.say("11111111")
    assert "từ 14h" in phone.last.text
    assert "Thứ Ba, 24/11/2026" in phone.last.text


async def test_whoever_declines_is_forgotten_but_for_the_course(town: Town) -> None:
    phone = await agreed(town, "L12")
    await phone.say(MAI)
    await phone.press_data("s0|disagree")
    assert "không lưu gì" in phone.last.text
    assert "nhắn: L12" in phone.last.text

    def left(db: Connection) -> tuple[object, ...]:
        data = select(Conversation.data).join(Account).where(Account.address == phone.address)
        standing = select(Consent.id).where(Consent.withdrawn_at.is_(None))
        return db.execute(data).scalar_one(), db.execute(standing).all()

    assert await town.database.read(left) == ({"wanted": "L12"}, [])
    assert "1 Đồng ý" in await phone.say("cua toi")


async def test_a_code_typed_before_declining_is_forgotten(town: Town) -> None:
    phone = town.phone()
    await phone.say(MAI)
    await phone.press("Không đồng ý")

    def left(db: Connection) -> object:
        data = select(Conversation.data).join(Account).where(Account.address == phone.address)
        return db.execute(data).scalar_one()

    assert await town.database.read(left) == {}
    await phone.say("menu")
    assert "H'Mai" not in await phone.press("Đồng ý")


async def test_whoever_is_known_and_declines_is_asked_whether_to_withdraw(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")
    await mai.say("menu")
    assert "Rút lại sự đồng ý của H'Mai Byă?" in await mai.press_data("s0|disagree")


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("vi", ("họ tên", "trường", "chức vụ", "tài khoản này", "kết quả tập huấn",
                "số điện thoại", "chỉ để tổ chức", "thời gian", "đề nghị xóa"),
         ("xem", "sửa", "xóa", "rút lại", "khiếu nại", "cán bộ phụ trách", "Sở GDĐT")),
        ("en", ("name", "school", "position", "this account", "results", "phone number",
                "only to organise", "while", "erasure"),
         ("see", "correct", "erase", "withdraw", "complain", "commune's officer", "Department")),
    ],
)  # fmt: skip
async def test_the_consent_names_what_is_kept_and_what_can_be_demanded(
    town: Town, language: str, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    phone = town.phone(language=language)
    await phone.say("menu")
    await phone.say("2")
    for page, named in (("", first), ("9", second)):
        if page:
            await phone.say(page)
        assert len(phone.last.text) <= 300
        assert [each for each in named if each not in phone.last.text] == []
        assert {"agree", "disagree"} <= {choice.action for choice in phone.last.choices}


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
        "Mã này đang dùng ở một tài khoản Telegram khác. Thầy/cô đã đổi máy hoặc đổi số? Nếu muốn"
        " dùng cả hai, nhắn ở tài khoản kia: nối tài khoản\n"
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


async def test_whoever_agreed_is_not_asked_to_agree_again(town: Town) -> None:
    phone = await agreed(town, "L12")

    card = await phone.say("L15")

    assert card.startswith("L15 ·")
    assert "mã cá nhân 8 số" in await phone.say("1")
    assert "Có phải thầy/cô không ạ?" in await phone.say("48271093")
    assert "Đã đăng ký cho H'Mai Byă: L15" in await phone.say("1")


@pytest.mark.parametrize("said", ["toi ko co ma", "quên mã rồi", "chua co", "em chua duoc ma"])
async def test_no_code_in_ones_own_words(town: Town, said: str) -> None:
    phone = await agreed(town)

    assert "họ và tên đầy đủ" in await phone.say(said)


async def test_the_role_that_was_put_off_is_found_again(town: Town) -> None:
    phone = await agreed(town)
    await phone.say(HOA)
    await phone.say("1")

    assert "1 Nhận vai trò hiệu trưởng" in await phone.press("Để sau")
    assert "vai trò hiệu trưởng ở đây không" in await phone.say("viec")
    await phone.press("Nhận vai trò hiệu trưởng")
    assert "Nhận vai trò" not in await phone.say("menu")
