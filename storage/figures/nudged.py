"""What of a nudge still holds when it is about to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, func, or_, select, update

from storage import meant, outbox, principals, reminder_rules, roles, scopes, send_times, worktime
from storage.figures import nudge_rules, reasons, subjects
from storage.figures.reasons import Reason
from storage.models import (
    Counted,
    Nudge,
    NudgeRung,
    Person,
    Registration,
    RoleKind,
    School,
    Unit,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.figures.subjects import Topic
    from storage.outbox import Owed
    from storage.scopes import Reach

# What is left over from the evening before does not wake anybody: it waits for the next window.
_MORNING = send_times.WINDOWS[0][0]


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody is to be told: how many have `missing`, at how many schools.

    To the people themselves with their `reason` and their registration, if any. `place` is the
    name of the school or of the commune, "" for several schools. `asks` is the office of whoever
    asked, while they hold it.
    """

    rung: NudgeRung
    topic: Topic
    missing: int
    schools: int
    place: str = ""
    reason: Reason | None = None
    registration_id: int | None = None
    asks: Reach | None = None


def due(db: Connection, owed: Owed, now: datetime) -> Due | None:
    """What a nudge says now; None where it is not, or no longer, to be sent.

    Whoever has done it meanwhile, is on leave, has withdrawn their consent, or has been asked
    about it or about anything else in between, is left alone. On a holiday, and before the hours in
    which people like to read, it is put off. `now` is in the local zone.
    """
    row = db.execute(
        select(Nudge.subject_id, Nudge.person_id, Nudge.unit_id, Nudge.rung, Nudge.by_id).where(
            Nudge.id == owed.subject_id
        )
    ).one_or_none()
    topic = subjects.get(db, row.subject_id) if row else None
    if row is None or topic is None:
        return None
    if later := _later(db, now):
        outbox.postpone(db, owed.id, later, maybe_sent=owed.again)
        _write(db, owed.subject_id, at=later)
        return None
    found = _still(db, topic, row, owed.subject_id, now)
    # A row without anybody missing asked nobody, and stands in nobody's way.
    _write(
        db, owed.subject_id, missing=found.missing if found else 0, **({"at": now} if found else {})
    )
    return found


def _later(db: Connection, now: datetime) -> datetime | None:
    corrections = reminder_rules.corrections(db)
    if now.time() >= _MORNING and not worktime.is_holiday(now.date(), corrections):
        return None
    return send_times.preferred(now, corrections)


def _write(db: Connection, nudge_id: int, **values: Any) -> None:
    db.execute(update(Nudge).where(Nudge.id == nudge_id).values(**values))


def _still(db: Connection, topic: Topic, row: Any, nudge_id: int, now: datetime) -> Due | None:
    asked = or_(
        nudge_rules.any_(nudge_rules.lately(topic.id, now, but=nudge_id) & (Nudge.at <= now)),
        nudge_rules.any_(nudge_rules.that_day(now, but=nudge_id) & (Nudge.at <= now)),
    )
    free = select(Person.id).where(
        Person.id == row.person_id, meant.at_work(now.date()), ~asked, *_willing(row, nudge_id, now)
    )
    if db.execute(free).first() is None:
        return None
    match row.rung:
        case NudgeRung.PERSON:
            return _own(db, topic, row, now)
        case NudgeRung.PRINCIPAL:
            mine = principals.schools(db, row.person_id, now.date())
            return _others(db, topic, row, [School.id.in_(mine)], now)
        case NudgeRung.COMMUNE:
            held = any(
                one.kind is RoleKind.COMMUNE and one.unit_id == row.unit_id
                for one in roles.of(db, row.person_id, now.date())
            )
            here = School.unit_id == row.unit_id if held else false()
            return _others(db, topic, row, [here], now)
        case _:
            raise ValueError(row.rung)


def _willing(row: Any, nudge_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Teachers are asked with their consent only; for the others it is their work."""
    if row.rung is not NudgeRung.PERSON:
        return ()
    return nudge_rules.agreed(), ~nudge_rules.enough(now, but=nudge_id)


def _own(db: Connection, topic: Topic, row: Any, now: datetime) -> Due | None:
    concern = nudge_rules.concern(db, topic, now)
    unmet = reasons.statement(db, topic, [Counted.person_id == row.person_id], now)
    reason = db.execute(select(unmet.c.reason)).scalar_one_or_none()
    if reason is None or Reason(reason) not in concern.own:
        return None
    registered = select(Registration.id).where(
        Registration.person_id == row.person_id, Registration.course_id == topic.course_id
    )
    return Due(
        row.rung, topic, 1, 1, "", Reason(reason), db.execute(registered).scalar_one_or_none(),
        _office(db, row.by_id, now),
    )  # fmt: skip


def _others(
    db: Connection, topic: Topic, row: Any, mine: list[ColumnElement[bool]], now: datetime
) -> Due | None:
    concern = nudge_rules.concern(db, topic, now)
    unmet = reasons.statement(db, topic, mine, now)
    found = db.execute(
        select(
            func.count(), func.count(unmet.c.school_id.distinct()), func.min(unmet.c.school_id)
        ).where(unmet.c.reason.in_([one.value for one in concern.school]))
    ).one()
    if not found[0]:
        return None
    place = select(School.name).where(School.id == found[2])
    if row.rung is NudgeRung.COMMUNE:
        place = select(Unit.name).where(Unit.id == row.unit_id)
    named = row.rung is NudgeRung.COMMUNE or found[1] == 1
    return Due(
        row.rung, topic, found[0], found[1], db.execute(place).scalar_one() if named else "",
        asks=_office(db, row.by_id, now),
    )  # fmt: skip


def _office(db: Connection, person_id: int | None, now: datetime) -> Reach | None:
    scope = scopes.of(db, person_id, now.date()) if person_id else None
    return scope.reaches[0] if scope else None
