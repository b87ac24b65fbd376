"""Announcements as people get them: the letter, "seen", what stops one, and whether it is true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from handlers import notices
from storage import broadcasts, opting, outbox
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    BroadcastSeen,
    NoticeState,
    Purpose,
)
from tests.announced import (
    TEXT,
    agree,
    announce,
    confirmed,
    deal,
    ends,
    person,
    scope_of,
    tried,
)
from tests.people import joins, known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import NoticeState as State
    from storage.outbox import Owed
    from tests.talk import Phone, Town

MAI, NGA, UT = "H'Mai Byă", "Điểu Thị Nga", "Lê Thị Út"
HEADING = "THÔNG BÁO của Phòng VH-XH xã Tuy Đức (TB-0001, để thực hiện)"


@pytest.fixture
async def mai(town: Town) -> Phone:
    phone = await known(town, MAI)
    await agree(town, MAI)
    return phone


async def seen(town: Town) -> int:
    counted = select(func.count()).select_from(BroadcastSeen)
    return await town.database.read(lambda db: db.execute(counted).scalar_one())


async def test_the_letter_reads_as_in_the_golden_conversation(town: Town, mai: Phone) -> None:
    await announce(town)
    assert mai.last.written() == f"{HEADING}\n{TEXT}\n11 Đăng ký L12\n12 Đã xem"
    assert await ends(town, 1, MAI) == (NoticeState.SENT, "")
    assert "Đăng ký L12 cho H'Mai Byă?" in await mai.say("11")
    assert "Đã đăng ký" in await mai.say("1")


async def test_nothing_is_offered_that_cannot_be_had(town: Town, mai: Phone) -> None:
    await mai.say("dk L12")
    await mai.say("1")
    await announce(town, purpose=Purpose.KNOW)
    assert mai.last.choices == ()
    assert "(TB-0001, để biết)" in mai.last.text


@pytest.mark.parametrize("how", ["12", "đã xem", "dạ đã xem ạ", "button"])
async def test_seen_is_thanked_for_once_and_again(town: Town, mai: Phone, how: str) -> None:
    await announce(town)
    thanks = "Cảm ơn thầy/cô. Đã ghi: H'Mai Byă đã xem TB-0001."
    for _ in range(2):
        said = await (mai.press("seen 1") if how == "button" else mai.say(how))
        assert said.strip() == thanks
    assert await seen(town) == 1


async def test_only_the_newest_is_meant_by_the_words_alone(town: Town, mai: Phone) -> None:
    await announce(town)
    assert "TB-0001" in await mai.say("đã xem")
    await announce(town, purpose=Purpose.REPORT)
    assert "để báo cáo" in mai.last.text
    assert "TB-0002" in await mai.say("đã xem")


async def test_nobody_else_can_say_that_they_have_seen_it(town: Town, mai: Phone) -> None:
    await announce(town)
    other = await known(town, UT)
    await other.press_data("s0|seen 1")
    await other.press_data("s0|seen 99")
    assert "chưa gửi thầy/cô thông báo nào" in await other.say("đã xem")
    assert await seen(town) == 0


async def test_what_somebody_has_seen_did_arrive(town: Town, mai: Phone) -> None:
    await announce(town)
    await tried(town, 1, state=NoticeState.UNCERTAIN, reason="no answer")
    await mai.say("12")
    assert await ends(town, 1, MAI) == (NoticeState.SENT, "")


async def test_a_second_copy_is_not_sent_to_whoever_has_seen_the_first(
    town: Town, mai: Phone
) -> None:
    one = await confirmed(town)
    await deal(town)
    await town.deliver()
    await mai.say("12")
    await tried(town, one, state=NoticeState.OWED, due_at=town.inbox.now())
    said = len(mai.said)
    await town.deliver()
    assert len(mai.said) == said
    assert await ends(town, one, MAI) == (NoticeState.SENT, "")


async def test_whoever_stops_them_meanwhile_gets_none_and_the_reason_is_kept(
    town: Town, mai: Phone
) -> None:
    one = await confirmed(town)
    await deal(town)
    await mai.say("ngừng nhận")
    said = len(mai.said)
    await town.deliver()
    assert len(mai.said) == said
    assert await ends(town, one, MAI) == (NoticeState.SKIPPED, "no consent")


@pytest.mark.parametrize(
    ("again", "state", "reason"),
    [(False, NoticeState.SKIPPED, "no consent"), (True, NoticeState.UNCERTAIN, "no answer")],
)
async def test_what_may_have_arrived_stays_uncertain(
    town: Town, mai: Phone, again: bool, state: State, reason: str
) -> None:
    one = await confirmed(town)
    await deal(town)
    await tried(town, one, tried=again)
    await mai.say("tat thong bao")
    await town.deliver()
    assert await ends(town, one, MAI) == (state, reason)


async def test_a_pause_that_overtakes_the_sender_loses_nothing(town: Town, mai: Phone) -> None:
    one = await confirmed(town)
    await deal(town)
    scope = await scope_of(town)
    claimed = await town.database.turn(lambda db: outbox.claim(db, town.inbox.now()))
    await town.database.turn(lambda db: broadcasts.pause(db, scope, one, town.inbox.now()))
    await town.database.turn(lambda db: prepared(db, town, claimed))
    assert await ends(town, one, MAI) == (NoticeState.PLANNED, "")
    said = len(mai.said)
    await town.database.turn(lambda db: broadcasts.resume(db, scope, one, town.inbox.now()))
    await deal(town)
    await town.deliver()
    assert len(mai.said) == said + 1
    assert await ends(town, one, MAI) == (NoticeState.SENT, "")


async def test_a_stop_that_overtakes_the_sender_sends_nothing(town: Town, mai: Phone) -> None:
    one = await confirmed(town)
    await deal(town)
    scope = await scope_of(town)
    claimed = await town.database.turn(lambda db: outbox.claim(db, town.inbox.now()))
    await town.database.turn(lambda db: broadcasts.stop(db, scope, one, town.inbox.now()))
    await town.database.turn(lambda db: prepared(db, town, claimed))
    assert await ends(town, one, MAI) == (NoticeState.SKIPPED, "cancelled")


def prepared(db: Connection, town: Town, claimed: list[Owed]) -> None:
    """The sender goes on with what it had claimed: there is nothing to send."""
    assert [notices.prepare(db, one, town.inbox.now()) for one in claimed] == [None]


async def test_two_on_one_phone_each_get_their_own(town: Town, mai: Phone) -> None:
    await joins(town, mai, NGA)
    await agree(town, NGA)
    await announce(town)
    letters = {reply.text.splitlines()[1]: reply for reply in mai.said[-2:]}
    assert set(letters) == {f"Gửi {MAI}:", f"Gửi {NGA}:"}
    for name in (NGA, MAI):
        assert f"Đã ghi: {name} đã xem" in await mai.press("seen 1", letters[f"Gửi {name}:"])
    assert await seen(town) == 2


async def test_a_correction_names_what_it_corrects(town: Town, mai: Phone) -> None:
    await announce(town)
    await announce(town, text="Hạn là 08/12.", corrects=1, purpose=Purpose.KNOW)
    assert mai.last.text.startswith(
        "ĐÍNH CHÍNH TB-0001 của Phòng VH-XH xã Tuy Đức (TB-0002, để biết)\nHạn là 08/12."
    )
    shown = await mai.say("TB-0001")
    assert "Tin này đã có đính chính: TB-0002." in shown
    assert "Xem TB-0002" in shown
    assert "TB-0002 là tin thật" in await mai.press("check 2")


async def test_a_place_a_card_and_a_photo_go_with_it(town: Town, mai: Phone) -> None:
    def kept(db: Connection) -> int:
        return db.execute(
            insert(Attachment)
            .values(person_id=person(db, MAI), kind=AttachmentKind.PHOTO, name="anh.jpg",
                    channel="telegram", source="x", size=3, state=AttachmentState.READY,
                    content=b"abc", created_at=town.inbox.now())
            .returning(Attachment.id)
        ).scalar_one()  # fmt: skip

    photo = await town.database.turn(kept)
    pin = {"title": "Hội trường", "address": "Thôn 2", "latitude": 12.1, "longitude": 107.4}
    await announce(town, text="12/12 họp", place={**pin, "card": True}, attachment_id=photo)
    letter = mai.last
    assert letter.place is not None
    assert (letter.place.title, letter.place.latitude) == ("Hội trường", 12.1)
    assert letter.photo is not None
    assert letter.photo.subject == photo
    assert "\n– 12/12 họp\nL12 · Sơ cứu" in letter.text, "no line begins with a digit"
    assert "Địa điểm" not in letter.text


async def test_a_place_without_a_map_is_written(town: Town, mai: Phone) -> None:
    await announce(town, place={"title": "Hội trường", "address": "Thôn 2"})
    assert "Địa điểm: Hội trường, Thôn 2" in mai.last.text
    assert mai.last.place is None


async def test_whoever_got_it_can_check_and_read_it_again(town: Town, mai: Phone) -> None:
    await announce(town)
    assert await mai.say("tb 141") == (
        "Không có tin nào mang mã TB-0141. Xin đừng bấm đường dẫn và đừng trả lời tin đó.\n"
        "1 Báo cho Sở GDĐT\n0 Thôi"
    )
    assert await mai.say("TB-0001") == (
        "TB-0001 là tin thật, do Phòng VH-XH xã Tuy Đức gửi lúc 8h02 Thứ Hai, 23/11/2026, về L12,"
        " để thực hiện.\nTin mang mã này mà nội dung khác là tin giả.\n"
        "1 Đọc lại tin\n2 Báo cho Sở GDĐT\n0 Xong"
    )
    assert await mai.say("1") == f"{HEADING}\n{TEXT}\n1 Đăng ký L12\n2 Đã xem\n0 Xong"
    assert "Đã ghi: H'Mai Byă đã xem" in await mai.say("2")


async def test_others_are_told_that_it_is_genuine_but_not_what_it_says(
    town: Town, mai: Phone
) -> None:
    await announce(town)
    stranger = town.phone()
    for phone in (await known(town, "Võ Thị Loan"), stranger):
        said = await phone.say("TB-0001")
        assert "TB-0001 là tin thật, do Phòng VH-XH xã Tuy Đức" in said
        assert "Nội dung chỉ hiện với người được gửi." in said
        assert "Đọc lại" not in said
        assert TEXT not in await phone.press_data("s1|announcement 1")
    covering = await known(town, "Đinh Thị Thu Hằng")
    assert "1 Đọc lại tin" in await covering.say("TB-0001")
    said = await covering.say("1")
    assert TEXT in said
    assert "Đã xem" not in said


async def test_what_is_not_sent_yet_exists_for_covering_officers_only(
    town: Town, mai: Phone
) -> None:
    await confirmed(town)
    assert "Không có tin nào mang mã TB-0001" in await mai.say("TB-0001")
    covering = await known(town, "Đinh Thị Thu Hằng")
    assert "TB-0001 chưa được gửi cho ai." in await covering.say("TB-0001")


async def test_a_genuine_code_makes_no_demand_for_money_genuine(town: Town, mai: Phone) -> None:
    await announce(town)
    said = await mai.say("TB-0001 bao chuyen 200k, co that ko")
    assert "không bao giờ" in said
    assert "là tin thật" not in said
    assert "TB-0001 là tin thật" in await mai.press("check 1")
    assert "TB-0001 là tin thật" in await mai.say("TB-0001 có thật không")


async def test_a_stopped_one_says_so(town: Town, mai: Phone) -> None:
    one = await confirmed(town)
    await deal(town)
    scope = await scope_of(town)
    await town.database.turn(lambda db: broadcasts.stop(db, scope, one, town.inbox.now()))
    assert "đã được dừng khi chưa gửi hết" in await mai.say("TB-0001")


async def test_the_letter_is_in_the_readers_language(town: Town) -> None:
    ut = await known(town, UT, language="en")
    await agree(town, UT)
    await announce(town)
    assert ut.last.text.startswith(
        "ANNOUNCEMENT of the culture and society office of xã Tuy Đức (TB-0001, to be acted on)"
    )
    assert await town.database.read(lambda db: opting.wish(db, person(db, UT))) == "yes"
