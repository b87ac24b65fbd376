"""A training from the first invitation to the last paper, over HTTP, on the phones of its people.

What was said is kept where STORY names a folder, with the files, to be looked at.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot import app, importing, office
from bot.intakes import Intakes
from bot.made import paper
from storage import papers, signing, workbooks
from storage.database import Database
from storage.models import RoleKind
from storage.workbooks import Table
from tests.bot import story
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.intake_work import Work
    from storage.signing import Signed
    from tests.bot.story import Story, Talker

OTHER = {"telegram": "zalo_bot", "zalo_bot": "telegram"}
# The commune is nowhere in it: it is the officer's own.
STAFF = (
    ("DANH SÁCH CBQL, GV NĂM HỌC 2026-2027",),
    ("TT", "Ho va ten", "Nam sinh", "Chức  vụ", "Đơn vị công tác", "Điện thoại"),
    (1, "NGUYỄN THỊ HỒNG", "12/3/1979", "Hiệu trưởng", "MN HOA SEN", "+84 912 345 001"),
    (2, "TRẦN THỊ MAI", 1990, "GV", "MN Hoa Sen", "+84912345002"),
    (3, "Lê Thị  Lan", 1991, "Giáo viên", "Trường MN Hoa Sen", "0912.345.003"),
    (4, "PHẠM THỊ CÚC", 1988, "GV", "MN Hoa Sen", "0912345OO4"),
    (5, "H'Nga Niê", 1993, "GV", "MN Hoa Sen", "84912345005"),
    (6, "ĐẶNG THỊ BÌNH", 1975, "HT", "Mầm non Sao Mai", "0912345006"),
    (7, "Vũ Thị Yến", 1994, "GV", "MN Sao Mai", "01682345007"),
    (8, "BÙI THỊ TUYẾT", 1986, "GV", "Trường Mầm non Sao Mai", "0912345008"),
    (9, "Hoàng Thị Liễu", 1995, "GV", "MN Sao Mai", "0912345009"),
    (10, "K'Brêu", 1992, "GV", "NT Tuổi Thơ", "0912345010"),
    (11, "LÝ THỊ HOA", 1980, "Chủ nhóm", "NT Tuổi Thơ", "0912345011"),
    (12, "Trương Thị Đào", 1997, "GV", "NT Tuổi Thơ", "0912345012"),
    ("", "Tổng cộng: 12 người"),
)
RESULTS = (
    ("KẾT QUẢ TẬP HUẤN NĂM HỌC 2025-2026",),
    ("STT", "Họ và tên", "Đơn vị", "Lớp tập huấn", "Ngày", "Kết quả"),
    (1, "TRẦN THỊ MAI", "MN HOA SEN", "Sơ cứu cho trẻ", "12/03/2026", "Đạt"),
    (2, "Lê Thị  Lan", "Trường MN Hoa Sen", "Sơ cứu cho trẻ", "12/03/2026", "8,5"),
    (3, "Phạm Thị Cúc", "MN Hoa Sen", "Sơ cứu cho trẻ", "12/03/2026", "không đạt"),
    (4, "Vũ Thị Yến", "MN Sao Mai", "Sơ cứu cho trẻ", "12/03/2026", "đạt"),
    (5, "TRẦN THỊ MAI", "MN Hoa Sen", "Chuyển đổi số", "05/05/2026", "Đạt"),
    (6, "Bùi Thị Tuyết", "MN Sao Mai", "Chuyển đổi số", "05/05/2026", "Đạt"),
    (7, "Vũ Thị Yến", "MN Sao Mai", "Chuyển đổi số", "05/05/2026", "Vắng"),
    (8, "Hoàng Thị Liễu", "MN Sao Mai", "Chuyển đổi số", "05/05/2027", "Đạt"),
    ("", "Tổng số: 8"),
)
SENTENCE = "Tập huấn sơ cứu cho trẻ, sáng thứ 5 tuần sau, MN Hoa Sen, 40 chỗ, xã cử"
SENT = ("Trần Thị Mai", "Lê Thị Lan", "Phạm Thị Cúc", "Bùi Thị Tuyết", "Hoàng Thị Liễu", "K'Brêu")


def workbook(rows: tuple[tuple[Any, ...], ...]) -> bytes:
    """An office's file: a line above the headings, which are not the first."""
    width = max(map(len, rows))
    filled = [(*row, *[""] * (width - len(row))) for row in rows]
    return workbooks.xlsx([Table("Sheet1", ("UBND XÃ TUY ĐỨC", *[""] * (width - 1)), filled)])


