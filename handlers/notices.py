"""Messages sent unasked: words made when they are sent, from the facts as they are then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from handlers import templates
from handlers.chat import Chat
from handlers.message import Kind, Message, Reply
from handlers.router import run
from handlers.routes import router
from storage import (
    channels,
    conversations,
    digests,
    outbox,
    reach,
    returns,
    sheaves,
    spelling,
    spending,
)
from storage.conversations import Talk
from storage.models import NoticeState
from storage.reach import Why

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from handlers.message import Template
    from handlers.router import Words
    from storage.outbox import Owed
    from storage.reach import Candidate, Choice
    from storage.sheaves import Sheaf

    # What makes the words of several notices, from facts that are read together.
    Together = Callable[[Connection, Sequence[Owed], datetime], Words]

UNTRUE = "no longer true"
# The kinds of which hundreds are sent at once.
TOGETHER: dict[str, Together] = {}


def together(kind: str) -> Callable[[Together], Together]:
    """Register what makes the words of several notices of a kind; `router.notice` is for one.

    It is called when all are in hand and their conversations locked.
    """

    def register(make: Together) -> Together:
        TOGETHER[kind] = make
        return make

    return register


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be sent; `account_id` None: to a phone number, by a template.

    `cost` (đồng) is counted already: `reserved` of it for this try, under `day`, the rest for an
    earlier one.
    """

    notice_id: int
    kind: str
    account_id: int | None
    channel: str
    address: str
    reply: Reply
    again: bool
    cost: int
    reserved: int
    day: date


def prepare(db: Connection, owed: Owed, now: datetime) -> Letter | None:
    """Choose the way, make the words and fix the numbers of one claimed notice; see `of_sheaf`."""
    sheaf = sheaves.gather(db, [owed], now)
    letters = of_sheaf(db, sheaf)
    sheaf.write(db)
    return letters[0] if letters else None


def of_sheaf(db: Connection, sheaf: Sheaf) -> list[Letter]:
    """Choose the ways, make the words and fix the numbers; the caller writes the sheaf down.

    No letter for what need not be sent, cannot be, has to wait, or is in other hands. A notice
    that is sent again, because nobody knows whether it arrived, keeps its way, its numbers and
    the money that was reserved for it.
    """
    kinds = {one.kind for one in sheaf.owed.values()}
    makers = {kind: words for kind in kinds if (words := router.notices.get(kind))}
    for kind, make in TOGETHER.items():
        if kind in makers:
            mine = [one for one in sheaf.owed.values() if one.kind == kind]
            makers[kind] = make(db, mine, sheaf.now)
    made = (_prepared(db, one, sheaf, makers) for one in sheaf.owed.values())
    return [letter for letter in made if letter]


def _prepared(
    db: Connection, owed: Owed, sheaf: Sheaf, makers: Mapping[str, Words]
) -> Letter | None:
    now = sheaf.now
    words = makers.get(owed.kind)
    if words is None and owed.kind not in reach.ONLY_BY_PHONE:
        outbox.settle(db, owed.id, NoticeState.FAILED, at=None, reason="unknown kind")
        return None
    if owed.kind == digests.KIND:
        digests.hand_on(db, owed, now)
    choice = reach.choose(db, owed, now, sheaf.standing)
    why = Why.UNREACHABLE
    for way in choice.ways:
        by_phone = None if way.account_id is not None else _template(db, owed, now)
        if way.account_id is None and by_phone is None:
            continue
        # The money before the words: nothing but the chosen conversation is locked by a turn.
        if not _affordable(db, owed, way, now):
            why = Why.CEILING
            continue
        return _letter(db, owed, way, by_phone, words, sheaf)
    _unsent(db, owed, choice, why, now)
    return None


def _template(db: Connection, owed: Owed, now: datetime) -> Template | None:
    """The approved words, where there are some for this and it is still true."""
    return templates.fields(db, owed, now) if _holds(db, owed, now) else None


def _affordable(db: Connection, owed: Owed, way: Candidate, now: datetime) -> bool:
    if not way.price or _counted(owed, way):
        return True
    return spending.reserve(
        db, way.channel, now.date(), owed.kind, way.price, way.terms,
        critical=owed.urgent or owed.kind in spending.CRITICAL,
    )  # fmt: skip


def _counted(owed: Owed, way: Candidate) -> int:
    """What an earlier try on this way has reserved, where that is enough; in đồng."""
    same = (owed.sent_to_id, owed.channel) == (way.account_id, way.channel)
    return owed.cost if owed.again and same and owed.cost >= (way.price or 0) else 0


