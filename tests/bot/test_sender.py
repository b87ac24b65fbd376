"""The sender: one notice's fault is its own, and what was surely not sent is as if never tried."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.channels.base import Spoken, TryLater, Uncertain, Unreachable
from bot.sender import FAST_WIRE, ON_WIRE, Sender
from handlers.message import Choice, Kind, Reply
from handlers.routes import router
from storage import blocks, outbox
from storage.models import Account, AccountPerson, Notice, NoticeState
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from handlers.chat import Chat
    from handlers.message import Message
    from storage.outbox import Owed
    from tests.talk import Phone, Town


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices with and without words, and with a choice."""

    def broken(_chat: Chat, _owed: Owed) -> Reply:
        raise KeyError("a person's words")

    choice = (Choice("", "Thực đơn", "menu"),)
    monkeypatch.setitem(router.notices, "plain", lambda _chat, owed: Reply(f"notice {owed.key}"))
    monkeypatch.setitem(router.notices, "choice", lambda _chat, _owed: Reply("choose", choice))
    monkeypatch.setitem(router.notices, "broken", broken)


async def owe(town: Town, phone: Phone, kind: str, key: str = "k", subject: int = 1) -> None:
    def write(db: Connection) -> None:
        person = db.execute(
            select(Account.person_id).where(Account.address == phone.address)
        ).scalar_one()
        outbox.owe(db, kind, key=key, subject_id=subject, person_id=person, due_at=town.inbox.now())

    await town.database.turn(write)


async def notice(town: Town, key: str = "k") -> Row[Any]:
    return await town.database.read(
        lambda db: db.execute(select(Notice.__table__).where(Notice.key == key)).one()
    )


async def account(town: Town, phone: Phone) -> int:
    return await town.database.read(
        lambda db: db.execute(
            select(Account.id).where(Account.address == phone.address)
        ).scalar_one()
    )


async def test_words_that_cannot_be_made_hold_up_no_other_notice(
    town: Town, caplog: pytest.LogCaptureFixture
):
    phone = await known(town, "Lê Thị Út")
    for number in range(3):
        await owe(town, phone, "broken" if number == 1 else "plain", f"k{number}")

    await town.deliver()

    assert sorted(reply.text for reply in phone.said) == ["notice k0", "notice k2"]
    failed = await notice(town, "k1")
    assert (failed.state, failed.reason) == (NoticeState.FAILED, "words")
    assert f"notice {failed.id} (broken) has no words" in caplog.text


async def test_what_cannot_begin_is_not_claimed(town: Town):
    """The platform takes its time over the first of them."""
    phone = await known(town, "Lê Thị Út")
    begun = 0
    go = asyncio.Event()

    async def slow(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        nonlocal begun
        begun += 1
        await go.wait()
        return Spoken(town.clock())

    town.channel.speak = slow
    for number in range(40):
        await owe(town, phone, "plain", f"k{number}")
    sender = Sender(town.database, town.inbox, at_once=16)
    sending = asyncio.create_task(sender.send_due())
    async with asyncio.timeout(5):
        while begun < 16:  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)

    assert begun == 16, "so many at once, and no more"
    assert (await notice(town, "k39")).state is NoticeState.OWED
    go.set()
    assert await asyncio.wait_for(sending, 5) == 16
    assert await sender.send_due() == 16
    assert await sender.send_due() == 8
    assert await sender.send_due() == 0


@pytest.mark.parametrize(("fast", "room"), [({"telegram"}, FAST_WIRE), (set(), ON_WIRE)])
async def test_notices_leave_room_on_the_wire_for_answers(
    town: Town, monkeypatch: pytest.MonkeyPatch, fast: set[str], room: int
):
    monkeypatch.setattr("bot.sender.FAST", fast)
    phone = await known(town, "Lê Thị Út")
    on_wire, go = 0, asyncio.Event()

    async def slow(address: str, reply: Reply, *, to: Message | None = None) -> Spoken:
        nonlocal on_wire
        on_wire += 1
        await go.wait()
        return Spoken(town.clock())

    town.channel.speak = slow
    for number in range(room + 10):
        await owe(town, phone, "plain", f"k{number}")
    sending = asyncio.create_task(Sender(town.database, town.inbox).send_due())
    async with asyncio.timeout(20):
        while on_wire < room:  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.1)
    assert on_wire == room
    go.set()
    assert await asyncio.wait_for(sending, 10) == room + 10


@pytest.mark.parametrize(
    ("many", "sizes"), [(0, []), (7, [7]), (25, [25]), (50, [25, 25]), (51, [17, 17, 17])]
)
async def test_portions_are_as_alike_as_can_be(town: Town, many: int, sizes: list[int]):
    phone = await known(town, "Lê Thị Út")
    for number in range(many):
        await owe(town, phone, "plain", f"k{number}")
    sender = Sender(town.database, town.inbox)
    owed = (await sender.look(100)).owed
    sheaves = sender.sheaves(owed)
    assert [len(sheaf) for sheaf in sheaves] == sizes
    assert [one for sheaf in sheaves for one in sheaf] == list(owed)


