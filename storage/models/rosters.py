"""Staff lists that are being brought in: what each row says, and what would be written."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.attendance import Mark
from storage.models.base import Base
from storage.models.people import Core, Position, Qualification, Rating, Source


class ImportState(StrEnum):
    """Life of one roster: read in pieces, shown, written in one step, perhaps undone."""

    STAGING = "staging"
    READY = "ready"
    WRITTEN = "written"
    UNDONE = "undone"
    DISCARDED = "discarded"


class Verdict(StrEnum):
    """What a row of a roster means for the list."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    MOVED = "moved"
    GONE = "gone"
    DOUBTFUL = "doubtful"  # a person has to judge it; until then nothing is written of it
    REFUSED = "refused"
    SKIPPED = "skipped"  # a doubt that was judged to be left alone


class ImportKind(StrEnum):
    """What a file holds."""

    ROSTER = "roster"  # who works where
    RESULTS = "results"  # past courses, and who took part in them


class IntakeState(StrEnum):
    """Life of a file that somebody brought, until its import stands."""

    FETCHING = "fetching"  # its bytes are not here yet
    WAITING = "waiting"  # to be read
    READING = "reading"
    ASKING = "asking"  # its columns are not clear: somebody has to say
    READY = "ready"  # the import is there
    REFUSED = "refused"  # `trouble` says why
    ENDED = "ended"  # thrown away before it was read


class Side(StrEnum):
    """The two states of a person that an import lies between."""

    BEFORE = "before"
    AFTER = "after"


class RosterImport(Base):
    """One file and what came of it. The figures stay when the rows are forgotten.

    `day` is the day it was compared on, `newest_person_id` the newest person then and
    `generation` how many imports had been written or undone: later ones make it stale.
    `settled` says which school a wording in the file means, `skipped` what was no row.
    """

    __tablename__ = "roster_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind] = mapped_column(default=ImportKind.ROSTER, server_default="roster")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    file_name: Mapped[str]
    digest: Mapped[str]
    state: Mapped[ImportState]
    day: Mapped[date]
    newest_person_id: Mapped[int]
    generation: Mapped[int]
    settled: Mapped[dict[str, Any]]
    figures: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    written_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class Intake(Base):
    """A file somebody brought to be read, what is asked about it, and how far it has got.

    `questions` are the columns to be told apart, `answers` what was said of them. `done` of
    `total` rows are staged. Whoever reads it holds it until `leased_until`.
    """

    __tablename__ = "intakes"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ImportKind]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachments.id"), index=True)
    file_name: Mapped[str]
    state: Mapped[IntakeState] = mapped_column(index=True)
    questions: Mapped[list[Any]]
    answers: Mapped[list[Any]]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("roster_imports.id"), index=True)
    leased_until: Mapped[datetime | None]
    at: Mapped[datetime]


class RosterRow(Base):
    """One row with its verdict; `at` is its place in the file, `line` its row in the sheet from 1.

    Rows without a line are people who are on the list and not in the file. `person_id` names
    nobody's row: somebody added by an import that was undone is no more.
    """

    __tablename__ = "roster_rows"
    __table_args__ = (
        Index("ix_roster_rows_import_id_verdict_reason", "import_id", "verdict", "reason"),
    )

    import_id: Mapped[int] = mapped_column(ForeignKey("roster_imports.id"), primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    sheet: Mapped[str]
    line: Mapped[int]
    verdict: Mapped[Verdict]
    reason: Mapped[str]
    person_id: Mapped[int | None]
    school_id: Mapped[int | None]
    twin: Mapped[list[Any]]  # [sheet, line] of the row it is at odds with
    offers: Mapped[list[Any]]  # [kind, id, name]
    changed: Mapped[list[Any]]
    remarks: Mapped[list[Any]]
    cells: Mapped[dict[str, Any]]  # what stood there, of the columns that were read
    entry: Mapped[dict[str, Any]]  # the same, cleaned


class RosterState(Base):
    """A person as they were before an import, and as they are after it."""

    __tablename__ = "roster_states"
    __table_args__ = (
        ForeignKeyConstraint(
            ["import_id", "at"], ["roster_rows.import_id", "roster_rows.at"],
            name="fk_roster_states_import_id_roster_rows",
        ),
        Index("ix_roster_states_person_id", "person_id"),
    )  # fmt: skip

    import_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    side: Mapped[Side] = mapped_column(primary_key=True)
    person_id: Mapped[int | None]
    full_name: Mapped[str]
    sort_key: Mapped[str]
    folded: Mapped[str]
    birth_year: Mapped[int | None]
    position: Mapped[Position]
    qualification: Mapped[Qualification | None]
    rating: Mapped[Rating | None]
    rating_year: Mapped[str | None]
    rating_source: Mapped[Source | None]
    core: Mapped[Core | None]
    core_year: Mapped[int | None]
    phone: Mapped[str | None]
    external_id: Mapped[str | None]
    school_id: Mapped[int | None]
    source: Mapped[Source]
    left_on: Mapped[date | None]


class PastCourse(Base):
    """A course that a file of results names, and which of ours it is.

    `hours` in tenths of a tiết, None where the file says none. `judged`: the file says of anybody
    whether they passed. `course_id` is known from the writing on, or before where we have it;
    `made`: the import made it.
    """

    __tablename__ = "past_courses"

    import_id: Mapped[int] = mapped_column(ForeignKey("roster_imports.id"), primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    hours: Mapped[int | None]
    judged: Mapped[bool]
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    made: Mapped[bool] = mapped_column(default=False)


class PastRow(Base):
    """One person at one past course. `person_at` is the row of `RosterRow` that says who it is.

    `before` holds the mark and the result that stood there when the import was written, to be
    restored; None: not written, {}: nothing stood there.
    """

    __tablename__ = "past_rows"

    import_id: Mapped[int] = mapped_column(ForeignKey("roster_imports.id"), primary_key=True)
    at: Mapped[int] = mapped_column(primary_key=True)
    sheet: Mapped[str]
    line: Mapped[int]
    course_at: Mapped[int | None]
    person_at: Mapped[int]
    mark: Mapped[Mark]
    score: Mapped[int | None]
    passed: Mapped[bool | None]
    reason: Mapped[str]  # why the row is refused, "" where it is taken
    before: Mapped[dict[str, Any] | None]
