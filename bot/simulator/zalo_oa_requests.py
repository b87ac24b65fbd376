"""Reading a request to the Official Account's API, whichever form the call wants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from aiohttp import BodyPartReader

from bot.simulator.telegram_parameters import Upload
from bot.simulator.zalo_oa_answers import OaError, invalid
from bot.simulator.zalo_oa_calls import CALLS, Known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    Json = dict[str, Any]

TOKEN_CALL = "/oauth/v4/oa/access_token"  # noqa: S105 -- a path
SECRET = frozenset({"code", "code_verifier", "refresh_token"})


@dataclass(slots=True)
class OaRequest:
    """One request. `host` is oa, business or oauth, `name` as in faults and in the journal.

    `chat` is the person or the phone number it concerns, "" for neither.
    """

    host: str
    name: str
    known: Known | None = None
    body: Json = field(default_factory=dict[str, Any])

    @property
    def chat(self) -> str:
        """Whom it concerns."""
        recipient: object = self.body.get("recipient")
        inner = cast("Json", recipient) if isinstance(recipient, dict) else {}
        whom: object = (
            inner.get("user_id") or self.body.get("user_id") or self.body.get("phone") or ""
        )
        return str(whom).removeprefix("+")

    def noted(self) -> Json:
        """The body for the journal, without secrets and without the bytes of files."""
        return {name: _noted(name, value) for name, value in self.body.items()}


def addressed(request: web.Request) -> OaRequest:
    """Which call a request is, before anything of it is read."""
    host = request.path.split("/", 2)[1]
    if (request.method, request.path) == ("POST", TOKEN_CALL):
        return OaRequest(host, "access_token")
    known = CALLS.get((request.method, request.path))
    name = known.name if known else request.path.removeprefix(f"/{host}/")
    return OaRequest(host, name, known)


async def read(request: web.Request, call: OaRequest) -> None:
    """Fill in what the request carries: its query, form, files or JSON."""
    if request.method == "GET":
        call.body = dict(request.query)
    elif call.host == "oauth":
        call.body = _texts(await request.post())
    elif request.content_type == "multipart/form-data":
        call.body = await _parts(request)
    else:
        call.body = _parsed(await request.read(), call.host)


def _texts(form: Mapping[str, Any]) -> Json:
    return {name: value for name, value in form.items() if isinstance(value, str)}


async def _parts(request: web.Request) -> Json:
    body: Json = {}
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename:
            kind = part.headers.get("Content-Type", "")
            body[part.name or ""] = Upload(part.filename, kind, bytes(await part.read()))
    return body


def _parsed(raw: bytes, host: str) -> Json:
    if not raw and host == "business":
        raise OaError(-121)
    try:
        value: object = json.loads(raw)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise OaError(-122) if host == "business" else invalid("body")
    return cast("Json", value)


def _noted(name: str, value: object) -> object:
    if isinstance(value, Upload):
        return {"name": value.name, "type": value.type, "size": len(value.body)}
    return "…" if name in SECRET else value
