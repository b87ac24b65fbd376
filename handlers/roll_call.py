"""The roll of a session: its figures, its people with taps, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, naming, roll_words
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import attendance, course_rows, scopes, session_codes, teaching, walk_ins
from storage.attendance import Why
from storage.models import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.attendance import Line
    from storage.courses import Meeting, Training

# What taps on a list of people write, one after the other by choice 7.
TAPS = ("p", "l", "e", "a")
FILTERS = ("u", "a")  # those of whom nothing is known, or all


def line(chat: Chat) -> list[tuple[str, str]]:
    """Today's rolls of whoever trains or is the contact, for the list of today's work."""
    return [
        (
            naming.choice(
                chat._("Roll of {session}, {title}", session=roll_words.session(chat, *each),
                       title=each[0].short)
            ),
            f"roll {each[1].id}",
        )
        for each in teaching.today(chat.db, chat.me.id, chat.now)[:2]
    ]  # fmt: skip


def _up(chat: Chat, course: Training) -> tuple[str, str]:
    """Choice 0 of a roll: the sessions where there are several, else whence the course is run."""
    several = len(course.sessions) > 1
    return chat.back(f"roll-of {course.id}") if several else _desk(chat, course)


def _desk(chat: Chat, course: Training) -> tuple[str, str]:
    """Choice 0: the desk of a training for its officers; trainers go back to today's work."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    runs = scope is not None and course_rows.covered(chat.db, scope, course.id)
    return chat.back(f"run {course.id}" if runs else "work")


@router.action("roll-of")
def sessions(chat: Chat, course_id: str) -> Reply:
    """Which session of the course? One alone is not asked about."""
    course = wanted(chat, course_id)
    teaching.must_teach(chat.db, chat.me.id, course.id, chat.now.date())
    if not course.sessions:
        return chat.screen(
            chat._("{code} has no sessions yet.", code=course.code), back=_desk(chat, course)
        )
    if len(course.sessions) == 1:
        return roll(chat, str(course.sessions[0].id))
    today = [one for one in course.sessions if (days := teaching.held_on(one, chat.now))
             and days[0] <= chat.now.date()]  # fmt: skip
    # The newest session that can be called is what is wanted; the others follow in their order.
    first = today[-1:]
    shown = [*first, *(one for one in course.sessions if one not in first)][: PAGE + 2]
    return chat.screen(
        chat._("Which session of {code} is the roll of?", code=course.code),
        *((naming.choice(_session(chat, one)), f"roll {one.id}") for one in shown),
        back=_desk(chat, course),
    )


def _session(chat: Chat, meeting: Meeting) -> str:
    return chat._("Session {number}, {when}", number=meeting.number,
                  when=cards.when(chat, meeting, brief=True))  # fmt: skip


@router.action("roll")
def roll(chat: Chat, session_id: str) -> Reply:
    """The roll in figures, how people can check in, and what can be done."""
    course, meeting = roll_words.taught(chat, number(session_id))
    if why := attendance.whether(course, meeting, chat.now):
        return _not_yet(chat, course, meeting, why)
    lines = attendance.roll(chat.db, meeting.id, chat.me.id, chat.now)
    counts = attendance.counted(lines)
    asking = walk_ins.count(chat.db, meeting.id)
    said = [_head(chat, course, meeting, lines), _code(chat, meeting)]
    unknown = [(chat._("Not marked yet: {count}", count=counts.unknown),
                f"roll-list {meeting.id} u p 0")]  # fmt: skip
    waiting = [(chat._("Came without a seat: {count}", count=asking), f"walk-ins {meeting.id}")]
    excused = sum(each.excused and each.known is None for each in lines)
    said_no = [(chat._("Said that they cannot come: {count}", count=excused),
                f"roll-excused {meeting.id}")]  # fmt: skip
    end = [(chat._("End the roll"), f"roll-end {meeting.id}")]
    return chat.screen(
        "\n".join(each for each in said if each),
        *(unknown if counts.unknown else []),
        *(waiting if asking else []),
        (chat._("All on the list: {count}", count=counts.total), f"roll-list {meeting.id} a p 0"),
        *(said_no if excused else []),
        (chat._("Code on the board"), f"roll-code {meeting.id}"),
        (chat._("Paper list to sign"), f"sheet {meeting.id}"),
        *(end if counts.unknown and _begun(chat, meeting) else []),
        back=_up(chat, course),
    )


def _head(chat: Chat, course: Training, meeting: Meeting, lines: Sequence[Line]) -> str:
    return chat._("{session}: {figures}.", session=roll_words.session(chat, course, meeting),
                  figures=roll_words.figures(chat, attendance.counted(lines)))  # fmt: skip


