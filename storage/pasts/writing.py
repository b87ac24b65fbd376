"""The one step in which a list of results becomes past courses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import bindparam, delete, select, update

from storage import audit, completion
from storage.models import (
    Attendance,
    Course,
    Evidence,
    ImportState,
    PastRow,
    Registration,
    RegistrationEvent,
    Result,
    RosterRow,
    RosterState,
    Standing,
    Verdict,
)
from storage.pasts import making
from storage.pasts import standing as standings
from storage.pasts.standing import CourseStanding, Done, chunks
from storage.rosters import staging, swap
from storage.rosters.prepared import prepare
from storage.rosters.prepared import write as write_rows
from storage.rosters.swap import Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Table

    from storage.models import Base
    from storage.scopes import Scope

_REASON = "brought in"
# What is noted of a row that nothing stood before, and that made a place.
NOTHING_BEFORE = {"place": True, "mark": None, "result": None}


def write(db: Connection, scope: Scope, import_id: int, now: datetime, *, add: bool) -> Done:
    """Write all of a waiting list of results or nothing of it.

    `add`: whoever is on no list is added to the staff of their school, with a personal code; else
    their rows are left out. Marks and results that people gave in the chat stay as they are.
    """
    found = staging.held(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Done(Outcome.NOT_OPEN)
    standings.lock(db, import_id)
    _leave_people(db, import_id, add=add)
    people = swap.write(db, scope, import_id, now, leavers=False)
    if people.outcome is not Outcome.WRITTEN:
        return Done(people.outcome)
    who = standings.people(db, import_id)
    courses = making.courses(db, scope, import_id, now)
    written = sum(
        _take(db, import_id, at, course_id, who, now) for at, course_id in courses.items()
    )
    made = making.made(db, import_id)
    audit.note(
        db, actor_id=scope.actor_id, action="results written", subject="roster",
        subject_id=import_id, unit_id=scope.reaches[0].unit_id or None, now=now, rows=written,
        courses=len(made),
    )  # fmt: skip
    return Done(Outcome.WRITTEN, len(made), written, people.people)


def _leave_people(db: Connection, import_id: int, *, add: bool) -> None:
    """A list of results changes nobody who is known; without `add` it adds nobody either.

    Whoever has no row that is taken is not added: nothing is known of them.
    """
    changing = (Verdict.CHANGED, Verdict.MOVED, Verdict.GONE, *(() if add else (Verdict.NEW,)))
    taken = select(PastRow.person_at).where(PastRow.import_id == import_id, PastRow.reason == "")
    idle = (RosterRow.verdict == Verdict.NEW) & RosterRow.at.not_in(taken)
    places = select(RosterRow.at).where(
        RosterRow.import_id == import_id, RosterRow.verdict.in_(changing) | idle
    )
    db.execute(
        delete(RosterState).where(RosterState.import_id == import_id, RosterState.at.in_(places))
    )
    for those, instead in (
        (RosterRow.verdict.in_((Verdict.CHANGED, Verdict.MOVED)), Verdict.UNCHANGED),
        (RosterRow.verdict.in_(changing) | idle, Verdict.SKIPPED),
    ):
        db.execute(
            update(RosterRow).where(RosterRow.import_id == import_id, those).values(verdict=instead)
        )


@dataclass(slots=True)
class _New:
    """What a list adds to one course; `turns` is the last turn that was given in it."""

    turns: int
    places: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    marks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    results: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    done: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def _take(
    db: Connection, import_id: int, at: int, course_id: int, who: dict[int, int], now: datetime
) -> int:
    """Write the rows of one course; returns how many."""
    standing = standings.of(db, course_id)
    new = _New(standing.turns)
    for row in standings.rows(db, import_id, at):
        person_id = who.get(row.person_at)
        if person_id is None:
            continue
        before = _before(standing, person_id)
        new.done.append({"b_at": row.at, "b_before": before})
        if person_id not in standing.places:
            new.turns += 1
            new.places.append(_place(course_id, person_id, new.turns, now))
            before["place"] = True
        if before["mark"] is None or before["mark"][1] == Evidence.IMPORT:
            new.marks.append(_mark(standing.session_id, person_id, row, now))
        if (row.score, row.passed) != (None, None) and _replaces(standing, person_id):
            new.results.append(_result(course_id, person_id, row, now))
    _note(db, import_id, at)
    _insert(db, import_id, course_id, standing, new)
    _tell(db, course_id, standing, now)
    completion.settle(db, course_id, [one["person_id"] for one in new.marks], now)
    return len(new.done)


def _replaces(standing: CourseStanding, person_id: int) -> bool:
    """True unless somebody entered a result in the chat."""
    kept = standing.results.get(person_id)
    return kept is None or kept.evidence is Evidence.IMPORT


def _before(standing: CourseStanding, person_id: int) -> dict[str, Any]:
    mark, result = standing.marks.get(person_id), standing.results.get(person_id)
    return {
        "place": False,
        "mark": [mark.mark, mark.evidence] if mark else None,
        "result": [result.score, result.passed] if result else None,
    }


def _place(course_id: int, person_id: int, turn: int, now: datetime) -> dict[str, Any]:
    return {
        "course_id": course_id, "person_id": person_id, "standing": Standing.SEATED, "turn": turn,
        "provisional": False, "changed_at": now,
    }  # fmt: skip


def _mark(session_id: int, person_id: int, row: Any, now: datetime) -> dict[str, Any]:
    return {
        "session_id": session_id, "person_id": person_id, "mark": row.mark,
        "evidence": Evidence.IMPORT, "at": now,
    }  # fmt: skip


def _result(course_id: int, person_id: int, row: Any, now: datetime) -> dict[str, Any]:
    return {
        "course_id": course_id, "person_id": person_id, "score": row.score, "passed": row.passed,
        "evidence": Evidence.IMPORT, "at": now,
    }  # fmt: skip


def _insert(
    db: Connection, import_id: int, course_id: int, standing: CourseStanding, new: _New
) -> None:
    if new.places:
        _add(db, Registration, new.places)
        db.execute(update(Course).where(Course.id == course_id).values(turns=new.turns))
    old_marks = (
        Attendance.session_id == standing.session_id, Attendance.evidence == Evidence.IMPORT,
    )  # fmt: skip
    for people in chunks([one["person_id"] for one in new.marks if standing.marks]):
        db.execute(delete(Attendance).where(*old_marks, Attendance.person_id.in_(people)))
    _add(db, Attendance, new.marks)
    for people in chunks([one["person_id"] for one in new.results if standing.results]):
        theirs = (Result.course_id == course_id, Result.person_id.in_(people))
        db.execute(delete(Result).where(*theirs))
    _add(db, Result, new.results)
    other = [one for one in new.done if one["b_before"] != NOTHING_BEFORE]
    if other:
        mine = (PastRow.import_id == import_id, PastRow.at == bindparam("b_at"))
        db.execute(update(PastRow).where(*mine).values(before=bindparam("b_before")), other)


def _add(db: Connection, table: type[Base], rows: list[dict[str, Any]]) -> None:
    """Write many rows at once."""
    if rows:
        write_rows(db, prepare(db.dialect, cast("Table", table.__table__), rows))


def _note(db: Connection, import_id: int, at: int) -> None:
    """What stood before most rows of a course: nothing. Others are noted one by one."""
    clear = select(RosterRow.at).where(
        RosterRow.import_id == import_id, RosterRow.verdict.in_(standings.CLEAR)
    )
    db.execute(
        update(PastRow)
        .where(
            PastRow.import_id == import_id, PastRow.course_at == at, PastRow.reason == "",
            PastRow.person_at.in_(clear),
        )
        .values(before=NOTHING_BEFORE)
    )  # fmt: skip


def _tell(db: Connection, course_id: int, standing: CourseStanding, now: datetime) -> None:
    """One line of history for every place that is new."""
    rows = db.execute(
        select(Registration.id, Registration.person_id).where(Registration.course_id == course_id)
    )
    events = [
        {"registration_id": row.id, "at": now, "standing": Standing.SEATED, "reason": _REASON}
        for row in rows
        if row.person_id not in standing.places
    ]
    _add(db, RegistrationEvent, events)
