"""The channels against the simulated Zalo: a wire written by somebody else from the same facts."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import Halted, Refused, Rejected, SendError, TryLater, Unreachable
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_template import ZaloTemplateChannel
from bot.channels.zalo_tokens import Tokens
from bot.simulator import Simulator, Trouble
from handlers.message import Choice, Document, Kind, Place, Reply, Template
from storage import oa_tokens
from storage.models import ChannelState, TokenState
from tests.bot.test_zalo_oa_errors import GONE, HUMAN, LATER, MONEY, NIGHT, PERMANENT
from tests.bot.zalo_oa_fakes import link, render

if TYPE_CHECKING:
    from handlers.message import Message
    from storage.database import Database

PAUSE = timedelta(milliseconds=20)
ASKED = Reply(
    "Đăng ký L12 cho Lê Thị Út?",
    (Choice("1", "Đăng ký", "register 12"), Choice("0", "Thôi", "leave")),
    mark="s7",
)
NUMBER = "+84912345678"


class Account:
    """The Official Account with both its channels, a webhook, and a clock that can be moved."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.database, self.settings = database, settings
        self.moved = timedelta(0)
        self.heard: list[Message | None] = []
        self.keys: list[str] = []
        self.forged = 0
        self._open = AsyncExitStack()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.moved

    async def __aenter__(self) -> Self:
        enter = self._open.enter_async_context
        self.simulator = simulator = await enter(Simulator(clock=lambda: self.now().timestamp()))
        keys = simulator.oa.keys
        self.tokens = await enter(
            Tokens(
                self.database, keys.app_id, keys.app_secret, oauth_url=simulator.oauth_url,
                clock=self.now, pause=PAUSE,
            )
        )  # fmt: skip
        self.channel = await enter(
            ZaloOaChannel(
                self.tokens, app_id=keys.app_id, oa_id=keys.oa_id, secret=keys.oa_secret,
                app_secret=keys.app_secret, render=render, link=link, base_url=simulator.oa_url,
                clock=self.now, **self.settings,
            )
        )  # fmt: skip
        self.templates = await enter(
            ZaloTemplateChannel(
                self.tokens, ids={"moved": "301", "offer": "302"}, clock=self.now,
                base_url=simulator.business_url,
            )
        )  # fmt: skip
        app = web.Application()
        app.router.add_post("/zalo-oa", self._take)
        server = await enter(_running(TestServer(app)))
        await simulator.oa.hook(str(server.make_url("/zalo-oa")))
        await self.tokens.adopt(*simulator.oa.oauth.issue())
        self.phone = simulator.phone("Lê Thị Út", platform="zalo_oa", number="0912345678")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if body == b"{}":
            return web.Response()
        if not self.channel.signed(request.headers, body):
            self.forged += 1
            return web.Response(status=403)
        event = await request.json()
        self.keys.append(self.channel.key(event))
        self.heard.append(self.channel.read(event))
        return web.Response()

    async def hears(self) -> Message:
        await self.simulator.oa.webhook.settled()
        message = self.heard[-1]
        assert message
        return message

    def approve(self, status: str = "ENABLE") -> None:
        self.simulator.oa.templates.register(
            "301", "L12 dời sang <when>.", {"when": 20}, price=300, status=status
        )

    async def fails(self, reply: Reply) -> SendError:
        speaker = self.templates if reply.template else self.channel
        with pytest.raises(SendError) as raised:
            await speaker.speak(NUMBER if reply.template else self.phone.id, reply)
        return raised.value


class _running:  # noqa: N801 - a context manager, called like a function
    def __init__(self, server: TestServer) -> None:
        self._server = server

    async def __aenter__(self) -> TestServer:
        await self._server.start_server()
        return self._server

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()


MOVED = Reply(template=Template("moved", {"when": "thứ Năm 26/11"}))


