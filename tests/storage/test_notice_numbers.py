"""The numbers of notices: two digits mean the message that was the last to show them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from storage import blocks, outbox
from storage.models import NoticeState
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

DAY = timedelta(days=1)


@pytest.fixture
def db(empty_file: Path, tmp_path: Path) -> Iterator[Connection]:
    """A connection with one account, in a transaction that is not kept."""
    import shutil

    from storage.database import address, sqlite

    shutil.copy(empty_file, tmp_path / "numbers.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'numbers.db'}"))
    with engine.connect() as connection:
        rows.school(connection)
        rows.people(connection, 1)
        rows.account(connection, "1000", 1)
        yield connection
    engine.dispose()


def sent(db: Connection, subject: int, block: int, at: timedelta) -> int:
    """Send a notice about a subject, with a block of numbers; returns its id."""
    outbox.owe(db, "moved", key=f"k{subject}", subject_id=subject, person_id=1, due_at=MONDAY + at)
    (owed,) = outbox.claim(db, MONDAY + at)
    addressed = outbox.addressed(
        owed.id, account_id=1, channel="telegram", cost=0, block=block,
        choices={f"{block}1": f"stay {subject}"}, now=MONDAY + at,
    )  # fmt: skip
    outbox.address(db, [addressed])
    outbox.settle(db, owed.id, NoticeState.SENT, at=MONDAY + at)
    return owed.id


def meant(db: Connection, digits: str) -> int | None:
    notice = blocks.behind(db, 1, digits)
    return notice.subject_id if notice else None


def test_nine_notices_get_nine_blocks_and_the_tenth_gets_none(db: Connection):
    for number in range(1, 10):
        block = blocks.free_block(db, 1, MONDAY + number * DAY)
        assert block == number
        sent(db, number, block, number * DAY)
    assert blocks.free_block(db, 1, MONDAY + 10 * DAY) == 0
    assert [meant(db, f"{block}1") for block in range(1, 10)] == list(range(1, 10))


def test_the_block_that_was_unused_longest_is_given_again(db: Connection):
    ids = [sent(db, number, number, number * DAY) for number in range(1, 10)]
    for answered in (ids[6], ids[3]):
        blocks.answered(db, answered, MONDAY + 10 * DAY)
    assert blocks.free_block(db, 1, MONDAY + 10 * DAY) == 4
    # After two weeks a question cannot be answered any more, and its numbers are free.
    assert blocks.free_block(db, 1, MONDAY + blocks.LIVE_FOR + 2 * DAY) == 1


def test_a_notice_that_never_arrived_leaves_its_numbers_unused(db: Connection):
    ids = [sent(db, number, number, number * DAY) for number in range(1, 10)]
    outbox.settle(db, ids[8], NoticeState.FAILED, at=None, reason="rejected")
    assert meant(db, "91") is None
    assert blocks.by_id(db, 1, ids[8]) is None
    assert blocks.free_block(db, 1, MONDAY + 10 * DAY) == 9


def test_digits_mean_the_newest_message_that_shows_them_not_the_newest_that_was_owed(
    db: Connection,
):
    # Owed first and sent last, as an offer is that waits for the morning.
    outbox.owe(db, "offer", key="early", subject_id=5, person_id=1, due_at=MONDAY + 3 * DAY)
    sent(db, 6, 1, timedelta(0))
    (owed,) = outbox.claim(db, MONDAY + 3 * DAY)
    addressed = outbox.addressed(
        owed.id, account_id=1, channel="telegram", cost=0, block=1, choices={"11": "take 5"},
        now=MONDAY + 3 * DAY,
    )  # fmt: skip
    outbox.address(db, [addressed])
    outbox.settle(db, owed.id, NoticeState.SENT, at=MONDAY + 3 * DAY)
    assert meant(db, "11") == 5


@pytest.mark.parametrize("skipped", [False, True], ids=["owed again", "no longer true"])
def test_a_message_whose_sending_was_uncertain_keeps_its_numbers(db: Connection, skipped: bool):
    """It may stand on the phone: an older one with the same numbers is not meant."""
    old = sent(db, 1, 1, timedelta(0))
    blocks.answered(db, old, MONDAY)
    new = sent(db, 2, 1, DAY)
    outbox.postpone(db, new, MONDAY + 2 * DAY)
    if skipped:
        outbox.settle(db, new, NoticeState.SKIPPED, at=None, reason="no longer true")
    assert meant(db, "11") == 2


def test_numbers_are_an_account_s_own(db: Connection):
    sent(db, 1, 1, timedelta(0))
    assert blocks.behind(db, 2, "11") is None
