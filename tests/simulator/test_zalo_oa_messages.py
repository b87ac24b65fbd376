"""Answers of the Official Account: what it takes, the windows, the money, the figures."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import FormData

from tests.simulator.zalo_oa_stage import OaStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    Json = dict[str, Any]

SHOW = {"title": "1 Có", "type": "oa.query.show", "payload": "có"}
HIDE = {"title": "2 Không", "type": "oa.query.hide", "payload": "#s12|no"}
MAP = {"title": "Bản đồ", "type": "oa.open.url", "payload": {"url": "https://example.org/m"}}
CALL = {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "+84912345678"}}

SMS = {
    "title": "Nhắn",
    "type": "oa.open.sms",
    "payload": {"content": "L12", "phone_code": "+84912345678"},
}
PICTURE = {"media_type": "image", "url": "https://example.org/ve.png"}
FORM = {"title": "Sở GDĐT", "subtitle": "Xin số"}


@pytest.fixture
async def stage() -> AsyncIterator[OaStage]:
    async with OaStage() as ready:
        yield ready


def buttons(*wanted: Json, text: str = "Thầy cô đi được không ạ?") -> Json:
    payload = {"template_type": "button", "buttons": list(wanted)}
    return {"text": text, "attachment": {"type": "template", "payload": payload}}


def template(**payload: Any) -> Json:
    return {"attachment": {"type": "template", "payload": payload}}


async def test_a_text_stands_on_the_phone(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    answer = await stage.say(phone, {"text": "Chào chị Út."})
    shown = await phone.answer()
    assert (shown.text, shown.mine, shown.at) == ("Chào chị Út.", False, 1_795_316_400)
    assert answer == {
        "error": 0,
        "message": "Success",
        "data": {
            "message_id": shown.id,
            "user_id": phone.id,
            "sent_time": "1795316400000",
            "quota": {"quota_type": "free_reply", "remain": "1000000"},
        },
    }


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        ({"text": "a" * 2000}, 0, "Success"),
        ({"text": "a" * 2001}, -210, "text exceeds allowable limit"),
        ({"text": " "}, -201, "text is invalid!"),
        ({"text": 5}, -201, "text is invalid!"),
        ({}, -201, "text is invalid!"),
        ([], -201, "message is invalid!"),
        ({"attachment": {"type": "video", "payload": {}}}, -233, None),
        (template(template_type="list", elements=[{}]), -233, None),
        (buttons(), -201, "buttons is invalid!"),
        (buttons(SHOW, HIDE, MAP, CALL, SHOW), 0, None),
        (buttons(*[SHOW] * 6), -210, "buttons exceeds allowable limit"),
        (buttons({**SHOW, "title": "a" * 100}), 0, None),
        (buttons({**SHOW, "title": "a" * 101}), -210, "title exceeds allowable limit"),
        (buttons({**SHOW, "payload": "a" * 1000}), 0, None),
        (buttons({**SHOW, "payload": "a" * 1001}), -210, "payload exceeds allowable limit"),
        (buttons({**SHOW, "payload": {"x": 1}}), -201, "payload is invalid!"),
        (buttons({**SHOW, "type": "oa.query"}), -201, "type is invalid!"),
        (buttons({**MAP, "payload": {"url": "tel:1"}}), -201, "url is invalid!"),
        (buttons({**CALL, "payload": {}}), -201, "phone_code is invalid!"),
        (buttons(SMS), 0, None),
        (buttons({**SMS, "payload": {"phone_code": "1"}}), -201, "content is invalid!"),
        (buttons(SHOW, text=""), -201, "text is invalid!"),
        (template(template_type="media", elements=[PICTURE]), 0, None),
        (template(template_type="media", elements=[PICTURE, PICTURE]), -210, None),
        (template(template_type="media", elements=[{**PICTURE, "url": "ve.png"}]), -201, None),
        (template(template_type="media", elements=[{**PICTURE, "media_type": "x"}]), -233, None),
        (template(template_type="request_user_info", elements=[FORM, FORM]), -210, None),
        (template(template_type="media", elements=[{"media_type": "image"}]), -201, None),
        (
            template(
                template_type="media", elements=[{"media_type": "gif", "url": "https://e.org/a"}]
            ),
            -201,
            "width is invalid!",
        ),
        ({"attachment": {"type": "file", "payload": {"token": "x"}}}, -201, "token is invalid!"),
        (template(template_type="request_user_info", elements=[{}]), -201, "title is invalid!"),
    ],
)
async def test_what_it_takes(stage: OaStage, message: Any, code: int, words: str | None) -> None:
    phone = stage.phone(started=True)
    answer = await stage.say(phone, message)
    assert answer["error"] == code
    assert words in (None, answer["message"])
    assert len(phone.messages) == (1 if code == 0 else 0)


@pytest.mark.parametrize("person", ["nobody", 7100000000000000002, None])
async def test_only_a_known_person_named_by_text(stage: OaStage, person: Any) -> None:
    stage.phone(started=True)
    body = {"recipient": {"user_id": person}, "message": {"text": "Chào"}}
    answer = await stage.post("/oa/v3.0/oa/message/cs", body)
    assert answer == {"error": -201, "message": "user_id is invalid!"}


async def test_buttons_are_rows_of_one(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    await stage.say(phone, buttons(SHOW, HIDE, MAP, CALL))
    shown = await phone.answer()
    assert shown.labels == ["1 Có", "2 Không", "Bản đồ", "Gọi"]
    assert [button.data for button in shown.buttons] == ["có", "#s12|no", "", ""]
    assert shown.buttons[2].url == "https://example.org/m"
    assert shown.buttons[3].url == "tel:+84912345678"
    assert [len(row) for row in shown.rows] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("rule", "kind", "code"),
    [("any", None, 0), ("any", "button", 0), ("button", None, -233), ("none", "button", -233)],
)
async def test_whether_buttons_name_their_template(
    stage: OaStage, rule: Any, kind: str | None, code: int
) -> None:
    stage.oa.rules.buttons = rule
    message = buttons(SHOW)
    message["attachment"]["payload"] = {
        **({"template_type": kind} if kind else {}),
        "buttons": [SHOW],
    }
    assert (await stage.say(stage.phone(started=True), message))["error"] == code


async def test_a_picture_by_its_address(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    element = {"media_type": "image", "url": "https://example.org/tep/ve.png"}
    message = {"text": "Vé", **template(template_type="media", elements=[element])}
    assert (await stage.say(phone, message))["error"] == 0
    shown = await phone.answer()
    assert (shown.kind, shown.text) == ("photo", "Vé")
    assert shown.file
    assert (shown.file.url, shown.file.name) == ("https://example.org/tep/ve.png", "ve.png")


async def upload(stage: OaStage, name: str, body: bytes = b"%PDF", kind: str = "file") -> Json:
    # A name goes as UTF-8, as browsers send it (RFC 7578); one in percents would stay in percents.
    form = FormData(quote_fields=False)
    form.add_field("file", BytesIO(body), filename=name)
    return await stage.post(f"/oa/v2.0/oa/upload/{kind}", data=form)


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("thu.pdf", 10, 0),
        ("thu.DOC", 10, 0),
        ("thu.docx", 10, 0),
        ("ds.csv", 5 * 1024 * 1024, 0),
        ("ds.csv", 5 * 1024 * 1024 + 1, -210),
        ("lich.ics", 10, -201),
        ("anh.png", 10, -201),
        ("thu.pdf", 0, -201),
    ],
)
async def test_which_files_it_takes(stage: OaStage, name: str, size: int, code: int) -> None:
    assert (await upload(stage, name, b"x" * size))["error"] == code


async def test_a_file_is_sent_by_its_token_for_seven_days(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    token = (await upload(stage, "Thư mời.pdf"))["data"]["token"]
    message = {"attachment": {"type": "file", "payload": {"token": token}}}
    assert (await stage.say(phone, message))["error"] == 0
    shown = await phone.answer()
    assert shown.kind == "document"
    assert shown.file
    assert (shown.file.name, shown.file.size) == ("Thư mời.pdf", 4)
    stage.later(7 * 24 + 1)
    stage.token = stage.oa.oauth.issue().access
    await phone.say("ơi")
    assert await stage.say(phone, message) == {"error": -100, "message": "token was expired"}


async def test_a_picture_by_its_id(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    id = (await upload(stage, "ve.png", kind="image"))["data"]["attachment_id"]
    element = {"media_type": "image", "attachment_id": id}
    message = template(template_type="media", elements=[element])
    assert (await stage.say(phone, message))["error"] == 0
    assert (await phone.answer()).kind == "photo"
    both = {**element, "url": "https://example.org/a.png"}
    message = template(template_type="media", elements=[both])
    assert (await stage.say(phone, message))["error"] == -201
    message = {"attachment": {"type": "file", "payload": {"token": id}}}
    assert (await stage.say(phone, message))["error"] == -201


async def test_uploads_of_a_month_are_counted(stage: OaStage) -> None:
    stage.oa.rules.uploads_a_month = 1
    assert (await upload(stage, "a.pdf"))["error"] == 0
    assert await upload(stage, "a.pdf") == {"error": -211, "message": "Out of quota"}


async def test_the_form_lays_a_key(stage: OaStage) -> None:
    phone = stage.phone(number="0912345678", started=True)
    element = {"title": "Sở GDĐT", "subtitle": "Xin số", "image_url": "https://example.org/a.png"}
    message = template(template_type="request_user_info", elements=[element])
    assert (await stage.say(phone, message))["error"] == 0
    assert (await phone.answer()).text == "Sở GDĐT\nXin số"
    assert phone.keyboard[0][0].contact
    await phone.share_contact()
    assert phone.keyboard == ()
    bare = {"title": "Sở GDĐT", "subtitle": "Xin số"}
    message = template(template_type="request_user_info", elements=[bare])
    assert (await stage.say(phone, message))["error"] == 0
    stage.oa.rules.form_picture = True
    assert (await stage.say(phone, message))["message"] == "image_url is invalid!"
    long = template(
        template_type="request_user_info", elements=[{**element, "subtitle": "a" * 501}]
    )
    assert (await stage.say(phone, long))["error"] == -210


async def test_the_windows(stage: OaStage) -> None:
    stage.oa.oauth.lifetime = 1e9
    stage.token = stage.oa.oauth.issue().access
    phone = stage.phone()
    assert (await stage.say(phone, {"text": "a"}))["error"] == -232
    await phone.say("chào")
    stage.later(47.99)
    free = await stage.say(phone, {"text": "a"})
    assert free["data"]["quota"]["quota_type"] == "free_reply"
    assert stage.oa.purse.charged == {}
    stage.later(0.02)
    paid = await stage.say(phone, {"text": "a"})
    assert paid["data"]["quota"] == {"quota_type": "purchase_quota", "remain": "0"}
    assert stage.oa.purse.charged == {"cs": 55}
    stage.later(5 * 24 - 0.1)
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0
    stage.later(0.2)
    assert await stage.say(phone, {"text": "a"}) == {
        "error": -230,
        "message": "User has not interacted with the OA in the past 7 days",
    }
    await phone.query("#s1|yes")
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0


async def test_whoever_stopped_following_is_out_of_reach_until_they_write(stage: OaStage) -> None:
    phone = stage.phone(started=True)
    await phone.block()
    assert phone.blocked
    assert await stage.say(phone, {"text": "a"}) == {
        "error": -213,
        "message": "User has not followed OA",
    }
    await phone.say("có ai không")
    assert not phone.blocked
    assert not phone.follows
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0
    await phone.block()
    await phone.unblock()
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0


async def test_eight_free_answers_to_each_action(stage: OaStage) -> None:
    stage.oa.rules.free_replies = 8
    phone = stage.phone(started=True)
    for _ in range(8):
        await stage.say(phone, {"text": "a"})
    assert stage.oa.purse.charged == {}
    await stage.say(phone, {"text": "a"})
    assert stage.oa.purse.charged == {"cs": 55}
    quota = await stage.post("/oa/v3.0/oa/quota/message", {"user_id": phone.id})
    assert quota["data"]["cs_reply"] == {"remain": 0, "total": 8}
    await phone.say("vâng")
    quota = await stage.post("/oa/v3.0/oa/quota/message", {"user_id": phone.id})
    assert quota["data"]["cs_reply"] == {"remain": 8, "total": 8}


async def test_an_empty_purse(stage: OaStage) -> None:
    stage.oa.rules.free_hours = 0
    stage.oa.rules.balance = 60
    phone = stage.phone(started=True)
    assert (await stage.say(phone, {"text": "a"}))["error"] == 0
    assert await stage.say(phone, {"text": "a"}) == {
        "error": -321,
        "message": "Zalo Cloud Account out of money or unable to be charged",
    }
    assert stage.oa.rules.balance == 5
    assert len(phone.messages) == 1


async def test_the_quota_tells_the_last_action(stage: OaStage) -> None:
    phone = stage.phone()
    asked = {"user_id": phone.id}
    quota = await stage.post("/oa/v3.0/oa/quota/message", asked)
    assert quota["data"]["last_interaction"] == "0"
    assert quota["data"]["cs_reply"]["remain"] == 0
    await phone.say("chào", date=1_795_316_399_123)
    quota = await stage.post("/oa/v3.0/oa/quota/message", asked)
    assert quota["data"]["last_interaction"] == "1795316399123"
    assert quota["data"]["cs_reply"]["remain"] > 0
    assert (await stage.post("/oa/v3.0/oa/quota/message", {}))["error"] == -201


async def test_what_is_known_of_a_person(stage: OaStage) -> None:
    phone = stage.phone("H'Bia Niê", number="0912345678", started=True)
    detail = await stage.get("/oa/v3.0/oa/user/detail", data=f'{{"user_id":"{phone.id}"}}')
    data = detail["data"]
    assert (data["user_id"], data["display_name"]) == (phone.id, "H'Bia Niê")
    assert data["user_is_follower"] is True
    assert data["user_last_interaction_date"] == "22/11/2026"
    assert data["user_id_by_app"] != phone.id
    assert data["shared_info"] == {}
    await phone.share_contact()
    detail = await stage.get("/oa/v3.0/oa/user/detail", data=f'{{"user_id":"{phone.id}"}}')
    assert detail["data"]["shared_info"]["phone"] == "84912345678"
    assert (await stage.get("/oa/v3.0/oa/user/detail", data="x"))["error"] == -201
    assert (await stage.get("/oa/v3.0/oa/user/detail", data='{"user_id":"1"}'))["error"] == -201


async def test_the_account_itself(stage: OaStage) -> None:
    stage.phone(started=True)
    stage.phone()
    data = (await stage.get("/oa/v2.0/oa/getoa"))["data"]
    assert (data["oaid"], data["num_follower"]) == ("388613280878808645", 1)
    assert data["name"] == stage.oa.bot_name


async def test_what_is_shut_down_or_was_never_there(stage: OaStage) -> None:
    shut = await stage.post("/oa/v2.0/oa/message", {"recipient": {}, "message": {}})
    assert shut == {
        "error": -240,
        "message": "MessageV2 API has been shut down, please switch to MessageV3",
    }
    none = await stage.post("/oa/v3.0/oa/message/transaction", {})
    assert none == {"error": 404, "message": "Empty api config"}


async def test_a_body_that_is_no_json(stage: OaStage) -> None:
    answer = await stage.post("/oa/v3.0/oa/message/cs", data=b"{")
    assert answer == {"error": -201, "message": "body is invalid!"}
