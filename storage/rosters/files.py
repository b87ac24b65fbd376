"""Whether a file may be opened as a table at all; looked at before any of it is believed."""

from __future__ import annotations

import re
import zipfile
import zlib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

# A roster of 50,000 rows is about 4 MB; unpacked about 40 MB.
MOST_BYTES = 30_000_000
# Bytes by which most other files are told.
START = 2048
MOST_UNPACKED = 250_000_000
MOST_PARTS = 1_000
# One stray cell in the last corner of a sheet makes a reader lay out every cell before it.
MOST_CELLS = 4_000_000
MOST_ROWS = 100_000


class Kind(StrEnum):
    """Kinds of files that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"


class FileTrouble(StrEnum):
    """Why a file is not read."""

    EMPTY = "empty"
    TOO_LARGE = "too large"
    PASSWORD = "password"  # noqa: S105 - the file has one
    BOMB = "bomb"  # unpacks to far more than a roster
    TOO_MANY_CELLS = "too many cells"  # more rows, or a stray cell far outside the table
    NOT_A_TABLE = "not a table"
    BROKEN = "broken"


_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"{\\rtf", b"MZ")
_BLOCK = 1 << 18
_WORKBOOK = "xl/workbook.xml"
# The streams of an encrypted workbook, and those of an old one, as a compound file names them.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OLD_BOOK = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
_COLUMN = re.compile(rb"""\br=["']([A-Z]{1,3})\d""")
_ROW = re.compile(
    rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,9})["']|\br=["'][A-Z]{1,3}(\d{6,9})["']"""
)
_OPENED = re.compile(rb"<(?:\w+:)?(row|c)\b")


def look(path: Path) -> Kind | FileTrouble:
    """What kind of table a file is, or why it is not to be read.

    Its size is asked before it is opened. A packed file is unpacked once, piece by piece and into
    nothing, since what it declares of its size may be a lie.
    """
    size = path.stat().st_size
    if size == 0:
        return FileTrouble.EMPTY
    if size > MOST_BYTES:
        return FileTrouble.TOO_LARGE
    with path.open("rb") as file:
        start = file.read(START)
        file.seek(0)
        if start.startswith(_ZIP):
            return _packed(file)
        if start.startswith(_COMPOUND):
            return _compound(file.read())
    return glance(start) or Kind.CSV


def glance(start: bytes) -> FileTrouble | None:
    """What the first `START` bytes of a file rule out already; None where the rest decides."""
    if not start:
        return FileTrouble.EMPTY
    if start.startswith((_ZIP, _COMPOUND)):
        return None
    if start.startswith(_OTHERS) or _markup(start):
        return FileTrouble.NOT_A_TABLE
    utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    return None if utf16 or b"\0" not in start else FileTrouble.NOT_A_TABLE


def _markup(start: bytes) -> bool:
    """A web page or XML that some programs save under the name of a workbook."""
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def _compound(content: bytes) -> Kind | FileTrouble:
    if _ENCRYPTED in content:
        return FileTrouble.PASSWORD
    return Kind.XLS if any(name in content for name in _OLD_BOOK) else FileTrouble.NOT_A_TABLE


def _packed(file: BinaryIO) -> Kind | FileTrouble:
    try:
        with zipfile.ZipFile(file) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                return FileTrouble.BOMB
            if any(part.flag_bits & 1 for part in parts):
                return FileTrouble.PASSWORD
            if _WORKBOOK not in {part.filename for part in parts}:
                return FileTrouble.NOT_A_TABLE
            return _unpacked(file, parts) or Kind.XLSX
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        return FileTrouble.BROKEN


def _unpacked(file: BinaryIO, parts: list[zipfile.ZipInfo]) -> FileTrouble | None:
    left = MOST_UNPACKED
    for part in parts:
        sheet = _Extent() if part.filename.startswith("xl/worksheets/") else None
        for block in _inflated(file, part):
            left -= len(block)
            if left < 0:
                return FileTrouble.BOMB
            if sheet and sheet.see(block):
                return FileTrouble.TOO_MANY_CELLS
    return None


def _inflated(file: BinaryIO, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """What a part really unpacks to, in blocks; it ends where the packed bytes end."""
    file.seek(part.header_offset)
    header = file.read(30)
    if not header.startswith(_ZIP):
        raise zipfile.BadZipFile
    file.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    left = part.compress_size
    if part.compress_type == zipfile.ZIP_STORED:
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0 and not engine.eof and (packed := file.read(min(_BLOCK, left))):
        left -= len(packed)
        while packed:
            yield engine.decompress(packed, _BLOCK)
            packed = engine.unconsumed_tail


class _Extent:
    """How far the cells of one sheet reach."""

    def __init__(self) -> None:
        self._columns: set[bytes] = set()
        self._last_row = 0
        self._cells = self._rows = 0
        self._tail = b""

    def see(self, block: bytes) -> bool:
        """Take the next block in; true where laying the sheet out would need too many cells."""
        text = self._tail + block
        self._tail = text[-64:]
        self._columns.update(_COLUMN.findall(text))
        for one, other in _ROW.findall(text):
            self._last_row = max(self._last_row, int(one or other))
        for what in _OPENED.findall(text):
            self._cells += what == b"c"
            self._rows += what == b"row"
        width = max((_number(letters) for letters in self._columns), default=1)
        rows = max(self._last_row, self._rows)
        return rows > MOST_ROWS or rows * width > MOST_CELLS or self._cells > MOST_CELLS


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
