"""Columns of a list that look like the same thing: which one is meant, one question at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming
from handlers.audience_buttons import office
from handlers.roster import intake
from handlers.roster_waiting import short
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import intakes
from storage.intakes import Said
from storage.models import IntakeState
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.intakes import IntakeRow
    from storage.rosters.layouts import Column, Question

# Columns that fit on one screen, beside the choice of none.
SHOWN = 7
HEADING = 18  # characters of a heading on a choice


@router.action("roster-columns")
def ask(chat: Chat, intake_id: str, *_: str) -> Reply:
    """The first question that is open, with what stands in each column."""
    found = intake(chat, intake_id)
    if found.state is not IntakeState.ASKING or not found.questions:
        return chat.go(f"roster-file {found.id}")
    one = found.questions[0]
    to = f"roster-column {found.id} {one.sheet} {one.field}"
    return chat.screen(
        question(chat, found),
        *columns(one, found.id),
        (chat._("None of these columns"), f"{to} none"),
        back=chat.back("roster"),
    )


def question(chat: Chat, found: IntakeRow) -> str:
    """What is not clear about a file, and how many questions follow."""
    one = found.questions[0]
    said = {
        "name": short(found.file_name), "sheet": short(one.name), "field": named(chat, one.field),
        "left": len(found.questions) - 1,
    }  # fmt: skip
    if said["left"]:
        return chat._(
            "The file {name}, sheet “{sheet}”: several columns look like the {field}. Which one is"
            " it? Questions after this one: {left}.",
            **said,
        )
    return chat._(
        "The file {name}, sheet “{sheet}”: several columns look like the {field}. Which one is it?",
        **said,
    )


def columns(one: Question, intake_id: int) -> list[tuple[str, str]]:
    """The columns of a question as choices."""
    to = f"roster-column {intake_id} {one.sheet} {one.field}"
    return [(_column(column), f"{to} {column.at}") for column in one.columns[:SHOWN]]


def _column(column: Column) -> str:
    heading = " ".join(column.heading.split())
    heading = heading if len(heading) <= HEADING else f"{heading[: HEADING - 1].rstrip()}…"
    values = ", ".join(column.samples)
    name = f"{column.letter} · {heading}" if heading else column.letter
    return naming.choice(f"{name}: {values}" if values else name)


@router.action("roster-column", instead="roster-columns")
def answer(chat: Chat, intake_id: str, sheet: str, field: str, at: str) -> Reply:
    """Take the column; the next question follows, else the file is read."""
    if field not in list(Field):
        raise BadArgument(field)
    chosen = None if at == "none" else number(at)
    said = intakes.answer(
        chat.db, office(chat), number(intake_id), {(number(sheet), Field(field)): chosen}, chat.now
    )
    match said:
        case Said.TAKEN | Said.MORE:
            return chat.go(f"roster-file {intake_id}")
        case Said.NOT_ASKED:  # it was answered already, perhaps by a colleague
            return chat.go(f"roster-file {intake_id}")
        case Said.IMPOSSIBLE:
            raise BadArgument(at)
        case _:
            assert_never(said)


def named(chat: Chat, field: Field) -> str:
    """What a column says of a person, inside a sentence."""
    return {
        Field.NAME: chat._("full name"),
        Field.SURNAME: chat._("full name"),
        Field.GIVEN: chat._("full name"),
        Field.BIRTH: chat._("date of birth"),
        Field.POSITION: chat._("position"),
        Field.SCHOOL: chat._("school"),
        Field.COMMUNE: chat._("commune or ward"),
        Field.DISTRICT: chat._("former district"),
        Field.PHONE: chat._("phone number"),
        Field.QUALIFICATION: chat._("qualification"),
        Field.RATING: chat._("professional rating"),
        Field.CORE: chat._("core teacher"),
        Field.EXTERNAL_ID: chat._("staff code"),
        Field.COURSE: chat._("training"),
        Field.FIRST_DAY: chat._("day of the training"),
        Field.LAST_DAY: chat._("day of the training"),
        Field.HOURS: chat._("periods"),
        Field.SCORE: chat._("score"),
        Field.RESULT: chat._("result"),
    }[field]
