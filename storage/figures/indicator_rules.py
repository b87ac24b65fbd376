"""What an indicator counts, read from the rule of its version. Pure; no database.

A rule is `{"numerator": condition, "denominator": condition}`. Everything that stands in one
condition has to be true; `{}` is true of everybody. Its words:

- `positions`: chức vụ, one of these ("GV", "HT", …)
- `qualifications`: trình độ, one of these ("cao dang", …)
- `ratings`: the rating on the professional standard, one of these ("kha", …)
- `rated`: true; has a rating that counts in the period, see `rating_years`
- `core`: true; listed as cốt cán
- `trained`: true; completed a training of the indicator's programme in the period
- `any`: at least one of these conditions
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from storage.models.people import Position, Qualification, Rating

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T", bound=StrEnum)

PARTS = ("numerator", "denominator")
FLAGS = ("rated", "core", "trained")
WORDS = ("positions", "qualifications", "ratings", *FLAGS, "any")
# A rule is written by hand; a deeper one is a mistake.
DEEPEST = 4


class Datum(StrEnum):
    """What has to be known of a person before a rule can be answered."""

    QUALIFICATION = "qualification"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of a person: everything here at once. What is empty or False asks nothing."""

    positions: tuple[Position, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    ratings: tuple[Rating, ...] = ()
    rated: bool = False
    core: bool = False
    trained: bool = False
    one_of: tuple[Condition, ...] = ()

    @property
    def needs(self) -> frozenset[Datum]:
        """The data without which it may be unanswerable; `rated` itself asks whether there are."""
        inside = [need for each in self.one_of for need in each.needs]
        own = [Datum.QUALIFICATION] if self.qualifications else []
        return frozenset([*inside, *own, *([Datum.RATING] if self.ratings else [])])

    @property
    def asks_training(self) -> bool:
        """True where what somebody has completed decides."""
        return self.trained or any(each.asks_training for each in self.one_of)

    @property
    def of_training(self) -> Condition:
        """What it asks of training, all else taken as true."""
        free = any(not each.asks_training for each in self.one_of)
        inside = () if free else tuple(each.of_training for each in self.one_of)
        return Condition(trained=self.trained, one_of=inside)

    def beyond(self, other: Condition) -> Condition:
        """What it asks of somebody of whom the other condition is true already."""
        kept = {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(other, each.name)
        }
        return Condition(**kept)


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is of the numerator, among those of the denominator."""

    numerator: Condition
    denominator: Condition

    @property
    def needs(self) -> frozenset[Datum]:
        """The data whose absence leaves somebody of the denominator unanswered."""
        return self.numerator.needs

    @property
    def asks_training(self) -> bool:
        """True where what people have completed changes the figures."""
        return self.numerator.asks_training


def read(raw: Any) -> Rule:
    """The rule as it is stored or as an office wrote it.

    Raises:
        ValueError: something in it is unknown, missing or of the wrong kind; in one sentence.
    """
    parts = _table(raw, "the rule", PARTS)
    for name in PARTS:
        if name not in parts:
            raise ValueError(f'the rule has no "{name}"')
    rule = Rule(*(_condition(parts[name], name, 1) for name in PARTS))
    if rule.denominator.asks_training:
        # Whoever has completed nothing would be missing from those who are expected to.
        raise ValueError('"trained" belongs to the numerator, not to the denominator')
    return rule


def _condition(raw: Any, where: str, depth: int) -> Condition:
    words = _table(raw, where, WORDS)
    if depth > DEEPEST:
        raise ValueError(f'{where}: "any" stands inside "any" too often')
    return Condition(
        positions=_values(words, "positions", Position, where),
        qualifications=_values(words, "qualifications", Qualification, where),
        ratings=_values(words, "ratings", Rating, where),
        **{flag: _flag(words, flag, where) for flag in FLAGS},
        one_of=_alternatives(words, where, depth),
    )


def _table(raw: Any, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ValueError(f"{where} is no table of words")  # noqa: TRY004 - a value of a file
    words = cast("dict[Any, Any]", raw)
    for word in words:
        if word not in known:
            raise ValueError(f'{where} says "{word}"; it can say {", ".join(known)}')
    return words


def _values(words: Mapping[str, Any], word: str, of: type[T], where: str) -> tuple[T, ...]:
    if word not in words:
        return ()
    known = {each.value: each for each in of}
    for each in _listed(words[word], f"{where}: {word}"):
        if not isinstance(each, str) or each not in known:
            raise ValueError(f'{where}: {word} has "{each}"; it can have {", ".join(known)}')
    # In one order, each once: rules that say the same are equal.
    return tuple(value for text, value in known.items() if text in words[word])


def _flag(words: Mapping[str, Any], word: str, where: str) -> bool:
    if word in words and words[word] is not True:
        raise ValueError(f'{where}: "{word}" is true, or is left out')
    return word in words


def _alternatives(words: Mapping[str, Any], where: str, depth: int) -> tuple[Condition, ...]:
    if "any" not in words:
        return ()
    inside = f"{where}, any"
    return tuple(_condition(each, inside, depth + 1) for each in _listed(words["any"], inside))


def _listed(raw: Any, where: str) -> list[Any]:
    if not isinstance(raw, list) or not raw:
        raise ValueError(f"{where} is no list of at least one")
    return cast("list[Any]", raw)
