"""The staff list of an officer's area; brought in again as it is, it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.made.columns import ORDER, PAPER, headings, phone, written
from bot.made.maker import Maker
from storage import scopes, workbooks
from storage.rosters import listing
from storage.rosters.headings import Field
from storage.workbooks import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.rosters.listing import Listed
    from storage.workbooks import Value


def read(db: Connection, request: Request, now: datetime) -> list[Listed]:
    """The people of the area; LookupError for whoever is no officer any more."""
    scope = scopes.of(db, request.person_id, now.date())
    if scope is None:
        raise LookupError("no officer any more")
    return listing.people(db, scope)


def draw(people: Sequence[Listed]) -> bytes:
    """One sheet, a person a row."""
    named = headings()
    rows = ([at, *_row(one)] for at, one in enumerate(people, 1))
    titles = (PAPER._("No."), *(named[field] for field in ORDER))
    return workbooks.xlsx([Table(PAPER._("Staff list"), titles, rows)])


def _row(one: Listed) -> list[Value]:
    cells: dict[Field, Value] = {
        Field.NAME: one.full_name, Field.BIRTH: one.birth_year,
        Field.POSITION: written(one.position), Field.SCHOOL: one.school,
        Field.COMMUNE: one.commune, Field.PHONE: phone(one.phone),
        Field.QUALIFICATION: written(one.qualification), Field.RATING: written(one.rating),
        Field.CORE: written(one.core), Field.EXTERNAL_ID: one.external_id or "",
    }  # fmt: skip
    return [cells[field] for field in ORDER]


MAKER = Maker(read, draw)
