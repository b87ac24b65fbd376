"""Seats set apart for units: the rules alone, random histories, and limits per school."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import insert, select, update

from storage import (
    conversations,
    courses,
    excuses,
    nominations,
    offers,
    places,
    registrations,
    scopes,
    seat_quotas,
    substitutions,
)
from storage.database import address, sqlite
from storage.models import (
    Cannot,
    Course,
    CourseQuota,
    Mode,
    Ownership,
    Person,
    Registration,
    Role,
    RoleKind,
    School,
    SchoolType,
    Standing,
    Substitution,
    SubstitutionState,
    Unit,
    UnitKind,
)
from storage.nominees import Sent
from storage.places import Place
from storage.registrations import Outcome
from storage.seat_quotas import Done
from storage.seats import Room, first_come, in_proportion, quota_of
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

OTHER = 2  # a second commune with a school of its own
PROVINCE = 9
COURSE, SEATS = 12, 3
PEOPLE = range(1, 9)  # the first four at one school, the others at the other
OFFICER = 50


def two_communes(db: Connection) -> None:
    """Two communes of one province, each with a school and four teachers."""
    rows.school(db)
    db.execute(insert(Unit).values(id=PROVINCE, code="68", name="Tỉnh Lâm Đồng",
                                   kind=UnitKind.PROVINCE, path=f"/{PROVINCE}/"))  # fmt: skip
    db.execute(update(Unit).where(Unit.id == rows.COMMUNE).values(path=f"/{PROVINCE}/1/"))
    db.execute(insert(Unit).values(
        id=OTHER, code="24739", name="Xã Quảng Tân", kind=UnitKind.COMMUNE,
        path=f"/{PROVINCE}/{OTHER}/",
    ))  # fmt: skip
    db.execute(insert(School).values(
        id=OTHER, name="Trường MN Ban Mai", folded="ban mai", type=SchoolType.PRESCHOOL,
        ownership=Ownership.PUBLIC, unit_id=OTHER,
    ))  # fmt: skip
    rows.people(db, len(PEOPLE))
    db.execute(update(Person).where(Person.id > 4).values(school_id=OTHER))


def officer(db: Connection, unit_id: int) -> scopes.Scope:
    """Somebody in charge of a unit."""
    rows.people(db, 1, first=OFFICER)
    db.execute(insert(Role).values(person_id=OFFICER, kind=RoleKind.COMMUNE, unit_id=unit_id,
                                   valid_from=MONDAY.date()))  # fmt: skip
    scope = scopes.of(db, OFFICER, MONDAY.date())
    assert scope
    return scope


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    import shutil

    shutil.copy(empty_file, tmp_path / "quotas.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'quotas.db'}"))
    with engine.connect() as connection:
        two_communes(connection)
        yield connection
        connection.rollback()
    engine.dispose()


def ask(db: Connection, person_id: int, now: datetime = MONDAY) -> Outcome:
    who = conversations.who(db, person_id)
    return registrations.register(db, COURSE, who, now).outcome


# The rules alone


def test_the_nearest_quota_counts_and_todays_units_before_former_ones() -> None:
    assert quota_of({1: 5, 7: 2}, "/1/7/42/") == 7
    assert quota_of({1: 5, 30: 2}, "/1/7/", "/30/31/") == 1
    assert quota_of({30: 2}, "/1/7/", "/30/31/") == 30
    assert quota_of({3: 1}, "/1/7/") is None


def test_people_of_a_quota_take_from_it_first_then_what_is_open() -> None:
    room = Room(4, {1: 2})
    assert [room.take(1) for _ in range(5)] == [True] * 4 + [False]
    room = Room(4, {1: 2})
    assert [room.take(None) for _ in range(3)] == [True, True, False]
    assert room.left(1) == 2
    assert Room(1, {1: 2, 2: 2}).left(1) == 1
    assert Room(None).take(None)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 300), st.dictionaries(st.integers(1, 40), st.integers(0, 90), max_size=9))
def test_seats_are_divided_without_a_rest_and_nobody_far_from_their_share(
    seats: int, weights: dict[int, int]
) -> None:
    shares = in_proportion(seats, weights)
    total = sum(weights.values())
    assert sum(shares.values()) == (seats if total else 0)
    assert all(abs(shares[unit] * total - seats * weights[unit]) < total for unit in shares)


# Officers set them


def test_what_is_set_apart_is_not_for_others_until_it_returns(db: Connection) -> None:
    rows.course(db, COURSE, seats=SEATS, closes_at=MONDAY + timedelta(days=15))
    scope = officer(db, rows.COMMUNE)

    assert seat_quotas.put(db, scope, COURSE, {rows.COMMUNE: 2}, MONDAY) is Done.DONE
    assert [ask(db, one) for one in (5, 6, 7)] == [
        Outcome.SEATED, Outcome.WAITING, Outcome.WAITING,
    ]  # fmt: skip
    assert ask(db, 1) is Outcome.SEATED
    assert [share.taken for share in seat_quotas.shares(db, scope, COURSE)] == [1]
    found = courses.get(db, COURSE)
    assert found
    until = found.quotas_until
    assert until
    assert until < MONDAY + timedelta(days=15)
    assert offers.give_back(db, MONDAY) == 0
    assert offers.give_back(db, until.astimezone(MONDAY.tzinfo)) == 1
    assert offers.give_back(db, until.astimezone(MONDAY.tzinfo)) == 0
    assert [place(db, one).standing for one in (6, 7)] == [Standing.OFFERED, Standing.WAITING]


def test_a_seat_given_up_stays_with_its_unit(db: Connection) -> None:
    rows.course(db, COURSE, seats=SEATS)
    db.execute(insert(CourseQuota).values(course_id=COURSE, unit_id=rows.COMMUNE, seats=1))
    outcomes = [ask(db, one) for one in (5, 1, 2, 6, 3)]
    assert outcomes == [Outcome.SEATED] * 3 + [Outcome.WAITING] * 2

    registrations.give_up(db, COURSE, 1, MONDAY)
    # Two of the unit hold one seat of the quota and an open one: the open one was freed.
    assert place(db, 6).standing is Standing.OFFERED
    registrations.give_up(db, COURSE, 2, MONDAY)
    assert place(db, 3).standing is Standing.OFFERED


def test_no_more_than_there_are_and_only_for_whoever_runs_the_course(db: Connection) -> None:
    rows.course(db, COURSE, seats=SEATS)
    scope = officer(db, rows.COMMUNE)

    assert seat_quotas.put(db, scope, COURSE, {rows.COMMUNE: 4}, MONDAY) is Done.TOO_MANY
    assert seat_quotas.put(db, scope, COURSE, {OTHER: 1}, MONDAY) is Done.NOT_YOURS
    db.execute(update(Course).values(unit_id=OTHER))
    assert seat_quotas.put(db, scope, COURSE, {rows.COMMUNE: 1}, MONDAY) is Done.NOT_YOURS
    assert seat_quotas.return_after(db, scope, COURSE, None, MONDAY) is Done.NOT_YOURS
    assert seat_quotas.course(db, scope, COURSE) is None
    assert db.execute(select(CourseQuota.unit_id)).all() == []


def test_a_school_sends_no_more_than_its_limit_on_one_day_over_all_courses(
    db: Connection,
) -> None:
    rows.course(db, COURSE, seats=20, school_limit=2)
    rows.course(db, 13, seats=20)
    rows.course(db, 14, seats=20, starts_at=MONDAY + timedelta(days=20))
    for course_id, person_id in ((13, 1), (14, 2)):
        registrations.register(db, course_id, conversations.who(db, person_id), MONDAY)

    assert ask(db, 3) is Outcome.SEATED
    assert ask(db, 4) is Outcome.SCHOOL_FULL
    assert ask(db, 5) is Outcome.SEATED
    # Who is away that day already makes the school no emptier.
    assert ask(db, 1) is Outcome.SEATED
    registrations.give_up(db, COURSE, 3, MONDAY)
    assert ask(db, 4) is Outcome.SEATED


def test_whose_school_is_full_waits_on_and_holds_nobody_up(db: Connection) -> None:
    rows.course(db, COURSE, seats=1, school_limit=1)
    rows.course(db, 13, seats=20)
    assert [ask(db, one) for one in (5, 1, 2)] == [Outcome.SEATED] + [Outcome.WAITING] * 2
    registrations.register(db, 13, conversations.who(db, 3), MONDAY)

    registrations.give_up(db, COURSE, 5, MONDAY)
    assert [place(db, one).standing for one in (1, 2)] == [Standing.WAITING] * 2
    assert ask(db, 6) is Outcome.SEATED


def test_a_substitute_of_a_commune_gets_no_seat_beyond_its_quota(db: Connection) -> None:
    rows.course(db, COURSE, seats=9, mode=Mode.NOMINATED)
    db.execute(update(Course).values(unit_id=PROVINCE))
    db.execute(insert(CourseQuota).values(course_id=COURSE, unit_id=rows.COMMUNE, seats=1))
    scope = officer(db, rows.COMMUNE)
    assert nominations.nominate(db, scope, COURSE, [1], MONDAY)[0].outcome is Sent.NOMINATED
    excuses.excuse(db, place(db, 1), Cannot.ILL, MONDAY)
    assert nominations.nominate(db, scope, COURSE, [2], MONDAY)[0].outcome is Sent.NOMINATED
    proposal = db.execute(
        insert(Substitution)
        .values(registration_id=place(db, 1).id, person_id=3, at=MONDAY,
                state=SubstitutionState.PROPOSED)
        .returning(Substitution.id)
    ).scalar_one()  # fmt: skip

    done = substitutions.approve(db, scope, proposal, MONDAY)
    assert done
    assert done.outcome is Sent.FULL
    nominations.revoke(db, scope, place(db, 2).id, MONDAY)
    done = substitutions.approve(db, scope, proposal, MONDAY)
    assert done
    assert done.outcome is Sent.NOMINATED


def place(db: Connection, person_id: int) -> Place:
    found = places.find(db, COURSE, person_id)
    assert found
    return found


# Random histories


class Divided(RuleBasedStateMachine):
    """Eight people of two communes, one course with three seats, quotas that change."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.db = self.engine.connect()
        self.transaction = self.db.begin()
        two_communes(self.db)
        self.scope = officer(self.db, PROVINCE)
        self.now = MONDAY

    @initialize(days=st.sampled_from((2, 6, 19)), first=st.integers(0, 3))
    def begin(self, days: int, first: int) -> None:
        starts_at = MONDAY + timedelta(days=days)
        rows.course(self.db, COURSE, seats=SEATS, starts_at=starts_at)
        db_put = seat_quotas.put(self.db, self.scope, COURSE, {rows.COMMUNE: first}, self.now)
        assert db_put is Done.DONE

    def teardown(self) -> None:
        self.transaction.rollback()
        self.db.close()

    @rule(person_id=st.sampled_from(PEOPLE))
    def ask(self, person_id: int) -> None:
        before, left = self.left(), places.find(self.db, COURSE, person_id)
        open_to_all = first_come(self.now, self.course().starts_at)
        outcome = ask(self.db, person_id, self.now)
        if left and left.live:
            assert outcome is Outcome.ALREADY
        elif not self.course().takes(self.now):
            assert outcome is Outcome.CLOSED
        elif not open_to_all:
            assert (outcome is Outcome.SEATED) == (before[unit(person_id)] > 0)

    @rule(person_id=st.sampled_from(PEOPLE))
    def give_up(self, person_id: int) -> None:
        registrations.give_up(self.db, COURSE, person_id, self.now)

    @rule(person_id=st.sampled_from(PEOPLE))
    def accept(self, person_id: int) -> None:
        mine = places.find(self.db, COURSE, person_id)
        if mine:
            offers.accept(self.db, mine.id, self.now)

    @rule(unit_id=st.sampled_from((rows.COMMUNE, OTHER)), kept=st.integers(0, 3))
    def put(self, unit_id: int, kept: int) -> None:
        others = sum(n for one, n in self.quotas().items() if one != unit_id)
        done = seat_quotas.put(self.db, self.scope, COURSE, {unit_id: kept}, self.now)
        assert (done is Done.TOO_MANY) == (others + kept > SEATS)

    @rule(days=st.integers(0, 3))
    def return_after(self, days: int) -> None:
        day = (self.now + timedelta(days=days)).date()
        seat_quotas.return_after(self.db, self.scope, COURSE, day, self.now)

    @rule(hours=st.sampled_from((1, 9, 30)))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        registrations.lapse(self.db, self.now)
        offers.give_back(self.db, self.now)
        assert offers.give_back(self.db, self.now) == 0

    @invariant()
    def nobody_waits_for_a_seat_they_could_have(self) -> None:
        course = courses.get(self.db, COURSE)
        if course is None or course.begun(self.now) or first_come(self.now, course.starts_at):
            return
        standings = self.db.execute(
            select(Registration.person_id, Registration.standing)
        ).all()  # fmt: skip
        left = self.left()
        assert sum(held(one.standing) for one in standings) <= SEATS
        for one in standings:
            assert one.standing is not Standing.WAITING or left[unit(one.person_id)] == 0

    def course(self) -> courses.Training:
        found = courses.get(self.db, COURSE)
        assert found
        return found

    def quotas(self) -> dict[int, int]:
        return {row[0]: row[1] for row in self.db.execute(
            select(CourseQuota.unit_id, CourseQuota.seats)
        )}  # fmt: skip

    def left(self) -> dict[int, int]:
        """What is free for the people of each commune, counted anew from the rows."""
        until = self.course().quotas_until
        kept = {} if until and until <= self.now else self.quotas()
        rows_ = self.db.execute(select(Registration.person_id, Registration.standing)).all()
        taken = Counter(unit(one.person_id) for one in rows_ if held(one.standing))
        free = SEATS - taken.total()
        unused = {one: max(0, kept.get(one, 0) - taken[one]) for one in (rows.COMMUNE, OTHER)}
        return {
            one: max(0, min(free, unused[one]), free - sum(unused.values()) + unused[one])
            for one in unused
        }


def unit(person_id: int) -> int:
    return rows.COMMUNE if person_id <= 4 else OTHER


def held(standing: Standing) -> bool:
    return standing in (Standing.SEATED, Standing.OFFERED)


FEW = settings(
    max_examples=15, stateful_step_count=25, phases=(Phase.generate, Phase.shrink), deadline=None,
    derandomize=True, suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture
def machine(empty_file: Path, tmp_path: Path) -> Iterator[Any]:
    import shutil

    shutil.copy(empty_file, tmp_path / "machine.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'machine.db'}"))
    yield type("DividedHere", (Divided,), {"engine": engine})
    engine.dispose()


def test_quotas_keep_their_rules_under_any_history(machine: type[Divided]) -> None:
    run_state_machine_as_test(machine, settings=FEW)


@pytest.mark.soak
def test_quotas_keep_their_rules_under_many_histories(machine: type[Divided]) -> None:
    run_state_machine_as_test(machine, settings=settings(FEW, max_examples=1500,
                                                         stateful_step_count=50))  # fmt: skip
