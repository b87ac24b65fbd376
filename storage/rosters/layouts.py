"""Where the heading of each sheet stands, and which column says what; what is unclear is asked."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.models.people import Core, Position, Qualification, Rating
from storage.rosters import cells, grades, headings
from storage.rosters.books import Sheet, text
from storage.rosters.headings import Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from storage.rosters.books import Cell
    from storage.rosters.headings import Heading

    Meaning = Callable[[str], Heading]

# Titles, emblems and remarks stand above a heading; it is looked for in so many first rows.
LOOKED_AT = 40
# Rows looked at to see what a column holds.
SAMPLE = 200
# Values shown of a column that is asked about.
SAMPLES = 2
# A column says the same as another only where people filled both.
WIDEST = 120

# Years and telephone numbers stand in no second row of headings, but for a school year.
_DATA = re.compile(r"(?<![-–/\d])\d{4}(?!\s*[-–/]\s*\d{4})|\d{5}")

Tick = Position | Qualification | Rating


@dataclass(frozen=True, slots=True)
class Column:
    """A column to choose: its place from 0, its letter ("D"), its heading, some of its values."""

    at: int
    letter: str
    heading: str
    samples: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Several columns of a sheet look like the same thing; `sheet` is its place from 0."""

    sheet: int
    name: str
    field: Field
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """How one sheet is read: rows from `first` on (from 0), each field from these columns.

    `ticks` are columns under a value ("ĐH") in which a mark says that it applies. `titles` are
    the lines above the heading, `heading` its folded cells, to know it again on later pages.
    `unread` are headings nothing is taken from; what they hold is not kept either.
    """

    sheet: int
    name: str
    first: int
    columns: Mapping[Field, tuple[int, ...]]
    ticks: Mapping[int, Tick] = field(default_factory=dict[int, Tick])
    titles: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    rating_year: str | None = None
    core_year: int | None = None
    core: Core | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a whole file is read. Nothing is read while there is a question.

    `skipped` are the names of sheets in which nothing looks like a list of people.
    """

    sheets: tuple[SheetLayout, ...]
    questions: tuple[Question, ...]
    skipped: tuple[str, ...]


# An answer: which column holds the field in a sheet; None where it is to be left out.
Answers = dict[tuple[int, Field], int | None]


def find(
    sheets: Sequence[Sheet],
    answers: Answers | None = None,
    meaning: Meaning = headings.meaning,
) -> Layout:
    """The layout of a file; columns that both look like one thing are asked about, never guessed.

    A sheet is a list of people where a heading names the full name and one thing more. `meaning`
    says what a heading stands for.
    """
    found: list[SheetLayout] = []
    questions: list[Question] = []
    skipped: list[str] = []
    for at, sheet in enumerate(sheets):
        layout, asked = _sheet(at, sheet, answers or {}, meaning)
        questions += asked
        if layout:
            found.append(layout)
        else:
            skipped.append(sheet.name)
    return Layout(tuple(found), tuple(questions), tuple(skipped))


def letter(at: int) -> str:
    """The letter of a column: 0 is "A", 26 "AA"."""
    letters = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(slots=True)
class _Head:
    """A heading that may be one: its labels by column, and the rows it takes."""

    row: int
    height: int
    labels: dict[int, str]
    fields: dict[int, Field]
    ticks: dict[int, Tick]
    personal: set[int]

    @property
    def worth(self) -> int:
        kinds = set(self.fields.values())
        named = Field.NAME in kinds or {Field.SURNAME, Field.GIVEN} <= kinds
        marked = {type(value) for value in self.ticks.values()}
        return len(kinds) + len(marked) + self.height - 1 if named else 0


def _sheet(
    at: int, sheet: Sheet, answers: Answers, meaning: Meaning
) -> tuple[SheetLayout | None, tuple[Question, ...]]:
    head = _head(sheet, meaning)
    if head is None:
        return None, ()
    body = sheet.rows[head.row + head.height : head.row + head.height + SAMPLE]
    groups = _grouped(head, body)
    columns: dict[Field, tuple[int, ...]] = {}
    questions: list[Question] = []
    for what, places in groups.items():
        if (at, what) in answers:
            chosen = answers[at, what]
            columns |= {what: (chosen,)} if chosen is not None and chosen in places else {}
        elif len(places) > 1 and not _halves(what, places, head):
            asked = tuple(
                Column(each, letter(each), head.labels.get(each, ""), _samples(body, each))
                for each in places
            )
            questions.append(Question(at, sheet.name, what, asked))
        else:
            columns[what] = tuple(places)
    _split_name(columns, head, body)
    return _layout(at, sheet, head, columns), tuple(questions)


def _layout(
    at: int, sheet: Sheet, head: _Head, columns: dict[Field, tuple[int, ...]]
) -> SheetLayout:
    titles = [line for row in sheet.rows[: head.row] if (line := _line(row))]
    taken = {each for places in columns.values() for each in places} | set(head.ticks)
    rating = [head.labels[each] for each in columns.get(Field.RATING, ())] + [
        head.labels[each] for each, what in head.ticks.items() if isinstance(what, Rating)
    ]
    core = [head.labels[each] for each in columns.get(Field.CORE, ())]
    return SheetLayout(
        at, sheet.name, head.row + head.height, columns, head.ticks, tuple(titles),
        heading=tuple(headings.key(text(cell)) for cell in sheet.rows[head.row]),
        unread=tuple(label for each, label in head.labels.items() if each not in taken),
        rating_year=next(filter(None, map(headings.school_year, [*rating, *titles])), None),
        core_year=next(filter(None, map(headings.year, [*core, *titles])), None),
        core=next(filter(None, map(headings.core_level, core)), None),
    )  # fmt: skip


def _line(row: Sequence[Cell]) -> str:
    return " ".join(filter(None, map(text, row)))


def _head(sheet: Sheet, meaning: Meaning) -> _Head | None:
    """The row, or two rows, that name most fields; the upper one of equals."""
    best: _Head | None = None
    for row in range(min(LOOKED_AT, len(sheet.rows))):
        for height in (1, 2):
            head = _read_head(sheet.rows, row, height, meaning)
            if head and head.worth > max(1, best.worth if best else 0):
                best = head
    return best


def _read_head(
    rows: Sequence[Sequence[Cell]], row: int, height: int, meaning: Meaning
) -> _Head | None:
    if row + height > len(rows):
        return None
    upper = [text(cell) for cell in rows[row][:WIDEST]]
    if height == 1:
        single = {at: (label, "") for at, label in enumerate(upper) if label}
        return _understood(row, 1, single, meaning)
    lower = [text(cell) for cell in rows[row + 1][:WIDEST]]
    pairs: dict[int, tuple[str, str]] = {}
    above = ""
    for at in range(max(len(upper), len(lower))):  # a merged cell stands in its first column
        own = upper[at] if at < len(upper) else ""
        above = own or above
        below = lower[at] if at < len(lower) else ""
        if own or below:
            pairs[at] = (above if below else own, below)
    # Titles above a heading are no part of it: the upper row has to name people itself.
    single = {at: (label, "") for at, label in enumerate(upper) if label}
    alone = _understood(row, 1, single, meaning)
    names = [at for at, what in alone.fields.items() if what in (Field.NAME, Field.SURNAME)]
    if not names or any(at < len(lower) and not _below_name(lower[at]) for at in names):
        return None
    if any(map(_DATA.search, lower)) or not any(map(str.isalpha, "".join(lower))):
        return None
    return _understood(row, 2, pairs, meaning)


def _below_name(label: str) -> bool:
    """True for what a second row of headings has below "Họ và tên": nothing, or a heading."""
    named = (Field.NAME, Field.SURNAME, Field.GIVEN)
    return not label or headings.meaning(label).field in named


def _understood(
    row: int, height: int, pairs: Mapping[int, tuple[str, str]], meaning: Meaning
) -> _Head:
    head = _Head(row, height, {}, {}, {}, set())
    for at, (above, below) in pairs.items():
        own = meaning(below) if below else headings.Heading()
        over = meaning(above)
        head.labels[at] = f"{above} {below}".strip() if below != above else above
        ticked = _ticked(over.field, below) if below else _ticked(None, above)
        if own.personal or over.personal:
            head.personal.add(at)
        elif ticked is not None:
            head.ticks[at] = ticked
        elif what := own.field or over.field:
            head.fields[at] = what
    return head


def _ticked(above: Field | None, label: str) -> Tick | None:
    """The value a column stands for, in which people are marked: "ĐH", "Khá", "PHT"."""
    if len(label) > 20:
        return None
    match above:
        case Field.QUALIFICATION:
            return grades.qualification(label)
        case Field.RATING:
            return grades.rating(label)
        case Field.POSITION:
            return grades.position(label)
        case _:
            return None


def _grouped(head: _Head, body: Sequence[Sequence[Cell]]) -> dict[Field, list[int]]:
    """Columns by field. Of several with one meaning those without anything in them do not count."""
    groups: defaultdict[Field, list[int]] = defaultdict(list)
    for at, what in sorted((head.fields | _by_content(head, body)).items()):
        groups[what].append(at)
    for what, places in groups.items():
        if len(places) > 1:
            filled = [at for at in places if any(True for _ in _filled(body, at))]
            groups[what] = filled or places[:1]
    return dict(groups)


def _by_content(head: _Head, body: Sequence[Sequence[Cell]]) -> dict[int, Field]:
    """Columns that hold phone numbers under a heading that does not say so."""
    width = max((len(row) for row in body), default=0)
    found: dict[int, Field] = {}
    for at in range(min(width, WIDEST)):
        if at in head.fields or at in head.ticks or at in head.personal:
            continue
        filled = [cell for _, cell in zip(range(50), _filled(body, at), strict=False)]
        numbers = sum(cells.phone(cell)[0] is not None for cell in filled)
        if len(filled) >= 3 and numbers * 2 > len(filled):
            found[at] = Field.PHONE
    return found


def _filled(body: Sequence[Sequence[Cell]], at: int) -> Iterable[Cell]:
    return (row[at] for row in body if at < len(row) and text(row[at]))


def _samples(body: Sequence[Sequence[Cell]], at: int) -> list[str]:
    """The first values of a column that differ."""
    return list(dict.fromkeys(text(cell) for cell in _filled(body, at)))[:SAMPLES]


def _halves(what: Field, places: Sequence[int], head: _Head) -> bool:
    """True where a date of birth stands in one of two columns, "Nam" and "Nữ"."""
    ends = frozenset(headings.key(head.labels.get(at, "")).rpartition(" ")[2] for at in places)
    return what is Field.BIRTH and len(places) == 2 and ends == headings.BIRTH_HALVES


def _split_name(
    columns: dict[Field, tuple[int, ...]], head: _Head, body: Sequence[Sequence[Cell]]
) -> None:
    """One heading over two columns: the last word of the name stands beside the others."""
    if Field.NAME not in columns:
        return
    beside = columns[Field.NAME][0] + 1
    if Field.SURNAME in columns or beside in head.labels:
        if Field.GIVEN in columns and columns[Field.GIVEN] != (beside,):
            del columns[Field.GIVEN]
        return
    filled = [text(cell) for cell in _filled(body, beside)]
    words = [one for one in filled if one[0].isalpha() and len(one.split()) <= 2]
    if filled and len(words) * 2 > len(body) > 0:
        columns[Field.GIVEN] = (beside,)
