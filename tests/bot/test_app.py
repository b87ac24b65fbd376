"""The production program, from its start to its end, against the simulator."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot import app, office
from bot.channels.base import Refused
from bot.settings import Settings, SettingsError
from bot.simulator import Fault, Simulator, Trouble
from storage import health
from storage.database import Database, DatabaseError
from tests.bot.running import Running, free_port, running, settings, with_webhook
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.simulator import Phone


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as local:
        yield local


@pytest.fixture
def file(sample_file: Path, tmp_path: Path) -> Path:
    """A database of the invented province."""
    return shutil.copy(sample_file, tmp_path / "app.db")


async def until_heard(phone: Phone, words: str) -> str:
    while words not in (text := (await phone.answer()).text):
        pass
    return text


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_a_stranger_is_answered(webhook: bool, simulator: Simulator, file: Path):
    more = with_webhook() if webhook else {}
    async with running(settings(simulator, file, **more)):
        phone = simulator.phone("Lê Thị Út")
        await phone.start()

        answer = await phone.answer()
        assert "mật khẩu" in answer.text
        assert answer.buttons
    # Where the bot polls, the last update is confirmed before the end.
    assert not len(simulator.telegram.updates)


async def test_everybody_finds_commands_in_their_language(simulator: Simulator, file: Path):
    vietnamese, english = simulator.phone("Lan"), simulator.phone("Ann", language_code="en")
    async with running(settings(simulator, file)):
        async with asyncio.timeout(5):
            while len(simulator.journal.calls("setMyCommands")) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    assert "lich" in [one["command"] for one in vietnamese.commands]
    assert "schedule" in [one["command"] for one in english.commands]


@pytest.mark.parametrize("webhook", [False, True], ids=["polling", "webhook"])
async def test_what_was_accepted_is_answered_before_the_end(
    webhook: bool, simulator: Simulator, file: Path
):
    told = settings(simulator, file, **(with_webhook() if webhook else {}))
    program = Running(told)
    await program.started()
    simulator.faults.waiting.append(
        Fault(Trouble.SLOW, method="sendMessage", times=20, seconds=0.3)
    )
    phones = [simulator.phone(f"Người {number}") for number in range(10)]
    for phone in phones:
        await phone.start()
    async with asyncio.timeout(5):
        while len(simulator.journal.calls("sendMessage")) < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await program.end()

    said = {call.chat for call in simulator.journal.calls("sendMessage")}
    async with Database.open(told.database_url.get_secret_value()) as database:
        counts = await database.read(lambda db: health.look(db, MONDAY.replace(year=2036)))
    assert counts.unspoken == 0
    assert len(said) == counts.accounts
    # What was not taken waits for the next start, and is answered then.
    async with running(told):
        for phone in phones:
            await until_heard(phone, "Trợ lý")
    assert len(simulator.journal.calls("sendMessage")) == 10


async def test_what_was_committed_but_not_spoken_is_spoken_after_the_next_start(
    simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.clock.LATE", timedelta(0))
    phone = simulator.phone("Lê Thị Út")
    simulator.faults.waiting.append(Fault(Trouble.DROPPED, method="sendMessage", times=2))
    program = Running(settings(simulator, file))
    await program.started()
    await phone.start()
    async with asyncio.timeout(5):
        while len(simulator.journal.calls("sendMessage")) < 1:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    await program.end()
    simulator.faults.clear()

    async with running(settings(simulator, file)):
        await until_heard(phone, "mật khẩu")


async def test_the_health_page_answers(simulator: Simulator, file: Path):
    async with running(settings(simulator, file)) as mine:
        port = (await mine.program).web_port
        async with aiohttp.request("GET", f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == 200


async def test_a_webhook_of_before_is_taken_away_for_polling(simulator: Simulator, file: Path):
    async with running(settings(simulator, file, **with_webhook())):
        pass
    phone = simulator.phone("Lê Thị Út")
    async with running(settings(simulator, file)):
        await phone.start()
        assert (await phone.answer()).text


async def test_a_platform_that_is_down_at_the_start_is_waited_for(simulator: Simulator, file: Path):
    simulator.faults.waiting.append(Fault(Trouble.BROKEN, times=2))
    phone = simulator.phone("Lê Thị Út")
    async with running(settings(simulator, file)):
        await phone.start()
        assert (await phone.answer(8)).text


async def refusal(told: Settings) -> str:
    with pytest.raises((SettingsError, DatabaseError, Refused, app.StartError)) as caught:
        await app.run(told, asyncio.Event())
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_refused_token_ends_the_start(simulator: Simulator, file: Path):
    told = settings(simulator, file).model_copy(
        update={"telegram_token": Settings(telegram_token="999:WRONG").telegram_token}
    )

    assert "copy it anew from @BotFather" in await refusal(told)


async def test_a_token_that_is_withdrawn_ends_the_run(simulator: Simulator, file: Path):
    program = Running(settings(simulator, file))
    await program.started()
    simulator.telegram.token = "1234567:ANOTHER"
    phone = simulator.phone("Lê Thị Út")
    await phone.start()  # ends the poll that is open

    with pytest.raises(Refused):
        await asyncio.wait_for(program.task, 10)


async def test_a_start_without_any_channel_names_the_three_ways(file: Path):
    line = await refusal(Settings(database_url=f"sqlite:///{file}"))

    for name in ("TAPHUAN_TELEGRAM_TOKEN", "TAPHUAN_ZALO_BOT_TOKEN", "TAPHUAN_ZALO_APP_ID"):
        assert name in line


async def test_a_pending_migration_ends_the_start_and_leaves_no_file(
    simulator: Simulator, tmp_path: Path
):
    assert "taphuan migrate" in await refusal(settings(simulator, tmp_path / "new.db"))
    assert not (tmp_path / "new.db").exists()


async def test_an_unreachable_database_ends_the_start(simulator: Simulator, tmp_path: Path):
    (tmp_path / "folder.db").mkdir()
    assert "cannot be reached" in await refusal(settings(simulator, tmp_path / "folder.db"))
    url = f"postgresql://nobody:p4ssw0rd@127.0.0.1:{free_port()}/none"
    told = Settings(database_url=url, telegram_token=simulator.token)
    line = await refusal(told)
    assert "cannot be reached" in line
    assert "p4ssw0rd" not in line


async def test_a_taken_port_ends_the_start(simulator: Simulator, file: Path):
    assert "set TAPHUAN_WEB_PORT to another" in await refusal(
        settings(simulator, file, web_port=simulator.port)
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_asks_for_the_end(number: signal.Signals):
    stop = asyncio.Event()
    before = signal.getsignal(number)
    with app.stopping(stop):
        os.kill(os.getpid(), number)
        await asyncio.wait_for(stop.wait(), 2)
    assert signal.getsignal(number) is before


async def test_a_second_signal_ends_at_once(monkeypatch: pytest.MonkeyPatch):
    ended: list[int] = []
    monkeypatch.setattr("os._exit", ended.append)
    with app.stopping(asyncio.Event()):
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0)
    assert ended == [128 + signal.SIGTERM]


async def seen(phone: Phone, words: str) -> str:
    """Look at the phone until the newest answer holds the words."""
    async with asyncio.timeout(5):
        while True:
            said = [shown for shown in phone.messages if not shown.mine]
            if said and words in said[-1].text:
                return said[-1].text
            await asyncio.sleep(0.01)


async def test_a_course_goes_into_the_calendar_of_the_phone(simulator: Simulator, file: Path):
    async with running(settings(simulator, file)):
        phone = simulator.phone("Lê Thị Út")
        await phone.say("L12")
        await until_heard(phone, "mật khẩu")
        await phone.press("Chỉ xem L12")
        await until_heard(phone, "L12 · ")
        await phone.press("Đường đi, cần mang gì, hỏi ai")
        await until_heard(phone, "Có mặt từ")
        button = next(
            button.data
            for shown in phone.messages
            for button in shown.buttons
            if "|calendar " in button.data
        )
        await phone.press(button)
        async with asyncio.timeout(5):
            while not (files := [shown.file for shown in phone.messages if shown.file]):  # noqa: ASYNC110 - the phone has no event for files
                await asyncio.sleep(0.01)
    sent = files[0]

    stored = simulator.telegram.files.get(sent.id)
    assert stored
    assert sent.name == "lịch L12.ics"
    assert stored.body.startswith(b"BEGIN:VCALENDAR\r\n")


async def test_an_officer_gets_the_commands_of_an_officer(simulator: Simulator, file: Path):
    async with running(settings(simulator, file)) as mine:
        phone = simulator.phone("Lê Văn Tình")
        await phone.say("MOI-VHXH-2739")
        await seen(phone, "1 Đồng ý")
        await phone.press("1")
        await seen(phone, "1 Đúng là tôi")
        await phone.press("1")
        async with asyncio.timeout(8):
            while "viec" not in [one["command"] for one in phone.commands]:
                mine.program.result().wake()
                await asyncio.sleep(0.05)


async def test_the_program_runs_on_postgresql(simulator: Simulator, postgres_url: str):
    told = Settings(
        database_url=postgres_url,
        telegram_token=simulator.token,
        telegram_base_url=simulator.base_url,
        web_port=0,
    )
    assert await office.migrate(told) > 0
    assert (await office.load_sample(told)).people > 1500
    async with running(told):
        phone = simulator.phone("Lê Thị Út")
        await phone.say("L12")
        assert "mật khẩu" in (await phone.answer()).text
