"""Every kind of file that can be asked for, and its maker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.made import (
    annotated,
    figure_book,
    figure_picture,
    invitations,
    journal,
    own_copy,
    paper,
    report_word,
    roster,
    sheet,
    slips,
    template,
)

if TYPE_CHECKING:
    from bot.made.maker import Maker

MAKERS: dict[str, Maker] = {
    "figure book": figure_book.MAKER,
    "figure picture": figure_picture.MAKER,
    "invitations": invitations.MAKER,
    "journal": journal.MAKER,
    "own copy": own_copy.MAKER,
    "paper": paper.MAKER,
    "report word": report_word.MAKER,
    "roster annotated": annotated.MAKER,
    "roster list": roster.MAKER,
    "roster template": template.MAKER,
    "sheet": sheet.MAKER,
    "slips": slips.MAKER,
}
