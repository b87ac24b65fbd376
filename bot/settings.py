"""What the program is told from outside: the environment, over a TOML file."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "TAPHUAN_"
CONFIG = f"{PREFIX}CONFIG"
FILE = Path("taphuan.toml")
TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{3,100}", re.ASCII)
SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}", re.ASCII)
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


def _token(value: SecretStr) -> SecretStr:
    return _whole(TOKEN, value)


def _secret(value: SecretStr) -> SecretStr:
    return _whole(SECRET, value)


def _whole(shape: re.Pattern[str], value: SecretStr) -> SecretStr:
    if value and not shape.fullmatch(value.get_secret_value()):
        raise ValueError
    return value


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
    telegram_token: Annotated[SecretStr, AfterValidator(_token)] = Field(
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
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(_secret)] = Field(
        default=SecretStr(""), description=_("16 to 256 of the characters A-Z a-z 0-9 _ -")
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
    def zone(self) -> ZoneInfo:
        """The local time zone."""
        return ZoneInfo(self.timezone)

    @property
    def secrets(self) -> list[str]:
        """Whatever must never be shown, those that are set."""
        from storage.database import address

        password = address(self.database_url.get_secret_value()).password
        kept = [self.telegram_token, self.telegram_webhook_secret]
        return [text for one in kept if (text := one.get_secret_value())] + (
            [password] if password else []
        )


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
        raise _wrong(error) from None


def need_telegram(settings: Settings) -> None:
    """Raise SettingsError unless everything is there that talking on Telegram takes."""
    if not settings.telegram_token:
        raise _missing("telegram_token")
    if settings.webhook and not settings.telegram_webhook_secret:
        raise _missing("telegram_webhook_secret")


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


def _wrong(error: ValidationError) -> SettingsError:
    """Never with the value: it may be a secret."""
    name = str(error.errors(include_url=False, include_input=False)[0]["loc"][0])
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
