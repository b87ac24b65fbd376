"""Figures from a question on a phone to the official number of a report, over HTTP.

What was said is kept where STORY names a folder, with the files, to be looked at.
"""

from __future__ import annotations

import asyncio
import os
import re
import struct
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from bot.made.figure_picture import LARGEST
from storage.database import Database
from storage.figures import recount
from storage.models import Registration, Standing
from storage.sample import staff
from tests.bot import story
from tests.bot.reckoned import TUY_DUC, counted, sheet, short, tables, together
from tests.bot.test_officer_story import saved
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.bot.reckoned import Counted, Figures
    from tests.bot.story import Story, Talker

HANG, TINH, MAI = staff.DEPARTMENT_OFFICERS[0], staff.COMMUNE_OFFICER, "H'Mai Byă"
CODES = {HANG: "72920230", TINH: "38349441", MAI: "48271093"}
# L12 of the sample is on this day; it belongs to the commune, people of the whole province come.
TRAINED = datetime(2026, 12, 12, 16, 45, tzinfo=ZONE)
ASKED = "ty le hoan thanh L12 theo xa"
# "3 Đắk Mil 1/72 · 1,4%"
LINE = re.compile(r"(?m)^\d (.+) ([\d.]+)/([\d.]+)(?: · [\d,]+%)?$")
BEHALF = "Phường Bắc Gia Nghĩa"


@dataclass(slots=True)
class Cast:
    """An officer of the Sở, the one of xã Tuy Đức, and a teacher there."""

    hang: Talker
    tinh: Talker
    mai: Talker


@pytest.mark.parametrize("platform", ["telegram", "zalo_bot"])
async def test_figures_from_a_question_to_the_official_number(
    sample_file: Path, copied: Callable[[Path], Path], platform: str
) -> None:
    path = copied(sample_file)
    async with Database.open(f"sqlite:///{path}") as database:
        await database.turn(unasked)
    async with story.told(path) as told:
        try:
            cast = await people(told, platform)
            await nudged(told, cast)
            await opened(cast)
            await trained(told, cast)
            facts = await reckoned(path)
            await asked(cast, facts)
            await files(cast, facts)
            shown = await reported(cast, facts)
            await sent_back(cast, shown)
            done, meant = shown["KPI2"]
            shown["KPI2"] = done + 1, meant
            done, meant = shown["KPI3"]
            shown["KPI3"] = done + 2, meant + 2
            theirs = await on_behalf(cast)
            await asyncio.gather(papers(cast, shown, theirs), examined(path, platform))
        finally:
            saved(f"figures_{platform}.txt", "\n".join(told.talk).encode())
    async with Database.open(f"sqlite:///{path}") as database:
        assert await database.read(recount.differences) == []


def unasked(db: Connection) -> None:
    """Nobody waits for an officer's yes to a seat: reminders of that are another story."""
    waits = Registration.standing == Standing.ASKED
    db.execute(update(Registration).where(waits).values(standing=Standing.SEATED))


async def people(told: Story, platform: str) -> Cast:
    """Each comes in with the personal code; the teacher wants announcements."""
    found: list[Talker] = []
    for name, on in ((HANG, platform), (TINH, platform), (MAI, "telegram")):
        one = told.talker(name, on)
        await one.say(CODES[name], "Kính chào")
        await one.choose("Đồng ý", f"{name}, ", "Có phải")
        await one.choose("Đúng", "xin nghe")
        found.append(one)
    await found[2].say("nhận thông báo", "muốn nhận không")
    await found[2].choose("Nhận", "Vâng")
    return Cast(*found)


async def nudged(told: Story, cast: Cast) -> None:
    """Who has not is seen by reason and asked; the teacher reads it and registers at once."""
    tinh, mai = cast.tinh, cast.mai
    await cast.hang.say("ai chua dang ky L12", "1.926/1.926 người", "Tỉnh Lâm Đồng")
    await tinh.say("ai chua dang ky L12", "74/74 người", "Chưa đăng ký: 1")
    await tinh.choose("Chưa đăng ký: 1", MAI)
    await tinh.choose("Quay lại", "74/74 người")
    await tinh.choose("Đôn đốc", "sẽ nhắc 1 người lúc 11h30 hôm nay", "chưa dùng Trợ lý 70")
    await tinh.choose("Đôn đốc 1 người", "sẽ nhắc 1 người")
    told.later(datetime(2026, 11, 23, 11, 31, tzinfo=ZONE))
    await mai.hear("Phòng VH-XH xã Tuy Đức nhắc", "chưa đăng ký L12")
    await tinh.say("ty le dang ky L12 theo truong", "Đăng ký L12: 3/74", "MN Hoa Cúc 1/22")
    await mai.choose("Đăng ký", "Đã đăng ký cho H'Mai Byă")
    await tinh.say("ty le dang ky L12 theo truong", "Đăng ký L12: 4/74", "MN Hoa Cúc 2/22")
    await tinh.say("ai chua dang ky L12", "Chưa dùng Trợ lý: 70", "chưa đến ngày: 4")


