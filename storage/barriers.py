"""Why somebody an announcement is meant for is not written to."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import and_, bindparam, case, exists, false, func, literal, or_, select, true

from storage import meant, roles
from storage.audience_rules import About, Rule
from storage.models import (
    HOLDING,
    LIVE,
    Account,
    AccountPerson,
    Announce,
    Broadcast,
    BroadcastSeen,
    Channel,
    Notice,
    NoticeState,
    Person,
    Registration,
    Standing,
)

if TYPE_CHECKING:
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


def barrier_now(
    db: Connection, broadcast_id: int, person_id: int, now: datetime
) -> Barrier | Literal["no longer meant"] | None:
    """Why a broadcast does not go to a person it was planned for, as things stand; None: it goes.

    Asked right before it is sent. The scope was settled when it was planned.
    """
    key = {"broadcast_id": broadcast_id, "person_id": person_id}
    row = db.execute(FACTS, {**key, "day": now.date(), "since": now - WEEK}).one_or_none()
    if row is None:
        return NO_LONGER_MEANT
    if row.barrier:
        return Barrier(row.barrier)
    rule = Rule.from_json(row.audience)
    if rule.about is None and rule.unseen_of is None:
        return None
    changing = {"course_id": rule.course_id or 0, "unseen_of": rule.unseen_of or 0}
    still = db.execute(STILL[rule.about], {"person_id": person_id, **changing}).one_or_none()
    return None if still else NO_LONGER_MEANT


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


# Where a person stands with a course; their registration in it, if any, has to be joined.
STANDS: Final[dict[About, ColumnElement[bool]]] = {
    About.REGISTERED: Registration.standing.in_(HOLDING),
    About.MISSING: or_(Registration.standing.is_(None), Registration.standing.not_in(LIVE)),
    About.WAITING: Registration.standing == Standing.WAITING,
    About.UNANSWERED: or_(
        Registration.standing == Standing.NOMINATED,
        Registration.standing.in_(LIVE) & Registration.unanswered_since.is_not(None),
    ),
}
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
# One person and one broadcast; no row where the person does not work today.
FACTS = (
    select(
        Broadcast.audience,
        _barrier(Broadcast.corrects_id.is_(None) & (_lately(_others) >= WEEKLY)),
    )
    .select_from(Person)
    .join(Broadcast, Broadcast.id == bindparam("broadcast_id"))
    .where(Person.id == bindparam("person_id"), meant.at_work(roles.DAY))
)
# The person, where what a rule says that may change still holds; by where they were to stand.
STILL: Final[dict[About | None, Select[int]]] = {
    about: select(Person.id)
    .outerjoin(
        Registration,
        (Registration.person_id == Person.id) & (Registration.course_id == bindparam("course_id")),
    )
    .where(
        Person.id == bindparam("person_id"),
        true() if about is None else STANDS[about],
        ~seen(bindparam("unseen_of")),
    )
    for about in (None, *About)
}
