"""The one short step in which a staged roster becomes the list, and the one that takes it back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from storage import audit, codes
from storage.models import (
    Base,
    ImportState,
    Person,
    PersonalCode,
    RosterImport,
    RosterRow,
    RosterState,
    School,
    Side,
    Unit,
    Verdict,
)
from storage.rosters import consequences, prepared, staging
from storage.rosters.matching import FIELDS, LISTED

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select, Table

    from storage.scopes import Scope


class Outcome(StrEnum):
    """What came of writing an import, or of taking it back."""

    WRITTEN = "written"
    UNDONE = "undone"
    NOT_OPEN = "not open"  # no such import, or not in the state for it
    OUTSIDE = "outside"  # something of it is no longer in the officer's area
    STALE = "stale"  # the list was changed since: compare anew
    TOUCHED = "touched"  # people of it were changed or used since


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome; how many people it was about, and who was `touched` since it was written."""

    outcome: Outcome
    people: int = 0
    touched: tuple[int, ...] = ()


WRITES = (Verdict.NEW, Verdict.CHANGED, Verdict.MOVED, Verdict.GONE)
# As many ids as one statement takes on any database.
CHUNK = 500
_other = aliased(RosterState)
_PERSON_ID = Person.__table__.c["id"]
_CODES = cast("Table", PersonalCode.__table__)


def write(db: Connection, scope: Scope, import_id: int, now: datetime, *, leavers: bool) -> Done:
    """Write all of a waiting import or nothing of it; new people get their personal codes.

    Rows that are refused, skipped or still doubtful are not written, nor are leavers unless the
    officer said so. The rights and the list are looked at anew.
    """
    # One import at a time: two of one file would each see an empty list.
    db.execute(select(RosterImport.id).order_by(RosterImport.id).with_for_update())
    found = staging.get(db, scope, import_id)
    if found is None or found.state is not ImportState.READY:
        return Done(Outcome.NOT_OPEN)
    if not leavers:
        _keep_leavers(db, import_id)
    if _outside(db, scope, import_id):
        return Done(Outcome.OUTSIDE)
    if _stale(db, import_id):
        return Done(Outcome.STALE)
    new = _number(db, import_id)
    _add(db, import_id, now)
    changed = _put(db, import_id, Side.AFTER)
    _give_codes(db, import_id)
    consequences.written(db, import_id, now.date())
    _close(db, scope, import_id, ImportState.WRITTEN, now, new=new, changed=changed)
    return Done(Outcome.WRITTEN, new + changed)


def undo(
    db: Connection, scope: Scope, import_id: int, now: datetime, *, but_touched: bool = False
) -> Done:
    """Take a written import back: everybody is as they were, those it added are no more.

    Where people were changed since, or somebody new has an account or a place in a course, nothing
    is done and they are named; `but_touched` takes the rest back and leaves these as they are.
    """
    db.execute(select(RosterImport.id).order_by(RosterImport.id).with_for_update())
    found = staging.get(db, scope, import_id)
    if found is None or found.state is not ImportState.WRITTEN or not _kept(db, found):
        return Done(Outcome.NOT_OPEN)
    if _outside(db, scope, import_id):
        return Done(Outcome.OUTSIDE)
    touched = tuple(sorted(_touched(db, import_id)))
    if touched and not but_touched:
        return Done(Outcome.TOUCHED, touched=touched)
    _let_be(db, import_id, touched)
    changed = _put(db, import_id, Side.BEFORE)
    removed = _remove(db, import_id)
    _close(db, scope, import_id, ImportState.UNDONE, now, removed=removed, changed=changed)
    return Done(Outcome.UNDONE, removed + changed, touched)


def left_by_roster(db: Connection) -> frozenset[int]:
    """People whom a roster said to have left, where nobody said anything since."""
    found = (
        select(Person.id)
        .join(RosterState, RosterState.person_id == Person.id)
        .join(RosterImport, RosterImport.id == RosterState.import_id)
        .where(
            RosterImport.state == ImportState.WRITTEN,
            RosterState.side == Side.AFTER,
            RosterState.left_on.is_not(None),
            RosterState.left_on == Person.left_on,
        )
    )
    return frozenset(db.execute(found).scalars())


