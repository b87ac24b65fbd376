"""Reasons in words, and how somebody behind one stands in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import reasons as excuses
from handlers.completions import because
from handlers.numbers import number as spoken
from storage.figures.reasons import Reason
from storage.models import SubjectKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.figures.subjects import Topic
    from storage.figures.unmet import Unmet


def label(chat: Chat, topic: Topic, reason: Reason, people: int) -> str:
    """A reason on a choice, with how many people have it."""
    count = spoken(people, chat.talk.language)
    if reason is Reason.FAILED and topic.kind is SubjectKind.INDICATOR:
        return chat._("Below the indicator: {count}", count=count)
    return {
        Reason.NOT_ON_BOT: chat._("Do not use the assistant yet: {count}", count=count),
        Reason.NOT_INVITED: chat._("Not open to them yet: {count}", count=count),
        Reason.NOT_ANSWERED: chat._("Asked, have not answered: {count}", count=count),
        Reason.NOT_AGREED: chat._("Wait for the principal to agree: {count}", count=count),
        Reason.NOT_REGISTERED: chat._("Not registered yet: {count}", count=count),
        Reason.GIVEN_UP: chat._("Gave the seat back: {count}", count=count),
        Reason.WAITING: chat._("Wait for a seat: {count}", count=count),
        Reason.COMING: chat._("Registered, still to come: {count}", count=count),
        Reason.ABSENT: chat._("Registered but absent: {count}", count=count),
        Reason.FAILED: chat._("Were there, not passed: {count}", count=count),
        Reason.NO_RESULT: chat._("Over, results missing: {count}", count=count),
        Reason.CANNOT: chat._("Cannot come: {count}", count=count),
        Reason.NO_DATA: chat._("Data missing or not verified: {count}", count=count),
        Reason.ON_LEAVE: chat._("On long leave, counted apart: {count}", count=count),
    }[reason]


def person(chat: Chat, one: Unmet, *, school: bool) -> str:
    """A line "– Lê Thị Út, MN Hoa Cúc: illness"; of equal names at one school, with the year."""
    name = f"{one.full_name} ({one.birth_year})" if one.twin and one.birth_year else one.full_name
    where = f", {one.school}" if school else ""
    why = excuses.said(chat, one.why) if one.why else ", ".join(
        because(chat, each) for each in one.lacks
    )  # fmt: skip
    return f"– {name}{where}: {why}" if why else f"– {name}{where}"
