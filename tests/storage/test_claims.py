"""The ladder of claims, who may answer, and what an answer does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from storage import (
    accounts,
    claims,
    consents,
    identity,
    newcomers,
    places,
    roles,
    verdicts,
)
from storage import registrations as seats
from storage.accounts import Room
from storage.conversations import who
from storage.models import (
    AuditEntry,
    ClaimState,
    ConsentPurpose,
    Notice,
    NoticeState,
    Person,
    Role,
    RoleKind,
    Rung,
    School,
    Standing,
    Unit,
    UnitKind,
)
from storage.verdicts import Verdict
from tests import rows
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from storage.claims import Claim
    from storage.database import Database

HEAD, COMMUNE, DISTRICT, SO, OTHER_HEAD, COLLEAGUE = range(1, 7)
PROVINCE, FORMER, OLD_COMMUNE, FAR = 10, 20, 21, 30


@dataclass
class World:
    """One school with its ladder, and a newcomer on an account of her own."""

    db: Connection
    account: int
    person: int

    def claim(self, now: datetime = MONDAY, **said: object) -> Claim:
        return identity.introduce(self.db, self.account, self.person, now, **said)

    def holds(self, person_id: int, kind: RoleKind, **reach: int) -> None:
        roles.grant(self.db, person_id, kind, date(2026, 1, 1), **reach)
        rows.account(self.db, f"phone of {person_id}", person_id)

    def ladder(self) -> None:
        self.holds(HEAD, RoleKind.PRINCIPAL, school_id=rows.SCHOOL)
        self.holds(COMMUNE, RoleKind.COMMUNE, unit_id=rows.COMMUNE)
        self.holds(SO, RoleKind.DEPARTMENT, unit_id=PROVINCE)

    def asked(self, claim: Claim) -> list[int]:
        found = select(Notice.person_id).where(
            Notice.kind == "claim",
            Notice.subject_id == claim.id,
            Notice.state == NoticeState.OWED,
        )
        return sorted(each for each in self.db.execute(found).scalars() if each)

    def now(self, claim: Claim) -> Claim:
        return claims.known(self.db, claim.id)

    def told(self, kind: str) -> list[Any]:
        return list(self.db.execute(select(Notice.__table__).where(Notice.kind == kind)))


def build(db: Connection) -> World:
    rows.school(db)
    db.execute(
        insert(Unit),
        [
            {"id": PROVINCE, "code": "68", "name": "Tỉnh Lâm Đồng", "kind": UnitKind.PROVINCE,
             "path": "/10/"},
            {"id": FORMER, "code": "667", "name": "Huyện Tuy Đức", "kind": UnitKind.DISTRICT,
             "path": "/20/"},
            {"id": OLD_COMMUNE, "code": "24739", "name": "Xã Đắk Búk So",
             "kind": UnitKind.COMMUNE, "path": "/20/21/"},
            {"id": FAR, "code": "24748", "name": "Xã Quảng Trực", "kind": UnitKind.COMMUNE,
             "path": "/10/30/"},
        ],
    )  # fmt: skip
    db.execute(update(Unit).where(Unit.id == rows.COMMUNE).values(path="/10/1/"))
    db.execute(update(School).values(old_unit_id=OLD_COMMUNE))
    rows.people(db, 6)
    if db.dialect.name == "postgresql":
        # The ids above were given, so the sequence has not counted them.
        db.exec_driver_sql("SELECT setval('people_id_seq', 100)")
    person = newcomers.add(db, "nguyen thi hoa", school_id=rows.SCHOOL, phone=None)
    account = rows.account(db, "newcomer", COLLEAGUE)
    accounts.unlink(db, account, COLLEAGUE)
    consents.give(db, account, ConsentPurpose.REGISTRATION, MONDAY, channel="telegram")
    return World(db, account, person)


@pytest.fixture
def within(either: Database) -> Callable[..., Any]:
    """Runs a function of a world in one writing transaction, on SQLite and on PostgreSQL."""

    async def run(work: Callable[[World], Any]) -> Any:
        return await either.turn(lambda db: work(build(db)))

    return run


async def test_the_principal_is_asked_first_then_the_commune_then_the_department(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        assert (claim.rung, world.asked(claim)) == (Rung.PRINCIPAL, [HEAD])

        # Tuesday, 24/11, is a public holiday.
        thursday = MONDAY + timedelta(days=3)
        assert claims.climb(world.db, thursday - timedelta(seconds=1)) == 0
        assert claims.climb(world.db, thursday) == 1
        assert world.now(claim).rung is Rung.COMMUNE
        assert world.asked(claim) == [HEAD, COMMUNE]

        assert claims.climb(world.db, MONDAY + timedelta(days=7)) == 1
        assert world.now(claim).rung is Rung.DEPARTMENT
        assert world.asked(claim) == [HEAD, COMMUNE, SO]
        assert claims.climb(world.db, MONDAY + timedelta(days=90)) == 0

    await within(work)


async def test_climbing_twice_asks_nobody_twice(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        later = MONDAY + timedelta(days=3)
        claims.climb(world.db, later)
        assert claims.climb(world.db, later) == 0
        assert world.asked(claim) == [HEAD, COMMUNE]

    await within(work)


async def test_two_working_days_over_a_weekend(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        friday_evening = datetime(2026, 11, 27, 18, 0, tzinfo=ZONE)
        claim = world.claim(friday_evening)
        # Counted from Monday 7:30, so until Wednesday 7:30.
        wednesday = datetime(2026, 12, 2, 7, 30, tzinfo=ZONE)
        assert claims.climb(world.db, wednesday - timedelta(minutes=1)) == 0
        assert claims.climb(world.db, wednesday) == 1
        assert world.now(claim).rung is Rung.COMMUNE

    await within(work)


async def test_a_rung_where_nobody_can_be_reached_is_passed_over_at_once(within) -> None:
    def work(world: World) -> None:
        roles.grant(world.db, HEAD, RoleKind.PRINCIPAL, date(2026, 1, 1), school_id=rows.SCHOOL)
        world.holds(SO, RoleKind.DEPARTMENT, unit_id=PROVINCE)
        claim = world.claim()
        assert (claim.rung, world.asked(claim)) == (Rung.DEPARTMENT, [SO])

    await within(work)


async def test_where_nobody_at_all_can_be_asked_the_claim_waits_for_the_first_who_comes(
    within,
) -> None:
    def work(world: World) -> None:
        claim = world.claim()
        assert world.asked(claim) == []
        next_day = MONDAY + timedelta(days=2)  # Tuesday is a public holiday
        assert claims.climb(world.db, next_day) == 1
        assert world.asked(claim) == []
        world.holds(HEAD, RoleKind.PRINCIPAL, school_id=rows.SCHOOL)
        assert claims.climb(world.db, next_day + timedelta(days=1)) == 1
        assert world.now(claim).rung is Rung.PRINCIPAL
        assert world.asked(claim) == [HEAD]

    await within(work)


async def test_a_new_principal_is_asked_what_the_school_waits_for(within) -> None:
    def work(world: World) -> None:
        claim = world.claim()
        world.holds(HEAD, RoleKind.PRINCIPAL, school_id=rows.SCHOOL)
        world.holds(OTHER_HEAD, RoleKind.PRINCIPAL, school_id=rows.SCHOOL)
        assert claims.ask_principal(world.db, rows.SCHOOL, HEAD, MONDAY) == 1
        assert claims.ask_principal(world.db, rows.SCHOOL, HEAD, MONDAY) == 1
        assert claims.ask_principal(world.db, rows.SCHOOL, COLLEAGUE, MONDAY) == 0
        assert world.asked(claim) == [HEAD]

    await within(work)


async def test_an_officer_of_the_former_district_covers_its_schools(within) -> None:
    def work(world: World) -> None:
        world.holds(DISTRICT, RoleKind.COMMUNE, unit_id=FORMER)
        claim = world.claim()
        assert (claim.rung, world.asked(claim)) == (Rung.COMMUNE, [DISTRICT])

    await within(work)


async def test_a_claim_of_an_unlisted_school_goes_to_the_commune_that_was_named(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        world.db.execute(update(Person).where(Person.id == world.person).values(school_id=None))
        claim = world.claim(school="MN Nắng Mai", unit_id=rows.COMMUNE)
        assert (claim.school, claim.unit) == ("MN Nắng Mai", "Xã Tuy Đức")
        assert (claim.rung, world.asked(claim)) == (Rung.COMMUNE, [COMMUNE])

    await within(work)


async def test_a_claim_from_nowhere_we_know_is_for_the_department(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        world.db.execute(update(Person).where(Person.id == world.person).values(school_id=None))
        claim = world.claim()
        assert (claim.rung, world.asked(claim)) == (Rung.DEPARTMENT, [SO])
        assert claims.right(world.db, claim, HEAD, MONDAY) is None

    await within(work)


async def test_confirming_makes_person_and_seats_certain(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        rows.course(world.db, 12, seats=40)
        seats.register(world.db, 12, who(world.db, world.person), MONDAY)
        found = verdicts.confirm(world.db, claim.id, HEAD, MONDAY, full_name="Nguyễn Thị Hoa")
        assert (found.verdict, found.rung) == (Verdict.DONE, Rung.PRINCIPAL)
        now = who(world.db, world.person)
        assert (now.verified, now.full_name) == (True, "Nguyễn Thị Hoa")
        assert places.of_person(world.db, world.person)[0].provisional is False
        (told,) = world.told("confirmed")
        assert (told.account_id, told.data) == (
            world.account, {"rung": "principal", "courses": [12]},
        )  # fmt: skip
        assert world.asked(claim) == []
        (entry,) = world.db.execute(select(AuditEntry.__table__)).all()
        assert (entry.actor_id, entry.action) == (HEAD, "claim confirmed")

    await within(work)


async def test_refusing_frees_the_seat_for_whoever_waits(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        rows.course(world.db, 12, seats=1)
        seats.register(world.db, 12, who(world.db, world.person), MONDAY)
        seats.register(world.db, 12, who(world.db, COLLEAGUE), MONDAY)
        assert verdicts.refuse(world.db, claim.id, HEAD, MONDAY).verdict is Verdict.DONE
        assert places.of_person(world.db, world.person) == []
        assert places.of_person(world.db, COLLEAGUE)[0].standing is Standing.OFFERED
        assert accounts.people(world.db, world.account) == []
        (told,) = world.told("refused")
        assert (told.account_id, told.data["by"]) == (world.account, HEAD)

    await within(work)


async def test_only_those_on_the_ladder_may_answer_and_nobody_for_themselves(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        far = (OTHER_HEAD, RoleKind.COMMUNE)
        roles.grant(world.db, *far, date(2026, 1, 1), unit_id=FAR)
        roles.grant(world.db, world.person, RoleKind.PRINCIPAL, date(2026, 1, 1),
                    school_id=rows.SCHOOL)  # fmt: skip
        ended = roles.grant(world.db, DISTRICT, RoleKind.COMMUNE, date(2025, 1, 1), unit_id=FORMER)
        world.db.execute(update(Role).where(Role.id == ended).values(valid_to=date(2025, 6, 30)))
        claim = world.claim()
        for stranger in (COLLEAGUE, OTHER_HEAD, DISTRICT, world.person):
            for answer in (verdicts.confirm, verdicts.refuse):
                found = answer(world.db, claim.id, stranger, MONDAY)
                assert found.verdict is Verdict.NOT_YOURS
        assert world.now(claim) == claim
        assert verdicts.confirm(world.db, 999, HEAD, MONDAY).verdict is Verdict.UNKNOWN
        # Whoever is above may answer before it has climbed to them.
        assert verdicts.confirm(world.db, claim.id, SO, MONDAY).rung is Rung.DEPARTMENT

    await within(work)


async def test_a_settled_claim_is_not_settled_again(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        verdicts.confirm(world.db, claim.id, HEAD, MONDAY)
        late = verdicts.refuse(world.db, claim.id, COMMUNE, MONDAY + timedelta(hours=1))
        assert late.verdict is Verdict.SETTLED
        assert late.claim
        assert (late.claim.state, late.claim.decided_by_id) == (ClaimState.CONFIRMED, HEAD)
        assert world.told("refused") == []

    await within(work)


async def test_merging_keeps_the_better_place_and_passes_the_other_seat_on(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        db, theirs, mine = world.db, who(world.db, world.person), who(world.db, COLLEAGUE)
        # L1: both hold a seat, somebody waits. L2: she is seated, the other entry waits.
        # L3: only hers. L4: the other way round of L2.
        rows.course(db, 1, seats=2)
        rows.course(db, 2, seats=1)
        rows.course(db, 3, seats=5)
        rows.course(db, 4, seats=1)
        third = who(db, OTHER_HEAD)
        for course, order in ((1, (theirs, mine, third)), (2, (theirs, mine)), (3, (theirs,)),
                              (4, (mine, theirs))):  # fmt: skip
            for each in order:
                seats.register(db, course, each, MONDAY)
        found = verdicts.confirm(db, claim.id, HEAD, MONDAY, same_as=COLLEAGUE)
        assert found.verdict is Verdict.DONE
        held = {one.course_id: one for one in places.of_person(db, COLLEAGUE)}
        assert {number: one.standing for number, one in held.items()} == dict.fromkeys(
            (1, 2, 3, 4), Standing.SEATED
        )
        assert not any(one.provisional for one in held.values())
        assert places.of_person(db, world.person) == []
        assert places.of_person(db, OTHER_HEAD)[0].standing is Standing.OFFERED
        assert [one.id for one in accounts.people(db, world.account)] == [COLLEAGUE]
        assert consents.given(db, world.account, ConsentPurpose.REGISTRATION, person_id=COLLEAGUE)
        merged = db.execute(
            select(Person.merged_into_id).where(Person.id == world.person)
        ).scalar_one()
        assert merged == COLLEAGUE

    await within(work)


async def test_merging_carries_over_a_question_that_is_still_open(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        db = world.db
        rows.course(db, 1, seats=1)
        for each in (OTHER_HEAD, world.person, COLLEAGUE):
            seats.register(db, 1, who(db, each), MONDAY)
        seats.give_up(db, 1, OTHER_HEAD, MONDAY)  # the newcomer's entry is offered the seat
        verdicts.confirm(db, claim.id, HEAD, MONDAY, same_as=COLLEAGUE)
        (place,) = places.of_person(db, COLLEAGUE)
        assert place.standing is Standing.OFFERED
        assert place.offered_until
        owed = [one for one in world.told("offer") if one.state == "owed"]
        assert [(one.person_id, one.subject_id) for one in owed] == [(COLLEAGUE, place.id)]

    await within(work)


async def test_nobody_is_merged_with_somebody_of_another_school(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = world.claim()
        world.db.execute(update(Person).where(Person.id == COLLEAGUE).values(school_id=None))
        for wrong in (COLLEAGUE, world.person, 999):
            found = verdicts.confirm(world.db, claim.id, HEAD, MONDAY, same_as=wrong)
            assert found.verdict is Verdict.NOT_SAME
        assert world.now(claim).state is ClaimState.OPEN

    await within(work)


async def test_a_confirmed_phone_moves_the_person_and_their_consents(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        db = world.db
        old = rows.account(db, "old phone", COLLEAGUE, OTHER_HEAD)
        consents.give(db, old, ConsentPurpose.REMINDERS, MONDAY, channel="telegram",
                      person_id=COLLEAGUE)  # fmt: skip
        claim = identity.ask_to_move(db, world.account, COLLEAGUE, MONDAY)
        assert [one.account_id for one in world.told("phone asked")] == [old]
        assert accounts.people(db, world.account) == []
        verdicts.confirm(db, claim.id, HEAD, MONDAY)
        assert [one.id for one in accounts.people(db, world.account)] == [COLLEAGUE]
        left = accounts.people(db, old)
        assert [(one.id, one.active) for one in left] == [(OTHER_HEAD, True)]
        assert consents.given(db, world.account, ConsentPurpose.REMINDERS, person_id=COLLEAGUE)
        assert [one.account_id for one in world.told("moved away")] == [old]

    await within(work)


async def test_a_principal_does_not_confirm_a_phone_of_their_own(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        claim = identity.ask_to_move(world.db, world.account, HEAD, MONDAY)
        assert (claim.rung, world.asked(claim)) == (Rung.COMMUNE, [COMMUNE])
        assert verdicts.confirm(world.db, claim.id, HEAD, MONDAY).verdict is Verdict.NOT_YOURS

    await within(work)


async def test_a_full_account_takes_nobody_more(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        db = world.db
        claim = identity.ask_to_move(db, world.account, COLLEAGUE, MONDAY)
        rows.account(db, "old phone", COLLEAGUE)
        for each in (DISTRICT, SO, OTHER_HEAD):
            assert accounts.link(db, world.account, each, MONDAY) is Room.FREE
        assert accounts.link(db, world.account, COLLEAGUE, MONDAY) is Room.FULL
        assert verdicts.confirm(db, claim.id, HEAD, MONDAY).verdict is Verdict.NO_ROOM

    await within(work)


async def test_an_account_is_shared_within_one_school_only(within) -> None:
    def work(world: World) -> None:
        world.db.execute(update(Person).where(Person.id == SO).values(school_id=None))
        accounts.link(world.db, world.account, COLLEAGUE, MONDAY)
        assert accounts.link(world.db, world.account, SO, MONDAY) is Room.OTHER_SCHOOL
        assert accounts.link(world.db, world.account, COLLEAGUE, MONDAY) is Room.THERE

    await within(work)


async def test_a_code_shown_later_settles_the_claim_and_merges(within) -> None:
    def work(world: World) -> None:
        world.ladder()
        db = world.db
        claim = world.claim()
        rows.course(db, 12, seats=40)
        claimed = who(db, world.person)
        seats.register(db, 12, claimed, MONDAY)
        identity.recognise(db, world.account, COLLEAGUE, MONDAY, provisional=claimed)
        assert world.now(claim).state is ClaimState.WITHDRAWN
        assert world.asked(claim) == []
        assert [one.id for one in accounts.people(db, world.account)] == [COLLEAGUE]
        (place,) = places.of_person(db, COLLEAGUE)
        assert place.provisional is False

    await within(work)


async def test_namesakes_are_told_apart_by_the_marks_that_were_typed(within) -> None:
    def work(world: World) -> None:
        db = world.db
        for person_id, name in ((1, "Nguyễn Thị Hoa"), (2, "Nguyễn Thị Hòa")):
            newcomers.rename(db, person_id, name)

        def found(typed: str) -> list[int]:
            same = newcomers.namesakes(db, rows.SCHOOL, typed, MONDAY.date(), but=world.person)
            return [one.id for one in same]

        assert found("nguyen thi hoa") == [1, 2]
        assert found("Nguyễn  Thị Hoa") == [1]
        assert found("NGUYỄN THỊ HÒA") == [2]
        assert found("Nguyễn Thị Hoá") == []

    await within(work)


async def test_of_two_who_answer_at_once_one_is_heard(either: Database) -> None:
    def prepare(db: Connection) -> int:
        world = build(db)
        world.ladder()
        rows.course(db, 12, seats=40)
        claim = world.claim()
        seats.register(db, 12, who(db, world.person), MONDAY)
        return claim.id

    claim_id = await either.turn(prepare)
    yes, no = await asyncio.gather(
        either.turn(lambda db: verdicts.confirm(db, claim_id, HEAD, MONDAY)),
        either.turn(lambda db: verdicts.refuse(db, claim_id, COMMUNE, MONDAY)),
    )
    assert sorted((yes.verdict, no.verdict)) == [Verdict.DONE, Verdict.SETTLED]

    def kinds(db: Connection) -> list[str]:
        found = select(Notice.kind).where(Notice.kind.in_(("confirmed", "refused")))
        return list(db.execute(found).scalars())

    done = "confirmed" if yes.verdict is Verdict.DONE else "refused"
    assert await either.read(kinds) == [done]