@pytest.fixture(autouse=True)
def read_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Read files in this process and at once: test_intakes starts one of its own."""

    async def run(self: Intakes, work: Work) -> int:
        await importing.bring(self._database, work.id, work.tries, self._now, tmp_path)
        return 0

    monkeypatch.setattr(Intakes, "_run", run)
    monkeypatch.setattr(app, "READS", 0.05)


@pytest.fixture
def scanned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the QR codes of papers say, in the order in which they were drawn."""
    found: list[str] = []
    make = paper.segno.make

    def remembering(content: str, **how: Any) -> Any:
        if signing.read(content):  # slips have codes as well
            found.append(content)
        return make(content, **how)

    monkeypatch.setattr(paper.segno, "make", remembering)
    return found


@dataclass(slots=True)
class Cast:
    """Everybody at their phones: two officers, a principal, three teachers."""

    hang: Talker
    tinh: Talker
    hong: Talker
    mai: Talker
    lan: Talker
    cuc: Talker


@pytest.mark.parametrize("platform", ["telegram", "zalo_bot"])
async def test_an_officer_runs_a_training_from_a_phone(
    empty_file: Path, copied: Callable[[Path], Path], platform: str, scanned: list[str]
) -> None:
    path = copied(empty_file)
    async with story.told(path) as told:
        hang, tinh = await officers(told, platform)
        codes = await roster(tinh)
        cast = await people(told, hang, tinh, codes, platform)
        await nominated(told, cast)
        await attended(told, cast)
        await graded(told, cast)
        await papers_of(cast)
        drawn = {read(text).facts["name"]: text for text in scanned}
        assert drawn.keys() == {"Trần Thị Mai", "Lê Thị Lan"}
        await verified(told, path, drawn["Trần Thị Mai"])
        saved(f"talk_{platform.removesuffix('_bot')}.txt", "\n".join(told.talk).encode())


async def officers(told: Story, platform: str) -> tuple[Talker, Talker]:
    """The first officer comes from the command line; the second is invited in the chat."""
    hang = told.talker("Nguyễn Thị Hằng", platform)
    made = await office.invite(
        told.settings, RoleKind.DEPARTMENT, "tỉnh Lâm Đồng", uses=1, days=60,
        holder="Nguyễn Thị Hằng",
    )  # fmt: skip
    await comes_in(hang, made.code)
    await hang.say("/moi", "chưa có lời mời: 124.")
    await hang.choose("một đơn vị")
    await hang.say("xã Tuy Đức", "chưa có cán bộ phụ trách")
    await hang.say("Lê Văn Tình", "Mời Lê Văn Tình làm cán bộ phụ trách xã Tuy Đức?")
    letter = await hang.choose("Tạo mã", "Bản chuyển tiếp")
    tinh = told.talker("Lê Văn Tình", platform)
    await comes_in(tinh, re.findall(r"MOI-\w{4}-\w{4}", letter)[-1])
    await hang.hear("Lê Văn Tình đã nhận lời mời")
    return hang, tinh


async def comes_in(officer: Talker, code: str) -> None:
    await officer.say(code, "Lời mời")
    await officer.choose("Đồng ý", "Có đúng không")
    await officer.choose("Đúng là tôi", "Kính chào")


