"""What differs on Zalo: a welcome, the office's own account, a quota of people, interruptions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from handlers.message import Kind
from storage import channels, interruptions, quotas, roles, spending
from storage.channels import Terms
from storage.models import Account, Consent, Conversation, Notice, Person, RoleKind
from tests.handlers.test_identify import MAI, who
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def opened(town: Town, name: str, terms: Terms) -> None:
    await town.database.turn(lambda db: channels.open_channel(db, name, terms, town.inbox.now()))


async def test_one_welcome_to_a_follower(town: Town) -> None:
    phone = town.phone(channel="zalo_oa")
    said = await phone.send(Kind.FOLLOW)
    assert said == (
        "Kính chào thầy/cô. Đây là Trợ lý tập huấn mầm non của Sở GDĐT Lâm Đồng. Xin nhắn mã lớp"
        " tập huấn, ví dụ L12, hoặc nhắn: tập huấn\n"
        "Trợ lý không hỏi mật khẩu, OTP, CCCD, tài khoản ngân hàng hay tiền."
    )
    assert len(said) <= 300
    assert await phone.send(Kind.LEFT) == ""
    assert await phone.send(Kind.FOLLOW) == ""
    assert await reachable(town, phone)
    assert "Chỉ xem L12" in await phone.say("L12")


async def reachable(town: Town, phone: Phone) -> bool:
    found = select(Account.reachable).where(Account.address == phone.address)
    return await town.database.read(lambda db: db.execute(found).scalar_one())


async def test_unfollowing_and_coming_back(town: Town) -> None:
    phone = town.phone(channel="zalo_oa")
    await phone.say("menu")
    await phone.send(Kind.LEFT)
    assert not await reachable(town, phone)
    assert await phone.send(Kind.FOLLOW) == ""
    assert await reachable(town, phone)


@pytest.mark.parametrize(
    ("channel", "asks"), [("telegram", True), ("zalo_bot", False), ("zalo_oa", False)]
)
async def test_the_number_is_asked_for_where_it_is_of_use(
    town: Town, channel: str, asks: bool
) -> None:
    phone = town.phone(channel=channel)
    await phone.say("menu")
    await phone.say("1")
    assert bool(phone.last.ask_contact) is asks


@pytest.fixture
async def shared(town: Town) -> Town:
    """The Official Account is the office's own too."""
    await opened(town, "zalo_oa", Terms(shared=True))
    return town


@pytest.mark.parametrize(
    "words",
    [
        "0912 345 678",
        "cho toi hoi thu tuc",
        "alo",
        "menu",
        "lich",
        "1",
        "cảm ơn",
        "/lich",
        "noi tai khoan",
        "x" * 9,
    ],
)
async def test_a_shared_account_is_silent_to_ordinary_words(shared: Town, words: str) -> None:
    phone = shared.phone(channel="zalo_oa")
    assert await phone.say(words) == ""

    def kept(db: Connection) -> tuple[object, ...]:
        row = db.execute(
            select(Conversation.data, Conversation.unspoken_since, Conversation.screen)
            .join(Account, Account.id == Conversation.account_id)
            .where(Account.address == phone.address)
        ).one()
        return tuple(row)

    assert await shared.database.read(kept) == ({}, None, 0)


@pytest.mark.parametrize("kind", [Kind.PHOTO, Kind.VOICE, Kind.STICKER, Kind.FILE, Kind.LOCATION])
async def test_a_shared_account_is_silent_to_pictures(shared: Town, kind: Kind) -> None:
    assert await shared.phone(channel="zalo_oa").send(kind) == ""


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("L12", "Chỉ xem L12"),
        ("l 12", "Chỉ xem L12"),
        (MAI, "Kính chào"),
        ("11111111", "Mã này chưa đúng"),
        ("tập huấn", "Kính chào"),
        ("Tap huan", "Kính chào"),
        ("NOI-222-333", "chưa đúng"),
        ("MOI-2222-3333", "Không có mã mời này"),
        ("TB-9999", "Không có tin nào mang mã"),
    ],
)
async def test_a_shared_account_answers_what_is_ours(shared: Town, words: str, answer: str) -> None:
    said = await shared.phone(channel="zalo_oa").say(words)
    assert answer in said


async def test_a_talk_that_was_begun_goes_on_for_a_day(shared: Town) -> None:
    phone = shared.phone(channel="zalo_oa")
    await phone.say("tap huan")
    assert "mã cá nhân 8 số" in await phone.say("1")
    assert "Mã cá nhân gồm 8 số" in await phone.say("toi la Nga")
    shared.clock.advance(hours=25)
    assert await phone.say("cho toi hoi") == ""
    assert await phone.say("1") == ""
    assert "H'Mai Byă" in await phone.say(MAI)
    await phone.say("1")
    shared.clock.advance(days=3)
    assert "Lịch tập huấn" in await phone.say("menu")


async def test_a_follower_of_a_shared_account_is_welcomed_and_then_left_alone(
    shared: Town,
) -> None:
    phone = shared.phone(channel="zalo_oa")
    said = await phone.send(Kind.FOLLOW)
    assert said == (
        "Để đăng ký tập huấn giáo viên mầm non, xin nhắn mã lớp tập huấn, ví dụ L12, hoặc nhắn: tập"
        " huấn\nViệc khác do cán bộ của cơ quan trả lời.\n"
        "Trợ lý tập huấn không hỏi mật khẩu, OTP, CCCD, tài khoản ngân hàng hay tiền."
    )
    assert await phone.say("cho toi hoi") == ""
    # What the welcome names is answered.
    assert "Chỉ xem lịch tập huấn" in await phone.say("tập huấn")


async def test_other_channels_are_as_before(shared: Town) -> None:
    assert "Kính chào" in await shared.phone(channel="zalo_bot").say("menu")


