"""Whom a course is meant for: a rule, not a list.

A rule is JSON: {"positions": ["GV"], "types": ["MN"], "ownership": ["public"], "units": [3],
"core": true}. What is absent restricts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.conversations import Who


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
