"""The figures of one school, and the names behind them: the end of every way down."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from handlers import dates, figure_asked, figure_declaring, figure_words
from handlers.figure_asked import Measure, own_schools, scope_of
from handlers.numbers import number as spoken
from handlers.router import BadArgument
from handlers.routes import router
from storage import schools
from storage.figures import names, own_school, rows
from storage.figures.counts import Bit
from storage.figures.own_school import Colleague
from storage.figures.rows import Row
from storage.models import SubjectKind
from storage.statistics import View, Within

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.figure_asked import Asked
    from handlers.message import Reply
    from storage.figures.counts import Count

Line = tuple[str, str]

# Names on a page: with the reasons they fit into one message.
NAMES: Final = 6
# More people than any school has.
MOST: Final = 2000


class Group(StrEnum):
    """Those a list of names is about."""

    MISSING = "m"
    DONE = "d"
    LEAVE = "l"
    LEFT = "g"
    OTHERS = "o"


def not_for(chat: Chat) -> Reply:
    """What a teacher hears who asks for what officers and principals see."""
    return chat.screen(
        chat._(
            "Figures by unit are seen by officers of the commune and the Department, and a"
            " school's own by its principal. How many seats a training has left is in the schedule."
        ),
        (chat._("Training schedule"), "schedule"),
        back=chat.back("menu"),
    )


def at_school(chat: Chat, asked: Asked) -> Reply:
    """One school: the figure, what stands apart, and the names behind each."""
    row = school_row(chat, asked)
    ours = scope_of(chat) is not None
    asked = replace(asked, page=0)
    return chat.screen(
        figure_words.fitting(
            [
                figure_words.headline(chat, asked, row.count, row.declared),
                row.name,
                figure_words.title(chat, asked.topic),
                figure_words.over(chat, asked.topic),
                figure_words.as_of(chat, asked, by=False),
                figure_words.source(chat, asked),
                figure_words.apart(chat, asked, row.count, row.declared),
            ],
            2, 6,
        ),
        *_lists(chat, asked, row),
        *unmet_line(chat, asked, row.count),
        *(figure_declaring.line(chat, asked, row) if ours else []),
        (chat._("Compare, send, another day"), asked.action("figure-more")),
        *([] if ours else [(chat._("Other trainings and indicators"), "figure-list")]),
        back=_back(chat, asked),
    )  # fmt: skip


def unmet_line(chat: Chat, asked: Asked, count: Count) -> list[Line]:
    """The way to who has not, and why, in the same part; nothing where nobody is missing."""
    if not count.missing:
        return []
    part = figure_asked.coded(asked.within)
    return [(chat._("Who has not, and why"), f"unmet {asked.topic.id} {part}")]


def school_row(chat: Chat, asked: Asked) -> Row:
    """The school's figures; raises BadArgument where it is neither in the scope nor their own."""
    scope, school_id = scope_of(chat), asked.school
    if school_id is None:
        raise BadArgument("no school")
    within = Within(View.SCHOOL, school_id)
    if scope and (name := rows.label(chat.db, scope, within)):
        found = rows.total(chat.db, scope, asked.topic.id, asked.within, asked.day)
        return replace(found, id=school_id, name=name)
    school = schools.get(chat.db, school_id)
    if school is None or school_id not in own_schools(chat):
        raise BadArgument(str(school_id))
    count = own_school.count(
        chat.db, chat.me.id, school_id, asked.topic.id, chat.now, day=asked.day
    )
    # A declared total stands for a school without a list, and only for such a one.
    if count.expected:
        return Row(school_id, school.name, count)
    declared = own_school.declared(chat.db, chat.me.id, school_id, asked.topic.id, chat.now)
    return Row(school_id, school.name, count, declared)


def _back(chat: Chat, asked: Asked) -> Line:
    if scope_of(chat) is None:
        return chat.back("work")
    trail = str(chat.form.get("trail", ""))
    here = trail.startswith(f"figure {asked.topic.id} ")
    return chat.back(trail if here else asked.action(within=None))


def _lists(chat: Chat, asked: Asked, row: Row) -> list[Line]:
    """The names behind the figures, of today: those of a past day are not kept."""
    return [
        (_label(chat, asked, group, people), asked.action("figure-names") + f" {group}")
        for group, people in _sizes(asked, row.count).items()
        if people > 0
    ]


def _sizes(asked: Asked, count: Count) -> dict[Group, int]:
    done = figure_words.measured(count, asked.measure)
    return {
        Group.MISSING: count.expected - done,
        Group.DONE: done,
        Group.LEAVE: count.on_leave,
        Group.LEFT: count.left,
        Group.OTHERS: count.others,
    }


def _label(chat: Chat, asked: Asked, group: Group, people: int) -> str:
    count = spoken(people, chat.talk.language)
    match group:
        case Group.MISSING:
            return _missing(chat, asked, count)
        case Group.DONE:
            return _done(chat, asked, count)
        case Group.LEAVE:
            return chat._("On long leave: {count}", count=count)
        case Group.LEFT:
            return chat._("Left or moved: {count}", count=count)
        case Group.OTHERS:
            return chat._("Others who take part: {count}", count=count)
        case _:
            assert_never(group)


def _missing(chat: Chat, asked: Asked, count: str) -> str:
    if asked.topic.kind is SubjectKind.INDICATOR:
        return chat._("Not reached: {count}", count=count)
    match asked.measure:
        case Measure.REGISTERED:
            return chat._("Not registered: {count}", count=count)
        case Measure.ATTENDED:
            return chat._("Not attended: {count}", count=count)
        case Measure.COMPLETED:
            return chat._("Not completed: {count}", count=count)
        case _:
            assert_never(asked.measure)


