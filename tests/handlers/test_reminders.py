"""Reminders as people meet them: asked once in context, promised truthfully, said right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update

from storage import changes, consents, courses, reminders
from storage.models import (
    Account,
    Consent,
    ConsentPurpose,
    Course,
    Modality,
    Mode,
    Notice,
    NoticeState,
    Person,
    Registration,
    Remind,
    Session,
    Standing,
)
from tests.people import joins, known
from tests.talk import ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

EVE = datetime(2026, 12, 11, 19, 0, 1, tzinfo=ZONE)
QUESTION = (
    "Thầy/cô có muốn Trợ lý nhắc trước không?\n1 Nhắc tối hôm trước\n"
    "2 Nhắc trước 7 ngày và tối hôm trước\n3 Không cần"
)


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


async def seated(phone: Phone, code: str = "L12") -> str:
    await phone.say(f"dk {code}")
    return await phone.say("1")


async def tick(town: Town, now: datetime | None = None) -> None:
    if now:
        town.clock.now = now
    await town.database.turn(lambda db: reminders.owe_due(db, town.inbox.now()))
    await town.deliver()


async def wish(town: Town, name: str = "H'Mai Byă") -> tuple[Remind, int]:
    """What a person wants, and how many consents to reminders stand."""

    def work(db: Connection) -> tuple[Remind, int]:
        person_id, remind = db.execute(
            select(Person.id, Person.remind).where(Person.full_name == name)
        ).one()
        stands = select(func.count()).where(
            Consent.person_id == person_id,
            Consent.purpose == ConsentPurpose.REMINDERS,
            Consent.withdrawn_at.is_(None),
        )
        return remind, db.execute(stands).scalar_one()

    return await town.database.read(work)


async def test_the_question_follows_the_first_seat_and_the_answer_says_when(
    town: Town, mai: Phone
) -> None:
    assert (await seated(mai)).endswith(f"Không đi được thì nhắn: hủy L12\n{QUESTION}")
    assert await wish(town) == (Remind.UNASKED, 0)
    answer = await mai.say("1")
    assert answer == ("Vâng, Trợ lý sẽ nhắc lúc 19h00 Thứ Sáu 11/12. Cần việc khác, nhắn: menu")
    assert await wish(town) == (Remind.EVE, 1)

    def proof(db: Connection) -> tuple[str, str]:
        found = select(Consent.version, Consent.channel).where(
            Consent.purpose == ConsentPurpose.REMINDERS
        )
        version, channel = db.execute(found).one()
        return version, channel

    assert await town.database.read(proof) == (consents.VERSION, "telegram")


async def test_a_week_before_names_both_moments(town: Town, mai: Phone) -> None:
    await seated(mai)
    answer = await mai.say("2")
    assert "nhắc lúc 19h00 Thứ Bảy 05/12 và 19h00 Thứ Sáu 11/12." in answer
    # Later seats are promised without a question.
    later = await seated(mai, "L15")
    assert (
        "Trợ lý sẽ nhắc lúc 19h00 Thứ Bảy 12/12, 19h00 Thứ Sáu 18/12 và 7h00 Thứ Bảy 19/12."
        in later
    )
    assert "muốn Trợ lý nhắc" not in later


async def test_no_is_kept_and_nobody_is_asked_again(town: Town, mai: Phone) -> None:
    await seated(mai)
    assert "Trợ lý không nhắc." in await mai.say("3")
    assert await wish(town) == (Remind.NEVER, 0)
    assert "muốn Trợ lý nhắc" not in await seated(mai, "L15")


async def test_whoever_does_not_answer_is_asked_twice_at_most(town: Town, mai: Phone) -> None:
    assert QUESTION in await seated(mai)
    await mai.say("menu")
    assert QUESTION in await seated(mai, "L15")
    await mai.say("menu")
    await mai.say("huy L15")
    await mai.say("1")
    assert "muốn Trợ lý nhắc" not in await seated(mai, "L15")


async def test_assent_alone_is_no_consent(town: Town, mai: Phone) -> None:
    await seated(mai)
    await mai.say("dạ vâng")
    assert await wish(town) == (Remind.UNASKED, 0)


async def test_a_date_too_near_is_said(town: Town, mai: Phone) -> None:
    def open_(db: Connection) -> None:
        db.execute(update(Course).where(Course.number == 12).values(closes_at=None))

    await town.database.turn(open_)
    town.clock.now = EVE + timedelta(minutes=20)
    await seated(mai)
    answer = await mai.say("1")
    assert "L12 sắp bắt đầu, Thứ Bảy, 12/12/2026, 7h30, nên Trợ lý không nhắc nữa" in answer
    before = len(mai.said)
    await tick(town)
    assert len(mai.said) == before


async def test_the_setting_is_changed_by_a_word_and_off_withdraws(town: Town, mai: Phone) -> None:
    assert "chưa nhắc H'Mai Byă" in await mai.say("nhắc")
    assert "từ nay Trợ lý nhắc lúc 19h00" in await mai.say("1")
    assert await wish(town) == (Remind.EVE, 1)
    assert "đang nhắc H'Mai Byă lúc 19h00" in await mai.say("/nhac")
    assert "Cả trước giờ bắt đầu 2 giờ, nếu không phải ban đêm" in mai.last.text
    assert "Trước giờ bắt đầu 2 giờ thì không nhắc" in await mai.press("Không nhắc trước 2 giờ")
    assert "buổi trực tuyến vẫn gửi đường dẫn trước 1 giờ" in mai.last.text
    assert "Cả trước giờ" in await mai.press("Nhắc cả trước 2 giờ")
    assert "Trợ lý không nhắc." in await mai.say("3")
    assert await wish(town) == (Remind.NEVER, 0)
    assert "chưa nhắc" in await mai.say("tắt nhắc")


async def test_an_old_or_forged_press_changes_nothing(town: Town, mai: Phone) -> None:
    await seated(mai)
    old = mai.last
    await mai.say("menu")
    assert "chưa nhắc" in await mai.press("1", old)
    for data in (
        "remind-day",
        "remind-day x",
        "remind-deadlines x",
        "attend 999999",
        "miss x",
        "remind unasked",
        "remind x",
        "remind eve x",
        "remind eve 999999",
        "remind",
    ):
        assert await mai.press_data(f"s1|{data}") != ""
    assert await wish(town) == (Remind.UNASKED, 0)


async def test_the_evening_before(town: Town, mai: Phone) -> None:
    def settle(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        arrive = datetime(2026, 12, 12, 7, 0, tzinfo=ZONE)
        db.execute(update(Session).where(Session.course_id == course.id).values(arrive_at=arrive))

    await town.database.turn(settle)
    await seated(mai)
    await mai.say("1")
    await tick(town, EVE)
    assert mai.last.written() == (
        "Ngày mai, Thứ Bảy, 12/12/2026, 7h30: L12 Sơ cứu, Hội trường UBND xã Tuy Đức. "
        "Có mặt từ 7h00, mang giấy bút.\n11 Tôi sẽ đi\n12 Không đi được\n13 Đường đi"
    )
    said = len(mai.said)
    await tick(town)
    assert len(mai.said) == said
    assert "Đã ghi: H'Mai Byă dự L12" in await mai.say("11")
    assert "Trả lại chỗ của H'Mai Byă ở L12" in await mai.say("12")
    assert "Hội trường UBND xã Tuy Đức" in await mai.say("13")


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-12-11 19:00", "Ngày mai, Thứ Bảy"),
        ("2026-12-11 20:59", "Ngày mai, Thứ Bảy"),
        ("2026-12-12 06:00", "Hôm nay, Thứ Bảy"),
    ],
)
async def test_the_day_is_worded_when_it_is_said(
    town: Town, mai: Phone, now: str, opening: str
) -> None:
    await seated(mai)
    await mai.say("1")
    await town.database.turn(lambda db: reminders.owe_due(db, EVE))
    town.clock.now = datetime.fromisoformat(now).replace(tzinfo=ZONE) + timedelta(seconds=5)
    await town.deliver()
    assert mai.last.text.startswith(opening)


async def test_a_week_before_is_worded(town: Town, mai: Phone) -> None:
    await seated(mai)
    await mai.say("2")
    await tick(town, datetime(2026, 12, 5, 19, 0, 1, tzinfo=ZONE))
    assert mai.last.text.startswith("Còn 7 ngày nữa, Thứ Bảy, 12/12/2026, 7h30: L12")


async def test_what_is_no_longer_true_is_not_said(town: Town, mai: Phone) -> None:
    await seated(mai)
    await mai.say("1")
    await town.database.turn(lambda db: reminders.owe_due(db, EVE))

    def cancel(db: Connection) -> None:
        course = courses.numbered(db, 12)
        assert course
        changes.cancel(db, course.id, "bão", EVE)

    await town.database.turn(cancel)
    town.clock.now = EVE
    await town.deliver()
    assert not any("Ngày mai" in reply.text for reply in mai.said)

    def ends(db: Connection) -> tuple[NoticeState, str]:
        found = select(Notice.state, Notice.reason).where(Notice.kind == reminders.KIND)
        state, reason = db.execute(found).one()
        return state, reason

    assert await town.database.read(ends) == (NoticeState.SKIPPED, "no longer true")


async def test_two_on_one_evening_are_one_message_and_names_are_said_on_a_shared_phone(
    town: Town, mai: Phone
) -> None:
    await joins(town, mai, "Điểu Thị Nga")

    def prepare(db: Connection) -> None:
        """Mai has seats in two courses of one day; Nga has one."""
        ids = dict(
            db.execute(
                select(Person.full_name, Person.id)
                .where(Person.full_name.in_(("H'Mai Byă", "Điểu Thị Nga")))
                .order_by(Person.id.desc())
            ).all()
        )
        account_id = db.execute(
            select(Account.id).where(Account.address == mai.address)
        ).scalar_one()
        numbers = dict(db.execute(select(Course.number, Course.id)).all())
        for name, number in (("H'Mai Byă", 12), ("H'Mai Byă", 13), ("Điểu Thị Nga", 12)):
            db.execute(
                insert(Registration).values(
                    course_id=numbers[number], person_id=ids[name], standing=Standing.SEATED,
                    turn=99, provisional=False, changed_at=town.inbox.now(),
                )
            )  # fmt: skip
        for person_id in ids.values():
            reminders.choose(
                db, person_id, Remind.EVE, town.inbox.now(), account_id=account_id,
                channel="telegram",
            )  # fmt: skip

    await town.database.turn(prepare)
    before = len(mai.said)
    await tick(town, EVE)
    said = sorted(reply.text for reply in mai.said[before:])
    assert len(said) == 2
    nga, both = said if said[0].startswith("Nhắc Đ") else said[::-1]
    assert nga.startswith("Nhắc Điểu Thị Nga: ngày mai, Thứ Bảy, 12/12/2026, 7h30: L12")
    assert both.startswith("Nhắc lịch tập huấn của H'Mai Byă:\nL12 Sơ cứu: Thứ Bảy, 12/12/2026")
    assert "\nL13 " in both
    assert len(both) <= 300


def change(number: int = 12, **values: Any) -> Any:
    """Write these values into the first session of a course."""

    def work(db: Connection) -> None:
        course = courses.numbered(db, number)
        assert course
        db.execute(update(Session).where(Session.course_id == course.id).values(**values))

    return work


def standing(state: Standing) -> Any:
    def work(db: Connection) -> None:
        mine = select(Person.id).where(Person.full_name == "H'Mai Byă")
        db.execute(
            update(Registration).where(Registration.person_id.in_(mine)).values(standing=state)
        )

    return work


async def stands(town: Town) -> Standing:
    """How H'Mai stands in L12."""

    def work(db: Connection) -> Standing:
        found = (
            select(Registration.standing)
            .join(Course, Course.id == Registration.course_id)
            .join(Person, Person.id == Registration.person_id)
            .where(Course.number == 12, Person.full_name == "H'Mai Byă")
        )
        return db.execute(found).scalar_one()

    return await town.database.read(work)


