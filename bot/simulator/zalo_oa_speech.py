"""What the Official Account says: answers within the windows, and templates by phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.simulator.screen import Key, Shown
from bot.simulator.zalo_oa_accounts import international
from bot.simulator.zalo_oa_answers import OaError, structure
from bot.simulator.zalo_oa_events import delivered, to_person
from bot.simulator.zalo_oa_messages import OaContent, read_content
from bot.simulator.zalo_oa_rules import DAY_MS, HOUR_MS, VIETNAM_MS
from bot.simulator.zalo_oa_templates import number

if TYPE_CHECKING:
    from bot.simulator.zalo_oa_accounts import OaAccount
    from bot.simulator.zalo_oa_platform import OaPlatform

    Json = dict[str, Any]

FORM_KEY = "Cung cấp thông tin"
NOTICE, OFFICER = "Zalo thông báo", "Cán bộ"
FIRST_HOUR, LAST_HOUR = 6, 22


def say(platform: OaPlatform, body: Json) -> Json:
    """Answer a person within the windows: the data of the API's answer."""
    account = platform.account(structure(body.get("recipient"), "recipient").get("user_id"))
    rules, now = platform.rules, platform.now()
    message = structure(body.get("message"), "message")
    content = read_content(message, rules, platform.uploads, now)
    account.check_open(rules, now)
    free = account.free_left(rules, now) > 0
    if not free and not platform.purse.pay("cs", rules.price):
        raise OaError(-321)
    account.free_used += free
    at, id = account.spoken_at(now), platform.new_id()
    show(platform, account, content, message, id=id, at=at)
    kind = "free_reply" if free else "purchase_quota"
    quota = {"quota_type": kind, "remain": str(account.free_left(rules, now))}
    return {"message_id": id, "user_id": account.id, "sent_time": str(at), "quota": quota}


def show(
    platform: OaPlatform,
    account: OaAccount,
    content: OaContent,
    message: Json,
    *,
    id: str,
    at: int,
    admin: str = "",
) -> None:
    """Put a message of the account on a phone and tell the webhook."""
    account.keep(id, message)
    shown = Shown(
        id,
        at // 1000,
        kind=content.kind,
        text=content.text,
        author=OFFICER if admin else "",
        rows=content.rows,
        file=content.file,
    )
    account.screen.show(shown)
    if content.asks:
        account.screen.lay(((Key(FORM_KEY, contact=True),),))
    if platform.rules.echoes or admin:
        said = {"msg_id": id, "text": content.text}
        who = {"admin_id": admin} if admin else {}
        event = to_person(account, platform.keys.oa_id, content.event, said, **who)
        platform.event(event, account.id, at=at)
    if platform.rules.receipts:
        event = to_person(account, platform.keys.oa_id, "user_received_message", {"msg_id": id})
        platform.event(event, account.id, at=at)


def send_template(platform: OaPlatform, body: Json) -> Json:
    """Send approved words to a phone number: the data of the API's answer."""
    phone = number(body.get("phone"))
    template, words = platform.templates.wanted(body)
    rules, now = platform.rules, platform.now()
    trial = body.get("mode") == "development"
    if trial and phone not in map(international, rules.admins):
        raise OaError(-127)
    if rules.night and not FIRST_HOUR <= (now + VIETNAM_MS) % DAY_MS // HOUR_MS < LAST_HOUR:
        raise OaError(-133)
    account = _owner(platform, phone)
    if platform.day.used(now) >= rules.day_quota:
        raise OaError(-144)
    if not trial and not platform.purse.pay("template", template.price):
        raise OaError(-115)
    platform.day.take(now, None)
    at, id = account.spoken_at(now), platform.new_id()
    platform.receipts[id] = at
    account.screen.show(Shown(id, at // 1000, kind="template", text=words, author=NOTICE))
    if rules.template_receipts:
        _receipt(platform, account, id, str(body.get("tracking_id", "")))
    left = {"dailyQuota": str(rules.day_quota)}
    left["remainingQuota"] = str(rules.day_quota - platform.day.used(now))
    return {"msg_id": id, "sent_time": str(at), "sending_mode": "1", "quota": left}


def _owner(platform: OaPlatform, phone: str) -> OaAccount:
    owners = (account for account in platform.accounts.values() if account.number == phone)
    account = next(owners, None)
    if account is None:
        raise OaError(-118)
    if account.refuses_templates:
        raise OaError(-119)
    return account


def _receipt(platform: OaPlatform, account: OaAccount, id: str, tracking: str) -> None:
    at = platform.receipts[id]
    said = {"delivery_time": str(at), "msg_id": id, "tracking_id": tracking}
    event = delivered(platform.keys.oa_id, account.number, said)
    platform.event(event, account.id, at=at, server="ZNS")
