"""People, officers and one announcement to all of them, as an officer confirms it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, text

from benchmarks.limiter import TALKERS
from benchmarks.measure import ZONE
from storage import approvals, broadcasts, recipients, schema, scopes, worktime
from storage.database import Database
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Conversation,
    Course,
    CourseKind,
    CourseState,
    Modality,
    Mode,
    Notice,
    NoticeState,
    Ownership,
    Person,
    Position,
    Precision,
    Purpose,
    Role,
    RoleKind,
    School,
    SchoolType,
    Session,
    Source,
    Unit,
    UnitKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

OF_A_SCHOOL, CHUNK, COURSE = 25, 5000, 1
KIND = "benchmark"
TEXT = (
    "Đề nghị thầy cô mang theo máy tính xách tay và tài liệu đã phát đợt trước. Ai chưa có tài "
    "khoản tập huấn trực tuyến thì báo tổ trưởng chuyên môn trước thứ sáu để nhà trường lập danh "
    "sách gửi phòng."
)


def ahead() -> timedelta:
    """How far the clock of a run goes ahead, so that it is nine o'clock of a working day."""
    now = datetime.now(ZONE)
    day = now.date() + timedelta(days=1)
    while not worktime.is_working(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(9), ZONE) - now


def settle(db: Connection, people: int, now: datetime) -> None:
    """Everybody has an account and has talked before; the last two are officers of the Sở.

    Those who talk meanwhile, the first ones, want no announcements.
    """
    schema.upgrade(db)
    schools = (people + TALKERS) // OF_A_SCHOOL + 1
    db.execute(insert(Unit), [
        {"id": 1, "code": "", "name": "Tỉnh Lâm Đồng", "kind": UnitKind.PROVINCE, "path": "/1/"},
        {"id": 2, "code": "", "name": "Xã Tuy Đức", "kind": UnitKind.COMMUNE, "path": "/1/2/",
         "parent_id": 1},
    ])  # fmt: skip
    db.execute(insert(School), [
        {"id": each, "name": f"Trường MN {each}", "folded": f"truong mn {each}",
         "type": SchoolType.PRESCHOOL, "ownership": Ownership.PUBLIC, "unit_id": 2}
        for each in range(1, schools + 1)
    ])  # fmt: skip
    last = people + TALKERS + 2
    for first in range(1, last + 1, CHUNK):
        _people(db, range(first, min(first + CHUNK, last + 1)), last, now)
    db.execute(insert(Role), [
        {"person_id": each, "kind": RoleKind.DEPARTMENT, "unit_id": 1, "valid_from": now.date()}
        for each in (last - 1, last)
    ])  # fmt: skip
    _course(db, now)
    # The planner knows the tables, as it does a minute after they were filled.
    db.execute(text("ANALYZE"))


def _people(db: Connection, ids: Iterable[int], last: int, now: datetime) -> None:
    ids = list(ids)
    officers = (last - 1, last)
    db.execute(insert(Person), [
        {"id": each, "full_name": f"Nguyễn Thị Bình {each}", "sort_key": "binh",
         "folded": f"nguyen thi binh {each}", "nickname": "", "position": Position.TEACHER,
         "source": Source.ROSTER, "verified_at": now,
         "school_id": None if each in officers else (each - 1) // OF_A_SCHOOL + 1,
         "announcements": Announce.YES if each > TALKERS else Announce.NO}
        for each in ids
    ])  # fmt: skip
    db.execute(insert(Account), [
        {"id": each, "channel": "telegram", "address": str(each), "language": "vi",
         "person_id": each, "reachable": True, "code_failures": 0, "created_at": now}
        for each in ids
    ])  # fmt: skip
    db.execute(
        insert(AccountPerson),
        [{"account_id": each, "person_id": each, "since": now} for each in ids],
    )
    db.execute(insert(Conversation), [
        {"account_id": each, "screen": 0, "step": "", "data": {}, "choices": {}, "newest": False,
         "heard": [], "answering": "", "answer": {}}
        for each in ids
    ])  # fmt: skip


def _course(db: Connection, now: datetime) -> None:
    db.execute(insert(Course).values(
        id=COURSE, number=12, title="Phát triển ngôn ngữ cho trẻ", short="Ngôn ngữ", folded="",
        unit_id=1, kind=CourseKind.TRAINING, modality=Modality.IN_PERSON, mode=Mode.FREE,
        state=CourseState.OPEN, audience={},
    ))  # fmt: skip
    begins = now + timedelta(days=20)
    db.execute(insert(Session).values(
        course_id=COURSE, number=1, precision=Precision.MINUTE, starts_at=begins,
        first_day=begins.date(), last_day=begins.date(),
        ends_at=begins + timedelta(hours=3),
    ))  # fmt: skip


def announce(db: Connection, people: int, now: datetime, *, course: bool) -> None:
    """An announcement to everybody: drafted, counted, confirmed, approved, and held long enough.

    With a `course` it offers to register and to say that one has seen it.
    """
    before = now - timedelta(minutes=30)
    author, approver = (scopes.of(db, people + TALKERS + each, now.date()) for each in (1, 2))
    assert author
    assert approver
    purpose = Purpose.ACT if course else Purpose.KNOW
    one = broadcasts.draft(
        db, author, recipients.Rule(), before, text=TEXT, purpose=purpose,
        course_id=COURSE if course else None,
    )  # fmt: skip
    done = broadcasts.confirm(db, author, one, people, before)
    assert done.count == people, done
    if done.outcome is not broadcasts.Outcome.HELD:
        assert approvals.approve(db, approver, one, before)


def owe(db: Connection, people: int, now: datetime, *, urgent: bool = True) -> None:
    """Owe everybody a notice whose words cost nothing, by day and by night."""
    db.execute(insert(Notice), [
        {"key": f"k{each}", "kind": KIND, "person_id": each, "subject_id": 1, "data": {},
         "due_at": now, "urgent": urgent, "state": NoticeState.OWED, "reason": "", "block": 0,
         "choices": {}}
        for each in range(TALKERS + 1, people + TALKERS + 1)
    ])  # fmt: skip


async def begin(url: str, what: str, people: int, now: datetime) -> None:
    """Owe, or announce, so that it is sent from now on."""

    def work(db: Connection) -> None:
        if what == "synthetic":
            owe(db, people, now.astimezone(UTC))
        else:
            announce(db, people, now, course=what == "course")

    async with Database.open(url) as database:
        await database.turn(work)
