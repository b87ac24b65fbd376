"""Codes that link accounts: their form, their one use, their ten minutes."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import accounts, codes, conversations, link_codes, linking
from storage.codes import course, invitation, read_invitation
from storage.link_codes import LIVES
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


@pytest.mark.parametrize(
    "typed",
    ["NOI-47K-2QV", "noi47k2qv", "nối 47k 2qv", "Noi - 47k2 qv", "NƠI-47K-2QV"],
)
def test_however_it_is_typed(typed: str) -> None:
    assert link_codes.read(typed) == "NOI-47K-2QV"


@pytest.mark.parametrize(("typed", "meant"), [("NOI-S7K-ZQB", "NOI-57K-2Q8")])
def test_signs_that_look_alike_are_one(typed: str, meant: str) -> None:
    assert link_codes.read(typed) == meant


@pytest.mark.parametrize(
    "other",
    ["", "noi", "nối tài khoản", "noi chuyen", "123456", "48271093", "L12", "TB-0141", "Nội 5",
     "NOI-47K-2Q", "NOI-47K-2QVC", "NOI-47A-2QV", "47K2QV"],
)  # fmt: skip
def test_what_is_no_code(other: str) -> None:
    assert link_codes.read(other) is None


@given(st.text(max_size=20))
def test_any_text_is_read_or_not_and_never_fails(text: str) -> None:
    read = link_codes.read(text)
    assert read is None or link_codes.read(read) == read


async def two_accounts(database: Database) -> tuple[int, int]:
    def work(db: Connection) -> tuple[int, int]:
        rows.school(db)
        person_id = rows.people(db, 1)[0]
        conversations.enter(db, "telegram", "a", language="vi", now=MONDAY)
        account = conversations.enter(db, "telegram", "a", language="vi", now=MONDAY).account_id
        accounts.link(db, account, person_id, MONDAY)
        return account, person_id

    return await database.turn(work)


async def test_a_code_opens_once_and_collides_with_no_other(either: Database) -> None:
    account, person = await two_accounts(either)

    def work(db: Connection) -> None:
        code = link_codes.create(db, person, account, MONDAY)
        assert codes.read(code) is None
        assert course(code) is None
        assert read_invitation(code) is None
        assert link_codes.read(invitation()) is None
        digest = codes.digest(code)
        found = link_codes.look(db, digest, MONDAY)
        assert found
        assert (found.person_id, found.account_id, found.course_id) == (person, account, None)
        assert link_codes.take(db, digest, MONDAY)
        assert not link_codes.take(db, digest, MONDAY)
        assert link_codes.look(db, digest, MONDAY) is None

    await either.turn(work)


async def test_it_ends_after_ten_minutes_and_with_its_account(either: Database) -> None:
    account, person = await two_accounts(either)

    def work(db: Connection) -> None:
        digest = codes.digest(link_codes.create(db, person, account, MONDAY))
        late = MONDAY + LIVES
        assert link_codes.look(db, digest, late - timedelta(seconds=1))
        assert link_codes.look(db, digest, late) is None
        assert not link_codes.take(db, digest, late)
        accounts.unlink(db, account, person)
        assert link_codes.look(db, digest, MONDAY) is None

    await either.turn(work)


async def test_two_accounts_that_type_it_at_once_are_not_both_linked(either: Database) -> None:
    account, person = await two_accounts(either)
    digest = codes.digest(
        await either.turn(lambda db: link_codes.create(db, person, account, MONDAY))
    )

    def begin(db: Connection, address: str) -> int:
        return conversations.enter(db, "zalo_bot", address, language="vi", now=MONDAY).account_id

    others = [await either.turn(lambda db, name=name: begin(db, name)) for name in "bcde"]

    def typed(db: Connection, other: int) -> object:
        return linking.by_code(db, digest, other, person, MONDAY, provisional=None)

    rooms = await asyncio.gather(
        *(either.turn(lambda db, other=other: typed(db, other)) for other in others)
    )
    assert sorted(room is None for room in rooms) == [False, True, True, True]
    used = await either.read(lambda db: accounts.of(db, person))
    assert len(used) == 2
