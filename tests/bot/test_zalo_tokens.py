"""The rotating pair: renewed in time, once for everybody, also where an answer is lost."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import Refused, TryLater, Uncertain
from bot.channels.zalo_refresh import LEASE
from bot.channels.zalo_tokens import EARLY, Tokens
from handlers.message import Reply
from storage import oa_tokens
from storage.database import Database, DatabaseError
from storage.models import TokenState
from tests.bot.test_zalo_oa_wire import CS, channel
from tests.bot.zalo_oa_fakes import APP, APP_KEY, ARRIVED, REFRESH, USER, Zalo, refused, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection

    from storage.oa_tokens import Pair

OAUTH = "/v4/oa/access_token"
PAUSE = timedelta(milliseconds=50)
INVALID = (200, {"error": -14014, "error_name": "Invalid refresh token."})


class Watch:
    """The time, which stands until it is moved."""

    def __init__(self) -> None:
        self.now = ARRIVED

    def __call__(self) -> datetime:
        return self.now


class Office:
    """An account logged in with a pair that has just begun, and somebody who looks at the row."""

    def __init__(self, database: Database, zalo: Zalo, watch: Watch, tokens: Tokens) -> None:
        self.database, self.zalo, self.watch, self.tokens = database, zalo, watch, tokens

    async def pair(self) -> Pair:
        pair = await self.database.read(lambda db: oa_tokens.pair(db, APP))
        assert pair
        return pair

    async def change(self, work: Any) -> None:
        def run(db: Connection) -> None:
            work(db)

        await self.database.turn(run)


def store(database: Database, zalo: Zalo, watch: Watch) -> Tokens:
    return Tokens(database, APP, APP_KEY, oauth_url=zalo.url, clock=watch, pause=PAUSE)


@asynccontextmanager
async def opened(database: Database, access: str = "access-SECRET-0") -> AsyncIterator[Office]:
    watch = Watch()
    async with serving() as zalo, store(database, zalo, watch) as tokens:
        await tokens.adopt(access, REFRESH)
        yield Office(database, zalo, watch, tokens)


async def test_a_fresh_token_is_given_without_asking(database: Database) -> None:
    async with opened(database) as office:
        assert await office.tokens.access() == "access-SECRET-0"
        assert not office.zalo.made


async def test_a_refresh_is_this_request(database: Database) -> None:
    async with opened(database) as office:
        await office.tokens.renew("access-SECRET-0")

        assert office.zalo.made == [
            (OAUTH, {"app_id": APP, "grant_type": "refresh_token", "refresh_token": REFRESH})
        ]
        assert office.zalo.headers[0]["secret_key"] == APP_KEY


async def test_the_pair_is_renewed_shortly_before_its_end(database: Database) -> None:
    async with opened(database) as office:
        begun = office.watch.now
        office.watch.now += timedelta(hours=25) - EARLY
        assert await office.tokens.access() == "access-SECRET-1"

        pair = await office.pair()
    assert (pair.refresh, pair.generation, pair.state) == ("refresh-SECRET-1", 2, TokenState.GOOD)
    assert pair.expires_at == begun + timedelta(hours=50) - EARLY
    assert not pair.holder


async def test_without_an_access_token_one_is_fetched_at_once(database: Database) -> None:
    async with opened(database, access="") as office:
        assert await office.tokens.access() == "access-SECRET-1"


@pytest.mark.parametrize("life", ["soon", None, "", "9" * 30, -5, ["1"]])
async def test_an_odd_lifetime_harms_nothing(database: Database, life: Any) -> None:
    async with opened(database, access="") as office:
        grant = {"access_token": "a", "refresh_token": "r", "expires_in": life}
        office.zalo.script(OAUTH, (200, grant))
        assert await office.tokens.access() == "a"

        assert (await office.pair()).expires_at == office.watch.now + timedelta(hours=25)


async def test_a_lifetime_may_be_a_number_and_is_not_believed_for_ever(database: Database) -> None:
    async with opened(database, access="") as office:
        grant = {"access_token": "a", "refresh_token": "r", "expires_in": 999_999_999}
        office.zalo.script(OAUTH, (200, grant))
        await office.tokens.access()

        assert (await office.pair()).expires_at == office.watch.now + timedelta(days=30)


async def test_many_at_once_spend_one_token(database: Database) -> None:
    async with opened(database) as office:
        office.zalo.slow[OAUTH] = 0.05
        given = await asyncio.gather(
            *(office.tokens.renew("access-SECRET-0") for _ in range(20)),
            *(office.tokens.access() for _ in range(20)),
        )

        assert set(given[:20]) == {"access-SECRET-1"}
        assert len(office.zalo.made) == 1
        assert not office.zalo.spent


async def test_who_comes_late_with_the_old_token_gets_the_new_one(database: Database) -> None:
    async with opened(database) as office:
        await office.tokens.renew("access-SECRET-0")

        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"
        assert len(office.zalo.made) == 1


async def test_a_token_revoked_mid_flight_costs_no_message(database: Database) -> None:
    async with opened(database) as office, channel(office.zalo.url, keys=office.tokens) as speaker:
        office.zalo.script(CS, refused(-216), refused(-216), refused(-216))
        office.zalo.slow[CS] = 0.1  # all three are on their way before the first is answered
        said = await asyncio.gather(*(speaker.speak(USER, Reply("Chào cô.")) for _ in range(3)))

        assert len(said) == 3
        assert len(office.zalo.of(OAUTH)) == 1
        assert (await office.pair()).generation == 2


async def test_nobody_logged_in_is_a_sentence_for_the_administrator(database: Database) -> None:
    async with serving() as zalo, store(database, zalo, Watch()) as tokens:
        for ask in (tokens.access(), tokens.renew("x")):
            with pytest.raises(Refused, match="taphuan zalo-login"):
                await ask


# What can go wrong on the way


async def test_a_refresh_that_never_left_spends_nothing(database: Database) -> None:
    async with opened(database) as office:
        url, office.tokens._oauth._url = office.tokens._oauth._url, "http://127.0.0.1:9"
        with pytest.raises(TryLater):
            await office.tokens.renew("access-SECRET-0")
        pair = await office.pair()
        assert (pair.state, pair.holder, pair.generation) == (TokenState.GOOD, "", 1)

        office.tokens._oauth._url = url
        await asyncio.sleep(0.06)
        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"


@pytest.mark.parametrize("answer", [None, (200, "<html>"), (502, "<html>"), (200, {}), (200, "[]")])
async def test_an_answer_lost_before_the_token_was_spent_is_made_good_by_one_more_try(
    database: Database, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database) as office:
        office.zalo.script(OAUTH, answer)
        with pytest.raises(TryLater):
            await office.tokens.renew("access-SECRET-0")
        assert (await office.pair()).state is TokenState.UNCERTAIN

        await asyncio.sleep(0.06)
        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"
        assert (await office.pair()).state is TokenState.GOOD
    assert "one more try decides" in caplog.text
    assert "SECRET" not in caplog.text


async def test_an_answer_lost_after_the_token_was_spent_needs_an_administrator_and_stops_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database) as office:
        office.zalo.live = "refresh-SECRET-never-seen"
        office.zalo.script(OAUTH, None)
        with pytest.raises(TryLater):
            await office.tokens.renew("access-SECRET-0")

        await asyncio.sleep(0.06)
        for _ in range(3):
            with pytest.raises(Refused, match="taphuan zalo-login"):
                await office.tokens.renew("access-SECRET-0")
        assert (await office.pair()).state is TokenState.LOST
        assert len(office.zalo.made) == 2  # the refused token is never shown again

        await office.tokens.log_in("code", "verifier")
        assert await office.tokens.access() == "access-SECRET-1"
        assert (await office.pair()).state is TokenState.GOOD
    assert caplog.text.count("run `taphuan zalo-login`") == 1
    assert "SECRET" not in caplog.text


async def test_while_a_renewal_fails_the_old_token_serves_as_long_as_it_lives(
    database: Database,
) -> None:
    async with opened(database) as office:
        office.zalo.live = "refresh-SECRET-of-somebody-else"
        office.watch.now += timedelta(hours=25) - EARLY
        for _ in range(3):
            assert await office.tokens.access() == "access-SECRET-0"
        assert (await office.pair()).state is TokenState.LOST
        assert len(office.zalo.made) == 1

        office.watch.now += EARLY
        with pytest.raises(Refused, match="taphuan zalo-login"):
            await office.tokens.access()


async def test_an_early_renewal_that_lasts_holds_up_nobody(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_tokens.BRIEFLY", 0.02)
    async with opened(database) as office:
        office.zalo.slow[OAUTH] = 0.15
        office.watch.now += timedelta(hours=25) - EARLY
        assert [await office.tokens.access() for _ in range(2)] == ["access-SECRET-0"] * 2
        await asyncio.sleep(0.25)

        assert await office.tokens.access() == "access-SECRET-1"
        assert len(office.zalo.made) == 1


@pytest.mark.parametrize("answer", [(429, "slow"), (503, {"error": -1, "message": "System"})])
async def test_a_busy_server_spends_nothing(database: Database, answer: Any) -> None:
    async with opened(database) as office:
        office.zalo.script(OAUTH, answer)
        with pytest.raises(TryLater) as raised:
            await office.tokens.renew("access-SECRET-0")

        pair = await office.pair()
    assert raised.value.after == PAUSE
    assert (pair.state, pair.holder) == (TokenState.GOOD, "")


async def test_a_wrong_secret_is_the_settings_and_loses_nothing(database: Database) -> None:
    async with opened(database) as office:
        office.zalo.script(
            OAUTH, *[(200, {"error": -14004, "error_name": "Invalid secret key"})] * 3
        )
        for _ in range(3):
            with pytest.raises(Refused, match="zalo_app_secret"):
                await office.tokens.renew("access-SECRET-0")
            await asyncio.sleep(0.06)

        assert (await office.pair()).state is TokenState.GOOD
        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"


async def test_a_refusal_that_does_not_say_why_counts_when_it_is_repeated(
    database: Database,
) -> None:
    async with opened(database) as office:
        office.zalo.script(OAUTH, *[(200, {"error": -14999, "error_name": "?"})] * 2)
        for state in (TokenState.UNCERTAIN, TokenState.LOST):
            with pytest.raises(Refused):
                await office.tokens.renew("access-SECRET-0")
            assert (await office.pair()).state is state
            await asyncio.sleep(0.06)


async def test_a_failed_refresh_is_left_alone_for_a_while(database: Database) -> None:
    async with opened(database) as office:
        office.zalo.script(OAUTH, None, None)
        for _ in range(5):
            with pytest.raises(TryLater):
                await office.tokens.renew("access-SECRET-0")

        assert len(office.zalo.made) == 1


async def test_an_answer_that_takes_too_long_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_oauth.ANSWER", 0.05)
    async with opened(database) as office:
        office.zalo.slow[OAUTH] = 0.3
        with pytest.raises(TryLater):
            await office.tokens.renew("access-SECRET-0")

        assert (await office.pair()).state is TokenState.UNCERTAIN


# Several at once


async def test_a_hold_of_another_process_is_waited_for(database: Database) -> None:
    async with opened(database) as office:
        now = office.watch.now
        await office.change(
            lambda db: oa_tokens.hold(db, APP, 1, "other", now=now, until=now + LEASE)
        )
        asked = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.25)
        assert not asked.done()
        await office.change(
            lambda db: oa_tokens.renew(
                db, APP, 1, access="theirs", refresh="r", expires_at=now + LEASE, now=now
            )
        )

        assert await asked == "theirs"
        assert not office.zalo.made


async def test_a_hold_of_a_process_that_died_is_taken_over(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(database) as office:
        now = office.watch.now
        await office.change(
            lambda db: oa_tokens.hold(db, APP, 1, "dead", now=now, until=now + LEASE)
        )
        office.watch.now += LEASE

        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"
    assert "never ended" in caplog.text


async def test_a_late_answer_never_replaces_a_newer_pair(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Its hold lapsed meanwhile, and an administrator logged in."""
    async with opened(database) as office, store(database, office.zalo, office.watch) as other:
        office.zalo.slow[OAUTH] = 0.2
        asked = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.1)
        await other.adopt("by-hand-SECRET", "r-by-hand-SECRET")

        assert await asked == "by-hand-SECRET"
        pair = await office.pair()
    assert (pair.access, pair.refresh, pair.generation) == ("by-hand-SECRET", "r-by-hand-SECRET", 2)
    assert "came too late" in caplog.text
    assert "SECRET" not in caplog.text


