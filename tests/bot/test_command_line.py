"""The command line as it is typed: what it prints, its exit status, one line where it fails."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from bot import doctor, zalo_login
from bot.__main__ import main
from bot.findings import well
from bot.settings import Settings, SettingsError
from bot.simulator import Simulator
from bot.simulator.zalo_oa_oauth import challenge_of
from storage import channels, oa_tokens, outbox, spending, stoppages
from storage.database import Database
from storage.models import ChannelState, NoticeState, TokenState
from tests.bot.running import any_of, zalo_oa
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy import Connection

    from bot.findings import Finding
    from storage.oa_tokens import Pair

ROOT = Path(__file__).parent.parent.parent


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str


class Terminal:
    """A folder to type commands in; they run in this process unless a test starts its own."""

    def __init__(
        self, folder: Path, variables: pytest.MonkeyPatch, screen: pytest.CaptureFixture[str]
    ) -> None:
        self.folder = folder
        self._variables = variables
        self._screen = screen

    def type(self, *words: str, **variables: str) -> Done:
        with self._variables.context() as more:
            for name, value in variables.items():
                more.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(list(words))
        shown = self._screen.readouterr()
        return Done(int(ended.value.code or 0), shown.out, shown.err)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """Begin a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "bot", *words],
            cwd=self.folder, env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def refused(self, *words: str, status: int = 1, **variables: str) -> str:
        """The one line a refused command leaves."""
        done = self.type(*words, **variables)
        assert done.status == status, done.err
        assert re.fullmatch(r"taphuan: [^\n]+\n", done.err), done.err
        return done.err

    def done(self, *words: str, **variables: str) -> str:
        done = self.type(*words, **variables)
        assert done.status == 0, done.err
        assert done.err == ""
        return done.out


@pytest.fixture
def terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    for name in os.environ:
        if name.startswith("TAPHUAN_"):
            monkeypatch.delenv(name)
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield Terminal(folder, monkeypatch, capsys)
    for handler in list(root.handlers):
        root.removeHandler(handler)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


@pytest.fixture
def province(terminal: Terminal, sample_file: Path) -> Terminal:
    """A folder with the sample province."""
    shutil.copy(sample_file, terminal.folder / "taphuan.db")
    return terminal


def test_help_fits_a_terminal_and_names_every_command(terminal: Terminal):
    text = terminal.done("--help")

    for command in ("demo", "run", "migrate", "load-sample", "invite", "reschedule",
                    "enlarge", "cancel-course", "zalo-login", "zalo-costs", "doctor",
                    "version"):  # fmt: skip
        assert f"\n  {command} " in text
    assert max(map(len, text.splitlines())) <= 100


def test_wrong_use_is_one_line_and_status_2(terminal: Terminal):
    assert "No such command" in terminal.refused("rescedule", status=2)
    assert "--why" in terminal.refused("reschedule", "L12", status=2)
    assert "--start" in terminal.refused(
        "reschedule", "L12", "--start", "x", "--why", "y", status=2
    )
    assert "--role" in terminal.refused("invite", "--role", "king", "--unit", "x", status=2)


def test_a_wrong_setting_or_file_is_one_line(terminal: Terminal):
    assert "TAPHUAN_WEB_PORT is wrong" in terminal.refused("migrate", TAPHUAN_WEB_PORT="x")
    assert "cannot be read" in terminal.refused("--config", "nowhere.toml", "migrate")


def test_without_a_token_or_a_migration_the_run_does_not_begin(terminal: Terminal):
    assert "No channel is set up: set TAPHUAN_TELEGRAM_TOKEN" in terminal.refused("run")
    assert "taphuan migrate" in terminal.refused("run", TAPHUAN_TELEGRAM_TOKEN="123:ABC")
    assert "taphuan migrate" in terminal.refused("cancel-course", "L12", "--why", "x")
    assert not list(terminal.folder.iterdir())


