"""Who may act for the Official Account: codes, access tokens, and refresh tokens of one use."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from bot.simulator.zalo_oa_answers import OaError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERIFIER_LENGTH = 43
# As long as the real ones: a column that is too short must show.
TOKEN_BYTES = 180


class Pair(NamedTuple):
    """An access token and the refresh token that gives the next pair, once."""

    access: str
    refresh: str


@dataclass(slots=True)
class Grant:
    """A code or refresh token: until when (Unix seconds), and the pair its one use gave."""

    until: float
    challenge: str = ""
    spent: Pair | None = None


class OaOauth:
    """The token endpoint. Lifetimes are seconds and hold for tokens given from then on.

    `refreshes` counts new pairs, `spent_uses` how often a refresh token came a second time: a
    correct program never does that. `forgiving` so many of those are answered once more with the
    pair of the first use, as if the platform had taken them for one request. `callback` is the
    address entered in the console, "" where any will do.
    """

    def __init__(self, app_id: str, app_secret: str, clock: Callable[[], float]) -> None:
        self.app_id, self.app_secret = app_id, app_secret
        self.lifetime: float = 90_000
        self.refresh_lifetime: float = 90 * 86_400
        self.code_lifetime: float = 600
        self.callback = ""
        self.forgiving = self.refreshes = self.spent_uses = 0
        self._clock = clock
        self._codes: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, float] = {}

    def consent(self, challenge: str = "") -> str:
        """An administrator of the account agrees; the code that the callback brings."""
        code = secrets.token_urlsafe(48)
        self._codes[code] = Grant(self._clock() + self.code_lifetime, challenge)
        return code

    def issue(self) -> Pair:
        """A pair straight from the developers' console, without the endpoint."""
        pair = Pair(secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES))
        self._access[pair.access] = self._clock() + self.lifetime
        self._refresh[pair.refresh] = Grant(self._clock() + self.refresh_lifetime)
        return pair

    def revoke(self) -> None:
        """No access token given so far is taken any longer; refresh tokens still are."""
        self._access = dict.fromkeys(self._access, 0.0)

    def withdraw(self) -> None:
        """The administrator takes the consent back: nothing works until the next one."""
        self.revoke()
        self._refresh.clear()
        self._codes.clear()

    def check(self, token: str) -> None:
        """Refuse an access token that is unknown, revoked or too old."""
        until = self._access.get(token)
        if until is None:
            raise OaError(-216)
        if self._clock() >= until:
            raise OaError(-220)

    def exchange(self, form: Mapping[str, Any], secret: str) -> dict[str, str]:
        """Answer one request for a pair; raises OaError with a code of the endpoint's own."""
        if form.get("app_id") != self.app_id:
            raise OaError(-14002)
        if not secrets.compare_digest(secret.encode(), self.app_secret.encode()):
            raise OaError(-14004)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._answer(self._by_code(form))
        if kind == "refresh_token":
            return self._answer(self._by_refresh(str(form.get("refresh_token", ""))))
        raise OaError(-14018)

    def _by_code(self, form: Mapping[str, Any]) -> Pair:
        code = self._codes.pop(str(form.get("code", "")), None)
        if code is None or self._clock() >= code.until:
            raise OaError(-14005)
        verifier = str(form.get("code_verifier", ""))
        if code.challenge and (
            len(verifier) != VERIFIER_LENGTH or challenge_of(verifier) != code.challenge
        ):
            raise OaError(-14005)
        return self.issue()

    def _by_refresh(self, token: str) -> Pair:
        grant = self._refresh.get(token)
        if grant is None or self._clock() >= grant.until:
            raise OaError(-14014)
        if grant.spent:
            self.spent_uses += 1
            if self.forgiving <= 0:
                raise OaError(-14014)
            self.forgiving -= 1
            return grant.spent
        grant.spent = self.issue()
        self.refreshes += 1
        return grant.spent

    def _answer(self, pair: Pair) -> dict[str, str]:
        return {
            "access_token": pair.access,
            "refresh_token": pair.refresh,
            "expires_in": str(int(self.lifetime)),
        }


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
