"""The commands about what people have completed: checking papers, asking for hours."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import terminal
from bot.terminal import Stop

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.papers import Checked
    from storage.signing import Signed

Text = Annotated[
    str, typer.Argument(help="What was scanned, a file that holds it, or - for stdin.")
]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A public key (hex): checks without a database or a network."),
]
Year = Annotated[int, typer.Argument(min=2000, max=2100, help="The year it begins in, like 2026.")]
Hours = Annotated[str, typer.Argument(help="How many tiết, like 40 or 7.5; 0 asks for none.")]
Block = Annotated[str, typer.Option(help='The content: "01", "02" or "03"; else all together.')]

SAID = {
    "genuine": "genuine",
    "revoked": "REVOKED: it was genuine and is void",
    "forged": "FORGED: none of the keys signed this",
    "unknown": "signed by us, but this database has no such paper",
    "unreadable": "this is no text of a paper, or a part of it is missing",
}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(verify)
    app.command("paper-key")(paper_key)
    app.command("hour-target")(hour_target)


def verify(context: typer.Context, text: Text, *, key: Keys = None) -> None:
    """Check the text of a paper's QR code; the status is 0 for a genuine one that stands."""
    from storage import papers, signing

    scanned = _scanned(text)
    if key:
        signed = signing.read(scanned)
        try:
            good = signed is not None and signing.genuine(signed, key)
        except ValueError as error:
            raise Stop("a key is 64 hexadecimal digits, as `taphuan paper-key` prints") from error
        outcome = papers.Checked.GENUINE if good else papers.Checked.FORGED
        _told(outcome if signed else papers.Checked.UNREADABLE, signed)
        if good:
            terminal.say("whether it was revoked only the database of the office knows")
    else:
        outcome, signed = terminal.done(_checked(terminal.settings_of(context), scanned))
        _told(outcome, signed)
    if outcome is not papers.Checked.GENUINE or signed is None:
        raise typer.Exit(1)


def _scanned(text: str) -> str:
    if text == "-":
        return sys.stdin.read(10_000)
    # No text of a paper is so short: it is the path of a file that holds it.
    if "." not in text or len(text) < 200:
        path = Path(text)
        try:
            return path.read_text("utf-8")[:10_000] if path.is_file() else text
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"{path.name} is no file of text") from error
    return text


async def _checked(settings: Settings, text: str) -> tuple[Checked, Signed | None]:
    from bot.office import local
    from storage import papers

    async with local(settings) as (database, _):
        return (await database.read(lambda db: papers.check(db, text)))[:2]


def _told(outcome: Checked, signed: Signed | None) -> None:
    from storage.papers import Checked

    terminal.say(SAID[outcome.value])
    if signed is None or outcome is Checked.FORGED:
        return
    facts = signed.facts
    days = " - ".join(dict.fromkeys(day for day in (facts["first_day"], facts["last_day"]) if day))
    lines = {
        "number": facts["number"], "title": facts["title"], "name": facts["name"],
        "born": facts["born"], "school": facts["school"],
        "training": f"{facts['course']} ({facts['code']})", "days": days,
        "tiết": _tenths(facts["hours"], 10), "score": _tenths(facts["score"], 100),
        "issued by": facts["issuer"], "issued on": facts["issued"],
    }  # fmt: skip
    for label, value in lines.items():
        if value:
            printable = "".join(each if each.isprintable() else " " for each in str(value))
            terminal.say(f"{label:10} {printable}")


def _tenths(value: object, parts: int) -> str:
    return f"{value / parts:g}" if isinstance(value, int) and value else ""


def paper_key(context: typer.Context) -> None:
    """Print the public keys that papers are signed with, the newest first."""
    terminal.say("\n".join(terminal.done(_keys(terminal.settings_of(context)))))


async def _keys(settings: Settings) -> list[str]:
    from bot.office import local
    from storage import papers

    async with local(settings) as (database, _):
        await database.turn(lambda db: papers.key(db, datetime.now(UTC)))
        return await database.read(papers.keys)


def hour_target(
    context: typer.Context,
    year: Year,
    hours: Hours,
    *,
    block: Block = "",
    calendar: Annotated[
        bool, typer.Option("--calendar", help="Of the calendar year, not the school year.")
    ] = False,
) -> None:
    """Ask everybody for so many tiết in a school year (TT 12/2019: 40 of each content)."""
    from storage.hour_rules import BLOCKS

    if block not in ("", *BLOCKS):
        raise Stop(f"the content is one of {', '.join(BLOCKS)}")
    try:
        tenths = Decimal(hours.replace(",", ".")) * 10
    except InvalidOperation as error:
        raise Stop(f'"{hours}" is no number of tiết') from error
    if not tenths.is_finite() or tenths != int(tenths) or not 0 <= tenths <= 10_000:
        raise Stop("tiết are counted in tenths, up to 1000")
    settings = terminal.settings_of(context)
    title = terminal.done(_aimed(settings, year, block, int(tenths), calendar=calendar))
    what = f"content {block}" if block else "all content together"
    asked = f"{hours} tiết" if tenths else "no number of tiết"
    terminal.say(f"{title}: {asked} of {what}.")


async def _aimed(
    settings: Settings, year: int, block: str, tenths: int, *, calendar: bool
) -> str:  # fmt: skip
    from bot.office import OfficeError, local
    from storage import hours
    from storage.models import PeriodKind

    kind = PeriodKind.CALENDAR if calendar else PeriodKind.SCHOOL
    async with local(settings) as (database, _):
        first = date(year, 1, 1) if calendar else date(year, hours.SEPTEMBER, 1)
        span = await database.read(lambda db: hours.beginning(db, kind, first))
        if span is None:
            raise OfficeError(f"there is no calendar year {year} among the periods")
        await database.turn(lambda db: hours.aim(db, span, block, tenths))
        return span.title
