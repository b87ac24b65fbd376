"""Vietnamese phone numbers: read as people type them, kept as E.164."""

from __future__ import annotations

import re

from storage.spelling import clean

_TYPED = re.compile(r"[\d Oo.()/+-]+", re.ASCII)
_COUNTRY = re.compile(r"(?:\+84|0084|84)0?|0")
_MOBILE = re.compile(r"(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)\d{7}")
# Area codes since 2017 (Ministry plan 2036/QĐ-BTTTT): two digits and eight for Hà Nội and
# TP. Hồ Chí Minh, three and seven elsewhere (0261 Đắk Nông, 0263 Lâm Đồng, 0252 Bình Thuận).
_LANDLINE = re.compile(
    r"2(?:0[3-9]|1[0-689]|2[0-25-9]|3[2-9]|4\d|5[124-9]|6[0-39]|7[0-7]|8\d|9[0-4679])\d{7}"
)
# The prefixes of 11-digit numbers, shortened in 2018; the last seven digits stayed.
_OLD = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38",
    "169": "39", "186": "56", "188": "58", "199": "59",
}  # fmt: skip
_TWO_DIGIT_AREAS = ("24", "28")


def phone(text: str) -> str | None:
    """The number as E.164 ("+84912345678"), or None where the text is not a Vietnamese number.

    Reads +84, 0084, 84 and 0, also "+84 (0)…", spaces, dots, hyphens, the letter O for nought,
    mobile numbers of 11 digits from before 2018, and landlines with their area code. A typed
    number proves nothing about who typed it.
    """
    typed = clean(text)
    if not _TYPED.fullmatch(typed):
        return None
    digits = re.sub(r"[ .()/-]", "", typed).upper().replace("O", "0")
    start = _COUNTRY.match(digits)
    if start is None:
        return None
    national = digits[start.end() :]
    if len(national) == 10 and national[:3] in _OLD:
        national = _OLD[national[:3]] + national[3:]
    if _MOBILE.fullmatch(national) or _LANDLINE.fullmatch(national):
        return "+84" + national
    return None


def spoken(e164: str) -> str:
    """The number as people write it: "0912 345 678", "0261 123 4567"; a foreign one unchanged."""
    parts = _parts(e164)
    return " ".join(parts) if parts else e164


def hidden(e164: str) -> str:
    """The number with its middle hidden, to tell two apart: "0912 *** 678"; a foreign one "***"."""
    parts = _parts(e164)
    return f"{parts[0]} *** {parts[2]}" if parts else "***"


def _parts(e164: str) -> tuple[str, str, str] | None:
    national = e164.removeprefix("+84")
    if national == e164 or not national.isdecimal():
        return None
    number = "0" + national
    area = 3 if national.startswith(_TWO_DIGIT_AREAS) else 4
    tail = -4 if len(number) > 10 else -3
    return number[:area], number[area:tail], number[tail:]
