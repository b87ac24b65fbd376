"""Checking in: the six digits on the board, typed anywhere at any time or scanned as a QR code."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from handlers import dates, identify, naming, phone_codes, roll_words
from handlers.router import number
from handlers.routes import router
from storage import accounts, arrivals, attendance, conversations, session_codes, teaching, tries
from storage.arrivals import Outcome
from storage.models import Mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.arrivals import Arrival
    from storage.attendance import Known
    from storage.courses import Meeting, Training
    from storage.session_codes import Code

router.command(
    "check-in", "diemdanh", "checkin", words=("diem danh", "check in", "ma diem danh"),
)  # fmt: skip

STEP = "check in code"
# Wrong digits of somebody who is expected, in so long a time; of a million.
TRIES, PAUSE = 10, timedelta(minutes=30)
_AROUND = r"(?:diem danh|diemdanh|check ?in|ma|so|code|co mat|da|em|toi|co|la|lop|hoc|a|nhe) "
_SIX = re.compile(rf"(?:{_AROUND})*(\d{{6}}|\d{{3}} \d{{3}}|\d\d \d\d \d\d)(?: (?:a|nhe|nha))*")
# "12.12.26" is a day.
_DATE = re.compile(r"\d\d[.-]\d\d[.-]\d\d")


def digits(text: str, folded: str) -> str | None:
    """The six digits of a typed attendance code ("482 913", "mã 482913 ạ"), None for other text."""
    found = _SIX.fullmatch(folded)
    if found is None or _DATE.search(text):
        return None
    return found[1].replace(" ", "")


@router.code
def code(chat: Chat, text: str) -> Reply | None:
    """Six digits; where another step is open, only of somebody who is expected somewhere now."""
    typed = digits(text, chat.folded if text == chat.text else text)
    if typed is None:
        return None
    at, step = _moment(chat), chat.talk.step
    sharers = accounts.people(chat.db, chat.talk.account_id)
    own = arrivals.expected(chat.db, [one.id for one in sharers], at)
    if step not in ("", STEP) and not own:
        return None
    if until := _pause(chat, own):
        return identify.paused(chat, until)
    found = session_codes.found(chat.db, typed, at)
    # Two boards may show the same digits for half a minute: one's own is meant.
    found.sort(key=lambda each: each.session_id not in own)
    if step == phone_codes.STEP and not (found and found[0].session_id in own):
        return None
    return _met(chat, found[0].session_id, at) if found else _unknown(chat, typed, at, own)


def _moment(chat: Chat) -> datetime:
    """When the message was sent, by the platform's clock; never later than now."""
    return min(chat.message.sent_at, chat.now).astimezone(chat.now.tzinfo)


def _pause(chat: Chat, own: set[int]) -> datetime | None:
    """Until when no code is read from here; None: it is.

    Whoever is expected in a hall now is counted apart from all who guess at codes: hundreds of
    people who mistype lock nobody out, and a right code here makes up for no wrong one elsewhere.
    """
    if not own:
        return tries.paused(chat.db, chat.talk, chat.now)
    missed = _missed(chat)
    return missed[0] + PAUSE if len(missed) >= TRIES else None


def _failed(chat: Chat, own: set[int]) -> datetime | None:
    """Count wrong digits; until when no code is read from here any more, where it is so."""
    if not own:
        return tries.failed(chat.db, chat.talk.account_id, chat.now)
    chat.talk.data["missed"] = [each.isoformat() for each in (*_missed(chat), chat.now)]
    return _pause(chat, own)


def _missed(chat: Chat) -> list[datetime]:
    moments = (datetime.fromisoformat(each) for each in chat.talk.data.get("missed", []))
    return [each.astimezone(chat.now.tzinfo) for each in moments if chat.now - each < PAUSE]


def _unknown(chat: Chat, typed: str, at: datetime, own: set[int]) -> Reply:
    """Digits that no board shows at that moment: old, of another time, or wrong."""
    if any(each.session_id in own for each in session_codes.old(chat.db, typed, at)):
        return chat.ask(
            chat._("This code has just changed. Please write the 6 digits that are shown now."),
            STEP,
        )
    for each in session_codes.elsewhen(chat.db, typed, at):
        if told := _elsewhen(chat, each):
            return told
    if until := _failed(chat, own):
        return identify.paused(chat, until)
    return chat.ask(
        chat._("The code {code} is not right. Please look at the board again and write its 6"
               " digits.", code=typed),
        STEP,
    )  # fmt: skip


