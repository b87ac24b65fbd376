"""How Vietnamese text is cleaned, compared and sorted.

Neither SQLite nor PostgreSQL's "C" collation can fold or sort Vietnamese, so both keys are made
here and stored beside the text (`fold` to search by, `sort_key` to sort by).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from storage.telex import telex

__all__ = [
    "NAME_LENGTH",
    "Trouble",
    "clean",
    "fold",
    "name_trouble",
    "sort_key",
    "squeeze",
    "telex",
]

Trouble = Literal["empty", "long", "digits", "link"]
NAME_LENGTH = 80

_APOSTROPHES = "’‘‛`´ʹʻʼʽˈˊˋ′＇\u0374\u1fef\u1ffd"
_DASHES = "-‐‑‒–—―−"
# Letters and marks that show nothing; a name made of them looks empty.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0"
_LINE_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")


def _of(*categories: str) -> list[int]:
    """The characters of some categories; planes 2 to 13 hold none that we ask for."""
    codes = (*range(0x20000), *range(0xE0000, 0xE0200))
    return [code for code in codes if unicodedata.category(chr(code)) in categories]


# Controls, zero-width and direction marks, lone surrogates go; white controls become a space.
_CLEAN: dict[int, str | None] = (
    {code: " " if chr(code).isspace() else None for code in _of("Cc", "Cf", "Cs")}
    | dict.fromkeys(map(ord, _BLANK), None)
    | dict.fromkeys(map(ord, _APOSTROPHES), "'")
    | {ord("Ð"): "Đ", ord("ð"): "đ"}
)


def clean(text: str, *, lines: bool = False) -> str:
    """Bring typed text to one form: NFC, nothing invisible, single spaces, one apostrophe.

    The Icelandic Ð ð that some keyboards give become Đ đ. Any text may come in, also halves of
    surrogate pairs, which no database would take. Cleaning twice changes nothing more.

    Args:
        text: What was typed.
        lines: Keep line breaks, as line feeds; otherwise the result is one line.
    """
    if lines:
        return "\n".join(clean(line) for line in _LINE_BREAKS.split(text)).strip("\n")
    return " ".join(unicodedata.normalize("NFC", text.translate(_CLEAN)).split())


_BARE: dict[int, str | None] = dict.fromkeys(_of("Mn", "Mc", "Me"), None) | dict.fromkeys(
    map(ord, "'." + _DASHES), " "
)


def _fold_any(text: str) -> str:
    """What `fold` promises, for any script; the quick table is made from this."""
    letters = unicodedata.normalize("NFD", clean(text).casefold().replace("đ", "d"))
    return " ".join(clean(letters.translate(_BARE)).translate(_BARE).split())


def _quick() -> dict[int, str | None]:
    """One step per letter for all that Vietnamese text is made of."""
    table: dict[int, str | None] = {}
    for code in (*_CLEAN, *range(0x20, 0x370), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070)):
        folded = _fold_any(f"a{chr(code)}b")[1:-1]
        if folded.isascii():
            table[code] = folded or None
    return table


_QUICK = _quick()


def fold(text: str) -> str:
    """The spaced search key: lower case, no marks, đ as d, `'`, `-` and `.` as spaces.

    "Đắk R'Lấp" and its NFD form both give "dak r lap". Other punctuation stays. On the path of
    every message, hence the table: a text of Vietnamese letters takes one pass.
    """
    quick = text.translate(_QUICK)
    return " ".join(quick.split()) if quick.isascii() else _fold_any(text)


def squeeze(text: str) -> str:
    """The search key without its spaces, for stuck words: "Đắk R'Lấp" gives "dakrlap"."""
    return fold(text).replace(" ", "")


_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_LATER = {"ă": "a~", "â": "a~~", "đ": "d~", "ê": "e~", "ô": "o~", "ơ": "o~~", "ư": "u~"}
_PREFIXED = re.compile(r"(h'|k'|y\s|ka\s)\s*(\S.*)")


def sort_key(full_name: str) -> str:
    """Suggest where a full name stands in a list; people may edit it, and nothing is inferred.

    The last word (tên) comes first, then the others as written. A name that begins with "H'",
    "K'", "Y " or "Ka " sorts by the first word after that prefix, its prefix last.

    Encoding, one word: its letters in the order of the Vietnamese alphabet (ă â đ ê ô ơ ư are the
    plain letter with one or two "~", which is greater than any letter), then the tone as a digit
    (0 ngang, 1 huyền, 2 hỏi, 3 ngã, 4 sắc, 5 nặng). Other marks do not count. Compared byte by
    byte, as SQLite's BINARY and PostgreSQL's "C" do, "An" < "Ân" and "Hoa" < "Hòa" < "Hoan".
    """
    name = clean(full_name).casefold()
    prefixed = _PREFIXED.fullmatch(name)
    if prefixed:
        words = [*prefixed[2].split(), prefixed[1]]
    else:
        *before, last = name.split() or [""]
        words = [last, *before]
    return " ".join(filter(None, map(_sort_word, words)))


@lru_cache(maxsize=8192)  # names are made of the same few thousand words
def _sort_word(word: str) -> str:
    letters, tone = "", "0"
    for letter in word:
        plain = unicodedata.normalize("NFD", letter)
        tone = next((_TONES[mark] for mark in plain if mark in _TONES), tone)
        bare = unicodedata.normalize("NFC", "".join(c for c in plain if c not in _TONES))
        letters += _LATER.get(bare) or squeeze(bare)
    return letters + tone if letters else ""


_LINK = re.compile(
    r"://|www\.|@|\b(t|zalo|fb|m)\.me\b|\bbit\.ly\b|\w\.(com|vn|net|org|info|xyz|top|shop)\b",
    re.IGNORECASE,
)


def name_trouble(text: str) -> Trouble | None:
    """Say why `text` cannot be a person's full name, or None where it can.

    One word, capitals only, unaccented letters, H', K', Y and Ka are all names. "empty" has no
    letter, "long" more than `NAME_LENGTH` characters after cleaning.
    """
    name = clean(text)
    if len(name) > NAME_LENGTH:
        return "long"
    if _LINK.search(name):
        return "link"
    if any(letter.isnumeric() for letter in name):
        return "digits"
    return None if any(letter.isalpha() for letter in name) else "empty"
