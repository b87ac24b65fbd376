"""Papers: issued to whoever has completed a course, had in chat, checked, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from bot.made import paper as made
from bot.made.makers import MAKERS
from storage import completion, exports, paper_desk, papers, scopes, signing
from storage.models import AuditEntry, Course, Notice, Paper, Person, Remind, SigningKey
from storage.papers import Checked
from tests.handlers.test_results import NAMES, asks, held, officer
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.papers import Issued
    from tests.talk import Phone, Town

TITLE = "Giấy xác nhận tham dự"
MAI, UT, NGA, HOA = NAMES


async def issued(town: Town) -> tuple[int, Phone]:
    """L12 with its three papers, and the officer who issued them."""
    course = await held(town, paper_title=TITLE)
    wishes = update(Person).where(Person.full_name == MAI).values(remind=Remind.EVE)
    await town.database.turn(lambda db: db.execute(wishes))
    tinh = await officer(town)
    await asks(tinh, f"papers {course}")
    await tinh.press("Cấp giấy cho 3 người")
    assert "Đã cấp 3 giấy của L12" in await tinh.press("Cấp giấy")
    return course, tinh


async def every(town: Town) -> dict[str, Issued]:
    def work(db: Connection) -> dict[str, Issued]:
        rows = db.execute(select(Paper.id)).scalars().all()
        found = [papers.get(db, each) for each in rows]
        return {one.facts["name"]: one for one in found if one}

    return await town.database.read(work)


async def drawn(town: Town, phone: Phone) -> bytes:
    """The file behind the newest answer, made as a channel would have it made."""
    document = phone.last.document
    assert document
    now = town.inbox.now()

    def work(db: Connection) -> Any:
        request = exports.get(db, document.subject)
        assert request
        return MAKERS[request.kind].read(db, request, now)

    return made.draw(await town.database.read(work))


async def test_papers_are_issued_in_one_go_and_say_what_came_of_it(town: Town) -> None:
    course, tinh = await issued(town)
    found = await every(town)

    assert sorted(found) == sorted((MAI, UT, NGA))
    assert {one.number for one in found.values()} == {f"GXN-2026-00000{n}" for n in (1, 2, 3)}
    facts = found[MAI].facts
    assert facts["issuer"] == "Phòng Văn hóa – Xã hội xã Tuy Đức"
    assert (facts["hours"], facts["attended"], facts["sessions"]) == (75, 1, 1)
    assert facts["school"] == "Trường MN Hoa Cúc, xã Tuy Đức"
    shown = await asks(tinh, f"papers {course}")
    assert "đã cấp 3, còn 0 người" in shown
    await tinh.press("In cả 3 giấy (PDF)")
    assert (await drawn(town, tinh)).startswith(b"%PDF")
    noted = select(AuditEntry.action).where(AuditEntry.action == "papers issued")
    assert await town.database.read(lambda db: len(db.execute(noted).all())) == 1


async def test_whoever_completed_it_has_the_paper_in_chat(town: Town) -> None:
    course, _ = await issued(town)
    mai, hoa = await known(town, MAI), await known(town, HOA)
    # Only whoever wants to be reminded of trainings is told.
    owed = select(Notice.person_id).where(Notice.kind == paper_desk.READY)
    assert len(await town.database.read(lambda db: db.execute(owed).all())) == 1
    town.clock.advance(hours=12)
    await town.deliver()
    assert f"{TITLE} của {MAI} về L12 đã có" in mai.last.text

    assert "số GXN-2026-" in await mai.press("Nhận giấy")
    assert (await drawn(town, mai)).startswith(b"%PDF")
    assert TITLE in await mai.say("L12")
    assert "Chưa có giấy của L12" in await asks(hoa, f"paper {course}")


async def test_a_reprint_says_the_same_whatever_has_changed(town: Town) -> None:
    course, tinh = await issued(town)
    before = (await every(town))[MAI]
    change = update(Person).where(Person.full_name == MAI).values(full_name="Tên Mới")
    await town.database.turn(lambda db: db.execute(change))
    await town.database.turn(
        lambda db: db.execute(update(Course).where(Course.id == course).values(title="Khác"))
    )
    after = (await every(town))[MAI]
    assert after.signed.text == before.signed.text
    assert made.filled(made.Pile([after], "")) == made.filled(made.Pile([before], ""))
    assert "0 người" in await asks(tinh, f"papers {course}")


async def test_a_revoked_paper_is_void_and_a_new_one_has_a_new_number(town: Town) -> None:
    course, tinh = await issued(town)
    mai = await known(town, MAI)
    paper = (await every(town))[MAI]
    await asks(tinh, f"paper-one {paper.id}")
    assert "Vì sao rút?" in await tinh.press("Rút giấy này")
    assert "đã bị rút: nội dung ghi sai" in await tinh.press("Nội dung ghi sai")

    check = await town.database.read(lambda db: papers.check(db, paper.signed.text))
    assert check[0] is Checked.REVOKED
    assert "Chưa có giấy" in await asks(mai, f"paper {course}")
    await asks(tinh, f"papers-ask {course}")
    await tinh.press("Cấp giấy")
    new = await town.database.read(lambda db: papers.mine(db, paper.person_id))
    assert [one.number for one in new] == ["GXN-2026-000004"]
    # An old press revokes nothing twice.
    assert "đã bị rút" in await asks(tinh, f"paper-revoke {paper.id} mistake")


async def test_a_paper_is_checked(town: Town) -> None:
    await issued(town)
    text = (await every(town))[MAI].signed.text
    other = signing.sign((await every(town))[MAI].facts, signing.pair()[1]).text

    def checked(db: Connection, scanned: str) -> Checked:
        return papers.check(db, scanned)[0]

    def work(db: Connection) -> None:
        assert checked(db, f"https://x.vn/giay#{text}") is Checked.GENUINE
        assert checked(db, other) is Checked.FORGED
        assert checked(db, text[:-3]) is Checked.UNREADABLE
        (keys,) = db.execute(select(SigningKey.private)).scalars().all()
        facts = (signing.read(text) or pytest.fail("unread")).facts
        never = signing.sign({**facts, "number": "GXN-2026-000999"}, keys).text
        assert checked(db, never) is Checked.UNKNOWN

    await town.database.read(work)


async def test_a_paper_of_somebody_who_has_not_completed_it_any_more_is_shown(town: Town) -> None:
    course, tinh = await issued(town)

    def work(db: Connection) -> None:
        db.execute(
            update(Course).where(Course.id == course).values(completion={"result": "passed"})
        )
        completion.settle_all(db, course, town.inbox.now())

    await town.database.turn(work)
    assert "Đã cấp nhưng nay chưa hoàn thành: 3" in await asks(tinh, f"papers {course}")


async def test_a_course_without_a_title_prints_none(town: Town) -> None:
    course = await held(town)
    tinh = await officer(town)
    assert "không cấp giấy" in await asks(tinh, f"papers {course}")
    await asks(tinh, f"papers-issue {course}")
    assert await every(town) == {}


async def test_nobody_elses_course_or_paper_is_touched(town: Town) -> None:
    course, _ = await issued(town)
    paper = (await every(town))[MAI]
    ut = await known(town, UT)

    def elsewhere(db: Connection) -> None:
        """An officer of another commune, also by a file asked for by its number."""
        bich = db.execute(select(Person.id).where(Person.full_name == "Phạm Thị Bích")).scalar_one()
        assert scopes.of(db, bich, town.inbox.now().date()) is None
        for asked in ({"paper": paper.id}, {"course": course}):
            request = exports.Request(1, bich, "paper", asked)
            with pytest.raises(LookupError):
                made.read(db, request, town.inbox.now())

    await town.database.read(elsewhere)
    for action in (f"papers {course}", f"paper-one {paper.id}", f"papers-print {course}",
                   f"paper-void {paper.id}", f"paper-revoke {paper.id} wrong"):  # fmt: skip
        assert "GXN-2026" not in await asks(ut, action)
    assert (await every(town))[MAI].revoked_at is None


async def test_a_copy_of_ones_data_holds_what_came_of_trainings(town: Town) -> None:
    await issued(town)
    mai = await known(town, MAI)
    assert "Tất cả những gì đang lưu về H'Mai Byă" in await mai.say("bản sao dữ liệu")
    document = mai.last.document
    assert document
    now = town.inbox.now()

    def work(db: Connection) -> dict[str, list[Any]]:
        request = exports.get(db, document.subject)
        assert request
        sheets = MAKERS[request.kind].read(db, request, now)
        return {sheet.name: [list(row) for row in sheet.rows] for sheet in sheets}

    sheets = await town.database.read(work)
    assert ["Họ tên", MAI] in sheets["Thông tin"]
    assert [row[0] for row in sheets["Điểm danh"]] == ["L12"]
    assert sheets["Điểm danh"][0][3:5] == ["có mặt", "báo cáo viên"]
    assert sheets["Hoàn thành"][0][2] == "đã hoàn thành"
    assert sheets["Hoàn thành"][0][6] == "7,5"
    assert sheets["Giấy xác nhận"][0][2].startswith("GXN-2026-")
