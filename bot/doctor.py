"""What is missing before the program can run, in plain words, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import doctor_telegram, doctor_zalo_bot, doctor_zalo_oa
from bot.findings import missing, note, well
from bot.opening import revision
from bot.settings import SettingsError, load, need_channel
from handlers.text import say
from storage import channels, health, inbox_events, schema
from storage.database import Database, DatabaseError
from storage.models import Called, ChannelState

if TYPE_CHECKING:
    from pathlib import Path

    from bot.findings import Finding, Words
    from bot.settings import Settings


def speaker(language: str) -> Words:
    """Sentences in a language, said to whoever runs the program."""
    return partial(say, language, Called.ANH_CHI)


async def examine(config: Path | None, language: str) -> list[Finding]:
    """Every finding, in the order in which things depend on each other."""
    _ = speaker(language)
    try:
        settings = load(config)
    except SettingsError as error:
        return [missing(error.said(_))]
    findings = [well(_("The settings are readable.")), _zones(_, settings)]
    async with Database.open(settings.database_url.get_secret_value()) as database:
        usable = await _usable(_, database)
        findings += [usable] if usable else await _database(_, settings, database)
        try:
            need_channel(settings)
        except SettingsError as error:
            return [*findings, missing(error.said(_))]
        return findings + await _channels(_, settings, None if usable else database)


async def _channels(_: Words, settings: Settings, database: Database | None) -> list[Finding]:
    """Every channel that is set up; `database` None where it cannot be used."""
    findings: list[Finding] = []
    if settings.telegram_token:
        findings += await doctor_telegram.examine(_, settings)
    if settings.zalo_bot_token:
        findings += await doctor_zalo_bot.examine(_, settings, database)
    if settings.has_oa and database:
        findings += await doctor_zalo_oa.examine(_, settings, database)
    return findings


def _zones(_: Words, settings: Settings) -> Finding:
    if ZoneInfo("Asia/Ho_Chi_Minh").utcoffset(datetime(2026, 11, 23)) is None:  # noqa: DTZ001 - local
        return missing(_("Time zones are not known: install the package tzdata."))
    return well(_("Local time is that of {zone}.", zone=settings.timezone))


async def _usable(_: Words, database: Database) -> Finding | None:
    """Why the database cannot be used, None where it can."""
    try:
        current = await revision(database)
    except DatabaseError:
        return missing(
            _("The database cannot be reached: check {name}, and that it runs.",
              name="TAPHUAN_DATABASE_URL")
        )  # fmt: skip
    if current != schema.newest():
        return missing(_("The database waits for a migration: run taphuan migrate"))
    return None


async def _database(_: Words, settings: Settings, database: Database) -> list[Finding]:
    now = datetime.now(UTC).astimezone(settings.zone)
    counts = await database.read(lambda db: health.look(db, now))
    late = await database.read(lambda db: inbox_events.waiting(db, now - health.HELD_UP))
    ways = await database.read(lambda db: channels.ways(db, now))
    return [well(_("The database can be read, and its schema is the newest.")),
            *_loaded(_, counts), *_said(_, counts), *_heard(_, late),
            *(_stands(_, way) for way in ways.values()
              if way.state is not ChannelState.READY)]  # fmt: skip


def _heard(_: Words, late: int) -> list[Finding]:
    """Whether what was brought had its turn."""
    if not late:
        return []
    return [
        missing(
            _("{number} events of Zalo wait for their turn for more than 5 minutes: check that"
              " taphuan run is running, and its log.", number=late)
        )
    ]  # fmt: skip


def _stands(_: Words, way: channels.Way) -> Finding:
    """A channel that carried nothing when it was last tried."""
    match way.state:
        case ChannelState.READY:
            return well(_("The channel {channel} carries messages.", channel=way.name))
        case ChannelState.REFUSED:
            return missing(
                _("The channel {channel} is refused by its platform: {reason}",
                  channel=way.name, reason=way.reason)
            )  # fmt: skip
        case ChannelState.EXHAUSTED:
            return missing(
                _("The channel {channel} has used up its quota or money: {reason}",
                  channel=way.name, reason=way.reason)
            )  # fmt: skip
        case ChannelState.HALTED:
            return missing(
                _("The channel {channel} waits for something from the office: {reason}",
                  channel=way.name, reason=way.reason)
            )  # fmt: skip


def _loaded(_: Words, counts: health.Health) -> list[Finding]:
    if not counts.units:
        return [missing(_("No units are loaded: run taphuan migrate"))]
    loaded = [
        well(_("Loaded: {units} units, {people} people, {courses} trainings.",
               units=counts.units, people=counts.people, courses=counts.courses))
    ]  # fmt: skip
    if not counts.courses:
        loaded.append(
            note(_("There are no trainings yet. To try things out, run taphuan load-sample"))
        )
    if not counts.officers:
        loaded.append(
            note(
                _("Nobody is an officer yet. Invite the first one:"
                  " taphuan invite --role department --unit \"Lâm Đồng\"")
            )
        )  # fmt: skip
    return loaded


def _said(_: Words, counts: health.Health) -> list[Finding]:
    """How sending fares."""
    held_up = counts.unspoken + counts.overdue
    if held_up:
        return [
            missing(
                _("{number} messages wait to be sent for more than 5 minutes: check that"
                  " taphuan run is running, and its log.", number=held_up)
            )
        ]  # fmt: skip
    if counts.unreachable:
        return [
            note(
                _("Nothing waits to be sent. {number} of {all} accounts cannot be written to, as"
                  " their owners have blocked the assistant.",
                  number=counts.unreachable, all=counts.accounts)
            )
        ]  # fmt: skip
    return [well(_("Nothing waits to be sent."))]