def _done(chat: Chat, asked: Asked, count: str) -> str:
    if asked.topic.kind is SubjectKind.INDICATOR:
        return chat._("Reached: {count}", count=count)
    match asked.measure:
        case Measure.REGISTERED:
            return chat._("Registered: {count}", count=count)
        case Measure.ATTENDED:
            return chat._("Attended: {count}", count=count)
        case Measure.COMPLETED:
            return chat._("Completed: {count}", count=count)
        case _:
            assert_never(asked.measure)


# The names


@router.action("figure-names")
def listed(chat: Chat, *asked: str) -> Reply:
    """The people of a school behind a figure, as of now; of whoever has not, why."""
    one, group = figure_asked.read(chat, *asked[:-1]), _group(asked[-1] if asked else "")
    row = school_row(chat, one)
    everybody = _everybody(chat, one)
    found = [each for each in everybody if _belongs(each.bits, one.measure, group)]
    same = Counter(each.full_name for each in everybody)
    start = one.page * NAMES
    part = found[start : start + NAMES]
    label = _label(chat, one, group, len(found))
    heading = chat._("{school}, {code}. {group}", school=row.name, code=_code(chat, one),
                     group=label)  # fmt: skip
    lines = [_person(chat, one, each, group, twins=same[each.full_name] > 1) for each in part]
    lines += _elsewhere(chat, one, row, group, len(found))
    if one.day:
        day = dates.short_day(one.day, chat.talk.language)
        lines.append(chat._("These are the people of today, not of {day}.", day=day))
    following = one.action("figure-names", page=one.page + 1) + f" {group}"
    return chat.screen(
        "\n".join([heading, *lines]),
        *unmet_line(chat, one, row.count),
        (chat._("Copy for the Zalo group"), one.action("figure-copy", page=0)),
        more=following if found[start + NAMES :] else "",
        back=chat.back(one.action(page=0)),
    )


def _elsewhere(chat: Chat, asked: Asked, row: Row, group: Group, shown: int) -> list[str]:
    """How many of the figure have no name here: they work elsewhere, or were erased."""
    hidden = 0 if asked.day else _sizes(asked, row.count)[group] - shown
    if hidden <= 0:
        return []
    return [chat._("Without a name here, as they work elsewhere now: {count}", count=hidden)]


def _code(chat: Chat, asked: Asked) -> str:
    return asked.topic.code or chat._("Trainings")


def _group(text: str) -> Group:
    try:
        return Group(text)
    except ValueError as error:
        raise BadArgument(text) from error


def _everybody(chat: Chat, asked: Asked) -> list[Colleague]:
    """All who add anything to the school's figures, within the rights of whoever asks."""
    scope, topic_id, school_id = scope_of(chat), asked.topic.id, asked.school
    if scope and asked.within and rows.label(chat.db, scope, asked.within):
        found = [
            person
            for bit in (Bit.EXPECTED, Bit.ON_LEAVE, Bit.LEFT, Bit.OTHERS)
            for person in names.people(
                chat.db, scope, topic_id, bit, within=asked.within, limit=MOST, offset=0
            )
        ]
        return [Colleague(each.full_name, each.birth_year, each.bits) for each in found]
    return own_school.people(chat.db, chat.me.id, school_id or 0, topic_id, chat.now)


def _belongs(bits: Bit, measure: Measure, group: Group) -> bool:
    match group:
        case Group.MISSING:
            return Bit.EXPECTED in bits and _bit(measure) not in bits
        case Group.DONE:
            return Bit.EXPECTED in bits and _bit(measure) in bits
        case Group.LEAVE:
            return Bit.ON_LEAVE in bits
        case Group.LEFT:
            return Bit.LEFT in bits
        case Group.OTHERS:
            return Bit.OTHERS in bits
        case _:
            assert_never(group)


def _bit(measure: Measure) -> Bit:
    match measure:
        case Measure.REGISTERED:
            return Bit.REGISTERED
        case Measure.ATTENDED:
            return Bit.ATTENDED
        case Measure.COMPLETED:
            return Bit.COMPLETED
        case _:
            assert_never(measure)


def _person(chat: Chat, asked: Asked, one: Colleague, group: Group, *, twins: bool) -> str:
    """A name, and why: "– Lê Thị Út: gave the seat back"; equal names show the year of birth."""
    name = f"{one.full_name} ({one.birth_year})" if twins and one.birth_year else one.full_name
    why = _why(chat, asked, one.bits) if group is Group.MISSING else ""
    return f"– {name}: {why}" if why else f"– {name}"


def _why(chat: Chat, asked: Asked, bits: Bit) -> str:
    """Why somebody has not, in two or three words: what was decided comes first."""
    if asked.topic.kind is SubjectKind.INDICATOR:
        return chat._("data missing") if Bit.UNKNOWN in bits else ""
    reasons = (
        (Bit.FAILED, chat._("not passed")),
        (Bit.UNKNOWN, chat._("result missing")),
        (Bit.EXCUSED, chat._("cannot come")),
        (Bit.WAITING, chat._("waits for a seat")),
        (Bit.GIVEN_UP, chat._("gave the seat back")),
        (Bit.ATTENDED, chat._("attended a part")),
        (Bit.REGISTERED, chat._("registered")),
    )
    said = next((words for bit, words in reasons if bit in bits), "")
    missing = chat._("not registered") if asked.topic.kind is SubjectKind.COURSE else ""
    return said or ("" if asked.measure is Measure.REGISTERED else missing)
