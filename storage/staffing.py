"""A school's list, kept by its principal or by an officer of its area: the deeds.

Every function looks up the right of `by_id` itself and raises PermissionError where there is none.
A change can be taken back for seven days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select

from storage import (
    audience,
    claims,
    newcomers,
    personal_codes,
    principals,
    roles,
    scopes,
    spelling,
    staff_moves,
)
from storage.models import (
    Called,
    ClaimKind,
    Person,
    Position,
    School,
    Source,
    StaffChange,
    StaffMove,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.claims import Claim
    from storage.staff_moves import Back, Changed

# How long a change can be taken back.
REVERSIBLE = timedelta(days=7)
ON_LISTS = (Position.TEACHER, Position.DEPUTY, Position.PRINCIPAL)
SCHOOL = (
    select(Unit.path, School.closed_on)
    .join(School, School.unit_id == Unit.id)
    .where(School.id == bindparam("school_id"))
)
PLACE = select(Person.school_id, Person.left_on, Person.leave_from, Person.leave_to).where(
    Person.id == bindparam("person_id"), roles.present(roles.DAY)
)
CHANGES = (
    select(
        StaffChange.id, StaffChange.kind, StaffChange.person_id, Person.full_name,
        Person.birth_year, Person.folded, StaffChange.day,
    )
    .join(Person, Person.id == StaffChange.person_id)
    .where(
        or_(
            StaffChange.school_id.in_(bindparam("schools", expanding=True)),
            StaffChange.to_school_id.in_(bindparam("schools", expanding=True)),
        ),
        StaffChange.at > bindparam("since"),
        StaffChange.undone_at.is_(None),
        StaffChange.kind.in_((StaffMove.LEFT, StaffMove.MOVED, StaffMove.LEAVE)),
    )
    .order_by(StaffChange.id.desc())
)  # fmt: skip
BY = (
    select(*CHANGES.selected_columns)
    .join(Person, Person.id == StaffChange.person_id)
    .where(
        StaffChange.by_id == bindparam("by_id"),
        StaffChange.at > bindparam("since"),
        StaffChange.undone_at.is_(None),
        StaffChange.kind.in_((StaffMove.LEFT, StaffMove.MOVED, StaffMove.LEAVE)),
    )
    .order_by(StaffChange.id.desc())
)
ONE = select(StaffChange.school_id, StaffChange.to_school_id, StaffChange.at, StaffChange.person_id)


class AddOutcome(StrEnum):
    """What came of adding somebody to a list."""

    ADDED = "added"
    SAME_NAME = "same name"  # a year of birth has to tell them apart
    THERE = "there"  # this very person is on the list


@dataclass(frozen=True, slots=True)
class Added:
    """ADDED has the `person_id` and the `code` to hand out; THERE the person who is there."""

    outcome: AddOutcome
    person_id: int | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """Written at once (`change`), or asked of the other school (`claim`)."""

    change: Changed | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """A change that can still be taken back."""

    id: int
    kind: StaffMove
    person_id: int
    full_name: str
    birth_year: int | None
    folded: str
    day: date


def may_keep(db: Connection, person_id: int, school_id: int, now: datetime) -> bool:
    """True for the principal of an open school, and for officers in whose area a school lies."""
    school = db.execute(SCHOOL, {"school_id": school_id}).one_or_none()
    if school is None:
        return False
    if school.closed_on is None and school_id in principals.schools(db, person_id, now.date()):
        return True
    scope = scopes.of(db, person_id, now.date())
    return scope is not None and scope.covers(school.path)


def school_of(db: Connection, person_id: int, now: datetime) -> int | None:
    """The school on whose list somebody is today."""
    found = db.execute(PLACE, {"person_id": person_id, "day": now.date()}).one_or_none()
    return found.school_id if found else None


def added(
    db: Connection,
    by_id: int,
    school_id: int,
    full_name: str,
    now: datetime,
    *,
    position: Position = Position.TEACHER,
    birth_year: int | None = None,
    phone: str | None = None,
) -> Added:
    """Put somebody on the list, with a personal code. The caller has checked name and phone.

    Somebody of this name is there: a year of birth is asked for, and the same one is the same
    person.
    """
    _hold(db, by_id, school_id, now)
    if position not in ON_LISTS:
        raise PermissionError(position)
    # Two principals who add the same person wait for each other here.
    db.execute(select(School.id).where(School.id == school_id).with_for_update())
    same = newcomers.namesakes(db, school_id, full_name, now.date(), but=0)
    if same and birth_year is None:
        return Added(AddOutcome.SAME_NAME, same[0].id)
    if there := [one for one in same if one.birth_year in (None, birth_year)]:
        return Added(AddOutcome.THERE, there[0].id)
    name = spelling.clean(full_name)
    person_id = db.execute(
        insert(Person)
        .values(
            full_name=name, sort_key=spelling.sort_key(name), folded=spelling.fold(name),
            nickname="", called=Called.TEACHER, position=position, birth_year=birth_year,
            phone=phone, school_id=school_id, source=Source.PRINCIPAL,
        )
        .returning(Person.id)
    ).scalar_one()  # fmt: skip
    staff_moves.write(db, StaffMove.ADDED, person_id, {}, by_id=by_id, now=now)
    return Added(AddOutcome.ADDED, person_id, personal_codes.give(db, person_id))


def would_end(
    db: Connection, person_id: int, now: datetime, *, until: date | None, leave: bool
) -> tuple[str, ...]:
    """The codes of the courses whose registrations a leaving or a long leave from today ends."""
    day = now.date()
    absence = audience.Absence(None, day, until) if leave else audience.Absence(day, None, None)
    return staff_moves.codes(db, staff_moves.ending(db, person_id, absence, now))


def left(db: Connection, by_id: int, person_id: int, now: datetime) -> Changed:
    """Note that somebody works here no more, from today on. Results stay."""
    _hold_person(db, by_id, person_id, now)
    values = {"left_on": now.date()}
    return staff_moves.write(db, StaffMove.LEFT, person_id, values, by_id=by_id, now=now)


def on_leave(
    db: Connection, by_id: int, person_id: int, now: datetime, *, until: date | None
) -> Changed:
    """Note a long leave from today to its last day; None: nobody knows yet until when."""
    _hold_person(db, by_id, person_id, now)
    day = now.date()
    values = {"leave_from": day, "leave_to": until}
    return staff_moves.write(
        db, StaffMove.LEAVE, person_id, values, by_id=by_id, now=now, until=until
    )


def returned(db: Connection, by_id: int, person_id: int, now: datetime) -> Changed:
    """Note that somebody on long leave is at work again from today on."""
    _hold_person(db, by_id, person_id, now)
    row = db.execute(PLACE, {"person_id": person_id, "day": now.date()}).one()
    yesterday = now.date() - timedelta(days=1)
    begun = row.leave_from is not None and row.leave_from <= yesterday
    values = {"leave_from": row.leave_from if begun else None,
              "leave_to": yesterday if begun else None}  # fmt: skip
    return staff_moves.write(db, StaffMove.RETURNED, person_id, values, by_id=by_id, now=now)


def moved(
    db: Connection, by_id: int, person_id: int, to_school_id: int, now: datetime, account_id: int
) -> Moved:
    """Note that somebody works at another school now; registrations follow.

    At once where `by_id` may keep that list too; else that school is asked, and until it answers
    the person stays where they are.
    """
    school_id = _hold_person(db, by_id, person_id, now)
    target = db.execute(SCHOOL, {"school_id": to_school_id}).one_or_none()
    if target is None or target.closed_on is not None or to_school_id == school_id:
        raise PermissionError(to_school_id)
    if may_keep(db, by_id, to_school_id, now):
        return Moved(change=staff_moves.move(db, person_id, to_school_id, by_id=by_id, now=now))
    claim = claims.begin(db, ClaimKind.MOVE, account_id, person_id, now, to_school_id=to_school_id)
    return Moved(claim=claim)


def recent(db: Connection, by_id: int, school_id: int | None, now: datetime) -> list[Recent]:
    """The changes `by_id` may still take back, the newest first; of one school or of all theirs.

    Without a school: those of schools whose principal they are, or that they wrote themselves.
    """
    if school_id is not None:
        _hold(db, by_id, school_id, now)
        schools = [school_id]
    else:
        schools = principals.schools(db, by_id, now.date())
    since = now - REVERSIBLE
    found = [Recent(*row) for row in db.execute(CHANGES, {"schools": schools, "since": since})]
    if school_id is None:
        mine = [Recent(*row) for row in db.execute(BY, {"by_id": by_id, "since": since})]
        known = {each.id for each in found}
        # Whoever wrote them may have lost the right since.
        found += [each for each in mine if each.id not in known and one(db, by_id, each.id, now)]
    return [each for each in found if each.person_id != by_id]


def one(db: Connection, by_id: int, change_id: int, now: datetime) -> Recent | None:
    """A change `by_id` may take back; None for any other, and after seven days."""
    row = db.execute(ONE.where(StaffChange.id == change_id)).one_or_none()
    schools = _schools(row, by_id)
    mine = any(may_keep(db, by_id, each, now) for each in schools)
    found = db.execute(CHANGES, {"schools": schools, "since": now - REVERSIBLE}) if mine else ()
    return next((Recent(*each) for each in found if each.id == change_id), None)


def restore(
    db: Connection, by_id: int, change_id: int, now: datetime
) -> tuple[Changed, list[Back]] | None:
    """Take a change back within seven days; None where it no longer stands as it was written.

    Whoever keeps the list the person was on may, and of a move also who keeps the new one; nobody
    what was written about themselves.
    """
    row = db.execute(ONE.where(StaffChange.id == change_id)).one_or_none()
    schools = _schools(row, by_id)
    if not any(may_keep(db, by_id, each, now) for each in schools):
        raise PermissionError(change_id)
    if row is None or row.at <= now - REVERSIBLE:
        return None
    return staff_moves.take_back(db, change_id, by_id, now)


def _schools(row: Any | None, by_id: int) -> list[int]:
    """The schools whose keepers may take a change back; none for the person it is about."""
    if row is None or row.person_id == by_id:
        return []
    return [each for each in (row.school_id, row.to_school_id) if each]


def new_code(db: Connection, by_id: int, person_id: int, now: datetime) -> str | None:
    """A new personal code for somebody who lost theirs; the old one dies.

    None for whoever uses the assistant already: their phone moves by the principal's word.
    """
    school_id = _hold_person(db, by_id, person_id, now)
    used = personal_codes.in_use(db, person_id)
    if used:
        return None
    code = personal_codes.renew(db, person_id)
    staff_moves.note_code(db, person_id, school_id, by_id, now)
    return code


def _hold(db: Connection, by_id: int, school_id: int, now: datetime) -> None:
    if not may_keep(db, by_id, school_id, now):
        raise PermissionError(school_id)


def _hold_person(db: Connection, by_id: int, person_id: int, now: datetime) -> int:
    """The school of somebody on a list that `by_id` keeps; nobody keeps their own place."""
    school_id = school_of(db, person_id, now)
    if school_id is None or person_id == by_id or not may_keep(db, by_id, school_id, now):
        raise PermissionError(person_id)
    return school_id
