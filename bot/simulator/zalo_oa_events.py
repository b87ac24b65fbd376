"""The events an Official Account's webhook gets, as the wire shapes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_accounts import OaAccount

    Json = dict[str, Any]

FAR = "https://zalo.invalid"  # where the platform keeps what nothing fetches


def from_person(account: OaAccount, oa: str, name: str, message: Json) -> Json:
    """What a person sent."""
    return {
        "sender": {"id": account.id},
        "recipient": {"id": oa},
        "user_id_by_app": account.by_app,
        "event_name": name,
        "message": message,
    }


def to_person(account: OaAccount, oa: str, name: str, message: Json, **sender: str) -> Json:
    """What became of the account's own message: said, received, seen. The two change places."""
    return {
        "sender": {"id": oa, **sender},
        "recipient": {"id": account.id},
        "user_id_by_app": account.by_app,
        "event_name": name,
        "message": message,
    }


def following(account: OaAccount, oa: str, name: str) -> Json:
    """They follow, or follow no longer: nobody is sender or recipient."""
    return {
        "oa_id": oa,
        "follower": {"id": account.id},
        "user_id_by_app": account.by_app,
        "event_name": name,
        "source": "oa_profile",
    }


def form(account: OaAccount, oa: str, name: str, phone: str, *, old: bool) -> Json:
    """They sent the form with their details; what they typed there proves nothing."""
    info: Json = {"name": name, "phone": phone}
    if old:
        info |= {"address": "Tổ 3", "city": "Đắk Nông", "district": "Krông Nô", "ward": "Đức Xuyên"}
    else:
        info["full_address"] = {
            "user_city": "Đắk Nông",
            "user_ward": "Đức Xuyên",
            "user_address": "Tổ 3",
        }
    return {
        "sender": {"id": account.id},
        "recipient": {"id": oa},
        "user_id_by_app": account.by_app,
        "event_name": "user_submit_info",
        "info": info,
    }


def delivered(oa: str, number: str, message: Json) -> Json:
    """A template arrived: the recipient is a phone number."""
    return {
        "sender": {"id": oa},
        "recipient": {"id": number},
        "event_name": "user_received_message",
        "message": message,
    }


def image(url: str) -> Json:
    """A picture as an attachment."""
    return {"type": "image", "payload": {"thumbnail": url, "url": url}}


def sticker(id: str) -> Json:
    """A sticker."""
    return {"type": "sticker", "payload": {"id": id, "url": f"{FAR}/stickers/{id}"}}


def audio(id: str) -> Json:
    """A spoken message."""
    return {"type": "audio", "payload": {"url": f"{FAR}/{id}.amr"}}


def location(latitude: float, longitude: float) -> Json:
    """Where they are; the numbers are texts."""
    coordinates = {"latitude": str(latitude), "longitude": str(longitude)}
    return {"type": "location", "payload": {"coordinates": coordinates}}


def link(url: str, title: str = "") -> Json:
    """A link with its preview."""
    payload = {"url": url, "thumbnail": f"{FAR}/t", "title": title, "description": title}
    return {"type": "link", "payload": payload}


def business_card(phone: str) -> Json:
    """A contact of somebody: a link whose description holds JSON."""
    described = json.dumps({"phone": phone, "qrCodeUrl": f"{FAR}/qr"})
    payload = {"url": f"{FAR}/u/{phone}", "thumbnail": f"{FAR}/t", "description": described}
    return {"type": "link", "payload": payload}


def file(url: str, name: str, size: int) -> Json:
    """A file; its size is text."""
    kind = name.rpartition(".")[2]
    payload = {"url": url, "size": str(size), "name": name, "checksum": "", "type": kind}
    return {"type": "file", "payload": payload}
