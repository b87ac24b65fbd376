"""The methods of the Zalo Bot Platform: one function each, from parameters to a result.

A result of None stands for an answer that carries none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from yarl import URL

from bot.simulator.screen import Attached
from bot.simulator.zalo_bot_parameters import Parameters, Refusal, bad
from bot.simulator.zalo_bot_webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.zalo_bot_platform import ZaloBotPlatform

    Json = dict[str, Any]
    # Some answer at once, some with an awaitable; `alive` tells whether the caller still listens.
    Method = Callable[[ZaloBotPlatform, Parameters, Callable[[], bool]], Any]

TEXT_LIMIT = 2000
POLL_SECONDS = 30.0
PARSE_MODES = ("", "markdown", "html")
ACTIONS = ("typing", "upload_photo")
STICKER = re.compile("[0-9A-Za-z]{8,}")


def _quick(method: Callable[[ZaloBotPlatform, Parameters], Any]) -> Method:
    """A method that does not care whether the caller still listens."""
    return lambda platform, parameters, _: method(platform, parameters)


def get_me(platform: ZaloBotPlatform, _: Parameters) -> Json:
    """Who the bot is."""
    return platform.me


async def get_updates(
    platform: ZaloBotPlatform, parameters: Parameters, alive: Callable[[], bool]
) -> Json:
    """Long polling: one event, which is thereby taken; 408 where there was none in time."""
    if platform.webhook:
        raise Refusal(400, "Bad Request: getUpdates cannot be used while a webhook is set")
    try:
        seconds = float(parameters.text("timeout") or POLL_SECONDS)
    except ValueError:
        raise bad("timeout is invalid") from None
    waiting = await platform.events.poll(seconds, alive)
    if waiting is None:
        raise Refusal(408, "Request timeout")
    platform.taken(waiting)
    return dict(waiting.body)


async def set_webhook(platform: ZaloBotPlatform, parameters: Parameters) -> Json:
    """Bring events to an address, which is kept even where it does not answer."""
    webhook = Webhook(
        parameters.needed("url"),
        parameters.needed("secret_token"),
        switches=platform.switches,
        taken=platform.taken,
    )
    verification = await webhook.verified()
    await platform.hook(webhook)
    return {**platform.webhook_json(), "verification": verification}


async def delete_webhook(platform: ZaloBotPlatform, _: Parameters) -> Json:
    """Go back to polling; also where there was no webhook."""
    await platform.hook(None)
    return platform.webhook_json()


def webhook_info(platform: ZaloBotPlatform, _: Parameters) -> Json:
    """Where events are brought."""
    if not platform.webhook and not platform.switches.empty_info:
        raise Refusal(404, "Not Found")
    return platform.webhook_json()


def send_message(platform: ZaloBotPlatform, parameters: Parameters) -> Json:
    """A text; it stands on the screen as it came, marks included."""
    chat = platform.chat(parameters)
    text = parameters.needed("text")
    if len(text) > TEXT_LIMIT:
        raise bad(f"text must not exceed {TEXT_LIMIT} characters")
    if parameters.text("parse_mode") not in PARSE_MODES:
        raise bad("parse_mode is invalid")
    return platform.send(chat, text)


def send_photo(platform: ZaloBotPlatform, parameters: Parameters) -> Json:
    """A picture that lies somewhere on the web; the simulator does not fetch it."""
    chat = platform.chat(parameters)
    file = _elsewhere(parameters.address("photo"), "photo URL", "image/png")
    caption = parameters.text("caption")
    if len(caption) > TEXT_LIMIT:
        raise bad(f"caption must not exceed {TEXT_LIMIT} characters")
    return platform.send(chat, caption, kind="photo", file=file)


def send_sticker(platform: ZaloBotPlatform, parameters: Parameters) -> Json:
    """A sticker of the platform's own collection."""
    chat = platform.chat(parameters)
    if not STICKER.fullmatch(parameters.needed("sticker")):
        raise Refusal(425, "Invalid sticker")
    return platform.send(chat, "", kind="sticker")


def send_voice(platform: ZaloBotPlatform, parameters: Parameters) -> Json:
    """A spoken message that lies somewhere on the web."""
    chat = platform.chat(parameters)
    file = _elsewhere(parameters.address("voice_url"), "voice_url", "audio/aac")
    return platform.send(chat, "", kind="voice", file=file)


def send_action(platform: ZaloBotPlatform, parameters: Parameters) -> None:
    """Show for some seconds that the bot is at work."""
    chat = platform.chat(parameters)
    if parameters.needed("action") not in ACTIONS:
        raise bad("action is invalid")
    chat.screen.tell("typing", action=parameters.text("action"))


def _elsewhere(address: str, field: str, type: str) -> Attached:
    try:
        url = URL(address)
    except ValueError:
        raise bad(f"{field} is invalid") from None
    if not url.host:
        raise bad(f"{field} is invalid")
    return Attached("", url.name, type, 0, address)


# By name; capitals matter, unlike on Telegram.
METHODS: dict[str, Method] = {
    "getMe": _quick(get_me),
    "getUpdates": get_updates,
    "setWebhook": _quick(set_webhook),
    "deleteWebhook": _quick(delete_webhook),
    "getWebhookInfo": _quick(webhook_info),
    "sendMessage": _quick(send_message),
    "sendPhoto": _quick(send_photo),
    "sendSticker": _quick(send_sticker),
    "sendVoice": _quick(send_voice),
    "sendChatAction": _quick(send_action),
}
