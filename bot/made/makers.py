"""Every kind of file that can be asked for, and its maker."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.made.maker import Maker

MAKERS: dict[str, Maker] = {}