async def roster(tinh: Talker) -> dict[str, str]:
    """The list of staff is brought in with its schools; personal codes of one of them."""
    await tinh.say("/nhapds", "Để nhập danh sách nhân sự")
    await tinh.send("danh sach xa tuy duc.xlsx", workbook(STAFF), "Không nhận: 12")
    await tinh.choose("Trường chưa rõ: 3", "3 tên trường")
    await tinh.choose("Mở 2 trường đã rõ", "Đã mở 2 trường")
    await tinh.hear("Người mới: 9")
    await tinh.choose("Trường chưa rõ: 1", "1 tên trường")
    await tinh.choose("NT Tuổi Thơ", "Chưa có trường tên này")
    await tinh.choose("chọn loại hình", "loại hình nào")
    await tinh.choose("Nhóm trẻ Tuổi Thơ", "Đã mở Nhóm trẻ Tuổi Thơ")
    await tinh.hear("Người mới: 12")
    await tinh.choose("Ghi 12 người mới", "mỗi người có mã cá nhân: 12")
    await tinh.choose("Mã cá nhân", "Phiếu mã cá nhân để in")
    await tinh.choose("Tất cả trường", "12 phiếu")
    saved("slips.pdf", await tinh.file())
    await tinh.say("mã cá nhân", "Phiếu mã cá nhân để in")
    await tinh.choose("Một trường", "3 trường")
    await tinh.choose("Hoa Sen", "Nguyễn Thị Hồng, hiệu trưởng")
    listed = await tinh.choose("Mã cá nhân", "5 mã chưa dùng")
    return dict(re.findall(r"(?m)^(.+): (\d{4} \d{4})$", listed))


async def people(
    told: Story, hang: Talker, tinh: Talker, codes: dict[str, str], platform: str
) -> Cast:
    """The principal and three teachers come in with their codes, on both channels."""

    async def comes(name: str, on: str, until: str) -> Talker:
        one = told.talker(name, on)
        await one.say(codes[name], "Kính chào")
        await one.choose("Đồng ý", f"{name}, ", "Có phải")
        await one.choose("Đúng", until)
        return one

    hong = await comes("Nguyễn Thị Hồng", OTHER[platform], "vai trò hiệu trưởng")
    await hong.choose("Nhận vai trò", "đã nhận vai trò hiệu trưởng Trường MN Hoa Sen")
    mai = await comes("Trần Thị Mai", "telegram", "xin nghe")
    lan = await comes("Lê Thị Lan", "zalo_bot", "xin nghe")
    cuc = await comes("Phạm Thị Cúc", platform, "xin nghe")
    return Cast(hang, tinh, hong, mai, lan, cuc)


async def nominated(told: Story, cast: Cast) -> None:
    """A course by one sentence; six are sent, one cannot come, a colleague goes instead."""
    tinh, hong = cast.tinh, cast.hong
    draft = await tinh.say(SENTENCE, "L1 (nháp) · Sơ cứu cho trẻ")
    assert "Thứ Năm, 03/12/2026, 7h30–11h30\nTrường MN Hoa Sen, xã Tuy Đức" in draft
    assert "chưa rõ" not in draft
    await tinh.choose("Mở đăng ký ngay", "Đã mở L1")
    await tinh.choose("Cử người", "Đã cử 0 người, còn 40 chỗ")
    await tinh.say("\n".join(SENT), "Cử 6 người dự L1")
    await tinh.choose("Cử 6 người", "Đã cử 6 người")
    for one in (cast.mai, cast.lan, cast.cuc):
        await one.hear(f"cử {one.phone.person.name} dự L1")
    await cast.mai.choose("Đi được", "Đã đăng ký cho Trần Thị Mai")
    await cast.mai.choose("Nhắc tối hôm trước", "sẽ nhắc lúc 19h00")
    await cast.lan.choose("Đi được", "Đã đăng ký cho Lê Thị Lan")
    await cast.lan.choose("Không cần")
    await cast.cuc.choose("Không đi được", "vì lý do gì")
    await cast.cuc.choose("Ốm đau", "Phạm Thị Cúc không đi được L1")
    told.later(told.now() + timedelta(minutes=11))
    await hong.hear("Phạm Thị Cúc", "không dự được L1", "Lý do: ốm đau")
    await tinh.hear("Phạm Thị Cúc", "không dự được L1", "Lý do: ốm đau")
    await hong.choose("Đề xuất người thay", "Ai đi thay?")
    await hong.choose("H'Nga Niê", "Đã đề xuất H'Nga Niê")
    await tinh.hear("đề xuất H'Nga Niê")
    await tinh.choose("Đồng ý", "cử H'Nga Niê dự L1")
    await hong.hear("H'Nga Niê được cử thay Phạm Thị Cúc")


