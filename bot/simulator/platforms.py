"""What the server asks of every platform beside Telegram, which has its own, older ways."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from dataclasses import Field

    from bot.simulator.people import Person
    from bot.simulator.phones import Phone


class Switches(Protocol):
    """A dataclass of the ways in which observers of the real platform disagree."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class Platform(Protocol):
    """One bot's place on a platform: its phones, and the events it is owed."""

    @property
    def bot_name(self) -> str:
        """What a phone shows at the top of the chat."""
        ...

    @property
    def switches(self) -> Switches:
        """How it behaves where that is not certain; may be turned while it runs."""
        ...

    def add_phone(self, person: Person, *, started: bool = False) -> Phone:
        """A new phone; `started` where its owner has written to the bot before."""
        ...

    def remove_phone(self, id: str) -> None:
        """Take a phone away; the bot no longer finds its chat. Raises KeyError."""
        ...

    def raw(self, event: Mapping[str, Any], *, chat: str = "") -> str:
        """Owe the bot any event, however wrong; the id under which the journal notes it."""
        ...

    def deliver_again(self, id: str) -> None:
        """Deliver an event of the journal once more; raises LookupError for an unknown one."""
        ...

    async def close(self) -> None:
        """End what is open: polls, deliveries, connections."""
        ...


def turn(switches: Switches, changes: Mapping[str, Any]) -> None:
    """Set switches by name; raises ValueError for an unknown name or a value of another type."""
    known = {one.name for one in fields(switches)}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(f"no switch {name!r}; there are {', '.join(sorted(known))}")
        if not _fits(getattr(switches, name), value):
            raise ValueError(f"switch {name} cannot be {value!r}")
    for name, value in changes.items():
        setattr(switches, name, _kept(value))


def _kept(value: object) -> object:
    """Lists as switches hold them."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


def _fits(now: object, value: object) -> bool:
    """Whether a value is of the kind a switch has; where None stands for no limit: a number."""
    if isinstance(now, bool | str):
        return type(value) is type(now)
    if isinstance(now, tuple):
        items = cast("list[object]", value)
        return isinstance(value, list) and all(isinstance(one, str) for one in items)
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
