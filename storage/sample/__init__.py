"""A deterministic invented province on the real units of the former Đắk Nông, to try things on.

People, schools, codes, telephone numbers and what stands in the papers are invented; communes and
former districts are real. Codes and invitations are public: never load it beside real people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage import codes, completion, models, numbering, units
from storage.figures import books
from storage.models.people import RoleKind
from storage.sample import days, places, plans, staff, trainings
from storage.sample.marks import Rolls
from storage.sample.seating import Seating

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# Role, unit, whom it is for, code: these are no secrets, everybody can read them here.
INVITATIONS = (
    (RoleKind.COMMUNE, "Xã Tuy Đức", staff.COMMUNE_OFFICER, "MOI-VHXH-2739"),
    (RoleKind.DEPARTMENT, "Tỉnh Lâm Đồng", staff.DEPARTMENT_OFFICERS[0], "MOI-SGGT-2739"),
)
_USES = 20
_DAYS = 90


class SampleError(Exception):
    """The sample cannot be loaded; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Somebody to be: full name, position ("GV"), school or "" for officers, personal code."""

    full_name: str
    position: str
    school: str
    code: str


@dataclass(frozen=True, slots=True)
class InvitationTrial:
    """A way into a role: the role ("commune"), its unit, who is meant, the invitation code."""

    role: str
    unit: str
    holder: str
    code: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What was loaded, and the codes to try it with."""

    schools: int
    people: int
    courses: int
    registrations: int
    trials: tuple[Trial, ...]
    invitations: tuple[InvitationTrial, ...]


def load(db: Connection, now: datetime) -> Sample:
    """Write the invented province, dated around `now`, whose zone is the local one.

    The same `now` gives the same rows; names and codes do not depend on it at all. The shipped
    units are loaded where they are missing. Raises SampleError where there are people, schools or
    courses already.
    """
    _refuse_if_used(db)
    units.load(db)
    communes = places.communes(db)
    schools = places.build(communes, _draw("schools"))
    people = staff.Staff(_draw("people"), now)
    for school in schools:
        people.fill(school)
    people.officers(communes, trainings.PROVINCE, date(2025, 7, 1))
    _write(db, models.School, schools)
    _write(db, models.Person, people.people)
    _write(db, models.PersonalCode, people.codes)
    _write(db, models.Role, people.roles)
    _write(db, models.Invitation, _invitations(communes, now))
    courses, registrations = _load_courses(db, now, communes, schools, people.people)
    books.open_day(db, now.date())
    offered = (InvitationTrial(kind.value, *rest) for kind, *rest in INVITATIONS)
    return Sample(
        len(schools), len(people.people), courses, registrations,
        trials=_trials(schools, people), invitations=tuple(offered),
    )  # fmt: skip


def _refuse_if_used(db: Connection) -> None:
    for table in (models.Person, models.School, models.Course):
        if db.execute(select(table.id).limit(1)).first():
            raise SampleError("the database already holds data; load the sample into an empty one")


def _load_courses(
    db: Connection,
    now: datetime,
    communes: list[places.Commune],
    schools: list[dict[str, Any]],
    people: list[dict[str, Any]],
) -> tuple[int, int]:
    """Write plans, courses and who asked for them; returns how many courses and registrations."""
    unit = models.Unit
    rows = db.execute(select(unit.id, unit.path, unit.latitude, unit.longitude)).all()
    pins = {row.id: (row.latitude, row.longitude) for row in rows if row.latitude is not None}
    on = days.Calendar(now, communes, pins)
    drafts = trainings.drafts(on)
    contacts = {person["full_name"]: person["id"] for person in people if not person["school_id"]}
    others = [person for person in people if not _named(person)]
    seating = Seating(_draw("seats"), now, others, schools, {row.id: row.path for row in rows})
    officer_id = contacts[staff.DEPARTMENT_OFFICERS[0]]
    for course_id, draft in enumerate(drafts, 1):
        seating.fill(draft, course_id, officer_id)
    _write_plans(db, on)
    courses = [draft.row(course_id, contacts) for course_id, draft in enumerate(drafts, 1)]
    _write(db, models.Course, courses)
    _write(db, models.Session, _sessions(drafts))
    _write(db, models.CourseProgramme, _programmes(drafts, on))
    _write(db, models.Registration, seating.registrations)
    _write(db, models.RegistrationEvent, seating.events)
    _call_rolls(db, now, drafts, Rolls(_draw("marks"), now, officer_id), seating.registrations)
    return len(courses), len(seating.registrations)


