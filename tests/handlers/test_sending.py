"""From the typed number to the first message: counted anew, approved, held, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from handlers.sending import typed
from storage import roles
from storage.models import Announce, BroadcastState, Person, Role
from storage.spelling import fold
from tests.handlers.announcing import (
    TEXT,
    audience,
    deal,
    got,
    officer,
    state,
    states,
    written,
)
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

HANG, KHANH = "Đinh Thị Thu Hằng", "Phan Quốc Khánh"


async def asked(town: Town) -> tuple[Phone, Phone, Phone, list[int]]:
    """One of a commune sends to 55 people, two of the Sở are asked: their phones, the people."""
    people = await audience(town, 60, 55)
    hang, khanh = await officer(town, HANG), await officer(town, KHANH)
    tinh = await written(town)
    await tinh.say("3")
    assert "TB-0141 chờ duyệt trước khi gửi cho 55 người. Đã hỏi: " in await tinh.say("gửi 55")
    assert HANG in tinh.last.text
    await town.deliver()
    return tinh, hang, khanh, people


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("GỬI 9", 9), ("gui 9", 9), ("gởi 9 người", 9), ("Gửi9", 9), ("gửi cho 9 người", 9),
        ("GỬI 1.234", 1234), ("gửi 1 234", 1234), ("SEND 9", 9), ("send 1,234 people", 1234),
        ("gởi 9 nhé", 9), ("gửi 9 người đi ạ", None),
        ("9", None), ("gửi", None), ("gửi ngay", None), ("gửi 9 lần rồi", None),
        ("đừng gửi 9", None), ("gửi 99999999999", None),
    ],
)  # fmt: skip
def test_the_number_is_read_however_it_is_typed(text: str, number: int | None) -> None:
    assert typed(fold(text)) == number


async def test_another_number_sends_nothing_and_says_the_right_one(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)

    assert "Để gửi, nhắn: GỬI 5" in await tinh.say("gửi 4")
    assert "TB-0141 chưa gửi. Để gửi, nhắn: GỬI 5" in await tinh.say("gửi đi")
    assert "TB-0141 chưa gửi" in await tinh.say("5")
    assert await state(town) is BroadcastState.DRAFT
    assert await states(town) == {}
    # The time stays unchosen.
    await tinh.say("0")
    await tinh.say("1")
    assert "Gửi lúc 11h30 hôm nay." in tinh.last.text


async def test_the_number_typed_after_the_preview_was_left_shows_it_again(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)
    await tinh.say("0")
    await tinh.say("menu")

    assert (await tinh.say("gửi 5")).startswith("Xem trước TB-0141")
    assert await state(town) is BroadcastState.DRAFT
    assert "TB-0141 sẽ gửi cho 5 người lúc 11h30." in await tinh.say("gửi 5")
    # No draft is left: it is a sentence like any other.
    await tinh.say("menu")
    assert "TB-0141" not in await tinh.say("gửi 5")


async def test_the_number_is_that_of_the_moment(town: Town) -> None:
    people = await audience(town, 5, 5)
    tinh = await written(town)
    await town.database.turn(
        lambda db: db.execute(
            update(Person).where(Person.id == people[0]).values(announcements=Announce.NO)
        )
    )

    assert "Chưa gửi gì: hiện có 4 người nhận. Để gửi, nhắn: GỬI 4" in await tinh.say("gửi 5")
    assert "sẽ gửi cho 4 người" in await tinh.say("gửi 4")


async def test_the_number_counts_only_below_the_preview(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)
    await tinh.press("announce-edit 141")

    await tinh.say("gửi 5")

    assert await state(town) is BroadcastState.DRAFT


async def test_nobody_to_write_to(town: Town) -> None:
    await audience(town, 5, 0)
    tinh = await written(town)

    assert "chưa nhắn được cho ai" in tinh.last.text
    assert "GỬI" not in tinh.last.text
    assert "không nhắn được cho ai" in await tinh.say("gửi 0")
    assert await state(town) is BroadcastState.DRAFT


async def test_stopped_in_the_hold_nobody_gets_it(town: Town) -> None:
    people = await audience(town, 5, 5)
    tinh = await written(town)
    await tinh.say("3")
    await tinh.say("gửi 5")
    assert await state(town) is BroadcastState.HELD

    assert "Đã dừng TB-0141. Chưa ai nhận tin này." in await tinh.say("1")
    town.clock.advance(minutes=5)
    await deal(town)

    assert [got(town, each) for each in people] == [[]] * 5
    assert await state(town) is BroadcastState.CANCELLED
    again = await tinh.say("1")
    assert again.startswith("Xem trước TB-0142, để thực hiện:")
    assert TEXT in again


async def test_above_the_threshold_the_first_answer_says_who_approves(town: Town) -> None:
    await audience(town, 60, 55)
    await officer(town, HANG)
    await officer(town, KHANH)
    tinh = await officer(town)

    shown = await tinh.say("gửi thông báo cho giáo viên xã mình chưa đăng ký L12")

    assert "Trên 50 người: cần thêm một người của Sở duyệt, 2 người đang có thể duyệt." in shown
    assert len(tinh.last.text) <= 300


async def test_a_second_officer_approves_and_then_it_is_held(town: Town) -> None:
    tinh, hang, khanh, people = await asked(town)

    request = hang.last.written()
    assert request.startswith(
        "Lê Văn Tình, Phòng VH-XH xã Tuy Đức, xin duyệt TB-0141: gửi cho 55 giáo viên xã Tuy Đức"
    )
    assert TEXT in request
    assert request.endswith("11 Duyệt\n12 Không duyệt\n13 Xem người nhận")
    seen = await hang.say("13")
    assert "Nhắn được 55 người; 5 chưa dùng Trợ lý." in seen
    assert "Thông báo chờ duyệt: 1" in await khanh.say("viec")
    assert "xin duyệt TB-0141" in await khanh.press("announce-progress 141")
    assert "chờ duyệt" in await tinh.say("2")

    assert "Đã duyệt: TB-0141 gửi cho 55 người lúc 8h10" in await hang.say("11")
    await town.deliver()

    assert "sẽ gửi cho 55 người lúc 8h10 hôm nay. Trước lúc đó dừng được." in tinh.last.text
    assert "sẽ gửi cho 55 người lúc 8h10" in await khanh.say("11")
    assert await state(town) is BroadcastState.HELD
    town.clock.advance(minutes=11)
    await deal(town)
    assert TEXT in got(town, people[54])[0]
    assert (await states(town))["sent"] == 55


async def test_any_covering_officer_stops_it_in_the_hold(town: Town) -> None:
    tinh, hang, khanh, people = await asked(town)
    await hang.say("11")
    await town.deliver()

    assert khanh.last.written().endswith("21 Dừng\n22 Xem TB-0141")
    assert "Đã dừng TB-0141. Chưa ai nhận tin này." in await khanh.say("21")
    town.clock.advance(minutes=30)
    await deal(town)

    assert await state(town) is BroadcastState.CANCELLED
    assert got(town, people[0]) == []
    assert "TB-0141 đã bị cán bộ khác dừng, đã gửi 0/55." in tinh.last.text
    # An outdated button shows how it stands.
    assert "TB-0141 đã dừng" in await hang.press("announce-stop 141")


async def test_not_approved_it_is_a_draft_again(town: Town) -> None:
    tinh, hang, khanh, people = await asked(town)

    assert "TB-0141 không được duyệt, trở lại thành nháp" in await hang.say("12")
    await town.deliver()

    assert tinh.last.written() == (
        f"{HANG} không duyệt TB-0141. Tin trở lại thành nháp, chưa ai nhận.\n11 Soạn tiếp TB-0141"
    )
    assert "Xem trước TB-0141" in await khanh.say("11"), "the question is settled"
    assert await state(town) is BroadcastState.DRAFT
    assert "Xem trước TB-0141" in await tinh.say("11")
    assert got(town, people[0]) == []


async def test_two_officers_answer_at_once_and_the_first_counts(town: Town) -> None:
    _, hang, khanh, _ = await asked(town)
    await hang.say("11")

    later = await khanh.say("12")

    assert "TB-0141 sẽ gửi cho 55 người" in later
    assert await state(town) is BroadcastState.HELD


async def test_the_author_cannot_approve(town: Town) -> None:
    tinh, *_ = await asked(town)

    await tinh.press_data("s0|approve 141")

    assert await state(town) is BroadcastState.ASKED
    assert "1 Duyệt" not in await tinh.press("announce-progress 141")


async def test_without_anybody_to_approve_it_goes_on_by_itself(town: Town) -> None:
    people = await audience(town, 60, 55)
    tinh = await officer(town)
    shown = await tinh.say("gửi thông báo cho giáo viên xã mình chưa đăng ký L12")
    assert "chưa có ai duyệt được" in shown or "hiện chưa ai duyệt được" in shown
    await tinh.say(TEXT)
    await tinh.say("3")

    said = await tinh.say("gửi 55")

    assert "Hiện chưa ai duyệt được nên tin chờ đến 8h30 rồi tự gửi tiếp" in said
    assert "hiện chưa ai duyệt được. Tin tự gửi tiếp lúc 8h30 hôm nay." in await tinh.say("2")
    town.clock.advance(minutes=31)
    await deal(town)
    assert await state(town) is BroadcastState.HELD
    town.clock.advance(minutes=11)
    await deal(town)
    assert TEXT in got(town, people[0])[0]


async def test_whoever_lost_the_role_meanwhile_sends_nothing(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)

    def end(db: Connection) -> None:
        me = select(Person.id).where(Person.full_name == "Lê Văn Tình").scalar_subquery()
        db.execute(update(Role).where(Role.person_id == me).values(valid_to=MONDAY.date()))

    await town.database.turn(end)
    town.clock.advance(days=1)

    said = await tinh.say("gửi 5")

    assert "cán bộ xã và Sở" in said or "dành cho" in said or "cán bộ" in said
    assert await state(town) is BroadcastState.DRAFT


async def test_forged_answers_change_nothing(town: Town) -> None:
    _, _, _, people = await asked(town)
    ut = await known(town, "Lê Thị Út")
    await ut.say("menu")

    for action in (
        "approve 141", "disapprove 141", "announce-stop 141", "announce-stopped 141",
        "announce-audience 141", "announce-anew 141", "announce-progress 141",
    ):  # fmt: skip
        assert "TB-0141" not in await ut.press_data(f"s0|{action}"), action
    assert await state(town) is BroadcastState.ASKED
    assert got(town, people[0]) == []


async def test_two_officers_of_one_commune_see_each_others_drafts(town: Town) -> None:
    await audience(town, 5, 5)
    tinh = await written(town)

    def second(db: Connection) -> None:
        person_id, unit_id = db.execute(
            select(Person.id, Role.unit_id).join(Role, Role.person_id == Person.id)
            .where(Person.full_name == "Lê Văn Tình")
        ).one()  # fmt: skip
        colleague = db.execute(
            select(Person.id).where(Person.full_name == "Phạm Thị Bích")
        ).scalar_one()
        kind = db.execute(select(Role.kind).where(Role.person_id == person_id)).scalar_one()
        roles.grant(db, colleague, kind, MONDAY.date(), unit_id=unit_id)

    await town.database.turn(second)
    bich = await known(town, "Phạm Thị Bích")
    await bich.say("thông báo")
    await bich.press("announce-preview 141")
    assert "sẽ gửi cho 5 người" in await bich.say("gửi 5")

    # The other one's number comes too late.
    assert "TB-0141 sẽ gửi cho 5 người" in await tinh.say("gửi 5")
    assert (await states(town)) == {"planned": 5}
