"""The bytes behind a recipe.

A course becomes a file that the phone's calendar opens; an attachment is what an officer sent; an
export is made for the one person who asked for it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, cast

from icalendar import Alarm, Calendar, Event

from bot.made.makers import MAKERS
from handlers import dates
from handlers.message import ATTACHMENT, EXPORT
from handlers.text import say
from storage import attachments, courses, exports
from storage.database import Database
from storage.models import Called, CourseState, Precision

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from icalendar import Component

    from bot.made.maker import Maker
    from storage.courses import Meeting, Training
    from storage.exports import Request

# A later change needs a greater number, and the format has room for 31 bits.
FIRST_SEQUENCE = datetime(2020, 1, 1, tzinfo=UTC)
EVENING = time(19, 0)
# Bytes of attachments in memory: what goes to many is read once.
KEPT = 64 * 2**20


class Files:
    """Renders what a `Document` names: `await files("calendar", course_id)`.

    `site` is our public address, "" where there is none, and `templates` the folder of an office's
    own report templates, "" for those that ship; makers find both among what was asked.
    Raises LookupError for an unknown recipe or subject.
    """

    def __init__(
        self,
        database: Database,
        zone: ZoneInfo,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        site: str = "",
        templates: str = "",
    ) -> None:
        self._database = database
        self._told = {"site": site, "templates": templates}
        self._zone = zone
        self._clock = clock
        self._attached: OrderedDict[int, bytes] = OrderedDict()

    async def __call__(self, recipe: str, subject: int) -> bytes:
        """The bytes of the file, made in a worker thread."""
        if recipe == ATTACHMENT:
            return await self._attachment(subject)
        if recipe == EXPORT:
            return await self._export(subject)
        if recipe != "calendar":
            raise LookupError(f"no recipe {recipe}")
        course = await self._database.read(lambda db: courses.get(db, subject))
        # A link outlives a course that goes back to being a draft, which nobody may see.
        if course is None or course.state is CourseState.DRAFT:
            raise LookupError(f"no course {subject}")
        return await asyncio.to_thread(calendar, course, self._zone, self._clock())

    async def _export(self, subject: int) -> bytes:
        request = await self._database.read(lambda db: exports.get(db, subject))
        if request is None or request.kind not in MAKERS:
            raise LookupError(f"no export {subject}")
        maker, now = MAKERS[request.kind], self._clock().astimezone(self._zone)
        # Some files name our pages; who asked does not know where those are.
        placed = replace(request, asked={**request.asked, **self._told})
        url = self._database.url.render_as_string(hide_password=False)
        return await asyncio.to_thread(_made, url, maker, placed, now)

    async def _attachment(self, subject: int) -> bytes:
        # A link outlives an announcement that is given up; its file must not.
        if not await self._database.read(lambda db: attachments.stands(db, subject)):
            raise LookupError(f"no attachment {subject}")
        content = self._attached.get(subject)
        if content is None:
            content = await self._database.read(lambda db: attachments.content(db, subject))
        if content is None:
            raise LookupError(f"no attachment {subject}")
        self._attached[subject] = content
        self._attached.move_to_end(subject)
        while len(self._attached) > 1 and sum(map(len, self._attached.values())) > KEPT:
            self._attached.popitem(last=False)
        return content


def _made(url: str, maker: Maker, request: Request, now: datetime) -> bytes:
    """The bytes of an export, read and drawn in this thread: a long list holds up nobody else."""

    async def collect() -> bytes:
        async with Database.open(url) as database:
            found = await database.read(lambda db: maker.read(db, request, now))
        content = maker.draw(found)
        if (keep := maker.keep) is None:
            return content
        async with Database.open(url) as database:
            return await database.turn(lambda db: keep(db, found, content, now))

    return asyncio.run(collect())


def calendar(course: Training, zone: ZoneInfo, now: datetime) -> bytes:
    """An iCalendar file of the sessions whose day is settled, one event each.

    A course that is moved keeps its events' ids and counts SEQUENCE up, so that opening the new
    file moves the old events.
    """
    made = Calendar()
    _write(made, version="2.0", prodid="-//taphuan//VI", method="PUBLISH", x_wr_calname=course.code)
    for meeting in course.sessions:
        event = _event(course, meeting, zone)
        if event is not None:
            _write(event, dtstamp=now.astimezone(UTC))
            made.add_component(event)
    made.add_missing_timezones()
    return made.to_ical()


def _event(course: Training, meeting: Meeting, zone: ZoneInfo) -> Event | None:
    time_of = _time(meeting, zone)
    if time_of is None:
        return None
    cancelled = course.state is CourseState.CANCELLED
    event = Event()
    _write(
        event,
        **time_of,
        uid=f"{course.code}-{meeting.number}@taphuan",
        sequence=_sequence(course.moved_at),
        summary=f"{course.code} · {course.title}",
        description=_description(course, meeting, zone),
        status="CANCELLED" if cancelled else "CONFIRMED",
        **_place(meeting),
    )
    if not cancelled:
        event.add_component(_alarm(course, meeting, time_of["dtstart"], zone))
    return event


def _write(part: Component, **properties: Any) -> None:
    add: Callable[[str, Any], None] = cast("Any", part).add
    for name, value in properties.items():
        add(name.replace("_", "-"), value)


def _time(meeting: Meeting, zone: ZoneInfo) -> dict[str, Any] | None:
    """Start and end to the minute, or whole days, whose end is the day after the last."""
    if meeting.starts_at:
        start = meeting.starts_at.astimezone(zone)
        end = meeting.ends_at.astimezone(zone) if meeting.ends_at else start + timedelta(hours=1)
        return {"dtstart": start, "dtend": end}
    if meeting.precision is Precision.DAY and meeting.first_day:
        last = meeting.last_day or meeting.first_day
        return {"dtstart": meeting.first_day, "dtend": last + timedelta(days=1)}
    return None


def _sequence(moved_at: datetime | None) -> int:
    return int((moved_at - FIRST_SEQUENCE).total_seconds()) if moved_at else 0


def _place(meeting: Meeting) -> dict[str, Any]:
    place = ", ".join(dict.fromkeys(part for part in (meeting.place, meeting.address) if part))
    found: dict[str, Any] = {"location": place} if place else {}
    if meeting.latitude is not None and meeting.longitude is not None:
        found["geo"] = (meeting.latitude, meeting.longitude)
    return found


def _alarm(course: Training, meeting: Meeting, start: Any, zone: ZoneInfo) -> Alarm:
    day = start.date() if isinstance(start, datetime) else start
    evening = datetime.combine(day - timedelta(days=1), EVENING, zone)
    when = dates.moment(start) if meeting.starts_at else dates.day(day)
    words = _("Tomorrow, {when}: {course}", when=when, course=f"{course.code} {course.short}")
    alarm = Alarm()
    _write(alarm, action="DISPLAY", trigger=evening.astimezone(UTC), description=words)
    return alarm


def _description(course: Training, meeting: Meeting, zone: ZoneInfo) -> str:
    lines: list[str] = []
    if meeting.arrive_at:
        arrive = dates.clock(meeting.arrive_at.astimezone(zone))
        lines.append(_("Please be there from {time}", time=arrive))
    if course.bring:
        lines.append(_("Bring: {things}", things=course.bring))
    if course.contact_name:
        office = f"{course.contact_name}, {course.contact_office}".removesuffix(", ")
        lines.append(_("In charge: {person}", person=office))
    lines.append(_("To see it as it is today, write to the assistant: {code}", code=course.code))
    return "\n".join(lines)


def _(sentence: str, **fields: object) -> str:
    # The file goes from hand to hand, so it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)
