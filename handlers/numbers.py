"""Figures in the house style: 1.234 and 85,7% in Vietnamese, 1,234 and 85.7% in English."""

from __future__ import annotations


def number(value: int, language: str = "vi") -> str:
    """A whole number with its thousands marked: "1.234"."""
    grouped = f"{value:,}"
    return grouped if language == "en" else grouped.replace(",", ".")


def percent(part: int, whole: int, language: str = "vi") -> str:
    """`part` of `whole` as a percentage, one decimal, halves up: "85,7%"; "–" where whole is 0.

    "100%" is said only of all and "0%" only of none, whatever rounding would give: 2,999 of
    3,000 are "99,9%". A decimal of 0 is left out: "50%".
    """
    if whole <= 0:
        return "–"
    tenths = (2000 * part + whole) // (2 * whole)
    if 0 < part < whole:
        tenths = min(max(tenths, 1), 999)
    units, decimal = divmod(tenths, 10)
    point = "." if language == "en" else ","
    return f"{units}{point}{decimal}%" if decimal else f"{units}%"


def share(part: int, whole: int, language: str = "vi") -> str:
    """`part` of `whole` with its percentage, "12/14 · 85,7%"; of nobody without one: "0/0"."""
    both = f"{number(part, language)}/{number(whole, language)}"
    return f"{both} · {percent(part, whole, language)}" if whole > 0 else both
