"""One upload for all: what goes to many is sent by the name the platform gave it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.channels.base import Rejected, TryLater, Unreachable
from bot.channels.telegram import TelegramChannel
from bot.channels.uploads import Uploads
from bot.channels.zalo_oa import ZaloOaChannel
from handlers.message import ATTACHMENT, Document, Reply
from storage import attachments
from storage.attachments import Upload
from storage.models import AttachmentKind
from tests.bot import zalo_oa_fakes as oa
from tests.bot.telegram_fakes import TOKEN, Recorder, refused, sent
from tests.talk import MONDAY, Clock

if TYPE_CHECKING:
    from storage.database import Database

PHOTO = Reply("TB-0141", photo=Document(ATTACHMENT, 7, "anh.jpg"))
SIZES = [{"file_id": f"F{n}", "file_unique_id": f"u{n}", "width": n, "height": n} for n in (1, 9)]
STALE = refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
IMAGE, CS = "/v2.0/oa/upload/image", "/v3.0/oa/message/cs"
COUNT = 1000


class Rendering:
    """Makes the bytes, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self, recipe: str, subject: int) -> bytes:
        self.made += 1
        await asyncio.sleep(0)
        return b"JPEG"


def telegram(
    uploads: Uploads | None = None,
) -> tuple[TelegramChannel, Recorder, Rendering]:
    recorder, render = Recorder(), Rendering()
    return (
        TelegramChannel(TOKEN, render=render, request=recorder, uploads=uploads),
        recorder,
        render,
    )


async def attached(province: Database) -> int:
    return await province.turn(
        lambda db: attachments.keep(db, 1, "telegram", AttachmentKind.PHOTO, "F1", "", 10, MONDAY)
    )


# Telegram


async def test_a_thousand_at_once_upload_one_photo() -> None:
    channel, recorder, render = telegram()
    recorder.calls.script("sendPhoto", sent(1, photo=SIZES))

    await asyncio.gather(*(channel.speak(str(n), PHOTO) for n in range(1, COUNT + 1)))

    photos = [made["photo"] for made in recorder.calls.of("sendPhoto")]
    assert render.made == 1
    assert [one["content"] for one in photos if isinstance(one, dict)] == ["JPEG"]
    assert photos.count("F9") == COUNT - 1


async def test_whoever_cannot_be_reached_does_not_spoil_the_upload_for_others() -> None:
    channel, recorder, _ = telegram()
    blocked = refused(403, "Forbidden: bot was blocked by the user")
    recorder.calls.script("sendPhoto", blocked, sent(2, photo=SIZES))

    ends = await asyncio.gather(
        *(channel.speak(str(n), PHOTO) for n in (1, 2, 3)), return_exceptions=True
    )

    assert [isinstance(end, Unreachable) for end in ends] == [True, False, False]
    photos = [made["photo"] for made in recorder.calls.of("sendPhoto")]
    assert [isinstance(one, dict) for one in photos] == [True, True, False]


async def test_an_id_that_telegram_no_longer_knows_is_replaced(province: Database) -> None:
    number, uploads = await attached(province), Uploads(province, "telegram:42", Clock())
    await province.turn(
        lambda db: attachments.note_upload(db, number, "telegram:42", Upload("old", None))
    )
    channel, recorder, _ = telegram(uploads)
    recorder.calls.script("sendPhoto", STALE, sent(1, photo=SIZES))

    for _ in range(2):
        await channel.speak("1", Reply("TB", photo=Document(ATTACHMENT, number, "anh.jpg")))

    photos = [made["photo"] for made in recorder.calls.of("sendPhoto")]
    assert [one if isinstance(one, str) else "bytes" for one in photos] == ["old", "bytes", "F9"]
    noted = await province.read(lambda db: attachments.uploaded(db, number, "telegram:42", MONDAY))
    assert noted == Upload("F9", None)


async def test_what_one_process_uploaded_another_sends_by_its_id(province: Database) -> None:
    number = await attached(province)
    reply = Reply("TB", photo=Document(ATTACHMENT, number, "anh.jpg"))
    first, recorder, _ = telegram(Uploads(province, "telegram:42", Clock()))
    recorder.calls.script("sendPhoto", sent(1, photo=SIZES))
    await first.speak("1", reply)

    second, recorder, render = telegram(Uploads(province, "telegram:42", Clock()))
    await second.speak("2", reply)

    assert render.made == 0
    assert [made["photo"] for made in recorder.calls.of("sendPhoto")] == ["F9"]


