"""The assistant: every conversation, gathered into one router."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    again,
    announcements,
    announcing,
    approving,
    attendance,
    audience_buttons,
    capacity,
    changes,
    channel_news,
    claims,
    composing,
    corrections,
    deadlines,
    details,
    digests,
    forwarding,
    genuine,
    heads,
    identify,
    invitations,
    leaving,
    linking,
    manners,
    media,
    mine,
    opting,
    outcomes,
    particulars,
    phone_codes,
    preview,
    profile,
    progress,
    questions,
    registering,
    relinking,
    reminder_words,
    reminders,
    safety,
    schedule,
    sending,
    sharing,
    start,
    statistics,
    trainings,
    turn,
    understand,
    unheard,
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
    again, announcements, announcing, approving, attendance, audience_buttons, capacity, changes,
    channel_news, claims, composing, corrections, deadlines, details, digests, forwarding, genuine,
    heads, identify, invitations, leaving, linking, manners, media, mine, opting, outcomes,
    particulars, phone_codes, preview, profile, progress, questions, registering, relinking,
    reminder_words, reminders, safety, schedule, sending, sharing, start, statistics, trainings,
    understand, unheard, unlinking, unreached, verdicts, work,
)  # fmt: skip


def answer(db: Connection, message: Message, now: datetime) -> Answer:
    """One turn of a conversation: see `turn.answer`."""
    return turn.answer(router, db, message, now, code=language(message.language))
