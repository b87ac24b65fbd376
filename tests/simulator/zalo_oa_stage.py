"""An Official Account on a server of its own, a program that calls it, and one that listens."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Self

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.simulator.events import Feed
from bot.simulator.faults import Faults
from bot.simulator.journal import Journal
from bot.simulator.people import Person
from bot.simulator.zalo_oa_platform import OaPlatform
from bot.simulator.zalo_oa_wire import OaWire

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_phone import OaPhone

Json = dict[str, Any]
HOUR = 3600.0
APP, OA = "3608465248940903967", "388613280878808645"


class Ear:
    """A program that listens: what it heard, and what it is to answer next."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.answers: list[int] = []
        self.pauses: list[float] = []
        app = web.Application()
        app.router.add_post("/hook", self.hear)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/hook"))

    @property
    def events(self) -> list[Json]:
        return [json.loads(body) for body in self.bodies if body != b"{}"]

    @property
    def names(self) -> list[str]:
        return [event["event_name"] for event in self.events]

    async def hear(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.pauses.pop(0) if self.pauses else 0)
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


class OaStage:
    """The account, its wire over HTTP, and a clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1_795_316_400.0  # 2026-11-22 10:00 in Vietnam
        self.faults, self.journal = Faults(), Journal(1000)
        self.oa = OaPlatform(
            faults=self.faults, journal=self.journal, feed=Feed(), clock=lambda: self.time
        )
        app = web.Application(client_max_size=64 * 1024 * 1024)
        OaWire(self.oa).add_to(app)
        self.server = TestServer(app)
        self.ear = Ear()
        self.token = self.oa.oauth.issue().access

    async def __aenter__(self) -> Self:
        await self.server.start_server()
        await self.ear.server.start_server()
        self.session = ClientSession()
        self.oa.webhook.delays = (0.01, 0.01, 0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.oa.close()
        await self.session.close()
        await self.server.close()
        await self.ear.server.close()

    def phone(self, name: str = "Lê Thị Út", number: str = "", **more: Any) -> OaPhone:
        return self.oa.add_phone(Person(name, number=number, platform="zalo_oa"), **more)

    def later(self, hours: float) -> None:
        self.time += hours * HOUR

    async def post(self, path: str, body: Any = None, **more: Any) -> Json:
        more.setdefault("headers", {"access_token": self.token})
        if body is not None:
            more["json"] = body
        async with self.session.post(self.server.make_url(path), **more) as answer:
            assert answer.status == 200
            return await answer.json()

    async def get(self, path: str, **query: str) -> Json:
        url = self.server.make_url(path).with_query(query)
        async with self.session.get(url, headers={"access_token": self.token}) as answer:
            assert answer.status == 200
            return await answer.json()

    async def say(self, phone: OaPhone, message: Json) -> Json:
        body = {"recipient": {"user_id": phone.id}, "message": message}
        return await self.post("/oa/v3.0/oa/message/cs", body)

    async def heard(self) -> Json:
        """The one event that came since the last look."""
        await self.oa.webhook.settled()
        (event,) = self.ear.events
        self.ear.bodies.clear()
        return event

    async def template(self, phone: str, **more: Any) -> Json:
        body = {"phone": phone, "template_id": "501", "template_data": {"ten": "Út"}, **more}
        return await self.post("/business/message/template", body)

    async def pair(self, form: dict[str, str], secret: str = "") -> Json:
        form = {"app_id": "3608465248940903967", **form}
        headers = {"secret_key": secret or self.oa.keys.app_secret}
        return await self.post("/oauth/v4/oa/access_token", data=form, headers=headers)


def from_phone(phone: OaPhone, name: str, message: Json) -> Json:
    return {
        "sender": {"id": phone.id},
        "recipient": {"id": OA},
        "user_id_by_app": str(int(phone.id) - 10**18),
        "event_name": name,
        "message": message,
        "app_id": APP,
        "timestamp": "1795316400000",
    }


def to_phone(phone: OaPhone, name: str, message: Json, **sender: str) -> Json:
    event = from_phone(phone, name, message)
    return {**event, "sender": {"id": OA, **sender}, "recipient": {"id": phone.id}}
