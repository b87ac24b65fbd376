"""What one process does, where several share the work on one database."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A part of the work; a process without a list of them does all of it.

    Any number of processes may have one role, except that a channel which is polled allows one
    `web` process only.
    """

    WEB = "web"  # hears people, by webhook or by poll, and answers them; serves the pages
    SENDER = "sender"  # sends what nobody asked for
    CLOCK = "clock"  # finds out what is owed because time passes


EVERY_ROLE = frozenset(Role)
