"""People who came without a seat: they ask by writing the code, the trainer decides.

Whoever is accepted gets a seat, however many the course has: they are in the room.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import attendance, audit, courses, outbox, places, teaching
from storage.models import Person, School, SessionCode, Standing, WalkIn, WalkInState

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.courses import Meeting, Training

# The trainer hears of everybody who came within so long a time at once.
TOGETHER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody who asks to take part, and when their code came."""

    id: int
    session_id: int
    person_id: int
    full_name: str
    school: str
    state: WalkInState
    at: datetime


_ASKING = (
    select(
        WalkIn.id, WalkIn.session_id, WalkIn.person_id, Person.full_name,
        func.coalesce(School.name, ""), WalkIn.state, WalkIn.at,
    )
    .join(Person, Person.id == WalkIn.person_id)
    .join(School, School.id == Person.school_id, isouter=True)
)  # fmt: skip
BY_ID = _ASKING.where(WalkIn.id == bindparam("walk_in_id"))
OF = _ASKING.where(
    WalkIn.session_id == bindparam("session_id"), WalkIn.person_id == bindparam("person_id")
)
MADE_BY = select(SessionCode.made_by_id).where(SessionCode.session_id == bindparam("session_id"))
WAITING = _ASKING.where(
    WalkIn.session_id == bindparam("session_id"), WalkIn.state == WalkInState.ASKED
).order_by(WalkIn.at, WalkIn.id)


