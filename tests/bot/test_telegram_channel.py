from __future__ import annotations

import asyncio
import logging
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import Refused, Rejected, Spoken, TryLater, Uncertain, Unreachable
from bot.channels.telegram import TelegramChannel, secret_matches
from bot.channels.telegram_request import AnswerLost, NotSent, NotSentInTime
from handlers.message import Choice, Document, Kind, Message, Place, Reply
from tests.bot.telegram_fakes import (
    SENT,
    TOKEN,
    Answer,
    Recorder,
    Server,
    ok,
    refused,
    render,
    sent,
    serving,
    talking,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

    from bot.channels.base import Channel, SendError

NOW = datetime(2026, 11, 23, 1, 2, 3, 500000, UTC)
STOOD = datetime.fromtimestamp(SENT, UTC) + timedelta(seconds=1)
HELLO = Reply("Chào thầy/cô.")
SCREEN = Reply("Mới", (Choice("0", "Thôi", "leave"),), mark="s8", edit=True)
LAN = {"id": 7001, "is_bot": False, "first_name": "Lan"}
CHAT = {"id": 7001, "type": "private", "first_name": "Lan"}


def recorded() -> tuple[TelegramChannel, Recorder]:
    recorder = Recorder()
    return TelegramChannel(TOKEN, render=render, request=recorder, clock=lambda: NOW), recorder


def wired(server: Server, **settings: Any) -> TelegramChannel:
    settings = {"hold": 1, "pause": 0.01, **settings}
    return TelegramChannel(TOKEN, render=render, base_url=server.url, **settings)


def typed(number: int, text: str = "lich") -> dict[str, Any]:
    said = {"message_id": number, "date": SENT, "chat": CHAT, "from": LAN, "text": text}
    return {"update_id": number, "message": said}


def pressed(number: int = 5, **screen: Any) -> dict[str, Any]:
    screen = {"message_id": 40, "date": SENT - 60, "chat": CHAT, "text": "?", **screen}
    press = {"id": "900", "from": LAN, "chat_instance": "1", "data": "s1|x", "message": screen}
    return {"update_id": number, "callback_query": press}


def press_on(channel: TelegramChannel, **screen: Any) -> Message:
    message = channel.read(pressed(**screen))
    assert message is not None
    return message


def test_it_is_a_channel() -> None:
    channel: Channel = recorded()[0]
    assert channel.name == "telegram"


# What a failure means


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(403, "Forbidden: bot was blocked by the user"), Unreachable),
        (refused(403, "Forbidden: user is deactivated"), Unreachable),
        (refused(403, "Forbidden: bot can't initiate conversation with a user"), Unreachable),
        (refused(400, "Bad Request: chat not found"), Unreachable),
        (refused(400, "Bad Request: user is deactivated"), Unreachable),
        (refused(400, "Bad Request: PEER_ID_INVALID"), Unreachable),
        (refused(400, "Bad Request: message text is empty"), Rejected),
        (refused(400, "Bad Request: group upgraded", migrate_to_chat_id=-1001), Rejected),
        (refused(413, "Request Entity Too Large"), Rejected),
        (refused(401, "Unauthorized"), Refused),
        (refused(404, "Not Found"), Refused),
        (refused(429, "Too Many Requests: retry after 7", retry_after=7), TryLater),
        (refused(429, "Too Many Requests"), TryLater),
        (refused(500, "Internal Server Error"), TryLater),
        ((502, {}), TryLater),
        (NotSent("refused"), TryLater),
        (NotSentInTime("late"), TryLater),
        (AnswerLost("closed"), Uncertain),
        ((200, []), Uncertain),
        ((200, {"ok": True}), Uncertain),
        (ok({"message_id": 1}), Uncertain),
    ],
)
async def test_a_failure_has_one_meaning(answer: Answer, error: type[SendError]) -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendMessage", answer)

    with pytest.raises(error) as caught:
        await channel.speak("7001", HELLO)
    assert type(caught.value) is error


async def test_a_busy_platform_says_when_to_come_back() -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendMessage", refused(429, "Too Many Requests", retry_after=7))

    with pytest.raises(TryLater) as caught:
        await channel.speak("7001", HELLO)
    assert caught.value.after == timedelta(seconds=7)


