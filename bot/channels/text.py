"""Cutting a long text into messages a platform takes."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def split(text: str, limit: int, measure: Callable[[str], int] = len) -> list[str]:
    """Cut at a line break, else a space, else mid-word; no part measures more than `limit`.

    `measure` counts as the platform does (characters by default) and must not shrink when text is
    added. The break itself is dropped, blank parts too; a letter keeps its combining marks where
    the limit allows it. A text that fits comes back as it is.
    """
    parts: list[str] = []
    while measure(text) > limit:
        end = _fitting(text, limit, measure)
        cut = _break(text, end)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip(" \n") if text[cut : cut + 1] in (" ", "\n") else text[cut:]
    parts.append(text)
    return [part for part in parts if part.strip()]


def utf16(text: str) -> int:
    """The length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _fitting(text: str, limit: int, measure: Callable[[str], int]) -> int:
    """The length of the longest beginning that measures at most `limit`; at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _break(text: str, end: int) -> int:
    """Where to cut the first `end` characters, so that something stands before the cut."""
    for mark in ("\n", " "):
        # A break right behind the last fitting character costs nothing: it is dropped.
        cut = text.rfind(mark, 1, end + 1)
        if cut > 0 and text[:cut].strip():
            return cut
    cut = end
    while 0 < cut < len(text) and unicodedata.combining(text[cut]):
        cut -= 1
    return cut or end
