"""How a course reads: its card, its line in a list, when and where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import completions, dates
from handlers.numbers import number
from storage import courses, offers, registrations, rooms, unit_words
from storage.models import CourseState, Modality, Mode, Position, Precision, Rung, Standing
from storage.registrations import Outcome

if TYPE_CHECKING:
    from datetime import date

    from handlers.chat import Chat
    from storage.courses import Meeting, Training
    from storage.places import Place


def when(chat: Chat, meeting: Meeting | None, *, brief: bool = False) -> str:
    """The time as far as it is settled: to the minute, to the day, to the months, or not yet."""
    if meeting is None:
        return chat._("date to be announced")
    code = chat.talk.language
    match meeting.precision:
        case Precision.MINUTE if meeting.starts_at:
            start = meeting.starts_at.astimezone(chat.now.tzinfo)
            if brief:
                return _short(chat, start)
            end = meeting.ends_at.astimezone(chat.now.tzinfo) if meeting.ends_at else None
            return dates.span(start, end, code) if end else dates.moment(start, code)
        case Precision.DAY if meeting.first_day:
            day, last = meeting.first_day, meeting.last_day or meeting.first_day
            if brief:
                return _short(chat, day)
            until = f" – {dates.day(last, code)}" if last != day else ""
            return f"{dates.day(day, code)}{until}"
        case Precision.MONTHS if meeting.first_day:
            last = meeting.last_day or meeting.first_day
            return chat._("expected {months}", months=dates.months(meeting.first_day, last, code))
        case _:
            return chat._("date to be announced")


def _short(chat: Chat, day: date) -> str:
    """A day in a list; the year only where it is another one."""
    words = dates.short_day(day, chat.talk.language)
    if day.year == chat.now.year:
        return words
    return f"{words} {day.year}" if chat.talk.language == "en" else f"{words}/{day.year}"


def starts(chat: Chat, course: Training) -> str:
    """When it begins, for a sentence: "Thứ Bảy, 12/12/2026, 7h30"."""
    if course.starts_at:
        return dates.moment(course.starts_at.astimezone(chat.now.tzinfo), chat.talk.language)
    return when(chat, course.first)


def where(chat: Chat, course: Training) -> str:
    """The place for a sentence."""
    if course.modality is Modality.ONLINE:
        return chat._("online")
    meeting = course.first
    return meeting.place if meeting and meeting.place else chat._("place to be announced")


def named(chat: Chat, course: Training) -> str:
    """The course for a sentence: "L12 Sơ cứu, Thứ Bảy, 12/12/2026, 7h30, Hội trường …"."""
    return f"{course.code} {course.short}, {starts(chat, course)}, {where(chat, course)}"


def line(chat: Chat, course: Training) -> str:
    """The course in a list: "L12 Sơ cứu, Thứ Bảy 12/12, Tuy Đức"."""
    meeting = course.first
    parts = [brief(chat, course)]
    if course.modality is Modality.ONLINE:
        parts.append(chat._("online"))
    elif meeting and meeting.unit:
        # "Xã Tuy Đức" is "Tuy Đức" in a list.
        parts.append(unit_words.bare(meeting.unit))
    return ", ".join(parts)


def brief(chat: Chat, course: Training) -> str:
    """The course with its day: "L12 Sơ cứu, Thứ Bảy 12/12"."""
    return f"{course.code} {course.short}, {when(chat, course.first, brief=True)}"


def card(chat: Chat, course: Training, mine: Place | None) -> str:
    """All that decides whether to go: title, when, where, seats, cost; and how one stands.

    What has been cancelled or is over says so before anything else.
    """
    first = course.first
    over = ended(chat, course)
    moved = course.moved_at is not None and not over and not course.begun(chat.now)
    time = when(chat, first)
    lines = [
        f"{course.code} · {course.title}",
        over,
        _capital(chat._("{when} (just changed)", when=time) if moved else time),
        *_further(chat, course),
        _place(chat, course),
        _stands(chat, course, mine),
        _cost(chat, course),
    ]
    return "\n".join(line for line in lines if line)


def ended(chat: Chat, course: Training) -> str:
    """That nobody goes there any more: it was cancelled or is over; else ""."""
    if course.state is CourseState.CANCELLED:
        return chat._("This training has been cancelled")
    return chat._("This training is over") if course.over(chat.now) else ""


def observes(chat: Chat) -> bool:
    """True for an officer, who looks at trainings that are meant for others."""
    return chat.person is not None and chat.person.position is Position.OFFICER


def _place(chat: Chat, course: Training) -> str:
    words = _capital(where(chat, course))
    # A line that is no choice never begins with a digit.
    return chat._("Place: {place}", place=words) if words[:1].isdigit() else words


def _stands(chat: Chat, course: Training, mine: Place | None) -> str:
    """How the person stands, else why they cannot ask for a seat, else the seats."""
    if ended(chat, course):
        if chat.person and (came := completions.mine(chat, course)):
            return came
        was_there = mine is not None and mine.standing is Standing.SEATED
        return _standing(chat, course, mine) if was_there else ""
    if standing := _standing(chat, course, mine):
        return standing
    return (not observes(chat) and closed_to(chat, course)) or _seats(chat, course)


def closed_to(chat: Chat, course: Training) -> str:
    """Why this person cannot ask for a seat, "" where they can; strangers are not judged."""
    if chat.person is None:
        only = course.mode is Mode.NOMINATED
        return refusal(chat, course, Outcome.NOMINATED_ONLY) if only else ""
    refused = registrations.refused(chat.db, course, chat.person, chat.now)
    return refusal(chat, course, refused) if refused else ""


def refusal(chat: Chat, course: Training, refused: Outcome) -> str:
    """Why a person cannot ask for a seat, as `registrations.refused` gave it."""
    match refused:
        case Outcome.NOT_MEANT:
            return chat._("{code} is meant for other people.", code=course.code)
        case Outcome.NOMINATED_ONLY:
            return chat._("{code} is attended by nomination only. The office sends the list.",
                          code=course.code)  # fmt: skip
        case Outcome.LEFT:
            return chat._(
                "By the list {name} works at no school any more and cannot register. If that is"
                " wrong, please tell whoever keeps the school's list.", name=chat.me.full_name,
            )  # fmt: skip
        case Outcome.ON_LEAVE:
            return chat._(
                "By the list {name} is on leave at the time of {code} and cannot register. If that"
                " is wrong, please tell whoever keeps the school's list.",
                name=chat.me.full_name, code=course.code,
            )  # fmt: skip
        case Outcome.SCHOOL_FULL:
            return chat._(
                "{school} already sends {count} people that day, which is the most {code} allows"
                " for one school. Please talk to the principal; when a colleague stays at home,"
                " write: {code}",
                school=chat.me.school, count=course.school_limit, code=course.code,
            )  # fmt: skip
        case (
            Outcome.SEATED | Outcome.ASKED | Outcome.WAITING | Outcome.ALREADY | Outcome.CLOSED
        ):  # fmt: skip
            raise ValueError(refused)
        case _:
            assert_never(refused)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _further(chat: Chat, course: Training) -> list[str]:
    if len(course.sessions) < 2:
        return []
    days = [when(chat, meeting, brief=True) for meeting in course.sessions[1:]]
    return [chat._("Next sessions: {days}", days=", ".join(days))]


def _cost(chat: Chat, course: Training) -> str:
    code = chat.talk.language
    if course.fee:
        return chat._("Fee {fee} đồng, paid at the place only", fee=number(course.fee, code))
    if course.note:
        return chat._("Free of charge, {note}", note=course.note)
    return chat._("Free of charge")


def _seats(chat: Chat, course: Training) -> str:
    if not course.takes(chat.now):
        return _shut(chat, course)
    until = _deadline(chat, course)
    if course.seats is None:
        return chat._("Register until {day}", day=until) if until else ""
    held = courses.held(chat.db, [course.id]).get(course.id, 0)
    queue = courses.waiting(chat.db, [course.id]).get(course.id, 0)
    free = rooms.left(chat.db, course, chat.person, chat.now) or 0
    if held >= course.seats and not queue:
        return chat._("All {seats} seats are taken, nobody is waiting yet", seats=course.seats)
    if not free and held < course.seats and rooms.quotas(chat.db, course, chat.now):
        return chat._("The seats still free are kept for other units for now")
    if not free:
        return chat._(
            "All {seats} seats are taken, {queue} waiting", seats=course.seats, queue=queue
        )
    if until:
        return chat._(
            "Seats free: {free} of {seats}, register until {day}",
            free=free, seats=course.seats, day=until,
        )  # fmt: skip
    return chat._("Seats free: {free} of {seats}", free=free, seats=course.seats)


def _shut(chat: Chat, course: Training) -> str:
    if course.opens_at and chat.now < course.opens_at:
        opens = course.opens_at.astimezone(chat.now.tzinfo)
        return chat._("Registration opens {when}", when=dates.moment(opens, chat.talk.language))
    return chat._("Registration is closed")


def _deadline(chat: Chat, course: Training) -> str:
    if course.closes_at is None:
        return ""
    return dates.short_day(course.closes_at.astimezone(chat.now.tzinfo), chat.talk.language)


def _standing(chat: Chat, course: Training, mine: Place | None) -> str:  # noqa: PLR0911 - one return a standing
    """How the person stands, where they take part or wait."""
    if mine is None or course.state is CourseState.CANCELLED:
        return ""
    if mine.unanswered_since and mine.holds:
        return chat._("{You} have registered, and have not answered about the change yet.")
    match mine.standing:
        case Standing.SEATED if mine.provisional:
            return chat._(
                "{You} have registered; the seat is held until it is confirmed who {you} are."
            )
        case Standing.SEATED:
            return chat._("{You} have registered.")
        case Standing.ASKED:
            return _not_answered(chat, mine.asked_rung)
        case Standing.OFFERED:
            return chat._("A seat is kept for {you}, please answer.")
        case Standing.NOMINATED:
            return chat._("{You} have been nominated, and have not answered yet.")
        case Standing.WAITING:
            return _queued(chat, course, mine)
        case Standing.EXCUSED:
            return chat._("{You} have said that {you} cannot come.")
        case Standing.GIVEN_UP | Standing.LAPSED | Standing.REFUSED | Standing.ENDED:
            return ""
        case _:
            assert_never(mine.standing)


def _not_answered(chat: Chat, rung: Rung | None) -> str:
    match rung:
        case Rung.PRINCIPAL:
            return chat._("{You} have asked for a seat; the principal has not answered yet.")
        case Rung.COMMUNE:
            return chat._(
                "{You} have asked for a seat; the officer of the commune has not answered yet."
            )
        case Rung.DEPARTMENT:
            return chat._("{You} have asked for a seat; the Department has not answered yet.")
        case None:
            return chat._(
                "{You} have asked for a seat; the assistant will ask for agreement as soon as"
                " somebody can be asked."
            )
        case _:
            assert_never(rung)


def _queued(chat: Chat, course: Training, mine: Place) -> str:
    if offers.open_to_all(chat.db, course, chat.now):
        return chat._(
            "{You} are number {place} in the queue. A seat is free now, for whoever takes it"
            " first.", place=mine.position,
        )  # fmt: skip
    return chat._("{You} are number {place} in the queue.", place=mine.position)
