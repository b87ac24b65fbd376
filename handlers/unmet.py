"""`chưa`: who is expected and has not completed, reason by reason, down to the names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from handlers import cards, dates, figure_words, unmet_words, work
from handlers.chat import PAGE
from handlers.figure_asked import ANY, own_schools, part, scope_of
from handlers.forwarding import FEW, LONGEST
from handlers.naming import choice, inside
from handlers.numbers import number as spoken
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import courses, schools
from storage.figures import behind as units_behind
from storage.figures import nudge_rules, rows, subjects, unmet
from storage.figures.reasons import REASONS, Reason
from storage.statistics import View

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.figures.subjects import Topic
    from storage.scopes import Scope
    from storage.statistics import Within

router.command(
    "chua", "chua",
    words=("ai chua", "ai chua hoc", "ai chua hoan thanh", "ai chua dang ky", "con ai chua",
           "con ai chua hoc", "nhung ai chua", "who has not"),
)  # fmt: skip

# Reasons on a page: below them stand the ways on.
SHOWN: Final = 5
NAMES: Final = 8
# Who has said that they come, or cannot, is not asked to register.
_SETTLED: Final = (
    Reason.ON_LEAVE, Reason.COMING, Reason.WAITING, Reason.CANNOT, Reason.NOT_AGREED,
)  # fmt: skip


@router.action("chua")
def nearest(chat: Chat) -> Reply:
    """Who has not, of what is due next."""
    scope = scope_of(chat)
    if scope:
        topic = subjects.nearest(chat.db, scope, chat.now)
    elif own_schools(chat):
        topic = unmet.nearest_at_school(chat.db, chat.me.id, chat.now)
    else:
        return work.nobody(chat)
    if topic is None:
        return chat.screen(
            chat._("There is nothing now that anybody here still has to complete."),
            (chat._("Figures of a training"), "statistics"),
            back=chat.back("work"),
        )
    return reasons(chat, str(topic.id))


@router.action("unmet")
def reasons(chat: Chat, subject_id: str, of: str = ANY, unit: str = "0", page: str = "0") -> Reply:
    """How many have not, by reason; each leads to the names."""
    topic, within, scope = wanted(chat, subject_id, of, unit)
    if scope is None and not own_schools(chat):
        return work.nobody(chat)
    place = where(chat, scope, within)
    found = counted(chat, scope, topic, within)
    start = number(page) * SHOWN
    shown = list(found.items())[start : start + SHOWN]
    lines = [
        (unmet_words.label(chat, topic, reason, people),
         f"unmet-names {topic.id} {REASONS.index(reason)} 0 {of} {unit}")
        for reason, people in shown
    ]  # fmt: skip
    return chat.screen(
        figure_words.fitting(_heading(chat, scope, topic, within, place, found), 2),
        *lines,
        *_ways(chat, scope, topic, f"{of} {unit}", found),
        more=f"unmet {topic.id} {of} {unit} {number(page) + 1}"
        if len(found) > start + SHOWN
        else "",
        back=chat.back(f"figure {topic.id}"),
    )


def wanted_topic(chat: Chat, subject_id: str) -> Topic:
    """The subject a choice names; raises BadArgument where there is none."""
    topic = subjects.get(chat.db, number(subject_id))
    if topic is None:
        raise BadArgument(subject_id)
    return topic


def wanted(
    chat: Chat, subject_id: str, of: str, unit: str
) -> tuple[Topic, Within | None, Scope | None]:
    """The subject and the part a choice names, and the scope of whoever asks."""
    return wanted_topic(chat, subject_id), part(of, unit), scope_of(chat)


def where(chat: Chat, scope: Scope | None, within: Within | None) -> str:
    """The place that is looked at; raises BadArgument where it is not the officer's."""
    if scope is None:
        mine = [schools.get(chat.db, each) for each in own_schools(chat)]
        return ", ".join(one.name for one in mine if one)
    if within is None:
        return ", ".join(inside(one.unit) for one in scope.reaches)
    name = rows.label(chat.db, scope, within)
    if name is None:
        raise BadArgument(str(within.id))
    if within.view is View.SCHOOL:
        return name
    return inside(figure_words.place(chat, name, within.view))