async def opened(cast: Cast) -> None:
    """The Sở collects the reports of the year; the commune is told."""
    hang = cast.hang
    await hang.say("bao cao", "Chưa có đợt thu báo cáo nào")
    await hang.choose("Mở đợt thu báo cáo", "kỳ nào")
    await hang.choose("Năm 2026", "chương trình nào")
    await hang.choose("178/KH-UBND", "trước ngày 15/12", "Thứ Hai, 14/12/2026")
    await hang.choose("Mở đợt thu", "đã nhận 0/28 xã, phường", "chưa nộp 28")
    await cast.tinh.hear("Sở thu báo cáo Năm 2026, 178/KH-UBND trước ngày 15/12")


async def trained(told: Story, cast: Cast) -> None:
    """L12 is over; whoever signed the sheet was there, and so has completed it."""
    tinh = cast.tinh
    told.later(TRAINED)
    await tinh.say("/lop", "Lớp tập huấn của xã Tuy Đức: 1")
    await tinh.choose("L12 Sơ cứu", "Lớp tập huấn này đã kết thúc")
    await tinh.choose("Điểm danh", "0/27 có mặt")
    await tinh.choose("trên giấy", "người dự ký")
    await tinh.choose("để in", "Số của mỗi người giữ nguyên")
    await tinh.choose("Quay lại", "người dự ký")
    await tinh.choose("số đã ký", "trừ 12")
    await tinh.say("1-20 trừ 3", "có mặt 19, vắng 8")
    await tinh.choose("Ghi", "19/27 có mặt")


async def reckoned(path: Path) -> Counted:
    """What the rows come to, seen from beside the program."""
    async with Database.open(f"sqlite:///{path}") as database:
        return await database.read(lambda db: counted(db, 12, TRAINED.date()))


async def asked(cast: Cast, facts: Counted) -> None:
    """The same question: each sees what is theirs, down to the names."""
    hang, tinh = cast.hang, cast.tinh
    said = await hang.say(ASKED, f"L12 đã hoàn thành {facts.whole}", "Theo xã, phường")
    assert await all_lines(hang, said) == short(facts.communes)
    said = await hang.say(
        "ty le hoan thanh L12 theo huyen cu", f"L12 đã hoàn thành {facts.whole}", "Theo huyện cũ"
    )
    assert await all_lines(hang, said) == short(facts.districts)
    done, meant = facts.communes[TUY_DUC]
    said = await tinh.say(ASKED, f"L12 đã hoàn thành {done}/{meant}", "Theo xã, phường")
    assert lines(said) == {"Tuy Đức": (done, meant)}
    assert "Chỉ tính phần thuộc xã Tuy Đức" in said
    said = await tinh.choose("Tuy Đức", f"đã hoàn thành {done}/{meant}", "Theo trường")
    assert lines(said) == short(facts.schools)
    school = next(name for name in facts.schools if facts.names.get(name))
    done, meant = facts.schools[school]
    await tinh.choose(school.removeprefix("Trường "), f"đã hoàn thành {done}/{meant}")
    named = await tinh.choose("Đã hoàn thành: ", "Đã hoàn thành: ")
    assert set(re.findall(r"(?m)^– ([^:,(\n]+)", named)) == facts.names[school]
    # What is somebody else's is not told; what is theirs is offered.
    done, meant = facts.communes[TUY_DUC]
    said = await tinh.say("ty le hoan thanh L12 xa Dak Mil", "Đắk Mil")
    assert f"/{facts.communes['Xã Đắk Mil'][1]}" not in said
    assert f"{done}/{meant}" in said


