"""Writing down who is owed a reminder: set by set, once each, and one message a person and moment.

A row is written for every registration, so that it can be said of each what became of it. Of those
one person has at one moment the first is sent and speaks of all; the rest are skipped as merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    Integer,
    String,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import (
    Consent,
    ConsentPurpose,
    Notice,
    NoticeState,
    Offset,
    Person,
    Registration,
    Remind,
    ReminderLook,
    Standing,
)
from storage.models.base import Instant

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import CTE, ColumnElement, Connection, Subquery

    from storage.moments import Moment

KIND = "reminder"
MERGED = "merged"
# Whoever was only offered a seat is asked by the offer; a reminder would say they had it.
REMINDED = (Standing.SEATED, Standing.ASKED, Standing.NOMINATED)
# So many moments stand in one statement.
ROWS = 25
# What is complete is looked at again after so long: a seat may have been given in the same second.
AGAIN = timedelta(minutes=10)
KEPT = timedelta(days=2)
GOING = (NoticeState.OWED, NoticeState.CLAIMED, NoticeState.SENT, NoticeState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Due:
    """A moment of a course that has come."""

    course_id: int
    moment: Moment

    @property
    def look(self) -> tuple[int, datetime, Offset]:
        """What it is remembered by once it is complete."""
        return self.course_id, self.moment.starts_at.astimezone(UTC), self.moment.offset


def agreed(at: ColumnElement[datetime] | None = None) -> ColumnElement[bool]:
    """The condition that the person's yes to reminders stands, and was said by then."""
    given = [] if at is None else [Consent.given_at <= at]
    return exists().where(
        Consent.person_id == Person.id,
        Consent.purpose == ConsentPurpose.REMINDERS,
        Consent.withdrawn_at.is_(None),
        *given,
    )


def owe(db: Connection, due: Sequence[Due], limit: int, now: datetime) -> int:
    """Owe the reminders of these moments, at most about so many; returns how many are new.

    They are written in the order of `due`, some moments at a time. What is seen to be complete is
    looked at again only after a while, or when the clock is put back.
    """
    open_ones = _unfinished(db, due, now)
    owed = 0
    for start in range(0, len(open_ones), ROWS):
        if owed >= limit:
            break
        some = open_ones[start : start + ROWS]
        new = _write(db, some, limit - owed)
        if new < limit - owed:
            _finished(db, some, now)
        owed += new
    return owed


def _unfinished(db: Connection, due: Sequence[Due], now: datetime) -> list[Due]:
    fresh = select(ReminderLook.course_id, ReminderLook.starts_at, ReminderLook.kind).where(
        ReminderLook.looked_at <= now, ReminderLook.looked_at > now - AGAIN
    )
    done = {tuple(row) for row in db.execute(fresh)} if due else set[tuple[object, ...]]()
    return [one for one in due if one.look not in done]


def _finished(db: Connection, due: Sequence[Due], now: datetime) -> None:
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    names = ("course_id", "starts_at", "kind")
    rows = [dict(zip(names, one.look, strict=True), looked_at=now) for one in due]
    statement = insert(ReminderLook).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=names, set_={"looked_at": statement.excluded.looked_at}
        )
    )
    db.execute(delete(ReminderLook).where(ReminderLook.looked_at < now - KEPT))


def _table(due: Sequence[Due]) -> CTE:
    """The moments as a table."""
    return (
        values(
            column("course_id", Integer), column("start", String), column("kind", String),
            column("at", Instant), column("said", String), column("day", Date),
            column("always", Boolean), column("on_day", Boolean), column("week", Boolean),
            name="due",
        )
        .data([_row(one) for one in due])
        .cte("due", nesting=True)
    )  # fmt: skip


def _row(due: Due) -> tuple[object, ...]:
    moment = due.moment
    return (
        due.course_id, moment.starts_at.astimezone(UTC).isoformat(), moment.offset.value,
        moment.at, moment.at.astimezone(UTC).isoformat(), moment.starts_at.date(), moment.for_all,
        Offset.HOURS in moment.offsets, Offset.WEEK in moment.offsets,
    )  # fmt: skip


def _write(db: Connection, due: Sequence[Due], limit: int) -> int:
    mine = _judged(_found(_table(due), limit)).c
    owed, skipped = (
        literal(state, Notice.state.type) for state in (NoticeState.OWED, NoticeState.SKIPPED)
    )
    row: dict[str, Any] = {
        "key": mine.key, "kind": literal(KIND, String()), "person_id": mine.person_id,
        "subject_id": mine.id, "data": _data(db, mine.said), "due_at": mine.at,
        "urgent": literal(False, Boolean()), "state": case((mine.sent, owed), else_=skipped),
        "reason": case((mine.sent, literal("", String())), else_=literal(MERGED, String())),
        "tried": literal(False, Boolean()), "block": literal(0, Integer()),
        "choices": literal({}, JSON()), "channel": literal("", String()),
        "cost": literal(0, Integer()),
    }  # fmt: skip
    # SQLite would read ON CONFLICT as a join where nothing stands before it.
    chosen = select(*(value.label(name) for name, value in row.items())).where(true())
    insert = postgresql.insert if db.dialect.name == "postgresql" else sqlite.insert
    statement = insert(Notice).from_select(list(row), chosen).on_conflict_do_nothing()
    return db.execute(statement).rowcount


def _judged(found: Subquery) -> Subquery:
    """Each with whether it is the one that is sent."""
    mine = found.c
    first = func.row_number().over(partition_by=(mine.person_id, mine.said), order_by=mine.id) == 1
    # What was postponed is due at another time: the moment itself is in the data.
    another = exists().where(
        Notice.person_id == mine.person_id, Notice.kind == KIND, Notice.state.in_(GOING),
        Notice.data["at"].as_string() == mine.said,
    )  # fmt: skip
    return select(*mine, (first & ~another).label("sent")).subquery("judged")


def _data(db: Connection, said: ColumnElement[str]) -> ColumnElement[Any]:
    build = func.json_build_object if db.dialect.name == "postgresql" else func.json_object
    return build(literal("at", String()), said, type_=JSON())


def _found(due: CTE, limit: int) -> Subquery:
    """Registrations whose person is to be reminded and has not been, each with its key."""
    key = (
        literal(f"{KIND}:", String())
        + cast(Registration.id, String)
        + literal(":", String())
        + due.c.start
        + literal(":", String())
        + due.c.kind
    )
    on_leave = (Person.leave_from <= due.c.day) & or_(
        Person.leave_to.is_(None), Person.leave_to >= due.c.day
    )
    wanted = or_(
        due.c.always, due.c.on_day & Person.remind_on_day,
        due.c.week & (Person.remind == Remind.WEEK),
    )  # fmt: skip
    return (
        select(
            Registration.id, Registration.person_id, key.label("key"), due.c.at, due.c.said
        )
        .select_from(due)
        .join(Registration, Registration.course_id == due.c.course_id)
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.standing.in_(REMINDED),
            Registration.changed_at <= due.c.at,
            or_(Registration.unanswered_since.is_(None), Registration.unanswered_since <= due.c.at),
            Person.remind.in_((Remind.EVE, Remind.WEEK)),
            wanted,
            Person.merged_into_id.is_(None),
            or_(Person.left_on.is_(None), Person.left_on > due.c.day),
            ~func.coalesce(on_leave, literal(False, Boolean())),
            agreed(due.c.at),
            ~exists().where(Notice.key == key).correlate(Registration, due),
        )
        .limit(limit)
        .subquery("found")
    )  # fmt: skip
