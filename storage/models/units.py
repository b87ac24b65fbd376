"""The tree of units through time, and the schools on it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class UnitKind(StrEnum):
    """Levels of administration. Districts ended on 30/06/2025."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"


class ChangeKind(StrEnum):
    """How one unit became another."""

    MERGE = "merge"
    SPLIT = "split"
    RENAME = "rename"
    REPARENT = "reparent"


class SchoolType(StrEnum):
    """Types of pre-school places (trường MN, trường MG, nhà trẻ, nhóm trẻ, lớp MG độc lập)."""

    PRESCHOOL = "MN"
    KINDERGARTEN = "MG"
    CRECHE = "NT"
    GROUP = "NTDL"
    CLASS = "LMG"


class Ownership(StrEnum):
    """Công lập or ngoài công lập: a vocabulary apart from the type."""

    PUBLIC = "public"
    PRIVATE = "private"


class Unit(Base):
    """A province, former district or commune while it existed.

    Official codes are reused for other units, so our id is the key. `path` is "/1/7/42/": the
    ids from the root down to this one, so that a subtree is a prefix.
    """

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_code", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[UnitKind]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    path: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]  # the last day
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class UnitChange(Base):
    """One step from an old unit to a new one."""

    __tablename__ = "unit_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[ChangeKind]
    day: Mapped[date]
    legal_basis: Mapped[str]


class UnitAlias(Base):
    """A name people type for a unit, folded (`spelling.fold`). The official name is one too."""

    __tablename__ = "unit_aliases"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    folded: Mapped[str] = mapped_column(index=True)


class School(Base):
    """A place where people teach. It keeps its old commune: districts cannot be rebuilt without."""

    __tablename__ = "schools"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    type: Mapped[SchoolType]
    ownership: Mapped[Ownership]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    old_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    external_id: Mapped[str | None]
    closed_on: Mapped[date | None]

    __table_args__ = (
        Index(
            "uq_schools_external_id",
            "external_id",
            unique=True,
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
    )
