"""Three schools in two communes, and lists of their people as they would be brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage import scopes, spelling
from storage.models import (
    Base,
    Person,
    Position,
    Role,
    RoleKind,
    School,
    Source,
    Unit,
    UnitAlias,
    UnitKind,
)
from storage.rosters import runs, staging
from storage.rosters.entries import Entry, Skipped
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database
    from storage.models import Verdict
    from storage.rosters.comparison import Judged
    from storage.scopes import Scope

DAY = MONDAY.date()
EVERYWHERE = scopes.everywhere(DAY)
# Commune 1 with school 1 "Hoa Cúc" (from `rows`), commune 2 with schools 2 and 3.
HOA_CUC, HOA_SEN, SON_CA = 1, 2, 3


def world(db: Connection) -> None:
    rows.school(db)
    db.execute(insert(Unit).values(id=2, code="2", name="Xã Nam Dong", kind=UnitKind.COMMUNE,
                                   path="/2/"))  # fmt: skip
    db.execute(insert(UnitAlias), [{"unit_id": 1, "folded": "tuyduc"},
                                   {"unit_id": 2, "folded": "namdong"}])  # fmt: skip
    kept = db.execute(select(School.__table__)).mappings().one()
    for school_id, name in ((HOA_SEN, "Hoa Sen"), (SON_CA, "Sơn Ca")):
        db.execute(
            insert(School).values(
                {**kept, "id": school_id, "name": f"Trường MN {name}", "unit_id": 2,
                 "folded": spelling.fold(name)}
            )
        )  # fmt: skip


def person(db: Connection, person_id: int, name: str, school: int = HOA_CUC, **more: Any) -> int:
    db.execute(
        insert(Person).values(
            {"id": person_id, "full_name": name, "sort_key": spelling.sort_key(name),
             "folded": spelling.fold(name), "position": Position.TEACHER, "school_id": school,
             "source": Source.ROSTER, "verified_at": MONDAY, **more}
        )
    )  # fmt: skip
    return person_id


def officer(db: Connection, unit_id: int) -> Scope:
    person(db, 900 + unit_id, f"Lê Văn Tình {unit_id}", school_id=None, position=Position.OFFICER)
    db.execute(
        insert(Role).values(
            person_id=900 + unit_id, kind=RoleKind.COMMUNE, unit_id=unit_id, valid_from=DAY
        )
    )
    scope = scopes.of(db, 900 + unit_id, DAY)
    assert scope
    return scope


def row(name: str, school: str = "MN Hoa Cúc", line: int = 0, **more: Any) -> Entry:
    return Entry("DS", line, {}, full_name=name, school=school, **more)


def lined(people: tuple[Entry, ...]) -> list[Entry]:
    for line, each in enumerate(people, 1):
        each.line = line
    return list(people)


def judge(db: Connection, *people: Entry, scope: Scope = EVERYWHERE) -> list[Judged]:
    return runs.compare(db, scope, lined(people)).judged


def stage(db: Connection, *people: Entry, scope: Scope = EVERYWHERE) -> int:
    difference = runs.compare(db, scope, lined(people))
    import_id = staging.begin(
        db, scope, file_name="ds.xlsx", digest="0", on=difference.on, now=MONDAY
    )
    for start, piece in staging.pieces(difference.judged, 2):
        staging.stage(db, import_id, start, piece)
    staging.ready(db, import_id, difference.judged, Skipped(), len(people))
    return import_id


def verdicts(judged: list[Judged]) -> list[tuple[Verdict, str]]:
    return [(one.verdict, str(one.reason)) for one in judged]


def everything(db: Connection) -> dict[str, list[Any]]:
    """Every row of every table but the import's own, the log, and what is still to be counted."""
    own = ("roster_imports", "roster_rows", "roster_states", "audit", "figure_marks")
    return {
        table.name: [tuple(each) for each in db.execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
        if table.name not in own
    }


async def done(database: Database, work: Any) -> None:
    def both(db: Connection) -> None:
        world(db)
        work(db)

    await database.turn(both)
