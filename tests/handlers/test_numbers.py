from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.numbers import number, percent


@pytest.mark.parametrize(
    ("value", "vietnamese", "english"),
    [(0, "0", "0"), (999, "999", "999"), (1234, "1.234", "1,234"), (-1234567, "-1.234.567", None)],
)
def test_numbers(value: int, vietnamese: str, english: str | None) -> None:
    assert number(value) == vietnamese
    assert english is None or number(value, "en") == english


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (12, 14, "85,7%"),
        (2, 3, "66,7%"),
        (1, 2, "50%"),
        (14, 14, "100%"),
        (0, 14, "0%"),
        (2999, 3000, "99,9%"),
        (1, 3000, "0,1%"),
        (1, 80, "1,3%"),
        (15, 14, "107,1%"),
        (0, 0, "–"),
    ],
)
def test_percentages(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown
    assert percent(part, whole, "en") == shown.replace(",", ".")


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_a_percentage_is_near_and_never_says_all_or_none_wrongly(part: int, whole: int) -> None:
    shown = float(percent(part, whole, "en").removesuffix("%"))

    assert abs(shown - 100 * part / whole) <= 0.1
    assert (shown == 0) == (part == 0)
    assert (shown == 100) == (part == whole) or part > whole
