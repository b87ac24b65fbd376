"""What somebody was shown of an announcement: a number typed, or a yes, is for that and no other.

Two officers may have one draft open, and a request may be given back, changed, and asked anew.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.broadcasts import Announcement

# Twelve hexadecimal digits: nobody can choose what they stand for, as only we make them.
LENGTH = 12


def seal(found: Announcement) -> str:
    """A mark of all that goes out, when, and to whom; the same as long as nothing of it changes."""
    shown = (
        found.text, found.purpose, found.audience, found.place, found.course_id,
        found.attachment_id, found.corrects_id, found.counted,
        found.due_at.timestamp() if found.due_at else None,
    )  # fmt: skip
    kept = json.dumps(shown, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(kept.encode()).hexdigest()[:LENGTH]
