"""A bot of a few lines and raw HTTP, so that the page is tested without our own program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, FormData

if TYPE_CHECKING:
    from bot.simulator import Simulator

MENU = """L12 · Sơ cứu, phòng tránh tai nạn cho trẻ
Thứ Bảy, 12/12/2026, 7h30–16h30
Hội trường UBND xã Tuy Đức
Còn 14/40 chỗ, hạn đăng ký Thứ Tư 09/12
1 Đăng ký
2 Đường đi
3 Lưu vào lịch
0 Quay lại"""
CHOICES = (("1 Đăng ký", "dk"), ("2 Đường đi", "duong"), ("3 Lưu vào lịch", "lich"))
DONE = "Đã đăng ký L12: Thứ Bảy, 12/12/2026, 7h30, Hội trường UBND xã Tuy Đức."


class Echo:
    """Shows a menu to whoever starts, acts on its buttons, and repeats any other text."""

    def __init__(self, simulator: Simulator) -> None:
        self._url = f"{simulator.base_url}{simulator.token}"
        self.pause = 0.0

    async def run(self) -> None:
        async with ClientSession() as self._http:
            await self.call("setMyCommands", commands=[{"command": "lich", "description": "Lịch"}])
            offset = 0
            while True:
                for update in await self.call("getUpdates", offset=offset, timeout=20):
                    await asyncio.sleep(self.pause)
                    await self.answer(update)
                    offset = update["update_id"] + 1

    async def call(self, method: str, **parameters: Any) -> Any:
        async with self._http.post(f"{self._url}/{method}", json=parameters) as answer:
            return (await answer.json())["result"]

    async def answer(self, update: dict[str, Any]) -> None:
        if "callback_query" in update:
            await self.pressed(update["callback_query"])
        elif "message" in update:
            await self.said(update["message"])

    async def pressed(self, query: dict[str, Any]) -> None:
        chat, message = query["from"]["id"], query["message"]["message_id"]
        await self.call("answerCallbackQuery", callback_query_id=query["id"], text="Đã nhận")
        if query["data"] == "dk":
            await self.call("editMessageText", chat_id=chat, message_id=message, text=DONE)
        elif query["data"] == "duong":
            where = {"latitude": 12.2321, "longitude": 107.4567}
            title, address = "Hội trường UBND xã Tuy Đức", "Thôn 2, xã Tuy Đức, Lâm Đồng"
            await self.call("sendVenue", chat_id=chat, title=title, address=address, **where)
        else:
            form = FormData({"chat_id": str(chat)}, quote_fields=False)
            form.add_field(
                "document", b"BEGIN:VCALENDAR", filename="lịch.ics", content_type="text/calendar"
            )
            async with self._http.post(f"{self._url}/sendDocument", data=form) as answer:
                assert answer.status == 200

    async def said(self, message: dict[str, Any]) -> None:
        chat, text = message["chat"]["id"], message.get("text", "")
        markup: dict[str, Any] = {"remove_keyboard": True}
        if text.startswith("/start"):
            rows = [[{"text": label, "callback_data": data}] for label, data in CHOICES]
            text, markup = MENU, {"inline_keyboard": rows}
        elif text == "số":
            text = "Xin gửi số điện thoại."
            markup = {"keyboard": [[{"text": "Gửi số của tôi", "request_contact": True}]]}
        elif "contact" in message:
            text = f"Số {message['contact']['phone_number']}"
        await self.call("sendMessage", chat_id=chat, text=text or "?", reply_markup=markup)
