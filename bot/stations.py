"""Every channel the settings name, with what it takes to run it."""

from __future__ import annotations

import difflib
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.channels.telegram import TelegramChannel
from bot.channels.uploads import Uploads
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_template import ZaloTemplateChannel
from bot.channels.zalo_tokens import Tokens
from bot.hooks import TelegramHook, ZaloBotHook, ZaloOaHook
from bot.menus import Menus
from bot.settings import SettingsError
from handlers import templates
from storage import channels, interruptions
from storage.channels import Terms

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from datetime import datetime

    from aiohttp import web

    from bot.channels.base import Channel, Link, Render
    from bot.clock import Job
    from bot.events import Events
    from bot.inbox import Inbox
    from bot.settings import Settings
    from handlers.turn import Answer
    from storage.database import Database

log = logging.getLogger(__name__)

LOG_IN = "Zalo refuses the Official Account: run `taphuan zalo-login`, or ask `taphuan doctor`"
# On the Official Account an answer is free for so many hours, and cannot be sent after so many.
FREE_HOURS, PAID_HOURS = 48, 168
# Messages a second that Telegram takes for nothing.
FREE_RATE = 30
# Seconds between two notes of when a channel was last listened to.
NOTED = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What stations are built on. `link` makes addresses of documents, `render` their bytes.

    `wake` lets the sender look at once for what is owed.
    """

    settings: Settings
    database: Database
    inbox: Inbox
    events: Events
    link: Link
    render: Render
    now: Callable[[], datetime]
    wake: Callable[[], None]


async def _nothing() -> None:
    """Nothing has to be told to this platform."""


async def _told(stop: asyncio.Event) -> None:
    """What people say is brought to us."""
    await stop.wait()


@dataclass(frozen=True, slots=True)
class Station:
    """A channel and how it is run.

    `identify` gives the name people look for; `announce` tells the platform about us (both raise
    `SendError`s). `take` listens until it is told to stop, None where nobody answers on the
    channel. `hook` is the address that the platform posts to, and what takes it. `refusal` says
    what to do where the platform does not accept our token at the start.
    """

    channel: Channel
    terms: Terms
    identify: Callable[[], Awaitable[str]]
    refusal: str
    announce: Callable[[], Awaitable[None]] = _nothing
    take: Callable[[asyncio.Event], Awaitable[None]] | None = _told
    hook: tuple[str, Callable[[web.Request], Awaitable[web.Response]]] | None = None
    jobs: Mapping[str, tuple[Job, float]] = field(default_factory=dict[str, "tuple[Job, float]"])
    on_turn: Callable[[Answer], None] = lambda _: None

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name

    def known_as(self, contact: str) -> Terms:
        """The terms, with what a person looks for to find us."""
        return replace(self.terms, contact=contact)


@asynccontextmanager
async def opened(parts: Parts) -> AsyncGenerator[list[Station]]:
    """The stations of all channels that are set up; their connections end with the context."""
    settings = parts.settings
    async with AsyncExitStack() as stack:
        found: list[Station] = []
        if settings.telegram_token:
            found.append(await _telegram(parts, stack))
        if settings.zalo_bot_token:
            found.append(await _zalo_bot(parts, stack))
        if settings.has_oa:
            tokens = await stack.enter_async_context(
                Tokens(
                    parts.database,
                    settings.zalo_app_id,
                    settings.zalo_app_secret.get_secret_value(),
                    oauth_url=settings.zalo_oauth_base_url,
                    clock=parts.now,
                )
            )
            found.append(await _zalo_oa(parts, tokens, stack))
            if settings.zalo_templates:
                found.append(await _zalo_template(parts, tokens, stack))
        yield found


async def _telegram(parts: Parts, stack: AsyncExitStack) -> Station:
    settings, inbox = parts.settings, parts.inbox
    token = settings.telegram_token.get_secret_value()
    channel = await stack.enter_async_context(
        TelegramChannel(
            token,
            render=parts.render,
            link=parts.link,
            # A file's id is good for one bot, which the first part of its token names.
            uploads=Uploads(parts.database, f"telegram:{token.partition(':')[0]}", parts.now),
            base_url=settings.telegram_base_url or None,
            base_file_url=settings.telegram_base_file_url or None,
            proxy=settings.telegram_proxy or None,
            paid=settings.telegram_rate > FREE_RATE,
        )
    )
    menus = Menus(channel, parts.database, inbox)
    secret = settings.telegram_webhook_secret.get_secret_value()

    async def identify() -> str:
        return f"@{await channel.identify()}"

    async def announce() -> None:
        if settings.webhook:
            await channel.set_webhook(settings.webhook, secret)
        await menus.announce()

    async def poll(stop: asyncio.Event) -> None:
        await channel.poll(inbox.receive, stop)

    return Station(
        channel,
        Terms(rate=settings.telegram_rate, per_chat=1),
        identify,
        "Telegram refuses the token: copy it anew from @BotFather into TAPHUAN_TELEGRAM_TOKEN",
        announce=announce,
        take=_told if settings.webhook else poll,
        hook=(settings.webhook, TelegramHook(channel, inbox, secret).take)
        if settings.webhook
        else None,
        jobs={"menus": (menus.refresh, 0.0)},
        on_turn=menus.note,
    )


async def _zalo_bot(parts: Parts, stack: AsyncExitStack) -> Station:
    settings = parts.settings
    channel = await stack.enter_async_context(
        ZaloBotChannel(
            settings.zalo_bot_token.get_secret_value(),
            link=parts.link,
            base_url=settings.zalo_bot_base_url,
            clock=parts.now,
        )
    )
    keep = parts.events.keeper(channel)
    secret = settings.zalo_bot_webhook_secret.get_secret_value()
    url = settings.zalo_bot_webhook
    ear = Ear(parts, channel)

    async def announce() -> None:
        if url:
            await channel.set_webhook(url, secret)

    async def poll(stop: asyncio.Event) -> None:
        await channel.poll(keep, stop, ear.missed, await ear.last())
        await ear.note()

    return Station(
        channel,
        Terms(
            most_people=settings.zalo_bot_users,
            most_messages=settings.zalo_bot_messages,
            rate=settings.zalo_bot_rate,
        ),
        channel.identify,
        "Zalo refuses the bot's token: copy it anew into TAPHUAN_ZALO_BOT_TOKEN",
        announce=announce,
        take=_told if url else poll,
        hook=(url, ZaloBotHook(keep, secret).take) if url else None,
        jobs={} if url else {"ear": (ear.note, NOTED)},
    )


async def _zalo_oa(parts: Parts, tokens: Tokens, stack: AsyncExitStack) -> Station:
    settings = parts.settings
    channel = await stack.enter_async_context(
        ZaloOaChannel(
            tokens,
            app_id=settings.zalo_app_id,
            oa_id=settings.zalo_oa_id,
            secret=settings.zalo_oa_secret.get_secret_value(),
            render=parts.render,
            link=parts.link,
            base_url=settings.zalo_oa_base_url,
            signature=settings.zalo_oa_signature,
            clock=parts.now,
            app_secret=settings.zalo_app_secret.get_secret_value(),
            price=settings.zalo_oa_price,
            uploads=Uploads(parts.database, f"zalo_oa:{settings.zalo_oa_id}", parts.now),
        )
    )
    hook = ZaloOaHook(
        channel,
        parts.events.keeper(channel),
        app_id=settings.zalo_app_id,
        oa_id=settings.zalo_oa_id,
    )
    return Station(
        channel,
        Terms(
            free_hours=FREE_HOURS,
            paid_hours=PAID_HOURS,
            price=settings.zalo_oa_price,
            day_ceiling=settings.zalo_day_ceiling,
            month_ceiling=settings.zalo_month_ceiling,
            shared=settings.zalo_oa_shared,
            rate=settings.zalo_oa_rate,
        ),
        channel.identify,
        LOG_IN,
        hook=(settings.zalo_oa_webhook, hook.take),
    )


async def _zalo_template(parts: Parts, tokens: Tokens, stack: AsyncExitStack) -> Station:
    settings = parts.settings
    for kind in settings.zalo_templates:
        _check_known(kind)
    channel = await stack.enter_async_context(
        ZaloTemplateChannel(
            tokens,
            ids=settings.zalo_templates,
            development=settings.zalo_templates_development,
            base_url=settings.zalo_business_base_url,
            clock=parts.now,
        )
    )

    async def identify() -> str:
        await tokens.access()
        return ""

    prices = {
        kind: one.price
        for kind, one in templates.catalogue().items()
        if kind in settings.zalo_templates
    }
    return Station(
        channel,
        Terms(
            templates=prices,
            rate=settings.zalo_oa_rate,
            day_ceiling=settings.zalo_day_ceiling,
            month_ceiling=settings.zalo_month_ceiling,
        ),
        identify,
        LOG_IN,
        take=None,
    )


def _check_known(kind: str) -> None:
    known = list(templates.catalogue())
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise SettingsError(
            "TAPHUAN_ZALO_TEMPLATES is wrong: there is no kind {kind}: {meant}",
            kind=kind, meant=meant,
        )  # fmt: skip


class Ear:
    """Notes that a channel is listened to, whose platform keeps nothing for us meanwhile."""

    def __init__(self, parts: Parts, channel: ZaloBotChannel) -> None:
        self._database = parts.database
        self._inbox = parts.inbox
        self._channel = channel
        self._wake = parts.wake
        self._noted: datetime | None = None

    async def last(self) -> datetime | None:
        """When anybody last listened, as far as it is noted."""
        name = self._channel.name
        return await self._database.read(lambda db: channels.last_polled(db, name))

    async def note(self) -> None:
        """Note when the last good poll ended: that one was listening then is all that is known."""
        heard = self._channel.listened_at
        if heard is None or heard == self._noted:
            return
        await self._database.turn(lambda db: channels.polled(db, self._channel.name, heard))
        self._noted = heard

    async def missed(self, since: datetime) -> None:
        """Owe those who talked before a gap a word that they were not heard."""
        name, now = self._channel.name, self._inbox.now()
        log.warning("%s: nobody listened for %s", name, now - since)
        await self._database.turn(lambda db: interruptions.owe(db, name, since, now))
        self._wake()
