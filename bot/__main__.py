"""The command line: `taphuan`."""

from __future__ import annotations

import asyncio
import json
import sys
import traceback
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from getpass import getpass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from bot import logs
from bot.channels.base import Refused
from bot.roles import Role
from bot.settings import SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from bot.settings import Settings
    from storage.courses import Training

T = TypeVar("T")
LOGIN = "zalo-login"

app = typer.Typer(
    name="taphuan",
    help="A chat assistant for the training of pre-school teachers and education managers.",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class Invitable(StrEnum):
    """Roles people are invited to; a principal's role is offered to whoever leads the school."""

    COMMUNE = "commune"
    DEPARTMENT = "department"
    PRINCIPAL = "principal"


class Language(StrEnum):
    """Languages of the doctor."""

    VI = "vi"
    EN = "en"


class Stop(Exception):
    """Ends the command with this line on stderr."""


Code = Annotated[str, typer.Argument(help="The training's code, like L12.")]
Why = Annotated[str, typer.Option(help="The reason people are told.")]
Time = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d %H:%M"], help='Local time, like "2026-12-13 07:30".'),
]


@app.callback()
def common(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(help="A TOML file with settings; the environment (TAPHUAN_…) goes first."),
    ] = None,
) -> None:
    """A chat assistant for the training of pre-school teachers and education managers."""
    context.obj = config


@app.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where the page is shown.")] = 8321,
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the data in ./demo.")] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Try everything on this machine: invented data, phones on a page, no account needed."""
    from bot import demo as trial
    from bot.app import StartError

    logs.set_up("WARNING")
    try:
        asyncio.run(trial.run(port, keep=keep, browser=browser))
    except (trial.DemoError, StartError) as error:
        raise Stop(str(error)) from error


@app.command()
def run(
    context: typer.Context,
    only: Annotated[
        list[Role] | None,
        typer.Option(help="Do only this part of the work; may be given several times."),
    ] = None,
) -> None:
    """Run the assistant until SIGTERM or Ctrl+C.

    Several processes may share one PostgreSQL: web hears and answers, sender sends what nobody
    asked for, clock finds out what is owed. One process does all of it.
    """
    from bot import app as program
    from bot.app import StartError

    settings = _settings(context)

    async def until_told() -> None:
        stop = asyncio.Event()
        with program.stopping(stop):
            await program.run(settings, stop, roles=frozenset(only or Role))

    try:
        asyncio.run(until_told())
    except StartError as error:
        raise Stop(str(error)) from error


@app.command()
def migrate(context: typer.Context) -> None:
    """Bring the database's schema and the shipped units up to date."""
    from bot import office

    added = asyncio.run(office.migrate(_settings(context)))
    _print(f"The schema is the newest; {added} units were added.")