def test_an_unreachable_database_is_one_line(terminal: Terminal):
    assert "cannot be reached" in terminal.refused(
        "migrate", TAPHUAN_DATABASE_URL="sqlite:////proc"
    )


def test_a_new_database_is_migrated_and_filled(terminal: Terminal):
    assert "units were added" in terminal.done("migrate")
    assert "\nThe schema" not in terminal.done("migrate")
    loaded = json.loads(terminal.done("load-sample", "--json"))

    assert loaded["people"] > 1500
    assert {"full_name", "code", "school", "position"} <= set(loaded["trials"][0])
    assert loaded["invitations"]
    assert "already holds data" in terminal.refused("load-sample")


def test_the_sample_prints_what_to_try(terminal: Terminal):
    terminal.done("migrate")
    text = terminal.done("load-sample")

    assert "48271093  H'Mai Byă, GV, " in text
    assert "MOI-VHXH-2739  Lê Văn Tình, commune, Xã Tuy Đức" in text


def test_an_invitation_is_printed_once_and_only_its_digest_kept(
    province: Terminal,
):
    terminal = province
    line = terminal.done(
        "invite", "--role", "commune", "--unit", "tuy duc", "--uses", "2", "--holder", "Lê Văn Tình"
    )

    code = line.split()[0]
    assert re.fullmatch(r"MOI-\w{4}-\w{4}", code)
    assert "Xã Tuy Đức" in line
    with sqlite3.connect(terminal.folder / "taphuan.db") as database:
        rows = database.execute("SELECT * FROM invitations").fetchall()
    database.close()
    assert not any(code in str(row) for row in rows)
    assert "Tỉnh Lâm Đồng" in terminal.done("invite", "--role", "department", "--unit", "Lâm Đồng")


def test_a_unit_that_is_not_clear_is_one_line_with_the_choices(
    province: Terminal,
):
    terminal = province

    assert "no commune of today" in terminal.refused("invite", "--role", "commune", "--unit", "zzz")
    former = terminal.refused("invite", "--role", "commune", "--unit", "Đắk Búk So")
    assert "Đắk Búk So" in former
    near = terminal.refused("invite", "--role", "commune", "--unit", "tuy duk")
    assert "Tuy Đức" in near
    assert "personal code" in terminal.refused(
        "invite", "--role", "principal", "--unit", "xã Tuy Đức"
    )


def test_a_training_is_moved_and_cancelled(province: Terminal):
    terminal = province
    why = ("--why", "sạt lở quốc lộ")
    moved = terminal.done("reschedule", "l12", "--start", "2036-12-13 07:30", *why)
    assert "L12: 2036-12-13 07:30" in moved
    with sqlite3.connect(terminal.folder / "taphuan.db") as database:
        owed = database.execute("SELECT count(*) FROM notices WHERE kind = 'moved'").fetchone()[0]
        (starts_at,) = database.execute(
            "SELECT starts_at FROM sessions JOIN courses ON courses.id = course_id "
            "WHERE courses.number = 12"
        ).fetchone()
    database.close()
    assert owed > 0
    assert starts_at.startswith("2036-12-13 00:30"), "local time is UTC+7"
    assert "is cancelled" in terminal.done("cancel-course", "L12", *why)
    assert "already" in terminal.refused("cancel-course", "L12", *why)


def test_more_seats_are_offered_to_whoever_waits(province: Terminal):
    terminal = province

    assert "L7 has 300 seats" in terminal.done("enlarge", "L7", "--seats", "300")

    with sqlite3.connect(terminal.folder / "taphuan.db") as database:
        owed = database.execute("SELECT count(*) FROM notices WHERE kind = 'offer'").fetchone()[0]
    database.close()
    assert owed > 0
    assert "cannot shrink" in terminal.refused("enlarge", "L7", "--seats", "3")
    assert "no training L999" in terminal.refused("enlarge", "L999", "--seats", "3")
    assert "--seats" in terminal.refused("enlarge", "L7", status=2)