def counted(
    chat: Chat, scope: Scope | None, topic: Topic, within: Within | None
) -> dict[Reason, int]:
    """How many have not, by reason, as far as whoever asks may see."""
    if scope is None:
        return unmet.at_school(chat.db, chat.me.id, topic, chat.now)
    return unmet.counts(chat.db, scope, topic, within, chat.now)


def _heading(
    chat: Chat,
    scope: Scope | None,
    topic: Topic,
    within: Within | None,
    place: str,
    found: dict[Reason, int],
) -> list[str]:
    """The first line is the answer; then where, and what is counted."""
    code, language = topic.code or chat._("Trainings"), chat.talk.language
    missing = sum(people for reason, people in found.items() if reason is not Reason.ON_LEAVE)
    if not missing:
        first = chat._("{code}: nobody is missing who is expected.", code=code)
    elif scope is None:
        first = chat._("{code}, not completed: {count} people", code=code,
                       count=spoken(missing, language))  # fmt: skip
    else:
        expected = rows.total(chat.db, scope, topic.id, within).count.expected
        first = chat._("{code}, not completed: {count} of {expected} people", code=code,
                       count=spoken(missing, language),
                       expected=spoken(expected, language))  # fmt: skip
    return [first, place[:1].upper() + place[1:], figure_words.title(chat, topic)]


def _ways(
    chat: Chat, scope: Scope | None, topic: Topic, where_: str, found: dict[Reason, int]
) -> list[tuple[str, str]]:
    """What can be done about it."""
    ways: list[tuple[str, str]] = []
    concern = nudge_rules.concern(chat.db, topic, chat.now)
    if scope and any(reason in found for reason in concern.school):
        ways.append((chat._("Remind those who have not"), f"nudge {topic.id} {where_}"))
    if any(reason is not Reason.ON_LEAVE for reason in found):
        ways.append((chat._("Copy for the Zalo group"), f"unmet-copy {topic.id} {where_}"))
    if scope and where_.startswith(ANY):
        ways.append((chat._("Units to be seen to"), f"behind {topic.id}"))
    return ways


@router.action("unmet-names")
def names(
    chat: Chat, subject_id: str, reason: str, page: str = "0", of: str = ANY, unit: str = "0"
) -> Reply:
    """The people behind a reason, a page at a time."""
    topic, within, scope = wanted(chat, subject_id, of, unit)
    if number(reason) >= len(REASONS):
        raise BadArgument(reason)
    place = where(chat, scope, within)
    why, start = REASONS[number(reason)], number(page) * NAMES
    if scope:
        found = unmet.people(chat.db, scope, topic, why, chat.now, within=within,
                             limit=NAMES + 1, offset=start)  # fmt: skip
    else:
        found = unmet.colleagues(chat.db, chat.me.id, topic, (why,), chat.now, limit=NAMES + 1,
                                 offset=start)  # fmt: skip
    people = counted(chat, scope, topic, within).get(why, 0)
    one_school = within is not None and within.view is View.SCHOOL
    if scope is None:
        one_school = len(own_schools(chat)) == 1
    head = chat._("{code}, {place}. {reason}", code=topic.code or chat._("Trainings"), place=place,
                  reason=unmet_words.label(chat, topic, why, people))  # fmt: skip
    lines = [unmet_words.person(chat, one, school=not one_school) for one in found[:NAMES]]
    hidden = 0 if found[NAMES:] else people - start - len(found)
    if hidden > 0:
        lines.append(chat._("Without a name here, as they work elsewhere now: {count}",
                            count=spoken(hidden, chat.talk.language)))  # fmt: skip
    return chat.screen(
        "\n".join([head, *lines]),
        more=f"unmet-names {topic.id} {reason} {number(page) + 1} {of} {unit}"
        if found[NAMES:]
        else "",
        back=chat.back(f"unmet {topic.id} {of} {unit}"),
    )


# For a group


