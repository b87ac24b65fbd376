"""Officers, recipients and the clock of announcements, for the tests of their conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from storage import dealing
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Broadcast,
    BroadcastState,
    Course,
    Notice,
    Person,
    Purpose,
    Registration,
    Standing,
    Unit,
)
from storage.recipients import KIND
from tests.golden.crowd import without_seat
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

OFFICER = "Lê Văn Tình"
ASK = "gửi thông báo cho giáo viên xã mình chưa đăng ký L12"
TEXT = "Đề nghị thầy cô chưa đăng ký L12 trả lời trước ngày 09/12 để xã chuẩn bị hội trường."


async def audience(town: Town, meant: int, reached: int, refusing: int = 0) -> list[int]:
    """Leave so many without a seat in L12; so many of them can be written to, or refuse it.

    The next announcement is TB-0141. Returns the ids of those who can be written to.
    """

    def work(db: Connection) -> list[int]:
        course = select(Course.id).where(Course.number == 12).scalar_subquery()
        people = list(db.execute(without_seat(course)).scalars())
        assert len(people) >= meant, len(people)
        course_id = db.execute(select(Course.id).where(Course.number == 12)).scalar_one()
        db.execute(update(Course).where(Course.id == course_id).values(seats=900))
        seats = [
            {"course_id": course_id, "person_id": person_id, "standing": Standing.SEATED,
             "turn": turn, "provisional": False, "changed_at": MONDAY}
            for turn, person_id in enumerate(people[meant:], start=500)
        ]  # fmt: skip
        db.execute(insert(Registration), seats)
        for person_id in people[: reached + refusing]:
            _account(db, person_id)
        yes, no = people[:reached], people[reached : reached + refusing]
        db.execute(update(Person).where(Person.id.in_(yes)).values(announcements=Announce.YES))
        db.execute(update(Person).where(Person.id.in_(no)).values(announcements=Announce.NO))
        _count_from(db, 141)
        return yes

    return await town.database.turn(work)


def _account(db: Connection, person_id: int) -> None:
    account_id = db.execute(
        insert(Account)
        .values(channel="telegram", address=f"gv{person_id}", language="vi", created_at=MONDAY,
                reachable=True, code_failures=0, person_id=person_id)
        .returning(Account.id)
    ).scalar_one()  # fmt: skip
    db.execute(
        insert(AccountPerson).values(account_id=account_id, person_id=person_id, since=MONDAY)
    )


def _count_from(db: Connection, first: int) -> None:
    """Let the next announcement have this number."""
    officer = db.execute(select(Person.id).where(Person.full_name == OFFICER)).scalar_one()
    unit = select(Unit.id).where(Unit.name == "Tỉnh Lâm Đồng", Unit.valid_to.is_(None))
    db.execute(
        insert(Broadcast).values(
            id=first - 1, author_id=officer, unit_id=db.execute(unit).scalars().first(),
            state=BroadcastState.CANCELLED, purpose=Purpose.KNOW, audience={}, text="-", place={},
            summary={"sent": 1}, created_at=MONDAY, changed_at=MONDAY, finished_at=MONDAY,
        )
    )  # fmt: skip


async def officer(town: Town, name: str = OFFICER, **more: str) -> Phone:
    """An officer's phone."""
    return await known(town, name, **more)


async def written(town: Town, *, text: str = TEXT, name: str = OFFICER) -> Phone:
    """An officer's phone with the preview of an announcement on it."""
    phone = await officer(town, name)
    await phone.say(ASK)
    await phone.say(text)
    return phone


async def deal(town: Town) -> None:
    """Let the clock of announcements do all that is due, and send what it owes."""
    for _ in range(30):
        if not await town.database.turn(lambda db: dealing.deal(db, town.inbox.now())):
            break
        await town.deliver()
    await town.deliver()


def got(town: Town, person_id: int) -> list[str]:
    """What stands on the phone of a recipient."""
    return [one.written() for one in town.channel.said.get(f"gv{person_id}", [])]


async def states(town: Town, broadcast_id: int = 141) -> dict[str, int]:
    """How many people of an announcement stand where."""

    def work(db: Connection) -> dict[str, int]:
        found = db.execute(
            select(Notice.state).where(Notice.kind == KIND, Notice.subject_id == broadcast_id)
        ).scalars()
        counted: dict[str, int] = {}
        for state in found:
            counted[state.value] = counted.get(state.value, 0) + 1
        return counted

    return await town.database.read(work)


async def state(town: Town, broadcast_id: int = 141) -> BroadcastState | None:
    """How an announcement stands; None where there is none."""
    found = select(Broadcast.state).where(Broadcast.id == broadcast_id)
    return await town.database.read(lambda db: db.execute(found).scalar_one_or_none())
