"""The one door for the rights of officers."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

import handlers
import storage
from storage import (
    claims,
    conversations,
    courses,
    profiles,
    questions,
    registrations,
    roles,
    scopes,
    verdicts,
)
from storage.models import (
    AccountPerson,
    AuditEntry,
    ClaimKind,
    Person,
    Question,
    Registration,
    Role,
    RoleKind,
    Standing,
    Unit,
)
from storage.scopes import Scope
from storage.verdicts import Verdict
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
# Pure arithmetic and words, without a database.
FREE = {"total", "order", "own_name", "is_meant", "with_units"}
# How functions that do something on behalf of somebody name them.
ACTORS = {"by", "by_id", "actor_id", "invited_by", "principal_id"}
# What officers and principals decide, and who may: each looks itself, whatever the handler did.
VERBS = {
    "profiles.respond": "profiles.may_respond",
    "questions.answer": "questions.may_answer",
    "registrations.agree": "agreement.may_answer",
    "registrations.refuse": "agreement.may_answer",
    "verdicts.confirm": "claims.right",
    "verdicts.look": "claims.right",
    "verdicts.refuse": "claims.right",
}
# Done at the command line by whoever runs the assistant.
COMMAND_LINE = {"changes.cancel", "changes.enlarge", "changes.reschedule", "invitations.create"}
# Steps of deeds that were checked, or people's own: no handler may call the first ones.
INNER = {
    "audit.note", "merges.merge", "places.move", "places.tell", "registrations.drop_person",
    "verdicts.verify",
}  # fmt: skip
OWN = {"registrations.give_up"}


def public(module: ModuleType) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(function)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def takes_a_scope(signature: inspect.Signature) -> bool:
    return any(str(each.annotation) == "Scope" for each in signature.parameters.values())


def storage_modules() -> list[ModuleType]:
    names = [each.name for each in pkgutil.iter_modules(storage.__path__, "storage.")]
    return [importlib.import_module(name) for name in names]


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


@pytest.mark.parametrize("module", OFFICER_MODULES, ids=lambda module: module.__name__)
def test_every_function_for_officers_takes_a_scope(module: ModuleType) -> None:
    for name, signature in public(module).items():
        known = name in FREE or takes_a_scope(signature)
        assert known, f"{module.__name__}.{name} can be called without a Scope"


def test_the_officers_modules_are_found() -> None:
    assert {"storage.statistics", "storage.work"} <= {each.__name__ for each in OFFICER_MODULES}


@pytest.mark.parametrize("module", OFFICER_MODULES, ids=lambda module: module.__name__)
def test_what_needs_no_scope_sees_no_database(module: ModuleType) -> None:
    for name, signature in public(module).items():
        assert name not in FREE or "db" not in signature.parameters


def test_every_deed_on_behalf_of_somebody_is_on_the_list() -> None:
    found = {
        f"{module.__name__.removeprefix('storage.')}.{name}"
        for module in storage_modules()
        for name, signature in public(module).items()
        if ACTORS & set(signature.parameters)
    }
    assert found == {*VERBS, *COMMAND_LINE, *INNER, *OWN}


@pytest.mark.parametrize("closed", sorted(COMMAND_LINE | INNER))
def test_handlers_do_nothing_that_is_not_checked(closed: str) -> None:
    call = re.compile(rf"\b{re.escape(closed)}\(")
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
        who = conversations.who(db, other)
        left = left_today(db)
        for stranger in (teacher, other, left):
            deeds: dict[str, Callable[[int], object]] = {
                "profiles.respond": lambda by: profiles.respond(
                    db, who, "xong", by=by, message_id="1", now=MONDAY
                ),
                "questions.answer": lambda by: questions.answer(
                    db, asked, "xong", by, MONDAY, share=True
                ),
                "registrations.agree": lambda by: registrations.agree(db, place, by, MONDAY),
                "registrations.refuse": lambda by: registrations.refuse(db, place, by, MONDAY),
                "verdicts.confirm": lambda by: verdicts.confirm(db, claim.id, by, MONDAY),
                "verdicts.look": lambda by: verdicts.look(db, claim.id, by, MONDAY),
                "verdicts.refuse": lambda by: verdicts.refuse(db, claim.id, by, MONDAY),
            }
            assert set(deeds) == set(VERBS)
            for name, deed in deeds.items():
                assert refused(deed, stranger), f"{name} let {stranger} do it"
        assert db.execute(select(AuditEntry.action)).scalars().all() == ["asked"]

    await province.turn(work_)


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
