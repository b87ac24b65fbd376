"""The administrator's commands about announcements, and the clock that lets them go on."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot.__main__ import main
from bot.clock import Clock
from bot.inbox import Inbox
from bot.sender import Sender
from storage import sites
from storage.database import Database
from storage.models import BroadcastState
from tests import offices
from tests.offices import AUTHOR, COMMUNE
from tests.talk import MONDAY, ZONE
from tests.talk import Clock as WallClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection


T = TypeVar("T")


class Terminal:
    """A folder with a database, in which commands are typed."""

    def __init__(self, url: str, screen: pytest.CaptureFixture[str]) -> None:
        self._url = url
        self._screen = screen

    def type(self, *words: str) -> tuple[int, str, str]:
        """The exit status, what was printed, and the error."""
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        shown = self._screen.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    def refused(self, *words: str) -> str:
        status, out, error = self.type(*words)
        assert (status, out) == (1, "")
        assert re.fullmatch(r"taphuan: [^\n]+\n", error)
        return error

    def done(self, *words: str) -> str:
        status, out, error = self.type(*words)
        assert (status, error) == (0, "")
        return out

    def write(self, work: Callable[[Connection], T]) -> T:
        async def run() -> T:
            async with Database.open(self._url) as database:
                return await database.turn(work)

        return asyncio.run(run())


@pytest.fixture
def terminal(
    empty_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Terminal]:
    shutil.copy(empty_file, tmp_path / "taphuan.db")
    url = f"sqlite:///{tmp_path / 'taphuan.db'}"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAPHUAN_DATABASE_URL", url)
    monkeypatch.setenv("TAPHUAN_LOG_LEVEL", "ERROR")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Terminal(url, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)


def held(db: Connection) -> int:
    offices.build(db, 9)
    offices.officer(db, AUTHOR, COMMUNE)
    return offices.confirmed(db, 9)


def test_what_is_on_its_way_is_listed_and_stopped(terminal: Terminal):
    assert terminal.done("announcements") == "No announcement is on its way.\n"
    sent = terminal.write(held)
    assert terminal.done("announcements") == (
        "TB-0001  held until 2026-11-23 08:01, Xã Tuy Đức, 0 of 9 people, since 2026-11-23 08:00\n"
    )

    assert terminal.done("stop", "tb 1") == "TB-0001 is stopped; 0 of 9 people had got it.\n"
    assert terminal.write(lambda db: offices.state(db, sent)) is BroadcastState.CANCELLED
    assert terminal.write(lambda db: offices.states(db, sent)) == {"skipped cancelled": 9}
    assert "TB-0001 is cancelled" in terminal.refused("stop", "TB-0001")


@pytest.mark.parametrize("code", ["TB-0141", "L12", "", "TB-0"])
def test_a_code_that_is_none_is_one_line(terminal: Terminal, code: str):
    assert "write a code like TB-0141" in terminal.refused("stop", code)


def test_sites_are_allowed_and_forbidden(terminal: Terminal):
    assert "sgddt.lamdong.example and all" in terminal.done("allow-site", "SGDDT.lamdong.example")
    assert "sgddt.lamdong.example" in terminal.write(sites.allowed)
    assert "any more" in terminal.done("forbid-site", "sgddt.lamdong.example")
    assert "sgddt.lamdong.example" not in terminal.write(sites.allowed)

    assert "not on the list" in terminal.refused("forbid-site", "sgddt.lamdong.example")
    assert "gov.vn" in terminal.refused("forbid-site", "gov.vn")
    for wrong in ("com", "no host", ""):
        terminal.refused("allow-site", wrong)
        terminal.refused("forbid-site", wrong)


async def test_the_clock_deals_and_wakes_the_sender(database: Database):
    wall = WallClock(MONDAY)
    inbox = Inbox(database, ZONE, wall)
    clock = Clock(database, inbox, Sender(database, inbox), every=60)
    assert not await clock.deal()
    assert not clock.wake.is_set()
    sent = await database.turn(held)

    wall.advance(minutes=1)
    while await clock.deal():
        assert clock.wake.is_set()

    assert await database.read(lambda db: offices.states(db, sent)) == {"owed": 9}
    assert not await clock.condense()
