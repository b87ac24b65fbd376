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
    questions,
    roles,
    scopes,
)
from storage.models import (
    Person,
    Role,
    RoleKind,
    Unit,
)
from storage.scopes import Scope
from tests.deeds import ACTORS, ASIDE, COMMAND_LINE, COMMON, INNER, LOOKED_AT, OWN, STEPS, VERBS
from tests.scoped_calls import named, public, storage_modules, takes
from tests.talk import MONDAY

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()


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


@pytest.mark.parametrize("module", OFFICER_MODULES, ids=lambda module: module.__name__)
def test_every_function_for_officers_takes_a_scope(module: ModuleType) -> None:
    for name, signature in public(module).items():
        known = not takes(signature, "Connection") or named(module, name) in LOOKED_AT
        assert known or takes_a_scope(signature), f"{named(module, name)} can do without a Scope"


def test_the_officers_modules_are_found() -> None:
    found = {each.__name__ for each in OFFICER_MODULES}
    assert {"storage.figures.rows", "storage.work", "storage.rosters.swap"} <= found


def test_what_stands_aside_is_there() -> None:
    there = {
        named(module, name)
        for module in OFFICER_MODULES
        for name, signature in public(module).items()
        if not takes_a_scope(signature)
    }
    assert there >= ASIDE | COMMON
    assert {
        named(module, name)
        for module in storage_modules()
        for name in public(module)
    } >= STEPS  # fmt: skip


def test_every_deed_on_behalf_of_somebody_is_on_the_list() -> None:
    found = {
        named(module, name)
        for module in storage_modules()
        for name, signature in public(module).items()
        if ACTORS & set(signature.parameters)
    }
    assert found == {*VERBS, *COMMAND_LINE, *INNER, *OWN}


@pytest.mark.parametrize("closed", sorted(COMMAND_LINE | INNER | ASIDE | STEPS))
def test_handlers_do_nothing_that_is_not_checked(closed: str) -> None:
    # A handler knows a module by its last name.
    call = re.compile(rf"\b{re.escape('.'.join(closed.split('.')[-2:]))}\(")
    for path in Path(handlers.__file__).parent.glob("*.py"):
        # Taking a role and the like are noted by the handlers that do it.
        assert closed == "audit.note" or not call.search(path.read_text()), path.name


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
