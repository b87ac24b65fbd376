"""An officer comes in by an invitation and sees what waits; so does a principal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from handlers import commands
from handlers.routes import router
from storage import invitations, parts, roles
from storage.models import (
    Account,
    AccountPerson,
    Claim,
    ClaimKind,
    ClaimState,
    Consent,
    Conversation,
    Course,
    Person,
    Position,
    Registration,
    RoleKind,
    Rung,
    Session,
    Standing,
    Unit,
)
from storage.parts import Part
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

CODE = "MOI-VHXH-2739"


async def officer(town: Town, code: str = CODE) -> Phone:
    phone = town.phone("Cán bộ")
    await phone.say(code)
    await phone.press("1")
    await phone.press("1")
    return phone


async def claims(town: Town, rung: Rung, count: int) -> None:
    """People of MN Hoa Cúc whom nobody has confirmed yet, waiting at a rung."""

    def work(db: Connection) -> None:
        account = db.execute(select(Account.id).order_by(Account.id)).scalars().first()
        people = db.execute(
            select(Person.id).where(Person.school_id == 1).order_by(Person.id.desc()).limit(count)
        ).scalars()
        for person_id in list(people):
            db.execute(
                insert(Claim).values(
                    kind=ClaimKind.IDENTITY, account_id=account, person_id=person_id,
                    state=ClaimState.OPEN, rung=rung, asked_at=MONDAY,
                )
            )  # fmt: skip

    await town.database.turn(work)


async def test_an_officer_comes_in_with_a_code_in_three_answers(town: Town) -> None:
    phone = town.phone("Lê Văn Tình")

    asked = await phone.say("moi vhxh 2739")
    assert "xã Tuy Đức" in asked
    assert "1 Đồng ý" in asked
    assert "ghi tên Lê Văn Tình" in await phone.say("1")
    shown = await phone.say("1")

    assert "Kính chào Lê Văn Tình, cán bộ phụ trách xã Tuy Đức." in shown
    assert "thầy/cô" not in shown


@pytest.mark.parametrize("payload", ["MOI-VHXH-2739", "MOIVHXH2739", "moi_vhxh_2739"])
async def test_a_link_carries_the_code(town: Town, payload: str) -> None:
    assert "Lời mời làm cán bộ phụ trách" in await town.phone().start(payload)


async def test_refusing_keeps_nothing_and_leaves_the_code(town: Town) -> None:
    phone = town.phone()
    await phone.say(CODE)

    assert "không lưu gì" in await phone.say("2")
    assert "Lời mời làm cán bộ phụ trách" in await phone.say(CODE)


async def test_whoever_refuses_an_invitation_leaves_nothing_behind(town: Town) -> None:
    phone = town.phone()
    await phone.say("L12")
    await phone.say("4827 1093")
    await phone.say(CODE)
    await phone.say("1")
    await phone.say(CODE)
    await phone.press_data("s0|invited-no")

    def kept(db: Connection) -> tuple[object, ...]:
        data = select(Conversation.data).join(Account).where(Account.address == phone.address)
        standing = select(Consent.id).where(Consent.withdrawn_at.is_(None))
        return db.execute(data).scalar_one(), db.execute(standing).all()

    assert await town.database.read(kept) == ({"wanted": "L12"}, [])


async def test_the_officers_other_account_learns_of_an_invitation_used(town: Town) -> None:
    before = await known(town, "Lê Văn Tình")
    await officer(town)
    await town.deliver()

    assert before.last.text == (
        "Lê Văn Tình nay dùng Trợ lý ở thêm một tài khoản nữa, bằng mã mời mang tên này. Nếu không"
        " phải Lê Văn Tình, xin báo ngay Sở GDĐT."
    )


@pytest.mark.parametrize(
    ("sharers", "said"),
    [(1, "cán bộ dùng tài khoản riêng"), (3, "Máy này đã đủ 3 người dùng")],
)
async def test_an_account_of_others_takes_no_officer_in(
    town: Town, sharers: int, said: str
) -> None:
    phone = town.phone()
    await phone.say(CODE)
    await phone.say("1")

    def crowd(db: Connection) -> None:
        account = db.execute(
            select(Account.id).where(Account.address == phone.address)
        ).scalar_one()
        for each in range(1, sharers + 1):
            db.execute(
                insert(AccountPerson).values(account_id=account, person_id=each, since=MONDAY)
            )

    await town.database.turn(crowd)
    assert said in await phone.say("1")
    assert "Lời mời" in await town.phone().say(CODE), "the invitation is not used up"


async def test_a_principal_who_has_left_has_no_work_here(town: Town) -> None:
    hoa = await known(town, "Nguyễn Thị Hoa")

    def leave(db: Connection) -> None:
        person_id, school_id = db.execute(
            select(Person.id, Person.school_id).where(Person.full_name == "Nguyễn Thị Hoa")
        ).one()
        roles.grant(db, person_id, RoleKind.PRINCIPAL, MONDAY.date(), school_id=school_id)
        db.execute(update(Person).where(Person.id == person_id).values(left_on=MONDAY.date()))

    assert "Thứ Hai, 23/11/2026" not in await hoa.say("viec")
    await town.database.turn(leave)
    assert "dành cho hiệu trưởng" in await hoa.say("viec")
    assert "hiệu trưởng" not in await hoa.say("menu")
    assert "Việc hôm nay" not in hoa.last.written()


async def test_a_nameless_invitation_asks_for_the_full_name(town: Town) -> None:
    def create(db: Connection) -> str:
        unit = select(Unit.id).where(Unit.name == "Xã Quảng Tân", Unit.valid_to.is_(None))
        return invitations.create(db, RoleKind.COMMUNE, db.execute(unit).scalar_one(), MONDAY)

    code = await town.database.turn(create)
    phone = town.phone()
    await phone.say(code)
    assert "họ và tên đầy đủ" in await phone.say("1")
    assert "chưa phải họ tên" in await phone.say("0912345678")

    assert "Kính chào H'Bia Êban" in await phone.say("H'Bia Êban")
    assert "đã được dùng" in await town.phone().say(code)


async def test_a_teacher_who_is_invited_is_asked_nothing_more(town: Town) -> None:
    def create(db: Connection) -> str:
        unit = select(Unit.id).where(Unit.name == "Xã Quảng Tân", Unit.valid_to.is_(None))
        inviter = select(Person.id).where(Person.full_name == "Đinh Thị Thu Hằng")
        return invitations.create(
            db, RoleKind.COMMUNE, db.execute(unit).scalar_one(), MONDAY,
            invited_by=db.execute(inviter).scalar_one(), days=2,
        )  # fmt: skip

    code = await town.database.turn(create)
    inviter = await known(town, "Đinh Thị Thu Hằng")
    ut = await known(town, "Lê Thị Út")

    assert "Kính chào Lê Thị Út, cán bộ phụ trách xã Quảng Tân" in await ut.say(code)
    assert "đã có vai trò này" not in ut.last.text
    await town.deliver()
    assert "Lê Thị Út đã nhận lời mời" in inviter.last.text


async def test_wrong_codes_are_counted_and_then_not_read(town: Town) -> None:
    phone = town.phone()
    for _ in range(5):
        assert "Không có mã mời này" in await phone.say("MOI-2222-3333")

    assert "quá nhiều lần" in await phone.say(CODE)
    town.clock.advance(minutes=31)
    assert "Lời mời làm cán bộ phụ trách" in await phone.say(CODE)


async def test_forged_presses_open_no_role(town: Town) -> None:
    phone = town.phone()
    await phone.say("menu")
    mark = phone.last.mark
    for action in ("invited", "invited-agree", "invited-holder"):
        await phone.press_data(f"{mark}|{action}")
        await phone.press_data(f"s0|{action}")

    def roles_held(db: Connection) -> object:
        return db.execute(
            select(Account.person_id).where(Account.address == phone.address)
        ).scalar_one()

    assert await town.database.read(roles_held) is None


async def test_the_first_screen_counts_what_waits_at_the_officers_rung(town: Town) -> None:
    tinh = await officer(town)
    assert "không có việc nào đang chờ" in await tinh.say("viec")
    await claims(town, Rung.COMMUNE, 2)
    await claims(town, Rung.PRINCIPAL, 1)
    await claims(town, Rung.DEPARTMENT, 1)

    shown = await tinh.say("việc")

    assert "1 Người chờ xác nhận: 2" in shown
    assert tinh.last.choices[0].action.startswith("claim ")
    hang = await officer(town, "MOI-SGGT-2739")
    assert "1 Người chờ xác nhận: 1" in await hang.say("viec")


async def test_the_first_screen_lists_courses_of_14_days_with_seats(town: Town) -> None:
    def near(db: Connection) -> None:
        course_id = db.execute(select(Course.id).where(Course.number == 12)).scalar_one()
        start = MONDAY + timedelta(days=13)
        db.execute(update(Session).where(Session.course_id == course_id).values(starts_at=start))
        db.execute(update(Course).where(Course.id == course_id).values(seats=26))
        db.execute(
            insert(Registration).values(
                course_id=course_id, person_id=1, standing=Standing.WAITING, turn=99,
                provisional=False, changed_at=MONDAY,
            )
        )  # fmt: skip

    tinh = await officer(town)
    assert "L12" not in await tinh.say("viec")
    await town.database.turn(near)

    shown = await tinh.say("viec")

    assert "L12 Chủ Nhật 06/12 · 26/26" in shown
    assert "người chờ chỗ: 1" in shown
    assert "L5 " not in shown, "a course of another commune"
    assert "L5 Thứ Ba 24/11 · 31/50" in await (await officer(town, "MOI-SGGT-2739")).say("viec")
    assert "Đã có chỗ: 26/26" in await tinh.press(_figures(tinh))
    assert "Đăng ký L12" in await tinh.say("1")


def _figures(phone: Phone) -> str:
    return next(each.action for each in phone.last.choices if each.label.startswith("L12"))


async def test_more_courses_than_fit_are_turned_through(town: Town) -> None:
    def soon(db: Connection) -> None:
        start = MONDAY + timedelta(days=5)
        db.execute(update(Session).values(starts_at=start, ends_at=start + timedelta(hours=3)))

    await town.database.turn(soon)
    hang = await officer(town, "MOI-SGGT-2739")
    assert "9 Xem tiếp" in await hang.say("viec")

    seen: list[str] = []
    await hang.say("9")
    while any(choice.digit == "9" for choice in hang.last.choices):
        seen += [choice.label for choice in hang.last.choices if choice.digit in "123456"]
        await hang.say("9")
    seen += [choice.label for choice in hang.last.choices if choice.digit in "123456"]

    assert len(seen) == len(set(seen)) > 6
    assert "14 ngày tới" in await hang.press_data("s0|soon 0")
    assert "Việc" in await hang.press_data("s0|soon 99") or "Hôm nay" in hang.last.text
    mai = await known(town, "H'Mai Byă")
    await mai.say("menu")
    assert "dành cho hiệu trưởng và cán bộ" in await mai.press_data("s0|soon 0")


async def test_an_invitation_that_cannot_be_used_says_why(town: Town) -> None:
    unit = select(Unit.id).where(Unit.name == "Xã Quảng Tân", Unit.valid_to.is_(None))

    def create(db: Connection) -> list[str]:
        unit_id = db.execute(unit).scalar_one()
        make = invitations.create
        return [
            make(db, RoleKind.COMMUNE, unit_id, MONDAY, days=1),
            make(db, RoleKind.COMMUNE, unit_id, MONDAY, holder="Lê Văn Tình", uses=9),
        ]

    late, named = await town.database.turn(create)
    ut = await known(town, "Lê Thị Út")
    assert "ghi tên người khác" in await ut.say(named)
    stranger = town.phone()
    await stranger.say(named)
    await stranger.say("1")
    assert "ghi tên người khác" in await stranger.say("2")
    town.clock.advance(days=2)
    assert "đã hết hạn" in await town.phone().say(late)
    tinh = await known(town, "Lê Văn Tình")
    assert "cán bộ phụ trách xã Quảng Tân" in await tinh.say(named)
    assert "đã có vai trò này ở xã Quảng Tân" in await tinh.say(named)


async def test_a_principal_sees_claims_and_requests_of_the_school_only(town: Town) -> None:
    def world(db: Connection) -> None:
        head = db.execute(
            select(Person.id).where(Person.full_name == "Nguyễn Thị Hoa", Person.school_id == 1)
        ).scalar_one()
        roles.grant(db, head, RoleKind.PRINCIPAL, MONDAY.date(), school_id=1)
        course_id = db.execute(select(Course.id).where(Course.number == 9)).scalar_one()
        for school in (1, 5):
            person_id = db.execute(
                select(Person.id).where(
                    Person.school_id == school, Person.position == Position.TEACHER
                )
            ).scalars().first()  # fmt: skip
            db.execute(
                insert(Registration).values(
                    course_id=course_id, person_id=person_id, standing=Standing.ASKED, turn=90,
                    provisional=False, changed_at=MONDAY,
                )
            )  # fmt: skip

    await town.database.turn(world)
    hoa = await known(town, "Nguyễn Thị Hoa")
    await claims(town, Rung.PRINCIPAL, 1)
    await claims(town, Rung.COMMUNE, 1)

    shown = await hoa.say("viec")

    assert "Trường MN Hoa Cúc" in shown
    assert "Người chờ xác nhận: 1" in shown
    assert "xin đi tập huấn: 1" in shown
    assert "Thống kê" not in shown


async def test_a_teacher_hears_for_whom_it_is(town: Town) -> None:
    mai = await known(town, "H'Mai Byă")

    assert "dành cho hiệu trưởng và cán bộ" in await mai.say("/viec")
    assert "1 Lớp tập huấn của tôi" in mai.last.written()


async def test_every_listed_command_is_known_and_translated() -> None:
    from handlers import assistant

    assert assistant.answer
    for part in Part:
        for language in ("vi", "en"):
            listed = commands.menu_for(part, language)
            assert {name for name, _ in listed} <= set(router.commands), part
            assert all(name.isascii() and name.islower() for name, _ in listed)
            assert len({words for _, words in listed}) == len(listed)
        vietnamese = dict(commands.menu_for(part, "vi")).values()
        assert not set(vietnamese) & set(dict(commands.menu_for(part, "en")).values())


async def test_whose_list_is_whose(town: Town) -> None:
    def played(db: Connection) -> list[Part]:
        names = ("H'Mai Byă", "Phạm Thị Bích", "Lê Văn Tình")
        ids = [
            db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()
            for name in names
        ]
        for each in ids[1:]:  # an officer may head a school as well
            roles.grant(db, each, RoleKind.PRINCIPAL, MONDAY.date(), school_id=3)
        found = parts.of(db, ids, MONDAY.date())
        return [found[each] for each in ids]

    assert await town.database.turn(played) == [Part.TEACHER, Part.PRINCIPAL, Part.OFFICER]
