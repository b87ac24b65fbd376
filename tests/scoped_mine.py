"""What of a random world is an officer's: worked out a second time, from the tables and by hand.

The code that is tested is not asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from storage.models import (
    CourseState,
    RoleKind,
    Standing,
)
from tests.scoped_rows import SELECTS, TABLES, table_of

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from storage.scopes import Scope

# Columns that say who did something, not whose the row is.
BY = {
    "actor_id", "author_id", "answers_id", "approved_by_id", "invited_by_id", "made_by_id",
    "contact_id", "given_by_id", "covers_id", "asker_id", "corrects_id", "key_id", "by_id",
    "opened_by_id", "submitted_by_id", "decided_by_id",
}  # fmt: skip

NOBODYS = {"units", "unit_aliases", "unit_changes", "signing_keys", "figure_marks"}
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
            # Made with the first paper, for the installation; what the counters have to look at.
            return name in {"signing_keys", "figure_marks"}
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
        # What is counted is known to all; what is counted of whom is not.
        self.to_know["subjects"] |= set(self.rows["subjects"])
        self.to_know["periods"] |= set(self.rows["periods"])
        # Whoever reports knows to whom, and until when.
        self.to_know["collections"] |= {
            key for key, row in self.rows["collections"].items() if row["unit_id"] in self.above
        }
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
