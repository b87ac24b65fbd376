"""Processes that share the work: each does its part, and only that."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot import app
from bot.__main__ import app as commands
from bot.clock import Clock
from bot.roles import Role
from bot.simulator import Simulator
from handlers.message import Reply
from handlers.routes import router
from storage import outbox
from storage.database import Database
from tests.bot.running import free_port, settings
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.talk import Town


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator(limits=None) as local:
        yield local


@pytest.fixture
def file(sample_file: Path, tmp_path: Path) -> Path:
    from shutil import copy

    return copy(sample_file, tmp_path / "roles.db")


@asynccontextmanager
async def process(simulator: Simulator, file: Path, *roles: Role, port: int = 0):
    stop, ready = asyncio.Event(), asyncio.Event()
    told = settings(simulator, file, web_port=port)
    running = asyncio.create_task(
        app.run(told, stop, lambda _: ready.set(), now=lambda: MONDAY, roles=frozenset(roles))
    )
    async with asyncio.timeout(10):
        await asyncio.wait({running, asyncio.ensure_future(ready.wait())},
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
    try:
        yield running
    finally:
        stop.set()
        await asyncio.wait_for(running, 20)


CLOCK = {
    "due", "remind", "deal", "condense", "leavers", "forget", "complete", "day", "invite again",
}  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "jobs"),
    [
        ({Role.WEB}, {"recover"}),
        ({Role.CLOCK}, CLOCK),
        ({Role.SENDER}, set()),
        (set(Role), {"recover", *CLOCK}),
    ],
)
def test_each_role_has_its_jobs(town: Town, roles: set[Role], jobs: set[str]):
    clock = Clock(town.database, town.inbox, town.sender, roles=roles)
    assert set(clock._jobs) == jobs
    assert clock._sends is (Role.SENDER in roles)


async def test_web_answers_and_sends_no_notice_which_the_sender_does(
    simulator: Simulator, file: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(router.notices, "test", lambda _chat, _owed: Reply("a notice"))
    phone = simulator.phone("Lê Thị Út")
    async with process(simulator, file, Role.WEB):
        await phone.start()
        await phone.answer()
        async with Database.open(f"sqlite:///{file}") as database:
            await database.turn(
                lambda db: outbox.owe(
                    db, "test", key="k", subject_id=1, account_id=newest(db), due_at=MONDAY
                )
            )
        await phone.say("menu")
        assert "a notice" not in (await phone.answer()).text
    polls = len(simulator.journal.calls("getUpdates"))
    async with process(simulator, file, Role.SENDER):
        async with asyncio.timeout(10):
            while "a notice" not in (await phone.answer()).text:
                pass
    assert len(simulator.journal.calls("getUpdates")) == polls, "a sender listens to nobody"


def newest(db) -> int:
    from sqlalchemy import func, select

    from storage.models import Account

    return db.execute(select(func.max(Account.id))).scalar_one()


async def test_only_web_takes_a_port_and_only_who_speaks_calls_the_platform(
    simulator: Simulator, file: Path
):
    port = free_port()
    async with process(simulator, file, Role.CLOCK, port=port) as running:
        assert not running.done()
        assert not simulator.journal.calls("getMe")
        async with process(simulator, file, Role.SENDER, port=port) as other:
            assert not other.done()
            assert simulator.journal.calls("getMe")
            _, writer = await asyncio.open_connection("127.0.0.1", simulator.port)
            writer.close()
            with pytest.raises(OSError, match=str(port)):
                await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        ([], set(Role)),
        (["--only", "web"], {Role.WEB}),
        (["--only", "sender", "--only", "clock"], {Role.SENDER, Role.CLOCK}),
    ],
)
def test_the_command_line_names_the_roles(
    words: list[str], roles: set[Role], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    seen: list[frozenset[Role]] = []

    async def run(_settings: object, _stop: object, *, roles: frozenset[Role]) -> None:
        seen.append(roles)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(app, "run", run)
    commands(args=["run", *words], prog_name="taphuan", standalone_mode=False)
    assert seen == [roles]
