"""The methods of the Bot API that the simulator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator import telegram_settings, telegram_speech

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.telegram_parameters import Parameters
    from bot.simulator.telegram_platform import Platform

    # Some answer at once, some (polling, webhooks) with an awaitable.
    Method = Callable[[Platform, Parameters], Any]

# By lower-case name, since Telegram does not mind capitals: the proper name and the function.
METHODS: dict[str, tuple[str, Method]] = {
    name.lower(): (name, method)
    for name, method in {
        "getMe": telegram_settings.get_me,
        "getUpdates": telegram_settings.get_updates,
        "setWebhook": telegram_settings.set_webhook,
        "deleteWebhook": telegram_settings.delete_webhook,
        "getWebhookInfo": telegram_settings.webhook_info,
        "sendMessage": telegram_speech.send_message,
        "sendLocation": telegram_speech.send_location,
        "sendVenue": telegram_speech.send_venue,
        "sendDocument": telegram_speech.send_document,
        "sendPhoto": telegram_speech.send_photo,
        "editMessageText": telegram_speech.edit_text,
        "editMessageReplyMarkup": telegram_speech.edit_markup,
        "deleteMessage": telegram_speech.delete_message,
        "answerCallbackQuery": telegram_speech.answer_press,
        "sendChatAction": telegram_speech.send_action,
        "getFile": telegram_speech.get_file,
        "setMyCommands": telegram_settings.set_commands,
        "getMyCommands": telegram_settings.get_commands,
        "deleteMyCommands": telegram_settings.delete_commands,
        "setChatMenuButton": telegram_settings.set_menu_button,
        "getChatMenuButton": telegram_settings.get_menu_button,
    }.items()
}