NOON = datetime(2026, 12, 12, 13, 30, tzinfo=ZONE)


async def test_an_afternoon_is_promised_and_said_two_hours_before_as_well(
    town: Town, mai: Phone
) -> None:
    await town.database.turn(change(starts_at=NOON, ends_at=NOON + timedelta(hours=3)))
    await seated(mai)
    assert await mai.say("2") == (
        "Vâng, Trợ lý sẽ nhắc lúc 19h00 Thứ Bảy 05/12, 19h00 Thứ Sáu 11/12 và 11h30 Thứ Bảy 12/12."
        " Cần việc khác, nhắn: menu"
    )
    await tick(town, EVE)
    assert mai.last.text.startswith("Ngày mai, Thứ Bảy, 12/12/2026, 13h30: L12")
    await tick(town, NOON - timedelta(hours=2))
    assert mai.last.text.startswith("Hôm nay, Thứ Bảy, 12/12/2026, 13h30: L12")
    said = len(mai.said)
    await tick(town, NOON - timedelta(hours=1))
    assert len(mai.said) == said


async def test_the_link_is_said_an_hour_before_and_not_earlier(town: Town, mai: Phone) -> None:
    link = "https://hop.example/l12"

    def online(db: Connection) -> None:
        change(starts_at=NOON, ends_at=None, link=link)(db)
        db.execute(update(Course).where(Course.number == 12).values(modality=Modality.ONLINE))

    await town.database.turn(online)
    await seated(mai)
    assert "19h00 Thứ Sáu 11/12 và 12h30 Thứ Bảy 12/12." in await mai.say("1")
    await tick(town, EVE)
    assert link not in mai.last.text
    said = len(mai.said)
    await tick(town, NOON - timedelta(hours=2))
    assert len(mai.said) == said
    await tick(town, NOON - timedelta(hours=1))
    assert f"13h30: L12 Sơ cứu, trực tuyến.\nVào buổi tập huấn tại: {link}" in mai.last.text
    choices = [one.label for one in mai.last.choices]
    assert choices == ["Tôi sẽ đi", "Không đi được", "Hỏi người phụ trách"]


