"""The files that lie on a platform."""

from __future__ import annotations

import mimetypes
from collections import OrderedDict
from dataclasses import dataclass

# Ten maximal uploads; the oldest files are forgotten beyond that.
SPACE = 500_000_000

# The smallest picture: one grey pixel, for phones that send a photo.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763686868000003040181b6f1c6780000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file, and the path at which the bot may fetch it."""

    id: str
    name: str
    type: str
    body: bytes
    path: str


class Files:
    """Files by id; ids are never reused."""

    def __init__(self, space: int = SPACE) -> None:
        self._space = space
        self._count = 0
        self._used = 0
        self._files: OrderedDict[str, Stored] = OrderedDict()

    def put(self, body: bytes, name: str, type: str = "", folder: str = "documents") -> Stored:
        """Keep a file; its type is guessed from the name where none is given."""
        self._count += 1
        kind = type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        ending = "." + name.rpartition(".")[2] if "." in name else ""
        id = f"FILE{self._count:06d}"
        stored = Stored(id, name, kind, body, f"{folder}/file_{self._count}{ending}")
        self._files[id] = stored
        self._used += len(body)
        while self._used > self._space and len(self._files) > 1:
            self._used -= len(self._files.popitem(last=False)[1].body)
        return stored

    def get(self, id: str) -> Stored | None:
        """The file of this id, or None."""
        return self._files.get(id)

    def at(self, path: str) -> Stored | None:
        """The file at this path, or None."""
        return next((file for file in self._files.values() if file.path == path), None)


def picture_size(body: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG; (1280, 720) for what is none."""
    if body[:8] == b"\x89PNG\r\n\x1a\n" and len(body) >= 24:
        return int.from_bytes(body[16:20]), int.from_bytes(body[20:24])
    return 1280, 720
