"""Every choice, pressed with ids of others by officers, principals, trainers and whoever was one.

Choices carry ids, and a press can be forged. In random worlds (`scoped_world`) every action of the
router is pressed with ids of anybody; what is said may name nobody, and what is changed may be
nothing, beyond what is theirs. Older conversations have tests of their own (`OLDER`).
"""

from __future__ import annotations

import inspect
import os
import shutil
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from handlers import assistant
from handlers.chat import Chat
from handlers.message import Kind, Message
from handlers.router import run
from storage import conversations, roles, scopes
from storage.database import address, sqlite
from storage.models import (
    Completed,
    Intake,
    IntakeState,
    Person,
    Registration,
    Role,
    RoleKind,
    Session,
    StaffMove,
)
from tests import scoped_calls, scoped_mine, scoped_world
from tests.scoped_mine import Mine
from tests.scoped_rows import TODAY
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from handlers.message import Reply
    from tests.scoped_rows import World

pytestmark = pytest.mark.soak
ROUTER = assistant.router
# Claims, questions and one's own place: who may see and answer them is tested with them.
OLDER = {"claims", "deadlines", "progress", "questions", "relaying", "report", "switching"}
ACTIONS = [
    name
    for name, action in sorted(ROUTER.actions.items())
    if action.handle.__module__.rpartition(".")[2] not in OLDER
]
TABLES = {
    "walk_in_id": "walk_ins", "registration_id": "registrations", "import_id": "roster_imports",
    "proposal_id": "substitutions", "into_id": "schools", "head_id": "people", "entry_id": "audit",
} | {
    f"{one.removesuffix('s')}_id": one
    for one in ("courses", "sessions", "schools", "papers", "units", "intakes", "invitations",
                "roles", "broadcasts", "attachments", "claims", "questions", "subjects", "reports",
                "collections", "periods")
} | {"person_id": "people"}  # fmt: skip
CHANGES_OF = ("school_changes", "staff_changes")
WORDS = ("0", "1", "2", "y", "n", "u", "a", "p", "l", "all", "passed", "wrong", "20261201", "new")
# Whose screens name no place that is not theirs either.
PLACED = ("figure", "unmet", "nudges", "report", "statistics")
# Parts of figures: a view by its letter, and what it is made of.
PARTS = {"c": "units", "d": "units", "p": "units", "s": "schools"}
# What else choices about figures and reports carry, by the name of the parameter.
SAID = {
    "which": ("difficulties", "proposals"), "key": ("none", "submitted", "back", "numbered"),
    "reason": tuple(map(str, range(14))), "page": ("0", "0", "1"), "view": ("c", "d"),
    "completed": ("0", "1"), "expected": ("3", "9"), "version": ("0", "1"),
}  # fmt: skip
# Written by every turn, or about what the turn said.
LOOSE = {"conversations", "accounts", "notices"}
EACH = 8  # people of one world


def records(world: World) -> None:
    """Marks, results, papers, walk-ins, changes of lists, codes and trainers, of whomever."""
    db, rng = world.db, world.rng
    everybody = db.execute(select(Person.id, Person.school_id)).all()
    # A file that asks about its columns has questions, and those of this world have none.
    asking = update(Intake).where(Intake.state == IntakeState.ASKING)
    db.execute(asking.values(state=IntakeState.WAITING))
    key = world.add("signing_keys", public="00", private="11" * 32)
    for place in db.execute(select(Registration.course_id, Registration.person_id)).all():
        course, who = place.course_id, place.person_id
        meets = select(Session.id).where(Session.course_id == course).order_by(Session.number)
        session = db.execute(meets).scalars().first()
        world.add("attendance", session_id=session, person_id=who)
        world.add("sheet_lines", course_id=course, person_id=who, number=who)
        world.add("results", course_id=course, person_id=who, score=800)
        world.add("completions", course_id=course, person_id=who, state=Completed.COMPLETED)
        facts = {"name": f"Người Ng{who}", "title": "Giấy", "code": "L1", "course": f"Kh{course}",
                 "issuer": "x", "issued": "2026-11-01", "number": "1"}  # fmt: skip
        world.add("papers", number=f"GXN-{course}-{who}", course_id=course, person_id=who,
                  key_id=key, facts=facts, signature="s" * 86)  # fmt: skip
    for session in world.ids["sessions"]:
        world.add("walk_ins", session_id=session, person_id=rng.choice(everybody).id)
        world.add("session_codes", session_id=session, digits="123456", secret="00" * 32,
                  opens_at=MONDAY, closes_at=MONDAY + timedelta(hours=1))  # fmt: skip
    for one in everybody:
        if one.school_id and rng.random() < 0.5:
            world.add("staff_changes", person_id=one.id, kind=StaffMove.LEAVE, ended=[],
                      school_id=one.school_id, at=MONDAY, day=TODAY, before={})  # fmt: skip
    for course in world.ids["courses"]:
        last = rng.choice((None, TODAY - timedelta(days=1)))
        world.add("roles", person_id=rng.choice(everybody).id, kind=RoleKind.TRAINER,
                  course_id=course, valid_from=MONDAY.date() - timedelta(days=5),
                  valid_to=last)  # fmt: skip


