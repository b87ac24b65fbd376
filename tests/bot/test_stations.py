"""Any of the channels, alone and together: run, refused, down, and silent for a while."""

from __future__ import annotations

import asyncio
import shutil
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import pytest
from sqlalchemy import func, select, update

from bot import app
from bot.channels.base import Refused
from bot.inbox import Inbox
from bot.settings import SettingsError
from bot.simulator import Fault, Simulator, Trouble
from bot.stations import Ear
from storage import channels, health, outbox, spending
from storage.database import Database
from storage.models import Channel, ChannelState, InboxEvent, Notice
from tests.bot.running import (
    SECRET,
    Running,
    any_of,
    free_port,
    log_in,
    running,
    telegram,
    zalo_bot,
    zalo_oa,
)
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.settings import Settings
    from bot.simulator import Phone
    from storage.channels import Way


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as local:
        yield local


@pytest.fixture
def file(sample_file: Path, tmp_path: Path) -> Path:
    """A database of the invented province."""
    return shutil.copy(sample_file, tmp_path / "stations.db")


async def heard(phone: Phone, words: str) -> str:
    async with asyncio.timeout(8):
        while words not in (text := (await phone.answer(8)).text):
            pass
    return text


async def ways(file: Path) -> dict[str, Way]:
    async with Database.open(f"sqlite:///{file}") as database:
        return await database.read(lambda db: channels.ways(db, datetime.now(UTC)))


async def count(file: Path, rows: Any) -> int:
    async with Database.open(f"sqlite:///{file}") as database:
        found = select(func.count()).select_from(rows)
        return await database.read(lambda db: db.execute(found).scalar_one())


async def until(condition: Callable[[], object], seconds: float = 8) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - tests look from outside
            await asyncio.sleep(0.01)


async def greeted(simulator: Simulator, platform: str) -> None:
    phone = simulator.phone("Lê Thị Út", platform=platform)
    await phone.say("L12")
    assert "mật khẩu" in await heard(phone, "mật khẩu")


async def test_the_bot_platform_alone_by_polling(simulator: Simulator, file: Path):
    async with running(any_of(file, **zalo_bot(simulator))):
        await greeted(simulator, "zalo_bot")

    way = (await ways(file))["zalo_bot"]
    assert way.terms.contact == "bot.taphuan"
    assert (way.terms.most_people, way.terms.most_messages) == (50, 3000)
    assert await count(file, InboxEvent) == 0


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
async def test_the_bot_platform_alone_by_webhook(wrapped: bool, simulator: Simulator, file: Path):
    simulator.zalo_bot.switches.wrapped = wrapped
    port = free_port()
    hook = {
        "web_port": port, "public_url": f"http://127.0.0.1:{port}",
        "zalo_bot_webhook_secret": SECRET,
    }  # fmt: skip
    async with running(any_of(file, **zalo_bot(simulator), **hook)):
        await until(lambda: simulator.zalo_bot.webhook_json().get("url"))
        await greeted(simulator, "zalo_bot")
    assert await count(file, InboxEvent) == 0


async def test_the_official_account_alone(simulator: Simulator, file: Path):
    await log_in(simulator, file)
    told = any_of(file, **zalo_oa(simulator))
    async with running(told):
        await simulator.oa.hook(told.zalo_oa_webhook)
        await greeted(simulator, "zalo_oa")

    way = (await ways(file))["zalo_oa"]
    assert way.terms.contact == simulator.oa.bot_name
    assert (way.terms.free_hours, way.terms.paid_hours, way.terms.price) == (48, 168, 55)
    assert set(await ways(file)) == {"zalo_oa"}
    async with Database.open(f"sqlite:///{file}") as database:
        day = datetime.now(told.zone).date()
        spent = await database.read(lambda db: spending.of_day(db, "zalo_oa", day))
    assert spent.messages > 0
    assert spent.cost == 0


