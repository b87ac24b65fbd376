"""What must be true of the database after any history whatsoever, checked from the rows alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage import courses, seats
from storage.accounts import MOST
from storage.blocks import LIVE_FOR, SEEN
from storage.models import (
    HOLDING,
    LIVE,
    Account,
    AccountPerson,
    Consent,
    ConsentPurpose,
    Conversation,
    Course,
    CourseState,
    Notice,
    NoticeState,
    Person,
    Registration,
    RegistrationEvent,
    Standing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

# A claimed notice is being sent; one that is due is claimed within a few seconds.
SENDING = timedelta(minutes=1)


def broken(db: Connection, now: datetime, *, quiet: bool = True) -> list[str]:
    """A line for each invariant that does not hold, with ids only; empty where all is well.

    `now` is aware, in the local zone. `quiet`: nothing was said for a while, so that nothing may
    be left unsaid.
    """
    checks = [seats_of, queues, turns, offers, provisional, speakers, sharers, agreed, histories]
    checks += [keys, blocks]
    found = [line for check in checks for line in check(db, now)]
    return [*found, *unspoken(db, now), *owed(db, now)] if quiet else found


def seats_of(db: Connection, _: datetime) -> Iterator[str]:
    """No course holds more people than it has seats."""
    held = (
        select(Course.id, Course.seats, func.count())
        .join(Registration, Registration.course_id == Course.id)
        .where(Registration.standing.in_(HOLDING), Course.seats.is_not(None))
        .group_by(Course.id, Course.seats)
        .having(func.count() > Course.seats)
    )
    for course_id, there, taken in db.execute(held):
        yield f"course {course_id}: {taken} people on {there} seats"


def queues(db: Connection, now: datetime) -> Iterator[str]:
    """Nobody waits beside a free seat that could still be offered."""
    for course_id in db.execute(select(Course.id)).scalars():
        course = courses.get(db, course_id)
        assert course
        held = courses.held(db, [course_id]).get(course_id, 0)
        waiting = courses.waiting(db, [course_id]).get(course_id, 0)
        open_ = course.state in (CourseState.OPEN, CourseState.CLOSED) and not course.begun(now)
        # A minute's grace: what could be offered a moment ago may not be any more, and only then.
        late = seats.offer_ends(now + SENDING, course.starts_at) is None
        free = course.seats is None or held < course.seats
        if waiting and free and open_ and not late:
            yield f"course {course_id}: {waiting} wait, {held} of {course.seats} seats are held"


def turns(db: Connection, _: datetime) -> Iterator[str]:
    """A turn is one person's, and was counted by its course."""
    same = (
        select(Registration.course_id, Registration.turn)
        .where(Registration.standing.in_(LIVE))
        .group_by(Registration.course_id, Registration.turn)
        .having(func.count() > 1)
    )
    for course_id, turn in db.execute(same):
        yield f"course {course_id}: turn {turn} given twice"
    beyond = (
        select(Registration.id)
        .join(Course, Course.id == Registration.course_id)
        .where((Registration.turn > Course.turns) | (Registration.turn < 1))
    )
    for registration_id in db.execute(beyond).scalars():
        yield f"registration {registration_id}: a turn its course never counted"


def offers(db: Connection, _: datetime) -> Iterator[str]:
    """Offered and a term belong together."""
    wrong = select(Registration.id, Registration.standing).where(
        (Registration.standing == Standing.OFFERED) != Registration.offered_until.is_not(None)
    )
    for registration_id, standing in db.execute(wrong):
        yield f"registration {registration_id}: {standing} does not fit its term"


def provisional(db: Connection, _: datetime) -> Iterator[str]:
    """A live place is provisional exactly as long as nobody vouched for its person."""
    wrong = (
        select(Registration.id, Registration.provisional)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.standing.in_(LIVE),
            Registration.provisional != Person.verified_at.is_(None),
        )
    )
    for registration_id, flag in db.execute(wrong):
        yield f"registration {registration_id}: provisional is {flag}"
    merged = (
        select(Registration.id)
        .join(Person, Person.id == Registration.person_id)
        .where(Registration.standing.in_(LIVE), Person.merged_into_id.is_not(None))
    )
    for registration_id in db.execute(merged).scalars():
        yield f"registration {registration_id}: of a person who became one with another"


