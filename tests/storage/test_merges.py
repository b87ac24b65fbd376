"""Two entries become one: nothing that points to the older one is forgotten."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import merges, roles
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Base,
    BroadcastSeen,
    Notice,
    NoticeState,
    Person,
    Remind,
    Role,
    RoleKind,
)
from tests import rows
from tests.merged import LASTING, OLD, OLDER, announced, fill
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection

    from storage.database import Database

# Logs say what was true when they were written.
LOGS = {"audit.actor_id", "registration_events.actor_id"}
# Moved by rules of their own, as the lasting entry may have the same.
BY_RULE = {
    "account_people.person_id", "accounts.person_id", "attendance.person_id",
    "broadcast_seen.person_id", "completions.person_id", "registrations.person_id",
    "results.person_id", "roles.person_id", "sheet_lines.person_id", "walk_ins.person_id",
}  # fmt: skip


def references() -> list[Column[int]]:
    """Every column of the schema that points to a person."""
    people = Base.metadata.tables["people"].c.id
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.references(people.table) for key in column.foreign_keys)
    ]


def test_every_column_that_points_to_a_person_is_thought_of() -> None:
    follows = {str(column) for _, column in merges.FOLLOWS}
    named = {f"{model.__tablename__}.{column.key}" for model, column in merges.FOLLOWS}
    assert len(named) == len(follows)
    assert not named & LOGS
    assert {str(column) for column in references()} == named | LOGS | BY_RULE


def notice(db: Connection, person_id: int, state: NoticeState, broadcast_id: int = 1) -> None:
    db.execute(
        insert(Notice).values(
            key=f"announcement:{broadcast_id}:{person_id}", kind="announcement",
            person_id=person_id, subject_id=broadcast_id, data={}, due_at=MONDAY, state=state,
            choices={},
        )
    )  # fmt: skip


async def test_whatever_points_to_the_one_points_to_the_other(either: Database) -> None:
    def work(db: Connection) -> None:
        fill(db)
        empty = [c for c in references() if not db.execute(select(c).where(c == OLD)).all()]
        assert empty == [], "a column of which this test knows nothing"

        merges.lock_courses(db, OLD)
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        left = {str(c) for c in references() if db.execute(select(c).where(c == OLD)).all()}
        assert left <= LOGS | {"people.merged_into_id"}
        chain = select(Person.merged_into_id).order_by(Person.id)
        assert db.execute(chain).scalars().all() == [LASTING, None, LASTING]
        assert db.execute(select(Account.person_id)).scalars().all() == [LASTING]
        assert db.execute(select(AccountPerson.person_id)).scalars().all() == [LASTING]

    await either.turn(work)


async def test_a_right_both_held_is_held_once(database: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 3)
        for each in (OLD, LASTING):
            roles.grant(db, each, RoleKind.COMMUNE, date(2026, 1, 1), unit_id=rows.COMMUNE)
        roles.grant(db, OLD, RoleKind.PRINCIPAL, date(2026, 1, 1), school_id=rows.SCHOOL)

        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        held = [role.kind for role in roles.of(db, LASTING, MONDAY.date())]
        assert held == [RoleKind.COMMUNE, RoleKind.PRINCIPAL]
        assert roles.of(db, OLD, MONDAY.date()) == []
        assert len(db.execute(select(Role.id)).all()) == 3

    await database.turn(work)


async def test_wishes_go_along_where_the_lasting_entry_was_never_asked(either: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 3)
        db.execute(
            update(Person)
            .where(Person.id == OLD)
            .values(remind=Remind.WEEK, remind_on_day=False, remind_deadlines=False)
        )
        db.execute(update(Person).where(Person.id == OLDER).values(remind=Remind.EVE))
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)
        merges.merge(db, OLDER, LASTING, MONDAY, actor_id=LASTING)
        kept = select(Person.remind, Person.remind_on_day, Person.remind_deadlines)
        assert tuple(db.execute(kept.where(Person.id == LASTING)).one()) == (
            Remind.WEEK,
            False,
            False,
        )

    await either.turn(work)


async def test_an_announcement_reaches_one_person_once(either: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 2)
        planned, sent, skipped = NoticeState.PLANNED, NoticeState.SENT, NoticeState.SKIPPED
        cases = ((planned, planned), (sent, planned), (planned, sent), (skipped, planned))
        for number, (old, lasting) in enumerate(cases, start=1):
            announced(db, number)
            notice(db, OLD, old, number)
            notice(db, LASTING, lasting, number)
        db.execute(
            insert(BroadcastSeen),
            [{"broadcast_id": 1, "person_id": each, "at": MONDAY} for each in (OLD, LASTING)],
        )
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        found = select(Notice.state).order_by(Notice.subject_id, Notice.id)
        states = list(db.execute(found).scalars())
        assert states == [skipped, planned, sent, skipped, skipped, sent, skipped, planned]
        seen = db.execute(select(BroadcastSeen.person_id, BroadcastSeen.broadcast_id)).all()
        assert [tuple(row) for row in seen] == [(LASTING, 1)]

    await either.turn(work)


async def test_a_no_to_announcements_outlives_a_yes(database: Database) -> None:
    yes, no, unasked = Announce.YES, Announce.NO, Announce.UNASKED

    def merged(db: Connection, old: Announce, lasting: Announce) -> Announce:
        with db.begin_nested() as trial:
            for person_id, wish in ((OLD, old), (LASTING, lasting)):
                mine = update(Person).where(Person.id == person_id)
                db.execute(mine.values(announcements=wish))
            merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)
            kept = select(Person.announcements).where(Person.id == LASTING)
            result = db.execute(kept).scalar_one()
            trial.rollback()
        return result

    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 2)
        assert merged(db, yes, unasked) is yes
        assert merged(db, no, yes) is no
        assert merged(db, yes, no) is no
        assert merged(db, unasked, yes) is yes

    await database.turn(work)
