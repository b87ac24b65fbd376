"""How figures are gathered into rows, and in which order rows of units and schools stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from storage import schools, spelling, unit_words


class View(StrEnum):
    """How schools are gathered into rows."""

    COMMUNE = "commune"  # the communes of today
    DISTRICT = "district"  # the former districts, by the old commune each school keeps
    PROVINCE = "province"  # the former provinces
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class Within:
    """A part of what is counted: one row of a view; `id` None for all that has no unit."""

    view: View
    id: int | None


def order(name: str) -> str:
    """The key by which names of units and schools are sorted: word by word, numbers by value.

    Words for the kind ("Xã", "Trường MN") do not count.
    """
    bare = unit_words.bare(name)
    # Xã Trường Xuân is no school.
    words = (own_name(name) if bare == name else bare).split()
    return " ".join(
        word.zfill(6) if word.isdecimal() else spelling.sort_key(word) for word in words
    )


def own_name(school: str) -> str:
    """A school's name without the words for its type: "Hoa Cúc"; what is no school stays whole."""
    words, own = school.split(), schools.fold_name(school)
    tails = (" ".join(words[start:]) for start in range(len(words)))
    return next((tail for tail in tails if spelling.fold(tail) == own), school)
