"""Figures as a picture and as a workbook, and who may have them."""

from __future__ import annotations

import io
import re
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, update

from bot.files import Files
from bot.made import figure_book, figure_names, figure_picture, tints
from bot.made.figure_wanted import Wanted
from bot.simulator import Simulator
from handlers.figure_asked import Measure
from handlers.message import EXPORT, Document, Reply
from storage import exports, scopes
from storage.figures import subjects, unmet
from storage.figures.counts import NOTHING, Count
from storage.figures.reasons import Reason
from storage.figures.rows import Row
from storage.figures.subjects import Topic
from storage.models import Person, School, SubjectKind, Unit
from storage.statistics import View
from tests.bot import formulas, test_downloads
from tests.talk import MONDAY, ZONE, Clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

HANG, TINH = "Đinh Thị Thu Hằng", "Lê Văn Tình"
TOPIC = Topic(
    1, SubjectKind.INDICATOR, "indicator:1:1", "KPI1", "Giáo viên có trình độ cao đẳng trở lên",
    None, 1, 1, 1, MONDAY.date(), None, None,
)  # fmt: skip
WANTED = Wanted(
    scopes.everywhere(MONDAY.date()), TOPIC, View.COMMUNE, None, "Tỉnh Lâm Đồng", "Năm 2026", None,
    MONDAY, Measure.COMPLETED, Fraction(85, 100),
)  # fmt: skip


def rows(count: int, *, declared: int = 0) -> list[Row]:
    """Units as a large province has them; every `declared`-th has a declared total beside."""
    rng = Random(1)
    names = "Phường Bắc Gia Nghĩa", "Xã Nâm N'Đir", "Xã Đắk R'Lấp", "Xã H'Nghia Êban ĭ ŏ ŭ č ñ"
    found: list[Row] = []
    for at in range(count):
        of = rng.randint(100, 2000)
        beside = Count(expected=30, completed=21) if declared and at % declared == 0 else NOTHING
        done = Count(expected=of, completed=rng.randint(0, of))
        found.append(Row(at + 1, f"{names[at % 4]} và Quảng Trực {at}", done, beside))
    return found


def picture(found: list[Row], wanted: Wanted = WANTED) -> figure_picture.Collected:
    return figure_picture.Collected(wanted, found, Row(None, "", Count(20_000, completed=17_123)))


# The picture


def test_the_largest_picture_is_small_and_says_what_is_left_out():
    collected = picture(rows(40, declared=4))

    content = figure_picture.draw(collected)
    shown = figure_picture.filled(collected)

    assert content.startswith(b"\x89PNG")
    assert len(content) <= figure_picture.LARGEST
    width, height = struct.unpack(">II", content[16:24])
    assert 360 <= width <= 720
    assert height < 5 * width
    assert len(shown["rows"]) <= figure_picture.MOST
    units = list(dict.fromkeys(bar["name"] for bar in shown["rows"]))
    assert units == [row.name for row in collected.rows[: len(units)]]  # no ranking
    assert shown["more"] == f"và {40 - len(units)} đơn vị khác"
    assert shown["target"] == 0.85


def test_a_picture_says_day_denominator_source_and_what_is_only_declared():
    shown = figure_picture.filled(picture(rows(2, declared=2)))

    assert shown["title"] == "KPI1 · Giáo viên có trình độ cao đẳng trở lên, năm 2026"
    assert shown["heading"] == [
        "Tỉnh Lâm Đồng: đạt chỉ tiêu, theo xã, phường.", "Tính đến: Thứ Hai, 23/11/2026, 8h00",
    ]  # fmt: skip
    assert [bar["declared"] for bar in shown["rows"]] == [False, True, False]
    assert shown["rows"][1]["figure"] == "21/30 · 70% khai"
    assert [kind for kind, _ in shown["keys"]] == ["counted", "declared", "target"]
    assert shown["notes"][0].startswith("Mẫu số: ")
    assert shown["notes"][1].startswith("Nguồn: ")


def test_nobody_is_no_percentage():
    (bar,) = figure_picture.filled(picture([Row(1, "Xã Đắk Wil", NOTHING)]))["rows"]

    assert (bar["figure"], bar["part"]) == ("chưa có ai", None)


