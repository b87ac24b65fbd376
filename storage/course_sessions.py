"""Sessions of a course as officers change them: of a draft silently, else people are asked again.

What people with places are asked and told goes through `changes`.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from storage import changes, completion, course_rows
from storage.course_drafts import Meet, placed
from storage.course_versions import Edited, Outcome, begin, count, ended, write
from storage.models import CourseState, Modality, Session

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope


def move(
    db: Connection,
    scope: Scope,
    course_id: int,
    version: int,
    now: datetime,
    *,
    session_id: int,
    meet: Meet,
    why: str = "",
    all_: bool = False,
) -> Edited:
    """Give a session another time or place; everybody with a seat or turn is asked again.

    `all_` moves the later sessions by as much. Of a draft nobody hears.
    """
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    was = next((one for one in found.sessions if one.id == session_id), None)
    if was is None:
        raise PermissionError(session_id)
    if was.starts_at is not None and was.starts_at <= now:
        return Edited(Outcome.BEGUN, found)
    asked = course_rows.people(db, scope, course_id)
    try:
        with db.begin_nested():
            changes.move(db, found, was, meet, now, why=why, all_=all_, actor_id=scope.actor_id)
    except ValueError:
        return Edited(Outcome.ORDER, found)
    count(db, scope, course_id)
    return ended(db, scope, found, 0 if found.state is CourseState.DRAFT else asked)


def redraft(
    db: Connection,
    scope: Scope,
    course_id: int,
    version: int,
    now: datetime,
    *,
    kept: list[int],
    meets: list[Meet],
) -> Edited:
    """The sessions of a draft: those kept, and new ones, by time.

    A new one at the place of an old one lies where that did.
    """
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE or found.state is not CourseState.DRAFT:
        return Edited(Outcome.OVER if outcome is Outcome.DONE else outcome, found)
    old = course_rows.meets(db, scope, course_id)
    places = {one.place: one for one in old.values()}
    fresh = [
        placed(replace(meet, place=""), places[meet.place]) if meet.place in places else meet
        for meet in meets
    ]
    sessions = sorted([*(old[one] for one in kept if one in old), *fresh], key=_when)
    if any(_overlap(one, following) for one, following in pairwise(sessions)):
        return Edited(Outcome.ORDER, found)
    course_rows.write_sessions(db, scope, course_id, tuple(sessions))
    write(db, scope, found, now, "course changed", "sessions")
    return ended(db, scope, found)


def _when(meet: Meet) -> tuple[bool, str, str]:
    day = meet.first_day
    clock = meet.starts_at.isoformat() if meet.starts_at else ""
    return day is None, day.isoformat() if day else "", clock


def _overlap(one: Meet, following: Meet) -> bool:
    over = one.ends_at or one.starts_at
    return bool(over and following.starts_at and following.starts_at < over)


def place(
    db: Connection,
    scope: Scope,
    course_id: int,
    version: int,
    now: datetime,
    *,
    sessions: list[int],
    name: str,
    unit_id: int | None,
) -> Edited:
    """The place of some sessions of a draft; it is no longer held from afar alone."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE or found.state is not CourseState.DRAFT:
        return Edited(Outcome.OVER if outcome is Outcome.DONE else outcome, found)
    db.execute(
        update(Session)
        .where(Session.course_id == course_id, Session.id.in_(sessions))
        .values(place=name, unit_id=unit_id, address="", latitude=None, longitude=None)
    )
    online = found.modality is Modality.ONLINE
    values: dict[str, Any] = {"modality": Modality.IN_PERSON} if online else {}
    write(db, scope, found, now, "course changed", "place", **values)
    return ended(db, scope, found)


def join(
    db: Connection,
    scope: Scope,
    course_id: int,
    version: int,
    link: str,
    now: datetime,
    *,
    why: str = "",
) -> Edited:
    """Hold a course from afar, or give it another link; people are asked where they came before."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    if found.state is not CourseState.DRAFT and found.modality is Modality.IN_PERSON:
        asked = course_rows.people(db, scope, course_id)
        changes.online(db, found, link, now, why=why, actor_id=scope.actor_id)
        count(db, scope, course_id)
        return ended(db, scope, found, asked)
    db.execute(update(Session).where(Session.course_id == course_id).values(link=link))
    blended = found.modality is Modality.BLENDED
    values: dict[str, Any] = {} if blended else {"modality": Modality.ONLINE}
    write(db, scope, found, now, "course changed", "link", **values)
    return ended(db, scope, found)


def add(
    db: Connection, scope: Scope, course_id: int, version: int, meet: Meet, now: datetime
) -> Edited:
    """One session more; everybody with a seat or turn is asked whether they can come."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    asked = course_rows.people(db, scope, course_id)
    try:
        with db.begin_nested():
            changes.add(db, found, meet, now, actor_id=scope.actor_id)
    except ValueError:
        return Edited(Outcome.ORDER, found)
    count(db, scope, course_id)
    completion.settle_all(db, course_id, now)
    return ended(db, scope, found, 0 if found.state is CourseState.DRAFT else asked)


def remove(
    db: Connection, scope: Scope, course_id: int, version: int, session_id: int, now: datetime
) -> Edited:
    """One session less, before it has begun; those with a place are told."""
    found, outcome = begin(db, scope, course_id, version, now)
    if outcome is not Outcome.DONE:
        return Edited(outcome, found)
    was = next((one for one in found.sessions if one.id == session_id), None)
    if was is None:
        raise PermissionError(session_id)
    asked = course_rows.people(db, scope, course_id)
    begun = was.starts_at is not None and was.starts_at <= now
    if (
        begun
        or len(found.sessions) == 1
        or not changes.remove(db, found, was, now, actor_id=scope.actor_id)
    ):
        return Edited(Outcome.BEGUN, found)
    count(db, scope, course_id)
    completion.settle_all(db, course_id, now)
    return ended(db, scope, found, 0 if found.state is CourseState.DRAFT else asked)
