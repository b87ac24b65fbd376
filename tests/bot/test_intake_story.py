"""A staff list over the wires: sent as a file on Telegram, handed in by the page on Zalo."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from bot import importing
from bot.intakes import Intakes
from bot.receiving import FIELD
from bot.simulator import Person, Simulator
from storage import workbooks
from storage.workbooks import Table
from tests.bot.running import free_port, running, settings, zalo_bot
from tests.handlers.test_work import CODE
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from storage.intake_work import Work

LIST = workbooks.xlsx(
    [
        Table(
            "Danh sách",
            ("Họ và tên", "Năm sinh", "Trường", "Xã"),
            [("Trần Thị Kiểm Thử", 1990, "MN Hoa Cúc", "Xã Tuy Đức")],
        )
    ]
)


async def say(phone: Any, text: str) -> str:
    await phone.say(text)
    return (await phone.answer()).text


async def in_office(phone: Any) -> None:
    """The officer comes in by the invitation."""
    for text in (CODE, "1", "1"):
        shown = await say(phone, text)
    assert "cán bộ phụ trách xã Tuy Đức" in shown, shown


@pytest.fixture(autouse=True)
def read_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Read files in this process: test_intakes starts one of its own."""

    async def run(self: Intakes, work: Work) -> int:
        await importing.bring(self._database, work.id, work.tries, self._now, tmp_path)
        return 0

    monkeypatch.setattr(Intakes, "_run", run)


@pytest.mark.parametrize("platform", ["telegram", "zalo_bot"])
async def test_a_staff_list_is_read_and_its_difference_told(
    sample_file: Path, copied: Callable[[Path], Path], platform: str
):
    port, begun = free_port(), datetime.now(UTC)

    def now() -> datetime:
        return MONDAY.astimezone(UTC) + (datetime.now(UTC) - begun)

    async with Simulator(clock=lambda: now().timestamp()) as simulator:
        told = settings(
            simulator, copied(sample_file), web_port=port, public_url=f"http://127.0.0.1:{port}",
            **zalo_bot(simulator), zalo_bot_rate=1000,
        )  # fmt: skip
        async with running(told, now=now):
            phone = simulator.add(Person("Lê Văn Tình", platform=platform))
            await in_office(phone)
            shown = await say(phone, "nhap danh sach")
            if platform == "telegram":
                await phone.document("danh sách.xlsx", LIST)
                assert "đã nhận" in (await phone.answer()).text.lower()
            else:
                link = re.search(r"http://\S+/nop/\S+", shown)
                assert link, shown
                form = aiohttp.FormData(quote_fields=False)
                form.add_field(FIELD, BytesIO(LIST), filename="danh sách.xlsx")
                async with aiohttp.request("POST", link[0], data=form) as answer:
                    assert answer.status == 200, await answer.text()
            told_then = (await phone.answer(timeout=20)).text
            assert "Tệp danh sách.xlsx: đã đọc 2 dòng, chưa ghi gì." in told_then
            assert "mới: 1" in told_then.lower()