async def test_a_refresh_answered_twice_keeps_the_first(database: Database) -> None:
    """Two processes spend one token, the first hold having lapsed, and both are answered."""
    async with opened(database) as office, store(database, office.zalo, office.watch) as other:
        grants = [
            (200, {"access_token": f"a{n}", "refresh_token": f"r{n}", "expires_in": "90000"})
            for n in (1, 2)
        ]
        office.zalo.script(OAUTH, *grants)
        office.zalo.slow[OAUTH] = 0.2
        first = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.1)
        office.watch.now += LEASE
        second = asyncio.create_task(other.renew("access-SECRET-0"))

        assert await asyncio.gather(first, second) == ["a1", "a1"]
        pair = await office.pair()
    assert (pair.access, pair.refresh, pair.generation) == ("a1", "r1", 2)


async def test_the_only_good_pair_is_kept_though_another_process_was_refused(
    database: Database,
) -> None:
    async with opened(database) as office, store(database, office.zalo, office.watch) as other:
        grant = {"access_token": "a1", "refresh_token": "r1", "expires_in": "90000"}
        office.zalo.script(OAUTH, (200, grant), INVALID)
        office.zalo.slow[OAUTH] = 0.3
        first = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.15)
        office.watch.now += LEASE
        office.zalo.slow[OAUTH] = 0
        with pytest.raises(Refused):
            await other.renew("access-SECRET-0")
        assert (await office.pair()).state is TokenState.LOST

        assert await first == "a1"
        assert await other.renew("access-SECRET-0") == "a1"
        assert (await office.pair()).state is TokenState.GOOD


