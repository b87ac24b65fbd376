"""Which way a notice goes: the rule alone, then the rule over rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from storage import channels, outbox, reach
from storage.channels import FREE, Terms
from storage.models import Account, ChannelState, Conversation, Person, Source
from storage.reach import Candidate, Why
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.outbox import Owed
    from storage.reach import Choice

NUMBER = "+84912345678"
HOUR = timedelta(hours=1)
OA = Terms(free_hours=48, paid_hours=168, price=55)
TEMPLATES = Terms(templates={"moved": 200, "phone_code": 300})

moments = st.none() | st.integers(0, 400).map(lambda hours: MONDAY - hours * HOUR)
candidates = st.builds(
    Candidate,
    channel=st.sampled_from(("telegram", "zalo_bot", "zalo_oa")),
    address=st.just("a"),
    account_id=st.none() | st.integers(1, 9),
    language=st.just("vi"),
    reachable=st.booleans(),
    open=st.booleans(),
    price=st.none() | st.sampled_from((0, 55, 200)),
    heard_at=moments,
    terms=st.just(FREE),
)


@given(st.lists(candidates, max_size=8))
def test_never_a_dearer_way_while_a_cheaper_one_is_open(found: list[Candidate]):
    ways = reach.rank(found)
    usable = [one for one in found if one.reachable and one.open and one.price is not None]

    assert sorted(map(id, ways)) == sorted(map(id, usable)), "every usable way, and no other"
    prices = [one.price or 0 for one in ways]
    assert prices == sorted(prices)


@given(st.lists(candidates, max_size=8))
def test_at_one_price_whom_we_heard_from_last_comes_first(found: list[Candidate]):
    ways = reach.rank(found)
    for one, following in pairwise(ways):
        if one.price == following.price and following.heard_at:
            assert one.heard_at
            assert one.heard_at >= following.heard_at


@given(
    st.lists(candidates, max_size=6).flatmap(
        lambda its: st.permutations(its).map(lambda p: (its, p))
    )
)
def test_the_order_in_which_ways_are_found_does_not_matter(
    both: tuple[list[Candidate], list[Candidate]],
):
    first, second = ([_key(one) for one in reach.rank(found)] for found in both)
    assert first == second


def _key(one: Candidate) -> tuple[int | None, datetime | None, int]:
    return one.price, one.heard_at, one.account_id or 0


@given(moments, st.none() | st.integers(0, 72), st.none() | st.integers(0, 200))
def test_the_longer_the_silence_the_dearer(
    heard_at: datetime | None, free: int | None, paid: int | None
):
    terms = Terms(free_hours=free, paid_hours=paid, price=55)
    later = [reach.price(terms, heard_at, MONDAY + hours * HOUR) for hours in range(0, 300, 7)]
    worth = [1000 if price is None else price for price in later]
    assert worth == sorted(worth)


@pytest.mark.parametrize(
    ("silence", "cost"),
    [
        (timedelta(0), 0),
        (48 * HOUR - timedelta(seconds=1), 0),
        (48 * HOUR, 55),
        (168 * HOUR - timedelta(seconds=1), 55),
        (168 * HOUR, None),
    ],
)
def test_the_windows_of_the_official_account(silence: timedelta, cost: int | None):
    assert reach.price(OA, MONDAY - silence, MONDAY) == cost


def test_who_never_wrote_is_reached_where_there_is_no_window():
    assert reach.price(FREE, None, MONDAY) == 0
    assert reach.price(OA, None, MONDAY) is None


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    """Two people, the first with a telegram and an OA account, in a transaction not kept."""
    import shutil

    from storage.database import address, sqlite

    shutil.copy(empty_file, tmp_path / "reach.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'reach.db'}"))
    with engine.connect() as connection:
        rows.school(connection)
        rows.people(connection, 2)
        rows.account(connection, "t", 1)
        rows.account(connection, "o", 1, 2, channel="zalo_oa")
        connection.execute(update(Person).where(Person.id == 1).values(phone=NUMBER))
        channels.open_channel(connection, "telegram", FREE, MONDAY)
        channels.open_channel(connection, "zalo_oa", OA, MONDAY)
        channels.open_channel(connection, "zalo_template", TEMPLATES, MONDAY)
        heard(connection, 2, 3 * 24 * HOUR)
        yield connection
    engine.dispose()


def heard(db: Connection, account_id: int, ago: timedelta) -> None:
    from sqlalchemy.dialects import sqlite

    db.execute(
        sqlite.insert(Conversation)
        .values(
            account_id=account_id, screen=0, step="", data={}, choices={}, newest=False,
            heard=[], answering="", answer={}, heard_at=MONDAY - ago,
        )
        .on_conflict_do_update(
            index_elements=[Conversation.account_id], set_={"heard_at": MONDAY - ago}
        )
    )  # fmt: skip


def lose(db: Connection, account_id: int) -> None:
    outbox.reach(db, account_id, reachable=False)


def owed(
    db: Connection, person_id: int | None = 1, account_id: int | None = None, kind: str = "moved"
) -> Owed:
    outbox.owe(db, kind, key=f"{kind}:{person_id}:{account_id}", subject_id=1, due_at=MONDAY,
               person_id=person_id, account_id=account_id)  # fmt: skip
    (found,) = outbox.claim(db, MONDAY)
    return found


def names(choice: Choice) -> list[tuple[str, int | None]]:
    return [(one.channel, one.price) for one in choice.ways]


def test_all_ways_of_a_person_the_cheapest_first(db: Connection):
    choice = reach.choose(db, owed(db), MONDAY)
    assert names(choice) == [("telegram", 0), ("zalo_oa", 55), ("zalo_template", 200)]
    assert choice.best
    assert choice.best.account_id == 1
    assert choice.ways[2].address == NUMBER


def test_within_the_free_window_the_one_heard_from_last(db: Connection):
    heard(db, 1, 5 * HOUR)
    heard(db, 2, 2 * HOUR)
    assert names(reach.choose(db, owed(db), MONDAY))[:2] == [("zalo_oa", 0), ("telegram", 0)]


def test_a_shared_account_serves_each_of_its_people(db: Connection):
    assert names(reach.choose(db, owed(db, 2), MONDAY)) == [("zalo_oa", 55)]


def test_a_blocked_account_is_no_way(db: Connection):
    lose(db, 1)
    assert names(reach.choose(db, owed(db), MONDAY)) == [("zalo_oa", 55), ("zalo_template", 200)]


def test_a_template_only_for_its_kinds_and_to_a_number_that_is_sure(db: Connection):
    lose(db, 1)
    lose(db, 2)
    assert reach.choose(db, owed(db, kind="offer"), MONDAY).why is Why.UNREACHABLE
    moved = owed(db)
    assert names(reach.choose(db, moved, MONDAY)) == [("zalo_template", 200)]
    for unsure in (
        {"deaf_phone": NUMBER},
        {"deaf_phone": None, "source": Source.SELF, "verified_at": None},
        {"source": Source.ROSTER, "left_on": MONDAY.date()},
    ):
        db.execute(update(Person).where(Person.id == 1).values(**unsure))
        assert reach.choose(db, moved, MONDAY).why is Why.UNREACHABLE
    changed = {"left_on": None, "deaf_phone": "+84900000000"}
    db.execute(update(Person).where(Person.id == 1).values(**changed))
    assert names(reach.choose(db, moved, MONDAY)) == [("zalo_template", 200)]


def test_a_code_for_a_phone_goes_to_no_account(db: Connection):
    assert names(reach.choose(db, owed(db, kind="phone_code"), MONDAY)) == [("zalo_template", 300)]


def test_what_is_for_one_account_goes_there_only(db: Connection):
    letter = owed(db, 1, 2)
    assert names(reach.choose(db, letter, MONDAY)) == [("zalo_oa", 55)]
    lose(db, 2)
    assert reach.choose(db, letter, MONDAY).why is Why.UNREACHABLE


def test_outside_its_window_to_the_person_s_phone(db: Connection):
    heard(db, 2, 200 * HOUR)
    choice = reach.choose(db, owed(db, 1, 2), MONDAY)
    assert names(choice) == [("zalo_template", 200)]
    assert choice.lapsed == (2,)
    assert reach.choose(db, owed(db, None, 2), MONDAY).why is Why.UNREACHABLE


@pytest.mark.parametrize("state", [ChannelState.REFUSED, ChannelState.EXHAUSTED])
def test_a_closed_channel_is_waited_for_where_there_is_no_other(
    db: Connection, state: ChannelState
):
    channels.mark(db, "zalo_oa", state, "", MONDAY)
    assert names(reach.choose(db, owed(db), MONDAY))[0] == ("telegram", 0)
    alone = owed(db, 2)
    assert reach.choose(db, alone, MONDAY).why is Why.CLOSED
    assert names(reach.choose(db, alone, MONDAY + channels.PROBE)) == [("zalo_oa", 55)]


def test_nobody_waits_for_a_channel_that_was_given_up(db: Connection):
    channels.close_others(db, ["telegram"], MONDAY)
    assert reach.choose(db, owed(db, 2), MONDAY).why is Why.UNREACHABLE


def test_what_may_have_arrived_stays_where_it_went(db: Connection):
    letter = owed(db)
    sent = replace(letter, again=True, sent_to_id=2, channel="zalo_oa")
    assert names(reach.choose(db, sent, MONDAY)) == [("zalo_oa", 55)]
    channels.mark(db, "zalo_oa", ChannelState.HALTED, "", MONDAY)
    assert reach.choose(db, sent, MONDAY).why is Why.CLOSED
    lose(db, 2)
    assert names(reach.choose(db, sent, MONDAY))[0] == ("telegram", 0)
    by_phone = replace(letter, again=True, sent_to_id=None, channel="zalo_template")
    assert names(reach.choose(db, by_phone, MONDAY)) == [("zalo_template", 200)]
    untouched = replace(letter, again=True)
    assert names(reach.choose(db, untouched, MONDAY))[0] == ("telegram", 0)


def test_who_can_be_reached_for_a_question(db: Connection):
    """An account silent for too long is none; a number counts where a template says this."""
    lose(db, 1)
    heard(db, 2, 200 * HOUR)
    assert [reach.reachable(db, 1, kind, MONDAY) for kind in ("moved", "agree")] == [True, False]
    assert not reach.reachable(db, 2, "moved", MONDAY)
    channels.mark(db, "zalo_template", ChannelState.REFUSED, "", MONDAY)
    assert reach.reachable(db, 1, "moved", MONDAY), "what is closed opens again"
    heard(db, 2, 100 * HOUR)
    assert reach.reachable(db, 2, "agree", MONDAY)
    channels.close_others(db, ["telegram"], MONDAY)
    assert not reach.reachable(db, 2, "agree", MONDAY), "what is given up does not"


def test_who_is_silent(db: Connection):
    assert reach.silent(db, [1, 2], MONDAY) == set()
    heard(db, 2, 200 * HOUR)
    assert reach.silent(db, [1, 2], MONDAY) == {2}
    db.execute(update(Account).values(reachable=False))
    assert reach.silent(db, [1, 2], MONDAY.astimezone(UTC)) == {1, 2}