def png(lines: list[tuple[int, bytes]]) -> bytes:
    """A grey picture with a filter for each line, as the format describes them."""
    above, packed = bytes(len(lines[0][1])), b""
    for kind, line in lines:
        packed += bytes([kind])
        for at, value in enumerate(line):
            left = line[at - 1] if at else 0
            corner = above[at - 1] if at else 0
            guess = min((left, above[at], corner), key=lambda x: abs(left + above[at] - corner - x))
            base = (0, left, above[at], (left + above[at]) // 2, guess)[kind]
            packed += bytes([(value - base) & 255]) * 3 + b"\0"
        above = line
    head = struct.pack(">IIBBBBB", len(lines[0][1]), len(lines), 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(packed)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(tints._chunk(*part) for part in parts)


@pytest.mark.parametrize("seed", range(4))
def test_every_filter_of_a_picture_is_undone(seed: int):
    rng = Random(seed)
    greys = [bytes(rng.choices((255, 255, 0, 90, 200), k=23)) for _ in range(12)]
    made = tints._chunks(tints.tinted(png([(rng.randrange(5), line) for line in greys])))

    packed = zlib.decompress(made[b"IDAT"])
    for at, line in enumerate(greys):
        pixels = [half for byte in packed[at * 13 + 1 : at * 13 + 13] for half in divmod(byte, 16)]
        assert pixels[:23] == [round(value * 7 / 255) for value in line]
    assert len(made[b"PLTE"]) == 3 * tints.LEVELS
    with pytest.raises(ValueError, match="not a"):
        tints.tinted(tints.tinted(png([(0, greys[0])])))


# The workbook


async def asked(database: Database, who: str, kind: str, code: str, **told: Any) -> bytes:
    def ask(db: Connection) -> int:
        person = db.execute(select(Person.id).where(Person.full_name == who)).scalar_one()
        listed = subjects.listed(db, MONDAY.date())
        topic = next(one for one in listed if code in {one.code, one.kind})
        usual = {"view": "commune", "of": "-", "unit": 0, "day": "-", **told}
        return exports.ask(db, person, kind, MONDAY, subject=topic.id, **usual)

    request = await database.turn(ask)
    return await Files(database, ZONE, Clock())(EXPORT, request)


def texts(content: bytes) -> list[str]:
    with ZipFile(io.BytesIO(content)) as book:
        shared = book.read("xl/sharedStrings.xml").decode()
    return re.findall(r"<t[^>]*>([^<]*)</t>", shared)


async def test_a_sheet_for_each_level_whose_formulas_have_their_values(province: Database):
    renamed = update(School).where(School.name == "Trường MN Hoa Cúc").values(name="=1+1")
    await province.turn(lambda db: db.execute(renamed))

    content = await asked(province, HANG, "figure book", "L12")
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    assert book.sheet_names == [
        "Tỉnh cũ", "Huyện cũ", "Xã, phường", "Trường", "Chưa hoàn thành", "Chú thích",
    ]  # fmt: skip
    totals = {tuple(book.get_sheet_by_name(name).to_python()[-1][-20:]) for name in
              book.sheet_names[:4]}  # fmt: skip
    assert len(totals) == 1  # every view adds up to the same
    cells = formulas.of(content)
    assert len(cells) > 600
    assert all(formulas.evaluated(cells, each) == each.value for each in cells.formulas)
    assert "=1+1" in texts(content)  # words, and no formula
    assert all(not each.formula.startswith("1+1") for each in cells.formulas)


async def test_a_commune_gets_its_own_names_and_nothing_of_others(province: Database):
    content = await asked(province, TINH, "figure book", "KPI2")
    words = set(texts(content))

    def others(db: Connection) -> list[str]:
        mine = select(Unit.id).where(Unit.name == "Xã Tuy Đức")
        away = select(School.id).where(School.unit_id.not_in(mine))
        names = db.execute(select(Person.full_name).where(Person.school_id.in_(away))).scalars()
        here = db.execute(select(Person.full_name).where(Person.school_id.not_in(away))).scalars()
        units = db.execute(select(Unit.name).where(Unit.name.not_in(["Tỉnh Lâm Đồng"]))).scalars()
        ours = {*here, "Xã Tuy Đức", "Huyện Tuy Đức"}
        return [name for name in (*names, *units) if name not in ours]

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert book.sheet_names[0] == "Huyện cũ"
    assert len(book.get_sheet_by_name("Chưa hoàn thành").to_python()) > 5
    assert words.isdisjoint(await province.read(others))


async def test_a_past_day_names_nobody_and_a_gathering_tells_turns(province: Database):
    past = (MONDAY - timedelta(days=10)).strftime("%y%m%d")

    content = await asked(province, TINH, "figure book", "gathering", day=past)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    assert "Chưa hoàn thành" not in book.sheet_names
    notes = {row[0]: row[1] for row in book.get_sheet_by_name("Chú thích").to_python()}
    assert notes["Tính đến"] == "Thứ Sáu, 13/11/2026"
    assert {"Mẫu số", "Nguồn", "Số khai", "Lượt hoàn thành"} <= set(notes)


async def test_nothing_outside_or_to_come_is_shown(province: Database):
    away = select(Unit.id).where(Unit.name == "Xã Quảng Tân", Unit.valid_to.is_(None))
    other = await province.read(lambda db: db.execute(away).scalar_one())
    for told in (
        {"day": "261231"}, {"view": "planet"}, {"measure": "x"}, {"of": "commune", "unit": other},
    ):  # fmt: skip
        with pytest.raises(LookupError):
            await asked(province, TINH, "figure picture", "L12", **told)
    with pytest.raises(LookupError):
        await asked(province, "Lê Thị Út", "figure book", "L12")
    assert await asked(province, TINH, "figure picture", "L12", measure="c", view="school")


def test_declared_totals_and_empty_units_have_their_own_cells():
    found = [Row(1, "Xã Đắk Wil", NOTHING, Count(expected=30, completed=21)), *rows(1)]
    total = Row(None, "", found[1].count, found[0].declared)
    collected = figure_book.Collected(WANTED, {View.COMMUNE: found}, total, None, {}, [])

    content = figure_book.draw(collected)
    lines = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()

    head, empty, full, whole = lines[2:6]
    assert dict(zip(head, empty, strict=True))["Tỷ lệ"] == ""
    assert empty[-3:] == [30, 21, 0.7]
    assert whole[-3:] == [30, 21, 0.7]
    assert full[-3:] == [0, 0, ""]
    assert content == figure_book.draw(collected)
    unknown = replace(collected, wanted=replace(WANTED, target=None))
    assert "Mục tiêu" not in texts(figure_book.draw(unknown))


def test_there_are_words_for_every_reason_and_a_name_is_never_a_formula():
    for kind in SubjectKind:
        assert set(figure_names.reason_words(kind)) == set(Reason)
    one = unmet.Unmet(1, "=HYPERLINK(1)", None, 1, "-2+3", Reason.CANNOT, why="far")
    collected = figure_book.Collected(WANTED, {}, Row(None, "", NOTHING), 7, {}, [one])

    content = figure_book.draw(collected)

    assert {"=HYPERLINK(1)", "-2+3", "được cử, không đi được"} <= set(texts(content))
    assert not formulas.of(content).formulas


async def test_the_picture_is_shown_as_a_photo_on_every_channel():
    content = figure_picture.draw(picture(rows(3)))
    reply = Reply("KPI1", photo=Document(EXPORT, 7, "so-lieu-kpi1.png"))

    async def render(_recipe: str, _subject: int) -> bytes:
        return content

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(test_downloads, "render", render)
        async with Simulator(limits=None) as simulator:
            pair = simulator.oa.oauth.issue()
            for platform, made in test_downloads.channels(simulator).items():
                phone = simulator.phone("Hằng", platform=platform, started=True)
                async with made as channel:
                    if platform == "zalo_oa":
                        channel._api._tokens.access = lambda: test_downloads.given(pair.access)
                    await channel.speak(str(phone.id), reply)
                (shown,) = phone.messages
                assert (shown.kind, shown.text) == ("photo", "KPI1")
