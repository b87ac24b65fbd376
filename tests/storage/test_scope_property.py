"""Whoever asks for what: no officer's function tells or changes anything outside the scope."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import scopes
from storage.database import address, sqlite
from storage.models import Person, Position
from tests import scoped_calls, scoped_mine, scoped_world
from tests.scoped_calls import Forger, officer_functions
from tests.scoped_mine import Mine
from tests.scoped_rows import TODAY, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from storage.scopes import Scope

NAMES = sorted(officer_functions())
# Every function is called in two of the worlds of the suite; in a long run in each of them.
SHARES = 7
REFUSALS = (PermissionError, LookupError, ValueError)


@pytest.fixture(scope="module")
def engine(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("scoped") / "scoped.db"
    path.write_bytes(empty_file.read_bytes())
    made = sqlite(address(f"sqlite:///{path}"))
    yield made
    made.dispose()


def changes(db: Connection) -> int:
    driver: Any = db.connection.driver_connection
    return driver.total_changes


def an_officer(world: World) -> Scope | None:
    """Somebody who is an officer today."""
    officers = select(Person.id).where(Person.position == Position.OFFICER)
    everybody = list(world.db.execute(officers).scalars())
    world.rng.shuffle(everybody)
    found = (scopes.of(world.db, each, TODAY) for each in everybody)
    return next((scope for scope in found if scope is not None), None)


class Trial:
    """One world, one officer, and what becomes of what they ask for."""

    def __init__(self, db: Connection, seed: int) -> None:
        self.db = db
        self.world = scoped_world.build(db, Random(seed))
        self.scope = an_officer(self.world)
        if self.scope is not None:
            self.before = scoped_mine.dump(db)
            self.mine = Mine(self.scope, self.before)
            self.forger = Forger(db, Random(seed + 1), self.world, self.mine)

    def call(self, name: str) -> None:
        plain, named = scoped_calls.arguments(name, self.forger)
        begun, inner = changes(self.db), self.db.begin_nested()
        try:
            said = scoped_calls.shown(self.db, officer_functions()[name](*plain, **named))
        except REFUSALS as refusal:
            said = ""
            del refusal
        if changes(self.db) != begun:
            self.changed(name)
        inner.rollback()
        asked = repr([each for each in (*plain, *named.values()) if each is not self.scope])
        self.told(name, said, asked)

    def told(self, name: str, said: str, asked: str) -> None:
        """Nothing of others is mentioned but what was asked with."""
        given = set(scoped_calls.mentions(asked))
        for table, id_, by_name in set(scoped_calls.mentions(said)) - given:
            if (table, id_, False) in given and not by_name:
                continue
            known = (id_,) in self.mine.to_know[table] or (id_,) not in self.before[table]
            assert known, f"{name} tells {table} {id_} to {self.scope}: {said[:2000]}"

    def changed(self, name: str) -> None:
        """Nothing of others is changed, and nothing made that is theirs."""
        after = scoped_mine.dump(self.db)
        now: Mine | None = None
        for table, rows in after.items():
            old = self.before[table]
            for key in rows.keys() | old.keys():
                if rows.get(key) == old.get(key):
                    continue
                if key in old:
                    mine = key in self.mine.to_change[table]
                else:
                    now = now or Mine(self.mine.scope, after)
                    mine = key in now.to_change[table]
                assert mine, (
                    f"{name} by {self.scope} changes {table} {key}:"
                    f" {old.get(key)} -> {rows.get(key)}"
                )


def play(engine: Engine, seed: int, names: list[str]) -> None:
    with engine.connect() as db:
        trial = Trial(db, seed)
        for name in names if trial.scope else ():
            trial.call(name)
        db.rollback()


@settings(max_examples=15, deadline=None, database=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(seed=st.integers(0, 2**31))
def test_no_function_reaches_beyond_the_scope(engine: Engine, seed: int) -> None:
    play(engine, seed, NAMES[seed % SHARES :: SHARES])


@pytest.mark.soak
@pytest.mark.parametrize("start", range(int(os.environ.get("SCOPE_WORLDS", "10"))))
def test_no_function_reaches_beyond_the_scope_in_many_worlds(engine: Engine, start: int) -> None:
    for seed in range(start * 30, start * 30 + 30):
        play(engine, seed, NAMES)


def test_every_function_can_be_called(engine: Engine) -> None:
    """A new function with a new kind of parameter needs a line in tests/scoped_calls.py."""
    with engine.connect() as db:
        trial = Trial(db, 0)
        unknown: list[str] = []
        for name in NAMES:
            try:
                scoped_calls.arguments(name, trial.forger)
            except LookupError as error:
                unknown.append(str(error))
        db.rollback()
    assert unknown == [], "\n".join(unknown)
