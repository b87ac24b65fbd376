"""The HTTP side of the Official Account: `/oa/…`, `/business/…` and `/oauth/…`.

The three stand for the hosts openapi.zalo.me, business.openapi.zalo.me and oauth.zaloapp.com.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web
from yarl import URL

from bot.simulator.faults import Fault, Trouble
from bot.simulator.zalo_oa_answers import OAUTH_WORDS, OaError
from bot.simulator.zalo_oa_calls import Page
from bot.simulator.zalo_oa_platform import NAME
from bot.simulator.zalo_oa_requests import OaRequest, addressed, read

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_platform import OaPlatform

    Json = dict[str, Any]

# What each trouble that is an answer means on each host.
ANSWERS = {
    "oa": {
        Trouble.FLOOD: -32,
        Trouble.BLOCKED: -213,
        Trouble.MISSING: -201,
        Trouble.REFUSED: -200,
    },
    "business": {
        Trouble.FLOOD: -32,
        Trouble.BLOCKED: -119,
        Trouble.MISSING: -118,
        Trouble.REFUSED: -100,
    },
    "oauth": {Trouble.REFUSED: -14014},
}


class OaWire:
    """Takes the program's requests, lets the faults happen, and notes everything in the journal.

    A fault `REFUSED` answers with its `status` as the error code (any of the platform's tables),
    in the words of the table unless it has a description. `BROKEN` answers with an HTTP status of
    5xx and no JSON; nothing else is ever answered with another status than 200. The journal holds
    200, the error code, the HTTP status of `BROKEN`, or 0 for a cut connection.
    """

    def __init__(self, platform: OaPlatform) -> None:
        self._platform = platform

    def add_to(self, app: web.Application) -> None:
        """Add the routes of the wire."""
        app.router.add_get("/oauth/v4/oa/permission", self.permission)
        app.router.add_get("/oa/file/{path:.+}", self.fetch)
        for host in ANSWERS:
            app.router.add_route("*", f"/{host}/{{path:.+}}", self.call)

    async def permission(self, request: web.Request) -> web.Response:
        """The page where an administrator agrees, which is done at once."""
        oauth, query = self._platform.oauth, request.query
        back = query.get("redirect_uri", "")
        if query.get("app_id") != oauth.app_id:
            return _answer(_oauth_error(OaError(-14002)))
        if not back or oauth.callback not in ("", back):
            return _answer(_oauth_error(OaError(-14003)))
        found = {
            "code": oauth.consent(query.get("code_challenge", "")),
            "oa_id": self._platform.keys.oa_id,
            **({"state": query["state"]} if "state" in query else {}),
        }
        raise web.HTTPFound(str(URL(back).update_query(found)))

    async def fetch(self, request: web.Request) -> web.Response:
        """A picture or file that a person sent."""
        file = self._platform.files.at(request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.body, content_type=file.type)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        call = addressed(request)
        try:
            self._admit(request, call)
            await read(request, call)
            fault = self._platform.faults.met_by(call.name, call.chat, NAME)
            if fault and fault.trouble is Trouble.DROPPED:
                return self._cut(request, call)
            if fault and fault.trouble is Trouble.BROKEN:
                return self._broken(call, fault)
            body = self._result(request, call, fault)
        except OaError as refusal:
            return self._refused(call, refusal)
        if fault and fault.trouble is Trouble.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault and fault.trouble is Trouble.LOST:
            return self._cut(request, call)
        self._note(call, 200)
        return _answer(body, self._rate(call))

    def _admit(self, request: web.Request, call: OaRequest) -> None:
        if call.host == "oauth":
            return
        platform = self._platform
        try:
            platform.oauth.check(request.headers.get("access_token", ""))
        except OaError as refusal:
            raise OaError(-124 if call.host == "business" else refusal.code) from None
        if not platform.minute.take(platform.now(), platform.rules.calls_a_minute):
            raise OaError(-32)

    def _result(self, request: web.Request, call: OaRequest, fault: Fault | None) -> Json:
        if fault and fault.trouble in ANSWERS[call.host]:
            code = fault.status or ANSWERS[call.host][fault.trouble]
            raise OaError(code, fault.description)
        if call.name == "access_token":
            secret = request.headers.get("secret_key", "")
            return dict(self._platform.oauth.exchange(call.body, secret))
        if call.known is None:
            raise OaError(404)
        data = call.known.answer(self._platform, call.body)
        done: Json = {"error": 0, "message": "Success"}
        if isinstance(data, Page):
            return {**done, "data": data.data, "metadata": {"total": data.total}}
        return {**done, "data": data}

    def _refused(self, call: OaRequest, refusal: OaError) -> web.Response:
        message = refusal.message(call.host)
        self._note(call, refusal.code, message)
        if call.host == "oauth":
            return _answer(_oauth_error(refusal))
        return _answer({"error": refusal.code, "message": message}, self._rate(call))

    def _broken(self, call: OaRequest, fault: Fault) -> web.Response:
        status = fault.status or 502
        self._note(call, status, "gateway")
        page = f"<html><body><h1>{status}</h1></body></html>"
        return web.Response(status=status, text=page, content_type="text/html")

    def _cut(self, request: web.Request, call: OaRequest) -> web.Response:
        self._note(call, 0, "connection cut")
        if request.transport:
            request.transport.abort()
        return web.Response()  # goes nowhere

    def _rate(self, call: OaRequest) -> dict[str, str]:
        most = self._platform.rules.calls_a_minute
        if most is None or call.host == "oauth":
            return {}
        left = max(0, most - self._platform.minute.used(self._platform.now()))
        return {"X-RateLimit-Limit": str(most), "X-RateLimit-Remain": str(left)}

    def _note(self, call: OaRequest, status: int, description: str = "") -> None:
        self._platform.journal.call(
            at=self._platform.clock(),
            method=call.name,
            chat=call.chat,
            parameters=call.noted(),
            status=status,
            description=description,
            platform=NAME,
        )


def _oauth_error(refusal: OaError) -> Json:
    name = OAUTH_WORDS.get(refusal.code, refusal.words)
    return {
        "error": refusal.code,
        "error_name": name,
        "error_description": refusal.words or name,
        "error_reason": "",
        "ref_doc": "",
    }


def _answer(body: Json, headers: dict[str, str] | None = None) -> web.Response:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return web.Response(body=text, headers=headers, content_type="application/json")
