"""The commands that bring staff lists in and give them out: `taphuan import-roster` and others."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot import terminal
from bot.made import annotated as remarks
from bot.made import roster as listed
from bot.made import template
from bot.office import OfficeError, local
from handlers import roster_words
from storage import intake_work, scopes
from storage.intakes import Trouble
from storage.rosters import listing, runs, staging, swap
from storage.rosters.files import FileTrouble
from storage.rosters.headings import Field
from storage.rosters.swap import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from bot.settings import Settings
    from storage.database import Database
    from storage.rosters.layouts import Answers, Question
    from storage.rosters.runs import Difference, Reading
    from storage.scopes import Scope

ENGLISH = roster_words.Paper("en")

File = Annotated[Path | None, typer.Argument(help="The list: xlsx, xls or csv.")]
Out = Annotated[Path, typer.Argument(help="The workbook to write, like list.xlsx.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("import-roster")(import_roster)
    app.command("export-roster")(export_roster)
    app.command("roster-template")(roster_template)


def import_roster(
    context: typer.Context,
    file: File = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Write it; else only show it.")] = False,
    leavers: Annotated[
        bool, typer.Option("--leavers", help="Whoever is not in the file has left.")
    ] = False,
    columns: Annotated[
        list[str] | None,
        typer.Option(help='Which column holds what, like "phone=D" or "phone=none".'),
    ] = None,
    annotated: Annotated[
        Path | None, typer.Option(help="A workbook for the rows with their verdicts.")
    ] = None,
    undo: Annotated[int | None, typer.Option(help="Take this import back instead.")] = None,
    but_touched: Annotated[
        bool, typer.Option("--but-touched", help="Leave who was changed since as they are.")
    ] = False,
) -> None:
    """Bring in a staff list: shows what would change, and with --yes writes it."""
    settings = terminal.settings_of(context)
    if undo is not None:
        terminal.say(terminal.done(_undo(settings, undo, but_touched=but_touched)))
        return
    if file is None:
        raise terminal.Stop("name the file, or the import to take back with --undo")

    async def bring() -> list[str]:
        bringing = Bringing(settings, file, columns or (), annotated, write=yes, leavers=leavers)
        return await bringing.run()

    for line in terminal.done(bring()):
        terminal.say(line)


def export_roster(context: typer.Context, out: Out) -> None:
    """Write the staff list as it is into a workbook; brought in again it changes nothing."""

    async def export(settings: Settings) -> int:
        async with local(settings) as (database, now):
            scope = scopes.everywhere(now.date())
            people = await database.read(lambda db: listing.people(db, scope))
        _write(out, listed.draw(people))
        return len(people)

    count = terminal.done(export(terminal.settings_of(context)))
    terminal.say(f"{out}: {count} people.")


def roster_template(out: Out) -> None:
    """Write an empty staff list with the headings that are understood."""

    async def write() -> None:
        _write(out, template.draw())

    terminal.done(write())
    terminal.say(f"{out}: one person a row; the second sheet says what to write.")


class Bringing:
    """One file on its way in from the command line, in the process of the command."""

    def __init__(
        self,
        settings: Settings,
        file: Path,
        columns: Sequence[str],
        annotated: Path | None,
        *,
        write: bool,
        leavers: bool,
    ) -> None:
        self._settings, self._file, self._said = settings, file, _said(columns)
        self._annotated, self._write, self._leavers = annotated, write, leavers

    async def run(self) -> list[str]:
        """What to say in the end. Raises OfficeError."""
        async with local(self._settings) as (database, now):
            scope = scopes.everywhere(now.date())
            reading = await self._read(scope.day)
            _progress(f"{len(reading.entries)} people in {reading.lines} rows; comparing")
            found = await database.read(lambda db: runs.compare(db, scope, reading.entries))
            lines = _figures(staging.count(found.judged))
            if not (self._write or self._annotated):
                return [*lines, "Nothing is written; add --yes to write it."]
            import_id = await self._stage(database, scope, reading, found, now)
            if self._annotated:
                lines.append(await self._hand_back(database, scope, import_id, self._annotated))
            if self._write:
                return [*lines, await self._end(database, scope, import_id, now)]
            await _throw_away(database, scope, import_id, now)
            return [*lines, "Nothing is written; add --yes to write it."]

    async def _read(self, day: date) -> Reading:
        if not self._file.is_file():
            raise OfficeError(f"there is no file {self._file}")
        _progress(f"reading {self._file.name}")
        reading = await asyncio.to_thread(runs.read, self._file, day)
        if isinstance(reading, runs.Reading) and reading.layout.questions:
            answers = _answered(reading.layout.questions, self._said)
            reading = await asyncio.to_thread(runs.read, self._file, day, answers)
        if isinstance(reading, FileTrouble):
            raise OfficeError(roster_words.trouble(ENGLISH, Trouble(str(reading)), self._file.name))
        if not reading.entries:
            why = Trouble.NOBODY if reading.layout.sheets else Trouble.NO_LIST
            raise OfficeError(roster_words.trouble(ENGLISH, why, self._file.name))
        return reading

    async def _stage(
        self, database: Database, scope: Scope, reading: Reading, found: Difference, now: datetime
    ) -> int:
        import_id = await database.turn(
            lambda db: staging.begin(
                db, scope, file_name=self._file.name, digest=reading.digest, on=found.on, now=now
            )
        )
        total = len(found.judged)
        for start, rows in staging.pieces(found.judged):
            await database.turn(
                lambda db, start=start, rows=rows: staging.stage(db, import_id, start, rows)
            )
            _progress(f"{start + len(rows)} of {total}", over=True)
        await database.turn(
            lambda db: staging.ready(db, import_id, found.judged, reading.skipped, reading.lines)
        )
        _progress("")
        return import_id

    async def _hand_back(self, database: Database, scope: Scope, import_id: int, out: Path) -> str:
        rows = await database.read(lambda db: remarks.of(db, scope, import_id))
        _write(out, await asyncio.to_thread(remarks.draw, rows))
        return f"{out}: every row with what becomes of it."

    async def _end(self, database: Database, scope: Scope, import_id: int, now: datetime) -> str:
        done = await database.turn(
            lambda db: swap.write(db, scope, import_id, now, leavers=self._leavers)
        )
        if done.outcome is not Outcome.WRITTEN:
            raise OfficeError(f"the list was changed meanwhile ({done.outcome}); try again")
        return f"Import {import_id} is written: {done.people} people; --undo {import_id} undoes it."


async def _throw_away(database: Database, scope: Scope, import_id: int, now: datetime) -> None:
    """Leave nothing behind of what was only looked at."""
    await database.turn(lambda db: staging.discard(db, scope, import_id, now))
    while await database.turn(lambda db: intake_work.sweep(db, now)):
        pass


async def _undo(settings: Settings, import_id: int, *, but_touched: bool) -> str:
    async with local(settings) as (database, now):
        scope = scopes.everywhere(now.date())
        done = await database.turn(
            lambda db: swap.undo(db, scope, import_id, now, but_touched=but_touched)
        )
    match done.outcome:
        case Outcome.UNDONE:
            left = f"; {len(done.touched)} stay as they are" if done.touched else ""
            return f"Import {import_id} is taken back: {done.people} people{left}."
        case Outcome.TOUCHED:
            raise OfficeError(
                f"{len(done.touched)} people were changed or used since; --but-touched takes the"
                " rest back"
            )
        case _:
            raise OfficeError(f"there is no written import {import_id} whose rows are kept")


def _figures(counted: Mapping[str, Any]) -> list[str]:
    """How many rows of each verdict, and of what is not taken, why; at most a screenful."""
    verdicts: dict[str, int] = counted["verdicts"]
    reasons: dict[str, int] = counted["reasons"]
    cleaned: dict[str, int] = counted["remarks"]
    return [
        *(f"{count:8}  {verdict}" for verdict, count in sorted(verdicts.items())),
        *(f"{count:8}  {reason}: {roster_words.sentence(ENGLISH, reason)}"
          for reason, count in sorted(reasons.items(), key=lambda one: -one[1])),
        *(f"{count:8}  cleaned: {remark}" for remark, count in sorted(cleaned.items())),
    ]  # fmt: skip


def _said(columns: Sequence[str]) -> dict[tuple[str, Field], str]:
    """What the options say: {(sheet or "", field): letter or "none"}."""
    said: dict[tuple[str, Field], str] = {}
    for one in columns:
        what, equals, column = one.rpartition("=")
        sheet, _, name = what.rpartition(":")
        if not equals or name.strip() not in list(Field):
            known = ", ".join(Field)
            raise OfficeError(f'"{one}": write a field and a column, like phone=D, of {known}')
        said[sheet.strip(), Field(name.strip())] = column.strip().upper()
    return said


def _answered(questions: Sequence[Question], said: dict[tuple[str, Field], str]) -> Answers:
    """An answer for every question; raises OfficeError with what to write for the first without."""
    answers: Answers = {}
    for one in questions:
        letters = {each.letter: each.at for each in one.columns}
        column = said.get((one.name, one.field), said.get(("", one.field), ""))
        if column != "NONE" and column not in letters:
            shown = ", ".join(f'{each.letter} "{each.heading}"' for each in one.columns)
            raise OfficeError(
                f'sheet "{one.name}": which column is the {one.field}, {shown}? '
                f'write --columns "{one.name}:{one.field}={one.columns[0].letter}", or =none'
            )
        answers[one.sheet, one.field] = letters.get(column)
    return answers


def _write(out: Path, content: bytes) -> None:
    try:
        out.write_bytes(content)
    except OSError as error:
        raise OfficeError(f"{out} cannot be written ({error.strerror})") from error


def _progress(words: str, *, over: bool = False) -> None:
    """Say how far it has got: a line that replaces itself where somebody looks on."""
    if over and not sys.stderr.isatty():
        return
    sys.stderr.write(f"\r{words}\x1b[K" if over else f"{words}\n" if words else "")
    sys.stderr.flush()
