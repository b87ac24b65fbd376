"""Roles end: a stand-in's, an officer's by the Department; and what the people are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import work
from handlers.chat import PAGE
from handlers.covering import day_of, officer_scope, trouble
from handlers.inviting import part, scope_of
from handlers.naming import choice, inside
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import covers, role_news
from storage import inviting as rights
from storage.covers import Outcome
from storage.models import RoleKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.covers import Holding
    from storage.outbox import Owed


def _found(chat: Chat, role_id: str) -> Holding:
    found = covers.get(chat.db, officer_scope(chat), number(role_id))
    if found is None:
        raise BadArgument(role_id)
    return found


@router.action("stand-in")
def stand_in(chat: Chat, role_id: str) -> Reply:
    """One cover: who, for whom, until when; end it?"""
    one = _found(chat, role_id)
    if one.covers_id is None or one.valid_to is None:
        raise BadArgument(role_id)
    return chat.screen(
        chat._(
            "{name} stands in for {other} as {part}, from {first} to {last}. End it now?",
            name=one.name, other=one.covers, part=part(chat, one.kind, one.unit),
            first=day_of(chat, one.valid_from), last=day_of(chat, one.valid_to),
        ),
        (chat._("End it now"), f"stand-in-end {one.id}"),
        back=(chat._("Keep it"), "covering"),
    )  # fmt: skip


@router.action("stand-in-end", instead="stand-in")
def end(chat: Chat, role_id: str) -> Reply:
    """End a cover early."""
    one = _found(chat, role_id)
    if not covers.end_cover(chat.db, officer_scope(chat), one.id, chat.now):
        raise PermissionError(role_id)
    return chat.screen(
        chat._("{name} no longer stands in for {other}. Both know.", name=one.name,
               other=one.covers),
        back=chat.back("menu"),
    )  # fmt: skip


@router.action("officers")
def officers(chat: Chat, page: str = "0") -> Reply:
    """Who is in charge of what, in the area."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    found = covers.officers(chat.db, scope)
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    return chat.screen(
        chat._("Officers in charge: {count}", count=len(found)),
        *((choice(f"{one.name}, {inside(one.unit)}"), f"officer {one.id}") for one in shown),
        more=f"officers {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("invite"),
    )


@router.action("officer")
def officer(chat: Chat, role_id: str) -> Reply:
    """One officer's role, and what the Sở may do about it."""
    one, scope = _found(chat, role_id), officer_scope(chat)
    since = chat._(
        "{name}: {part}, since {day}.", name=one.name, part=part(chat, one.kind, one.unit),
        day=day_of(chat, one.valid_from),
    )  # fmt: skip
    lines = [since]
    if one.covers:
        lines.append(chat._("Stands in for {name}.", name=one.covers))
    if one.valid_to:
        lines.append(chat._("Until {day}.", day=day_of(chat, one.valid_to)))
    lines.append(chat._("Others in charge of the same: {count}.", count=one.others))
    may = rights.own(chat.db, scope).provincial and one.person_id != chat.me.id
    ends = [(chat._("End this role"), f"officer-ending {one.id}")] if may else []
    return chat.screen("\n".join(lines), *ends, back=chat.back("officers"))


@router.action("officer-ending")
def ending(chat: Chat, role_id: str) -> Reply:
    """End somebody's role? What happens then."""
    one = _found(chat, role_id)
    fields = {"name": one.name, "part": part(chat, one.kind, one.unit)}
    if not one.others and one.kind is RoleKind.COMMUNE and one.covers_id is None:
        words = chat._(
            "End the role of {name}, {part}, today? Nobody is in charge there then: what waits"
            " comes to the Department until somebody is invited.",
            **fields,
        )
    else:
        words = chat._("End the role of {name}, {part}, today?", **fields)
    return chat.screen(
        words,
        (chat._("End the role"), f"officer-end {one.id}"),
        back=(chat._("Keep it"), f"officer {one.id}"),
    )


@router.action("officer-end", instead="officer-ending")
def end_role(chat: Chat, role_id: str) -> Reply:
    """The Sở ends it; whose it was is told."""
    one = _found(chat, role_id)
    outcome = covers.end_role(chat.db, officer_scope(chat), one.id, chat.now)
    if outcome is Outcome.NOT_YOURS:
        raise PermissionError(role_id)
    if outcome is not Outcome.DONE:
        return trouble(chat, outcome)
    return chat.screen(
        chat._("{name} is no longer {part} and is told.", name=one.name,
               part=part(chat, one.kind, one.unit)),
        (choice(chat._("Invite somebody for {unit}", unit=inside(one.unit))),
         f"invite-for {one.unit_id}"),
        back=chat.back("officers"),
    )  # fmt: skip


# What people are told


@router.notice(covers.GIVEN)
def given(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever stands in."""
    one = role_news.told(chat.db, owed.subject_id, chat.now.date())
    if one is None or one.valid_to is None or one.valid_to < chat.now.date():
        return None
    return chat.letter(
        chat._(
            "{other} asks {you} to stand in as {part}, from {first} to {last}, with the same"
            " rights. On these days, write: work",
            other=one.covers, part=part(chat, one.kind, one.unit),
            first=day_of(chat, one.valid_from), last=day_of(chat, one.valid_to),
        ),
        (chat._("I cannot stand in"), f"stand-in {one.id}"),
    )  # fmt: skip


@router.notice(covers.ENDED)
def ended(chat: Chat, owed: Owed) -> Reply | None:
    """To the other one, or both."""
    one = role_news.told(chat.db, owed.subject_id, chat.now.date())
    if one is None:
        return None
    return chat.letter(
        chat._(
            "The cover has ended: {name} no longer stands in for {other}, {part}.",
            name=one.name, other=one.covers, part=part(chat, one.kind, one.unit),
        )
    )  # fmt: skip


@router.notice(covers.PASSED)
def passed(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever takes over."""
    one = role_news.told(chat.db, owed.subject_id, chat.now.date())
    if one is None or (one.valid_to is not None and one.valid_to < chat.now.date()):
        return None
    return chat.letter(
        chat._(
            "{You} take over as {part} from {day}. What waits then, write: work",
            part=part(chat, one.kind, one.unit), day=day_of(chat, one.valid_from),
        )
    )  # fmt: skip


@router.notice(covers.OVER)
def over(chat: Chat, owed: Owed) -> Reply | None:
    """To whose role the Sở has ended."""
    one = role_news.told(chat.db, owed.subject_id, chat.now.date())
    if one is None:
        return None
    return chat.letter(
        chat._(
            "The Department has ended a role that {you} had: {part}. For questions, write: help",
            part=part(chat, one.kind, one.unit),
        )
    )  # fmt: skip
