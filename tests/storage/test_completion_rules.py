"""What completes a course, as data says it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.completion_rules import Outcome, Why, judge, reasons, rule
from storage.models import Completed, Mark

P, L, E, A = Mark.PRESENT, Mark.LATE, Mark.EXCUSED, Mark.ABSENT
DONE, NOT, OPEN = Completed.COMPLETED, Completed.NOT_COMPLETED, Completed.OPEN
SCORE = {"result": "score"}
WORK = {"assignment": True}
GOOD, BAD, LATE_WORK = Outcome(passed=True), Outcome(passed=False), Outcome(assignment=False)


@pytest.mark.parametrize(
    ("kept", "over", "total", "marks", "result", "wanted"),
    [
        ({}, 1, 1, [P], None, DONE),
        ({}, 1, 1, [L], None, DONE),
        ({}, 1, 1, [E], None, NOT),
        ({}, 1, 1, [A], None, NOT),
        ({}, 1, 1, [], None, OPEN),
        ({}, 0, 1, [P], None, OPEN),
        ({}, 0, 0, [], GOOD, OPEN),
        # 80 % of five are four, not a little more.
        ({}, 5, 5, [P, P, L, P, A], None, DONE),
        ({}, 5, 5, [P, P, L, E, A], None, NOT),
        ({}, 5, 5, [P, P, P], None, OPEN),
        ({"share": 1}, 2, 2, [P, A], None, NOT),
        ({"share": 0}, 1, 1, [], None, DONE),
        ({"share": 0.5}, 3, 3, [P, A, A], None, NOT),
        # A word against somebody counts where no result is asked for; a score does not.
        ({}, 1, 1, [P], BAD, NOT),
        ({}, 1, 1, [P], Outcome(score=100), DONE),
        ({"result": "passed"}, 1, 1, [P], None, OPEN),
        ({"result": "passed"}, 1, 1, [P], GOOD, DONE),
        ({"result": "passed"}, 1, 1, [A], GOOD, NOT),
        (SCORE, 1, 1, [P], Outcome(score=500), DONE),
        (SCORE, 1, 1, [P], Outcome(score=499), NOT),
        (SCORE, 1, 1, [P], Outcome(score=499, passed=True), DONE),
        ({"result": "score", "least": 6.5}, 1, 1, [P], Outcome(score=649), NOT),
        ({"result": "score", "least": 6.5}, 1, 1, [P], Outcome(score=650), DONE),
        (SCORE, 1, 1, [P], LATE_WORK, OPEN),
        (WORK, 1, 1, [P], None, OPEN),
        (WORK, 1, 1, [P], LATE_WORK, NOT),
        (WORK, 1, 1, [P], Outcome(assignment=True), DONE),
        # What was graded was handed in.
        ({**WORK, **SCORE}, 1, 1, [P], Outcome(score=800), DONE),
        ({**WORK, **SCORE}, 1, 1, [P], Outcome(score=800, assignment=False), NOT),
        ({**WORK, **SCORE}, 1, 1, [P], Outcome(assignment=True), OPEN),
        # What a file of settings says wrongly is as usual.
        ({"share": "x", "result": "?", "least": None}, 1, 1, [P], None, DONE),
    ],
)
def test_a_rule_decides(
    kept: dict[str, Any], over: int, total: int, marks: list[Mark], result: Outcome | None,
    wanted: Completed,
) -> None:  # fmt: skip
    assert judge(kept, over, total, marks, result) is wanted


def test_the_weightiest_reason_comes_first() -> None:
    asked = {**WORK, **SCORE}
    assert reasons(asked, 2, 2, [A, A], BAD)[0] is Why.SESSIONS
    assert reasons(asked, 2, 2, [P, P], None) == [Why.NO_RESULT]
    assert reasons(asked, 2, 2, [], None) == [Why.NO_MARKS, Why.NO_RESULT]


RULES = st.fixed_dictionaries(
    {},
    optional={
        "share": st.sampled_from((0, 0.3, 0.5, 0.75, 0.8, 1)),
        "result": st.sampled_from(("none", "passed", "score")),
        "least": st.sampled_from((0, 5.0, 6.5, 10)),
        "assignment": st.booleans(),
    },
)
OUTCOMES = st.none() | st.builds(
    Outcome,
    score=st.none() | st.integers(0, 1000),
    passed=st.none() | st.booleans(),
    assignment=st.none() | st.booleans(),
)
MARKS = st.lists(st.sampled_from(list(Mark)), max_size=6)


@settings(max_examples=60, deadline=None)
@given(RULES, MARKS, st.integers(0, 3), OUTCOMES)
def test_more_knowledge_never_takes_back_what_is_decided(
    kept: dict[str, Any], marks: list[Mark], unknown: int, result: Outcome | None
) -> None:
    """Whatever an unknown session turns out to be, what was decided without it stays."""
    total = len(marks) + unknown
    before = judge(kept, total, total, marks, result)
    assert judge(kept, total - 1, total, marks[: max(0, total - 1)], result) is OPEN or not total
    for each in Mark:
        after = judge(kept, total, total, [*marks, *[each] * unknown], result)
        assert before is OPEN or after is before
        # With every session known only a result can still be missing.
        if after is OPEN and total:
            why = reasons(kept, total, total, [*marks, *[each] * unknown], result)
            assert why == [Why.NO_RESULT]
    there = sum(mark in (P, L) for mark in marks)
    if before is DONE:
        assert there >= math.ceil(rule(kept).share * total)
