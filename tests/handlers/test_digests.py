"""The list behind a digest, in chat: paged, for its reader alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import digests, outbox, reminders, roles
from storage.models import (
    Account,
    Notice,
    NoticeState,
    Person,
    Registration,
    Remind,
    RoleKind,
    Standing,
)
from storage.models import Course as CourseRow
from tests.handlers.test_reminders import EVE
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def withhold(town: Town, reader: Phone, count: int) -> None:
    """Teachers of the reader's school want to be reminded of L12 and cannot be."""

    def work(db: Connection) -> None:
        account_id, school_id, reader_id = db.execute(
            select(Account.id, Person.school_id, Person.id)
            .join(Person, Person.id == Account.person_id)
            .where(Account.address == reader.address)
        ).one()
        day = town.inbox.now().date()
        roles.grant(db, reader_id, RoleKind.PRINCIPAL, day, school_id=school_id)
        course_id = db.execute(select(CourseRow.id).where(CourseRow.number == 12)).scalar_one()
        taken = select(Registration.person_id).where(Registration.course_id == course_id)
        mine = select(Person.id).where(
            Person.school_id == school_id, Person.left_on.is_(None), Person.leave_from.is_(None),
            Person.merged_into_id.is_(None), Person.id.not_in(taken),
        )  # fmt: skip
        people = db.execute(mine.order_by(Person.id.desc()).limit(count)).scalars().all()
        for person_id in people:
            reminders.choose(db, person_id, Remind.EVE, town.inbox.now(), account_id=account_id,
                             channel="telegram")  # fmt: skip
            db.execute(
                insert(Registration).values(
                    course_id=course_id, person_id=person_id, standing=Standing.SEATED,
                    turn=900, provisional=False, changed_at=town.inbox.now(),
                )
            )  # fmt: skip
        reminders.owe_due(db, EVE)
        owed = select(Notice.id).where(
            Notice.kind == reminders.KIND, Notice.state == NoticeState.OWED
        )
        for notice_id in db.execute(owed).scalars().all():
            one = outbox.one(db, notice_id)
            outbox.settle(db, notice_id, NoticeState.SKIPPED, at=None, reason="ceiling")
            digests.note(db, one, EVE)
        # A test of words, not of who is nearest.
        db.execute(update(Notice).where(Notice.kind == digests.KIND).values(state="skipped"))

    await town.database.turn(work)
    town.clock.now = EVE + timedelta(hours=1)


async def test_whoever_was_told_by_template_can_see_the_list(town: Town) -> None:
    principal = await known(town, "Nguyễn Thị Hoa")
    teacher = await known(town, "H'Mai Byă")
    assert await principal.say("bao giup") == "Không còn ai cần báo nữa.\n0 Quay lại"
    await withhold(town, principal, 3)

    listed = await principal.say("báo giúp")

    lines = listed.splitlines()
    assert lines[0] == "Số người cần báo giúp: 3"
    assert all(line.endswith("(L12, Thứ Bảy 12/12)") for line in lines[1:4])
    assert not any(line[:1].isdigit() for line in lines[:4])
    assert await teacher.say("bao giup") == "Không còn ai cần báo nữa.\n0 Quay lại"
    # Nobody reads somebody else's list by a forged press.
    await teacher.say("menu")
    assert "L12, Thứ" not in await teacher.press_data("s2|withheld 1")
    for each in range(1, 12):
        assert "(L12" not in await teacher.press_data(f"s{each}|withheld {each}")