def _code(chat: Chat, meeting: Meeting) -> str:
    code = session_codes.get(chat.db, meeting.id)
    if code is None or not code.good(chat.now):
        return ""
    if code.changing:
        return chat._("The code changes every 30 seconds and stands on the screen.")
    return chat._("Code: {code}, until {time}.", code=spaced(code.digits),
                  time=roll_words.clock(chat, code.closes_at))  # fmt: skip


def spaced(digits: str) -> str:
    """Six digits as they are read out: "482 913"."""
    return f"{digits[:3]} {digits[3:]}"


def _begun(chat: Chat, meeting: Meeting) -> bool:
    return meeting.starts_at is None or meeting.starts_at <= chat.now


def _not_yet(chat: Chat, course: Training, meeting: Meeting, why: Why) -> Reply:
    """Before the day the code and the sheet can be made ready; there is nothing for the rest."""
    ready = [
        (chat._("Code on the board"), f"roll-code {meeting.id}"),
        (chat._("Paper list to sign"), f"sheet {meeting.id}"),
    ]
    return chat.screen(
        roll_words.why(chat, why, course, meeting),
        *(ready if why is Why.EARLY else []),
        back=_up(chat, course),
    )


@router.action("roll-list")
def people(chat: Chat, session_id: str, chosen: str, tap: str, page: str) -> Reply:
    """People a page at a time. Of those not marked yet a tap writes a mark; else it opens one."""
    course, meeting = roll_words.taught(chat, number(session_id))
    if chosen not in FILTERS or tap not in TAPS:
        raise BadArgument(chosen)
    lines = attendance.expected(attendance.roll(chat.db, meeting.id, chat.me.id, chat.now))
    shown = [each for each in lines if chosen == "a" or each.known is None]
    if not shown:
        return roll(chat, session_id)
    start = number(page) * PAGE if number(page) * PAGE < len(shown) else 0
    here, more = shown[start : start + PAGE], shown[start + PAGE :]
    return chat.screen(
        _asked(chat, course, meeting, lines, chosen, tap),
        *((naming.choice(_label(chat, each, chosen)), _tap(meeting, each, chosen, tap, start))
          for each in here),
        *(_ways(chat, meeting, tap, start) if chosen == "u" else []),
        more=f"roll-list {meeting.id} {chosen} {tap} {start // PAGE + 1}" if more else "",
        back=chat.back(f"roll {meeting.id}"),
    )  # fmt: skip


def _asked(
    chat: Chat, course: Training, meeting: Meeting, lines: Sequence[Line], chosen: str, tap: str
) -> str:
    head = _head(chat, course, meeting, lines)
    if chosen == "a":
        asked = chat._("Choose somebody to change the mark.")
    else:
        mark = roll_words.mark(chat, roll_words.LETTERS[tap])
        asked = chat._("Choose who is to be marked: {mark}.", mark=mark)
    return f"{head}\n{asked}"


def _label(chat: Chat, each: Line, chosen: str) -> str:
    if chosen == "u":
        return roll_words.person(chat, each)
    return chat._("{name}: {mark}", name=each.full_name, mark=roll_words.mark(chat, each.mark))


def _tap(meeting: Meeting, each: Line, chosen: str, tap: str, start: int) -> str:
    if chosen == "a":
        return f"roll-person {meeting.id} {each.person_id}"
    return f"roll-mark {meeting.id} {each.person_id} {tap} {start // PAGE}"


def _ways(chat: Chat, meeting: Meeting, tap: str, start: int) -> list[tuple[str, str]]:
    following = TAPS[(TAPS.index(tap) + 1) % len(TAPS)]
    mark = roll_words.mark(chat, roll_words.LETTERS[following])
    end = [(chat._("Everybody else: absent"), f"roll-end {meeting.id}")]
    return [
        (chat._("Mark others as: {mark}", mark=mark),
         f"roll-list {meeting.id} u {following} {start // PAGE}"),
        *(end if _begun(chat, meeting) else []),
    ]  # fmt: skip


@router.action("roll-person")
def person(chat: Chat, session_id: str, person_id: str, *_: str) -> Reply:
    """One person of the roll, with every mark."""
    course, meeting = roll_words.taught(chat, number(session_id))
    each = _on(chat, meeting, number(person_id))
    marks = [letter for letter, mark in roll_words.LETTERS.items() if mark is not each.mark]
    return chat.screen(
        chat._("{person}, {session}: {mark}.", person=roll_words.person(chat, each),
               session=roll_words.session(chat, course, meeting),
               mark=roll_words.mark(chat, each.mark)),
        *((_capital(roll_words.mark(chat, roll_words.LETTERS[letter])),
           f"roll-mark {meeting.id} {each.person_id} {letter}") for letter in marks),
        back=chat.back(f"roll-list {meeting.id} a p 0"),
    )  # fmt: skip


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _on(chat: Chat, meeting: Meeting, person_id: int) -> Line:
    lines = attendance.roll(chat.db, meeting.id, chat.me.id, chat.now)
    found = next((each for each in lines if each.person_id == person_id), None)
    if found is None:
        raise BadArgument(str(person_id))
    return found