async def test_all_three_and_templates_together(simulator: Simulator, file: Path):
    await log_in(simulator, file)
    told = any_of(
        file, **telegram(simulator), **zalo_bot(simulator), **zalo_oa(simulator),
        zalo_templates={"moved": "301"}, zalo_month_ceiling=500_000, zalo_oa_shared=True,
    )  # fmt: skip
    async with running(told):
        await simulator.oa.hook(told.zalo_oa_webhook)
        for platform in ("telegram", "zalo_bot", "zalo_oa"):
            await greeted(simulator, platform)

    found = await ways(file)
    assert {name for name, way in found.items() if way.open} == {
        "telegram", "zalo_bot", "zalo_oa", "zalo_template"
    }  # fmt: skip
    assert found["telegram"].terms.contact == "@taphuan_bot"
    assert list(found["zalo_template"].terms.templates) == ["moved"]
    assert found["zalo_template"].terms.month_ceiling == 500_000
    assert found["zalo_oa"].terms.shared


async def test_a_channel_that_is_no_longer_set_up_does_not_run(simulator: Simulator, file: Path):
    async with running(any_of(file, **telegram(simulator), **zalo_bot(simulator))):
        pass
    async with running(any_of(file, **telegram(simulator))):
        pass

    found = await ways(file)
    assert found["telegram"].open
    assert not found["zalo_bot"].open


# Faults


async def start_error(told: Settings) -> str:
    with pytest.raises((app.StartError, SettingsError)) as caught:
        await asyncio.wait_for(app.run(told, asyncio.Event()), 10)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_the_only_channel_refused_ends_the_start(simulator: Simulator, file: Path):
    wrong = {**zalo_bot(simulator), "zalo_bot_token": "123456:WRONG"}
    line = await start_error(any_of(file, **wrong))
    assert "TAPHUAN_ZALO_BOT_TOKEN" in line
    assert "WRONG" not in line

    assert "taphuan zalo-login" in await start_error(any_of(file, **zalo_oa(simulator)))


async def test_a_refused_channel_stops_no_other_and_is_marked(simulator: Simulator, file: Path):
    wrong = {**zalo_bot(simulator), "zalo_bot_token": "123456:WRONG"}
    told = any_of(file, **telegram(simulator), **wrong, **zalo_oa(simulator))
    async with running(told):
        await greeted(simulator, "telegram")

    found = await ways(file)
    assert {name: way.state for name, way in found.items()} == {
        "telegram": ChannelState.READY,
        "zalo_bot": ChannelState.REFUSED,
        "zalo_oa": ChannelState.REFUSED,
    }
    assert "TAPHUAN_ZALO_BOT_TOKEN" in found["zalo_bot"].reason

    async with running(any_of(file, **telegram(simulator), **zalo_bot(simulator))):
        pass
    assert (await ways(file))["zalo_bot"].state is ChannelState.READY


async def test_an_account_that_lacks_a_package_hears_and_is_marked(
    simulator: Simulator, file: Path
):
    await log_in(simulator, file)
    told = any_of(file, **zalo_oa(simulator))
    simulator.faults.waiting.append(Fault(Trouble.REFUSED, platform="zalo_oa", status=-224))
    async with running(told):
        pass

    assert (await ways(file))["zalo_oa"].state is ChannelState.HALTED


async def test_a_token_withdrawn_meanwhile_stops_no_other(simulator: Simulator, file: Path):
    told = any_of(file, **telegram(simulator), **zalo_bot(simulator))
    async with running(told) as mine:
        simulator.telegram.token = "1234567:ANOTHER"
        phone = simulator.phone("Lê Thị Út")
        await phone.start()  # ends the poll that is open
        await greeted(simulator, "zalo_bot")
        assert not mine.task.done()
    # An end that was asked for is no refusal.
    found = await ways(file)
    assert found["telegram"].state is ChannelState.REFUSED
    assert found["zalo_bot"].open


