"""Reading the parameters of a Zalo Bot call, and refusing what the platform refuses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aiohttp import web


class Refusal(Exception):
    """The platform's answer to a call it does not take: a code of its table and a sentence."""

    def __init__(self, code: int, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def bad(reason: str) -> Refusal:
    """A parameter that is wrong; the reason names it."""
    return Refusal(400, f"The {reason}")


class Parameters(dict[str, Any]):
    """The parameters by name, as they came."""

    def text(self, name: str) -> str:
        """The value as text; "" where it is missing."""
        value: object = self.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def needed(self, name: str) -> str:
        """The value as text; refuses an empty one."""
        value = self.text(name)
        if not value.strip():
            raise bad(f"{name} must not be empty")
        return value

    def address(self, name: str) -> str:
        """The value as a web address; refuses another."""
        value = self.needed(name)
        if not value.startswith(("http://", "https://")):
            raise bad(f"{name} must start with http:// or https://")
        return value

    def noted(self) -> dict[str, Any]:
        """The parameters for the journal, without secrets."""
        return {name: "…" if name == "secret_token" else value for name, value in self.items()}


async def read(request: web.Request) -> Parameters:
    """The parameters of the query and of a JSON or form body.

    A multipart body is not read, as was measured on the real platform.
    """
    parameters = Parameters(request.query)
    if not request.can_read_body:
        return parameters
    if request.content_type == "application/json":
        parameters.update(_object(await request.read()))
    elif request.content_type == "application/x-www-form-urlencoded":
        form = await request.post()
        parameters.update({name: value for name, value in form.items() if isinstance(value, str)})
    else:
        await request.read()
    return parameters


def _object(body: bytes) -> dict[str, Any]:
    try:
        data: object = json.loads(body) if body.strip() else {}
    except ValueError:
        raise Refusal(400, "Bad Request: the body is not JSON") from None
    if not isinstance(data, dict):
        raise Refusal(400, "Bad Request: the body is not a JSON object")
    return cast("dict[str, Any]", data)
