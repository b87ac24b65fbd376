"""Whom a rule means: against a plain recount, within every reach, and at sending time."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from storage import recipients, scopes
from storage.database import address, sqlite
from storage.models import (
    HOLDING,
    LIVE,
    Account,
    AccountPerson,
    Announce,
    Broadcast,
    BroadcastSeen,
    BroadcastState,
    Called,
    Channel,
    ChannelState,
    Core,
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Notice,
    NoticeState,
    Ownership,
    Person,
    Position,
    Purpose,
    Registration,
    Role,
    RoleKind,
    School,
    SchoolType,
    Source,
    Standing,
    Unit,
    UnitChange,
    UnitKind,
)
from storage.models.units import ChangeKind
from storage.recipients import About, Barrier, Rule
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

TODAY = MONDAY.date()
DAY = timedelta(days=1)
BEFORE, NOW, COURSE = 7, 8, 12  # an announcement that was sent, the one to send, the course
ARRIVED = (NoticeState.SENT, NoticeState.UNCERTAIN)


@dataclass(frozen=True)
class Place:
    """A school by its unit and its old unit, as indexes into the units."""

    unit: int
    old: int | None
    type: SchoolType


@dataclass(frozen=True)
class Somebody:
    """A person with all that a rule or a barrier can ask about."""

    school: int | None
    position: Position
    core: Core | None
    changed: tuple[dict[str, Any], bool]
    office: tuple[RoleKind, int, bool] | None
    standing: Standing | None
    unanswered: bool
    got: NoticeState | None
    seen: bool
    consent: Announce
    accounts: list[tuple[str, bool]]
    lately: list[tuple[NoticeState, int]]  # other announcements and how many days ago


@dataclass(frozen=True)
class World:
    """Units by their parents, mergers of them, and what stands on them; the officer is person 1."""

    parents: list[int | None]
    changes: list[tuple[int, int]]
    places: list[Place]
    people: list[Somebody]
    reaches: list[int]
    mode: Mode
    audience: dict[str, Any]
    paths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for index, parent in enumerate(self.parents):
            above = "/" if parent is None else self.paths[parent]
            self.paths.append(f"{above}{index + 1}/")


# What is changed of somebody, and whether they work today after that.
CHANGED: list[tuple[dict[str, Any], bool]] = [
    *[({}, True)] * 12, ({"left_on": TODAY}, False),
    ({"left_on": TODAY + DAY}, True), ({"leave_from": TODAY}, False),
    ({"leave_from": TODAY + DAY}, True),
    ({"leave_from": TODAY - 9 * DAY, "leave_to": TODAY}, False),
    ({"leave_from": TODAY - 9 * DAY, "leave_to": TODAY - DAY}, True),
    ({"source": Source.SELF}, False), ({"source": Source.SELF, "verified_at": MONDAY}, True),
    ({"merged_into_id": 1}, False),
]  # fmt: skip


OFFICES = (RoleKind.COMMUNE, RoleKind.COMMUNE, *RoleKind)
ENDED = (False, False, True)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    count = draw(st.integers(2, 6))
    unit = st.integers(0, count - 1)
    parents = [
        draw(st.sampled_from([*range(index), *range(index), *range(index), None]))
        for index in range(count)
    ]
    place = st.builds(Place, unit, st.none() | unit, st.sampled_from(SchoolType))
    places = draw(st.lists(place, min_size=1, max_size=3))
    somebody = st.builds(
        Somebody,
        school=st.sampled_from([*range(len(places)), *range(len(places)), None]),
        position=st.sampled_from((Position.TEACHER, Position.PRINCIPAL)),
        core=st.sampled_from((None, Core.SCHOOL)),
        changed=st.sampled_from(CHANGED),
        office=st.none() | st.tuples(st.sampled_from(OFFICES), unit, st.sampled_from(ENDED)),
        standing=st.sampled_from((*LIVE, None, *Standing)),
        unanswered=st.booleans(),
        got=st.sampled_from((None, *ARRIVED, *NoticeState)),
        seen=st.booleans(),
        consent=st.sampled_from((Announce.YES, Announce.YES, *Announce)),
        accounts=st.lists(
            st.tuples(st.sampled_from(("telegram", "gone")), st.sampled_from((True, True, False))),
            max_size=2,
        ),
        lately=st.lists(
            st.tuples(st.sampled_from((*ARRIVED, *NoticeState)), st.sampled_from((1, 6, 8))),
            max_size=3,
        ),
    )
    return World(
        parents, draw(st.lists(st.tuples(unit, unit), max_size=2)), places,
        draw(st.lists(somebody, min_size=6, max_size=9)),
        draw(st.sampled_from([[0], [0], [1], [count - 1, 0], [count - 1]])),
        draw(st.sampled_from((Mode.FREE, Mode.NOMINATED))),
        draw(st.sampled_from(({}, {"positions": ["GV"]}))),
    )  # fmt: skip


def few(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3).map(tuple)


def part(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(values)


# A rule of one or two parts: one of many would mean nobody.
PARTS = st.one_of(
    part(units=few(range(1, 8))), part(units=few(range(1, 8))), part(schools=few((1, 2))),
    part(positions=few((Position.TEACHER, Position.PRINCIPAL))),
    part(types=few(tuple(SchoolType))), part(ownership=few(tuple(Ownership))),
    part(core=st.just(True)), part(officers=st.just(True)), part(officers=st.just(True)),
    part(course_id=st.sampled_from((COURSE, COURSE, 99)), about=st.none()),
    part(course_id=st.just(COURSE), about=st.sampled_from(About)),
    part(unseen_of=st.just(BEFORE)), part(reached_by=st.just(BEFORE)),
)  # fmt: skip
RULES = st.lists(PARTS, min_size=1, max_size=2).map(lambda parts: Rule(**dict(ChainMap(*parts))))


def fill(db: Connection, world: World) -> None:
    for index, path in enumerate(world.paths):
        parent = world.parents[index]
        db.execute(insert(Unit).values(
            id=index + 1, code="x", name=f"Xã {index}", kind=UnitKind.COMMUNE, path=path,
            parent_id=None if parent is None else parent + 1,
        ))  # fmt: skip
    for old, new in world.changes:
        db.execute(insert(UnitChange).values(
            from_id=old + 1, to_id=new + 1, kind=ChangeKind.MERGE, day=TODAY, legal_basis="",
        ))  # fmt: skip
    for index, place in enumerate(world.places, start=1):
        db.execute(insert(School).values(
            id=index, name="Trường MN", folded="x", type=place.type, ownership=Ownership.PUBLIC,
            unit_id=place.unit + 1, old_unit_id=None if place.old is None else place.old + 1,
        ))  # fmt: skip
    db.execute(insert(Course).values(
        id=COURSE, number=COURSE, title="", short="", folded="", kind=CourseKind.TRAINING,
        modality=Modality.ONLINE, mode=world.mode, state=CourseState.OPEN, unit_id=1,
        audience=world.audience,
    ))  # fmt: skip
    db.execute(insert(Channel).values(
        name="gone", running=False, state=ChannelState.READY, since=MONDAY, terms={},
    ))  # fmt: skip
    person(db, 1, position=Position.OFFICER)
    for reach in world.reaches:
        role(db, 1, RoleKind.COMMUNE, reach + 1)
    broadcast(db, BEFORE, Rule())
    broadcast(db, NOW, Rule())
    for number, one in enumerate(world.people, start=2):
        someone(db, number, one)


def person(db: Connection, number: int, **values: Any) -> None:
    named = {"full_name": "Điểu Thị Nga", "sort_key": "x", "folded": "x", "nickname": ""}
    usual = {**named, "called": Called.TEACHER, "source": Source.ROSTER}
    db.execute(insert(Person).values(id=number, **(usual | values)))


def role(db: Connection, number: int, kind: RoleKind, unit_id: int, *, ended: bool = False) -> None:
    until = TODAY - DAY if ended else None
    db.execute(insert(Role).values(
        person_id=number, kind=kind, unit_id=unit_id, valid_from=date(2026, 1, 1), valid_to=until,
    ))  # fmt: skip


def broadcast(db: Connection, number: int, rule: Rule) -> None:
    db.execute(insert(Broadcast).values(
        id=number, author_id=1, unit_id=1, state=BroadcastState.RUNNING, purpose=Purpose.KNOW,
        audience=rule.to_json(), text="x", place={}, summary={}, created_at=MONDAY,
        changed_at=MONDAY,
    ))  # fmt: skip


def notice(db: Connection, number: int, subject: int, state: NoticeState, at: datetime) -> None:
    db.execute(insert(Notice).values(
        key=f"announcement:{subject}:{number}", kind=recipients.KIND, person_id=number,
        subject_id=subject, data={}, choices={}, due_at=at, state=state, sent_at=at,
    ))  # fmt: skip


def register(db: Connection, number: int, standing: Standing, since: datetime | None) -> None:
    db.execute(insert(Registration).values(
        course_id=COURSE, person_id=number, standing=standing, turn=number, provisional=False,
        unanswered_since=since, changed_at=MONDAY,
    ))  # fmt: skip


def someone(db: Connection, number: int, one: Somebody) -> None:
    school = None if one.school is None else one.school + 1
    values = {"position": one.position, "core": one.core, "announcements": one.consent}
    person(db, number, school_id=school, **(values | one.changed[0]))
    if one.office:
        kind, unit, ended = one.office
        role(db, number, kind, unit + 1, ended=ended)
    if one.standing:
        register(db, number, one.standing, MONDAY if one.unanswered else None)
    if one.got:
        notice(db, number, BEFORE, one.got, MONDAY - 30 * DAY)
    for place, (state, days) in enumerate(one.lately):
        notice(db, number, 100 + place, state, MONDAY - days * DAY)
    if one.seen:
        db.execute(insert(BroadcastSeen).values(broadcast_id=BEFORE, person_id=number, at=MONDAY))
    for place, (channel, reachable) in enumerate(one.accounts):
        account(db, number, number * 10 + place, channel, reachable=reachable)


def account(
    db: Connection, number: int, id_: int, channel: str = "telegram", *, reachable: bool = True
) -> None:
    db.execute(insert(Account).values(
        id=id_, channel=channel, address=str(id_), reachable=reachable, created_at=MONDAY,
        code_failures=0,
    ))  # fmt: skip
    db.execute(insert(AccountPerson).values(account_id=id_, person_id=number, since=MONDAY))


def expected(world: World, rule: Rule, one: Somebody) -> bool:
    """The same rules in plain Python."""
    told = rule.reached_by is not None or rule.unseen_of is not None
    staff, office = at_school(world, rule, one), in_office(world, rule, one)
    place = world.places[one.school] if one.school is not None else None
    return (
        (office if rule.officers else (staff or office) if told else staff)
        and one.changed[1]
        and (not rule.schools or (one.school is not None and one.school + 1 in rule.schools))
        and (not rule.positions or one.position in rule.positions)
        and (not rule.types or (place is not None and place.type in rule.types))
        and (not rule.ownership or (place is not None and Ownership.PUBLIC in rule.ownership))
        and (not rule.core or one.core is not None)
        and (not told or one.got in ARRIVED)
        and (rule.unseen_of is None or not one.seen)
        and (rule.course_id is None or (rule.course_id == COURSE and stands(world, rule, one)))
    )


def mine(world: World, path: str) -> bool:
    return any(path.startswith(world.paths[reach]) for reach in world.reaches)


def named(rule: Rule, *paths: str) -> bool:
    return not rule.units or any(f"/{unit}/" in path for unit in rule.units for path in paths)


def at_school(world: World, rule: Rule, one: Somebody) -> bool:
    if one.school is None:
        return False
    place = world.places[one.school]
    old = "" if place.old is None else world.paths[place.old]
    return mine(world, world.paths[place.unit]) and named(rule, world.paths[place.unit], old)


def in_office(world: World, rule: Rule, one: Somebody) -> bool:
    if one.office is None or one.office[2] or one.office[0] not in scopes.OFFICERS:
        return False
    unit = one.office[1]
    before = [world.paths[old] for old, new in world.changes if new == unit]
    return mine(world, world.paths[unit]) and named(rule, world.paths[unit], *before)


def stands(world: World, rule: Rule, one: Somebody) -> bool:
    concerned = (
        one.standing not in (None, Standing.ENDED)
        if world.mode is Mode.NOMINATED
        else one.position in world.audience.get("positions", list(Position))
    )
    return {
        None: concerned,
        About.MISSING: concerned and one.standing not in LIVE,
        About.REGISTERED: one.standing in HOLDING,
        About.WAITING: one.standing is Standing.WAITING,
        About.UNANSWERED: one.standing is Standing.NOMINATED
        or (one.standing in LIVE and one.unanswered),
        # Nobody has taken attendance here.
        **dict.fromkeys((About.ATTENDED, About.ABSENT, About.COMPLETED), False),
        About.NOT_COMPLETED: one.standing in HOLDING,
    }[rule.about]


def barrier(one: Somebody) -> str:
    if not any(reachable and channel != "gone" for channel, reachable in one.accounts):
        return Barrier.NO_ACCOUNT
    if one.consent is not Announce.YES:
        return Barrier.NO_CONSENT
    may = (*ARRIVED, NoticeState.CLAIMED, NoticeState.OWED)
    recent = [state for state, days in one.lately if days < 7 and state in may]
    return Barrier.WEEKLY if len(recent) >= recipients.WEEKLY else ""


def test_nobody_outside_the_scope_and_everybody_within_the_rule(empty_file: Path) -> None:
    engine = sqlite(address(f"sqlite:///{empty_file}"))

    @settings(
        max_examples=15, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(world=worlds(), rules=st.lists(RULES, min_size=4, max_size=6))
    def agree(world: World, rules: list[Rule]) -> None:
        with engine.connect() as db, db.begin() as turn:
            fill(db, world)
            scope = scopes.of(db, 1, TODAY)
            assert scope
            theirs = dict(enumerate(world.people, start=2))
            for rule in rules:
                ids = list(db.execute(recipients.people(db, rule, scope)).scalars())
                assert sorted(ids) == [n for n, one in theirs.items() if expected(world, rule, one)]
                planned(db, rule, scope, {n: barrier(theirs[n]) for n in ids})
            turn.rollback()

    try:
        agree()
    finally:
        engine.dispose()


def planned(db: Connection, rule: Rule, scope: scopes.Scope, reasons: dict[int, str]) -> None:
    """Counting, planning and asking at sending time say the same of the same people."""
    db.execute(delete(Notice).where(Notice.subject_id == NOW))
    db.execute(update(Broadcast).where(Broadcast.id == NOW).values(audience=rule.to_json()))
    tally = recipients.tally(db, rule, scope, MONDAY, exempt=False)
    assert recipients.count(db, rule, scope) == tally.meant == len(reasons)
    assert sum(tally.barred.values()) + tally.reachable == tally.meant
    free = [number for number, reason in reasons.items() if not reason]
    found = recipients.reachable(db, rule, scope, MONDAY, exempt=False)
    assert list(db.execute(found).scalars()) == sorted(free)
    assert recipients.plan(db, NOW, rule, scope, MONDAY, exempt=False) == tally.reachable
    rows = db.execute(
        select(Notice.person_id, Notice.state, Notice.reason).where(Notice.subject_id == NOW)
    ).all()
    assert {row.person_id: row.reason for row in rows} == reasons
    assert {n for n, state, _ in rows if state is NoticeState.PLANNED} == set(free)
    for number, reason in reasons.items():
        assert (recipients.barrier_now(db, NOW, number, MONDAY) or "") == reason
