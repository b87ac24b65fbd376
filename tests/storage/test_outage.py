"""A database that is down is told from a turn that will always fail."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from storage.database import DatabaseError
from storage.outage import outage


class Coded(Exception):
    """An error of the driver, as asyncpg makes it."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__()
        self.sqlstate = sqlstate


def wrapped(sqlstate: str) -> DBAPIError:
    return DBAPIError("select", {}, Coded(sqlstate))


@pytest.mark.parametrize(
    "error",
    [
        DatabaseError("closed"),
        ConnectionRefusedError(),
        NoConnection(),
        OperationalError("insert", {}, Exception("disk is full")),
        wrapped("57P03"),  # cannot connect now
        wrapped("53100"),  # disk full
        wrapped("55P03"),  # lock not available
    ],
)
def test_it_may_be_well_later(error: Exception):
    assert outage(error)


@pytest.mark.parametrize(
    "error",
    [
        KeyError("words"),
        IntegrityError("insert", {}, Exception("unique")),
        wrapped("22021"),  # a character that the encoding does not have
        wrapped("42P01"),  # no such table
    ],
)
def test_it_will_fail_again(error: Exception):
    assert not outage(error)
