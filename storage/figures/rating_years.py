"""Which school years' ratings count in a period. Pure; no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.models.programmes import PeriodKind

if TYPE_CHECKING:
    from datetime import date

# Offices let a school year begin in July, August or September.
JULY = 7


def counting(kind: PeriodKind, first_day: date, last_day: date) -> tuple[str, ...]:
    """The school years ("2025-2026") whose ratings count in a period, the newest first: two.

    The head rates everybody every second year (TT 26/2018/TT-BGDĐT, chuẩn nghề nghiệp giáo viên
    mầm non; TT 25/2018 for principals), so a rating holds for two years. Ratings are given at the
    end of a school year, reports run on calendar years: a rating counts for the calendar year in
    which its school year ends, and for the next one. In a school year its own ratings count, and
    those of the school year before.

    A part of a year counts as the year it lies in. Of several calendar years the last one decides,
    of several school years the one in which the period begins.
    """
    if kind is PeriodKind.CALENDAR:
        ends = last_day.year
    else:
        ends = first_day.year + 1 if first_day.month >= JULY else first_day.year
    return tuple(f"{year - 1}-{year}" for year in (ends, ends - 1))
