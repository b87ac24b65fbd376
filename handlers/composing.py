"""The draft of an announcement: its text and purpose, and what else of it can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import announcements, guard, naming, particulars, preview
from handlers.audience_lines import begun
from handlers.particulars import begin, draft, standing
from handlers.preview import at, opened, wanted
from handlers.router import BadArgument
from handlers.routes import router
from storage import attachments, broadcasts, courses, sites, spelling
from storage.models import BroadcastState, Purpose

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement

# Characters of a text.
LONGEST = 600


def keep(chat: Chat, found: Announcement) -> tuple[str, str]:
    """Choice 0 of a step: the draft stays as it is."""
    return (chat._("Leave it, keep the draft"), f"announce-keep {found.id}")


@router.action("announce-keep")
def kept(chat: Chat, draft_id: str) -> Reply:
    """The draft stays, and can be gone on with at any time."""
    _, found = wanted(chat, draft_id)
    return chat.screen(
        chat._("{code} is kept as a draft. To go on, write: announce", code=found.code),
        (chat._("Continue {code}", code=found.code), f"announce-preview {found.id}"),
        back=chat.back("menu"),
    )


# The text


@router.action("announce-text")
def ask_text(chat: Chat, draft_id: str) -> Reply:
    """Who gets it, what that needs, and the question for the text."""
    scope, found = wanted(chat, draft_id)
    if found.state is not BroadcastState.DRAFT:
        return standing(chat, draft_id)
    rehearsed = preview.rehearse(chat, scope, found)
    lines = preview.recipients(chat, found, rehearsed)
    lines += preview.approval(chat, scope, rehearsed)
    if found.corrects_id and not found.text:
        corrected = broadcasts.get(chat.db, found.corrects_id)
        lines += [chat._("It said: “{text}”", text=corrected.text)] if corrected else []
    lines.append(chat._("Please write the text, at most {most} characters.", most=LONGEST))
    chat.form[preview.TOLD] = found.id
    begin(chat, found, "announcement text")
    return chat.screen("\n".join(lines), back=keep(chat, found))


@router.action("announce-again")
def ask_text_again(chat: Chat, draft_id: str) -> Reply:
    """The question for the text, after one that was refused."""
    _, found = wanted(chat, draft_id)
    if found.state is not BroadcastState.DRAFT:
        return standing(chat, draft_id)
    begin(chat, found, "announcement text")
    return chat.screen(chat._("Please write the text again."), back=keep(chat, found))


@router.step("announcement text", files=True)
def take_text(chat: Chat) -> Reply:
    """Keep the text, with a photo or file that came with it or alone; then the preview."""
    open_ = opened(chat)
    if open_ is None:
        return chat.go("announce")
    scope, found = open_
    text = spelling.clean(chat.message.text, lines=True)
    # A number alone was meant for a choice that stands no longer.
    if chat.message.file is None and not any(letter.isalpha() for letter in text):
        return chat.again(chat._("Please write it in words."))
    if trouble := _unfit(chat, found, text):
        return trouble
    if chat.message.file is not None and (refused := particulars.attach(chat, scope, found)):
        return refused
    if text and not broadcasts.change(chat.db, scope, found.id, chat.now, text=text):
        return standing(chat, str(found.id))
    if text or found.text:
        return chat.go(f"announce-preview {found.id}")
    begin(chat, found, "announcement text")
    return chat.screen(
        chat._("The file is kept. Please write the text, at most {most} characters.", most=LONGEST),
        (chat._("Only the file, no text"), f"announce-preview {found.id}"),
        back=keep(chat, found),
    )


def _unfit(chat: Chat, found: Announcement, text: str) -> Reply | None:
    """Why a text is not taken; the draft stays as it was, and another text may follow."""
    if len(text) > LONGEST:
        return chat.again(
            chat._(
                "The text is {over} characters too long, nothing has been changed. Please shorten"
                " it to {most} and send it again.",
                over=len(text) - LONGEST, most=LONGEST,
            )
        )  # fmt: skip
    objections = guard.objections(text, sites.allowed(chat.db))
    if not objections:
        return None
    begin(chat, found, "announcement text")
    return chat.screen(
        guard.words(chat, objections),
        (chat._("Change the text"), f"announce-again {found.id}"),
        back=keep(chat, found),
    )


# Everything else


@router.action("announce-edit")
def edit(chat: Chat, draft_id: str, *_: str) -> Reply:
    """What can be changed, each with how it is now."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    _scope, found = open_
    one = attachments.get(chat.db, found.attachment_id) if found.attachment_id else None
    course = courses.get(chat.db, found.course_id) if found.course_id else None
    purpose = announcements.purpose(chat, found.purpose)
    none, choice = chat._("none"), naming.choice
    title = str(found.place.get("title", "")) or none
    return chat.screen(
        chat._("What of {code} shall be changed?", code=found.code),
        (chat._("Text"), f"announce-text {found.id}"),
        (chat._("Recipients"), f"announce-rule {found.id}"),
        (chat._("Purpose: {purpose}", purpose=purpose), f"announce-purpose {found.id}"),
        (chat._("Time: {when}", when=_time(chat, found)), f"announce-time {found.id}"),
        (choice(chat._("Map: {place}", place=title)), f"announce-place {found.id}"),
        (choice(chat._("Photo or file: {name}", name=one.name if one else none)),
         f"announce-file {found.id}"),
        (chat._("Training: {code}", code=course.code if course else none),
         f"announce-course {found.id}"),
        (chat._("Delete the draft"), f"announce-delete {found.id}"),
        back=chat.back(f"announce-preview {found.id}"),
    )  # fmt: skip


def _time(chat: Chat, found: Announcement) -> str:
    begins = preview.begins(chat, found)
    return at(chat, begins) if begins > chat.now else chat._("at once")


@router.action("announce-purpose", instead="announce-edit")
def purpose(chat: Chat, draft_id: str, chosen: str = "") -> Reply:
    """Which purpose, and then that one."""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    scope, found = open_
    if chosen:
        if chosen not in list(Purpose):
            raise BadArgument(chosen)
        broadcasts.change(chat.db, scope, found.id, chat.now, purpose=Purpose(chosen))
        return chat.go(f"announce-preview {found.id}")
    return chat.screen(
        chat._("What are people to do about {code}?", code=found.code),
        *((begun(announcements.purpose(chat, each)), f"announce-purpose {found.id} {each}")
          for each in Purpose),
        back=chat.back(f"announce-edit {found.id}"),
    )  # fmt: skip


@router.action("announce-delete")
def ask_delete(chat: Chat, draft_id: str) -> Reply:
    """Delete the draft: sure?"""
    open_ = draft(chat, draft_id)
    if open_ is None:
        return standing(chat, draft_id)
    _, found = open_
    return chat.screen(
        chat._("Delete the draft {code}? Nobody has got it.", code=found.code),
        (chat._("Delete it"), f"announce-deleted {found.id}"),
        back=(chat._("Keep it"), f"announce-edit {found.id}"),
    )


@router.action("announce-deleted", instead="announce-delete")
def delete(chat: Chat, draft_id: str) -> Reply:
    """Throw the draft away."""
    scope, found = wanted(chat, draft_id)
    if not broadcasts.discard(chat.db, scope, found.id, chat.now):
        return standing(chat, draft_id)
    return chat.screen(
        chat._("The draft {code} has been deleted.", code=found.code), back=chat.back("menu")
    )
