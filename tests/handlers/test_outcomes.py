"""What became of an announcement: the report, names, another try, a correction, a follow-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Broadcast,
    BroadcastSeen,
    Notice,
    NoticeState,
    Person,
)
from storage.recipients import KIND
from tests.handlers.announcing import audience, deal, got, officer, states, written
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def done(
    town: Town, meant: int = 13, reached: int = 9, refusing: int = 1
) -> tuple[Phone, list[int]]:
    """An announcement that has been sent: its author's phone, and who got it."""
    people = await audience(town, meant, reached, refusing)
    tinh = await written(town)
    await tinh.say("3")
    await tinh.say(f"gửi {reached}")
    town.clock.advance(minutes=2)
    await deal(town)
    return tinh, people


async def settle(town: Town, person_id: int, state: NoticeState, reason: str = "") -> None:
    """Let what went to a person have ended otherwise."""
    mine = (Notice.kind == KIND, Notice.subject_id == 141, Notice.person_id == person_id)
    await town.database.turn(
        lambda db: db.execute(
            update(Notice).where(*mine).values(state=state, reason=reason, sent_at=None)
        )
    )


async def test_the_report_counts_by_reason_in_words(town: Town) -> None:
    tinh, people = await done(town)
    await settle(town, people[0], NoticeState.FAILED, "unreachable")
    await settle(town, people[1], NoticeState.FAILED, "rejected")
    await settle(town, people[2], NoticeState.UNCERTAIN, "no answer")
    await settle(town, people[3], NoticeState.SKIPPED, "no longer meant")
    await town.database.turn(
        lambda db: db.execute(
            insert(BroadcastSeen).values(broadcast_id=141, person_id=people[5], at=MONDAY)
        )
    )

    shown = await tinh.press("announce-progress 141")

    assert shown.split("\n")[:8] == [
        "TB-0141: đã gửi 6/9.",
        "Lê Văn Tình gửi từ 8h02 hôm nay, để thực hiện.",
        "Không chắc đã tới: 1.",
        "Không gửi được: ứng dụng từ chối 1, không còn nhắn được 1.",
        "Không gửi: chưa dùng Trợ lý 3, không nhận tin chung 1, không còn thuộc diện nhận 1.",
        "Đã xem: 1/6.",
        "1 Người không nhận được · 7",
        "2 Người chưa xem · 5",
    ]
    assert len(tinh.last.text) <= 300
    labels = [choice.label for choice in tinh.last.choices]
    assert labels[2:] == [
        "Người không chắc đã nhận · 1", "Người đã nhận · 5",
        "Gửi lại cho người chưa gửi được", "Nhắc người chưa xem · 5",
        "Đính chính", "Bản gửi nhóm Zalo", "Quay lại",
    ]  # fmt: skip


async def test_lists_of_names_are_turned_through_by_eight(town: Town) -> None:
    tinh, _ = await done(town, meant=25, reached=4, refusing=1)
    await tinh.press("announce-progress 141")

    seen: list[str] = []
    shown = await tinh.say("1")
    while True:
        assert shown.startswith("TB-0141, những người không nhận được:\n")
        names = [line for line in shown.split("\n")[1:] if line[:1] not in "09"]
        assert len(names) <= 8
        seen += names
        if not any(choice.digit == "9" for choice in tinh.last.choices):
            break
        shown = await tinh.say("9")

    assert len(seen) == len(set(seen)) == 21
    assert sum(line.endswith("chưa dùng Trợ lý") for line in seen) == 20
    assert sum(line.endswith("không nhận tin chung") for line in seen) == 1
    assert all(", " in line for line in seen)
    assert not any("(" in line for line in seen), "the year of birth tells equal names apart"
    assert "TB-0141: đã gửi 4/4." in await tinh.say("0")
    assert "danh sách này không có ai" in await tinh.press_data("s0|announce-people 141 sent 9")


async def test_equal_names_of_a_school_show_the_year_of_birth(town: Town) -> None:
    tinh, people = await done(town, meant=5, reached=4, refusing=0)
    await town.database.turn(
        lambda db: db.execute(
            update(Person)
            .where(Person.id.in_(people[:2]))
            .values(full_name="Nguyễn Thị Hương", sort_key="huong", birth_year=1985)
        )
    )

    shown = await tinh.press_data("s0|announce-people 141 sent")

    assert shown.count("Nguyễn Thị Hương (1985), Trường ") == 2
    assert shown.count("(") == 2


async def test_only_the_failed_get_it_again(town: Town) -> None:
    tinh, people = await done(town)
    await settle(town, people[0], NoticeState.FAILED, "rejected")
    await tinh.press("announce-progress 141")

    assert "TB-0141 được gửi lại cho 1 người." in await tinh.press("announce-retry 141")
    town.clock.advance(minutes=1)
    await deal(town)

    assert [len(got(town, each)) for each in people] == [2] + [1] * 8
    assert tinh.last.text.startswith("TB-0141: đã gửi 9/9.")
    await tinh.press("announce-people 141 no-account")
    assert "Hiện không gửi lại TB-0141 được cho ai" not in tinh.last.text