async def attended(told: Story, cast: Cast) -> None:
    """Two check in by the code on the screen; the paper list says who else was there."""
    tinh = cast.tinh
    told.later(datetime(2026, 12, 3, 7, 5, tzinfo=ZONE))
    await tinh.say("việc", "Việc hôm nay, Thứ Năm, 03/12/2026")
    await tinh.choose("Điểm danh L1", "L1, buổi 1: 0/6 có mặt")
    await tinh.choose("Mã điểm danh", "chưa có mã")
    shown = await tinh.choose("Tạo mã", "Mã của L1, buổi 1")
    digits = re.findall(r"\d{3} \d{3}", shown)[0]
    await tinh.choose("màn hình", "Trang mã của L1, buổi 1")
    async with aiohttp.request("GET", tinh.link()) as board:
        assert board.status == 200
        saved("board.html", await board.read())
    await cast.mai.say(digits, "Đã điểm danh L1, buổi 1, lúc 7h05: Trần Thị Mai.")
    await cast.lan.say(digits.replace(" ", ""), "Đã điểm danh L1, buổi 1", "Lê Thị Lan")
    await cast.cuc.say(digits, "chưa có tên")
    told.later(datetime(2026, 12, 3, 7, 40, tzinfo=ZONE))
    await tinh.say("việc", "Điểm danh L1")
    await tinh.choose("Điểm danh L1", "2/6 có mặt")
    await tinh.choose("trên giấy", "người dự ký")
    await tinh.choose("để in", "6 người. Số của mỗi người giữ nguyên")
    saved("sheet.pdf", await tinh.file())
    await tinh.choose("Quay lại", "người dự ký")
    await tinh.choose("số đã ký", "trừ 12")
    read = await tinh.say("1-5 trừ 3", "có mặt 4, vắng 2")
    assert "Hoàng Thị Liễu (3), Bùi Thị Tuyết (6)." in read
    await tinh.choose("Ghi", "4/6 có mặt, 2 vắng không phép")
    await tinh.choose("Mã điểm danh", "Mã của L1, buổi 1")
    await tinh.choose("Đóng mã", "L1, buổi 1")


async def graded(told: Story, cast: Cast) -> None:
    """Results by the numbers of the sheet; papers for those who have completed it."""
    tinh = cast.tinh
    told.later(datetime(2026, 12, 3, 13, 40, tzinfo=ZONE))
    await tinh.say("/lop", "Lớp tập huấn của xã Tuy Đức: 1")
    await tinh.choose("L1 Sơ cứu", "Lớp tập huấn này đã kết thúc")
    await tinh.choose("Kết quả", "0/6 người")
    await tinh.choose("theo số", "Xin nhắn kết quả L1")
    await tinh.say("1 8,5; 2-6 đạt", "Ghi kết quả của 6 người ở L1?")
    await tinh.choose("Ghi", "Đã ghi kết quả của 6 người ở L1.")
    await tinh.choose("Ai đã hoàn thành", "L1: hoàn thành 4/6 người")
    await tinh.choose("Quay lại", "6/6 người")
    await tinh.choose("Quay lại", "L1 · Sơ cứu cho trẻ")
    await tinh.choose("Giấy xác nhận", "chưa đặt tên giấy")
    await tinh.choose("Giấy xác nhận tham dự", "còn 4 người")
    await tinh.choose("Cấp giấy cho 4", "nhân danh Phòng Văn hóa – Xã hội xã Tuy Đức?")
    await tinh.choose("Cấp giấy", "Đã cấp 4 giấy của L1")
    await cast.hang.say("thống kê L1", "Đăng ký L1: 6/7")


async def papers_of(cast: Cast) -> None:
    """One teacher is told of her paper, another finds it; each is a page of PDF."""
    await cast.lan.say("lớp của tôi", "Lê Thị Lan chưa đăng ký")
    await cast.lan.choose("Giấy xác nhận", "Giấy xác nhận của Lê Thị Lan: 1")
    await cast.lan.choose("L1 Sơ cứu", "số GXN-2026-000002")
    await cast.mai.hear("Giấy xác nhận tham dự của Trần Thị Mai về L1 đã có")
    await cast.mai.choose("Nhận giấy", "số GXN-2026-000003")
    for one in (cast.lan, cast.mai):
        body = await one.file()
        assert body.startswith(b"%PDF")
        saved(f"paper_{one.phone.platform}.pdf", body)


