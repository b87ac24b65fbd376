"""How people, schools, units and channels are named inside a sentence or on a choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from storage.models import Position, SchoolType

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.conversations import Who
    from storage.schools import SchoolFound

# A choice is at most two lines of a narrow bubble.
CHOICE = 56


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