async def test_the_same_meanings_over_a_socket() -> None:
    async with serving() as server, wired(server) as channel:
        server.calls.script(
            "sendMessage",
            refused(403, "Forbidden: bot was blocked by the user"),
            refused(429, "Too Many Requests", retry_after=3),
            (502, "<h1>/bot42:SECRET</h1>"),
        )
        with pytest.raises(Unreachable):
            await channel.speak("7001", HELLO)
        with pytest.raises(TryLater) as busy:
            await channel.speak("7001", HELLO)
        assert busy.value.after == timedelta(seconds=3)
        with pytest.raises(TryLater) as down:
            await channel.speak("7001", HELLO)
        assert "SECRET" not in "".join(traceback.format_exception(down.value))


async def test_nobody_at_the_door_is_worth_another_try() -> None:
    async with serving() as server:
        gone = server.url
    channel = TelegramChannel(TOKEN, render=render, base_url=gone)
    async with channel:
        with pytest.raises(TryLater):
            await channel.speak("7001", HELLO)


async def test_a_connection_that_breaks_after_the_words_left_is_uncertain() -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with talking(speak) as url, TelegramChannel(TOKEN, render=render, base_url=url) as one:
        with pytest.raises(Uncertain):
            await one.speak("7001", HELLO)


async def test_a_button_too_large_is_rejected_by_us() -> None:
    channel, recorder = recorded()

    with pytest.raises(Rejected, match="more than Telegram's 64"):
        await channel.speak("7001", Reply("?", (Choice("1", "Có", "x" * 64),)))
    assert recorder.calls.made == []


async def test_what_would_repeat_the_words_is_uncertain() -> None:
    channel, recorder = recorded()
    place = Place("UBND", "Tuy Đức", 12.1, 107.5)
    recorder.calls.script("sendMessage", refused(500, "Internal Server Error"))

    with pytest.raises(Uncertain):
        await channel.speak("7001", Reply("Đường đi:", place=place))

    recorder.calls.script("sendMessage", sent("7001"), NotSent("refused"))
    with pytest.raises(Uncertain):
        await channel.speak("7001", Reply("x " * 4000))


async def test_a_document_that_cannot_be_made_leaves_the_words() -> None:
    async def broken(recipe: str, subject: int) -> bytes:
        raise LookupError(recipe, subject)

    recorder = Recorder()
    channel = TelegramChannel(TOKEN, render=broken, request=recorder)

    await channel.speak("7001", Reply("Lịch:", document=Document("calendar", 1, "a.ics")))

    assert [form["text"] for form in recorder.calls.of("sendMessage")] == ["Lịch:"]
    assert recorder.calls.of("sendDocument") == []


# Speaking


async def test_words_count_as_seen_from_the_next_second() -> None:
    channel, _ = recorded()

    assert await channel.speak("7001", HELLO) == Spoken(STOOD)


async def test_the_choices_decide_when_a_reply_is_seen() -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendMessage", sent("7001"), sent("7001", date=SENT + 2))
    recorder.calls.script("sendVenue", sent("7001", date=SENT + 9))

    place = Place("UBND", "Tuy Đức", 12.1, 107.5)
    spoken = await channel.speak("7001", Reply("x " * 4000, place=place))
    assert spoken == Spoken(STOOD + timedelta(seconds=2))


async def test_an_edit_counts_from_its_own_time() -> None:
    channel, recorder = recorded()

    spoken = await channel.speak("7001", SCREEN, to=press_on(channel))

    assert spoken == Spoken(STOOD + timedelta(seconds=30))
    assert recorder.calls.of("sendMessage") == []


async def test_an_edit_that_changes_nothing_was_seen_before() -> None:
    channel, recorder = recorded()
    unchanged = refused(400, "Bad Request: message is not modified: specified new message …")
    recorder.calls.script("editMessageText", unchanged, unchanged)

    assert await channel.speak("7001", SCREEN, to=press_on(channel)) == Spoken(
        STOOD - timedelta(seconds=60)
    )
    again = press_on(channel, edit_date=SENT - 20)
    assert await channel.speak("7001", SCREEN, to=again) == Spoken(STOOD - timedelta(seconds=20))


