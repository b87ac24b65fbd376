"""Templates to a phone number: what fits, whom they reach, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.zalo_oa_stage import OaStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.simulator.zalo_oa_phone import OaPhone

WORDS = "Thầy cô <ten> có lịch tập huấn <gio>."


@pytest.fixture
async def stage() -> AsyncIterator[OaStage]:
    async with OaStage() as ready:
        ready.oa.templates.register("501", "Chào thầy cô <ten>.", {"ten": 30}, price=300)
        ready.oa.templates.register("502", WORDS, {"ten": 30, "gio": 5}, name="Lịch")
        yield ready


async def test_the_words_stand_on_the_phone_of_the_number(stage: OaStage, phone: OaPhone) -> None:
    other = stage.phone(number="0912345679")
    answer = await stage.template("84912345678", tracking_id="thong-bao-1")
    shown = await phone.answer()
    assert (shown.text, shown.author) == ("Chào thầy cô Út.", "Zalo thông báo")
    assert other.messages == []
    assert answer == {
        "error": 0,
        "message": "Success",
        "data": {
            "msg_id": shown.id,
            "sent_time": "1795316400000",
            "sending_mode": "1",
            "quota": {"dailyQuota": "500", "remainingQuota": "499"},
        },
    }
    assert stage.oa.purse.charged == {"template": 300}
    assert stage.journal.calls("message/template")[0].chat == "84912345678"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("84912345678", 0),
        ("+84912345678", 0),
        ("0912345678", -108),
        ("8491234567", -108),
        ("912345678", -108),
        (84912345678, -108),
        ("", -108),
        ("84912345670", -118),
    ],
)
async def test_which_numbers(stage: OaStage, phone: OaPhone, number: Any, code: int) -> None:
    assert (await stage.template(number))["error"] == code
    assert len(phone.messages) == (1 if code == 0 else 0)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"template_id": "9"}, -109),
        ({"template_data": {}}, -111),
        ({"template_data": None}, -111),
        ({"template_data": {"ten": ""}}, -1122),
        ({"template_id": "502"}, -1122),
        ({"template_data": {"ten": "a" * 30}}, 0),
        ({"template_data": {"ten": "a" * 31}}, -1121),
        ({"template_data": {"ten": 5}}, -112),
        ({"template_data": {"ten": "Út", "tuoi": "30"}}, -132),
        ({"tracking_id": "a" * 48}, 0),
        ({"tracking_id": "a" * 49}, -132),
    ],
)
async def test_what_fits(stage: OaStage, phone: OaPhone, more: Any, code: int) -> None:
    assert (await stage.template("84912345678", **more))["error"] == code
    assert len(phone.messages) == (1 if code == 0 else 0)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("ENABLE", 0),
        ("PENDING_REVIEW", -131),
        ("REJECT", -131),
        ("DISABLE", -146),
        ("DELETE", -109),
    ],
)
async def test_whether_it_is_approved(
    stage: OaStage, phone: OaPhone, status: str, code: int
) -> None:
    stage.oa.templates["501"].status = status
    assert (await stage.template(phone.person.number.replace("0", "84", 1)))["error"] == code


async def test_whoever_wants_none(stage: OaStage, phone: OaPhone) -> None:
    await phone.refuse_templates()
    assert await stage.template("84912345678") == {
        "error": -119,
        "message": "Account cannot receive message",
    }


@pytest.mark.usefixtures("phone")
async def test_money_and_the_days_quota(stage: OaStage) -> None:
    stage.oa.rules.balance, stage.oa.rules.day_quota = 700, 2
    for _ in range(2):
        assert (await stage.template("84912345678"))["error"] == 0
    assert (await stage.template("84912345678"))["error"] == -144
    quota = await stage.get("/business/message/quota")
    assert quota["data"] == {"dailyQuota": 2, "remainingQuota": 0}
    stage.later(14)  # midnight in Vietnam
    assert (await stage.template("84912345678"))["error"] == -115
    assert stage.oa.rules.balance == 100
    assert stage.oa.purse.charged == {"template": 600}


@pytest.mark.usefixtures("phone")
async def test_the_night(stage: OaStage) -> None:
    stage.later(12)  # 22:00
    assert (await stage.template("84912345678"))["error"] == 0
    stage.oa.rules.night = True
    assert (await stage.template("84912345678"))["error"] == -133
    stage.later(7.99)
    assert (await stage.template("84912345678"))["error"] == -133
    stage.later(0.02)
    assert (await stage.template("84912345678"))["error"] == 0


@pytest.mark.usefixtures("phone")
async def test_development_reaches_administrators_and_costs_nothing(stage: OaStage) -> None:
    assert (await stage.template("84912345678", mode="development"))["error"] == -127
    stage.oa.rules.admins = ("0912345678",)
    assert (await stage.template("84912345678", mode="development"))["error"] == 0
    assert stage.oa.purse.charged == {}


@pytest.mark.usefixtures("phone")
async def test_its_status_afterwards(stage: OaStage) -> None:
    id = (await stage.template("84912345678"))["data"]["msg_id"]
    found = (await stage.get("/business/message/status", message_id=id))["data"]
    assert (found["status"], found["delivery_time"]) == (1, "1795316400000")
    assert (await stage.get("/business/message/status", message_id="x"))["data"]["status"] == -1


async def test_what_is_known_of_a_template(stage: OaStage) -> None:
    data = (await stage.get("/business/template/info/v2", template_id="502"))["data"]
    assert (data["templateId"], data["templateName"]) == ("502", "Lịch")
    assert (data["status"], data["price"], data["price_sdt"]) == ("ENABLE", "200", "200")
    assert [(one["name"], one["maxLength"], one["require"]) for one in data["listParams"]] == [
        ("ten", 30, True),
        ("gio", 5, True),
    ]
    assert (await stage.get("/business/template/info/v2", template_id="9"))["error"] == -109


async def test_the_list_of_templates(stage: OaStage) -> None:
    stage.oa.templates["501"].status = "REJECT"
    page = await stage.get("/business/template/all", offset="0", limit="1")
    assert [one["templateId"] for one in page["data"]] == ["501"]
    assert page["metadata"] == {"total": 2}
    page = await stage.get("/business/template/all", offset="0", limit="100", status="1")
    assert [one["templateId"] for one in page["data"]] == ["502"]
    assert (await stage.get("/business/template/all", offset="0", limit="101"))["error"] == -132
    assert (await stage.get("/business/template/all"))["error"] == -132


async def test_bodies_that_are_none(stage: OaStage) -> None:
    path = "/business/message/template"
    assert (await stage.post(path, data=b"{"))["error"] == -122
    assert (await stage.post(path))["error"] == -121
