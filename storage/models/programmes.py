"""Programmes, what they are measured by, and the periods they are measured over."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class PeriodKind(StrEnum):
    """Reports of a programme run on the calendar year, regular training on the school year."""

    CALENDAR = "calendar"
    SCHOOL = "school"


class Programme(Base):
    """A plan that courses serve: a multi-year project or a plan of one year, with its dates."""

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    letter: Mapped[str]  # number of the official paper, e.g. 178/KH-UBND
    first_day: Mapped[date]
    last_day: Mapped[date]


class CourseProgramme(Base):
    """A course may count for several programmes."""

    __tablename__ = "course_programmes"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), primary_key=True)


class Indicator(Base):
    """A target of a programme. What it counts is in its versions."""

    __tablename__ = "indicators"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    code: Mapped[str]
    title: Mapped[str]


class IndicatorVersion(Base):
    """A definition as it stands from a day on: numerator and denominator rules, target."""

    __tablename__ = "indicator_versions"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicators.id"), index=True)
    valid_from: Mapped[date]
    rule: Mapped[dict[str, Any]]
    target: Mapped[float]  # 0..1


class Period(Base):
    """A span of days figures are asked for."""

    __tablename__ = "periods"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PeriodKind]
    title: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    report_before: Mapped[date | None]  # "trước ngày 15/12": the last safe day is the 14th
