"""Where announcements may link to: hosts, each with everything below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import AllowedSite

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

# The State's own hosts, and the Ministry's; these are not in the table.
BUILT_IN: Final = ("gov.vn", "moet.edu.vn")
# Second-level domains of VNNIC below which anybody may register a name.
OPEN_TO_ALL: Final = frozenset(
    f"{kind}.vn"
    for kind in ("com", "net", "org", "edu", "biz", "info", "name", "pro", "health", "ac", "int",
                 "id", "io", "ai")
)  # fmt: skip
_LONGEST: Final = 253
# Two labels at least: nobody may open a whole top-level domain.
_HOST: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)


def allowed(db: Connection) -> tuple[str, ...]:
    """The hosts, as `host` writes them: the built-in ones, then the added ones by name."""
    added = db.execute(select(AllowedSite.host).order_by(AllowedSite.host)).scalars()
    return (*BUILT_IN, *(one for one in added if one not in BUILT_IN))


def allow(db: Connection, site: str, now: datetime) -> str:
    """Let announcements link to a host and all below it; returns how the host is written.

    Raises:
        ValueError: it is no name of a host, or one below which anybody may have a site.
    """
    name = host(site)
    if name in OPEN_TO_ALL:
        raise ValueError(f"{name} is open to everybody: name the one site below it.")
    if name not in BUILT_IN:
        insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
        values = {"host": name, "added_at": now}
        db.execute(insert(AllowedSite).values(values).on_conflict_do_nothing())
    return name


def forbid(db: Connection, site: str) -> bool:
    """Take a host off the list again; False where it was not added.

    Raises:
        ValueError: it is no name of a host, or one of the built-in ones.
    """
    name = host(site)
    if name in BUILT_IN:
        raise ValueError(f"{name} is always allowed and cannot be taken off the list.")
    gone = db.execute(delete(AllowedSite).where(AllowedSite.host == name))
    return gone.rowcount == 1


def host(site: str) -> str:
    """A host as it is kept: lower case, other letters than English ones in IDNA form.

    Raises:
        ValueError: it is not the bare name of a host, such as "moet.gov.vn".
    """
    name = site.strip().removesuffix(".")
    if any(mark in name for mark in "/:@?#\\"):
        raise ValueError(f"{site!r} has more than a host: write it without https:// and path.")
    try:
        name = name.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{site!r} is no name of a host.") from error
    if len(name) > _LONGEST or not _HOST.fullmatch(name):
        raise ValueError(f"{site!r} is no name of a host, such as moet.gov.vn.")
    return name
