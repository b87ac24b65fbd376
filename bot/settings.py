"""What the program is told from outside: the environment, over a TOML file."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

from bot import shapes

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "TAPHUAN_"
CONFIG = f"{PREFIX}CONFIG"
FILE = Path("taphuan.toml")


def _(sentence: str) -> str:
    """Mark a sentence for the catalogue; `SettingsError.said` translates it."""
    return sentence


class SettingsError(Exception):
    """A setting is wrong or missing; the message names it and says what to write, in one line."""

    def __init__(self, sentence: str, *, what: str = "", **fields: str) -> None:
        super().__init__(sentence.format(what=what, **fields))
        self._sentence, self._what, self._fields = sentence, what, fields

    def said(self, words: Callable[..., str]) -> str:
        """The message in another language; `words` translates a sentence and fills its fields."""
        fields = {"what": words(self._what), **self._fields} if self._what else self._fields
        return words(self._sentence, **fields)


class Settings(BaseSettings):
    """Every setting; `load` fills it. A description says what to write where a value is wrong.

    Built directly, it takes its arguments only: no environment and no file is read.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: shapes.DatabaseUrl = Field(
        default=SecretStr("sqlite:///taphuan.db"),
        description=_("sqlite:///taphuan.db or postgresql://user:password@host/name"),
    )
    telegram_token: shapes.Token = Field(
        default=SecretStr(""), description=_("the token from @BotFather, like 123456:ABC-def")
    )
    telegram_base_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://api.telegram.org/bot")
    )
    telegram_base_file_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://api.telegram.org/file/bot")
    )
    telegram_proxy: shapes.Url = Field(
        default="", repr=False, description=_("an address like http://proxy.example:3128")
    )
    # 30 is free. More, up to 1,000, costs Stars: @BotFather › Bot Settings › Paid Broadcasts.
    telegram_rate: float = Field(
        default=30,
        gt=0,
        le=1000,
        description=_("messages a second: 30, or up to 1000 where paid broadcasts are allowed"),
    )
    telegram_webhook_url: shapes.HookUrl = Field(
        default="",
        description=_("an https address like https://taphuan.example/telegram, or nothing to poll"),
    )
    telegram_webhook_secret: shapes.Secret = Field(
        default=SecretStr(""), description=_("16 to 256 of the characters A-Z a-z 0-9 _ -")
    )
    zalo_bot_token: shapes.ZaloToken = Field(
        default=SecretStr(""), description=_("the token Zalo gave the bot, like 123456:ABC-def")
    )
    zalo_bot_base_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://bot-api.zaloplatforms.com")
    )
    zalo_bot_webhook_secret: shapes.Secret = Field(
        default=SecretStr(""), description=_("16 to 256 of the characters A-Z a-z 0-9 _ -")
    )
    zalo_bot_users: int = Field(
        default=50, ge=0, description=_("how many people the bot's package allows; 0 for any")
    )
    zalo_bot_messages: int = Field(
        default=3000, ge=0, description=_("how many messages a month its package allows; 0 for any")
    )
    # Zalo publishes no figure: one a second is what a busy person could write.
    zalo_bot_rate: float = Field(
        default=1, gt=0, le=1000, description=_("messages a second, above 0 and up to 1000")
    )
    zalo_app_id: shapes.ZaloId = Field(
        default="", description=_("the id of the app, digits from developers.zalo.me")
    )
    zalo_app_secret: shapes.ZaloSecret = Field(
        default=SecretStr(""), description=_("the secret key of the app, from developers.zalo.me")
    )
    zalo_oa_id: shapes.ZaloId = Field(
        default="", description=_("the id of the Official Account, digits from oa.zalo.me")
    )
    zalo_oa_secret: shapes.ZaloSecret = Field(
        default=SecretStr(""),
        description=_("the OA secret key, shown beside the webhook on developers.zalo.me"),
    )
    zalo_oa_base_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://openapi.zalo.me")
    )
    zalo_oauth_base_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://oauth.zaloapp.com")
    )
    zalo_business_base_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://business.openapi.zalo.me")
    )
    zalo_oa_signature: shapes.Signature = Field(
        default="auto", description=_("auto, or the way of signing that the log names")
    )
    zalo_oa_shared: bool = Field(
        default=False, description=_("true where the office answers on the account too, or false")
    )
    # An app may make 4,000 calls a minute, 66 a second; some of them are no messages.
    zalo_oa_rate: float = Field(
        default=60, gt=0, le=1000, description=_("messages a second, above 0 and up to 1000")
    )
    zalo_oa_price: int = Field(
        default=55, ge=0, description=_("the price of a message after 48 hours, in whole đồng")
    )
    zalo_day_ceiling: int = Field(
        default=0, ge=0, description=_("the most to spend on Zalo in a day, in đồng; 0 for any")
    )
    zalo_month_ceiling: int = Field(
        default=0, ge=0, description=_("the most to spend on Zalo in a month, in đồng; 0 for any")
    )
    zalo_templates: shapes.Templates = Field(
        default={},
        description=_('kinds and the ids of their approved templates, like {"moved": "123456"}'),
    )
    zalo_templates_development: bool = Field(
        default=False,
        description=_("true to send templates to the account's admins only, or false"),
    )
    public_url: shapes.ShieldedUrl = Field(
        default="", description=_("an address like https://taphuan.example")
    )
    report_templates: str = Field(
        default="",
        description=_("a folder with bao_cao_xa.docx or bao_cao_so.docx in it, or nothing"),
    )
    web_host: str = Field(
        default="127.0.0.1", min_length=1, description=_("an address to listen on")
    )
    web_port: int = Field(
        default=8080, ge=0, le=65535, description=_("a number up to 65535; 0 takes any")
    )
    timezone: shapes.Zone = Field(
        default="Asia/Ho_Chi_Minh", description=_("a zone of the IANA list, like Asia/Ho_Chi_Minh")
    )
    log_level: shapes.Level = Field(default="INFO", description=_("DEBUG, INFO, WARNING or ERROR"))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: the demo must not pick up what a real installation is told."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def webhook(self) -> str:
        """Where Telegram is to bring its updates, "" to poll.

        A secret without an address means a path of the public one.
        """
        if self.telegram_webhook_url or not (self.public_url and self.telegram_webhook_secret):
            return self.telegram_webhook_url
        return f"{self.public_url.rstrip('/')}/telegram"

    @property
    def zalo_bot_webhook(self) -> str:
        """Where the Bot Platform is to bring its events, "" to poll."""
        return self._path("zalo-bot") if self.zalo_bot_webhook_secret else ""

    @property
    def zalo_oa_webhook(self) -> str:
        """Where the Official Account brings its events, "" where we have no public address."""
        return self._path("zalo-oa")

    def _path(self, name: str) -> str:
        return f"{self.public_url.rstrip('/')}/{name}" if self.public_url else ""

    @property
    def has_oa(self) -> bool:
        """Whether an Official Account is meant, be it half configured."""
        own = (self.zalo_app_id, self.zalo_app_secret, self.zalo_oa_id, self.zalo_oa_secret)
        return any(own) or bool(self.zalo_templates)

    @property
    def zone(self) -> ZoneInfo:
        """The local time zone."""
        return ZoneInfo(self.timezone)

    @property
    def channel_secrets(self) -> list[str]:
        """The keys of the channels, those that are set."""
        kept = (
            self.telegram_token, self.telegram_webhook_secret, self.zalo_bot_token,
            self.zalo_bot_webhook_secret, self.zalo_app_secret, self.zalo_oa_secret,
        )  # fmt: skip
        return [text for one in kept if (text := one.get_secret_value())]

    @property
    def secrets(self) -> list[str]:
        """Whatever must never be shown, those that are set."""
        from storage.database import address

        passwords = (
            address(self.database_url.get_secret_value()).password,
            unquote(urlsplit(self.telegram_proxy).password or ""),
        )
        return [*self.channel_secrets, *(one for one in passwords if one)]


