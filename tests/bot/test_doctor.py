"""The doctor finds what is missing and says what to do, in both languages."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot import doctor, doctor_telegram
from bot.findings import Grade
from bot.simulator import Simulator
from handlers import templates
from storage import channels, inbox_events, oa_tokens, outbox, spending
from storage.database import Database
from storage.models import Account, ChannelState
from tests.bot.running import free_port, log_in, zalo_bot, zalo_oa
from tests.bot.telegram_fakes import talking
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection

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
        ("telegram_token", "", "Chưa khai báo kênh nào: đặt TAPHUAN_TELEGRAM_TOKEN"),
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


# Zalo


async def lines(language: str = "en") -> list[str]:
    findings, _ = await examined(language)
    words = doctor.speaker(language)
    return [finding.line(words) for finding in findings]


async def shown(words: str) -> str:
    """The one line that holds these words."""
    found = [line for line in await lines() if words in line]
    assert len(found) == 1, await lines()
    return found[0]


async def change(file: Path, work: Callable[[Connection], object]) -> None:
    async with Database.open(f"sqlite:///{file}") as database:
        await database.turn(work)


@pytest.fixture
def bot(healthy: Path, told: Set, simulator: Simulator) -> Path:
    """Nothing but a Zalo bot."""
    told(telegram_token="", **zalo_bot(simulator))
    return healthy


async def test_a_zalo_bot_that_is_well(bot: Path):
    text = "\n".join(await lines())

    assert "[ok] Zalo accepts the token of the bot bot.taphuan." in text
    assert "[ok] The bot's events are fetched by polling." in text
    assert "[note] Files cannot be given to people on Zalo: set TAPHUAN_PUBLIC_URL" in text
    assert "[ok] The Zalo bot has 0 of the 50 people" in text
    assert "[missing]" not in text
    assert "Telegram" not in text


async def test_a_zalo_bot_in_vietnamese(bot: Path):
    text = "\n".join(await lines("vi"))

    assert "[được] Zalo nhận mã truy cập của bot bot.taphuan." in text
    assert "50 người mà gói cho phép" in text


async def test_a_zalo_bot_that_is_refused_or_not_reached(bot: Path, told: Set):
    told(zalo_bot_token="123456:WRONG")
    assert "copy it anew into TAPHUAN_ZALO_BOT_TOKEN" in await missing()
    told(zalo_bot_base_url=f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in await missing()


async def test_where_the_bots_events_go(bot: Path, told: Set, simulator: Simulator):
    from bot.channels.zalo_bot import ZaloBotChannel

    token, url = simulator.zalo_token, simulator.zalo_bot_url
    told(public_url="https://taphuan.example", zalo_bot_webhook_secret="s" * 16)
    assert "does not know the bot's webhook yet" in await shown("webhook")
    async with ZaloBotChannel(token, link=lambda _: "", base_url=url) as channel:
        await channel.set_webhook(f"http://127.0.0.1:{free_port()}/elsewhere", "s" * 16)
    told(zalo_bot_webhook_secret="")
    assert "[note] Zalo posts the bot's events to another address" in await shown("webhook")


@pytest.mark.parametrize(
    ("people", "grade", "words"),
    [
        (44, "[ok]", "has 44 of the 50 people"),
        (45, "[note]", "has 45 of the 50 people"),
        (50, "[missing]", "is full, with 50 people"),
    ],
)
async def test_how_full_the_bot_is(people: int, grade: str, words: str, bot: Path):
    def write(db: Connection) -> None:
        for number in range(people):
            db.execute(
                Account.__table__.insert().values(
                    channel="zalo_bot", address=f"a{number}", language="vi", reachable=True,
                    code_failures=0, created_at=MONDAY,
                )
            )  # fmt: skip

    await change(bot, write)

    assert (await shown(words)).startswith(grade)


@pytest.mark.parametrize(
    ("messages", "grade"), [(2699, "[ok]"), (2700, "[note]"), (3000, "[missing]")]
)
async def test_how_much_the_bot_has_said(messages: int, grade: str, bot: Path):
    day = datetime.now(UTC).astimezone(MONDAY.tzinfo).date()
    await change(bot, lambda db: spending.note(db, "zalo_bot", day, "answer", messages, 0))

    assert (await shown(f"has sent {messages} of the 3000")).startswith(grade)


async def test_a_bot_nobody_listens_to(bot: Path):
    def write(db: Connection) -> None:
        channels.open_channel(db, "zalo_bot", channels.FREE, MONDAY)
        channels.polled(db, "zalo_bot", MONDAY - timedelta(days=300))

    await change(bot, write)

    assert "Nobody has listened to the Zalo bot since" in await missing()


@pytest.mark.parametrize("state", [ChannelState.REFUSED, ChannelState.EXHAUSTED,
                                   ChannelState.HALTED])  # fmt: skip
async def test_a_channel_that_carries_nothing_says_why(state: ChannelState, bot: Path):
    def write(db: Connection) -> None:
        channels.open_channel(db, "zalo_bot", channels.FREE, MONDAY)
        channels.mark(db, "zalo_bot", state, "the reason of this test", MONDAY)

    await change(bot, write)

    line = await missing()
    assert "zalo_bot" in line
    assert "the reason of this test" in line


async def test_events_without_a_turn_are_counted(bot: Path):
    long_ago = MONDAY - timedelta(days=300)
    await change(
        bot,
        lambda db: inbox_events.keep(db, "zalo_bot", "e1", "{}", now=long_ago, until=long_ago),
    )

    assert "1 events of Zalo wait" in await missing()


@pytest.fixture
def account(healthy: Path, told: Set, simulator: Simulator) -> Path:
    """Nothing but an Official Account, with one ceiling and one template."""
    words = templates.catalogue()["moved"]
    fields = {field.name: field.most for field in words.fields}
    simulator.oa.templates.register("301", words.text, fields, price=words.price)
    told(
        telegram_token="",
        **{**zalo_oa(simulator), "public_url": "https://taphuan.example"},
        zalo_templates='{"moved": "301"}',
        zalo_month_ceiling=500000,
    )
    return healthy


@pytest.fixture
async def logged_in(account: Path, simulator: Simulator) -> Path:
    await log_in(simulator, account)
    return account


async def test_an_official_account_that_is_well(logged_in: Path):
    text = "\n".join(await lines())

    assert "[ok] The Official Account is logged in. The access token is good until " in text
    assert "[ok] Zalo answers for the Official Account Phòng Mầm non." in text
    assert "[ok] The template moved (301) is approved and fits." in text
    assert "[note] Without an approved template these go to nobody by phone number: can" in text
    assert "[note] No event of the Official Account has come yet: enter " in text
    assert "https://taphuan.example/zalo-oa" in text
    assert "[ok] Spent on Zalo: 0 đồng today, at most ∞; 0 đồng this month, at most 500000." in text
    assert "[missing]" not in text


async def test_an_official_account_nobody_logged_in(account: Path):
    assert "run taphuan zalo-login" in await missing()


async def test_half_an_official_account(account: Path, told: Set):
    told(zalo_oa_secret="")

    assert "TAPHUAN_ZALO_OA_SECRET is missing" in await missing()


async def test_tokens_that_are_lost_in_doubt_or_old(logged_in: Path, simulator: Simulator):
    app_id = simulator.oa.keys.app_id

    def hold(db: Connection) -> int:
        pair = oa_tokens.pair(db, app_id)
        assert pair
        now = datetime.now(UTC)
        assert oa_tokens.hold(
            db, app_id, pair.generation, "me", now=now, until=now + timedelta(minutes=1)
        )
        return pair.generation

    await change(
        logged_in, lambda db: oa_tokens.doubt(db, app_id, hold(db), "me", datetime.now(UTC))
    )
    assert "[note] A renewal of the token got no answer" in await shown("got no answer")
    await change(
        logged_in, lambda db: oa_tokens.lose(db, app_id, hold(db), "me", datetime.now(UTC))
    )
    assert "[missing] Zalo does not take the refresh token" in await shown("refresh token any more")


async def test_a_consent_that_was_taken_back(logged_in: Path, simulator: Simulator):
    simulator.oa.oauth.withdraw()

    line = await shown("Zalo refuses the Official Account")
    assert line.startswith("[missing]")
    assert "zalo-login" in line


async def test_an_account_nobody_reaches(logged_in: Path, told: Set):
    told(zalo_oa_base_url=f"http://127.0.0.1:{free_port()}")

    assert "Official Account API cannot be reached" in await missing()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("status", "PENDING_REVIEW", "[missing] The template moved (301) is not approved"),
        ("status", "DELETE", "[missing] Zalo says nothing about the template moved (301)"),
        ("fields", {"code": 8}, "has the fields code; ours are code, name, title"),
        ("price", 350, "[note] The template moved (301) costs 350 đồng; we count 200."),
    ],
)
async def test_templates_are_held_against_ours(
    field: str, value: Any, words: str, logged_in: Path, simulator: Simulator
):
    setattr(simulator.oa.templates["301"], field, value)

    assert words in await shown("emplate moved (301)")


async def test_a_template_that_is_shorter_than_ours(logged_in: Path, simulator: Simulator):
    simulator.oa.templates["301"].fields["why"] = 30

    assert "takes 30 characters of why; ours may have 60" in await missing()


async def test_a_template_of_no_kind_and_one_for_trying_out(logged_in: Path, told: Set):
    told(zalo_templates='{"mooved": "301"}', zalo_templates_development="true")

    assert "There is no template mooved in TAPHUAN_ZALO_TEMPLATES" in await missing()
    assert "[note]" in await shown("administrators only")


async def test_an_address_zalo_does_not_post_to(logged_in: Path, told: Set):
    told(public_url="https://taphuan.example:8080")

    assert "https addresses without a port only" in await missing()


async def test_events_that_have_come(logged_in: Path):
    from storage import conversations

    def write(db: Connection) -> None:
        talk = conversations.enter(db, "zalo_oa", "7", language="vi", now=MONDAY)
        talk.heard_at = MONDAY
        conversations.save(db, talk)

    await change(logged_in, write)
    assert "the last one on 23/11/2026 08:00" in await shown("come in")


async def test_what_was_spent(logged_in: Path, told: Set):
    day = datetime.now(UTC).astimezone(MONDAY.tzinfo).date()

    def write(db: Connection) -> None:
        spending.note(db, "zalo_oa", day, "moved", 3, 165)
        spending.note(db, "zalo_template", day, "moved", 1, 200)

    await change(logged_in, write)
    assert (await shown("365 đồng today")).startswith("[ok]")
    told(zalo_day_ceiling=365)
    assert (await shown("365 đồng today, at most 365")).startswith("[note]")
    told(zalo_day_ceiling=0, zalo_month_ceiling=0)
    assert "[note] Nothing bounds what Zalo may cost; 365 đồng this month" in await shown("365")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nConnection: close\r\n\r\n",
        *(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            for body in (
                b'{"ok": true, "result": []}',
                b'{"ok": true, "result": {"url": "https://x.vn", "last_error_date": 1e300}}',
                b'{"ok": true, "result": {"pending_update_count": {}}}',
                b"[" * 100_000,
                b"[]",
            )
        ),
    ],
)
async def test_what_is_no_answer_of_telegrams_is_none(answer: bytes, healthy: Path, told: Set):
    asked: list[bytes] = []

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with talking(speak) as url:
        told(telegram_base_url=url)
        assert "Telegram cannot be reached" in await missing()
    assert not any(b"/elsewhere" in head for head in asked)
