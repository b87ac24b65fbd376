"""The HTTP side of Telegram: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.simulator.faults import Fault, Trouble
from bot.simulator.telegram_calls import METHODS
from bot.simulator.telegram_parameters import ApiError, Parameters, read

if TYPE_CHECKING:
    from bot.simulator.telegram_platform import Platform

# What the platform says for each trouble that is an answer.
ANSWERS = {
    Trouble.BLOCKED: (403, "Forbidden: bot was blocked by the user"),
    Trouble.MISSING: (400, "Bad Request: chat not found"),
    Trouble.BROKEN: (502, "Bad Gateway"),
    Trouble.REFUSED: (400, "Bad Request"),
}


class TelegramWire:
    """Takes the bot's requests, lets the faults happen, and notes everything in the journal."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def add_to(self, app: web.Application) -> None:
        """Add the routes of the wire."""
        app.router.add_route("*", "/bot{token}/{method}", self.call)
        app.router.add_get("/file/bot{token}/{path:.+}", self.fetch)

    async def call(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, with the status the platform would give."""
        known = METHODS.get(request.match_info["method"].lower())
        method = known[0] if known else request.match_info["method"]
        parameters = Parameters()
        fault: Fault | None = None
        try:
            self._check_token(request)
            parameters = await read(request)
            fault = self._platform.faults.met_by(method, parameters.text("chat_id"))
            if fault and fault.trouble is Trouble.DROPPED:
                return self._cut(request, method, parameters)
            result = await self._result(method, parameters, fault)
        except ApiError as refusal:
            return self._refused(method, parameters, refusal)
        if fault and fault.trouble is Trouble.SLOW:
            await asyncio.sleep(fault.seconds)
        if fault and fault.trouble is Trouble.LOST:
            return self._cut(request, method, parameters)
        self._note(method, parameters, 200)
        return _answer(200, {"ok": True, "result": result})

    async def fetch(self, request: web.Request) -> web.Response:
        """A file the bot downloads."""
        try:
            self._check_token(request)
        except ApiError as refusal:
            return _answer(refusal.status, {"ok": False, "error_code": refusal.status})
        file = self._platform.files.at(request.match_info["path"])
        if file is None:
            return _answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
        return web.Response(body=file.body, content_type="application/octet-stream")

    def _check_token(self, request: web.Request) -> None:
        if request.match_info["token"] != self._platform.token:
            raise ApiError(401, "Unauthorized")

    async def _result(self, method: str, parameters: Parameters, fault: Fault | None) -> Any:
        if fault and fault.trouble is Trouble.FLOOD:
            seconds = max(1, int(fault.seconds))
            reason = f"Too Many Requests: retry after {seconds}"
            raise ApiError(429, reason, retry_after=seconds)
        if fault and fault.trouble in ANSWERS:
            status, description = ANSWERS[fault.trouble]
            raise ApiError(fault.status or status, fault.description or description)
        known = METHODS.get(method.lower())
        if known is None:
            raise ApiError(404, "Not Found")
        result = known[1](self._platform, parameters)
        return await result if inspect.isawaitable(result) else result

    def _refused(self, method: str, parameters: Parameters, refusal: ApiError) -> web.Response:
        self._note(method, parameters, refusal.status, refusal.description)
        body: dict[str, Any] = {
            "ok": False,
            "error_code": refusal.status,
            "description": refusal.description,
        }
        if refusal.parameters:
            body["parameters"] = refusal.parameters
        return _answer(refusal.status, body)

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
        )


def _answer(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        content_type="application/json",
    )