def test_a_change_that_makes_no_sense_is_refused(province: Terminal):
    terminal = province
    why = ("--why", "x")

    assert "no training L999" in terminal.refused("cancel-course", "L999", *why)
    assert "no training banana" in terminal.refused("cancel-course", "banana", *why)
    assert "what changes" in terminal.refused("reschedule", "L15", *why)
    past = terminal.refused("reschedule", "L15", "--start", "2020-01-01 07:30", *why)
    assert "in the past" in past
    ends_first = terminal.refused(
        "reschedule", "L15", "--start", "2036-01-02 07:30", "--end", "2036-01-01 07:30", *why
    )
    assert "end" in ends_first


def test_the_doctor_says_what_is_missing(province: Terminal):
    terminal = province
    done = terminal.type("doctor")

    assert done.status == 1
    assert "[thiếu] Chưa khai báo kênh nào: đặt TAPHUAN_TELEGRAM_TOKEN" in done.out
    english = terminal.type("doctor", "--language", "en")
    assert "[missing] No channel is set up: set TAPHUAN_TELEGRAM_TOKEN" in english.out
    assert done.err == english.err == ""


def test_the_doctor_counts_figures_again_and_mends_them(province: Terminal):
    english = ("--language", "en")
    assert "[ok] All figures are what" in province.done("doctor", "--figures", *english)
    assert "--repair goes with --figures" in province.refused("doctor", "--repair")


def test_the_version_is_printed(terminal: Terminal):
    assert re.fullmatch(r"taphuan \d+\.\d+\.\d+\n", terminal.done("version"))


def test_a_process_of_its_own_ends_with_one_line_and_a_status(terminal: Terminal):
    unknown, help_shown = terminal.start("rescedule"), terminal.start("--help")

    out, err = unknown.communicate(timeout=20)
    assert (unknown.returncode, out, err.count("\n")) == (2, "", 1)
    assert "reschedule" in err
    out, err = help_shown.communicate(timeout=20)
    assert (help_shown.returncode, err) == (0, "")


def test_the_demo_says_what_to_try_and_stops_cleanly(terminal: Terminal):
    demo = terminal.start("demo", "--no-browser", "--port", "0", TMPDIR=str(terminal.folder))
    assert demo.stdout
    lines: list[str] = []
    while not lines or not lines[-1].startswith("Dừng:"):
        line = demo.stdout.readline()
        assert line, demo.communicate()
        lines.append(line.rstrip("\n"))
    assert list(terminal.folder.iterdir())
    demo.send_signal(signal.SIGINT)
    rest, errors = demo.communicate(timeout=20)

    assert (demo.returncode, errors, rest) == (0, "", "Đã dừng bản chạy thử.\n")
    assert len(lines) <= 24
    shown = "\n".join(lines)
    for words in ("http://127.0.0.1:", "48271093", "61520389", "MOI-VHXH-2739"):
        assert words in shown
    assert max(len(line) for line in lines if "sqlite:" not in line) <= 80
    assert not list(terminal.folder.iterdir()), "the temporary folder is gone"


async def test_the_run_ends_cleanly_when_it_is_told_to(province: Terminal):
    async with Simulator() as simulator:
        run = province.start(
            "run",
            TAPHUAN_TELEGRAM_TOKEN=simulator.token,
            TAPHUAN_TELEGRAM_BASE_URL=simulator.base_url,
            TAPHUAN_WEB_PORT="0",
        )
        phone = simulator.phone("Lê Thị Út")
        await phone.start()
        assert "mật khẩu" in (await phone.answer(20)).text
        run.terminate()
        _, errors = await asyncio.to_thread(run.communicate, timeout=20)

    assert run.returncode == 0
    assert errors.splitlines()[-1].endswith("INFO bot.app: stopped")
    assert simulator.token.partition(":")[2] not in errors