class Presser:
    """Somebody of a world, what is theirs, and what becomes of what they press."""

    def __init__(self, world: World, person_id: int) -> None:
        self.db, self.rng, self.world, self.id = world.db, world.rng, world, person_id
        self.scope = scopes.of(self.db, person_id, TODAY)
        self.before = scoped_mine.dump(self.db)
        self.mine = Mine(self.scope, self.before) if self.scope else None
        held = select(Role.kind, Role.school_id, Role.course_id).join(
            Person, Person.id == Role.person_id
        )
        rights = self.db.execute(held.where(Person.id == person_id, roles.holds(TODAY))).all()
        self.schools = {one.school_id for one in rights if one.kind is RoleKind.PRINCIPAL}
        self.courses = {one.course_id for one in rights if one.kind is RoleKind.TRAINER}
        if self.mine:
            self.courses |= {key[0] for key in self.mine.to_change["courses"]}
        self.people = self._people()
        self.places = self._places()

    def _people(self) -> set[int]:
        """Whom they may be told of."""
        found = {key[0] for key in self.mine.to_know["people"]} if self.mine else set[int]()
        found |= {self.id}
        for row in self.before["people"].values():
            if row["school_id"] in self.schools:
                found.add(row["id"])
        for table in ("registrations", "walk_ins", "questions", "papers"):
            for row in self.before[table].values():
                if self._course(row) in self.courses:
                    found.add(row.get("person_id") or row["asker_id"])
        return found

    def _places(self) -> dict[str, set[int]]:
        """Units and schools whose names figures and reports may say."""
        found = {
            table: {key[0] for key in self.mine.to_know[table]} if self.mine else set[int]()
            for table in ("units", "schools")
        }
        found["schools"] |= {one for one in self.schools if one}
        for one in found["schools"]:
            unit_id = self.before["schools"][one,]["unit_id"]
            found["units"] |= {
                int(part) for part in self.before["units"][unit_id,]["path"].split("/") if part
            }
        return found

    def _course(self, row: dict[str, Any]) -> int | None:
        if session_id := row.get("session_id"):
            row = self.before["sessions"][session_id,]
        if registration_id := row.get("registration_id"):
            row = self.before["registrations"].get((registration_id,), row)
        return row.get("course_id")

    def arguments(self, name: str) -> list[str]:
        """What a forged press carries: ids of the kind that is expected, or anything."""
        found: list[str] = []
        part = self.rng.choice([*PARTS, "s", "s"])
        for each in list(inspect.signature(ROUTER.actions[name].handle).parameters.values())[1:]:
            table = TABLES.get(each.name.lstrip("_"))
            if each.kind is each.VAR_POSITIONAL and each.name == "asked":
                return self._figures(name, part)
            if each.name in ("of", "unit"):
                found.append(part if each.name == "of" else str(self._one(PARTS[part])))
                continue
            if each.name == "change_id":
                table = self.rng.choice(CHANGES_OF)
            if each.default is not each.empty and self.rng.random() < 0.5:
                continue
            by_id = table is not None or self.rng.random() < 0.3
            one = self._one(table) if by_id else None
            words = SAID.get(each.name, WORDS)
            found.append(str(one) if one and each.name not in SAID else self.rng.choice(words))
        return found

    def _one(self, table: str | None) -> int | None:
        """An id of the officer's own as often as one of anybody's."""
        own: list[int] = []
        if self.mine and table:
            own = sorted(key[0] for key in self.mine.to_change[table])
        known = self.world.ids.get(table or self.rng.choice(list(TABLES.values())))
        if own and self.rng.random() < 0.5:
            known = own
        return self.rng.choice(known) if known else None

    def _figures(self, name: str, part: str) -> list[str]:
        """What a choice about figures carries, in the order of `figure_asked.Asked.action`."""
        rng = self.rng
        found = [
            str(self._one("subjects")), rng.choice("cdps-"), rng.choice("001"),
            rng.choice((part, part, "-")), str(self._one(PARTS[part])),
            rng.choice(("-", "-", "261120", "250601")), rng.choice("rac-"),
        ]  # fmt: skip
        more = {"figure-names": [rng.choice("mdlgo")], "figure-state": ["9", "5"]}
        return found + more.get(name, [])

    def press(self, name: str) -> None:
        action = " ".join([name, *self.arguments(name)])
        nested, begun = self.db.begin_nested(), self._written()
        said = self._said(action)
        module = ROUTER.actions[name].handle.__module__.rpartition(".")[2]
        for table, id_, by_name in set(scoped_calls.mentions(said)):
            if table == "people" and by_name:
                assert id_ in self.people, f"{action} tells {self.id} of {id_}: {said}"
            if by_name and table in self.places and module.startswith(PLACED):
                assert id_ in self.places[table], (
                    f"{action} tells {self.id} of {table} {id_}: {said}"
                )
        if self._written() != begun:
            self._changed(action)
        nested.rollback()

    def _written(self) -> int:
        driver: Any = self.db.connection.driver_connection
        return driver.total_changes

    def _said(self, action: str) -> str:
        message = Message("telegram", str(self.id), "1", Kind.PRESS, MONDAY)
        talk = conversations.enter(self.db, "telegram", str(self.id), language="vi", now=MONDAY)

        def again(chat: Chat, one: str) -> Reply:
            return run(ROUTER, chat, one)

        reply = run(ROUTER, Chat(self.db, MONDAY, message, talk, again), action)
        files = [one.name for one in (reply.document, reply.photo) if one]
        return "\n".join((reply.written(), *files))

    def _changed(self, action: str) -> None:
        after = scoped_mine.dump(self.db)
        now = Mine(self.scope, after) if self.scope else None
        for table, rows in after.items():
            old = self.before[table]
            for key in (rows.keys() | old.keys()) if table not in LOOSE else ():
                if rows.get(key) == old.get(key):
                    continue
                mine = self.mine if key in old else now
                theirs = mine is not None and key in mine.to_change[table]
                row = rows.get(key) or old[key]
                assert theirs or self._own(table, row, after), (
                    f"{action} of {self.id} ({self.scope}) changes {table} {key}:"
                    f" {old.get(key)} -> {rows.get(key)}"
                )

    def _own(self, table: str, row: dict[str, Any], after: dict[str, dict[Any, Any]]) -> bool:
        """One's own row, one of the school one keeps, or of a course one trains in."""
        if registration_id := row.get("registration_id"):
            row = row | after["registrations"][registration_id,]
        who = row["id"] if table == "people" else row.get("person_id") or row.get("asker_id")
        school = after["people"].get((who,), {}).get("school_id")
        before = self.before["people"].get((who,), {}).get("school_id")
        course = row["id"] if table == "courses" else self._course(row)
        return (
            row.get("actor_id") == self.id
            or who == self.id
            or bool({school, before, row.get("school_id")} & self.schools)
            or course in self.courses
            # Whoever asks for a place counts a turn.
            or (table == "courses" and row["turns"] != self.before["courses"][course,]["turns"])
        )


@pytest.mark.parametrize("seed", range(int(os.environ.get("FORGED_WORLDS", "6"))))
def test_a_forged_press_tells_and_changes_nothing_of_others(
    empty_file: Path, tmp_path: Path, seed: int
) -> None:
    shutil.copy(empty_file, tmp_path / "forged.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'forged.db'}"))
    with engine.connect() as db:
        world = scoped_world.build(db, Random(seed))
        records(world)
        for person_id in pressers(db, world):
            presser = Presser(world, person_id)
            for name in ACTIONS:
                presser.press(name)
        db.rollback()
    engine.dispose()


def pressers(db: Connection, world: World) -> list[int]:
    """Most of them hold or held a right."""
    held = list(dict.fromkeys(db.execute(select(Role.person_id).order_by(Role.id)).scalars()))
    some = world.rng.sample(held, min(len(held), EACH - 1))
    return [*some, world.any("people")]
