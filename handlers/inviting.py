"""`mời`: an officer invites officers, sees which invitations still stand, and takes them back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from handlers import dates, work
from handlers.chat import PAGE
from handlers.naming import choice, inside, no_name
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import audit, channels, covers, inviting, scopes, units
from storage.models import RoleKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.inviting import Live, Target
    from storage.scopes import Scope

router.command(
    "invite", "moi", "invite",
    words=("moi can bo", "moi nguoi", "moi dong nghiep", "gui loi moi", "loi moi", "ma moi"),
)  # fmt: skip

NOBODY = "-"
# What can be chosen without typing.
USES, DAYS = (1, 2, 3, 5, 10), (7, 14, 30, 60)
_BOT = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{4,31})")


def scope_of(chat: Chat) -> Scope | None:
    """What the officer covers today; None for whoever is none."""
    return scopes.of(chat.db, chat.me.id, chat.now.date())


@router.action("invite")
def home(chat: Chat) -> Reply:
    """Who works for the area, and what can be done about it."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    mine = inviting.own(chat.db, scope)
    lines: list[tuple[str, str]] = []
    if len(mine.reaches) == 1 and mine.reaches[0].kind is RoleKind.COMMUNE:
        only = mine.reaches[0]
        label = chat._("Invite somebody for {unit}", unit=inside(only.unit))
        lines.append((choice(label), f"invite-for {only.unit_id}"))
    elif mine.reaches:
        lines += [
            (chat._("Invite somebody for one unit"), "invite-unit"),
            (chat._("Invite for many units at once"), "invite-many"),
        ]
    if standing := inviting.live(chat.db, scope, chat.now):
        lines.append(
            (chat._("Invitations still open: {count}", count=len(standing)), "invitations")
        )
    officers = len(covers.officers(chat.db, scope))
    lines += [
        (chat._("Officers in charge: {count}", count=officers), "officers"),
        (chat._("Cover and handover"), "covering"),
    ]
    return chat.screen(_summary(chat, scope), *lines, back=chat.back("work"))


def _summary(chat: Chat, scope: Scope) -> str:
    unit = inside(scope.reaches[0].unit)
    if not inviting.own(chat.db, scope).provincial:
        return chat._("Officers for {unit}: who is invited, who stands in, who takes over.",
                      unit=unit)  # fmt: skip
    vacant = len(inviting.vacant(chat.db, scope, chat.now))
    return chat._(
        "Officers for {unit}. Communes with neither an officer nor an invitation: {count}.",
        unit=unit, count=figure(vacant, chat.talk.language),
    )  # fmt: skip


# One unit


@router.action("invite-unit")
def which(chat: Chat) -> Reply:
    """Which unit? Its name is typed."""
    return chat.ask(
        chat._("An officer for which unit? Please write the name of the commune, or: the"
               " Department."),
        "invite unit", back="invite",
    )  # fmt: skip


