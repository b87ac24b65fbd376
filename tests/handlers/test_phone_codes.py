"""A typed number proves nothing; a code sent to the roster's number does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from handlers.message import Contact, Kind
from storage import channels
from storage.channels import Terms
from storage.models import ChannelState, Notice, Person, PhoneCode
from tests.handlers.test_identify import number_of, who
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

NUMBER, TYPED, NOBODYS = "+84900123456", "0900 123 456", "0912 000 111"


async def templates(town: Town, kinds: dict[str, int]) -> None:
    def work(db: Connection) -> None:
        channels.open_channel(db, "zalo_template", Terms(templates=kinds), town.inbox.now())

    await town.database.turn(work)


@pytest.fixture
async def sends(town: Town) -> Town:
    """A town where codes can be sent, and the roster has H'Mai Byă's number."""
    await templates(town, {"phone_code": 200})
    await number_of(town, "H'Mai Byă", NUMBER)
    return town


async def agreed(town: Town, channel: str = "zalo_bot") -> Phone:
    phone = town.phone(channel=channel)
    await phone.say("L12")
    await phone.say("1")
    return phone


async def owed(town: Town) -> list[tuple[str, str, dict[str, int], bool]]:
    """Codes on their way: code, number, data of the notice, urgent."""

    def work(db: Connection) -> list[tuple[str, str, dict[str, int], bool]]:
        rows = db.execute(
            select(PhoneCode.code, PhoneCode.phone, Notice.data, Notice.urgent)
            .join(Notice, Notice.subject_id == PhoneCode.id)
            .where(Notice.kind == "phone_code")
            .order_by(PhoneCode.id)
        )
        return [tuple(row) for row in rows]

    return await town.database.read(work)


async def sent(phone: Phone, number: str = TYPED) -> str:
    await phone.say(number)
    return await phone.say("1")


async def test_a_typed_number_leads_to_a_code_and_the_code_to_the_person(sends: Town) -> None:
    phone = await agreed(sends)
    assert "hoặc số điện thoại có trong danh sách" in phone.last.text
    assert await phone.say(TYPED) == (
        "Chỉ có số điện thoại thì Trợ lý chưa biết chắc ai đang nhắn. Nếu danh sách của trường có"
        " số 0900 *** 456, Trợ lý gửi qua Zalo tới số đó một mã 6 số; xin nhắn lại mã ở đây.\n"
        "1 Gửi mã\n2 Đi tiếp không cần mã\n0 Quay lại"
    )
    assert await owed(sends) == []
    assert "Xin nhắn mã vào đây trong 10 phút" in await phone.say("1")
    ((code, number, data, urgent),) = await owed(sends)
    assert (number, urgent, list(data)) == (NUMBER, True, ["account"])
    assert (await phone.say(f"{code[:3]} {code[3:]}")).startswith("Đây là H'Mai Byă, giáo viên")
    assert await who(sends, phone) == "H'Mai Byă"

    def kept(db: Connection) -> list[str]:
        return list(db.execute(select(PhoneCode.code)).scalars())

    assert await sends.database.read(kept) == [""]


async def test_a_form_of_the_oa_is_as_good_as_typed(sends: Town) -> None:
    phone = await agreed(sends, "zalo_oa")
    said = await phone.send(Kind.CONTACT, contact=Contact(NUMBER, ""))
    assert said.startswith("Chỉ có số điện thoại thì Trợ lý chưa biết")
    assert await who(sends, phone) is None
    await phone.say("1")
    ((code, *_),) = await owed(sends)
    await phone.say(code)
    assert await who(sends, phone) == "H'Mai Byă"


async def test_no_oracle(sends: Town) -> None:
    """Nobody's number, two people's and one person's look the same until the code is typed."""
    for name in ("Lê Thị Út", "Điểu Thị Nga"):
        await number_of(sends, name, "+84900777888")
    heard = []
    for number in (TYPED, NOBODYS, "0900 777 888"):
        phone = await agreed(sends)
        before = len(phone.said)
        await sent(phone, number)
        for _ in range(4):
            await phone.say("not six")
            await phone.say("000000")
        heard.append(
            [
                reply.written().replace(number[-3:], "…").replace(number[:4], "…")
                for reply in phone.said[before:]
            ]
        )
    assert heard[0] == heard[1] == heard[2]
    assert len(await owed(sends)) == 1