async def test_who_stops_waiting_does_not_lose_the_pair(database: Database) -> None:
    async with opened(database) as office:
        office.zalo.slow[OAUTH] = 0.1
        asked = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.05)
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked

        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"
        assert len(office.zalo.made) == 1


async def test_closing_waits_for_the_pair(database: Database) -> None:
    watch = Watch()
    async with serving() as zalo:
        zalo.slow[OAUTH] = 0.2
        async with store(database, zalo, watch) as tokens:
            await tokens.adopt("access-SECRET-0", REFRESH)
            asked = asyncio.create_task(tokens.renew("access-SECRET-0"))
            await asyncio.sleep(0.1)
            asked.cancel()

        pair = await database.read(lambda db: oa_tokens.pair(db, APP))
    assert pair
    assert (pair.access, pair.refresh) == ("access-SECRET-1", "refresh-SECRET-1")


class Unwell(Database):
    """A database that takes no pair for a while."""

    failures = 3

    async def turn(self, work: Any) -> Any:
        if "renew" in work.__code__.co_names and self.failures:
            self.failures -= 1
            raise DatabaseError("gone with refresh-SECRET-1")
        return await super().turn(work)


async def test_a_pair_the_database_does_not_take_is_held_on_to(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    unwell = Unwell(database.url, database._writer, database._engine)
    async with opened(unwell) as office:
        assert await office.tokens.renew("access-SECRET-0") == "access-SECRET-1"

        assert (await office.pair()).refresh == "refresh-SECRET-1"
    assert caplog.text.count("cannot be saved yet (DatabaseError)") == 3
    assert "SECRET" not in caplog.text


async def test_a_hold_that_came_too_slowly_is_given_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.zalo_refresh.SPARE", -1.0)
    async with opened(database) as office:
        asked = asyncio.create_task(office.tokens.renew("access-SECRET-0"))
        await asyncio.sleep(0.2)
        assert not office.zalo.made

        monkeypatch.setattr("bot.channels.zalo_refresh.SPARE", 30.0)
        assert await asked == "access-SECRET-1"


# Logging in


async def test_a_login_is_this_request(database: Database) -> None:
    async with serving() as zalo, store(database, zalo, Watch()) as tokens:
        await tokens.log_in("the-code", "the-verifier")

        assert zalo.made == [
            (
                OAUTH,
                {
                    "app_id": APP,
                    "grant_type": "authorization_code",
                    "code": "the-code",
                    "code_verifier": "the-verifier",
                },
            )
        ]
        assert await tokens.access() == "access-SECRET-1"


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (None, Uncertain),
        ((200, "<html>"), Uncertain),
        ((429, ""), TryLater),
        ((200, {"error": -14001, "error_name": "Invalid code"}), Refused),
        (INVALID, Refused),
    ],
)
async def test_a_login_that_fails_leaves_what_was(
    database: Database, answer: Any, raised: type[Exception]
) -> None:
    async with opened(database) as office:
        office.zalo.script(OAUTH, answer)
        with pytest.raises(raised):
            await office.tokens.log_in("the-code-SECRET", "verifier")

        assert await office.tokens.access() == "access-SECRET-0"