def _elsewhen(chat: Chat, known: Code) -> Reply | None:
    """When these digits are good, said to whoever has a seat there and to nobody else."""
    found = teaching.meeting(chat.db, known.session_id)
    sharers = [one.id for one in accounts.people(chat.db, chat.talk.account_id)]
    if found is None or not arrivals.seated(chat.db, found[0].id, sharers):
        return None
    session = roll_words.session(chat, *found)
    opens, closes = (each.astimezone(chat.now.tzinfo) for each in (known.opens_at, known.closes_at))
    words = chat._(
        "This code of {session} can be written on {day}, from {first} to {last}. Nothing is noted"
        " now.",
        session=session, day=dates.day(opens.date(), chat.talk.language),
        first=dates.clock(opens, chat.talk.language), last=roll_words.clock(chat, closes)
        if closes.date() != opens.date() else dates.clock(closes, chat.talk.language),
    )  # fmt: skip
    return chat.screen(
        words,
        (chat._("Ask the person in charge"), f"contact {found[0].id}"),
        back=chat.back("menu"),
    )


def _met(chat: Chat, session_id: int, at: datetime) -> Reply:
    """The right digits: for whoever is known here; others say first who they are."""
    if chat.person is not None:
        return _noted(chat, session_id, at)
    chat.talk.data["came"] = {"session": session_id, "at": at.isoformat()}
    chat.intent = "check-in-kept"
    return chat.go("identify" if identify.agreed(chat) else "welcome")


@router.action("check-in-kept", public=True)
def kept(chat: Chat) -> Reply:
    """Go on with the code that was written before the person was known."""
    came = chat.talk.data.pop("came", None)
    if chat.person is None or not came:
        return chat.go("check-in")
    return _noted(chat, int(came["session"]), datetime.fromisoformat(came["at"]))


@router.action("check-in")
def ask(chat: Chat) -> Reply:
    """Ask for the digits; whoever takes attendance today finds the roll here too."""
    rolls = teaching.near(chat.db, chat.me.id, chat.now)[:5]
    lines = [(naming.choice(_roll(chat, *each)), f"roll {each[1].id}") for each in rolls]
    return chat.ask(
        chat._("Please write the 6 digits on the board or the screen of the training."),
        STEP, *lines, back="menu",
    )  # fmt: skip


def _roll(chat: Chat, course: Training, meeting: Meeting) -> str:
    """A roll on a line, with its day where that is another one."""
    words = chat._("Roll of {session}", session=roll_words.session(chat, course, meeting))
    days = meeting.days(chat.now)
    if days is None or days[0] <= chat.now.date() <= days[1]:
        return words
    return f"{words}, {dates.short_day(days[0], chat.talk.language)}"


@router.step(STEP)
def not_a_code(chat: Chat) -> Reply:
    """What is shaped like a code never gets here."""
    return chat.again(
        chat._("The attendance code has 6 digits, for example 482 913. Please write it again.")
    )


def _noted(chat: Chat, session_id: int, at: datetime) -> Reply:
    """Mark who is meant: the person the account speaks for, if they or nobody has a seat there."""
    found = teaching.meeting(chat.db, session_id)
    if found is None:
        return chat.go("check-in")
    course, meeting = found
    if reason := attendance.whether(course, meeting, at):
        return chat.screen(
            roll_words.why(chat, reason, course, meeting),
            (chat._("Look at {code}", code=course.code), f"course {course.id}"),
            back=chat.back("menu"),
        )
    chat.begin(session=session_id, at=at.isoformat())
    sharers = accounts.people(chat.db, chat.talk.account_id)
    seated = arrivals.seated(chat.db, course.id, [one.id for one in sharers])
    if chat.me.id not in seated and seated:
        return _who(chat, course, meeting, [one for one in sharers if one.id in seated])
    return _arrived(chat, course, meeting, [chat.me.id], at)


