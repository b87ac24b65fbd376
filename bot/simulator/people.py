"""The people who hold the phones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Hint:
    """Something worth typing, shown on the page as a chip that sends `text` when tapped."""

    text: str
    label: str = ""

    @classmethod
    def from_json(cls, data: str | Mapping[str, Any]) -> Hint:
        """A bare text, or an object with `text` and `label`."""
        if isinstance(data, str):
            return cls(data)
        return cls(str(data["text"]), str(data.get("label", "")))


@dataclass(frozen=True, slots=True)
class Person:
    """Who writes: `language` as the phone reports it, `number` their own phone number.

    `platform` is telegram, zalo_bot or zalo_oa. `role` and `hints` are for the page alone; no wire
    carries them.
    """

    name: str
    language: str = "vi"
    role: str = ""
    hints: tuple[Hint, ...] = ()
    number: str = ""
    platform: str = "telegram"

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Person:
        """The person a control request describes; raises KeyError without a name."""
        return cls(
            name=str(data["name"]),
            language=str(data.get("language", "vi")),
            role=str(data.get("role", "")),
            hints=tuple(Hint.from_json(hint) for hint in data.get("hints", ())),
            number=str(data.get("number", "")),
            platform=str(data.get("platform", "telegram")),
        )
