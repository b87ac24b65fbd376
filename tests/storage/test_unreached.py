"""Who is listed as not reached, for whom, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from storage import conversations, outbox, registrations, returns, roles, unreached
from storage.models import (
    AuditEntry,
    Notice,
    NoticeState,
    Ownership,
    Person,
    Registration,
    RoleKind,
    School,
    SchoolType,
    Session,
    Standing,
    Unit,
    UnitKind,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

DAY = timedelta(days=1)
# Teachers 1 to 3 of the school; 4 leads it, 5 keeps its commune, 6 another, 7 the Department.
TEACHERS, PRINCIPAL, COMMUNE, ELSEWHERE, DEPARTMENT = (1, 2, 3), 4, 5, 6, 7


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    """Three teachers with seats in two courses, and those who answer for them."""
    import shutil

    from storage.database import address, sqlite

    shutil.copy(empty_file, tmp_path / "unreached.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'unreached.db'}"))
    with engine.connect() as connection:
        _world(connection)
        yield connection
    engine.dispose()


def _world(db: Connection) -> None:
    rows.school(db)
    rows.people(db, 7)
    db.execute(
        insert(Unit).values(id=9, code="9", name="Xã Khác", kind=UnitKind.COMMUNE, path="/9/")
    )
    db.execute(
        insert(School).values(id=9, name="Trường MN Khác", folded="truong mn khac", unit_id=9,
                              type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC)
    )  # fmt: skip
    day = MONDAY.date()
    roles.grant(db, PRINCIPAL, RoleKind.PRINCIPAL, day, school_id=rows.SCHOOL)
    roles.grant(db, COMMUNE, RoleKind.COMMUNE, day, unit_id=rows.COMMUNE)
    roles.grant(db, ELSEWHERE, RoleKind.COMMUNE, day, unit_id=9)
    roles.grant(db, DEPARTMENT, RoleKind.DEPARTMENT, day, unit_id=rows.COMMUNE)
    for course in (12, 13):
        rows.course(db, course, seats=None)
        for each in TEACHERS:
            registrations.register(db, course, conversations.who(db, each), MONDAY)


def place(db: Connection, person_id: int, course: int = 12) -> int:
    found = select(Registration.id).where(
        Registration.person_id == person_id, Registration.course_id == course
    )
    return db.execute(found).scalar_one()


def fail(db: Connection, person_id: int, kind: str = "moved", course: int = 12,
         reason: str = returns.LOST) -> int:  # fmt: skip
    subject = place(db, person_id, course)
    key = f"{kind}:{subject}"
    outbox.owe(db, kind, key=key, subject_id=subject, person_id=person_id, due_at=MONDAY)
    notice_id = db.execute(select(Notice.id).where(Notice.key == key)).scalar_one()
    outbox.settle(db, notice_id, NoticeState.FAILED, at=None, reason=reason)
    return notice_id


def seen(db: Connection, reader: int, now: Any = MONDAY) -> list[tuple[int, str, str]]:
    return [(one.person_id, one.code, one.kind) for one in unreached.listed(db, reader, now)]


def test_the_school_s_principal_and_the_officers_above_it_see_it_and_nobody_else(db: Connection):
    fail(db, 1)
    mine = [(1, "L12", "moved")]
    for reader in (PRINCIPAL, COMMUNE, DEPARTMENT):
        assert seen(db, reader) == mine
    for other in (ELSEWHERE, 2):
        assert seen(db, other) == []


def test_nobody_sees_it_outside_the_dates_of_the_right(db: Connection):
    fail(db, 1)
    assert seen(db, PRINCIPAL, MONDAY - DAY) == []
    db.execute(update(Person).where(Person.id == PRINCIPAL).values(left_on=MONDAY.date()))
    assert seen(db, PRINCIPAL) == []


def test_once_for_a_course_with_the_newest_message(db: Connection):
    fail(db, 2)
    fail(db, 2, "cancelled")
    fail(db, 2, "moved", course=13)
    fail(db, 1)
    assert seen(db, PRINCIPAL) == [
        (1, "L12", "moved"), (2, "L12", "cancelled"), (2, "L13", "moved"),
    ]  # fmt: skip


def test_who_can_be_written_to_again_is_not_listed(db: Connection):
    fail(db, 1)
    account_id = rows.account(db, "1000", 1)
    assert seen(db, PRINCIPAL) == []
    outbox.reach(db, account_id, reachable=False)
    assert seen(db, PRINCIPAL) == [(1, "L12", "moved")]


def test_what_no_platform_takes_is_listed_until_something_of_the_kind_is_sent(db: Connection):
    fail(db, 1, reason="rejected")
    rows.account(db, "1000", 1)
    assert seen(db, PRINCIPAL) == [(1, "L12", "moved")], "they have an account, and heard nothing"
    outbox.owe(db, "moved", key="later", subject_id=place(db, 1), person_id=1, due_at=MONDAY)
    later = db.execute(select(Notice.id).where(Notice.key == "later")).scalar_one()
    outbox.settle(db, later, NoticeState.SENT, at=MONDAY)
    assert seen(db, PRINCIPAL) == []


def test_what_nobody_takes_is_settled_by_telling(db: Connection):
    notice_id = fail(db, 1, reason="rejected")
    assert unreached.told(db, PRINCIPAL, notice_id, MONDAY)
    assert seen(db, PRINCIPAL) == []


def test_what_failed_otherwise_or_long_ago_or_has_begun_is_not_listed(db: Connection):
    fail(db, 1, reason="unknown kind")
    fail(db, 2)
    fail(db, 3, course=13)
    assert seen(db, PRINCIPAL, MONDAY + 5 * DAY) == [(2, "L12", "moved"), (3, "L13", "moved")]
    soon = update(Session).where(Session.course_id == 12).values(starts_at=MONDAY + DAY)
    db.execute(soon)
    assert seen(db, PRINCIPAL, MONDAY + 5 * DAY) == [(3, "L13", "moved")]
    far = update(Session).values(starts_at=MONDAY + 90 * DAY)
    db.execute(far)
    assert seen(db, PRINCIPAL, MONDAY + 31 * DAY) == []


@pytest.mark.parametrize(
    ("kind", "standing", "matters"),
    [
        ("moved", Standing.SEATED, True),
        ("moved", Standing.GIVEN_UP, False),
        ("reminder", Standing.GIVEN_UP, False),
        ("cancelled", Standing.ENDED, True),
        ("offer", Standing.OFFERED, True),
        ("offer", Standing.LAPSED, False),
        ("lapsed", Standing.LAPSED, True),
        ("agree", Standing.ASKED, True),
        ("agree", Standing.SEATED, False),
    ],
)
def test_only_what_still_matters(db: Connection, kind: str, standing: Standing, matters: bool):
    fail(db, 1, kind)
    db.execute(update(Registration).values(standing=standing))
    assert bool(seen(db, PRINCIPAL)) is matters


def test_people_of_no_school_are_the_department_s(db: Connection):
    fail(db, 1)
    db.execute(update(Person).where(Person.id == 1).values(school_id=None))
    assert (seen(db, COMMUNE), seen(db, DEPARTMENT)) == ([], [(1, "L12", "moved")])


def test_nobody_is_to_tell_themselves(db: Connection):
    registrations.register(db, 12, conversations.who(db, PRINCIPAL), MONDAY)
    fail(db, PRINCIPAL)
    assert (seen(db, PRINCIPAL), len(seen(db, COMMUNE))) == ([], 1)


def test_who_was_told_is_off_every_list_and_the_log_says_by_whom(db: Connection):
    fail(db, 1)
    cancelled = fail(db, 1, "cancelled")
    fail(db, 1, course=13)
    assert unreached.told(db, ELSEWHERE, cancelled, MONDAY) is None
    told = unreached.told(db, COMMUNE, cancelled, MONDAY)
    assert told
    assert (told.person_id, told.code) == (1, "L12")

    assert seen(db, PRINCIPAL) == [(1, "L13", "moved")]
    assert unreached.told(db, PRINCIPAL, cancelled, MONDAY) is None
    entry = db.execute(select(AuditEntry.__table__)).one()
    assert (entry.actor_id, entry.action, entry.subject_id, entry.unit_id, entry.detail) == (
        COMMUNE, "told in person", 1, rows.COMMUNE, {"course": 12},
    )  # fmt: skip
    # Nor is it said again to whoever comes back.
    account_id = rows.account(db, "1000", 1)
    returns.come_back(db, account_id, MONDAY)
    owed = select(Notice.kind, Notice.subject_id).where(Notice.state == NoticeState.OWED)
    assert [tuple(row) for row in db.execute(owed)] == [("moved", place(db, 1, 13))]
