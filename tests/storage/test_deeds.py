"""Nobody gets through to a deed, or is told, without the right: each function looks itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import (
    attendance,
    claims,
    conversations,
    courses,
    profiles,
    proposals,
    questions,
    registrations,
    results,
    school_picks,
    session_codes,
    sheet_lines,
    staffing,
    verdicts,
    walk_ins,
)
from storage.completion_rules import Outcome
from storage.figures import own_school, subjects, unmet
from storage.figures.reasons import REASONS
from storage.models import (
    AccountPerson,
    AuditEntry,
    ClaimKind,
    Mark,
    Person,
    Question,
    Registration,
    SchoolCall,
    Standing,
    WalkIn,
    WalkInState,
)
from storage.verdicts import Verdict
from tests.deeds import VERBS
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()


def officer(db: Connection, name: str) -> int:
    return db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()


async def test_nobody_without_the_right_gets_through_to_a_deed(province: Database) -> None:
    def work_(db: Connection) -> None:
        teacher, other = officer(db, "H'Mai Byă"), officer(db, "Lê Thị Út")
        account = conversations.enter(db, "telegram", "1", language="vi", now=MONDAY).account_id
        claim = claims.begin(db, ClaimKind.PHONE, account, other, MONDAY)
        tinh = officer(db, "Lê Văn Tình")
        db.execute(insert(AccountPerson).values(account_id=account, person_id=tinh, since=MONDAY))
        course = courses.numbered(db, 12)
        assert course
        questions.ask(db, course, other, account, "khi nào?", MONDAY)
        asked = questions.get(db, db.execute(select(Question.id)).scalar_one())
        assert asked
        place = db.execute(
            insert(Registration)
            .values(
                course_id=course.id, person_id=other, standing=Standing.ASKED, turn=99,
                provisional=False, changed_at=MONDAY,
            )
            .returning(Registration.id)
        ).scalar_one()  # fmt: skip
        hers, away = officer(db, "Trần Thị Nhàn"), officer(db, "Võ Thị Loan")
        change = staffing.left(db, officer(db, "Phan Quốc Khánh"), away, MONDAY)
        who = conversations.who(db, other)
        excused = excused_colleague(db, course.id, other)
        db.execute(insert(SchoolCall).values(
            course_id=course.id, school_id=who.school_id, seats=2, at=MONDAY
        ))  # fmt: skip
        left = left_today(db)
        session = course.sessions[0].id
        topic = subjects.of_course(db, course.id)
        hers_at = conversations.who(db, hers).school_id
        assert topic
        assert hers_at
        came = db.execute(
            insert(WalkIn)
            .values(session_id=session, person_id=other, state=WalkInState.ASKED, at=MONDAY)
            .returning(WalkIn.id)
        ).scalar_one()
        for stranger in (teacher, other, left):
            deeds: dict[str, Callable[[int], object]] = {
                "attendance.close": lambda by: attendance.close(db, session, by, MONDAY),
                "attendance.mark": lambda by: attendance.mark(
                    db, session, {other: Mark.PRESENT}, by, MONDAY
                ),
                "attendance.roll": lambda by: attendance.roll(db, session, by, MONDAY),
                "figures.own_school.count": lambda by: own_school.count(
                    db, by, hers_at, topic.id, MONDAY
                ),
                "figures.own_school.counted_in": lambda by: own_school.counted_in(db, by, MONDAY),
                "figures.own_school.declared": lambda by: own_school.declared(
                    db, by, hers_at, topic.id, MONDAY
                ),
                "figures.own_school.people": lambda by: own_school.people(
                    db, by, hers_at, topic.id, MONDAY
                ),
                "figures.unmet.at_school": lambda by: unmet.at_school(db, by, topic, MONDAY),
                "figures.unmet.colleagues": lambda by: unmet.colleagues(
                    db, by, topic, REASONS, MONDAY
                ),
                "figures.unmet.nearest_at_school": lambda by: unmet.nearest_at_school(
                    db, by, MONDAY
                ),
                "profiles.respond": lambda by: profiles.respond(
                    db, who, "xong", by=by, message_id="1", now=MONDAY
                ),
                "proposals.propose": lambda by: proposals.propose(db, excused, teacher, by, MONDAY),
                "questions.answer": lambda by: questions.answer(
                    db, asked, "xong", by, MONDAY, share=True
                ),
                "registrations.agree": lambda by: registrations.agree(db, place, by, MONDAY),
                "registrations.refuse": lambda by: registrations.refuse(db, place, by, MONDAY),
                "results.participants": lambda by: results.participants(db, by, course.id, MONDAY),
                "results.record": lambda by: results.record(
                    db, by, course.id, {other: Outcome(passed=True)}, MONDAY
                ),
                "school_picks.pick": lambda by: school_picks.pick(
                    db, course.id, teacher, by, MONDAY
                ),
                "session_codes.change": lambda by: session_codes.change(
                    db, session, by, MONDAY, changing=True
                ),
                "session_codes.start": lambda by: session_codes.start(db, session, by, MONDAY),
                "sheet_lines.give": lambda by: sheet_lines.give(db, session, by, MONDAY),
                "sheet_lines.of": lambda by: sheet_lines.of(db, session, by, MONDAY),
                "staffing.added": lambda by: staffing.added(db, by, 3, "Lê Thị Hai", MONDAY),
                "staffing.left": lambda by: staffing.left(db, by, hers, MONDAY),
                "staffing.moved": lambda by: staffing.moved(db, by, hers, 1, MONDAY, account),
                "staffing.new_code": lambda by: staffing.new_code(db, by, hers, MONDAY),
                "staffing.on_leave": lambda by: staffing.on_leave(db, by, hers, MONDAY, until=None),
                "staffing.one": lambda by: staffing.one(db, by, change.id, MONDAY),
                "staffing.recent": lambda by: staffing.recent(db, by, 3, MONDAY),
                "staffing.restore": lambda by: staffing.restore(db, by, change.id, MONDAY),
                "staffing.returned": lambda by: staffing.returned(db, by, hers, MONDAY),
                "verdicts.confirm": lambda by: verdicts.confirm(db, claim.id, by, MONDAY),
                "verdicts.look": lambda by: verdicts.look(db, claim.id, by, MONDAY),
                "verdicts.refuse": lambda by: verdicts.refuse(db, claim.id, by, MONDAY),
                "walk_ins.accept": lambda by: walk_ins.accept(db, came, by, MONDAY),
                "walk_ins.accept_all": lambda by: walk_ins.accept_all(db, session, by, MONDAY),
                "walk_ins.refuse": lambda by: walk_ins.refuse(db, came, by, MONDAY),
                "walk_ins.waiting": lambda by: walk_ins.waiting(db, session, by, MONDAY),
            }
            assert set(deeds) == set(VERBS)
            for name, deed in deeds.items():
                assert refused(deed, stranger), f"{name} let {stranger} do it"
        assert db.execute(select(AuditEntry.action)).scalars().all() == ["asked", "staff left"]

    await province.turn(work_)


def excused_colleague(db: Connection, course_id: int, person_id: int) -> int:
    """The registration of somebody of the same school who was sent and cannot come."""
    school = select(Person.school_id).where(Person.id == person_id).scalar_subquery()
    taken = select(Registration.person_id).where(Registration.course_id == course_id)
    colleague = select(Person.id).where(
        Person.school_id == school, Person.full_name != "H'Mai Byă", Person.id.not_in(taken)
    )
    return db.execute(
        insert(Registration)
        .values(
            course_id=course_id, person_id=db.execute(colleague).scalars().first(), turn=98,
            standing=Standing.EXCUSED, provisional=False, changed_at=MONDAY,
        )
        .returning(Registration.id)
    ).scalar_one()  # fmt: skip


def left_today(db: Connection) -> int:
    """Somebody who was officer of the whole province until yesterday."""
    person_id = officer(db, "Đinh Thị Thu Hằng")
    db.execute(update(Person).where(Person.id == person_id).values(left_on=TODAY))
    return person_id


def refused(deed: Callable[[int], object], by: int) -> bool:
    """Whether a deed is refused: by an outcome that says so, or by PermissionError."""
    try:
        done = deed(by)
    except PermissionError:
        return True
    return done is None or getattr(done, "verdict", None) is Verdict.NOT_YOURS
