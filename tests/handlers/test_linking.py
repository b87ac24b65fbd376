"""One person, several accounts: a code made on one is typed on the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import accounts, channels, claims, tries, verdicts
from storage.channels import Terms
from storage.models import (
    Account,
    AccountPerson,
    AuditEntry,
    Claim,
    Consent,
    ConsentPurpose,
    LinkCode,
    Person,
)
from tests.handlers.test_identify import MAI, who
from tests.people import joins, known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

CODE = re.compile(r"NOI-\w{3}-\w{3}")


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


async def code_of(phone: Phone, words: str = "nối tài khoản") -> str:
    found = CODE.search(await phone.say(words))
    assert found
    return found[0]


async def account_id(town: Town, phone: Phone) -> int:
    def work(db: Connection) -> int:
        found = select(Account.id).where(Account.address == phone.address)
        return db.execute(found).scalar_one()

    return await town.database.read(work)


async def linked(town: Town, phone: Phone, name: str = "Ai đó") -> Phone:
    """A Zalo account of the same person."""
    zalo = town.phone(name, channel="zalo_bot")
    await zalo.say(await code_of(phone))
    assert "Đã nối" in await zalo.say("1")
    return zalo


async def open_both(town: Town) -> None:
    def work(db: Connection) -> None:
        now = town.inbox.now()
        channels.open_channel(db, "telegram", Terms(contact="@taphuan_bot"), now)
        channels.open_channel(db, "zalo_bot", Terms(contact="Bot Tập huấn"), now)

    await town.database.turn(work)


async def test_a_code_made_on_telegram_links_a_stranger_on_zalo(town: Town, mai: Phone) -> None:
    await open_both(town)
    said = await mai.say("nối tài khoản")
    code = CODE.search(said)
    assert code
    assert said == (
        f"Mã nối tài khoản là {code[0]}, dùng trong 10 phút. Xin mở tài khoản kia và nhắn mã này"
        " cho Trợ lý ở đó:\nZalo: Bot Tập huấn\nXin không đưa mã này cho ai.\n"
        "1 Tài khoản của tôi\n0 Quay lại"
    )
    zalo = town.phone(channel="zalo_bot")
    assert await zalo.say(code[0]) == (
        "Nối tài khoản này với H'Mai Byă, giáo viên, Trường MN Hoa Cúc, xã Tuy Đức? Trợ lý lưu thêm"
        " tài khoản này; ai dùng tài khoản này cũng xem được lớp tập huấn và tin Trợ lý nhắn cho"
        " người đó.\n"
        "1 Đúng\n2 Không nối"
    )
    assert await who(town, zalo) is None
    assert await zalo.say("1") == (
        "Đã nối: H'Mai Byă dùng được Trợ lý ở cả tài khoản này, lớp tập huấn như nhau. Trợ lý đã"
        " báo cho tài khoản kia.\n1 Lớp tập huấn của tôi\n2 Xem lịch tập huấn"
    )
    assert (await who(town, zalo), await who(town, mai)) == ("H'Mai Byă", "H'Mai Byă")

    def kept(db: Connection) -> tuple[object, ...]:
        audited = select(AuditEntry.actor_id).where(AuditEntry.action == "account linked")
        codes = db.execute(select(LinkCode.digest)).scalars().all()
        actor = db.execute(audited).scalar_one()
        name = db.execute(select(Person.full_name).where(Person.id == actor)).scalar_one()
        return len(codes), code[0] in codes, name

    assert await town.database.read(kept) == (1, False, "H'Mai Byă")


async def test_what_was_agreed_to_goes_along(town: Town, mai: Phone) -> None:
    zalo = await linked(town, mai)
    there = await account_id(town, zalo)

    def purposes(db: Connection) -> list[ConsentPurpose]:
        found = select(Consent.purpose).where(
            Consent.account_id == there, Consent.withdrawn_at.is_(None)
        )
        return list(db.execute(found).scalars())

    assert await town.database.read(purposes) == [ConsentPurpose.REGISTRATION]


async def test_the_same_state_on_both(town: Town, mai: Phone) -> None:
    zalo = town.phone(channel="zalo_bot")
    await zalo.say(await code_of(mai))
    await zalo.say("1")
    await mai.say("L15")
    await mai.press("Đăng ký")

    assert "L15" in await zalo.say("cua toi")
    await zalo.say("huy L15")
    await zalo.say("1")
    assert "L15" not in await mai.say("cua toi")


async def test_a_course_left_open_is_gone_on_with(town: Town, mai: Phone) -> None:
    await mai.say("L15")
    zalo = town.phone(channel="zalo_bot")
    await zalo.say(await code_of(mai))
    assert "1 Xem tiếp L15" in await zalo.say("1")
    assert (await zalo.say("1")).startswith("L15 ·")


async def test_what_this_account_came_for_comes_first(town: Town, mai: Phone) -> None:
    await mai.say("L15")
    zalo = town.phone(channel="zalo_bot")
    await zalo.say("L12")
    await zalo.say(await code_of(mai))
    assert "1 Xem tiếp L12" in await zalo.say("1")


async def test_the_first_account_is_told_and_can_undo_it(town: Town, mai: Phone) -> None:
    zalo = await linked(town, mai)
    await town.deliver()
    assert mai.last.written() == (
        "Tài khoản Zalo vừa được nối với H'Mai Byă lúc 8h00: ở đó xem được lớp tập huấn và tin"
        " Trợ lý nhắn cho H'Mai Byă. Nếu không phải thầy/cô nối, xin gỡ ra ngay.\n"
        "11 Không phải tôi, gỡ ra"
    )
    assert "Đã gỡ" in await mai.say("11")
    assert (await who(town, zalo), await who(town, mai)) == (None, "H'Mai Byă")
    await town.deliver()
    assert "không còn dùng cho H'Mai Byă" in zalo.last.text
    assert "Kính chào" in await zalo.say("cua toi")
    assert "không còn nối" in await mai.say("11")


async def test_the_first_account_is_told_at_night_too(town: Town, mai: Phone) -> None:
    town.clock.advance(hours=15)
    await linked(town, mai)
    mai.said.clear()
    await town.deliver()
    assert "vừa được nối" in mai.last.text


@pytest.mark.parametrize("typed", ["{0}", " {1} ", "{1}", "nối {2}", "{3}", "{4}", "mã là {0}."])
async def test_the_code_is_read_as_people_type_it(town: Town, mai: Phone, typed: str) -> None:
    code = await code_of(mai)
    six = code.removeprefix("NOI-")
    zalo = town.phone(channel="zalo_bot")
    # Zalo copies and forwards a message as a whole.
    whole = mai.last.text
    forms = (code, code.lower(), six.replace("-", " ").lower(), code.replace("-", ""), whole)
    assert "Nối tài khoản này với H'Mai Byă" in await zalo.say(typed.format(*forms))


async def test_a_code_serves_once_and_ten_minutes(town: Town, mai: Phone) -> None:
    code = await code_of(mai)
    first, second = (town.phone(channel="zalo_bot") for _ in range(2))
    await second.say(code)
    await first.say(code)
    await first.say("1")
    assert "đã dùng hoặc đã quá 10 phút" in await second.say("1")
    assert "đã dùng" in await second.say(code)
    assert await who(town, second) is None
    later = await code_of(mai)
    town.clock.advance(minutes=10)
    assert "quá 10 phút" in await second.say(later)


async def test_a_newer_code_ends_the_older(town: Town, mai: Phone) -> None:
    old = await code_of(mai)
    await code_of(mai)
    assert "chưa đúng" in await town.phone(channel="zalo_bot").say(old)


@pytest.mark.parametrize("slip", ["NOI-47K-2QX", "noi-47k-2q", "NOI - 47K - 2QMM", "nối-abc-def"])
async def test_a_slip_in_a_code_is_answered_as_a_code(town: Town, slip: str) -> None:
    assert "Mã này chưa đúng" in await town.phone(channel="zalo_bot").say(slip)


@pytest.mark.parametrize("words", ["noi 12h30", "nơi học L12-L15", "noi chuyen", "noi"])
async def test_what_is_no_code_is_not_taken_for_one(town: Town, words: str) -> None:
    assert "Mã này chưa đúng" not in await town.phone(channel="zalo_bot").say(words)


@pytest.mark.parametrize("words", ["liên kết zalo", "lien ket telegram", "nối tài khoản zalo"])
async def test_linking_by_the_name_of_the_channel(town: Town, mai: Phone, words: str) -> None:
    assert CODE.search(await mai.say(words))


async def test_no_in_words_links_nothing(town: Town, mai: Phone) -> None:
    zalo = town.phone(channel="zalo_bot")
    await zalo.say(await code_of(mai))
    assert "Chưa nối gì" in await zalo.say("thôi")
    assert await who(town, zalo) is None


async def test_two_accounts_of_one_day_are_told_apart(town: Town, mai: Phone) -> None:
    await linked(town, mai)
    town.clock.advance(minutes=30)
    await linked(town, mai)
    said = await mai.say("tai khoan")
    assert "1 Telegram, từ Thứ Hai 23/11, tài khoản này\n2 Zalo, từ 8h00 Thứ Hai 23/11\n" in said
    assert "3 Zalo, từ 8h30 Thứ Hai 23/11\n" in said
    assert "Gỡ tài khoản Zalo dùng từ 8h30 Thứ Hai 23/11?" in await mai.say("3")


async def test_withdrawing_ends_all_accounts_and_tells_the_others(town: Town, mai: Phone) -> None:
    zalo = await linked(town, mai)
    await town.deliver()
    said = await zalo.say("rút đồng ý")
    assert "Cả 2 tài khoản không còn dùng cho H'Mai Byă." in said
    assert "2 Chỉ gỡ một tài khoản\n0 Giữ nguyên" in said
    assert "2 tài khoản. Muốn gỡ tài khoản nào" in await zalo.say("2")
    await mai.say("L15")
    await mai.press("Đăng ký")
    assert "Bỏ 1 đăng ký, chỗ chuyển cho người chờ; cả 2 tài khoản" in await zalo.say("rút đồng ý")
    assert len(zalo.last.text) <= 300
    await zalo.say("1")
    assert (await who(town, zalo), await who(town, mai)) == (None, None)
    await town.deliver()
    assert mai.last.text == (
        "Sự đồng ý của H'Mai Byă đã được rút lại ở một tài khoản khác của H'Mai Byă, nên tài khoản"
        " này cũng không còn dùng cho H'Mai Byă. Nếu không đúng, xin báo hiệu trưởng."
    )
    assert "đã được rút lại" not in zalo.last.text


async def test_guessing_brings_a_pause(town: Town, mai: Phone) -> None:
    code = await code_of(mai)
    zalo = town.phone(channel="zalo_bot")
    for wrong in ("NOI-222-222", "NOI-333-333", "noi 444 444", "noi555555"):
        assert "chưa đúng" in await zalo.say(wrong)
    assert "Mã sai quá nhiều lần" in await zalo.say("NOI-777-777")
    assert "Mã sai quá nhiều lần" in await zalo.say(code)
    town.clock.advance(seconds=tries.PAUSE.total_seconds())
    assert await who(town, zalo) is None


async def test_the_code_is_for_the_other_account(town: Town, mai: Phone) -> None:
    assert "nhắn ở tài khoản kia" in await mai.say(await code_of(mai))
    zalo = await linked(town, mai)
    assert "không cần mã" in await zalo.say(await code_of(mai))


async def test_no_links_nothing(town: Town, mai: Phone) -> None:
    zalo = town.phone(channel="zalo_bot")
    await zalo.say(await code_of(mai))
    assert "Chưa nối gì" in await zalo.say("2")
    await zalo.press_data(f"{zalo.last.mark}|link-yes")
    assert await who(town, zalo) is None


@pytest.mark.parametrize("forged", ["link-yes", "link-ask", "unlink 1", "unlink x", "unlink-ask 1"])
async def test_forged_presses_link_and_take_off_nothing(
    town: Town, mai: Phone, forged: str
) -> None:
    zalo = town.phone(channel="zalo_oa")
    await zalo.say("menu")
    await zalo.press_data(f"{zalo.last.mark}|{forged}")
    await zalo.press_data(f"s1|{forged}")
    stranger = await known(town, "Lê Thị Út")
    await stranger.say("menu")
    await stranger.press_data(f"{stranger.last.mark}|{forged}")

    def links(db: Connection) -> int:
        return len(db.execute(select(AccountPerson.account_id)).all())

    assert await town.database.read(links) == 2
    assert await who(town, zalo) is None


async def test_a_stranger_is_told_where_to_make_a_code(town: Town) -> None:
    zalo = town.phone(channel="zalo_bot")
    assert "đã biết thầy/cô, xin nhắn: nối tài khoản" in await zalo.say("lien ket")
    assert "Kính chào" in await zalo.say("1")


async def test_who_is_asked_for_a_code_may_ask_for_the_other_kind(town: Town) -> None:
    zalo = town.phone(channel="zalo_bot")
    await zalo.say("menu")
    await zalo.say("1")
    assert "Ở tài khoản mà Trợ lý đã biết" in await zalo.say("nối tài khoản")


async def test_an_account_of_somebody_else_is_shared_by_the_rules(town: Town, mai: Phone) -> None:
    nga = await known(town, "Điểu Thị Nga")
    code = await code_of(nga)
    assert await mai.say(code) == (
        "Tài khoản này đang dùng cho H'Mai Byă. Điểu Thị Nga cũng muốn dùng chung ở đây? Dùng"
        " chung thì thấy lớp tập huấn và kết quả của nhau.\n1 Đúng là tôi, đồng ý\n2 Không nối"
    )
    await mai.say("1")
    assert await who(town, mai) == "Điểu Thị Nga"
    assert "Đang dùng cho H'Mai Byă" in await mai.say("đổi")


async def test_people_of_another_school_are_not_linked(town: Town, mai: Phone) -> None:
    def elsewhere(db: Connection) -> str:
        school = select(Person.school_id).where(Person.full_name == "H'Mai Byă").scalar_subquery()
        found = select(Person.full_name).where(
            Person.school_id != school, Person.left_on.is_(None), Person.verified_at.is_not(None)
        )
        return db.execute(found.limit(1)).scalar_one()

    other = await known(town, await town.database.read(elsewhere))
    assert (await mai.say(await code_of(other))).startswith("Chỉ người cùng một trường")


async def test_a_fourth_person_finds_no_room(town: Town, mai: Phone) -> None:
    for name in ("Điểu Thị Nga", "Lê Thị Út"):
        await joins(town, mai, name)
    principal = await known(town, "Nguyễn Thị Hoa")
    assert "đã đủ 3 người" in await mai.say(await code_of(principal))


async def provisional(town: Town, channel: str = "zalo_bot") -> Phone:
    phone = town.phone(channel=channel)
    for said in ("menu", "1", "1", "Lò Thị Pâng", "hoa cuc tuy duc", "1"):
        await phone.say(said)
    assert await who(town, phone) == "Lò Thị Pâng"
    return phone


async def test_who_is_still_being_confirmed_may_link_and_keeps_the_seats(
    town: Town, mai: Phone
) -> None:
    zalo = await provisional(town)
    await zalo.say("dk L15")
    await zalo.say("1")
    assert "Những gì đã đăng ký ở đây vẫn giữ" in await zalo.say(await code_of(mai))
    await zalo.say("1")
    assert await who(town, zalo) == "H'Mai Byă"
    assert "L15" in await mai.say("cua toi")

    def open_claims(db: Connection) -> int:
        return len(db.execute(select(Claim.id).where(Claim.state == "open")).all())

    assert await town.database.read(open_claims) == 0
    # However long it was here before, it came later to this person.
    await zalo.say("gỡ tài khoản")
    await zalo.press("2")
    assert "Gỡ tài khoản Zalo" in zalo.last.text
    await town.deliver()
    assert "Đã gỡ" in await mai.press("Không phải tôi, gỡ ra")
    assert await who(town, zalo) is None


async def test_whoever_is_not_confirmed_joins_no_account_of_somebody_else(
    town: Town, mai: Phone
) -> None:
    code = await code_of(await provisional(town))
    assert "Lò Thị Pâng chưa được xác nhận" in await mai.say(code)
    assert await who(town, mai) == "H'Mai Byă"


async def test_a_refused_newcomer_has_no_account_left(town: Town) -> None:
    zalo = await provisional(town)
    second = town.phone(channel="telegram")
    await second.say(await code_of(zalo))
    await second.say("1")
    assert await who(town, second) == "Lò Thị Pâng"
    await known(town, "Nguyễn Thị Hoa")

    def refuse(db: Connection) -> None:
        claim_id = db.execute(select(Claim.id)).scalar_one()
        claim = claims.known(db, claim_id)
        department = next(
            one
            for rung in reversed(claims.RUNGS)
            for one in claims.holders(db, claim, rung, town.inbox.now())
        )
        verdicts.refuse(db, claim_id, department, town.inbox.now())

    await town.database.turn(refuse)
    assert (await who(town, zalo), await who(town, second)) == (None, None)


async def test_own_accounts_are_listed_and_taken_off(town: Town, mai: Phone) -> None:
    town.clock.advance(days=1)
    zalo = await linked(town, mai)
    assert "5 Tài khoản của tôi" in await mai.say("dữ liệu")
    assert await mai.say("5") == (
        "H'Mai Byă đang dùng Trợ lý ở 2 tài khoản. Muốn gỡ tài khoản nào, xin chọn:\n"
        "1 Telegram, từ Thứ Hai 23/11, tài khoản này\n"
        "2 Zalo, từ Thứ Ba 24/11\n"
        "3 Nối thêm tài khoản\n0 Quay lại"
    )
    assert await mai.say("2") == (
        "Gỡ tài khoản Zalo dùng từ Thứ Ba 24/11? Tin cho H'Mai Byă không còn gửi đến đó. Các lớp"
        " tập huấn giữ nguyên.\n1 Gỡ ra\n0 Thôi"
    )
    assert "Đã gỡ" in await mai.say("1")
    assert await who(town, zalo) is None
    assert "chỉ dùng Trợ lý ở tài khoản này" in await mai.say("go tai khoan")
    here = await account_id(town, mai)
    await mai.press_data(f"{mai.last.mark}|unlink {here}")
    assert await who(town, mai) == "H'Mai Byă"


async def test_an_account_takes_itself_off(town: Town, mai: Phone) -> None:
    zalo = await linked(town, mai)
    await zalo.say("gỡ tài khoản")
    await zalo.press("2")
    assert "tài khoản này không còn dùng cho H'Mai Byă" in await zalo.say("1")
    assert "Kính chào" in await zalo.say("menu")
    assert await who(town, mai) == "H'Mai Byă"


async def test_whoever_came_later_cannot_lock_out_who_was_there_first(
    town: Town, mai: Phone
) -> None:
    zalo = await linked(town, mai)
    await zalo.say("gỡ tài khoản")
    assert "mới nối chưa đủ 3 ngày" in await zalo.say("1")
    first = await account_id(town, mai)
    await zalo.press_data(f"{zalo.last.mark}|unlink {first}")
    assert await who(town, mai) == "H'Mai Byă"
    town.clock.advance(days=3)
    await zalo.say("gỡ tài khoản")
    assert "Gỡ tài khoản Telegram" in await zalo.say("1")
    await zalo.say("1")
    assert await who(town, mai) is None


async def test_a_code_of_an_account_that_was_taken_off_opens_nothing(
    town: Town, mai: Phone
) -> None:
    zalo = await linked(town, mai)
    code = await code_of(zalo)
    await town.deliver()
    await mai.say("11")
    assert "chưa đúng" in await town.phone(channel="zalo_bot").say(code)


async def test_an_open_claim_moves_to_the_account_that_stays(town: Town) -> None:
    zalo = await provisional(town)
    second = town.phone()
    await second.say(await code_of(zalo))
    await second.say("1")
    await zalo.say("gỡ tài khoản")
    await zalo.press("1")
    await zalo.say("1")
    there = await account_id(town, second)

    def whose(db: Connection) -> tuple[int, list[int]]:
        claim = db.execute(select(Claim.account_id, Claim.person_id)).one()
        return claim.account_id, [used.id for used in accounts.of(db, claim.person_id)]

    assert await town.database.read(whose) == (there, [there])


async def test_a_code_in_use_elsewhere_tells_of_linking(town: Town, mai: Phone) -> None:
    zalo = town.phone(channel="zalo_bot")
    assert "nhắn ở tài khoản kia: nối tài khoản" in await zalo.say(MAI)
    await zalo.say(await code_of(mai))
    await zalo.say("1")
    assert await who(town, zalo) == "H'Mai Byă"
