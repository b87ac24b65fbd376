"""People, the accounts they write from, and the roles they hold."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class Position(StrEnum):
    """Chức vụ, by the abbreviations offices use."""

    TEACHER = "GV"
    PRINCIPAL = "HT"
    DEPUTY = "PHT"
    OFFICER = "CC"
    TRAINER = "BCV"


class Qualification(StrEnum):
    """Trình độ đào tạo; the law asks pre-school teachers for a college diploma (Luật GD 2019)."""

    SECONDARY = "trung cap"
    COLLEGE = "cao dang"
    UNIVERSITY = "dai hoc"
    POSTGRADUATE = "sau dai hoc"


class Rating(StrEnum):
    """Professional standard (TT 26/2018, TT 25/2018): chưa đạt, đạt, khá, tốt."""

    BELOW = "chua dat"
    ADEQUATE = "dat"
    GOOD = "kha"
    EXCELLENT = "tot"


class Core(StrEnum):
    """Cốt cán, by the level that listed the person."""

    SCHOOL = "truong"
    DISTRICT = "huyen"
    PROVINCE = "tinh"
    MINISTRY = "bo"


class Source(StrEnum):
    """Who says what we know of a person."""

    ROSTER = "roster"
    PRINCIPAL = "principal"
    SELF = "self"


class Called(StrEnum):
    """The form of address a person chose; never inferred from a name."""

    TEACHER = "thay/co"
    CO = "co"
    THAY = "thay"
    ANH_CHI = "anh/chi"


class Remind(StrEnum):
    """When a person wants to be reminded of a training; asked right after the first seat."""

    UNASKED = "unasked"
    NEVER = "never"
    EVE = "eve"
    WEEK = "week"  # seven days before, and on the eve


class Announce(StrEnum):
    """Whether a person wants announcements; asked after a later seat, a yes is a consent."""

    UNASKED = "unasked"
    YES = "yes"
    NO = "no"


class RoleKind(StrEnum):
    """What a person may do beyond their own courses."""

    PRINCIPAL = "principal"
    TRAINER = "trainer"
    COMMUNE = "commune"
    DEPARTMENT = "department"


class Person(Base):
    """Somebody who teaches or manages. One full name, as written; neither gender nor surname.

    `sort_key` and `folded` are stored because neither database folds or collates Vietnamese.
    Without `verified_at` the identity is only claimed, and seats are provisional. `remind_on_day`:
    also two hours before a session; `remind_deadlines` is for officers.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str]
    sort_key: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    nickname: Mapped[str] = mapped_column(default="")
    called: Mapped[Called] = mapped_column(default=Called.TEACHER)
    birth_year: Mapped[int | None]
    position: Mapped[Position]
    qualification: Mapped[Qualification | None]
    rating: Mapped[Rating | None]
    rating_year: Mapped[str | None]  # school year, "2025-2026"
    rating_source: Mapped[Source | None]
    core: Mapped[Core | None]
    core_year: Mapped[int | None]
    phone: Mapped[str | None] = mapped_column(index=True)  # E.164
    deaf_phone: Mapped[
        str | None
    ]  # the number at which Zalo found nobody, or was told not to write
    remind: Mapped[Remind] = mapped_column(default=Remind.UNASKED, server_default="unasked")
    remind_on_day: Mapped[bool] = mapped_column(default=True, server_default=true())
    remind_deadlines: Mapped[bool] = mapped_column(default=True, server_default=true())
    announcements: Mapped[Announce] = mapped_column(
        default=Announce.UNASKED, server_default="unasked"
    )
    external_id: Mapped[str | None]
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    source: Mapped[Source]
    verified_at: Mapped[datetime | None]
    left_on: Mapped[date | None]
    leave_from: Mapped[date | None]
    leave_to: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)


class PersonalCode(Base):
    """The 8 digits a principal hands out. A used one moves only when the principal confirms."""

    __tablename__ = "personal_codes"

    code: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    used_at: Mapped[datetime | None]


class Account(Base):
    """An address on a channel, and the person it speaks for at the moment."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address: Mapped[str]
    language: Mapped[str] = mapped_column(default="vi")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    reachable: Mapped[bool] = mapped_column(default=True)
    code_failures: Mapped[int] = mapped_column(default=0)
    code_pause_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class WrongCodes(Base):
    """How many wrong codes all accounts together tried in one hour, by its first moment."""

    __tablename__ = "wrong_codes"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    wrong: Mapped[int]


class AccountPerson(Base):
    """One of the up to three people who share an account."""

    __tablename__ = "account_people"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, index=True)
    since: Mapped[datetime]


class Role(Base):
    """A right with its reach (a unit, a school or a course) and its dates."""

    __tablename__ = "roles"
    __table_args__ = (
        CheckConstraint(
            "unit_id IS NOT NULL OR school_id IS NOT NULL OR course_id IS NOT NULL",
            name="reach",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    kind: Mapped[RoleKind]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    school_id: Mapped[int | None] = mapped_column(ForeignKey("schools.id"), index=True)
    course_id: Mapped[int | None] = mapped_column(ForeignKey("courses.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    # The role in whose place somebody stands in for a time; it ends with it.
    covers_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"), index=True)


class Invitation(Base):
    """A way into a role. Only a digest is kept; it expires and counts its uses."""

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[RoleKind]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    holder: Mapped[str]  # full name of the one it is meant for, "" where anyone may
    uses_left: Mapped[int]
    expires_at: Mapped[datetime]
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    # Where it is for a stand-in or a successor: of which role, from which day to which; without
    # `to_day` the role itself passes on, and ends when the invitation is claimed.
    covers_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"), index=True)
    from_day: Mapped[date | None]
    to_day: Mapped[date | None]