@pytest.mark.parametrize(
    "description",
    [
        "message to edit not found",
        "message can't be edited",
        "MESSAGE_ID_INVALID",
        "there is no text in the message to edit",
    ],
)
async def test_what_cannot_be_edited_is_said_anew(description: str) -> None:
    channel, recorder = recorded()
    recorder.calls.script("editMessageText", refused(400, f"Bad Request: {description}"))

    assert await channel.speak("7001", SCREEN, to=press_on(channel)) == Spoken(STOOD)
    assert recorder.calls.of("sendMessage")[0]["text"] == "Mới\n0 Thôi"


async def test_an_edit_may_fail_like_any_message() -> None:
    channel, recorder = recorded()
    recorder.calls.script("editMessageText", refused(400, "Bad Request: x"), AnswerLost("y"))

    with pytest.raises(Rejected):
        await channel.speak("7001", SCREEN, to=press_on(channel))
    with pytest.raises(Uncertain):
        await channel.speak("7001", SCREEN, to=press_on(channel))


@pytest.mark.parametrize("answer", [ok("?"), ok({"message_id": 1}), refused(403, "blocked")])
async def test_a_keyboard_that_cannot_be_taken_away_changes_no_words(answer: Answer) -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendMessage", answer)
    menu = Reply("Chọn:", (Choice("1", "Lịch", "schedule"),), mark="s2", drop_contact=True)

    assert (await channel.speak("7001", menu)).at == STOOD
    assert recorder.calls.of("sendMessage")[-1]["text"].startswith("Chọn:")


class Settling(Server):
    """Lets no message through before the press is settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        if request.match_info["method"] == "answerCallbackQuery":
            self.settled.set()
        async with asyncio.timeout(5):
            await self.settled.wait()
        return await super().handle(request)


async def test_a_press_is_settled_while_the_words_are_on_their_way() -> None:
    async with serving(Settling()) as server, wired(server) as channel:
        await channel.speak("7001", HELLO, to=press_on(channel))

        assert server.calls.of("answerCallbackQuery") == [{"callback_query_id": "900"}]
        assert len(server.calls.of("sendMessage")) == 1


@pytest.mark.parametrize(
    "answer", [refused(400, "Bad Request: query is too old"), AnswerLost("x"), (200, [])]
)
async def test_a_press_that_cannot_be_settled_is_no_failure(answer: Any) -> None:
    channel, recorder = recorded()
    recorder.calls.script("answerCallbackQuery", answer, answer)

    assert await channel.speak("7001", HELLO, to=press_on(channel)) == Spoken(STOOD)
    await channel.settle(press_on(channel))


async def test_a_press_is_settled_once_even_where_the_words_fail() -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendMessage", refused(403, "Forbidden: blocked"))
    press = press_on(channel)

    with pytest.raises(Unreachable):
        await channel.speak("7001", HELLO, to=press)
    await channel.settle(press)
    assert len(recorder.calls.of("answerCallbackQuery")) == 1


async def test_a_press_from_before_a_restart_is_answered_with_words_only() -> None:
    press = press_on(recorded()[0])
    channel, recorder = recorded()
    recorder.calls.script("editMessageText", refused(400, "Bad Request: message is not modified"))

    assert await channel.speak("7001", SCREEN, to=press) == Spoken(NOW)
    assert recorder.calls.of("answerCallbackQuery") == []


async def test_old_presses_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.PRESSES", 2)
    channel, recorder = recorded()
    messages = [channel.read(pressed(number)) for number in (1, 2, 3)]

    for message in messages:
        assert message is not None
        await channel.settle(message)
    assert len(recorder.calls.of("answerCallbackQuery")) == 2


async def test_typing_never_fails() -> None:
    channel, recorder = recorded()
    recorder.calls.script("sendChatAction", refused(403, "Forbidden: blocked"), NotSent("x"))

    for _ in range(3):
        await channel.typing("7001")
    assert recorder.calls.of("sendChatAction") == [{"chat_id": "7001", "action": "typing"}] * 3


# The bot itself


async def test_it_knows_its_name() -> None:
    assert await recorded()[0].identify() == "TapHuanBot"


async def test_a_wrong_token_is_refused() -> None:
    channel, recorder = recorded()
    recorder.calls.script("getMe", refused(401, "Unauthorized"))

    with pytest.raises(Refused):
        await channel.identify()
    with pytest.raises(Refused):
        TelegramChannel("", render=render)


async def test_commands_are_set_for_everybody_or_one_chat() -> None:
    channel, recorder = recorded()
    list_ = [("lich", "Lịch tập huấn")]
    await channel.set_commands(list_, "vi")
    await channel.set_commands(list_, address="7001")
    await channel.set_commands([], address="7001")

    commands = [{"command": "lich", "description": "Lịch tập huấn"}]
    chat = {"type": "chat", "chat_id": 7001}
    assert recorder.calls.made == [
        (
            "setMyCommands",
            {
                "commands": commands,
                "scope": {"type": "all_private_chats"},
                "language_code": "vi",
            },
        ),
        ("setMyCommands", {"commands": commands, "scope": chat}),
        ("deleteMyCommands", {"scope": chat}),
    ]


async def test_a_webhook_is_set_with_its_secret() -> None:
    channel, recorder = recorded()
    await channel.set_webhook("https://bot.example/telegram", "s3cret")

    assert recorder.calls.of("setWebhook") == [
        {
            "url": "https://bot.example/telegram",
            "secret_token": "s3cret",
            "allowed_updates": ["message", "callback_query", "my_chat_member"],
            "drop_pending_updates": False,
        }
    ]


def test_only_the_secret_matches() -> None:
    assert secret_matches("s3cret", "s3cret")
    for header in (None, "", "s3cre", "S3cret", "é", "\udcff"):
        assert not secret_matches(header, "s3cret")
    assert not secret_matches("", "")


# Polling


class Listener:
    """Takes what is polled; fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.heard: list[list[str]] = []
        self.failures = failures
        self.enough = asyncio.Event()
        self.stop = asyncio.Event()

    async def __call__(self, messages: Sequence[Message]) -> None:
        self.heard.append([message.text or message.kind for message in messages])
        self.enough.set()
        if self.failures:
            self.failures -= 1
            raise LookupError("Lê Thị Út")

    async def listen(self, channel: TelegramChannel, *, until: asyncio.Event | None = None) -> None:
        task = asyncio.create_task(channel.poll(self, self.stop))
        await asyncio.wait_for((until or self.enough).wait(), 5)
        await asyncio.sleep(0.05)
        self.stop.set()
        await asyncio.wait_for(task, 1)


