"""A small place with a past: two districts, a commune that straddles both, a school that moved.

Counters are written as they are, straight into their tables; nobody has to be counted for that.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from storage import models
from storage.figures.counts import COLUMNS
from storage.models import RoleKind, SubjectKind, UnitKind
from storage.scopes import Reach, Scope
from tests.talk import ZONE

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Connection

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, tzinfo=ZONE)
MOVED = date(2026, 11, 10)
# id, name, kind, parent, path, first and last day
PROVINCE, STRADDLING, UPPER = 1, 2, 3
BEFORE, LOWLAND, HIGHLAND, OLD_A, OLD_B, OLD_C = 10, 11, 12, 13, 14, 15
_UNITS: tuple[tuple[int, str, UnitKind, int | None, str], ...] = (
    (PROVINCE, "Tỉnh Mới", UnitKind.PROVINCE, None, "/1/"),
    (STRADDLING, "Xã Bắc", UnitKind.COMMUNE, 1, "/1/2/"),
    (UPPER, "Xã Ấm", UnitKind.COMMUNE, 1, "/1/3/"),
    (BEFORE, "Tỉnh Cũ", UnitKind.PROVINCE, None, "/10/"),
    (LOWLAND, "Huyện Thấp", UnitKind.DISTRICT, 10, "/10/11/"),
    (HIGHLAND, "Huyện Cao", UnitKind.DISTRICT, 10, "/10/12/"),
    (OLD_A, "Xã A", UnitKind.COMMUNE, 11, "/10/11/13/"),
    (OLD_B, "Xã B", UnitKind.COMMUNE, 12, "/10/12/14/"),
    (OLD_C, "Xã C", UnitKind.COMMUNE, 12, "/10/12/15/"),
)
_DISTRICTS = {OLD_A: LOWLAND, OLD_B: HIGHLAND, OLD_C: HIGHLAND, None: 0}
# id: commune of today, old commune. School 5 lay in the other commune until MOVED.
SCHOOLS: dict[int, tuple[int, int | None]] = {
    1: (STRADDLING, OLD_A), 2: (STRADDLING, OLD_B), 3: (UPPER, OLD_C), 4: (UPPER, None),
    5: (UPPER, OLD_B), 6: (STRADDLING, OLD_B),
}  # fmt: skip
COURSE, GATHERING, GATHERING_BEFORE, INDICATOR, INDICATOR_BEFORE = 1, 2, 3, 4, 5
THIS_YEAR, LAST_YEAR = 1, 2

WHOLE = Scope(101, TODAY, (Reach(RoleKind.DEPARTMENT, PROVINCE, "Tỉnh Mới", "/1/"),))
NORTH = Scope(102, TODAY, (Reach(RoleKind.COMMUNE, STRADDLING, "Xã Bắc", "/1/2/"),))


def district(school_id: int) -> int:
    """The former district of a school, 0 where it has none."""
    return _DISTRICTS[SCHOOLS[school_id][1]]


def commune(school_id: int, day: date | None = None) -> int:
    """Where a school lay on a day."""
    now, old = SCHOOLS[school_id]
    if day is not None and day < date(2025, 7, 1):
        return old or now
    return STRADDLING if school_id == 5 and day and day < MOVED else now


def add(db: Connection, table: Any, *rows: dict[str, Any]) -> None:
    """Some rows of a table."""
    db.execute(insert(table), list(rows))


def build(db: Connection) -> None:
    """Units, schools, where they lay, periods, an indicator of each year, subjects."""
    old = {"valid_from": None, "valid_to": date(2025, 6, 30)}
    new = {"valid_from": date(2025, 7, 1), "valid_to": None}
    add(db, models.Unit, *(
        {"id": id_, "code": "", "name": name, "kind": kind, "parent_id": above, "path": path,
         **(new if id_ < BEFORE else old)}
        for id_, name, kind, above, path in _UNITS
    ))  # fmt: skip
    add(db, models.UnitChange, *(
        {"from_id": then, "to_id": now, "kind": models.ChangeKind.MERGE, "day": date(2025, 7, 1),
         "legal_basis": ""}
        for then, now in ((OLD_A, STRADDLING), (OLD_B, STRADDLING), (OLD_C, UPPER))
    ))  # fmt: skip
    add(db, models.School, *(
        {"id": id_, "name": f"Trường MN Số {id_}", "folded": f"so {id_}",
         "type": models.SchoolType.PRESCHOOL, "ownership": models.Ownership.PUBLIC,
         "unit_id": now, "old_unit_id": then}
        for id_, (now, then) in SCHOOLS.items()
    ))  # fmt: skip
    places = [(5, MOVED, UPPER)]
    for id_, (now, then) in SCHOOLS.items():
        places.append((id_, date.min, then or now))
        places.append((id_, date(2025, 7, 1), STRADDLING if id_ == 5 else now))
    add(db, models.SchoolPlace, *(
        {"school_id": id_, "first_day": first, "unit_id": unit} for id_, first, unit in places
    ))  # fmt: skip
    officer = {"position": models.Position.OFFICER, "source": models.Source.ROSTER}
    add(db, models.Person, *(
        {"id": scope.person_id, "full_name": "Nga", "sort_key": "nga", "folded": "nga", **officer}
        for scope in (WHOLE, NORTH)
    ))  # fmt: skip
    _subjects(db)


def _subjects(db: Connection) -> None:
    add(db, models.Course, {"id": 12, "number": 12, "title": "Lớp dài", "short": "Sơ cứu",
        "folded": "", "modality": next(iter(models.Modality)), "mode": models.Mode.FREE,
        "state": models.CourseState.OPEN, "unit_id": PROVINCE, "audience": {},
        "closes_at": datetime(2026, 12, 1, tzinfo=ZONE), "kind": next(iter(models.CourseKind)),
        "completion": {}})  # fmt: skip
    for id_, year in ((THIS_YEAR, 2026), (LAST_YEAR, 2025)):
        days = {"first_day": date(year, 1, 1), "last_day": date(year, 12, 31)}
        add(db, models.Period, {"id": id_, "kind": models.PeriodKind.CALENDAR,
            "title": f"Năm {year}", "report_before": date(year, 12, 15), **days})  # fmt: skip
        add(db, models.Programme, {"id": id_, "title": f"Kế hoạch {year}", "letter": "", **days})
        add(db, models.Indicator, {"id": id_, "programme_id": id_, "code": "KPI1", "title": "Khá"})
    add(db, models.IndicatorVersion,
        {"indicator_id": 1, "valid_from": date(2026, 1, 1), "rule": {}, "target": 0.85},
        {"indicator_id": 1, "valid_from": date(2026, 7, 1), "rule": {}, "target": 0.9},
        {"indicator_id": 1, "valid_from": date(2027, 1, 1), "rule": {}, "target": 1.0})  # fmt: skip
    common = {"course_id": None, "programme_id": None, "indicator_id": None, "period_id": None}
    kinds = SubjectKind.GATHERING, SubjectKind.INDICATOR
    add(db, models.Subject,
        {**common, "id": COURSE, "key": "course:12", "kind": SubjectKind.COURSE, "course_id": 12,
         "opened_on": date(2026, 10, 1), "last_day": date(2026, 12, 5), "due_on": None},
        *({**common, "id": id_, "key": f"{id_}", "kind": kinds[own],
           "programme_id": period if own else None, "indicator_id": period if own else None,
           "period_id": period, "opened_on": date(2027 - period, 1, 1),
           "last_day": date(2027 - period, 12, 31), "due_on": date(2027 - period, 12, 14)}
          for id_, own, period in ((GATHERING, 0, 1), (GATHERING_BEFORE, 0, 2), (INDICATOR, 1, 1),
                                   (INDICATOR_BEFORE, 1, 2))))  # fmt: skip


def counters(db: Connection, subject_id: int, school_id: int, **sums: int) -> None:
    """The counters of a school as they are."""
    add(db, models.Figure, {"subject_id": subject_id, "school_id": school_id,
        "district_id": district(school_id), "commune_id": commune(school_id), **sums})  # fmt: skip


def changed(db: Connection, subject_id: int, school_id: int, day: date, **sums: int) -> None:
    """By how much they changed on a day."""
    add(db, models.FigureDay,
        {"subject_id": subject_id, "school_id": school_id, "day": day, **sums})  # fmt: skip


def anything(rng: Random) -> dict[str, int]:
    """A value for some of the columns."""
    return {name: rng.randrange(1, 9) for name in COLUMNS if rng.random() < 0.5}
