"""A commune's yearly report on the phone, from what is filled in to the official number."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update

from storage import reminders
from storage.models import Export, Figure, Person, Report, ReportState, Role, RoleKind, Unit
from storage.reporting import snapshot
from storage.reporting.snapshot import Snapshot
from tests.people import known
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from tests.talk import Phone, Town


def few(db: Connection) -> None:
    """Only two communes have an officer: nothing is shown by sending the same to thirty."""
    named = select(Unit.id).where(Unit.name.in_(("Xã Tuy Đức", "Xã Quảng Trực")))
    db.execute(delete(Role).where(Role.kind == RoleKind.COMMUNE, Role.unit_id.not_in(named)))


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở, who has opened the collection of the year."""
    await town.database.turn(few)
    phone = await known(town, "Đinh Thị Thu Hằng")
    await tell(phone, "báo cáo", "Mở đợt thu báo cáo", "Năm 2026", "1")
    assert "trước ngày 15/12: ngày làm việc cuối cùng là Thứ Hai, 14/12/2026" in phone.last.text
    opened = await phone.press("Mở đợt thu")
    assert "đã nhận 0/28 xã, phường; chờ nhận 0; chưa nộp 28." in opened
    return phone


@pytest.fixture
async def tinh(town: Town, hang: Phone) -> Phone:
    """The officer of xã Tuy Đức."""
    return await known(town, "Lê Văn Tình")


async def tell(phone: Phone, first: str, *labels: str) -> str:
    """Say something, then choose line by line; the last answer."""
    answer = await phone.say(first)
    for label in labels:
        answer = await phone.press(label)
    return answer


async def fill(phone: Phone) -> str:
    """Begin a report and answer all that is asked."""
    await phone.press(next(c.label for c in phone.last.choices if "số liệu đã điền sẵn" in c.label))
    await phone.press("1")
    await phone.press(next(c.label for c in phone.last.choices if "còn lại đều đúng" in c.label))
    for text in ("Khó khăn", "Đề xuất"):
        await phone.press(next(c.label for c in phone.last.choices if c.label.startswith(text)))
        await phone.press("Không có")
    await phone.press("Nộp báo cáo")
    return await phone.press("Nộp báo cáo")


def report(db: Connection, unit: str = "Xã Tuy Đức") -> Row[*tuple[Any, ...]]:
    found = select(Report.__table__).join(Unit, Unit.id == Report.unit_id).where(Unit.name == unit)
    return db.execute(found).one()


def labels(phone: Phone) -> list[str]:
    return [choice.label for choice in phone.last.choices]


