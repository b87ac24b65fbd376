"""Rows nobody but a person can judge: one by one, or all of a kind at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import naming, roster_words
from handlers.numbers import number as figure
from handlers.roster_import import said, wanted
from handlers.roster_judgments import begun, doubt, named, way
from handlers.router import BadArgument, number
from handlers.routes import router
from storage.models import ImportState, Verdict
from storage.rosters import findings, judging
from storage.rosters.comparison import Doubt
from storage.rosters.judging import Answer, Choice

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.rosters.findings import Line

# People a row may be that fit on one screen.
OFFERED = 4
# What can be said of a whole kind, in the order of the screen.
WAYS = {
    Doubt.NAMESAKE: (Choice.SAME, Choice.NEW, Choice.SKIP),
    Doubt.MAYBE_MOVED: (Choice.SAME, Choice.NEW, Choice.SKIP),
    Doubt.MAYBE_FROM_OUTSIDE: (Choice.NEW, Choice.SKIP),
    Doubt.SAME_ID: (Choice.SAME, Choice.SKIP),
    Doubt.TWICE: (Choice.NEW, Choice.SKIP),
    Doubt.LEFT: (Choice.SAME, Choice.SKIP),
    Doubt.PRINCIPAL: (Choice.SAME, Choice.SKIP),
    Doubt.ADDED_BY_PRINCIPAL: (Choice.GONE, Choice.SKIP),
    Doubt.ON_LEAVE: (Choice.GONE, Choice.SKIP),
}


@router.action("roster-doubts")
def kinds(chat: Chat, import_id: str) -> Reply:
    """The kinds of doubt with their numbers; where there is one kind, straight to it."""
    scope, found = wanted(chat, import_id)
    counts = findings.counts(chat.db, scope, found.id)
    if counts is None or not counts.doubts or found.state is not ImportState.READY:
        return chat.go(f"roster-import {import_id}")
    if len(counts.doubts) == 1:
        return kind(chat, import_id, next(iter(counts.doubts)).name)
    total = figure(counts.of(Verdict.DOUBTFUL), chat.talk.language)
    return chat.screen(
        chat._("Rows to be looked at: {count}. Nothing is written of them until {you} judge"
               " them.", count=total),
        *((naming.choice(begun(f"{named(chat, why)}: {figure(count, chat.talk.language)}")),
           f"roster-doubt {found.id} {why.name}")
          for why, count in sorted(counts.doubts.items(), key=lambda one: -one[1])[:8]),
        back=chat.back(f"roster-import {found.id}"),
    )  # fmt: skip


@router.action("roster-doubt")
def kind(chat: Chat, import_id: str, name: str, *_: str) -> Reply:
    """All rows of one kind: to be judged one by one, or all the same way."""
    scope, found = wanted(chat, import_id)
    why = doubt(name)
    counts = findings.counts(chat.db, scope, found.id)
    count = counts.doubts.get(why, 0) if counts else 0
    first = findings.next_doubt(chat.db, scope, found.id, why)
    if not count or first is None or found.state is not ImportState.READY:
        return chat.go(f"roster-import {import_id}")
    if count == 1:
        return judge(chat, import_id, str(first))
    number_ = figure(count, chat.talk.language)
    ways = [
        choice for choice in WAYS[why]
        if choice is not Choice.SAME or findings.single_offers(chat.db, scope, found.id, why)
    ]  # fmt: skip
    return chat.screen(
        chat._("{kind}: {count} rows.", kind=begun(named(chat, why)), count=number_)
        + "\n"
        + roster_words.sentence(chat, why),
        (chat._("One by one"), f"roster-judge {found.id} {first}"),
        *((naming.choice(chat._("All {count}: {judgment}", count=number_,
                                judgment=way(chat, why, choice))),
           f"roster-all {found.id} {why.name} {choice}")
          for choice in ways),
        back=chat.back(f"roster-import {found.id}"),
    )  # fmt: skip


@router.action("roster-all", instead="roster-doubt")
def judge_all(chat: Chat, import_id: str, name: str, chosen: str) -> Reply:
    """Judge all rows of a kind; those for which it is not clear stay."""
    scope, found = wanted(chat, import_id)
    why = doubt(name)
    if chosen not in list(Choice):
        raise BadArgument(chosen)
    done = judging.decide_all(chat.db, scope, found.id, why, Choice(chosen), chat.now)
    if done.answer is not Answer.TAKEN:
        return chat.go(f"roster-import {import_id}")
    code = chat.talk.language
    told = {
        "judgment": way(chat, why, Choice(chosen)), "count": figure(done.taken, code),
        "left": figure(done.left, code),
    }  # fmt: skip
    if done.left:
        words = chat._("Noted for {count} rows: {judgment}. {left} rows have to be judged one by"
                       " one.", **told)  # fmt: skip
        shown = kind(chat, import_id, why.name) if done.taken else _single(chat, import_id, why)
    else:
        words = chat._("Noted for {count} rows: {judgment}.", **told)
        shown = chat.go(f"roster-import {import_id}")
    return replace(shown, text=f"{words}\n{shown.text}")


def _single(chat: Chat, import_id: str, why: Doubt) -> Reply:
    scope, found = wanted(chat, import_id)
    first = findings.next_doubt(chat.db, scope, found.id, why)
    return judge(chat, import_id, str(first or 0))


# One by one


@router.action("roster-judge")
def judge(chat: Chat, import_id: str, at: str, *_: str) -> Reply:
    """One row, who it may be, and the question."""
    scope, found = wanted(chat, import_id)
    one = findings.line(chat.db, scope, found.id, number(at))
    if one is None or not one.doubted or found.state is not ImportState.READY:
        raise BadArgument(at)
    why = doubt(one.reason)
    lines = [*said(chat, one), roster_words.sentence(chat, why)]
    return chat.screen(
        "\n".join(lines),
        *_choices(chat, found.id, one, why),
        back=chat.back(f"roster-import {found.id}"),
    )


def _choices(chat: Chat, import_id: int, one: Line, why: Doubt) -> list[tuple[str, str]]:
    to = f"roster-judged {import_id} {one.at}"
    people = [offer for offer in one.offers if offer.kind == "person"][:OFFERED]
    choices = [
        (naming.choice(chat._("{person}: {judgment}", person=offer.name,
                              judgment=way(chat, why, Choice.SAME))),
         f"{to} {Choice.SAME} {offer.id}")
        for offer in people
    ]  # fmt: skip
    others = (Choice.GONE, Choice.SKIP) if not one.line else (Choice.NEW, Choice.SKIP)
    if why is Doubt.PRINCIPAL:
        others = (Choice.SKIP,)
    return [*choices, *((begun(way(chat, why, each)), f"{to} {each}") for each in others)]


@router.action("roster-judged", instead="roster-judge")
def judged(chat: Chat, import_id: str, at: str, chosen: str, person: str = "") -> Reply:
    """Take the judgment; the next row of the kind follows."""
    scope, found = wanted(chat, import_id)
    if chosen not in list(Choice):
        raise BadArgument(chosen)
    person_id = number(person) if person else None
    answer = judging.decide(
        chat.db, scope, found.id, number(at), Choice(chosen), now=chat.now, person_id=person_id
    )
    one = findings.line(chat.db, scope, found.id, number(at))
    match answer:
        case Answer.TAKEN if one is not None:
            return _next(chat, found.id, one, Choice(chosen))
        case Answer.TAKEN_ALREADY:
            return chat.again(chat._("Another row of the file is this person already."))
        case Answer.NOT_OPEN | Answer.NOT_DOUBTFUL | Answer.IMPOSSIBLE | Answer.TAKEN:
            return chat.go(f"roster-import {import_id}")
        case _:
            assert_never(answer)


def _next(chat: Chat, import_id: int, one: Line, chosen: Choice) -> Reply:
    """What was noted, and the next row of the kind; after the last one what is to be done."""
    scope, _ = wanted(chat, str(import_id))
    why = doubt(one.reason)
    noted = chat._("Noted for {name}: {judgment}.", name=one.name, judgment=way(chat, why, chosen))
    following = findings.next_doubt(chat.db, scope, import_id, why, one.at)
    if following is None:
        shown = chat.go(f"roster-import {import_id}")
    else:
        shown = judge(chat, str(import_id), str(following))
    return replace(shown, text=f"{noted}\n{shown.text}")
