"""The log: one line an event, in UTC, without tokens, phone numbers or anyone's words."""

from __future__ import annotations

import logging
import re
import sqlite3
import sys
import time
import traceback
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import TextIO

HIDDEN = "***"
# In an address the token may be of any length; elsewhere it is told from a time by its length.
IN_ADDRESS = re.compile(r"(/bot)\d+(?::|%3A)[^/\s'\"]+", re.IGNORECASE)
TOKEN = re.compile(r"\b\d{5,}(?::|%3A)[A-Za-z0-9_-]{10,}", re.IGNORECASE)
# OAuth's tokens and codes and other secrets, in a header (also as a pair), a form, an address or a
# JSON answer.
SECRET = re.compile(
    r"((?:secret[\w-]*|(?:access|refresh)[_-]?token|code_verifier|[?&]code)"
    r"(?:['\"]?\s*[:=]|['\"],)\s*b?['\"]?)[^\s'\"&,;]+",
    re.IGNORECASE,
)
PASSWORD = re.compile(r"(://[^/\s:@'\"]*:)[^/\s'\"]+(?=@)")
LINK = re.compile(r"(/tep/)[^/\s'\"]+")
PHONE = re.compile(r"(?<![\w.:-])(?:\+\d{1,3}|84|0)(?:[ .-]?\d){8,11}(?!\d)")
# asyncio quotes what a task raised or returned that nobody waits for, and what a callback was
# given; `formatException` shows where it happened.
QUOTED = re.compile(
    r"(\bresult=|(?:\bexception=|\b(?:Timer)?Handle |\bcallback )[\w.<>]+\().*", re.DOTALL
)
# Libraries that write a line for every request or statement, with addresses and people's words.
NOISE = (
    "aiohttp.access", "aiohttp.client", "aiosqlite", "alembic", "asyncpg", "httpcore", "httpx",
    "sqlalchemy", "telegram",
)  # fmt: skip
# What these say is about the program and never quotes what a person wrote.
PLAIN = (OSError, ImportError, NameError, AttributeError, TypeError, sqlite3.OperationalError)


class Redactor(logging.Formatter):
    """Lines as `2026-11-23T01:02:03Z INFO bot.inbox: words`; what must not be shown is `***`.

    Of an exception it shows the places and the types; its message only where that cannot hold
    anyone's words.
    """

    converter = time.gmtime

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%SZ"
        )
        forms = {form for one in secrets if one for form in (one, quote(one, ""), quote_plus(one))}
        self._secrets = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text; what another handler made of its exception is not taken over."""
        record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """The line of one record, whatever its message holds."""
        if record.name == "asyncio":
            record.message = QUOTED.sub(rf"\1{HIDDEN}", record.message)
        record.message = self.clean(record.message).replace("\r", " ").replace("\n", " ")
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - the name is logging's
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Places and types, the cause first."""
        return self.clean("\n".join(_chain(ei[1]))) if ei[1] else ""

    def clean(self, text: str) -> str:
        """The text without our secrets, tokens and phone numbers."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        text = IN_ADDRESS.sub(rf"\1{HIDDEN}", text)
        text = TOKEN.sub(HIDDEN, text)
        for shape in (SECRET, PASSWORD, LINK):
            text = shape.sub(rf"\1{HIDDEN}", text)
        return PHONE.sub(HIDDEN, text)


def set_up(level: str, secrets: Iterable[str] = (), stream: TextIO | None = None) -> None:
    """Send everything from this level on to one handler on the root, to stderr by default."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Redactor(secrets))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in NOISE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _chain(error: BaseException, seen: frozenset[int] = frozenset()) -> list[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines: list[str] = []
    if before is not None and id(before) not in seen:
        lines = [*_chain(before, seen | {id(error)}), "which led to:"]
    lines += [
        f"  {frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    words = f": {' '.join(str(error).split())}" if isinstance(error, PLAIN) else ""
    lines.append(f"  {type(error).__module__}.{type(error).__qualname__}{words}")
    if isinstance(error, BaseExceptionGroup):
        for part in cast("tuple[BaseException, ...]", error.exceptions):
            lines += _chain(part, seen | {id(cast("BaseException", error))})
    return lines
