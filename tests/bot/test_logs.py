"""The log shows what happened, and nothing that must not be shown."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import re
from typing import TYPE_CHECKING

import pytest

from bot import logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "7123456789:AAF-kq9_ZzXxYyWwVvUuTtSsRrQqPpOoNn0"


@pytest.fixture
def written() -> Iterator[Callable[[], str]]:
    """What has been logged since the set-up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in logs.NOISE}
    stream = io.StringIO()
    logs.set_up("INFO", ["webhook-secret-of-ours", "webhook/secret=of-ours", "p4ss", ""], stream)
    yield stream.getvalue
    for mine in list(root.handlers):
        root.removeHandler(mine)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


def test_a_line_is_utc_time_level_name_and_words(written: Callable[[], str]):
    logging.getLogger("bot.inbox").info("answer to account %s", 12)

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ INFO bot.inbox: answer to account 12\n", written()
    )


@pytest.mark.parametrize(
    "words",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/getMe",
        "POST http://127.0.0.1:8321/bot123:short/getMe",
        f"POST https://api.telegram.org/file/bot{TOKEN.replace(':', '%3A')}/photos/1.png",
        f"the token is {TOKEN}",
        "X-Telegram-Bot-Api-Secret-Token: some_other-secret",
        "header webhook-secret-of-ours",
        "postgresql://me:p4ss@host/name",
        "phone +84900001234 of someone",
        "POST https://bot-api.zaloplatforms.com/bot123:short/getUpdates",
        "headers {'access_token': 'some_other-access.token'}",
        "access_token: some_other-access",
        "grant_type=refresh_token&refresh_token=some_other-refresh&app_id=1",
        '{"refresh_token": "some_other-refresh", "expires_in": "90000"}',
        "GET https://taphuan.example/?code=some_other-code&oa_id=1",
        "headers secret_key: some_other-key",
        "GET /tep/some_other.12.1.x/l.ics",
        "phone 84900001234",
        "headers {'secret_key': 'x$some_other$1'}",
        "headers ((b'access_token', b'some_other'), (b'secret_key', b'x/some_other'))",
        "proxy http://me:some_other@proxy.example:3128",
        "secret_key=webhook%2Fsecret%3Dof-ours",
        "phone 0900 001 234",
        "phone 0261.000.0000",
    ],
)
def test_tokens_secrets_and_phone_numbers_are_not_shown(words: str, written: Callable[[], str]):
    logging.getLogger("x").warning("%s", words)

    line = written()
    assert logs.HIDDEN in line
    for hidden in (TOKEN.partition(":")[2], "short/", "some_other", "of-ours", "p4ss", "1234",
                   "001 234", "000.0000"):  # fmt: skip
        assert hidden not in line


@pytest.mark.parametrize(
    "words",
    [
        "account 700000001, notice 12",
        "took 0.123456789012 s",
        "2026-11-23T01:02:03Z",
        "update 100001",
    ],
)
def test_ids_times_and_figures_stay(words: str, written: Callable[[], str]):
    logging.getLogger("x").warning("%s", words)

    assert words in written()


def test_nobody_adds_a_line_of_their_own(written: Callable[[], str]):
    logging.getLogger("x").warning("said %s", "a\n2026-11-23T00:00:00Z ERROR x: forged\r\nb")

    assert written().count("\n") == 1


def test_a_traceback_has_places_and_types_but_neither_words_nor_tokens(written: Callable[[], str]):
    try:
        try:
            int("nguyễn thị hoa")
        except ValueError as error:
            raise ConnectionError(f"POST /bot{TOKEN}/sendMessage") from error
    except ConnectionError:
        logging.getLogger("x").exception("failed")

    text = written()
    assert "builtins.ValueError\n" in text
    assert f"builtins.ConnectionError: POST /bot{logs.HIDDEN}/sendMessage" in text
    assert "test_logs.py:" in text
    assert "hoa" not in text
    assert TOKEN not in text


def test_every_part_of_a_group_is_shown(written: Callable[[], str]):
    several = ExceptionGroup("several", [ValueError("secret words"), KeyError("more")])
    logging.getLogger("x").error("failed", exc_info=several)

    assert "builtins.ValueError" in written()
    assert "builtins.KeyError" in written()
    assert "secret words" not in written()


def test_what_another_handler_made_of_the_exception_is_not_taken_over(written: Callable[[], str]):
    error = ValueError("words")
    record = logging.LogRecord("x", logging.ERROR, "", 1, "m", (), (ValueError, error, None))
    record.exc_text = "ValueError: words"

    logging.getLogger().handlers[0].handle(record)

    assert "words" not in written()


def test_libraries_do_not_log_every_request(written: Callable[[], str]):
    logging.getLogger().setLevel("DEBUG")
    for name in logs.NOISE:
        logging.getLogger(name).info("GET /")
        logging.getLogger(f"{name}.core").debug("SELECT 'words'")

    assert written() == ""


async def test_a_task_nobody_waits_for_does_not_quote_its_exception(written: Callable[[], str]):
    async def work() -> None:
        raise ValueError("nguyễn thị hoa")

    task = asyncio.create_task(work(), name="work of ours")
    await asyncio.sleep(0)
    assert task.done()
    del task
    gc.collect()

    text = written()
    assert "work of ours" in text
    assert "exception=ValueError" in text
    assert "test_logs.py:" in text
    assert "hoa" not in text


async def test_a_callback_that_fails_does_not_quote_what_it_was_given(written: Callable[[], str]):
    def fail(words: str) -> None:
        raise ValueError(words)

    loop = asyncio.get_running_loop()
    loop.call_soon(fail, "nguyễn thị hoa")
    loop.call_later(0, fail, "nguyễn thị hoa")
    await asyncio.sleep(0.01)
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    done = loop.create_future()
    loop.call_soon(done.set_result, ["nguyễn thị hoa"])
    await done
    await asyncio.sleep(0)
    loop.set_debug(False)

    text = written()
    assert text.count("Exception in callback") == 2
    assert "test_logs.py:" in text
    assert "Executing <" in text
    assert "hoa" not in text
