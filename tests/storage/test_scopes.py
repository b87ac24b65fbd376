"""The one door for the rights of officers."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

import storage
from storage import roles, scopes
from storage.models import Person, Role, RoleKind, Unit
from storage.scopes import Scope
from tests.talk import MONDAY

if TYPE_CHECKING:
    from types import ModuleType

    from sqlalchemy import Connection

    from storage.database import Database

TODAY = MONDAY.date()
# Pure arithmetic and words, without a database.
FREE = {"total", "order", "own_name"}


def public(module: ModuleType) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(function)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def takes_a_scope(signature: inspect.Signature) -> bool:
    return any(str(each.annotation) == "Scope" for each in signature.parameters.values())


def officer_modules() -> list[ModuleType]:
    """Modules of storage in which anything takes a scope: then everything has to."""
    names = [each.name for each in pkgutil.iter_modules(storage.__path__, "storage.")]
    modules = [importlib.import_module(name) for name in names]
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
