"""Answering for somebody: the principal, the commune, the Sở, and whoever has no right to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from storage import claims, courses
from storage.models import Account, Claim, Conversation, Person, Registration
from tests.handlers.test_details import nameless
from tests.handlers.test_identify import head, who
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def newcomer(town: Town, name: str = "Lò Thị Pâng") -> Phone:
    """Somebody who says she teaches at Trường MN Hoa Cúc, and has a seat in L12."""
    phone = await nameless(town, "L12")
    for said in (name, "hoa cuc tuy duc", "1", "1"):
        await phone.say(said)
    await phone.press("Đăng ký")
    await town.deliver()
    return phone


async def claim_id(town: Town) -> int:
    return await town.database.read(lambda db: db.execute(select(Claim.id)).scalar_one())


async def state(town: Town) -> tuple[str, str]:
    def work(db: Connection) -> tuple[str, str]:
        row = db.execute(select(Claim.state, Claim.rung)).one()
        return str(row.state), str(row.rung)

    return await town.database.read(work)


async def climb(town: Town, **span: float) -> None:
    town.clock.advance(**span)
    await town.database.turn(lambda db: claims.climb(db, town.inbox.now()))
    await town.deliver()


async def test_one_tap_confirms(town: Town) -> None:
    principal = await head(town)
    phone = await newcomer(town)
    assert (
        await principal.say("11")
        == "Đã xác nhận Lò Thị Pâng, giáo viên mới trong danh sách trường."
    )
    await town.deliver()
    assert phone.last.text == (
        "Hiệu trưởng đã xác nhận: Lò Thị Pâng, Trường MN Hoa Cúc. Chỗ của thầy/cô ở L12 đã chắc"
        " chắn."
    )


async def test_a_refusal_frees_the_seat_and_says_whom_to_call(town: Town) -> None:
    principal = await head(town)

    def held(db: Connection) -> int:
        course = courses.numbered(db, 12)
        assert course
        return courses.held(db, [course.id])[course.id]

    before = await town.database.read(held)
    phone = await newcomer(town)
    assert await town.database.read(held) == before + 1
    asked = await principal.say("13")
    assert asked.startswith('"Lò Thị Pâng" không phải người của Trường MN Hoa Cúc, xã Tuy Đức?')
    assert await town.database.read(held) == before + 1
    assert "không xác nhận Lò Thị Pâng" in await principal.say("1")
    assert await town.database.read(held) == before
    await town.deliver()
    assert phone.last.text == (
        '"Lò Thị Pâng" không được xác nhận là người của Trường MN Hoa Cúc, nên chỗ đang giữ cho'
        " tên này đã trả lại. Nếu nhầm, xin gọi hiệu trưởng Nguyễn Thị Hoa."
    )
    assert await who(town, phone) is None


async def test_going_back_from_a_refusal_changes_nothing(town: Town) -> None:
    principal = await head(town)
    await newcomer(town)
    await principal.say("13")
    assert "1 Đúng" in await principal.say("0")
    assert await state(town) == ("open", "principal")
    assert "Đã xác nhận" in await principal.say("1")


async def test_an_unanswered_claim_climbs_to_the_commune_and_the_department(town: Town) -> None:
    await head(town)
    officer = await known(town, "Lê Văn Tình")
    so = await known(town, "Đinh Thị Thu Hằng")
    phone = await newcomer(town)
    assert not officer.said
    await climb(town, days=3)  # Tuesday, 24/11, is a public holiday
    assert "Hiệu trưởng chưa trả lời" in officer.last.text
    assert "cán bộ phụ trách xã Tuy Đức" in officer.last.text
    assert not so.said
    await climb(town, days=4)
    assert "Trợ lý hỏi Sở GDĐT" in so.last.text
    assert await state(town) == ("open", "department")
    assert await so.say("11") == "Đã xác nhận Lò Thị Pâng, Trường MN Hoa Cúc, xã Tuy Đức."
    await town.deliver()
    assert phone.last.text.startswith("Sở GDĐT đã xác nhận: Lò Thị Pâng")


async def test_an_officer_who_refuses_can_be_called(town: Town) -> None:
    officer = await known(town, "Lê Văn Tình")
    phone = await newcomer(town)
    await officer.say("13")
    await officer.say("1")
    await town.deliver()
    assert "Nếu nhầm, xin gọi Lê Văn Tình, cán bộ phụ trách xã Tuy Đức, 0900" in phone.last.text


async def test_the_second_to_answer_is_told_who_was_first(town: Town) -> None:
    principal = await head(town)
    officer = await known(town, "Lê Văn Tình")
    await newcomer(town)
    await climb(town, days=3)
    await officer.say("11")
    assert (await principal.say("13")).startswith(
        "Lê Văn Tình đã xác nhận Lò Thị Pâng: Thứ Năm, 26/11/2026"
    )
    assert (await state(town))[0] == "confirmed"


async def test_a_notice_that_is_settled_before_it_is_sent_is_not_sent(town: Town) -> None:
    principal = await head(town)
    await newcomer(town)
    officer = await known(town, "Lê Văn Tình")
    town.clock.advance(days=3)
    await town.database.turn(lambda db: claims.climb(db, town.inbox.now()))
    await principal.say("11")
    await town.deliver()
    assert not officer.said


@pytest.mark.parametrize(
    "action", ["vouch {0}", "vouch-name {0}", "deny {0}", "deny-yes {0}", "another {0}",
               "same {0} 2", "claim {0}", "vouch 99999", "vouch x"],
)  # fmt: skip
async def test_whoever_has_no_right_answers_nothing(town: Town, action: str) -> None:
    mai = await known(town, "H'Mai Byă")
    await newcomer(town)
    await mai.say("menu")
    said = await forged(town, mai, action.format(await claim_id(town)))
    refused = action == "vouch x" or "chỉ hiệu trưởng của trường hoặc cán bộ phụ trách" in said
    assert refused
    assert "\n" in said  # it leads on
    assert await state(town) == ("open", "department")


async def forged(town: Town, phone: Phone, action: str) -> str:
    """Press a choice that was smuggled onto the phone's current screen."""

    def smuggle(db: Connection) -> None:
        row = db.execute(
            select(Conversation.__table__)
            .join(Account, Account.id == Conversation.account_id)
            .where(Account.address == phone.address)
        ).one()
        answer = dict(row.answer)
        answer["choices"] = [{"digit": "1", "label": "x", "action": action}]
        db.execute(
            update(Conversation)
            .where(Conversation.account_id == row.account_id)
            .values(answer=answer, choices={"1": action})
        )

    await town.database.turn(smuggle)
    return await phone.say("1")