def speakers(db: Connection, _: datetime) -> Iterator[str]:
    """An account speaks for one of its people, and for somebody as soon as it has any."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for account_id, person_id in db.execute(
        select(AccountPerson.account_id, AccountPerson.person_id)
    ):
        people[account_id].add(person_id)
    for account_id, person_id in db.execute(select(Account.id, Account.person_id)):
        mine = people[account_id]
        if (person_id is None and mine) or (person_id is not None and person_id not in mine):
            yield f"account {account_id}: speaks for {person_id}, serves {sorted(mine)}"


def sharers(db: Connection, _: datetime) -> Iterator[str]:
    """At most three people of one school; whoever has no school is alone."""
    schools: defaultdict[int, list[int | None]] = defaultdict(list)
    for account_id, school_id in db.execute(
        select(AccountPerson.account_id, Person.school_id).join(
            Person, Person.id == AccountPerson.person_id
        )
    ):
        schools[account_id].append(school_id)
    for account_id, found in schools.items():
        alone = len(found) == 1
        if len(found) > MOST or (not alone and (None in found or len(set(found)) > 1)):
            yield f"account {account_id}: serves people of schools {found}"


def agreed(db: Connection, _: datetime) -> Iterator[str]:
    """Nobody is served who has not agreed to it on that account."""
    yes = select(Consent.id).where(
        Consent.account_id == AccountPerson.account_id,
        Consent.person_id == AccountPerson.person_id,
        Consent.purpose == ConsentPurpose.REGISTRATION,
        Consent.withdrawn_at.is_(None),
    )
    without = select(AccountPerson.account_id, AccountPerson.person_id).where(~yes.exists())
    for account_id, person_id in db.execute(without):
        yield f"account {account_id}: person {person_id} never agreed"


def histories(db: Connection, _: datetime) -> Iterator[str]:
    """A registration stands where its history ends."""
    last = {
        event.registration_id: event.standing
        for event in db.execute(
            select(RegistrationEvent.registration_id, RegistrationEvent.standing).order_by(
                RegistrationEvent.id
            )
        )
    }
    for registration_id, standing in db.execute(select(Registration.id, Registration.standing)):
        if last.get(registration_id) is not standing:
            yield f"registration {registration_id}: {standing}, told {last.get(registration_id)}"


def keys(db: Connection, _: datetime) -> Iterator[str]:
    """Nothing is owed twice."""
    twice = select(Notice.key).group_by(Notice.key).having(func.count() > 1)
    for key in db.execute(twice).scalars():
        yield f"notice {key}: owed twice"


def blocks(db: Connection, now: datetime) -> Iterator[str]:
    """Two digits never mean two things on one phone."""
    live = select(Notice.sent_to_id, Notice.block).where(
        Notice.block > 0,
        Notice.sent_at > now - LIVE_FOR,
        Notice.answered_at.is_(None),
        Notice.state.in_(SEEN),
    )
    for (account_id, block), count in Counter(map(tuple, db.execute(live))).items():
        if count > 1:
            yield f"account {account_id}: {count} notices answer to {block}1"


def unspoken(db: Connection, _: datetime) -> Iterator[str]:
    """No answer is left that was never said."""
    left = (
        select(Account.id)
        .join(Conversation, Conversation.account_id == Account.id)
        .where(Conversation.unspoken_since.is_not(None), Account.reachable)
    )
    for account_id in db.execute(left).scalars():
        yield f"account {account_id}: its answer was never said"


def owed(db: Connection, now: datetime) -> Iterator[str]:
    """No notice is left that was due a while ago."""
    left = select(Notice.id, Notice.kind).where(
        Notice.state == NoticeState.OWED, Notice.due_at < now - SENDING
    )
    for notice_id, kind in db.execute(left):
        yield f"notice {notice_id} ({kind}): due and not sent"
