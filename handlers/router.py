"""The table of handlers, and how one of them is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING

from handlers.chat import Chat
from handlers.message import SILENCE, Reply
from storage import audit, scopes, spelling

if TYPE_CHECKING:
    from storage.outbox import Owed

Handler = Callable[..., Reply]
Words = Callable[["Chat", "Owed"], "Reply | None"]


@dataclass(frozen=True, slots=True)
class Action:
    """What a choice does. `instead` names what an outdated press does in its place."""

    handle: Handler
    instead: str | None
    public: bool

    def takes(self, arguments: list[str]) -> bool:
        """True where the handler can be called with this many arguments."""
        least, most = _arity(self.handle)
        return least <= len(arguments) and (most is None or len(arguments) <= most)


@cache
def _arity(handle: Handler) -> tuple[int, int | None]:
    """The fewest and the most arguments behind the chat; None for any number."""
    mine = list(signature(handle).parameters.values())[1:]
    plain = [each for each in mine if each.kind is not Parameter.VAR_POSITIONAL]
    least = sum(each.default is Parameter.empty for each in plain)
    return least, len(plain) if plain == mine else None


class Router:
    """The table of handlers. Modules of `handlers` fill it when they are imported."""

    def __init__(self) -> None:
        self.actions: dict[str, Action] = {}
        self.steps: dict[str, Handler] = {}
        self.takes_files: set[str] = set()
        self.commands: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.notices: dict[str, Words] = {}
        self.codes: list[Callable[[Chat, str], Reply | None]] = []
        self.free: Handler | None = None
        self.stranger: Handler | None = None
        self.media: Handler | None = None
        self.contact: Handler | None = None
        self.follow: Handler | None = None
        self.door: Callable[[Chat], Reply | None] | None = None

    def action(
        self, name: str, *, instead: str | None = None, public: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a choice's handler.

        `instead`: this changes something, so that only a press on the current screen does it; an
        outdated one does `instead` with the same arguments. `public`: strangers may do it.
        """

        def register(handle: Handler) -> Handler:
            self.actions[name] = Action(handle, instead, public)
            return handle

        return register

    def step(self, name: str, *, files: bool = False) -> Callable[[Handler], Handler]:
        """Register the handler of a text that was asked for.

        `files`: it also gets photos and files, in `chat.message.file`, with the caption as text.
        """

        def register(handle: Handler) -> Handler:
            self.steps[name] = handle
            if files:
                self.takes_files.add(name)
            return handle

        return register

    def command(self, action: str, *names: str, words: tuple[str, ...] = ()) -> None:
        """Let `/name`, the name typed bare, and these words (folded) do an action."""
        for name in names:
            self.commands[name] = action
            self.words[name] = action
        for word in words:
            self.words[spelling.fold(word)] = action

    def notice(self, kind: str) -> Callable[[Words], Words]:
        """Register the words of a message sent unasked; None where it is no longer true."""

        def register(words: Words) -> Words:
            self.notices[kind] = words
            return words

        return register

    def code(self, read: Callable[[Chat, str], Reply | None]) -> None:
        """Register a reader of codes: it answers, or returns None where the text is none."""
        self.codes.append(read)


def outdated(router: Router, action: str) -> str | None:
    """What an outdated press may do: the action itself where it changes nothing."""
    name, _, arguments = action.partition(" ")
    known = router.actions.get(name)
    if known is None:
        return None
    return action if known.instead is None else f"{known.instead} {arguments}".strip()


def old_button(chat: Chat) -> Reply:
    """What an outdated or forged press gets: the choices that stand now."""
    if chat.talk.choices:
        return chat.again(chat._("That button is no longer in use. Please choose here:"))
    return chat.go("menu")


def run(router: Router, chat: Chat, action: str) -> Reply:
    """Do an action. Strangers are first asked who they are, and come back to it afterwards."""
    name, *arguments = action.split()
    known = router.actions.get(name)
    if known is None:
        return old_button(chat) if name != "menu" else SILENCE
    if chat.person is None and not known.public and router.stranger:
        chat.intent = action
        return router.stranger(chat)
    try:
        return known.handle(chat, *arguments) if known.takes(arguments) else old_button(chat)
    except (BadArgument, PermissionError):
        # Forged, or its object is gone, or somebody else's: the same to whoever pressed.
        _refused(chat, name, arguments)
        return old_button(chat)


def _refused(chat: Chat, name: str, arguments: list[str]) -> None:
    """Where an officer asked for it, their office can read of it. What names nothing is noise."""
    ids = [one for one in arguments if one.isascii() and one.isdecimal() and len(one) < 10]
    if chat.person is None or not ids:
        return
    scope = scopes.of(chat.db, chat.person.id, chat.now.date())
    if scope is not None:
        audit.refused(chat.db, scope, name, "choice", int(ids[0]), chat.now)


class BadArgument(ValueError):
    """A choice names something that is not there: it was forged, or its object is gone."""


def number(text: str) -> int:
    """An id out of a choice; raises BadArgument for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadArgument(text)
    return int(text)
