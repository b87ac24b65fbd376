"""Whom an announcement is for, as a rule that is kept with it; `storage.recipients` finds them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, cast

from storage.models import Ownership, Position, SchoolType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Ids are what either database keeps in a column of whole numbers.
_MOST = 2**31 - 1


class About(StrEnum):
    """Where people stand with a course."""

    REGISTERED = "registered"  # they hold a seat
    MISSING = "not registered"  # it is meant for them, and they have neither seat nor turn
    WAITING = "waiting"
    UNANSWERED = "unanswered"  # a nomination, or a change of date or place
    ATTENDED = "attended"  # at one session at least
    ABSENT = "absent"  # a seat, and at none of the sessions at which attendance was taken
    COMPLETED = "completed"
    NOT_COMPLETED = "not completed"  # they have a seat or were there, and have not completed it


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is meant. What is absent restricts nothing; all that is there has to hold.

    `units` are today's or former ones, each with all below it. Of a course, `about` says where
    people stand with it; without that, those it is meant for. `officers`: whoever holds an office
    in the scope, in place of the staff of schools; for them a former unit means the units that it
    became. `unseen_of` and `reached_by` name announcements that people got, staff and officers
    alike: of the first they have not said that they saw it.

    Raises:
        ValueError: `about` without a course, or a number that is no id.
    """

    units: tuple[int, ...] = ()
    schools: tuple[int, ...] = ()
    positions: tuple[Position, ...] = ()
    types: tuple[SchoolType, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    core: bool = False
    course_id: int | None = None
    about: About | None = None
    officers: bool = False
    unseen_of: int | None = None
    reached_by: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no statement could be made of."""
        if self.about is not None and self.course_id is None:
            raise ValueError("Where people stand is asked of a course, and none is named.")
        single = (self.course_id, self.unseen_of, self.reached_by)
        for one in (*self.units, *self.schools, *(one for one in single if one is not None)):
            if not 0 < one <= _MOST:
                raise ValueError(f"{one} is no id.")

    @property
    def by_announcement(self) -> bool:
        """True where people are meant because they got an announcement."""
        return self.reached_by is not None or self.unseen_of is not None

    def to_json(self) -> dict[str, Any]:
        """A form that JSON keeps; what restricts nothing is left out."""
        kept: dict[str, Any] = {}
        for each in fields(self):
            value: Any = getattr(self, each.name)
            if value not in ((), None, False):
                kept[each.name] = [*value] if isinstance(value, tuple) else value
        return kept

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Rule:
        """The rule that JSON kept.

        Raises:
            ValueError: a key or a value that no rule has.
        """
        if unknown := kept.keys() - _READERS.keys():
            raise ValueError(f"A rule has no {', '.join(sorted(unknown))}.")
        return cls(**{name: _READERS[name](value) for name, value in kept.items()})


def _id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _wrong(value, "id")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(value, "flag")
    return value


def _all(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def each(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _wrong(value, "list")
        return tuple(read(one) for one in cast("list[Any]", value))

    return each


def _wrong(value: Any, what: str) -> ValueError:
    return ValueError(f"{value!r} is no {what}.")


# How each part of a rule is read from JSON.
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "units": _all(_id), "schools": _all(_id), "positions": _all(Position),
    "types": _all(SchoolType), "ownership": _all(Ownership), "core": _flag, "course_id": _id,
    "about": About, "officers": _flag, "unseen_of": _id, "reached_by": _id,
}  # fmt: skip
