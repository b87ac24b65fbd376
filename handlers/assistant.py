"""The assistant: every conversation, gathered into one router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    again,
    attendance,
    capacity,
    changes,
    channel_news,
    claims,
    corrections,
    deadlines,
    details,
    digests,
    heads,
    identify,
    invitations,
    leaving,
    linking,
    manners,
    mine,
    phone_codes,
    profile,
    questions,
    registering,
    relinking,
    reminder_words,
    reminders,
    safety,
    schedule,
    sharing,
    start,
    statistics,
    trainings,
    turn,
    understand,
    unlinking,
    unreached,
    verdicts,
    work,
)
from handlers.routes import router
from handlers.text import language

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.message import Message
    from handlers.turn import Answer

# Importing a conversation registers it.
CONVERSATIONS = (
    again, attendance, capacity, changes, channel_news, claims, corrections, deadlines, details,
    digests, heads, identify, invitations, leaving, linking, manners, mine, phone_codes,
    profile, questions, registering, relinking, reminder_words, reminders, safety, schedule,
    sharing, start, statistics, trainings, understand, unlinking, unreached, verdicts, work,
)  # fmt: skip


def answer(db: Connection, message: Message, now: datetime) -> Answer:
    """One turn of a conversation: see `turn.answer`."""
    return turn.answer(router, db, message, now, code=language(message.language))