async def test_from_what_is_filled_in_to_the_official_number(
    town: Town, hang: Phone, tinh: Phone
) -> None:
    await town.deliver()
    assert tinh.last.written().startswith(
        "Sở thu báo cáo Năm 2026, 178/KH-UBND trước ngày 15/12: chậm nhất Thứ Hai, 14/12/2026."
    )
    await tinh.say("11")
    await tinh.press("Bắt đầu, số liệu đã điền sẵn")
    assert "còn 7/7 số chưa xem" in labels(tinh)[0]
    shown = await tinh.press(labels(tinh)[0])
    assert "1 KPI1 54/64 · 84,4%\n" in shown
    assert all(len(c.label) <= 30 for c in tinh.last.choices[:6])

    # Right; corrected with a reason; declared.
    await tinh.press("KPI1 54/64 · 84,4%")
    assert "KPI2" in await tinh.press("Đúng: 54/64 · 84,4%")
    await tinh.press("Sửa số, kèm lý do")
    assert "Xin nhắn hai số" in await tinh.say("nhiều hơn")
    assert "60/59. Xin nhắn lại" in await tinh.say("60/59")
    assert "50/59 · 84,7% thay cho 48/59" in await tinh.say("50 trên 59")
    assert "KPI3" in await tinh.say("hai giáo viên mới được đánh giá")
    await tinh.press("Khai tổng số vì chưa có danh sách")
    assert "Chung các lớp tập huấn trong kỳ" in await tinh.say("14/15")
    await tinh.press("Quay lại")
    assert labels(tinh)[:3] == [
        "KPI1 54/64 · 84,4% đúng", "KPI2 50/59 · 84,7% sửa", "KPI3 14/15 · 93,3% số khai",
    ]  # fmt: skip
    await tinh.press("Các số còn lại đều đúng: 4 số")

    # As many messages as it takes; leaving keeps what is written.
    await tinh.press("Khó khăn, vướng mắc: chưa viết")
    await tinh.say("Giáo viên vùng sâu đi lại khó khăn.")
    await tinh.say("Hủy lớp L12 vì mưa lũ")
    await tinh.say("0")
    await tinh.press("Khó khăn, vướng mắc")
    assert "Đã ghi, đến nay 86 ký tự." in await tinh.say("Thiếu máy chiếu.\nThiếu mạng.")
    assert "Đề xuất, kiến nghị: chưa viết" in await tinh.say("xong")
    missing = await tinh.press("Nộp báo cáo")
    assert "chưa nộp được. Còn thiếu:\n1 Đề xuất, kiến nghị\n0" in missing
    await tinh.press("Đề xuất, kiến nghị")
    await tinh.press("Không có")
    assert "Số liệu: 7; đúng 5, sửa 1, khai 1." in await tinh.press("Nộp báo cáo")
    assert "Đã nộp báo cáo" in await tinh.press("Nộp báo cáo")
    await tinh.press("Bản Word")
    assert tinh.last.document is not None
    asked = await town.database.read(lambda db: db.execute(select(Export.kind, Export.asked)).one())
    assert (asked.kind, asked.asked["version"]) == ("report word", 1)

    # The Sở reads and accepts it; the number of the signed paper ends it.
    assert "Báo cáo chờ nhận: 1" in await hang.say("viec")
    shown = await hang.press("Báo cáo chờ nhận: 1")
    assert "Báo cáo Năm 2026, 178/KH-UBND, xã Tuy Đức: đã nộp lần 1 lúc Thứ Hai, 23/11" in shown
    await hang.press("Khó khăn, vướng mắc")
    assert "Hủy lớp L12 vì mưa lũ\nThiếu máy chiếu.\nThiếu mạng." in hang.last.text
    await hang.press("Quay lại")
    assert "Đã nhận báo cáo" in await hang.press("Nhận báo cáo")
    await town.deliver()
    assert "Sở đã nhận báo cáo" in tinh.last.text
    await tinh.press("Nhập số văn bản")
    assert "Đây không phải số báo cáo" in await tinh.say("12/CV-UBND")
    assert "Văn bản 12/BC-UBND ghi ngày nào?" in await tinh.say("số 12 / bc-ubnd")
    assert "hôm nay hoặc trước đó" in await tinh.say("30/11/2026")
    assert "văn bản số 12/BC-UBND, Thứ Sáu, 20/11/2026" in await tinh.say("20/11")
    row = await town.database.read(report)
    assert (row.state, row.version, row.on_behalf) == (ReportState.NUMBERED, 1, False)
    kept = snapshot.checked(row.snapshot, row.digest)
    assert isinstance(kept, Snapshot)
    assert [(each.stated, each.completed, each.expected) for each in kept.figures[:3]] == [
        ("right", 54, 64), ("corrected", 50, 59), ("declared", 14, 15),
    ]  # fmt: skip
    assert kept.figures[0].parts[0].expected == 64

    # With its number it is sent back no more, and nobody is reminded of it.
    await hang.press_data(f"s0|report-back {row.id} 1")
    assert "văn bản số 12/BC-UBND" in hang.last.text
    said = len(tinh.said)
    town.clock.now = datetime(2026, 12, 7, 8, 0, 1, tzinfo=ZONE)
    await town.database.turn(lambda db: reminders.owe_due(db, town.inbox.now()))
    await town.deliver()
    assert len(tinh.said) == said


