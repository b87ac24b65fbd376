"""The HTTP side of the Zalo Bot Platform: `/zalo/bot<token>/<method>`."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.simulator.faults import Fault, Trouble
from bot.simulator.zalo_bot_calls import METHODS
from bot.simulator.zalo_bot_parameters import Parameters, Refusal, read
from bot.simulator.zalo_bot_platform import NAME

if TYPE_CHECKING:
    from bot.simulator.zalo_bot_platform import ZaloBotPlatform

# What the platform says for each trouble that is an answer. Being blocked has no code of its own,
# and 403 is documented as the platform's own failure.
ANSWERS = {
    Trouble.FLOOD: (429, "Quota exceeded"),
    Trouble.BLOCKED: (400, "The chat_id is invalid"),
    Trouble.MISSING: (400, "The chat_id is invalid"),
    Trouble.BROKEN: (403, "Internal server error"),
    Trouble.REFUSED: (400, "Bad Request"),
}
GATEWAY = "<html><body><h1>{status}</h1></body></html>"


class ZaloBotWire:
    """Takes the bot's requests, lets the faults happen, and notes everything in the journal.

    A fault `BROKEN` with a status of 500 or more answers as a gateway before the platform does:
    with that HTTP status and a page instead of JSON.
    """

    def __init__(self, platform: ZaloBotPlatform) -> None:
        self._platform = platform

    def add_to(self, app: web.Application) -> None:
        """Add the routes of the wire."""
        for verb in ("GET", "POST"):
            app.router.add_route(verb, "/zalo/bot{token}/{method}", self.call)
        app.router.add_get("/zalo/file/{path:.+}", self.fetch)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        method = request.match_info["method"]
        parameters = Parameters()
        try:
            self._check_token(request)
            parameters = await read(request)
            fault = self._platform.faults.met_by(method, parameters.text("chat_id"), NAME)
            if fault and fault.trouble is Trouble.DROPPED:
                return self._cut(request, method, parameters)
            if fault and fault.trouble is Trouble.BROKEN and fault.status >= 500:
                return self._gateway(method, parameters, fault.status)
            result = await self._result(request, method, parameters, fault)
        except Refusal as refusal:
            return self._refused(method, parameters, refusal)
        if fault and fault.trouble is Trouble.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault and fault.trouble is Trouble.LOST:
            return self._cut(request, method, parameters)
        self._note(method, parameters, 200)
        return _answer({"ok": True} if result is None else {"ok": True, "result": result})

    async def fetch(self, request: web.Request) -> web.Response:
        """A picture or a voice that a person sent."""
        file = self._platform.files.at(request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        return web.Response(body=file.body, content_type=file.type)

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self._platform.token:
            raise Refusal(401, "Unauthorized")

    async def _result(
        self, request: web.Request, method: str, parameters: Parameters, fault: Fault | None
    ) -> Any:
        if fault and fault.trouble in ANSWERS:
            code, description = ANSWERS[fault.trouble]
            raise Refusal(fault.status or code, fault.description or description)
        known = METHODS.get(method)
        if known is None:
            raise Refusal(404, "Not Found")

        def alive() -> bool:
            return request.transport is not None and not request.transport.is_closing()

        result = known(self._platform, parameters, alive)
        return await result if inspect.isawaitable(result) else result

    def _refused(self, method: str, parameters: Parameters, refusal: Refusal) -> web.Response:
        self._note(method, parameters, refusal.code, refusal.description)
        switches = self._platform.switches
        name = "errorCode" if switches.camel_case else "error_code"
        body = {"ok": False, name: refusal.code, "description": refusal.description}
        return _answer(body, status=refusal.code if switches.http_errors else 200)

    def _gateway(self, method: str, parameters: Parameters, status: int) -> web.Response:
        self._note(method, parameters, status, "gateway")
        page = GATEWAY.format(status=status)
        return web.Response(status=status, text=page, content_type="text/html")

    def _cut(self, request: web.Request, method: str, parameters: Parameters) -> web.Response:
        self._note(method, parameters, 0, "connection cut")
        if request.transport:
            request.transport.abort()
        return web.Response()  # goes nowhere

    def _note(
        self, method: str, parameters: Parameters, status: int, description: str = ""
    ) -> None:
        self._platform.journal.call(
            at=self._platform.clock(),
            method=method,
            chat=parameters.text("chat_id"),
            parameters=parameters.noted(),
            status=status,
            description=description,
            platform=NAME,
        )


def _answer(body: dict[str, Any], status: int = 200) -> web.Response:
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return web.Response(status=status, body=text, content_type="application/json")
