"""How a change of somebody's place on a school's list is written, and taken back.

Steps of deeds whose right was asked before (`staffing`, `verdicts`). A change keeps the columns
as they were and the registrations that ended with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from storage import (
    agreement,
    audience,
    audit,
    conversations,
    courses,
    merges,
    places,
    registrations,
    staff_news,
)
from storage.models import (
    Person,
    Role,
    RoleKind,
    School,
    Source,
    StaffChange,
    StaffMove,
    Standing,
)
from storage.registrations import Asked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.places import Place

# What a change writes of a person, and what undoing it puts back.
COLUMNS = ("school_id", "left_on", "leave_from", "leave_to", "source")
_DATES = ("left_on", "leave_from", "leave_to")
PERSON = select(*(getattr(Person, name) for name in COLUMNS))


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was written; `codes` are the courses whose registrations ended with it."""

    id: int
    person_id: int
    full_name: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Back:
    """What became of one ended registration when the change was taken back."""

    code: str
    asked: Asked


def ending(db: Connection, person_id: int, absence: audience.Absence, now: datetime) -> list[Place]:
    """The live registrations that end with an absence, by course.

    Those of courses that have not begun: all from which somebody who left is missing, and those
    with a session within a long leave. What has begun keeps its record.
    """
    found: list[Place] = []
    for place in sorted(places.of_person(db, person_id), key=lambda each: each.course_id):
        course = courses.get(db, place.course_id)
        if course is None or course.begun(now):
            continue
        days = [span for each in course.sessions if (span := each.days(now))]
        gone = absence.left_on is not None and (
            not days or any(absence.gone(last) for _, last in days)
        )
        if gone or any(absence.away(*span) for span in days):
            found.append(place)
    return found


def write(
    db: Connection,
    kind: StaffMove,
    person_id: int,
    values: dict[str, Any],
    *,
    by_id: int,
    now: datetime,
    day: date | None = None,
    until: date | None = None,
) -> Changed:
    """Write a change, end what ends with it, and let those know who have to."""
    merges.lock_courses(db, person_id)
    row = db.execute(PERSON.where(Person.id == person_id).with_for_update()).one()
    before = dict(zip(COLUMNS, row, strict=True))
    after = before | values
    if kind is not StaffMove.ADDED:
        db.execute(update(Person).where(Person.id == person_id).values(values))
    moved = after["school_id"] != before["school_id"]
    rights = _end_rights(db, person_id, before["school_id"], now) if moved else []
    ended = _end(db, person_id, kind, after, by_id, now)
    if moved:
        ask_anew(db, person_id, now)
    change_id = db.execute(
        insert(StaffChange)
        .values(
            person_id=person_id, kind=kind, school_id=before["school_id"],
            to_school_id=after["school_id"] if moved else None, day=day or now.date(), until=until,
            before={**_kept(before), "roles": rights}, ended=[place.id for place in ended],
            by_id=by_id, at=now,
        )
        .returning(StaffChange.id)
    ).scalar_one()  # fmt: skip
    schools = [
        each for each in (before["school_id"], after["school_id"] if moved else None) if each
    ]
    _note(db, f"staff {kind.value}", person_id, schools[0] if schools else None, by_id, now,
          change=change_id, ended=len(ended))  # fmt: skip
    staff_news.tell(db, change_id, person_id, schools, by_id, now)
    who = conversations.who(db, person_id)
    return Changed(change_id, person_id, who.full_name, codes(db, ended))


def codes(db: Connection, ended: Collection[Place]) -> tuple[str, ...]:
    """The codes of the courses of these places."""
    found = [courses.get(db, place.course_id) for place in ended]
    return tuple(course.code for course in found if course)


def _end(
    db: Connection,
    person_id: int,
    kind: StaffMove,
    after: dict[str, Any],
    by_id: int,
    now: datetime,
) -> list[Place]:
    if kind not in (StaffMove.LEFT, StaffMove.LEAVE):
        return []
    absence = audience.Absence(after["left_on"], after["leave_from"], after["leave_to"])
    ended = ending(db, person_id, absence, now)
    for place in ended:
        nominated = place.standing is Standing.NOMINATED
        registrations.give_up(
            db, place.course_id, person_id, now, actor_id=by_id, reason=kind.value,
            standing=Standing.EXCUSED if nominated else Standing.GIVEN_UP,
        )  # fmt: skip
    return ended


def _end_rights(
    db: Connection, person_id: int, school_id: int | None, now: datetime
) -> list[list[Any]]:
    """End the person's right over the school they leave; what it was is kept for undoing."""
    last = now.date() - timedelta(days=1)
    mine = (
        Role.person_id == person_id, Role.kind == RoleKind.PRINCIPAL, Role.school_id == school_id,
        or_(Role.valid_to.is_(None), Role.valid_to > last),
    )  # fmt: skip
    held = db.execute(select(Role.id, Role.valid_to).where(*mine)).all()
    db.execute(update(Role).where(*mine).values(valid_to=last))
    return [[row.id, row.valid_to.isoformat() if row.valid_to else None] for row in held]