def _new(import_id: int) -> Select[*tuple[Any, ...]]:
    """Places of the rows that add somebody."""
    return select(RosterRow.at).where(
        RosterRow.import_id == import_id, RosterRow.verdict == Verdict.NEW
    )


def _keep_leavers(db: Connection, import_id: int) -> None:
    """People missing from the file stay; those an officer judged to have left do not."""
    left = select(RosterRow.at).where(
        RosterRow.import_id == import_id, RosterRow.verdict == Verdict.GONE, RosterRow.reason == ""
    )
    db.execute(
        delete(RosterState).where(RosterState.import_id == import_id, RosterState.at.in_(left))
    )
    db.execute(
        update(RosterRow)
        .where(
            RosterRow.import_id == import_id,
            RosterRow.verdict == Verdict.GONE,
            RosterRow.reason == "",
        )
        .values(verdict=Verdict.SKIPPED)
    )


def _outside(db: Connection, scope: Scope, import_id: int) -> bool:
    """True where a school of either side is closed or not the officer's."""
    schools = (
        select(School.id)
        .join(Unit, Unit.id == School.unit_id)
        .where(scope.where(Unit.path.expression))
    )
    nowhere = RosterState.school_id.is_(None) if not scope.provincial else literal(False)
    closed = select(School.id).where(School.closed_on.is_not(None))
    found = select(RosterState.at).where(
        RosterState.import_id == import_id,
        or_(
            nowhere,
            RosterState.school_id.not_in(schools),
            and_(RosterState.side == Side.AFTER, RosterState.at.in_(_new(import_id)),
                 RosterState.school_id.in_(closed)),
        ),
    )  # fmt: skip
    return db.execute(found.limit(1)).first() is not None


def _stale(db: Connection, import_id: int) -> bool:
    """True where somebody is not as they were compared, or somebody alike has come since."""
    if _differing(db, import_id, Side.BEFORE):
        return True
    seen = select(RosterImport.newest_person_id, RosterImport.generation).where(
        RosterImport.id == import_id
    )
    newest, generation = db.execute(seen).one()
    if staging.basis(db).generation != generation:
        return True
    alike = (
        select(Person.id)
        .where(Person.id > newest, LISTED)
        .where(
            RosterState.import_id == import_id,
            RosterState.side == Side.AFTER,
            RosterState.at.in_(_new(import_id)),
            or_(
                and_(
                    RosterState.school_id == Person.school_id, RosterState.folded == Person.folded
                ),
                RosterState.external_id == Person.external_id,
            ),
        )
    )
    return db.execute(alike.limit(1)).first() is not None


def _differing(db: Connection, import_id: int, side: Side) -> set[int]:
    """People who are not, or not any more, as one side of the import says."""
    same = and_(
        Person.merged_into_id.is_(None),
        *(getattr(Person, name).is_not_distinct_from(getattr(RosterState, name))
          for name in FIELDS),
    )  # fmt: skip
    found = (
        select(RosterState.person_id)
        .outerjoin(Person, and_(Person.id == RosterState.person_id, same))
        .where(RosterState.import_id == import_id, RosterState.side == side, Person.id.is_(None))
    )
    return {each for each in db.execute(found).scalars() if each is not None}


def _number(db: Connection, import_id: int) -> int:
    """Give everybody new an id that nobody has or had; returns how many they are."""
    mine = and_(
        RosterState.import_id == import_id,
        RosterState.side == Side.AFTER,
        RosterState.at.in_(_new(import_id)),
    )
    if db.dialect.name == "postgresql":
        number: ColumnElement[int] = func.nextval(func.pg_get_serial_sequence("people", "id"))
    else:
        greatest = (select(func.max(Person.id)), select(func.max(RosterState.person_id)))
        last = max(db.execute(each).scalar_one() or 0 for each in greatest)
        number = RosterState.at + last + 1
    done = db.execute(update(RosterState).where(mine).values(person_id=number))
    return done.rowcount


