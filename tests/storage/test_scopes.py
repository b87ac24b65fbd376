"""The one door for the rights of officers."""

from __future__ import annotations

import inspect
import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

import handlers
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
    roles,
    school_picks,
    scopes,
    session_codes,
    sheet_lines,
    staffing,
    verdicts,
    walk_ins,
)
from storage.completion_rules import Outcome
from storage.models import (
    AccountPerson,
    AuditEntry,
    ClaimKind,
    Mark,
    Person,
    Question,
    Registration,
    Role,
    RoleKind,
    SchoolCall,
    Standing,
    Unit,
    WalkIn,
    WalkInState,
)
from storage.scopes import Scope
from storage.verdicts import Verdict
from tests.scoped_calls import public, storage_modules, takes
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
# Steps of officers' deeds that see a database without a scope: those who call them have looked at
# the rights, and no handler does.
ASIDE = {
    "audit.note", "pasts.again.carry", "pasts.making.made", "pasts.making.unmake",
    "rosters.staging.basis", "rosters.staging.forget", "rosters.staging.put",
    "rosters.staging.ready", "rosters.staging.stage", "rosters.swap.left_by_roster",
}  # fmt: skip
# How functions that do something on behalf of somebody name them.
ACTORS = {"by", "by_id", "actor_id", "invited_by", "principal_id"}
# What officers and principals decide, and who may: each looks itself, whatever the handler did.
VERBS = {
    "attendance.close": "teaching.may_teach",
    "attendance.mark": "teaching.may_teach",
    "attendance.roll": "teaching.may_teach",
    "profiles.respond": "profiles.may_respond",
    "proposals.propose": "proposals.may_propose",
    "questions.answer": "questions.may_answer",
    "registrations.agree": "agreement.may_answer",
    "registrations.refuse": "agreement.may_answer",
    "results.participants": "teaching.may_teach",
    "results.record": "teaching.may_teach",
    "school_picks.pick": "school_picks.one",
    "session_codes.change": "teaching.may_teach",
    "session_codes.start": "teaching.may_teach",
    "sheet_lines.give": "teaching.may_teach",
    "sheet_lines.of": "teaching.may_teach",
    "staffing.added": "staffing.may_keep",
    "staffing.left": "staffing.may_keep",
    "staffing.moved": "staffing.may_keep",
    "staffing.new_code": "staffing.may_keep",
    "staffing.on_leave": "staffing.may_keep",
    "staffing.one": "staffing.may_keep",
    "staffing.recent": "staffing.may_keep",
    "staffing.restore": "staffing.may_keep",
    "staffing.returned": "staffing.may_keep",
    "verdicts.confirm": "claims.right",
    "verdicts.look": "claims.right",
    "verdicts.refuse": "claims.right",
    "walk_ins.accept": "teaching.may_teach",
    "walk_ins.accept_all": "teaching.may_teach",
    "walk_ins.refuse": "teaching.may_teach",
    "walk_ins.waiting": "teaching.may_teach",
}
# Done at the command line by whoever runs the assistant.
COMMAND_LINE = {"changes.cancel", "changes.enlarge", "changes.reschedule", "invitations.create"}
# Steps of deeds that were checked, or people's own: no handler may call the first ones.
INNER = {
    "audit.note", "changes.add", "changes.move", "changes.online", "changes.remove",
    "merges.merge", "nominees.seat", "places.move", "places.tell",
    "registrations.drop_person", "school_closing.leave_all", "staff_moves.move",
    "staff_moves.note_code", "staff_moves.take_back", "staff_moves.write", "staff_news.restored",
    "staff_news.tell", "verdicts.verify",
}  # fmt: skip
OWN = {"registrations.give_up"}


def takes_a_scope(signature: inspect.Signature) -> bool:
    return takes(signature, "Scope")


def officer_modules() -> list[ModuleType]:
    """Modules of storage in which anything takes a scope: then everything has to."""
    modules = storage_modules()
    return [each for each in modules if any(map(takes_a_scope, public(each).values()))]


OFFICER_MODULES = officer_modules()


def unit(db: Connection, name: str) -> tuple[int, str]:
    found = select(Unit.id, Unit.path).where(Unit.name == name, Unit.valid_to.is_(None))
    row = db.execute(found).one()
    return row.id, row.path


def officer(db: Connection, name: str) -> int:
    return db.execute(select(Person.id).where(Person.full_name == name)).scalars().one()


def named(module: ModuleType, name: str) -> str:
    return f"{module.__name__.removeprefix('storage.')}.{name}"


@pytest.mark.parametrize("module", OFFICER_MODULES, ids=lambda module: module.__name__)
def test_every_function_for_officers_takes_a_scope(module: ModuleType) -> None:
    for name, signature in public(module).items():
        known = not takes(signature, "Connection") or named(module, name) in ASIDE
        assert known or takes_a_scope(signature), f"{named(module, name)} can do without a Scope"