def ask(
    db: Connection, course: Training, meeting: Meeting, person_id: int, at: datetime, now: datetime
) -> Asking:
    """Keep that somebody without a seat wrote the code, and tell whoever decides; once each."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    made = db.execute(
        insert(WalkIn)
        .values(session_id=meeting.id, person_id=person_id, state=WalkInState.ASKED, at=at)
        .on_conflict_do_nothing()
    )
    if made.rowcount:
        _tell(db, course, meeting, now)
    row = db.execute(OF, {"session_id": meeting.id, "person_id": person_id}).one()
    return Asking(*row)


def count(db: Connection, session_id: int) -> int:
    """How many wait for an answer at a session."""
    return len(db.execute(WAITING, {"session_id": session_id}).all())


def waiting(db: Connection, session_id: int, by_id: int, now: datetime) -> list[Asking]:
    """Who waits for an answer, the first one first.

    Raises PermissionError where `by_id` takes no attendance of the course.
    """
    _course(db, session_id, by_id, now)
    rows = db.execute(WAITING, {"session_id": session_id})
    return [Asking(*row) for row in rows]


def accept(db: Connection, walk_in_id: int, by_id: int, now: datetime) -> Asking | None:
    """Give somebody who came a seat and the mark of the moment of their code; they are told.

    None where they no longer wait, or nobody can be marked. Raises PermissionError as `waiting`.
    """
    asking = _asking(db, walk_in_id, by_id, now)
    if asking is None:
        return None
    found = teaching.meeting(db, asking.session_id)
    # Asking for a place counts as a turn, and locks the course.
    course = courses.take_turn(db, found[0].id) if found else None
    if found is None or course is None or attendance.whether(course, found[1], now):
        return None
    if not _decided(db, asking, WalkInState.ACCEPTED, by_id, now):
        return None
    _seated(db, course, asking.person_id, by_id, now)
    attendance.check_in(db, course, found[1], asking.person_id, asking.at, now)
    _answered(db, course, asking, by_id, now, "walk-in accepted")
    return asking


def accept_all(db: Connection, session_id: int, by_id: int, now: datetime) -> int:
    """Accept everybody who waits; how many. Raises PermissionError as `waiting` does."""
    asking = waiting(db, session_id, by_id, now)
    return sum(accept(db, one.id, by_id, now) is not None for one in asking)


def refuse(db: Connection, walk_in_id: int, by_id: int, now: datetime) -> Asking | None:
    """Say that somebody does not take part; they are told, and nothing is marked.

    None where they no longer wait. Raises PermissionError as `waiting` does.
    """
    asking = _asking(db, walk_in_id, by_id, now)
    if asking is None or not _decided(db, asking, WalkInState.REFUSED, by_id, now):
        return None
    found = teaching.meeting(db, asking.session_id)
    if found:
        _answered(db, found[0], asking, by_id, now, "walk-in refused")
    return asking


def one(db: Connection, walk_in_id: int) -> Asking | None:
    """Somebody who asked, whatever came of it."""
    row = db.execute(BY_ID, {"walk_in_id": walk_in_id}).one_or_none()
    return Asking(*row) if row else None


def _asking(db: Connection, walk_in_id: int, by_id: int, now: datetime) -> Asking | None:
    asking = one(db, walk_in_id)
    if asking is None:
        raise PermissionError("Nobody asks.")
    _course(db, asking.session_id, by_id, now)
    return asking if asking.state is WalkInState.ASKED else None


def _course(db: Connection, session_id: int, by_id: int, now: datetime) -> Training:
    found = teaching.meeting(db, session_id)
    if found is None:
        raise PermissionError("There is no such session.")
    teaching.must_teach(db, by_id, found[0].id, now.date())
    return found[0]


def _decided(db: Connection, asking: Asking, state: WalkInState, by_id: int, now: datetime) -> bool:
    """Write the decision; False where another one was faster."""
    written = db.execute(
        update(WalkIn)
        .where(WalkIn.id == asking.id, WalkIn.state == WalkInState.ASKED)
        .values(state=state, decided_by_id=by_id, decided_at=now)
    )
    return bool(written.rowcount)


def _seated(db: Connection, course: Training, person_id: int, by_id: int, now: datetime) -> None:
    """Give the person a seat; the course is locked."""
    place = places.find(db, course.id, person_id)
    if place and place.holds:
        return
    if place:
        places.move(db, place, Standing.SEATED, now, actor_id=by_id, reason="walk-in")
        outbox.withdraw(db, ("offer", "moved", "agree"), place.id, now)
        return
    made = db.execute(
        places.ADD,
        {
            "course_id": course.id, "person_id": person_id, "standing": Standing.SEATED,
            "turn": course.turns, "provisional": False, "changed_at": now,
        },
    ).scalar_one()  # fmt: skip
    places.tell(db, made, Standing.SEATED, now, actor_id=by_id, reason="walk-in")


def _answered(
    db: Connection, course: Training, asking: Asking, by_id: int, now: datetime, action: str
) -> None:
    audit.note(
        db, actor_id=by_id, action=action, subject="session", subject_id=asking.session_id,
        unit_id=course.unit_id, now=now, course=course.id, person=asking.person_id,
    )  # fmt: skip
    outbox.owe(
        db, "walk-in answered", key=f"walk-in answered:{asking.id}", subject_id=asking.id,
        person_id=asking.person_id, due_at=now,
    )  # fmt: skip


def _tell(db: Connection, course: Training, meeting: Meeting, now: datetime) -> None:
    """Owe whoever decides a word at the end of these two minutes, about all who came by then."""
    slot = int(now.timestamp() // TOGETHER.total_seconds()) + 1
    due = datetime.fromtimestamp(slot * TOGETHER.total_seconds(), now.tzinfo)
    made = db.execute(MADE_BY, {"session_id": meeting.id}).scalar_one_or_none()
    opener = [made] if made and teaching.may_teach(db, made, course.id, now.date()) else []
    # Whoever opened the code is in the room.
    for person_id in dict.fromkeys((*opener, *teaching.to_tell(db, course, now.date()))):
        outbox.owe(
            db, "walk-ins", key=f"walk-ins:{meeting.id}:{person_id}:{slot}",
            subject_id=meeting.id, person_id=person_id, due_at=due,
        )  # fmt: skip
