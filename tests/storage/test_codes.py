from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import codes

sevens = st.integers(1_000_000, 9_999_999).map(str)


@pytest.mark.parametrize("code", ["48271093", "77120465", "33058816"])
def test_the_codes_of_the_written_conversations_are_valid(code: str) -> None:
    assert codes.valid(code)
    assert codes.complete(code[:7]) == code


@given(sevens, st.integers(0, 7), st.integers(1, 9))
def test_one_wrong_digit_always_shows(seven: str, at: int, off: int) -> None:
    code = codes.complete(seven)
    wrong = code[:at] + str((int(code[at]) + off) % 10) + code[at + 1 :]

    assert codes.valid(code)
    assert not codes.valid(wrong)


@given(sevens, st.integers(0, 6))
def test_two_swapped_neighbours_always_show(seven: str, at: int) -> None:
    code = codes.complete(seven)
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]

    assert codes.valid(swapped) == (swapped == code)


@given(st.text("0123456789", min_size=8, max_size=8).filter(lambda code: code[0] != "0"))
def test_one_in_ten_is_valid_and_only_the_completed_one(code: str) -> None:
    assert codes.valid(code) == (codes.complete(code[:7]) == code)


@pytest.mark.parametrize("seven", ["", "123456", "12345678", "0123456", "12E4567", "١٢٣٤٥٦٧"])
def test_a_code_is_made_of_seven_digits(seven: str) -> None:
    with pytest.raises(ValueError, match="seven digits"):
        codes.complete(seven)
    assert not codes.valid(seven)


def test_new_codes_are_valid_and_differ() -> None:
    made = {codes.personal() for _ in range(200)}

    assert len(made) > 190
    assert all(codes.valid(code) and codes.read(code) == code for code in made)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("48271093", "48271093"),
        ("4827 1093", "48271093"),
        (" 4827.1093 ", "48271093"),
        ("4827-1093", "48271093"),
        ("48 27 10 93", "48271093"),
        ("4 8 2 7 1 0 9 3", "48271093"),
        ("482 710 93", "48271093"),
        ("4827\u00a01093", "48271093"),
        ("48271094", "48271094"),
        ("04827109", None),
        ("4827109", None),
        ("482710931", None),
        ("4827--1093", None),
        ("4827 1093 nhé", None),
        ("15.12.2026", None),
        ("15-12-2026", None),
        ("15 12 2026", None),
        ("15122026", "15122026"),
        ("٤٨٢٧١٠٩٣", None),
        ("", None),
    ],
)
def test_personal_codes_as_they_are_typed(typed: str, code: str | None) -> None:
    assert codes.read(typed) == code


def test_invitations_are_made_of_letters_no_keyboard_changes() -> None:
    made = {codes.invitation() for _ in range(200)}

    assert len(made) == 200
    for code in made:
        assert re.fullmatch("MOI(-[2-9BCFGHJKMNPQRSTVXZ]{4}){2}", code)
        assert codes.read_invitation(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "MOI-7K3M-2QXP",
        "moi-7k3m-2qxp",
        "moi7k3m2qxp",
        " Moi 7k3m 2qxp ",
        "mời 7k3m–2qxp",
        "MOI7K3M-2QXP.",
        "moi 7 k 3 m 2 q x p",
    ],
)
def test_invitations_as_they_are_typed(typed: str) -> None:
    assert codes.read_invitation(typed) == "MOI-7K3M-2QXP"
    assert codes.digest(typed) == codes.digest("MOI-7K3M-2QXP")


@pytest.mark.parametrize(
    "typed", ["", "moi", "MOI-7K3M-2QX", "MOI-7K3M-2QXPP", "MOI-7K3M-2QX0", "7K3M-2QXP", "mới"]
)
def test_other_texts_are_no_invitations(typed: str) -> None:
    assert codes.read_invitation(typed) is None


def test_a_digest_is_the_sha_256_of_the_bare_code() -> None:
    # printf moi7k3m2qxp | sha256sum
    known = "f30c7d1b054e3c9941d9a3b5d6fec6ce084de112c8a934de83e5d2e9ad57209b"
    assert codes.digest("MOI-7K3M-2QXP") == known
    assert codes.digest("4827 1093") == codes.digest("48271093") != codes.digest("48271094")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("L12", 12),
        ("l12", 12),
        ("l 12", 12),
        (" L\u00a012 ", 12),
        ("L012", 12),
        ("L12.", 12),
        ("L99999", 99999),
        ("L100000", None),
        ("L0", None),
        ("L", None),
        ("L-12", None),
        ("12", None),
        ("XL12", None),
        ("hủy L12", None),
        ("L12 nhé", None),
        ("L1 2", None),
        ("L١٢", None),
        ("", None),
    ],
)
def test_course_codes(typed: str, number: int | None) -> None:
    assert codes.course(typed) == number


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("TB-0141", 141),
        ("tb0141", 141),
        ("TB 141", 141),
        ("tb - 0141", 141),
        ("TB–0141", 141),
        ("Tb-0141.", 141),
        ("TB-10000", 10000),
        ("TB-0000", None),
        ("TB", None),
        ("TB-0141 có thật không", None),
        ("TBC-0141", None),
        ("", None),
    ],
)
def test_announcement_codes(typed: str, number: int | None) -> None:
    assert codes.announcement(typed) == number


@given(st.text(max_size=20) | st.text("LTBtbl -.0123456789moiMOI", max_size=14))
def test_any_text_can_be_read(text: str) -> None:
    code = codes.read(text)

    assert code is None or re.fullmatch("[1-9][0-9]{7}", code)
    assert codes.course(text) is None or codes.announcement(text) is None
    assert len(codes.digest(text)) == 64
    codes.read_invitation(text)
    codes.valid(text)


@pytest.mark.parametrize(
    ("folded", "number"),
    [
        ("huy l12 giup", 12), ("thong ke l 007", 7), ("dk lop tap huan so 12 va l15", 12),
        ("lop 12", 12), ("lop 5 tuoi", None), ("l0", None), ("ml12", None), ("l123456", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_course_code_is_found_in_a_sentence(folded: str, number: int | None):
    assert codes.course_in(folded) == number