async def test_without_the_template_it_goes_on_as_before(town: Town) -> None:
    await templates(town, {"moved": 200})
    phone = await agreed(town)
    assert "họ và tên đầy đủ" in await phone.say(TYPED)
    oa = await agreed(town, "zalo_oa")
    assert "họ và tên đầy đủ" in await oa.send(Kind.CONTACT, contact=Contact(NUMBER, ""))


async def test_a_halted_template_channel_sends_nothing(sends: Town) -> None:
    def halt(db: Connection) -> None:
        channels.mark(db, "zalo_template", ChannelState.EXHAUSTED, "", sends.inbox.now())

    phone = await agreed(sends)
    await phone.say(TYPED)
    await sends.database.turn(halt)
    assert "mã cá nhân 8 số" in await phone.say("1")
    assert await owed(sends) == []


@pytest.mark.parametrize("words", ["gửi lại mã", "gui ma khac", "xin gui lai", "dạ gửi mã mới nhé"])
async def test_another_code_in_words(sends: Town, words: str) -> None:
    phone = await agreed(sends)
    await sent(phone)
    assert "Xin nhắn mã vào đây trong 10 phút" in await phone.say(words)
    assert len(await owed(sends)) == 2


async def test_a_wrong_code_has_a_way_on(sends: Town) -> None:
    phone = await agreed(sends)
    await sent(phone)
    ((code, *_),) = await owed(sends)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert (await phone.say(wrong)).endswith("1 Gửi mã khác\n2 Đi tiếp không cần mã\n0 Quay lại")
    for _ in range(4):
        await phone.say(wrong)
    assert phone.last.written().endswith("1 Đi tiếp không cần mã\n0 Quay lại")
    assert "họ và tên đầy đủ" in await phone.say("1")
    # No code is sent, and paid for, that would not be read.
    await phone.say("0")
    await phone.say(TYPED)
    assert "Mã sai quá nhiều lần" in await phone.say("1")
    assert len(await owed(sends)) == 1


async def test_assent_sends_the_code(sends: Town) -> None:
    phone = await agreed(sends)
    await phone.say(TYPED)
    assert "Xin nhắn mã vào đây trong 10 phút" in await phone.say("dạ vâng")


async def test_a_number_is_read_anywhere_before_one_is_known(sends: Town) -> None:
    phone = sends.phone(channel="zalo_bot")
    assert "Để đăng ký, Trợ lý lưu" in await phone.say(TYPED)
    assert await owed(sends) == []
    await phone.say("1")
    await phone.say("lịch")
    assert "Nếu danh sách của trường có số 0900 *** 456" in await phone.say(TYPED)
    mai = await known(sends, "H'Mai Byă")
    assert "0900" not in await mai.say(TYPED)


async def test_a_number_without_templates_leads_to_the_name(town: Town) -> None:
    phone = await agreed(town)
    assert await phone.say(TYPED) == (
        "Chỉ có số điện thoại thì Trợ lý chưa biết chắc ai đang nhắn. Xin nhắn thêm họ và tên đầy"
        " đủ.\n0 Quay lại"
    )
    assert "trường nào" in await phone.say("Trần Thị Mới")


async def test_five_wrong_ones_end_the_code(sends: Town) -> None:
    phone = await agreed(sends)
    await sent(phone)
    ((code, *_),) = await owed(sends)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(4):
        assert "chưa đúng hoặc đã quá hạn" in await phone.say(wrong)
    assert "Mã sai quá nhiều lần" in await phone.say(wrong)
    sends.clock.advance(minutes=31)
    assert await who(sends, phone) is None
    assert (await owed(sends))[0][0] == ""


async def test_ten_minutes_and_the_newest_code_alone(sends: Town) -> None:
    phone = await agreed(sends)
    await sent(phone)
    await phone.press("Chưa nhận được mã")
    await phone.press("Gửi mã khác")
    (old, *_), (new, *_) = await owed(sends)
    assert old == ""
    sends.clock.advance(minutes=10)
    assert "quá hạn" in await phone.say(new)
    assert await who(sends, phone) is None