async def verified(told: Story, path: Path, text: str) -> None:
    """The code of the paper is checked with nothing but the public key; a changed one is none."""
    async with Database.open(f"sqlite:///{path}") as database:
        keys = await database.read(papers.keys)
        answer = await database.read(lambda db: papers.check(db, text)[0])
    assert answer is papers.Checked.GENUINE
    assert text.startswith(f"{told.settings.public_url}/giay#")
    signed = read(text)
    assert signing.genuine(signed, keys)
    assert (signed.facts["name"], signed.facts["code"]) == ("Trần Thị Mai", "L1")
    at = text.index(signed.payload) + len(signed.payload) // 2
    forged = f"{text[:at]}{'A' if text[at] != 'A' else 'B'}{text[at + 1 :]}"
    changed = signing.read(forged)
    assert changed is None or not signing.genuine(changed, keys)
    other = signing.sign({**signed.facts, "name": "Người Khác"}, signing.pair()[1])
    assert not signing.genuine(other, keys)
    page = f"{told.settings.public_url}/giay"
    async with aiohttp.request("GET", page) as answer_:
        assert answer_.status == 200
        shown = await answer_.text()
    assert keys[0] in shown
    saved("verify.html", shown.encode())
    mark = signed.signature[: papers.MARK]
    async with aiohttp.request("GET", f"{page}/{signed.facts['number']}/{mark}") as answer_:
        assert await answer_.json() == {"known": True, "revoked": None}
    saved("verify.txt", f"{text}\n{forged}\n{keys[0]}\n".encode())


def read(text: str) -> Signed:
    """The signed words of a paper's code."""
    signed = signing.read(text)
    assert signed is not None
    return signed


async def test_an_office_with_past_files_only_sees_true_figures(
    empty_file: Path, copied: Callable[[Path], Path]
) -> None:
    async with story.told(copied(empty_file)) as told:
        made = await office.invite(
            told.settings, RoleKind.COMMUNE, "xã Tuy Đức", uses=1, days=60, holder="Lê Văn Tình"
        )
        tinh = told.talker("Lê Văn Tình", "telegram")
        await comes_in(tinh, made.code)
        await tinh.say("/ketquacu", "Để nhập kết quả")
        await tinh.send("ket qua.xlsx", workbook(RESULTS), "2 lớp tập huấn, chưa ghi gì")
        await tinh.choose("Trường chưa rõ: 2", "2 trường")
        await tinh.choose("Mở cả 2 trường", "Đã mở 2 trường")
        await tinh.hear("Tham dự: 6, đạt 5, không đạt 1", "Không nhận: 1")
        await tinh.choose("các việc khác", "chưa ghi gì")
        await tinh.choose("dòng không nhận", "Hoàng Thị Liễu: ngày chưa tới")
        await tinh.say("việc", "Việc hôm nay")
        await tinh.choose("ket qua.xlsx", "chưa ghi gì")
        # Of whom nothing is taken, nobody is added.
        await tinh.choose("thêm người", "7 dòng, 2 lớp tập huấn mới", "mã cá nhân: 5")
        await tinh.choose("Lớp tập huấn trong tệp", "tham dự · đạt")
        await tinh.choose("Sơ cứu cho trẻ, 12/03/2026: 4 · 3", "L1: hoàn thành 3/4 người · 75%")
        shown = await tinh.say("thống kê", "L2 đã hoàn thành 2/3 · 66,7%")
        assert "Đã kết thúc Thứ Ba, 05/05/2026." in shown
        await tinh.say("/lop", "Lớp tập huấn của xã Tuy Đức: 2")
        await tinh.choose("L2 Chuyển đổi số", "Số người trong danh sách: 3")
        figures = await tinh.choose("Ai đã hoàn thành", "L2: hoàn thành 2/3 người · 66,7%")
        assert "Có dự ít nhất một buổi: 2" in figures
        await tinh.say("nhập danh sách", "Để nhập danh sách nhân sự")
        await tinh.choose("Các tệp đã nhập", "mới nhất trước")
        await tinh.choose("ket qua.xlsx", "Đã ghi tệp ket qua.xlsx")
        saved("talk_past.txt", "\n".join(told.talk).encode())


def saved(name: str, body: bytes) -> None:
    """Keep a file of the story where somebody wants to look at it."""
    if folder := os.environ.get("STORY"):
        (Path(folder) / name).write_bytes(body)