async def test_what_was_sent_back_is_handed_in_anew(town: Town, hang: Phone, tinh: Phone) -> None:
    await tell(tinh, "báo cáo")
    assert "Đã nộp báo cáo" in await fill(tinh)
    await tell(hang, "viec", "Báo cáo chờ nhận: 1", "Trả lại")
    assert "Xin nhắn bằng chữ" in await hang.say("5")
    why = "KPI3 chưa có số lớp hè, " + "đề nghị rà soát lại từng cơ sở " * 12 + "hết."
    assert "Đã trả lại báo cáo" in await hang.say(why)
    await town.deliver()
    assert "Sở trả lại báo cáo" in tinh.last.text
    assert len(tinh.last.text) <= 300
    shown = await tinh.press("Sửa báo cáo")
    assert "Sở trả lại: KPI3 chưa có số lớp hè" in shown
    first = await tinh.press("Vì sao bị trả lại")
    assert len(tinh.last.text) <= 300
    rest = await tinh.press("Xem tiếp")
    whole = " ".join(each.partition("\n")[0] for each in (first, rest))
    assert whole == f"Sở trả lại: {why}"
    await tinh.press("Quay lại")

    # Somebody has left since: what was right then has to be looked at again.
    def leaves(db: Connection) -> None:
        mine = select(Person.id).join(Figure, Figure.school_id == Person.school_id)
        teacher = mine.where(Person.full_name == "Lê Thị Út").limit(1)
        db.execute(
            update(Person).where(Person.id == db.execute(teacher).scalar_one())
            .values(left_on=MONDAY.date())
        )  # fmt: skip

    await tinh.press("Nộp báo cáo")
    await town.database.turn(leaves)
    refused = await tinh.press("Nộp báo cáo")
    assert "số đã đổi từ lúc Anh/Chị xem. Xin xem lại." in refused
    await tinh.press("1")
    await tinh.press(next(each for each in labels(tinh) if "còn lại đều đúng" in each))
    await tinh.press("Nộp báo cáo")
    assert "lần 2" in await tinh.press("Nộp báo cáo")
    assert (await town.database.read(report)).version == 2
    # The version the Sở has seen is the one it accepts.
    await hang.press_data(f"s0|report-accept {(await town.database.read(report)).id} 1")
    assert (await town.database.read(report)).state is ReportState.SUBMITTED


async def test_the_second_officer_goes_on_where_the_first_is(
    town: Town, hang: Phone, tinh: Phone
) -> None:
    def second(db: Connection) -> None:
        name = "Phan Quốc Khánh"
        person = db.execute(select(Person.id).where(Person.full_name == name)).scalar_one()
        db.execute(update(Role).where(Role.person_id == person).values(valid_to=MONDAY.date()))
        db.execute(update(Role).where(Role.person_id == person).values(
            kind=RoleKind.COMMUNE, unit_id=db.execute(
                select(Unit.id).where(Unit.name == "Xã Tuy Đức")).scalar_one()))  # fmt: skip

    await town.database.turn(second)
    other = await known(town, "Phan Quốc Khánh")
    await tell(tinh, "báo cáo", "Bắt đầu, số liệu đã điền sẵn", "Khó khăn, vướng mắc: chưa viết")
    assert "đang làm" in await tell(other, "báo cáo")
    await tell(other, "báo cáo", "Khó khăn, vướng mắc: chưa viết")
    await tinh.say("Thiếu giáo viên.")
    assert "Đã ghi, đến nay 32 ký tự." in await other.say("Thiếu kinh phí.\n")
    await other.press("Viết lại từ đầu")
    await tinh.say("Đường xa.")
    assert "Vừa có người khác viết vào đây nên chưa thay" in await other.say("Không còn gì.")
    row = await town.database.read(report)
    assert row.difficulties == "Thiếu giáo viên.\nThiếu kinh phí.\nĐường xa."

    # Handed in is what was shown.
    await tinh.say("xong")
    await tinh.press("1")
    await tinh.press(next(each for each in labels(tinh) if "còn lại đều đúng" in each))
    await tinh.press("Đề xuất, kiến nghị: chưa viết")
    await tinh.press("Không có")
    await tinh.press("Nộp báo cáo")
    await other.say("0")
    await other.press("Đề xuất, kiến nghị")
    await other.say("Mở thêm lớp tập huấn tại xã.")
    assert "Báo cáo vừa có người sửa." in await tinh.press("Nộp báo cáo")
    assert "Đã nộp báo cáo" in await tinh.press("Nộp báo cáo")
    row = await town.database.read(report)
    assert row.snapshot is not None
    assert row.snapshot["proposals"] == "Mở thêm lớp tập huấn tại xã."
    # The other's text comes too late, and is not lost in silence.
    assert "đã nộp lần 1" in await other.say("Thêm một ý nữa")


