"""What the fields of a commune's Word report hold: made of what was handed in, and of nothing else.

The names of the fields are those of `report_templates.FIELDS`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final

from handlers import numbers
from handlers.text import say
from storage import unit_words
from storage.models import Called, Stated, SubjectKind
from storage.reporting import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.reporting.snapshot import Figure, Snapshot

# Targets are kept in ten-thousandths.
WHOLE: Final = 10_000


def of(report: Snapshot) -> dict[str, Any]:
    """The fields of the template of a commune."""
    day = date.fromisoformat(report.day)
    indicators = [one for one in report.figures if one.kind is SubjectKind.INDICATOR]
    trainings = [one for one in report.figures if one.kind is not SubjectKind.INDICATOR]
    return {
        **head(report.province, report.period, day),
        "dia_danh": unit_words.bare(report.unit),
        "don_vi": inside(report.unit),
        "can_cu": [*legal(report.programme, report.letter), _begins(report, day)],
        "tinh_hinh": _situation(report),
        "chi_tieu": numbered(_rows(indicators)),
        "lop": numbered(_rows(trainings)),
        "huyen_cu": [row for one in report.figures if one.straddles for row in _parts(one)],
        "kho_khan": paragraphs(report.difficulties),
        "de_xuat": paragraphs(report.proposals),
    }


def head(province: str, period: str, day: date) -> dict[str, Any]:
    """What both kinds of reports begin with; the day of the month is left for the signature."""
    return {
        "tinh": inside(province), "thang": f"{day.month:02}", "nam": str(day.year),
        "trich_yeu": about(period),
    }  # fmt: skip


def about(period: str) -> str:
    """The title of a report below the word for it."""
    return _("Training of teachers and managers of pre-school education, {period}",
             period=inside(period))  # fmt: skip


def legal(programme: str, letter: str) -> list[str]:
    """The paper a report rests on, where there is one."""
    if letter:
        return [_("On the basis of {letter} ({programme});", letter=letter, programme=programme)]
    return [_("On the basis of the programme: {programme};", programme=programme)] if programme \
        else []  # fmt: skip


def row(name: str, expected: int, completed: int, note: str = "", target: int | None = None,
        ) -> dict[str, str]:  # fmt: skip
    """A row of a table; of nobody there is no share."""
    return {
        "ten": name, "tong": numbers.number(expected), "dat": numbers.number(completed),
        "ty_le": numbers.percent(completed, expected),
        "muc_tieu": numbers.percent(target, WHOLE) if target is not None else "–",
        "ghi_chu": note,
    }  # fmt: skip


def numbered(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with their numbers."""
    return [{"stt": str(at), **one} for at, one in enumerate(rows, 1)]


def named(code: str, title: str, kind: SubjectKind) -> str:
    """What is counted, as it stands in a table: "L12. Sơ cứu"."""
    if kind is SubjectKind.GATHERING:
        words = title or _("All trainings")
        return _("{title} (each person once)", title=words)
    return f"{code}. {title}" if code else title


def paragraphs(text: str) -> list[str]:
    """A text as it was written, a paragraph each; of none it is said that there is none."""
    if text == texts.NONE:
        return [_("None.")]
    return [line.strip() for line in text.splitlines() if line.strip()] or [_("None.")]


def inside(name: str) -> str:
    """A name inside a sentence: "xã Tuy Đức", "năm 2026"."""
    return name[:1].lower() + name[1:]


def _begins(report: Snapshot, day: date) -> str:
    return _(
        "The People's Committee of {unit} reports as follows (figures as of {day}).",
        unit=inside(report.unit), day=f"{day:%d/%m/%Y}",
    )  # fmt: skip


def _situation(report: Snapshot) -> list[str]:
    said = [_("In {unit} {count} pre-schools and independent groups are open.",
              unit=inside(report.unit), count=report.schools)]  # fmt: skip
    if report.unlisted:
        said.append(_("{count} of them have no staff list; their figures are declared by"
                      " themselves.", count=report.unlisted))  # fmt: skip
    if report.on_behalf:
        said.append(_("The figures were entered by the Department on behalf of the commune."))
    return said


def _rows(figures: Iterable[Figure]) -> Iterable[dict[str, str]]:
    for one in figures:
        name = named(one.code, one.title, one.kind)
        yield row(name, one.expected, one.completed, _note(one), one.target)
        if one.declared_expected:
            beside = _("{name}: schools without a list", name=one.code or name)
            yield row(beside, one.declared_expected, one.declared_completed, _("declared"))


def _note(one: Figure) -> str:
    match one.stated:
        case Stated.DECLARED:
            return _("declared")
        case Stated.CORRECTED:
            return _("corrected, counted {done}/{expected}: {reason}",
                     done=numbers.number(one.counted_completed),
                     expected=numbers.number(one.counted_expected), reason=one.reason)  # fmt: skip
        case Stated.UNSEEN | Stated.RIGHT:
            unknown = one.count.get("unknown", 0)
            return _("data missing: {count}", count=unknown) if unknown else ""


def _parts(one: Figure) -> Iterable[dict[str, str]]:
    for part in one.parts:
        said = row(named(one.code, one.title, one.kind), part.expected, part.completed)
        yield {**said, "huyen": part.district or _("No former unit")}


def _(sentence: str, **fields: object) -> str:
    # It goes to offices: the language of the place.
    return say("vi", Called.ANH_CHI, sentence, **fields)
