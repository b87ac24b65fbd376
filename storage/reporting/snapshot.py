"""A report as it was submitted: frozen, so that its papers say the same for ever.

It holds names of units, courses and programmes as they were that day, and no name of a person:
whatever merges, moves or is deleted later, nothing has to be looked up to read it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from storage.models import Stated, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = 1


class DamagedError(Exception):
    """A snapshot that is kept no longer has the digest it was kept with."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was counted of a figure in one former district, by its name; "" where none is known."""

    district: str
    expected: int
    completed: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report. What counts is `expected` and `completed`, by `stated`.

    `counted_*` were counted when the commune said so; `declared_*` stand beside them, from schools
    without a list. `target` is in ten-thousandths (8500 is 85%), None where there is none. `last`
    and `due` are days (ISO), "" where there is none. `count` are the columns of `Count` when it was
    submitted, and `parts` the same by former district, sorted.
    """

    subject_id: int
    kind: SubjectKind
    code: str  # "L12", "KPI1", or ""
    title: str
    stated: Stated
    expected: int
    completed: int
    counted_expected: int
    counted_completed: int
    declared_expected: int = 0
    declared_completed: int = 0
    reason: str = ""  # of a correction
    target: int | None = None
    last: str = ""
    due: str = ""
    count: Mapping[str, int] = field(default_factory=dict[str, int])
    parts: tuple[Part, ...] = ()

    @property
    def straddles(self) -> bool:
        """True where the unit lies in more than one former district."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of a report, version by version. Days and moments (UTC) are ISO, names as of `day`."""

    report_id: int
    version: int
    collection_id: int
    title: str  # of the collection
    before: str  # the day in "trước ngày 15/12"
    last: str  # the last safe day
    period: str
    first_day: str
    last_day: str
    programme: str  # "" for all programmes together
    letter: str  # number of the programme's paper, "" where there is none
    unit_id: int
    unit: str  # "Xã Tuy Đức"
    province: str  # "Tỉnh Lâm Đồng"
    day: str  # when it was submitted, local
    submitted_at: str
    on_behalf: bool
    schools: int  # open ones of the unit
    unlisted: int  # of them without anybody on their list
    difficulties: str
    proposals: str
    figures: tuple[Figure, ...]
    format: int = FORMAT


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """The form that is kept: integers, strings, lists and objects only."""
    # Through the bytes, so that what is kept is what is read back.
    return json.loads(canonical(asdict(snapshot)))


def from_json(data: Mapping[str, Any]) -> Snapshot:
    """The snapshot that `to_json` made this of."""
    fields = dict(data)
    figures = tuple(_figure(each) for each in fields.pop("figures"))
    return Snapshot(**fields, figures=figures)


def canonical(data: Mapping[str, Any]) -> bytes:
    """The same bytes for the same content, whatever database it comes from: UTF-8, keys sorted."""
    return json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes, in hex."""
    return hashlib.sha256(canonical(data)).hexdigest()


def checked(data: Mapping[str, Any], kept: str) -> Snapshot:
    """The snapshot, where it is still what was kept; raises DamagedError otherwise."""
    if digest(data) != kept:
        raise DamagedError(kept)
    return from_json(data)


def _figure(data: Mapping[str, Any]) -> Figure:
    fields = dict(data)
    fields["kind"], fields["stated"] = SubjectKind(fields["kind"]), Stated(fields["stated"])
    parts = tuple(Part(**each) for each in fields.pop("parts"))
    return Figure(**fields, parts=parts)
