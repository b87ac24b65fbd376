"""Why somebody an announcement is meant for is not written to."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from sqlalchemy import and_, bindparam, case, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import aliased

from storage import meant, roles, scopes
from storage.audience_rules import About, Rule
from storage.models import (
    HOLDING,
    LIVE,
    Account,
    AccountPerson,
    Announce,
    Attendance,
    Broadcast,
    BroadcastSeen,
    Channel,
    Completed,
    Completion,
    Mark,
    Notice,
    NoticeState,
    Person,
    Registration,
    Role,
    School,
    Session,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

# The kind of notice by which one person gets an announcement; its subject is the broadcast.
KIND: Final = "announcement"
# So many announcements within a week are enough for one person.
WEEKLY: Final = 2
WEEK: Final = timedelta(days=7)
NO_LONGER_MEANT: Final = "no longer meant"
# What a person got, or may have got.
ARRIVED: Final = (NoticeState.SENT, NoticeState.UNCERTAIN)
# What was begun to be sent in any other state is on its way, or arrived.
NOT_GOT: Final = (NoticeState.PLANNED, NoticeState.SKIPPED, NoticeState.FAILED)


class Barrier(StrEnum):
    """Why somebody is not written to; the first that holds is the one that counts."""

    NO_ACCOUNT = "no account"  # none that can be written to, on a channel that runs
    NO_CONSENT = "no consent"
    WEEKLY = "weekly limit"


# Why somebody is not written to; None: they are.
Reason: TypeAlias = Barrier | Literal["no longer meant"] | None


def barrier_now(db: Connection, broadcast_id: int, person_id: int, now: datetime) -> Reason:
    """Why a broadcast does not go to a person it was planned for, as things stand; None: it goes.

    Asked right before it is sent.
    """
    return barriers_now(db, broadcast_id, (person_id,), now)[person_id]


def barriers_now(
    db: Connection, broadcast_id: int, people: Collection[int], now: datetime
) -> dict[int, Reason]:
    """The same of several people, by person."""
    found: dict[int, Reason] = dict.fromkeys(people, NO_LONGER_MEANT)
    key = {"broadcast_id": broadcast_id, "people": list(people)}
    rows = db.execute(FACTS, {**key, "day": now.date(), "since": now - WEEK}).all()
    found |= {row.id: Barrier(row.barrier) if row.barrier else None for row in rows}
    free = [each for each in people if found[each] is None]
    if not free:
        return found
    rule = Rule.from_json(rows[0].audience)
    if rule.about is None and rule.unseen_of is None:
        return found
    changing = {"course_id": rule.course_id or 0, "unseen_of": rule.unseen_of or 0}
    still = set(db.execute(STILL[rule.about], {"people": free, **changing}).scalars())
    found |= {each: NO_LONGER_MEANT for each in free if each not in still}
    return found


def barrier(now: datetime, *, exempt: bool) -> ColumnElement[str]:
    """The barrier of a person as a column "barrier", "" for none.

    `exempt` from the weekly limit, as corrections are.
    """
    return _barrier(false() if exempt else _lately(Notice.sent_at > now - WEEK) >= WEEKLY)


def got(broadcast_id: int) -> ColumnElement[bool]:
    """True of a person who got an announcement, or may have."""
    arrived = select(Notice.person_id).where(
        Notice.subject_id == broadcast_id, Notice.kind == KIND, Notice.state.in_(ARRIVED)
    )
    return Person.id.in_(arrived)


def seen(broadcast_id: Any) -> ColumnElement[bool]:
    """True of a person who said that they have seen an announcement; its id may be a parameter."""
    return exists().where(
        BroadcastSeen.broadcast_id == broadcast_id, BroadcastSeen.person_id == Person.id
    )


def _lately(then: ColumnElement[bool]) -> ColumnElement[int]:
    """How many announcements a person got then; one that is on its way counts."""
    return (
        select(func.count())
        .select_from(Notice)
        .where(
            Notice.person_id == Person.id, Notice.kind == KIND, then,
            # Said so that no index of states is looked through once for every person.
            Notice.state.not_in(NOT_GOT),
        )
        .correlate(Person)
        .scalar_subquery()
    )  # fmt: skip


def _barrier(over: ColumnElement[bool]) -> ColumnElement[str]:
    # A channel without a row runs.
    linked = (
        select(AccountPerson.account_id)
        .join(Account, Account.id == AccountPerson.account_id)
        .outerjoin(Channel, Channel.name == Account.channel)
        .where(
            AccountPerson.person_id == Person.id, Account.reachable,
            or_(Channel.name.is_(None), Channel.running),
        )
        .correlate(Person)
    )  # fmt: skip
    return case(
        (~linked.exists(), literal(Barrier.NO_ACCOUNT.value)),
        (Person.announcements != Announce.YES, literal(Barrier.NO_CONSENT.value)),
        (over, literal(Barrier.WEEKLY.value)),
        else_=literal(""),
    ).label("barrier")


_STANDS: Final[dict[About, ColumnElement[bool]]] = {
    About.REGISTERED: Registration.standing.in_(HOLDING),
    About.MISSING: or_(Registration.standing.is_(None), Registration.standing.not_in(LIVE)),
    About.WAITING: Registration.standing == Standing.WAITING,
    About.UNANSWERED: or_(
        Registration.standing == Standing.NOMINATED,
        Registration.standing.in_(LIVE) & Registration.unanswered_since.is_not(None),
    ),
}


def stands(about: About, course_id: Any) -> ColumnElement[bool]:
    """Where a person stands with a course, whose id may be a parameter.

    Their registration in it, if any, has to be joined.
    """
    held = Registration.standing.in_(HOLDING)
    marked = (Session.id == Attendance.session_id) & (Session.course_id == course_id)
    there = exists().where(
        marked, Attendance.person_id == Person.id, Attendance.mark.in_((Mark.PRESENT, Mark.LATE))
    )
    completed = exists().where(
        Completion.course_id == course_id, Completion.person_id == Person.id,
        Completion.state == Completed.COMPLETED,
    )  # fmt: skip
    match about:
        case About.ATTENDED:
            return there
        case About.ABSENT:
            return and_(func.coalesce(held, false()), ~there, exists().where(marked))
        case About.COMPLETED:
            return completed
        case About.NOT_COMPLETED:
            return and_(or_(func.coalesce(held, false()), there), ~completed)
        case _:
            return _STANDS[about]


# Of two that are about to be sent at one moment the older goes first.
_others = and_(
    Notice.subject_id != bindparam("broadcast_id"),
    or_(
        Notice.sent_at > bindparam("since"),
        (Notice.state == NoticeState.CLAIMED)
        & Notice.sent_at.is_(None)
        & (Notice.subject_id < bindparam("broadcast_id")),
    ),
)
_sender, _place, _seat = aliased(Unit), aliased(Unit), aliased(Unit)
_below = _sender.path.concat("%")
# Whoever moved away since it was planned is in somebody else's hands.
_within = or_(
    exists().where(
        School.id == Person.school_id, _place.id == School.unit_id, _place.path.like(_below)
    ),
    exists().where(
        Role.person_id == Person.id, Role.kind.in_(scopes.OFFICERS), Role.unit_id == _seat.id,
        roles.holds(roles.DAY), _seat.path.like(_below),
    ).correlate(Person, _sender),
)  # fmt: skip
# Some people and one broadcast; no row where a person does not work today, or not in its reach.
_these = Person.id.in_(bindparam("people", expanding=True))
FACTS = (
    select(
        Person.id,
        Broadcast.audience,
        _barrier(Broadcast.corrects_id.is_(None) & (_lately(_others) >= WEEKLY)),
    )
    .select_from(Person)
    .join(Broadcast, Broadcast.id == bindparam("broadcast_id"))
    .join(_sender, _sender.id == Broadcast.unit_id)
    .where(_these, meant.at_work(roles.DAY), _within)
)
# Those of them for whom what a rule says that may change still holds; by where they were to stand.
STILL: Final[dict[About | None, Select[int]]] = {
    about: select(Person.id)
    .outerjoin(
        Registration,
        (Registration.person_id == Person.id) & (Registration.course_id == bindparam("course_id")),
    )
    .where(
        _these,
        true() if about is None else stands(about, bindparam("course_id")),
        ~seen(bindparam("unseen_of")),
    )
    for about in (None, *About)
}
