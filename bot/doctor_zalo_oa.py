"""The doctor's look at the Official Account: its keys, its webhook, its templates, its money."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.channels.base import Halted, Refused, SendError
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_template import ZaloTemplateChannel
from bot.channels.zalo_tokens import Tokens
from bot.findings import missing, note, well
from handlers import templates
from storage import inbox_events, oa_tokens, spending
from storage.channels import ZALO_OA, ZALO_TEMPLATE
from storage.models import TokenState

if TYPE_CHECKING:
    from bot.channels.zalo_template import Approved
    from bot.findings import Finding, Words
    from bot.settings import Settings
    from storage.database import Database
    from storage.oa_tokens import Pair

# A refresh token works for three months (docs/channels.md "Lifetimes").
REFRESH = timedelta(days=90)
SOON = timedelta(days=14)


async def examine(_: Words, settings: Settings, database: Database) -> list[Finding]:
    """What is stored, and what Zalo says about the account and each template."""
    pair = await database.read(lambda db: oa_tokens.pair(db, settings.zalo_app_id))
    if pair is None:
        return [
            missing(_("The Official Account is not logged in: run taphuan zalo-login")),
            *await _own(_, settings, database),
        ]
    findings = [_keys(_, settings, pair)]
    async with AsyncExitStack() as stack:
        secret = settings.zalo_app_secret.get_secret_value()
        tokens = await stack.enter_async_context(
            Tokens(database, settings.zalo_app_id, secret, oauth_url=settings.zalo_oauth_base_url)
        )
        findings.append(await _account(_, settings, tokens))
        findings += await _templates(_, settings, tokens)
    return findings + await _own(_, settings, database)


async def _own(_: Words, settings: Settings, database: Database) -> list[Finding]:
    """What Zalo need not be asked about."""
    return [*await _webhook(_, settings, database), await _money(_, settings, database)]


def _keys(_: Words, settings: Settings, pair: Pair) -> Finding:
    ends = pair.changed_at + REFRESH
    last = f"{ends.astimezone(settings.zone):%d/%m/%Y}"
    match pair.state:
        case TokenState.LOST:
            return missing(
                _("Zalo does not take the refresh token any more: run taphuan zalo-login")
            )
        case TokenState.UNCERTAIN:
            return note(
                _("A renewal of the token got no answer. It is tried once more by itself; if Zalo"
                  " refuses then, run taphuan zalo-login")
            )  # fmt: skip
        case TokenState.GOOD:
            said = _("The Official Account is logged in. The access token is good until {when} and"
                     " renews itself; without use the login ends on {day}.",
                     when=f"{pair.expires_at.astimezone(settings.zone):%d/%m/%Y %H:%M}", day=last
                     )  # fmt: skip
            return note(said) if ends - datetime.now(UTC) < SOON else well(said)


async def _account(_: Words, settings: Settings, tokens: Tokens) -> Finding:
    """Whether the account answers for itself."""
    async with ZaloOaChannel(
        tokens,
        app_id=settings.zalo_app_id,
        oa_id=settings.zalo_oa_id,
        secret=settings.zalo_oa_secret.get_secret_value(),
        render=_nothing,
        link=lambda _document: "",
        base_url=settings.zalo_oa_base_url,
    ) as channel:
        try:
            name = await channel.identify()
        except Refused as error:
            return missing(
                _("Zalo refuses the Official Account ({reason}). Run taphuan zalo-login",
                  reason=str(error))
            )  # fmt: skip
        except Halted as error:
            return missing(
                _("Zalo wants something of the office first: {reason}", reason=error.reason)
            )
        except SendError:
            return missing(_("Zalo's Official Account API cannot be reached: check the network."))
    return well(_("Zalo answers for the Official Account {name}.", name=name))


async def _nothing(_recipe: str, _subject: int) -> bytes:
    """No file is sent from here."""
    return b""


async def _webhook(_: Words, settings: Settings, database: Database) -> list[Finding]:
    """Zalo tells nobody which webhook it knows: what has come shows it."""
    url = settings.zalo_oa_webhook
    address = urlsplit(url)
    if address.scheme != "https" or address.port:
        return [
            missing(
                _("Zalo posts events to https addresses without a port only: set {name} to one.",
                  name="TAPHUAN_PUBLIC_URL")
            )
        ]  # fmt: skip
    heard = await database.read(lambda db: inbox_events.last_heard(db, ZALO_OA))
    if heard is None:
        return [
            note(
                _("No event of the Official Account has come yet: enter {url} as its webhook on"
                  " developers.zalo.me while taphuan run is running.", url=url)
            )
        ]  # fmt: skip
    when = f"{heard.astimezone(settings.zone):%d/%m/%Y %H:%M}"
    return [well(_("Events of the Official Account come in; the last one on {when}.", when=when))]


async def _templates(_: Words, settings: Settings, tokens: Tokens) -> list[Finding]:
    ours = templates.catalogue()
    found: list[Finding] = []
    async with ZaloTemplateChannel(
        tokens, ids=settings.zalo_templates, base_url=settings.zalo_business_base_url
    ) as channel:
        for kind in settings.zalo_templates:
            try:
                wanted = ours[kind]
                found.append(_template(_, wanted, await channel.info(kind)))
            except KeyError:
                found.append(_unknown(_, kind))
            except SendError as error:
                found.append(
                    missing(
                        _("Zalo says nothing about the template {kind} ({id}): {reason}",
                          kind=kind, id=settings.zalo_templates[kind], reason=str(error))
                    )
                )  # fmt: skip
    left = ", ".join(kind for kind in ours if kind not in settings.zalo_templates)
    if left:
        found.append(
            note(
                _("Without an approved template these go to nobody by phone number: {kinds}. Set"
                  " {name}.", kinds=left, name="TAPHUAN_ZALO_TEMPLATES")
            )
        )  # fmt: skip
    if settings.zalo_templates and settings.zalo_templates_development:
        found.append(note(_("Templates go to the account's administrators only, for trying out.")))
    return found


def _unknown(_: Words, kind: str) -> Finding:
    kinds = ", ".join(templates.catalogue())
    return missing(
        _("There is no template {kind} in {name}: the kinds are {kinds}",
          kind=kind, name="TAPHUAN_ZALO_TEMPLATES", kinds=kinds)
    )  # fmt: skip


def _template(_: Words, ours: templates.Approved, theirs: Approved) -> Finding:
    """Whether the approved template takes what we fill in."""
    if not theirs.usable:
        return missing(
            _("The template {kind} ({id}) is not approved: its state at Zalo is {state}.",
              kind=ours.kind, id=theirs.id, state=theirs.status or "?")
        )  # fmt: skip
    names = {field.name for field in ours.fields}
    if names != set(theirs.lengths):
        return missing(
            _("The template {kind} ({id}) has the fields {theirs}; ours are {ours}.",
              kind=ours.kind, id=theirs.id, theirs=", ".join(sorted(theirs.lengths)) or "-",
              ours=", ".join(sorted(names)))
        )  # fmt: skip
    for field in ours.fields:
        most = theirs.lengths[field.name]
        if most is not None and most < field.most:
            return missing(
                _("The template {kind} ({id}) takes {most} characters of {field}; ours may have"
                  " {ours}.", kind=ours.kind, id=theirs.id, most=most, field=field.name,
                  ours=field.most)
            )  # fmt: skip
    if theirs.price is not None and theirs.price != ours.price:
        return note(
            _("The template {kind} ({id}) costs {price} đồng; we count {ours}.",
              kind=ours.kind, id=theirs.id, price=theirs.price, ours=ours.price)
        )  # fmt: skip
    return well(_("The template {kind} ({id}) is approved and fits.", kind=ours.kind, id=theirs.id))


async def _money(_: Words, settings: Settings, database: Database) -> Finding:
    day = datetime.now(UTC).astimezone(settings.zone).date()
    names = (ZALO_OA, ZALO_TEMPLATE)
    today = await database.read(lambda db: sum(spending.of_day(db, n, day).cost for n in names))
    month = await database.read(lambda db: sum(spending.of_month(db, n, day).cost for n in names))
    most, most_a_month = settings.zalo_day_ceiling, settings.zalo_month_ceiling
    said = _("Spent on Zalo: {day} đồng today, at most {most}; {month} đồng this month, at most"
             " {all}.", day=today, most=most or "∞", month=month, all=most_a_month or "∞"
             )  # fmt: skip
    if not (most or most_a_month):
        return note(
            _("Nothing bounds what Zalo may cost; {month} đồng this month. Set {name}.",
              month=month, name="TAPHUAN_ZALO_MONTH_CEILING")
        )  # fmt: skip
    full = (most and today >= most) or (most_a_month and month >= most_a_month)
    return note(said) if full else well(said)
