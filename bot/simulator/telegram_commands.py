"""The command lists a bot sets, by scope and language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.simulator.telegram_parameters import bad_request

if TYPE_CHECKING:
    from bot.simulator.telegram_chats import Chat
    from bot.simulator.telegram_parameters import Parameters

    Key = tuple[str, int, int, str]

NAME = re.compile(r"[a-z0-9_]{1,32}")
SCOPES = {
    "default",
    "all_private_chats",
    "all_group_chats",
    "all_chat_administrators",
    "chat",
    "chat_administrators",
    "chat_member",
}


class Commands:
    """Lists of `{command, description}`."""

    def __init__(self) -> None:
        self._lists: dict[Key, list[dict[str, Any]]] = {}

    def put(self, parameters: Parameters) -> None:
        """Set the list of one scope and language; an empty list takes it away."""
        commands: list[dict[str, Any]] = parameters.structure("commands") or []
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not NAME.fullmatch(str(command.get("command", "")).removeprefix("/")):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self._lists[_key(parameters)] = commands
        self._lists = {key: some for key, some in self._lists.items() if some}

    def get(self, parameters: Parameters) -> list[dict[str, Any]]:
        """The list of exactly this scope and language."""
        return self._lists.get(_key(parameters), [])

    def remove(self, parameters: Parameters) -> None:
        """Take the list of this scope and language away."""
        self._lists.pop(_key(parameters), None)

    def seen_by(self, chat: Chat) -> list[dict[str, Any]]:
        """What the menu of this chat lists: the narrowest scope first, its language before none."""
        everywhere = "all_group_chats" if chat.group else "all_private_chats"
        for scope, id in (("chat", chat.id), (everywhere, 0), ("default", 0)):
            for language in (chat.person.language[:2], ""):
                if found := self._lists.get((scope, id, 0, language)):
                    return found
        return []


def _key(parameters: Parameters) -> Key:
    scope: dict[str, Any] = parameters.structure("scope") or {"type": "default"}
    kind = str(scope.get("type", ""))
    language = parameters.text("language_code")
    if kind not in SCOPES:
        raise bad_request("can't parse BotCommandScope: unsupported type specified")
    if language and not re.fullmatch("[a-z]{2}", language):
        raise bad_request("language code is invalid")
    return kind, int(scope.get("chat_id", 0)), int(scope.get("user_id", 0)), language
