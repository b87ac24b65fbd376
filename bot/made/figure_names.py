"""Who has not, with the reason, as a sheet: people of the officer's own area only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from bot.made.figure_sheet import HEADINGS
from handlers import completions, reasons
from handlers.roster_words import Paper
from handlers.text import say
from storage.figures import unmet
from storage.figures.reasons import REASONS, Reason
from storage.models import Called, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bot.made.figure_sheet import Formats
    from bot.made.figure_wanted import Wanted
    from storage.figures.unmet import Unmet

# More names than this nobody reads; whoever needs them asks for a part.
MOST: Final = 20_000
_PAGE: Final = 2000
_WIDTHS: Final = (30, 10, 32, 36, 32)


def read(db: Connection, wanted: Wanted) -> list[Unmet]:
    """Those who have not, by reason and name; none for a day in the past, of which nobody knows."""
    if wanted.day is not None:
        return []
    found: list[Unmet] = []
    for reason in REASONS:
        while len(found) < MOST:
            had = sum(one.reason is reason for one in found)
            page = unmet.people(
                db, wanted.scope, wanted.topic, reason, wanted.now, within=wanted.within,
                limit=min(_PAGE, MOST - len(found)), offset=had,
            )  # fmt: skip
            found += page
            if len(page) < _PAGE:
                break
    return found


def write(book: Any, formats: Formats, wanted: Wanted, people: Sequence[Unmet]) -> None:
    """Add the sheet."""
    sheet = book.add_worksheet(_("Not completed"))
    sheet.write_string(0, 0, wanted.name, formats.title)
    note = _("Only for the work of the office. Do not pass on names.")
    if len(people) >= MOST:
        note = _("Only the first {count} people.", count=MOST)
    sheet.write_string(1, 0, note, formats.note)
    heads = (_("Full name"), _("Year of birth"), _("School"), _("Reason (a)"), _("More about it"))
    for at, (head, width) in enumerate(zip(heads, _WIDTHS, strict=True)):
        sheet.set_column(at, at, width)
        sheet.write_string(HEADINGS, at, head, formats.head)
    words = reason_words(wanted.topic.kind)
    for line, one in enumerate(people, HEADINGS + 1):
        sheet.write_string(line, 0, one.full_name)
        if one.birth_year:
            sheet.write_number(line, 1, one.birth_year, formats.year)
        for at, said in enumerate((one.school, words[one.reason], _said(one)), 2):
            sheet.write_string(line, at, said)
    sheet.freeze_panes(HEADINGS + 1, 1)
    sheet.autofilter(HEADINGS, 0, HEADINGS + max(1, len(people)), len(heads) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADINGS)


def reason_words(kind: SubjectKind) -> dict[Reason, str]:
    """Why somebody has not, in a few words, for each reason."""
    below = kind is SubjectKind.INDICATOR
    return {
        Reason.NOT_ON_BOT: _("does not use the assistant"),
        Reason.NOT_INVITED: _("no training is open to them"),
        Reason.NOT_ANSWERED: _("has not answered"),
        Reason.NOT_AGREED: _("waits for the principal's word"),
        Reason.NOT_REGISTERED: _("has not registered"),
        Reason.GIVEN_UP: _("gave the seat back"),
        Reason.WAITING: _("is on the waiting list"),
        Reason.COMING: _("has a seat, the training is to come"),
        Reason.ABSENT: _("registered, was absent"),
        Reason.FAILED: _("is below the indicator") if below else _("took part, not passed"),
        Reason.NO_RESULT: _("marks or results are missing"),
        Reason.CANNOT: _("was sent, cannot come"),
        Reason.NO_DATA: _("nothing verified is known"),
        Reason.ON_LEAVE: _("on long leave, not counted"),
    }


def _said(one: Unmet) -> str:
    paper = cast("Any", Paper())  # of a chat they take nothing but the language
    if one.why:
        return reasons.said(paper, one.why)
    return ", ".join(completions.because(paper, each) for each in one.lacks)


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)
