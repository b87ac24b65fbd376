"""Checking papers and asking for hours at the terminal; and what the clock settles by itself."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from sqlalchemy import create_engine, insert, select, update

from bot.__main__ import main
from bot.clock import Clock
from bot.proofs import Proofs
from bot.web import Web
from storage import signing
from storage.models import (
    Completed,
    Completion,
    Course,
    HourTarget,
    Paper,
    Period,
    Result,
    SigningKey,
)
from tests import rows
from tests.handlers.test_results import NAMES, held
from tests.storage.test_signing import PRIVATE, PUBLIC, facts
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.database import Database
    from tests.talk import Town

    Type = Callable[..., tuple[int, str, str]]

SIGNED = signing.sign(facts(), PRIVATE)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Type:
    def type_(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    for name in ("TAPHUAN_DATABASE_URL", "TAPHUAN_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return type_


@pytest.fixture
def office(typed: Type, empty_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with one paper in it."""
    path = shutil.copyfile(empty_file, tmp_path / "office.db")
    monkeypatch.setenv("TAPHUAN_DATABASE_URL", f"sqlite:///{path}")
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as db:
        rows.school(db)
        rows.people(db, 1)
        rows.course(db, 1, seats=5)
        kept(db)
    engine.dispose()
    return path


def kept(db: Connection) -> None:
    key = {"id": 1, "public": PUBLIC, "private": PRIVATE, "made_at": MONDAY}
    db.execute(insert(SigningKey).values(key))
    db.execute(
        insert(Paper).values(
            number=SIGNED.facts["number"], course_id=1, person_id=1, facts=SIGNED.facts, key_id=1,
            signature=SIGNED.signature, issued_at=MONDAY,
        )
    )  # fmt: skip


def test_a_key_is_enough_to_check_a_paper(typed: Type, tmp_path: Path) -> None:
    scanned = tmp_path / "scanned.txt"
    scanned.write_text(f"https://taphuan.example/giay#{SIGNED.text}\n")
    other = signing.pair()[0]

    status, out, _ = typed("verify", str(scanned), "--key", other, "--key", PUBLIC)
    assert status == 0
    assert out.splitlines()[0] == "genuine"
    assert "H'Mai Byă" in out
    assert "only the database of the office knows" in out
    status, out, _ = typed("verify", SIGNED.text, "--key", other)
    assert (status, out.splitlines()) == (1, ["FORGED: none of the keys signed this"])
    assert typed("verify", "hôm nay", "--key", PUBLIC)[:2] == (
        1, "this is no text of a paper, or a part of it is missing\n"
    )  # fmt: skip
    assert "64 hexadecimal digits" in typed("verify", SIGNED.text, "--key", "abc")[2]


def test_the_office_also_knows_what_was_revoked(typed: Type, office: Path) -> None:
    assert typed("paper-key")[1].strip() == PUBLIC
    assert typed("verify", SIGNED.text)[:2][0] == 0
    engine = create_engine(f"sqlite:///{office}")
    with engine.begin() as db:
        db.execute(update(Paper).values(revoked_at=MONDAY))
    status, out, _ = typed("verify", SIGNED.text)
    assert status == 1
    assert out.startswith("REVOKED")
    with engine.connect() as db:
        assert len(db.execute(select(SigningKey.id)).all()) == 1
    engine.dispose()


def test_hours_are_asked_for_by_year_and_content(typed: Type, office: Path) -> None:
    assert typed("hour-target", "2026", "40", "--block", "01")[1] == (
        "Năm học 2026-2027: 40 tiết of content 01.\n"
    )
    assert typed("hour-target", "2026", "7,5", "--block", "02")[0] == 0
    assert typed("hour-target", "2026", "0", "--block", "01")[0] == 0
    for wrong in (["x"], ["7.55"], ["nan"], ["-3"], ["2000"], ["40", "--block", "04"],
                  ["40", "--calendar"]):  # fmt: skip
        status, _, err = typed("hour-target", "2026", *wrong)
        assert status
        assert err.startswith("taphuan: ")
        assert "unexpected" not in err
    engine = create_engine(f"sqlite:///{office}")
    with engine.connect() as db:
        found = select(Period.title, HourTarget.block, HourTarget.hours).join(HourTarget)
        assert [tuple(row) for row in db.execute(found)] == [("Năm học 2026-2027", "02", 75)]
    engine.dispose()


async def test_whoever_asks_about_a_paper_has_to_hold_it(database: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 1)
        rows.course(db, 1, seats=5)
        kept(db)

    await database.turn(work)
    web = Web("127.0.0.1", 0, database)
    proofs = Proofs(database, "https://x.example/tap-huan/", ZoneInfo("Asia/Ho_Chi_Minh"))
    web.add_page(proofs.asking, proofs.tell)
    await web.start()
    number, mark = SIGNED.facts["number"], SIGNED.signature
    asked = f"http://127.0.0.1:{web.port}/tap-huan/giay/{number}"
    told: list[object] = []
    for tried in (mark[:22], mark[:8], f"{'A' * 22}", "é" * 20):
        async with aiohttp.request("GET", f"{asked}/{tried}") as response:
            told.append(await response.json())
    await web.stop()
    assert told == [{"known": True, "revoked": None}] + [{"known": False, "revoked": None}] * 3


async def test_the_clock_settles_a_course_that_is_over(town: Town) -> None:
    await held(town)
    first_aid = select(Course.id).where(Course.number == 12).scalar_subquery()
    ours = Completion.course_id == first_aid
    states = update(Completion).values(state=Completed.OPEN, completed_on=None, hours=0).where(ours)
    await town.database.turn(lambda db: db.execute(states))
    clock = Clock(town.database, town.inbox, town.sender, every=60)

    await clock.complete()

    found = select(Completion.state).where(ours, Completion.state == Completed.COMPLETED)
    done = await town.database.read(lambda db: len(db.execute(found).all()))
    assert done == len(NAMES) - 1
    results = select(Result).where(Result.course_id == first_aid)
    assert await town.database.read(lambda db: db.execute(results).all()) == []
