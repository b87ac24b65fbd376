"""Which handler answers: code, pressed choice, typed digit, open step, words, help - in that order.

The number grammar keeps digits apart: one digit answers the screen the person asked for, two
digits a message sent unasked. What was written before a screen stood on the phone never
answers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from inspect import Parameter, signature
from typing import TYPE_CHECKING

from handlers import grammar
from handlers.chat import LEAVE, Chat
from handlers.message import SILENCE, Kind, Message, Reply
from storage import accounts, conversations, outbox, spelling

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.outbox import Owed, Sent

Handler = Callable[..., Reply]
Words = Callable[["Chat", "Owed"], "Reply | None"]
# After this long a typed or pressed choice that changes something is asked about again.
FRESH = timedelta(hours=24)
# The longest text we read, in characters; longer ones are never a name, a code or a question.
LONGEST = 2000


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
        self.commands: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.notices: dict[str, Words] = {}
        self.codes: list[Callable[[Chat, str], Reply | None]] = []
        self.free: Handler | None = None
        self.stranger: Handler | None = None
        self.media: Handler | None = None
        self.contact: Handler | None = None

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

    def step(self, name: str) -> Callable[[Handler], Handler]:
        """Register the handler of a text that was asked for."""

        def register(handle: Handler) -> Handler:
            self.steps[name] = handle
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn ends in: the reply, and the keys by which its speaking is noted."""

    account_id: int
    message_id: str
    reply: Reply


def answer(
    router: Router,
    db: Connection,
    message: Message,
    now: datetime,
    *,
    code: str,
    respond: Callable[[Chat], Reply] | None = None,
) -> Answer:
    """One turn: lock the conversation, find the handler, keep the reply with the new state.

    A repeated message changes nothing; its stored reply is returned where it may not have been
    heard. `code` is the language for a stranger; `respond` answers in place of the router.
    """
    talk = conversations.enter(db, message.channel, message.address, language=code, now=now)
    chat = Chat(db, now, message, talk, lambda chat, action: run(router, chat, action))
    if message.id in talk.heard:
        unheard = talk.unspoken_since is not None and talk.answering == message.id
        return Answer(
            talk.account_id, message.id, Reply.from_json(talk.answer) if unheard else SILENCE
        )
    _reach(chat)
    if message.kind in (Kind.LEFT, Kind.BACK):
        reply = _keep(chat, SILENCE)
    else:
        reply = _keep(chat, respond(chat) if respond else route(router, chat))
    conversations.save(db, talk)
    return Answer(talk.account_id, message.id, reply)


def _reach(chat: Chat) -> None:
    """Whoever writes can be reached; whoever blocked us cannot."""
    left = chat.message.kind is Kind.LEFT
    if chat.talk.reachable == left:
        outbox.reach(chat.db, chat.talk.account_id, reachable=not left)


def _keep(chat: Chat, reply: Reply) -> Reply:
    """Number the new screen and remember the reply until it is spoken."""
    talk, message = chat.talk, chat.message
    talk.heard = [*talk.heard, message.id]
    talk.heard_at = message.sent_at
    if reply.silent:
        talk.newest = talk.newest and message.kind is Kind.PRESS
        return reply
    in_place = message.kind is Kind.PRESS and _mark(message.press) == f"s{talk.screen}"
    stands = bool(talk.answer and talk.answer["ask_contact"])
    reply = replace(reply, drop_contact=stands and not reply.ask_contact)
    talk.screen += 1
    if not chat.repeats:
        talk.data.pop("for", None)
        if chat.person and talk.person and chat.person.id != talk.person.id:
            talk.data["for"] = chat.person.id
    alone = reply.place is None and reply.document is None
    reply = replace(reply, mark=f"s{talk.screen}", edit=in_place and talk.newest and alone)
    talk.step = chat.expected
    talk.newest = True
    talk.asked_at = chat.now
    talk.seen_from = None
    talk.answering = message.id
    talk.answer = reply.to_json()
    talk.unspoken_since = chat.now
    return reply


def route(router: Router, chat: Chat) -> Reply:
    """The reply to what was said."""
    message = chat.message
    if message.group:
        return _in_group(chat)
    if message.kind is Kind.PRESS:
        return _pressed(router, chat)
    if message.kind is Kind.CONTACT and router.contact:
        return router.contact(chat)
    if message.kind is not Kind.TEXT:
        return router.media(chat) if router.media else SILENCE
    if message.start and (reply := _code(router, chat, message.start)):
        return reply
    return _typed(router, chat)


def _in_group(chat: Chat) -> Reply:
    """In groups we answer only when called by a command, and only with where to write."""
    if not chat.text.startswith("/"):
        return SILENCE
    return Reply(
        chat._("The assistant answers in private chats only. Please write to it directly.")
    )


def _typed(router: Router, chat: Chat) -> Reply:
    text = chat.text
    if len(text) > LONGEST:
        return chat.again(chat._("This message is too long. Please write it in one short line."))
    if text.startswith("/"):
        name = text[1:].split()[0].lower() if text[1:].split() else ""
        return run(router, chat, router.commands.get(name, "menu"))
    if chat.folded == "menu":
        return run(router, chat, "menu")
    if reply := _code(router, chat, text) or _digit(router, chat):
        return reply
    if chat.talk.step in router.steps:
        return _stepped(router, chat)
    if reply := _notice_digits(router, chat):
        return reply
    if action := router.words.get(chat.folded):
        return run(router, chat, action)
    return router.free(chat) if router.free else SILENCE


