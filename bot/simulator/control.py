"""The page with the phones and the endpoints it acts through; scripts may use them as well."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import quote

from aiohttp import web

from bot.simulator.faults import Fault
from bot.simulator.files import PIXEL
from bot.simulator.people import Person
from bot.simulator.platforms import turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.simulator.phones import Phone
    from bot.simulator.server import Simulator

    Json = dict[str, Any]
    CommonAct = Callable[[Phone, Json], Awaitable[int | str]]

D = TypeVar("D")
T = TypeVar("T")


def _content(data: Json) -> bytes:
    """The bytes of a file, which a request carries as base64; none where it has none."""
    return base64.b64decode(str(data.get("content", "")), validate=True)


PAGE = Path(__file__).parent / "page"
PAGE_FILES = ("app.js", "phone.js", "draw.js", "switches.js", "style.css")
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
# A comment line now and then shows the browser (and us) that the connection still stands.
IDLE_SECONDS = 15.0
GUARDS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: http://127.0.0.1:*; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

ACTS: dict[str, CommonAct] = {
    "say": lambda phone, data: phone.say(str(data["text"]), date=data.get("date")),
    "start": lambda phone, data: phone.start(str(data.get("payload", "")), date=data.get("date")),
    "press": lambda phone, data: phone.press(str(data["button"]), message=data.get("message")),
    "contact": lambda phone, data: phone.share_contact(
        str(data.get("number", "")), data.get("owner"), date=data.get("date")
    ),
    "sticker": lambda phone, _: phone.sticker(),
    "voice": lambda phone, _: phone.voice(),
    "photo": lambda phone, data: phone.photo(str(data.get("caption", "")), _content(data) or PIXEL),
    "document": lambda phone, data: phone.document(
        str(data["name"]), _content(data) or b"%PDF", str(data.get("caption", ""))
    ),
    "block": lambda phone, _: phone.block(),
    "unblock": lambda phone, _: phone.unblock(),
}


@web.middleware
async def own_page_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse requests that another site makes a browser send, or that came by another name."""
    host = request.host.rpartition(":")[0] if request.host[-1:].isdecimal() else request.host
    origin = request.headers.get("Origin", "")
    if host not in OWN_NAMES or (origin and origin != f"http://{request.host}"):
        raise web.HTTPForbidden(text="only from this machine's own page")
    acting = request.method == "POST" and request.path.startswith("/control/")
    # A form of another site cannot send this type without asking first.
    if acting and request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="application/json is expected")
    return await handler(request)


