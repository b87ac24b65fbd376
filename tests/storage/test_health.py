"""Counts for the doctor, and who is behind accounts, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import health, outbox, parts, sample
from storage.models import Account, Conversation, Person, Role, RoleKind
from storage.parts import Part
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


def an_account(db: Connection, number: int, name: str | None) -> None:
    person_id = None
    if name:
        person_id = db.execute(select(Person.id).where(Person.full_name == name)).scalars().first()
    db.execute(
        insert(Account).values(
            id=number, channel="telegram", address=str(number), language="vi", reachable=True,
            code_failures=0, created_at=MONDAY, person_id=person_id,
        )
    )  # fmt: skip
    db.execute(
        insert(Conversation).values(
            account_id=number, screen=0, step="", data={}, choices={}, newest=False, heard=[],
            answering="", answer={},
        )
    )  # fmt: skip


async def test_an_empty_database_counts_nothing(either: Database):
    counts = await either.read(lambda db: health.look(db, MONDAY))

    assert counts == health.Health(0, 0, 0, 0, 0, 0, 0, 0)


async def test_what_is_loaded_and_held_up_is_counted(either: Database):
    def fill(db: Connection) -> sample.Sample:
        loaded = sample.load(db, MONDAY)
        for number in (1, 2):
            an_account(db, number, None)
        db.execute(update(Account).where(Account.id == 1).values(reachable=False))
        late, just = MONDAY - timedelta(minutes=6), MONDAY - timedelta(minutes=4)
        for number, since in ((1, late), (2, just)):
            db.execute(
                update(Conversation)
                .where(Conversation.account_id == number)
                .values(unspoken_since=since)
            )
        for key, due in (("late", late), ("just", just)):
            outbox.owe(db, "test", key=key, subject_id=1, due_at=due, person_id=1)
        return loaded

    loaded = await either.turn(fill)
    counts = await either.read(lambda db: health.look(db, MONDAY))

    assert (counts.people, counts.courses) == (loaded.people, loaded.courses)
    assert counts.units > 200
    assert counts.officers > 20
    assert (counts.accounts, counts.unreachable) == (2, 1)
    assert (counts.unspoken, counts.overdue) == (1, 1)


async def test_players_have_their_part_on_the_days_of_their_rights(either: Database):
    def fill(db: Connection) -> None:
        sample.load(db, MONDAY)
        an_account(db, 1, "Lê Văn Tình")
        an_account(db, 2, "Lê Thị Út")
        an_account(db, 3, None)
        ut = db.execute(select(Account.person_id).where(Account.id == 2)).scalar_one()
        db.execute(
            insert(Role).values(
                person_id=ut, kind=RoleKind.COMMUNE, unit_id=1, valid_from=MONDAY.date(),
                valid_to=MONDAY.date(),
            )
        )  # fmt: skip

    await either.turn(fill)
    officer, teacher, stranger = Part.OFFICER, Part.TEACHER, Part.STRANGER
    for days, played in ((-1, [officer, teacher, stranger]), (0, [officer, officer, stranger]),
                         (1, [officer, teacher, stranger])):  # fmt: skip
        day = MONDAY.date() + timedelta(days=days)
        found = await either.read(lambda db, day=day: parts.players(db, [3, 1, 2, 99], day))
        assert [one.account_id for one in found] == [1, 2, 3]
        assert [one.part for one in found] == played
    assert (found[0].channel, found[0].address, found[0].language) == ("telegram", "1", "vi")
