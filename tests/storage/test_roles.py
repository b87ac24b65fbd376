"""Who holds a right on a day: one answer, through whichever door it is asked."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from storage import parts, principals, roles, scopes
from storage.models import Person, Role, RoleKind
from storage.parts import Part
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

HEAD, OFFICER, OTHER = 1, 2, 3
TODAY = MONDAY.date()
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)


def build(db: Connection, **dates: date | None) -> None:
    rows.school(db)
    rows.people(db, 3)
    given = {"valid_from": YESTERDAY, "valid_to": None, **dates}
    for person_id, kind, reach in (
        (HEAD, RoleKind.PRINCIPAL, {"school_id": rows.SCHOOL}),
        (OFFICER, RoleKind.COMMUNE, {"unit_id": rows.COMMUNE}),
    ):
        db.execute(insert(Role).values(person_id=person_id, kind=kind, **reach, **given))


def doors(db: Connection, day: date) -> dict[str, bool]:
    """Whether each door says that the two people hold their rights on a day."""
    played = parts.of(db, [HEAD, OFFICER], day)
    return {
        "of": bool(roles.of(db, HEAD, day)),
        "of, officer": bool(roles.of(db, OFFICER, day)),
        "holders": roles.holders(db, RoleKind.PRINCIPAL, day=day, school_id=1) == [HEAD],
        "holders, officer": roles.holders(db, RoleKind.COMMUNE, day=day, path="/1/") == [OFFICER],
        "schools": principals.schools(db, HEAD, day) == [rows.SCHOOL],
        "scope": scopes.of(db, OFFICER, day) is not None,
        "part": played[HEAD] is Part.PRINCIPAL,
        "part, officer": played[OFFICER] is Part.OFFICER,
    }


@pytest.mark.parametrize(
    ("dates", "person", "holds"),
    [
        ({}, {}, True),
        ({"valid_from": TODAY, "valid_to": TODAY}, {}, True),
        ({"valid_from": TOMORROW}, {}, False),
        ({"valid_to": YESTERDAY}, {}, False),
        ({}, {"left_on": TOMORROW}, True),
        ({}, {"left_on": TODAY}, False),
        ({}, {"merged_into_id": OTHER}, False),
    ],
)
async def test_every_door_gives_the_same_answer(
    either: Database, dates: dict[str, date], person: dict[str, Any], holds: bool
) -> None:
    def work(db: Connection) -> dict[str, bool]:
        build(db, **dates)
        if person:
            db.execute(update(Person).where(Person.id.in_((HEAD, OFFICER))).values(**person))
        return doors(db, TODAY)

    found = await either.turn(work)
    assert found == dict.fromkeys(found, holds)


async def test_a_right_that_reaches_nothing_here_makes_nobody_an_officer(
    database: Database,
) -> None:
    def work(db: Connection) -> dict[int, Part]:
        rows.school(db)
        rows.people(db, 3)
        reaches = (
            (HEAD, RoleKind.TRAINER, {"unit_id": rows.COMMUNE}),
            (OFFICER, RoleKind.COMMUNE, {"school_id": rows.SCHOOL}),
            (OTHER, RoleKind.PRINCIPAL, {"unit_id": rows.COMMUNE}),
        )
        for person_id, kind, reach in reaches:
            db.execute(
                insert(Role).values(person_id=person_id, kind=kind, valid_from=TODAY, **reach)
            )
        assert scopes.of(db, OFFICER, TODAY) is None
        assert principals.schools(db, OTHER, TODAY) == []
        return parts.of(db, [HEAD, OFFICER, OTHER], TODAY)

    found = await database.turn(work)
    assert found == dict.fromkeys((HEAD, OFFICER, OTHER), Part.TEACHER)


async def test_whoever_is_both_is_an_officer_first(database: Database) -> None:
    def work(db: Connection) -> Part:
        build(db)
        roles.grant(db, OFFICER, RoleKind.PRINCIPAL, TODAY, school_id=rows.SCHOOL)
        return parts.of(db, [OFFICER], TODAY)[OFFICER]

    assert await database.turn(work) is Part.OFFICER
