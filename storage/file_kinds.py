"""Which files are passed on: told by the name at first, by the bytes in the end.

Photos are JPEG and PNG, documents also PDF and those of the office programs. What can run, hides
other files, or carries macros is refused, whatever it calls itself.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile

from storage.models import AttachmentKind

LARGEST = 20 * 2**20  # bytes; what Telegram gives a bot at most
LARGEST_PHOTO = 10 * 2**20  # bytes; what Telegram takes as a photo at most
NAME_LENGTH = 80  # characters
TYPES = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
PHOTOS = ("jpg", "png")
_PROGRAMS = frozenset(
    ("exe", "msi", "msp", "bat", "cmd", "com", "scr", "pif", "ps1", "psm1", "vbs", "vbe", "js",
     "jse", "wsf", "wsh", "hta", "lnk", "reg", "dll", "cpl", "jar", "apk", "ipa", "app", "dmg",
     "pkg", "deb", "rpm", "sh", "run", "py", "pl", "php", "html", "htm", "svg")
)  # fmt: skip
_ARCHIVES = frozenset(
    ("zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz", "zst", "cab", "iso", "img", "arj",
     "lzh", "ace")
)  # fmt: skip
_MACROS = frozenset(
    ("docm", "dotm", "xlsm", "xltm", "xlsb", "xlam", "pptm", "potm", "ppsm", "ppam", "sldm")
)  # fmt: skip
_RUNS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
_PACKED = (b"PK\x03\x04", b"PK\x05\x06", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What an old office file of each kind holds, by the name of its stream.
_OLE_STREAMS = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
_OPEN = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
MOST_PARTS = 5000  # of an office file; one with more is made to be unpacked for ever


# Word opens the template a document names, with the macros in it, from wherever that is.
_TEMPLATE: Final = "word/_rels/settings.xml.rels"
_TEMPLATE_READ: Final = 2**16  # bytes of it
_TARGET: Final = rb"target\s*=\s*[\"'](?:https?:|ftp:|\\\\|file://[^/\\]|file:/*\\\\)"
_ELSEWHERE = re.compile(
    rb"<[^>]*attachedTemplate[^>]*" + _TARGET + rb"|<[^>]*" + _TARGET + rb"[^>]*attachedTemplate",
    re.IGNORECASE,
)


class Refusal(StrEnum):
    """Why a file is not passed on."""

    LARGE = "too large"
    EMPTY = "empty"
    PROGRAM = "program"
    ARCHIVE = "archive"
    MACROS = "macros"
    OTHER = "other kind"
    LOST = "lost"  # its platform did not give it to us


@dataclass(frozen=True, slots=True)
class Known:
    """A file that is passed on: a name whose ending says what it is, and its media type."""

    name: str
    type: str


def refusal(kind: AttachmentKind, name: str, size: int) -> Refusal | None:
    """What name and size (bytes, 0 = unknown) tell already; None where the bytes must decide."""
    ending = _ending(name)
    if size > most(kind):
        return Refusal.LARGE
    if kind is AttachmentKind.PHOTO and not ending:
        return None
    if ending in _PROGRAMS:
        return Refusal.PROGRAM
    if ending in _ARCHIVES:
        return Refusal.ARCHIVE
    if ending in _MACROS:
        return Refusal.MACROS
    return None if ending in TYPES else Refusal.OTHER


def most(kind: AttachmentKind) -> int:
    """How many bytes are taken at most."""
    return LARGEST_PHOTO if kind is AttachmentKind.PHOTO else LARGEST


def recognised(kind: AttachmentKind, name: str, content: bytes) -> Known | Refusal:
    """What the bytes are; the ending of the name is put right."""
    if not content:
        return Refusal.EMPTY
    if len(content) > most(kind):
        return Refusal.LARGE
    told = refusal(kind, name, len(content))
    if told is not None:
        return told
    found = _of(content, _ending(name))
    if isinstance(found, Refusal):
        return found
    if kind is AttachmentKind.PHOTO and found not in PHOTOS:
        return Refusal.OTHER
    stem = PurePosixPath(clean_name(name)).stem or ("anh" if found in PHOTOS else "tep")
    return Known(f"{stem}.{found}", TYPES[found])


def clean_name(name: str) -> str:
    """The name without a path and without what does not show, cut to 80 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    # Marks of direction can make "fdp.exe" read as "exe.pdf".
    shown = "".join(" " if one.isspace() else one for one in name if one.isspace() or _shows(one))
    plain = " ".join(shown.split()).strip(". ")
    if len(plain) <= NAME_LENGTH:
        return plain
    stem, dot, ending = plain.rpartition(".")
    ending = f"{dot}{ending}" if dot and len(ending) <= 5 else ""
    return (stem if ending else plain)[: NAME_LENGTH - len(ending)].rstrip() + ending


def _shows(one: str) -> bool:
    return not unicodedata.category(one).startswith("C")


def _ending(name: str) -> str:
    return PurePosixPath(clean_name(name)).suffix.removeprefix(".").lower()


def _of(content: bytes, ending: str) -> str | Refusal:
    """The ending of what the bytes are; `ending` only tells the old office files apart."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if b"%PDF-" in content[:1024]:
        return "pdf"
    if content.startswith(_OLE):
        return _old_office(content, ending)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content.startswith(_RUNS):
        return Refusal.PROGRAM
    if content.startswith(_PACKED) or content[257:262] == b"ustar":
        return Refusal.ARCHIVE
    return Refusal.OTHER


def _old_office(content: bytes, ending: str) -> str | Refusal:
    if "_VBA_PROJECT".encode("utf-16-le") in content:
        return Refusal.MACROS
    for kind, streams in _OLE_STREAMS.items():
        if kind == ending and any(one.encode("utf-16-le") in content for one in streams):
            return kind
    return Refusal.OTHER


def _office(content: bytes) -> str | Refusal:
    """An office file of today is an archive with a list of its parts; hardly anything is read."""
    try:
        with ZipFile(BytesIO(content)) as packed:
            names = packed.namelist()
            fetches = _fetches(packed, names)
    except (BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error):
        return Refusal.ARCHIVE
    if "[Content_Types].xml" not in names or len(names) > MOST_PARTS:
        return Refusal.ARCHIVE
    if fetches or any(name.lower().endswith("vbaproject.bin") for name in names):
        return Refusal.MACROS
    for folder, ending in _OPEN.items():
        if any(name.startswith(folder) for name in names):
            return ending
    return Refusal.OTHER


def _fetches(packed: ZipFile, names: list[str]) -> bool:
    """True where a document's template lies on another machine; one of its author's own may be."""
    if _TEMPLATE not in names:
        return False
    with packed.open(_TEMPLATE) as part:
        return _ELSEWHERE.search(part.read(_TEMPLATE_READ)) is not None
