"""What is typed by somebody who reads a signed sheet."""

from __future__ import annotations

import pytest

from storage import sheets
from storage.models import Mark
from storage.sheets import Slip, Unread

MARKS = {"p": Mark.PRESENT, "l": Mark.LATE, "e": Mark.EXCUSED, "a": Mark.ABSENT, ".": None}


@pytest.mark.parametrize(
    ("typed", "nine"),
    [
        ("1-9 trừ 4", "pppappppp"),
        ("1-5, 8 tru 2,4", "papapaapa"),
        ("1-5 trừ 2 và 4", "papapaaaa"),
        ("tất cả trừ 3", "ppapppppp"),
        ("cả lớp", "ppppppppp"),
        ("đủ", "ppppppppp"),
        ("1-5 đủ", "pppppaaaa"),
        ("có mặt 1-3 muộn 5, 7", "pppalalaa"),
        ("muộn 5,7", "....l.l.."),
        ("phép 9", "........e"),
        ("vắng có phép 2, vắng không phép 3", ".ea......"),
        ("nghỉ 1", "a........"),
        ("1-9 trừ 2,3 phép 2", "peapppppp"),
        ("phép 2 có mặt 1-9 trừ 2", "peppppppp"),
        ("1–3; 5—6", "pppappaaa"),
        ("từ 1 đến 3 và 9", "pppaaaaap"),
        ("1..3\n5", "pppapaaaa"),
        ("1 - 3", "pppaaaaaa"),
        ("1.2.3", "pppaaaaaa"),
        ("ALL EXCEPT 2", "pappppppp"),
    ],
)
def test_a_line_says_this_of_nine_people(typed: str, nine: str) -> None:
    said = sheets.read(typed)
    assert not isinstance(said, Slip)
    expected = {number: MARKS[mark] for number, mark in enumerate(nine, start=1) if MARKS[mark]}
    assert said.of(range(1, 10)) == expected


@pytest.mark.parametrize(
    ("typed", "slip"),
    [
        ("", Slip(Unread.EMPTY)),
        (" , ", Slip(Unread.EMPTY)),
        ("abc", Slip(Unread.WORD, "abc")),
        ("1-25 bỏ 12", Slip(Unread.WORD, "bo")),
        ("5 muộn", Slip(Unread.WORD, "muon")),
        ("trừ muộn 5", Slip(Unread.WORD, "tru")),
        ("1-3-5", Slip(Unread.WORD, "to")),
        ("25-1", Slip(Unread.RANGE, "25-1")),
        ("1-", Slip(Unread.RANGE, "1-")),
        ("0", Slip(Unread.RANGE, "0")),
        ("1-99999", Slip(Unread.RANGE, "1-99999")),
    ],
)
def test_what_says_nothing_is_named(typed: str, slip: Slip) -> None:
    assert sheets.read(typed) == slip


def test_numbers_that_are_not_on_the_sheet_are_named() -> None:
    said = sheets.read("1-3 trừ 41, muộn 50")
    assert not isinstance(said, Slip)
    assert said.strange(range(1, 41)) == [41, 50]
