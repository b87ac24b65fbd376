"""An officer chooses whom to write to: by sentences and by numbers, never beyond their scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from handlers import audience_lines
from handlers.audience_terms import MANAGERS, STAFF
from handlers.chat import Chat
from handlers.message import SILENCE, Kind, Message
from handlers.routes import router
from storage import broadcasts, conversations, scopes
from storage.models import (
    Announce,
    Broadcast,
    BroadcastState,
    Course,
    Ownership,
    Person,
    Position,
    Purpose,
    Role,
    SchoolType,
    Unit,
)  # fmt: skip
from storage.recipients import About, Rule
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


@pytest.fixture
async def hang(town: Town) -> Phone:
    """An officer of the Sở."""
    return await known(town, "Đinh Thị Thu Hằng")


@pytest.fixture
async def tinh(town: Town) -> Phone:
    """The officer of xã Tuy Đức."""
    return await known(town, "Lê Văn Tình")


async def drafts(town: Town) -> list[Broadcast]:
    def read(db: Connection) -> list[Broadcast]:
        rows = db.execute(select(Broadcast).order_by(Broadcast.id)).mappings().all()
        return [Broadcast(**row) for row in rows]

    return await town.database.read(read)


async def rule(town: Town) -> Rule:
    """The rule of the newest draft."""
    return Rule.from_json((await drafts(town))[-1].audience)


async def id_of(town: Town, name: str, *, former: bool = False) -> int:
    ended = Unit.valid_to.is_not(None) if former else Unit.valid_to.is_(None)
    wanted = select(Unit.id).where(Unit.name == name, ended)
    return await town.database.read(lambda db: db.execute(wanted).scalar_one())


async def test_the_golden_first_step(town: Town, tinh: Phone) -> None:
    await known(town, "Lê Thị Út")
    await known(town, "Điểu Thị Nga")

    def agree(db: Connection) -> None:
        db.execute(
            update(Person).where(Person.full_name == "Lê Thị Út")
            .values(announcements=Announce.YES)
        )  # fmt: skip

    await town.database.turn(agree)

    shown = await tinh.say("gửi thông báo cho giáo viên xã mình chưa đăng ký L12")

    assert "giáo viên xã Tuy Đức chưa đăng ký L12." in shown.split("\n")[0]
    assert shown.startswith("Người nhận: ")
    assert "Nhắn được 1 người" in shown
    assert "Xin nhắn nội dung" in shown
    assert len(tinh.last.text) <= 300
    (draft,) = await drafts(town)
    assert (draft.state, draft.purpose) == (BroadcastState.DRAFT, Purpose.ACT)
    assert draft.course_id is not None


async def test_a_text_after_the_colon_comes_to_the_preview(town: Town, hang: Phone) -> None:
    shown = await hang.say("gui thong bao cho CBQL cac xa thuoc Cu Jut cu: doi lop sang 18/12")

    assert "doi lop sang 18/12" in shown
    assert "Xem trước TB-0001" in shown
    assert await rule(town) == Rule(
        positions=MANAGERS, units=(await id_of(town, "Huyện Cư Jút", former=True),)
    )


async def test_whoever_has_a_seat_already_is_not_shown_the_way_to_one(tinh: Phone) -> None:
    shown = await tinh.say("gửi thông báo cho giáo viên xã mình đã đăng ký L12: mai học lúc 7h30")
    assert "Xem trước TB-0001" in shown
    assert "Đăng ký L12" not in shown


async def test_a_text_that_is_refused_leaves_the_draft(town: Town, tinh: Phone) -> None:
    shown = await tinh.say(
        "gửi thông báo cho giáo viên: Ai dự chuyển 50.000đ tiền nước vào STK 0123456789"
    )

    assert shown.startswith("Chưa gửi được: nội dung có số tài khoản và lời đề nghị chuyển tiền.")
    assert "nhắn lại nội dung" in await tinh.press("1")
    (draft,) = await drafts(town)
    assert draft.text == ""


async def test_a_text_that_is_too_long_is_not_cut(town: Town, tinh: Phone) -> None:
    shown = await tinh.say("gửi thông báo cho giáo viên: " + "xin chào " * 70)

    assert "600" in shown
    assert (await drafts(town))[0].text == ""


async def test_by_numbers_from_who_to_where_to_a_condition(town: Town, hang: Phone) -> None:
    first = await hang.say("thông báo")
    assert first.startswith("Người nhận là ai?")
    assert "Trên 50 người" in first
    assert "4 Cán bộ phụ trách các xã · 30" in first

    assert "ở đâu?" in await hang.say("2")
    listed = await hang.press("announce-units district 0")
    assert "Huyện Cư Jút · 29" in listed
    await hang.press("Huyện Cư Jút · 29")
    assert "Chưa đăng ký" in hang.last.written()
    await hang.press("announce-for missing 0")
    assert "L11 " in await hang.say("9")
    assert "Người nhận: " in await hang.press("3")

    made = await rule(town)
    assert made.units == (await id_of(town, "Huyện Cư Jút", former=True),)
    assert (made.positions, made.about) == (MANAGERS, About.MISSING)


async def test_lists_page_and_every_line_leads_on(hang: Phone) -> None:
    await hang.say("thông báo")
    await hang.press("announce-who gv")
    await hang.press("announce-units commune 0")
    seen: list[str] = []
    while True:
        lines = [one for one in hang.last.choices if one.digit not in "09"]
        assert len(lines) <= 6
        assert all(len(one.label) <= 56 and " · " in one.label for one in lines)
        seen += [one.label for one in lines]
        if not any(one.digit == "9" for one in hang.last.choices):
            break
        await hang.say("9")

    assert len(seen) == len(set(seen)) == 28
    assert "những ai?" in await hang.press("1")


async def test_a_communes_officer_chooses_a_school(town: Town, tinh: Phone) -> None:
    first = await tinh.say("/thongbao")
    assert "Cán bộ phụ trách" not in first

    await tinh.press("announce-who all")
    await tinh.press("announce-units school 0")
    await tinh.press("Trường MN Hoa Cúc · 22")
    shown = await tinh.press("announce-everybody")

    assert "22 giáo viên và cán bộ quản lý Trường MN Hoa Cúc, xã Tuy Đức." in shown
    assert (await rule(town)).schools == (1,)


async def test_officers_of_the_communes_come_as_a_whole(town: Town, hang: Phone) -> None:
    await hang.say("thông báo")
    shown = await hang.press("announce-who officers")

    assert "30 cán bộ phụ trách các xã." in shown
    assert (await rule(town)).officers


async def test_where_nobody_is_meant_no_draft_is_made(town: Town, tinh: Phone) -> None:
    shown = await tinh.say("gửi thông báo cho giáo viên đang chờ L15")

    assert "Hiện không có ai là giáo viên xã Tuy Đức đang chờ chỗ ở L15." in shown
    assert await drafts(town) == []


async def test_several_meanings_are_chosen_with_their_numbers(town: Town, hang: Phone) -> None:
    shown = await hang.say("nhắn cho giáo viên Đắk Mil: Mời họp")

    assert "1 Xã Đắk Mil · 63" in shown
    assert "2 Huyện Đắk Mil cũ · 229" in shown
    assert "3 Thị trấn Đắk Mil cũ · 32" in shown
    assert "Mời họp" in await hang.say("3")
    assert (await drafts(town))[0].text == "Mời họp"


async def test_what_is_not_understood_can_be_said_again(town: Town, tinh: Phone) -> None:
    shown = await tinh.say("gửi thông báo cho ban phụ huynh xã mình")

    assert "chưa rõ: “ban phụ huynh”" in shown
    assert await drafts(town) == []
    assert "Người nhận: 5 giáo viên cốt cán xã Tuy Đức." in await tinh.say("giáo viên cốt cán")


async def test_a_place_beyond_the_scope_is_refused(town: Town, tinh: Phone) -> None:
    shown = await tinh.say("gửi thông báo cho giáo viên xã Quảng Tân")

    assert shown.startswith("Xã Quảng Tân nằm ngoài phạm vi Anh/Chị phụ trách: xã Tuy Đức.")
    assert "1 Giáo viên xã Tuy Đức · 64" in shown
    assert await drafts(town) == []


@pytest.mark.parametrize("code", ["L999", "TB-9999"])
async def test_a_code_of_nothing_is_told(tinh: Phone, code: str) -> None:
    asked = "chưa xem" if code.startswith("TB") else "chưa đăng ký"

    assert code in (await tinh.say(f"gửi thông báo cho giáo viên {asked} {code}")).split("\n")[0]


async def test_teachers_and_open_steps_are_left_alone(town: Town, tinh: Phone) -> None:
    mai = await known(town, "H'Mai Byă")
    assert "cán bộ xã và Sở" in await mai.say("thông báo")
    assert "Người nhận" not in await mai.say("gửi thông báo cho giáo viên xã mình")
    assert "Người nhận" not in await mai.press_data("s0|announce-new")
    assert "Người nhận" not in await mai.press_data("s0|announce-words")

    await tinh.say("thông báo")
    await tinh.press("announce-words")
    assert "Thống kê" not in await tinh.say("số liệu của giáo viên")


async def test_forged_presses_reach_nobody_else(town: Town, tinh: Phone) -> None:
    await tinh.say("thông báo")
    await tinh.press("announce-who gv")
    elsewhere = await id_of(town, "Xã Quảng Tân")
    for action in (
        f"announce-at {elsewhere}", "announce-at 0", "announce-at 99999", "announce-school 99999",
        "announce-who everybody", "announce-units moon 0", "announce-for moon 0", "announce-rule 9",
        "announce-of missing 99999", "announce-option 5", "announce-everybody", "announce-whole",
        "announce-for missing 0", "announce-units school 0", "announce-options 0",
    ):  # fmt: skip
        await tinh.press_data(f"s0|{action}")
    assert await drafts(town) == []

    await tinh.press_data("s0|announce-who gv")
    await tinh.press_data(f"s0|announce-at {elsewhere}")
    await tinh.press("announce-everybody")
    assert "Hiện không có ai" in tinh.last.text


async def test_the_list_shows_drafts_and_what_was_sent(town: Town, tinh: Phone) -> None:
    def write(db: Connection) -> None:
        person = db.execute(select(Person.id).where(Person.full_name == "Lê Văn Tình")).scalar_one()
        scope = scopes.of(db, person, MONDAY.date())
        assert scope
        for state in BroadcastState:
            made = broadcasts.draft(db, scope, Rule(), MONDAY, text=f"Nội dung dài của {state}")
            db.execute(update(Broadcast).where(Broadcast.id == made).values(state=state, counted=9))

    await town.database.turn(write)
    shown = await tinh.say("thong bao")
    shown += "\n" + await tinh.say("9")

    for words in ("nháp", "chờ duyệt", "sắp gửi", "đang gửi", "tạm dừng", "đã gửi 9 người",
                  "đã dừng"):  # fmt: skip
        assert words in shown
    assert "Viết thông báo mới" in shown
    assert "Người nhận là ai?" in await tinh.press("announce-begin")


async def test_a_drafts_people_can_be_changed(town: Town, tinh: Phone) -> None:
    await tinh.say("gửi thông báo cho giáo viên xã mình: Mời họp")
    await tinh.press_data("s0|announce-rule 1")
    await tinh.press("announce-who cbql")
    await tinh.press("announce-whole")
    shown = await tinh.press("announce-everybody")

    assert "TB-0001" in shown
    assert len(await drafts(town)) == 1
    assert (await rule(town)).positions == MANAGERS
    await tinh.press_data("s0|announce-rule 1")
    assert "TB-0001" in await tinh.say("0")


async def test_outdated_presses_ask_anew(town: Town, tinh: Phone) -> None:
    await tinh.say("thông báo")
    await tinh.press("announce-who gv")
    await tinh.press("announce-whole")
    town.clock.advance(days=2)

    assert "Người nhận là ai?" in await tinh.press("announce-everybody")
    assert await drafts(town) == []


async def test_who_can_approve_is_said_at_once(town: Town, tinh: Phone) -> None:
    await known(town, "Đinh Thị Thu Hằng")
    await known(town, "Phan Quốc Khánh")

    shown = await tinh.say("thông báo")

    assert "cần thêm một người của" in shown
    assert "2 người đang có thể duyệt." in shown

    def join(db: Connection) -> None:
        reach = select(Role.unit_id).join(Person, Person.id == Role.person_id)
        unit = db.execute(reach.where(Person.full_name == "Lê Văn Tình")).scalar_one()
        mine = select(Person.id).where(Person.full_name == "Phan Quốc Khánh").scalar_subquery()
        db.execute(update(Role).where(Role.person_id == mine).values(unit_id=unit, kind="commune"))

    await town.database.turn(join)
    await tinh.say("0")
    assert "xã Tuy Đức" in await tinh.say("thông báo")


LINES = [
    (Rule(positions=STAFF), "giáo viên và cán bộ quản lý xã Tuy Đức"),
    (Rule(positions=(Position.DEPUTY,)), "phó hiệu trưởng xã Tuy Đức"),
    (Rule(positions=(Position.TEACHER, Position.PRINCIPAL)),
     "giáo viên và hiệu trưởng xã Tuy Đức"),
    (Rule(positions=MANAGERS, core=True), "cán bộ quản lý cốt cán xã Tuy Đức"),
    (Rule(positions=(Position.TEACHER,), types=tuple(SchoolType), ownership=(Ownership.PRIVATE,)),
     "giáo viên trường mầm non, trường mẫu giáo, nhà trẻ, nhóm trẻ độc lập và lớp mẫu giáo độc lập"
     " ngoài công lập xã Tuy Đức"),
    (Rule(positions=(Position.PRINCIPAL,), ownership=(Ownership.PUBLIC,)),
     "hiệu trưởng trường công lập xã Tuy Đức"),
    (Rule(unseen_of=141), "người chưa xem TB-0141"),
    (Rule(reached_by=141, positions=(Position.TEACHER,)), "giáo viên đã nhận TB-0141"),
    (Rule(schools=(1, 2)),
     "người Trường MN Hoa Cúc, xã Tuy Đức và Lớp MG độc lập Hoa Cúc, xã Quảng Tân"),
    (Rule(schools=(1, 2, 3)), "người 3 trường"),
    (Rule(units=(1, 2, 3)), "người 3 đơn vị"),
    (Rule(officers=True), "cán bộ phụ trách các xã"),
]  # fmt: skip
ABOUT = [
    (None, "thuộc diện dự L12"),
    (About.REGISTERED, "đã đăng ký L12"),
    (About.MISSING, "chưa đăng ký L12"),
    (About.WAITING, "đang chờ chỗ ở L12"),
    (About.UNANSWERED, "chưa trả lời về L12"),
]


async def test_rules_are_worded(town: Town, tinh: Phone) -> None:
    await tinh.say("menu")

    def worded(db: Connection) -> tuple[list[str], list[str], str]:
        chat = _chat(db, tinh.address)
        course = db.execute(select(Course.id).where(Course.number == 12)).scalar_one()
        district = select(Unit.id).where(Unit.name == "Huyện Tuy Đức")
        former = Rule(units=(db.execute(district).scalar_one(),))
        return (
            [audience_lines.line(chat, each) for each, _ in LINES],
            [audience_lines.line(chat, Rule(course_id=course, about=about)) for about, _ in ABOUT],
            audience_lines.line(chat, former),
        )

    lines, about, part = await town.database.turn(worded)

    assert lines == [said for _, said in LINES]
    assert about == [f"người xã Tuy Đức {said}" for _, said in ABOUT]
    assert part == "người huyện Tuy Đức cũ (phần thuộc xã Tuy Đức)"


def _chat(db: Connection, address: str) -> Chat:
    """A turn of the phone with this address."""
    message = Message("telegram", address, "one more", Kind.TEXT, MONDAY)
    talk = conversations.enter(db, "telegram", address, language="vi", now=MONDAY)
    return Chat(db, MONDAY, message, talk, lambda _chat, _action: SILENCE)


def test_the_officers_list_of_commands_has_it() -> None:
    assert router.commands["thongbao"] == router.commands["announce"] == "announce"