async def test_the_last_token_withdrawn_ends_the_run(simulator: Simulator, file: Path):
    program = Running(any_of(file, **zalo_bot(simulator)))
    await program.started()
    simulator.zalo_bot.token = "987654:OTHER"
    phone = simulator.phone("Lê Thị Út", platform="zalo_bot")
    await phone.say("L12")

    with pytest.raises(Refused):
        await asyncio.wait_for(program.task, 10)


async def test_a_platform_that_is_down_at_the_start_is_waited_for(simulator: Simulator, file: Path):
    simulator.faults.waiting.append(Fault(Trouble.BROKEN, platform="zalo_bot", times=2))
    async with running(any_of(file, **telegram(simulator), **zalo_bot(simulator))):
        await greeted(simulator, "telegram")
        await greeted(simulator, "zalo_bot")


async def test_a_contact_is_kept_while_the_platform_is_down(simulator: Simulator, file: Path):
    told = any_of(file, **telegram(simulator), **zalo_bot(simulator))
    async with running(told):
        pass
    simulator.faults.waiting.append(Fault(Trouble.BROKEN, platform="zalo_bot", times=1))
    async with running(told):
        pass

    assert (await ways(file))["zalo_bot"].terms.contact == "bot.taphuan"


async def test_a_listening_that_breaks_by_itself_begins_again(
    simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    from bot.channels.zalo_bot import ZaloBotChannel

    poll = ZaloBotChannel.poll
    broken: list[int] = []

    async def flaky(channel: ZaloBotChannel, *rest: Any) -> None:
        if not broken:
            broken.append(1)
            raise RuntimeError
        await poll(channel, *rest)

    monkeypatch.setattr(ZaloBotChannel, "poll", flaky)
    async with running(any_of(file, **zalo_bot(simulator))):
        await greeted(simulator, "zalo_bot")
    assert broken


async def test_half_an_official_account_names_what_is_missing(file: Path, simulator: Simulator):
    whole = zalo_oa(simulator)
    for name in ("zalo_app_secret", "zalo_oa_id", "zalo_oa_secret", "public_url"):
        half = {key: value for key, value in whole.items() if key != name}
        assert f"TAPHUAN_{name.upper()} is missing" in await start_error(any_of(file, **half))


async def test_a_template_of_an_unknown_kind_ends_the_start(file: Path, simulator: Simulator):
    await log_in(simulator, file)
    told = any_of(file, **zalo_oa(simulator), zalo_templates={"mooved": "301"})

    assert "mooved: did you mean moved" in await start_error(told)


# Gaps and crashes


async def known_on_zalo(simulator: Simulator, file: Path) -> Phone:
    phone = simulator.phone("Lê Thị Út", platform="zalo_bot")
    async with running(any_of(file, **zalo_bot(simulator))):
        await phone.say("L12")
        await heard(phone, "mật khẩu")
    return phone


async def set_back(file: Path, **ago: float) -> None:
    """Let the last listening be some time ago."""
    then = datetime.now(UTC) - timedelta(**ago)
    async with Database.open(f"sqlite:///{file}") as database:
        await database.turn(lambda db: db.execute(update(Channel).values(polled_at=then)))


async def again(file: Path) -> int:
    async with Database.open(f"sqlite:///{file}") as database:
        found = select(func.count()).where(Notice.kind == "again")
        return await database.read(lambda db: db.execute(found).scalar_one())


async def test_who_talked_before_a_gap_is_asked_to_say_it_again(simulator: Simulator, file: Path):
    phone = await known_on_zalo(simulator, file)
    await set_back(file, seconds=90)
    async with running(any_of(file, **zalo_bot(simulator))):
        text = await heard(phone, "nhắn lại")
    assert text
    assert await again(file) == 1


async def test_who_talked_is_asked_also_where_the_platforms_clock_is_ahead(file: Path):
    async with Simulator(limits=None, clock=lambda: time.time() + 300) as ahead:
        phone = await known_on_zalo(ahead, file)
        await set_back(file, seconds=90)
        async with running(any_of(file, **zalo_bot(ahead))):
            await heard(phone, "nhắn lại")
    assert await again(file) == 1


async def test_a_short_gap_and_a_long_silence_ask_nobody(simulator: Simulator, file: Path):
    await known_on_zalo(simulator, file)
    for seconds in (30, 40 * 60):
        await set_back(file, seconds=seconds)
        if seconds > 60:
            async with Database.open(f"sqlite:///{file}") as database:
                await database.turn(
                    lambda db: db.exec_driver_sql(
                        "UPDATE conversations SET heard_at = '2026-01-01 00:00:00'"
                    )
                )
        async with running(any_of(file, **zalo_bot(simulator))):
            pass
    assert await again(file) == 0


async def test_listening_is_noted_as_long_as_it_goes_well(simulator: Simulator, file: Path):
    before = datetime.now(UTC)
    await known_on_zalo(simulator, file)

    async with Database.open(f"sqlite:///{file}") as database:
        at = await database.read(lambda db: channels.last_polled(db, "zalo_bot"))
    assert at
    assert at >= before


class Deaf:
    """A channel whose last good poll was a while ago."""

    name = "zalo_bot"
    listened_at: datetime | None = None


async def test_noted_is_the_last_good_poll_and_not_the_moment_of_noting(file: Path):
    clock, deaf = Clock(), Deaf()
    async with Database.open(f"sqlite:///{file}") as database:
        inbox = Inbox(database, ZONE, clock)
        await database.turn(
            lambda db: channels.open_channel(db, "zalo_bot", channels.FREE, inbox.now())
        )
        parts: Any = SimpleNamespace(database=database, inbox=inbox, wake=lambda: None)
        ear = Ear(parts, cast("Any", deaf))
        noted: list[datetime | None] = []
        begun = clock()
        for deaf.listened_at, later in ((None, 0), (begun, 0), (begun, 39), (clock(), 5)):
            clock.advance(seconds=later)
            await ear.note()
            noted.append(await database.read(lambda db: channels.last_polled(db, "zalo_bot")))

    begun = MONDAY.astimezone(UTC)
    assert noted == [None, begun, begun, begun]


async def test_a_platform_that_is_down_at_the_start_makes_the_gap_longer(
    simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    """The program was away for a moment, and then Zalo was: those who wrote are asked again."""
    monkeypatch.setattr("bot.channels.zalo_bot_poll.GAP", 1.5)
    phone = await known_on_zalo(simulator, file)
    await set_back(file, seconds=0.5)
    simulator.faults.waiting.append(
        Fault(Trouble.BROKEN, platform="zalo_bot", method="deleteWebhook", times=2)
    )
    async with running(any_of(file, **zalo_bot(simulator))):
        await heard(phone, "nhắn lại")
    assert await again(file) == 1


@pytest.mark.parametrize(("seconds", "notices"), [(40, 0), (61, 1)])
async def test_what_died_between_the_platform_and_the_row_is_asked_for_again(
    seconds: float, notices: int, simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    """Handed over and not kept when the process died; the next one begins so much later."""
    told, later = any_of(file, **zalo_bot(simulator)), [0.0]

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=later[0])

    phone = await known_on_zalo(simulator, file)
    reached = asyncio.Event()

    async def dying(*_: Any) -> None:
        reached.set()
        await asyncio.Future()

    with monkeypatch.context() as patched:
        patched.setattr("bot.events.Events.keep", dying)
        patched.setattr("bot.app.FAREWELL", 0.1)
        first = asyncio.create_task(app.run(told, asyncio.Event(), now=now))
        await phone.say("Đồng ý")
        await asyncio.wait_for(reached.wait(), 8)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    later[0] = seconds
    stop = asyncio.Event()
    second = asyncio.create_task(app.run(told, stop, now=now))
    if notices:
        await heard(phone, "nhắn lại")
    await phone.say("Đồng ý")
    await heard(phone, "mã cá nhân")
    stop.set()
    await asyncio.wait_for(second, 10)
    assert await again(file) == notices
    assert await count(file, InboxEvent) == 0


async def test_what_was_accepted_is_answered_before_the_end(simulator: Simulator, file: Path):
    phones = [simulator.phone(f"Người {number}", platform="zalo_bot") for number in range(10)]
    told = any_of(file, **zalo_bot(simulator))
    simulator.faults.waiting.append(
        Fault(Trouble.SLOW, platform="zalo_bot", method="sendMessage", times=20, seconds=0.3)
    )
    program = Running(told)
    await program.started()
    for phone in phones:
        await phone.say("L12")
    await until(lambda: any(not shown.mine for phone in phones for shown in phone.messages))
    await program.end()
    assert await count(file, InboxEvent) == 0
    async with Database.open(f"sqlite:///{file}") as database:
        counts = await database.read(lambda db: health.look(db, MONDAY.replace(year=2036)))
    assert counts.unspoken == 0
    answered = [phone for phone in phones if any(not shown.mine for shown in phone.messages)]
    assert len(answered) == counts.accounts

    # What waited on the platform is fetched at the next start.
    async with running(told):
        for phone in phones:
            await heard(phone, "mật khẩu")
    assert all(sum(not shown.mine for shown in phone.messages) == 1 for phone in phones)
    assert await count(file, InboxEvent) == 0


async def test_what_was_kept_and_had_no_turn_is_answered_after_the_next_start(
    simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    from storage.database import DatabaseError

    def away(*_: object) -> None:
        raise DatabaseError("the database is away")

    told = any_of(file, **zalo_bot(simulator))
    phone = simulator.phone("Lê Thị Út", platform="zalo_bot")
    program = Running(told)
    await program.started()
    with monkeypatch.context() as patched:
        patched.setattr("handlers.assistant.answer", away)
        patched.setattr("handlers.apology.answer", away)
        await phone.say("L12")
        async with asyncio.timeout(5):
            while not await count(file, InboxEvent):  # noqa: ASYNC110 - tests look from outside
                await asyncio.sleep(0.05)
        await program.end()
    assert await count(file, InboxEvent) == 1

    async with running(told):
        await heard(phone, "mật khẩu")
    assert await count(file, InboxEvent) == 0


# Over the web


async def test_the_account_takes_events_of_nobody_else(simulator: Simulator, file: Path):
    await log_in(simulator, file)
    told = any_of(file, **zalo_oa(simulator))
    async with running(told):
        await simulator.oa.hook(told.zalo_oa_webhook)
        statuses: list[int] = []
        for body, mac in ((b"{}", ""), (b'{"event_name":"user_send_text"}', "mac=00"), (b"{", "")):
            headers = {"X-ZEvent-Signature": mac} if mac else {}
            async with aiohttp.request(
                "POST", told.zalo_oa_webhook, data=body, headers=headers
            ) as response:
                statuses.append(response.status)
    assert statuses == [200, 403, 400]
    assert await count(file, InboxEvent) == 0


async def test_a_notice_is_owed_and_goes_over_zalo(simulator: Simulator, file: Path):
    phone = await known_on_zalo(simulator, file)
    async with Database.open(f"sqlite:///{file}") as database:
        account = await database.read(
            lambda db: db.exec_driver_sql("SELECT id FROM accounts").scalar_one()
        )
        now = datetime.now(UTC)
        await database.turn(
            lambda db: outbox.owe(
                db, "again", key="a", subject_id=account, account_id=account, due_at=now,
                urgent=True, data={"at": now.isoformat()},
            )
        )  # fmt: skip
    async with running(any_of(file, **zalo_bot(simulator))):
        await heard(phone, "nhắn lại")