async def test_whoever_came_to_the_assistant_since_gets_it_too(town: Town) -> None:
    tinh, people = await done(town)

    def joins(db: Connection) -> int:
        lacking = select(Notice.person_id).where(
            Notice.subject_id == 141, Notice.kind == KIND, Notice.reason == "no account"
        )
        person_id = db.execute(lacking).scalars().first()
        account_id = db.execute(
            insert(Account)
            .values(channel="telegram", address=f"gv{person_id}", language="vi",
                    created_at=MONDAY, reachable=True, code_failures=0, person_id=person_id)
            .returning(Account.id)
        ).scalar_one()  # fmt: skip
        db.execute(
            insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=MONDAY)
        )
        db.execute(update(Person).where(Person.id == person_id).values(announcements=Announce.YES))
        return person_id

    newcomer = await town.database.turn(joins)
    await settle(town, people[0], NoticeState.FAILED, "rejected")
    await tinh.press("announce-progress 141")
    assert "gửi lại cho 2 người" in await tinh.press("announce-retry 141")
    await deal(town)

    assert len(got(town, newcomer)) == 1


async def test_a_correction_goes_to_those_who_got_it(town: Town) -> None:
    tinh, people = await done(town, meant=5, reached=4, refusing=0)

    asked = await tinh.press("announce-correct 141")

    assert "Người nhận: 4 " in asked
    assert "TB-0141" in asked
    assert "Tin đã gửi: “Đề nghị thầy cô" in asked
    shown = await tinh.say("Hạn là 08/12, không phải 09/12.")
    assert shown.startswith("Xem trước TB-0142")
    assert "Gửi ngay khi Anh/Chị xác nhận." in shown
    await tinh.say("gửi 4")
    town.clock.advance(minutes=2)
    await deal(town)
    assert "Hạn là 08/12" in got(town, people[0])[-1]
    assert "TB-0141" in got(town, people[0])[-1].split("\n")[0]
    corrected = select(Broadcast.corrects_id).where(Broadcast.id == 142)
    assert await town.database.read(lambda db: db.execute(corrected).scalar_one()) == 141


async def test_the_silent_are_reminded(town: Town) -> None:
    tinh, people = await done(town, meant=5, reached=4, refusing=0)
    await town.database.turn(
        lambda db: db.execute(
            insert(BroadcastSeen).values(broadcast_id=141, person_id=people[0], at=MONDAY)
        )
    )

    await tinh.press_data("s0|announce-report 141")
    shown = await tinh.press("announce-follow 141")

    assert shown.startswith("Xem trước TB-0142, để thực hiện:")
    assert "Nhắn được 3 người" in shown
    await tinh.say("3")
    await tinh.say("gửi 3")
    town.clock.advance(minutes=2)
    await deal(town)
    assert [len(got(town, each)) for each in people] == [1, 2, 2, 2]


async def test_names_are_for_those_who_cover_it(town: Town) -> None:
    await done(town, meant=5, reached=4, refusing=0)
    ut = await known(town, "Lê Thị Út")
    await ut.say("menu")
    hang = await officer(town, "Đinh Thị Thu Hằng")
    await hang.say("menu")
    actions = (
        "announce-report 141", "announce-people 141 sent", "announce-retry 141",
        "announce-correct 141", "announce-follow 141",
    )  # fmt: skip

    for action in actions:
        assert "đã gửi" not in await ut.press_data(f"s0|{action}"), action
    assert "TB-0141: đã gửi 4/4." in await hang.press_data("s0|announce-report 141")
    assert "những người đã nhận" in await hang.press_data("s0|announce-people 141 sent")
    for forged in ("announce-people 141 everybody", "announce-people 141 sent x"):
        assert "nút" in (await hang.press_data(f"s0|{forged}")).lower()
    assert (await states(town)) == {"sent": 4, "skipped": 1}


async def test_what_is_no_longer_kept_by_name_is_kept_as_figures(town: Town) -> None:
    tinh, _ = await done(town, meant=5, reached=4, refusing=0)
    summary = {"sent": 4, "skipped": {"no account": 1}, "seen": 2}
    await town.database.turn(
        lambda db: db.execute(update(Broadcast).where(Broadcast.id == 141).values(summary=summary))
    )

    shown = await tinh.press_data("s0|announce-report 141")

    assert "TB-0141: đã gửi 4/4." in shown
    assert "Đã xem: 2/4." in shown
    assert [choice.label for choice in tinh.last.choices] == ["Bản gửi nhóm Zalo", "Quay lại"]
