"""`khôi phục Võ Thị Loan`: a change of a school's list is taken back within seven days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from handlers import dates, naming
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import staffing
from storage.models import StaffMove
from storage.registrations import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.staff_moves import Back
    from storage.staffing import Recent

_ASKED = re.compile(r"^(?:khoi ?phuc|restore) (?P<name>.+)$")
router.command("restore-mine", words=("khoi phuc", "restore"))


@router.code
def asked(chat: Chat, text: str) -> Reply | None:
    """Outside any step: "khôi phục" and a name."""
    found = _ASKED.match(chat.folded) if text == chat.text else None
    if found is None or chat.talk.step or chat.person is None:
        return None
    return _meant(chat, found["name"].strip())


@router.action("restore-mine")
def mine(chat: Chat) -> Reply:
    """What can be taken back, whoever it is about."""
    return _meant(chat, "")


def _meant(chat: Chat, name: str) -> Reply:
    changes = staffing.recent(chat.db, chat.me.id, None, chat.now)
    meant = [one for one in changes if name in ("", one.folded)]
    if not meant:
        return chat.screen(
            chat._(
                "No change of the last 7 days that {you} can take back has this name. Please write"
                " the full name, as it is on the list."
            ),
            (chat._("List of the school"), "staff"),
            back=chat.back("menu"),
        )
    return ask(chat, str(meant[0].id)) if len(meant) == 1 else _choose(chat, meant)


def _choose(chat: Chat, changes: list[Recent], back: str = "staff") -> Reply:
    return chat.screen(
        chat._("Which change is to be taken back?"),
        *((_line(chat, one), f"restore-ask {one.id}") for one in changes[: PAGE + 1]),
        back=chat.back(back),
    )


def _line(chat: Chat, one: Recent) -> str:
    name = one.full_name
    if one.birth_year:
        name = chat._("{name}, born {year}", name=name, year=one.birth_year)
    day = dates.short_day(one.day, chat.talk.language)
    return naming.choice(f"{name}, {kind(chat, one.kind)}, {day}")


def kind(chat: Chat, kind: StaffMove) -> str:
    """What happened, in a word or two."""
    match kind:
        case StaffMove.ADDED:
            return chat._("new on the list")
        case StaffMove.LEFT:
            return chat._("left the job")
        case StaffMove.MOVED:
            return chat._("moved to another school")
        case StaffMove.LEAVE:
            return chat._("on long leave")
        case StaffMove.RETURNED:
            return chat._("at work again")
        case _:
            assert_never(kind)


@router.action("restore-list")
def listed(chat: Chat, school_id: str) -> Reply:
    """The changes of one school that can be taken back."""
    wanted = number(school_id)
    changes = staffing.recent(chat.db, chat.me.id, wanted, chat.now)
    return _choose(chat, changes, f"staff {wanted}") if changes else chat.go(f"staff {wanted}")


def _change(chat: Chat, change_id: str) -> Recent:
    """A change this person may take back; raises BadArgument for any other."""
    wanted = number(change_id)
    found = staffing.one(chat.db, chat.me.id, wanted, chat.now)
    if found is None:
        raise BadArgument(change_id)
    return found


@router.action("restore-ask")
def ask(chat: Chat, change_id: str) -> Reply:
    """Name the person and the change; ask once."""
    one = _change(chat, change_id)
    return chat.screen(
        chat._("Take back “{change}” of {name}, written for {day}?", change=kind(chat, one.kind),
               name=one.full_name, day=dates.short_day(one.day, chat.talk.language)),
        (chat._("Restore it"), f"restore {one.id}"),
        back=(chat._("Leave it"), "staff"),
    )  # fmt: skip


@router.action("restore", instead="restore-ask")
def restore(chat: Chat, change_id: str) -> Reply:
    """Put everything back, and say of every registration what became of it."""
    one = _change(chat, change_id)
    done = staffing.restore(chat.db, chat.me.id, one.id, chat.now)
    if done is None:
        return chat.screen(
            chat._(
                "{name} has changed since in another way, so this cannot be taken back any more."
                " Please look at the list.",
                name=one.full_name,
            ),
            (chat._("List of the school"), "staff"),
            back=chat.back("menu"),
        )
    words = chat._("{name} is on the list again as before.", name=one.full_name)
    lines = [_place(chat, back) for back in done[1][:PAGE]]
    return chat.screen("\n".join([words, *lines]), (chat._("List of the school"), "staff"))


def _place(chat: Chat, back: Back) -> str:
    """One line for one training."""
    match back.asked.outcome:
        case Outcome.SEATED | Outcome.ALREADY | Outcome.ASKED:
            return chat._("{code}: the seat is back.", code=back.code)
        case Outcome.WAITING:
            place = back.asked.place
            return chat._("{code}: full now, number {place} in the queue.", code=back.code,
                          place=place.position if place else 1)  # fmt: skip
        case _:
            return chat._("{code}: takes nobody any more, the seat is gone.", code=back.code)
