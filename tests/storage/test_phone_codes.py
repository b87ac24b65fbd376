"""Codes to a number of the roster: what is owed, to whom, how often, and how they end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import channels, conversations, phone_codes
from storage.channels import Terms
from storage.models import Account, Notice, Person, PhoneCode, WrongCodes
from storage.personal_codes import Tried
from storage.phone_codes import LIVES
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.conversations import Talk
    from storage.database import Database

NUMBER = "+84900123456"


def begun(db: Connection, address: str = "a") -> Talk:
    """A talk of a stranger; the first person of the roster has the number."""
    if not db.execute(select(Person.id).limit(1)).first():
        rows.school(db)
        first, _ = rows.people(db, 2)
        db.execute(update(Person).where(Person.id == first).values(phone=NUMBER))
    return conversations.enter(db, "zalo_bot", address, language="vi", now=MONDAY)


async def test_offered_only_where_the_template_is_approved(either: Database) -> None:
    def work(db: Connection) -> None:
        assert not phone_codes.offered(db, MONDAY)
        channels.open_channel(db, "zalo_template", Terms(templates={"moved": 1}), MONDAY)
        assert not phone_codes.offered(db, MONDAY)
        channels.open_channel(db, "zalo_template", Terms(templates={"phone_code": 1}), MONDAY)
        assert phone_codes.offered(db, MONDAY)
        channels.close_others(db, ["telegram"], MONDAY)
        assert not phone_codes.offered(db, MONDAY)

    await either.turn(work)


async def test_what_is_owed_and_for_how_long_it_is_worth_sending(either: Database) -> None:
    def work(db: Connection) -> None:
        talk = begun(db)
        assert phone_codes.ask(db, talk, NUMBER, MONDAY) is None
        row = db.execute(select(PhoneCode.__table__)).one()
        notice = db.execute(select(Notice.__table__)).one()
        assert (notice.kind, notice.subject_id, notice.person_id) == ("phone_code", row.id, 1)
        assert (notice.urgent, notice.data) == (True, {"account": talk.account_id})
        sending = phone_codes.sending(db, row.id, MONDAY)
        assert sending
        assert (len(sending.code), sending.phone) == (6, NUMBER)
        assert sending.expires_at == MONDAY + LIVES
        assert phone_codes.sending(db, row.id, MONDAY + LIVES) is None
        found = phone_codes.attempt(db, talk, sending.code, MONDAY)
        assert (found.outcome, found.person_id) == (Tried.FOUND, 1)
        assert phone_codes.sending(db, row.id, MONDAY) is None
        assert phone_codes.attempt(db, talk, sending.code, MONDAY).outcome is Tried.WRONG

    await either.turn(work)


async def test_another_account_cannot_use_it(either: Database) -> None:
    def work(db: Connection) -> None:
        asking, other = begun(db), begun(db, "b")
        phone_codes.ask(db, asking, NUMBER, MONDAY)
        code = db.execute(select(PhoneCode.code)).scalar_one()
        assert phone_codes.attempt(db, other, code, MONDAY).outcome is Tried.WRONG
        assert phone_codes.attempt(db, asking, code, MONDAY).outcome is Tried.FOUND

    await either.turn(work)


async def test_who_lost_the_number_meanwhile_is_not_found(either: Database) -> None:
    def work(db: Connection) -> None:
        talk = begun(db)
        phone_codes.ask(db, talk, NUMBER, MONDAY)
        code = db.execute(select(PhoneCode.code)).scalar_one()
        db.execute(update(Person).where(Person.id == 2).values(phone=NUMBER))
        assert phone_codes.attempt(db, talk, code, MONDAY).outcome is Tried.WRONG

    await either.turn(work)


async def test_ten_a_day_for_a_number_whoever_asks(either: Database) -> None:
    def work(db: Connection) -> None:
        begun(db)
        account = db.execute(select(Account.id)).scalar_one()
        db.execute(
            insert(PhoneCode),
            [
                {"account_id": account, "person_id": 1, "phone": NUMBER, "code": "",
                 "sent_at": MONDAY - timedelta(hours=2), "expires_at": MONDAY, "failures": 0}
                for _ in range(10)
            ],
        )  # fmt: skip
        assert phone_codes.ask(db, begun(db, "b"), NUMBER, MONDAY) is None
        assert db.execute(select(Notice.id)).first() is None
        later = MONDAY + timedelta(hours=22)
        assert phone_codes.ask(db, begun(db, "c"), NUMBER, later) is None
        assert db.execute(select(Notice.id)).first() is not None

    await either.turn(work)


async def test_all_strangers_together_spend_only_so_much(either: Database) -> None:
    """A new account and another number for every code: the hour bounds them all."""

    def work(db: Connection) -> None:
        rows.school(db)
        for number, person in enumerate(rows.people(db, 130)):
            phone = f"+84900{number:06}"
            db.execute(update(Person).where(Person.id == person).values(phone=phone))
        for number in range(130):
            talk = conversations.enter(db, "zalo_bot", f"s{number}", language="vi", now=MONDAY)
            until = phone_codes.ask(db, talk, f"+84900{number:06}", MONDAY)
            assert (until is None) == (number < 120)
        assert until == MONDAY + timedelta(hours=1)
        assert len(db.execute(select(PhoneCode.id)).all()) == 120

    await either.turn(work)


async def test_wrong_codes_here_lock_nobody_else_out(either: Database) -> None:
    def work(db: Connection) -> None:
        talk = begun(db)
        phone_codes.ask(db, talk, NUMBER, MONDAY)
        for _ in range(4):
            phone_codes.attempt(db, talk, "000000", MONDAY)
        assert not db.execute(select(WrongCodes.wrong)).all()

    await either.turn(work)


def test_the_code_is_not_shown_by_accident() -> None:
    shown = repr(phone_codes.Sending("123456", NUMBER, MONDAY))
    assert "123456" not in shown
    assert NUMBER not in shown
