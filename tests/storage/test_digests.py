"""What was withheld at the ceiling: one message a day, to whoever is nearest, each listed once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from handlers import assistant, notices
from handlers import digests as words
from storage import channels, digests, outbox, registrations, reminders, unreached, worktime
from storage.channels import Terms
from storage.models import (
    Account,
    Notice,
    NoticeState,
    Person,
    Registration,
    Remind,
    Role,
    RoleKind,
    Standing,
)
from tests import rows
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.notices import Letter
    from storage.database import Database

START = datetime(2026, 12, 12, 7, 30, tzinfo=ZONE)
EVE = datetime(2026, 12, 11, 19, 0, tzinfo=ZONE)
PRINCIPAL, OFFICER = 101, 102


def world(db: Connection, count: int, *, principal: bool = True) -> None:
    """Teachers with a seat in L12 who want to be reminded; a principal and an officer."""
    rows.school(db)
    rows.course(db, 12, seats=None, starts_at=START)
    teachers = rows.people(db, count)
    rows.people(db, 2, first=PRINCIPAL)
    for person_id in (*teachers, PRINCIPAL, OFFICER):
        account_id = rows.account(db, f"a{person_id}", person_id)
        if person_id in teachers:
            reminders.choose(db, person_id, Remind.EVE, MONDAY, account_id=account_id,
                             channel="telegram")  # fmt: skip
            db.execute(
                insert(Registration).values(
                    course_id=12, person_id=person_id, standing=Standing.SEATED, turn=1,
                    provisional=False, changed_at=MONDAY,
                )
            )  # fmt: skip
    db.execute(update(Account).values(language="vi"))
    if principal:
        db.execute(insert(Role).values(person_id=PRINCIPAL, kind=RoleKind.PRINCIPAL, school_id=1,
                                       valid_from=MONDAY.date()))  # fmt: skip
    db.execute(insert(Role).values(person_id=OFFICER, kind=RoleKind.COMMUNE, unit_id=1,
                                   valid_from=MONDAY.date()))  # fmt: skip


def withhold(db: Connection, now: datetime = EVE) -> None:
    """Settle every owed reminder as the choosing does at the ceiling."""
    reminders.owe_due(db, now)
    owed = select(Notice.id).where(Notice.kind == reminders.KIND, Notice.state == NoticeState.OWED)
    for notice_id in db.execute(owed.order_by(Notice.id)).scalars().all():
        one = outbox.one(db, notice_id)
        outbox.settle(db, notice_id, NoticeState.SKIPPED, at=None, reason="ceiling")
        digests.note(db, one, now)


def owed(db: Connection) -> list[tuple[str, int | None, datetime]]:
    """Key, reader and due time of every digest."""
    found = select(Notice.key, Notice.person_id, Notice.due_at).where(Notice.kind == digests.KIND)
    rows_found = db.execute(found.order_by(Notice.id)).all()
    return [(row[0], row[1], row[2].astimezone(ZONE)) for row in rows_found]


def prepared(db: Connection, notice_id: int, now: datetime) -> Letter | None:
    """What whoever has claimed a notice makes of it."""
    claimed = update(Notice).where(Notice.id == notice_id).values(state=NoticeState.CLAIMED)
    db.execute(claimed)
    return notices.prepare(db, outbox.one(db, notice_id), now)


def letter(db: Connection, now: datetime) -> Letter:
    found = select(Notice.id).where(Notice.kind == digests.KIND).order_by(Notice.id.desc())
    made = prepared(db, db.execute(found.limit(1)).scalar_one(), now)
    assert made
    return made


async def test_one_digest_a_day_for_the_principal(either: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 3)
        withhold(db)
        due = EVE + digests.GATHERING
        assert owed(db) == [(f"digest:{PRINCIPAL}:2026-12-11", PRINCIPAL, due)]
        names = [one.full_name for one in digests.withheld(db, owed(db)[0][0], due)]
        assert names == [f"Điểu Thị Nga {one}" for one in (1, 2, 3)]

    await either.turn(test)


async def test_words_name_who_and_what_and_skip_what_is_over(database: Database) -> None:
    def test(db: Connection) -> None:
        assert assistant.CONVERSATIONS
        world(db, 3)
        withhold(db)
        registrations.give_up(db, 12, 2, EVE)
        made = letter(db, EVE + digests.GATHERING)
        assert made.reply.text == (
            "Trợ lý không nhắc riêng được 2 người, xin báo giúp: Điểu Thị Nga 1 (L12, Thứ Bảy"
            " 12/12), Điểu Thị Nga 3 (L12, Thứ Bảy 12/12)"
        )
        assert made.reply.choices == ()
        assert digests.withheld(db, owed(db)[0][0], START) == []

    await database.turn(test)


async def test_many_are_counted_and_can_all_be_seen(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 30)
        withhold(db)
        made = letter(db, EVE + digests.GATHERING)
        assert len(made.reply.text) <= 300
        assert made.reply.text.endswith(" người nữa")
        assert "30 người" in made.reply.text
        (choice,) = made.reply.choices
        assert choice.label == "Xem tất cả"
        notice_id = int(choice.action.split()[1])
        assert digests.key_of(db, notice_id, PRINCIPAL) == owed(db)[0][0]
        assert digests.key_of(db, notice_id, OFFICER) is None

    await database.turn(test)


def test_names_that_do_not_fit_are_counted() -> None:
    say = "{people}+{count}".format

    def said(sentence: str, **values: object) -> str:
        return say(people=values.get("people", ""), count=values["count"])

    names = ["Aa", "Bb", "Cc"]
    assert words.gathered(said, names, 10) == "Aa, Bb, Cc"
    assert words.gathered(said, names, 9) == "Aa, Bb+1"
    assert words.gathered(said, names, 7) == "Aa+2"
    assert words.gathered(said, names, 3) == "+3"


async def test_without_a_principal_it_goes_to_the_commune(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2, principal=False)
        withhold(db)
        assert [reader for _, reader, _ in owed(db)] == [OFFICER]

    await database.turn(test)


async def test_a_principal_nobody_can_reach_is_passed_over(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 1)
        db.execute(update(Account).where(Account.address == f"a{PRINCIPAL}")
                   .values(reachable=False))  # fmt: skip
        withhold(db)
        assert [reader for _, reader, _ in owed(db)] == [OFFICER]
        # Where nobody can be written to, whoever has a phone gets it by template.
        db.execute(update(Notice).where(Notice.kind == reminders.KIND)
                   .values(state=NoticeState.OWED))  # fmt: skip
        db.execute(update(Account).values(reachable=False))
        db.execute(update(Person).where(Person.id == PRINCIPAL).values(phone="+84912345678"))
        terms = Terms(templates={"digest": 200})
        channels.open_channel(db, channels.ZALO_TEMPLATE, terms, MONDAY)
        withhold(db)
        assert [reader for _, reader, _ in owed(db)] == [OFFICER, PRINCIPAL]

    await database.turn(test)


async def test_where_there_is_nobody_nothing_is_owed(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 1, principal=False)
        db.execute(update(Role).values(valid_to=MONDAY.date()))
        withhold(db)
        assert owed(db) == []

    await database.turn(test)


async def test_what_is_withheld_after_the_digest_went_out_is_in_the_next(
    either: Database,
) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        withhold(db)
        first = owed(db)[0][0]
        db.execute(update(Notice).where(Notice.key == first).values(state=NoticeState.SENT))
        late = select(Notice.id).where(Notice.kind == reminders.KIND).limit(1)
        one = outbox.one(db, db.execute(late).scalar_one())
        digests.note(db, replace(one, data={"at": EVE.isoformat()}), EVE)
        (_, _, _), (key, _, due) = owed(db)
        assert key == f"digest:{PRINCIPAL}:2026-12-12"
        assert due == datetime(2026, 12, 12, 6, 0, tzinfo=ZONE)
        listed = [{p.person_id for p in digests.withheld(db, k, EVE)} for k in (first, key)]
        assert listed == [{2}, {1}]

    await either.turn(test)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-12-11 08:00", "2026-12-11 17:30"),
        ("2026-12-11 17:20", "2026-12-11 17:50"),
        ("2026-12-11 19:00", "2026-12-11 19:30"),
        ("2026-12-11 20:45", "2026-12-12 06:00"),
        ("2026-12-12 06:00", "2026-12-12 17:30"),
    ],
)
async def test_when_a_digest_is_due(database: Database, now: str, due: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)

    def test(db: Connection) -> None:
        world(db, 1)
        outbox.owe(db, "agreed", key="x", subject_id=1, person_id=1, due_at=at)
        found = select(Notice.id).where(Notice.kind == "agreed")
        digests.note(db, outbox.one(db, db.execute(found).scalar_one()), at)
        (_, _, moment) = owed(db)[0]
        assert f"{moment:%Y-%m-%d %H:%M}" == due
        assert not worktime.is_quiet(moment)
        assert timedelta(0) <= moment - at

    await database.turn(test)


async def test_who_left_the_school_tells_nobody_about_it(either: Database) -> None:
    """The right ends between the withholding and the digest: it goes to whoever has it now."""

    def test(db: Connection) -> None:
        world(db, 2)
        withhold(db)
        ended = update(Role).where(Role.person_id == PRINCIPAL)
        db.execute(ended.values(valid_to=MONDAY.date()))
        first = select(Notice.id).where(Notice.key == f"digest:{PRINCIPAL}:2026-12-11")
        first_id = db.execute(first).scalar_one()
        due = EVE + digests.GATHERING
        assert prepared(db, first_id, due) is None
        assert [reader for _, reader, _ in owed(db)] == [PRINCIPAL, OFFICER]
        mine, theirs = (key for key, _, _ in owed(db))
        assert digests.withheld(db, mine, due) == []
        assert [p.person_id for p in digests.withheld(db, theirs, due)] == [1, 2]

    await either.turn(test)


async def test_an_older_digest_is_closed_to_who_has_no_right_any_more(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        withhold(db)
        key = owed(db)[0][0]
        assert len(digests.withheld(db, key, EVE, reader=PRINCIPAL)) == 2
        db.execute(update(Role).where(Role.person_id == PRINCIPAL)
                   .values(valid_to=MONDAY.date()))  # fmt: skip
        assert digests.withheld(db, key, EVE, reader=PRINCIPAL) == []
        assert len(digests.withheld(db, key, EVE, reader=OFFICER)) == 2

    await database.turn(test)


async def test_a_digest_that_reaches_nobody_is_the_next_one_s(database: Database) -> None:
    def test(db: Connection) -> None:
        world(db, 2)
        withhold(db)
        db.execute(update(Account).where(Account.address == f"a{PRINCIPAL}")
                   .values(reachable=False))  # fmt: skip
        first = db.execute(select(Notice.id).where(Notice.kind == digests.KIND)).scalar_one()
        assert prepared(db, first, EVE) is None
        assert [reader for _, reader, _ in owed(db)] == [PRINCIPAL, OFFICER]
        assert len(digests.withheld(db, owed(db)[1][0], EVE)) == 2
        # And where there is nobody left to tell, they are listed.
        assert unreached.listed(db, OFFICER, EVE) == []
        db.execute(update(Account).where(Account.address == f"a{OFFICER}")
                   .values(reachable=False))  # fmt: skip
        last = db.execute(select(Notice.id).where(Notice.person_id == OFFICER)).scalar_one()
        assert prepared(db, last, EVE) is None
        assert [one.person_id for one in unreached.listed(db, OFFICER, EVE)] == [1, 2]

    await database.turn(test)


async def test_an_account_silent_for_too_long_does_not_make_a_reader(database: Database) -> None:
    """But a template to the number of the same person does."""

    def test(db: Connection) -> None:
        world(db, 1)
        moved = update(Account).where(Account.address == f"a{PRINCIPAL}")
        db.execute(moved.values(channel=channels.ZALO_OA))
        silent = Terms(free_hours=48, paid_hours=168, price=55)
        channels.open_channel(db, channels.ZALO_OA, silent, MONDAY)
        withhold(db)
        assert [reader for _, reader, _ in owed(db)] == [OFFICER]
        db.execute(update(Notice).where(Notice.kind == reminders.KIND)
                   .values(state=NoticeState.OWED))  # fmt: skip
        terms = Terms(templates={"digest": 200})
        channels.open_channel(db, channels.ZALO_TEMPLATE, terms, MONDAY)
        db.execute(update(Person).where(Person.id == PRINCIPAL).values(phone="+84912345678"))
        withhold(db)
        assert [reader for _, reader, _ in owed(db)] == [OFFICER, PRINCIPAL]

    await database.turn(test)