async def test_whoever_was_sent_is_asked_and_says_why_not(town: Town, mai: Phone) -> None:
    await seated(mai)
    await mai.say("1")

    def sent(db: Connection) -> None:
        standing(Standing.NOMINATED)(db)
        db.execute(update(Course).where(Course.number == 12).values(mode=Mode.NOMINATED))

    await town.database.turn(sent)
    await tick(town, EVE)
    assert "H'Mai Byă đi được không ạ?\n11 Đi được\n12 Không đi được" in mai.last.written()
    assert "2 Ốm" in await mai.say("12")
    await mai.say("2")
    assert await stands(town) is Standing.EXCUSED
    await town.database.turn(standing(Standing.NOMINATED))
    await mai.say("11")
    assert await stands(town) is Standing.SEATED


async def test_whoever_waits_for_agreement_is_told_so(town: Town, mai: Phone) -> None:
    await seated(mai)
    await mai.say("1")
    await town.database.turn(standing(Standing.ASKED))
    await tick(town, EVE)
    assert "Việc thầy/cô đi chưa được đồng ý." in mai.last.text
    await mai.say("11")
    assert await stands(town) is Standing.ASKED


@pytest.mark.parametrize("digits", ["11", "12"])
async def test_an_answer_that_comes_too_late_is_said_to(
    town: Town, mai: Phone, digits: str
) -> None:
    await seated(mai)
    await mai.say("1")
    await tick(town, EVE)
    town.clock.now = EVE + timedelta(hours=13)
    assert "L12 đã bắt đầu nên câu trả lời này không thay đổi gì nữa" in await mai.say(digits)
    town.clock.now = EVE + timedelta(hours=30)
    assert "L12 đã kết thúc" in await mai.say(digits)