@app.command("load-sample")
def load_sample(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Load an invented province into an empty database, and print codes to try it with."""
    from bot import office
    from storage.sample import SampleError

    try:
        loaded = asyncio.run(office.load_sample(_settings(context)))
    except SampleError as error:
        raise Stop(str(error)) from error
    if as_json:
        _print(json.dumps(asdict(loaded), ensure_ascii=False, indent=2))
        return
    _print(
        f"{loaded.schools} schools, {loaded.people} people, {loaded.courses} trainings, "
        f"{loaded.registrations} registrations; all invented."
    )
    for one in loaded.trials:
        _print(f"{one.code}  {one.full_name}, {one.position}, {one.school or 'office'}")
    for invitation in loaded.invitations:
        _print(f"{invitation.code}  {invitation.holder}, {invitation.role}, {invitation.unit}")


@app.command()
def invite(
    context: typer.Context,
    role: Annotated[Invitable, typer.Option(help="The role.")],
    unit: Annotated[str, typer.Option(help='Its unit, like "xã Tuy Đức".')],
    uses: Annotated[int, typer.Option(min=1, help="How many people may use it.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=365, help="Days it is good for.")] = 14,
    holder: Annotated[str, typer.Option(help="Full name of whom it is meant for.")] = "",
) -> None:
    """Print an invitation code for an officer. It is shown this once."""
    from bot import office
    from storage.models import RoleKind

    if role is Invitable.PRINCIPAL:
        raise Stop(
            "principals need no invitation: whoever leads a school by its list has the role, "
            "and gets in with the personal code"
        )
    work = office.invite(
        _settings(context), RoleKind(role), unit, uses=uses, days=days, holder=holder
    )
    invited = _done(work)
    _print(f"{invited.code}  {role}, {invited.unit}, {days} days, {uses} use(s)")


@app.command()
def reschedule(
    context: typer.Context,
    course: Code,
    *,
    why: Why,
    start: Time = None,
    end: Time = None,
    place: Annotated[str, typer.Option(help="The new place.")] = "",
) -> None:
    """Move a training; everybody with a seat is asked again."""
    from bot import office

    settings = _settings(context)
    moved = _done(office.reschedule(settings, course, why=why, start=start, end=end, place=place))
    _print(_moved(moved, settings))


@app.command()
def enlarge(
    context: typer.Context,
    course: Code,
    *,
    seats: Annotated[int, typer.Option(min=1, help="How many seats it has from now on.")],
) -> None:
    """Give a training more seats; whoever waits is offered them."""
    from bot import office

    larger = _done(office.enlarge(_settings(context), course, seats))
    _print(f"{larger.code} has {larger.seats} seats; whoever waits is offered the new ones.")


@app.command("cancel-course")
def cancel_course(context: typer.Context, course: Code, *, why: Why) -> None:
    """Cancel a training; everybody with a seat is told."""
    from bot import office

    cancelled = _done(office.cancel(_settings(context), course, why))
    _print(f"{cancelled.code} is cancelled; everybody with a seat is told.")


@app.command(LOGIN)
def zalo_login(
    context: typer.Context,
    *,
    redirect: Annotated[
        str, typer.Option(help="The callback address of the app, as the console has it.")
    ] = "",
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Take a refresh token made in the console.")
    ] = False,
) -> None:
    """Log the Zalo Official Account in."""
    from bot import zalo_login as login_of

    settings = _settings(context)
    logs.set_up("ERROR", settings.secrets)  # what it comes to is said below
    if refresh:
        _done(login_of.adopt(settings, _asked("Refresh token: ", hidden=True)))
    else:
        login = login_of.begin(settings, redirect)
        _print("Open this link as an administrator of the Official Account, and agree:")
        _print(login.link)
        _done(login_of.end(settings, login, _asked("The address the browser ended at: ")))
    _print("The Official Account is logged in; its tokens renew themselves from here on.")


@app.command("zalo-templates")
def zalo_templates() -> None:
    """Print the words of every template, to be submitted for approval."""
    from handlers import templates

    for one in templates.catalogue().values():
        fields = ", ".join(f"{field.name} ({field.most})" for field in one.fields)
        _print(f"[{one.kind}] {one.purpose}, about {one.price} đồng; fields: {fields}")
        _print(f"{one.text.strip()}\n")


@app.command("zalo-costs")
def zalo_costs(
    context: typer.Context,
    month: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m"], help='A month like "2026-12"; this one by default.'),
    ] = None,
) -> None:
    """Say what a month's messages cost, and what was withheld at the ceiling."""
    from bot import office

    figures = _done(office.zalo_costs(_settings(context), month.date() if month else None))
    for one in figures.costs:
        _print(f"{one.channel:14} {one.kind:14} {one.messages:8} messages {one.cost:12} đồng")
    _print(f"{'together':29} {sum(o.messages for o in figures.costs):8} messages"
           f" {figures.total:12} đồng")  # fmt: skip
    for kind, count in figures.withheld.items():
        _print(f"withheld at the ceiling: {kind}, {count}")


@app.command()
def doctor(
    context: typer.Context,
    language: Annotated[Language, typer.Option(help="Language of the findings.")] = Language.VI,
) -> None:
    """Say what is missing and what to do about it."""
    from bot import doctor as practice
    from bot.findings import Grade

    logs.set_up("ERROR")
    with suppress(SettingsError):  # the first finding says it
        logs.set_up("ERROR", load(context.obj).secrets)
    findings = asyncio.run(practice.examine(context.obj, language.value))
    for finding in findings:
        line = finding.line(practice.speaker(language.value))
        _print("".join(letter if letter.isprintable() else " " for letter in line))
    if any(finding.grade is Grade.MISSING for finding in findings):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    _print(f"taphuan {version_of('taphuan')}")


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what goes wrong is one line on stderr and the exit status."""
    try:
        status = app(args=arguments, prog_name="taphuan", standalone_mode=False)
    except typer.TyperException as error:
        _end(f"{_misuse(error)} (see taphuan --help)", error.exit_code)
    except (SettingsError, Refused, Stop) as error:
        _end(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # nobody should have to read a traceback
        from storage.database import DatabaseError

        if isinstance(error, DatabaseError):
            _end(str(error), 1)
        _end(_unexpected(error), 70)
    else:
        sys.exit(status if isinstance(status, int) else 0)


def _end(line: str, status: int) -> NoReturn:
    sys.stderr.write(f"taphuan: {' '.join(line.split())}\n")
    sys.exit(status)


def _misuse(error: typer.TyperException) -> str:
    """What is wrong with the words of a command; not with those of a token."""
    context: typer.Context | None = getattr(error, "ctx", None)
    if context and context.info_name == LOGIN:
        return f"{LOGIN} takes --refresh or --redirect, and no token: it asks for it"
    return error.format_message()


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"unexpected {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


def _settings(context: typer.Context) -> Settings:
    settings = load(context.obj)
    logs.set_up(settings.log_level, settings.secrets)
    return settings


def _asked(question: str, *, hidden: bool = False) -> str:
    """One line of stdin; a token that is typed does not show itself."""
    if hidden and sys.stdin.isatty():
        return getpass(question)
    sys.stderr.write(question if sys.stdin.isatty() else "")
    return sys.stdin.readline().strip()


def _done(work: Coroutine[Any, Any, T]) -> T:
    from bot.office import OfficeError

    try:
        return asyncio.run(work)
    except OfficeError as error:
        raise Stop(str(error)) from error


def _moved(course: Training, settings: Settings) -> str:
    first = course.first
    start = first.starts_at.astimezone(settings.zone) if first and first.starts_at else None
    when = f"{start:%Y-%m-%d %H:%M}" if start else "no date"
    place = first.place if first else ""
    return f"{course.code}: {when}, {place or 'place open'}; everybody with a seat is asked again."


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
