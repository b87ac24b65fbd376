"""Files that a platform only names by their address on the web."""

from __future__ import annotations

import ipaddress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from bot.channels.base import Rejected, TooLarge, TryLater
from bot.channels.http import NotSent, Oversized
from storage.file_kinds import LARGEST

if TYPE_CHECKING:
    from bot.channels.http import Http

# Seconds between two pieces of a file.
SLOW: Final = 30.0
MOVED: Final = (301, 302, 303, 307, 308)
HOPS: Final = 3  # an address sends on so often at most
# Whoever answers so has the file, and cannot give it now.
BUSY: Final = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


async def download(http: Http, address: str, *, home: str) -> bytes:
    """The file at an address; `home` is the platform's own, which may be on this machine.

    Elsewhere only names of the web are asked, by https: an event that somebody forged must not
    reach what only we can reach.

    Raises:
        TooLarge: It has more bytes than we take.
        Rejected: It is not there, or not to be asked for there.
        TryLater: It cannot be had now.
    """
    try:
        status, content = await _asked(http, address, home)
    except NotSent as error:
        if isinstance(error.__cause__, Oversized):
            raise TooLarge("The file is too large") from None
        raise TryLater from error
    if status == HTTPStatus.OK:
        return content
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in BUSY:
        raise TryLater
    raise Rejected(f"The file is not given (status {status})")


async def _asked(http: Http, address: str, home: str) -> tuple[int, bytes]:
    """Status and body, wherever the address leads; each stop on the way has to be allowed."""
    for hops in range(HOPS + 1):
        if not _allowed(address, home):
            raise Rejected("The file lies where files are not fetched from")
        status, content = await http.get(address, read=SLOW, largest=LARGEST)
        if status not in MOVED or hops == HOPS:
            return status, content
        address = urljoin(address, await http.location(address))
    raise AssertionError("the last stop returns")


def _allowed(address: str, home: str) -> bool:
    try:
        parts, own = urlsplit(address), urlsplit(home)
        host = parts.hostname or ""
        if (parts.scheme, host, parts.port) == (own.scheme, own.hostname, own.port):
            return True
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host.strip(".") and not _bare(host)


def _bare(host: str) -> bool:
    """True for an address by numbers, or a name that never leads out of a house."""
    if host.rstrip(".").endswith((".local", ".internal", ".localhost", ".lan", ".home")):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # "127.1" and "0x7f.1" are numbers to some resolvers.
        return host.rstrip(".").rpartition(".")[2][:1].isdecimal()
    return True
