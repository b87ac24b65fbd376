"""The number grammar: what a text means as an answer to the current screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.message import Reply
from storage import spelling

if TYPE_CHECKING:
    from handlers.chat import Chat

YES = frozenset(
    ("da", "vang", "da vang", "vang a", "da vang a", "u", "um", "ok", "oke", "okay", "dong y",
     "co", "co a", "da co", "duoc", "dc", "dung", "dung roi", "dung vay", "phai", "yes", "uh")
)  # fmt: skip
NO = frozenset(("khong", "ko", "k", "thoi", "khong a", "da khong", "hong", "khong phai", "no"))


def chosen(chat: Chat) -> str | None:
    """Which choice of the current screen a text means: "1", "1 Đồng ý", "đồng ý", "dạ vâng"."""
    if len(chat.text) == 1 and chat.text.isdecimal() and chat.text.isascii():
        # A step that expects a number gives itself no digits, so nothing is taken from it here.
        return chat.text if chat.text in ("0", *chat.talk.choices) or not chat.talk.step else None
    if not chat.talk.choices or not chat.talk.answer:
        return None
    for choice in Reply.from_json(chat.talk.answer).choices:
        label = spelling.fold(choice.label)
        if chat.folded in (label, f"{choice.digit} {label}") and choice.digit in chat.talk.choices:
            return choice.digit
    if chat.folded in YES and "yes" in chat.talk.choices:
        return "yes"
    if chat.folded in NO and "0" in chat.talk.choices and not chat.talk.step:
        return "0"
    return None