def _stepped(router: Router, chat: Chat) -> Reply:
    """A step takes the whole message, if its question stood on the phone by then."""
    if not _seen(chat):
        return _too_early(chat)
    return router.steps[chat.talk.step](chat) if _speak_for(chat) else chat.go("menu")


def _too_early(chat: Chat) -> Reply:
    return chat.again(
        chat._("{You} wrote this before the question below was sent, so nothing has changed.")
    )


def _speak_for(chat: Chat) -> bool:
    """Let the current screen's answer act for whom the screen was made, on a shared phone.

    False where the account speaks for that person no more: then nobody else may answer it.
    """
    person_id = chat.talk.data.get("for")
    if person_id is None:
        return True
    if not _serves(chat, person_id):
        return False
    chat.person = conversations.who(chat.db, person_id)
    return True


def _serves(chat: Chat, person_id: int) -> bool:
    """True where the account still speaks for this person: phones get lost, lent and moved."""
    people = accounts.people(chat.db, chat.talk.account_id)
    return any(one.id == person_id for one in people)


def _code(router: Router, chat: Chat, text: str) -> Reply | None:
    for read in router.codes:
        if (reply := read(chat, text)) is not None:
            return reply
    return None


def _digit(router: Router, chat: Chat) -> Reply | None:
    """A digit, the words of a numbered line, or a plain yes or no to the current screen."""
    digit = grammar.chosen(chat)
    if digit is None:
        return None
    if not _seen(chat) and digit != "0":
        return _too_early(chat)
    action = chat.talk.choices.get(digit)
    if action is None:
        if digit == "0":
            return run(router, chat, LEAVE)
        return (
            None
            if chat.talk.step
            else chat.again(chat._("There is no choice {digit} here.", digit=digit))
        )
    return _chosen(router, chat, action)


def _chosen(router: Router, chat: Chat, action: str) -> Reply:
    """Do a choice of the current screen, for whom the screen was made."""
    return run(router, chat, _fresh(router, chat, action)) if _speak_for(chat) else chat.go("menu")


def _seen(chat: Chat) -> bool:
    seen_from = chat.talk.seen_from
    return seen_from is not None and chat.message.sent_at >= seen_from


def _fresh(router: Router, chat: Chat, action: str) -> str:
    """An old choice that would change something becomes the screen that asks about it anew."""
    if chat.talk.asked_at and chat.now - chat.talk.asked_at <= FRESH:
        return action
    return _outdated(router, action) or "menu"


def _outdated(router: Router, action: str) -> str | None:
    """What an outdated press may do: the action itself where it changes nothing."""
    name, _, arguments = action.partition(" ")
    known = router.actions.get(name)
    if known is None:
        return None
    return action if known.instead is None else f"{known.instead} {arguments}".strip()


def _notice_digits(router: Router, chat: Chat) -> Reply | None:
    """Two digits answer the notice that shows them, if it stood on the phone by then."""
    text = chat.text
    if not (len(text) == 2 and text.isascii() and text.isdecimal() and "0" not in text):
        return None
    notice = outbox.behind(chat.db, chat.talk.account_id, text)
    if notice is None or text not in notice.choices:
        return chat.again(chat._("There is no message with the choice {digit}.", digit=text))
    if chat.message.sent_at < notice.sent_at:
        return _too_early(chat)
    return _answer_notice(router, chat, notice, notice.choices[text])


def _answer_notice(router: Router, chat: Chat, notice: Sent, action: str) -> Reply:
    chat.notice = notice
    me = chat.person
    if notice.person_id is not None and (me is None or me.id != notice.person_id):
        if not _serves(chat, notice.person_id):
            return _old_button(chat)
        chat.person = conversations.who(chat.db, notice.person_id)
    if chat.now - notice.sent_at > outbox.LIVE_FOR:
        action = _outdated(router, action) or "menu"
    return run(router, chat, action)


def _mark(press: str) -> str:
    return press.partition("|")[0]


def _pressed(router: Router, chat: Chat) -> Reply:
    """A press carries its screen's mark; an outdated one does only what harms nothing."""
    mark, _, action = chat.message.press.partition("|")
    if mark.startswith("n") and mark.isascii() and mark[1:].isdecimal() and len(mark) <= 10:
        notice = outbox.by_id(chat.db, chat.talk.account_id, int(mark[1:]))
        if notice is None or action not in notice.choices.values():
            return _old_button(chat)
        return _answer_notice(router, chat, notice, action)
    last = Reply.from_json(chat.talk.answer).choices if chat.talk.answer else ()
    if mark == f"s{chat.talk.screen}":
        known = action in (choice.action for choice in last)
        return _chosen(router, chat, action) if known else _old_button(chat)
    harmless = _outdated(router, action)
    return run(router, chat, harmless) if harmless else _old_button(chat)


def _old_button(chat: Chat) -> Reply:
    if chat.talk.choices:
        return chat.again(chat._("That button is no longer in use. Please choose here:"))
    return chat.go("menu")


def run(router: Router, chat: Chat, action: str) -> Reply:
    """Do an action. Strangers are first asked who they are, and come back to it afterwards."""
    name, *arguments = action.split()
    known = router.actions.get(name)
    if known is None:
        return _old_button(chat) if name != "menu" else SILENCE
    if chat.person is None and not known.public and router.stranger:
        chat.intent = action
        return router.stranger(chat)
    try:
        return known.handle(chat, *arguments) if known.takes(arguments) else _old_button(chat)
    except BadArgument:
        return _old_button(chat)


class BadArgument(ValueError):
    """A choice names something that is not there: it was forged, or its object is gone."""


def number(text: str) -> int:
    """An id out of a choice; raises BadArgument for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadArgument(text)
    return int(text)