@router.action("roll-mark", instead="roll-person")
def mark(chat: Chat, session_id: str, person_id: str, letter: str, page: str = "") -> Reply:
    """Write one mark; back to the list it was chosen from, else to the person."""
    _, meeting = roll_words.taught(chat, number(session_id))
    each = _on(chat, meeting, number(person_id))
    if letter not in roll_words.LETTERS:
        raise BadArgument(letter)
    marks = {each.person_id: roll_words.LETTERS[letter]}
    done = attendance.mark(chat.db, meeting.id, marks, chat.me.id, chat.now)
    if isinstance(done, Why):
        return roll(chat, session_id)
    if page:
        return people(chat, session_id, "u", letter if letter in TAPS else "p", page)
    return people(chat, session_id, "a", "p", "0")


@router.action("roll-excused")
def excused(chat: Chat, session_id: str) -> Reply:
    """Who was nominated and has said no: are they absent with leave?"""
    course, meeting = roll_words.taught(chat, number(session_id))
    found = _excused(chat, meeting)
    if not found:
        return roll(chat, session_id)
    names = naming_all(chat, [each.full_name for each in found], 160)
    return chat.screen(
        chat._("Said before {session} that they cannot come: {names}.",
               session=roll_words.session(chat, course, meeting), names=names),
        (chat._("Mark as absent with leave"), f"roll-excuse {meeting.id}"),
        back=chat.back(f"roll {meeting.id}"),
    )  # fmt: skip


def _excused(chat: Chat, meeting: Meeting) -> list[Line]:
    lines = attendance.roll(chat.db, meeting.id, chat.me.id, chat.now)
    return [each for each in lines if each.excused and each.known is None]


@router.action("roll-excuse", instead="roll-excused")
def excuse(chat: Chat, session_id: str) -> Reply:
    """Mark them."""
    _, meeting = roll_words.taught(chat, number(session_id))
    marks = {each.person_id: Mark.EXCUSED for each in _excused(chat, meeting)}
    attendance.mark(chat.db, meeting.id, marks, chat.me.id, chat.now)
    return roll(chat, session_id)


@router.action("roll-end")
def end(chat: Chat, session_id: str) -> Reply:
    """How many would be absent, before it is written."""
    course, meeting = roll_words.taught(chat, number(session_id))
    lines = attendance.expected(attendance.roll(chat.db, meeting.id, chat.me.id, chat.now))
    rest = [each.full_name for each in lines if each.known is None]
    if not rest or not _begun(chat, meeting):
        return roll(chat, session_id)
    return chat.screen(
        chat._(
            "End the roll of {session}? {count} people not marked become absent without leave:"
            " {names}. Codes are not taken any more.",
            session=roll_words.session(chat, course, meeting), count=len(rest),
            names=naming_all(chat, rest, 120),
        ),
        (chat._("End the roll"), f"roll-end-yes {meeting.id} {len(rest)}"),
        back=(chat._("Leave it open"), f"roll {meeting.id}"),
    )  # fmt: skip


@router.action("roll-end-yes", instead="roll-end-again")
def ended(chat: Chat, session_id: str, count: str) -> Reply:
    """End it, for as many as were named; whoever came meanwhile is asked about anew."""
    course, meeting = roll_words.taught(chat, number(session_id))
    lines = attendance.roll(chat.db, meeting.id, chat.me.id, chat.now)
    if attendance.counted(lines).unknown != number(count):
        return end(chat, session_id)
    done = attendance.close(chat.db, meeting.id, chat.me.id, chat.now)
    if isinstance(done, Why):
        return roll(chat, session_id)
    after = attendance.roll(chat.db, meeting.id, chat.me.id, chat.now)
    figures = _head(chat, course, meeting, after)
    return chat.screen(
        chat._("The roll is ended. {figures}", figures=figures),
        (chat._("Roll"), f"roll {meeting.id}"),
        back=chat.back("menu"),
    )


@router.action("roll-end-again")
def end_again(chat: Chat, session_id: str, *_: str) -> Reply:
    """What an outdated press gets: the question anew."""
    return end(chat, session_id)


def naming_all(chat: Chat, names: Sequence[str], room: int) -> str:
    """Names in a sentence, as many as fit into so many characters, and how many more there are."""
    shown: list[str] = []
    for name in names:
        if shown and len(", ".join([*shown, name])) > room:
            break
        shown.append(name)
    said, left = ", ".join(shown), len(names) - len(shown)
    return chat._("{names} and {count} more", names=said, count=left) if left else said
