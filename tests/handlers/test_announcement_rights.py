"""Every action and step of announcements, forged by whoever has no right to it.

The actions are taken from the router itself: a new one without a guard fails here.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text, update

from handlers import assistant, seals
from handlers.chat import Chat
from handlers.message import Kind, Message
from handlers.router import run
from storage import announcements, approvals, conversations, roles, spelling
from storage.database import address, sqlite
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    Broadcast,
    BroadcastState,
    Called,
    Notice,
    NoticeState,
    Person,
    Position,
    Purpose,
    Role,
    RoleKind,
    School,
    SchoolType,
    Source,
    UnitKind,
)
from storage.models.units import Ownership
from storage.recipients import KIND
from tests import offices, rows
from tests.offices import AUTHOR, COLLEAGUE, COMMUNE, DEPARTMENT, PROVINCE
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection, Engine

    from handlers.message import Reply

NEAR, FAR, THERE = 3, 4, 2  # a commune, another province, the school of the neighbours
SECRETS = ("tối mật", "hội trường kín", "tep-kin.pdf", "Điểu Thị Nga")
NOW = MONDAY + timedelta(minutes=30)
YESTERDAY = (MONDAY - timedelta(days=1)).date()
BEGUN = (BroadcastState.RUNNING, BroadcastState.PAUSED, BroadcastState.DONE)
# A few that are also about announcements, by other names; "check" answers anybody, see below.
OTHERS = ("approve", "disapprove", "seen", "check", "missed", "tell", "told-all")
ACTIONS = sorted(
    name for name in assistant.router.actions if name.startswith("announce") or name in OTHERS
)
STEPS = sorted(name for name in assistant.router.steps if name.startswith("announce"))
# What else an action takes beside the announcement.
ALSO = {
    "announce-people": "sent", "announce-purpose": "act", "announce-place": "none",
    "announce-file": "none", "announce-course": "card", "announce-units": "0", "announce-of": "1",
    "approve": "{seal}",
}  # fmt: skip
# Nobody else's announcement shows in these, to whoever has an office: their own are made there.
NOBODY = ("stranger", "teacher", "principal", "ended")
NEIGHBOURS = ("neighbour", "elsewhere")
PEOPLE = {
    "teacher": 51, "principal": 52, "ended": COLLEAGUE, "neighbour": 9011, "elsewhere": 9012,
    "covering": DEPARTMENT, "author": AUTHOR,
}  # fmt: skip


@dataclass(frozen=True)
class Forger:
    """Presses and says what was never offered, and leaves no trace: all is rolled back."""

    db: Connection
    who: str

    def press(self, action: str) -> tuple[str, list[str]]:
        """What is said to a press, and what it changed."""
        found = announcements.get(self.db, 1)
        action = action.replace("{seal}", seals.seal(found) if found else "")
        return self._do("", lambda chat: run(assistant.router, chat, action))

    def say(self, step: str, words: str, broadcast_id: int) -> tuple[str, list[str]]:
        """What is said to words inside a dialogue that was open."""

        def spoken(chat: Chat) -> Reply:
            chat.begin(broadcast=broadcast_id, draft=broadcast_id, rule={})
            return assistant.router.steps[step](chat)

        return self._do(words, spoken)

    def _do(self, words: str, act: Callable[[Chat], Reply]) -> tuple[str, list[str]]:
        nested = self.db.begin_nested()
        before = written(self.db)
        message = Message("telegram", f"p-{self.who}", "1", Kind.PRESS, NOW, text=words)
        talk = conversations.enter(self.db, "telegram", f"p-{self.who}", language="vi", now=NOW)
        reply = act(
            Chat(self.db, NOW, message, talk, lambda chat, one: run(assistant.router, chat, one))
        )
        changed = dump(self.db) if written(self.db) != before else []
        nested.rollback()
        files = [one.name for one in (reply.document, reply.photo) if one]
        return "\n".join((reply.written(), *files)), changed


def written(db: Connection) -> int:
    """How many rows were ever written on this connection."""
    return db.connection.driver_connection.total_changes  # type: ignore[union-attr] # SQLite's own


def dump(db: Connection) -> list[str]:
    """What is kept of the announcement, its people, and in the log about it."""
    tables = {
        "broadcasts": "id = 1", "notices": "subject_id = 1", "broadcast_seen": "broadcast_id = 1",
        "audit": "subject = 'broadcast' AND subject_id = 1", "attachments": "id = 1",
    }  # fmt: skip
    return [
        f"{table} {row}"
        for table, which in tables.items()
        for row in db.execute(text(f"SELECT * FROM {table} WHERE {which} ORDER BY 1"))  # noqa: S608 - the test's own words
    ]


def build(db: Connection) -> None:
    """An announcement of a commune that half of its twelve teachers have got."""
    offices.build(db, 12)
    offices.unit(db, NEAR, "/2/3/")
    offices.unit(db, FAR, "/4/", UnitKind.PROVINCE)
    for person_id, unit_id in (
        (AUTHOR, COMMUNE), (COLLEAGUE, COMMUNE), (DEPARTMENT, PROVINCE), (9011, NEAR), (9012, FAR),
    ):  # fmt: skip
        offices.officer(db, person_id, unit_id)
    db.execute(update(Role).where(Role.person_id == 9012).values(kind=RoleKind.DEPARTMENT))
    offices.running(db, 12)
    announced(db)
    neighbours(db)
    db.execute(update(Role).where(Role.person_id == COLLEAGUE).values(valid_to=YESTERDAY))
    for who, person_id in PEOPLE.items():
        rows.account(db, f"p-{who}", person_id)
    for who in ("stranger", *PEOPLE):
        conversations.enter(db, "telegram", f"p-{who}", language="vi", now=NOW)


def announced(db: Connection) -> None:
    db.execute(
        insert(Attachment).values(
            id=1, person_id=AUTHOR, kind=AttachmentKind.DOCUMENT, name=SECRETS[2], size=4,
            channel="telegram", source="x", state=AttachmentState.READY, content=b"%PDF",
            created_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(
        update(Broadcast).values(
            text=SECRETS[0], place={"title": SECRETS[1]}, attachment_id=1, purpose=Purpose.REPORT
        )
    )
    half = (Notice.kind == KIND) & (Notice.person_id <= 6)
    sent = {"state": NoticeState.SENT, "sent_at": MONDAY, "tried": True}
    db.execute(update(Notice).where(half).values(sent))


def neighbours(db: Connection) -> None:
    """A teacher and a principal of another school."""
    db.execute(
        insert(School).values(
            id=THERE, name="Trường MN Bình Minh", folded="truong mn binh minh", unit_id=NEAR,
            type=SchoolType.PRESCHOOL, ownership=Ownership.PUBLIC,
        )
    )  # fmt: skip
    for person_id, position in ((51, Position.TEACHER), (52, Position.PRINCIPAL)):
        name = f"Y Khăm {person_id}"
        db.execute(
            insert(Person).values(
                id=person_id, full_name=name, sort_key=spelling.sort_key(name), nickname="",
                folded=spelling.fold(name), called=Called.TEACHER, position=position,
                school_id=THERE, source=Source.ROSTER, verified_at=MONDAY,
            )
        )  # fmt: skip
    roles.grant(db, 52, RoleKind.PRINCIPAL, YESTERDAY, school_id=THERE)


@pytest.fixture(scope="module")
def engine(empty_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("rights") / "one.db"
    shutil.copy(empty_file, path)
    engine = sqlite(address(f"sqlite:///{path}"))
    with engine.begin() as db:
        build(db)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def unknown(engine: Engine) -> dict[tuple[str, str], str]:
    """What is said to those who press for an announcement that does not exist."""
    with engine.connect() as db:
        return {
            (who, action): Forger(db, who).press(missing)[0]
            for who in (*NOBODY, *NEIGHBOURS)
            for name in ACTIONS
            for action, missing in zip(forged(name, 1), forged(name, 777), strict=True)
        }


@pytest.fixture(params=list(BroadcastState), ids=str)
def world(engine: Engine, request: pytest.FixtureRequest) -> Iterator[Connection]:
    """The announcement in one state of its life."""
    state: BroadcastState = request.param
    with engine.connect() as db:
        began = MONDAY if state in BEGUN else None
        over = NOW if state in (BroadcastState.DONE, BroadcastState.CANCELLED) else None
        db.execute(
            update(Broadcast).values(
                state=state, began_at=began, finished_at=over, confirmed_at=MONDAY
            )
        )
        if began is None:
            db.execute(update(Notice).where(Notice.kind == KIND).values(state=NoticeState.PLANNED))
        yield db
        db.rollback()


def forged(name: str, broadcast_id: int) -> list[str]:
    """The presses that do an action to an announcement."""
    known, also = assistant.router.actions[name], ALSO.get(name, "")
    tried = ("", f"{broadcast_id}", f"{broadcast_id} {also or 0}" if also else "")
    found = [one for one in dict.fromkeys(tried) if known.takes(one.split())]
    return [f"{name} {one}".strip() for one in found] or [f"{name} {broadcast_id} 0"]


def discloses(said: str) -> list[str]:
    return [one for one in SECRETS if one in said]


def state_of(db: Connection) -> BroadcastState:
    return db.execute(select(Broadcast.state).where(Broadcast.id == 1)).scalar_one()


def test_the_actions_are_found() -> None:
    assert len(ACTIONS) > 45
    assert {"announce-retry", "announce-copy", "approve", "seen", "announcement"} < set(ACTIONS)
    assert len(STEPS) >= 6
    assert all(forged(name, 1) for name in ACTIONS)


@pytest.mark.parametrize("who", NOBODY)
def test_whoever_has_no_office_changes_and_learns_nothing(
    world: Connection, who: str, unknown: dict[tuple[str, str], str]
) -> None:
    forger = Forger(world, who)
    for name in ACTIONS:
        for action in forged(name, 1):
            said, changed = forger.press(action)
            assert not changed, action
            assert not discloses(said), action
            assert name == "check" or said == unknown[who, action], action


@pytest.mark.parametrize("who", NEIGHBOURS)
def test_an_officer_of_another_place_changes_and_learns_nothing(
    world: Connection, who: str, unknown: dict[tuple[str, str], str]
) -> None:
    forger, before = Forger(world, who), dump(world)
    for name in ACTIONS:
        for action in forged(name, 1):
            said, changed = forger.press(action)
            assert not changed or changed == before, action
            assert not discloses(said), action
            assert name == "check" or said == unknown[who, action], action


@pytest.mark.parametrize("who", ["ended", "neighbour"])
def test_a_dialogue_that_is_open_gives_no_right(world: Connection, who: str) -> None:
    forger, before = Forger(world, who), dump(world)
    for step in STEPS:
        for words in ("gửi 12", "Lời khác", "18h30", "giáo viên chưa xem TB-0001"):
            said, changed = forger.say(step, words, 1)
            assert not changed or changed == before, (step, words)
            assert not discloses(said), (step, words)


def test_who_covers_it_can_do_what_the_others_cannot(
    world: Connection, unknown: dict[tuple[str, str], str]
) -> None:
    """Else the others would fail for another reason than their rights."""
    forger, before = Forger(world, "covering"), dump(world)
    done = {(name, action): forger.press(action) for name in ACTIONS for action in forged(name, 1)}
    known = {
        name for (name, action) in done if done[name, action][0] != unknown["neighbour", action]
    }
    assert len(known) > 25
    changing = {name for (name, _), (_, changed) in done.items() if changed not in ([], before)}
    assert changing == {
        BroadcastState.DRAFT: {
            "announce-course", "announce-deleted", "announce-file", "announce-later",
            "announce-now", "announce-place", "announce-purpose", "announce-test",
        },
        BroadcastState.ASKED: {"announce-stop", "announce-stopped", "approve", "disapprove"},
        BroadcastState.HELD: {"announce-stop", "announce-stopped"},
        BroadcastState.RUNNING: {"announce-pause", "announce-stopped"},
        BroadcastState.PAUSED: {"announce-resume", "announce-stopped"},
        BroadcastState.DONE: set(),
        BroadcastState.CANCELLED: set(),
    }[state_of(world)]  # fmt: skip


def test_its_own_author_does_not_approve_it(world: Connection) -> None:
    if state_of(world) is not BroadcastState.ASKED:
        assert approvals.approve(world, offices.scope_of(world, DEPARTMENT), 1, NOW) is False
        return
    for name in ("approve", "disapprove"):
        for action in forged(name, 1):
            assert Forger(world, "author").press(action)[1] == [], action
    assert approvals.approve(world, offices.scope_of(world, DEPARTMENT), 1, NOW)


def test_the_file_of_what_was_stopped_is_not_shown_again(engine: Engine) -> None:
    for state, shown in ((BroadcastState.RUNNING, True), (BroadcastState.CANCELLED, False)):
        with engine.connect() as db:
            db.execute(update(Broadcast).values(state=state, began_at=MONDAY))
            said, _ = Forger(db, "covering").press("announcement 1")
            assert SECRETS[0] in said
            assert (SECRETS[2] in said) is shown
            db.rollback()


def test_an_author_who_moved_to_another_office_reads_their_own_words_and_no_names(
    world: Connection,
) -> None:
    world.execute(update(Role).where(Role.person_id == AUTHOR).values(unit_id=NEAR))
    forger, before = Forger(world, "author"), dump(world)
    for name in ACTIONS:
        for action in forged(name, 1):
            said, changed = forger.press(action)
            assert not changed or changed == before or name == "announce-test", action
            assert SECRETS[3] not in said, action
