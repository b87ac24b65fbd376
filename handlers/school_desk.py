"""The schools of an officer's area: the list, and one school with what can be done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from handlers import naming, staff
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import conversations, school_register, scopes, spelling, staff_desk, staff_list

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.scopes import Scope
    from storage.staff_desk import Desk

router.command(
    "schools", "truong", "schools",
    words=("cac truong", "danh sach cac truong", "truong hoc", "truong cua xa", "co so"),
)  # fmt: skip

_NAMED = re.compile(r"^(?:truong|nhom tre|lop mg|lop mau giao|nha tre|co so) \S")


def officer(chat: Chat) -> Scope:
    """The officer's scope; PermissionError for anybody else."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError("no officer")
    return scope


def desk(chat: Chat, school_id: str) -> Desk:
    """An open school of the officer's area; BadArgument for any other."""
    found = staff_desk.get(chat.db, officer(chat), number(school_id))
    if found is None:
        raise BadArgument(school_id)
    return found


@router.code
def named(chat: Chat, text: str) -> Reply | None:
    """`trường Hoa Cúc`, by an officer and outside any step."""
    if chat.talk.step or chat.person is None or text != chat.text or not _NAMED.match(chat.folded):
        return None
    if chat.folded in router.words or len(chat.folded.split()) > 8:
        return None
    if scopes.of(chat.db, chat.me.id, chat.now.date()) is None:
        return None
    chat.begin()
    return _found(chat, text)


@router.action("schools")
def listed(chat: Chat, page: str = "0") -> Reply:
    """The schools; where there are many, a name is asked for as well."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return chat.go("work")
    chat.begin()
    total = staff_desk.count(chat.db, scope)
    start = number(page) * PAGE
    shown = staff_desk.schools_of(chat.db, scope, start=start, limit=PAGE)
    if start and not shown:
        return listed(chat)
    words = chat._("{unit}: {count} schools. Choose one, or write its name.",
                   unit=scope.reaches[0].unit, count=total)  # fmt: skip
    reply = chat.screen(
        words,
        *((_label(chat, one), f"school {one.id}") for one in shown),
        more=f"schools {number(page) + 1}" if start + PAGE < total else "",
        back=chat.back("work"),
    )
    chat.expect("school name")
    return staff.fixed(chat, reply, ("7", chat._("Open a new school"), "school-open"))


def _label(chat: Chat, one: Desk) -> str:
    if not one.unused:
        return naming.choice(chat._("{school}: {count} people", school=one.name, count=one.people))
    return naming.choice(
        chat._("{school}: {count} people, {unused} not using it yet", school=one.name,
               count=one.people, unused=one.unused)
    )  # fmt: skip


@router.step("school name")
def typed(chat: Chat) -> Reply:
    """A name, typed at the list."""
    if chat.folded in router.words:
        return chat.go(router.words[chat.folded])
    return _found(chat, chat.text)


def _found(chat: Chat, text: str) -> Reply:
    scope = officer(chat)
    found = staff_desk.find(chat.db, scope, text)[:PAGE] if spelling.fold(text) else []
    deed = str(chat.form.get("deed") or "school")
    if len(found) == 1 and not found[0].near:
        return chat.go(f"{deed} {found[0].id}")
    chat.expect("school name")
    if not found:
        return staff.fixed(
            chat,
            chat.screen(
                chat._("{unit} has no school of this name. Please write it again.",
                       unit=scope.reaches[0].unit),
                back=chat.back("schools"),
            ),
            ("7", chat._("Open a new school"), "school-open"),
        )  # fmt: skip
    return chat.screen(
        chat._("Which school?"),
        *((naming.school(chat, one), f"{deed} {one.id}") for one in found),
        back=chat.back("schools"),
    )


@router.action("school")
def card(chat: Chat, school_id: str) -> Reply:
    """One school: who heads it, how many use the assistant; and what can be done."""
    one = desk(chat, school_id)
    people = staff_list.of(chat.db, one.id, chat.now.date())
    heads = [each for each in people if each.position in staff_list.ORDER[:1]]
    lines = [f"{one.name}, {naming.inside(one.commune)}"]
    if heads:
        head = conversations.who(chat.db, heads[0].id)
        lines.append(f"{head.full_name}, {naming.part(chat, head)}")
    else:
        lines.append(chat._("No principal on the list."))
    if people:
        lines.append(
            chat._("{count} people, {unused} do not use the assistant yet.", count=one.people,
                   unused=one.unused)
        )  # fmt: skip
    undo = school_register.newest(chat.db, officer(chat), one.id, chat.now)
    back = [(chat._("Take back the last change"), f"school-undo-ask {undo[0]}")] if undo else []
    codes = [(chat._("Personal codes"), f"school-codes {one.id}")] if one.unused else []
    return chat.screen(
        "\n".join(lines),
        (chat._("List of the school"), f"staff {one.id}"),
        *codes,
        (chat._("Rename"), f"school-rename {one.id}"),
        (chat._("Merge into another school"), f"school-merge {one.id}"),
        (chat._("Close"), f"school-close-ask {one.id}"),
        *back,
        back=chat.back("schools"),
    )
