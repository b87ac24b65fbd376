"""`danh sách`: a school's own list of its people, and one person on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers import dates, naming
from handlers.chat import PAGE
from handlers.message import Choice
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import personal_codes, principals, schools, scopes, staff_list, staffing
from storage.models import Position, SchoolType

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.schools import SchoolFound
    from storage.staff_list import Member

router.command(
    "staff", "danhsach", "staff",
    words=("danh sach", "danh sach truong", "danh sach giao vien", "ds", "ds giao vien",
           "danh sach lop", "staff list"),
)  # fmt: skip

SMALL = (SchoolType.GROUP, SchoolType.CLASS)


def kept(chat: Chat, school_id: int) -> SchoolFound:
    """A school whose list this person keeps; raises BadArgument for any other."""
    found = schools.get(chat.db, school_id)
    if found is None or not staffing.may_keep(chat.db, chat.me.id, school_id, chat.now):
        raise BadArgument(str(school_id))
    return found


def member(chat: Chat, person_id: str) -> tuple[SchoolFound, Member]:
    """Somebody on a list this person keeps, with the school; raises BadArgument for others."""
    wanted = number(person_id)
    school_id = staffing.school_of(chat.db, wanted, chat.now)
    if school_id is None:
        raise BadArgument(person_id)
    school = kept(chat, school_id)
    for one in staff_list.of(chat.db, school_id, chat.now.date()):
        if one.id == wanted:
            return school, one
    raise BadArgument(person_id)


@router.action("staff")
def staff(chat: Chat, school_id: str = "", page: str = "0") -> Reply:
    """The list of the school: who is there, who has not used the assistant; 7 and 8 change it."""
    if school_id:
        return shown(chat, kept(chat, number(school_id)), number(page))
    mine = principals.schools(chat.db, chat.me.id, chat.now.date())
    if len(mine) == 1:
        return shown(chat, kept(chat, mine[0]), 0)
    if mine:
        return _which(chat, mine)
    if scopes.of(chat.db, chat.me.id, chat.now.date()) and "schools" in router.actions:
        return chat.go("schools")
    return chat.go("work")


def _which(chat: Chat, mine: list[int]) -> Reply:
    found = [one for each in mine if (one := schools.get(chat.db, each))]
    return chat.screen(
        chat._("The list of which school?"),
        *((naming.school(chat, one), f"staff {one.id}") for one in found[:PAGE]),
        back=chat.back("work"),
    )


def shown(chat: Chat, school: SchoolFound, page: int) -> Reply:
    """One page of the list."""
    people = staff_list.of(chat.db, school.id, chat.now.date())
    part = people[page * PAGE : (page + 1) * PAGE]
    if page and not part:
        return shown(chat, school, 0)
    more = people[(page + 1) * PAGE :]
    reply = chat.screen(
        _heading(chat, school, people),
        *((label(chat, school, one, people), f"member {one.id}") for one in part),
        more=f"staff {school.id} {page + 1}" if more else "",
        back=chat.back("work"),
    )
    return fixed(
        chat, reply,
        ("7", chat._("Add a person"), f"member-add {school.id}"),
        ("8", chat._("Somebody leaves or moves"), f"staff-change {school.id}"),
    )  # fmt: skip


def fixed(chat: Chat, reply: Reply, *choices: tuple[str, str, str]) -> Reply:
    """The screen with choices that keep their (digit, label, action) on every page."""
    added = tuple(Choice(*each) for each in choices)
    chat.talk.choices |= {each.digit: each.action for each in added}
    tail = tuple(each for each in reply.choices if each.digit in ("9", "0"))
    head = tuple(each for each in reply.choices if each not in tail)
    return replace(reply, choices=(*head, *added, *tail))


def _heading(chat: Chat, school: SchoolFound, people: list[Member]) -> str:
    named = {"school": school.name, "count": len(people)}
    unused = sum(not one.used for one in people)
    if not people:
        return chat._("{school}: nobody is on the list yet.", school=school.name)
    if not unused:
        return chat._("{school}: {count} people, all use the assistant.", **named)
    return chat._(
        "{school}: {count} people, {unused} of them do not use the assistant yet.",
        **named, unused=unused,
    )  # fmt: skip


def called(chat: Chat, one: Member, people: list[Member]) -> str:
    """The full name; equal names are told apart by the year of birth."""
    same = [each for each in people if each.full_name == one.full_name]
    if len(same) == 1 or not one.birth_year:
        return one.full_name
    return chat._("{name}, born {year}", name=one.full_name, year=one.birth_year)


def label(chat: Chat, school: SchoolFound, one: Member, people: list[Member]) -> str:
    """A line of the list: "H'Sương Niê, chưa dùng"; teachers are most of it, and just named."""
    parts = [called(chat, one, people)]
    if one.position is not Position.TEACHER:
        parts.append(part(chat, school, one.position))
    if one.away:
        parts.append(chat._("on long leave"))
    if not one.used:
        parts.append(chat._("not using it yet"))
    return naming.choice(", ".join(parts))


def part(chat: Chat, school: SchoolFound, position: Position) -> str:
    """A position at this school; the head of a private group or class is its owner."""
    if position is Position.PRINCIPAL and school.type in SMALL:
        return chat._("owner")
    return naming.position(chat, position)


@router.action("member")
def card(chat: Chat, person_id: str) -> Reply:
    """One person of the list, and what can be done."""
    school, one = member(chat, person_id)
    lines = [
        chat._("{name}, {position}, {school}", name=one.full_name,
               position=part(chat, school, one.position), school=school.name)
    ]  # fmt: skip
    if one.birth_year:
        lines.append(chat._("Born in {year}", year=one.birth_year))
    if one.away:
        lines.append(_away(chat, one))
    lines.append(
        chat._("Uses the assistant.") if one.used else chat._("Does not use the assistant yet.")
    )
    choices: list[tuple[str, str]] = []
    if one.id != chat.me.id:
        choices.append((chat._("Leaves, moves, or goes on long leave"), f"change-of {one.id}"))
        if not one.used:
            choices.insert(0, (chat._("Personal code"), f"code-of {one.id}"))
    return chat.screen("\n".join(lines), *choices, back=chat.back(f"staff {school.id}"))


def _away(chat: Chat, one: Member) -> str:
    if one.away_until is None:
        return chat._("On long leave.")
    return chat._("On long leave until {day}.", day=dates.day(one.away_until, chat.talk.language))


@router.action("code-of")
def code_of(chat: Chat, person_id: str) -> Reply:
    """The code to hand out, for somebody who has not used it."""
    school, one = member(chat, person_id)
    code = personal_codes.unused(chat.db, one.id)
    if one.used or one.id == chat.me.id:
        return card(chat, person_id)
    if code is None:
        return chat.screen(
            chat._("{name} has no code that can be used.", name=one.full_name),
            (chat._("Make a new code"), f"code-new-ask {one.id}"),
            back=chat.back(f"member {one.id}"),
        )
    return chat.screen(
        chat._(
            "The personal code of {name}: {code}\nOnly {name} should get it. It is written to the"
            " assistant, once.",
            name=one.full_name, code=spoken(code),
        ),
        (chat._("The code is lost: make a new one"), f"code-new-ask {one.id}"),
        back=chat.back(f"staff {school.id}"),
    )  # fmt: skip


def spoken(code: str) -> str:
    """Eight digits as they are read out: "4827 1093"."""
    return f"{code[:4]} {code[4:]}"


@router.action("code-new-ask")
def ask_new_code(chat: Chat, person_id: str) -> Reply:
    """A new code ends the old one, so it asks once."""
    _, one = member(chat, person_id)
    return chat.screen(
        chat._("Make a new code for {name}? The old one opens nothing any more.",
               name=one.full_name),
        (chat._("Make a new code"), f"code-new {one.id}"),
        back=(chat._("Leave it"), f"code-of {one.id}"),
    )  # fmt: skip


@router.action("code-new", instead="code-new-ask")
def new_code(chat: Chat, person_id: str) -> Reply:
    """Make it."""
    school, one = member(chat, person_id)
    code = staffing.new_code(chat.db, chat.me.id, one.id, chat.now)
    if code is None:
        return chat.screen(
            chat._("{name} uses the assistant already and needs no code.", name=one.full_name),
            back=chat.back(f"staff {school.id}"),
        )
    return chat.screen(
        chat._("The new code of {name}: {code}. The old one opens nothing any more.",
               name=one.full_name, code=spoken(code)),
        back=chat.back(f"staff {school.id}"),
    )  # fmt: skip


def line(chat: Chat) -> list[tuple[str, str]]:
    """The way to the lists from today's work: the principal's own, or all schools of the area."""
    if principals.schools(chat.db, chat.me.id, chat.now.date()):
        return [(chat._("List of the school"), "staff")]
    if scopes.of(chat.db, chat.me.id, chat.now.date()):
        return [(chat._("Schools and their lists"), "schools")]
    return []
