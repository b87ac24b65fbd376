"""The subjects of periods: made where they are missing, and their dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import reminder_rules, worktime
from storage.figures.subjects import Topic
from storage.models import Period, Subject, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

KNOWN = select(Subject).where(Subject.key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A gathering or an indicator in a period. `report_before`: "trước ngày 15/12"."""

    kind: SubjectKind
    code: str
    title: str
    programme_id: int | None
    indicator_id: int | None
    period_id: int
    first_day: date
    last_day: date
    report_before: date | None

    @property
    def key(self) -> str:
        """What makes it one and the same subject."""
        return f"{self.kind}:{self.indicator_id or self.programme_id or 0}:{self.period_id}"


def topics(db: Connection, wanted: Sequence[Wanted]) -> list[Topic]:
    """The subjects in the order of their ids, each made where it is missing."""
    if not wanted:
        return []
    by_key = {one.key: one for one in wanted}
    known = _known(db, by_key)
    if missing := [one for key, one in by_key.items() if key not in known]:
        _make(db, missing)
        known = _known(db, by_key)
    found = [_topic(by_key[key], row) for key, row in known.items()]
    return sorted(found, key=lambda one: one.id)


def follow(db: Connection) -> None:
    """Let all subjects of periods have the dates of their period, which may have changed."""
    periods = select(Period.id, Period.first_day, Period.last_day, Period.report_before)
    for row in db.execute(periods).all():
        days = _days(db, row.first_day, row.last_day, row.report_before)
        db.execute(update(Subject).where(Subject.period_id == row.id).values(**days))


def last_safe_day(before: date, overrides: Mapping[date, bool] | None = None) -> date:
    """The last working day before a day: "trước ngày 15/12" does not hold on the 15th."""
    day = before - timedelta(days=1)
    while not worktime.is_working(day, overrides):
        day -= timedelta(days=1)
    return day


def _known(db: Connection, by_key: Mapping[str, Wanted]) -> dict[str, Any]:
    rows = db.execute(KNOWN, {"keys": sorted(by_key)})
    return {row.key: row for row in rows}


def _make(db: Connection, missing: Sequence[Wanted]) -> None:
    """Write them; where another turn does the same just now, its rows are as good."""
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "key": one.key, "kind": one.kind, "programme_id": one.programme_id,
            "indicator_id": one.indicator_id, "period_id": one.period_id,
            **_days(db, one.first_day, one.last_day, one.report_before),
        }
        for one in missing
    ]  # fmt: skip
    db.execute(insert(Subject).on_conflict_do_nothing(), sorted(rows, key=lambda row: row["key"]))


def _days(
    db: Connection, first_day: date, last_day: date, report_before: date | None
) -> dict[str, date]:
    """Whoever left before a period began was never counted in it."""
    due = last_day
    if report_before:
        due = last_safe_day(report_before, reminder_rules.corrections(db))
    return {"opened_on": first_day, "last_day": last_day, "due_on": due}


def _topic(one: Wanted, row: Any) -> Topic:
    return Topic(
        id=row.id, kind=row.kind, key=row.key, code=one.code, title=one.title,
        course_id=None, programme_id=row.programme_id, indicator_id=row.indicator_id,
        period_id=row.period_id, opened_on=row.opened_on, last_day=row.last_day,
        due_on=row.due_on,
    )  # fmt: skip
