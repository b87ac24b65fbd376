"""What an administrator does from the command line, each in one turn."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, TypeVar

from bot.opening import opened, revision
from storage import announcements as announced
from storage import (
    broadcasts,
    changes,
    codes,
    costs,
    courses,
    deliveries,
    estimates,
    invitations,
    sample,
    schema,
    sites,
    units,
)
from storage.database import Database
from storage.figures import books
from storage.models import BroadcastState, CourseState, RoleKind, UnitKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from sqlalchemy import Connection

    from bot.settings import Settings
    from storage.courses import Training
    from storage.estimates import Estimate
    from storage.sample import Sample
    from storage.units import Place

T = TypeVar("T")
LISTED = 8


class OfficeError(Exception):
    """It cannot be done; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation: its code, shown this once, and the unit it is for."""

    code: str
    unit: str


async def migrate(settings: Settings) -> int:
    """Bring the schema and the shipped units up to date; returns how many units were new."""
    async with Database.open(settings.database_url.get_secret_value()) as database:
        await revision(database)
        await database.turn(schema.upgrade)
        added = await database.turn(units.load)
        # What was never counted is counted now, while nobody waits.
        today = datetime.now(UTC).astimezone(settings.zone).date()
        await database.turn(lambda db: books.open_day(db, today))
        return added


async def load_sample(settings: Settings) -> Sample:
    """Load the invented province. Raises SampleError where there is data already."""
    return await _turn(settings, sample.load)


async def invite(
    settings: Settings, kind: RoleKind, unit: str, *, uses: int, days: int, holder: str
) -> Invited:
    """Make an invitation into a role. Raises OfficeError where the unit is not clear."""

    def work(db: Connection, now: datetime) -> Invited:
        place = _meant(units.named(db, unit, now.date()), unit, kind)
        code = invitations.create(db, kind, place.id, now, uses=uses, days=days, holder=holder)
        return Invited(code, place.name)

    return await _turn(settings, work)


def _meant(found: list[Place], typed: str, kind: RoleKind) -> Place:
    """The one unit of today that has this name and this level; near names are only offered."""
    level = UnitKind.COMMUNE if kind is RoleKind.COMMUNE else UnitKind.PROVINCE
    fitting = [place for place in found if place.kind is level and not place.former]
    exact = [place for place in fitting if not place.near]
    if len(exact) == 1:
        return exact[0]
    offered = ", ".join(f"{p.name} ({p.parent})" if p.parent else p.name for p in fitting[:LISTED])
    if offered:
        raise OfficeError(f'"{typed}" may be: {offered}; write one of these names in full')
    former = ", ".join(place.name for place in found[:LISTED])
    hint = f"; of that name there is: {former}" if former else ""
    raise OfficeError(f'no {level} of today is called "{typed}"{hint}')


async def reschedule(
    settings: Settings,
    course: str,
    *,
    why: str,
    start: datetime | None = None,
    end: datetime | None = None,
    place: str = "",
) -> Training:
    """Move a course; everybody with a seat is asked again. Naive times are local ones.

    What that takes is said before anything is owed.
    """
    if not (start or end or place):
        raise OfficeError("say what changes: --start, --end or --place")

    def work(db: Connection, now: datetime) -> Training:
        starts, ends = (t.replace(tzinfo=now.tzinfo) if t else None for t in (start, end))
        try:
            moved = changes.reschedule(
                db, _course(db, course).id,
                now=now, why=why, starts_at=starts, ends_at=ends, place=place,
            )  # fmt: skip
        except ValueError as error:
            raise OfficeError(str(error)) from error
        if moved is None:
            raise OfficeError(f"{course} has no session to move")
        return moved

    await _forecast(settings, course, "moved", start)
    return await _turn(settings, work)


async def enlarge(settings: Settings, course: str, seats: int) -> Training:
    """Give a course more seats; whoever waits is offered them."""

    def work(db: Connection, now: datetime) -> Training:
        before = _course(db, course)
        if before.seats is None:
            raise OfficeError(f"{before.code} has no limit of seats")
        larger = changes.enlarge(db, before.id, seats, now)
        if larger is None:
            raise OfficeError(f"{before.code} has {before.seats} seats already; it cannot shrink")
        return larger

    return await _turn(settings, work)


async def cancel(settings: Settings, course: str, why: str) -> Training:
    """Cancel a course; everybody with a seat or a turn is told.

    What that takes is said before anything is owed.
    """

    def work(db: Connection, now: datetime) -> Training:
        cancelled = changes.cancel(db, _course(db, course).id, why, now)
        if cancelled is None:
            raise OfficeError(f"{course} is cancelled already")
        return cancelled

    await _forecast(settings, course, "cancelled")
    return await _turn(settings, work)


async def _forecast(
    settings: Settings, course: str, kind: str, start: datetime | None = None
) -> None:
    """Say in one line whom a change of a course will reach, by which way and at what cost."""

    def ask(db: Connection, now: datetime) -> Estimate:
        found = _course(db, course)
        if start and start.replace(tzinfo=now.tzinfo) <= now:
            raise OfficeError("the new start is in the past")
        if kind == "cancelled" and found.state is CourseState.CANCELLED:
            raise OfficeError(f"{course} is cancelled already")
        return estimates.of_course(db, found.id, kind, now)

    async with local(settings) as (database, now):
        estimate = await database.read(lambda db: ask(db, now))
    if estimate.people:
        sys.stdout.write(f"{forecast(estimate)}\n")
        sys.stdout.flush()


def forecast(estimate: Estimate) -> str:
    """An estimate in one line: people by way, with what it costs, and those it does not reach."""
    parts = [
        f"{name} {one.messages}" + (f" ({one.cost} đồng)" if one.cost else "")
        for name, one in estimate.ways.items()
    ]
    left = (
        (estimate.waiting, "wait for a channel that is closed"),
        (estimate.withheld, "over the ceiling"),
        (estimate.unreachable, "cannot be reached"),
    )
    parts += [f"{count} {words}" for count, words in left if count]
    return f"To tell: {estimate.people} people; {', '.join(parts)}; {estimate.cost} đồng together."


async def zalo_costs(settings: Settings, month: date | None) -> costs.Month:
    """What a month cost; None is the running one."""
    async with local(settings) as (database, now):
        day = month or now.date()
        return await database.read(lambda db: costs.of_month(db, day, settings.zone))


async def announcements(settings: Settings) -> list[str]:
    """A line for each announcement on its way: code, state, office, how many got it, since when."""

    def work(db: Connection) -> list[str]:
        return [_line(db, one, settings) for one in announced.all_in(db, *broadcasts.ON_ITS_WAY)]

    async with local(settings) as (database, _):
        return await database.read(work) or ["No announcement is on its way."]


def _line(db: Connection, found: broadcasts.Announcement, settings: Settings) -> str:
    counts = deliveries.counts(db, found.id)
    got = counts.sent + counts.uncertain
    since = (found.confirmed_at or found.created_at).astimezone(settings.zone)
    more = ""
    if found.state is BroadcastState.HELD and found.held_until:
        more = f" until {found.held_until.astimezone(settings.zone):%Y-%m-%d %H:%M}"
    elif found.state is BroadcastState.PAUSED and found.pause_reason:
        more = f" ({found.pause_reason})"
    return (
        f"{found.code}  {found.state}{more}, {found.unit}, "
        f"{got} of {found.counted} people, since {since:%Y-%m-%d %H:%M}"
    )


async def stop(settings: Settings, code: str) -> str:
    """Stop an announcement, whoever sent it; returns what to say about it."""

    def work(db: Connection, now: datetime) -> str:
        number = codes.announcement(code)
        found = announced.locked(db, number) if number else None
        if found is None:
            raise OfficeError(f"there is no announcement {code}; write a code like TB-0141")
        if not broadcasts.stop_by_office(db, found.id, now):
            raise OfficeError(f"{found.code} is {found.state}; there is nothing to stop")
        counts = deliveries.counts(db, found.id)
        got = counts.sent + counts.uncertain
        left = f"; {counts.owed} may still arrive" if counts.owed else ""
        return f"{found.code} is stopped; {got} of {found.counted} people had got it{left}."

    return await _turn(settings, work)


async def allow_site(settings: Settings, host: str) -> str:
    """Let announcements link to a host and all below it; returns how it is written."""

    def work(db: Connection, now: datetime) -> str:
        try:
            return sites.allow(db, host, now)
        except ValueError as error:
            raise OfficeError(str(error)) from error

    return await _turn(settings, work)


async def forbid_site(settings: Settings, host: str) -> str:
    """Take a host off the list again; returns how it is written."""

    def work(db: Connection, now: datetime) -> str:
        del now
        try:
            if not sites.forbid(db, host):
                raise OfficeError(f"{host} is not on the list")
            return sites.host(host)
        except ValueError as error:
            raise OfficeError(str(error)) from error

    return await _turn(settings, work)


def _course(db: Connection, code: str) -> Training:
    number = codes.course(code)
    found = courses.numbered(db, number) if number else None
    if found is None:
        raise OfficeError(f"there is no training {code}; write a code like L12")
    return found


async def _turn(settings: Settings, work: Callable[[Connection, datetime], T]) -> T:
    async with local(settings) as (database, now):
        return await database.turn(lambda db: work(db, now))


@asynccontextmanager
async def local(settings: Settings) -> AsyncGenerator[tuple[Database, datetime]]:
    """The database, open for a command, and this moment in the local zone."""
    async with opened(settings) as database:
        yield database, datetime.now(UTC).astimezone(settings.zone)
