"""Schools are asked for people: by the officer, as many of each; the principal names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import cards, sent_words
from handlers.audience_buttons import office
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import conversations, courses, nominations, school_calls, school_picks
from storage.nominees import Sent

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.school_picks import Call

# More than this of each school is a slip of the thumb.
MOST = 50
_EACH = re.compile(
    r"(?:cu |moi )?moi (?:truong|co so|don vi) (?:cu |chon )?(\d{1,2})(?: (?:nguoi|giao vien|gv))?"
    r"|(\d{1,2}) (?:nguoi|giao vien|gv) moi (?:truong|co so)|(\d{1,2}) (?:people )?of each school"
)


def each_school(folded: str) -> int | None:
    """How many of each school a text asks for: "mỗi trường 2 người"; None where it does not."""
    found = _EACH.fullmatch(folded)
    return int(found[1] or found[2] or found[3]) if found else None


def line(chat: Chat) -> list[tuple[str, str]]:
    """The line of a principal's day: trainings for which people are still to be named."""
    found = [one for one in school_picks.calls(chat.db, chat.me.id, chat.now) if one.left]
    if not found:
        return []
    words = chat._("Trainings to name people for: {count}", count=len(found))
    return [(words, f"pick {found[0].course_id}")]


def ask(chat: Chat, course_id: int, each: int) -> Reply:
    """How many schools would be asked; nothing is done yet."""
    course = courses.get(chat.db, course_id)
    found = school_calls.schools(chat.db, office(chat), course_id)
    back = chat.back(f"nominate {course_id}")
    if course is None or not found or not 0 < each <= MOST:
        return chat.screen(chat._("There is no school to be asked."), back=back)
    words = chat._("Ask {count} schools to choose {each} people each for {course}?",
                   count=len(found), each=each, course=cards.brief(chat, course))  # fmt: skip
    left = nominations.left(chat.db, office(chat), course_id, chat.now)
    if left is not None and left < len(found) * each:
        few = chat._("Seats left: {left}. Who is named first has one.", left=left)
        words = f"{words}\n{few}"
    return chat.screen(
        words,
        (chat._("Ask the schools"), f"call-schools {course_id} {each}"),
        back=(chat._("Leave it"), f"nominate {course_id}"),
    )


@router.action("call-schools", instead="nominate")
def call(chat: Chat, course_id: str, each: str) -> Reply:
    """Ask the principals."""
    wanted = number(each)
    if not 0 < wanted <= MOST:
        raise BadArgument(each)
    done = school_calls.call(chat.db, office(chat), number(course_id), wanted, chat.now)
    course = courses.get(chat.db, number(course_id))
    if done is None or course is None:
        raise BadArgument(course_id)
    words = chat._("Asked {count} schools to choose {each} people each for {code}.",
                   count=done.schools, each=wanted, code=course.code)  # fmt: skip
    if done.silent:
        few = chat._("In {count} of them no principal uses the assistant; for these please write"
                     " the names.", count=done.silent)  # fmt: skip
        words = f"{words} {few}"
    return chat.screen(
        words,
        (chat._("Those who have been sent"), f"nominees {course.id}"),
        back=chat.back(f"nominate {course.id}"),
    )


@router.notice(school_calls.KIND)
def called(chat: Chat, owed: Owed) -> Reply | None:
    """To a principal: how many of the school are to be named, for what."""
    found = school_picks.one(chat.db, owed.subject_id, chat.me.id, chat.now)
    course = courses.get(chat.db, owed.subject_id)
    if found is None or course is None or not found.left:
        return None
    return chat.letter(
        chat._("{school} may send {count} people to {course}. Please choose them.",
               school=chat.me.school, count=found.left, course=cards.named(chat, course)),
        (chat._("Choose people"), f"pick {course.id}"),
    )  # fmt: skip


@router.action("pick")
def pick(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """Who of the school goes?"""
    found = school_picks.one(chat.db, number(course_id), chat.me.id, chat.now)
    if found is None:
        raise BadArgument(course_id)
    return _choose(chat, found, number(page))


def _choose(chat: Chat, found: Call, page: int = 0, *before: str) -> Reply:
    course = courses.get(chat.db, found.course_id)
    if course is None:
        raise BadArgument(str(found.course_id))
    people = school_picks.candidates(chat.db, course.id, chat.me.id, chat.now)
    shown = people[page * PAGE : (page + 1) * PAGE]
    if not found.left:
        words = chat._("{count} people of the school have been named for {code}.",
                       count=found.named, code=course.code)  # fmt: skip
        return chat.screen("\n".join((*before, words)), back=chat.back("work"))
    if not shown:
        words = chat._("Nobody else of the school can be named for {code}.", code=course.code)
        return chat.screen("\n".join((*before, words)), back=chat.back("work"))
    names = [one.full_name for one in people]
    words = chat._("{course}: {count} people of the school still to be named. Who goes?",
                   course=cards.brief(chat, course), count=found.left)  # fmt: skip
    return chat.screen(
        "\n".join((*before, words)),
        *((f"{one.full_name}, {one.birth_year}" if names.count(one.full_name) > 1
           else one.full_name, f"pick-this {course.id} {one.id}") for one in shown),
        more=f"pick {course.id} {page + 1}" if people[(page + 1) * PAGE :] else "",
        back=(chat._("Later"), "work"),
    )  # fmt: skip


@router.action("pick-this", instead="pick")
def this(chat: Chat, course_id: str, person_id: str) -> Reply:
    """Name one; the next one is asked for."""
    wanted = number(course_id)
    before = school_picks.one(chat.db, wanted, chat.me.id, chat.now)
    course = courses.get(chat.db, wanted)
    done = school_picks.pick(chat.db, wanted, number(person_id), chat.me.id, chat.now)
    found = school_picks.one(chat.db, wanted, chat.me.id, chat.now)
    if before is None or found is None or course is None:
        raise BadArgument(course_id)
    if done is None:
        return _choose(chat, found)
    if done.outcome is not Sent.NOMINATED:
        return _choose(chat, found, 0, *sent_words.refused(chat, course, [done]))
    name = conversations.who(chat.db, number(person_id)).full_name
    return _choose(
        chat, found, 0,
        chat._("{name} is named for {code}, and asked whether they can come.", name=name,
               code=course.code),
    )  # fmt: skip
