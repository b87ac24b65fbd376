"""How a Telegram bot is set up and how it hears: one function for each method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.telegram_parameters import ApiError
from bot.simulator.telegram_webhook import Webhook

if TYPE_CHECKING:
    from bot.simulator.telegram_parameters import Parameters
    from bot.simulator.telegram_platform import Platform

    Json = dict[str, Any]


def get_me(platform: Platform, _: Parameters) -> Json:
    """Who the bot is."""
    return platform.me


def set_commands(platform: Platform, parameters: Parameters) -> bool:
    """Set the command list of a scope and language."""
    platform.commands.put(parameters)
    platform.feed.publish("commands", {})
    return True


def delete_commands(platform: Platform, parameters: Parameters) -> bool:
    """Take the command list of a scope and language away."""
    platform.commands.remove(parameters)
    platform.feed.publish("commands", {})
    return True


def get_commands(platform: Platform, parameters: Parameters) -> list[Json]:
    """The command list of exactly this scope and language."""
    return platform.commands.get(parameters)


def set_menu_button(platform: Platform, parameters: Parameters) -> bool:
    """What the button beside the input does; chat 0 stands for all."""
    button = parameters.structure("menu_button") or {"type": "default"}
    platform.menu_buttons[parameters.integer("chat_id")] = button
    return True


def get_menu_button(platform: Platform, parameters: Parameters) -> Json:
    """What the button beside the input does."""
    buttons = platform.menu_buttons
    chat = parameters.integer("chat_id")
    return buttons.get(chat) or buttons.get(0) or {"type": "commands"}


async def get_updates(platform: Platform, parameters: Parameters) -> list[Json]:
    """Long polling."""
    if platform.webhook:
        raise ApiError(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    allowed = parameters.structure("allowed_updates")
    if allowed is not None:
        platform.updates.allowed = tuple(allowed)
    return await platform.updates.poll(
        parameters.integer("offset"),
        parameters.integer("limit", 100),
        parameters.integer("timeout"),
    )


async def set_webhook(platform: Platform, parameters: Parameters) -> bool:
    """Bring updates to an address; an empty one ends it."""
    if not parameters.text("url"):
        return await delete_webhook(platform, parameters)
    webhook = Webhook(
        parameters.text("url"),
        secret=parameters.text("secret_token"),
        connections=parameters.integer("max_connections", 40),
        done=platform.updates.done,
    )
    allowed = parameters.structure("allowed_updates")
    if allowed is not None:
        platform.updates.allowed = tuple(allowed)
    if parameters.truth("drop_pending_updates"):
        platform.updates.drop()
    await platform.hook(webhook)
    return True


async def delete_webhook(platform: Platform, parameters: Parameters) -> bool:
    """Go back to polling."""
    await platform.hook(None)
    if parameters.truth("drop_pending_updates"):
        platform.updates.drop()
    return True


def webhook_info(platform: Platform, _: Parameters) -> Json:
    """How the webhook fares."""
    info: Json = {"url": "", "has_custom_certificate": False}
    if platform.webhook:
        info |= platform.webhook.to_json()
    if platform.updates.allowed:
        info["allowed_updates"] = list(platform.updates.allowed)
    return {**info, "pending_update_count": len(platform.updates)}
