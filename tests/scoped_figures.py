"""What a random world counts and reports: counters of every school, reports of its communes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import models
from storage.models import (
    CourseState,
    ReportState,
    UnitKind,
)
from storage.reporting import snapshot
from storage.reporting.snapshot import Snapshot
from tests.scoped_rows import FIRST, TODAY
from tests.talk import MONDAY

if TYPE_CHECKING:
    from tests.scoped_rows import World


def figures(world: World) -> None:
    """Counters of courses, of a gathering and of an indicator; who is counted, here or where."""
    world.add("programmes", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31))
    programme_id = world.db.execute(select(models.Programme.id)).scalar_one()
    world.add("indicators", programme_id=programme_id, code="KPI1", title="Chỉ tiêu")
    indicator_id = world.db.execute(select(models.Indicator.id)).scalar_one()
    world.add("indicator_versions", indicator_id=indicator_id, valid_from=date(2026, 1, 1),
              rule={}, target=0.85)  # fmt: skip
    for year in (2025, 2026):
        world.add("periods", kind=models.PeriodKind.CALENDAR, title=f"Năm {year}",
                  first_day=date(year, 1, 1), last_day=date(year, 12, 31))  # fmt: skip
    period_id = world.ids["periods"][-1]
    common = {"opened_on": TODAY - timedelta(days=30), "last_day": date(2026, 12, 31)}
    open_ = select(models.Course.id).where(models.Course.state != CourseState.DRAFT)
    for course_id in world.db.execute(open_).scalars().all():
        world.add("subjects", key=f"course:{course_id}", kind=models.SubjectKind.COURSE,
                  course_id=course_id, **common)  # fmt: skip
    for each in world.ids["periods"]:
        world.add("subjects", key=f"gathering:0:{each}", kind=models.SubjectKind.GATHERING,
                  period_id=each, **common)  # fmt: skip
    world.add("subjects", key=f"indicator:{indicator_id}:{period_id}",
              kind=models.SubjectKind.INDICATOR, programme_id=programme_id,
              indicator_id=indicator_id, period_id=period_id, **common)  # fmt: skip
    for subject_id in world.ids["subjects"]:
        for school_id in world.ids["schools"]:
            _counters(world, subject_id, school_id)


def _counters(world: World, subject_id: int, school_id: int) -> None:
    rng = world.rng
    place = world.db.execute(
        select(models.School.unit_id, models.School.old_unit_id, models.Unit.parent_id)
        .outerjoin(models.Unit, models.Unit.id == models.School.old_unit_id)
        .where(models.School.id == school_id)
    ).one()
    expected = rng.choice((0, 0, 3))
    world.add(
        "figures", subject_id=subject_id, school_id=school_id, commune_id=place.unit_id,
        district_id=place.parent_id or 0, expected=expected, completed=expected // 2,
    )  # fmt: skip
    if expected:
        world.add("figure_days", subject_id=subject_id, school_id=school_id,
                  day=TODAY - timedelta(days=1), expected=1, completed=1)  # fmt: skip
    elif rng.random() < 0.7:
        world.add("declarations", subject_id=subject_id, school_id=school_id, expected=9,
                  completed=5, at=MONDAY - timedelta(days=2))  # fmt: skip
    people = world.db.execute(
        select(models.Person.id).where(models.Person.school_id == school_id)
    ).scalars().all()  # fmt: skip
    for person_id in people:
        # Some were counted where they no longer are.
        at = school_id if rng.random() < 0.8 else world.any("schools")
        world.add("counted", subject_id=subject_id, person_id=person_id, school_id=at,
                  bits=rng.choice((1, 65, 1024)))  # fmt: skip


def reports(world: World) -> None:
    """A collection in each province, and reports of its communes in all states."""
    units = {row.id: row for row in world.db.execute(select(models.Unit.__table__))}
    tops = [one for one in units.values() if one.kind is UnitKind.PROVINCE and not one.valid_to]
    for top in tops:
        collection_id = world.add(
            "collections", unit_id=top.id, period_id=world.ids["periods"][-1],
            title=f"Báo cáo {top.name}", before=date(2026, 12, 15), opened_at=MONDAY,
        )  # fmt: skip
        for one in units.values():
            if one.parent_id == top.id:
                _report(world, collection_id, one.id, one.name)


def _report(world: World, collection_id: int, unit_id: int, name: str) -> None:
    state = world.rng.choice((None, *ReportState))
    if state is None:
        return
    report_id = FIRST["reports"] + len(world.ids.get("reports", []))
    difficulties, proposals = f"Khó khăn {name}", f"Đề xuất {name}"
    version = 0 if state is ReportState.BEGUN else 1
    kept = snapshot.to_json(
        Snapshot(
            report_id=report_id, version=1, collection_id=collection_id, title="", before="",
            last="", period="", first_day="", last_day="", programme="", letter="",
            unit_id=unit_id, unit=name, province="", day="", submitted_at="", on_behalf=False,
            schools=1, unlisted=0, figures=(), difficulties=difficulties, proposals=proposals,
        )
    )  # fmt: skip
    world.add(
        "reports", collection_id=collection_id, unit_id=unit_id, state=state, version=version,
        begun_at=MONDAY, submitted_at=MONDAY if version else None,
        snapshot=kept if version else None, digest=snapshot.digest(kept) if version else "",
        difficulties=difficulties, proposals=proposals,
    )  # fmt: skip
    for subject_id in world.rng.sample(world.ids["subjects"], 2):
        world.add("report_figures", report_id=report_id, subject_id=subject_id,
                  stated=world.rng.choice(tuple(models.Stated)), reason=name)  # fmt: skip
