"""A picture drawn in greys as a small PNG: eight tints of one ink, a fifth of the size."""

from __future__ import annotations

import re
import struct
import zlib
from typing import Final

# From the ink itself to white, with a clear blue between: whoever tells no colours apart loses
# nothing, for the tints differ in lightness alone.
INKS: Final = ((8, 28, 54), (27, 94, 153), (176, 203, 228), (255, 255, 255))
LEVELS: Final = 8  # more make the edges of letters no smoother to the eye, but the file larger
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EVENTFUL = re.compile(rb"[^\0]")
_EIGHT_BITS_RGBA = b"\x08\x06\x00\x00\x00"


def tinted(picture: bytes) -> bytes:
    """The same picture in tints of `INKS`, four bits a pixel.

    `picture` is a PNG as Typst writes it (eight bits, RGBA, not interlaced), opaque and grey on
    white; of anything coloured only the red part counts. Raises ValueError for any other.
    """
    chunks = _chunks(picture)
    header = chunks[b"IHDR"]
    width, height = struct.unpack(">II", header[:8])
    if header[8:] != _EIGHT_BITS_RGBA:
        raise ValueError("not a picture of eight bits in RGBA")
    packed = bytearray()
    for line in _lines(zlib.decompress(chunks[b"IDAT"]), width, height):
        packed += b"\0" + _packed(line)
    return _SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 4, 3, 0, 0, 0)),
            _chunk(b"PLTE", _palette()),
            _chunk(b"IDAT", zlib.compress(packed, 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunks(picture: bytes) -> dict[bytes, bytes]:
    """The chunks of a PNG by their kind, those of a kind joined."""
    if not picture.startswith(_SIGNATURE):
        raise ValueError("not a PNG")
    found: dict[bytes, bytes] = {}
    at = len(_SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind = picture[at + 4 : at + 8]
        found[kind] = found.get(kind, b"") + picture[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def _palette() -> bytes:
    colours = [_tint(level / (LEVELS - 1) * (len(INKS) - 1)) for level in range(LEVELS)]
    return bytes(part for colour in colours for part in colour)


def _tint(at: float) -> tuple[int, ...]:
    """The colour between two of `INKS`."""
    first = min(int(at), len(INKS) - 2)
    pair = zip(INKS[first], INKS[first + 1], strict=True)
    return tuple(round(one + (other - one) * (at - first)) for one, other in pair)


def _lines(filtered: bytes, width: int, height: int) -> list[bytes]:
    """The red part of every line, its filter undone."""
    length, above = 1 + 4 * width, b"\xff" * width
    lines: list[bytes] = []
    for at in range(0, height * length, length):
        above = _unfiltered(filtered[at], filtered[at + 1 : at + length : 4], above, first=not at)
        lines.append(above)
    return lines


def _unfiltered(kind: int, changes: bytes, above: bytes, *, first: bool) -> bytes:
    """A line from what was kept of it; the line above the first is black in the format."""
    line = bytearray(changes)
    if first:
        above = bytes(len(above))
    if kind == 0:
        return changes
    # Where nothing changes and all around is white, white goes on: only the rest is worked out.
    white = int.from_bytes(b"\xff" * len(above), "big")
    rest = int.from_bytes(changes, "big") | (int.from_bytes(above, "big") ^ white)
    eventful = rest.to_bytes(len(above), "big")
    at, left, corner = 0, 0, 0
    while at < len(line):
        up = above[at]
        line[at] = left = (changes[at] + _predicted(kind, left, up, corner)) & 255
        corner, at = up, at + 1
        if left == up == 255:
            found = _EVENTFUL.search(eventful, at)
            end = found.start() if found else len(line)
            line[at:end] = b"\xff" * (end - at)
            at = end
    return bytes(line)


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    """What the format expects of a pixel from those around it, by the kind of filter."""
    match kind:
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) >> 1
        case _:
            return _nearest(left, up, corner)


def _nearest(left: int, up: int, corner: int) -> int:
    """What the format calls the Paeth predictor."""
    to_left, to_up = abs(up - corner), abs(left - corner)
    to_corner = abs(left + up - 2 * corner)
    if to_left <= to_up and to_left <= to_corner:
        return left
    return up if to_up <= to_corner else corner


def _packed(line: bytes) -> bytes:
    """Two pixels a byte, the left one in its upper half."""
    levels = line.translate(_LEVEL)
    left, right = levels[::2], levels[1::2].ljust(len(levels[::2]), b"\0")
    upper = int.from_bytes(left, "big") << 4
    return (upper | int.from_bytes(right, "big")).to_bytes(len(left), "big")


_LEVEL: Final = bytes(round(value * (LEVELS - 1) / 255) for value in range(256))