async def test_an_update_is_confirmed_after_it_was_dealt_with() -> None:
    async with serving() as server, wired(server) as channel:
        server.updates = [typed(1, "một"), typed(2, "hai")]
        dealt = asyncio.Event()

        async def receive(messages: Sequence[Message]) -> None:
            assert [message.text for message in messages] == ["một", "hai"]
            await asyncio.sleep(0.1)
            assert [poll.get("offset") for poll in server.calls.of("getUpdates")] == [None]
            dealt.set()

        stop = asyncio.Event()
        task = asyncio.create_task(channel.poll(receive, stop))
        await asyncio.wait_for(dealt.wait(), 5)
        await asyncio.sleep(0.05)
        assert server.updates == []
        stop.set()
        await asyncio.wait_for(task, 1)

    assert server.calls.made[0] == ("deleteWebhook", {"drop_pending_updates": "false"})
    poll = server.calls.of("getUpdates")[1]
    assert poll["offset"] == "3"
    assert poll["timeout"] == "1"
    assert poll["allowed_updates"] == '["message", "callback_query", "my_chat_member"]'


async def test_a_batch_that_failed_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener(failures=2)
    async with serving() as server, wired(server) as channel:
        server.updates = [typed(1, "một")]
        await listener.listen(channel)

        assert listener.heard == [["một"]] * 3
        assert server.updates == []
    assert "LookupError at" in caplog.text
    assert "Út" not in caplog.text


async def test_a_batch_that_failed_is_not_confirmed_by_a_stop() -> None:
    listener = Listener(failures=1)
    async with serving() as server, wired(server, pause=60) as channel:
        server.updates = [typed(1)]
        await listener.listen(channel)

        assert [update["update_id"] for update in server.updates] == [1]
        assert all("offset" not in poll for poll in server.calls.of("getUpdates"))


