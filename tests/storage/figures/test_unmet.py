"""Who has not, and why: one reason each, the same people the counters count."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, update

from storage import roles
from storage.figures import behind, books, rows, settling, subjects, unmet
from storage.figures.reasons import Reason
from storage.models import (
    Account,
    Cannot,
    Completed,
    Completion,
    Mode,
    Ownership,
    Period,
    PeriodKind,
    Person,
    Registration,
    RegistrationEvent,
    RoleKind,
    School,
    SchoolType,
    Standing,
    SubjectKind,
)
from storage.statistics import View, Within
from tests import offices
from tests import rows as made
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.figures.subjects import Topic

COMING, OVER, LATER = 1, 2, 3
DAY = timedelta(days=1)


def stand(db: Connection, course_id: int, person_id: int, standing: Standing, **more: Any) -> None:
    """Somebody stands so in a course; `reason` is what they said."""
    reason = more.pop("reason", "")
    made_id = db.execute(
        insert(Registration)
        .values(course_id=course_id, person_id=person_id, standing=standing, turn=person_id,
                provisional=False, changed_at=MONDAY, **more)
        .returning(Registration.id)
    ).scalar_one()  # fmt: skip
    db.execute(
        insert(RegistrationEvent).values(
            registration_id=made_id, at=MONDAY, standing=standing, reason=reason
        )
    )


def came(db: Connection, person_id: int, attended: int, state: Completed) -> None:
    """What came of the course that is over."""
    db.execute(
        insert(Completion).values(
            course_id=OVER, person_id=person_id, state=state, attended=attended, held=1, hours=0,
            school_id=made.SCHOOL,
            completed_on=(MONDAY - DAY).date() if state is Completed.COMPLETED else None,
        )
    )  # fmt: skip


def about(db: Connection, course_id: int) -> Topic:
    found = subjects.of_course(db, course_id)
    assert found
    return found


@pytest.fixture
def world(db: Connection) -> Connection:
    """Fourteen people and three courses, counted; an officer of the commune and one of the Sở."""
    offices.build(db, 14)
    offices.officer(db, offices.AUTHOR, made.COMMUNE)
    offices.officer(db, offices.DEPARTMENT, offices.PROVINCE)
    made.course(db, COMING, seats=40)
    made.course(db, OVER, seats=40, starts_at=MONDAY - 10 * DAY)
    made.course(db, LATER, seats=40, mode=Mode.FREE, opens_at=MONDAY + 2 * DAY)
    stand(db, COMING, 1, Standing.NOMINATED)
    stand(db, COMING, 2, Standing.LAPSED)
    stand(db, COMING, 3, Standing.ASKED)
    stand(db, COMING, 4, Standing.WAITING)
    stand(db, COMING, 5, Standing.SEATED)
    stand(db, COMING, 6, Standing.SEATED, unanswered_since=MONDAY)
    stand(db, COMING, 7, Standing.EXCUSED, reason=Cannot.FAR.value)
    stand(db, COMING, 8, Standing.GIVEN_UP)
    db.execute(update(Account).where(Account.person_id == 9).values(reachable=False))
    db.execute(update(Person).where(Person.id == 10).values(leave_from=(MONDAY - 20 * DAY).date()))
    for person_id in (1, 2, 3, 4, 11):
        stand(db, OVER, person_id, Standing.SEATED)
    came(db, 1, 1, Completed.COMPLETED)
    came(db, 2, 1, Completed.NOT_COMPLETED)
    came(db, 3, 0, Completed.NOT_COMPLETED)
    came(db, 4, 1, Completed.OPEN)
    books.open_day(db, MONDAY.date())
    settling.settle(db)
    return db


def test_everybody_has_one_reason_and_they_add_up_to_the_counters(world: Connection) -> None:
    scope = offices.scope_of(world, offices.AUTHOR)

    found = unmet.counts(world, scope, about(world, COMING), None, MONDAY)

    assert found == {
        Reason.NOT_ON_BOT: 1, Reason.NOT_ANSWERED: 3, Reason.NOT_AGREED: 1,
        Reason.NOT_REGISTERED: 4, Reason.GIVEN_UP: 1, Reason.WAITING: 1, Reason.COMING: 1,
        Reason.CANNOT: 1, Reason.ON_LEAVE: 1,
    }  # fmt: skip
    assert list(found) == [one for one in Reason if one in found]
    for course_id in (COMING, OVER, LATER):
        topic = about(world, course_id)
        by_reason = unmet.counts(world, scope, topic, None, MONDAY)
        count = rows.total(world, scope, topic.id).count
        assert by_reason.pop(Reason.ON_LEAVE, 0) == count.on_leave
        assert sum(by_reason.values()) == count.missing > 0


def test_what_is_over_says_what_became_of_it(world: Connection) -> None:
    scope = offices.scope_of(world, offices.AUTHOR)
    over = unmet.counts(world, scope, about(world, OVER), None, MONDAY)
    assert {one: over[one] for one in (Reason.FAILED, Reason.ABSENT, Reason.NO_RESULT)} == {
        Reason.FAILED: 1, Reason.ABSENT: 1, Reason.NO_RESULT: 2,
    }  # fmt: skip
    later = unmet.counts(world, scope, about(world, LATER), None, MONDAY)
    assert later == {Reason.NOT_ON_BOT: 1, Reason.NOT_INVITED: 12, Reason.ON_LEAVE: 1}


def test_names_come_by_page_and_with_what_was_said(world: Connection) -> None:
    scope, topic = offices.scope_of(world, offices.AUTHOR), about(world, COMING)

    def page(reason: Reason, offset: int = 0) -> list[unmet.Unmet]:
        within = Within(View.SCHOOL, made.SCHOOL)
        return unmet.people(world, scope, topic, reason, MONDAY, within=within, limit=3,
                            offset=offset)  # fmt: skip

    first, second = page(Reason.NOT_REGISTERED), page(Reason.NOT_REGISTERED, 3)
    assert {one.person_id for one in [*first, *second]} == {11, 12, 13, 14}
    assert (len(first), len(second)) == (3, 1)
    assert [(one.person_id, one.why) for one in page(Reason.CANNOT)] == [(7, Cannot.FAR.value)]


def test_nobody_sees_beyond_the_scope(world: Connection) -> None:
    offices.unit(world, 3, "/2/3/")
    offices.officer(world, offices.COLLEAGUE, 3)
    scope, topic = offices.scope_of(world, offices.COLLEAGUE), about(world, COMING)
    within = Within(View.SCHOOL, made.SCHOOL)

    assert unmet.counts(world, scope, topic, None, MONDAY) == {}
    assert unmet.counts(world, scope, topic, within, MONDAY) == {}
    assert unmet.people(world, scope, topic, Reason.WAITING, MONDAY, within=within) == []
    with pytest.raises(PermissionError):
        unmet.at_school(world, offices.COLLEAGUE, topic, MONDAY)


def test_of_all_courses_of_a_period_the_nearest_to_a_completion_speaks(world: Connection) -> None:
    world.execute(
        insert(Period).values(
            id=1, kind=PeriodKind.CALENDAR, title="Năm 2026", first_day=MONDAY.date().replace(
                month=1, day=1), last_day=MONDAY.date().replace(month=12, day=31),
        )
    )  # fmt: skip
    settling.everything(world)
    settling.settle(world)
    found = [one for one in subjects.listed(world, MONDAY.date())
             if one.kind is SubjectKind.GATHERING]  # fmt: skip
    scope = offices.scope_of(world, offices.DEPARTMENT)

    by_reason = unmet.counts(world, scope, found[0], None, MONDAY)

    # 1 has completed one; 2 failed one and may answer another; 3 waits for the principal.
    count = rows.total(world, scope, found[0].id).count
    assert by_reason.pop(Reason.ON_LEAVE) == count.on_leave == 1
    assert sum(by_reason.values()) == count.missing == 12
    assert by_reason[Reason.COMING] == 1
    assert Reason.FAILED not in by_reason
    assert [one.id for one in behind.listed(world, scope, found[0], MONDAY)] == [made.COMMUNE]


def test_whoever_works_elsewhere_by_now_is_counted_where_it_was_and_not_named_there(
    world: Connection,
) -> None:
    offices.unit(world, 3, "/2/3/")
    away = {"id": 9, "name": "Trường MN Hoa Mai", "folded": "truong mn hoa mai", "unit_id": 3}
    world.execute(
        insert(School).values(type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC, **away)
    )
    # Failed here, and moved to another commune after it was over.
    world.execute(update(Person).where(Person.id == 2).values(school_id=9))
    settling.settle(world)
    topic = about(world, OVER)
    asked = (topic, Reason.FAILED, MONDAY)

    scope = offices.scope_of(world, offices.AUTHOR)
    assert unmet.counts(world, scope, topic, None, MONDAY)[Reason.FAILED] == 1
    assert unmet.people(world, scope, *asked) == []
    above = unmet.people(world, offices.scope_of(world, offices.DEPARTMENT), *asked)
    assert [one.person_id for one in above] == [2]
    roles.grant(world, 5, RoleKind.PRINCIPAL, MONDAY.date(), school_id=made.SCHOOL)
    assert unmet.at_school(world, 5, topic, MONDAY)[Reason.FAILED] == 1
    assert unmet.colleagues(world, 5, topic, (Reason.FAILED,), MONDAY) == []