async def test_a_login_that_never_left_can_be_tried_again(database: Database) -> None:
    async with serving() as zalo, store(database, zalo, Watch()) as tokens:
        url, tokens._oauth._url = tokens._oauth._url, "http://127.0.0.1:9"
        with pytest.raises(TryLater):
            await tokens.log_in("code", "verifier")

        tokens._oauth._url = url
        await tokens.log_in("code", "verifier")


async def test_nobody_waits_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.zalo_tokens.LEASE", timedelta(milliseconds=50))
    async with opened(database) as office:
        office.zalo.slow[OAUTH] = 0.2
        with pytest.raises(TryLater):
            await office.tokens.renew("access-SECRET-0")
        await asyncio.sleep(0.3)

        assert (await office.pair()).access == "access-SECRET-1"


async def test_nothing_is_logged_of_a_token(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with opened(database) as office:
            await office.tokens.renew("access-SECRET-0")
            await office.tokens.log_in("code-SECRET", "verifier-SECRET")
            office.zalo.live = "else"
            with pytest.raises(Refused) as raised:
                await office.tokens.renew("access-SECRET-2")

    assert "SECRET" not in caplog.text
    assert "SECRET" not in repr(raised.value) + repr(raised.value.__cause__)


@pytest.mark.parametrize(
    "answer",
    [
        "[" * 200_000,
        *(
            {"access_token": access, "refresh_token": refresh, "expires_in": "90000"}
            for access, refresh in (
                ("a\r\nX-Evil: 1", "r"), ("a", "r\0"), ("a\ud83d", "r"), ("a", "r" * 10_000),
                ("ế", "r"),
            )
        ),
    ],
)  # fmt: skip
async def test_an_answer_that_is_no_pair_is_in_doubt_and_never_kept(
    answer: Any, database: Database
) -> None:
    async with opened(database, access="") as office:
        office.zalo.script(OAUTH, (200, answer))
        with pytest.raises(TryLater):
            async with asyncio.timeout(10):
                await office.tokens.access()

        pair = await office.pair()
        assert (pair.refresh, pair.state, pair.holder) == (REFRESH, TokenState.UNCERTAIN, "")
