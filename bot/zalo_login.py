"""Logging an Official Account in: a link to open, and the pair of keys that comes back."""

from __future__ import annotations

import base64
import hashlib
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.channels.base import TryLater, Uncertain
from bot.channels.http import AnswerLost, Http, NotSent
from bot.channels.zalo_oauth import API as OAUTH
from bot.channels.zalo_oauth import Denied, OAuth
from bot.channels.zalo_tokens import Tokens
from bot.office import OfficeError, local
from bot.settings import need
from storage import stoppages
from storage.channels import ZALO_OA, ZALO_TEMPLATE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings

CONSENT = "/v4/oa/permission"


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the Official Account that has begun: PKCE (RFC 7636), and what it comes back with.

    `link` is what its administrator opens; Zalo then sends them to `redirect` with a code.
    """

    link: str
    verifier: str = field(repr=False)
    state: str = field(repr=False)


def begin(settings: Settings, redirect: str = "") -> Login:
    """The link by which an administrator of the account lets the app in.

    `redirect` is the callback address the app has in the console (default: our public address).
    """
    need(settings, "zalo_app_id", "zalo_app_secret")
    verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(12)
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "app_id": settings.zalo_app_id,
        "redirect_uri": redirect or settings.public_url,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "state": state,
    }
    host = (settings.zalo_oauth_base_url or OAUTH).rstrip("/")
    return Login(f"{host}{CONSENT}?{urlencode(query)}", verifier, state)


async def end(settings: Settings, login: Login, pasted: str) -> None:
    """Take the address that Zalo sent the administrator to, or the code in it, and log in.

    Raises OfficeError, or Refused where Zalo does not take it.
    """
    code = _code(settings, login, pasted.strip())
    async with _tokens(settings) as tokens:
        await tokens.log_in(code, login.verifier)


def _code(settings: Settings, login: Login, pasted: str) -> str:
    """The code; an address has to name this login and our account, a bare code says neither."""
    query = parse_qs(urlsplit(pasted).query)
    code = query.get("code", [pasted])[0]
    if not code or "://" in code or any(letter.isspace() for letter in code):
        raise OfficeError("that is no code: paste the whole address that the browser ended at")
    if "code" in query and settings.zalo_oa_id and query.get("oa_id") != [settings.zalo_oa_id]:
        raise OfficeError("that is another Official Account than the one of TAPHUAN_ZALO_OA_ID")
    if "code" in query and query.get("state") != [login.state]:
        raise OfficeError("that address belongs to another login: open the link that was just made")
    return code


async def adopt(settings: Settings, refresh: str) -> None:
    """Go on with a refresh token that was made in the console, by spending it for a new pair.

    What was there before stays where Zalo does not take it. Raises OfficeError.
    """
    if not refresh.strip():
        raise OfficeError("no refresh token was given")
    need(settings, "zalo_app_id", "zalo_app_secret")
    secret = settings.zalo_app_secret.get_secret_value()
    async with _tokens(settings) as tokens, Http(connections=1) as http:
        oauth = OAuth(http, settings.zalo_app_id, secret, url=settings.zalo_oauth_base_url)
        try:
            granted = await oauth.refresh(refresh.strip())
        except NotSent as error:
            raise TryLater from error
        except AnswerLost as error:
            raise OfficeError("Zalo did not answer: make another token in the console") from error
        except Denied as error:
            raise OfficeError(str(error)) from error
        await tokens.adopt(granted.access, granted.refresh)


@asynccontextmanager
async def _tokens(settings: Settings) -> AsyncGenerator[Tokens]:
    """The account's keys; when they are good, what waited for them goes on."""
    secret = settings.zalo_app_secret.get_secret_value()
    try:
        async with (
            local(settings) as (database, now),
            Tokens(
                database, settings.zalo_app_id, secret, oauth_url=settings.zalo_oauth_base_url
            ) as tokens,
        ):
            yield tokens
            for name in (ZALO_OA, ZALO_TEMPLATE):
                await database.turn(lambda db, name=name: stoppages.go_on(db, name, now))
    except TryLater as error:
        raise OfficeError("Zalo cannot be reached: try again in a while") from error
    except Uncertain as error:
        raise OfficeError(str(error)) from error
