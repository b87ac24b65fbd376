"""Each invariant notices when it is broken; otherwise the long runs would show nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from storage import outbox
from storage.models import Notice
from tests.people import known
from tests.soak import invariants

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Town

BREAKS = {
    "people on": "UPDATE courses SET seats = 3 WHERE number = 12",
    "wait,": "UPDATE courses SET seats = 31 WHERE number = 7",
    "given twice": "UPDATE registrations SET turn = 5 WHERE turn = 6",
    "never counted": "UPDATE courses SET turns = 2 WHERE number = 12",
    "does not fit its term": "UPDATE registrations SET standing = 'offered' WHERE id = 1",
    "provisional is": "UPDATE registrations SET provisional = 1 WHERE standing = 'seated'",
    "became one": "UPDATE people SET merged_into_id = 1 WHERE id > 100",
    "speaks for": "UPDATE accounts SET person_id = 77",
    "serves people of schools": (
        "INSERT INTO account_people SELECT id, 900, created_at FROM accounts"
    ),
    "never agreed": "DELETE FROM consents",
    ", told": "UPDATE registrations SET standing = 'lapsed' WHERE id = 2",
    "never said": "UPDATE conversations SET unspoken_since = heard_at",
    "due and not sent": "UPDATE notices SET state = 'owed'",
    "notices answer to 11": "UPDATE notices SET block = 1, state = 'sent'",
}


async def history(town: Town) -> None:
    """A known person, and two notices on their phone."""
    phone = await known(town, "Lê Thị Út")
    now = town.inbox.now()

    def write(db: Connection) -> None:
        account_id = db.execute(
            text("SELECT id FROM accounts WHERE address = :address"), {"address": phone.address}
        ).scalar_one()
        for number in (1, 2):
            db.execute(
                insert(Notice).values(
                    key=f"n{number}", kind="offer", subject_id=number, data={}, state="skipped",
                    due_at=now - outbox.LEASE, reason="", block=0, choices={},
                    sent_to_id=account_id, sent_at=now,
                )
            )  # fmt: skip

    await town.database.turn(write)


async def test_what_is_broken_is_named(town: Town):
    await history(town)
    now = town.inbox.now()
    named: dict[str, list[str]] = {}

    def each_alone(db: Connection) -> None:
        assert invariants.broken(db, now) == []
        for line, statement in BREAKS.items():
            with db.begin_nested() as attempt:
                db.execute(text(statement))
                named[line] = invariants.broken(db, now)
                attempt.rollback()

    await town.database.turn(each_alone)
    assert [line for line, found in named.items() if not any(line in each for each in found)] == []