async def crowd(town: Town, count: int) -> None:
    def work(db: Connection) -> None:
        db.execute(
            insert(Account),
            [
                {"channel": "zalo_bot", "address": f"c{number}", "language": "vi",
                 "reachable": True, "code_failures": 0, "created_at": MONDAY}
                for number in range(count)
            ],
        )  # fmt: skip

    await town.database.turn(work)


async def test_the_fifty_first_is_told_where_else_to_write(town: Town) -> None:
    await opened(town, "zalo_bot", Terms(most_people=50, contact="Bot Tập huấn"))
    await opened(town, "telegram", Terms(contact="@taphuan_bot"))
    await opened(town, "zalo_oa", Terms(contact="Sở GDĐT Lâm Đồng"))
    await crowd(town, 49)
    fiftieth, last = town.phone(channel="zalo_bot"), town.phone(channel="zalo_bot")
    assert "Kính chào" in await fiftieth.say("menu")
    refusal = (
        "Ở đây Trợ lý chỉ phục vụ được 50 người và đã đủ. Xin nhắn cho Trợ lý ở nơi khác:\n"
        "Zalo: Sở GDĐT Lâm Đồng\nTelegram: @taphuan_bot\n"
        "Hoặc báo hiệu trưởng để được ghi vào danh sách giấy."
    )
    for words in ("menu", "L12", MAI, "1", "/lich"):
        assert await last.say(words) == refusal
    assert await last.send(Kind.PHOTO) == refusal
    await last.press_data(f"{last.last.mark}|agree")
    assert await who(town, last) is None
    assert "mã cá nhân" in await fiftieth.say("1")

    def kept(db: Connection) -> tuple[int, dict[str, object]]:
        found = select(Account.id, Conversation.data).join(
            Conversation, Conversation.account_id == Account.id
        )
        row = db.execute(found.where(Account.address == last.address)).one()
        yes = select(func.count()).select_from(Consent).where(Consent.account_id == row.id)
        return db.execute(yes).scalar_one(), row.data

    assert await town.database.read(kept) == (0, {})


async def test_without_another_channel_the_principal_is_named(town: Town) -> None:
    await opened(town, "zalo_bot", Terms(most_people=1))
    await crowd(town, 1)
    assert "Xin báo hiệu trưởng" in await town.phone(channel="zalo_bot").say("menu")


async def test_at_forty_five_the_officers_of_the_so_are_told_once(town: Town) -> None:
    officer = await of_the_so(town)
    await opened(town, "zalo_bot", Terms(most_people=50))
    await crowd(town, 43)
    await town.phone(channel="zalo_bot").say("menu")
    await town.deliver()
    assert officer.said == []
    for _ in range(3):
        await town.phone(channel="zalo_bot").say("menu")
        await town.deliver()
    assert [reply.text for reply in officer.said] == [
        "Zalo Bot đã có 45/50 người dùng. Người đến sau khi đủ sẽ bị từ chối và được chỉ nơi khác"
        " để nhắn. Zalo OA không có giới hạn này."
    ]


async def of_the_so(town: Town) -> Phone:
    def name(db: Connection) -> str:
        officer = roles.holders(db, RoleKind.DEPARTMENT, day=MONDAY.date())[0]
        return db.execute(select(Person.full_name).where(Person.id == officer)).scalar_one()

    return await known(town, await town.database.read(name))


async def test_messages_of_the_month_are_told_once_a_month(town: Town) -> None:
    officer = await of_the_so(town)
    await opened(town, "zalo_bot", Terms(most_messages=3000))

    def spend(db: Connection) -> None:
        now = town.inbox.now()
        spending.note(db, "zalo_bot", now.date(), "answer", 2700, 0)
        quotas.look(db, now)
        quotas.look(db, now)

    await town.database.turn(spend)
    await town.deliver()
    assert [reply.text for reply in officer.said] == [
        "Zalo Bot đã dùng 2.700/3.000 tin của tháng này. Khi hết, Trợ lý không trả lời được trên"
        " đó cho tới hết tháng. Zalo OA không có giới hạn này."
    ]


async def test_after_a_gap_those_who_were_writing_are_asked_to_write_again(town: Town) -> None:
    early, busy = town.phone(channel="zalo_bot"), town.phone(channel="zalo_bot")
    elsewhere = town.phone()
    await early.say("menu")
    town.clock.advance(minutes=40)
    since = town.inbox.now() + timedelta(minutes=5)
    for phone in (busy, elsewhere):
        await phone.say("menu")
    town.clock.advance(minutes=10)
    for phone in (early, busy, elsewhere):
        phone.said.clear()

    def owe(db: Connection) -> int:
        return interruptions.owe(db, "zalo_bot", since, town.inbox.now())

    assert await town.database.turn(owe) == 1
    assert await town.database.turn(owe) == 1
    await town.deliver()
    assert [len(phone.said) for phone in (early, busy, elsewhere)] == [0, 1, 0]
    assert busy.last.written() == (
        "Trợ lý vừa gián đoạn, tin nhắn trong lúc đó có thể chưa tới. Xin nhắn lại."
    )


async def test_an_interruption_long_past_is_not_spoken_of(town: Town) -> None:
    phone = town.phone(channel="zalo_bot")
    await phone.say("menu")
    phone.said.clear()
    await town.database.turn(
        lambda db: interruptions.owe(db, "zalo_bot", town.inbox.now(), town.inbox.now())
    )
    town.clock.advance(hours=3)
    await town.deliver()
    assert phone.said == []

    def states(db: Connection) -> list[str]:
        return list(db.execute(select(Notice.state).where(Notice.kind == "again")).scalars())

    assert await town.database.read(states) == ["skipped"]
