"""What is done on a phone of the Official Account, as the program behind it hears of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.simulator.zalo_oa_stage import APP, OA, OaStage, from_phone

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_phone import OaPhone


async def test_a_text(stage: OaStage, phone: OaPhone) -> None:
    id = await phone.say("Xin chào, H'Bia đây.")
    assert await stage.heard() == from_phone(
        phone, "user_send_text", {"msg_id": id, "text": "Xin chào, H'Bia đây."}
    )
    assert (phone.messages[0].mine, phone.messages[0].id) == (True, id)


async def test_a_person_writes_after_the_newest_screen(stage: OaStage, phone: OaPhone) -> None:
    await phone.unblock()
    await stage.heard()
    await stage.say(phone, {"text": "Chào"})
    await phone.say("vâng")
    assert (await stage.heard())["timestamp"] == "1795316400002"
    await phone.say("vâng", date=1_795_000_000_000)
    assert (await stage.heard())["timestamp"] == "1795000000000"


@pytest.mark.parametrize(
    ("act", "name", "kind", "payload"),
    [
        ("sticker", "user_send_sticker", "sticker", {"id", "url"}),
        ("voice", "user_send_audio", "audio", {"url"}),
        ("photo", "user_send_image", "image", {"url", "thumbnail"}),
    ],
)
async def test_attachments(
    stage: OaStage, phone: OaPhone, act: str, name: str, kind: str, payload: set[str]
) -> None:
    id = await getattr(phone, act)()
    event = await stage.heard()
    (attachment,) = event["message"].pop("attachments")
    assert event == from_phone(phone, name, {"msg_id": id})
    assert (attachment["type"], set(attachment["payload"])) == (kind, payload)


async def test_what_only_this_platform_has(stage: OaStage, phone: OaPhone) -> None:
    await phone.acts["location"]({"latitude": 12.5, "longitude": 107.75})
    place = (await stage.heard())["message"]["attachments"][0]
    coordinates = {"latitude": "12.5", "longitude": "107.75"}
    assert place == {"type": "location", "payload": {"coordinates": coordinates}}
    await phone.acts["file"]({"name": "Giấy mời.pdf"})
    event = await stage.heard()
    assert event["event_name"] == "user_send_file"
    file = event["message"]["attachments"][0]["payload"]
    assert (file["name"], file["size"], file["type"]) == ("Giấy mời.pdf", "4", "pdf")
    await phone.acts["link"]({"url": "https://example.org"})
    event = await stage.heard()
    assert (event["event_name"], event["message"]["text"]) == (
        "user_send_link",
        "https://example.org",
    )
    await phone.acts["card"]({"number": "0987654321"})
    event = await stage.heard()
    assert event["event_name"] == "user_send_business_card"
    described = json.loads(event["message"]["attachments"][0]["payload"]["description"])
    assert described["phone"] == "84987654321"


async def test_following_names_nobody_as_sender(stage: OaStage, phone: OaPhone) -> None:
    await phone.start()
    follow = {
        "oa_id": OA,
        "follower": {"id": phone.id},
        "user_id_by_app": str(int(phone.id) - 10**18),
        "event_name": "follow",
        "source": "oa_profile",
        "app_id": APP,
        "timestamp": "1795316400000",
    }
    assert await stage.heard() == follow
    assert await phone.start() == "0"
    await phone.block()
    later = {"event_name": "unfollow", "timestamp": "1795316400001"}
    assert await stage.heard() == {**follow, **later}
    assert await phone.block() == "0"


async def test_the_payload_of_a_link_is_typed(stage: OaStage, phone: OaPhone) -> None:
    await phone.start("L12")
    event = await stage.heard()
    assert (event["event_name"], event["message"]["text"]) == ("user_send_text", "L12")


async def test_the_form(stage: OaStage, phone: OaPhone) -> None:
    await phone.share_contact()
    event = await stage.heard()
    assert "message" not in event
    assert event["sender"] == {"id": phone.id}
    assert event["event_name"] == "user_submit_info"
    assert event["info"]["name"] == "Lê Thị Út"
    assert event["info"]["phone"] == "84912345678"
    assert set(event["info"]["full_address"]) == {"user_city", "user_ward", "user_address"}
    stage.oa.rules.old_form = True
    await phone.share_contact("0987654321")
    info = (await stage.heard())["info"]
    assert (info["phone"], set(info)) == (
        "84987654321",
        {"name", "phone", "address", "city", "district", "ward"},
    )
    with pytest.raises(ValueError, match="no owner"):
        await phone.share_contact("0987654321", 7)


def menu(*types: str) -> dict[str, Any]:
    buttons = [
        {"title": f"{digit} Dòng {digit}", "type": type, "payload": f"#s1|line {digit}"}
        for digit, type in enumerate(types, 1)
    ]
    text = "Chọn ạ:\n" + "\n".join(f"{digit} Dòng {digit}" for digit in range(1, 8))
    return {"text": text, "attachment": {"type": "template", "payload": {"buttons": buttons}}}


@pytest.mark.parametrize("wanted", ["2", "2 Dòng 2", "Dòng 2", "#s1|line 2"])
async def test_a_press_is_its_payload(stage: OaStage, phone: OaPhone, wanted: str) -> None:
    await phone.say("menu")
    await stage.heard()
    await stage.say(phone, menu("oa.query.show", "oa.query.hide"))
    id = await phone.press(wanted)
    event = await stage.heard()
    assert event["event_name"] == "user_send_text"
    assert event["message"] == {"msg_id": id, "text": "#s1|line 2"}
    assert [one.text for one in phone.messages if one.mine] == ["menu"]
    await phone.press("1")
    assert [one.text for one in phone.messages if one.mine] == ["menu", "#s1|line 1"]


async def test_a_line_beyond_the_buttons_is_typed(stage: OaStage, phone: OaPhone) -> None:
    await phone.say("menu")
    await stage.heard()
    await stage.say(phone, menu("oa.query.hide"))
    for wanted in ("7", "Dòng 7"):
        await phone.press(wanted)
        assert (await stage.heard())["message"]["text"] == "7"
    with pytest.raises(LookupError, match="1 Dòng 1"):
        await phone.press("9")


async def test_the_card_that_asks_for_details_hides_no_button(
    stage: OaStage, phone: OaPhone
) -> None:
    await phone.say("menu")
    await stage.heard()
    await stage.say(phone, menu("oa.query.hide"))
    element = {"title": "Chia sẻ số", "subtitle": "Chọn ạ:\n1 Dòng 1"}
    payload = {"template_type": "request_user_info", "elements": [element]}
    await stage.say(phone, {"attachment": {"type": "template", "payload": payload}})
    await phone.press("1")
    assert (await stage.heard())["message"]["text"] == "#s1|line 1"


async def test_a_press_on_an_older_message(stage: OaStage, phone: OaPhone) -> None:
    await phone.say("menu")
    await stage.heard()
    await stage.say(phone, menu("oa.query.hide"))
    old = await phone.answer()
    newer = menu("oa.query.hide")
    newer["attachment"]["payload"]["buttons"][0]["payload"] = "#s2|other"
    await stage.say(phone, newer)
    await phone.press("1", old)
    assert (await stage.heard())["message"]["text"] == "#s1|line 1"
    await phone.press("1")
    assert (await stage.heard())["message"]["text"] == "#s2|other"
    await phone.query("#s9|forged")
    assert (await stage.heard())["message"]["text"] == "#s9|forged"


async def test_a_link_or_number_tells_nothing(stage: OaStage, phone: OaPhone) -> None:
    await phone.say("menu")
    await stage.heard()
    link = {"title": "Bản đồ", "type": "oa.open.url", "payload": {"url": "https://e.org"}}
    await stage.say(
        phone, {"text": "Đây", "attachment": {"type": "template", "payload": {"buttons": [link]}}}
    )
    assert await phone.press("Bản đồ") == "0"
    await stage.oa.webhook.settled()
    assert stage.ear.events == []


async def test_what_a_phone_cannot_do(phone: OaPhone) -> None:
    with pytest.raises(ValueError, match="empty"):
        await phone.say(" ")
    with pytest.raises(LookupError):
        await phone.press("1")
    with pytest.raises(TimeoutError):
        await phone.answer(0.01)
