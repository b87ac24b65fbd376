"""What the fields of the Sở's Word report hold: the accepted reports of a collection together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.made.report_fields import head, inside, legal, named, numbered, paragraphs, row
from handlers.text import say
from storage import unit_words
from storage.models import Called, ReportState, SubjectKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from storage.reporting.summary import Cell, Said, Summary, Table


def of(summary: Summary) -> dict[str, Any]:
    """The fields of the template of the Sở."""
    round_, tables = summary.round, summary.tables
    indicators = [one for one in tables if one.kind is SubjectKind.INDICATOR]
    trainings = [one for one in tables if one.kind is not SubjectKind.INDICATOR]
    missing = [inside(one.unit) for one in summary.standings if not one.handed_in]
    return {
        **head(round_.unit, round_.period, summary.day),
        "dia_danh": unit_words.bare(round_.unit),
        "can_cu": [*legal(round_.programme, round_.letter), _begins(summary)],
        "tinh_hinh": _situation(summary),
        "chua_nop": ", ".join(missing),
        "chi_tieu": numbered(map(_total, indicators)),
        "lop": numbered(map(_total, trainings)),
        "kho_khan": _texts(summary.texts, "difficulties"),
        "de_xuat": _texts(summary.texts, "proposals"),
        "huyen_cu": [_annex(one, one.districts, _mixed) for one in tables],
        "xa": [_annex(one, one.communes, _plain) for one in tables],
    }


def _begins(summary: Summary) -> str:
    return _(
        "The Department of Education and Training of {province} reports as follows, from the"
        " reports of the communes it has accepted by {day}.",
        province=inside(summary.round.unit), day=f"{summary.day:%d/%m/%Y}",
    )  # fmt: skip


def _situation(summary: Summary) -> list[str]:
    states, whole = summary.states, len(summary.standings)
    waiting = states[ReportState.SUBMITTED]
    said = [_("{counted} of {whole} communes have reports that were accepted; they are in the"
              " tables.", counted=summary.counted, whole=whole)]  # fmt: skip
    if waiting:
        said.append(_("{count} reports are handed in and not accepted yet; they are not in the"
                      " tables.", count=waiting))  # fmt: skip
    if behalf := [inside(one.unit) for one in summary.standings if one.handed_in and one.on_behalf]:
        said.append(_("Entered by the Department on behalf of: {units}.", units=", ".join(behalf)))
    return said


def _total(table: Table) -> dict[str, str]:
    name = named(table.code, table.title, table.kind)
    whole = table.total
    return row(name, whole.expected, whole.completed, _mixed(whole), table.target)


def _annex(table: Table, cells: Sequence[Cell], note: Callable[[Cell], str]) -> dict[str, Any]:
    rows = (
        row(one.name or _("Not divided by district"), one.expected, one.completed, note(one))
        for one in cells
    )
    whole = row(_("Together"), table.total.expected, table.total.completed, _mixed(table.total))
    name = named(table.code, table.title, table.kind)
    return {"ten": name, "dong": [*numbered(rows), {"stt": "", **whole}]}


def _mixed(cell: Cell) -> str:
    """What a sum of several communes holds."""
    declared = _("has declared figures") if cell.declared else ""
    corrected = _("has corrected figures") if cell.corrected else ""
    return "; ".join(filter(None, (declared, corrected)))


def _plain(cell: Cell) -> str:
    """What a commune says of its one figure."""
    declared = _("declared") if cell.declared else ""
    corrected = _("corrected by the commune") if cell.corrected else ""
    return "; ".join(filter(None, (declared, corrected)))


def _texts(texts: Iterable[Said], which: str) -> list[str]:
    found = [
        f"{one.unit}: {' '.join(paragraphs(said))}"
        for one in texts
        if (said := getattr(one, which)).strip()
    ]
    return found or paragraphs("")


def _(sentence: str, **fields: object) -> str:
    return say("vi", Called.ANH_CHI, sentence, **fields)
