"""Random histories of small courses on the real storage: after each step every rule still holds.

Each example is one transaction on one SQLite file, rolled back at its end. What is checked comes
from the rows alone, and from a plain list of who may be offered a seat next.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import bindparam, select, update

from storage import (
    agreement,
    changes,
    conversations,
    courses,
    offers,
    places,
    registrations,
    roles,
    seats,
    worktime,
)
from storage.database import address, sqlite
from storage.models import (
    HOLDING,
    Course,
    CourseState,
    Mode,
    Notice,
    NoticeState,
    Person,
    Registration,
    RegistrationEvent,
    RoleKind,
    Standing,
)
from storage.places import Place
from tests import rows
from tests.talk import ZONE

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

# Three days before the longest holiday: Tết Đinh Mùi is on 06/02/2027.
BEGINNING = datetime(2027, 2, 2, 9, 0, tzinfo=ZONE)
PEOPLE = list(range(1, 9))
FREE, WITH_PRINCIPAL = 1, 2
COURSES = st.sampled_from((FREE, WITH_PRINCIPAL))
WHO = st.sampled_from(PEOPLE)
PRINCIPAL, NOBODY = 9, 10
LIVE_NOTICES = select(Notice.subject_id, Notice.kind, Notice.due_at).where(
    Notice.answered_at.is_(None), Notice.state != NoticeState.SKIPPED
)
EVENTS = select(
    RegistrationEvent.registration_id,
    RegistrationEvent.standing,
    RegistrationEvent.actor_id,
    RegistrationEvent.reason,
).order_by(RegistrationEvent.id)
VERIFIED = select(Person.id).where(Person.verified_at.is_not(None))
PLACES = (
    select(*places.FIELDS)
    .where(Registration.course_id == bindparam("course_id"))
    .order_by(Registration.turn)
)


class Seats(RuleBasedStateMachine):
    """Eight people, two courses with two seats each."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.db = self.engine.connect()
        self.transaction = self.db.begin()
        self.now = BEGINNING
        rows.school(self.db)
        rows.people(self.db, 5)
        rows.people(self.db, 3, first=6, verified=False)
        rows.people(self.db, 2, first=PRINCIPAL)
        roles.grant(self.db, PRINCIPAL, RoleKind.PRINCIPAL, BEGINNING.date(), school_id=rows.SCHOOL)
        rows.account(self.db, "principal", PRINCIPAL)
        self.turns = {FREE: 0, WITH_PRINCIPAL: 0}
        self.before: dict[int, Place] = {}
        self.begun = False

    @initialize(
        days=st.sampled_from((1, 2, 4, 12, 20)),
        hour=st.sampled_from((0, 7, 13, 22)),
        free=st.permutations(PEOPLE),
        asked=st.permutations(PEOPLE),
    )
    def begin(self, days: int, hour: int, free: list[int], asked: list[int]) -> None:
        """Two full courses, each with a queue already."""
        starts_at = BEGINNING.replace(hour=hour) + timedelta(days=days)
        for course_id, mode in ((FREE, Mode.FREE), (WITH_PRINCIPAL, Mode.PRINCIPAL)):
            rows.course(self.db, course_id, seats=2, mode=mode, starts_at=starts_at)
        for person_id in free[:5]:
            self.register(FREE, person_id, agreed=False)
        for person_id in asked[:4]:
            self.register(WITH_PRINCIPAL, person_id, agreed=False)
        self.begun = True

    def teardown(self) -> None:
        self.transaction.rollback()
        self.db.close()

    # What happens

    @rule(course_id=COURSES, person_id=WHO, agreed=st.booleans())
    def register(self, course_id: int, person_id: int, agreed: bool) -> None:
        course, before = self.course(course_id), self.place(course_id, person_id)
        held, waiting = self.held(course_id), self.waiting(course_id)
        who = conversations.who(self.db, person_id)

        asked = registrations.register(self.db, course_id, who, self.now, agreed=agreed)

        self.turns[course_id] += 1
        if before and before.live:
            assert asked.outcome is registrations.Outcome.ALREADY
        elif not course.takes(self.now):
            assert asked.outcome is registrations.Outcome.CLOSED
            assert self.place(course_id, person_id) == before
        else:
            assert asked.place
            assert asked.place.turn == self.turns[course_id]
            # A newcomer never overtakes: whoever waits comes first, even to a free seat; but so
            # near the beginning that nobody can be offered one, the first to ask has it.
            assert course.seats is not None
            near = seats.offer_ends(self.now, course.starts_at) is None
            full = held >= course.seats or (bool(waiting) and not near)
            assert (asked.place.standing is Standing.WAITING) == full
            assert asked.place.position == (len(waiting) + 1 if full else 0)

    @rule(course_id=COURSES, person_id=WHO)
    def give_up(self, course_id: int, person_id: int) -> None:
        before = self.place(course_id, person_id)
        ended = registrations.give_up(self.db, course_id, person_id, self.now)
        assert (ended is not None) == (before is not None and before.live)

    @rule(course_id=COURSES, which=st.integers(0, 1))
    def give_up_a_seat(self, course_id: int, which: int) -> None:
        holding = [place for place in self.all_places(course_id) if place.holds]
        if holding:
            self.give_up(course_id, holding[which % len(holding)].person_id)

    @rule(data=st.data())
    def accept(self, data: st.DataObject) -> None:
        place = self.any_place(data)
        if place is None:
            return
        taken = offers.accept(self.db, place.id, self.now)
        in_time = place.offered_until is not None and self.now < place.offered_until
        assert (taken is not None) == (place.standing is Standing.OFFERED and in_time)

    @rule(data=st.data())
    def take_free(self, data: st.DataObject) -> None:
        """Whoever waits takes a seat that nobody can be offered any more."""
        place = self.any_place(data)
        if place is None:
            return
        course = self.course(place.course_id)
        assert course.seats is not None
        free = self.held(course.id) < course.seats and not course.begun(self.now)
        near = seats.offer_ends(self.now, course.starts_at) is None
        asked = registrations.take_free(self.db, place.id, self.now)
        assert (asked is not None) == (place.standing is Standing.WAITING)
        if asked and asked.place:
            taken = asked.place.standing is not Standing.WAITING
            assert taken == (free and near)
            assert asked.place.unanswered_since == place.unanswered_since

    @rule()
    def requests_climb(self) -> None:
        agreement.climb(self.db, self.now)
        assert agreement.climb(self.db, self.now) == 0

    @rule(data=st.data(), yes=st.booleans())
    def a_stranger_answers(self, data: st.DataObject, yes: bool) -> None:
        """Whoever holds no role over the school decides nothing."""
        place = self.any_place(data)
        if place is None:
            return
        decide = registrations.agree if yes else registrations.refuse
        assert decide(self.db, place.id, NOBODY, self.now) is None

    @rule(data=st.data(), yes=st.booleans())
    def principal_answers(self, data: st.DataObject, yes: bool) -> None:
        place = self.any_place(data)
        if place is None:
            return
        decide = registrations.agree if yes else registrations.refuse
        decided = decide(self.db, place.id, PRINCIPAL, self.now)
        assert (decided is not None) == (place.standing is Standing.ASKED)
        if yes and decided:
            assert decided.unanswered_since == place.unanswered_since

    @rule(data=st.data())
    def stay(self, data: st.DataObject) -> None:
        place = self.any_place(data)
        if place is None:
            return
        stays = registrations.stay(self.db, place.id, self.now)
        assert (stays is not None) == place.live
        assert not stays or stays.standing is place.standing

    @rule(person_id=st.sampled_from(PEOPLE[5:]))
    def confirm_person(self, person_id: int) -> None:
        rows.confirm(self.db, person_id, self.now)
        registrations.confirm_person(self.db, person_id, self.now)

    @rule(person_id=st.sampled_from(PEOPLE[5:]))
    def nobody_knows_the_person(self, person_id: int) -> None:
        registrations.drop_person(self.db, person_id, self.now, actor_id=PRINCIPAL)
        assert places.of_person(self.db, person_id) == []

    @rule(hours=st.sampled_from((1, 3, 8, 15, 26, 24 * 5)))
    def time_passes(self, hours: int) -> None:
        """The clock of the program runs once a minute; here it lapses what is due, in order."""
        until = self.now + timedelta(hours=hours)
        while due := self.next_lapse(until):
            self.now = max(self.now, due)
            assert registrations.lapse(self.db, self.now) > 0
            self.check()
        self.now = until
        assert registrations.lapse(self.db, self.now) == 0

    @rule(course_id=COURSES, hours=st.integers(-100, 400), place=st.sampled_from(("", "Nhà B")))
    def move_course(self, course_id: int, hours: int, place: str) -> None:
        before = self.course(course_id)
        assert before.starts_at
        live = {each.id for each in self.all_places(course_id) if each.live}
        self.now += timedelta(minutes=1)
        starts_at = max(before.starts_at.astimezone(ZONE) + timedelta(hours=hours), self.now)
        changes.reschedule(self.db, course_id, now=self.now, starts_at=starts_at, place=place)
        for each in self.all_places(course_id):
            if each.id in live and each.standing is not Standing.OFFERED:
                assert each.unanswered_since == self.now

    @rule(course_id=COURSES, more=st.integers(-1, 2))
    def enlarge(self, course_id: int, more: int) -> None:
        course = self.course(course_id)
        assert course.seats is not None
        larger = changes.enlarge(self.db, course_id, course.seats + more, self.now)
        assert (larger is None) == (more < 0)

    @rule(course_id=COURSES)
    def close(self, course_id: int) -> None:
        """Registration ends early; whoever waits goes on waiting."""
        self.db.execute(
            update(Course)
            .where(Course.id == course_id, Course.state == CourseState.OPEN)
            .values(closes_at=self.now)
        )

    @precondition(lambda self: self.steps() > 14)
    @rule(course_id=COURSES)
    def cancel(self, course_id: int) -> None:
        before = self.course(course_id)
        done = changes.cancel(self.db, course_id, "mưa bão", self.now)
        assert (done is None) == (before.state is CourseState.CANCELLED)
        assert not [each for each in self.all_places(course_id) if each.live]

    # What must hold

    @invariant()
    def check(self) -> None:
        if not self.begun:
            return
        verified, events, live = self.verified(), self.events(), self.live_notices()
        now: dict[int, Place] = {}
        for course_id in (FREE, WITH_PRINCIPAL):
            course, mine = self.course(course_id), self.all_places(course_id)
            self.check_course(course, mine)
            self.check_offers(mine)
            for place in mine:
                now[place.id] = place
                assert place.provisional == (place.person_id not in verified)
                self.check_place(place, events[place.id])
                self.check_notices(place, course, live.get(place.id, {}))
        self.before = now

    def check_course(self, course: courses.Training, mine: list[Place]) -> None:
        held = [each for each in mine if each.holds]
        waiting = [each for each in mine if each.standing is Standing.WAITING]
        assert course.seats is not None
        assert len(held) <= course.seats
        assert course.turns == self.turns[course.id]
        turns = [each.turn for each in mine]
        assert len(set(turns)) == len(turns)
        assert all(1 <= turn <= course.turns for turn in turns)
        by_turn = sorted(waiting, key=lambda each: each.turn)
        if by_turn:
            assert places.with_position(self.db, by_turn[0]).position == 1
            assert places.with_position(self.db, by_turn[-1]).position == len(by_turn)
        if waiting and len(held) < course.seats:
            assert (
                course.begun(self.now)
                or course.state is CourseState.CANCELLED
                or seats.offer_ends(self.now, course.starts_at) is None
            ), "somebody waits while a seat is free"

    def check_offers(self, mine: list[Place]) -> None:
        """Whoever was offered a seat since the last look stood before all who still wait."""
        waiting = [each.turn for each in mine if each.standing is Standing.WAITING]
        for place in mine:
            was = self.before.get(place.id)
            if place.standing is Standing.OFFERED and (not was or was.standing != place.standing):
                assert was
                assert was.standing is Standing.WAITING
                assert all(place.turn < turn for turn in waiting)

    def check_place(self, place: Place, events: list[Any]) -> None:
        assert (place.standing is Standing.OFFERED) == (place.offered_until is not None)
        assert events[-1].standing is place.standing
        for event in events:
            by_time = event.standing in (Standing.OFFERED, Standing.LAPSED) and not event.reason
            assert not by_time or event.actor_id is None

    def check_notices(
        self, place: Place, course: courses.Training, live: dict[str, datetime]
    ) -> None:
        assert ("offer" in live) == (place.standing is Standing.OFFERED)
        # Nobody who can be asked waits in vain.
        assert ("agree" in live) == (place.standing is Standing.ASKED)
        if not place.live:
            assert "moved" not in live
        if place.unanswered_since:
            assert "moved" in live
        if "offer" not in live:
            return
        # Said when people are awake, before it ends, which is before the course begins.
        assert place.offered_until
        due = live["offer"].astimezone(ZONE)
        assert worktime.next_waking(due) == due
        assert course.starts_at
        assert place.offered_until <= course.starts_at
        if course.moved_at is None:
            assert due < place.offered_until <= course.starts_at - seats.LAST_CALL

    # What stands in the rows

    def steps(self) -> int:
        return sum(self.turns.values())

    def course(self, course_id: int) -> courses.Training:
        found = courses.get(self.db, course_id)
        assert found
        return found

    def place(self, course_id: int, person_id: int) -> Place | None:
        return places.find(self.db, course_id, person_id)

    def all_places(self, course_id: int) -> list[Place]:
        return [Place(*row) for row in self.db.execute(PLACES, {"course_id": course_id})]

    def any_place(self, data: st.DataObject) -> Place | None:
        """Any registration; those that wait for an answer more often than the others."""
        found = [*self.all_places(FREE), *self.all_places(WITH_PRINCIPAL)]
        open_ones = [each for each in found if each.offered_until or each.unanswered_since]
        open_ones += [each for each in found if each.standing is Standing.ASKED]
        return data.draw(st.sampled_from([*open_ones, *found])) if found else None

    def held(self, course_id: int) -> int:
        return sum(each.standing in HOLDING for each in self.all_places(course_id))

    def waiting(self, course_id: int) -> list[Place]:
        return [each for each in self.all_places(course_id) if each.standing is Standing.WAITING]

    def next_lapse(self, until: datetime) -> datetime | None:
        due = self.db.execute(
            select(Registration.offered_until)
            .where(Registration.standing == Standing.OFFERED, Registration.offered_until <= until)
            .order_by(Registration.offered_until)
            .limit(1)
        ).scalar_one_or_none()
        return due.astimezone(ZONE) if due else None

    def live_notices(self) -> dict[int, dict[str, datetime]]:
        """What is owed or stands unanswered, by registration: kind -> when it is due."""
        found: defaultdict[int, dict[str, datetime]] = defaultdict(dict)
        for row in self.db.execute(LIVE_NOTICES):
            found[row.subject_id][row.kind] = row.due_at
        return found

    def events(self) -> dict[int, list[Any]]:
        found: defaultdict[int, list[Any]] = defaultdict(list)
        for row in self.db.execute(EVENTS):
            found[row.registration_id].append(row)
        return found

    def verified(self) -> set[int]:
        return set(self.db.execute(VERIFIED).scalars())


FEW = settings(
    max_examples=40,
    stateful_step_count=30,
    # Explaining a failure takes minutes; the shortest history that fails says enough.
    phases=(Phase.generate, Phase.shrink),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=2000, stateful_step_count=60, derandomize=False)


@pytest.fixture
def machine(empty_file: Path, tmp_path: Path):
    import shutil

    shutil.copy(empty_file, tmp_path / "machine.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'machine.db'}"))
    yield type("SeatsHere", (Seats,), {"engine": engine})
    engine.dispose()


def test_seats_keep_their_rules_under_any_history(machine: type[Seats]):
    run_state_machine_as_test(machine, settings=FEW)


@pytest.mark.soak
def test_seats_keep_their_rules_under_many_histories(machine: type[Seats]):
    run_state_machine_as_test(machine, settings=MANY)