async def test_words_go_there_and_back(database: Database) -> None:
    async with Account(database) as account:
        await account.phone.say("chào em")
        message = await account.hears()
        spoken = await account.channel.speak(message.address, Reply("Chào cô Út."), to=message)

        assert (message.kind, message.text) == (Kind.TEXT, "chào em")
        assert (await account.phone.answer()).text == "Chào cô Út."
        assert (spoken.messages, spoken.cost) == (1, 0)
        assert message.sent_at <= spoken.at
        assert await account.channel.identify() == account.simulator.oa.bot_name


@pytest.mark.parametrize("rule", ["any", "button", "none"])
async def test_a_button_comes_back_as_its_press_in_every_form(
    database: Database, rule: Any
) -> None:
    async with Account(database) as account:
        account.simulator.oa.rules.buttons = rule
        await account.phone.say("L12")
        await account.channel.speak((await account.hears()).address, ASKED)
        shown = await account.phone.answer()
        assert shown.text == "Đăng ký L12 cho Lê Thị Út?\n1 Đăng ký\n0 Thôi"
        assert shown.labels == ["1 Đăng ký", "0 Thôi"]

        await account.phone.press("1")
        message = await account.hears()
        assert (message.kind, message.press, message.text) == (Kind.PRESS, "s7|register 12", "")


async def test_everything_else_a_person_can_do(database: Database) -> None:
    async with Account(database) as account:
        phone, kinds = account.phone, list[Kind]()
        for act in (
            phone.unblock, phone.sticker, phone.voice, lambda: phone.photo("giấy mời"),
            lambda: phone.document("ds.xlsx"), lambda: phone.location(12, 107), phone.share_contact,
            lambda: phone.link("https://moet.gov.vn"), lambda: phone.business_card("0987654321"),
            phone.block,
        ):  # fmt: skip
            await act()
            message = await account.hears()
            assert message.address == phone.id
            assert abs(message.sent_at - account.now()) < timedelta(seconds=10)
            kinds.append(message.kind)
            if message.contact:
                assert message.contact.phone == NUMBER
                assert not message.contact.owner

        assert kinds == [
            Kind.FOLLOW, Kind.STICKER, Kind.VOICE, Kind.PHOTO, Kind.FILE, Kind.LOCATION,
            Kind.CONTACT, Kind.TEXT, Kind.OTHER, Kind.LEFT,
        ]  # fmt: skip
        assert len(set(account.keys)) == len(kinds)


async def test_receipts_and_our_own_words_are_nothing_a_person_did(database: Database) -> None:
    async with Account(database) as account:
        rules = account.simulator.oa.rules
        rules.receipts = rules.echoes = True
        await account.phone.say("chào em")
        await account.channel.speak((await account.hears()).address, Reply("Chào cô."))
        await account.phone.acts["see"]({})
        await account.simulator.oa.webhook.settled()

        assert len(account.heard) == 4
        assert account.heard[1:] == [None] * 3
        assert account.keys[1:] == [""] * 3


