"""Rounds in which the Sở collects the reports of communes: opened, told of, closed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, or_, select, update

from storage import audit, reminder_rules
from storage.figures import opening
from storage.models import Collection, Period, Programme, RoleKind, Unit
from storage.reporting import news

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from storage.scopes import Scope


class Outcome(StrEnum):
    """What came of opening a collection."""

    OPENED = "opened"
    ALREADY = "already"  # there is one for this period and programme
    UNDATED = "undated"  # the period says no day, and none was given
    PAST = "past"  # nobody could be in time any more


@dataclass(frozen=True, slots=True)
class Round:
    """A collection with its period. `last` is the last safe day: `before` itself is too late."""

    id: int
    unit_id: int
    unit: str
    path: str
    title: str
    before: date
    last: date
    opened_at: datetime
    closed_at: datetime | None
    period_id: int
    period: str
    first_day: date
    last_day: date
    programme_id: int | None
    programme: str
    letter: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of it, and the collection that stands now (0: none)."""

    outcome: Outcome
    id: int = 0


ROUNDS: Select[*tuple[Any, ...]] = (
    select(
        Collection.id, Collection.unit_id, Unit.name.label("unit"), Unit.path, Collection.title,
        Collection.before, Collection.opened_at, Collection.closed_at, Collection.period_id,
        Period.title.label("period"), Period.first_day, Period.last_day, Collection.programme_id,
        Programme.title.label("programme"), Programme.letter,
    )
    .join(Unit, Unit.id == Collection.unit_id)
    .join(Period, Period.id == Collection.period_id)
    .outerjoin(Programme, Programme.id == Collection.programme_id)
)  # fmt: skip


def listed(db: Connection, scope: Scope, *, closed: bool = False) -> list[Round]:
    """Collections the officer reports to or leads, the nearest day first; open ones only, or all.

    Closed ones come last, the newest first.
    """
    found = ROUNDS.where(_concerns(scope)).order_by(Collection.before, Collection.id)
    if not closed:
        found = found.where(Collection.closed_at.is_(None))
    rounds = _read(db, found)
    open_ = [one for one in rounds if one.closed_at is None]
    return open_ + [one for one in reversed(rounds) if one.closed_at is not None]


def awaited(db: Connection) -> list[Round]:
    """All that are open, for reminders of the program itself."""
    return _read(db, ROUNDS.where(Collection.closed_at.is_(None)).order_by(Collection.id))


def get(db: Connection, scope: Scope, collection_id: int) -> Round:
    """One of these; PermissionError for any other, and for none."""
    found = _read(db, ROUNDS.where(Collection.id == collection_id, _concerns(scope)))
    if not found:
        raise PermissionError(collection_id)
    return found[0]


def one(db: Connection, collection_id: int) -> Round:
    """A collection whoever asks; the rights have been looked at."""
    return _read(db, ROUNDS.where(Collection.id == collection_id))[0]


def led(db: Connection, scope: Scope, collection_id: int) -> Round:
    """A collection of the officer's own Sở; PermissionError for any other."""
    found = get(db, scope, collection_id)
    if not leads(scope, found.path):
        raise PermissionError(collection_id)
    return found


def leads(scope: Scope, path: str) -> bool:
    """True for officers of the Sở of the province with this path."""
    mine = (one.path for one in scope.reaches if one.kind is RoleKind.DEPARTMENT)
    return any(path.startswith(one) for one in mine)


def open_for(
    db: Connection,
    scope: Scope,
    period_id: int,
    programme_id: int | None,
    now: datetime,
    *,
    before: date | None = None,
) -> Opened:
    """Open the collection of a period, of one programme or of all, and tell the communes.

    `before` is the day in "before 15/12"; without it, the period's own. PermissionError for
    whoever is not of the Sở, LookupError for a period or programme that is not there.
    """
    unit_id = _office(scope)
    # Two officers at once: whoever comes second finds what the first has opened.
    period = db.execute(
        select(Period.title, Period.report_before).where(Period.id == period_id).with_for_update()
    ).one_or_none()
    if period is None:
        raise LookupError(period_id)
    if (there := _known(db, unit_id, period_id, programme_id)) is not None:
        return Opened(Outcome.ALREADY, there)
    until = before or period.report_before
    if until is None:
        return Opened(Outcome.UNDATED)
    if last_day(db, until) < now.date():
        return Opened(Outcome.PAST)
    made = db.execute(
        insert(Collection)
        .values(
            unit_id=unit_id, period_id=period_id, programme_id=programme_id,
            title=_title(db, period.title, programme_id), before=until, opened_at=now,
            opened_by_id=scope.actor_id,
        )
        .returning(Collection.id)
    ).scalar_one()  # fmt: skip
    _note(db, scope, "collection opened", made, unit_id, now)
    news.opened(db, made, one(db, made).path, now)
    return Opened(Outcome.OPENED, made)


