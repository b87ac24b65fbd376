"""A rule in JSON and back, and what is no rule."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.models import Ownership, Position, SchoolType
from storage.recipients import About, Rule

IDS = st.integers(1, 2**31 - 1)


def several(values: Any) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3).map(tuple)


COURSES = st.tuples(st.none(), st.none()) | st.tuples(IDS, st.none() | st.sampled_from(About))


@given(
    ids=st.tuples(several(IDS), several(IDS), st.none() | IDS, st.none() | IDS),
    kinds=st.tuples(
        several(st.sampled_from(Position)), several(st.sampled_from(SchoolType)),
        several(st.sampled_from(Ownership)), st.booleans(), st.booleans(),
    ),
    course=COURSES,
)  # fmt: skip
def test_json_keeps_every_rule(ids: Any, kinds: Any, course: Any) -> None:
    units, schools, unseen_of, reached_by = ids
    positions, types, ownership, core, officers = kinds
    rule = Rule(
        units=units, schools=schools, positions=positions, types=types, ownership=ownership,
        core=core, course_id=course[0], about=course[1], officers=officers, unseen_of=unseen_of,
        reached_by=reached_by,
    )  # fmt: skip
    assert Rule.from_json(json.loads(json.dumps(rule.to_json()))) == rule


def test_what_restricts_nothing_is_not_kept() -> None:
    assert Rule().to_json() == {}
    kept = {"units": [3], "about": "not registered", "course_id": 12, "positions": ["GV"]}
    assert Rule.from_json(kept).to_json() == kept


@pytest.mark.parametrize(
    "forged",
    [
        {"everybody": True}, {"units": 3}, {"units": ["3"]}, {"units": [True]}, {"units": [0]},
        {"schools": [2**31]}, {"positions": ["boss"]}, {"types": "MN"}, {"core": 1},
        {"officers": "yes"}, {"course_id": "12"}, {"course_id": -1}, {"about": "waiting"},
        {"about": "late", "course_id": 12}, {"unseen_of": 1.5}, {"reached_by": 0},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Rule.from_json(forged)
