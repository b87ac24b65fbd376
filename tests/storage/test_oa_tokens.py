"""Who may spend a refresh token, and what may follow it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from storage import oa_tokens
from storage.models import TokenState
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

APP = "42"
LATER = MONDAY + timedelta(hours=25)
LEASE = timedelta(seconds=60)


def begin(db: Connection) -> None:
    oa_tokens.adopt(db, APP, access="a0", refresh="r0", expires_at=LATER, now=MONDAY)


def take(db: Connection, holder: str, generation: int = 1, at: timedelta = timedelta(0)) -> bool:
    now = MONDAY + at
    return oa_tokens.hold(db, APP, generation, holder, now=now, until=now + LEASE)


def follow(db: Connection, generation: int, name: str) -> bool:
    return oa_tokens.renew(
        db, APP, generation, access=f"a{name}", refresh=f"r{name}", expires_at=LATER, now=MONDAY
    )


def stands(db: Connection) -> tuple[str, str, int, TokenState, str]:
    pair = oa_tokens.pair(db, APP)
    assert pair
    return pair.access, pair.refresh, pair.generation, pair.state, pair.holder


async def test_nobody_is_logged_in_at_first(either: Database) -> None:
    def look(db: Connection) -> None:
        assert oa_tokens.pair(db, APP) is None
        assert not take(db, "one")
        assert not follow(db, 1, "1")
        assert oa_tokens.pair(db, APP) is None

    await either.turn(look)


async def test_a_pair_is_shown_without_its_tokens(either: Database) -> None:
    await either.turn(begin)
    pair = await either.read(lambda db: oa_tokens.pair(db, APP))

    assert pair
    assert (pair.expires_at, pair.changed_at) == (LATER, MONDAY)
    assert "a0" not in repr(pair)
    assert "r0" not in repr(pair)


async def test_one_holds_until_its_time_is_up(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        pair = oa_tokens.pair(db, APP)
        assert pair
        assert pair.held(MONDAY)
        assert not pair.held(MONDAY + LEASE)
        assert not take(db, "two")
        assert not take(db, "two", at=LEASE - timedelta(seconds=1))
        assert take(db, "two", at=LEASE)
        assert stands(db)[-1] == "two"

    await either.turn(look)


async def test_of_many_at_once_one_takes_the_hold(either: Database) -> None:
    await either.turn(begin)

    taken = await asyncio.gather(
        *(either.turn(lambda db, one=one: take(db, f"h{one}")) for one in range(12))
    )

    assert taken.count(True) == 1
    assert await either.read(stands) == ("a0", "r0", 1, TokenState.GOOD, f"h{taken.index(True)}")


async def test_a_hold_is_given_back_by_its_holder_only(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert not oa_tokens.release(db, APP, 1, "two")
        assert not take(db, "two")
        assert oa_tokens.release(db, APP, 1, "one")
        assert take(db, "two")

    await either.turn(look)


async def test_doubt_leaves_one_more_try_and_loss_none(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert not oa_tokens.doubt(db, APP, 1, "two", MONDAY)
        assert oa_tokens.doubt(db, APP, 1, "one", MONDAY)
        assert stands(db) == ("a0", "r0", 1, TokenState.UNCERTAIN, "")
        assert take(db, "two")
        assert not oa_tokens.lose(db, APP, 1, "one", MONDAY)
        assert oa_tokens.lose(db, APP, 1, "two", MONDAY)
        assert stands(db) == ("a0", "r0", 1, TokenState.LOST, "")
        assert not take(db, "three")

    await either.turn(look)


async def test_a_new_pair_settles_doubt(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert oa_tokens.doubt(db, APP, 1, "one", MONDAY)
        assert take(db, "two")
        assert follow(db, 1, "1")
        assert stands(db) == ("a1", "r1", 2, TokenState.GOOD, "")
        assert take(db, "three", generation=2)

    await either.turn(look)


async def test_an_answer_that_comes_late_or_twice_replaces_nothing_newer(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert follow(db, 1, "1")
        assert not follow(db, 1, "1 again")
        assert not oa_tokens.lose(db, APP, 1, "one", MONDAY)
        assert not oa_tokens.release(db, APP, 1, "one")
        assert not take(db, "two", generation=1)
        assert stands(db) == ("a1", "r1", 2, TokenState.GOOD, "")

    await either.turn(look)


async def test_the_only_good_pair_is_kept_though_its_hold_lapsed_and_another_was_refused(
    either: Database,
) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert take(db, "two", at=LEASE)
        assert oa_tokens.lose(db, APP, 1, "two", MONDAY)
        assert follow(db, 1, "1")
        assert stands(db) == ("a1", "r1", 2, TokenState.GOOD, "")

    await either.turn(look)


async def test_a_login_begins_anew(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        assert take(db, "one")
        assert oa_tokens.lose(db, APP, 1, "one", MONDAY)
        begin(db)
        assert stands(db) == ("a0", "r0", 2, TokenState.GOOD, "")
        assert not follow(db, 1, "late")
        assert stands(db)[0] == "a0"

    await either.turn(look)


async def test_each_app_has_a_row_of_its_own(either: Database) -> None:
    def look(db: Connection) -> None:
        begin(db)
        oa_tokens.adopt(db, "43", access="x", refresh="y", expires_at=LATER, now=MONDAY)
        assert take(db, "one")
        assert follow(db, 1, "1")
        other = oa_tokens.pair(db, "43")
        assert other
        assert (other.access, other.generation, other.holder) == ("x", 1, "")

    await either.turn(look)
