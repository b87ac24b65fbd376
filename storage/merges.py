"""Two entries that are one person: what the newer one gathered goes to the one that stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from storage import courses, offers, outbox, places
from storage.models import (
    Account,
    AccountPerson,
    Claim,
    Consent,
    Notice,
    NoticeState,
    Person,
    Question,
    Registration,
    Standing,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.places import Place

# The better standing first; within one, the earlier turn.
BETTER = (
    Standing.SEATED, Standing.NOMINATED, Standing.OFFERED, Standing.ASKED, Standing.WAITING,
    Standing.EXCUSED, Standing.GIVEN_UP, Standing.LAPSED, Standing.REFUSED, Standing.ENDED,
)  # fmt: skip
# Questions about a place that somebody has still to answer.
ASKED_ABOUT = ("offer", "agree", "moved")


def lock_courses(db: Connection, *people: int) -> None:
    """Lock every course in which one of these people has or had a place, in the order of ids."""
    found = db.execute(
        select(Registration.course_id)
        .where(Registration.person_id.in_(people))
        .distinct()
        .order_by(Registration.course_id)
    )
    for course_id in list(found.scalars()):
        courses.locked(db, course_id)


def merge(db: Connection, from_id: int, into_id: int, now: datetime, *, actor_id: int) -> None:
    """Make `from_id` one with `into_id`: places, accounts, consents, questions, what is owed.

    Where both had a place in a course the better one stays, and the seat that becomes free is
    offered on. Lock the courses first (`lock_courses`).
    """
    mine = db.execute(
        select(*places.FIELDS)
        .where(Registration.person_id == from_id)
        .order_by(Registration.course_id)
    )
    for row in mine.all():
        _take_place(db, places.Place(*row), into_id, now, actor_id)
    _take_accounts(db, from_id, into_id)
    for table in (Consent, Claim):
        db.execute(update(table).where(table.person_id == from_id).values(person_id=into_id))
    db.execute(update(Question).where(Question.asker_id == from_id).values(asker_id=into_id))
    db.execute(
        update(Notice)
        .where(Notice.person_id == from_id, Notice.answered_at.is_(None))
        .values(person_id=into_id)
    )
    db.execute(update(Person).where(Person.id == from_id).values(merged_into_id=into_id))


def _take_place(db: Connection, theirs: Place, into_id: int, now: datetime, actor_id: int) -> None:
    mine = places.find(db, theirs.course_id, into_id)
    course = courses.get(db, theirs.course_id)
    if mine is None or course is None:
        db.execute(
            update(Registration).where(Registration.id == theirs.id).values(person_id=into_id)
        )
        return
    both_held = mine.holds and theirs.holds
    if _rank(theirs) < _rank(mine):
        _keep_better(db, mine, theirs, now, actor_id)
    if theirs.live:
        places.move(db, theirs, Standing.ENDED, now, actor_id=actor_id, reason="merged")
    outbox.withdraw(db, ASKED_ABOUT, theirs.id, now)
    if both_held:
        offers.pass_on(db, course, now)


def _rank(place: Place) -> tuple[int, int]:
    return BETTER.index(place.standing), place.turn


def _keep_better(db: Connection, mine: Place, theirs: Place, now: datetime, actor_id: int) -> None:
    """Give the lasting entry's row what the other had, with the questions open about it."""
    outbox.withdraw(db, ASKED_ABOUT, mine.id, now)
    places.move(
        db, replace(mine, turn=theirs.turn), theirs.standing, now, actor_id=actor_id,
        reason="merged", offered_until=theirs.offered_until,
    )  # fmt: skip
    db.execute(
        update(Registration)
        .where(Registration.id == mine.id)
        .values(unanswered_since=theirs.unanswered_since)
    )
    _ask_again(db, theirs, mine, now)


def _ask_again(db: Connection, old: Place, new: Place, now: datetime) -> None:
    """Owe every open question about one row anew, about the other."""
    open_ones = db.execute(
        select(Notice.kind, Notice.person_id, Notice.data, Notice.due_at).where(
            Notice.kind.in_(ASKED_ABOUT),
            Notice.subject_id == old.id,
            Notice.answered_at.is_(None),
            Notice.state != NoticeState.SKIPPED,
        )
    ).all()
    for row in open_ones:
        person_id = new.person_id if row.person_id == old.person_id else row.person_id
        outbox.owe(
            db, row.kind, key=f"{row.kind}:{new.id}:{old.id}:merged:{person_id}",
            subject_id=new.id, person_id=person_id, data=row.data, due_at=max(row.due_at, now),
        )  # fmt: skip


def _take_accounts(db: Connection, from_id: int, into_id: int) -> None:
    theirs = select(AccountPerson.account_id).where(AccountPerson.person_id == into_id)
    db.execute(
        delete(AccountPerson).where(
            AccountPerson.person_id == from_id, AccountPerson.account_id.in_(theirs)
        )
    )
    for table in (AccountPerson, Account):
        db.execute(update(table).where(table.person_id == from_id).values(person_id=into_id))
