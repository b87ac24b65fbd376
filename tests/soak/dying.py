"""The production program, except that it dies at one place: `python -m tests.soak.dying PLACE`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from bot.__main__ import main
from bot.channels.telegram import TelegramChannel
from handlers import assistant
from storage import conversations

if TYPE_CHECKING:
    from collections.abc import Callable

DEAD = 9
_answer = assistant.answer


def _die(*_: Any, **__: Any) -> Any:
    os._exit(DEAD)


def _answer_and_die(*said: Any) -> Any:
    """Everything is written, and nothing of it is committed."""
    _answer(*said)
    os._exit(DEAD)


def before_the_commit() -> None:
    assistant.answer = _answer_and_die


def before_the_speech() -> None:
    TelegramChannel.speak = _die


def after_the_speech() -> None:
    """The words have arrived, and nobody knows it."""
    conversations.spoken = _die


PLACES: dict[str, Callable[[], None]] = {
    place.__name__: place for place in (before_the_commit, before_the_speech, after_the_speech)
}

if __name__ == "__main__":
    PLACES[sys.argv[1]]()
    main(["run"])
