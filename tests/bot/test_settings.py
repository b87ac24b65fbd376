"""Settings: where they come from, and what is said of a wrong one."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from bot.settings import Settings, SettingsError, load, need_channel
from handlers.text import say
from storage.models import Called

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "123456:ABC-def_ghi"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("TAPHUAN_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_anything_a_local_database_and_vietnamese_time():
    settings = load()

    assert settings.database_url.get_secret_value() == "sqlite:///taphuan.db"
    assert settings.zone.key == "Asia/Ho_Chi_Minh"
    assert settings.web_host == "127.0.0.1"


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "taphuan.toml").write_text('WEB_PORT = 8001\nlog_level = "debug"\n')
    monkeypatch.setenv("TAPHUAN_WEB_PORT", "8002")

    settings = load()

    assert (settings.web_port, settings.log_level) == (8002, "DEBUG")


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TAPHUAN_WEB_PORT", "")

    assert load().web_port == 8080


def test_the_file_is_the_given_one_then_the_one_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for port in (8003, 8004):
        (tmp_path / f"{port}.toml").write_text(f"TAPHUAN_WEB_PORT = {port}")
    monkeypatch.setenv("TAPHUAN_CONFIG", str(tmp_path / "8003.toml"))

    assert load().web_port == 8003
    assert load(tmp_path / "8004.toml").web_port == 8004


def test_built_directly_it_reads_no_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TAPHUAN_WEB_PORT", "8005")

    assert Settings().web_port == 8080


@pytest.mark.parametrize(
    ("name", "value", "write"),
    [
        ("DATABASE_URL", "mysql://root:hidden@host/x", "sqlite:///"),
        ("DATABASE_URL", "hidden", "sqlite:///"),
        ("TELEGRAM_TOKEN", "hidden", "@BotFather"),
        ("TELEGRAM_BASE_URL", "hidden", "api.telegram.org"),
        ("TELEGRAM_WEBHOOK_URL", "http://hidden.example/x", "https"),
        ("TELEGRAM_WEBHOOK_SECRET", "hidden", "16 to 256"),
        ("WEB_PORT", "hidden", "a number"),
        ("WEB_PORT", "65536", "a number"),
        ("TIMEZONE", "Asia/hidden", "Asia/Ho_Chi_Minh"),
        ("TIMEZONE", "../hidden", "Asia/Ho_Chi_Minh"),
        ("LOG_LEVEL", "hidden", "DEBUG"),
        ("ZALO_BOT_TOKEN", "hidden", "123456:ABC-def"),
        ("ZALO_BOT_BASE_URL", "hidden", "bot-api.zaloplatforms.com"),
        ("ZALO_BOT_WEBHOOK_SECRET", "hidden", "16 to 256"),
        ("ZALO_BOT_USERS", "-1", "how many people"),
        ("ZALO_BOT_MESSAGES", "hidden", "how many messages"),
        ("ZALO_APP_ID", "hidden", "developers.zalo.me"),
        ("ZALO_APP_SECRET", "hid den hidden", "secret key of the app"),
        ("ZALO_OA_ID", "hidden", "oa.zalo.me"),
        ("ZALO_OA_SECRET", "hidden", "OA secret key"),
        ("ZALO_OAUTH_BASE_URL", "hidden", "oauth.zaloapp.com"),
        ("ZALO_OA_SIGNATURE", "hidden", "auto"),
        ("ZALO_OA_SHARED", "hidden", "true where"),
        ("ZALO_OA_PRICE", "hidden", "whole đồng"),
        ("ZALO_DAY_CEILING", "hidden", "in a day"),
        ("ZALO_MONTH_CEILING", "-5", "in a month"),
        ("ZALO_TEMPLATES", "hidden", '{"moved": "123456"}'),
        ("ZALO_TEMPLATES", '{"moved": "hidden"}', '{"moved": "123456"}'),
        ("ZALO_TEMPLATES", "[301]", '{"moved": "123456"}'),
    ],
)
def test_a_wrong_value_is_named_and_never_shown(
    name: str, value: str, write: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"TAPHUAN_{name}", value)

    with pytest.raises(SettingsError) as caught:
        load()

    line = str(caught.value)
    assert line.startswith(f"TAPHUAN_{name} is wrong: write ")
    assert write in line
    assert "hidden" not in line
    assert "\n" not in line


def test_an_unknown_variable_is_named_with_what_may_be_meant(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TAPHUAN_TELEGRAM_TOKN", TOKEN)

    with pytest.raises(
        SettingsError, match="TAPHUAN_TELEGRAM_TOKN: did you mean TAPHUAN_TELEGRAM_T"
    ):
        load()


def test_an_unknown_key_of_the_file_is_named(tmp_path: Path):
    (tmp_path / "taphuan.toml").write_text("COLOUR = 1")

    with pytest.raises(
        SettingsError, match=r"There is no setting COLOUR \(taphuan.toml\): take it"
    ):
        load()


def test_a_file_that_is_not_there_or_not_toml_is_one_line(tmp_path: Path):
    (tmp_path / "broken.toml").write_text("= =")

    with pytest.raises(SettingsError, match="cannot be read"):
        load(tmp_path / "missing.toml")
    with pytest.raises(SettingsError, match="is not TOML"):
        load(tmp_path / "broken.toml")


OA = {
    "zalo_app_id": "3608465248940903967",
    "zalo_app_secret": "app-secret-key",
    "zalo_oa_id": "388613280878808645",
    "zalo_oa_secret": "oa-secret-key",
    "public_url": "https://taphuan.example",
}


def test_at_least_one_channel_is_needed_and_the_three_ways_are_named():
    with pytest.raises(SettingsError) as caught:
        need_channel(Settings())

    for name in ("TELEGRAM_TOKEN", "ZALO_BOT_TOKEN", "ZALO_APP_ID"):
        assert f"TAPHUAN_{name}" in str(caught.value)


@pytest.mark.parametrize(
    "told",
    [
        {"telegram_token": TOKEN},
        {"zalo_bot_token": TOKEN},
        OA,
        {"telegram_token": TOKEN, "zalo_bot_token": TOKEN, **OA},
        {**OA, "zalo_templates": {"moved": "301"}},
        {
            "zalo_bot_token": TOKEN,
            "zalo_bot_webhook_secret": "s" * 16,
            "public_url": "https://x.vn",
        },
    ],
)
def test_any_channel_is_enough(told: dict[str, Any]):
    need_channel(Settings(**told))


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        (
            {"telegram_token": TOKEN, "telegram_webhook_url": "https://taphuan.example/t"},
            "telegram_webhook_secret",
        ),
        ({"zalo_bot_token": TOKEN, "zalo_bot_webhook_secret": "s" * 16}, "public_url"),
        ({"telegram_token": TOKEN, "zalo_templates": {"moved": "301"}}, "zalo_app_id"),
        *(({k: v for k, v in OA.items() if k != name}, name) for name in OA),
    ],
)
def test_what_is_missing_of_a_channel_is_named(told: dict[str, Any], missing: str):
    with pytest.raises(SettingsError, match=f"TAPHUAN_{missing.upper()} is missing: write "):
        need_channel(Settings(**told))


def test_templates_are_a_table_of_the_file_or_json_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "taphuan.toml").write_text('[zalo_templates]\nmoved = 301\n"not agreed" = "302"\n')
    assert load().zalo_templates == {"moved": "301", "not agreed": "302"}
    monkeypatch.setenv("TAPHUAN_ZALO_TEMPLATES", '{"offer": 303}')
    assert load().zalo_templates == {"offer": "303"}


def test_ids_may_be_numbers_in_the_file(tmp_path: Path):
    (tmp_path / "taphuan.toml").write_text("zalo_app_id = 3608465248940903967")

    assert load().zalo_app_id == "3608465248940903967"


def test_zalos_webhooks_are_paths_of_the_public_address():
    assert Settings(**OA).zalo_oa_webhook == "https://taphuan.example/zalo-oa"
    assert Settings(**OA).zalo_bot_webhook == ""
    with_secret = Settings(**{**OA, "zalo_bot_webhook_secret": "s" * 16})
    assert with_secret.zalo_bot_webhook == "https://taphuan.example/zalo-bot"
    assert Settings(zalo_bot_webhook_secret="s" * 16).zalo_bot_webhook == ""


def test_secrets_do_not_show_themselves():
    settings = Settings(
        telegram_token=TOKEN,
        telegram_webhook_secret="s" * 20,
        zalo_bot_token="987654:zalo-token",
        zalo_bot_webhook_secret="z" * 20,
        database_url="postgresql://me:p4ssw0rd@host/name",
        **OA,
    )

    for secret in (TOKEN, "s" * 20, "p4ssw0rd", "987654:zalo-token", "z" * 20, "app-secret-key",
                   "oa-secret-key"):  # fmt: skip
        assert secret not in repr(settings)
        assert secret in settings.secrets


def test_a_wrong_setting_is_said_in_vietnamese_as_well():
    with pytest.raises(SettingsError) as caught:
        need_channel(Settings())

    words = caught.value.said(partial(say, "vi", Called.ANH_CHI))
    assert words.startswith("Chưa khai báo kênh nào: đặt TAPHUAN_TELEGRAM_TOKEN")


def test_a_secret_without_an_address_means_a_path_of_the_public_one():
    public = {"public_url": "https://taphuan.example/"}
    assert Settings(**public).webhook == ""
    secret = {"telegram_webhook_secret": "a-secret-of-this-test"}
    assert Settings(**public, **secret).webhook == "https://taphuan.example/telegram"
    own = {"telegram_webhook_url": "https://other.example/hook"}
    assert Settings(**public, **secret, **own).webhook == "https://other.example/hook"


PLAIN = [
    "telegram_base_url", "telegram_base_file_url", "zalo_bot_base_url", "zalo_oa_base_url",
    "zalo_oauth_base_url", "zalo_business_base_url", "public_url",
]  # fmt: skip


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    "host", ["zalo.example", "zalo.example.", "8.8.8.8", "134744072", "0x8080808", "[2001:4860::1]"]
)
def test_tokens_are_not_sent_in_clear_over_the_internet(
    name: str, host: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"TAPHUAN_{name.upper()}", f"http://{host}:8081/bot")
    with pytest.raises(SettingsError, match=f"TAPHUAN_{name.upper()} is wrong: write an address"):
        load()
    assert getattr(Settings(**{name: f"https://{host}/bot"}), name)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "telegram-bot-api", "10.1.2.3", "192.168.1.9"]
)
def test_within_the_house_they_may_be(name: str, host: str):
    assert getattr(Settings(**{name: f"http://{host}:8081"}), name)


def test_a_proxys_password_is_a_secret():
    settings = Settings(telegram_proxy="http://me:pr0xyp4ss@proxy.example:3128")

    assert "pr0xyp4ss" not in repr(settings)
    assert "pr0xyp4ss" in settings.secrets
    assert Settings(telegram_proxy="http://proxy.example:3128").secrets == []