class Control:
    """The endpoints below `/control/`, and the page at `/`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def add_to(self, app: web.Application) -> None:
        """Add the routes and their guard."""
        app.middlewares.append(own_page_only)
        app.router.add_get("/", self.page)
        for name in PAGE_FILES:
            app.router.add_get(f"/{name}", self.page)
        app.router.add_get("/control/state", self.state)
        app.router.add_get("/control/events", self.events)
        app.router.add_get("/control/journal", self.journal)
        app.router.add_get("/control/files/{id}", self.file)
        app.router.add_post("/control/phones", self.add_phone)
        app.router.add_delete("/control/phones/{phone}", self.remove_phone)
        app.router.add_post("/control/phones/{phone}/{act}", self.act)
        app.router.add_post("/control/switches/{platform}", self.turn)
        app.router.add_post("/control/raw", self.raw)
        app.router.add_post("/control/again", self.again)
        app.router.add_get("/control/faults", self.faults)
        app.router.add_post("/control/faults", self.add_fault)
        app.router.add_delete("/control/faults", self.clear_faults)

    async def page(self, request: web.Request) -> web.FileResponse:
        """The page and the files it loads."""
        name = request.path.removeprefix("/") or "index.html"
        return web.FileResponse(PAGE / name, headers=GUARDS)

    async def state(self, _: web.Request) -> web.Response:
        """All phones and switches as they are now, and the newest event, to go on from."""
        simulator = self._simulator
        return _answer(
            {
                "event": simulator.feed.last,
                "bot": simulator.bot_name("telegram"),
                "phones": [self._phone_json(phone) for phone in simulator.phones.values()],
                "switches": {name: one.switches for name, one in simulator.platforms.items()},
            }
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What happens, as server-sent events; resumes after `Last-Event-ID` or `?after=`."""
        after = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        response = web.StreamResponse(headers={**GUARDS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            await response.write(b"retry: 500\n\n")
            async for event in self._simulator.feed.after(after, IDLE_SECONDS):
                await response.write(event.wire() if event else b": still here\n\n")
        except (ConnectionError, asyncio.CancelledError):
            pass  # the page was closed
        return response

    async def journal(self, request: web.Request) -> web.Response:
        """Calls and updates since `?after=<number>`, in one list by number."""
        after = int(request.query.get("after", "0"))
        journal = self._simulator.journal
        entries: list[Json] = [
            *({"entry": "call", **asdict(call)} for call in journal.calls() if call.number > after),
            *(
                {"entry": "update", **asdict(update)}
                for update in journal.updates()
                if update.number > after
            ),
        ]
        return _answer(sorted(entries, key=lambda entry: int(entry["number"])))

    async def file(self, request: web.Request) -> web.Response:
        """A file for the page: pictures to be shown, everything else to be saved."""
        file = self._simulator.files.get(request.match_info["id"])
        if file is None:
            raise web.HTTPNotFound
        picture = file.type in ("image/png", "image/jpeg")
        saved = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        disposition = {} if picture else {"Content-Disposition": saved}
        kind = file.type if picture else "application/octet-stream"
        headers = {**GUARDS, **disposition, "Content-Type": kind}
        return web.Response(body=file.body, headers=headers)

    async def add_phone(self, request: web.Request) -> web.Response:
        """Another person: `name`, and perhaps platform, language, role, number, hints."""
        person = _read(Person.from_json, await _body(request))
        phone = _read(self._simulator.add, person)
        return _answer(self._phone_json(phone), status=201)

    async def remove_phone(self, request: web.Request) -> web.Response:
        """Take a phone away."""
        self._simulator.remove(self._phone(request).id)
        return _answer({})

    async def act(self, request: web.Request) -> web.Response:
        """Do what the person does; answers with the platform's id of the update or event."""
        phone = self._phone(request)
        name, data = request.match_info["act"], await _body(request)
        common, own = ACTS.get(name), phone.acts.get(name)
        if common is None and own is None:
            raise web.HTTPNotFound(text=f"one of {', '.join([*ACTS, *phone.acts])}")
        try:
            update = await (own(data) if own else cast("CommonAct", common)(phone, data))
        except (LookupError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return _answer({"update_id": update})

    async def turn(self, request: web.Request) -> web.Response:
        """Turn switches of a platform: any of their names with its new value."""
        platform = self._simulator.platforms.get(request.match_info["platform"])
        if platform is None:
            raise web.HTTPNotFound(text="no such platform")
        changes = await _body(request)
        _read(lambda data: turn(platform.switches, data), changes)
        return _answer(platform.switches)

    async def raw(self, request: web.Request) -> web.Response:
        """Owe the bot any update, on Telegram or on `?platform=`, as of `?chat=`."""
        platform, chat = _platform(request), request.query.get("chat", "")
        data = await _body(request)
        raw = partial(self._simulator.raw, chat=chat, platform=platform)
        return _answer({"update_id": _read(raw, data)})

    async def again(self, request: web.Request) -> web.Response:
        """Deliver the update `update_id` once more, on Telegram or on `?platform=`."""
        platform, data = _platform(request), await _body(request)
        try:
            self._simulator.deliver_again(data["update_id"], platform=platform)
        except (LookupError, TypeError, ValueError) as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return _answer({})

    async def faults(self, _: web.Request) -> web.Response:
        """The faults still waiting."""
        return _answer([asdict(fault) for fault in self._simulator.faults.waiting])

    async def add_fault(self, request: web.Request) -> web.Response:
        """Put a fault in: `trouble`, and perhaps platform, method, chat, times, seconds, status."""
        fault = _read(Fault.from_json, await _body(request))
        self._simulator.faults.waiting.append(fault)
        return _answer(asdict(fault), status=201)

    async def clear_faults(self, _: web.Request) -> web.Response:
        """Forget the faults still waiting."""
        self._simulator.faults.clear()
        return _answer([])

    def _phone(self, request: web.Request) -> Phone:
        phone = self._simulator.phones.get(request.match_info["phone"])
        if phone is None:
            raise web.HTTPNotFound(text="no such phone")
        return phone

    def _phone_json(self, phone: Phone) -> Json:
        return {
            "id": str(phone.id),
            **asdict(phone.person),
            "bot": self._simulator.bot_name(phone.platform),
            "acts": list(phone.acts),
            "blocked": phone.blocked,
            "keys": phone.keyboard,
            "commands": phone.commands,
            "messages": phone.messages,
        }


def _answer(data: object, status: int = 200) -> web.Response:
    text = json.dumps(data, ensure_ascii=False, default=asdict)
    return web.Response(text=text, status=status, headers=GUARDS, content_type="application/json")


async def _body(request: web.Request) -> Json:
    try:
        data: object = await request.json() if request.can_read_body else {}
    except ValueError:
        raise web.HTTPBadRequest(text="no JSON") from None
    if not isinstance(data, dict):
        raise web.HTTPBadRequest(text="a JSON object is expected")
    return cast("Json", data)


def _platform(request: web.Request) -> str:
    return request.query.get("platform", "telegram")


def _read(reader: Callable[[D], T], data: D) -> T:
    try:
        return reader(data)
    except (KeyError, TypeError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"{type(error).__name__}: {error}") from error
