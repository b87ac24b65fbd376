"""What people read of changes on a school's list: the person, and once a day who keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from handlers import staff_restoring
from handlers.routes import router
from storage import schools, staff_changes, staff_news
from storage.models import StaffMove

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.staff_changes import Written
    from storage.staff_news import News

# More names than this do not fit in one message.
NAMES = 3


@router.notice("list changed")
def changed(chat: Chat, owed: Owed) -> Reply | None:
    """To the person: what was written about them, and whom to tell where it is wrong."""
    change = staff_changes.get(chat.db, owed.subject_id)
    if change is None or change.undone:
        return None
    words = _said(chat, change)
    if words is None:
        return None
    if change.codes:
        ended = chat._("The registrations for {codes} have ended.", codes=", ".join(change.codes))
        words = f"{words} {ended}"
    wrong = chat._("If that is wrong, please tell {name}.", name=change.by)
    return chat.letter(f"{words} {wrong}")


def _said(chat: Chat, change: Written) -> str | None:
    said = {"name": change.full_name, "school": change.school, "day": f"{change.day:%d/%m/%Y}"}
    match change.kind:
        case StaffMove.LEFT:
            return chat._("{name} is written down as having left {school} on {day}.", **said)
        case StaffMove.LEAVE if change.until:
            return chat._("{name}, {school}, is written down as on long leave from {day} to"
                          " {last}.", **said, last=f"{change.until:%d/%m/%Y}")  # fmt: skip
        case StaffMove.LEAVE:
            return chat._("{name}, {school}, is written down as on long leave from {day} on.",
                          **said)  # fmt: skip
        case StaffMove.MOVED:
            return chat._("{name} is on the list of {target} now, no longer of {school}. All"
                          " registrations went along.", **said, target=change.target)  # fmt: skip
        case StaffMove.RETURNED:
            return chat._("{name}, {school}, is written down as at work again from {day} on.",
                          **said)  # fmt: skip
        case StaffMove.ADDED:
            return None
        case _:
            assert_never(change.kind)


@router.notice("list restored")
def restored(chat: Chat, owed: Owed) -> Reply | None:
    """To the person: things stand as before; how each seat came back is in their own list."""
    change = staff_changes.get(chat.db, owed.subject_id)
    if change is None or not change.undone:
        return None
    return chat.letter(
        chat._("{name} is on the list of {school} as before. Please look at the trainings again.",
               name=change.full_name, school=change.school),
        (chat._("My trainings"), "mine"),
    )  # fmt: skip


@router.notice("staff changed")
def of_the_day(chat: Chat, owed: Owed) -> Reply | None:
    """The day's changes of one school, in one message."""
    school = schools.get(chat.db, owed.subject_id)
    since, until = (datetime.fromisoformat(str(owed.data[key])) for key in ("since", "until"))
    news = staff_news.of(chat.db, owed.subject_id, since, until, owed.person_id or 0)
    if school is None or not news:
        return None
    names = "; ".join(_news(chat, one, school.id) for one in news[:NAMES])
    said = {"school": school.name, "unit": school.commune_inside, "count": len(news)}
    words = chat._("{school}, {unit}: {count} changes of the list. {names}.", **said, names=names)
    if len(news) > NAMES:
        rest = chat._("And {count} more.", count=len(news) - NAMES)
        words = f"{words} {rest}"
    return chat.letter(words, (chat._("See the list"), f"staff {school.id}"))


def _news(chat: Chat, one: News, school_id: int) -> str:
    if one.kind is StaffMove.MOVED and one.to_school_id == school_id:
        return chat._("{name} came from another school", name=one.full_name)
    return chat._("{name}: {change}", name=one.full_name,
                  change=staff_restoring.kind(chat, one.kind))  # fmt: skip
