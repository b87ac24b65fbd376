"""How a file names the schools and communes nobody understood, each wording once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.rosters import school_words
from storage.rosters.directory import PlaceTrouble, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.rosters.comparison import Judged

# What an officer can put right by saying which school or commune is meant.
UNCLEAR = (
    PlaceTrouble.UNKNOWN_SCHOOL, PlaceTrouble.UNKNOWN_COMMUNE, PlaceTrouble.SEVERAL_SCHOOLS,
    PlaceTrouble.NO_SCHOOL,
)  # fmt: skip


def unclear(judged: Iterable[Judged]) -> list[dict[str, Any]]:
    """Each wording with its trouble, how many rows have it, and the place of the first of them.

    Keys: reason, school, commune, district, at, rows; offers and within as [[kind, id, name]].
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for at, row in enumerate(judged):
        if row.entry is None or row.reason not in UNCLEAR:
            continue
        entry = row.entry
        school = entry.school or school_words.line(entry.places)
        key = (str(row.reason), label(school, entry.commune, entry.district))
        if key not in found:
            found[key] = {
                "reason": str(row.reason), "school": school, "commune": entry.commune,
                "district": entry.district, "at": at, "rows": 0,
                "offers": [[one.kind, one.id, one.name] for one in row.offers],
                "within": [[one.kind, one.id, one.name] for one in row.within],
            }  # fmt: skip
        found[key]["rows"] += 1
    return list(found.values())


def label_of(entry: Mapping[str, Any]) -> str:
    """What a staged row's school is settled under: its own words, else the line above it."""
    school = entry.get("school", "") or school_words.line(entry.get("places", ()))
    return label(school, entry.get("commune", ""), entry.get("district", ""))
