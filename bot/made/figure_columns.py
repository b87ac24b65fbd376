"""The columns of a sheet of figures: what each holds, and the formulas that lead from one to other.

A formula is given its value as well, so that programs that do not calculate show it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from handlers.text import say
from storage.models import Called, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from bot.made.figure_wanted import Wanted
    from storage.figures.rows import Row


class Look(StrEnum):
    """How a column is written."""

    NUMBER = "number"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `value` of a row, and its formula where it follows from others.

    A formula names other columns by their keys in braces: "{completed}/{expected}". `summed`: the
    last row holds the sum of it.
    """

    key: str
    heading: str
    value: Callable[[Row], int | float | None]
    formula: str = ""
    look: Look = Look.NUMBER
    summed: bool = True
    declared: bool = False


def of(wanted: Wanted) -> list[Column]:
    """The columns for what is counted."""
    if wanted.topic.kind is SubjectKind.INDICATOR:
        shown = [*_done(_("Meant"), _("Reach the indicator")), *_target(wanted.target)]
        shown += [_plain("failed", _("Do not reach it")), _plain("unknown", _("Data missing"))]
        return [*shown, *_apart(), *_declared()]
    shown = _done(_("Meant"), _("Completed the training"))
    if wanted.topic.kind is SubjectKind.COURSE:
        shown[1:1] = [_plain("registered", _("Registered")), _plain("waiting", _("Waiting")),
                      Column("seats", _("Share registered"),
                             lambda row: share(row.count.registered, row.count.expected),
                             _SEATS, Look.SHARE, summed=False),
                      _plain("given_up", _("Given up"))]  # fmt: skip
    shown += [
        _plain("on_time", _("Completed in time")),
        Column("late", _("Completed late"), lambda row: row.count.late, "{completed}-{on_time}"),
        Column("missing", _("Not completed yet"), lambda row: row.count.missing,
               "{expected}-{completed}"),
        _plain("attended", _("Attended any session")), _plain("excused", _("Cannot come")),
        _plain("failed", _("Not passed")), _plain("unknown", _("Data missing")),
    ]  # fmt: skip
    others = [_plain("others", _("Others taking part")),
              _plain("others_done", _("Others who completed"))]  # fmt: skip
    return [*shown, *_apart(), *others, *_declared()]


def share(done: int, expected: int) -> float | None:
    """A part of the whole; None where there is nobody."""
    return done / expected if expected else None


_SHARE: Final = 'IF({expected}=0,"",{completed}/{expected})'
_SEATS: Final = 'IF({expected}=0,"",{registered}/{expected})'
_DECLARED_SHARE: Final = 'IF({stated}=0,"",{stated_done}/{stated})'


def _done(expected: str, completed: str) -> list[Column]:
    return [
        _plain("expected", expected), _plain("completed", completed),
        Column("share", _("Share"), lambda row: share(row.count.completed, row.count.expected),
               _SHARE, Look.SHARE, summed=False),
    ]  # fmt: skip


def _target(target: Fraction | None) -> list[Column]:
    if target is None:
        return []
    over, under = target.numerator, target.denominator
    return [
        Column("target", _("Target"), lambda _row: float(target), "", Look.SHARE, summed=False),
        # In whole numbers: 0.85 is not 85/100 to a computer, and one person more would be asked.
        Column("gap", _("Still needed"),
               lambda row: max(0, -(-row.count.expected * over // under) - row.count.completed),
               f"MAX(0,-INT(-{{expected}}*{over}/{under})-{{completed}})", summed=False),
    ]  # fmt: skip


def _apart() -> list[Column]:
    return [_plain("on_leave", _("On long leave")), _plain("left", _("Left or moved"))]


def _declared() -> list[Column]:
    return [
        Column("stated", _("Declared: meant"), lambda row: row.declared.expected, declared=True),
        Column("stated_done", _("Declared: done"), lambda row: row.declared.completed,
               declared=True),
        Column("stated_share", _("Declared: share"),
               lambda row: share(row.declared.completed, row.declared.expected),
               _DECLARED_SHARE, Look.SHARE, summed=False, declared=True),
    ]  # fmt: skip


def _plain(name: str, heading: str) -> Column:
    return Column(name, heading, lambda row: getattr(row.count, name))


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)
