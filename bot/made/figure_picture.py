"""Figures as a picture for a phone: a bar for each unit against the target, sorted by name.

Nothing in it is told by colour, and no person is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bot import typeset
from bot.made import figure_wanted, tints
from bot.made.figure_wanted import figure
from bot.made.maker import Maker
from handlers import numbers
from handlers.text import say
from storage.figures import rows
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.made.figure_wanted import Wanted
    from storage.exports import Request
    from storage.figures.rows import Row

# Bars in one picture; what is left is counted below them.
MOST: Final = 30
# Bytes: what loads within a second or two on a slow phone.
LARGEST: Final = 60_000
# Pixels an inch, for a page of 360 pt: the finest that stays within the size is taken.
FINENESS: Final = (120, 100, 84, 72)


@dataclass(frozen=True, slots=True)
class Collected:
    """What was asked for, its rows sorted by name, and all of them together."""

    wanted: Wanted
    rows: Sequence[Row]
    total: Row


def read(db: Connection, request: Request, now: datetime) -> Collected:
    """The figures within the officer's area; LookupError for what is not theirs."""
    wanted = figure_wanted.read(db, request, now)
    asked = (db, wanted.scope, wanted.topic.id)
    return Collected(
        wanted,
        rows.by_unit(*asked, wanted.view, wanted.within, wanted.day),
        rows.total(*asked, wanted.within, wanted.day),
    )


def draw(collected: Collected) -> bytes:
    """The picture as PNG, at most `LARGEST` bytes."""
    data = filled(collected)
    pictures = (tints.tinted(typeset.png("figures", data, ppi=ppi)) for ppi in FINENESS)
    picture = b""
    for picture in pictures:
        if len(picture) <= LARGEST:
            break
    return picture


def filled(collected: Collected) -> dict[str, Any]:
    """What the template shows."""
    wanted = collected.wanted
    bars, left = _bars(wanted, collected.rows)
    (as_of, moment), *notes = figure_wanted.counted(wanted)
    return {
        "title": wanted.name,
        "heading": [
            _("{place}: {what}, {by}.", place=wanted.place, what=_begun(figure_wanted.what(wanted)),
              by=figure_wanted.gathered(wanted.view)),
            f"{as_of}: {moment}",
        ],
        "total": _total(wanted, collected.total),
        "target": float(wanted.target) if wanted.target else None,
        "rows": bars,
        "more": _("and {count} more units", count=numbers.number(left)) if left else "",
        "keys": _keys(wanted, bars),
        "notes": [f"{name}: {words}." for name, words in notes],
    }  # fmt: skip


def _bars(wanted: Wanted, found: Sequence[Row]) -> tuple[list[dict[str, Any]], int]:
    """The first rows that fit, and how many are left; a unit is never cut in two."""
    bars: list[dict[str, Any]] = []
    for at, row in enumerate(found):
        of_row = _of(wanted, row)
        if len(bars) + len(of_row) > MOST:
            return bars, len(found) - at
        bars += of_row
    return bars, 0


def _of(wanted: Wanted, row: Row) -> list[dict[str, Any]]:
    """What was counted, and below it what was only declared."""
    name = row.name or _("No former unit")
    counted, stated = row.count, row.declared
    bars: list[dict[str, Any]] = []
    if counted.expected or not stated.expected:
        bars.append(_bar(name, wanted.done(counted), counted.expected))
    if stated.expected:
        said = _("{figure} declared", figure=figure(stated.completed, stated.expected))
        bar = _bar(name, stated.completed, stated.expected)
        bars.append({**bar, "figure": said, "declared": True})
    return bars


def _bar(name: str, done: int, expected: int) -> dict[str, Any]:
    part = min(done / expected, 1) if expected else None
    return {"name": name, "figure": figure(done, expected), "part": part, "declared": False}


def _total(wanted: Wanted, total: Row) -> str:
    said = figure(wanted.done(total.count), total.count.expected)
    whole = _("Together: {figure}", figure=said)
    if not total.declared.expected:
        return whole
    stated = figure(total.declared.completed, total.declared.expected)
    return _("{whole}; beside it declared: {stated}", whole=whole, stated=stated)


def _keys(wanted: Wanted, bars: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """What the kinds of bars and the line mean, as far as they are there."""
    keys: list[tuple[str, str]] = []
    if any(bar["declared"] for bar in bars):
        keys = [("counted", _("counted from lists")),
                ("declared", _("declared, checked by nobody"))]  # fmt: skip
    if wanted.target is not None:
        share = numbers.percent(wanted.target.numerator, wanted.target.denominator)
        keys.append(("target", _("target {share}", share=share)))
    return keys


def _begun(words: str) -> str:
    return words[:1].lower() + words[1:]


def _(sentence: str, **fields: object) -> str:
    # A picture is passed on: it speaks the language of the place.
    return say("vi", Called.ANH_CHI, sentence, **fields)


MAKER = Maker(read, draw)