async def files(cast: Cast, facts: Counted) -> None:
    """A picture for the Sở, a workbook for the commune, with the same numbers."""
    hang, tinh = cast.hang, cast.tinh
    await hang.say(ASKED, "Theo xã, phường")
    await hang.choose("so sánh, gửi đi", "muốn xem gì")
    await hang.choose("Ảnh biểu đồ", "Theo xã, phường")
    assert hang.shown
    assert hang.shown.kind == "photo"
    picture = await hang.file()
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) <= LARGEST == 60_000
    assert struct.unpack(">II", picture[16:24]) > (300, 300)
    saved(f"figures_{hang.phone.platform}.png", picture)
    await tinh.say("ty le hoan thanh L12 theo truong", "Theo trường")
    await tinh.choose("so sánh, gửi đi", "muốn xem gì")
    await tinh.choose("tệp Excel", "Số liệu dạng Excel")
    assert "so-lieu-l12.xlsx" in "".join(tinh.story.talk[-2:])
    book = await tinh.file()
    saved(f"figures_{tinh.phone.platform}.xlsx", book)
    assert sheet(book, "Trường") == facts.schools
    commune = {TUY_DUC: facts.communes[TUY_DUC]}
    assert sheet(book, "Xã, phường") == commune


async def reported(cast: Cast, facts: Counted) -> Figures:
    """The figures are filled in: one is right, one is corrected, one declared; then the texts."""
    tinh = cast.tinh
    done, meant = facts.kpi1[TUY_DUC]
    await tinh.say("bao cao", "xã Tuy Đức: chưa mở")
    await tinh.choose("Bắt đầu, số liệu đã điền sẵn", "đang làm")
    said = await tinh.choose("Số liệu", "đếm từ danh sách")
    shown = await all_lines(tinh, said, "đếm từ danh sách")
    assert (shown["KPI1"], shown["L12"]) == ((done, meant), facts.communes[TUY_DUC])
    await tinh.choose("Quay lại", "đang làm")
    await tinh.choose("Số liệu", "đếm từ danh sách")
    await tinh.choose("KPI1", f"{done}/{meant}")
    await tinh.choose("Đúng", "KPI2")
    await tinh.choose("Sửa số, kèm lý do", "số đúng của KPI2")
    await tinh.say(corrected(shown), "vì sao")
    await tinh.say("hai giáo viên mới được đánh giá", "KPI3")
    await tinh.choose("Khai tổng số", "KPI3")
    await tinh.say(declared(shown, 1), "Chung các lớp")
    while "Nộp báo cáo" not in tinh.text:
        await tinh.choose("Đúng: ")
    await tinh.choose("Khó khăn", "chưa viết")
    await tinh.say("Đường xa, mùa mưa đi lại khó.", "Đã ghi")
    await tinh.say("Thiếu máy chiếu ở 2 trường.", "Đã ghi")
    await tinh.say("xong", "đang làm")
    await tinh.choose("Đề xuất", "chưa viết")
    await tinh.say("Mở thêm lớp tại xã.", "Đã ghi")
    await tinh.say("xong", "đang làm")
    await tinh.choose("Nộp báo cáo", "sửa 1, khai 1")
    await tinh.choose("Nộp báo cáo", "Đã nộp báo cáo")
    return shown


def corrected(shown: Figures) -> str:
    """KPI2 with one more who reaches it."""
    done, meant = shown["KPI2"]
    return f"{done + 1}/{meant}"


def declared(shown: Figures, reached: int) -> str:
    """KPI3 with two more people, of a school that has no list; so many of them reach it."""
    done, meant = shown["KPI3"]
    return f"{done + reached}/{meant + 2}"


async def sent_back(cast: Cast, shown: Figures) -> None:
    """The Sở sends it back, the commune corrects it; accepted, it gets its number."""
    hang, tinh = cast.hang, cast.tinh
    await hang.say("bao cao", "Các đợt thu")
    await hang.choose("Năm 2026", "chờ nhận 1; chưa nộp 27")
    await hang.choose("Chờ nhận hoặc trả lại: 1", "đã nộp lần 1")
    await hang.choose("Trả lại", "cần sửa gì")
    await hang.say("KPI3 chưa có hai cô cốt cán", "Đã trả lại báo cáo")
    await tinh.hear("Sở trả lại báo cáo", "KPI3 chưa có hai cô cốt cán")
    await tinh.choose("Sửa báo cáo", "Sở trả lại: KPI3")
    await tinh.choose("Số liệu", f"KPI3 {declared(shown, 1)}")
    await tinh.choose("KPI3", declared(shown, 1))
    await tinh.choose("Khai tổng số", "KPI3")
    await tinh.say(declared(shown, 2), "trả lại")
    await tinh.choose("Nộp báo cáo", "khai 1")
    await tinh.choose("Nộp báo cáo", "lần 2")
    await hang.say("việc", "Báo cáo chờ nhận: 1")
    await hang.choose("Báo cáo chờ nhận: 1", "đã nộp lần 2")
    await hang.choose("Nhận báo cáo", "Đã nhận báo cáo")
    await tinh.hear("Sở đã nhận báo cáo")
    await tinh.choose("Nhập số văn bản", "12/BC-UBND")
    await tinh.say("số 45 /bc-ubnd", "45/BC-UBND ghi ngày nào")
    await tinh.choose("Hôm nay", "văn bản số 45/BC-UBND, Thứ Bảy, 12/12/2026")


