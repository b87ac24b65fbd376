"""What a setting may look like: its shape, and the type that checks it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, SecretStr

TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{3,100}", re.ASCII)
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
ZALO_TOKEN = re.compile(r"\d{3,25}:[A-Za-z0-9_-]{3,200}", re.ASCII)
ZALO_ID = re.compile(r"\d{3,25}", re.ASCII)
ZALO_SECRET = re.compile(r"[!-~]{8,200}", re.ASCII)
SIGNATURE = re.compile(r"auto|(app|oa)-(body|header)-(oakey|appkey)", re.ASCII)
TEMPLATE_ID = re.compile(r"\d{1,25}", re.ASCII)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _database(value: SecretStr) -> SecretStr:
    # Loading SQLAlchemy takes longer than showing the help.
    from storage.database import DatabaseError, address

    try:
        address(value.get_secret_value())
    except DatabaseError as error:
        raise ValueError from error
    return value


def _like(shape: re.Pattern[str]) -> AfterValidator:
    """Takes nothing, or what has this shape as a whole."""

    def check(value: SecretStr | str) -> SecretStr | str:
        text = value if isinstance(value, str) else value.get_secret_value()
        if text and not shape.fullmatch(text):
            raise ValueError
        return value

    return AfterValidator(check)


def _templates(value: dict[str, str]) -> dict[str, str]:
    if not all(TEMPLATE_ID.fullmatch(one) for one in value.values()):
        raise ValueError
    return value


def _text(value: object) -> object:
    """Ids are digits, and a TOML file may show them as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _texts(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _text(one) for name, one in cast("dict[object, object]", value).items()}


def _url(value: str) -> str:
    parts = urlsplit(value)
    if value and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError
    return value


def _hook(value: str) -> str:
    parts = urlsplit(_url(value))
    if value and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError
    return value


def _shielded(value: str) -> str:
    """Over the internet only by https: tokens and people's words go there, or files come from."""
    parts = urlsplit(_url(value))
    if value and parts.scheme == "http" and not _in_house(parts.hostname or ""):
        raise ValueError
    return value


def _in_house(host: str) -> bool:
    """Whether a host is this machine or one of its own network, like a container's neighbour."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        # A number is an address too, in a form that only some programs read.
        return host[:1].isalpha() and "." not in host


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError from error
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
Url = Annotated[str, AfterValidator(_url)]
ShieldedUrl = Annotated[str, AfterValidator(_shielded)]
HookUrl = Annotated[str, AfterValidator(_hook)]
Token = Annotated[SecretStr, _like(TOKEN)]
Secret = Annotated[SecretStr, _like(SECRET)]
ZaloToken = Annotated[SecretStr, _like(ZALO_TOKEN)]
ZaloSecret = Annotated[SecretStr, _like(ZALO_SECRET)]
ZaloId = Annotated[str, BeforeValidator(_text), _like(ZALO_ID)]
Signature = Annotated[str, _like(SIGNATURE)]
Zone = Annotated[str, AfterValidator(_zone)]
Templates = Annotated[dict[str, str], BeforeValidator(_texts), AfterValidator(_templates)]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]