@router.step("invite unit")
def unit(chat: Chat) -> Reply:
    """One name that is sure is taken; what is only near is offered."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    if sure := _department(chat, scope) or inviting.sure(chat.db, scope, chat.text):
        return wanted(chat, str(sure.unit_id))
    found = inviting.choices(chat.db, scope, chat.text)
    if not found:
        return chat.again(_not_here(chat, scope))
    return chat.ask(
        chat._("Which unit of today is meant? Or write the name again."),
        "invite unit",
        *((choice(one.unit), f"invite-for {one.unit_id}") for one in found[:PAGE]),
        back="invite",
    )


def _department(chat: Chat, scope: Scope) -> Target | None:
    if chat.folded not in ("so", "so gddt", "so giao duc", "the department", "department"):
        return None
    top = [one.unit_id for one in scope.reaches if one.kind is RoleKind.DEPARTMENT]
    return inviting.target(chat.db, scope, top[0]) if top else None


def _not_here(chat: Chat, scope: Scope) -> str:
    """Nobody is told more of other areas than that; that somebody asked is kept."""
    for place in units.named(chat.db, chat.text, scope.day):
        if not place.near and not scope.covers(place.path):
            audit.refused(chat.db, scope, "invite", "unit", place.id, chat.now)
            return chat._("{unit} does not belong to {area}. Please write another name.",
                          unit=place.name, area=inside(scope.reaches[0].unit))  # fmt: skip
    return chat._("There is no unit of that name here. Please write it again.")


@router.action("invite-for")
def wanted(chat: Chat, unit_id: str) -> Reply:
    """Begin an invitation: for whom?"""
    found = _target(chat, unit_id)
    chat.begin(unit=found.unit_id, holder="", uses=1, days=inviting.DAYS)
    return _ask_name(chat, found)


def _target(chat: Chat, unit_id: str) -> Target:
    scope = scope_of(chat)
    found = inviting.target(chat.db, scope, number(unit_id)) if scope else None
    if found is None:
        raise BadArgument(unit_id)
    return found


def _ask_name(chat: Chat, found: Target) -> Reply:
    officers = (
        chat._("{unit} has {count} officers now.", unit=found.unit, count=found.officers)
        if found.officers
        else chat._("{unit} has no officer yet.", unit=found.unit)
    )
    asked = chat._("Please write the full name of the one to invite, with its accents.")
    return chat.ask(
        f"{officers}\n{asked}", "invite name",
        (chat._("Without a name: whoever has the code"), f"invite-named {NOBODY}"),
        back="invite",
    )  # fmt: skip


@router.step("invite name")
def name(chat: Chat) -> Reply:
    """The full name of whom it is meant for."""
    if "unit" not in chat.form:
        return home(chat)
    if trouble := no_name(chat):
        return chat.again(trouble)
    chat.form["holder"] = chat.text
    return card(chat)


@router.action("invite-named")
def unnamed(chat: Chat, holder: str) -> Reply:
    """Whoever has the code may use it."""
    if holder != NOBODY or "unit" not in chat.form:
        raise BadArgument(holder)
    chat.form["holder"] = ""
    return card(chat)


@router.action("invite-card")
def card(chat: Chat) -> Reply:
    """What will be made, before it is."""
    if "unit" not in chat.form:
        return home(chat)
    found, form = _target(chat, str(chat.form["unit"])), chat.form
    ends = chat.now + timedelta(days=form["days"])
    fields = {
        "part": part(chat, found.kind, found.unit), "uses": form["uses"],
        "moment": dates.moment(ends, chat.talk.language),
    }  # fmt: skip
    if form["holder"]:
        words = chat._(
            "Invite {name} to be {part}? The code works {uses} times, until {moment}.",
            name=form["holder"], **fields,
        )  # fmt: skip
    else:
        words = chat._(
            "Invite whoever has the code to be {part}? It works {uses} times, until {moment}.",
            **fields,
        )
    return chat.screen(
        words,
        (chat._("Make the code"), "invite-make"),
        (chat._("How many times it works"), "invite-uses"),
        (chat._("How many days it works"), "invite-days"),
        (chat._("Another name"), f"invite-for {found.unit_id}"),
        back=chat.back("invite"),
    )


def part(chat: Chat, kind: RoleKind, unit_name: str) -> str:
    """The role inside a sentence."""
    if kind is RoleKind.DEPARTMENT:
        return chat._("officer of the Department, {unit}", unit=inside(unit_name))
    return chat._("officer in charge for {unit}", unit=inside(unit_name))


@router.action("invite-uses")
def uses(chat: Chat, count: str = "") -> Reply:
    """For one person, or for several of an office."""
    return _chosen(chat, "uses", USES, count, chat._("For how many people does the code work?"))


@router.action("invite-days")
def days(chat: Chat, count: str = "") -> Reply:
    """How long it is good."""
    return _chosen(chat, "days", DAYS, count, chat._("For how many days does the code work?"))


def _chosen(chat: Chat, field: str, known: tuple[int, ...], count: str, asked: str) -> Reply:
    if "unit" not in chat.form:
        return home(chat)
    if not count:
        people = field == "uses"
        lines = [
            (chat._("For people: {count}", count=each) if people
             else chat._("For days: {count}", count=each),
             f"invite-{field} {each}")
            for each in known
        ]  # fmt: skip
        return chat.screen(asked, *lines, back=chat.back("invite-card"))
    if number(count) not in known:
        raise BadArgument(count)
    chat.form[field] = number(count)
    return card(chat)


@router.action("invite-make", instead="invite-card")
def make(chat: Chat) -> Reply:
    """Make it, and show its code, this once."""
    if "unit" not in chat.form:
        return home(chat)
    form, scope = chat.form, scope_of(chat)
    if scope is None:
        raise PermissionError(form["unit"])
    made = inviting.invite(
        chat.db, scope, form["unit"], chat.now, holder=form["holder"], uses=form["uses"],
        days=form["days"],
    )  # fmt: skip
    if made is None:
        raise PermissionError(form["unit"])
    chat.begin()
    return shown(
        chat, made.code, form["uses"], chat.now + timedelta(days=form["days"]),
        part(chat, made.target.kind, made.target.unit),
    )  # fmt: skip


def shown(chat: Chat, code: str, times: int, ends: datetime, role: str) -> Reply:
    """A code, and what to pass on with it: it stands on the phone of whoever asked, only there."""
    first = chat._(
        "Code {code}: {uses} times, until {moment}, shown only now. To pass on:",
        code=code, uses=times, moment=dates.moment(ends, chat.talk.language),
    )  # fmt: skip
    return chat.screen(
        f"{first}\n{letter(chat, code, role)}",
        (chat._("Invite somebody else"), "invite"),
        back=chat.back("work"),
    )


def letter(chat: Chat, code: str, role: str) -> str:
    """The text to pass on; with a link where we are on Telegram under a known name."""
    link = link_of(chat.db, code, chat.now)
    if link:
        return chat._(
            "Invitation to be {role} with the training assistant: open {link} or write the code"
            " {code} to it. It never asks for passwords, OTPs, ID cards or money.",
            role=role, link=link, code=code,
        )  # fmt: skip
    return chat._(
        "Invitation to be {role}: write the code {code} to the training assistant. It never asks"
        " for passwords, OTPs, ID cards or money.",
        role=role, code=code,
    )  # fmt: skip


def link_of(db: Connection, code: str, now: datetime) -> str:
    """A link that opens the chat with a code already written; "" where we have no name there."""
    known = channels.ways(db, now).get(channels.TELEGRAM)
    found = _BOT.fullmatch(known.terms.contact) if known else None
    return f"https://t.me/{found[1]}?start={code}" if found else ""


# What stands


@router.action("invitations")
def listed(chat: Chat, page: str = "0") -> Reply:
    """Invitations that can still be used, the newest first."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    found = inviting.live(chat.db, scope, chat.now)
    start = number(page) * PAGE
    if not found[start:]:
        return chat.screen(chat._("No invitation is open."), back=chat.back("invite"))
    return chat.screen(
        chat._("Invitations still open: {count}. Choose one to see it or take it back.",
               count=len(found)),
        *((_line(chat, one), f"invitation {one.id}") for one in found[start : start + PAGE]),
        more=f"invitations {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("invite"),
    )  # fmt: skip


