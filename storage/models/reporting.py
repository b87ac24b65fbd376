"""Yearly reports of communes to the Sở, from what is prefilled to the official number."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class ReportState(StrEnum):
    """Chưa mở, đang làm, đã nộp, trả lại, đã nhận, có số văn bản. No row: not begun."""

    BEGUN = "begun"
    SUBMITTED = "submitted"
    SENT_BACK = "sent back"
    ACCEPTED = "accepted"
    NUMBERED = "numbered"


class Stated(StrEnum):
    """What a commune says of a figure that was counted for it."""

    UNSEEN = "unseen"  # nobody has looked at it yet
    RIGHT = "right"
    CORRECTED = "corrected"
    DECLARED = "declared"  # there is no list to count from ("số khai")


class Collection(Base):
    """A round in which the Sở collects the reports of a period ("đợt thu báo cáo").

    `before` is the day in "trước ngày 15/12": the last safe day is the one before, or the last
    working day before that. `programme_id` None: of all programmes together.
    """

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("unit_id", "period_id", "programme_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)  # the province
    period_id: Mapped[int] = mapped_column(ForeignKey("periods.id"))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programmes.id"), index=True)
    title: Mapped[str]
    before: Mapped[date]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    closed_at: Mapped[datetime | None]


class Report(Base):
    """The report of one commune in a collection.

    `snapshot` is all of it as it was submitted, from which its papers are made; `digest` the
    SHA-256 of its canonical JSON. A report that was sent back gets a new one when it is submitted
    again. `on_behalf`: an officer of the Sở entered it for the commune.
    """

    __tablename__ = "reports"
    __table_args__ = (UniqueConstraint("collection_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[ReportState]
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # counts submissions
    difficulties: Mapped[str] = mapped_column(default="")
    proposals: Mapped[str] = mapped_column(default="")
    on_behalf: Mapped[bool] = mapped_column(default=False)
    begun_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    why_back: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")  # of the official paper, "12/BC-UBND"
    numbered_on: Mapped[date | None]
    snapshot: Mapped[dict[str, Any] | None]
    digest: Mapped[str] = mapped_column(default="")


class ReportFigure(Base):
    """One figure of a report: what was counted, and what the commune states.

    `counted_*` are as they were when the commune said so (those of now while it is unseen).
    """

    __tablename__ = "report_figures"

    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    subject_id: Mapped[int] = mapped_column(ForeignKey("subjects.id"), primary_key=True)
    stated: Mapped[Stated]
    counted_expected: Mapped[int]
    counted_completed: Mapped[int]
    expected: Mapped[int]
    completed: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime | None]


class ReportPaper(Base):
    """The Word file of a report, or of a whole collection: made once, kept byte for byte.

    `version` is the report's, for a collection a running number.
    """

    __tablename__ = "report_papers"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        UniqueConstraint("collection_id", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collections.id"))
    version: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[str]  # SHA-256, hex
    at: Mapped[datetime]
