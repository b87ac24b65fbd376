"""Schools and communes of a list that nobody knows: opened, or said to be known ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import naming, roster_difference, roster_words
from handlers.numbers import number as figure
from handlers.roster_import import wanted
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import intakes, schools, units
from storage.models import ImportState, Ownership, SchoolType, UnitKind
from storage.rosters import judging, school_words, unknown
from storage.rosters.directory import UNKNOWN, PlaceTrouble
from storage.rosters.judging import Answer
from storage.school_register import Refusal, Refused

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.rosters.staging import Import
    from storage.rosters.unknown import Unknown
    from storage.scopes import Scope

# Schools on a screen, beside the choices that are for all of them.
PAGE = 5
OFFERED = 5
STEP = "roster place"
# What a school may be, in the order offices have most of them.
KINDS = (
    (SchoolType.PRESCHOOL, Ownership.PUBLIC), (SchoolType.PRESCHOOL, Ownership.PRIVATE),
    (SchoolType.KINDERGARTEN, Ownership.PUBLIC), (SchoolType.GROUP, Ownership.PRIVATE),
    (SchoolType.CLASS, Ownership.PRIVATE), (SchoolType.CRECHE, Ownership.PRIVATE),
)  # fmt: skip


@router.action("roster-schools")
def unclear(chat: Chat, import_id: str, page: str = "0") -> Reply:
    """What is not known, those with most rows first, and one choice for all that is certain."""
    scope, found = wanted(chat, import_id)
    known = unknown.of(chat.db, scope, found.id)
    if found.state is not ImportState.READY or unknown.coming(chat.db, scope, found.id):
        return chat.go(f"roster-import {found.id}")
    if not known:
        return chat.go(f"roster-again {found.id}" if unknown.answered(chat.db, scope, found.id)
                       else f"roster-import {found.id}")  # fmt: skip
    start = number(page) * PAGE
    shown = known[start : start + PAGE]
    if not shown:
        return unclear(chat, import_id)
    return chat.screen(
        _heading(chat, known),
        *_for_all(chat, scope, found, known),
        *((_line(chat, one), f"roster-school {found.id} {one.at}") for one in shown),
        more=f"roster-schools {found.id} {number(page) + 1}" if known[start + PAGE :] else "",
        back=chat.back(f"roster-import {found.id}"),
    )


def _heading(chat: Chat, known: list[Unknown]) -> str:
    code = chat.talk.language
    certain = sum(one.certain for one in known)
    said = {
        "count": figure(len(known), code), "rows": figure(sum(one.rows for one in known), code),
        "certain": figure(certain, code),
    }  # fmt: skip
    if certain == len(known):
        return chat._(
            "Schools of the file that are not on the list: {count}, with {rows} rows. Type and"
            " commune are read from their names; please look through them, then open them.",
            **said,
        )
    if not certain:
        return chat._(
            "Schools of the file that are not known: {count}, with {rows} rows. Please say of each"
            " which one it is.",
            **said,
        )
    return chat._(
        "Schools of the file that are not known: {count}, with {rows} rows. Of {certain} the type"
        " and commune are clear; please look through them, then open them.",
        **said,
    )


def _for_all(
    chat: Chat, scope: Scope, found: Import, known: list[Unknown]
) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    if certain := sum(one.certain for one in known):
        label = (
            chat._("Open all {count} schools", count=figure(certain, chat.talk.language))
            if certain == len(known) > 1
            else chat._("Open the {count} that are clear",
                        count=figure(certain, chat.talk.language))
        )  # fmt: skip
        lines.append((label, f"roster-open-all {found.id}"))
    if unknown.answered(chat.db, scope, found.id):
        lines.append((chat._("Compare the file again"), f"roster-again {found.id}"))
    return lines


def _line(chat: Chat, one: Unknown) -> str:
    """A school with its commune and rows, on a choice."""
    rows = figure(one.rows, chat.talk.language)
    if one.trouble is PlaceTrouble.UNKNOWN_COMMUNE:
        return naming.choice(
            chat._("commune “{commune}”, {rows} rows", commune=one.commune, rows=rows)
        )
    # What is not clear is named as the file has it.
    read = len(one.within) == 1 and (one.certain or not one.commune)
    place = naming.inside(one.within[0].name if read else one.commune)
    name = ", ".join(filter(None, (one.name or one.written, place)))
    if one.certain and one.ownership is not None:
        run = ownership(chat, one.ownership)
        return naming.choice(chat._("{name} · {run} · {rows}", name=name, run=run, rows=rows))
    return naming.choice(chat._("{name} · {rows}, to be looked at", name=name, rows=rows))


def ownership(chat: Chat, held: Ownership) -> str:
    """Who runs a school, on a choice."""
    match held:
        case Ownership.PUBLIC:
            return chat._("public")
        case Ownership.PRIVATE:
            return chat._("private")
        case _:
            assert_never(held)


@router.action("roster-open-all", instead="roster-schools")
def open_all(chat: Chat, import_id: str) -> Reply:
    """Open all that is certain and let the file be compared again."""
    scope, found = wanted(chat, import_id)
    opened = unknown.open_certain(chat.db, scope, found.id, chat.now)
    if opened is None or not opened.count:
        return chat.go(f"roster-schools {found.id}")
    count = figure(opened.count, chat.talk.language)
    shown = _again(chat, scope, found)
    return replace(shown, text=chat._("Opened: {count} schools.", count=count) + "\n" + shown.text)


def _again(chat: Chat, scope: Scope, found: Import) -> Reply:
    intake = intakes.again(chat.db, scope, found.id, chat.now)
    if intake is None:
        return chat.go(f"roster-import {found.id}")
    return roster_difference.comparing(chat, intake)


# One school


def _one(chat: Chat, import_id: str, at: str) -> tuple[Scope, Import, Unknown]:
    """The unclear name whose first row this is; raises BadArgument where there is none."""
    scope, found = wanted(chat, import_id)
    place = number(at)
    one = next((each for each in unknown.of(chat.db, scope, found.id) if each.at == place), None)
    if one is None or found.state is not ImportState.READY:
        raise BadArgument(at)
    return scope, found, one


@router.action("roster-school")
def school(chat: Chat, import_id: str, at: str, *_: str) -> Reply:
    """One unclear name: near ones that are known, or how it would be opened."""
    _scope, found, one = _one(chat, import_id, at)
    to = f"{found.id} {one.at}"
    choices = [
        (naming.choice(chat._("It is {name}", name=offer.name)),
         f"roster-settle {to} {offer.id}" if offer.kind == "school"
         else f"roster-commune {to} {offer.id}")
        for offer in one.offers[:OFFERED]
    ]  # fmt: skip
    if one.trouble in UNKNOWN:
        choices += _ways(chat, to, one)
    if one.trouble is not PlaceTrouble.UNKNOWN_COMMUNE:
        choices.append((chat._("It is on the list under another name"), f"roster-known {to}"))
    elif not one.offers:
        return where(chat, import_id, at)
    else:
        choices.append((chat._("Another commune"), f"roster-where {to}"))
    return chat.screen(
        "\n".join(_said(chat, one)), *choices, back=chat.back(f"roster-schools {found.id}")
    )


def _said(chat: Chat, one: Unknown) -> list[str]:
    lines = [
        chat._("“{written}”: {count} rows of the file.",
               written=", ".join(filter(None, (one.written, one.commune)))[:120],
               count=figure(one.rows, chat.talk.language)),
        roster_words.sentence(chat, str(one.trouble)),
    ]  # fmt: skip
    if one.like:
        lines.append(
            chat._("Near to {name} of the same file: if it is that one, open that first and let"
                   " the file be compared again.", name=one.like)
        )  # fmt: skip
    return lines


def _ways(chat: Chat, to: str, one: Unknown) -> list[tuple[str, str]]:
    """To open it as its words say, or otherwise."""
    if not one.openable:
        return [(chat._("Open it: say its commune first"), f"roster-where {to}")]
    unit = one.within[0]
    if one.type is None or one.ownership is None:
        return [(chat._("Open it, its type follows"), f"roster-type {to} {unit.id}")]
    name = chat._("Open {name}, {run}", name=one.name, run=ownership(chat, one.ownership))
    return [
        (naming.choice(name), f"roster-open {to} {one.type} {one.ownership} {unit.id}"),
        (chat._("Open it as another type"), f"roster-type {to} {unit.id}"),
    ]


@router.action("roster-type")
def kind(chat: Chat, import_id: str, at: str, unit_id: str) -> Reply:
    """What kind of school it is; the choice opens it."""
    scope, found, one = _one(chat, import_id, at)
    unit = units.get(chat.db, number(unit_id), chat.now.date())
    if unit is None or not scope.covers(unit.path):
        raise BadArgument(unit_id)
    to = f"roster-open {found.id} {one.at}"
    return chat.screen(
        chat._("What is “{written}”, {unit}?", written=one.written[:80], unit=unit.inside),
        *((naming.choice(f"{school_words.name(one.written, type_)}, {ownership(chat, run)}"),
           f"{to} {type_} {run} {unit.id}")
          for type_, run in KINDS),
        back=chat.back(f"roster-school {found.id} {one.at}"),
    )  # fmt: skip


@router.action("roster-open", instead="roster-school")
def open_one(chat: Chat, import_id: str, at: str, *how: str) -> Reply:
    """Open it; back to what is left, or the file is compared again after the last one.

    `how`: its type, who runs it, its commune, and "apart" where its name says its former commune.
    """
    scope, found, one = _one(chat, import_id, at)
    if len(how) not in (3, 4):
        raise BadArgument(import_id)
    type_, run, unit_id, *apart = how
    if type_ not in list(SchoolType) or run not in list(Ownership):
        raise BadArgument(type_)
    made = unknown.open_one(
        chat.db, scope, found.id, one.at, type=SchoolType(type_), ownership=Ownership(run),
        unit_id=number(unit_id), now=chat.now, apart=apart == ["apart"],
    )  # fmt: skip
    if made is None:
        return chat.go(f"roster-schools {found.id}")
    if isinstance(made, Refused):
        return _refused(chat, found, one, made, (type_, run, unit_id))
    opened = schools.get(chat.db, made)
    return _onward(chat, found, chat._("Opened: {name}.", name=opened.name if opened else ""))


def _refused(chat: Chat, found: Import, one: Unknown, made: Refused, how: tuple[str, ...]) -> Reply:
    """Why it was not opened; where one of this name is there, whether it is that one."""
    if made.why is Refusal.THERE and made.school_id is not None:
        to = f"{found.id} {one.at}"
        apart = unknown.apart_name(one, SchoolType(how[0])) if one.commune else ""
        return chat.screen(
            chat._("{name} is in this commune already. Is it that one?", name=made.name),
            (naming.choice(chat._("It is {name}", name=made.name)),
             f"roster-settle {to} {made.school_id}"),
            *([(naming.choice(chat._("Another one: open {name}", name=apart)),
                f"roster-open {to} {' '.join(how)} apart")] if apart else []),
            back=chat.back(f"roster-school {to}"),
        )  # fmt: skip
    if made.why is Refusal.OUTSIDE:
        return chat.again(chat._("This commune is not in the charge of {you}."))
    if made.why is Refusal.NO_COMMUNE:
        return chat.again(chat._("A school lies in a commune of today. Please choose another one."))
    return chat.again(chat._("The school cannot be opened so. Please choose again."))


def _onward(chat: Chat, found: Import, words: str) -> Reply:
    shown = chat.go(f"roster-schools {found.id}")
    return replace(shown, text=f"{words}\n{shown.text}")


@router.action("roster-settle", instead="roster-school")
def settle(chat: Chat, import_id: str, at: str, school_id: str) -> Reply:
    """It is a school that is known; all rows worded so mean it."""
    scope, found, one = _one(chat, import_id, at)
    answer = judging.settle(
        chat.db, scope, found.id, one.at, number(school_id), chat.now, labels=one.labels
    )
    meant = schools.get(chat.db, number(school_id))
    if answer is not Answer.TAKEN or meant is None:
        raise BadArgument(school_id)
    return _onward(chat, found, chat._("Noted: “{written}” is {name}.", written=one.written[:60],
                                       name=meant.name))  # fmt: skip


@router.action("roster-commune", instead="roster-school")
def settle_commune(chat: Chat, import_id: str, at: str, unit_id: str) -> Reply:
    """It is this commune, in all rows worded so."""
    scope, found, one = _one(chat, import_id, at)
    unit = units.get(chat.db, number(unit_id), chat.now.date())
    if unit is None or not unknown.settle_unit(chat.db, scope, found.id, one.at, unit.id, chat.now):
        raise BadArgument(unit_id)
    return _onward(chat, found, chat._("Noted: “{written}” is {name}.", written=one.commune[:60],
                                       name=unit.inside))  # fmt: skip


# Typed names


@router.action("roster-where")
def where(chat: Chat, import_id: str, at: str) -> Reply:
    """Ask for the commune in words."""
    _, found, one = _one(chat, import_id, at)
    chat.begin(roster=found.id, at=one.at, what="unit")
    return chat.ask(
        chat._("“{written}”: {count} rows of the file. Please write the name of its commune or"
               " ward.", written=", ".join(filter(None, (one.written, one.commune)))[:120],
               count=figure(one.rows, chat.talk.language)),
        STEP,
        back=f"roster-schools {found.id}",
    )  # fmt: skip


@router.action("roster-known")
def known_as(chat: Chat, import_id: str, at: str) -> Reply:
    """Ask for the name under which it is on the list."""
    _, found, one = _one(chat, import_id, at)
    chat.begin(roster=found.id, at=one.at, what="school")
    return chat.ask(
        chat._("Which school is “{written}”? Please write its name as it is on the list.",
               written=one.written[:80]),
        STEP,
        back=f"roster-school {found.id} {one.at}",
    )  # fmt: skip


@router.step(STEP)
def typed(chat: Chat) -> Reply:
    """Offer what may be meant; the choice says it."""
    form = chat.form
    scope, found, one = _one(chat, str(form.get("roster", "")), str(form.get("at", "")))
    to = f"{found.id} {one.at}"
    if form.get("what") == "unit":
        choices = _communes(chat, scope, one, to)
    else:
        choices = [
            (naming.school(chat, each), f"roster-settle {to} {each.id}")
            for each in schools.search(chat.db, chat.text)
            if _covered(chat, scope, each.unit_id)
        ]
    if not choices:
        return chat.again(chat._("Nothing of this name is in the charge of {you}. Please write it"
                                 " again, or choose:"))  # fmt: skip
    chat.expect(STEP)
    return chat.screen(
        chat._("Which school or commune is meant?"),
        *choices[:OFFERED],
        back=chat.back(f"roster-school {to}" if one.offers else f"roster-schools {found.id}"),
    )


def _communes(chat: Chat, scope: Scope, one: Unknown, to: str) -> list[tuple[str, str]]:
    places = [
        each for each in units.named(chat.db, chat.text, chat.now.date())
        if not each.former and each.kind is UnitKind.COMMUNE and scope.covers(each.path)
    ]  # fmt: skip
    if one.trouble is PlaceTrouble.UNKNOWN_COMMUNE:
        return [(naming.choice(each.name), f"roster-commune {to} {each.id}") for each in places]
    if one.type is None or one.ownership is None:
        return [(naming.choice(each.name), f"roster-type {to} {each.id}") for each in places]
    return [
        (naming.choice(chat._("Open {name}, {run}", name=f"{one.name}, {each.inside}",
                              run=ownership(chat, one.ownership))),
         f"roster-open {to} {one.type} {one.ownership} {each.id}")
        for each in places
    ]  # fmt: skip


def _covered(chat: Chat, scope: Scope, unit_id: int) -> bool:
    unit = units.get(chat.db, unit_id, chat.now.date())
    return unit is not None and scope.covers(unit.path)
