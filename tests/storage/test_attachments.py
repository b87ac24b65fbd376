"""Files that are passed on: which are taken, how often they are tried for, who is told."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile, ZipInfo

import pytest
from sqlalchemy import insert, select

from bot.simulator.files import PIXEL
from storage import attachments, file_kinds, sample
from storage.attachments import TRIES, Upload
from storage.file_kinds import LARGEST, LARGEST_PHOTO, Known, Refusal, clean_name, recognised
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    Broadcast,
    BroadcastState,
    Notice,
    Person,
    Purpose,
    Unit,
)
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

PHOTO, DOCUMENT = AttachmentKind.PHOTO, AttachmentKind.DOCUMENT
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORD = OLE + b"\0" * 500 + "WordDocument".encode("utf-16-le")


def packed(*names: str) -> bytes:
    body = BytesIO()
    with ZipFile(body, "w") as file:
        for name in names:
            # Without a date of its own it has the clock's, and the workers' test ids would differ.
            file.writestr(ZipInfo(name), "x")
    return body.getvalue()


DOCX = packed("[Content_Types].xml", "word/document.xml")
XLSX = packed("[Content_Types].xml", "xl/workbook.xml")


# Which files are taken


@pytest.mark.parametrize(
    ("kind", "name", "content", "found"),
    [
        (PHOTO, "", JPEG, "anh.jpg"),
        (PHOTO, "anh.jpg", PIXEL, "anh.png"),
        (DOCUMENT, "ảnh lớp.JPEG", JPEG, "ảnh lớp.jpg"),
        (DOCUMENT, "Kế hoạch.PDF", b"%PDF-1.7 ...", "Kế hoạch.pdf"),
        (DOCUMENT, "kế hoạch.doc", WORD, "kế hoạch.doc"),
        (DOCUMENT, "kế hoạch.doc", DOCX, "kế hoạch.docx"),
        (DOCUMENT, "danh sách.xlsx", XLSX, "danh sách.xlsx"),
        (DOCUMENT, "bài.pptx", packed("[Content_Types].xml", "ppt/presentation.xml"), "bài.pptx"),
    ],
)
def test_what_is_taken_ends_as_what_it_is(
    kind: AttachmentKind, name: str, content: bytes, found: str
) -> None:
    ending = found.rpartition(".")[2]
    assert recognised(kind, name, content) == Known(found, file_kinds.TYPES[ending])


@pytest.mark.parametrize(
    ("kind", "name", "content", "why"),
    [
        (DOCUMENT, "lịch.pdf", b"", Refusal.EMPTY),
        (DOCUMENT, "lịch.pdf", b"%PDF-" + b"x" * LARGEST, Refusal.LARGE),
        (PHOTO, "", JPEG + b"x" * LARGEST_PHOTO, Refusal.LARGE),
        (PHOTO, "", b"GIF89a", Refusal.OTHER),
        (PHOTO, "", b"%PDF-1.7", Refusal.OTHER),
        (DOCUMENT, "lịch.pdf", b"MZ\x90\0", Refusal.PROGRAM),
        (DOCUMENT, "lịch.pdf", b"\x7fELF", Refusal.PROGRAM),
        (DOCUMENT, "lịch.pdf.exe", b"%PDF-1.7", Refusal.PROGRAM),
        (DOCUMENT, "lịch.doc", b"#!/bin/sh", Refusal.PROGRAM),
        (DOCUMENT, "ảnh.zip", packed("a.jpg"), Refusal.ARCHIVE),
        (DOCUMENT, "ảnh.docx", packed("a.jpg"), Refusal.ARCHIVE),
        (DOCUMENT, "ảnh.docx", DOCX[:40], Refusal.ARCHIVE),
        (DOCUMENT, "ảnh.pdf", b"Rar!\x1a\x07", Refusal.ARCHIVE),
        (DOCUMENT, "lương.xlsm", XLSX, Refusal.MACROS),
        (
            DOCUMENT,
            "lương.xlsx",
            packed("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
            Refusal.MACROS,
        ),
        (DOCUMENT, "cũ.doc", WORD + "_VBA_PROJECT".encode("utf-16-le"), Refusal.MACROS),
        (DOCUMENT, "cũ.xls", WORD, Refusal.OTHER),
        (DOCUMENT, "ghi âm.mp3", b"ID3", Refusal.OTHER),
        (DOCUMENT, "không đuôi", b"%PDF-1.7", Refusal.OTHER),
        (DOCUMENT, "lịch.pdf", b"<html>", Refusal.OTHER),
    ],
)
def test_what_is_refused_and_why(
    kind: AttachmentKind, name: str, content: bytes, why: Refusal
) -> None:
    assert recognised(kind, name, content) is why


def test_the_name_and_the_size_tell_before_the_bytes_do() -> None:
    assert file_kinds.refusal(DOCUMENT, "a.pdf", LARGEST + 1) is Refusal.LARGE
    assert file_kinds.refusal(DOCUMENT, "a.docm", 0) is Refusal.MACROS
    assert file_kinds.refusal(DOCUMENT, "a.pdf", 0) is None
    assert file_kinds.refusal(PHOTO, "", 5) is None


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/kế hoạch.pdf", "kế hoạch.pdf"),
        ("C:\\Lan\\lịch\n L12.pdf", "lịch L12.pdf"),
        ("lịch\u202efdp.exe", "lịchfdp.exe"),
        ("x" * 200 + ".docx", "x" * 75 + ".docx"),
        (" . ", ""),
    ],
)
def test_a_name_is_what_it_shows(name: str, clean: str) -> None:
    assert clean_name(name) == clean


# How often, and who is told


def someone(db: Connection) -> int:
    return db.execute(select(Person.id).order_by(Person.id).limit(1)).scalar_one()


def kept(db: Connection, name: str = "kế hoạch.pdf", channel: str = "telegram") -> int:
    return attachments.keep(db, someone(db), channel, DOCUMENT, "F1", name, 10, MONDAY)


def announced(db: Connection, attachment_id: int, state: BroadcastState) -> int:
    unit = db.execute(select(Unit.id).limit(1)).scalar_one()
    made = db.execute(
        insert(Broadcast)
        .values(
            author_id=someone(db), unit_id=unit, state=state, purpose=Purpose.KNOW, audience={},
            text="L12", place={}, attachment_id=attachment_id, summary={}, created_at=MONDAY,
            changed_at=MONDAY,
        )
        .returning(Broadcast.id)
    )  # fmt: skip
    return made.scalar_one()


async def test_a_file_is_tried_for_at_its_moments_and_then_given_up(province: Database) -> None:
    def live(db: Connection) -> tuple[list[timedelta], attachments.Attached | None, list[str]]:
        number, tried = kept(db), list[timedelta]()
        for seconds in range(0, 4000, 5):
            age = timedelta(seconds=seconds)
            tried += [age for _ in attachments.claim(db, ["telegram"], MONDAY + age)]
        owed = db.execute(select(Notice.key).where(Notice.kind == attachments.KIND)).scalars()
        return tried, attachments.get(db, number), list(owed)

    tried, attached, owed = await province.turn(live)

    assert tried == list(TRIES[:-1])
    assert attached
    assert (attached.state, attached.reason) == (AttachmentState.FAILED, Refusal.LOST)
    assert owed == [f"attachment-failed:{attached.id}"]


async def test_only_open_channels_are_asked_and_never_too_many_at_once(province: Database) -> None:
    def work(db: Connection) -> list[int]:
        kept(db, channel="zalo_bot")
        mine = [kept(db) for _ in range(6)]
        rounds = [attachments.claim(db, ["telegram"], MONDAY) for _ in range(3)]
        assert [one.id for each in rounds for one in each] == mine
        return [len(each) for each in rounds]

    assert await province.turn(work) == [4, 2, 0]


async def test_what_is_ready_is_not_fetched_again_nor_failed(province: Database) -> None:
    known = Known("kế hoạch.pdf", "application/pdf")

    def work(db: Connection) -> None:
        number = kept(db)
        assert attachments.pending(db)
        assert attachments.ready(db, number, known, b"%PDF-")
        assert not attachments.fail(db, number, Refusal.LOST, MONDAY)
        assert not attachments.ready(db, number, known, b"other")
        assert not attachments.pending(db)
        assert attachments.content(db, number) == b"%PDF-"

    await province.turn(work)


async def test_bytes_stand_as_long_as_an_announcement_refers_to_them(province: Database) -> None:
    known = Known("kế hoạch.pdf", "application/pdf")

    def work(db: Connection) -> None:
        number, other = kept(db), kept(db)
        attachments.ready(db, number, known, b"%PDF-")
        attachments.ready(db, other, known, b"%PDF-")
        draft = announced(db, number, BroadcastState.DRAFT)
        assert attachments.draft_of(db, number) == draft
        assert [attachments.stands(db, one) for one in (number, other)] == [True, False]
        assert attachments.forget_unused(db, MONDAY + timedelta(days=6)) == 0
        assert attachments.forget_unused(db, MONDAY + timedelta(days=8)) == 1
        left = db.execute(select(Attachment.id)).scalars()
        assert list(left) == [number]

    await province.turn(work)


async def test_a_reference_holds_until_it_ends_and_only_that_one_is_forgotten(
    province: Database,
) -> None:
    def work(db: Connection) -> None:
        number, later = kept(db), MONDAY + timedelta(days=6)
        attachments.note_upload(db, number, "zalo_oa:1", Upload("up1", later))
        attachments.note_upload(db, number, "zalo_oa:1", Upload("up2", later))
        attachments.forget_upload(db, number, "zalo_oa:1", "up1")
        assert attachments.uploaded(db, number, "zalo_oa:1", MONDAY) == Upload("up2", later)
        assert attachments.uploaded(db, number, "zalo_oa:1", later) is None
        assert attachments.uploaded(db, number, "telegram:4", MONDAY) is None
        attachments.forget_upload(db, number, "zalo_oa:1", "up2")
        assert attachments.uploaded(db, number, "zalo_oa:1", MONDAY) is None

    await province.turn(work)


async def test_the_statements_run_on_either_database(either: Database) -> None:
    def everything(db: Connection) -> None:
        sample.load(db, MONDAY)
        number, later = kept(db), MONDAY + timedelta(days=1)
        (waiting,) = attachments.claim(db, ["telegram"], MONDAY)
        assert (waiting.id, waiting.kind) == (number, DOCUMENT)
        assert attachments.claim(db, ["telegram"], MONDAY) == []
        assert attachments.ready(db, number, Known("a.pdf", "application/pdf"), b"%PDF-\0\xff")
        assert attachments.content(db, number) == b"%PDF-\0\xff"
        for reference in ("up1", "up2"):
            attachments.note_upload(db, number, "zalo_oa:1", Upload(reference, later))
        found = attachments.uploaded(db, number, "zalo_oa:1", MONDAY)
        assert found
        assert (found.reference, found.until) == ("up2", later)
        other = kept(db)
        assert attachments.fail(db, other, Refusal.ARCHIVE, MONDAY)
        assert not attachments.superseded(db, other)
        assert attachments.forget_unused(db, MONDAY + timedelta(days=8)) == 2

    await either.turn(everything)
