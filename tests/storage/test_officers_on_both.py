"""What officers ask and decide, once through on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import (
    codes,
    conversations,
    courses,
    invitations,
    principals,
    profiles,
    questions,
    reports,
    sample,
    scopes,
    tries,
    work,
)
from storage.figures import names, rows, subjects
from storage.figures.counts import Bit
from storage.invitations import Outcome
from storage.models import Person, Question
from storage.statistics import View, Within
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


async def test_the_statements_of_the_officers_run_on_either_database(either: Database) -> None:
    def everything(db: Connection) -> None:
        sample.load(db, MONDAY)
        account = conversations.enter(db, "telegram", "9", language="vi", now=MONDAY).account_id
        tries.failed(db, account, MONDAY)
        result = invitations.claim(
            db, codes.digest("MOI-SGGT-2739"), account_id=account, person_id=None,
            name="Đinh Thị Thu Hằng", now=MONDAY,
        )  # fmt: skip
        assert result.outcome is Outcome.CLAIMED
        assert result.person_id
        scope = scopes.of(db, result.person_id, MONDAY.date())
        assert scope
        counts(db, scope)
        relays(db, account, result.person_id)

    await either.turn(everything)


def counts(db: Connection, scope: scopes.Scope) -> None:
    course = courses.numbered(db, 12)
    assert course
    here, topic = Within(View.SCHOOL, 1), subjects.of_course(db, course.id)
    assert topic
    assert rows.label(db, scope, here) == "Trường MN Hoa Cúc"
    assert names.count(db, scope, topic.id, Bit.EXPECTED, without=Bit.REGISTERED, within=here) > 5
    assert (work.claims(db, scope), work.questions(db, scope)) == ([], [])
    assert {filling.course.code for filling in work.coming(db, scope, MONDAY)} == {"L5", "L6"}
    assert principals.schools(db, scope.person_id, MONDAY.date()) == []
    assert principals.claims(db, [1]) == []
    assert principals.requests(db, []) == []


def relays(db: Connection, account: int, officer: int) -> None:
    course = courses.numbered(db, 10)
    teacher = db.execute(select(Person.id).where(Person.full_name == "H'Mai Byă")).scalar_one()
    assert course
    assert questions.ask(db, course, teacher, account, "khi nào?", MONDAY).names
    asked = questions.get(db, db.execute(select(Question.id)).scalar_one())
    assert asked
    done = questions.answer(db, asked, "Sẽ báo.", officer, MONDAY, share=True)
    assert done is questions.Outcome.ANSWERED
    who = conversations.who(db, teacher)
    told = reports.tell(db, account, "xin otp", message_id="1", person_id=teacher, now=MONDAY)
    assert told is reports.Outcome.TOLD
    assert profiles.correct(db, who, "sai tên", message_id="2", now=MONDAY)
    profiles.respond(db, who, "đã sửa", by=officer, message_id="3", now=MONDAY)
    assert profiles.kept(db, teacher).registrations == 0
    assert profiles.withdraw(db, who, MONDAY) == 0