def test_the_officers_modules_are_found() -> None:
    found = {each.__name__ for each in OFFICER_MODULES}
    assert {"storage.statistics", "storage.work", "storage.rosters.swap"} <= found


def test_what_stands_aside_is_there() -> None:
    there = {
        named(module, name)
        for module in OFFICER_MODULES
        for name, signature in public(module).items()
        if not takes_a_scope(signature)
    }
    assert there >= ASIDE


def test_every_deed_on_behalf_of_somebody_is_on_the_list() -> None:
    found = {
        named(module, name)
        for module in storage_modules()
        for name, signature in public(module).items()
        if ACTORS & set(signature.parameters)
    }
    assert found == {*VERBS, *COMMAND_LINE, *INNER, *OWN}


@pytest.mark.parametrize("closed", sorted(COMMAND_LINE | INNER | ASIDE))
def test_handlers_do_nothing_that_is_not_checked(closed: str) -> None:
    # A handler knows a module by its last name.
    call = re.compile(rf"\b{re.escape('.'.join(closed.split('.')[-2:]))}\(")
    for path in Path(handlers.__file__).parent.glob("*.py"):
        # Taking a role and the like are noted by the handlers that do it.
        assert closed == "audit.note" or not call.search(path.read_text()), path.name


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


async def test_a_contact_who_has_left_answers_no_more(province: Database) -> None:
    def work_(db: Connection) -> None:
        contact = officer(db, "Lê Thị Út")
        inquiry = questions.Inquiry(1, 12, 12, 1, "", "", "", "", "", contact, "/none/")
        assert questions.may_answer(db, inquiry, contact, TODAY)
        db.execute(update(Person).where(Person.id == contact).values(left_on=TODAY))
        assert not questions.may_answer(db, inquiry, contact, TODAY)

    await province.turn(work_)


async def test_a_commune_officer_reaches_the_commune_and_nothing_beside_it(
    province: Database,
) -> None:
    def work_(db: Connection) -> None:
        scope = scopes.of(db, officer(db, "Lê Văn Tình"), TODAY)
        assert scope
        mine, beside = unit(db, "Xã Tuy Đức"), unit(db, "Xã Quảng Tân")
        assert scope.covers(mine[1])
        assert not scope.covers(beside[1])
        assert not scope.covers(unit(db, "Tỉnh Lâm Đồng")[1])
        assert not scope.provincial
        inside = set(db.execute(select(Unit.id).where(scope.where(Unit.path))).scalars())
        assert inside == {mine[0]}

    await province.read(work_)


async def test_an_officer_of_the_department_reaches_the_province(province: Database) -> None:
    def work_(db: Connection) -> None:
        scope = scopes.of(db, officer(db, "Đinh Thị Thu Hằng"), TODAY)
        assert scope
        assert scope.provincial
        assert scope.covers(unit(db, "Xã Tuy Đức")[1])
        communes = select(Unit.id).where(scope.where(Unit.path, RoleKind.COMMUNE))
        assert db.execute(communes).all() == []

    await province.read(work_)


async def test_whoever_is_no_officer_has_no_scope(province: Database) -> None:
    def work_(db: Connection) -> None:
        teacher = officer(db, "H'Mai Byă")
        roles.grant(db, teacher, RoleKind.PRINCIPAL, TODAY, school_id=1)
        assert scopes.of(db, teacher, TODAY) is None

    await province.turn(work_)


@pytest.mark.parametrize(
    ("first", "last", "reaches"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=1), False),
        (TODAY + timedelta(days=1), None, False),
    ],
)
async def test_a_role_counts_from_its_first_day_to_its_last(
    province: Database, first: date, last: date | None, reaches: bool
) -> None:
    def work_(db: Connection) -> Scope | None:
        teacher = officer(db, "Lê Thị Út")
        db.execute(
            insert(Role).values(
                person_id=teacher, kind=RoleKind.COMMUNE, unit_id=unit(db, "Xã Tuy Đức")[0],
                valid_from=first, valid_to=last,
            )
        )  # fmt: skip
        return scopes.of(db, teacher, TODAY)

    assert bool(await province.turn(work_)) is reaches


async def test_whoever_has_left_has_no_scope_any_more(province: Database) -> None:
    def work_(db: Connection) -> None:
        person_id = officer(db, "Lê Văn Tình")
        db.execute(update(Person).where(Person.id == person_id).values(left_on=TODAY))
        assert scopes.of(db, person_id, TODAY) is None
        assert scopes.of(db, person_id, TODAY - timedelta(days=1))

    await province.turn(work_)
