"""The columns of a staff list in the files we make: headings and words that are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.roster_words import Paper
from storage.models import Core, Position, Qualification, Rating
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Mapping

PAPER = Paper()
# In the order offices write them.
ORDER = (
    Field.NAME, Field.BIRTH, Field.POSITION, Field.SCHOOL, Field.COMMUNE, Field.PHONE,
    Field.QUALIFICATION, Field.RATING, Field.CORE, Field.EXTERNAL_ID,
)  # fmt: skip


def headings() -> Mapping[Field, str]:
    """The heading of each column, in its order."""
    return {
        Field.NAME: PAPER._("Full name"),
        Field.BIRTH: PAPER._("Year of birth"),
        Field.POSITION: PAPER._("Position"),
        Field.SCHOOL: PAPER._("School"),
        Field.COMMUNE: PAPER._("Commune"),
        Field.PHONE: PAPER._("Phone number"),
        Field.QUALIFICATION: PAPER._("Qualification"),
        Field.RATING: PAPER._("Professional rating"),
        Field.CORE: PAPER._("Core teacher"),
        Field.EXTERNAL_ID: PAPER._("Staff code"),
    }


def written(value: Position | Qualification | Rating | Core | None) -> str:
    """A value as it is written in a cell; "" where it is not known."""
    match value:
        case None:
            return ""
        case Position():
            return _position(value)
        case Qualification():
            return _qualification(value)
        case Rating():
            return _rating(value)
        case Core():
            return _core(value)
        case _:
            assert_never(value)


def phone(number: str | None) -> str:
    """A phone number as it is dialled."""
    return f"0{number[3:]}" if number and number.startswith("+84") else number or ""


def _position(held: Position) -> str:
    match held:
        case Position.TEACHER:
            return PAPER._("Teacher")
        case Position.PRINCIPAL:
            return PAPER._("Principal")
        case Position.DEPUTY:
            return PAPER._("Deputy principal")
        case Position.OFFICER | Position.TRAINER:
            return ""
        case _:
            assert_never(held)


def _qualification(held: Qualification) -> str:
    match held:
        case Qualification.SECONDARY:
            return PAPER._("Secondary diploma")
        case Qualification.COLLEGE:
            return PAPER._("College diploma")
        case Qualification.UNIVERSITY:
            return PAPER._("University degree")
        case Qualification.POSTGRADUATE:
            return PAPER._("Postgraduate degree")
        case _:
            assert_never(held)


def _rating(held: Rating) -> str:
    match held:
        case Rating.BELOW:
            return PAPER._("Below the standard")
        case Rating.ADEQUATE:
            return PAPER._("Adequate")
        case Rating.GOOD:
            return PAPER._("Good")
        case Rating.EXCELLENT:
            return PAPER._("Excellent")
        case _:
            assert_never(held)


def _core(level: Core) -> str:
    match level:
        case Core.SCHOOL:
            return PAPER._("Core, school level")
        case Core.DISTRICT:
            return PAPER._("Core, district level")
        case Core.PROVINCE:
            return PAPER._("Core, province level")
        case Core.MINISTRY:
            return PAPER._("Core, ministry level")
        case _:
            assert_never(level)
