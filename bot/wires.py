"""What connects the program with the simulator: the settings, and the consoles' own steps."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from bot.settings import Settings
from handlers import templates
from storage import oa_tokens

if TYPE_CHECKING:
    from datetime import datetime

    from bot.simulator import Simulator
    from storage.database import Database

HOST = "127.0.0.1"
# The simulator's templates are numbered from here, in the order of the catalogue.
FIRST_TEMPLATE = 410_001


def settings(simulator: Simulator, url: str, **more: Any) -> Settings:
    """All three channels on the simulator, listening on a free port; `more` are other settings."""
    port = free_port()
    keys = simulator.oa.keys
    values: dict[str, Any] = {
        "database_url": SecretStr(url),
        "telegram_token": SecretStr(simulator.token),
        "telegram_base_url": simulator.base_url,
        "telegram_base_file_url": simulator.base_file_url,
        "zalo_bot_token": SecretStr(simulator.zalo_token),
        "zalo_bot_base_url": simulator.zalo_bot_url,
        "zalo_app_id": keys.app_id,
        "zalo_app_secret": SecretStr(keys.app_secret),
        "zalo_oa_id": keys.oa_id,
        "zalo_oa_secret": SecretStr(keys.oa_secret),
        "zalo_oa_base_url": simulator.oa_url,
        "zalo_oauth_base_url": simulator.oauth_url,
        "zalo_business_base_url": simulator.business_url,
        "zalo_bot_rate": 1000,  # a demo and a story are played faster than people talk
        "zalo_templates": approved(simulator),
        "public_url": f"http://{HOST}:{port}",
        "web_host": HOST,
        "web_port": port,
    }
    return Settings(**{**values, **more})


def free_port() -> int:
    """A port nobody listens on: files are linked to by an address that is known beforehand."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        return free.getsockname()[1]


def approved(simulator: Simulator) -> dict[str, str]:
    """Have the simulator approve every template of ours; their ids by kind."""
    ids: dict[str, str] = {}
    for number, (kind, one) in enumerate(templates.catalogue().items(), start=FIRST_TEMPLATE):
        ids[kind] = str(number)
        longest = {field.name: field.most for field in one.fields}
        simulator.oa.templates.register(ids[kind], one.text, longest, name=kind, price=one.price)
    return ids


async def log_in(simulator: Simulator, database: Database, now: datetime) -> None:
    """What `taphuan zalo-login` does: keep the first pair of tokens."""
    pair = simulator.oa.oauth.issue()
    ends = now + timedelta(seconds=simulator.oa.oauth.lifetime)
    await database.turn(
        lambda db: oa_tokens.adopt(
            db, simulator.oa.keys.app_id,
            access=pair.access, refresh=pair.refresh, expires_at=ends, now=now,
        )
    )  # fmt: skip


async def connect(simulator: Simulator, settings: Settings) -> None:
    """Enter the webhook in the Official Account's console; the program has to run by then."""
    await simulator.oa.hook(settings.zalo_oa_webhook)
