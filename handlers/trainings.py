"""One course: its card, the way there, what to bring, the calendar file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, dates, papers
from handlers.identify import agreed
from handlers.message import Choice, Document, Place
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import (
    blocks,
    codes,
    course_documents,
    course_rows,
    courses,
    offers,
    places,
    rooms,
    scopes,
)
from storage.models import CourseState, Position, Precision, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.places import Place as Registered


# So many shared answers fit below the way there.
NEEDS = 3


def wanted(chat: Chat, course_id: str) -> Training:
    """The course a choice names; raises BadArgument where there is none to be seen."""
    course = courses.get(chat.db, number(course_id))
    if course is None or course.state is CourseState.DRAFT or _hidden(chat, course):
        raise BadArgument(course_id)
    return course


def _hidden(chat: Chat, course: Training) -> bool:
    """True of a training out of an office's file, for whoever neither took part nor is officer."""
    if not course.past:
        return False
    me = chat.person
    if me is None:
        return True
    took_part = places.find(chat.db, course.id, me.id) is not None
    return not took_part and scopes.of(chat.db, me.id, chat.now.date()) is None


@router.code
def course_code(chat: Chat, text: str) -> Reply | None:
    """`L12`, typed anywhere at any time, or in the link that opened the chat."""
    if (wanted_number := codes.course(text)) is None:
        return None
    course = courses.numbered(chat.db, wanted_number)
    if course is None or _hidden(chat, course):
        return chat.screen(
            chat._("There is no training {code}.", code=f"L{wanted_number}"),
            (chat._("Training schedule"), "schedule"),
            back=chat.back("menu"),
        )
    if chat.person is None and not agreed(chat):
        chat.intent = f"course {course.id}"
        chat.talk.data["wanted"] = course.code
        return chat.go("welcome")
    return show(chat, str(course.id))


@router.action("course", public=True)
def show(chat: Chat, course_id: str) -> Reply:
    """The card of a course, with what the person can do about it."""
    course = wanted(chat, course_id)
    mine = places.find(chat.db, course.id, chat.person.id) if chat.person else None
    choices = _choices(chat, course, mine)
    return chat.screen(
        cards.card(chat, course, mine),
        *choices,
        *papers.own_line(chat, course.id),
        *_figures(chat, course),
        _more(chat, course),
        *_documents(chat, course),
        *_to_pass_on(chat, course),
        back=chat.back("schedule"),
        also=_open_question(chat, mine),
        yes=bool(choices) and choices[0][1].startswith("register"),
    )


def _more(chat: Chat, course: Training) -> tuple[str, str]:
    """The second level; nobody needs the way to what has been cancelled or is over."""
    if cards.ended(chat, course):
        return (chat._("Ask the person in charge"), f"contact {course.id}")
    return (chat._("Way there, what to bring, whom to ask"), f"way {course.id}")


def _figures(chat: Chat, course: Training) -> list[tuple[str, str]]:
    """What an officer wants of a course: who has registered."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date()) if cards.observes(chat) else None
    if scope is None:
        return []
    figures = (chat._("Who has registered, by unit"), f"figures {course.id}")
    if not course_rows.covered(chat.db, scope, course.id):
        return [figures]
    return [(chat._("Run {code}", code=course.code), f"run {course.id}"), figures]


def _documents(chat: Chat, course: Training) -> list[tuple[str, str]]:
    found = course_documents.ready(chat.db, course.id)
    return [(chat._("Documents: {count}", count=len(found)), f"docs {course.id}")] if found else []


def _to_pass_on(chat: Chat, course: Training) -> list[tuple[str, str]]:
    """A text for the school's group, for whoever tells others."""
    if chat.person is None or chat.person.position not in (Position.PRINCIPAL, Position.OFFICER):
        return []
    return [(chat._("Copy for the Zalo group"), f"course-copy {course.id}")]


def _choices(chat: Chat, course: Training, mine: Registered | None) -> list[tuple[str, str]]:
    if mine is None or not mine.live:
        if not course.takes(chat.now) or cards.closed_to(chat, course):
            return []
        label = chat._("Join the queue") if _full(chat, course) else chat._("Register")
        return [(label, f"register {course.id}")]
    return [] if course.begun(chat.now) else _answers(chat, course, mine)


