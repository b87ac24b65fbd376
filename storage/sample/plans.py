"""Programmes after the models of 178/KH-UBND and 361/KH-BGDĐT, re-dated, and their periods."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from storage.models.people import Position, Qualification, Rating
from storage.models.programmes import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable

THIS_YEAR, NEXT_YEAR, CORE = 1, 2, 3

_TEACHERS = {"positions": [Position.TEACHER.value]}
_MANAGERS = {"positions": [Position.PRINCIPAL.value, Position.DEPUTY.value]}
_COLLEGE = [
    Qualification.COLLEGE.value,
    Qualification.UNIVERSITY.value,
    Qualification.POSTGRADUATE.value,
]
_GOOD = {**_TEACHERS, "ratings": [Rating.GOOD.value, Rating.EXCELLENT.value]}
# Code, title, target, and the rules by the month from which they stand.
_INDICATORS: tuple[tuple[str, str, float, dict[int, dict[str, Any]]], ...] = (
    (
        "KPI1", "Giáo viên có trình độ cao đẳng trở lên", 0.85,
        {1: {"numerator": {**_TEACHERS, "qualifications": _COLLEGE}, "denominator": _TEACHERS}},
    ),
    (
        "KPI2", "Giáo viên đạt chuẩn nghề nghiệp mức khá trở lên", 0.85,
        {
            1: {"numerator": _GOOD, "denominator": _TEACHERS},
            # Since the middle of the year only those who have been rated are counted.
            7: {"numerator": _GOOD, "denominator": {**_TEACHERS, "rated": True}},
        },
    ),
    (
        "KPI3", "Cán bộ quản lý và giáo viên cốt cán được bồi dưỡng", 1.0,
        {
            1: {
                "numerator": {"any": [_MANAGERS, {**_TEACHERS, "core": True}], "trained": True},
                "denominator": {"any": [_MANAGERS, {**_TEACHERS, "core": True}]},
            }
        },
    ),
)  # fmt: skip


def programmes(year: int, summer: int) -> list[dict[str, Any]]:
    """The plans of two years, and the one for core staff in the summer of a year.

    The numbers of the papers are those of the models; what stands in them is invented.
    """
    yearly = "Bồi dưỡng nhà giáo và cán bộ quản lý giáo dục mầm non năm {} (mẫu)"
    return [
        _programme(THIS_YEAR, yearly.format(year), "178/KH-UBND", year),
        _programme(NEXT_YEAR, yearly.format(year + 1), "", year + 1),
        _programme(
            CORE, f"Tập huấn giáo viên, cán bộ quản lý mầm non cốt cán năm {summer} (mẫu)",
            "361/KH-BGDĐT", summer,
        ),
    ]  # fmt: skip


def indicators() -> list[dict[str, Any]]:
    """KPI1 to KPI3 for the plans of both years."""
    wanted = [(p, code, title) for p in (THIS_YEAR, NEXT_YEAR) for code, title, *_ in _INDICATORS]
    return [
        {"id": number, "programme_id": programme, "code": code, "title": title}
        for number, (programme, code, title) in enumerate(wanted, 1)
    ]


def versions(year: int) -> list[dict[str, Any]]:
    """What each indicator counts and from which day; the next year keeps the newest rule."""
    rows: list[dict[str, Any]] = []
    for number, (_, _, target, rules) in enumerate(_INDICATORS, 1):
        rows += _versions(number, target, ((date(year, month, 1), rules[month]) for month in rules))
        newest = [(date(year + 1, 1, 1), rules[max(rules)])]
        rows += _versions(number + len(_INDICATORS), target, newest)
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def periods(year: int, today: date) -> list[dict[str, Any]]:
    """Two calendar years with their reports before 15/12, and the school years around today."""
    first = today.year if today.month >= 8 else today.year - 1
    rows = [
        {
            "kind": PeriodKind.CALENDAR, "title": f"Năm {each}", "first_day": date(each, 1, 1),
            "last_day": date(each, 12, 31), "report_before": date(each, 12, 15),
        }
        for each in (year, year + 1)
    ] + [
        {
            "kind": PeriodKind.SCHOOL, "title": f"Năm học {each}-{each + 1}",
            "first_day": date(each, 9, 1), "last_day": date(each + 1, 8, 31),
            "report_before": None,
        }
        for each in (first - 1, first)
    ]  # fmt: skip
    return [{"id": number, **row} for number, row in enumerate(rows, 1)]


def _versions(
    indicator: int, target: float, rules: Iterable[tuple[date, dict[str, Any]]]
) -> list[dict[str, Any]]:
    return [
        {"indicator_id": indicator, "valid_from": day, "rule": rule, "target": target}
        for day, rule in rules
    ]


def _programme(number: int, title: str, letter: str, year: int) -> dict[str, Any]:
    return {
        "id": number,
        "title": title,
        "letter": letter,
        "first_day": date(year, 1, 1),
        "last_day": date(year, 12, 31),
    }
