"""Settings: where they come from, and what is said of a wrong one."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings, SettingsError, load, need_telegram
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


def test_talking_on_telegram_takes_a_token_and_a_webhook_its_secret():
    with pytest.raises(SettingsError, match="TAPHUAN_TELEGRAM_TOKEN is missing"):
        need_telegram(Settings())
    with pytest.raises(SettingsError, match="TAPHUAN_TELEGRAM_WEBHOOK_SECRET is missing"):
        need_telegram(
            Settings(telegram_token=TOKEN, telegram_webhook_url="https://taphuan.example/t")
        )
    need_telegram(Settings(telegram_token=TOKEN))


def test_secrets_do_not_show_themselves():
    settings = Settings(
        telegram_token=TOKEN,
        telegram_webhook_secret="s" * 20,
        database_url="postgresql://me:p4ssw0rd@host/name",
    )

    for secret in (TOKEN, "s" * 20, "p4ssw0rd"):
        assert secret not in repr(settings)
        assert secret in settings.secrets


def test_a_wrong_setting_is_said_in_vietnamese_as_well():
    with pytest.raises(SettingsError) as caught:
        need_telegram(Settings())

    words = caught.value.said(partial(say, "vi", Called.ANH_CHI))
    assert words.startswith("Thiếu TAPHUAN_TELEGRAM_TOKEN: viết mã truy cập")


def test_a_secret_without_an_address_means_a_path_of_the_public_one():
    public = {"public_url": "https://taphuan.example/"}
    assert Settings(**public).webhook == ""
    secret = {"telegram_webhook_secret": "a-secret-of-this-test"}
    assert Settings(**public, **secret).webhook == "https://taphuan.example/telegram"
    own = {"telegram_webhook_url": "https://other.example/hook"}
    assert Settings(**public, **secret, **own).webhook == "https://other.example/hook"