async def test_the_same_person_keeps_what_they_had(town: Town) -> None:
    principal = await head(town)
    old = await known(town, "Lê Thị Út")
    phone = await newcomer(town, "Lê Thị Út")
    assert await principal.say("11") == (
        "Trường đã có 1 Lê Thị Út, sinh 1990. Đây là ai?\n"
        "1 Chính là người sinh 1990\n"
        "2 Người khác, cùng tên\n"
        "0 Quay lại"
    )
    assert "đây chính là Lê Thị Út" in await principal.say("1")
    await town.deliver()
    assert "Chỗ của thầy/cô ở L12 đã chắc chắn" in phone.last.text
    assert "thêm một tài khoản" in old.last.text

    def seats(db: Connection) -> list[bool]:
        found = (
            select(Registration.provisional)
            .join(Person, Person.id == Registration.person_id)
            .where(Person.full_name == "Lê Thị Út")
        )
        return list(db.execute(found).scalars())

    assert False in await town.database.read(seats)
    assert True not in await town.database.read(seats)


async def test_a_wrong_correction_is_asked_again(town: Town) -> None:
    principal = await head(town)
    await newcomer(town, "lo thi pang")
    await principal.say("12")
    assert "Đây chưa phải họ tên" in await principal.say("123")
    assert await principal.say("Lò Thị Pâng") == (
        "Đã xác nhận Lò Thị Pâng, giáo viên mới trong danh sách trường."
    )


async def test_the_question_finds_the_principal_on_a_shared_phone(town: Town) -> None:
    principal = await head(town)
    await principal.say("77120465")
    await principal.say("1")
    assert await who(town, principal) == "Điểu Thị Nga"
    await newcomer(town, "lo thi pang")
    await principal.say("12")
    assert "Đã xác nhận Lò Thị Pâng" in await principal.say("Lò Thị Pâng")
    assert await who(town, principal) == "Điểu Thị Nga"


async def test_taking_the_role_brings_the_open_questions(town: Town) -> None:
    await newcomer(town)
    principal = await head(town)
    await town.deliver()
    assert 'ghi tên "Lò Thị Pâng"' in principal.last.text


async def test_the_next_who_waits_is_one_digit_away(town: Town) -> None:
    principal = await head(town)
    await newcomer(town)
    await newcomer(town, "Lò Thị Pâng Em")
    await newcomer(town, "Lò Thị Pâng Chị")

    assert "\n1 Người chờ xác nhận: 2" in await principal.say("11")
    assert "Lò Thị Pâng Em" in await principal.say("1")
    await principal.press("Không phải người của trường")
    assert "\n1 Người chờ xác nhận: 1" in await principal.press("Đúng, không xác nhận")
    await principal.say("1")
    assert "Người chờ" not in await principal.press("Đúng")
