"""What goes with the text of an announcement: its time, place, photo or file, and training."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from handlers import announcements, cards, dates, guard, media, naming, preview
from handlers.chat import PAGE
from handlers.days import date as day_of
from handlers.message import Kind
from handlers.preview import at, opened, wanted
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.times import time as time_of
from storage import attachments, broadcasts, courses, file_kinds, sites, spelling
from storage.models import AttachmentKind, BroadcastState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.courses import Training
    from storage.scopes import Scope

# Characters of the two parts of a place.
TITLE, ADDRESS = 80, 160
# Days of the moon's calendar are not read, and not taken for today either.
_LUNAR = re.compile(r"\b(?:ram|mung|mong|am lich|tet)\b")
# What a file is called whose own name may not be passed on; and when it was made, which may.
NAMELESS = "tep"
_STAMP = re.compile(r"(?<!\d)(?:(?:19|20)\d{6}|\d{4}(?:19|20)\d{2})(?:[ _-]?\d{4,9})?(?!\d)")
# An announcement is written at most so long before it is sent.
AHEAD = timedelta(days=90)


def begin(chat: Chat, found: Announcement, step: str) -> None:
    """Ask something about a draft; what is written next answers it."""
    told = chat.form.get(preview.TOLD)
    chat.begin(broadcast=found.id, **({preview.TOLD: told} if told == found.id else {}))
    chat.expect(step)


def draft(chat: Chat, draft_id: str) -> tuple[Scope, Announcement] | None:
    """A draft this officer may change; None where it is none any more. Errors as `wanted`."""
    scope, found = wanted(chat, draft_id)
    return (scope, found) if found.state is BroadcastState.DRAFT else None


def standing(chat: Chat, draft_id: str) -> Reply:
    """How an announcement stands that can no longer be changed."""
    return chat.go(f"announce-progress {draft_id}")


@router.action("announce-time")
def ask_time(chat: Chat, draft_id: str) -> Reply:
    """When: by itself, at once, or as typed."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    _, found = open_
    begin(chat, found, "announcement time")
    by_itself = at(chat, preview.by_itself(chat))
    return chat.screen(
        chat._("When shall {code} go out? Please choose, or write a day and time, for example: 14h"
               " Thursday, 18/12 7h30", code=found.code),
        (chat._("When people like to read: {when}", when=by_itself), f"announce-later {found.id}"),
        (chat._("As soon as it is confirmed"), f"announce-now {found.id}"),
        back=chat.back(f"announce-edit {found.id}"),
    )  # fmt: skip


@router.step("announcement time")
def take_time(chat: Chat) -> Reply:
    """Keep the day and time that were written."""
    open_ = opened(chat)
    if open_ is None:
        return chat.go("announce")
    scope, found = open_
    clock = time_of(chat.text)
    if clock is None:
        return chat.again(chat._("Please write the time as well, for example: 14h Thursday"))
    day = day_of(chat.text, chat.now.date())
    if day is None and _LUNAR.search(chat.folded):
        return chat.again(
            chat._("Please write the day of the solar calendar, for example: 18/12 7h30")
        )
    moment = datetime.combine(day or chat.now.date(), clock, tzinfo=chat.now.tzinfo)
    if not chat.now < moment <= chat.now + AHEAD:
        return chat.again(
            chat._(
                "{when} is past, or more than {days} days away. Please write another time.",
                when=dates.moment(moment, chat.talk.language), days=AHEAD.days,
            )
        )  # fmt: skip
    if not broadcasts.change(chat.db, scope, found.id, chat.now, due_at=moment):
        return standing(chat, str(found.id))
    return chat.go(f"announce-preview {found.id}")


@router.action("announce-place", instead="announce-edit")
def ask_place(chat: Chat, draft_id: str, chosen: str = "") -> Reply:
    """Which place goes with it: the training's, a typed one, or none."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    scope, found = open_
    pin = _pin(chat, found)
    if chosen:
        if chosen not in ("course", "none") or (chosen == "course" and not pin):
            raise BadArgument(chosen)
        return _place(chat, scope, found, pin if chosen == "course" else {})
    begin(chat, found, "announcement place")
    choices: list[tuple[str, str]] = []
    if pin:
        choices.append((naming.choice(str(pin["title"])), f"announce-place {found.id} course"))
    if found.place.get("title"):
        choices.append((chat._("No place"), f"announce-place {found.id} none"))
    return chat.screen(
        chat._("Which place? Please write its name, and its address on the next line."),
        *choices,
        back=chat.back(f"announce-edit {found.id}"),
    )


def _pin(chat: Chat, found: Announcement) -> dict[str, str | float]:
    """Where the training of an announcement meets first, as far as that is on a map."""
    course = courses.get(chat.db, found.course_id) if found.course_id else None
    first = course.first if course else None
    if first is None or first.latitude is None or first.longitude is None or not first.place:
        return {}
    return {
        "title": first.place, "address": first.address, "latitude": first.latitude,
        "longitude": first.longitude,
    }  # fmt: skip


def _place(chat: Chat, scope: Scope, found: Announcement, place: dict[str, str | float]) -> Reply:
    card = {announcements.CARD: True} if found.place.get(announcements.CARD) else {}
    if not broadcasts.change(chat.db, scope, found.id, chat.now, place={**place, **card}):
        return standing(chat, str(found.id))
    return chat.go(f"announce-preview {found.id}")


@router.step("announcement place")
def take_place(chat: Chat) -> Reply:
    """Keep the name and address that were written."""
    open_ = opened(chat)
    if open_ is None:
        return chat.go("announce")
    scope, found = open_
    text = spelling.clean(chat.message.text, lines=True)
    title, _, rest = text.partition("\n")
    address = spelling.clean(rest)
    if not spelling.fold(title) or len(title) > TITLE or len(address) > ADDRESS:
        return chat.again(chat._("Please write the name on one line and the address below it."))
    if objections := guard.objections(text, sites.allowed(chat.db)):
        return chat.again(guard.words(chat, objections))
    return _place(chat, scope, found, {"title": title, "address": address})


@router.action("announce-file", instead="announce-edit")
def ask_file(chat: Chat, draft_id: str, chosen: str = "") -> Reply:
    """Which photo or file goes with it."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    scope, found = open_
    if chosen:
        if chosen != "none":
            raise BadArgument(chosen)
        broadcasts.change(chat.db, scope, found.id, chat.now, attachment_id=None)
        return chat.go(f"announce-preview {found.id}")
    begin(chat, found, "announcement file")
    no_file = [(chat._("No photo or file"), f"announce-file {found.id} none")]
    return chat.screen(
        chat._("Please send the photo or file here. Word, Excel, PDF and pictures are passed on."),
        *(no_file if found.attachment_id else []),
        back=chat.back(f"announce-edit {found.id}"),
    )