@pytest.mark.parametrize("digits", ["11", "12"])
async def test_an_answer_about_a_seat_that_was_given_up_changes_nothing(
    town: Town, mai: Phone, digits: str
) -> None:
    await seated(mai)
    await mai.say("1")
    await tick(town, EVE)
    await mai.say("huy L12")
    await mai.say("1")
    assert "H'Mai Byă chưa đăng ký L12. Chưa có gì thay đổi." in await mai.say(digits)


@pytest.mark.parametrize(
    ("digits", "words"),
    [("11", "hẹn gặp thầy/cô ở L9, Thứ Bảy, 19/12/2026, 7h30"),
     ("12", "Xin báo người phụ trách là H'Mai Byă không đi được buổi Thứ Bảy, 19/12/2026, 7h30")],
)  # fmt: skip
async def test_a_later_session_is_answered_about(
    town: Town, mai: Phone, digits: str, words: str
) -> None:
    first = datetime(2026, 12, 12, 7, 30, tzinfo=ZONE)

    def two(db: Connection) -> None:
        course = courses.numbered(db, 9)
        assert course
        person_id, account_id = db.execute(
            select(Person.id, Account.id)
            .join(Account, Account.address == mai.address)
            .where(Person.full_name == "H'Mai Byă")
        ).one()
        for number, days in ((1, 0), (2, 7)):
            db.execute(
                update(Session)
                .where(Session.course_id == course.id, Session.number == number)
                .values(starts_at=first + timedelta(days=days), ends_at=None)
            )
        db.execute(
            insert(Registration).values(
                course_id=course.id, person_id=person_id, standing=Standing.SEATED, turn=99,
                provisional=False, changed_at=town.inbox.now(),
            )
        )  # fmt: skip
        reminders.choose(db, person_id, Remind.EVE, town.inbox.now(), account_id=account_id,
                         channel="telegram")  # fmt: skip

    await town.database.turn(two)
    await tick(town, EVE + timedelta(days=7))
    assert mai.last.text.startswith("Ngày mai, Thứ Bảy, 19/12/2026, 7h30: L9")
    assert words in await mai.say(digits)
