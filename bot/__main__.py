"""The command line: `taphuan`."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import logs, plans_cli, records_cli, rosters_cli, terminal
from bot.roles import Role
from bot.settings import SettingsError, load
from bot.terminal import Stop

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.courses import Training

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


Code = Annotated[str, typer.Argument(help="The training's code, like L12.")]
Host = Annotated[str, typer.Argument(help="The site's host, like moet.gov.vn.")]
Why = Annotated[str, typer.Option(help="The reason people are told.")]
Time = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d %H:%M"], help='Local time, like "2026-12-13 07:30".'),
]

rosters_cli.add_to(app)
records_cli.add_to(app)
plans_cli.add_to(app)


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

    settings = terminal.settings_of(context)

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

    added = asyncio.run(office.migrate(terminal.settings_of(context)))
    terminal.say(f"The schema is the newest; {added} units were added.")


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
        loaded = asyncio.run(office.load_sample(terminal.settings_of(context)))
    except SampleError as error:
        raise Stop(str(error)) from error
    if as_json:
        terminal.say(json.dumps(asdict(loaded), ensure_ascii=False, indent=2))
        return
    terminal.say(
        f"{loaded.schools} schools, {loaded.people} people, {loaded.courses} trainings, "
        f"{loaded.registrations} registrations; all invented."
    )
    for one in loaded.trials:
        terminal.say(f"{one.code}  {one.full_name}, {one.position}, {one.school or 'office'}")
    for invitation in loaded.invitations:
        terminal.say(
            f"{invitation.code}  {invitation.holder}, {invitation.role}, {invitation.unit}"
        )


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
        terminal.settings_of(context), RoleKind(role), unit, uses=uses, days=days, holder=holder
    )
    invited = terminal.done(work)
    terminal.say(f"{invited.code}  {role}, {invited.unit}, {days} days, {uses} use(s)")


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

    settings = terminal.settings_of(context)
    moved = terminal.done(
        office.reschedule(settings, course, why=why, start=start, end=end, place=place)
    )
    terminal.say(_moved(moved, settings))


@app.command()
def enlarge(
    context: typer.Context,
    course: Code,
    *,
    seats: Annotated[int, typer.Option(min=1, help="How many seats it has from now on.")],
) -> None:
    """Give a training more seats; whoever waits is offered them."""
    from bot import office

    larger = terminal.done(office.enlarge(terminal.settings_of(context), course, seats))
    terminal.say(f"{larger.code} has {larger.seats} seats; whoever waits is offered the new ones.")


@app.command("cancel-course")
def cancel_course(context: typer.Context, course: Code, *, why: Why) -> None:
    """Cancel a training; everybody with a seat is told."""
    from bot import office

    cancelled = terminal.done(office.cancel(terminal.settings_of(context), course, why))
    terminal.say(f"{cancelled.code} is cancelled; everybody with a seat is told.")


@app.command()
def announcements(context: typer.Context) -> None:
    """List the announcements on their way, with the codes by which they are stopped."""
    from bot import office

    for line in terminal.done(office.announcements(terminal.settings_of(context))):
        terminal.say(line)


@app.command()
def stop(
    context: typer.Context,
    announcement: Annotated[str, typer.Argument(help="The announcement's code, like TB-0141.")],
) -> None:
    """Stop an announcement: whoever was not written to by now is not."""
    from bot import office

    terminal.say(terminal.done(office.stop(terminal.settings_of(context), announcement)))


@app.command("allow-site")
def allow_site(context: typer.Context, host: Host) -> None:
    """Let announcements link to a site."""
    from bot import office

    name = terminal.done(office.allow_site(terminal.settings_of(context), host))
    terminal.say(f"Announcements may link to {name} and all below it.")


@app.command("forbid-site")
def forbid_site(context: typer.Context, host: Host) -> None:
    """Take a site off the list that announcements may link to."""
    from bot import office

    name = terminal.done(office.forbid_site(terminal.settings_of(context), host))
    terminal.say(f"Announcements may not link to {name} any more.")


@app.command(terminal.LOGIN)
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

    settings = terminal.settings_of(context)
    logs.set_up("ERROR", settings.secrets)  # what it comes to is said below
    if refresh:
        terminal.done(login_of.adopt(settings, terminal.asked("Refresh token: ", hidden=True)))
    else:
        login = login_of.begin(settings, redirect)
        terminal.say("Open this link as an administrator of the Official Account, and agree:")
        terminal.say(login.link)
        terminal.done(
            login_of.end(settings, login, terminal.asked("The address the browser ended at: "))
        )
    terminal.say("The Official Account is logged in; its tokens renew themselves from here on.")


@app.command("zalo-templates")
def zalo_templates() -> None:
    """Print the words of every template, to be submitted for approval."""
    from handlers import templates

    for one in templates.catalogue().values():
        fields = ", ".join(f"{field.name} ({field.most})" for field in one.fields)
        terminal.say(f"[{one.kind}] {one.purpose}, about {one.price} đồng; fields: {fields}")
        terminal.say(f"{one.text.strip()}\n")


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

    figures = terminal.done(
        office.zalo_costs(terminal.settings_of(context), month.date() if month else None)
    )
    for one in figures.costs:
        terminal.say(f"{one.channel:14} {one.kind:14} {one.messages:8} messages {one.cost:12} đồng")
    terminal.say(f"{'together':29} {sum(o.messages for o in figures.costs):8} messages"
           f" {figures.total:12} đồng")  # fmt: skip
    for kind, count in figures.withheld.items():
        terminal.say(f"withheld at the ceiling: {kind}, {count}")


@app.command()
def doctor(
    context: typer.Context,
    language: Annotated[Language, typer.Option(help="Language of the findings.")] = Language.VI,
    *,
    figures: Annotated[
        bool, typer.Option("--figures", help="Count all figures again, and compare.")
    ] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="With --figures: mend what differs.")
    ] = False,
) -> None:
    """Say what is missing and what to do about it."""
    from bot import doctor as practice
    from bot import figures_cli
    from bot.findings import Grade

    if repair and not figures:
        raise Stop("--repair goes with --figures")
    logs.set_up("ERROR")
    with suppress(SettingsError):  # the first finding says it
        logs.set_up("ERROR", load(context.obj).secrets)
    words = practice.speaker(language.value)
    if figures:
        findings = asyncio.run(figures_cli.examine(words, load(context.obj), repair=repair))
    else:
        findings = asyncio.run(practice.examine(context.obj, language.value))
    for finding in findings:
        line = finding.line(words)
        terminal.say("".join(letter if letter.isprintable() else " " for letter in line))
    if any(finding.grade is Grade.MISSING for finding in findings):
        raise typer.Exit(1)


@app.command()
def version() -> None:
    """Print the version."""
    terminal.say(f"taphuan {version_of('taphuan')}")


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what goes wrong is one line on stderr and the exit status."""
    terminal.run(app, arguments)


def _moved(course: Training, settings: Settings) -> str:
    first = course.first
    start = first.starts_at.astimezone(settings.zone) if first and first.starts_at else None
    when = f"{start:%Y-%m-%d %H:%M}" if start else "no date"
    place = first.place if first else ""
    return f"{course.code}: {when}, {place or 'place open'}; everybody with a seat is asked again."


if __name__ == "__main__":
    main()
