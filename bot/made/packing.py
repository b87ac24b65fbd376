"""Office files packed so that the same parts always make the same bytes."""

from __future__ import annotations

import io
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

# The first moment the format can say.
NEVER: Final = (1980, 1, 1, 0, 0, 0)


def packed(content: bytes) -> bytes:
    """The same archive with its parts in the same order, and no trace of when it was made."""
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = ZipInfo(name, NEVER)
            part.compress_type = ZIP_DEFLATED
            part.external_attr = 0o600 << 16
            new.writestr(part, old.read(name))
    return buffer.getvalue()
