"""What every kind of file is made by: it reads within the person's rights, then draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request


@dataclass(frozen=True, slots=True)
class Maker:
    """`read(db, request, now)` collects what the file says, `draw(collected)` makes its bytes.

    `read` looks at the rights of `request.person_id` on that day and raises LookupError where the
    file is not theirs (any more); it runs in a reading, `draw` in a worker thread without one.
    `keep(db, collected, content, now)`, for files that stay as they were first made, runs in a turn
    after it and returns the bytes that are kept.
    """

    read: Callable[[Connection, Request, datetime], Any]
    draw: Callable[[Any], bytes]
    keep: Callable[[Connection, Any, bytes, datetime], bytes] | None = None