def _add(db: Connection, import_id: int, now: datetime) -> None:
    """Write the new people. Whoever is on a list is confirmed by it."""
    states = select(
        RosterState.person_id, *(getattr(RosterState, name) for name in FIELDS),
        literal(now, Person.verified_at.type),
    ).where(
        RosterState.import_id == import_id,
        RosterState.side == Side.AFTER,
        RosterState.at.in_(_new(import_id)),
    )  # fmt: skip
    db.execute(insert(Person).from_select(["id", *FIELDS, "verified_at"], states))


def _give_codes(db: Connection, import_id: int) -> None:
    """A personal code for everybody new."""
    new = db.execute(_new_people(import_id)).scalars().all()
    if not new:
        return
    taken = frozenset(db.execute(select(PersonalCode.code)).scalars())
    drawn = zip(codes.personals(len(new), taken), new, strict=True)
    named = prepared.statement(db.dialect, _CODES, ("code", "person_id"))
    # In the order of the codes, which is quicker.
    prepared.write(db, prepared.Prepared(named, sorted(drawn)))


def _put(db: Connection, import_id: int, side: Side) -> int:
    """Write one side of everybody who was known before; returns how many they are."""
    known = select(_other.at).where(_other.import_id == import_id, _other.side == Side.BEFORE)
    done = db.execute(
        update(Person)
        .where(
            Person.id == RosterState.person_id,
            RosterState.import_id == import_id,
            RosterState.side == side,
            RosterState.at.in_(known),
        )
        .values({name: getattr(RosterState, name) for name in FIELDS})
    )
    return done.rowcount


def _new_people(import_id: int) -> Select[*tuple[Any, ...]]:
    """Ids of the people an import added."""
    return select(RosterState.person_id).where(
        RosterState.import_id == import_id,
        RosterState.side == Side.AFTER,
        RosterState.at.in_(_new(import_id)),
    )


def _kept(db: Connection, found: staging.Import) -> bool:
    """True while the rows of an import are not forgotten; one without rows has none to forget."""
    rows = select(RosterRow.at).where(RosterRow.import_id == found.id).limit(1)
    return not found.figures.get("verdicts") or db.execute(rows).first() is not None


def _touched(db: Connection, import_id: int) -> set[int]:
    """People who are not as the import left them, and new ones of whom something else speaks."""
    touched = _differing(db, import_id, Side.AFTER)
    new = set(db.execute(_new_people(import_id)).scalars())
    if not new:
        return touched
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not any(key.column is _PERSON_ID for key in column.foreign_keys):
                continue
            # Their ids lie close together: a range is quicker than a list of all of them.
            speaks = select(column).where(column.between(min(new), max(new))).distinct()
            if table is PersonalCode.__table__:
                speaks = speaks.where(PersonalCode.used_at.is_not(None))
            touched |= new & set(db.execute(speaks).scalars())
    return touched


def _let_be(db: Connection, import_id: int, people: tuple[int, ...]) -> None:
    """Take people out of what is taken back. A chunk of ids fits any database."""
    for start in range(0, len(people), CHUNK):
        db.execute(
            delete(RosterState).where(
                RosterState.import_id == import_id,
                RosterState.person_id.in_(people[start : start + CHUNK]),
            )
        )


def _remove(db: Connection, import_id: int) -> int:
    """Remove the people an import added, with their codes."""
    new = _new_people(import_id)
    db.execute(delete(PersonalCode).where(PersonalCode.person_id.in_(new)))
    return db.execute(delete(Person).where(Person.id.in_(new))).rowcount


def _close(
    db: Connection,
    scope: Scope,
    import_id: int,
    state: ImportState,
    now: datetime,
    **figures: int,
) -> None:
    moment = {"written_at": now} if state is ImportState.WRITTEN else {"undone_at": now}
    db.execute(
        update(RosterImport).where(RosterImport.id == import_id).values(state=state, **moment)
    )
    audit.note(
        db, actor_id=scope.actor_id, action=f"roster {state}", subject="roster",
        subject_id=import_id, unit_id=scope.reaches[0].unit_id or None, now=now, **figures,
    )  # fmt: skip