@router.action("unmet-copy")
def copy(chat: Chat, subject_id: str, of: str = ANY, unit: str = "0") -> Reply:
    """A text for the group that says how many have not, without saying who."""
    topic, within, scope = wanted(chat, subject_id, of, unit)
    if scope is None and not own_schools(chat):
        return work.nobody(chat)
    place = where(chat, scope, within)
    course = courses.get(chat.db, topic.course_id) if topic.course_id else None
    ahead = course is not None and not course.begun(chat.now)
    apart = _SETTLED if ahead else (Reason.ON_LEAVE,)
    found = counted(chat, scope, topic, within)
    people = sum(count for reason, count in found.items() if reason not in apart)
    if not people:
        return reasons(chat, subject_id, of, unit)
    never = chat._("The assistant never asks for passwords, OTPs, ID cards or money.")
    below = [*_how(chat, topic), never]
    what = cards.brief(chat, course) if course else figure_words.named(chat, topic)
    first = _first(chat, place[:1].upper() + place[1:], what, people, ahead=ahead)
    room = LONGEST - len("\n".join(["", *below]))
    return chat.screen("\n".join([figure_words.cut(first, room), *below]))


def _first(chat: Chat, place: str, what: str, people: int, *, ahead: bool) -> str:
    """How many are missing there; of a course that is still to come, how many seats are."""
    count = spoken(people, chat.talk.language)
    if ahead and people < FEW:
        return chat._("{school}: some people have not registered yet for {course}.", school=place,
                      course=what)  # fmt: skip
    if ahead:
        return chat._("{school}: {count} people have not registered yet for {course}.",
                      school=place, count=count, course=what)  # fmt: skip
    if people < FEW:
        return chat._("{place}: some people have not completed {what} yet.", place=place, what=what)
    return chat._("{place}: {count} people have not completed {what} yet.", place=place, what=what,
                  count=count)  # fmt: skip


def _how(chat: Chat, topic: Topic) -> list[str]:
    """Until when, and how, people register; nothing where they cannot."""
    course = courses.get(chat.db, topic.course_id) if topic.course_id else None
    if course is None:
        return []
    if not course.takes(chat.now):
        return [chat._("To know more, write to the assistant: {code}", code=course.code)]
    lines = [chat._("To register, write to the assistant: {code}", code=course.code)]
    if course.closes_at:
        day = dates.short_day(course.closes_at.astimezone(chat.now.tzinfo), chat.talk.language)
        lines.insert(0, chat._("Register until {day}", day=day))
    return lines


# For the level above


router.command(
    "behind-now", "donvicandondoc",
    words=("don vi can don doc", "don vi nao can don doc", "xa nao can don doc",
           "truong nao can don doc"),
)  # fmt: skip


@router.action("behind-now")
def behind_now(chat: Chat) -> Reply:
    """The units to be seen to, of what is due next."""
    scope = scope_of(chat)
    topic = subjects.nearest(chat.db, scope, chat.now) if scope else None
    return behind(chat, str(topic.id)) if topic else nearest(chat)


@router.action("behind")
def behind(chat: Chat, subject_id: str, page: str = "0") -> Reply:
    """The units directly below the officer that have not reached what is asked, by name."""
    topic, scope = wanted_topic(chat, subject_id), scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    found = units_behind.listed(chat.db, scope, topic, chat.now)
    code, start = topic.code or chat._("Trainings"), number(page) * PAGE
    since = chat.now - nudge_rules.SPACING
    asked = sum(one.asked_at is not None and one.asked_at > since for one in found)
    words = chat._("{code}: no unit has to be seen to.", code=code)
    if found:
        words = chat._(
            "{code}: units to be seen to: {count}, by name. Reminded in the last 3 days: {asked}."
            " Only {you} and the level above see this list.",
            code=code, count=len(found), asked=asked,
        )  # fmt: skip
    lines: list[tuple[str, str]] = []
    for one in found[start : start + PAGE]:
        said = figure_words.figure(chat, one.count.completed, one.count.expected)
        room = figure_words.WIDTH - len(f"1  {said}")
        name = figure_words.cut(figure_words.short(one.name, one.view), room)
        lines.append((choice(f"{name} {said}"), f"unmet {topic.id} {one.view.value[0]} {one.id}"))
    return chat.screen(
        words,
        *lines,
        more=f"behind {topic.id} {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back(f"unmet {topic.id}"),
    )