async def on_behalf(cast: Cast) -> Figures:
    """The Sở enters the report of a commune that has nobody here."""
    hang = cast.hang
    await hang.say("bao cao", "Các đợt thu")
    await hang.choose("Năm 2026", "đã nhận 1/28", "chưa nộp 27")
    await hang.choose("Chưa mở: 27", "27")
    await hang.choose("Bắc Gia Nghĩa", "chưa mở")
    await hang.choose("Nhập thay", "Sở nhập thay đơn vị")
    said = await hang.choose("Số liệu", "đếm từ danh sách")
    theirs = await all_lines(hang, said, "đếm từ danh sách")
    await hang.choose("còn lại đều đúng", "đang làm")
    for text in ("Khó khăn", "Đề xuất"):
        await hang.choose(text, "chưa viết")
        await hang.choose("Không có", "đang làm")
    await hang.choose("Nộp báo cáo", "Nộp báo cáo")
    await hang.choose("Nộp báo cáo", "Đã nộp báo cáo")
    await hang.choose("Xem báo cáo", "đã nộp lần 1")
    await hang.choose("Nhận báo cáo", "Đã nhận báo cáo")
    return theirs


async def papers(cast: Cast, mine: Figures, theirs: Figures) -> None:
    """The Word files say what was accepted, and stay the same for whoever fetches them."""
    hang, tinh = cast.hang, cast.tinh
    await tinh.say("bao cao", "văn bản số 45/BC-UBND")
    one = await word(tinh)
    saved(f"figures_{tinh.phone.platform}.docx", one)
    indicators, trainings = tables(one)
    assert indicators | trainings == mine
    await hang.say("bao cao", "Các đợt thu")
    await hang.choose("Năm 2026", "đã nhận 2/28")
    await hang.choose("Có số văn bản: 1", "Tuy Đức")
    await hang.choose("Tuy Đức", "văn bản số 45/BC-UBND")
    assert await word(hang) == one
    await hang.choose("Quay lại", "đã nhận 2/28")
    await hang.choose("Tổng hợp", "từ 2/28")
    whole = await word(hang)
    saved(f"figures_whole_{hang.phone.platform}.docx", whole)
    indicators, trainings, *annexes = tables(whole)
    every = {name: together(mine, theirs, name) for name in [*mine, *theirs]}
    assert indicators | trainings == every
    both = {TUY_DUC: mine["KPI1"], BEHALF: theirs["KPI1"], "Cộng": every["KPI1"]}
    assert annexes[len(every)] == both
    districts = annexes[0]
    assert districts.pop("Cộng") == together(districts, {}, *districts)
    assert districts["Huyện Tuy Đức"] == mine["KPI1"]
    assert await word(hang) == whole


async def word(officer: Talker) -> bytes:
    """The Word file of what is on the screen, which then is there again."""
    before = officer.text
    await officer.choose("Bản Word", "để trống")
    found = await officer.file()
    await officer.choose("Quay lại", before)
    return found


def lines(said: str) -> Figures:
    """The units of a screen with their figures."""
    found = LINE.findall(said)
    return {name: (int(one.replace(".", "")), int(of.replace(".", ""))) for name, one, of in found}


async def all_lines(officer: Talker, said: str, on_all: str = "Mẫu số") -> Figures:
    """Those of all pages; `on_all` stands on each."""
    found = lines(said)
    while "Xem tiếp" in said:
        said = await officer.choose("Xem tiếp", on_all)
        assert not found.keys() & lines(said).keys()
        found |= lines(said)
    return found


async def examined(path: Path, platform: str) -> None:
    """The command that counts everything again finds nothing; once, as it takes a second."""
    if platform == "telegram":
        return
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "doctor", "--figures",
        env={**os.environ, "TAPHUAN_DATABASE_URL": f"sqlite:///{path}"},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await ended.communicate()
    assert ended.returncode == 0, out.decode()