async def test_three_an_hour_and_ten_a_day(sends: Town) -> None:
    phone = await agreed(sends)
    for hour in range(3):
        for _ in range(3):
            assert "Xin nhắn mã vào đây" in await sent_again(phone)
        assert "xin mã quá nhiều lần" in await sent_again(phone), hour
        sends.clock.advance(hours=1)
    assert "Xin nhắn mã vào đây" in await sent_again(phone)
    sends.clock.advance(hours=1)
    assert "Thứ Ba" in await sent_again(phone)
    assert len(await owed(sends)) == 10


async def sent_again(phone: Phone) -> str:
    await phone.say("menu")
    await phone.press("Đồng ý")
    return await sent(phone)


async def test_a_number_gets_three_an_hour_whoever_asks_and_nobody_learns_of_it(
    sends: Town,
) -> None:
    for _ in range(4):
        assert "Xin nhắn mã vào đây" in await sent(await agreed(sends))
    assert len(await owed(sends)) == 3


async def test_a_number_that_zalo_does_not_reach_is_not_tried(sends: Town) -> None:
    def deaf(db: Connection) -> None:
        db.execute(update(Person).where(Person.phone == NUMBER).values(deaf_phone=NUMBER))

    await sends.database.turn(deaf)
    assert "Xin nhắn mã vào đây" in await sent(await agreed(sends))
    assert await owed(sends) == []


async def test_somebody_known_elsewhere_gets_one_more_account(sends: Town) -> None:
    mai = await known(sends, "H'Mai Byă")
    phone = await agreed(sends)
    await sent(phone)
    ((code, *_),) = await owed(sends)
    assert "Nối tài khoản này với H'Mai Byă" in await phone.say(code)
    assert "1 Xem tiếp L12" in await phone.say("1")
    assert (await who(sends, phone), await who(sends, mai)) == ("H'Mai Byă", "H'Mai Byă")
    await sends.deliver()
    assert "vừa được nối với H'Mai Byă" in mai.last.text
    await mai.say("11")
    assert (await who(sends, phone), await who(sends, mai)) == (None, "H'Mai Byă")


async def test_a_newcomer_still_being_confirmed_becomes_who_the_roster_has(sends: Town) -> None:
    phone = await agreed(sends)
    for said in ("1", "Lò Thị Pâng", "hoa cuc tuy duc", "1"):
        await phone.say(said)
    assert await who(sends, phone) == "Lò Thị Pâng"
    await phone.send(Kind.CONTACT, contact=Contact(NUMBER, ""))
    await phone.press("Gửi mã")
    ((code, *_),) = await owed(sends)
    await phone.say(code)
    assert await who(sends, phone) == "H'Mai Byă"


async def test_the_code_goes_to_no_account(sends: Town) -> None:
    mai = await known(sends, "H'Mai Byă")
    roster = sends.phone(channel="zalo_template")
    roster.address = NUMBER
    await sent(await agreed(sends))
    await sends.deliver()
    assert mai.said == []
    ((code, *_),) = await owed(sends)
    assert [code in reply.template.fields.values() for reply in roster.said if reply.template] == [
        True
    ]


async def test_a_code_that_is_too_old_is_not_sent(sends: Town) -> None:
    roster = sends.phone(channel="zalo_template")
    roster.address = NUMBER
    await sent(await agreed(sends))
    sends.clock.advance(minutes=10)
    await sends.deliver()
    assert roster.said == []


async def test_a_number_before_the_consent_keeps_nothing(sends: Town) -> None:
    phone = sends.phone(channel="zalo_oa")
    assert "Đồng ý" in await phone.send(Kind.CONTACT, contact=Contact(NUMBER, ""))
    await phone.press_data(f"{phone.last.mark}|phone-code-send")
    await phone.press_data("s1|phone-code-send")
    assert await owed(sends) == []


async def test_words_in_the_step(sends: Town) -> None:
    phone = await agreed(sends)
    await sent(phone)
    assert "Mã gồm 6 số" in await phone.say("khong biet nua dau")
    assert "Có khi phải chờ" in await phone.say("chua nhan duoc ma")
    assert "0912 *** 111" in await phone.say(NOBODYS)

    def rows(db: Connection) -> int:
        return db.execute(select(func.count()).select_from(PhoneCode)).scalar_one()

    assert await sends.database.read(rows) == 1
