"""Questions relayed to whoever is in charge, and their answers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import conversations, courses, questions
from storage.masking import MASK, masked
from storage.models import (
    Account,
    AccountPerson,
    AuditEntry,
    Course,
    Notice,
    NoticeState,
    Person,
    Question,
)
from storage.questions import LONGEST, MOST_OPEN, Outcome
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Training
    from storage.database import Database

CONTACT, COMMUNE, SO = "Lê Văn Tình", "Lê Văn Tình", "Đinh Thị Thu Hằng"


def person(db: Connection, name: str) -> int:
    return db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()


def on(db: Connection, name: str) -> int:
    """Give somebody a phone; returns the account."""
    talk = conversations.enter(db, "telegram", f"of {name}", language="vi", now=MONDAY)
    db.execute(
        insert(AccountPerson).values(
            account_id=talk.account_id, person_id=person(db, name), since=MONDAY
        )
    )
    return talk.account_id


def training(db: Connection, number: int = 12) -> Training:
    course = courses.numbered(db, number)
    assert course
    return course


def ask(db: Connection, text: str = "co cho gui con nho ko") -> questions.Relayed:
    account = db.execute(select(Account.id).order_by(Account.id)).scalars().first() or 0
    return questions.ask(db, training(db), person(db, "H'Mai Byă"), account, text, MONDAY)


def inquiry(db: Connection) -> questions.Inquiry:
    newest = db.execute(select(Question.id).order_by(Question.id.desc()).limit(1)).scalar_one()
    found = questions.get(db, newest)
    assert found
    return found


async def test_the_contact_is_asked_where_reachable(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        on(db, SO)

        assert ask(db) == questions.Relayed(Outcome.ASKED, (CONTACT,))

    await province.turn(work)


async def test_then_the_commune_then_the_department(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        officer = person(db, COMMUNE)
        # The contact is a teacher without a phone here; the commune's officer is somebody else.
        db.execute(update(Course).values(contact_id=person(db, "Lê Thị Út")))
        on(db, SO)
        assert questions.recipients(db, training(db), MONDAY) == [person(db, SO)]
        account = on(db, COMMUNE)
        assert questions.recipients(db, training(db), MONDAY) == [officer]
        db.execute(update(Account).where(Account.id == account).values(reachable=False))
        assert questions.recipients(db, training(db), MONDAY) == [person(db, SO)]

    await province.turn(work)


async def test_where_nobody_can_be_reached_nothing_is_kept(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")

        assert ask(db).outcome is Outcome.NOBODY
        assert db.execute(select(Question.id)).all() == []

    await province.turn(work)


async def test_an_answer_goes_back_once_and_settles_the_question(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        ask(db)
        mine, by = inquiry(db), person(db, CONTACT)

        first = questions.answer(db, mine, "Có.", by, MONDAY, share=False)
        second = questions.answer(db, mine, "Không.", by, MONDAY, share=True)

        assert (first, second) == (Outcome.ANSWERED, Outcome.ALREADY)
        assert (inquiry(db).answer, inquiry(db).answered_by) == ("Có.", CONTACT)
        owed = db.execute(select(Notice.kind, Notice.state, Notice.person_id)).all()
        assert sorted(map(tuple, owed)) == [
            ("answer", NoticeState.OWED, mine.asker_id), ("question", NoticeState.SKIPPED, by),
        ]  # fmt: skip
        assert questions.needs(training(db)) == [], "a late answer must not be shared"

    await province.turn(work)


async def test_the_log_holds_ids_and_no_words(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        ask(db, "cau hoi rieng")
        questions.answer(db, inquiry(db), "tra loi rieng", person(db, CONTACT), MONDAY, share=True)

        rows = db.execute(select(AuditEntry.__table__)).all()
        assert [row.action for row in rows] == ["asked", "answered"]
        assert all(isinstance(value, int) for row in rows for value in row.detail.values())

    await province.turn(work)


async def test_a_shared_answer_joins_what_the_course_tells(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        before = training(db).note
        for words in ("Có chỗ\ngửi con.", "Có nước uống."):
            ask(db)
            questions.answer(db, inquiry(db), words, person(db, CONTACT), MONDAY, share=True)

        assert questions.needs(training(db)) == ["Có chỗ gửi con.", "Có nước uống."]
        assert training(db).note.split("\n")[0] == before

    await province.turn(work)


async def test_only_so_many_questions_of_one_person_wait_at_once(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        outcomes = [ask(db).outcome for _ in range(MOST_OPEN + 1)]
        assert outcomes == [Outcome.ASKED] * MOST_OPEN + [Outcome.TOO_MANY]
        questions.answer(db, inquiry(db), "Có.", person(db, CONTACT), MONDAY, share=False)
        assert ask(db).outcome is Outcome.ASKED

    await province.turn(work)


async def test_the_contact_and_covering_officers_may_answer_nobody_else(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        ask(db)
        mine, today = inquiry(db), MONDAY.date()
        may = {
            name: questions.may_answer(db, mine, person(db, name), today)
            for name in (CONTACT, SO, "Lê Thị Út", "H'Mai Byă")
        }
        assert may == {CONTACT: True, SO: True, "Lê Thị Út": False, "H'Mai Byă": False}
        before = today - timedelta(days=9999)
        assert not questions.may_answer(db, mine, person(db, SO), before)

    await province.turn(work)


async def test_long_numbers_are_never_kept(province: Database) -> None:
    def work(db: Connection) -> None:
        on(db, "H'Mai Byă")
        on(db, CONTACT)
        ask(db, "CCCD 067093001234, goi 0912 345 678")
        assert inquiry(db).text == f"CCCD {MASK}, goi 0912 345 678"
        ask(db, "dai " * LONGEST)
        assert len(inquiry(db).text) == LONGEST

    await province.turn(work)


def test_what_is_masked_and_what_is_not() -> None:
    kept = (
        "L12 ngày 12/12/2026, 7h30", "gọi 0912345678", "+84 912 345 678", "0261 123 4567",
        "200.000.000 đồng", "mã 4827 1093", "15.12.2026 7h30",
    )  # fmt: skip
    gone = ("067093001234", "067 093 001 234", "1903 5678 9012", "9704123412341234567")

    assert [masked(text) for text in kept] == list(kept)
    assert [masked(text) for text in gone] == [MASK] * len(gone)
    assert masked("STK 0123456789 ngân hàng") == f"STK {MASK} ngân hàng"
