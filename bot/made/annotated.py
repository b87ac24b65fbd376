"""An officer's own list with what becomes of each row and why; what needs looking at first.

It is made of the rows that are kept: the file itself is not needed any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.made.columns import ORDER, PAPER, headings
from bot.made.maker import Maker
from handlers import roster_words
from storage import scopes, workbooks
from storage.models import Verdict
from storage.rosters import findings, staging
from storage.rosters.entries import Remark
from storage.rosters.headings import Field
from storage.workbooks import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.rosters.findings import Line
    from storage.scopes import Scope
    from storage.workbooks import Value

SORTED = (
    Verdict.REFUSED, Verdict.DOUBTFUL, Verdict.NEW, Verdict.MOVED, Verdict.CHANGED, Verdict.GONE,
    Verdict.SKIPPED, Verdict.UNCHANGED,
)  # fmt: skip
# More rows than a file may have.
MOST = 200_000
# Fields of a person by the column that says them.
_SAID = {
    "full_name": Field.NAME, "birth_year": Field.BIRTH, "position": Field.POSITION,
    "school_id": Field.SCHOOL, "qualification": Field.QUALIFICATION, "rating": Field.RATING,
    "rating_year": Field.RATING, "core": Field.CORE, "core_year": Field.CORE,
    "phone": Field.PHONE, "external_id": Field.EXTERNAL_ID,
}  # fmt: skip
# Two columns of the file that together are one of ours.
_NAME = (Field.NAME, Field.SURNAME, Field.GIVEN)

Sorted = dict[Verdict, "list[Line]"]


def of(db: Connection, scope: Scope, import_id: int) -> Sorted:
    """The rows of an import by verdict; LookupError where it is not theirs, or forgotten."""
    if staging.get(db, scope, import_id) is None:
        raise LookupError("no such import")
    found = {
        verdict: lines
        for verdict in SORTED
        if (lines := findings.lines(db, scope, import_id, verdict, limit=MOST))
    }
    if not found:
        raise LookupError("its rows are not kept any more")
    return found


def read(db: Connection, request: Request, now: datetime) -> Sorted:
    """The same for the import that was asked for, within the officer's area of today."""
    scope = scopes.of(db, request.person_id, now.date())
    if scope is None:
        raise LookupError("no officer any more")
    return of(db, scope, int(request.asked["import"]))


def draw(found: Mapping[Verdict, Sequence[Line]]) -> bytes:
    """A sheet for each verdict: where the row stands, why, what was cleaned, what stood there."""
    named = headings()
    titles = (
        PAPER._("Sheet"), PAPER._("Row"), PAPER._("What becomes of it"), PAPER._("Why"),
        PAPER._("Remarks"), *(named[field] for field in ORDER),
    )  # fmt: skip
    return workbooks.xlsx(
        [
            Table(_begun(roster_words.verdict(PAPER, verdict)), titles, map(_row, lines))
            for verdict, lines in found.items()
        ]
    )


def _row(one: Line) -> list[Value]:
    return [
        one.sheet,
        one.line or None,
        _begun(roster_words.verdict(PAPER, one.verdict)),
        roster_words.sentence(PAPER, one.reason),
        " ".join([*_changes(one), *_remarks(one), *_offers(one)]),
        *_cells(one),
    ]


def _changes(one: Line) -> list[str]:
    named = headings()
    fields = dict.fromkeys(named[_SAID[name]] for name in one.changed if name in _SAID)
    return [PAPER._("Changes: {fields}.", fields=", ".join(fields))] if fields else []


def _remarks(one: Line) -> list[str]:
    known = [Remark(word) for word in one.remarks if word in list(Remark)]
    return [roster_words.remark(PAPER, each) for each in known]


def _offers(one: Line) -> list[str]:
    names = "; ".join(each.name for each in one.offers)
    return [PAPER._("Perhaps meant: {names}.", names=names)] if names else []


def _cells(one: Line) -> list[str]:
    if not one.cells:  # in no row of the file: as we know the person
        kept = {Field.NAME: one.name, Field.SCHOOL: one.school}
        return [kept.get(field, "") for field in ORDER]
    name = " ".join(filter(None, (one.cells.get(field, "") for field in _NAME)))
    return [name if field is Field.NAME else one.cells.get(field, "") for field in ORDER]


def _begun(words: str) -> str:
    return words[:1].upper() + words[1:]


MAKER = Maker(read, draw)
