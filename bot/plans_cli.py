"""The commands about what figures are measured by, and over which units: plans and reforms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import terminal
from bot.terminal import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.settings import Settings
    from storage.plan_files import Plans
    from storage.reform_steps import Step
    from storage.reforms import Change

# Nobody writes a longer one by hand.
LONGEST = 2_000_000

PlanFile = Annotated[Path | None, typer.Argument(help="A TOML file, like --example prints.")]
StepFile = Annotated[Path, typer.Argument(help="A CSV file: kind,day,from,to,code,parent,…")]


class _Unwritten(Exception):
    """It could be done, and was not wanted."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__("only looked at")
        self.changes = changes


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(plans)
    app.command()(reform)


def plans(
    context: typer.Context,
    file: PlanFile = None,
    *,
    show: Annotated[bool, typer.Option("--show", help="Print what is there, as a file.")] = False,
    example: Annotated[bool, typer.Option("--example", help="Print an example to copy.")] = False,
) -> None:
    """Bring in programmes, indicators and periods; what the file does not name stays."""
    from storage import plan_files
    from storage.plan_tables import Faulty

    if example:
        terminal.say(plan_files.EXAMPLE.read_text("utf-8").rstrip())
    elif show:
        there = terminal.done(_there(terminal.settings_of(context)))
        terminal.say(plan_files.written(there).rstrip())
    elif file is None:
        raise Stop("name the file, or say --show or --example")
    else:
        try:
            wanted = plan_files.read(_text(file))
        except Faulty as refused:
            raise _told(refused.faults) from refused
        written = terminal.done(_planned(terminal.settings_of(context), wanted))
        for line in written or ["Nothing differs from what is there."]:
            terminal.say(line)


async def _there(settings: Settings) -> Plans:
    from bot.office import local
    from storage import plans as kept

    async with local(settings) as (database, _):
        return await database.read(kept.there)


async def _planned(settings: Settings, wanted: Plans) -> list[str]:
    from bot.office import local
    from storage import plans as kept

    async with local(settings) as (database, _):
        return await database.turn(lambda db: kept.load(db, wanted))


def reform(
    context: typer.Context,
    file: StepFile,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and write nothing.")
    ] = False,
) -> None:
    """Merge, split, rename units or put them below another; all rows of the file, or none."""
    from storage import reform_steps

    try:
        steps = reform_steps.read(_text(file))
        changes = terminal.done(_reformed(terminal.settings_of(context), steps, dry_run=dry_run))
    except reform_steps.Faulty as refused:
        raise _told(f"row {one.row}: {one.reason}" for one in refused.faults) from refused
    for one in changes:
        terminal.say(
            f"{one.day} {one.kind}: {', '.join(one.sources)} -> {', '.join(one.targets)}"
            f" ({one.schools} schools, {one.rights} rights of officers)"
        )
    if dry_run:
        terminal.say("Nothing is written; leave out --dry-run to write it.")


async def _reformed(settings: Settings, steps: list[Step], *, dry_run: bool) -> list[Change]:
    from bot.office import local
    from storage import reforms

    async with local(settings) as (database, now):
        try:
            return await database.turn(
                lambda db: _looked_at(reforms.apply(db, steps, now), dry_run=dry_run)
            )
        except _Unwritten as looked:
            return looked.changes


def _looked_at(changes: list[Change], *, dry_run: bool) -> list[Change]:
    """The changes; where they were only to be looked at, the turn is rolled back."""
    if dry_run:
        raise _Unwritten(changes)
    return changes


def _text(file: Path) -> str:
    try:
        return file.read_bytes()[:LONGEST].decode("utf-8-sig")
    except OSError as error:
        raise Stop(f"{file} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise Stop(f"{file} is no file of text in UTF-8") from error


def _told(faults: Iterable[str]) -> typer.Exit:
    """Say everything that is wrong, a line each; the command ends with status 1."""
    for fault in faults:
        sys.stderr.write(f"taphuan: {' '.join(fault.split())}\n")
    sys.stderr.write("taphuan: nothing is written\n")
    return typer.Exit(1)
