"""The calls of the Official Account's API that the simulator knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.simulator.zalo_oa_accounts import ENDLESS
from bot.simulator.zalo_oa_answers import OaError, invalid, structure
from bot.simulator.zalo_oa_speech import say, send_template

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.simulator.zalo_oa_platform import OaPlatform

    Json = dict[str, Any]

LIST_LIMIT = 100


class Known(NamedTuple):
    """A call: its name in faults and in the journal, and what answers it with its data."""

    name: str
    answer: Callable[[OaPlatform, Json], object]


class Page(NamedTuple):
    """A part of a list, and how long the whole is."""

    data: list[Json]
    total: int


def _user(platform: OaPlatform, query: Json) -> Json:
    account = platform.account(_data(query).get("user_id"))
    last = platform.day_of(account.acted_at) if account.acted_at else ""
    return {
        "user_id": account.id,
        "user_id_by_app": account.by_app,
        "user_external_id": "",
        "display_name": account.person.name,
        "user_alias": account.person.name,
        "is_sensitive": False,
        "user_last_interaction_date": last,
        "user_is_follower": account.follows,
        "avatar": "",
        "avatars": {"120": "", "240": ""},
        "tags_and_notes_info": {"notes": [], "tag_names": []},
        "shared_info": account.shared,
    }


def _account(platform: OaPlatform, _: Json) -> Json:
    followers = sum(account.follows for account in platform.accounts.values())
    return {
        "oaid": platform.keys.oa_id,
        "name": platform.bot_name,
        "description": "",
        "oa_alias": "",
        "is_verified": True,
        "oa_type": 4,
        "cate_name": "Cơ quan nhà nước",
        "num_follower": followers,
        "avatar": "",
        "cover": "",
        "package_name": "Gói Tăng trưởng",
        "package_valid_through_date": "",
        "package_auto_renew_date": "",
        "linked_ZCA": "",
    }


def _quota(platform: OaPlatform, body: Json) -> Json:
    rules = platform.rules
    account = platform.account(body.get("user_id"))
    total = ENDLESS if rules.free_replies is None else rules.free_replies
    left = account.free_left(rules, platform.now())
    return {
        "last_interaction": str(account.acted_at),
        "cs_reply": {"remain": left, "total": total},
        "promotion": {
            "daily_remain": 0,
            "daily_total": 0,
            "monthly_remain": 0,
            "monthly_total": 0,
        },
    }


def _upload(kind: str) -> Callable[[OaPlatform, Json], Json]:
    return lambda platform, form: platform.uploads.put(kind, form.get("file"), platform.now())


def _gone(_: OaPlatform, __: Json) -> Json:
    raise OaError(-240)


def _template_quota(platform: OaPlatform, _: Json) -> Json:
    quota = platform.rules.day_quota
    used = platform.day.used(platform.now())
    return {"dailyQuota": quota, "remainingQuota": max(0, quota - used)}


def _template_status(platform: OaPlatform, query: Json) -> Json:
    at = platform.receipts.get(str(query.get("message_id", "")))
    if at is None:
        return {"delivery_time": "", "message": "The message does not exist", "status": -1}
    words = "The message was delivered to the user's phone"
    return {"delivery_time": str(at), "message": words, "status": 1}


def _template(platform: OaPlatform, query: Json) -> Json:
    return platform.templates.known(query.get("template_id")).described()


def _templates(platform: OaPlatform, query: Json) -> Page:
    try:
        first, limit = int(query.get("offset", 0)), int(query["limit"])
    except (KeyError, ValueError):
        raise OaError(-132) from None
    if first < 0 or not 0 < limit <= LIST_LIMIT:
        raise OaError(-132)
    whole = platform.templates.listed(str(query.get("status", "")))
    return Page(whole[first : first + limit], len(whole))


def _data(query: Json) -> Json:
    try:
        value: object = json.loads(str(query.get("data", "")))
    except ValueError:
        raise invalid("data") from None
    return structure(value, "data")


# By verb and path below the simulator's root, whose first part stands for the platform's host.
CALLS: dict[tuple[str, str], Known] = {
    ("POST", "/oa/v3.0/oa/message/cs"): Known("oa/message/cs", say),
    ("POST", "/oa/v3.0/oa/quota/message"): Known("oa/quota/message", _quota),
    ("GET", "/oa/v3.0/oa/user/detail"): Known("oa/user/detail", _user),
    ("GET", "/oa/v2.0/oa/getoa"): Known("oa/getoa", _account),
    ("POST", "/oa/v2.0/oa/upload/file"): Known("oa/upload/file", _upload("file")),
    ("POST", "/oa/v2.0/oa/upload/image"): Known("oa/upload/image", _upload("image")),
    ("POST", "/oa/v2.0/oa/upload/gif"): Known("oa/upload/gif", _upload("gif")),
    ("POST", "/oa/v2.0/oa/message"): Known("oa/message", _gone),
    ("POST", "/oa/v2.0/oa/message/cs"): Known("oa/message", _gone),
    ("POST", "/business/message/template"): Known("message/template", send_template),
    ("GET", "/business/message/quota"): Known("message/quota", _template_quota),
    ("GET", "/business/message/status"): Known("message/status", _template_status),
    ("GET", "/business/template/info/v2"): Known("template/info/v2", _template),
    ("GET", "/business/template/all"): Known("template/all", _templates),
}
