"""Reading fields of decoded JSON that may hold anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# No message of a platform is older; what is smaller was counted in another unit.
EARLIEST: Final = datetime(2012, 1, 1, tzinfo=UTC)


def inner(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object in a field, empty where there is none.

    Raises:
        TypeError: The field holds something else.
    """
    value = data.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return cast("dict[str, Any]", value)


def words(data: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds text, cleaned; "" where none does.

    Raises:
        TypeError: A field before it holds something else.
    """
    for name in names:
        value = data.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise TypeError("not a text")
        if text := clean(value):
            return text
    return ""


def opaque(data: Mapping[str, Any], name: str) -> str:
    """The platform's id in a field, exactly as it is; "" where there is none.

    Raises:
        TypeError: The field holds something else, a number too, or what a database cannot keep.
    """
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or clean(value) != value:
        raise TypeError("not an id")
    return value


def moment(data: Mapping[str, Any], name: str) -> datetime | None:
    """The moment that a field gives in milliseconds (a number or its digits), aware, UTC.

    None where the field is missing or cannot be a moment of our time.
    """
    value = data.get(name)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if type(value) is not int:
        return None
    try:
        at = EPOCH + timedelta(milliseconds=value)
    except OverflowError:
        return None
    return at if at >= EARLIEST else None


def clean(text: str) -> str:
    """Text a database can keep: no NUL, no half of a surrogate pair. Otherwise untouched."""
    if text.isascii():
        return text.replace("\0", "")
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\0", "")