def _call_rolls(
    db: Connection,
    now: datetime,
    drafts: list[trainings.Draft],
    rolls: Rolls,
    registrations: list[dict[str, Any]],
) -> None:
    """What is known of the courses that are over, and who has completed them by their rules."""
    following = 1
    over: list[int] = []
    for course_id, draft in enumerate(drafts, 1):
        marks = len(rolls.attendance)
        session_ids = range(following, following + len(draft.sessions))
        rolls.call(draft, course_id, session_ids, registrations)
        over += [course_id] if len(rolls.attendance) > marks else []
        following += len(draft.sessions)
    _write(db, models.Attendance, rolls.attendance)
    _write(db, models.Result, rolls.results)
    for course_id in over:
        completion.settle_all(db, course_id, now)


def _write_plans(db: Connection, on: days.Calendar) -> None:
    year = on.today.year
    _write(db, models.Programme, plans.programmes(year, days.summer(on.saturday)))
    _write(db, models.Indicator, plans.indicators())
    _write(db, models.IndicatorVersion, plans.versions(year))
    _write(db, models.Period, plans.periods(year, on.today))


def _sessions(drafts: list[trainings.Draft]) -> list[dict[str, Any]]:
    rows = [
        {"course_id": course_id, "number": number, **session}
        for course_id, draft in enumerate(drafts, 1)
        for number, session in enumerate(draft.sessions, 1)
    ]
    return [{"id": session_id, **row} for session_id, row in enumerate(rows, 1)]


def _programmes(drafts: list[trainings.Draft], on: days.Calendar) -> list[dict[str, Any]]:
    return [
        {"course_id": course_id, "programme_id": programme}
        for course_id, draft in enumerate(drafts, 1)
        for programme in draft.programmes(on.today)
    ]


def _invitations(communes: list[places.Commune], now: datetime) -> list[dict[str, Any]]:
    unit_ids = {commune.name: commune.id for commune in communes}
    return [
        {
            "id": number, "digest": codes.digest(code), "kind": kind,
            "unit_id": unit_ids.get(unit, trainings.PROVINCE), "holder": holder,
            "uses_left": _USES, "expires_at": now + timedelta(days=_DAYS), "created_at": now,
        }
        for number, (kind, unit, holder, code) in enumerate(INVITATIONS, 1)
    ]  # fmt: skip


def _trials(schools: list[dict[str, Any]], people: staff.Staff) -> tuple[Trial, ...]:
    school_names = {school["id"]: school["name"] for school in schools}
    code_of = {row["person_id"]: row["code"] for row in people.codes}
    officers = (staff.COMMUNE_OFFICER, staff.DEPARTMENT_OFFICERS[0])
    return tuple(
        Trial(
            person["full_name"],
            person["position"].value,
            school_names.get(person["school_id"], ""),
            code_of[person["id"]],
        )
        for person in people.people
        if _named(person) or (not person["school_id"] and person["full_name"] in officers)
    )


def _named(person: dict[str, Any]) -> bool:
    """Whether this is one of the people to try; others may bear the same name elsewhere."""
    return any(
        (known.full_name, known.school_id) == (person["full_name"], person["school_id"])
        for known in staff.NAMED
    )


def _write(db: Connection, table: type[models.Base], rows: list[dict[str, Any]]) -> None:
    db.execute(insert(table), rows)
    if "id" in table.__table__.c:
        numbering.go_on(db, table)


def _draw(what: str) -> Random:
    # Each part draws by itself, so that a change in one leaves the others as they were.
    return Random(f"taphuan {what}")  # noqa: S311 - invented data, the same every time
