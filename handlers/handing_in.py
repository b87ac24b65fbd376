"""A file an officer hands in, in the chat or by our page: kept to be read, or refused."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from handlers.audience_buttons import office
from handlers.message import UPLOAD, Document, Kind
from handlers.roster_waiting import short
from handlers.routes import router
from storage import attachments, intakes
from storage.file_kinds import clean_name
from storage.models import AttachmentKind
from storage.rosters.files import MOST_BYTES

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.models import ImportKind
    from storage.scopes import Scope

# What a name may end in; the bytes decide in the end.
ENDINGS = (".xlsx", ".xls", ".csv", "")
# Channels whose people can send us files.
WITH_FILES = ("telegram", "zalo_oa")


def link(chat: Chat, scope: Scope, kind: ImportKind, name: str) -> Document:
    """The page on which a file of this kind is handed in, for this officer alone."""
    return Document(UPLOAD, intakes.upload(chat.db, scope, kind, chat.now), name)


def page(chat: Chat, kind: ImportKind, name: str, *, back: str) -> Reply:
    """A screen with the link of the page."""
    return chat.screen(
        chat._("The link below opens a page for handing in the file. It is for {you} alone and"
               " good for half an hour."),
        back=chat.back(back),
        document=link(chat, office(chat), kind, name),
    )  # fmt: skip


def take(chat: Chat, kind: ImportKind) -> Reply:
    """Keep the file that was sent to be read; say what to do about anything else."""
    scope = office(chat)
    file = chat.message.file
    if file is None:
        if (action := router.words.get(chat.folded)) is not None:
            return chat.go(action)
        return chat.again(_itself(chat))
    if chat.message.kind is Kind.PHOTO:
        return chat.again(
            chat._("The assistant cannot read a list from a picture. Please send the Excel or CSV"
                   " file it was made from.")
        )  # fmt: skip
    name = clean_name(file.name)
    if trouble := _unfit(chat, name, file.size):
        return chat.again(trouble)
    kept = attachments.keep(
        chat.db, chat.me.id, chat.talk.channel, AttachmentKind.DOCUMENT, file.id, name, file.size,
        chat.now,
    )  # fmt: skip
    intake = intakes.begin(chat.db, scope, kind, name, kept, chat.now)
    return chat.screen(
        chat._("The file {name} has come. The assistant reads it and writes here by itself when"
               " {you} can look at it. Nothing is changed yet.", name=short(name) or "…"),
        (chat._("See how far it is"), f"roster-file {intake}"),
        back=chat.back("work"),
    )  # fmt: skip


def _itself(chat: Chat) -> str:
    """What is said to words in place of a file: how the file comes from this channel."""
    if chat.talk.channel in WITH_FILES:
        return chat._("Please send the Excel or CSV file itself, or choose:")
    return chat._("Please hand in the Excel or CSV file by the link above, or choose:")


def _unfit(chat: Chat, name: str, size: int) -> str:
    """Why a file need not even be fetched; "" where its bytes decide."""
    ending = PurePosixPath(name).suffix.lower()
    if ending not in ENDINGS:
        return chat._("The file {name} is no Excel or CSV file. Please save the list as Excel"
                      " (.xlsx) and send it again.", name=short(name))  # fmt: skip
    if size > MOST_BYTES:
        most = MOST_BYTES // 1_000_000
        return chat._(
            "The file {name} is too large. A list of 50,000 people takes about 4 MB; files of up"
            " to {most} MB are read.", name=short(name), most=most,
        )  # fmt: skip
    return ""
