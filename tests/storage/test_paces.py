"""The pace of a channel account: never more than its limit, whatever the clocks do, never stuck."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete

from storage import channels, floods, paces, replies
from storage.channels import Terms
from storage.models import Account, Base, Pace, ReplyRate
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
LIMITS = (0.2, 1.0, 7.0, 30.0, 60.0, 1000.0)


@pytest.fixture(scope="module")
def memory() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        Base.metadata.create_all(db)
        yield db
    engine.dispose()


@pytest.fixture
def db(memory: Connection) -> Connection:
    for table in (Pace, ReplyRate, Account):
        memory.execute(delete(table))
    return memory


def drained(db: Connection, limit: float, seconds: float) -> int:
    """How many pass in so long, asked for whenever there is something to be had."""
    total, span = 0, timedelta()
    while span <= seconds * SECOND:
        grant = paces.take(db, "telegram", MONDAY + span, 10_000, limit)
        total += grant.count
        span += grant.after
    return total


@pytest.mark.parametrize("limit", LIMITS)
def test_what_passes_is_the_limit_less_a_hair(db: Connection, limit: float):
    first = paces.take(db, "telegram", MONDAY, 10_000, limit).count
    assert first == max(1, int(limit * 0.995 / 2))
    assert limit * 60 * 0.99 - 1 <= drained(db, limit, 60) <= limit * 60 + 1


def test_the_wait_it_names_is_the_wait_it_takes(db: Connection):
    for limit in LIMITS:
        db.execute(delete(Pace))
        grant = paces.take(db, "telegram", MONDAY, 10_000, limit)
        early = MONDAY + grant.after - timedelta(milliseconds=1)
        most = max(1, min(50, round(limit * 0.995 * 0.2)))
        assert paces.take(db, "telegram", early, most, limit).count < most
        db.execute(delete(Pace))
        paces.take(db, "telegram", MONDAY, 10_000, limit)
        assert paces.take(db, "telegram", MONDAY + grant.after, most, limit).count == most


def test_a_limit_of_nought_lets_everything_through(db: Connection):
    assert paces.take(db, "telegram", MONDAY, 5000, 0) == paces.Grant(5000, timedelta())


def test_both_channels_of_one_official_account_draw_on_one_row(db: Connection):
    half = paces.take(db, channels.ZALO_OA, MONDAY, 100, 60).count
    assert half == 29
    assert paces.take(db, channels.ZALO_TEMPLATE, MONDAY, 100, 60).count == 0
    assert paces.take(db, channels.TELEGRAM, MONDAY, 100, 30).count == 14


def test_a_wait_the_platform_asks_for_shuts_the_channel_for_everybody(db: Connection):
    paces.hold(db, "telegram", MONDAY, timedelta(seconds=30))
    paces.hold(db, "telegram", MONDAY, timedelta(seconds=5))
    grant = paces.take(db, "telegram", MONDAY + 29 * SECOND, 10, 30)
    assert (grant.count, grant.after) == (0, SECOND)
    assert paces.take(db, "telegram", MONDAY + 30 * SECOND, 10, 30).count == 10
    assert paces.take(db, "zalo_bot", MONDAY, 1, 30).count == 1


def test_a_wait_holds_where_there_is_no_limit_too(db: Connection):
    paces.hold(db, "telegram", MONDAY, 3 * SECOND)
    assert paces.take(db, "telegram", MONDAY + SECOND, 9, 0) == paces.Grant(0, 2 * SECOND)
    assert paces.take(db, "telegram", MONDAY + 3 * SECOND, 9, 0).count == 9


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_clock_that_is_set_neither_opens_nor_shuts_it(db: Connection, step: timedelta):
    assert paces.take(db, "telegram", MONDAY, 100, 30).count == 14
    assert paces.take(db, "telegram", MONDAY + step, 100, 30).count == 0
    assert paces.take(db, "telegram", MONDAY + step + SECOND / 2, 100, 30).count == 14


def test_what_replies_take_is_left_to_them(db: Connection):
    replies.report(db, "one", {"telegram": 3, "zalo_bot": 9}, MONDAY)
    replies.report(db, "two", {"telegram": 2}, MONDAY)
    paces.take(db, "telegram", MONDAY, 100, 30)
    assert paces.take(db, "telegram", MONDAY + SECOND / 2, 100, 30).count == 12
    # Reports of processes that died, and of a clock that was set back, count no more.
    for now in (MONDAY + 4 * SECOND, MONDAY - HOUR):
        assert replies.rate(db, ("telegram",), now) == 0


def test_replies_starve_nothing(db: Connection):
    replies.report(db, "one", {"telegram": 500}, MONDAY)
    assert paces.take(db, "telegram", MONDAY, 10, 30).count == 1
    assert paces.take(db, "telegram", MONDAY + SECOND, 10, 30).count == 1


def test_reports_of_the_dead_are_forgotten(db: Connection):
    replies.report(db, "dead", {"telegram": 1}, MONDAY)
    replies.forget(db, MONDAY + timedelta(minutes=11))
    assert replies.rate(db, ("telegram",), MONDAY) == 0


def opened(db: Connection, name: str, terms: Terms) -> None:
    channels.open_channel(db, name, terms, MONDAY)


@pytest.mark.parametrize(
    ("channel", "address", "after", "held"),
    [
        ("telegram", "700", 30, True),
        ("telegram", "-100700", 30, False),
        ("zalo_bot", "first", 30, True),
        ("zalo_bot", "second", 30, False),
        ("zalo_oa", "u", 30, True),
        ("zalo_oa", "u", 8 * 3600, False),
        ("zalo_template", "84900", 8 * 3600, False),
    ],
)
def test_what_concerns_one_chat_holds_up_nobody_else(
    db: Connection, channel: str, address: str, after: int, held: bool
):
    opened(db, "zalo_bot", Terms(most_people=1))
    for number, name in enumerate(("first", "second"), 1):
        values: dict[str, Any] = {"id": number, "channel": "zalo_bot", "address": name}
        db.execute(
            Account.__table__.insert().values(
                **values, language="vi", reachable=True, code_failures=0, created_at=MONDAY
            )
        )
    floods.flood(db, channel, address, after * SECOND, MONDAY)
    assert paces.take(db, channel, MONDAY, 1, 30).count == (0 if held else 1)


def test_nobody_is_held_up_for_hours_without_a_try(db: Connection):
    floods.flood(db, "telegram", "700", 5 * HOUR, MONDAY)
    assert paces.take(db, "telegram", MONDAY, 1, 30).after == timedelta(minutes=10)


# Takers look one after another; in between time goes on, and the clock may be set.
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 3_000_000)),
        st.tuples(st.just("rest"), st.integers(3, 40)),
        st.tuples(st.just("take"), st.integers(0, 2000)),
        st.tuples(st.just("step"), st.sampled_from((1, -1))),
        st.tuples(st.just("limit"), st.sampled_from(LIMITS)),
    ),
    max_size=60,
)


@settings(max_examples=300, deadline=None)
@given(events=EVENTS, first=st.sampled_from(LIMITS))
def test_never_more_than_the_limit_in_any_window_and_never_stuck(
    memory: Connection, events: list[tuple[str, int]], first: float
):
    memory.execute(delete(Pace))
    memory.execute(delete(ReplyRate))
    true, clock, limit = 0, MONDAY, first
    passed: list[tuple[int, int]] = []  # microseconds of true time, messages
    limits: list[tuple[int, float]] = [(0, first)]
    for what, size in events:
        match what:
            case "wait" | "rest":
                span = size if what == "wait" else size * 1_000_000
                true += span
                clock += timedelta(microseconds=span)
            case "step":
                clock += size * HOUR
            case "limit":
                limit = LIMITS[LIMITS.index(size)]
                limits.append((true, limit))
            case _:
                count = paces.take(memory, "telegram", clock, size, limit).count
                assert count <= size
                if count:
                    passed.append((true, count))
    for start, (since, _) in enumerate(passed):
        total = 0
        for until, count in passed[start:]:
            total += count
            assert total <= allowed(limits, since, until) + 1e-6
    # Whatever happened, at most two looks later something passes.
    grant = paces.take(memory, "telegram", clock, 1, limit)
    for _ in range(2):
        if not grant.count:
            assert grant.after <= timedelta(seconds=10 + 6 / limit)
            clock += grant.after
            grant = paces.take(memory, "telegram", clock, 1, limit)
    assert grant.count == 1


def allowed(limits: list[tuple[int, float]], since: int, until: int) -> float:
    """The limit times the time, and a second's burst (or one message) of the highest limit."""
    ends = [at for at, _ in limits[1:]] + [max(until, limits[-1][0])]
    total, highest = 0.0, 0.0
    for (begin, limit), end in zip(limits, ends, strict=True):
        low, high = max(begin, since), min(end, until)
        if low <= high:
            total += limit * (high - low) / 1e6
            highest = max(highest, limit)
    return total + max(1.0, highest)
