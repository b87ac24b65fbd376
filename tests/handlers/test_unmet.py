"""`ai chưa?` on a phone, and what those read who are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from handlers import nudges
from handlers.figure_words import WIDTH
from storage import courses, roles
from storage.figures import subjects
from storage.models import Nudge, NudgeRung, Person, Role, RoleKind, Standing
from tests.announced import agree, person
from tests.people import known, standing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Town

TEACHER = "H'Mai Byă"


async def subject(town: Town, number: int = 12) -> int:
    """The id of the subject of a course, by the course's number."""

    def find(db: Connection) -> int:
        course = courses.numbered(db, number)
        topic = subjects.of_course(db, course.id) if course else None
        assert topic
        return topic.id

    return await town.database.read(find)


async def head_of(town: Town, teacher: str) -> str:
    """The full name of the principal of somebody's school."""

    def find(db: Connection) -> str:
        mine = select(Person.school_id).where(Person.id == person(db, teacher)).scalar_subquery()
        holders = select(Role.person_id).where(
            Role.kind == RoleKind.PRINCIPAL, Role.school_id == mine
        )
        known_ = db.execute(select(Person.full_name).where(Person.id.in_(holders))).scalar()
        if known_:
            return known_
        row = db.execute(
            select(Person.id, Person.full_name, Person.school_id).where(
                Person.school_id == mine, Person.position == "HT"
            )
        ).first()
        assert row
        day = town.clock.now.date()
        roles.grant(db, row.id, RoleKind.PRINCIPAL, day, school_id=row.school_id)
        return row.full_name

    return await town.database.turn(find)


async def test_an_officer_goes_from_who_has_not_to_the_reasons_and_the_names(town: Town) -> None:
    tinh = await known(town, "Lê Văn Tình")
    await known(town, TEACHER)

    shown = await tinh.say("ai chưa học")

    assert shown.startswith("L12 chưa hoàn thành: 74/74 người\nXã Tuy Đức\nSơ cứu\n")
    assert "1 Chưa dùng Trợ lý: 70\n2 Chưa đăng ký: 1\n3 Đã đăng ký, chưa đến ngày: 3" in shown
    assert "– H'Mai Byă, Trường MN Hoa Cúc" in await tinh.say("2")
    await tinh.say("0")
    await tinh.say("1")
    assert "L12, xã Tuy Đức. Chưa dùng Trợ lý: 70\n– " in await tinh.say("9")
    assert (await tinh.say("0")) == shown
    await tinh.press("Bản gửi nhóm Zalo")
    copied = tinh.last.text
    assert copied.startswith("Xã Tuy Đức: còn 71 người chưa đăng ký L12 Sơ cứu, Thứ Bảy 12/12")
    assert "nhắn L12" in copied
    assert len(copied) <= 300
    assert "Byă" not in copied
    # A unit that is somebody else's, and a subject that is not there, show nothing.
    for action in ("unmet 1 c 999", "unmet 9999", "unmet-names 1 99", "nudge 1 s 999", "behind 0"):
        said = (await tinh.press_data(f"s0|{action}")).lower()
        assert "nút" in said or "cần việc gì" in said, action
        assert "chưa hoàn thành" not in said


async def test_the_level_above_sees_the_units_to_be_seen_to(town: Town) -> None:
    hang = await known(town, "Đinh Thị Thu Hằng")
    shown = await hang.press_data(f"s0|behind {await subject(town, 5)}")

    assert shown.startswith("L5: 3 đơn vị cần đôn đốc, xếp theo tên.")
    lines = shown.split("\n")[1:4]
    assert lines == sorted(lines)
    assert all(len(line) <= WIDTH for line in lines)
    assert "phường Bắc Gia Nghĩa" in (await hang.say("1")).replace("Phường", "phường")
    mai = await known(town, TEACHER)
    for action in ("behind 1", "unmet 1", "nudge 1", "unmet-copy 1", "chua"):
        assert "dành cho hiệu trưởng và cán bộ" in await mai.press_data(f"s0|{action}"), action


async def test_one_press_reaches_the_teacher_and_three_days_later_the_principal(town: Town) -> None:
    tinh, mai = await known(town, "Lê Văn Tình"), await known(town, TEACHER)
    head_name = await head_of(town, TEACHER)
    head = await known(town, head_name)
    await agree(town, TEACHER)
    await tinh.say("ai chua")

    preview = await tinh.press("Đôn đốc người chưa hoàn thành")

    assert preview.startswith("L12, xã Tuy Đức: sẽ nhắc 1 người lúc 11h30 hôm nay.\nKhông nhắn: ")
    assert "Ai vẫn chưa: báo hiệu trưởng (1) từ Thứ Năm 26/11." in preview
    assert "1 Đôn đốc 1 người" in preview
    done = await tinh.say("1")
    assert done.startswith("L12: sẽ nhắc 1 người lúc 11h30 hôm nay.")
    assert "mới được nhắc" in await tinh.press_data(f"s0|nudge {await subject(town)}")

    town.clock.now = town.clock.now.replace(hour=11, minute=31)
    await town.deliver()
    told = mai.last.written()
    assert told.startswith("Phòng VH-XH xã Tuy Đức nhắc: thầy/cô chưa đăng ký L12 Sơ cứu, Thứ Bảy")
    assert "11 Đăng ký" in told
    assert len(mai.last.text) <= 300
    town.clock.advance(days=3)
    await town.deliver()
    letter = head.last.written()
    assert "nhắc: Trường MN Hoa Cúc còn " in letter
    assert "Byă" not in letter
    assert "Trường MN Hoa Cúc" in await head.say("11")
    # What the letter to the teacher offers still works, and then nobody asks again.
    await mai.say("11")
    assert await standing(town, 12, TEACHER) is Standing.SEATED
    rungs = select(Nudge.rung).order_by(Nudge.id)
    found = (await town.database.read(lambda db: db.execute(rungs).scalars().all()))[:2]
    assert found == [NudgeRung.PERSON, NudgeRung.PRINCIPAL]


async def test_many_are_confirmed_by_their_number(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudges, "TYPED", 1)
    tinh = await known(town, "Lê Văn Tình")
    await known(town, TEACHER)
    await agree(town, TEACHER)
    await tinh.say("ai chua")

    asked = await tinh.press("Đôn đốc người chưa hoàn thành")

    assert "Để gửi, nhắn: ĐÔN ĐỐC 1" in asked
    assert "Đôn đốc 1 người" not in asked
    assert "ĐÔN ĐỐC 1" in await tinh.say("don doc 2")
    assert "sẽ nhắc 1 người" in await tinh.say("Đôn đốc 1")
