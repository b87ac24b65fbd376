"""Every choice, forged with arguments nobody was offered; quick, so part of `make test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.assistant import router
from tests.people import known
from tests.soak import invariants
from tests.soak.people import ARGUMENTS

if TYPE_CHECKING:
    from tests.talk import Town

SHAPES = (
    "{0}",
    "{0} {0}",
    "1 {0}",
    "- - {0}",
    "2026-12-01 2026-12-31 {0}",
    "{0} 1 2 3 4 5 6",
    "{0}+{0}+{0}+{0}+{0}+{0}",
    "- - 12+12+12+12+12+12+12+12+12+12+12",
    "aaaaaaaaaaaaaaaaaaaa b {0}",
)


@pytest.mark.parametrize("who", ["stranger", "teacher"])
async def test_a_forged_press_is_answered_and_breaks_nothing(
    town: Town, who: str, caplog: pytest.LogCaptureFixture
):
    phone = town.phone() if who == "stranger" else await known(town, "Lê Thị Út")
    town.channel.said.clear()
    mute: list[str] = []
    too_long: list[tuple[str, str]] = []
    for action, known_ in router.actions.items():
        if who == "stranger" and not known_.public:
            continue
        for argument in ARGUMENTS[::2] if len(action) % 2 else ARGUMENTS[1::2]:
            shape = SHAPES[(len(action) + len(argument)) % len(SHAPES)]
            for arguments in sorted({argument, shape.format(argument)}):
                data = f"s0|{action} {arguments}"[:64]
                if not await phone.press_data(data):
                    mute.append(data)
                too_long += [
                    (data, choice.action)
                    for reply in phone.said
                    for choice in reply.choices
                    if len(f"{reply.mark}|{choice.action}".encode()) > 64
                ]
                phone.said.clear()
    assert "turn failed" not in caplog.text
    assert mute == []
    assert too_long == [], "Telegram takes 64 bytes a button, and the whole answer would be refused"
    broken = await town.database.read(lambda db: invariants.broken(db, town.inbox.now()))
    assert broken == []
