"""The demo in this process: who is on the page, and what stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import demo
from storage import sample

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database


async def test_five_phones_are_on_the_page_with_something_to_type(database: Database):
    from tests.talk import MONDAY

    loaded = await database.turn(lambda db: sample.load(db, MONDAY))
    people = await database.read(lambda db: demo.people(db, loaded))

    assert [(person.name, person.platform) for person in people] == [
        ("H'Mai Byă", "zalo_oa"),
        ("Nguyễn Thị Hoa", "telegram"),
        ("Lê Văn Tình", "telegram"),
        ("Lê Thị Út", "zalo_bot"),
        ("H'Mai Byă", "telegram"),
    ]
    assert all(person.hints and person.role for person in people)
    teacher = people[0]
    assert [hint.text for hint in teacher.hints[:2]] == ["L12", "48271093"]
    assert teacher.number.startswith("+84")


def test_the_demo_is_awake_at_night_and_on_holidays():
    zone = demo.ZONE
    assert demo.awake(datetime(2026, 11, 23, 9, 0, tzinfo=zone)) == timedelta(0)
    assert demo.awake(datetime(2026, 11, 25, 23, 0, tzinfo=zone)) == timedelta(hours=7)
    assert demo.awake(datetime(2026, 11, 24, 9, 0, tzinfo=zone)) == timedelta(hours=21)  # a holiday


async def test_kept_data_stays_and_the_next_demo_begins_afresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "taphuan.db").write_text("of the last time")
    opened: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", opened.append)
    running = asyncio.create_task(demo.run(0, keep=True, browser=True))
    async with asyncio.timeout(15):
        while not opened:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(running, 10)

    assert opened[0] in capsys.readouterr().out
    assert (tmp_path / "demo" / "taphuan.db").read_bytes().startswith(b"SQLite format 3")


async def test_a_folder_that_cannot_be_used_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").write_text("a file")

    with pytest.raises(demo.DemoError, match="the folder demo cannot be used"):
        await demo.run(0, keep=True, browser=False)


async def test_without_a_desktop_no_browser_takes_over_the_terminal(
    monkeypatch: pytest.MonkeyPatch,
):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)

    demo._show("http://127.0.0.1:1")  # pyright: ignore[reportPrivateUsage] - has no other way in

    assert not opened
