"""Courses and their sessions."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Time, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class CourseKind(StrEnum):
    """Kinds of activity in the official plans."""

    TRAINING = "tap huan"
    FOSTERING = "boi duong"
    WORKSHOP = "hoi thao"
    EXCHANGE = "giao luu"
    VISIT = "tham quan"


class Modality(StrEnum):
    """Trực tiếp, trực tuyến, kết hợp."""

    IN_PERSON = "truc tiep"
    ONLINE = "truc tuyen"
    BLENDED = "ket hop"


class Mode(StrEnum):
    """Who decides that a person takes part."""

    FREE = "free"
    PRINCIPAL = "principal"
    NOMINATED = "nominated"


class CourseState(StrEnum):
    """A draft is seen by officers only; a cancelled course keeps its history."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Precision(StrEnum):
    """How much of a session's date is settled."""

    MINUTE = "minute"
    DAY = "day"
    MONTHS = "months"
    UNSET = "unset"


class Offset(StrEnum):
    """How long before a session somebody is reminded of it."""

    WEEK = "week"
    EVE = "eve"
    HOURS = "hours"
    JOIN = "join"  # with the link, of a session one joins from afar


class Course(Base):
    """A training people can take part in, known to everyone by its number: L12.

    `turns` counts those who ever asked for a place, in the order in which this row was locked.
    `seats` None means as many as come. `audience` is a rule, see `storage.audience`. A `past` one
    was brought in from an office's file: nobody is written to about it. `block` is the content it
    counts for ("01", "02", "03" of TT 12/2019, or ""), `hours` its length in tenths of a tiết,
    `completion` a rule, see `storage.completion_rules`; "" in `paper_title` prints no paper.
    """

    __tablename__ = "courses"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str]
    short: Mapped[str]  # for lists, at most 24 characters
    folded: Mapped[str]
    kind: Mapped[CourseKind]
    modality: Mapped[Modality]
    mode: Mapped[Mode]
    state: Mapped[CourseState] = mapped_column(index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    audience: Mapped[dict[str, Any]]
    seats: Mapped[int | None]
    school_limit: Mapped[int | None]  # people of one school on one day
    turns: Mapped[int] = mapped_column(default=0)
    fee: Mapped[int] = mapped_column(default=0)  # đồng
    note: Mapped[str] = mapped_column(default="")
    bring: Mapped[str] = mapped_column(default="")
    needs: Mapped[str] = mapped_column(default="")  # answers worth telling everybody, a line each
    letter: Mapped[str] = mapped_column(default="")
    lead: Mapped[str] = mapped_column(default="")
    cooperating: Mapped[str] = mapped_column(default="")
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    contact_name: Mapped[str] = mapped_column(default="")
    contact_office: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    moved_why: Mapped[str] = mapped_column(default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    version: Mapped[int] = mapped_column(default=0, server_default="0")  # counts edits
    past: Mapped[bool] = mapped_column(default=False, server_default=false())
    block: Mapped[str] = mapped_column(default="", server_default="")
    hours: Mapped[int] = mapped_column(default=0, server_default="0")
    completion: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    paper_title: Mapped[str] = mapped_column(default="", server_default="")
    quotas_until: Mapped[datetime | None]


class CourseQuota(Base):
    """Seats of a course set apart for the people of one unit, until `Course.quotas_until`."""

    __tablename__ = "course_quotas"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    seats: Mapped[int]


class SchoolCall(Base):
    """A school that was asked to name so many of its people for a course."""

    __tablename__ = "school_calls"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    school_id: Mapped[int] = mapped_column(ForeignKey("schools.id"), primary_key=True, index=True)
    seats: Mapped[int]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    at: Mapped[datetime]


class CourseDocument(Base):
    """A file that belongs to a course: programme, materials, the official letter."""

    __tablename__ = "course_documents"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    number: Mapped[int]


class Session(Base):
    """One meeting of a course (buổi). What is not settled yet is empty, and `precision` says so."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), index=True)
    number: Mapped[int]
    precision: Mapped[Precision]
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    arrive_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")  # "" = to be announced
    address: Mapped[str] = mapped_column(default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    link: Mapped[str] = mapped_column(default="")


class CourseReminder(Base):
    """When one course is reminded of, where that is not as usual; see `storage.moments`.

    With a `clock`, so many `days` before at that local time; without one, so many `minutes` before
    the start. `off`: not at all.
    """

    __tablename__ = "course_reminders"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    kind: Mapped[Offset] = mapped_column(primary_key=True)
    days: Mapped[int] = mapped_column(default=0)
    clock: Mapped[time | None] = mapped_column(Time)
    minutes: Mapped[int] = mapped_column(default=0)
    off: Mapped[bool] = mapped_column(default=False)


class ReminderLook(Base):
    """When it was last seen that everybody to be reminded of a session, in one way, has been."""

    __tablename__ = "reminder_looks"

    course_id: Mapped[int] = mapped_column(ForeignKey("courses.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[Offset] = mapped_column(primary_key=True)
    looked_at: Mapped[datetime]


class CalendarDay(Base):
    """A day on which the calendar of public holidays is wrong, and what it is: holiday or not."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    holiday: Mapped[bool]
