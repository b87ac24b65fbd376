"""Documents of a training: officers hang them on it, whoever sees the training opens them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from handlers import course_shown, guard, media, naming
from handlers.course_desk import answer
from handlers.course_editing import begin, opened
from handlers.course_shown import running
from handlers.message import Kind
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.trainings import wanted
from storage import attachments, course_documents, course_edits, file_kinds, sites
from storage.course_versions import Outcome
from storage.models import AttachmentKind, AttachmentState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.attachments import Attached
    from storage.courses import Training

NAMELESS = "tai-lieu"


# As officers keep them


@router.action("course-docs")
def documents(chat: Chat, course_id: str) -> Reply:
    """What hangs on it; a file that is sent now is added."""
    _, course = running(chat, course_id)
    found = course_documents.of(chat.db, course.id)
    begin(chat, course, "course file")
    words = chat._(
        "Documents of {code}: {count}. To add one, send the file or photo here. Word, Excel, PDF"
        " and pictures are passed on.", code=course.code, count=len(found),
    )  # fmt: skip
    return chat.screen(
        words,
        *((naming.choice(_label(chat, one)), f"course-doc {course.id} {one.id}") for one in found),
        back=chat.back(f"run {course.id}"),
    )


def _label(chat: Chat, one: Attached) -> str:
    if one.state is AttachmentState.PENDING:
        return chat._("{name} (on its way)", name=one.name)
    return one.name


@router.step("course file", files=True)
def take(chat: Chat) -> Reply:
    """Keep the file that was sent."""
    scope, course, _ = opened(chat)
    file = chat.message.file
    if file is None:
        return chat.again(chat._("Please send a photo or a file, or choose:"))
    kind = AttachmentKind.PHOTO if chat.message.kind is Kind.PHOTO else AttachmentKind.DOCUMENT
    if why := file_kinds.refusal(kind, file.name, file.size):
        return chat.again(media.refused(chat, why, file_kinds.clean_name(file.name)))
    harmless = not guard.objections(PurePosixPath(file.name).stem, sites.allowed(chat.db))
    name = file.name if harmless else NAMELESS + PurePosixPath(file.name).suffix
    kept = attachments.keep(
        chat.db, chat.me.id, chat.talk.channel, kind, file.id, name, file.size, chat.now
    )
    # Each file of an album is a message of its own: none of them was shown the others' version.
    edited = course_edits.attach(chat.db, scope, course.id, course.version, kept, chat.now)
    if edited.outcome is not Outcome.DONE:
        return chat.again(course_shown.refusal(chat, scope, edited))
    return documents(chat, str(course.id))


@router.action("course-doc")
def one(chat: Chat, course_id: str, attachment_id: str, *__: str) -> Reply:
    """One document, as people get it, and the way to take it off again."""
    _, course = running(chat, course_id)
    found = _of(course, chat, attachment_id)
    screen = chat.screen(
        chat._("{code}: {name}", code=course.code, name=found.name),
        (chat._("Take it off"), f"course-doc-off {course.id} {course.version} {found.id}"),
        back=chat.back(f"course-docs {course.id}"),
    )
    return media.hung(screen, found)


def _of(course: Training, chat: Chat, attachment_id: str) -> Attached:
    wanted_id = number(attachment_id)
    found = next(
        (each for each in course_documents.of(chat.db, course.id) if each.id == wanted_id), None
    )
    if found is None:
        raise BadArgument(attachment_id)
    return found


@router.action("course-doc-off", instead="course-back")
def take_off(chat: Chat, course_id: str, version: str, attachment_id: str) -> Reply:
    """Take it off."""
    scope, course = running(chat, course_id)
    edited = course_edits.detach(
        chat.db, scope, course.id, number(version), number(attachment_id), chat.now
    )
    if edited.outcome is not Outcome.DONE:
        return answer(chat, scope, edited, "")
    return documents(chat, course_id)


# As everybody opens them


@router.action("docs", public=True)
def shown(chat: Chat, course_id: str) -> Reply:
    """The documents of a training, for whoever sees it."""
    course = wanted(chat, course_id)
    found = course_documents.ready(chat.db, course.id)
    return chat.screen(
        chat._("Documents of {code} {title}:", code=course.code, title=course.short)
        if found
        else chat._("{code} has no documents yet.", code=course.code),
        *((naming.choice(one.name), f"doc {course.id} {one.id}") for one in found),
        back=chat.back(f"course {course.id}"),
    )


@router.action("doc", public=True)
def opened_by_all(chat: Chat, course_id: str, attachment_id: str) -> Reply:
    """One of them."""
    course = wanted(chat, course_id)
    found = _of(course, chat, attachment_id)
    screen = chat.screen(
        chat._("{code}: {name}", code=course.code, name=found.name),
        back=chat.back(f"docs {course.id}"),
    )
    return media.hung(screen, found)
