"""The invented province on a connection of a test's own, with the collection of its year open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import scopes
from storage.database import address, sqlite
from storage.models import Role, RoleKind, Unit
from storage.reporting import collections, drafts, submitting, texts
from storage.reporting.texts import Section
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.scopes import Scope

TODAY = MONDAY.date()
YEAR, PLAN = 1, 1  # the period and the programme of storage/sample/plans.py
HOME = "Xã Tuy Đức"


@pytest.fixture
def db(sample_file: Path, copied: Callable[[Path], Path]) -> Iterator[Connection]:
    """A transaction on the invented province."""
    engine = sqlite(address(f"sqlite:///{copied(sample_file)}"))
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def unit(db: Connection, name: str = HOME) -> int:
    found = select(Unit.id).where(Unit.name == name, Unit.valid_to.is_(None))
    return db.execute(found).scalar_one()


def officer(db: Connection, kind: RoleKind, unit_id: int | None = None) -> Scope:
    found = select(Role.person_id).where(Role.kind == kind).order_by(Role.id)
    if unit_id is not None:
        found = found.where(Role.unit_id == unit_id)
    scope = scopes.of(db, db.execute(found).scalars().first() or 0, TODAY)
    assert scope is not None
    return scope


@pytest.fixture
def office(db: Connection) -> Scope:
    """An officer of the Sở."""
    return officer(db, RoleKind.DEPARTMENT)


@pytest.fixture
def home(db: Connection) -> Scope:
    """The officer of xã Tuy Đức."""
    return officer(db, RoleKind.COMMUNE, unit(db))


@pytest.fixture
def round_id(db: Connection, office: Scope) -> int:
    """The open collection of the year's programme."""
    return collections.open_for(db, office, YEAR, PLAN, MONDAY).id


def filled(db: Connection, scope: Scope, round_id: int, unit_id: int) -> int:
    """A report that can be handed in; its id."""
    report_id = drafts.begin(db, scope, round_id, unit_id, MONDAY)
    assert report_id is not None
    mark = drafts.open_(db, scope, report_id).mark
    assert drafts.all_right(db, scope, report_id, MONDAY, mark) is drafts.Outcome.DONE
    texts.add(db, scope, report_id, Section.DIFFICULTIES, "Đường xa.")
    texts.nothing(db, scope, report_id, Section.PROPOSALS)
    return report_id


def handed_in(db: Connection, scope: Scope, round_id: int, unit_id: int) -> int:
    """A report that is handed in; its id."""
    report_id = filled(db, scope, round_id, unit_id)
    mark = drafts.open_(db, scope, report_id).mark
    done = submitting.submit(db, scope, report_id, mark, MONDAY)
    assert done.outcome is submitting.Outcome.DONE
    return report_id
