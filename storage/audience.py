"""Whom a course is meant for: a rule, not a list.

A rule is JSON: {"positions": ["GV"], "types": ["MN"], "ownership": ["public"], "units": [3],
"core": true}. What is absent restricts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from storage.conversations import Who


@dataclass(frozen=True, slots=True)
class Absence:
    """When a person does not work: from the day they left, and on long leave (both days in)."""

    left_on: date | None
    leave_from: date | None
    leave_to: date | None

    def gone(self, day: date) -> bool:
        """True from the day on which the person left."""
        return self.left_on is not None and self.left_on <= day

    def away(self, first: date, last: date) -> bool:
        """True where long leave covers all the days from first to last."""
        return (
            self.leave_from is not None
            and self.leave_from <= first
            and (self.leave_to is None or last <= self.leave_to)
        )


def admits(rule: Mapping[str, Any], who: Who) -> bool:
    """True where the person is meant."""
    units: list[int] = rule.get("units", [])
    return (
        _within(rule.get("positions"), who.position)
        and _within(rule.get("types"), who.type)
        and _within(rule.get("ownership"), who.ownership)
        and (not rule.get("core") or who.core is not None)
        and (not units or any(f"/{unit}/" in f"{who.path}{who.old_path}" for unit in units))
    )


def _within(allowed: list[str] | None, value: str | None) -> bool:
    return not allowed or value in allowed
