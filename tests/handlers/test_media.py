"""A reply with a photo: kept whole, never put in another's place, never lost unheard."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.channels.base import TryLater
from handlers import media
from handlers.message import ATTACHMENT, Document, Reply
from handlers.router import Router
from handlers.routes import router
from storage.attachments import Attached
from storage.models import AttachmentKind, AttachmentState
from tests.people import known

if TYPE_CHECKING:
    from handlers.chat import Chat
    from tests.talk import Town

PHOTO = Document(ATTACHMENT, 7, "anh.jpg")
ATTACHED = Attached(
    7, 1, AttachmentKind.PHOTO, "anh.jpg", 10, AttachmentState.READY, None
)  # fmt: skip


def test_a_photo_alone_is_something_to_say_and_is_kept_with_the_reply() -> None:
    reply = Reply(photo=PHOTO)

    assert not reply.silent
    assert Reply.from_json(reply.to_json()) == reply


def test_an_answer_of_before_there_were_photos_can_still_be_spoken() -> None:
    kept = Reply("Chào cô.").to_json()
    del kept["photo"]

    assert Reply.from_json(kept) == Reply("Chào cô.")


def test_only_what_we_have_hangs_on_a_reply() -> None:
    reply = Reply("TB-0141")
    document = replace(ATTACHED, kind=AttachmentKind.DOCUMENT, name="kế hoạch.pdf")

    assert media.hung(reply, ATTACHED) == Reply("TB-0141", photo=PHOTO)
    assert media.hung(reply, document).document == Document(ATTACHMENT, 7, "kế hoạch.pdf")
    assert media.hung(reply, replace(ATTACHED, state=AttachmentState.PENDING)) == reply
    assert media.hung(reply, None) == reply


async def test_a_photo_is_neither_put_in_anothers_place_nor_lost_unheard(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions = Router()

    @actions.action("look")
    def look(chat: Chat) -> Reply:
        return media.hung(chat.screen("Ảnh đây", ("Xem nữa", "look")), ATTACHED)

    monkeypatch.setitem(router.actions, "look", actions.actions["look"])
    monkeypatch.setitem(router.words, "xem anh", "look")
    phone = await known(town, "Lê Thị Út")
    await phone.say("xem ảnh")
    await phone.press("look")
    assert [(reply.photo, reply.edit) for reply in phone.said] == [(PHOTO, False)] * 2

    town.channel.fails = [TryLater()]
    await phone.say("xem ảnh")
    await phone.say("menu")

    assert phone.last.photo == PHOTO
    assert phone.last.text.startswith("Ảnh đây\n\n")
