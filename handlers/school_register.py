"""Schools are renamed, merged and closed by the commune's officer (NĐ 142/2025/NĐ-CP)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming, school_desk
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import (
    conversations,
    school_closing,
    school_names,
    school_past,
    schools,
    spelling,
    staff_desk,
)
from storage import school_register as register
from storage.models import SchoolMove
from storage.school_register import Refusal, Refused

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.staff_desk import Desk

router.command("school-close", words=("dong truong", "giai the truong", "dong cua truong"))
router.command("school-name", words=("doi ten truong", "sua ten truong", "rename school"))
router.command("school-join", words=("sap nhap truong", "sap nhap", "nhap truong", "merge schools"))


def _which(chat: Chat, deed: str, words: str) -> Reply:
    """Which school? Naming it leads on to the deed."""
    school_desk.officer(chat)
    chat.begin(deed=deed)
    return chat.ask(words, "school name", (chat._("See all schools"), "schools"), back="schools")


@router.action("school-close")
def close_which(chat: Chat) -> Reply:
    """From the bare words."""
    words = chat._("Which school is to be closed? Please write its name.")
    return _which(chat, "school-close-ask", words)


@router.action("school-name")
def rename_which(chat: Chat) -> Reply:
    """From the bare words."""
    words = chat._("Which school is to be renamed? Please write its name as it is.")
    return _which(chat, "school-rename", words)


@router.action("school-join")
def merge_which(chat: Chat) -> Reply:
    """From the bare words."""
    words = chat._("Which school is merged into another one? Please write the one that ends.")
    return _which(chat, "school-merge", words)


def named(text: str) -> bool:
    """True where a text can be the whole name of a school."""
    own = school_names.own(text)
    return bool(own) and len(text) <= school_names.LENGTH and spelling.name_trouble(text) != "link"


def told(chat: Chat, school_id: int, words: str) -> Reply:
    """What came of a deed, with the school it was about."""
    one = staff_desk.get(chat.db, school_desk.officer(chat), school_id)
    if one is None:
        return chat.screen(words, (chat._("See all schools"), "schools"))
    return chat.screen(
        f"{one.name}, {naming.inside(one.commune)}. {words}",
        (chat._("See the school"), f"school {one.id}"),
        (chat._("See all schools"), "schools"),
    )


def refused(chat: Chat, why: Refused) -> Reply:
    """Why the register stays as it is."""
    match why.why:
        case Refusal.OUTSIDE | Refusal.NO_COMMUNE:
            words = chat._("This school is not in the area of {you}, so nothing has changed.")
        case Refusal.NO_NAME:
            words = chat._("The name only says the type of the school, so nothing has changed.")
        case Refusal.THERE:
            words = chat._("{school} is there already in this commune, so nothing has changed.",
                           school=why.name)  # fmt: skip
        case Refusal.CLOSED:
            words = chat._("{school} has been closed meanwhile, so nothing has changed.",
                           school=why.name)  # fmt: skip
        case Refusal.SAME:
            words = chat._("That is the same school or name, so nothing has changed.")
        case Refusal.LATER:
            words = chat._("Something else has happened to this school since, so it cannot be taken"
                           " back any more.")  # fmt: skip
        case Refusal.HEAD:
            words = chat._("This person heads neither school, so nothing has changed.")
        case _:
            assert_never(why.why)
    there = [(chat._("See the school"), f"school {why.school_id}")] if why.school_id else []
    return chat.screen(words, *there, (chat._("See all schools"), "schools"))


@router.action("school-rename")
def rename(chat: Chat, school_id: str) -> Reply:
    """Ask for the new name."""
    one = school_desk.desk(chat, school_id)
    chat.begin(renaming=one.id)
    return chat.ask(
        chat._("{school}: what is it called now? Please write the whole new name.",
               school=one.name),
        "school rename", back=f"school {one.id}",
    )  # fmt: skip


def _renaming(chat: Chat) -> Desk:
    return school_desk.desk(chat, str(chat.form.get("renaming") or 0))


@router.step("school rename")
def rename_to(chat: Chat) -> Reply:
    """Show both names, and ask once."""
    one = _renaming(chat)
    if not named(chat.text):
        return chat.again(
            chat._("This is not a whole name. Please write the name of the school, in words.")
        )
    chat.form["name"] = chat.text
    school = schools.get(chat.db, one.id)
    name = school_names.written(chat.text, school.type) if school else chat.text
    return chat.screen(
        chat._("Rename {school} to {name}? Both names find it.", school=one.name, name=name),
        (chat._("Rename"), f"school-rename-yes {one.id}"),
        back=(chat._("Leave it"), f"school {one.id}"),
    )


@router.action("school-rename-yes", instead="school-rename")
def renamed(chat: Chat, school_id: str) -> Reply:
    """Rename it."""
    one = _renaming(chat)
    if one.id != number(school_id) or not chat.form.get("name"):
        return rename(chat, school_id)
    name = str(chat.form["name"])
    done = register.rename(chat.db, school_desk.officer(chat), one.id, name, chat.now)
    chat.begin()
    if isinstance(done, Refused):
        return refused(chat, done)
    return told(chat, one.id, chat._("The new name counts from today on."))


@router.action("school-close-ask")
def ask_close(chat: Chat, school_id: str) -> Reply:
    """Say what ends with the school, and ask once."""
    one = school_desk.desk(chat, school_id)
    if one.people:
        words = chat._(
            "Close {school}? Its {count} people are written down as having left from today on."
            " Whoever goes to another school: move them first, or merge the school.",
            school=one.name, count=one.people,
        )  # fmt: skip
    else:
        words = chat._("Close {school}? Nobody is on its list.", school=one.name)
    merge = [(chat._("Merge into another school"), f"school-merge {one.id}")] if one.people else []
    return chat.screen(
        words, (chat._("Close"), f"school-close-yes {one.id}"), *merge,
        back=(chat._("Leave it"), f"school {one.id}"),
    )  # fmt: skip


@router.action("school-close-yes", instead="school-close-ask")
def closed(chat: Chat, school_id: str) -> Reply:
    """Close it."""
    one = school_desk.desk(chat, school_id)
    done = register.close(chat.db, school_desk.officer(chat), one.id, chat.now)
    return refused(chat, done) if isinstance(done, Refused) else _ended(chat, done, one)


def _ended(chat: Chat, change_id: int, one: Desk) -> Reply:
    return chat.screen(
        chat._("{school} is closed from today on. It can be taken back here within 7 days.",
               school=one.name),
        (chat._("Take it back again"), f"school-undo-ask {change_id}"),
        (chat._("See all schools"), "schools"),
    )  # fmt: skip


@router.action("school-merge")
def merge(chat: Chat, school_id: str) -> Reply:
    """Into which school?"""
    one = school_desk.desk(chat, school_id)
    chat.begin(merging=one.id)
    return chat.ask(
        chat._("{school} goes into which school? Please write the name of the one that stays.",
               school=one.name),
        "school merge", back=f"school {one.id}",
    )  # fmt: skip


@router.step("school merge")
def merge_into(chat: Chat) -> Reply:
    """Schools of the area that may be meant."""
    one = school_desk.desk(chat, str(chat.form.get("merging") or 0))
    found = staff_desk.find(chat.db, school_desk.officer(chat), chat.text)
    meant = [each for each in found if each.id != one.id][:PAGE]
    if not meant:
        return chat.again(
            chat._(
                "There is no other school of this name in the area of {you}. Please write it again."
            )
        )
    return chat.ask(
        chat._("{school} goes into which school?", school=one.name), "school merge",
        *((naming.school(chat, each), f"school-into {one.id} {each.id}") for each in meant),
        back=f"school {one.id}",
    )  # fmt: skip


@router.action("school-into")
def head(chat: Chat, school_id: str, into_id: str) -> Reply:
    """One principal remains: who?"""
    one, into = school_desk.desk(chat, school_id), school_desk.desk(chat, into_id)
    heads = school_closing.heads(chat.db, [into.id, one.id], chat.now.date())[:PAGE]
    if len(heads) == 1:
        return ask_merge(chat, school_id, into_id, str(heads[0]))
    if not heads:
        return chat.screen(
            chat._("Neither school has a principal on its list. Please add one first."),
            (chat._("See the school"), f"staff {into.id}"),
            back=chat.back(f"school {one.id}"),
        )
    names = [(each, conversations.who(chat.db, each)) for each in heads]
    return chat.screen(
        chat._("Who heads {school} after the merger? The other one's right as principal ends.",
               school=into.name),
        *((naming.choice(f"{who.full_name}, {who.school}"),
           f"school-merge-ask {one.id} {into.id} {each}") for each, who in names),
        back=chat.back(f"school {one.id}"),
    )  # fmt: skip


@router.action("school-merge-ask")
def ask_merge(chat: Chat, school_id: str, into_id: str, head_id: str) -> Reply:
    """Name both schools and the principal, and ask once."""
    one, into = school_desk.desk(chat, school_id), school_desk.desk(chat, into_id)
    head = number(head_id)
    if head not in school_closing.heads(chat.db, [one.id, into.id], chat.now.date()):
        raise BadArgument(head_id)
    return chat.screen(
        chat._(
            "Merge {school} into {into}? {count} people go there with all registrations and"
            " results; principal: {name}.",
            school=one.name, into=into.name, count=one.people,
            name=conversations.who(chat.db, head).full_name,
        ),
        (chat._("Merge"), f"school-merge-yes {one.id} {into.id} {head}"),
        back=(chat._("Leave it"), f"school {one.id}"),
    )  # fmt: skip


@router.action("school-merge-yes", instead="school-merge-ask")
def merged(chat: Chat, school_id: str, into_id: str, head_id: str) -> Reply:
    """Merge them."""
    one, into = school_desk.desk(chat, school_id), school_desk.desk(chat, into_id)
    done = register.merge(
        chat.db, school_desk.officer(chat), one.id, into.id, chat.now, head_id=number(head_id)
    )
    chat.begin()
    if isinstance(done, Refused):
        return refused(chat, done)
    return chat.screen(
        chat._(
            "Merged: {count} people of {school} are on the list of {into} now. Both names find it."
            " It can be taken back here within 7 days.",
            count=one.people, school=one.name, into=into.name,
        ),
        (chat._("See the school"), f"school {into.id}"),
        (chat._("Take it back again"), f"school-undo-ask {done}"),
    )  # fmt: skip


@router.action("school-undo-ask")
def ask_undo(chat: Chat, change_id: str) -> Reply:
    """What is taken back; ask once."""
    scope = school_desk.officer(chat)
    found = register.change(chat.db, scope, number(change_id))
    if found is None:
        raise BadArgument(change_id)
    return chat.screen(
        chat._("Take back “{change}” of {school}? People who are still there go back to where they"
               " were.", change=_move(chat, found.kind), school=found.name),
        (chat._("Take it back again"), f"school-undo {found.id}"),
        back=(chat._("Leave it"), "schools"),
    )  # fmt: skip


def _move(chat: Chat, kind: SchoolMove) -> str:
    match kind:
        case SchoolMove.OPENED:
            return chat._("school opened")
        case SchoolMove.CLOSED:
            return chat._("school closed")
        case SchoolMove.RENAMED:
            return chat._("school renamed")
        case SchoolMove.MERGED:
            return chat._("school merged")
        case _:
            assert_never(kind)


@router.action("school-undo", instead="school-undo-ask")
def undone(chat: Chat, change_id: str) -> Reply:
    """Take it back."""
    done = register.undo(chat.db, school_desk.officer(chat), number(change_id), chat.now)
    if isinstance(done, Refused):
        return refused(chat, done)
    return told(chat, done, chat._("It is as before."))


@router.notice("school merged")
def merged_letter(chat: Chat, owed: Owed) -> Reply | None:
    """To everybody who went along, and to the one who heads what came of it."""
    found = school_past.merger(chat.db, owed.subject_id)
    if found is None:
        return None
    return chat.letter(
        chat._(
            "{school} is part of {into} from {day} on. {name} is on the list there now; all"
            " registrations and results stay.",
            school=found.name, into=found.into, day=f"{found.day:%d/%m/%Y}",
            name=chat.me.full_name,
        )
    )  # fmt: skip