def _answers(chat: Chat, course: Training, mine: Registered) -> list[tuple[str, str]]:
    """What whoever takes part or waits can do about it."""
    if _open_question(chat, mine):
        return []
    if mine.unanswered_since:
        # The message about the change was lost, or had no numbers left.
        return [(chat._("I can come"), f"stay {mine.id}"), _give_up(chat, course)]
    if mine.standing is Standing.OFFERED:
        return [(chat._("Take the seat"), f"take {mine.id}"), _give_up(chat, course)]
    if mine.standing is Standing.NOMINATED:
        return [(chat._("I can come"), f"take {mine.id}"), _give_up(chat, course)]
    if mine.standing is Standing.WAITING:
        leaving = (chat._("Leave the queue"), f"cancel {course.id}")
        if offers.open_to_all(chat.db, course, chat.now):
            return [(chat._("Take the seat"), f"seat {mine.id}"), leaving]
        return [leaving]
    return [_give_up(chat, course)]


def _full(chat: Chat, course: Training) -> bool:
    return rooms.left(chat.db, course, chat.person, chat.now) == 0


def _give_up(chat: Chat, course: Training) -> tuple[str, str]:
    return (chat._("I cannot come"), f"cancel {course.id}")


def _open_question(chat: Chat, mine: Registered | None) -> tuple[Choice, ...]:
    """The notice about a change, where it is still unanswered, with the numbers it has."""
    if mine is None or not mine.unanswered_since:
        return ()
    notice = blocks.about(chat.db, chat.talk.account_id, "moved", mine.id)
    if notice is None:
        return ()
    labels = {"stay": chat._("I can come"), "unable": chat._("I cannot come")}
    return tuple(
        Choice(digits, labels[action.split()[0]], action)
        for digits, action in sorted(notice.choices.items())
        if action.split()[0] in labels
    )


@router.action("way", public=True)
def way(chat: Chat, course_id: str) -> Reply:
    """Where it is, when to be there, what to bring; a pin; the person in charge."""
    course = wanted(chat, course_id)
    if cards.ended(chat, course):
        return show(chat, course_id)
    return chat.screen(
        "\n".join(_directions(chat, course)),
        (chat._("Ask the person in charge"), f"contact {course.id}"),
        (chat._("Add to the phone's calendar"), f"calendar {course.id}"),
        back=chat.back(f"course {course.id}"),
        place=_pin(course),
    )


def _directions(chat: Chat, course: Training) -> list[str]:
    meeting = course.first
    lines = [f"{course.code}: {cards.where(chat, course)}"]
    if meeting and meeting.address:
        # A line that is no choice never begins with a digit.
        if meeting.address[0].isdigit():
            lines[0] = f"{lines[0]}, {meeting.address}"
        else:
            lines.append(meeting.address)
    if meeting and meeting.link and chat.person and _seated(chat, course):
        lines.append(chat._("Join here: {link}", link=meeting.link))
    if meeting and meeting.arrive_at:
        arrive = meeting.arrive_at.astimezone(chat.now.tzinfo)
        lines.append(
            chat._("Please be there from {time}", time=dates.clock(arrive, chat.talk.language))
        )
    if course.bring:
        lines.append(chat._("Bring: {things}", things=course.bring))
    shared = course.needs.splitlines()[:NEEDS]
    lines += [chat._("Good to know: {words}", words=words) for words in shared]
    if course.cooperating:
        lines.append(_held_by(chat, course))
    if course.letter:
        lines.append(chat._("By official letter {letter}", letter=course.letter))
    return lines


def _held_by(chat: Chat, course: Training) -> str:
    if course.lead:
        return chat._("Held by {lead}, together with {others}", lead=course.lead,
                      others=course.cooperating)  # fmt: skip
    return chat._("Together with {others}", others=course.cooperating)


def _seated(chat: Chat, course: Training) -> bool:
    mine = places.find(chat.db, course.id, chat.me.id)
    return mine is not None and mine.holds


def _pin(course: Training) -> Place | None:
    meeting = course.first
    if not meeting or not meeting.place or meeting.latitude is None or meeting.longitude is None:
        return None
    return Place(
        meeting.place, meeting.address or meeting.unit, meeting.latitude, meeting.longitude
    )


@router.action("calendar", public=True)
def calendar(chat: Chat, course_id: str) -> Reply:
    """The course as a file that the phone's calendar opens."""
    course = wanted(chat, course_id)
    # "July to August" is no day that a calendar could hold.
    if not any(
        meeting.starts_at or meeting.precision is Precision.DAY for meeting in course.sessions
    ):
        return chat.screen(
            chat._(
                "{code} has no date yet. The assistant will say when it is settled.",
                code=course.code,
            ),
            back=chat.back(f"course {course.id}"),
        )
    return chat.screen(
        chat._(
            "Calendar file for {code}: open it to add the dates to the phone.", code=course.code
        ),
        back=chat.back(f"course {course.id}"),
        document=Document("calendar", course.id, f"lịch {course.code}.ics"),
    )
