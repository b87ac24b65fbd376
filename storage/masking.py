"""Numbers nobody should have sent us: identity cards, bank accounts. They are never kept."""

from __future__ import annotations

import re

from storage.phones import phone
from storage.spelling import clean, fold

MASK = "***"
# A citizen's number has 12 digits, a bank account 6 to 19; people group them in threes and fours.
_LONG = re.compile(
    r"(?<![\d+])(?:\+84[ .-]?|\+)?"
    r"(?:\d{9,}|\d{3,4}(?:[ -]\d{3,4}){2,}(?:[ -]\d{1,2})?|\d{3}(?:\.\d{3}){3,})(?!\d)"
)
_ACCOUNT = re.compile(r"\b(stk|tk|tai khoan|so the)\b")
_ANY = re.compile(r"(?<!\d)\d(?:[ .-]?\d){5,}(?!\d)")


def masked(text: str) -> str:
    """The text, cleaned, with each long number replaced by three asterisks.

    Phone numbers stay, unless the text speaks of an account; sums ("200.000.000") and dates stay.
    """
    words = clean(text, lines=True)
    if _ACCOUNT.search(fold(words)):
        return _ANY.sub(MASK, words)
    return _LONG.sub(lambda found: found[0] if phone(found[0]) else MASK, words)


def sensitive(text: str) -> bool:
    """True where `masked` would leave something out."""
    return masked(text) != clean(text, lines=True)