@pytest.mark.parametrize("first", ["app", "oa"])
@pytest.mark.parametrize("stamp", ["body", "header"])
@pytest.mark.parametrize("last", ["oa", "app"])
async def test_each_way_of_signing_is_known(
    database: Database, first: Any, stamp: Any, last: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", "bot.channels.zalo_oa_signature"):
        async with Account(database) as account:
            rules = account.simulator.oa.rules
            rules.mac_first, rules.mac_time, rules.mac_last = first, stamp, last
            await account.phone.say("chào em")

            assert (await account.hears()).text == "chào em"
    assert f"signed as {first}-{stamp}-{last}key" in caplog.text


async def test_a_repeated_event_has_the_same_key_and_a_forged_one_none(database: Database) -> None:
    async with Account(database, signature="app-body-oakey") as account:
        webhook = account.simulator.oa.webhook
        event = await account.phone.say("chào em")
        await account.hears()
        account.simulator.deliver_again(event, platform="zalo_oa")
        await webhook.settled()
        assert account.keys == [event] * 2

        noted = account.simulator.oa.noted(event)
        for mac in ("", "0" * 64, "mac"):
            assert await webhook.deliver(noted, mac=mac) == 403
        account.moved += timedelta(days=2)
        assert await webhook.deliver(noted) == 403
        assert account.forged == 4


async def test_a_document_and_a_place(database: Database) -> None:
    async with Account(database) as account:
        await account.phone.say("danh sách")
        await account.hears()
        reply = Reply(
            "Danh sách L12:",
            place=Place("MN Hoa Ban", "Tuy Đức", 12.15, 107.6),
            document=Document("list", 12, "danh sách L12.pdf"),
        )
        for _ in range(2):
            spoken = await account.channel.speak(account.phone.id, reply)
            file, words = [await account.phone.answer() for _ in range(2)]
            assert file.file
            assert file.file.name == "danh sách L12.pdf"
            assert words.text.startswith("Danh sách L12:\nhttps://www.google.com/maps?q=")
            assert spoken.messages == 2
            # The upload is older than the seven days Zalo keeps it, the person has written since.
            account.moved += timedelta(days=8)
            await account.phone.say("lần nữa")


async def test_a_card_with_the_number_is_a_contact(database: Database) -> None:
    async with Account(database) as account:
        await account.phone.share_contact()
        assert (await account.hears()).kind is Kind.CONTACT


async def test_2001_characters_are_two_messages(database: Database) -> None:
    async with Account(database) as account:
        await account.phone.say("chào em")
        await account.hears()
        spoken = await account.channel.speak(account.phone.id, Reply("ế" * 2001))

        assert spoken.messages == 2
        assert [len((await account.phone.answer()).text) for _ in range(2)] == [2000, 1]


async def test_the_windows_cost_and_close(database: Database) -> None:
    async with Account(database) as account:
        await account.phone.say("chào em")
        await account.hears()
        account.moved += timedelta(hours=49)
        spoken = await account.channel.speak(account.phone.id, Reply("Chào cô."))
        assert spoken.cost == 55

        account.moved += timedelta(days=6)
        assert isinstance(await account.fails(Reply("Chào cô.")), Unreachable)
        # The token, which lives 25 hours, was renewed meanwhile.
        assert account.simulator.oa.oauth.refreshes == 2
        assert account.simulator.oa.oauth.spent_uses == 0


async def test_what_is_left_for_one_person(database: Database) -> None:
    async with Account(database) as account:
        account.simulator.oa.rules.free_replies = 8
        await account.phone.say("chào em")
        heard = await account.hears()
        await account.channel.speak(account.phone.id, Reply("Chào cô."))
        window = await account.channel.window(account.phone.id)

    assert (window.remaining, window.total) == (7, 8)
    assert window.heard_at == heard.sent_at


def kind_of(code: int) -> type[SendError]:
    rows = ((LATER, TryLater), (NIGHT, TryLater), (PERMANENT, Rejected), (GONE, Unreachable))
    return next((kind for codes, kind in rows if code in codes), Halted)


@pytest.mark.parametrize("code", [*LATER, *PERMANENT, *GONE, *MONEY, *HUMAN, *NIGHT])
async def test_each_refusal_in_the_platforms_own_words(database: Database, code: int) -> None:
    async with Account(database) as account:
        await account.phone.say("chào em")
        await account.hears()
        account.simulator.faults.add(Trouble.REFUSED, method="oa/message/cs", status=code)
        error = await account.fails(Reply("Chào cô."))

    assert type(error) is kind_of(code)


@pytest.mark.parametrize("trouble", [Trouble.BROKEN, Trouble.LOST, Trouble.DROPPED])
async def test_a_connection_that_breaks(database: Database, trouble: Trouble) -> None:
    async with Account(database) as account:
        await account.phone.say("chào em")
        await account.hears()
        account.simulator.faults.add(trouble, method="oa/message/cs")
        error = await account.fails(Reply("Chào cô."))

    assert isinstance(error, SendError)
    assert not isinstance(error, Refused | Rejected | Halted | Unreachable)


async def test_a_revoked_token_is_renewed_on_both_apis(database: Database) -> None:
    async with Account(database) as account:
        account.approve()
        await account.phone.say("chào em")
        await account.hears()
        for number in (1, 2):
            account.simulator.oa.oauth.revoke()
            if number == 1:
                await account.channel.speak(account.phone.id, Reply("Chào cô."))
            else:
                await account.templates.speak(NUMBER, MOVED)
            assert account.simulator.oa.oauth.refreshes == number


async def test_a_refresh_lost_after_it_was_spent_and_a_login(database: Database) -> None:
    async with Account(database) as account:
        simulator = account.simulator
        await account.phone.say("chào em")
        await account.hears()
        simulator.oa.oauth.revoke()
        simulator.faults.add(Trouble.LOST, method="access_token")
        assert isinstance(await account.fails(Reply("Chào cô.")), TryLater)
        await asyncio.sleep(0.05)
        error = await account.fails(Reply("Chào cô."))
        assert isinstance(error, Refused)
        assert "taphuan zalo-login" in str(error)
        await account.fails(Reply("Chào cô."))
        assert simulator.oa.oauth.spent_uses == 1  # the one further try that decides

        await account.tokens.log_in(simulator.oa.oauth.consent(), "v" * 43)
        await account.channel.speak(account.phone.id, Reply("Chào cô."))


async def test_a_lost_answer_the_platform_gives_once_more_costs_nothing(database: Database) -> None:
    async with Account(database) as account:
        oauth = account.simulator.oa.oauth
        oauth.forgiving = 1
        account.simulator.faults.add(Trouble.LOST, method="access_token")
        access = await account.tokens.access()
        with pytest.raises(TryLater):
            await account.tokens.renew(access)
        await asyncio.sleep(0.05)
        oauth.check(await account.tokens.renew(access))

        app_id = account.simulator.oa.keys.app_id
        pair = await database.read(lambda db: oa_tokens.pair(db, app_id))
        assert pair
        assert (pair.state, pair.generation) == (TokenState.GOOD, 2)


async def test_a_template_arrives_and_is_described(database: Database) -> None:
    async with Account(database) as account:
        account.approve()
        spoken = await account.templates.speak(NUMBER, MOVED)
        info = await account.templates.info("moved")

        assert (await account.phone.answer()).text == "L12 dời sang thứ Năm 26/11."
    assert abs(spoken.at - account.now()) < timedelta(seconds=10)
    assert (info.usable, info.lengths, info.price) == (True, {"when": 20}, 300)


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        ("ENABLE", "x" * 21, Rejected),
        ("ENABLE", "", Rejected),
        ("REJECT", "thứ Năm", Halted),
        ("DISABLE", "thứ Năm", Halted),
        ("DELETE", "thứ Năm", Halted),
    ],
)
async def test_a_template_that_does_not_fit(
    database: Database, status: str, words: str, kind: type[SendError]
) -> None:
    async with Account(database) as account:
        account.approve(status=status)
        error = await account.fails(Reply(template=Template("moved", {"when": words})))

    assert type(error) is kind


async def test_a_template_without_money_or_for_nobody(database: Database) -> None:
    async with Account(database) as account:
        account.approve()
        account.simulator.oa.rules.balance = 299
        poor = await account.fails(MOVED)
        account.simulator.oa.rules.balance = None
        await account.phone.acts["refuse"]({})
        refusing = await account.fails(MOVED)
        account.simulator.remove(account.phone.id)
        nobody = await account.fails(MOVED)

    assert isinstance(poor, Halted)
    assert poor.state is ChannelState.EXHAUSTED
    assert isinstance(refusing, Unreachable)
    assert isinstance(nobody, Unreachable)
