"""The production program as a process of its own, to be killed at any moment and started again."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from tests.soak import province

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from bot.simulator import Simulator

ROOT = Path(__file__).parents[2]
SECRET = "soak-soak-soak-soak"
HOOK = "/telegram"
# Lines that must never be in the log: errors, and what a traceback looks like in it.
ALARM = re.compile(r"^\S+Z (ERROR|CRITICAL) |Traceback|which led to:|turn failed|failed, times")
PATIENCE = 60.0


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _telegram(simulator: Simulator) -> dict[str, str]:
    return {
        "TAPHUAN_TELEGRAM_TOKEN": simulator.token,
        "TAPHUAN_TELEGRAM_BASE_URL": simulator.base_url,
        "TAPHUAN_TELEGRAM_BASE_FILE_URL": simulator.base_file_url,
    }


def _zalo_bot(simulator: Simulator) -> dict[str, str]:
    return {
        "TAPHUAN_ZALO_BOT_TOKEN": simulator.zalo_token,
        "TAPHUAN_ZALO_BOT_BASE_URL": simulator.zalo_bot_url,
        "TAPHUAN_ZALO_BOT_USERS": "0",
        "TAPHUAN_ZALO_BOT_MESSAGES": "0",
    }


def _zalo_oa(simulator: Simulator) -> dict[str, str]:
    keys = simulator.oa.keys
    return {
        "TAPHUAN_ZALO_APP_ID": keys.app_id,
        "TAPHUAN_ZALO_APP_SECRET": keys.app_secret,
        "TAPHUAN_ZALO_OA_ID": keys.oa_id,
        "TAPHUAN_ZALO_OA_SECRET": keys.oa_secret,
        "TAPHUAN_ZALO_OA_BASE_URL": simulator.oa_url,
        "TAPHUAN_ZALO_OAUTH_BASE_URL": simulator.oauth_url,
        "TAPHUAN_ZALO_BUSINESS_BASE_URL": simulator.business_url,
    }


CHANNELS = {"telegram": _telegram, "zalo_bot": _zalo_bot, "zalo_oa": _zalo_oa}


class Process:
    """`taphuan run` against a simulator. Its folder holds the log of all its lives.

    `module` replaces the program by one that does the same and dies at a chosen place. `channel`
    is the one it runs, with Zalo's webhooks below `public_url` where that is given. `settings` are
    more variables of its environment.
    """

    def __init__(
        self,
        folder: Path,
        simulator: Simulator,
        database_url: str,
        *,
        webhook: bool = False,
        module: tuple[str, ...] = ("bot",),
        channel: str = "telegram",
        public_url: str = "",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.log = folder / "program.log"
        self.module = module
        self.lives = 0
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("TAPHUAN_")},
            "PYTHONPATH": str(ROOT),
            "TAPHUAN_DATABASE_URL": database_url,
            "TAPHUAN_WEB_PORT": str(self.port),
            "TAPHUAN_TIMEZONE": province.ZONE.key,
            **CHANNELS[channel](simulator),
            **(settings or {}),
        }
        if public_url:
            self._environment["TAPHUAN_PUBLIC_URL"] = public_url
        if public_url and channel == "zalo_bot":
            self._environment["TAPHUAN_ZALO_BOT_WEBHOOK_SECRET"] = SECRET
        if webhook:
            self._environment["TAPHUAN_TELEGRAM_WEBHOOK_URL"] = self.hook
            self._environment["TAPHUAN_TELEGRAM_WEBHOOK_SECRET"] = SECRET

    @property
    def hook(self) -> str:
        """Where updates are posted."""
        return f"http://127.0.0.1:{self.port}{HOOK}"

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def memory(self) -> int:
        """Resident memory in MiB; 0 where the system does not tell."""
        if self._process is None or not Path("/proc").exists():
            return 0
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) // 1024 if found else 0

    def start(self) -> None:
        """Start it; `ready` waits for it."""
        self.lives += 1
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self.module, *(["run"] if self.module == ("bot",) else [])],
                cwd=self._folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def ready(self) -> None:
        """Return when its web server says that all is well."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
            while self.alive:
                try:
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError(f"the program ended: {self.said()[-3:]}")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process:
            self._process.kill()
            self._process.wait()

    async def ended(self) -> int:
        """Its exit status, once it has ended by itself."""
        assert self._process
        return await asyncio.to_thread(self._process.wait, PATIENCE)

    async def stop(self) -> int:
        """Ask it to end, and its exit status."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return await self.ended()

    def said(self) -> list[str]:
        """The lines of its log."""
        if not self.log.exists():
            return []
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()

    def alarms(self) -> list[str]:
        """Lines of its log that must not be there."""
        return [line for line in self.said() if ALARM.search(line)]

    async def __aenter__(self) -> Process:
        self.start()
        try:
            await self.ready()
        except BaseException:
            self.kill()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.alive:
            self.kill()
