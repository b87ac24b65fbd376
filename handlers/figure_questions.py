"""Questions about figures in words: `đắk mil còn bao nhiêu người chưa học L12`.

Every word has to be understood. What may mean several things comes back as choices that already
contain the answers; what is not understood is said, beside the nearest figures.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from handlers import dates, figure_answers, figure_grammar, figure_places, figure_words, grammar
from handlers.audience_terms import Own
from handlers.figure_answers import Case
from handlers.figure_asked import own_schools, scope_of
from handlers.figure_meant import Meant
from handlers.figure_names import Name
from handlers.figure_places import Part, Places
from handlers.figure_terms import Want
from handlers.naming import inside
from handlers.routes import router
from storage import blocks, units
from storage.figures import subjects, titles
from storage.models import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from handlers.chat import Chat
    from handlers.figure_grammar import Question
    from handlers.message import Reply
    from storage.figures.subjects import Topic
    from storage.figures.titles import Titles
    from storage.scopes import Scope

SHOWN: Final = 8  # choices of one question
ROOM: Final = figure_words.ROOM
# So many words that nobody understood beside a weak hint are about something else.
FOREIGN: Final = 3
# A teacher's "chỉ tiêu" are seats, and "tình hình" is small talk: only this asks for figures.
_PLAIN: Final = re.compile(
    r"\b(thong ?ke|so lieu|(ti|ty) le (dang (ky|ki)|hoan thanh)|statistics|figures)\b"
)


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """A question about figures, outside any step; whoever is no officer hears who may see them."""
    if chat.talk.step or chat.person is None or text != chat.text or chat.folded in router.words:
        return None
    if not figure_grammar.hints(text) or _chosen(chat):
        return None
    scope = scope_of(chat)
    today = chat.now.date()
    topics = {one.id: one for one in subjects.listed(chat.db, today)}
    known = titles.known(chat.db)
    names = [_name(chat, one, known.get(one.id)) for one in topics.values()]
    mentions = partial(units.mentions, chat.db, today=today)
    question = figure_grammar.read(text, names, mentions, today)
    if question is None:
        return None
    if scope is None:
        return _of_a_school(chat, question, topics)
    return _answer(chat, scope, question, topics, known)


def _chosen(chat: Chat) -> bool:
    """True where the words are a line of the screen or of a notice."""
    return grammar.chosen(chat) is not None or any(
        blocks.worded(chat.db, chat.talk.account_id, words, chat.now)
        for words in grammar.readings(chat.folded)
    )


def _name(chat: Chat, topic: Topic, known: Titles | None) -> Name:
    """What a subject may be called; of all programmes together nobody knows a name."""
    target = None
    if topic.kind is SubjectKind.INDICATOR:
        target = subjects.target(chat.db, topic, chat.now.date())
    said = (known.short, known.whole) if known else ()
    return Name(
        topic.id, topic.kind, topic.code.lower(), tuple(each for each in said if each),
        known.letter if known else "", target,
    )  # fmt: skip


def _of_a_school(chat: Chat, question: Question, topics: dict[int, Topic]) -> Reply | None:
    """A principal sees the school's figures; a teacher who asks for figures hears who does."""
    if not own_schools(chat) and not _PLAIN.search(chat.folded):
        return None
    if question.missing:
        return _no_such(chat, question.missing)
    if not question.topics:
        return chat.go("statistics") if question.strong else None
    lacking = question.want is Want.NAMES and question.measure not in figure_answers.HAVE
    return chat.go(f"{'unmet' if lacking else 'figure'} {topics[question.topics[0]].id}")


def _no_such(chat: Chat, code: str) -> Reply:
    """The code is none; then whatever can be asked for."""
    if code.startswith("L"):
        said = chat._("There is no training {code}.", code=code)
    else:
        said = chat._("There is no indicator {code}.", code=code)
    return _before(chat.go("figure-list"), said)


