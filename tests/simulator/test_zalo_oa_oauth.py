"""Tokens of the Official Account: codes, pairs, refresh tokens of one use, and what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientError

from bot.simulator.zalo_oa_oauth import challenge_of
from tests.simulator.zalo_oa_stage import OaStage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# The example of RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.fixture
async def stage() -> AsyncIterator[OaStage]:
    async with OaStage() as ready:
        yield ready


async def refresh(stage: OaStage, token: str) -> Any:
    return await stage.pair({"grant_type": "refresh_token", "refresh_token": token})


def refused(code: int, name: str) -> dict[str, Any]:
    return {
        "error": code,
        "error_name": name,
        "error_description": name,
        "error_reason": "",
        "ref_doc": "",
    }


NO_CODE = refused(-14005, "Invalid authorized code")
NO_REFRESH = refused(-14014, "Invalid refresh token")


async def works(stage: OaStage, access: str) -> int:
    stage.token = access
    return (await stage.get("/oa/v2.0/oa/getoa"))["error"]


async def test_a_code_and_its_verifier_give_a_pair(stage: OaStage) -> None:
    assert challenge_of(VERIFIER) == CHALLENGE
    code = stage.oa.oauth.consent(CHALLENGE)
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    pair = await stage.pair(form)
    assert set(pair) == {"access_token", "refresh_token", "expires_in"}
    assert pair["expires_in"] == "90000"
    assert len(pair["access_token"]) > 200
    assert await works(stage, pair["access_token"]) == 0
    assert await stage.pair(form) == NO_CODE


async def test_a_wrong_verifier_or_an_old_code(stage: OaStage) -> None:
    form = {"grant_type": "authorization_code", "code": stage.oa.oauth.consent(CHALLENGE)}
    assert await stage.pair({**form, "code_verifier": VERIFIER[::-1]}) == NO_CODE
    form["code"] = stage.oa.oauth.consent(CHALLENGE)
    stage.later(0.17)
    assert await stage.pair({**form, "code_verifier": VERIFIER}) == NO_CODE


async def test_the_app_must_be_known_and_the_kind(stage: OaStage) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert await stage.pair({**form, "app_id": "1"}) == refused(-14002, "Invalid appId")
    assert await stage.pair(form, secret="falsch") == refused(-14004, "Invalid secret key")
    form["grant_type"] = "password"
    assert await stage.pair(form) == refused(-14018, "Invalid grant type")


async def test_the_consent_page_sends_back_code_account_and_state(stage: OaStage) -> None:
    query = {
        "app_id": "3608465248940903967",
        "redirect_uri": "http://127.0.0.1:1/back",
        "code_challenge": CHALLENGE,
        "state": "s1",
    }
    url = stage.server.make_url("/oauth/v4/oa/permission")
    async with stage.session.get(url.with_query(query), allow_redirects=False) as answer:
        assert answer.status == 302
        back = answer.headers["Location"]
    assert back.startswith("http://127.0.0.1:1/back?code=")
    assert back.endswith("&oa_id=388613280878808645&state=s1")
    other = {**query, "app_id": "1"}
    async with stage.session.get(url.with_query(other), allow_redirects=False) as answer:
        assert await answer.json() == refused(-14002, "Invalid appId")
    stage.oa.oauth.callback = "https://example.org/back"
    async with stage.session.get(url.with_query(query), allow_redirects=False) as answer:
        assert await answer.json() == refused(-14003, "Invalid redirect uri")


async def test_a_refresh_token_is_good_for_one_pair(stage: OaStage) -> None:
    first = stage.oa.oauth.issue()
    second = await refresh(stage, first.refresh)
    assert await works(stage, second["access_token"]) == 0
    assert await refresh(stage, first.refresh) == NO_REFRESH
    assert (stage.oa.oauth.refreshes, stage.oa.oauth.spent_uses) == (1, 1)
    third = await refresh(stage, second["refresh_token"])
    assert third["access_token"] != second["access_token"]
    assert (stage.oa.oauth.refreshes, stage.oa.oauth.spent_uses) == (2, 1)


async def test_an_unknown_refresh_token_is_not_a_spent_one(stage: OaStage) -> None:
    assert await refresh(stage, "x") == NO_REFRESH
    assert stage.oa.oauth.spent_uses == 0


async def test_a_refresh_answered_twice(stage: OaStage) -> None:
    stage.oa.oauth.forgiving = 1
    first = stage.oa.oauth.issue()
    assert await refresh(stage, first.refresh) == await refresh(stage, first.refresh)
    assert await refresh(stage, first.refresh) == NO_REFRESH
    assert stage.oa.oauth.spent_uses == 2


async def test_the_answer_is_lost_after_the_pair_was_spent(stage: OaStage) -> None:
    stage.faults.add("lost", method="access_token", platform="zalo_oa")
    first = stage.oa.oauth.issue()
    with pytest.raises(ClientError):
        await refresh(stage, first.refresh)
    assert await refresh(stage, first.refresh) == NO_REFRESH
    assert (stage.oa.oauth.refreshes, stage.oa.oauth.spent_uses) == (1, 1)


async def test_the_connection_is_cut_before_anything_happened(stage: OaStage) -> None:
    stage.faults.add("dropped", method="access_token")
    first = stage.oa.oauth.issue()
    with pytest.raises(ClientError):
        await refresh(stage, first.refresh)
    assert "access_token" in await refresh(stage, first.refresh)


async def test_tokens_grow_old(stage: OaStage) -> None:
    pair = stage.oa.oauth.issue()
    stage.later(24.99)
    assert await works(stage, pair.access) == 0
    stage.later(0.02)
    assert await works(stage, pair.access) == -220
    assert "access_token" in await refresh(stage, pair.refresh)
    stage.oa.oauth.lifetime, stage.oa.oauth.refresh_lifetime = 60, 120
    code = stage.oa.oauth.consent()
    short = await stage.pair({"grant_type": "authorization_code", "code": code})
    assert short["expires_in"] == "60"
    stage.later(1.1 / 60)
    assert await works(stage, short["access_token"]) == -220
    stage.later(1 / 60)
    assert await refresh(stage, short["refresh_token"]) == NO_REFRESH


async def test_revoked_mid_flight(stage: OaStage) -> None:
    pair = stage.oa.oauth.issue()
    stage.oa.oauth.revoke()
    assert await works(stage, pair.access) == -220
    again = await refresh(stage, pair.refresh)
    assert await works(stage, again["access_token"]) == 0
    stage.oa.oauth.withdraw()
    assert await works(stage, again["access_token"]) == -220
    assert await refresh(stage, again["refresh_token"]) == NO_REFRESH


async def test_a_clock_that_is_ahead(stage: OaStage) -> None:
    pair = stage.oa.oauth.issue()
    stage.oa.skew = 24 * 3600
    assert await works(stage, pair.access) == 0
    phone = stage.phone(started=True)
    answer = await stage.say(phone, {"text": "a"})
    assert answer["data"]["sent_time"] == "1795402800000"
    stage.oa.skew = 26 * 3600
    assert await works(stage, pair.access) == -220


async def test_tokens_are_refused_by_each_host_in_its_way(stage: OaStage) -> None:
    assert await works(stage, "x") == -216
    assert (await stage.template("84912345678"))["error"] == -124
    answer = await stage.post("/oa/v3.0/oa/message/cs", {}, headers={})
    assert answer == {"error": -216, "message": "Access token is invalid"}
    bearer = {"Authorization": f"Bearer {stage.oa.oauth.issue().access}"}
    assert (await stage.post("/oa/v3.0/oa/message/cs", {}, headers=bearer))["error"] == -216


async def test_the_journal_holds_no_secret(stage: OaStage) -> None:
    first = stage.oa.oauth.issue()
    pair = await refresh(stage, first.refresh)
    await works(stage, pair["access_token"])
    call = stage.journal.calls("access_token")[0]
    assert call.parameters == {
        "app_id": "3608465248940903967",
        "grant_type": "refresh_token",
        "refresh_token": "…",
    }
    told = repr(stage.journal.calls())
    for secret in (first.refresh, *pair.values(), stage.oa.keys.app_secret):
        assert secret == "90000" or secret not in told