@router.step("announcement file", files=True)
def take_file(chat: Chat) -> Reply:
    """Keep the photo or file; a caption is no part of the announcement."""
    open_ = opened(chat)
    if open_ is None:
        return chat.go("announce")
    scope, found = open_
    if chat.message.file is None:
        return chat.again(chat._("Please send a photo or a file, or choose:"))
    return attach(chat, scope, found) or chat.go(f"announce-preview {found.id}")


def attach(chat: Chat, scope: Scope, found: Announcement) -> Reply | None:
    """Hang the file of this message on the draft; what to say where that cannot be."""
    file = chat.message.file
    if file is None:
        return None
    photo = chat.message.kind is Kind.PHOTO
    kind = AttachmentKind.PHOTO if photo else AttachmentKind.DOCUMENT
    if why := file_kinds.refusal(kind, file.name, file.size):
        return chat.again(media.refused(chat, why, file_kinds.clean_name(file.name)))
    name = file.name if _harmless(chat, file.name) else NAMELESS + PurePosixPath(file.name).suffix
    attachment_id = attachments.keep(
        chat.db, chat.me.id, chat.talk.channel, kind, file.id, name, file.size, chat.now
    )
    if broadcasts.change(chat.db, scope, found.id, chat.now, attachment_id=attachment_id):
        return None
    return standing(chat, str(found.id))


def _harmless(chat: Chat, name: str) -> bool:
    """True where a file's name says nothing that the text of an announcement may not say."""
    said = _STAMP.sub(" ", PurePosixPath(file_kinds.clean_name(name)).stem).replace("_", " ")
    return not guard.objections(said, sites.allowed(chat.db))


@router.action("announce-course", instead="announce-edit")
def ask_course(chat: Chat, draft_id: str, chosen: str = "", page: str = "0") -> Reply:
    """Which training it is about; `chosen`: an id, "none", "other", or whether its card is on."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    scope, found = open_
    if chosen == "other" or not (chosen or found.course_id):
        return _courses(chat, found, number(page))
    if not chosen:
        return _course(chat, found)
    if chosen in ("card", "plain"):
        place = {**found.place, announcements.CARD: chosen == "card"}
        broadcasts.change(chat.db, scope, found.id, chat.now, place=place)
    else:
        course_id = None if chosen == "none" else _known(chat, chosen).id
        broadcasts.change(chat.db, scope, found.id, chat.now, course_id=course_id)
    return chat.go(f"announce-preview {found.id}")


def _known(chat: Chat, course_id: str) -> Training:
    listed = courses.listed(chat.db, chat.now)
    course = next((each for each in listed if each.id == number(course_id)), None)
    if course is None:
        raise BadArgument(course_id)
    return course


def _course(chat: Chat, found: Announcement) -> Reply:
    course = courses.get(chat.db, found.course_id or 0)
    code = course.code if course else ""
    card = (
        (chat._("Leave out when and where {code} is", code=code), "plain")
        if found.place.get(announcements.CARD)
        else (chat._("Say when and where {code} is", code=code), "card")
    )
    choices = (card, (chat._("Another training"), "other"), (chat._("No training"), "none"))
    return chat.screen(
        chat._("{announcement} is about {code}. People can register below it.",
               announcement=found.code, code=code),
        *((label, f"announce-course {found.id} {chosen}") for label, chosen in choices),
        back=chat.back(f"announce-edit {found.id}"),
    )  # fmt: skip


def _courses(chat: Chat, found: Announcement, page: int) -> Reply:
    known = courses.listed(chat.db, chat.now)
    shown = known[page * PAGE : (page + 1) * PAGE]
    return chat.screen(
        chat._("Which training is {code} about?", code=found.code),
        *((naming.choice(cards.line(chat, course)), f"announce-course {found.id} {course.id}")
          for course in shown),
        more=f"announce-course {found.id} other {page + 1}" if known[(page + 1) * PAGE :] else "",
        back=chat.back(f"announce-edit {found.id}"),
    )  # fmt: skip
