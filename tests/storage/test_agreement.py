"""The ladder of requests to attend: who is asked, when it climbs, who may answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from storage import agreement, conversations, offers, places, registrations, roles, scopes, work
from storage.models import (
    Account,
    AccountPerson,
    Course,
    Mode,
    Notice,
    NoticeState,
    RoleKind,
    Rung,
    Standing,
    Unit,
    UnitKind,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.places import Place

COURSE = 9
TEACHER, HEAD, COMMUNE, SO, NOBODY = range(1, 6)
PROVINCE = 10
KINDS = {
    HEAD: (RoleKind.PRINCIPAL, {"school_id": rows.SCHOOL}),
    COMMUNE: (RoleKind.COMMUNE, {"unit_id": rows.COMMUNE}),
    SO: (RoleKind.DEPARTMENT, {"unit_id": PROVINCE}),
}
DAY = timedelta(days=1)
START = MONDAY + 7 * DAY  # a Monday with only working days after it


def world(db: Connection, *reachable: int) -> None:
    """The three rungs, of whom only these have an account."""
    rows.school(db)
    db.execute(
        insert(Unit).values(
            id=PROVINCE, code="68", name="Tỉnh Lâm Đồng", kind=UnitKind.PROVINCE, path="/10/"
        )
    )
    db.execute(update(Unit).where(Unit.id == rows.COMMUNE).values(path="/10/1/"))
    rows.people(db, 5)
    rows.course(db, COURSE, seats=5, mode=Mode.PRINCIPAL)
    for person_id, (kind, reach) in KINDS.items():
        roles.grant(db, person_id, kind, START.date(), **reach)
    for person_id in reachable:
        rows.account(db, f"phone of {person_id}", person_id)


def asks(db: Connection) -> Place:
    asked = registrations.register(db, COURSE, conversations.who(db, TEACHER), START)
    assert asked.outcome is registrations.Outcome.ASKED
    assert asked.place
    return asked.place


def asked_of(db: Connection) -> list[int]:
    found = select(Notice.person_id).where(Notice.kind == "agree", Notice.state == NoticeState.OWED)
    return sorted(each for each in db.execute(found).scalars() if each)


def rung(db: Connection) -> Rung | None:
    place = places.find(db, COURSE, TEACHER)
    assert place
    return place.asked_rung


@pytest.mark.parametrize(
    ("reachable", "asked"),
    [
        ((HEAD, COMMUNE, SO), Rung.PRINCIPAL),
        ((COMMUNE, SO), Rung.COMMUNE),
        ((SO,), Rung.DEPARTMENT),
        ((), None),
    ],
)
async def test_the_lowest_rung_that_can_be_reached_is_asked(
    database: Database, reachable: tuple[int, ...], asked: Rung | None
) -> None:
    def test(db: Connection) -> None:
        world(db, *reachable)
        assert asks(db).asked_rung is rung(db) is asked
        assert asked_of(db) == list(reachable[:1])

    await database.turn(test)


async def test_an_unanswered_request_climbs_every_two_working_days(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD, COMMUNE, SO)
        asks(db)
        assert agreement.climb(db, START + 2 * DAY - timedelta(minutes=1)) == 0
        assert agreement.climb(db, START + 2 * DAY) == 1
        assert agreement.climb(db, START + 2 * DAY) == 0
        assert rung(db) is Rung.COMMUNE
        assert asked_of(db) == [HEAD, COMMUNE]
        assert agreement.climb(db, START + 4 * DAY) == 1
        assert rung(db) is Rung.DEPARTMENT
        assert asked_of(db) == [HEAD, COMMUNE, SO]
        assert agreement.climb(db, START + 12 * DAY) == 0

    await database.turn(test)


async def test_where_nobody_could_be_asked_it_is_looked_at_again(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db)
        assert asks(db).asked_rung is None
        assert agreement.climb(db, START + DAY) == 1
        assert rung(db) is None
        rows.account(db, "new phone", HEAD)
        assert agreement.climb(db, START + DAY) == 0
        assert agreement.climb(db, START + 2 * DAY) == 1
        assert rung(db) is Rung.PRINCIPAL
        assert asked_of(db) == [HEAD]

    await database.turn(test)


async def test_a_principal_who_cannot_be_reached_any_more_is_passed_over(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD)
        asks(db)
        account = select(AccountPerson.account_id).where(AccountPerson.person_id == HEAD)
        db.execute(update(Account).where(Account.id.in_(account)).values(reachable=False))
        assert agreement.climb(db, START + 2 * DAY) == 1
        assert rung(db) is None
        rows.account(db, "phone of the Sở", SO)
        assert agreement.climb(db, START + 3 * DAY) == 1
        assert rung(db) is Rung.DEPARTMENT

    await database.turn(test)


async def test_a_principal_nobody_stands_above_stays_asked(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD)
        asks(db)
        assert agreement.climb(db, START + 2 * DAY) == 1
        assert rung(db) is Rung.PRINCIPAL

    await database.turn(test)


async def test_nobody_is_asked_once_the_course_has_begun_or_it_is_answered(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD, COMMUNE)
        asks(db)
        assert agreement.climb(db, START + 12 * DAY) == 0
        place = places.find(db, COURSE, TEACHER)
        assert place
        assert registrations.agree(db, place.id, HEAD, START)
        assert agreement.climb(db, START + 5 * DAY) == 0

    await database.turn(test)


@pytest.mark.parametrize("yes", [True, False])
@pytest.mark.parametrize(
    ("by", "as_"), [(HEAD, "principal"), (COMMUNE, "commune"), (SO, "department")]
)
async def test_whoever_holds_a_rung_answers_and_the_person_is_told_who_it_was(
    database: Database, by: int, as_: str, yes: bool
) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD)
        place = asks(db)
        decide = registrations.agree if yes else registrations.refuse
        for stranger in (NOBODY, TEACHER):
            assert decide(db, place.id, stranger, START) is None
        assert decide(db, place.id, by, START)
        standing = places.find(db, COURSE, TEACHER)
        assert standing
        assert standing.standing is (Standing.SEATED if yes else Standing.REFUSED)
        told = select(Notice.data).where(Notice.kind == ("agreed" if yes else "not agreed"))
        assert db.execute(told).scalar_one() == {"rung": as_}
        assert decide(db, place.id, by, START) is None

    await database.turn(test)


async def test_requests_wait_with_the_officers_of_their_rung(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD, COMMUNE, SO)
        place = asks(db)

        def waits(person_id: int) -> list[int]:
            scope = scopes.of(db, person_id, START.date())
            assert scope
            return work.requests(db, scope)

        assert waits(COMMUNE) == waits(SO) == []
        agreement.climb(db, START + 2 * DAY)
        assert (waits(COMMUNE), waits(SO)) == ([place.id], [])
        agreement.climb(db, START + 4 * DAY)
        assert (waits(COMMUNE), waits(SO)) == ([], [place.id])

    await database.turn(test)


async def test_whoever_would_be_asked_about_themselves_need_not_ask(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD, COMMUNE)
        head = conversations.who(db, HEAD)
        assert agreement.own(db, head, START)
        assert not agreement.own(db, conversations.who(db, TEACHER), START)
        assert agreement.right(db, HEAD, head, START) is None
        assert agreement.right(db, SO, replace(head, path=""), START) is Rung.DEPARTMENT

    await database.turn(test)


async def test_whoever_comes_through_the_queue_is_asked_about_when_they_take_the_seat(
    database: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db, HEAD)
        db.execute(update(Course).where(Course.id == COURSE).values(seats=1))
        registrations.register(db, COURSE, conversations.who(db, NOBODY), START, agreed=True)
        waiting = registrations.register(db, COURSE, conversations.who(db, TEACHER), START)
        assert waiting.outcome is registrations.Outcome.WAITING
        assert waiting.place
        registrations.give_up(db, COURSE, NOBODY, START)
        taken = offers.accept(db, waiting.place.id, START)
        assert taken
        assert (taken.standing, taken.asked_rung) == (Standing.ASKED, Rung.PRINCIPAL)
        assert asked_of(db) == [HEAD]

    await database.turn(test)
