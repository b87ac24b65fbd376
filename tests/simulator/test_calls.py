"""What the bot can say, through python-telegram-bot itself."""

from __future__ import annotations

from io import BytesIO

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.error import BadRequest, EndPointNotFound, Forbidden, InvalidToken

from bot.simulator import Simulator
from tests.simulator.conftest import a_bot


def buttons(*data: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(f"Nút {number}", callback_data=one)]
            for number, one in enumerate(data, 1)
        ]
    )


async def test_the_bot_learns_who_it_is(bot: Bot) -> None:
    assert (await bot.get_me()).username == "taphuan_bot"


async def test_a_wrong_token_is_refused(simulator: Simulator) -> None:
    with pytest.raises(InvalidToken):
        await a_bot(simulator, "1234567:WRONG").__aenter__()  # asks who it is
    assert [(call.status, call.description) for call in simulator.journal.calls()] == [
        (401, "Unauthorized")
    ]


async def test_an_unknown_method_is_not_found(simulator: Simulator, bot: Bot) -> None:
    with pytest.raises(EndPointNotFound):
        await bot.do_api_request("danceTango")
    assert simulator.journal.calls()[-1].status == 404


async def test_a_text_with_buttons_stands_on_the_screen(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Lê Thị Út", started=True)
    sent = await bot.send_message(phone.id, "Chọn", reply_markup=buttons("a:1"))
    shown = await phone.answer()
    assert sent.reply_markup == buttons("a:1")
    assert (shown.text, shown.labels, shown.mine) == ("Chọn", ["Nút 1"], False)
    assert phone.messages == [shown]


@pytest.mark.parametrize(
    ("text", "reason"),
    [(" \n ", "text is empty"), ("ê" * 4097, "too long"), ("😀" * 2049, "too long")],
    ids=["empty", "letters", "pairs"],
)
async def test_a_text_the_platform_would_not_take(
    simulator: Simulator, bot: Bot, text: str, reason: str
) -> None:
    phone = simulator.phone("Út", started=True)
    with pytest.raises(BadRequest, match=reason):
        await bot.send_message(phone.id, text)
    assert phone.messages == []


async def test_the_longest_text_passes(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    await bot.send_message(phone.id, "😀" * 2048)
    assert len((await phone.answer()).text) == 2048


@pytest.mark.parametrize("data", ["ê" * 33, "x" * 65], ids=["66 bytes", "65 bytes"])
async def test_a_button_carries_at_most_64_bytes(simulator: Simulator, bot: Bot, data: str) -> None:
    phone = simulator.phone("Út", started=True)
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid"):
        await bot.send_message(phone.id, "Chọn", reply_markup=buttons(data))
    await bot.send_message(phone.id, "Chọn", reply_markup=buttons("ê" * 32))


async def test_a_chat_nobody_has(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(42, "Chào")


async def test_nobody_is_spoken_to_first(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(phone.id, "Chào")
    await phone.say("Chào")
    await bot.send_message(phone.id, "Chào thầy/cô")


async def test_a_deleted_account(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    phone.deactivate()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(phone.id, "Chào")


async def test_an_edit_takes_the_place_of_the_message(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_message(phone.id, "Một", reply_markup=buttons("a"))
    await phone.answer()
    edited = await bot.edit_message_text("Hai", phone.id, sent.message_id)
    shown = await phone.answer()
    assert isinstance(edited, Message)
    assert edited.text == "Hai"
    assert edited.edit_date is not None
    assert (shown.id, shown.text, shown.labels) == (sent.message_id, "Hai", [])
    assert shown.edited_at
    assert phone.messages == [shown]


async def test_an_edit_that_changes_nothing_is_refused(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_message(phone.id, "Một", reply_markup=buttons("a"))
    for _ in range(2):
        with pytest.raises(BadRequest, match="not modified"):
            await sent.edit_text("Một", reply_markup=buttons("a"))
    await sent.edit_reply_markup(buttons("b"))
    assert phone.messages[0].buttons[0].data == "b"
    with pytest.raises(BadRequest, match="not modified"):
        await sent.edit_reply_markup(buttons("b"))


async def test_an_edit_of_what_is_not_there(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    await phone.say("Chào")
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("Hai", phone.id, 99)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("Hai", phone.id, 1)


async def test_a_deleted_message_is_gone(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_message(phone.id, "Một")
    assert await sent.delete()
    assert phone.messages == []
    with pytest.raises(BadRequest, match="to delete not found"):
        await sent.delete()


async def test_a_contact_key_is_laid_and_taken_away(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    key = KeyboardButton("Gửi số của tôi", request_contact=True)
    sent = await bot.send_message(phone.id, "Số?", reply_markup=ReplyKeyboardMarkup([[key]]))
    assert sent.reply_markup is None
    assert [(key.label, key.contact) for row in phone.keyboard for key in row] == [
        ("Gửi số của tôi", True)
    ]
    await bot.send_message(phone.id, "Xong", reply_markup=ReplyKeyboardRemove())
    assert phone.keyboard == ()


async def test_a_place_is_a_pin(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_venue(phone.id, 12.25, 107.5, "Hội trường UBND", "xã Tuy Đức")
    assert sent.venue is not None
    pin = (await phone.answer()).pin
    assert pin is not None
    assert (pin.latitude, pin.longitude, pin.title, pin.address) == (
        12.25,
        107.5,
        "Hội trường UBND",
        "xã Tuy Đức",
    )
    await bot.send_location(phone.id, 12.0, 107.0)
    bare = (await phone.answer()).pin
    assert bare is not None
    assert bare.title == ""


async def test_a_file_arrives_whole_and_is_sent_again_by_its_id(
    simulator: Simulator, bot: Bot
) -> None:
    phone = simulator.phone("Út", started=True)
    sent = await bot.send_document(
        phone.id, BytesIO("Tập huấn".encode()), filename="lịch tập huấn.ics", caption="Lịch"
    )
    shown = await phone.answer()
    assert sent.document is not None
    assert sent.document.mime_type == "text/calendar"
    assert shown.file is not None
    assert (shown.file.name, shown.text) == ("lịch tập huấn.ics", "Lịch")
    again = await bot.send_document(phone.id, sent.document.file_id)
    assert again.document == sent.document
    file = await bot.get_file(sent.document.file_id)
    assert bytes(await file.download_as_bytearray()) == "Tập huấn".encode()


async def test_a_file_nobody_uploaded(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    with pytest.raises(BadRequest, match="Wrong file identifier"):
        await bot.send_document(phone.id, "NOFILE")
    with pytest.raises(BadRequest, match="Wrong file_id"):
        await bot.get_file("NOFILE")


async def test_a_picture(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    await phone.photo("Ảnh")
    received = (await bot.get_updates())[0].message
    assert received is not None
    picture = await (await received.photo[-1].get_file()).download_as_bytearray()
    sent = await bot.send_photo(phone.id, bytes(picture), caption="Mã QR")
    assert (sent.photo[0].width, sent.photo[0].height) == (1, 1)
    assert (await phone.answer()).kind == "photo"
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(phone.id, bytes(picture), caption="x" * 1025)


async def test_commands_by_scope_and_language(simulator: Simulator, bot: Bot) -> None:
    vietnamese, english = simulator.phone("Út"), simulator.phone("Ann", language_code="en-GB")
    officer = simulator.phone("Hòa")
    await bot.set_my_commands([BotCommand("lich", "Lịch")])
    await bot.set_my_commands(
        [("schedule", "Schedule")], BotCommandScopeAllPrivateChats(), language_code="en"
    )
    await bot.set_my_commands([("viec", "Việc hôm nay")], BotCommandScopeChat(officer.id))
    seen = [phone.commands[0]["command"] for phone in (vietnamese, english, officer)]
    assert seen == ["lich", "schedule", "viec"]
    assert (await bot.get_my_commands())[0].description == "Lịch"
    await bot.delete_my_commands(BotCommandScopeChat(officer.id))
    assert officer.commands[0]["command"] == "lich"
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("Lịch", "Lịch")])


async def test_the_menu_button(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út")
    assert await bot.set_chat_menu_button(phone.id, MenuButtonCommands())
    assert await bot.get_chat_menu_button(phone.id) == MenuButtonCommands()


async def test_typing_needs_an_open_chat(simulator: Simulator, bot: Bot) -> None:
    phone = simulator.phone("Út", started=True)
    assert await bot.send_chat_action(phone.id, "typing")
    await phone.block()
    with pytest.raises(Forbidden):
        await bot.send_chat_action(phone.id, "typing")
