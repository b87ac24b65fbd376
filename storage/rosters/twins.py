"""Rows of one file that are, or may be, the same person."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from storage.rosters import names
from storage.rosters.names import Likeness

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from storage.rosters.matching import Sought

# More namesakes than this in one school are a fault of the file.
NAMESAKES = 50


def find(rows: Sequence[Sought]) -> list[tuple[int, int, bool]]:
    """(row, the other row, whether it is sure), by their places in the file, each row once.

    The later of two rows of one school that say the same is surely a repetition. Where they
    differ in a school, a name's accents or a year that only one of them has, it is not sure, and
    where even the school differs both are named: neither is believed more than the other.
    """
    found: dict[int, tuple[int, bool]] = {}
    for group in _groups(rows):
        kept: list[Sought] = []
        for row in group:
            if not any(_judge(row, other, found) for other in kept[-NAMESAKES:]):
                kept.append(row)
    return [(at, other, sure) for at, (other, sure) in sorted(found.items())]


def _judge(row: Sought, other: Sought, found: dict[int, tuple[int, bool]]) -> bool:
    """Note what two rows are to each other; true where the first is a sure repetition."""
    if found.get(row.at, (0, False))[1]:
        return True
    if found.get(other.at, (0, False))[1] or not _one(row, other):
        return False
    here = row.school_id == other.school_id
    sure = here and _same(row, other)
    found[row.at] = (other.at, sure)
    if not here:
        found.setdefault(other.at, (row.at, False))
    return sure


def _same(row: Sought, other: Sought) -> bool:
    phones = {row.phone, other.phone} - {None}
    alike = _alike(row, other) is Likeness.SAME
    return alike and row.birth_year == other.birth_year and len(phones) < 2


def _groups(rows: Sequence[Sought]) -> Iterator[list[Sought]]:
    """Rows that share a code, or a name and their school or phone, in their order."""
    groups: defaultdict[Hashable, list[Sought]] = defaultdict(list)
    for row in rows:
        groups["school", row.school_id, row.key.words].append(row)
        if row.external_id:
            groups["id", row.external_id].append(row)
        if row.phone:
            groups["phone", row.phone, row.key.words].append(row)
    return (group for group in groups.values() if len(group) > 1)


def _one(row: Sought, other: Sought) -> bool:
    """True where nothing speaks against their being one person."""
    if row.external_id and other.external_id:
        return row.external_id == other.external_id
    if _alike(row, other) < Likeness.BARE:
        return False
    if row.birth_year and other.birth_year:
        return row.birth_year == other.birth_year
    return row.phone is None or other.phone is None or row.phone == other.phone


def _alike(row: Sought, other: Sought) -> Likeness:
    return names.likeness(row.key, other.key)
