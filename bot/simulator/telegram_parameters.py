"""Reading the parameters of a Bot API call, whichever of its forms the body has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from aiohttp import BodyPartReader, parse_content_disposition

if TYPE_CHECKING:
    from aiohttp import web

TOO_LARGE = 50 * 1024 * 1024


class ApiError(Exception):
    """The platform's answer to a call it does not take."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> ApiError:
    """The commonest refusal."""
    return ApiError(400, f"Bad Request: {reason}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file inside a call."""

    name: str
    type: str
    body: bytes


class Parameters(dict[str, Any]):
    """The parameters by name: strings, numbers or structures as they came, and `Upload`s."""

    def text(self, name: str) -> str:
        """The value as text; "" where it is missing."""
        value: object = self.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """The value as a whole number; the default where it is missing or none."""
        try:
            return int(self.get(name, default))
        except (TypeError, ValueError):
            return default

    def number(self, name: str) -> float:
        """The value as a number; refuses the call where it is none."""
        try:
            return float(self[name])
        except (KeyError, TypeError, ValueError):
            raise bad_request(f"{name} is empty") from None

    def truth(self, name: str) -> bool:
        """The value as yes or no."""
        return str(self.get(name, "")).lower() in ("true", "1", "yes")

    def structure(self, name: str) -> Any:
        """The value as JSON, whether it came as a structure or as text; None where missing."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """The file under this name, also by way of `attach://other`."""
        value = self.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            value = self.get(value.removeprefix("attach://"))
        return value if isinstance(value, Upload) else None

    def noted(self) -> dict[str, Any]:
        """The parameters for the journal, without secrets and without the bytes of files."""
        noted: dict[str, Any] = {}
        for name, value in self.items():
            if isinstance(value, Upload):
                noted[name] = {"name": value.name, "type": value.type, "size": len(value.body)}
            elif name == "secret_token":
                noted[name] = "…"
            elif isinstance(value, str) and value[:1] in ("{", "["):
                noted[name] = _parsed(value)
            else:
                noted[name] = value
        return noted


async def read(request: web.Request) -> Parameters:
    """The parameters of the query and of a form, JSON or multipart body."""
    parameters = Parameters(request.query)
    kind = request.content_type
    if kind == "application/json":
        body = await request.read()
        data: object = _parsed(body.decode(errors="replace")) if body else {}
        if not isinstance(data, dict):
            raise bad_request("can't parse JSON object")
        parameters.update(cast("dict[str, Any]", data))
    elif kind == "multipart/form-data":
        await _read_parts(request, parameters)
    elif request.can_read_body:
        parameters.update(
            {
                name: value
                for name, value in (await request.post()).items()
                if isinstance(value, str)
            }
        )
    return parameters


async def _read_parts(request: web.Request, parameters: Parameters) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise bad_request("can't parse form data headers")
        header = parse_content_disposition(part.headers.get("Content-Disposition"))[1]
        name = unquote(header.get("name", ""))
        if not name:
            raise bad_request("field name in multipart/form-data not found")
        body = bytes(await part.read(decode=True))
        if len(body) > TOO_LARGE:
            raise ApiError(413, "Request Entity Too Large")
        # As Telegram's own server reads it: `filename` is percent-decoded, `filename*` ignored.
        if "filename" in header:
            kind = part.headers.get("Content-Type", "")
            parameters[name] = Upload(unquote(header["filename"]), kind, body)
        else:
            parameters[name] = body.decode(errors="replace")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
