"""What is counted, what is reserved before it is sent, and where that ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from storage import spending
from storage.channels import FREE, Terms
from storage.spending import Spent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
OA, BY_PHONE = "zalo_oa", "zalo_template"


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    """An empty database, in a transaction that is not kept."""
    import shutil

    from storage.database import address, sqlite

    shutil.copy(empty_file, tmp_path / "spending.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'spending.db'}"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def reserve(db: Connection, terms: Terms, *, day: date = DAY, channel: str = OA, cost: int = 55,
            critical: bool = False) -> bool:  # fmt: skip
    return spending.reserve(db, channel, day, "reminder", cost, terms, critical=critical)


def test_what_is_noted_is_added_up_by_day_month_and_kind(db: Connection):
    spending.note(db, "telegram", DAY, "answer", 7, 0)
    spending.note(db, OA, DAY, "answer", 2, 0)
    spending.note(db, OA, DAY, "answer", 1, 55)
    spending.note(db, OA, NEXT, "moved", 1, 55)
    spending.note(db, OA, date(2026, 10, 31), "moved", 1, 55)
    spending.note(db, OA, date(2026, 12, 1), "moved", 1, 55)

    assert spending.of_day(db, OA, DAY) == Spent(3, 55)
    assert spending.of_month(db, OA, NEXT) == Spent(4, 110)
    assert spending.of_month(db, BY_PHONE, DAY) == Spent(0, 0)
    assert spending.by_kind(db, DAY) == {
        ("telegram", "answer"): Spent(7, 0),
        (OA, "answer"): Spent(3, 55),
        (OA, "moved"): Spent(1, 55),
    }


def test_without_a_ceiling_everything_fits(db: Connection):
    assert all(reserve(db, FREE, cost=10_000) for _ in range(5))


def test_a_day_ends_at_its_ceiling_and_the_next_begins_anew(db: Connection):
    terms = Terms(day_ceiling=120)
    assert [reserve(db, terms) for _ in range(3)] == [True, True, False]
    assert reserve(db, terms, day=NEXT)
    assert spending.of_day(db, OA, DAY) == Spent(2, 110)


def test_a_ceiling_may_be_reached_to_the_dong(db: Connection):
    assert [reserve(db, Terms(day_ceiling=110)) for _ in range(3)] == [True, True, False]


def test_the_month_bounds_its_days(db: Connection):
    terms = Terms(day_ceiling=60, month_ceiling=110)
    days = [DAY, NEXT, NEXT + timedelta(days=1)]
    assert [reserve(db, terms, day=day) for day in days] == [True, True, False]
    assert reserve(db, terms, day=date(2026, 12, 1))


def test_both_paid_channels_of_zalo_share_one_ceiling(db: Connection):
    terms = Terms(day_ceiling=255)
    assert reserve(db, terms, channel=BY_PHONE, cost=200)
    assert reserve(db, terms)
    assert not reserve(db, terms)
    assert reserve(db, terms, channel="another", cost=255), "which is nobody else's"


def test_what_is_critical_goes_past_the_ceiling_and_is_counted(db: Connection):
    terms = Terms(day_ceiling=55)
    assert reserve(db, terms)
    assert reserve(db, terms, critical=True)
    assert not reserve(db, terms)
    assert spending.of_day(db, OA, DAY) == Spent(2, 110)


def test_what_was_not_sent_makes_room_again(db: Connection):
    terms = Terms(day_ceiling=55, month_ceiling=55)
    assert reserve(db, terms)
    assert not reserve(db, terms)
    spending.refund(db, OA, DAY, "reminder", 55)
    assert spending.of_month(db, OA, DAY) == Spent(0, 0)
    assert reserve(db, terms)
