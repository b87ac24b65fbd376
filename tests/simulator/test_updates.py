"""What people do, as python-telegram-bot receives it by polling."""

from __future__ import annotations

import asyncio
import time

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Conflict, Forbidden

from bot.simulator import Simulator
from tests.simulator.conftest import a_bot
from tests.simulator.test_calls import buttons


async def newest(bot: Bot) -> Update:
    return (await bot.get_updates(offset=-1))[-1]


async def test_an_update_comes_again_until_its_offset_is_passed(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Út")
    for number in range(3):
        await phone.say(f"tin {number}")
    first = await bot.get_updates(limit=2)
    assert [update.message and update.message.text for update in first] == ["tin 0", "tin 1"]
    assert await bot.get_updates(limit=2) == first
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.update_id for update in rest] == [first[-1].update_id + 1]
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()


async def test_a_poll_waits_for_a_message(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    assert not poll.done()
    await phone.say("chào")
    assert len(await asyncio.wait_for(poll, 2)) == 1


async def test_an_idle_poll_ends(bot: Bot) -> None:
    began = time.monotonic()
    assert await bot.get_updates(timeout=1) == ()
    assert 0.9 < time.monotonic() - began < 2


async def test_of_two_pollers_the_first_is_sent_away(simulator: Simulator, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    async with a_bot(simulator) as other:
        assert await other.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await asyncio.wait_for(poll, 2)


async def test_only_the_kinds_asked_for_are_queued(simulator: Simulator, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    phone = simulator.phone("Út")
    assert await phone.say("chào") == 0
    await bot.get_updates(allowed_updates=[])
    assert await phone.say("chào") > 0
    assert len(await bot.get_updates()) == 1


async def test_a_command_is_marked_and_a_start_link_carries_its_payload(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Lê Thị Út", language_code="vi")
    await phone.start("L12")
    message = (await newest(bot)).message
    assert message is not None
    assert message.text == "/start L12"
    assert message.entities[0].type == "bot_command"
    assert (message.entities[0].offset, message.entities[0].length) == (0, 6)
    assert message.from_user is not None
    assert (message.from_user.full_name, message.from_user.language_code) == ("Lê Thị Út", "vi")
    with pytest.raises(ValueError, match="no link carries"):
        await phone.start("không dấu")


async def test_a_contact_names_its_owner(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", number="+84901234567")
    owners: list[int | None] = []
    for owner in (None, 5, 0):
        await phone.share_contact(owner=owner)
        message = (await newest(bot)).message
        assert message is not None
        assert message.contact is not None
        assert message.contact.phone_number == "+84901234567"
        owners.append(message.contact.user_id)
    assert owners == [phone.id, 5, None]


async def test_everything_else_a_person_sends(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    await phone.sticker()
    await phone.voice()
    await phone.photo("Ảnh")
    await phone.document("danh sách.xlsx", b"PK")
    await phone.location(12.0, 107.0)
    messages = [update.message for update in await bot.get_updates()]
    assert [message.effective_attachment is not None for message in messages if message] == [
        True
    ] * 5
    assert [shown.kind for shown in phone.messages] == [
        "sticker",
        "voice",
        "photo",
        "document",
        "venue",
    ]


async def test_a_group_has_a_negative_id(simulator: Simulator, bot: Bot) -> None:
    phone, group = simulator.phone("Út"), simulator.group("Tổ mầm non")
    await phone.say("chào cả nhà", group=group)
    message = (await newest(bot)).message
    assert message is not None
    assert message.from_user is not None
    assert (message.chat.type, message.chat.id < 0, message.from_user.id) == (
        "group",
        True,
        phone.id,
    )
    await bot.send_message(message.chat.id, "Trợ lý chỉ nói chuyện riêng")
    assert (await group.answer()).text == "Trợ lý chỉ nói chuyện riêng"
    assert phone.messages == []


async def test_a_press_names_its_message_and_is_answered_once_known(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_message(phone.id, "Chọn", reply_markup=buttons("a", "b"))
    await phone.press("Nút 2")
    query = (await newest(bot)).callback_query
    assert query is not None
    assert (query.data, query.message and query.message.message_id) == ("b", sent.message_id)
    assert await query.answer("Đã nhận")
    with pytest.raises(BadRequest, match="too old"):
        await bot.answer_callback_query("12345")


async def test_a_button_is_found_by_data_label_words_or_digit(simulator: Simulator) -> None:
    phone = simulator.phone("Út", started=True)
    async with a_bot(simulator) as bot:
        rows = [
            [InlineKeyboardButton(label, callback_data=data)]
            for label, data in (("1 Đăng ký", "x:1"), ("0 Quay lại", "x:0"), ("Xem thêm", "x:9"))
        ]
        text = "L12\n1 Đăng ký\n9 Xem thêm\n0 Quay lại"
        await bot.send_message(phone.id, text, reply_markup=InlineKeyboardMarkup(rows))
    for wanted in ("x:1", "1 Đăng ký", "Đăng ký", "1", "9"):
        await phone.press(wanted)
    pressed = [update.body["callback_query"]["data"] for update in simulator.journal.updates()]
    assert pressed == ["x:1"] * 4 + ["x:9"]
    with pytest.raises(LookupError, match="Quay lại"):
        await phone.press("2")


async def test_the_newest_message_with_the_button_is_pressed_or_the_one_named(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Út", started=True)
    old = await bot.send_message(phone.id, "cũ", reply_markup=buttons("a"))
    new = await bot.send_message(phone.id, "mới", reply_markup=buttons("a"))
    await phone.press("a", message=old.message_id)
    await phone.press("Nút 1")
    pressed = [
        update.callback_query.message.message_id
        for update in await bot.get_updates()
        if update.callback_query and update.callback_query.message
    ]
    assert pressed == [old.message_id, new.message_id]


async def test_a_forged_press_on_a_message_long_gone(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    phone.forge("không có", message=77)
    query = (await newest(bot)).callback_query
    assert query is not None
    assert query.message is not None
    assert (query.data, query.message.is_accessible) == ("không có", False)


async def test_blocking_is_told_and_shuts_the_chat(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    states: list[str] = []
    for act in (phone.block, phone.unblock):
        await act()
        change = (await newest(bot)).my_chat_member
        assert change is not None
        states.append(change.new_chat_member.status)
        if phone.blocked:
            with pytest.raises(Forbidden, match="blocked by the user"):
                await bot.send_message(phone.id, "Chào")
    assert states == ["kicked", "member"]
    await bot.send_message(phone.id, "Chào")


async def test_whoever_answers_at_once_has_read_the_screen(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_message(phone.id, "Chọn")
    await phone.say("1")
    message = (await newest(bot)).message
    assert message is not None
    assert (message.date - sent.date).total_seconds() >= 1
    await phone.say("2", date=int(sent.date.timestamp()))
    message = (await newest(bot)).message
    assert message is not None
    assert message.date == sent.date


async def test_an_edit_counts_as_a_new_screen() -> None:
    now = 1_800_000_000.0
    async with Simulator(limits=None, clock=lambda: now) as simulator, a_bot(simulator) as bot:
        phone = simulator.phone("Út", started=True)
        sent = await bot.send_message(phone.id, "Một")
        now += 60
        await sent.edit_text("Hai")
        await phone.say("1")
        message = (await newest(bot)).message
        assert message is not None
        assert message.date.timestamp() == now + 1


async def test_a_text_too_long_goes_as_several(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    await phone.say("a" * 4095 + "😀" + "b")
    texts = [update.message.text for update in await bot.get_updates() if update.message]
    assert texts == ["a" * 4095, "😀b"]
    with pytest.raises(ValueError, match="no empty message"):
        await phone.say("  ")


async def test_any_update_can_be_forced(simulator: Simulator, bot: Bot) -> None:
    simulator.raw({"update_id": 3, "tin_lạ": {"a": [1]}})
    assert (await newest(bot)).update_id > 3


async def test_a_missing_answer_says_what_the_screen_shows(simulator: Simulator) -> None:
    phone = simulator.phone("Út")
    await phone.say("có ai không")
    with pytest.raises(TimeoutError, match="có ai không"):
        await phone.answer(timeout=0.05)
