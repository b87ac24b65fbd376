"""How far an announcement has got: paused, resumed, stopped, its end told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from handlers.progress import expected
from storage import broadcasts, dealing
from storage.deliveries import Counts
from storage.models import BroadcastState, Person, Role
from tests.handlers.announcing import audience, deal, got, officer, state, states, written
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def running(town: Town, people: int = 5) -> tuple[Phone, list[int]]:
    """An announcement that is past its hold, of which nothing has been sent yet."""
    reached = await audience(town, people + 2, people)
    tinh = await written(town)
    await tinh.say("3")
    await tinh.say(f"gửi {people}")
    town.clock.advance(minutes=2)
    await town.database.turn(lambda db: dealing.deal(db, town.inbox.now()))
    assert await state(town) is BroadcastState.RUNNING
    return tinh, reached


async def test_progress_is_shown_and_updated_in_place(town: Town) -> None:
    tinh, _ = await running(town)
    assert await tinh.say("2") == (
        "TB-0141: đã gửi 0/5.\nCòn phải gửi: 5.\n1 Cập nhật\n2 Tạm dừng\n3 Dừng hẳn\n0 Quay lại"
    )
    assert not tinh.last.edit

    await tinh.press("1")

    assert tinh.last.edit
    await deal(town)
    shown = await tinh.press("announce-progress 141")
    assert shown.startswith("TB-0141: đã gửi 5/5.\nLê Văn Tình gửi từ 8h02 hôm nay, để thực")
    assert "Không gửi: chưa dùng Trợ lý 2." in shown


async def test_paused_nothing_goes_out_until_it_is_resumed(town: Town) -> None:
    tinh, people = await running(town)
    await tinh.say("2")

    paused = await tinh.say("2")

    assert paused.startswith(
        "TB-0141 đang tạm dừng, đã gửi 0/5.\nCòn phải gửi: 5.\n1 Cập nhật\n2 Gửi tiếp"
    )
    town.clock.advance(hours=1)
    await deal(town)
    assert got(town, people[0]) == []
    assert "đang gửi: 1" in await tinh.say("viec")
    assert "TB-0141 đang tạm dừng" in await tinh.press("announce-progress 141")
    assert "TB-0141: đã gửi 0/5." in await tinh.say("2")
    await deal(town)
    assert [len(got(town, each)) for each in people] == [1] * 5
    assert (await states(town))["sent"] == 5


async def test_stopping_for_good_is_asked_once_and_names_it(town: Town) -> None:
    tinh, people = await running(town)
    await tinh.say("2")

    asked = await tinh.say("3")

    assert asked == (
        "Dừng hẳn TB-0141? Chưa ai nhận tin này; 5 người sẽ không nhận.\n"
        "1 Dừng hẳn TB-0141\n"
        "0 Không dừng"
    )
    assert "TB-0141: đã gửi 0/5" in await tinh.say("0")
    await tinh.say("3")
    done = await tinh.say("1")
    assert done.startswith("TB-0141 đã dừng, đã gửi 0/5.")
    assert "đã dừng trước khi gửi 5" in done
    await deal(town)
    assert [got(town, each) for each in people] == [[]] * 5


async def test_an_outdated_button_shows_how_it_stands(town: Town) -> None:
    tinh, _ = await running(town)
    await tinh.say("2")
    mark = tinh.last.mark
    await tinh.say("menu")
    for action in ("announce-pause 141", "announce-resume 141", "announce-stopped 141"):
        assert "TB-0141: đã gửi 0/5" in await tinh.press_data(f"{mark}|{action}")
    assert await state(town) is BroadcastState.RUNNING


async def test_a_role_that_ends_pauses_it_and_the_department_goes_on(town: Town) -> None:
    tinh, people = await running(town)
    hang = await officer(town, "Đinh Thị Thu Hằng")

    def end(db: Connection) -> None:
        me = select(Person.id).where(Person.full_name == "Lê Văn Tình").scalar_subquery()
        before = MONDAY.date() - timedelta(days=1)
        db.execute(update(Role).where(Role.person_id == me).values(valid_to=before))

    await town.database.turn(end)
    await deal(town)

    said = "TB-0141 đang tạm dừng, đã gửi 0/5: vai trò của người gửi, Lê Văn Tình, đã hết."
    assert hang.last.written() == f"{said}\n11 Gửi tiếp\n12 Dừng hẳn\n13 Xem TB-0141"
    assert tinh.last.written() == said
    assert "TB-0141: đã gửi 0/5." in await hang.say("11")
    await deal(town)
    assert all(len(got(town, each)) == 1 for each in people)


async def test_the_author_hears_that_another_one_stopped_it(town: Town) -> None:
    tinh, _ = await running(town)
    hang = await officer(town, "Đinh Thị Thu Hằng")
    await hang.say("viec")
    assert "Thông báo sắp gửi, đang gửi: 1" in hang.last.written()
    await hang.press("announce-progress 141")
    await hang.say("3")
    await hang.say("1")
    await town.deliver()

    assert tinh.last.text.startswith("TB-0141 đã bị cán bộ khác dừng, đã gửi 0/5.")


async def test_when_it_will_be_finished(town: Town) -> None:
    await running(town)
    found = await town.database.read(lambda db: broadcasts.get(db, 141))
    assert found
    assert found.began_at
    later = found.began_at + timedelta(minutes=10)

    assert expected(found, Counts(planned=300, sent=100), later) == later + timedelta(minutes=30)
    assert expected(found, Counts(planned=300, sent=5), later) is None
    assert expected(found, Counts(planned=300, sent=100), found.began_at) is None
