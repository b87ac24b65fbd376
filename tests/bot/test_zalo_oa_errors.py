"""Every row of the error tables, at the wire; and answers that are none."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.channels.base import (
    Halted,
    Refused,
    Rejected,
    SendError,
    TryLater,
    Uncertain,
    Unreachable,
)
from bot.channels.zalo_oa_errors import CODES, until_morning
from bot.channels.zalo_template import ZaloTemplateChannel
from handlers.message import Document, Reply, Template
from storage.database import DatabaseError
from storage.models import ChannelState
from tests.bot.test_zalo_oa_wire import CS, channel
from tests.bot.zalo_oa_fakes import ACCESS, ARRIVED, OA, USER, Keys, done, refused, serving

if TYPE_CHECKING:
    from tests.bot.zalo_oa_fakes import Answer, Zalo

TEMPLATE = "/message/template"
UPLOAD = "/v2.0/oa/upload/file"
HELLO = Reply("Chào cô Út.")
NEWS = Reply(template=Template("moved", {"course": "L12"}))
PHONE = "+84912345678"
PDF = Reply("Danh sách:", document=Document("list", 12, "ds.pdf"))
EXHAUSTED, HALTED = ChannelState.EXHAUSTED, ChannelState.HALTED

# docs/channels.md "Error codes", row by row; -109 (a deleted template) is not in it.
RENEWED = (-216, -220, -124)
LATER = (-32, -200, -100)
PERMANENT = (-201, -210, -233, -108, -1121, -1122)
GONE = (-213, -217, -227, -230, -232, -244, -114, -118, -119, -139, -141)
MONEY = (-211, -115, -144, -147, -320, -321, -137)
HUMAN = (-221, -224, -135, -136, -223, -209, -212, -131, -146, -109)
NIGHT = (-234, -133, -218)


def templates(url: str, keys: Keys | None = None, **more: Any) -> ZaloTemplateChannel:
    ids = {"moved": "301", "offer": ""}
    return ZaloTemplateChannel(keys or Keys(), ids=ids, base_url=url, clock=lambda: ARRIVED, **more)


async def refusal(answer: Answer, reply: Reply = HELLO) -> tuple[SendError, Zalo]:
    """What saying something raises where Zalo answers this, on either of the two APIs."""
    async with serving() as zalo:
        path = TEMPLATE if reply.template else CS
        zalo.script(path, answer, answer)  # the second is for a renewed token
        speaker = templates(zalo.url) if reply.template else channel(zalo.url)
        async with speaker:
            with pytest.raises(SendError) as raised:
                await speaker.speak(PHONE if reply.template else USER, reply)
    return raised.value, zalo


both = pytest.mark.parametrize("reply", [HELLO, NEWS], ids=["message", "template"])


def test_every_code_of_the_sheet_has_its_row() -> None:
    rows = (*RENEWED, *LATER, *PERMANENT, *GONE, *MONEY, *HUMAN, *NIGHT)

    assert sorted(rows) == sorted(CODES)


@both
@pytest.mark.parametrize("code", RENEWED)
async def test_a_refused_access_token_is_renewed_once_and_the_message_sent_once_more(
    code: int, reply: Reply
) -> None:
    keys = Keys()
    async with serving() as zalo:
        zalo.script(TEMPLATE if reply.template else CS, refused(code))
        speaker = templates(zalo.url, keys) if reply.template else channel(zalo.url, keys=keys)
        async with speaker:
            spoken = await speaker.speak(PHONE if reply.template else USER, reply)

        assert [one["access_token"] for one in zalo.headers] == [
            "access-SECRET-0", "access-SECRET-1",
        ]  # fmt: skip
    assert spoken.messages == 1
    assert keys.renewed == ["access-SECRET-0"]


@pytest.mark.parametrize("code", RENEWED)
async def test_a_token_refused_twice_is_not_renewed_for_ever(code: int) -> None:
    keys = Keys()
    async with serving() as zalo, channel(zalo.url, keys=keys) as speaker:
        zalo.script(CS, refused(code), refused(code))
        with pytest.raises(Refused):
            await speaker.speak(USER, HELLO)

        assert len(zalo.made) == 2
    assert len(keys.renewed) == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (Refused("log in"), Refused),
        (TryLater(), TryLater),
        (DatabaseError("the database is closed"), TryLater),
    ],
)
async def test_where_no_token_can_be_had_nothing_is_sent_again(
    error: Exception, raised: type[SendError]
) -> None:
    async with serving() as zalo, channel(zalo.url, keys=Keys(error)) as speaker:
        zalo.script(CS, refused(-216))
        with pytest.raises(raised):
            await speaker.speak(USER, HELLO)

        assert len(zalo.made) == 1


@both
@pytest.mark.parametrize("code", LATER)
async def test_busy_means_later(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, TryLater)
    assert error.after
    assert timedelta(seconds=1) < error.after <= timedelta(seconds=2)


async def test_too_many_requests_hold_up_everybody_and_longer_each_time() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-32))
        waits = []
        for person in (USER, "7422222222222222222"):
            with pytest.raises(TryLater) as raised:
                await speaker.speak(person, HELLO)
            waits.append(raised.value.after)

        # The second was not even asked.
        assert len(zalo.made) == 1
    assert all(wait and wait <= timedelta(seconds=2) for wait in waits)


async def test_a_failure_with_one_person_holds_up_nobody_else() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-200))
        with pytest.raises(TryLater):
            await speaker.speak(USER, HELLO)

        await speaker.speak("7422222222222222222", HELLO)


@both
@pytest.mark.parametrize("code", PERMANENT)
async def test_what_is_wrong_is_never_sent_again(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, Rejected)


@both
@pytest.mark.parametrize("code", GONE)
async def test_a_person_who_cannot_be_reached(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, Unreachable)


@both
@pytest.mark.parametrize("code", MONEY)
async def test_quota_or_money_is_used_up(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, Halted)
    assert error.state is EXHAUSTED
    assert str(code) in error.reason


@both
@pytest.mark.parametrize("code", HUMAN)
async def test_somebody_has_to_arrange_it(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, Halted)
    assert error.state is HALTED
    assert str(code) in error.reason


@both
@pytest.mark.parametrize("code", NIGHT)
async def test_at_night_it_waits_for_the_morning(code: int, reply: Reply) -> None:
    error, _ = await refusal(refused(code), reply)

    assert isinstance(error, TryLater)
    # It is 08:02:03.5 in Vietnam.
    assert error.after == timedelta(hours=21, minutes=57, seconds=56.5)


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-23T22:00:00+07:00", 8),
        ("2026-11-23T16:00:00+00:00", 7),
        ("2026-11-24T05:00:00+07:00", 1),
        ("2026-11-24T06:00:00+07:00", 24),
    ],
)
def test_the_night_ends_at_six_in_vietnam(now: str, hours: int) -> None:
    assert until_morning(datetime.fromisoformat(now)) == timedelta(hours=hours)


@both
async def test_a_code_we_do_not_know_is_final(reply: Reply) -> None:
    error, _ = await refusal(refused(-4711), reply)

    assert isinstance(error, Rejected)
    assert "-4711" in str(error)


@both
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((200, "<html>Bảo trì</html>"), Uncertain),
        ((200, "[]"), Uncertain),
        ((200, {}), Uncertain),
        ((200, {"error": True}), Uncertain),
        ((200, "[" * 100_000), Uncertain),
        ((302, ""), Uncertain),
        ((504, "<html>"), Uncertain),
        (None, Uncertain),
        ((502, "<html>"), TryLater),
        ((500, {"message": "oops"}), TryLater),
        ((429, "slow down"), TryLater),
        ((404, "not here"), TryLater),
        ((413, "too large"), Rejected),
        ((200, {"error": "-213"}), Unreachable),
        ((400, {"error": -213}), Unreachable),
    ],
)
async def test_an_answer_that_is_none(answer: Any, kind: type[SendError], reply: Reply) -> None:
    error, _ = await refusal(answer, reply)

    assert type(error) is kind


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with channel("http://127.0.0.1:9") as speaker:
        with pytest.raises(TryLater):
            await speaker.speak(USER, HELLO)
        with pytest.raises(TryLater):
            await speaker.identify()


async def test_half_a_surrogate_pair_cannot_be_said() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        with pytest.raises(Rejected):
            await speaker.speak(USER, Reply("\ud800"))

        assert not zalo.made


async def test_success_without_data_is_success() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, (200, {"error": 0}), (200, {"error": "0", "data": []}))

        assert [(await speaker.speak(USER, HELLO)).at for _ in range(2)] == [ARRIVED, ARRIVED]


async def test_a_part_that_arrived_is_not_said_again() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, (200, {"error": 0}), refused(-32))
        with pytest.raises(Uncertain):
            await speaker.speak(USER, Reply("a " * 1500))

        assert len(zalo.made) == 2


async def test_no_exception_and_no_log_holds_a_token_or_the_platforms_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        for code in CODES:
            error, _ = await refusal(refused(code, f"Út {USER} {ACCESS}"))
            shown = f"{error!r} {error.__cause__!r} {error.__context__!r}"
            assert "SECRET" not in shown
            assert USER not in shown
            assert "Út" not in shown

    assert "SECRET" not in caplog.text
    assert "Út" not in caplog.text


# Files


async def test_the_same_bytes_go_up_once() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        for person in (USER, OA):
            await speaker.speak(person, PDF)
        await speaker.speak(USER, Reply("?", document=Document("list", 13, "ds.pdf")))

        assert [body["file"]["content"] for body in zalo.of(UPLOAD)] == ["list 12", "list 13"]
        tokens = [
            body["message"]["attachment"] for body in zalo.of(CS) if "attachment" in body["message"]
        ]
        assert [one["payload"]["token"] for one in tokens] == ["up1", "up1", "up2"]


async def test_an_upload_that_has_expired_is_made_again_once() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-100, "attachment expired"))
        spoken = await speaker.speak(USER, PDF)

        assert len(zalo.of(UPLOAD)) == 2
        assert spoken.messages == 2

        zalo.script(CS, refused(-100), refused(-100))
        with pytest.raises(TryLater):
            await speaker.speak(USER, PDF)
        assert len(zalo.of(UPLOAD)) == 3


@pytest.mark.parametrize(
    "answer", [refused(-201), refused(-211), refused(-224), (200, {"error": 0})]
)
async def test_where_a_file_is_not_taken_its_link_is_said(answer: Answer) -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(UPLOAD, answer)
        await speaker.speak(USER, PDF)

        assert zalo.of(CS)[0]["message"] == {"text": "Danh sách:\nhttps://tap.example/tep/list-12"}


async def test_a_file_that_is_not_sent_now_is_not_replaced_by_its_link() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(CS, refused(-200))
        with pytest.raises(TryLater):
            await speaker.speak(USER, PDF)

        assert len(zalo.of(CS)) == len(zalo.of(UPLOAD)) == 1


async def test_an_upload_whose_answer_is_lost_is_no_message() -> None:
    async with serving() as zalo, channel(zalo.url) as speaker:
        zalo.script(UPLOAD, None)
        with pytest.raises(TryLater):
            await speaker.speak(USER, PDF)

        assert not zalo.of(CS)


async def test_a_document_that_cannot_be_made_or_is_too_large_is_a_link(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def failing(recipe: str, subject: int) -> bytes:
        raise ValueError("Lê Thị Út")

    async def large(recipe: str, subject: int) -> bytes:
        return b"x" * (5 * 2**20 + 1)

    for render in (failing, large):
        async with serving() as zalo, channel(zalo.url) as speaker:
            speaker._files._render = render  # a recipe gone wrong
            await speaker.speak(USER, PDF)

            assert not zalo.of(UPLOAD)
            assert "https://tap.example/tep/list-12" in zalo.of(CS)[0]["message"]["text"]
    assert "Út" not in caplog.text


@pytest.mark.parametrize("field", ["oa_id", "oaid"])
async def test_the_tokens_of_another_account_are_refused(field: str) -> None:
    async with serving() as zalo, channel(zalo.url) as oa:
        zalo.script("/v2.0/oa/getoa", done(**{field: "999", "name": "Cửa hàng"}))
        with pytest.raises(Refused, match="zalo-login"):
            await oa.identify()
        zalo.script("/v2.0/oa/getoa", done(**{field: int(OA), "name": "Phòng Giáo dục"}))
        assert await oa.identify() == "Phòng Giáo dục"
        zalo.script("/v2.0/oa/getoa", done(name="Phòng"))
        assert await oa.identify() == "Phòng"
