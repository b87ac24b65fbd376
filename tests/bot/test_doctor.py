"""The doctor finds what is missing and says what to do, in both languages."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot import doctor, doctor_telegram
from bot.findings import Grade
from bot.simulator import Simulator
from storage import outbox
from storage.database import Database
from tests.bot.running import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from bot.findings import Finding

    Set = Callable[..., None]


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as local:
        yield local


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Set:
    """Set variables; nothing else is set."""
    for name in os.environ:
        if name.startswith("TAPHUAN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def put(**settings: object) -> None:
        for name, value in settings.items():
            monkeypatch.setenv(f"TAPHUAN_{name.upper()}", str(value))

    return put


@pytest.fixture
def healthy(told: Set, simulator: Simulator, sample_file: Path, tmp_path: Path) -> Path:
    """Everything there that is needed."""
    path = shutil.copy(sample_file, tmp_path / "well.db")
    told(
        database_url=f"sqlite:///{path}",
        telegram_token=simulator.token,
        telegram_base_url=simulator.base_url,
    )
    return path


async def examined(language: str = "en") -> tuple[list[Finding], str]:
    findings = await doctor.examine(None, language)
    words = doctor.speaker(language)
    return findings, "\n".join(finding.line(words) for finding in findings)


async def missing(language: str = "en") -> str:
    findings, _ = await examined(language)
    lines = [finding.words for finding in findings if finding.grade is Grade.MISSING]
    assert len(lines) == 1, lines
    return lines[0]


async def test_nothing_is_missing_where_everything_is_there(healthy: Path):
    findings, text = await examined()

    assert {finding.grade for finding in findings} == {Grade.WELL}
    assert "486 units" not in text or "Loaded" in text
    assert "[ok] Telegram accepts the token of @taphuan_bot." in text


async def test_it_speaks_vietnamese(healthy: Path):
    _, text = await examined("vi")

    assert "[được] Đồng hồ của máy này đúng." in text
    assert not any(line.startswith("[ok]") for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "value", "vietnamese"),
    [
        ("telegram_token", "", "Thiếu TAPHUAN_TELEGRAM_TOKEN: viết mã truy cập"),
        ("telegram_token", "999:WRONG", "Telegram không nhận mã truy cập"),
        ("web_port", "x", "TAPHUAN_WEB_PORT chưa đúng: viết một số"),
        ("database_url", "sqlite:///nowhere.db", "chạy taphuan migrate"),
        ("database_url", "sqlite:////proc/nowhere/x/y.db", "chạy taphuan migrate"),
        ("database_url", "sqlite:////proc", "Không kết nối được cơ sở dữ liệu"),
        ("timezon", "x", "có phải là TAPHUAN_TIMEZONE"),
    ],
)
async def test_what_is_missing_is_named_with_what_to_do(
    name: str, value: str, vietnamese: str, healthy: Path, told: Set
):
    told(**{name: value})

    assert vietnamese in await missing("vi")


async def test_a_platform_nobody_reaches(healthy: Path, told: Set):
    told(telegram_base_url=f"http://127.0.0.1:{free_port()}/bot")

    assert "TAPHUAN_TELEGRAM_PROXY" in await missing()


async def test_a_clock_that_is_wrong(healthy: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor_telegram, "SKEW", timedelta(seconds=-1))

    assert "clock is" in await missing()


async def test_an_empty_database_is_told_to_be_filled(healthy: Path, empty_file: Path):
    shutil.copy(empty_file, healthy)

    assert "No units are loaded: run taphuan migrate" in await missing()


async def test_messages_that_are_held_up(healthy: Path):
    from tests.talk import MONDAY

    async with Database.open(f"sqlite:///{healthy}") as database:
        await database.turn(
            lambda db: outbox.owe(
                db, "moved", key="k", subject_id=1, due_at=MONDAY - timedelta(days=9), person_id=1
            )
        )

    assert "1 messages wait" in await missing()


async def test_a_webhook_that_is_not_ours_is_noted(healthy: Path, told: Set, simulator: Simulator):
    from bot.simulator.telegram_webhook import Webhook

    url = f"http://127.0.0.1:{free_port()}/elsewhere"
    hook = Webhook(url, secret="", connections=1, done=lambda _: None)
    await simulator.telegram.hook(hook)
    findings, text = await examined()
    assert [finding.grade for finding in findings].count(Grade.NOTE) == 1
    assert "another address" in text

    hook.last_error = (int(__import__("time").time()), "Connection failed")
    assert "could not reach the webhook: Connection failed" in await missing()

    told(telegram_webhook_url=url, telegram_webhook_secret="s" * 16)
    hook.last_error = (1, "long ago")
    _, text = await examined()
    assert "[ok] Telegram posts updates to our webhook." in text


async def test_a_webhook_telegram_does_not_know_yet_is_noted(healthy: Path, told: Set):
    told(telegram_webhook_url="https://taphuan.example/t", telegram_webhook_secret="s" * 16)

    _, text = await examined()
    assert "[note] Telegram does not know our webhook yet" in text