async def test_words_are_said_where_telegram_does_not_take_the_photo() -> None:
    channel, recorder, _ = telegram()
    recorder.calls.script("sendPhoto", refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"))

    await channel.speak("1", PHOTO)

    assert [made["text"] for made in recorder.calls.of("sendMessage")] == ["TB-0141"]


async def test_an_upload_that_may_succeed_later_leaves_nothing_said() -> None:
    channel, recorder, _ = telegram()
    recorder.calls.script("sendPhoto", refused(429, "Too Many Requests", retry_after=3))

    with pytest.raises(TryLater):
        await channel.speak("1", PHOTO)

    assert not recorder.calls.of("sendMessage")


# The Official Account


def account(url: str, clock: Clock, **more: Any) -> tuple[ZaloOaChannel, Rendering]:
    render = Rendering()
    channel = ZaloOaChannel(
        cast("Any", oa.Keys()), app_id=oa.APP, oa_id=oa.OA, secret=oa.KEY, render=render,
        link=oa.link, base_url=url, clock=clock, **more,
    )  # fmt: skip
    return channel, render


def shown(zalo: oa.Zalo) -> list[str]:
    elements = [
        made["message"]["attachment"]["payload"]["elements"][0]
        for made in zalo.of(CS)
        if "attachment" in made["message"]
    ]
    return [one.get("attachment_id", "") or one["url"] for one in elements]


async def test_many_get_one_upload_until_it_ends() -> None:
    clock = Clock()
    async with oa.serving() as zalo:
        channel, render = account(zalo.url, clock)
        async with channel:
            await asyncio.gather(*(channel.speak(str(n), PHOTO) for n in range(100)))
            clock.advance(days=5)
            await channel.speak("1", PHOTO)
            assert (len(zalo.of(IMAGE)), render.made) == (1, 1)
            clock.advance(days=1)
            await channel.speak("1", PHOTO)

        assert shown(zalo) == ["pic1"] * 101 + ["pic2"]


async def test_an_upload_that_zalo_forgot_goes_up_again_but_not_for_every_failure() -> None:
    """The code that says so also stands for failures nobody knows."""
    clock = Clock()
    async with oa.serving() as zalo:
        channel, _ = account(zalo.url, clock)
        async with channel:
            await channel.speak("1", PHOTO)
            zalo.script(CS, oa.refused(-100))
            await channel.speak("1", PHOTO)
            zalo.script(CS, oa.refused(-100))
            with pytest.raises(TryLater):
                await channel.speak("1", PHOTO)

        assert shown(zalo) == ["pic1", "pic1", "pic2", "pic2"]
        assert len(zalo.of(IMAGE)) == 2


async def test_a_photo_zalo_does_not_take_is_an_address_below_the_words() -> None:
    async with oa.serving() as zalo:
        channel, _ = account(zalo.url, Clock())
        zalo.script(IMAGE, oa.refused(-201))
        zalo.script(CS, oa.refused(-201))
        async with channel:
            spoken = await channel.speak("1", PHOTO)

        said = zalo.of(CS)[-1]["message"]
    assert said == {"text": "TB-0141\nhttps://tap.example/tep/attachment-7"}
    assert spoken.messages == 1


# Without a wire


async def test_a_name_is_not_sought_where_the_database_is_down() -> None:
    class Down:
        async def read(self, _: object) -> None:
            raise OSError("no route")

    async def never() -> Upload:
        raise AssertionError("uploaded without need")

    uploads = Uploads(Down(), "telegram:42", Clock())  # pyright: ignore[reportArgumentType] - down

    with pytest.raises(TryLater):
        await uploads.reference(1, never)


async def test_an_upload_that_fails_is_tried_by_the_next() -> None:
    uploads, tries = Uploads(clock=Clock()), list[int]()

    async def upload() -> Upload:
        tries.append(1)
        if len(tries) == 1:
            raise Rejected("no")
        return Upload("F1", MONDAY + timedelta(days=1))

    ends = await asyncio.gather(
        *(uploads.reference(1, upload) for _ in range(3)), return_exceptions=True
    )

    assert [str(end) for end in ends] == ["no", "F1", "F1"]
    assert len(tries) == 2