def _letter(
    db: Connection,
    owed: Owed,
    way: Candidate,
    by_phone: Template | None,
    words: Words | None,
    sheaf: Sheaf,
) -> Letter | None:
    """Write down where it goes; None, with the money given back, where it goes nowhere."""
    now, counted = sheaf.now, _counted(owed, way)
    cost = counted or way.price or 0
    reserved = 0 if counted else cost
    if by_phone is not None or words is None:
        reply: Reply | None = Reply(template=by_phone)
        addressed = outbox.addressed(
            owed.id, account_id=None, channel=way.channel, cost=cost, block=0, choices={}, now=now
        )
        sheaf.address(None, addressed)
    else:
        reply = _spoken(db, owed, way, words, cost, sheaf)
    if reply is None:
        _untrue(db, owed)
        if reserved:
            spending.refund(db, way.channel, now.date(), owed.kind, reserved)
        return None
    return Letter(
        owed.id, owed.kind, way.account_id, way.channel, way.address, reply, owed.again, cost,
        reserved, now.date(),
    )  # fmt: skip


def _spoken(
    db: Connection,
    owed: Owed,
    way: Candidate,
    words: Words,
    cost: int,
    sheaf: Sheaf,
) -> Reply | None:
    """The words with their numbers, in the conversation they go to."""
    talk = sheaf.enter(db, way)
    chat = _chat(db, owed, talk, sheaf.now)
    reply = words(chat, owed)
    if reply is None:
        return None
    block = 0
    if reply.choices:
        kept = owed.block if owed.sent_to_id == talk.account_id else 0
        block = kept or sheaf.block(db, talk.account_id)
    reply = _numbered(chat, reply, block, owed.id)
    addressed = outbox.addressed(
        owed.id, account_id=talk.account_id, channel=way.channel, cost=cost, block=block,
        choices={choice.digit: choice.action for choice in reply.choices},
        labels={spelling.fold(choice.label): choice.digit for choice in reply.choices},
        now=sheaf.now,
    )  # fmt: skip
    sheaf.address(talk, addressed)
    return reply


def _unsent(db: Connection, owed: Owed, choice: Choice, why: Why, now: datetime) -> None:
    """No open way takes it: it waits for a closed one, or is settled where it is still true."""
    if choice.worth_waiting(at_ceiling=why is Why.CEILING):
        outbox.postpone(db, owed.id, now + channels.PROBE, maybe_sent=owed.again)
    elif not _holds(db, owed, now):
        _untrue(db, owed)
    elif why is Why.CEILING:
        outbox.settle(db, owed.id, NoticeState.SKIPPED, at=None, reason=why)
        digests.note(db, owed, now)
    else:
        returns.fail(db, owed.id, choice)
        if owed.kind == digests.KIND:
            digests.hand_on(db, owed, now, lost=True)


def _untrue(db: Connection, owed: Owed) -> None:
    """Skip what there is nothing to say about, unless its words have let it go for a reason."""
    if outbox.in_hand(db, [owed]):
        outbox.settle(db, owed.id, NoticeState.SKIPPED, at=None, reason=UNTRUE)


def _holds(db: Connection, owed: Owed, now: datetime) -> bool:
    """Whether there is still something to say, asked on a sheet of paper that nobody sees."""
    words = router.notices.get(owed.kind)
    return words is None or words(_chat(db, owed, _sheet(), now), owed) is not None


def _sheet() -> Talk:
    """A conversation with nobody, never saved."""
    return Talk(
        account_id=0, channel="", address="", language=reach.LANGUAGE, reachable=False,
        code_failures=0, code_pause_until=None, person=None, screen=0, step="", data={},
        choices={}, newest=False, asked_at=None, seen_from=None, heard=[], heard_at=None,
        answering="", answer={}, unspoken_since=None, thanked_on=None,
    )  # fmt: skip


def _chat(db: Connection, owed: Owed, talk: Talk, now: datetime) -> Chat:
    """The addressee's side of the talk: their language and form of address, not the sender's."""
    nothing = Message(talk.channel, talk.address, "", Kind.OTHER, now)
    chat = Chat(db, now, nothing, talk, lambda chat, action: run(router, chat, action))
    if owed.person_id is not None and (talk.person is None or talk.person.id != owed.person_id):
        chat.person = conversations.who(db, owed.person_id)
    return chat


def _numbered(chat: Chat, reply: Reply, block: int, notice_id: int) -> Reply:
    if block == 0 and reply.choices:
        words = chat._("To answer, write: menu")
        return replace(reply, text=f"{reply.text}\n{words}", choices=())
    choices = tuple(
        replace(choice, digit=f"{block}{place}")
        for place, choice in enumerate(reply.choices, start=1)
    )
    return replace(reply, choices=choices, mark=f"n{notice_id}", edit=False)
