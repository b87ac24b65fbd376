"""A course before it is written down: its fields, its sessions, and its short name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from storage.models import Modality, Mode, Precision
from storage.models.courses import CourseKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

SHORT: Final = 24  # characters of a name in a list


@dataclass(frozen=True, slots=True)
class Meet:
    """One session as it is written down; times are aware, `unit_id` is where its place lies."""

    precision: Precision = Precision.UNSET
    first_day: date | None = None
    last_day: date | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    place: str = ""
    address: str = ""
    unit_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A course that nobody but officers sees yet. `hours` in tenths of a tiết, `fee` in đồng."""

    title: str
    unit_id: int
    short: str = ""
    kind: CourseKind = CourseKind.TRAINING
    modality: Modality = Modality.IN_PERSON
    mode: Mode = Mode.FREE
    audience: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seats: int | None = None
    school_limit: int | None = None
    fee: int = 0
    note: str = ""
    bring: str = ""
    letter: str = ""
    lead: str = ""
    cooperating: str = ""
    contact_id: int | None = None
    contact_name: str = ""
    contact_office: str = ""
    contact_phone: str = ""
    closes_at: datetime | None = None
    block: str = ""
    hours: int = 0
    completion: Mapping[str, Any] = field(default_factory=dict[str, Any])
    paper_title: str = ""
    sessions: tuple[Meet, ...] = ()


def short(title: str) -> str:
    """A name for lists out of a title: up to its first comma, else as many words as fit."""
    head = title.split(",", 1)[0].strip()
    if len(head) <= SHORT:
        return head
    cut = head[: SHORT + 1].rsplit(" ", 1)[0]
    return cut if len(cut) <= SHORT else head[:SHORT]


def placed(meet: Meet, old: Meet) -> Meet:
    """A session without a place of its own, where an old one was."""
    if meet.place or meet.link:
        return meet
    return replace(
        meet, place=old.place, address=old.address, unit_id=old.unit_id, latitude=old.latitude,
        longitude=old.longitude, link=old.link,
    )  # fmt: skip