async def test_a_stop_during_a_batch_confirms_what_was_dealt_with() -> None:
    stop = asyncio.Event()

    async def receive(messages: Sequence[Message]) -> None:
        stop.set()

    async with serving() as server, wired(server) as channel:
        server.updates = [typed(1), typed(2)]
        await asyncio.wait_for(channel.poll(receive, stop), 2)

        assert server.updates == []


async def test_a_stop_does_not_wait_for_the_poll() -> None:
    stop = asyncio.Event()
    async with serving() as server, wired(server, hold=20) as channel:
        task = asyncio.create_task(channel.poll(Listener(), stop))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(task, 0.5)


async def test_a_malformed_update_does_not_spoil_its_batch(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = Listener()
    async with serving() as server, wired(server) as channel:
        broken = {"update_id": 2, "message": {"text": "Út"}}
        server.updates = [typed(1, "một"), broken, {"update_id": 3}, typed(4, "bốn")]
        with caplog.at_level(logging.INFO):
            await listener.listen(channel)

        assert server.updates == []
    assert listener.heard == [["một", "bốn"]]
    (told,) = (each for each in caplog.records if "update 2 is unreadable" in each.message)
    assert told.levelno == logging.INFO, "anybody can send what is not for us"
    assert "Út" not in caplog.text


async def test_polling_outlasts_failures() -> None:
    listener = Listener()
    async with serving() as server, wired(server) as channel:
        server.updates = [typed(1, "một")]
        server.calls.script("deleteWebhook", refused(500, "Internal Server Error"))
        server.calls.script(
            "getUpdates",
            (502, "<h1>"),
            refused(429, "Too Many Requests", retry_after=1),
            (200, {"ok": True, "result": {}}),
            (200, {"ok": True, "result": [5, {}, {"update_id": "9"}]}),
        )
        await listener.listen(channel)

    assert listener.heard == [["một"]]


async def test_two_pollers_are_told_plainly(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    conflict = refused(409, "Conflict: terminated by other getUpdates request")
    async with serving() as server, wired(server) as channel:
        server.updates = [typed(1, "một")]
        server.calls.script("getUpdates", conflict)
        await listener.listen(channel)

    assert listener.heard == [["một"]]
    assert "another program fetches this bot's updates" in caplog.text


@pytest.mark.parametrize("method", ["deleteWebhook", "getUpdates"])
async def test_polling_ends_with_a_refused_token(method: str) -> None:
    async with serving() as server, wired(server) as channel:
        server.calls.script(method, refused(401, "Unauthorized"))
        with pytest.raises(Refused):
            await asyncio.wait_for(channel.poll(Listener(), asyncio.Event()), 5)


async def test_waits_grow_to_thirty_times_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    stop = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 8:
            stop.set()

    async with serving() as server:
        gone = server.url
    async with TelegramChannel(TOKEN, render=render, base_url=gone) as channel:
        monkeypatch.setattr("bot.channels.telegram_poll.pause", sleep)
        await asyncio.wait_for(channel.poll(Listener(), stop), 5)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


async def test_waits_begin_anew_after_a_good_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    stop = asyncio.Event()
    down = 502, "down"

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            stop.set()

    monkeypatch.setattr("bot.channels.telegram_poll.pause", sleep)
    async with serving() as server, wired(server, pause=1) as channel:
        server.calls.script("getUpdates", down, down, ok([typed(1)]), down)
        await asyncio.wait_for(channel.poll(Listener(), stop), 5)
    assert waits == [1, 2, 1]


async def test_a_press_polled_is_a_press_settled() -> None:
    heard: list[Message] = []
    stop = asyncio.Event()
    async with serving() as server, wired(server) as channel:
        server.updates = [pressed(7)]

        async def receive(messages: Sequence[Message]) -> None:
            heard.extend(messages)
            for message in messages:
                await channel.speak(message.address, SCREEN, to=message)
            stop.set()

        await asyncio.wait_for(channel.poll(receive, stop), 5)

        assert [message.kind for message in heard] == [Kind.PRESS]
        assert len(server.calls.of("answerCallbackQuery")) == 1
        assert server.calls.of("editMessageText")[0]["message_id"] == "40"