async def test_the_office_enters_a_report_for_a_commune(town: Town, hang: Phone) -> None:
    await hang.press("Chưa mở: 28")
    await hang.press("9")
    name = labels(hang)[0]
    await hang.press(name)
    await hang.press("Nhập thay đơn vị, số liệu đã điền sẵn")
    assert "Sở nhập thay đơn vị." in hang.last.text
    await hang.press("1")
    await hang.press(next(each for each in labels(hang) if "còn lại đều đúng" in each))
    for text in ("Khó khăn, vướng mắc: chưa viết", "Đề xuất, kiến nghị: chưa viết"):
        await hang.press(text)
        await hang.press("Không có")
    await hang.press("Nộp báo cáo")
    await hang.press("Nộp báo cáo")
    await hang.press("Xem báo cáo")
    await hang.press("Nhận báo cáo")
    await hang.press("Đợt thu báo cáo")
    assert "đã nhận 1/28" in hang.last.text
    await hang.press("Đã nhận: 1")
    assert labels(hang)[0] == f"{name} · Sở nhập thay"
    await hang.press("Quay lại")
    await hang.press("Tổng hợp, bản Word, kết thúc đợt")
    assert "từ 1/28 báo cáo đã nhận" in hang.last.text
    first = labels(hang)[0]
    by_commune = await hang.press(first)
    assert by_commune.startswith(f"{first}\n{name} {first.removeprefix('KPI1 ')}\n")
    by_district = await hang.press("Theo huyện cũ")
    assert by_district.startswith(f"{first}\n")
    await hang.press("Quay lại")
    await hang.press("Bản Word")
    assert hang.last.document is not None
    assert hang.last.document.name.endswith(".docx")


async def test_those_who_have_not_are_asked_once_in_three_days(
    town: Town, hang: Phone, tinh: Phone
) -> None:
    asked = "Đôn đốc các xã, phường chưa nộp: 28"
    await hang.press(asked)
    shown = await hang.press("Nhắc nộp")
    assert "Đã nhắc: 2 xã, phường.\nChưa có cán bộ dùng Trợ lý: 26;" in shown
    await town.deliver()
    assert tinh.last.text.startswith("Sở chưa nhận được báo cáo Năm 2026, 178/KH-UBND của xã Tuy")
    town.clock.advance(days=2)
    await tell(hang, "báo cáo", "1", asked)
    again = await hang.press("Nhắc nộp")
    assert "Đã nhắc: 0 xã, phường.\nĐã nhắc trong ba ngày qua: 2." in again
    town.clock.advance(days=1, hours=1)
    await tell(hang, "báo cáo", "1", asked)
    assert "Đã nhắc: 2 xã, phường." in await hang.press("Nhắc nộp")
    # The notice is no longer true once the collection has ended.
    await tell(hang, "báo cáo", "1", "Tổng hợp, bản Word, kết thúc đợt", "Kết thúc đợt thu")
    said = len(tinh.said)
    assert "Đợt thu đã kết thúc" in await hang.press("Kết thúc")
    await town.deliver()
    assert len(tinh.said) == said
    assert "Sở chưa mở đợt thu" in await tinh.say("báo cáo")
    await hang.press("Tổng hợp, bản Word, kết thúc đợt")
    assert "Chậm nhất Thứ Hai, 14/12/2026." in await hang.press("Tiếp tục đợt thu")
    assert "chưa mở" in await tinh.say("báo cáo")


async def test_nobody_learns_of_anothers_report(town: Town, hang: Phone, tinh: Phone) -> None:
    await tell(tinh, "báo cáo", "Bắt đầu, số liệu đã điền sẵn")
    row = await town.database.read(report)

    def elsewhere(db: Connection) -> str:
        found = (
            select(Person.full_name)
            .join(Role, Role.person_id == Person.id)
            .join(Unit, Unit.id == Role.unit_id)
            .where(Role.kind == RoleKind.COMMUNE, Unit.name != "Xã Tuy Đức")
            .order_by(Person.id)
        )
        return db.execute(found).scalars().first() or ""

    other = await known(town, await town.database.read(elsewhere))
    await other.say("viec")
    theirs: list[str] = []
    nobodys: list[str] = []
    for found, ids in ((theirs, row.id), (nobodys, row.id + 500)):
        for action in (
            f"report-of {ids}", f"report-figures {ids} 0", f"report-text {ids} difficulties",
            f"report-begin {row.collection_id} {row.unit_id if ids == row.id else 1}",
            f"report-hand-in {ids} aaaaaaaa", f"report-accept {ids} 1", f"report-word {ids} 1",
            f"report-number {ids}",
        ):  # fmt: skip
            found.append(await other.press_data(f"s{other.last.mark[1:]}|{action}"))
    assert theirs == nobodys
    assert all("không còn dùng nữa" in each for each in theirs)
    # A commune neither leads nor sees the collection.
    refused = await tinh.press_data(f"{tinh.last.mark}|collection {row.collection_id}")
    assert "không còn dùng nữa" in refused
    teacher = await known(town, "H'Mai Byă")
    assert "hiệu trưởng" in await teacher.say("báo cáo")
