"""The assistant: every conversation, gathered into one router."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from handlers import router as routing
from handlers.routes import router
from handlers.text import language

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.message import Message
    from handlers.router import Answer

# Importing a conversation registers it.
CONVERSATIONS = (
    "start", "identify", "details", "claims", "verdicts", "relinking", "heads", "sharing",
    "schedule", "trainings", "registering", "mine", "changes", "questions", "safety", "profile",
    "corrections", "manners", "invitations", "work", "statistics", "understand",
)  # fmt: skip
for _name in CONVERSATIONS:
    if _name == "understand" and not importlib.util.find_spec("handlers.safety"):
        continue
    if importlib.util.find_spec(f"handlers.{_name}"):
        importlib.import_module(f"handlers.{_name}")


def answer(db: Connection, message: Message, now: datetime) -> Answer:
    """One turn of a conversation: see `router.answer`."""
    return routing.answer(router, db, message, now, code=language(message.language))
