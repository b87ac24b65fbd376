"""What hours come to against a target: pure rules. Hours are in tenths of a tiết.

TT 12/2019 asks for 40 tiết of each content a school year: 01 set by the Ministry, 02 by the Sở, 03
chosen by the teacher. What is asked for here is data; where nothing is, there is only the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCKS = ("01", "02", "03")
TOGETHER = ""  # the block of a target for all content together, and of courses of none


@dataclass(frozen=True, slots=True)
class Sum:
    """What somebody has, what counts of it, and what is asked for; None where nothing is."""

    have: int
    counted: int
    asked: int | None

    @property
    def missing(self) -> int:
        """What is still to be done; 0 where nothing is asked for."""
        return max(0, (self.asked or 0) - self.counted)


def together(have: Mapping[str, int], targets: Mapping[str, int]) -> Sum:
    """All content together: with targets by content, too much of one fills no other."""
    total = sum(have.values())
    blocks = {block: asked for block, asked in targets.items() if block != TOGETHER}
    if blocks:
        counted = sum(min(have.get(block, 0), asked) for block, asked in blocks.items())
        return Sum(total, counted, sum(blocks.values()))
    asked = targets.get(TOGETHER)
    return Sum(total, total if asked is None else min(total, asked), asked)


def by_block(have: Mapping[str, int], targets: Mapping[str, int]) -> dict[str, Sum]:
    """Each content that somebody has hours of or owes; hours of no content come last, as ""."""
    found = {
        block: Sum(have.get(block, 0), have.get(block, 0), targets.get(block))
        for block in sorted({*have, *targets} - {TOGETHER})
    }
    if have.get(TOGETHER):
        found[TOGETHER] = Sum(have[TOGETHER], have[TOGETHER], None)
    return found
