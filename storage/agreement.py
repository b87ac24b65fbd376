"""Courses for which the principal has to agree: who is asked, who may answer, who need not ask.

A request climbs the same ladder as a claim: the school's principal, after two working days the
officers of the commune, then those of the Sở. A rung on which nobody can be reached is passed
over at once; where nobody at all can be, we look again after a working day. Whoever holds a rung
may answer at any time, also before and after its turn.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_, select, update

from storage import conversations, outbox, places, reach, roles, worktime
from storage.claims import LADDER, LOOK_AGAIN, PATIENCE, RUNGS
from storage.models import Position, Registration, Rung, SchoolType, Session, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Who
    from storage.places import Place

SMALL = (SchoolType.GROUP, SchoolType.CLASS)
# How long the question of a small place waits for the request of the next one.
GATHERING = timedelta(minutes=10)
_BEGUN = exists().where(
    Session.course_id == Registration.course_id,
    Session.number == 1,
    Session.starts_at <= bindparam("now"),
)
# What has never been asked has no time to climb at; once a course has begun nobody is asked.
_DUE = (
    Registration.standing == Standing.ASKED,
    or_(
        Registration.climbs_at <= bindparam("now"),
        Registration.climbs_at.is_(None) & Registration.asked_rung.is_(None),
    ),
    ~_BEGUN,
)
# Courses are locked in the order of their ids, so that two clocks never wait for each other.
DUE = select(Registration.id).where(*_DUE).order_by(Registration.course_id, Registration.id)
STILL_DUE = select(Registration.id).where(Registration.id == bindparam("registration_id"), *_DUE)
STAND = (
    update(Registration)
    .where(Registration.id == bindparam("registration_id"))
    .values(asked_rung=bindparam("rung"), climbs_at=bindparam("at"))
)


def own(db: Connection, who: Who, now: datetime) -> bool:
    """True for whoever would be asked about themselves."""
    if who.position is Position.PRINCIPAL and who.verified:
        return True
    for rung in RUNGS:
        found = _on(db, who, rung, now)
        if any(reach.reachable(db, person_id, "agree", now) for person_id in found):
            return who.id in found
    return False


def right(db: Connection, person_id: int, colleague: Who, now: datetime) -> Rung | None:
    """As what a person may answer for a colleague; None where they may not."""
    return next((rung for rung in RUNGS if person_id in _holders(db, colleague, rung, now)), None)


def may_answer(db: Connection, person_id: int, colleague: Who, now: datetime) -> bool:
    """True for whoever holds a role over the colleague's school today."""
    return right(db, person_id, colleague, now) is not None


def ask(db: Connection, place: Place, who: Who, now: datetime) -> Rung | None:
    """Ask on the lowest rung where somebody can be reached; None where nobody can be yet.

    The first answer of anybody on a rung counts.
    """
    return _ask(db, place, who, RUNGS, now)


def climb(db: Connection, now: datetime, limit: int = 50) -> int:
    """Take requests nobody answered in time to the next rung; returns how many were looked at.

    Doing it twice at the same moment changes nothing the second time.
    """
    looked_at = 0
    for registration_id in db.execute(DUE.limit(limit), {"now": now}).scalars().all():
        place = places.locked(db, registration_id)
        key = {"registration_id": registration_id, "now": now}
        if place is None or db.execute(STILL_DUE, key).one_or_none() is None:
            continue
        who = conversations.who(db, place.person_id)
        asked = bool(place.asked_rung and answerers(db, who, place.asked_rung, now))
        # Where nobody could be asked so far, somebody below may have come in meanwhile.
        left = RUNGS[RUNGS.index(place.asked_rung) + 1 :] if place.asked_rung and asked else RUNGS
        _ask(db, place, who, left, now)
        looked_at += 1
    return looked_at


def _on(db: Connection, who: Who, rung: Rung, now: datetime) -> list[int]:
    # Somebody of no school we know is for any officer of the Sở, and for nobody below.
    path = None if rung is Rung.DEPARTMENT and not who.path else who.path
    return roles.holders(db, dict(LADDER)[rung], day=now.date(), school_id=who.school_id, path=path)


def _holders(db: Connection, who: Who, rung: Rung, now: datetime) -> list[int]:
    """The people on a rung of the ladder; nobody answers for themselves."""
    return [person_id for person_id in _on(db, who, rung, now) if person_id != who.id]


def answerers(db: Connection, who: Who, rung: Rung, now: datetime) -> list[int]:
    """The people on a rung who can be reached, without the colleague."""
    found = _holders(db, who, rung, now)
    return [one for one in found if reach.reachable(db, one, "agree", now)]


def _ask(
    db: Connection, place: Place, who: Who, rungs: Sequence[Rung], now: datetime
) -> Rung | None:
    for rung in rungs:
        if people := answerers(db, who, rung, now):
            last = rung is RUNGS[-1]
            _stand(db, place, rung, None if last else worktime.after_working_days(now, PATIENCE))
            # Two of a small place who ask within minutes are one question: who stays with the
            # children?
            small = rung is Rung.PRINCIPAL and who.type in SMALL
            at = worktime.next_waking(now + GATHERING if small else now)
            for person_id in people:
                _owe(db, place, person_id, at)
            return rung
    # Nobody further up: those who were asked, where they can still be reached, stay asked.
    stays = place.asked_rung if rungs != RUNGS else None
    _stand(db, place, stays, worktime.after_working_days(now, LOOK_AGAIN))
    return stays


def _stand(db: Connection, place: Place, rung: Rung | None, at: datetime | None) -> None:
    db.execute(STAND, {"registration_id": place.id, "rung": rung, "at": at})


def _owe(db: Connection, place: Place, person_id: int, due_at: datetime) -> None:
    outbox.owe(
        db, "agree", key=f"agree:{place.id}:{place.turn}:{person_id}", subject_id=place.id,
        person_id=person_id, due_at=due_at,
    )  # fmt: skip
