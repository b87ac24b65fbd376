"""What the program is told from outside: the environment, over a TOML file."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as NotJson

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "TAPHUAN_"
CONFIG = f"{PREFIX}CONFIG"
FILE = Path("taphuan.toml")
TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{3,100}", re.ASCII)
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
ZALO_TOKEN = re.compile(r"\d{3,25}:[A-Za-z0-9_-]{3,200}", re.ASCII)
ZALO_ID = re.compile(r"\d{3,25}", re.ASCII)
ZALO_SECRET = re.compile(r"[!-~]{8,200}", re.ASCII)
SIGNATURE = re.compile(r"auto|(app|oa)-(body|header)-(oakey|appkey)", re.ASCII)
TEMPLATE_ID = re.compile(r"\d{1,25}", re.ASCII)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


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


def _database(value: SecretStr) -> SecretStr:
    # Loading SQLAlchemy takes longer than showing the help.
    from storage.database import DatabaseError, address

    try:
        address(value.get_secret_value())
    except DatabaseError as error:
        raise ValueError from error
    return value


def _like(shape: re.Pattern[str]) -> AfterValidator:
    """Takes nothing, or what has this shape as a whole."""

    def check(value: SecretStr | str) -> SecretStr | str:
        text = value if isinstance(value, str) else value.get_secret_value()
        if text and not shape.fullmatch(text):
            raise ValueError
        return value

    return AfterValidator(check)


def _templates(value: dict[str, str]) -> dict[str, str]:
    if not all(TEMPLATE_ID.fullmatch(one) for one in value.values()):
        raise ValueError
    return value


def _text(value: object) -> object:
    """Ids are digits, and a TOML file may show them as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _texts(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {name: _text(one) for name, one in cast("dict[object, object]", value).items()}


def _url(value: str) -> str:
    parts = urlsplit(value)
    if value and not (parts.scheme in ("http", "https") and parts.hostname):
        raise ValueError
    return value


def _hook(value: str) -> str:
    parts = urlsplit(_url(value))
    if value and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError) as error:
        raise ValueError from error
    return value


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Url = Annotated[str, AfterValidator(_url)]
Secret = Annotated[SecretStr, _like(SECRET)]
ZaloSecret = Annotated[SecretStr, _like(ZALO_SECRET)]
ZaloId = Annotated[str, BeforeValidator(_text), _like(ZALO_ID)]
Templates = Annotated[dict[str, str], BeforeValidator(_texts), AfterValidator(_templates)]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(_upper)]


class Settings(BaseSettings):
    """Every setting; `load` fills it. A description says what to write where a value is wrong.

    Built directly, it takes its arguments only: no environment and no file is read.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    database_url: Annotated[SecretStr, AfterValidator(_database)] = Field(
        default=SecretStr("sqlite:///taphuan.db"),
        description=_("sqlite:///taphuan.db or postgresql://user:password@host/name"),
    )
    telegram_token: Annotated[SecretStr, _like(TOKEN)] = Field(
        default=SecretStr(""), description=_("the token from @BotFather, like 123456:ABC-def")
    )
    telegram_base_url: Url = Field(
        default="", description=_("an address like https://api.telegram.org/bot")
    )
    telegram_base_file_url: Url = Field(
        default="", description=_("an address like https://api.telegram.org/file/bot")
    )
    telegram_proxy: Url = Field(
        default="", description=_("an address like http://proxy.example:3128")
    )
    telegram_webhook_url: Annotated[str, AfterValidator(_hook)] = Field(
        default="",
        description=_("an https address like https://taphuan.example/telegram, or nothing to poll"),
    )
    telegram_webhook_secret: Secret = Field(
        default=SecretStr(""), description=_("16 to 256 of the characters A-Z a-z 0-9 _ -")
    )
    zalo_bot_token: Annotated[SecretStr, _like(ZALO_TOKEN)] = Field(
        default=SecretStr(""), description=_("the token Zalo gave the bot, like 123456:ABC-def")
    )
    zalo_bot_base_url: Url = Field(
        default="", description=_("an address like https://bot-api.zaloplatforms.com")
    )
    zalo_bot_webhook_secret: Secret = Field(
        default=SecretStr(""), description=_("16 to 256 of the characters A-Z a-z 0-9 _ -")
    )
    zalo_bot_users: int = Field(
        default=50, ge=0, description=_("how many people the bot's package allows; 0 for any")
    )
    zalo_bot_messages: int = Field(
        default=3000, ge=0, description=_("how many messages a month its package allows; 0 for any")
    )
    zalo_app_id: ZaloId = Field(
        default="", description=_("the id of the app, digits from developers.zalo.me")
    )
    zalo_app_secret: ZaloSecret = Field(
        default=SecretStr(""), description=_("the secret key of the app, from developers.zalo.me")
    )
    zalo_oa_id: ZaloId = Field(
        default="", description=_("the id of the Official Account, digits from oa.zalo.me")
    )
    zalo_oa_secret: ZaloSecret = Field(
        default=SecretStr(""),
        description=_("the OA secret key, shown beside the webhook on developers.zalo.me"),
    )
    zalo_oa_base_url: Url = Field(
        default="", description=_("an address like https://openapi.zalo.me")
    )
    zalo_oauth_base_url: Url = Field(
        default="", description=_("an address like https://oauth.zaloapp.com")
    )
    zalo_business_base_url: Url = Field(
        default="", description=_("an address like https://business.openapi.zalo.me")
    )
    zalo_oa_signature: Annotated[str, _like(SIGNATURE)] = Field(
        default="auto", description=_("auto, or the way of signing that the log names")
    )
    zalo_oa_shared: bool = Field(
        default=False, description=_("true where the office answers on the account too, or false")
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
    zalo_templates: Templates = Field(
        default={},
        description=_('kinds and the ids of their approved templates, like {"moved": "123456"}'),
    )
    zalo_templates_development: bool = Field(
        default=False,
        description=_("true to send templates to the account's admins only, or false"),
    )
    public_url: Url = Field(default="", description=_("an address like https://taphuan.example"))
    web_host: str = Field(
        default="127.0.0.1", min_length=1, description=_("an address to listen on")
    )
    web_port: int = Field(
        default=8080, ge=0, le=65535, description=_("a number up to 65535; 0 takes any")
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Asia/Ho_Chi_Minh", description=_("a zone of the IANA list, like Asia/Ho_Chi_Minh")
    )
    log_level: Level = Field(default="INFO", description=_("DEBUG, INFO, WARNING or ERROR"))

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

        password = address(self.database_url.get_secret_value()).password
        return self.channel_secrets + ([password] if password else [])


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
