"""The doctor's look at Telegram: the token, the clock, and where updates go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, cast

import aiohttp

from bot.channels.fields import inner, words
from bot.channels.telegram import API
from bot.findings import Finding, missing, note, well

if TYPE_CHECKING:
    from bot.findings import Words
    from bot.settings import Settings

# Reminders and the order of messages and screens tolerate this much.
SKEW = timedelta(seconds=30)
PATIENCE = aiohttp.ClientTimeout(total=15)
# Nobody there, or somebody who is not Telegram.
FAULTS = (aiohttp.ClientError, OSError, ValueError, TypeError, OverflowError, RecursionError)
RECENTLY = timedelta(hours=1)
MANY = 100


async def examine(_: Words, settings: Settings) -> list[Finding]:
    """What Telegram says to `getMe` and `getWebhookInfo`."""
    try:
        me, there = await _ask(settings, "getMe")
        if not me.get("ok"):
            return [_refused(_)]
        hook, _when = await _ask(settings, "getWebhookInfo")
        name, info = words(inner(me, "result"), "username"), inner(hook, "result")
        findings = [
            well(_("Telegram accepts the token of @{name}.", name=name)),
            _clock(_, there),
            *_webhook(_, settings, info),
        ]
    except FAULTS:
        return [
            missing(
                _("Telegram cannot be reached: check the network, and {name} where a proxy is"
                  " needed.", name="TAPHUAN_TELEGRAM_PROXY")
            )
        ]  # fmt: skip
    return findings


async def _ask(settings: Settings, method: str) -> tuple[dict[str, Any], datetime | None]:
    """The answer to a method, and the platform's clock where it shows it."""
    base, token = settings.telegram_base_url or API, settings.telegram_token.get_secret_value()
    before = base.replace("{token}", token) if "{token}" in base else base + token
    async with (
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        session.post(
            f"{before}/{method}", proxy=settings.telegram_proxy or None, allow_redirects=False
        ) as response,
    ):
        answer: object = await response.json(content_type=None)
        date = response.headers.get("Date")
    if not isinstance(answer, dict):
        raise ValueError("no object")  # noqa: TRY004 - what came is wrong, not how it was passed
    return cast("dict[str, Any]", answer), parsedate_to_datetime(date) if date else None


def _refused(_: Words) -> Finding:
    return missing(
        _("Telegram refuses the token: copy it anew from @BotFather into {name}.",
          name="TAPHUAN_TELEGRAM_TOKEN")
    )  # fmt: skip


def _clock(_: Words, there: datetime | None) -> Finding:
    if there is None:
        return note(_("The platform does not say what time it is; check this machine's clock."))
    off = abs(datetime.now(UTC) - there)
    if off > SKEW:
        return missing(
            _("This machine's clock is {seconds} seconds off: switch time synchronisation on.",
              seconds=round(off.total_seconds()))
        )  # fmt: skip
    return well(_("This machine's clock is right."))


def _webhook(_: Words, settings: Settings, info: dict[str, Any]) -> list[Finding]:
    findings = [_address(_, settings.webhook, str(info.get("url", "")))]
    failed = datetime.fromtimestamp(int(info.get("last_error_date", 0)), UTC)
    if info.get("url") and datetime.now(UTC) - failed < RECENTLY:
        findings.append(
            missing(
                _("Telegram could not reach the webhook: {error}. Check the address, its"
                  " certificate, and that taphuan run is running.",
                  error=info.get("last_error_message", ""))
            )
        )  # fmt: skip
    waiting = int(info.get("pending_update_count", 0))
    if waiting > MANY:
        findings.append(
            note(_("{number} messages wait at Telegram to be fetched.", number=waiting))
        )
    return findings


def _address(_: Words, wanted: str, there: str) -> Finding:
    if there == wanted:
        right = _("Telegram posts updates to our webhook.")
        return well(right if wanted else _("Updates are fetched by polling."))
    if wanted:
        return note(_("Telegram does not know our webhook yet; taphuan run tells it at the start."))
    return note(
        _("Telegram posts updates to another address: taphuan run ends that and polls."
          " Set {name} if the webhook is meant.", name="TAPHUAN_TELEGRAM_WEBHOOK_URL")
    )  # fmt: skip