def _who(
    chat: Chat, course: Training, meeting: Meeting, seated: Sequence[accounts.Sharer]
) -> Reply:
    """Another of those who share the phone has the seat: who is there?"""
    return chat.screen(
        chat._("{name} has no seat in {session}. Who is there?", name=chat.me.full_name,
               session=roll_words.session(chat, course, meeting)),
        *((naming.choice(one.full_name), f"check-in-also {one.id}") for one in seated),
        (naming.choice(chat._("{name}, without a seat", name=chat.me.full_name)),
         f"check-in-also {chat.me.id}"),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("check-in-last")
def last(chat: Chat, *_: str) -> Reply:
    """What an outdated press gets: the question for the code."""
    return chat.go("check-in")


@router.action("check-in-also", instead="check-in-last")
def also(chat: Chat, *person_ids: str) -> Reply:
    """Others who share the phone came too, by the same code at the same moment."""
    session_id, at = chat.form.get("session"), chat.form.get("at")
    found = teaching.meeting(chat.db, session_id) if isinstance(session_id, int) else None
    mine = {one.id for one in accounts.people(chat.db, chat.talk.account_id)}
    wanted = [number(each) for each in person_ids]
    if found is None or not isinstance(at, str) or not wanted or not mine.issuperset(wanted):
        return chat.go("check-in")
    return _arrived(chat, *found, wanted, datetime.fromisoformat(at))


def _arrived(
    chat: Chat, course: Training, meeting: Meeting, people: Sequence[int], at: datetime
) -> Reply:
    """Say what is noted of each, then ask about the others who share the phone."""
    lines = [
        _line(chat, course, meeting, person_id,
              arrivals.arrive(chat.db, course, meeting, person_id, at, chat.now))
        for person_id in sorted(people)
    ]  # fmt: skip
    others = _others(chat, course, meeting)
    if not others:
        return chat.screen("\n".join(lines))
    choices = [
        (naming.choice(chat._("{name} too", name=name)), f"check-in-also {each}")
        for each, name in others
    ]
    if len(others) > 1:
        both = " ".join(str(each) for each, _ in others)
        choices.append((chat._("All who share this phone"), f"check-in-also {both}"))
    lines.append(chat._("Is anybody else who shares this phone there?"))
    return chat.screen("\n".join(lines), *choices, back=(chat._("No, nobody else"), "menu"))


def _others(chat: Chat, course: Training, meeting: Meeting) -> list[tuple[int, str]]:
    """Who shares the phone, has a seat there and is not marked yet."""
    sharers = accounts.people(chat.db, chat.talk.account_id)
    seated = arrivals.seated(chat.db, course.id, [one.id for one in sharers])
    return [
        (one.id, one.full_name)
        for one in sharers
        if one.id in seated and attendance.known(chat.db, meeting.id, one.id) is None
    ]


def _line(chat: Chat, course: Training, meeting: Meeting, person_id: int, arrival: Arrival) -> str:
    who = conversations.who(chat.db, person_id)
    session, name = roll_words.session(chat, course, meeting), who.full_name
    match arrival.outcome:
        case Outcome.NOTED | Outcome.ALREADY if arrival.known:
            return _there(chat, session, name, arrival.known, arrival.outcome)
        case Outcome.STANDS if arrival.known:
            return chat._(
                "The trainer has noted for {name} in {session}: {mark}. If that is not right,"
                " please tell the trainer.",
                name=name, session=session, mark=roll_words.mark(chat, arrival.known.mark),
            )  # fmt: skip
        case Outcome.REFUSED:
            return chat._(
                "The trainer has answered that {name} does not take part in {session}.",
                name=name, session=session,
            )  # fmt: skip
        case Outcome.ASKED | Outcome.NOTED | Outcome.ALREADY | Outcome.STANDS:
            return chat._(
                "{name} is not on the list of {session}. The assistant has asked the trainer;"
                " if accepted, the time of this message counts.",
                name=name, session=session,
            )  # fmt: skip
        case _:
            assert_never(arrival.outcome)


def _there(chat: Chat, session: str, name: str, known: Known, outcome: Outcome) -> str:
    said = {"session": session, "time": roll_words.clock(chat, known.at), "name": name}
    if outcome is Outcome.ALREADY:
        return chat._("{name} is noted for {session} already, at {time}. Nothing more is needed.",
                      **said)  # fmt: skip
    if known.mark is Mark.LATE:
        return chat._("Noted for {session}, at {time}, late: {name}.", **said)
    return chat._("Noted for {session}, at {time}: {name}.", **said)
