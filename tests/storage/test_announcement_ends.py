"""What is left of an announcement: after entries became one, once it was stopped, years later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, insert, select, update

from storage import attachments, broadcasts, deliveries, merges, retention
from storage.deliveries import Which
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    AuditEntry,
    Broadcast,
    BroadcastState,
    Notice,
    NoticeState,
)
from storage.recipients import KIND, Barrier, Rule
from tests import offices
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, Postman
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

BEGUN, LATER = MONDAY + timedelta(minutes=1), MONDAY + timedelta(minutes=9)
AFTER_YEARS = MONDAY.replace(year=2028) + timedelta(days=1)
FAILED, SKIPPED, SENT = NoticeState.FAILED, NoticeState.SKIPPED, NoticeState.SENT


@pytest.fixture
def running(db: Connection) -> int:
    """One to six people that is being sent, with a file; the office has two officers."""
    offices.build(db, 6)
    offices.officer(db, AUTHOR, COMMUNE)
    offices.officer(db, COLLEAGUE, COMMUNE)
    broadcast_id = offices.running(db, 6)
    db.execute(
        insert(Attachment).values(
            id=1, person_id=AUTHOR, kind=AttachmentKind.DOCUMENT, name="lich.pdf", size=4,
            channel="telegram", source="x", state=AttachmentState.READY, content=b"%PDF",
            created_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(update(Broadcast).values(attachment_id=1))
    return broadcast_id


def became(db: Connection, person_id: int, state: NoticeState, reason: str = "") -> None:
    mine = update(Notice).where(Notice.kind == KIND, Notice.person_id == person_id)
    at = BEGUN if state is SENT else None
    db.execute(mine.values(state=state, reason=reason, sent_at=at, tried=state is not SKIPPED))


@pytest.mark.parametrize(
    ("one", "other", "again"),
    [
        ((SENT, ""), (FAILED, "rejected"), 0),
        ((FAILED, "rejected"), (SENT, ""), 0),
        ((SENT, ""), (SKIPPED, Barrier.NO_ACCOUNT.value), 0),
        ((NoticeState.UNCERTAIN, "no answer"), (FAILED, "rejected"), 0),
        ((FAILED, "rejected"), (FAILED, "rejected"), 1),
        ((SKIPPED, "merged"), (FAILED, "rejected"), 1),
        ((SKIPPED, Barrier.NO_ACCOUNT.value), (FAILED, "rejected"), 1),
    ],
)
def test_whoever_was_two_entries_gets_it_once_when_it_is_tried_again(
    db: Connection, running: int, one: tuple[NoticeState, str], other: tuple[NoticeState, str],
    again: int,
):  # fmt: skip
    for person_id in range(1, 5):
        became(db, person_id, SENT)
    became(db, 5, *one)
    became(db, 6, *other)
    offices.deal(db, BEGUN)
    assert offices.state(db, running) is BroadcastState.DONE
    merges.merge(db, 5, 6, LATER, actor_id=AUTHOR)

    assert deliveries.retry(db, offices.scope_of(db, AUTHOR), running, LATER) == again
    offices.deal(db, LATER)
    postman = Postman()
    postman.send(db, LATER)

    assert postman.people(running) == [6] * again


def test_those_without_an_account_are_a_list_of_their_own(db: Connection, running: int):
    became(db, 2, SKIPPED, Barrier.NO_ACCOUNT.value)
    became(db, 3, SKIPPED, Barrier.WEEKLY.value)
    found = deliveries.people(db, offices.scope_of(db, AUTHOR), running, Which.NO_ACCOUNT)
    assert [one.person_id for one in found] == [2]


def test_announcements_are_locked_before_any_notice_when_entries_become_one(
    db: Connection, running: int
):
    """Dealing holds an announcement and waits for notices; the other way round they would meet."""
    said: list[str] = []

    def heard(*arguments: object) -> None:
        said.append(str(arguments[2]))

    event.listen(db, "before_cursor_execute", heard)
    merges.merge(db, COLLEAGUE, AUTHOR, LATER, actor_id=AUTHOR)
    event.remove(db, "before_cursor_execute", heard)

    first = next(at for at, one in enumerate(said) if "broadcasts" in one)
    assert said[first].startswith("SELECT broadcasts.id")
    assert not any("UPDATE notices" in one for one in said[:first])
    assert offices.state(db, running) is BroadcastState.RUNNING


def test_the_file_of_what_was_stopped_is_shown_to_nobody(db: Connection, running: int):
    assert attachments.stands(db, 1)
    assert broadcasts.stop(db, offices.scope_of(db, COLLEAGUE), running, LATER)
    assert not attachments.stands(db, 1)

    # Whoever writes it anew takes the file along.
    scope = offices.scope_of(db, AUTHOR)
    draft = broadcasts.draft(db, scope, Rule(), LATER, text="Xin gửi lại.")
    assert broadcasts.change(db, scope, draft, LATER, attachment_id=1)
    assert attachments.stands(db, 1)


def test_years_later_the_file_is_gone_and_so_are_old_drafts(db: Connection, running: int):
    old = offices.drafted(db)
    young = offices.drafted(db, now=MONDAY + timedelta(days=300))
    assert broadcasts.stop(db, offices.scope_of(db, AUTHOR), running, LATER)
    while retention.condense(db, AFTER_YEARS):
        pass

    assert attachments.forget_unused(db, AFTER_YEARS) == 1
    kept = db.execute(select(Broadcast.id, Broadcast.attachment_id).order_by(Broadcast.id)).all()
    assert [tuple(row) for row in kept] == [(running, None), (young, None)]
    assert broadcasts.get(db, old) is None


def test_who_changed_a_colleagues_draft_is_in_the_log(db: Connection, running: int):
    draft = offices.drafted(db)
    for person_id in (AUTHOR, COLLEAGUE):
        assert broadcasts.change(db, offices.scope_of(db, person_id), draft, LATER, text="Khác.")
    found = db.execute(
        select(AuditEntry.actor_id).where(
            AuditEntry.action == "changed", AuditEntry.subject_id == draft
        )
    ).scalars()
    assert list(found) == [COLLEAGUE]
    assert draft != running
