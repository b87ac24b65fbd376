"""What every command does at the terminal: say, ask, and end in one line where it fails."""

from __future__ import annotations

import asyncio
import sys
import traceback
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from bot import logs
from bot.channels.base import Refused
from bot.office import OfficeError
from bot.settings import SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from bot.settings import Settings

T = TypeVar("T")
LOGIN = "zalo-login"


class Stop(Exception):
    """Ends the command with this line on stderr."""


def run(app: typer.Typer, arguments: list[str] | None) -> NoReturn:
    """Run a command; what goes wrong is one line on stderr and the exit status."""
    try:
        status = app(args=arguments, prog_name="taphuan", standalone_mode=False)
    except typer.TyperException as error:
        _end(f"{_misuse(error)} (see taphuan --help)", error.exit_code)
    except (SettingsError, Refused, Stop) as error:
        _end(str(error), 1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:  # nobody should have to read a traceback
        from storage.database import DatabaseError

        if isinstance(error, DatabaseError):
            _end(str(error), 1)
        _end(_unexpected(error), 70)
    sys.exit(status if isinstance(status, int) else 0)


def settings_of(context: typer.Context) -> Settings:
    """The settings, with the log set up as they say. Raises SettingsError."""
    settings = load(context.obj)
    logs.set_up(settings.log_level, settings.secrets)
    return settings


def done(work: Coroutine[Any, Any, T]) -> T:
    """The result of an administrator's work; what cannot be done ends the command."""
    try:
        return asyncio.run(work)
    except OfficeError as error:
        raise Stop(str(error)) from error


def asked(question: str, *, hidden: bool = False) -> str:
    """One line of stdin; a token that is typed does not show itself."""
    if hidden and sys.stdin.isatty():
        return getpass(question)
    sys.stderr.write(question if sys.stdin.isatty() else "")
    return sys.stdin.readline().strip()


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(f"{line}\n")


def _end(line: str, status: int) -> NoReturn:
    sys.stderr.write(f"taphuan: {' '.join(line.split())}\n")
    sys.exit(status)


def _misuse(error: typer.TyperException) -> str:
    """What is wrong with the words of a command; not with those of a token."""
    context: typer.Context | None = getattr(error, "ctx", None)
    if context and context.info_name == LOGIN:
        return f"{LOGIN} takes --refresh or --redirect, and no token: it asks for it"
    return error.format_message()


def _unexpected(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"unexpected {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"
