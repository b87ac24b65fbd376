"""A random world around one officer, in which every id and every name says whose it is.

Ids of each table have a range of their own and names contain them ("Người Ng1300007"), so that any
number or name in an answer can be traced to a row. What of all that is the officer's is worked
out here a second time, from the tables and by hand: the code that is tested is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, insert, select

from storage import models
from storage.models import (
    AttachmentKind,
    AttachmentState,
    BroadcastState,
    ClaimState,
    CourseState,
    ImportState,
    IntakeState,
    Position,
    Precision,
    RoleKind,
    Rung,
    Source,
    Standing,
    SubstitutionState,
    UnitKind,
)
from storage.models.base import Base
from tests.talk import MONDAY

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Column, Connection, Table

    from storage.scopes import Scope

TODAY = MONDAY.date()
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
INSERTS = {name: insert(table) for name, table in TABLES.items()}
SELECTS = {name: select(table) for name, table in TABLES.items()}
# The first id of each table that has ids of its own, in steps no test fills.
FIRST = {
    name: 1_100_000 + 10_000 * at
    for at, name in enumerate(
        ("units", "schools", "people", "courses", "sessions", "registrations", "broadcasts",
         "roles", "invitations", "roster_imports", "intakes", "attachments", "claims",
         "questions", "substitutions", "accounts", "audit", "notices", "exports", "staff_changes",
         "school_changes", "consents", "session_codes", "walk_ins", "papers", "periods",
         "signing_keys")
    )
}  # fmt: skip
MARKS = {"units": "dv", "schools": "tr", "people": "ng", "courses": "kh", "broadcasts": "tb"}


def table_of(id_: int) -> str | None:
    """The table an id belongs to by its range."""
    at, rest = divmod(id_ - 1_100_000, 10_000)
    names = list(FIRST)
    return names[at] if 0 <= at < len(names) and rest < 5_000 else None


def filler(column: Column[Any]) -> Any:
    """Something for a column that has to have a value."""
    kind = column.type.python_type if column.type.__class__.__name__ != "Instant" else datetime
    members = getattr(column.type, "enum_class", None)
    if members is not None:
        return next(iter(members))
    if isinstance(column.type, JSON):
        return [] if column.name in LISTS else {}
    values = {str: "", int: 0, float: 0.0, bool: False, datetime: MONDAY, date: TODAY}
    return values[kind]


LISTS = {"questions", "answers", "changed", "remarks", "offers", "heard", "people", "ended"}


@dataclass
class World:
    """The rows, and the ids of each table in the order they were made."""

    db: Connection
    rng: Random
    ids: dict[str, list[int]] = field(default_factory=dict)

    def add(self, table: str, **given: Any) -> int:
        """A row with the next id of its table; what has to be there and is not given is filled."""
        known = self.ids.setdefault(table, [])
        made = FIRST[table] + len(known) if table in FIRST else 0
        if table in FIRST:
            given["id"] = made
            known.append(made)
        for column in TABLES[table].columns:
            own = column.primary_key and not column.foreign_keys and column.name == "id"
            needed = not column.nullable and column.default is None and not own
            if needed and column.server_default is None and column.name not in given:
                given[column.name] = filler(column)
        self.db.execute(INSERTS[table], given)
        return made

    def any(self, table: str) -> int:
        return self.rng.choice(self.ids[table])

    def maybe(self, table: str) -> int | None:
        return self.rng.choice((None, self.any(table)))


def build(db: Connection, rng: Random) -> World:
    """Two provinces with communes, what was before them, schools, people, and what they do."""
    world = World(db, rng)
    _units(world)
    for unit_id in [one for one, _, kind in UNITS(world) if kind is UnitKind.COMMUNE]:
        for _ in range(rng.randint(0, 2)):
            _school(world, unit_id)
    _school(world, next(one for one, _, kind in UNITS(world) if kind is UnitKind.COMMUNE))
    for _ in range(rng.randint(5, 8)):
        _person(world, Position.OFFICER, None)
    _roles(world)
    for _ in range(rng.randint(3, 5)):
        _course(world)
    for _ in range(rng.randint(4, 8)):
        _registration(world)
    _matters(world)
    return world


def UNITS(world: World) -> list[tuple[int, str, UnitKind]]:  # noqa: N802 - read like a table
    rows = world.db.execute(select(models.Unit.id, models.Unit.path, models.Unit.kind))
    return [(row.id, row.path, row.kind) for row in rows]


def _unit(world: World, kind: UnitKind, above: tuple[int, str] | None, **more: Any) -> int:
    made = FIRST["units"] + len(world.ids.get("units", []))
    word = {UnitKind.COMMUNE: "Xã", UnitKind.PROVINCE: "Tỉnh", UnitKind.DISTRICT: "Huyện"}[kind]
    path = f"{above[1] if above else '/'}{made}/"
    world.add(
        "units", name=f"{word} Dv{made}", kind=kind, path=path,
        parent_id=above[0] if above else None, **more,
    )  # fmt: skip
    world.add("unit_aliases", unit_id=made, folded=f"dv{made}")
    return made


def _units(world: World) -> None:
    old = {"valid_to": date(2025, 6, 30)}
    for _ in range(2):
        top = _unit(world, UnitKind.PROVINCE, None)
        before = _unit(world, UnitKind.PROVINCE, None, **old)
        district = _unit(world, UnitKind.DISTRICT, (before, f"/{before}/"), **old)
        for _ in range(world.rng.randint(2, 3)):
            now = _unit(world, UnitKind.COMMUNE, (top, f"/{top}/"))
            then = _unit(world, UnitKind.COMMUNE, (district, f"/{before}/{district}/"), **old)
            world.add("unit_changes", from_id=then, to_id=now)


def _school(world: World, unit_id: int) -> None:
    made = FIRST["schools"] + len(world.ids.get("schools", []))
    old = world.db.execute(
        select(models.UnitChange.from_id).where(models.UnitChange.to_id == unit_id)
    ).scalar()
    world.add(
        "schools", name=f"Trường MN Tr{made}", folded=f"tr{made}", unit_id=unit_id,
        old_unit_id=old, closed_on=world.rng.choice((None, None, None, TODAY)),
    )  # fmt: skip
    for position in (Position.PRINCIPAL, Position.TEACHER, Position.TEACHER):
        _person(world, position, made)


def _person(world: World, position: Position, school_id: int | None) -> int:
    made = FIRST["people"] + len(world.ids.get("people", []))
    world.add(
        "people", full_name=f"Người Ng{made}", sort_key=f"ng{made}", folded=f"nguoi ng{made}",
        position=position, school_id=school_id, source=Source.ROSTER, verified_at=MONDAY,
        phone=f"+8490{made}",
        left_on=world.rng.choice((None, None, None, TODAY, TODAY + timedelta(days=5))),
    )  # fmt: skip
    account = world.add("accounts", channel="telegram", address=str(made), person_id=made)
    world.add("account_people", account_id=account, person_id=made)
    return made


def _roles(world: World) -> None:
    """Officers of all kinds and times; principals; somebody who stands in."""
    officers = world.db.execute(
        select(models.Person.id).where(models.Person.position == Position.OFFICER)
    ).scalars().all()  # fmt: skip
    top, kinds = world.ids["units"][0], {one: kind for one, _, kind in UNITS(world)}
    # Few places, so that some have two officers; and somebody has two places.
    places = [top, *world.rng.sample(world.ids["units"], 3)]
    for at, person_id in enumerate((*officers, officers[-1])):
        unit_id = top if at == 0 else world.rng.choice(places)
        kind = kinds[unit_id]
        role = RoleKind.DEPARTMENT if kind is UnitKind.PROVINCE else RoleKind.COMMUNE
        first, last = world.rng.choice(
            ((-90, None), (-90, None), (-90, None), (-9, 9), (-9, 0), (-9, -1), (1, None))
        )
        world.add(
            "roles", person_id=person_id, kind=role, unit_id=unit_id,
            valid_from=TODAY + timedelta(days=first),
            valid_to=TODAY + timedelta(days=last) if last is not None else None,
        )  # fmt: skip
    for school_id in world.ids["schools"]:
        head = select(models.Person.id).where(
            models.Person.school_id == school_id, models.Person.position == Position.PRINCIPAL
        )
        world.add(
            "roles", person_id=world.db.execute(head).scalar_one(), kind=RoleKind.PRINCIPAL,
            school_id=school_id, valid_from=TODAY - timedelta(days=9),
        )  # fmt: skip


def _course(world: World) -> None:
    made = FIRST["courses"] + len(world.ids.get("courses", []))
    rng = world.rng
    course_id = world.add(
        "courses", number=made - FIRST["courses"] + 1, title=f"Lớp Kh{made}", short=f"Kh{made}",
        folded=f"kh{made}", seats=rng.choice((None, 2, 40)),
        state=rng.choice((CourseState.OPEN, CourseState.OPEN, CourseState.DRAFT)),
        mode=rng.choice(tuple(models.Mode)), made_by_id=None,
        unit_id=rng.choice([unit for _, unit in _officers(world)]),
    )  # fmt: skip
    for number in (1, 2):
        starts = MONDAY + timedelta(days=7 * number + rng.randint(-12, 9))
        world.add(
            "sessions", course_id=course_id, number=number, precision=Precision.MINUTE,
            starts_at=starts, ends_at=starts + timedelta(hours=3),
        )  # fmt: skip


def _registration(world: World) -> None:
    staff = select(models.Person.id).where(models.Person.school_id.is_not(None))
    person_id = world.rng.choice(world.db.execute(staff).scalars().all())
    course_id = world.any("courses")
    there = select(models.Registration.id).where(
        models.Registration.course_id == course_id, models.Registration.person_id == person_id
    )
    if world.db.execute(there).first():
        return
    made = world.add(
        "registrations",
        course_id=course_id,
        person_id=person_id,
        turn=1,
        standing=world.rng.choice(tuple(Standing)),
    )
    if world.rng.random() < 0.4:
        school = select(models.Person.school_id).where(models.Person.id == person_id)
        beside = select(models.Person.id).where(
            models.Person.school_id == school.scalar_subquery(), models.Person.id != person_id
        )
        world.add(
            "substitutions", registration_id=made, state=SubstitutionState.PROPOSED,
            person_id=world.rng.choice(world.db.execute(beside).scalars().all()),
        )  # fmt: skip


def _officers(world: World) -> list[tuple[int, int]]:
    """(person, unit) of whoever holds an office today."""
    rows = world.db.execute(
        select(models.Role.person_id, models.Role.unit_id).where(models.Role.unit_id.is_not(None))
    )
    return [(row.person_id, row.unit_id) for row in rows]


def _matters(world: World) -> None:
    """Announcements, invitations, lists, files, questions, claims, and the audit of each."""
    rng = world.rng
    for person_id, unit_id in _officers(world):
        at = len(world.ids.get("broadcasts", [])) + FIRST["broadcasts"]
        state = rng.choice(tuple(BroadcastState))
        running = state not in (BroadcastState.DRAFT, BroadcastState.ASKED, BroadcastState.HELD)
        sent = world.add(
            "broadcasts", author_id=person_id, unit_id=unit_id, state=state,
            audience={"units": [unit_id]}, text=f"Tin Tb{at}",
            began_at=MONDAY if running else None,
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="drafted", subject="broadcast",
                  subject_id=sent, unit_id=unit_id)  # fmt: skip
        world.add(
            "notices",
            key=f"b{sent}",
            kind="broadcast",
            person_id=world.any("people"),
            subject_id=sent,
        )
        made = world.add(
            "invitations", digest=str(rng.random()), kind=RoleKind.COMMUNE, unit_id=unit_id,
            holder="", uses_left=rng.choice((0, 1, 2)), expires_at=MONDAY + timedelta(days=3),
            invited_by_id=person_id,
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="invited", subject="invitation",
                  subject_id=made, unit_id=rng.choice((unit_id, None)))  # fmt: skip
        file = world.add(
            "attachments", person_id=person_id, kind=AttachmentKind.DOCUMENT,
            state=AttachmentState.READY, content=b"x", size=1, name=f"ng{person_id}.xlsx",
        )  # fmt: skip
        listed = world.add(
            "roster_imports", actor_id=person_id, unit_id=unit_id, newest_person_id=0,
            state=rng.choice(tuple(ImportState)), file_name=f"ng{person_id}.xlsx",
        )  # fmt: skip
        world.add(
            "intakes", person_id=person_id, unit_id=unit_id, attachment_id=file,
            file_name=f"ng{person_id}.xlsx", state=rng.choice(tuple(IntakeState)),
            import_id=listed,
        )  # fmt: skip
    for person_id in rng.sample(world.ids["people"], 4):
        account = world.db.execute(
            select(models.Account.id).where(models.Account.person_id == person_id)
        ).scalar_one()
        asked = world.add(
            "questions", course_id=world.any("courses"), asker_id=person_id, account_id=account,
            text=f"ng{person_id}?",
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="asked", subject="question",
                  subject_id=asked)  # fmt: skip
        world.add(
            "claims", account_id=account, person_id=person_id, state=ClaimState.OPEN,
            rung=rng.choice(tuple(Rung)),
        )  # fmt: skip


# Whose is it?

# Columns that say who did something, not whose the row is.
BY = {
    "actor_id", "author_id", "answers_id", "approved_by_id", "invited_by_id", "made_by_id",
    "contact_id", "given_by_id", "covers_id", "asker_id", "corrects_id", "key_id", "by_id",
}  # fmt: skip

NOBODYS = {"units", "unit_aliases", "unit_changes", "signing_keys"}
# Of the officers of a unit, and of whoever made it.
OF_UNITS = {"schools", "courses", "invitations", "broadcasts", "roster_imports", "audit", "intakes"}


def dump(db: Connection) -> dict[str, dict[Any, Any]]:
    """Every row of every table by its primary key."""
    found: dict[str, dict[Any, Any]] = {}
    for name, table in TABLES.items():
        keys = [column.name for column in table.primary_key]
        rows = db.execute(SELECTS[name]).mappings().all()
        found[name] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    return found


@dataclass
class Mine:
    """What is the officer's in a state of the tables: to change, and to be told of."""

    scope: Scope
    rows: dict[str, dict[Any, Any]]
    to_change: dict[str, set[Any]] = field(default_factory=dict)
    to_know: dict[str, set[Any]] = field(default_factory=dict)
    first: dict[str, set[Any]] = field(default_factory=dict)
    queued: dict[str, set[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        units = self.rows["units"]
        paths = {key[0]: row["path"] for key, row in units.items()}
        reaches = [one.path for one in self.scope.reaches]
        self.units = {
            one for one, path in paths.items() if any(path.startswith(top) for top in reaches)
        }
        self.above = {int(part) for top in reaches for part in top.split("/") if part}
        self.provincial = any(one.kind is RoleKind.DEPARTMENT for one in self.scope.reaches)
        for name, table in TABLES.items():
            self.to_change[name] = {
                key for key, row in self.rows[name].items() if self._mine(name, table, row)
            }
            self.first[name] = {key[0] for key in self.to_change[name]}
        self._queues()
        self.told = self._told()
        self.to_change["notices"] |= {
            key for key, row in self.rows["notices"].items() if row["person_id"] in self.told
        }
        self._knowledge(paths)

    def has(self, table: str, id_: int | None) -> bool:
        """True where the row with this id is the officer's."""
        return id_ is not None and (id_,) in self.to_change[table]

    def _mine(self, name: str, table: Table, row: dict[str, Any]) -> bool:
        if name in NOBODYS:
            return name == "signing_keys"  # made with the first paper, for the installation
        if name in OF_UNITS:
            who = row.get("author_id") or row.get("actor_id") or row.get("person_id")
            return row["unit_id"] in self.units or (who or 0) == self.scope.person_id
        if name == "people":
            return self._person(row)
        if name == "roles":
            reach = (("schools", row["school_id"]), ("courses", row["course_id"]))
            return row["unit_id"] in self.units or any(self.has(*one) for one in reach)
        if name == "exports":
            return row["person_id"] == self.scope.person_id
        return self._by_keys(table, row)

    def _person(self, row: dict[str, Any]) -> bool:
        if row["id"] == self.scope.person_id or self.has("schools", row["school_id"]):
            return True
        return any(
            role["person_id"] == row["id"] and role["unit_id"] in self.units
            for role in self.rows["roles"].values()
        )

    def _by_keys(self, table: Table, row: dict[str, Any]) -> bool:
        """Any other row is whose it hangs on: a person, a course, a unit, and so on."""
        for column in table.columns:
            if not column.foreign_keys or column.name in BY or row[column.name] is None:
                continue
            other = next(iter(column.foreign_keys)).column
            name = other.table.name
            if name == "units":
                if row[column.name] in self.units:
                    return True
            elif row[column.name] in self.first.get(name, ()):
                return True
        return False

    def _queues(self) -> None:
        """A seat that one of theirs gives up is offered to whoever waits, wherever that is."""
        rows = self.rows["registrations"]
        shared = {one["course_id"] for one in rows.values()
                  if self.has("people", one["person_id"])}  # fmt: skip
        waits = (Standing.WAITING, Standing.OFFERED)
        waiting = {
            key for key, one in rows.items()
            if one["course_id"] in shared and one["standing"] in waits
        }  # fmt: skip
        self._moved("registrations", waiting)
        for name, column in (("registration_events", "registration_id"), ("notices", "subject_id")):
            self._moved(name, {
                key for key, one in self.rows[name].items()
                if (one[column],) in waiting and one.get("kind", "offer") == "offer"
            })  # fmt: skip

    def _moved(self, name: str, keys: set[Any]) -> None:
        """Rows that may change as the queue moves up; they may not be told of."""
        self.queued[name] = keys - self.to_change[name]
        self.to_change[name] |= keys

    def _told(self) -> set[int]:
        """Who may be written to: officers above, whoever has a place in the officer's course."""
        roles = self.rows["roles"].values()
        found = {one["person_id"] for one in roles if one["unit_id"] in self.above}
        found |= {one["person_id"] for one in roles if self.has("courses", one["course_id"])}
        for one in self.rows["registrations"].values():
            if self.has("courses", one["course_id"]):
                found.add(one["person_id"])
        for one in self.rows["substitutions"].values():
            if self.has("registrations", one["registration_id"]):
                found.add(one["person_id"])
        for one in self.rows["broadcasts"].values():
            if one["unit_id"] in self.units:
                found |= {one["author_id"], one["approved_by_id"], one["answers_id"]}
        return found

    def _knowledge(self, paths: dict[int, str]) -> None:
        """What may be named beside: places above, former places, courses that are announced."""
        self.to_know = {
            name: keys - self.queued.get(name, set()) for name, keys in self.to_change.items()
        }
        known = self.units | self.above
        public = {key for key, row in self.rows["courses"].items()
                  if row["state"] is not CourseState.DRAFT}  # fmt: skip
        self.to_know["courses"] |= public
        # Whoever has a place in the officer's course comes from somewhere; where people of the
        # area have theirs, that is known, draft or not.
        for one in self.rows["registrations"].values():
            if self.has("people", one["person_id"]):
                self.to_know["courses"].add((one["course_id"],))
        for one in self.rows["people"].values():
            if one["id"] in self.told and one["school_id"] is not None:
                self.to_know["schools"].add((one["school_id"],))
                known.add(self.rows["schools"][one["school_id"],]["unit_id"])
        for table in ("courses", "broadcasts"):
            known |= {self.rows[table][key]["unit_id"] for key in self.to_know[table]}
        for change in self.rows["unit_changes"].values():
            if change["to_id"] in self.units:
                known.add(change["from_id"])
        known |= {int(part) for one in set(known) for part in paths.get(one, "").split("/") if part}
        self.to_know["units"] = {(one,) for one in known}
        self.to_know["sessions"] |= {
            key for key, row in self.rows["sessions"].items()
            if (row["course_id"],) in self.to_know["courses"]
        }  # fmt: skip
        self.to_know["people"] |= {(one,) for one in self.told}
        # A claim from nowhere we know is for any officer of a Sở.
        people = self.rows["people"]
        self.to_know["claims"] |= {
            key for key, row in self.rows["claims"].items()
            if self.provincial and people[row["person_id"],]["school_id"] is None
        }  # fmt: skip
        self.to_know["audit"] |= {
            key for key, row in self.rows["audit"].items()
            if row["unit_id"] is None
            and (self.has("people", row["actor_id"])
                 or (row["actor_id"] is None and self.provincial))
        }  # fmt: skip
        for key in list(self.to_know["audit"]):
            row = self.rows["audit"][key]
            self.to_know["people"].add((row["actor_id"],))
            if (table := table_of(row["subject_id"])) is not None:
                self.to_know[table].add((row["subject_id"],))
