"""What people write for one another through the assistant: asked for, and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import conversations, spelling

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply


def too_long(chat: Chat, most: int) -> str:
    """What to say of a text of more than `most` characters; "" for a shorter one."""
    if len(chat.text) <= most:
        return ""
    return chat._("This is too long. Please write at most {most} characters.", most=most)


def unfit(chat: Chat, most: int) -> str:
    """Why a text cannot be passed on: it is too long or has no words; "" where it can be.

    A digit is a slip, or meant for another message: nobody writes in digits alone.
    """
    if spelling.fold(chat.text).strip("0123456789 "):
        return too_long(chat, most)
    return chat._("Please write it in words.")


def ask_answer(chat: Chat, name: str, most: int, step: str, **back: str) -> Reply:
    """Ask for the answer to what somebody wrote."""
    return chat.ask(
        chat._(
            "Please write the answer to {name}, at most {most} characters.", name=name, most=most
        ),
        step, **back,
    )  # fmt: skip


def writer(chat: Chat) -> int:
    """Who began the answer, and goes on with it on a shared phone; their id."""
    by = int(chat.form.get("person", chat.me.id))
    if by != chat.me.id:
        chat.person = conversations.who(chat.db, by)
    return by
