"""An audience in an officer's words: "giáo viên xã mình chưa đăng ký L12".

Every word has to be understood: what is left over is said, and nobody is written to by a guess.
Names that may mean several places or schools give several rules, of which one has to be chosen.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.audience_sentence import WINDOW, Heard, Sentence, alike
from handlers.audience_terms import OPENERS, POLITE, WEAK
from storage import spelling, unit_words
from storage.telex import telex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.scopes import Scope
    from storage.unit_words import Word

__all__ = ["Heard", "announcement", "audience", "opens", "orders"]

# What comes after the colon, or on the next line, is the text; "7:30" is a time.
_TEXT = re.compile(r":(?!\d)|\n")
# "thông báo cho tôi khi có lớp mới" orders nothing.
_ME = frozenset(("toi", "em", "minh", "chi", "co", "me", "us"))
_TO = ("cho", "toi", "den", "to")


def opens(text: str) -> bool:
    """True where a text may begin with the request to write to people; nothing is looked up."""
    head, _ = _parted(text)
    return any(_opened(unit_words.split(one)) for one in dict.fromkeys((head, telex(head))))


def orders(text: str) -> bool:
    """True where a text asks without any doubt that something be sent to others."""
    head, _ = _parted(text)
    for reading in dict.fromkeys((head, telex(head))):
        words = unit_words.split(reading)
        begun = _opened(words)
        if begun and begun[1] and not {one.folded for one in words[begun[0] :][1:2]} & _ME:
            return True
    return False


def announcement(db: Connection, scope: Scope, said: str, now: datetime) -> Heard | None:
    """What "gửi thông báo cho …[: text]" says; None where a text is no such request."""
    head, text = _parted(said)
    best: Heard | None = None
    for reading in dict.fromkeys((head, telex(head))):
        words = unit_words.split(reading)
        begun = _opened(words)
        if begun is None:
            continue
        at, strong = begun
        sentence = Sentence(db, scope, words[at:], now)
        if strong or sentence.speaks:
            heard = replace(sentence.heard(), text=text)
            best = heard if best is None or not heard.unclear else best
    return best


def audience(db: Connection, scope: Scope, said: str, now: datetime) -> Heard:
    """What a text says that was asked for as an audience; the verb may be there or not."""
    if heard := announcement(db, scope, said, now):
        return heard
    head, text = _parted(said)
    heard = Sentence(db, scope, unit_words.split(head), now).heard()
    if heard.unclear and (decoded := telex(head)) != head:
        other = Sentence(db, scope, unit_words.split(decoded), now).heard()
        heard = heard if other.unclear else other
    return replace(heard, text=text)


def _parted(said: str) -> tuple[str, str]:
    lines = spelling.clean(said, lines=True)
    found = _TEXT.search(lines)
    return (lines[: found.start()], lines[found.end() :].strip()) if found else (lines, "")


def _opened(words: Sequence[Word]) -> tuple[int, bool] | None:
    """Where the audience begins after the verb, and whether the verb leaves no doubt."""
    start = 0
    while start < len(words) and start < 6 and words[start].folded in POLITE:
        start += 1
    for length in range(WINDOW, 0, -1):
        key = "".join(word.folded for word in words[start : start + length])
        rest = words[start + length :]
        if len(words) < start + length or not rest:
            continue
        if key in OPENERS or any(alike(key, one) for one in OPENERS):
            return start + length, rest[0].folded in _TO
        # "nhận" is not "nhắn": accents that were typed are believed.
        if key in WEAK and words[start].raw.lower() in WEAK[key]:
            return (start + length, False) if rest[0].folded in _TO else None
    return None
