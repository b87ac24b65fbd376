"""Everything on this machine: the production program against local platforms with phones."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import threading
import webbrowser
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import app, wires
from bot.simulator import Hint, Person, Simulator
from handlers.text import say
from storage import models, sample, schema, worktime
from storage.database import Database
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from sqlalchemy import Connection

    from storage.sample import Sample

KEPT = Path("demo")
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FILE = "taphuan.db"
TEACHER, COLLEAGUE = "H'Mai Byă", "Lê Thị Út"
PRINCIPAL, OFFICER = "Nguyễn Thị Hoa", "Lê Văn Tình"
# The demo speaks the language of the place.
_ = partial(say, "vi", Called.ANH_CHI)


class DemoError(Exception):
    """The demo cannot start; the message says why and what to do, in one line."""


async def run(port: int, *, keep: bool, browser: bool) -> None:
    """Until Ctrl+C: invented data in a fresh database, five phones on a page, the real program.

    The database lies in a temporary folder that goes away at the end; `keep`: in ./demo, where it
    stays until the next time. Port 0 takes a free one. Raises DemoError.
    """
    stop = asyncio.Event()
    with _folder(keep=keep) as folder, app.stopping(stop):
        ahead = awake(datetime.now(UTC))

        def clock() -> datetime:
            return datetime.now(UTC) + ahead

        simulator = Simulator(port=port, clock=lambda: clock().timestamp())
        try:
            await simulator.__aenter__()
        except OSError as error:
            raise DemoError(
                f"port {port} cannot be had ({error.strerror}): taphuan demo --port {port + 1}"
            ) from error
        try:
            await _play(simulator, f"sqlite:///{folder / FILE}", stop, clock, browser=browser)
        finally:
            await simulator.__aexit__()
    _print(_("The demo has ended."))


def awake(real: datetime) -> timedelta:
    """How far the demo's clock is ahead: at night and on holidays notices would only wait."""
    return worktime.next_waking(real.astimezone(ZONE)) - real


async def _play(
    simulator: Simulator,
    url: str,
    stop: asyncio.Event,
    clock: Callable[[], datetime],
    *,
    browser: bool,
) -> None:
    settings = wires.settings(simulator, url, log_level="WARNING")
    async with Database.open(url) as database:
        now = clock().astimezone(settings.zone)
        await database.turn(schema.upgrade)
        loaded = await database.turn(lambda db: sample.load(db, now))
        for person in await database.read(lambda db: people(db, loaded)):
            simulator.add(person)
        await wires.log_in(simulator, database, now)
    connecting: list[asyncio.Task[None]] = []

    def ready(_program: app.Program) -> None:
        connecting.append(asyncio.create_task(wires.connect(simulator, settings)))
        for line in screenful(simulator.url, url, loaded, now):
            _print(line)
        if browser:
            _show(simulator.url)

    await app.run(settings, stop, ready, now=clock)


def people(db: Connection, loaded: Sample) -> list[Person]:
    """Those whose phones are on the page: what to type is a tap away."""
    teacher, principal, invitation = _code(loaded, TEACHER), _code(loaded, PRINCIPAL), _way(loaded)
    colleague = _code(loaded, COLLEAGUE)
    work = Hint("viec", _("What is to be done today"))
    return [
        Person(
            TEACHER, role=_("teacher, {school}", school="MN Hoa Cúc"), number=_number(db, teacher),
            hints=(Hint("L12", _("Register for L12")), Hint(teacher, _("Personal code")),
                   Hint("lich", _("Training schedule")), Hint("thang 12 co lop nao o tuy duc ko")),
            platform="zalo_oa",
        ),
        Person(
            PRINCIPAL, role=_("principal, {school}", school="MN Hoa Cúc"),
            number=_number(db, principal),
            hints=(Hint(principal, _("Personal code")), work, Hint("L12")),
        ),
        Person(
            OFFICER, role=_("officer, {unit}", unit="xã Tuy Đức"),
            hints=(Hint(invitation, _("Invitation")), work,
                   Hint("thong ke L12 theo huyen cu", _("Figures by former district"))),
        ),
        Person(
            COLLEAGUE, role=_("teacher, {school}", school="MN Hoa Cúc"),
            number=_number(db, colleague), platform="zalo_bot",
            hints=(Hint("L12", _("Register for L12")), Hint(colleague, _("Personal code"))),
        ),
        Person(
            TEACHER, role=_("the tablet of {person}", person=TEACHER),
            hints=(Hint("noi tai khoan", _("Link this account")),),
        ),
    ]  # fmt: skip


def screenful(page: str, url: str, loaded: Sample, now: datetime) -> list[str]:
    """What to try: at most 24 lines of 80 columns."""
    day = now.date() + timedelta(days=30)
    return [
        _("The assistant runs on this machine, with invented people and trainings."),
        _("Five phones, on Zalo and Telegram, are on this page: {page}", page=page),
        "",
        _("{person}, teacher, on Zalo", person=TEACHER),
        "  " + _("Type L12, choose 1, type {code}, choose 1, then 1 to register.",
                 code=_code(loaded, TEACHER)),
        "  " + _("Then try: lich · cua toi · huy L12 · thang 12 co lop nao o tuy duc ko"),
        "  " + _("Type noi tai khoan, and the code on the tablet: one person, two accounts."),
        "",
        _("{person}, principal of MN Hoa Cúc", person=PRINCIPAL),
        "  " + _("Type viec, agree, and type {code}.", code=_code(loaded, PRINCIPAL)),
        "",
        _("{person}, officer of xã Tuy Đức", person=OFFICER),
        "  " + _("Type {code}, then: viec · thong ke L12 theo huyen cu", code=_way(loaded)),
        "",
        _("Add more phones on the page to meet the assistant as a stranger."),
        _("To move L12 and see everybody asked again, in another window:"),
        f"  TAPHUAN_DATABASE_URL={url} {_command()} \\",
        "  " + _("reschedule L12 --start \"{day} 07:30\" --why \"landslide\"", day=day),
        "",
        _("Ctrl+C ends it."),
    ]  # fmt: skip


def _command() -> str:
    """This program as it can be typed: by its name where that is found, else by its place."""
    if shutil.which("taphuan"):
        return "taphuan"
    started = Path(sys.argv[0])
    here = Path.cwd()
    return str(started.relative_to(here)) if started.is_relative_to(here) else str(started)


def _code(loaded: Sample, name: str) -> str:
    return next(one.code for one in loaded.trials if one.full_name == name)


def _way(loaded: Sample) -> str:
    return next(one.code for one in loaded.invitations if one.holder == OFFICER)


def _number(db: Connection, code: str) -> str:
    person, personal = models.Person, models.PersonalCode
    of_code = select(person.phone).join(personal).where(personal.code == code)
    return db.execute(of_code).scalar_one() or ""


@contextmanager
def _folder(*, keep: bool) -> Generator[Path]:
    if not keep:
        folder = Path(tempfile.mkdtemp(prefix="taphuan-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    try:
        KEPT.mkdir(exist_ok=True)
        for old in KEPT.glob(f"{FILE}*"):
            old.unlink()
    except OSError as error:
        raise DemoError(f"the folder {KEPT} cannot be used ({error.strerror})") from error
    yield KEPT


def _show(page: str) -> None:
    """Open the page where there is a desktop: a text browser would take over the terminal."""
    desktop = sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if desktop:
        # Some browsers do not return before they are closed.
        threading.Thread(target=_open, args=(page,), daemon=True).start()


def _open(page: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(page)


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
