"""The properties of lists that are brought in, with far more lists than the suite has time for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.storage import test_rosters_property as properties
from tests.storage.test_rosters_property import PEOPLE, ROWS, engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

pytestmark = pytest.mark.soak
__all__ = ["engine"]  # the fixture

EXAMPLES = int(os.environ.get("ROSTER_EXAMPLES", "300"))
TRIED: dict[str, tuple[Callable[..., None], dict[str, st.SearchStrategy[Any]]]] = {
    "a second import changes nothing": (
        properties.test_a_second_import_of_the_same_list_changes_nothing,
        {"people": PEOPLE, "entries": ROWS, "leavers": st.booleans()},
    ),
    "undone it leaves no trace": (
        properties.test_undoing_brings_everything_back,
        {"people": PEOPLE, "lists": st.lists(ROWS, min_size=1, max_size=3)},
    ),
    "nobody elsewhere is changed or seen": (
        properties.test_an_officer_changes_and_sees_nobody_elsewhere,
        {"people": PEOPLE, "entries": ROWS},
    ),
}


@pytest.mark.parametrize("name", TRIED)
def test_whatever_a_list_says(engine: Engine, name: str):
    promised, strategies = TRIED[name]
    inner: Any = promised
    holds = settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))(
        given(**strategies)(lambda **given_: inner.hypothesis.inner_test(engine, **given_))
    )
    holds()