async def test_a_fault_of_the_channel_holds_up_nobody_and_repeats_nothing(town: Town):
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "plain", "k0")
    await owe(town, phone, "plain", "k1")
    town.channel.fails = [KeyError("fault")]

    await town.deliver()
    town.clock.advance(minutes=10)
    await town.deliver()

    assert len(phone.said) == 1
    states = {(await notice(town, key)).state for key in ("k0", "k1")}
    assert states == {NoticeState.SENT, NoticeState.UNCERTAIN}


async def test_what_was_surely_not_sent_is_no_repetition(town: Town):
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "plain")
    town.channel.fails = [TryLater()]
    await town.deliver()
    town.clock.advance(minutes=1)
    await town.deliver()

    assert len(phone.said) == 1
    assert (await notice(town)).state is NoticeState.SENT


async def test_what_may_have_been_sent_stays_uncertain(town: Town):
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "plain")
    for error in (Uncertain("lost"), TryLater()):
        town.channel.fails = [error]
        await town.deliver()
        town.clock.advance(minutes=1)
    await town.deliver()

    assert (await notice(town)).state is NoticeState.UNCERTAIN


async def test_digits_never_mean_a_notice_that_nobody_can_have_seen(town: Town):
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "choice")
    town.channel.fails = [TryLater()]
    await town.deliver()

    assert "11" in await phone.say("11"), "the words name the choice that is not there"
    me = await account(town, phone)
    assert await town.database.read(lambda db: blocks.behind(db, me, "11")) is None
    town.clock.advance(minutes=1)
    await town.deliver()
    assert phone.last.choices[0].digit == "11"
    shown = await town.database.read(lambda db: blocks.behind(db, me, "11"))
    assert shown is not None


async def newer(town: Town, phone: Phone) -> None:
    """Let this be the newest account of its person."""

    def write(db: Connection) -> None:
        mine = db.execute(select(Account.id).where(Account.address == phone.address)).scalar_one()
        db.execute(
            update(AccountPerson)
            .where(AccountPerson.account_id == mine)
            .values(since=MONDAY + timedelta(hours=1))
        )

    await town.database.turn(write)


async def test_a_notice_goes_to_the_next_account_where_the_first_is_lost(town: Town):
    old, new = await known(town, "Lê Thị Út"), await known(town, "Lê Thị Út")
    await newer(town, new)
    await owe(town, old, "choice")
    town.channel.fails = [Unreachable("blocked")]

    await town.deliver()

    assert (len(new.said), len(old.said)) == (0, 1)
    sent = await notice(town)
    assert sent.state is NoticeState.SENT
    assert sent.sent_to_id == await account(town, old)
    assert sent.choices == {f"{sent.block}1": "menu"}


async def test_it_fails_where_the_person_has_no_other_account(town: Town):
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "plain")
    town.channel.fails = [Unreachable("blocked")]
    await town.deliver()

    failed = await notice(town)
    assert (failed.state, failed.reason) == (NoticeState.FAILED, "unreachable")


@pytest.mark.parametrize("back", [Kind.BACK, Kind.TEXT], ids=["unblocked", "writes"])
@pytest.mark.parametrize("kind", ["claim", "moved", "cancelled"])
async def test_who_comes_back_hears_what_was_missed(
    town: Town, monkeypatch: pytest.MonkeyPatch, kind: str, back: Kind
):
    monkeypatch.setitem(router.notices, kind, lambda _chat, owed: Reply(f"notice {owed.key}"))
    phone = await known(town, "Lê Thị Út")
    for number in range(2):
        await owe(town, phone, kind, f"k{number}", subject=10_000)
    await owe(town, phone, "plain", "other")
    town.channel.fails = [Unreachable("blocked") for _ in range(3)]
    await town.deliver()
    assert not phone.said

    await phone.send(back, text="menu" if back is Kind.TEXT else "")
    await town.deliver()

    texts = [reply.text for reply in phone.said if reply.text.startswith("notice")]
    assert texts == ["notice k1"], "once about a subject, and only of the kinds that still matter"


async def test_what_is_settled_meanwhile_is_not_said_to_who_comes_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(router.notices, "claim", lambda _chat, owed: Reply(f"notice {owed.key}"))
    phone = await known(town, "Lê Thị Út")
    await owe(town, phone, "claim", subject=10_000)
    town.channel.fails = [Unreachable("blocked")]
    await town.deliver()
    await town.database.turn(lambda db: outbox.withdraw(db, ("claim",), 10_000, town.inbox.now()))

    await phone.send(Kind.BACK)
    await town.deliver()

    assert not phone.said


async def test_a_send_without_an_answer_is_not_repeated_for_ever(town: Town):
    """Every copy may have arrived: after the third try it rests, and says that it is uncertain."""
    mai = await known(town, "H'Mai Byă")
    await owe(town, mai, "plain")
    town.channel.fails = [Uncertain("lost")] * 10
    for _ in range(5):
        await town.deliver()
        town.clock.advance(minutes=10)

    assert len(town.channel.fails) == 7
    row = await town.database.read(lambda db: db.execute(select(Notice.state, Notice.doubts)).one())
    assert tuple(row) == (NoticeState.UNCERTAIN, 3)