def _before(reply: Reply, *lines: str, title: str = "") -> Reply:
    """The reply with lines before its own; where it grows too long, its own give way.

    First its first line, which answers what was not asked, then the `title`, then the last ones.
    """
    added = [one for one in lines if one]
    own = reply.text.split("\n")
    while len("\n".join([*added, *own])) > ROOM and len(own) > 1:
        own.pop(own.index(title) if title in own else 0 if title and added else -1)
        title = ""
    return replace(reply, text="\n".join([*added, *own]))


# What is meant


def _answer(
    chat: Chat,
    scope: Scope,
    question: Question,
    topics: dict[int, Topic],
    known: dict[int, Titles],
) -> Reply | None:
    if question.missing:
        return _no_such(chat, question.missing)
    places = _places(chat, scope, question)
    unread = " ".join(places.unread)
    if not question.strong and len(unread.split()) > FOREIGN:
        return None
    parts = places.parts or (Part(),)
    meant = Meant(chat, scope, topics, known).of(question, parts)
    if question.times.span and not meant:
        return _no_figures_of(chat, question.times.span)
    cases = _cases(chat, scope, question, meant, parts)
    if places.outside:
        return _outside(chat, scope, places.outside[0], cases)
    if question.doubtful or unread:
        return _not_understood(chat, scope, unread, [] if question.doubtful else cases)
    if not cases or not question.said:
        return chat.go("statistics")
    if len(cases) == 1 and not (places.similar or question.near):
        return _one(chat, scope, question, cases[0])
    named = len(question.topics) > 1 if len(parts) < 2 else len(question.places) < 2
    return _which(chat, scope, cases, _heading(chat, cases, places, named=named))


def _places(chat: Chat, scope: Scope, question: Question) -> Places:
    """The places that were named, and what was claimed to be the officer's own."""
    found = figure_places.found(chat.db, scope, question, chat.now.date())
    if question.own is Own.PROVINCE and not scope.provincial:
        return replace(found, outside=(*found.outside, Part()))
    if question.own is Own.COMMUNE and scope.provincial:
        return replace(found, unread=(*found.unread, chat._("our own commune")))
    return found


def _cases(
    chat: Chat, scope: Scope, question: Question, meant: Sequence[Topic], parts: Sequence[Part]
) -> list[Case]:
    """Every reading of the question, without those that count the same people."""
    # A target is reached by those who completed, however it was asked.
    measure = None if question.want is Want.TARGET else question.measure
    found = [
        Case(topic, part, question.view, question.times.day, measure, question.want)
        for topic in meant
        for part in parts
    ][:SHOWN]
    if scope.provincial or len(parts) < 2:
        return found
    once: dict[tuple[int, object], Case] = {}
    for one in found:
        # For a commune's officer its former district is the commune itself.
        once.setdefault((one.topic.id, one.count(chat, scope)), one)
    return list(once.values())


# What is said


def _one(chat: Chat, scope: Scope, question: Question, case: Case) -> Reply:
    """The one answer: the line that was asked for, then the screen of these figures."""
    action = case.action(chat)
    if action.startswith(("unmet", "figure-png", "figure-xlsx")):
        return chat.go(action)
    shown, notes = chat.go(action), _notes(chat, question, case)
    if head := figure_answers.headline(chat, scope, case):
        title = figure_words.title(chat, case.topic)
        return _before(shown, head, *notes, title=title)
    first, _, rest = shown.text.partition("\n")
    return _before(replace(shown, text=rest), first, *notes) if notes else shown


def _notes(chat: Chat, question: Question, case: Case) -> list[str]:
    """What has to be known about the answer: a day still to come, a commune that is no more."""
    said: list[str] = []
    if question.times.ahead:
        said.append(
            chat._("{day} has not come yet; these are the figures of today.",
                   day=dates.day(question.times.ahead, chat.talk.language))
        )  # fmt: skip
    if case.part.now:
        said.append(
            chat._("{former} now lies in {commune}.",
                   former=chat._("former {unit}", unit=case.part.name),
                   commune=inside(case.part.now))
        )  # fmt: skip
    return said


