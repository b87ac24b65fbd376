"""The invented province: the same every time, and true to the rules of the product."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from storage import audience, codes, conversations, courses, database, phones, sample, schema
from storage import schools as school_search
from storage.models import (
    HOLDING,
    Base,
    Course,
    CourseState,
    Invitation,
    Mode,
    Person,
    PersonalCode,
    Position,
    Precision,
    Qualification,
    Rating,
    Registration,
    RegistrationEvent,
    Role,
    RoleKind,
    School,
    Standing,
)
from storage.sample.days import Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@contextmanager
def loaded(folder: Path, now: datetime) -> Iterator[tuple[Connection, sample.Sample]]:
    engine = database.sqlite(database.address(f"sqlite:///{folder / 'sample.db'}"))
    with engine.begin() as db:
        schema.upgrade(db)
        yield db, sample.load(db, now)
    engine.dispose()


@pytest.fixture(scope="module")
def province(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Connection, sample.Sample]]:
    with loaded(tmp_path_factory.mktemp("sample"), NOW) as both:
        yield both


@pytest.fixture
def db(province: tuple[Connection, sample.Sample]) -> Connection:
    return province[0]


@pytest.fixture
def codes_of(province: tuple[Connection, sample.Sample]) -> dict[str, str]:
    return {trial.full_name: trial.code for trial in province[1].trials}


def rows(db: Connection) -> dict[str, list[Any]]:
    return {
        table.name: sorted(map(repr, map(tuple, db.execute(select(table)))))
        for table in Base.metadata.sorted_tables
    }


def who(db: Connection, name: str, school: str) -> conversations.Who:
    person_id = db.execute(
        select(Person.id)
        .join(School, School.id == Person.school_id)
        .where(Person.full_name == name, School.name == school)
    ).scalar_one()
    return conversations.who(db, person_id)


def course(db: Connection, number: int) -> courses.Training:
    found = courses.numbered(db, number)
    assert found
    return found


def test_two_loads_give_equal_rows(
    province: tuple[Connection, sample.Sample], tmp_path: Path
) -> None:
    with loaded(tmp_path, NOW) as (db, again):
        assert again == province[1]
        assert rows(db) == rows(province[0])


def test_codes_and_names_do_not_depend_on_the_day(
    province: tuple[Connection, sample.Sample], tmp_path: Path
) -> None:
    with loaded(tmp_path, NOW + timedelta(days=100)) as (_, later):
        assert later.trials == province[1].trials


def test_a_second_load_is_refused_and_changes_nothing(
    province: tuple[Connection, sample.Sample],
) -> None:
    db, _ = province
    before = rows(db)

    with pytest.raises(sample.SampleError, match="already holds data"):
        sample.load(db, NOW)
    assert rows(db) == before


def test_the_province_has_its_real_size(
    db: Connection, province: tuple[Connection, sample.Sample]
) -> None:
    _, summary = province
    kinds = dict(db.execute(select(School.type, func.count()).group_by(School.type)).all())

    assert summary.schools == sum(kinds.values()) == 123
    assert len(kinds) == 5
    assert 1_900 <= summary.people <= 2_100
    assert 18 <= summary.courses <= 21
    assert db.execute(select(func.count(School.old_unit_id.distinct()))).scalar_one() == 71
    assert db.execute(select(func.count(School.unit_id.distinct()))).scalar_one() == 28


def test_shares_lie_around_the_targets(db: Connection) -> None:
    def share(*good: Any) -> float:
        teachers = Person.position == Position.TEACHER
        counted = select(func.count()).where(teachers)
        return db.execute(counted.where(*good)).scalar_one() / db.execute(counted).scalar_one()

    assert 0.80 < share(Person.qualification != Qualification.SECONDARY) < 0.92
    assert 0.80 < share(Person.rating.in_((Rating.GOOD, Rating.EXCELLENT))) < 0.92
    assert 0.01 < share(Person.core.is_not(None)) < 0.10


def test_everybody_has_one_valid_code_and_invented_phones_are_read_as_phones(
    db: Connection,
) -> None:
    given = db.execute(select(PersonalCode.code, PersonalCode.person_id)).all()
    numbers = [number for number in db.execute(select(Person.phone)).scalars() if number]

    assert all(codes.valid(row.code) for row in given)
    assert {row.person_id for row in given} == set(db.execute(select(Person.id)).scalars())
    assert all(phones.phone(number) == number for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("+8490000") for number in numbers)


def test_nobody_comes_without_being_verified_by_the_roster(db: Connection) -> None:
    facts = {tuple(row) for row in db.execute(select(Person.source, Person.verified_at))}

    assert facts == {("roster", NOW)}


def test_the_people_of_the_conversations_are_there(
    db: Connection, codes_of: dict[str, str]
) -> None:
    mai = who(db, "H'Mai Byă", "Trường MN Hoa Cúc")
    bich = who(db, "Phạm Thị Bích", "Nhóm trẻ Nắng Mai")

    assert (codes_of["H'Mai Byă"], codes_of["Điểu Thị Nga"]) == ("48271093", "77120465")
    assert (mai.position, mai.unit, mai.verified, mai.core) == ("GV", "Xã Tuy Đức", True, None)
    assert (bich.position, bich.unit, bich.type) == ("HT", "Phường Bắc Gia Nghĩa", "NTDL")
    assert len(codes_of) == 10
    staff = db.execute(select(func.count()).where(Person.school_id == bich.school_id)).scalar_one()
    assert staff == 4


def test_the_school_of_the_conversations_is_found_as_there(db: Connection) -> None:
    found = school_search.search(db, "mn hoa cuc dak buk so")

    assert [(s.name, s.commune, s.old_commune) for s in found] == [
        ("Trường MN Hoa Cúc", "Xã Tuy Đức", "Đắk Búk So"),
        ("Lớp MG độc lập Hoa Cúc", "Xã Quảng Tân", ""),
    ]


def test_only_one_school_has_two_equal_names_told_apart_by_the_year(db: Connection) -> None:
    equal = db.execute(
        select(Person.school_id, Person.full_name)
        .where(Person.school_id.is_not(None))
        .group_by(Person.school_id, Person.full_name)
        .having(func.count() > 1)
    ).all()
    years = db.execute(
        select(Person.birth_year).where(
            Person.school_id == equal[0].school_id, Person.full_name == equal[0].full_name
        )
    ).scalars()

    assert len(equal) == 1
    assert len(set(years)) == 2


def test_l12_is_the_course_of_the_conversations(db: Connection) -> None:
    first_aid = course(db, 12)
    meeting = first_aid.first
    assert meeting
    assert meeting.starts_at
    assert meeting.arrive_at
    assert meeting.ends_at
    assert first_aid.closes_at

    assert first_aid.title == "Sơ cứu, phòng tránh tai nạn cho trẻ"
    assert meeting.starts_at == datetime(2026, 12, 12, 7, 30, tzinfo=NOW.tzinfo)
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=9)
    assert meeting.starts_at - meeting.arrive_at == timedelta(minutes=30)
    assert meeting.place == "Hội trường UBND xã Tuy Đức"
    assert (meeting.latitude, meeting.longitude) == (12.1576, 107.472)
    assert first_aid.closes_at == datetime(2026, 12, 9, 23, 59, tzinfo=NOW.tzinfo)
    assert (first_aid.seats, courses.held(db, [first_aid.id])[first_aid.id]) == (40, 26)
    assert (first_aid.fee, first_aid.note, first_aid.bring) == (0, "có hỗ trợ ăn trưa", "giấy bút")
    assert (first_aid.contact_name, first_aid.contact_office) == (
        "Lê Văn Tình", "Phòng VH-XH xã Tuy Đức",
    )  # fmt: skip
    assert phones.spoken(first_aid.contact_phone) == "0261 000 0000"


def test_a_teacher_of_tuy_duc_may_attend_three_courses_in_december(db: Connection) -> None:
    ut = who(db, "Lê Thị Út", "Trường MN Hoa Cúc")
    listed = [c for c in courses.listed(db, NOW) if audience.admits(c.audience, ut)]
    this_year = date(2026, 12, 31)
    near = [
        c.code
        for c in listed
        if c.mode is not Mode.NOMINATED
        and (c.first is None or (days := c.first.days(NOW)) is None or days[0] <= this_year)
    ]

    assert near == ["L12", "L15", "L18"]


def test_l12_is_a_saturday_two_to_three_weeks_ahead() -> None:
    for days in range(14):
        now = NOW + timedelta(days=days)
        saturday = Calendar(now, [], {}).saturday

        assert saturday.weekday() == 5
        assert 17 <= (saturday - now.date()).days <= 23


def test_turns_are_counted_without_gaps_and_seats_are_not_oversold(db: Connection) -> None:
    for training in db.execute(select(Course.id, Course.turns, Course.seats)).all():
        asked = db.execute(
            select(Registration.turn, Registration.standing)
            .where(Registration.course_id == training.id)
            .order_by(Registration.turn)
        ).all()
        held = [row.turn for row in asked if row.standing in HOLDING]
        waiting = [row.turn for row in asked if row.standing is Standing.WAITING]

        assert [row.turn for row in asked] == list(range(1, training.turns + 1))
        assert training.seats is None or len(held) <= training.seats
        if waiting:
            assert len(held) == training.seats
            assert min(waiting) > max(held)


def test_every_registration_ends_its_own_history(db: Connection) -> None:
    for registration in db.execute(
        select(Registration.id, Registration.standing, Registration.changed_at)
    ).all():
        history = db.execute(
            select(RegistrationEvent.at, RegistrationEvent.standing)
            .where(RegistrationEvent.registration_id == registration.id)
            .order_by(RegistrationEvent.id)
        ).all()

        assert tuple(history[-1]) == (registration.changed_at, registration.standing)
        assert [event.at for event in history] == sorted(event.at for event in history)
        assert history[-1].at <= NOW


def test_only_those_who_are_meant_are_registered_and_nobody_twice_a_day(db: Connection) -> None:
    busy: Counter[tuple[int, date]] = Counter()
    for course_id, person_id in db.execute(
        select(Registration.course_id, Registration.person_id)
    ).all():
        training, person = courses.get(db, course_id), conversations.who(db, person_id)
        assert training
        assert audience.admits(training.audience, person)
        assert person.full_name not in {"H'Mai Byă", "Lê Thị Út", "Võ Thị Loan"}
        for meeting in training.sessions:
            if meeting.starts_at and meeting.first_day:
                busy[person_id, meeting.first_day] += 1

    assert max(busy.values()) == 1


def test_the_courses_show_every_situation(db: Connection) -> None:
    left = {
        number: (seats or 0) - courses.held(db, [course_id]).get(course_id, 0)
        for number, course_id, seats in db.execute(select(Course.number, Course.id, Course.seats))
    }
    modes = set(db.execute(select(Course.mode)).scalars())
    states = set(db.execute(select(Course.state)).scalars())
    tomorrow = course(db, 5).first

    assert (left[7], left[8]) == (0, 1)
    assert modes == set(Mode)
    assert states == set(CourseState)
    assert tomorrow
    assert tomorrow.first_day == NOW.date() + timedelta(days=1)
    assert not course(db, 6).takes(NOW)
    assert course(db, 13).sessions[0].first_day == course(db, 12).sessions[0].first_day
    assert course(db, 14).sessions[0].precision is Precision.MONTHS
    assert course(db, 14).sessions[0].place == ""
    assert course(db, 18).sessions[0].precision is Precision.UNSET
    assert len(course(db, 9).sessions) == 2


def test_short_titles_fit_into_lists(db: Connection) -> None:
    assert all(len(short) <= 24 for short in db.execute(select(Course.short)).scalars())


def test_each_commune_has_its_officer_and_invitations_are_only_digests(
    db: Connection, province: tuple[Connection, sample.Sample]
) -> None:
    roles = Counter(db.execute(select(Role.kind)).scalars())
    kept = db.execute(select(Invitation.digest, Invitation.uses_left, Invitation.holder)).all()
    offered = province[1].invitations

    assert roles == {RoleKind.COMMUNE: 28, RoleKind.DEPARTMENT: 3}
    assert [codes.read_invitation(each.code) for each in offered] == [e.code for e in offered]
    assert {row.digest for row in kept} == {codes.digest(each.code) for each in offered}
    assert all(row.uses_left > 0 for row in kept)
    assert {row.holder for row in kept} == {"Lê Văn Tình", "Đinh Thị Thu Hằng"}