def test_a_taken_port_of_the_demo_is_one_line(terminal: Terminal):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        line = terminal.refused("demo", "--no-browser", "--port", str(port))
    assert f"--port {port + 1}" in line


# Zalo


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    async with Simulator() as local:
        yield local


def variables(simulator: Simulator) -> dict[str, str]:
    named = {name: str(value) for name, value in zalo_oa(simulator).items()}
    return {f"TAPHUAN_{name.upper()}": value for name, value in named.items()}


async def pair_of(terminal: Terminal, simulator: Simulator) -> Pair | None:
    async with Database.open(f"sqlite:///{terminal.folder / 'taphuan.db'}") as database:
        return await database.read(lambda db: oa_tokens.pair(db, simulator.oa.keys.app_id))


def typed(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(words))


async def test_a_refresh_token_of_the_console_is_taken_and_used_once(
    province: Terminal, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
):
    given = simulator.oa.oauth.issue().refresh
    typed(monkeypatch, f" {given}\n")
    out = await asyncio.to_thread(province.done, "zalo-login", "--refresh", **variables(simulator))

    pair = await pair_of(province, simulator)
    assert pair
    assert pair.state is TokenState.GOOD
    assert pair.refresh != given
    assert (simulator.oa.oauth.refreshes, simulator.oa.oauth.spent_uses) == (1, 0)
    assert "is logged in" in out
    assert given not in out


