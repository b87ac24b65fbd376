"""The number grammar: what a text means as an answer to the current screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers.message import Reply
from storage import spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from handlers.chat import Chat

YES = frozenset(
    ("da", "vang", "da vang", "vang a", "da vang a", "u", "um", "ok", "oke", "okay", "dong y",
     "co", "co a", "da co", "duoc", "dc", "dung", "dung roi", "dung vay", "phai", "yes", "uh")
)  # fmt: skip
NO = frozenset(
    ("khong", "ko", "k", "thoi", "khong a", "da khong", "hong", "khong phai", "no", "khoi",
     "da thoi", "thoi a", "khong can", "ko can", "khong can a", "khong can dau", "thoi khong can",
     "da khong can")
)  # fmt: skip
# A line that is itself a no, folded: "Không nối", "Không phải tôi", "No, that is not me".
_SAYS_NO = re.compile(r"(?:khong|no|not|i do not|do not)\b")
# How the words of a line are written in haste, and what is put around them out of politeness.
_SHORT = {"ko": "khong", "k": "khong", "kg": "khong", "hong": "khong", "hok": "khong",
          "dc": "duoc", "dk": "duoc"}  # fmt: skip
_BEFORE = frozenset(("da", "vang", "u", "uh", "ok", "em", "toi", "minh", "thi"))
_AFTER = frozenset(("a", "ah", "nhe", "nha", "nghen", "nhen", "roi", "thay", "co", "em", "oi"))


def readings(folded: str) -> Iterator[str]:
    """The text as the words of a line, the nearest first: "dạ em ko đi dc ạ" is "khong di duoc"."""
    yield folded
    words = [_SHORT.get(word, word) for word in folded.split()]
    # "được được": a word that slipped in twice.
    words = [word for at, word in enumerate(words) if not at or word != words[at - 1]]
    yield " ".join(words)
    while len(words) > 1 and words[-1] in _AFTER:
        words = words[:-1]
        yield " ".join(words)
    while len(words) > 1 and words[0] in _BEFORE:
        words = words[1:]
        yield " ".join(words)


def chosen(chat: Chat) -> str | None:
    """Which choice of the current screen a text means: "1", "1 Đồng ý", "đồng ý", "dạ vâng"."""
    if len(chat.text) == 1 and chat.text.isdecimal() and chat.text.isascii():
        # A step that expects a number gives itself no digits, so nothing is taken from it here.
        return chat.text if chat.text in ("0", *chat.talk.choices) or not chat.talk.step else None
    if not chat.talk.choices or not chat.talk.answer:
        return None
    lines = {
        spelling.fold(choice.label): choice.digit
        for choice in reversed(Reply.from_json(chat.talk.answer).choices)
        if choice.digit in chat.talk.choices
    }
    # What a step asks for is taken as it stands: only its lines, word for word, are none of it.
    for words in readings(chat.folded) if not chat.talk.step else (chat.folded,):
        first, _, rest = words.partition(" ")
        if words in lines or lines.get(rest) == first:
            return lines.get(words, first)
    if chat.folded in YES and "yes" in chat.talk.choices:
        return "yes"
    if not chat.talk.step and not NO.isdisjoint(readings(chat.folded)):
        return "0" if "0" in chat.talk.choices else _no(lines)
    return None


def _no(lines: dict[str, str]) -> str | None:
    """The one line of a screen that says no, where there is no way to leave it as it is."""
    refusals = [digit for line, digit in lines.items() if _SAYS_NO.match(line)]
    return refusals[0] if len(refusals) == 1 else None