def ask_anew(db: Connection, person_id: int, now: datetime) -> None:
    """What waits for somebody's word waits for that of the new school."""
    who = conversations.who(db, person_id)
    for place in places.of_person(db, person_id):
        if place.standing is Standing.ASKED:
            agreement.ask(db, place, who, now)


def move(
    db: Connection, person_id: int, to_school_id: int, *, by_id: int, now: datetime
) -> Changed:
    """Put somebody on the list of another school, with all registrations.

    A list of the office that still has them at the old one is asked about, not believed.
    """
    values = {"school_id": to_school_id, "source": Source.PRINCIPAL}
    return write(db, StaffMove.MOVED, person_id, values, by_id=by_id, now=now)


def note_code(db: Connection, person_id: int, school_id: int, by_id: int, now: datetime) -> None:
    """Keep that somebody was given a new personal code."""
    _note(db, "code renewed", person_id, school_id, by_id, now)


def take_back(
    db: Connection, change_id: int, by_id: int, now: datetime
) -> tuple[Changed, list[Back]] | None:
    """Put everything back as it was before a change; None where it no longer stands so.

    Ended registrations are asked for anew where their courses still take people: a free seat is
    taken, else the last turn in the queue.
    """
    person_id = db.execute(
        select(StaffChange.person_id).where(StaffChange.id == change_id)
    ).scalar_one_or_none()
    if person_id is None:
        return None
    merges.lock_courses(db, person_id)
    change = db.execute(
        select(StaffChange).where(StaffChange.id == change_id).with_for_update()
    ).one()
    row = db.execute(PERSON.where(Person.id == person_id).with_for_update()).one()
    if change.undone_at is not None or not _stands(change, dict(zip(COLUMNS, row, strict=True))):
        return None
    db.execute(update(Person).where(Person.id == person_id).values(_read(change.before)))
    # Only what this change ended: a right that an officer took away before or since stays so.
    ended = change.at.astimezone(now.tzinfo).date() - timedelta(days=1)
    for role_id, last in change.before.get("roles", []):
        valid_to = date.fromisoformat(last) if last else None
        mine = (Role.id == role_id, Role.valid_to == ended)
        db.execute(update(Role).where(*mine).values(valid_to=valid_to))
    db.execute(
        update(StaffChange)
        .where(StaffChange.id == change_id)
        .values(undone_at=now, undone_by_id=by_id)
    )
    if change.to_school_id is not None:
        ask_anew(db, person_id, now)
    back = _register_again(db, change.ended, person_id, now)
    _note(db, "staff restored", person_id, change.school_id, by_id, now, change=change_id)
    schools = [each for each in (change.school_id, change.to_school_id) if each]
    staff_news.restored(db, change_id, person_id, schools, by_id, now)
    who = conversations.who(db, person_id)
    return Changed(change_id, person_id, who.full_name, tuple(one.code for one in back)), back


def _register_again(db: Connection, ended: list[int], person_id: int, now: datetime) -> list[Back]:
    who = conversations.who(db, person_id)
    old = [place for each in ended if (place := places.by_id(db, each)) and not place.live]
    back: list[Back] = []
    for place in sorted(old, key=lambda each: each.course_id):
        asked = registrations.register(db, place.course_id, who, now, agreed=True)
        back.append(Back(asked.course.code, asked))
    return back


def _stands(change: Any, now: dict[str, Any]) -> bool:
    """True while what the change wrote is still what is known."""
    match change.kind:
        case StaffMove.LEFT:
            return now["left_on"] == change.day and now["school_id"] == change.school_id
        case StaffMove.MOVED:
            return now["school_id"] == change.to_school_id and now["left_on"] is None
        case StaffMove.LEAVE:
            return (now["leave_from"], now["leave_to"]) == (change.day, change.until)
        case _:
            return False


def _kept(before: Mapping[Any, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = dict(before)
    for name in _DATES:
        kept[name] = before[name].isoformat() if before[name] else None
    return kept | {"source": str(before["source"])}


def _read(before: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {name: before.get(name) for name in COLUMNS}
    for name in _DATES:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    return values | {"source": Source(values["source"])}


def _note(
    db: Connection,
    action: str,
    person_id: int,
    school_id: int | None,
    by_id: int,
    now: datetime,
    **detail: int,
) -> None:
    unit = select(School.unit_id).where(School.id == school_id)
    audit.note(
        db, actor_id=by_id, action=action, subject="person", subject_id=person_id,
        unit_id=db.execute(unit).scalar_one_or_none(), now=now, school=school_id, **detail,
    )  # fmt: skip
