"""Why a row of a list is doubtful, and how it may be judged, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.router import BadArgument
from storage.rosters.comparison import Doubt
from storage.rosters.judging import Choice

if TYPE_CHECKING:
    from handlers.roster_words import Speaker


def doubt(name: str) -> Doubt:
    """The reason of a row, or its name in an action; raises BadArgument for any other."""
    if name in list(Doubt):
        return Doubt(name)
    if name in Doubt.__members__:
        return Doubt[name]
    raise BadArgument(name)


def named(chat: Speaker, why: Doubt) -> str:
    """A reason, on a choice."""
    return {
        Doubt.NAMESAKE: chat._("somebody of this name works there"),
        Doubt.MAYBE_MOVED: chat._("of this name at another school"),
        Doubt.MAYBE_FROM_OUTSIDE: chat._("of this name in another area"),
        Doubt.SAME_ID: chat._("the code is another name's"),
        Doubt.TWICE: chat._("two rows may be one person"),
        Doubt.LEFT: chat._("was said to have left"),
        Doubt.PRINCIPAL: chat._("the principal wrote otherwise"),
        Doubt.ADDED_BY_PRINCIPAL: chat._("added by the principal, not in it"),
        Doubt.ON_LEAVE: chat._("on long leave, not in it"),
    }[why]


def way(chat: Speaker, why: Doubt, choice: Choice) -> str:
    """What a judgment says of one row, or of each of many."""
    match choice:
        case Choice.SAME if why is Doubt.PRINCIPAL:
            return chat._("what the file says counts")
        case Choice.SAME if why is Doubt.LEFT:
            return chat._("back at work")
        case Choice.SAME if why is Doubt.MAYBE_MOVED:
            return chat._("the same person, who has moved")
        case Choice.SAME:
            return chat._("the same person")
        case Choice.NEW:
            return chat._("a new person")
        case Choice.GONE:
            return chat._("has left")
        case Choice.SKIP if why is Doubt.PRINCIPAL:
            return chat._("what the principal wrote counts")
        case Choice.SKIP:
            return chat._("leave it as it is, write nothing")
        case _:
            assert_never(choice)


def begun(words: str) -> str:
    """The words with a capital letter, as they begin a line."""
    return words[:1].upper() + words[1:]