def _which(chat: Chat, scope: Scope, cases: Sequence[Case], first: str) -> Reply:
    """Which of several is meant? Each choice contains its answer, the first lines say of what."""
    by_topic = len({one.topic.id for one in cases}) > 1
    by_part = len({one.part for one in cases}) > 1
    lines = [
        first,
        *([] if by_topic else [figure_words.named(chat, cases[0].topic)]),
        _counted(chat, cases),
    ]
    return chat.screen(
        "\n".join(lines), *_choices(chat, scope, cases, by_topic or not by_part, by_part),
        back=chat.back("work"),
    )  # fmt: skip


def _heading(chat: Chat, cases: Sequence[Case], places: Places, *, named: bool) -> str:
    """Why there are several; `named` where one name fits them all."""
    if places.similar:
        words = figure_words.cut(" ".join(places.similar), 40)
        return chat._("Nothing is called “{words}”. Perhaps one of these:", words=words)
    if len(cases) == 1:
        return chat._("Do {you} mean this one?")
    typed = chat.folded.replace(" ", "")
    coded = all(one.topic.code and one.topic.code.lower() in typed for one in cases)
    if not named or (coded and len({one.topic.id for one in cases}) > 1):
        return chat._("The figures of each:")
    if len({one.part for one in cases}) > 1:
        return chat._("Several places are called so. The figures of each:")
    return chat._("Several are called so. The figures of each:")


def _counted(chat: Chat, cases: Sequence[Case]) -> str:
    """What the figures on the choices count, and as of which day."""
    day = dates.day(cases[0].day or chat.now.date(), chat.talk.language)
    measure = figure_answers.measure_of(chat, cases)
    if measure is None:
        return chat._("As of {day}, of those who are meant and at work.", day=day)
    what = figure_answers.noun(chat, measure, cases[0].topic)
    return chat._("Counted: {what}, as of {day}, of those who are meant and at work.",
                  what=what, day=day)  # fmt: skip


def _choices(
    chat: Chat, scope: Scope, cases: Sequence[Case], topics: bool, parts: bool
) -> list[tuple[str, str]]:
    return [
        (figure_answers.choice(chat, scope, one, topics=topics, parts=parts), one.action(chat))
        for one in cases
    ]


def _outside(chat: Chat, scope: Scope, part: Part, cases: Sequence[Case]) -> Reply:
    """What was asked for is somebody else's; what is theirs, with the answer."""
    mine = ", ".join(inside(reach.unit) for reach in scope.reaches)
    place = part.inside(chat) or chat._("the whole province")
    return chat.screen(
        chat._("Figures of {place} are seen by its own officers. {You} see those of {mine}.",
               place=place, mine=mine),
        *_choices(chat, scope, cases, True, any(one.part.within for one in cases)),
        back=chat.back("work"),
    )  # fmt: skip


def _not_understood(chat: Chat, scope: Scope, unread: str, cases: Sequence[Case]) -> Reply:
    """The words that were not understood, then the nearest figures."""
    by_part = any(one.part.within for one in cases)
    return chat.screen(
        chat._("The assistant did not understand: “{words}”. Perhaps one of these:",
               words=figure_words.cut(unread, 80)),
        *_choices(chat, scope, cases[: SHOWN - 1], True, by_part),
        (chat._("Figures of all trainings and indicators"), "figure-list"),
        back=chat.back("work"),
    )  # fmt: skip


def _no_figures_of(chat: Chat, span: tuple[date, date]) -> Reply:
    """Nothing is counted of that year."""
    first, last = span[0].year, span[1].year
    if first == last:
        said = chat._("There are no figures of the year {year}.", year=first)
    else:
        said = chat._("There are no figures of the school year {years}.", years=f"{first}-{last}")
    return _before(chat.go("figure-list"), said)
