"""How people, schools, units and channels are named inside a sentence or on a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.routes import router
from storage import spelling
from storage.models import Position, SchoolType

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.conversations import Who
    from storage.schools import SchoolFound

# A choice is at most two lines of a narrow bubble.
CHOICE = 56


def no_name(chat: Chat, *, whole: bool = False) -> str:
    """Why what was typed is nobody's full name, and what to write; "" where it may be one.

    What is a command is none: "lich tap huan", and "huy" in small letters; "Huy" is somebody.
    `whole`: whoever writes it down is not the one named, so that "Tèo" is asked about. "K'Brêu" is
    a whole name, as among K'Ho, Mạ and M'Nông.
    """
    command = chat.folded in router.words and (" " in chat.folded or chat.text.islower())
    part = whole and " " not in chat.text and "'" not in chat.text
    trouble = "part" if command or part else spelling.name_trouble(chat.text)
    match trouble:
        case None:
            return ""
        case "long":
            return chat._("This is too long for a name. Please write only the full name.")
        case "part" | "digits" | "link" | "empty":
            return chat._("This is not a full name. Please write only the full name, in words.")


def position(chat: Chat, held: Position) -> str:
    """The position as it stands inside a sentence."""
    match held:
        case Position.TEACHER:
            return chat._("teacher")
        case Position.PRINCIPAL:
            return chat._("principal")
        case Position.DEPUTY:
            return chat._("deputy principal")
        case Position.OFFICER:
            return chat._("education officer")
        case Position.TRAINER:
            return chat._("trainer")
        case _:
            assert_never(held)


def part(chat: Chat, who: Who) -> str:
    """The person's position; the head of a private group or class is its owner."""
    if who.position is Position.PRINCIPAL and who.type in (SchoolType.GROUP, SchoolType.CLASS):
        return chat._("owner")
    return position(chat, who.position)


def introduced(chat: Chat, who: Who) -> str:
    """Name, position, school and commune, as far as they are known."""
    parts = (who.full_name, part(chat, who), who.school, inside(who.unit))
    return ", ".join(part for part in parts if part)


def inside(unit: str) -> str:
    """A unit's official name as it stands inside a sentence: "xã Tuy Đức"."""
    return unit[:1].lower() + unit[1:]


def school(chat: Chat, found: SchoolFound) -> str:
    """A school on a choice, with its commune and, where it fits, the former one."""
    here = f"{found.name}, {found.commune_inside}"
    if not found.old_commune:
        return choice(here)
    both = chat._("{here} (formerly {commune})", here=here, commune=found.old_commune)
    return both if len(both) <= CHOICE else choice(here)


def choice(label: str) -> str:
    """The label, cut where it is too long for a choice."""
    return label if len(label) <= CHOICE else label[: CHOICE - 1].rstrip() + "…"


def channel(name: str) -> str:
    """The brand people know a channel by."""
    return "Telegram" if name == "telegram" else "Zalo"