@pytest.mark.parametrize(("words", "line"), [("", "no refresh token"), ("WRONG", "refresh token")])
async def test_a_wrong_refresh_token_is_one_line(
    words: str, line: str, province: Terminal, simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    typed(monkeypatch, f"{words}\n")
    said = await asyncio.to_thread(
        province.refused, "zalo-login", "--refresh", **variables(simulator)
    )

    assert line in said
    assert "WRONG" not in said
    assert await pair_of(province, simulator) is None


async def test_a_login_by_link_brings_the_first_pair(simulator: Simulator, province: Terminal):
    told = any_of(province.folder / "taphuan.db", **zalo_oa(simulator))
    login = zalo_login.begin(told)
    query = dict(part.split("=", 1) for part in login.link.partition("?")[2].split("&"))
    assert login.link.startswith(f"{simulator.oauth_url}/v4/oa/permission?")
    assert query["app_id"] == told.zalo_app_id
    assert query["code_challenge"] == challenge_of(login.verifier)
    assert query["state"] == login.state
    assert len(login.verifier) == 43
    await stopped(province)
    code = simulator.oa.oauth.consent(query["code_challenge"])
    back = f"{told.public_url}/?oa_id={told.zalo_oa_id}&code={code}&state={login.state}"
    await zalo_login.end(told, login, f" {back}\n")

    pair = await pair_of(province, simulator)
    assert pair
    assert pair.state is TokenState.GOOD
    assert await standing(province) is ChannelState.READY
    # A code works once.
    from bot.channels.base import Refused

    with pytest.raises(Refused, match="begin the login anew"):
        await zalo_login.end(told, login, code)


async def stopped(terminal: Terminal) -> None:
    def write(db: Connection) -> None:
        channels.open_channel(db, "zalo_oa", channels.FREE, MONDAY)
        stoppages.stop(db, "zalo_oa", ChannelState.REFUSED, "no login", MONDAY)

    async with Database.open(f"sqlite:///{terminal.folder / 'taphuan.db'}") as database:
        await database.turn(write)


async def standing(terminal: Terminal) -> ChannelState:
    async with Database.open(f"sqlite:///{terminal.folder / 'taphuan.db'}") as database:
        found = await database.read(lambda db: channels.ways(db, MONDAY))
    return found["zalo_oa"].state


@pytest.mark.parametrize(
    ("pasted", "line"),
    [
        ("", "that is no code"),
        ("two words", "that is no code"),
        ("https://taphuan.example/?error=1", "that is no code"),
        ("https://taphuan.example/?code=abc&oa_id={oa}&state=other", "another login"),
        ("https://taphuan.example/?code=abc&oa_id=1", "another Official Account"),
    ],
)
async def test_what_is_no_code_is_one_line(
    pasted: str, line: str, province: Terminal, simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    typed(monkeypatch, f"{pasted.replace('{oa}', simulator.oa.keys.oa_id)}\n")

    assert line in await asyncio.to_thread(province.refused, "zalo-login", **variables(simulator))
    assert await pair_of(province, simulator) is None


async def test_a_login_needs_its_settings_and_zalo(
    province: Terminal, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
):
    line = await asyncio.to_thread(province.refused, "zalo-login")
    assert "TAPHUAN_ZALO_APP_ID is missing" in line
    with pytest.raises(SettingsError):
        zalo_login.begin(Settings(zalo_app_id="12345"))
    typed(monkeypatch, "abc\n")
    away = {**variables(simulator), "TAPHUAN_ZALO_OAUTH_BASE_URL": "http://127.0.0.1:9"}
    assert "try again in a while" in await asyncio.to_thread(province.refused, "zalo-login", **away)


def test_what_a_month_cost_is_printed(province: Terminal):
    async def write() -> None:
        async with Database.open(f"sqlite:///{province.folder / 'taphuan.db'}") as database:
            await database.turn(figures)

    def figures(db: Connection) -> None:
        spending.note(db, "zalo_oa", MONDAY.date(), "answer", 12, 660)
        spending.note(db, "zalo_template", MONDAY.date(), "moved", 3, 600)
        spending.note(db, "zalo_oa", MONDAY.date().replace(month=10), "answer", 9, 9)
        for number in range(2):
            outbox.owe(db, "reminder", key=f"r{number}", subject_id=1, due_at=MONDAY, person_id=1)
        for row in db.exec_driver_sql("SELECT id FROM notices WHERE key LIKE 'r_'").scalars():
            outbox.settle(db, row, NoticeState.SKIPPED, at=None, reason="ceiling")

    asyncio.run(write())
    lines = province.done("zalo-costs", "--month", "2026-11").splitlines()

    assert [line.split() for line in lines] == [
        ["zalo_oa", "answer", "12", "messages", "660", "đồng"],
        ["zalo_template", "moved", "3", "messages", "600", "đồng"],
        ["together", "15", "messages", "1260", "đồng"],
        ["withheld", "at", "the", "ceiling:", "reminder,", "2"],
    ]
    assert "together" in province.done("zalo-costs", "--month", "2026-09")
    assert "--month" in province.refused("zalo-costs", "--month", "x", status=2)


def test_a_token_given_as_an_argument_is_not_repeated(terminal: Terminal):
    assert "TOKEN-X" not in terminal.refused("zalo-login", "--refresh=TOKEN-X", status=2)
    for words in (["--refresh", "TOKEN-X"], ["TOKEN-X"], ["--TOKEN-X"]):
        line = terminal.refused("zalo-login", *words, status=2)
        assert "TOKEN-X" not in line
        assert "asks for it" in line


def test_what_a_platform_calls_itself_cannot_take_the_screen(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
):
    async def examine(_config: object, _language: str) -> list[Finding]:
        return [well("Zalo answers for Phòng\x1b[2J\r\n[ok] forged.")]

    monkeypatch.setattr(doctor, "examine", examine)

    assert terminal.done("doctor") == "[được] Zalo answers for Phòng [2J  [ok] forged.\n"


def test_the_words_of_templates_are_printed_for_approval(terminal: Terminal):
    said = terminal.done("zalo-templates")

    assert "[moved] transaction, about 200 đồng" in said
    assert "Kính gửi thầy/cô <name>." in said
    assert "name (40)" in said