def load(config: Path | None = None) -> Settings:
    """Settings of the environment, over those of a file.

    The file is the given one, else the one TAPHUAN_CONFIG names, else ./taphuan.toml if there is
    one. Raises SettingsError.
    """
    named = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    values = _file(named or FILE, must=named is not None)
    _refuse_unknown_variables()
    source = EnvSettingsSource(Settings, env_ignore_empty=True)
    try:
        return Settings(**{**values, **source()})
    except ValidationError as error:
        raise _wrong(
            str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
        ) from None
    except NotJson:
        # The only setting that is more than a word or a number.
        raise _wrong("zalo_templates") from None


def need_channel(settings: Settings) -> None:
    """Raise SettingsError unless one channel is there, and nothing is missing of any that is."""
    if not (settings.telegram_token or settings.zalo_bot_token or settings.has_oa):
        raise SettingsError(
            _("No channel is set up: set TAPHUAN_TELEGRAM_TOKEN for Telegram,"
              " TAPHUAN_ZALO_BOT_TOKEN for a Zalo bot, or TAPHUAN_ZALO_APP_ID and the settings that"
              " belong to it for a Zalo Official Account")
        )  # fmt: skip
    if settings.telegram_token and settings.webhook:
        need(settings, "telegram_webhook_secret")
    if settings.zalo_bot_token and settings.zalo_bot_webhook_secret:
        need(settings, "public_url")
    if settings.has_oa:
        # Without a public address it could be told nothing: an Official Account does not poll.
        need(settings, "zalo_app_id", "zalo_app_secret", "zalo_oa_id", "zalo_oa_secret",
              "public_url")  # fmt: skip


def need(settings: Settings, *names: str) -> None:
    """Raise SettingsError where one of these is missing."""
    for name in names:
        if not getattr(settings, name):
            raise _missing(name)


def _file(path: Path, *, must: bool) -> dict[str, Any]:
    if not must and not path.exists():
        return {}
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise SettingsError(_("The file {file} cannot be read"), file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise SettingsError(
            _("The file {file} is not TOML: write lines like WEB_PORT = 8080"), file=str(path)
        ) from None
    values = {name.lower().removeprefix(PREFIX.lower()): value for name, value in read.items()}
    for name in values:
        _check_known(name, f"{name.upper()} ({path})")
    return values


def _refuse_unknown_variables() -> None:
    for variable in os.environ:
        if variable.startswith(PREFIX) and variable != CONFIG:
            _check_known(variable.removeprefix(PREFIX).lower(), variable)


def _check_known(name: str, shown: str) -> None:
    if name in Settings.model_fields:
        return
    near = difflib.get_close_matches(name, Settings.model_fields, n=1)
    if near:
        meant = PREFIX + near[0].upper()
        raise SettingsError(
            _("There is no setting {name}: did you mean {meant}?"), name=shown, meant=meant
        )
    raise SettingsError(_("There is no setting {name}: take it away"), name=shown)


def _wrong(name: str) -> SettingsError:
    """Never with the value: it may be a secret."""
    return SettingsError(
        _("{name} is wrong: write {what}"), name=_full_name(name), what=_what(name)
    )


def _missing(name: str) -> SettingsError:
    return SettingsError(
        _("{name} is missing: write {what}"), name=_full_name(name), what=_what(name)
    )


def _full_name(name: str) -> str:
    return PREFIX + name.upper()


def _what(name: str) -> str:
    return Settings.model_fields[name].description or ""
