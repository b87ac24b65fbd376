"""Who may change a school's list, what ends with a change, and what comes back with its undoing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from storage import (
    claims,
    conversations,
    courses,
    personal_codes,
    places,
    principals,
    registrations,
    requests,
    roles,
    second_chances,
    staff_list,
    staff_moves,
    staffing,
)
from storage.models import (
    Course,
    Mode,
    Notice,
    Person,
    Role,
    RoleKind,
    Session,
    Source,
    Standing,
)
from storage.registrations import Outcome
from storage.staffing import AddOutcome
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

NANG_MAI, HOA_CUC = 3, 1
YESTERDAY = MONDAY.date() - timedelta(days=1)
HEAD, OTHER_HEAD = "Phạm Thị Bích", "Nguyễn Thị Hoa"
LOAN = "Võ Thị Loan"


def person(db: Connection, name: str) -> int:
    found = select(Person.id).where(Person.full_name == name).order_by(Person.id)
    return db.execute(found).scalars().first() or 0


def head(db: Connection, name: str = HEAD, school_id: int = NANG_MAI) -> int:
    person_id = person(db, name)
    roles.grant(db, person_id, RoleKind.PRINCIPAL, MONDAY.date(), school_id=school_id)
    return person_id


def seat(db: Connection, name: str, number: int) -> Standing:
    course = courses.numbered(db, number)
    assert course
    asked = registrations.register(
        db, course.id, conversations.who(db, person(db, name)), MONDAY, agreed=True
    )
    assert asked.place
    return asked.place.standing


def standing(db: Connection, name: str, number: int) -> Standing | None:
    course = courses.numbered(db, number)
    place = places.find(db, course.id, person(db, name)) if course else None
    return place.standing if place else None


async def test_only_the_own_principal_and_officers_of_the_area_keep_a_list(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        loan = person(db, LOAN)
        head(db, OTHER_HEAD, HOA_CUC)
        for stranger in ("Trần Thị Nhàn", OTHER_HEAD, "Lê Văn Tình"):
            with pytest.raises(PermissionError):
                staffing.left(db, person(db, stranger), loan, MONDAY)
        with pytest.raises(PermissionError):
            staffing.left(db, head(db), head(db), MONDAY)  # nobody writes about themselves
        assert staffing.left(db, person(db, "Phan Quốc Khánh"), loan, MONDAY).full_name == LOAN

    await province.turn(work)


async def test_leaving_ends_what_has_not_begun_and_undoing_brings_it_back(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich, loan = head(db), person(db, LOAN)
        assert seat(db, LOAN, 15) is Standing.SEATED
        assert staffing.would_end(db, loan, MONDAY, until=None, leave=False) == ("L15",)
        done = staffing.left(db, bich, loan, MONDAY)
        assert done.codes == ("L15",)
        assert standing(db, LOAN, 15) is Standing.GIVEN_UP
        assert not roles.works(db, loan, MONDAY.date())
        back = staffing.restore(db, bich, done.id, MONDAY + timedelta(days=6))
        assert back
        assert [(one.code, one.asked.outcome) for one in back[1]] == [("L15", Outcome.SEATED)]
        assert roles.works(db, loan, MONDAY.date())
        assert staffing.restore(db, bich, done.id, MONDAY) is None, "once is enough"

    await province.turn(work)


async def test_a_seat_that_was_taken_meanwhile_becomes_a_turn_in_the_queue(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich, loan = head(db), person(db, LOAN)
        seat(db, LOAN, 15)
        done = staffing.left(db, bich, loan, MONDAY)
        db.execute(update(Course).where(Course.number == 15).values(seats=1))
        back = staffing.restore(db, bich, done.id, MONDAY)
        assert back
        assert back[1][0].asked.outcome is Outcome.WAITING

    await province.turn(work)


async def test_nobody_takes_back_what_was_written_about_themselves(province: Database) -> None:
    def work(db: Connection) -> None:
        bich, nhan = head(db), head(db, "Trần Thị Nhàn")
        away = staffing.on_leave(db, nhan, bich, MONDAY, until=None)
        assert staffing.one(db, bich, away.id, MONDAY) is None
        assert staffing.recent(db, bich, NANG_MAI, MONDAY) == []
        with pytest.raises(PermissionError):
            staffing.restore(db, bich, away.id, MONDAY)
        assert [one.id for one in staffing.recent(db, nhan, None, MONDAY)] == [away.id]
        db.execute(update(Role).where(Role.person_id == nhan).values(valid_to=YESTERDAY))
        assert staffing.recent(db, nhan, None, MONDAY) == [], "they have lost the right since"

    await province.turn(work)


async def test_a_right_that_was_taken_away_meanwhile_does_not_come_back(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich, khanh = head(db), person(db, "Phan Quốc Khánh")
        for taken, back in ((False, True), (True, False)):
            done = staff_moves.move(db, bich, HOA_CUC, by_id=khanh, now=MONDAY)
            assert not principals.schools(db, bich, MONDAY.date())
            if taken:
                long_ago = MONDAY.date() - timedelta(days=30)
                db.execute(update(Role).where(Role.person_id == bich).values(valid_to=long_ago))
            assert staff_moves.take_back(db, done.id, khanh, MONDAY)
            assert (NANG_MAI in principals.schools(db, bich, MONDAY.date())) is back

    await province.turn(work)


async def test_nothing_is_restored_after_seven_days_or_after_another_change(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich, loan = head(db), person(db, LOAN)
        done = staffing.left(db, bich, loan, MONDAY)
        late = MONDAY + timedelta(days=7)
        assert staffing.restore(db, bich, done.id, late) is None
        assert staffing.recent(db, bich, NANG_MAI, late) == []
        db.execute(update(Person).where(Person.id == loan).values(school_id=HOA_CUC))
        assert staffing.restore(db, bich, done.id, MONDAY) is None

    await province.turn(work)


async def test_a_long_leave_ends_only_what_lies_within_it(province: Database) -> None:
    def work(db: Connection) -> None:
        bich, loan = head(db), person(db, LOAN)
        for number, days in ((12, 19), (15, 60)):
            course = select(Course.id).where(Course.number == number).scalar_subquery()
            start = MONDAY + timedelta(days=days)
            db.execute(update(Session).where(Session.course_id == course).values(
                starts_at=start, ends_at=start + timedelta(hours=3),
                first_day=start.date(), last_day=start.date(),
            ))  # fmt: skip
            seat(db, LOAN, number)
        until = MONDAY.date() + timedelta(days=30)
        assert staffing.on_leave(db, bich, loan, MONDAY, until=until).codes == ("L12",)
        assert standing(db, LOAN, 15) is Standing.SEATED
        assert [one.away for one in staff_list.of(db, NANG_MAI, until) if one.id == loan] == [True]
        staffing.returned(db, bich, loan, MONDAY + timedelta(days=3))
        later = MONDAY.date() + timedelta(days=3)
        assert not any(one.away for one in staff_list.of(db, NANG_MAI, later))

    await province.turn(work)


async def test_equal_names_need_a_year_and_the_same_person_is_not_added_twice(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich = head(db)
        first = staffing.added(db, bich, NANG_MAI, LOAN, MONDAY)
        assert first.outcome is AddOutcome.SAME_NAME
        same = staffing.added(db, bich, NANG_MAI, LOAN, MONDAY, birth_year=1994)
        assert (same.outcome, same.person_id) == (AddOutcome.THERE, person(db, LOAN))
        new = staffing.added(db, bich, NANG_MAI, LOAN, MONDAY, birth_year=2001)
        assert new.outcome is AddOutcome.ADDED
        assert personal_codes.owner(db, new.code, MONDAY.date()) == new.person_id
        assert new.person_id
        code = staffing.new_code(db, bich, new.person_id, MONDAY)
        assert code
        assert personal_codes.owner(db, code, MONDAY.date()) == new.person_id
        assert personal_codes.owner(db, new.code, MONDAY.date()) is None, "the old one is dead"

    await province.turn(work)


async def test_a_move_waits_for_the_new_school_and_takes_everything_along(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        bich, hoa, loan = head(db), head(db, OTHER_HEAD, HOA_CUC), person(db, LOAN)
        account = conversations.enter(db, "telegram", "1", language="vi", now=MONDAY).account_id
        seat(db, LOAN, 15)
        moved = staffing.moved(db, bich, loan, HOA_CUC, MONDAY, account)
        assert moved.change is None
        assert moved.claim
        assert conversations.who(db, loan).school_id == NANG_MAI
        assert claims.right(db, moved.claim, hoa, MONDAY) is not None
        assert claims.right(db, moved.claim, bich, MONDAY) is None
        # Whoever keeps both lists writes it at once.
        officer = person(db, "Phan Quốc Khánh")
        done = staffing.moved(db, officer, loan, HOA_CUC, MONDAY, account).change
        assert done
        who = db.execute(select(Person.school_id, Person.source).where(Person.id == loan)).one()
        assert who == (HOA_CUC, Source.PRINCIPAL)
        assert standing(db, LOAN, 15) is Standing.SEATED
        assert staffing.restore(db, bich, done.id, MONDAY)
        assert conversations.who(db, loan).school_id == NANG_MAI

    await province.turn(work)


async def test_who_had_to_stay_is_invited_once_to_the_same_content(province: Database) -> None:
    def work(db: Connection) -> None:
        bich, nhan = head(db), person(db, "Trần Thị Nhàn")
        row = db.execute(select(Course.__table__).where(Course.number == 12)).mappings().one()
        db.execute(update(Course).where(Course.number == 12).values(mode=Mode.PRINCIPAL))
        who = conversations.who(db, nhan)
        place = registrations.register(db, row["id"], who, MONDAY).place
        assert place
        assert [one.id for one in requests.group(db, place)] == [place.id] or place.asked_rung
        assert registrations.refuse(db, place.id, bich, MONDAY, later=True)
        assert second_chances.due(db, MONDAY) == [], "there is no other course yet"
        new = db.execute(
            insert(Course).values({**row, "id": 900, "number": 900}).returning(Course.id)
        ).scalar_one()
        held = db.execute(select(Session.__table__).where(Session.course_id == row["id"]))
        session = held.mappings().first()
        assert session
        later = MONDAY + timedelta(days=40)
        db.execute(insert(Session).values({**session, "id": 9000, "course_id": new,
                                           "starts_at": later, "ends_at": later}))  # fmt: skip
        db.execute(update(Course).where(Course.id == new).values(closes_at=None))
        second_chances.owe(db, second_chances.due(db, MONDAY), MONDAY)
        assert second_chances.due(db, MONDAY) == []
        told = select(Notice.person_id).where(Notice.kind == second_chances.KIND)
        assert db.execute(told).scalars().all() == [nhan]

    await province.turn(work)