def _line(chat: Chat, one: Live) -> str:
    day = dates.short_day(one.expires_at.astimezone(chat.now.tzinfo).date(), chat.talk.language)
    return choice(f"{one.unit} · {one.holder or chat._('no name')} · {day}")


def _found(chat: Chat, invitation_id: str) -> Live:
    scope = scope_of(chat)
    found = inviting.get(chat.db, scope, number(invitation_id), chat.now) if scope else None
    if found is None:
        raise BadArgument(invitation_id)
    return found


@router.action("invitation")
def one(chat: Chat, invitation_id: str) -> Reply:
    """One of them: for whom, how often, until when; and whether it is to be taken back."""
    found = _found(chat, invitation_id)
    until = dates.moment(found.expires_at.astimezone(chat.now.tzinfo), chat.talk.language)
    lines = [
        chat._("{holder}: {part}.", holder=found.holder or chat._("Whoever has the code"),
               part=part(chat, found.kind, found.unit)),
        chat._("Uses left: {uses}. Until {moment}.", uses=found.uses_left, moment=until),
    ]  # fmt: skip
    if found.by:
        lines.append(chat._("Invited by {name}.", name=found.by))
    if found.from_day:
        first = dates.day(found.from_day, chat.talk.language)
        last = dates.day(found.to_day, chat.talk.language) if found.to_day else ""
        lines.append(
            chat._("Stands in from {first} to {last}.", first=first, last=last)
            if last
            else chat._("Takes over from {first}.", first=first)
        )
    lines.append(chat._("The code itself cannot be shown again. Take the invitation back?"))
    return chat.screen(
        "\n".join(lines),
        (chat._("Take it back"), f"invitation-revoke {found.id}"),
        back=(chat._("Keep it"), "invitations"),
    )


@router.action("invitation-revoke", instead="invitation")
def revoke(chat: Chat, invitation_id: str) -> Reply:
    """Take it back: whoever writes the code hears so."""
    found, scope = _found(chat, invitation_id), scope_of(chat)
    if scope is None or not inviting.revoke(chat.db, scope, found.id, chat.now):
        raise BadArgument(invitation_id)
    return chat.screen(
        chat._(
            "The invitation for {unit} has been taken back. Its code opens nothing any more.",
            unit=inside(found.unit),
        ),
        back=chat.back("invite"),
    )
