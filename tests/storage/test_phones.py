from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.phones import hidden, phone, spoken


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("0912345678", "+84912345678"),
        ("0912 345 678", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("0912-345-678", "+84912345678"),
        (" 0912\u00a0345\u200b678 ", "+84912345678"),
        ("+84912345678", "+84912345678"),
        ("+84 912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0084912345678", "+84912345678"),
        ("+84 (0)912 345 678", "+84912345678"),
        ("O912345678", "+84912345678"),
        ("o9123456o8", "+84912345608"),
        ("0841234567", "+84841234567"),
        ("0281234567", None),
        ("0261 354 3210", "+842613543210"),
        ("(0261) 3543210", "+842613543210"),
        ("+84 261 354 3210", "+842613543210"),
        ("024 3824 1234", "+842438241234"),
        ("0242 382 412", None),
        ("0217 123 4567", None),
        ("091234567", None),
        ("09123456789", None),
        ("0112345678", None),
        ("0512345678", None),
        ("912345678", None),
        ("1900 1234", None),
        ("+1 202 555 0123", None),
        ("+85512345678", None),
        ("245123456", None),
        ("067099001234", None),
        ("0912345678 nhé", None),
        ("so 0912345678", None),
        ("٠٩١٢٣٤٥٦٧٨", None),
        ("4827 1093", None),
        ("oooooooooo", None),
        ("", None),
        ("+", None),
    ],
)
def test_numbers_as_people_type_them(typed: str, e164: str | None) -> None:
    assert phone(typed) == e164


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *[("0120", "070"), ("0121", "079"), ("0122", "077"), ("0126", "076"), ("0128", "078")],
        *[("0123", "083"), ("0124", "084"), ("0125", "085"), ("0127", "081"), ("0129", "082")],
        *[(f"016{n}", f"03{n}") for n in range(2, 10)],
        *[("0186", "056"), ("0188", "058"), ("0199", "059")],
    ],
)
def test_numbers_from_before_2018_keep_their_last_seven_digits(old: str, new: str) -> None:
    assert phone(old + "1234567") == "+84" + new[1:] + "1234567"
    assert phone("+84" + old[1:] + " 123 4567") == "+84" + new[1:] + "1234567"


@pytest.mark.parametrize(
    ("e164", "said", "masked"),
    [
        ("+84912345678", "0912 345 678", "0912 *** 678"),
        ("+842613543210", "0261 354 3210", "0261 *** 3210"),
        ("+842438241234", "024 3824 1234", "024 *** 1234"),
        ("+12025550123", "+12025550123", "***"),
        ("", "", "***"),
        ("+84", "+84", "***"),
    ],
)
def test_numbers_as_they_are_shown(e164: str, said: str, masked: str) -> None:
    assert spoken(e164) == said
    assert hidden(e164) == masked


@given(st.from_regex(r"0(3[2-9]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}", fullmatch=True), st.data())
def test_every_spelling_of_a_number_is_the_same_number(number: str, data: st.DataObject) -> None:
    start = data.draw(st.sampled_from(["0", "+84", "84", "0084", "+84 ", "+84 (0)"]))
    gap = data.draw(st.sampled_from(["", " ", ".", "-"]))
    typed = start + gap.join([number[1:4], number[4:7], number[7:]])

    e164 = phone(typed)

    assert e164 == "+84" + number[1:]
    assert phone(e164) == e164
    assert phone(spoken(e164)) == e164
    assert number[4:7] not in hidden(e164)[4:8]


@given(st.text(max_size=20) | st.text("0123456789oO+ .-()", max_size=20))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = phone(text)

    assert found is None or (phone(found) == found and 12 <= len(found) <= 13)
    hidden(text)
    spoken(text)
