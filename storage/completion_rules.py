"""What completes a course: pure rules, without a database.

A course's rule is data: `{"share": 0.8, "result": "none", "least": 5.0, "assignment": false}`, what
is left out as here. `share` is the part of the sessions somebody has to be at; being late counts,
being excused does not. `result` is "none", "passed" (đạt / không đạt) or "score" (0-10, of which
`least` passes: TT 19/2019 asks for 5). `assignment`: the bài thu hoạch has to be handed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from storage.models import Completed, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

SHARE, LEAST = 0.8, 5.0
THERE = (Mark.PRESENT, Mark.LATE)


class Needs(StrEnum):
    """What has to come of a course beside being there."""

    NONE = "none"
    PASSED = "passed"
    SCORE = "score"


class Why(StrEnum):
    """What keeps somebody from having completed a course, the weightiest first."""

    SESSIONS = "sessions"  # was at too few
    FAILED = "failed"  # không đạt, or a score below what passes
    NO_ASSIGNMENT = "no assignment"  # it was said that it is not handed in
    COMING = "coming"  # the course is not over
    NO_MARKS = "no marks"  # nobody said who was there
    NO_RESULT = "no result"  # a result or an assignment is still missing


@dataclass(frozen=True, slots=True)
class Rule:
    """A course's rule, read: `least` in hundredths of the scale 0-10."""

    share: Fraction
    result: Needs
    least: int
    assignment: bool

    @property
    def asks(self) -> bool:
        """True where attendance alone does not decide."""
        return self.result is not Needs.NONE or self.assignment

    def sessions(self, total: int) -> int:
        """How many of so many sessions somebody has to be at."""
        return math.ceil(self.share * total)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result as it is kept: `score` in hundredths; None is what nobody said."""

    score: int | None = None
    passed: bool | None = None
    assignment: bool | None = None


NOTHING = Outcome()


def rule(kept: Mapping[str, Any]) -> Rule:
    """The rule a course keeps; what it does not say, or says wrongly, is as usual."""
    share, least = _decimal(kept.get("share"), SHARE), _decimal(kept.get("least"), LEAST)
    try:
        result = Needs(kept.get("result", Needs.NONE))
    except ValueError:
        result = Needs.NONE
    return Rule(
        share=min(max(share, Fraction(0)), Fraction(1)),
        result=result,
        least=min(max(round(least * 100), 0), 1000),
        assignment=kept.get("assignment") is True,
    )


def _decimal(said: object, usual: float) -> Fraction:
    # By the decimal digits: as a binary fraction 0.8 of 5 sessions would be a little more than 4.
    fits = isinstance(said, int | float) and not isinstance(said, bool) and math.isfinite(said)
    return Fraction(str(said if fits else usual))


def judge(
    kept: Mapping[str, Any],
    sessions_over: int,
    sessions_total: int,
    marks: Collection[Mark],
    result: Outcome | None,
) -> Completed:
    """Where somebody stands, by the rule a course keeps.

    `marks` are those that are known, at most one a session. Nothing is decided before the last
    session is over; after that, one thing that is missed decides, however much is still unknown.
    """
    return verdict(reasons(kept, sessions_over, sessions_total, marks, result))


MISSED = (Why.SESSIONS, Why.FAILED, Why.NO_ASSIGNMENT)


def verdict(why: Sequence[Why]) -> Completed:
    """What these reasons come to: the weightiest decides."""
    if not why:
        return Completed.COMPLETED
    return Completed.NOT_COMPLETED if why[0] in MISSED else Completed.OPEN


def reasons(
    kept: Mapping[str, Any],
    sessions_over: int,
    sessions_total: int,
    marks: Collection[Mark],
    result: Outcome | None,
) -> list[Why]:
    """What keeps somebody from having completed a course, the weightiest first; [] for nothing."""
    if sessions_total == 0 or sessions_over < sessions_total:
        return [Why.COMING]
    asked, said = rule(kept), result or NOTHING
    there = sum(mark in THERE for mark in marks)
    unknown = sessions_total - len(marks)
    found = {
        Why.SESSIONS: there + unknown < asked.sessions(sessions_total),
        Why.FAILED: passed(asked, said) is False,
        Why.NO_ASSIGNMENT: asked.assignment and said.assignment is False,
        Why.NO_MARKS: there < asked.sessions(sessions_total) <= there + unknown,
        Why.NO_RESULT: _awaited(asked, said),
    }
    return [why for why in Why if found.get(why)]


def passed(asked: Rule, said: Outcome) -> bool | None:
    """Đạt or không đạt: what was said outright, else what the score says; None for neither."""
    if said.passed is not None:
        return said.passed
    if said.score is not None and asked.result is not Needs.NONE:
        return said.score >= asked.least
    return None


def _awaited(asked: Rule, said: Outcome) -> bool:
    graded = said.score is not None or said.passed is not None
    # What was graded was handed in, unless somebody says otherwise.
    handed_in = said.assignment if said.assignment is not None else (graded or None)
    needs_result = asked.result is not Needs.NONE and not graded
    return needs_result or (asked.assignment and handed_in is None)