def last_day(db: Connection, before: date) -> date:
    """The last day on which a report awaited before a day is in time."""
    return opening.last_safe_day(before, reminder_rules.corrections(db))


def close(db: Connection, scope: Scope, collection_id: int, now: datetime) -> bool:
    """End a collection: nothing is handed in any more. False where it is closed already."""
    found = led(db, scope, collection_id)
    closed = db.execute(
        update(Collection)
        .where(Collection.id == found.id, Collection.closed_at.is_(None))
        .values(closed_at=now)
    )
    if not closed.rowcount:
        return False
    _note(db, scope, "collection closed", found.id, found.unit_id, now)
    news.withdraw(db, found.id, now)
    return True


def reopen(db: Connection, scope: Scope, collection_id: int, now: datetime) -> bool:
    """Go on with a collection that was ended; False where it is open."""
    found = led(db, scope, collection_id)
    opened_ = db.execute(
        update(Collection)
        .where(Collection.id == found.id, Collection.closed_at.is_not(None))
        .values(closed_at=None)
    )
    if not opened_.rowcount:
        return False
    _note(db, scope, "collection reopened", found.id, found.unit_id, now)
    return True


def choices(db: Connection, scope: Scope) -> list[tuple[int, str, date | None]]:
    """(id, title, report before) of the periods a collection can be opened for, newest first.

    Those whose reports are due come before those that say no day.
    """
    _office(scope)
    rows = db.execute(
        select(Period.id, Period.title, Period.report_before)
        .where(Period.first_day <= scope.day)
        .order_by(Period.report_before.is_(None), Period.last_day.desc(), Period.id)
    )
    return [(row.id, row.title, row.report_before) for row in rows]


def programmes(db: Connection, scope: Scope, period_id: int) -> list[tuple[int, str, str]]:
    """(id, title, number of its paper) of the programmes that run in a period."""
    _office(scope)
    rows = db.execute(
        select(Programme.id, Programme.title, Programme.letter)
        .join(Period, (Programme.first_day <= Period.last_day)
              & (Programme.last_day >= Period.first_day))
        .where(Period.id == period_id)
        .order_by(Programme.first_day, Programme.id)
    )  # fmt: skip
    return [(row.id, row.title, row.letter) for row in rows]


def _known(db: Connection, unit_id: int, period_id: int, programme_id: int | None) -> int | None:
    found = select(Collection.id).where(
        Collection.unit_id == unit_id, Collection.period_id == period_id,
        Collection.programme_id.is_not_distinct_from(programme_id),
    )  # fmt: skip
    return db.execute(found).scalar()


def _note(
    db: Connection, scope: Scope, action: str, collection_id: int, unit_id: int, now: datetime
) -> None:
    audit.note(db, actor_id=scope.actor_id, action=action, subject="collection",
               subject_id=collection_id, unit_id=unit_id, now=now)  # fmt: skip


def _title(db: Connection, period: str, programme_id: int | None) -> str:
    if programme_id is None:
        return period
    row = db.execute(
        select(Programme.title, Programme.letter).where(Programme.id == programme_id)
    ).one_or_none()
    if row is None:
        raise LookupError(programme_id)
    return f"{period}, {row.letter or row.title}"


def _office(scope: Scope) -> int:
    """The unit whose Sở the officer is of; PermissionError for others, the command line too."""
    for reach in scope.reaches:
        if reach.kind is RoleKind.DEPARTMENT and reach.unit_id:
            return reach.unit_id
    raise PermissionError(scope.person_id)


def _concerns(scope: Scope) -> ColumnElement[bool]:
    """Of a unit in the scope, or of one above it."""
    above = [literal(one.path).startswith(Unit.path) for one in scope.reaches]
    return or_(scope.where(Unit.path), *above)


def _read(db: Connection, found: Select[*tuple[Any, ...]]) -> list[Round]:
    rows = db.execute(found).mappings().all()
    corrections = reminder_rules.corrections(db) if rows else {}
    return [_round(dict(row), corrections) for row in rows]


def _round(row: dict[str, Any], corrections: Mapping[date, bool]) -> Round:
    row["last"] = opening.last_safe_day(row["before"], corrections)
    # Of all programmes together there is neither a title nor a paper.
    row["programme"], row["letter"] = row["programme"] or "", row["letter"] or ""
    return Round(**row)
