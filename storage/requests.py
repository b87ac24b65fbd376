"""Requests of one school for one course that wait for the same word at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, func, or_, select

from storage import agreement, conversations, outbox, places, staff_list
from storage.models import HOLDING, Notice, NoticeState, Person, Registration, Rung, Standing
from storage.places import Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

# More people than this in one question are asked about one by one.
MOST = 4
GROUP = (
    select(*places.FIELDS)
    .join(Person, Person.id == Registration.person_id)
    .where(
        Registration.course_id == bindparam("course_id"),
        Registration.standing == Standing.ASKED,
        Registration.asked_rung == Rung.PRINCIPAL,
        Person.school_id == bindparam("school_id"),
    )
    .order_by(Registration.turn, Registration.id)
)
CLIMBS = (
    select(Registration.climbs_at)
    .where(
        Registration.id.in_(bindparam("ids", expanding=True)), Registration.climbs_at.is_not(None)
    )
    .order_by(Registration.climbs_at)
    .limit(1)
)
# Asked before this one and not said yet, or said since: that message asks about this one too.
SAYS_IT = (
    select(Notice.id)
    .where(
        Notice.kind == "agree",
        Notice.person_id == bindparam("person_id"),
        Notice.subject_id.in_(bindparam("others", expanding=True)),
        Notice.id != bindparam("notice_id"),
        Notice.answered_at.is_(None),
        or_(
            and_(
                Notice.state.in_((NoticeState.OWED, NoticeState.CLAIMED)),
                Notice.id < bindparam("notice_id"),
            ),
            and_(
                Notice.state.in_((NoticeState.SENT, NoticeState.UNCERTAIN)),
                Notice.written_at >= bindparam("asked_at"),
            ),
        ),
    )
    .limit(1)
)
STANDS = (
    select(Notice.id)
    .where(
        Notice.kind == "agree",
        Notice.person_id == bindparam("person_id"),
        Notice.subject_id == bindparam("registration_id"),
        Notice.answered_at.is_(None),
        Notice.state != NoticeState.SKIPPED,
    )
    .limit(1)
)
AWAY = (
    select(func.count())
    .select_from(Registration)
    .join(Person, Person.id == Registration.person_id)
    .where(
        Registration.course_id == bindparam("course_id"),
        Registration.standing.in_(HOLDING),
        Person.school_id == bindparam("school_id"),
    )
)


def group(db: Connection, place: Place) -> list[Place]:
    """The request with those of the same school and course that wait for the principal too."""
    who = conversations.who(db, place.person_id)
    if place.asked_rung is not Rung.PRINCIPAL or who.school_id is None:
        return [place]
    key = {"course_id": place.course_id, "school_id": who.school_id}
    return [Place(*row) for row in db.execute(GROUP, key)] or [place]


def said(
    db: Connection, notice_id: int, person_id: int, place: Place, group: Sequence[Place]
) -> bool:
    """True where another message asks this person about the same request already."""
    others = [each.id for each in group if each.id != place.id]
    if not others or len(group) > MOST:
        return False
    asked_at = select(Registration.changed_at).where(Registration.id == place.id)
    key = {
        "person_id": person_id, "others": others, "notice_id": notice_id,
        "asked_at": db.execute(asked_at).scalar_one(),
    }  # fmt: skip
    return db.execute(SAYS_IT, key).first() is not None


def left_behind(db: Connection, course_id: int, school_id: int, day: date) -> int:
    """How many of a school are at work on a day while all who have or ask for a seat are away."""
    away = db.execute(AWAY, {"course_id": course_id, "school_id": school_id}).scalar_one()
    return max(0, staff_list.there(db, school_id, day) - away)


def climbs_at(db: Connection, group: Sequence[Place]) -> datetime | None:
    """When the first of these requests is put to the next rung (UTC); None where none is."""
    return db.execute(CLIMBS, {"ids": [place.id for place in group]}).scalar_one_or_none()


def ask_rest(db: Connection, place: Place, now: datetime) -> None:
    """After one request is settled, ask about those whose only question stood with it."""
    who = conversations.who(db, place.person_id)
    if place.asked_rung is not Rung.PRINCIPAL or who.school_id is None:
        return
    for other in group(db, place):
        if other.id == place.id:
            continue
        colleague = conversations.who(db, other.person_id)
        for person_id in agreement.answerers(db, colleague, Rung.PRINCIPAL, now):
            key = {"person_id": person_id, "registration_id": other.id}
            if db.execute(STANDS, key).first() is None:
                outbox.owe(
                    db, "agree", key=f"agree:{other.id}:{other.turn}:{person_id}:{place.id}",
                    subject_id=other.id, person_id=person_id, due_at=now,
                )  # fmt: skip
