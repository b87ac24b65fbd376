"""The doctor's look at Zalo's Bot Platform: the token, where events go, and how full it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bot.channels.base import Refused, SendError
from bot.channels.zalo_bot import ZaloBotChannel
from bot.findings import missing, note, well
from storage import channels, quotas
from storage.channels import ZALO_BOT

if TYPE_CHECKING:
    from bot.findings import Finding, Words
    from bot.settings import Settings
    from storage.database import Database

# Who listens notes it more often than this.
SILENT = timedelta(minutes=2)


async def examine(_: Words, settings: Settings, database: Database | None) -> list[Finding]:
    """What Zalo says to `getMe` and `getWebhookInfo`, and what our counters say."""
    token = settings.zalo_bot_token.get_secret_value()
    async with ZaloBotChannel(
        token, link=lambda _document: "", base_url=settings.zalo_bot_base_url
    ) as channel:
        try:
            name = await channel.identify()
            there = await channel.webhook()
        except Refused:
            return [
                missing(
                    _("Zalo refuses the bot's token: copy it anew into {name}.",
                      name="TAPHUAN_ZALO_BOT_TOKEN")
                )
            ]  # fmt: skip
        except SendError:
            return [missing(_("Zalo's Bot Platform cannot be reached: check the network."))]
    findings = [
        well(_("Zalo accepts the token of the bot {name}.", name=name)),
        _address(_, settings.zalo_bot_webhook, there),
    ]
    if not settings.public_url:
        findings.append(
            note(_("Files cannot be given to people on Zalo: set {name} to our https address.",
                   name="TAPHUAN_PUBLIC_URL"))
        )  # fmt: skip
    return findings + (await _counts(_, settings, database) if database else [])


def _address(_: Words, wanted: str, there: str) -> Finding:
    if there == wanted:
        right = _("Zalo posts the bot's events to our webhook.")
        return well(right if wanted else _("The bot's events are fetched by polling."))
    if wanted:
        return note(
            _("Zalo does not know the bot's webhook yet; taphuan run tells it at the start.")
        )
    return note(
        _("Zalo posts the bot's events to another address: taphuan run ends that and polls."
          " Set {name} if the webhook is meant.", name="TAPHUAN_ZALO_BOT_WEBHOOK_SECRET")
    )  # fmt: skip


async def _counts(_: Words, settings: Settings, database: Database) -> list[Finding]:
    now = datetime.now(UTC).astimezone(settings.zone)
    people = await database.read(lambda db: channels.people(db, ZALO_BOT))
    sent = await database.read(lambda db: quotas.used(db, ZALO_BOT, quotas.What.MESSAGES, now))
    heard = await database.read(lambda db: channels.last_polled(db, ZALO_BOT))
    findings = [_people(_, people, settings.zalo_bot_users),
                _messages(_, sent, settings.zalo_bot_messages)]  # fmt: skip
    if not settings.zalo_bot_webhook and heard and now - heard > SILENT:
        findings.append(
            missing(
                _("Nobody has listened to the Zalo bot since {when}: what is written to it"
                  " meanwhile is lost. Check that taphuan run is running.",
                  when=f"{heard.astimezone(settings.zone):%d/%m/%Y %H:%M}")
            )
        )  # fmt: skip
    return findings


def _people(_: Words, count: int, most: int) -> Finding:
    if not most:
        return well(_("{number} people write to the Zalo bot.", number=count))
    said = _("The Zalo bot has {number} of the {all} people its package allows.",
             number=count, all=most)  # fmt: skip
    if count >= most:
        return missing(
            _("The Zalo bot is full, with {number} people: whoever is new gets told where else to"
              " write. Larger trainings need an Official Account.", number=count)
        )  # fmt: skip
    return note(said) if quotas.near(count, most) else well(said)


def _messages(_: Words, count: int, most: int) -> Finding:
    if not most:
        return well(_("The Zalo bot has sent {number} messages this month.", number=count))
    said = _("The Zalo bot has sent {number} of the {all} messages its package allows a month.",
             number=count, all=most)  # fmt: skip
    if count >= most:
        return missing(said)
    return note(said) if quotas.near(count, most) else well(said)
