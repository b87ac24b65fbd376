"""Photos and files that are passed on: hung on a reply, and what is said of those that are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers.message import ATTACHMENT, Document, Reply
from handlers.routes import router
from storage import attachments
from storage.file_kinds import Refusal
from storage.models import AttachmentKind, AttachmentState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.attachments import Attached
    from storage.outbox import Owed


def hung(reply: Reply, attached: Attached | None) -> Reply:
    """The reply with a photo or file on it; as it is where we do not have the bytes."""
    if attached is None or attached.state is not AttachmentState.READY:
        return reply
    document = Document(ATTACHMENT, attached.id, attached.name)
    if attached.kind is AttachmentKind.PHOTO:
        return replace(reply, photo=document)
    return replace(reply, document=document)


def refused(chat: Chat, why: Refusal, name: str) -> str:
    """Why a file is not passed on, as its sender hears it; `name` is the file's, "" for none."""
    name = name or "…"
    match why:
        case Refusal.LARGE:
            return chat._(
                "The file {name} is too large. The assistant passes on files of up to 20 MB and"
                " photos of up to 10 MB.", name=name
            )  # fmt: skip
        case Refusal.EMPTY:
            return chat._("The file {name} is empty. Please send it again.", name=name)
        case Refusal.PROGRAM:
            return chat._("The file {name} is a program and is not passed on.", name=name)
        case Refusal.ARCHIVE:
            return chat._(
                "The file {name} is an archive and is not passed on. Please send the file in it"
                " itself.", name=name
            )  # fmt: skip
        case Refusal.MACROS:
            return chat._(
                "The file {name} holds macros and is not passed on. Please save it without macros"
                " and send it again.", name=name
            )  # fmt: skip
        case Refusal.OTHER:
            return chat._(
                "The file {name} is of a kind that is not passed on. The assistant takes PDF, Word,"
                " Excel, PowerPoint, JPG and PNG.", name=name
            )  # fmt: skip
        case Refusal.LOST:
            return chat._("The file {name} could not be fetched. Please send it again.", name=name)
        case _:
            assert_never(why)


@router.notice(attachments.KIND)
def failed(chat: Chat, owed: Owed) -> Reply | None:
    """To its sender: a file cannot be passed on, and where to go on."""
    attached = attachments.get(chat.db, owed.subject_id)
    if attached is None or attached.reason is None:
        return None
    if attachments.superseded(chat.db, attached.id):
        return None
    words = refused(chat, attached.reason, attached.name)
    draft = attachments.draft_of(chat.db, attached.id)
    if draft is None:
        return chat.letter(words)
    return chat.letter(words, (chat._("Edit the announcement"), f"announce-edit {draft}"))
