"""How every function that takes a `Scope` is called with whatever somebody may forge.

A new function needs nothing here where its parameters are called like those of others. For a new
kind of parameter one line in `BY_NAME` (or `BY_TYPE`, or `SPECIAL` for one function alone) says
what to hand in: any id of a table, whosever it is.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Select, select

import storage
from storage import courses, hours, models, scopes
from storage.course_rows import Draft, Meet
from storage.figures import subjects
from storage.figures.counts import Bit
from storage.invite_lists import Line, Refused, Why
from storage.inviting import Made, Target
from storage.journal import Wanted
from storage.models import BroadcastState, RoleKind
from storage.pasts.rows import Given, Row
from storage.recipients import Rule
from storage.reporting import collections, lines, records, texts
from storage.reporting.drafts import Draft as Draft_
from storage.rosters import staging
from storage.rosters.entries import Entry
from storage.statistics import View, Within
from tests.scoped_rows import TODAY, table_of
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random
    from types import ModuleType

    from sqlalchemy import Connection

    from storage.scopes import Scope
    from tests.scoped_mine import Mine
    from tests.scoped_rows import World


@cache
def storage_modules() -> list[ModuleType]:
    """Every module of storage, those of its packages too; not the sample, models, migrations."""
    apart = ("storage.migrations", "storage.models", "storage.sample")
    return [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(storage.__path__, "storage.")
        if not each.name.startswith(apart)
    ]


def public(module: ModuleType) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(function)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def named(module: ModuleType, name: str) -> str:
    """A function of storage as it is called here: "rosters.swap.write"."""
    return f"{module.__name__.removeprefix('storage.')}.{name}"


def takes(signature: inspect.Signature, kind: str) -> bool:
    return any(str(each.annotation) == kind for each in signature.parameters.values())


@cache
def officer_functions() -> dict[str, Callable[..., Any]]:
    """Every public function with a scope and a database, "rosters.swap.write" by name."""
    return {
        f"{module.__name__.removeprefix('storage.')}.{name}": getattr(module, name)
        for module in storage_modules()
        for name, signature in public(module).items()
        if takes(signature, "Scope") and takes(signature, "Connection")
    }


# So often somebody asks for what is theirs: what is refused at once shows little.
OWN = 0.6


@dataclass
class Forger:
    """Draws arguments: ids of anybody, whatever the scope."""

    db: Connection
    rng: Random
    world: World
    mine: Mine

    @property
    def scope(self) -> Scope:
        return self.mine.scope

    def id(self, table: str) -> int:
        """An id of the officer's own as often as one of anybody's."""
        own = sorted(key[0] for key in self.mine.to_change[table])
        if table == "units":
            own = sorted(self.mine.units)
        known = own if own and self.rng.random() < OWN else self.world.ids.get(table)
        return self.rng.choice(known or [1])

    def role(self) -> int:
        """A role: the officer's own more often than another."""
        mine = select(models.Role.id).where(models.Role.person_id == self.scope.person_id)
        own = list(self.db.execute(mine).scalars())
        return self.rng.choice(own) if self.rng.random() < OWN else self.id("roles")

    def colleague(self) -> int:
        """Somebody; an officer more often than not."""
        held = select(models.Role.person_id).where(models.Role.unit_id.is_not(None))
        found = list(self.db.execute(held).scalars())
        return self.rng.choice(found) if self.rng.random() < OWN else self.id("people")

    def ids(self, table: str) -> list[int]:
        return sorted({self.id(table) for _ in range(3)})

    def text(self) -> str:
        """A name as somebody types it: of a person, a school, a unit or of nobody."""
        table, mark = self.rng.choice((("people", "Người Ng"), ("units", "Xã Dv"), ("units", "dv"),
                                       ("schools", "Trường MN Tr")))  # fmt: skip
        return self.rng.choice((f"{mark}{self.id(table)}", "ng", ""))

    def entry(self) -> Entry:
        """A row of a list that somebody brings in."""
        return Entry(
            "1", self.rng.randint(2, 9), {}, full_name=f"Người Ng{self.id('people')}",
            school=f"Trường MN Tr{self.id('schools')}", commune=f"Xã Dv{self.id('units')}",
            position=models.Position.TEACHER, birth_year=1990,
        )  # fmt: skip

    def row(self) -> Row:
        """A row of a list of results."""
        day = TODAY - timedelta(days=30)
        given = Given("Lớp cũ", day, day, models.Precision.DAY, None)
        return Row(self.entry(), given, next(iter(models.Mark)), None, True)

    def rule(self) -> Rule:
        """Whom an announcement is for."""
        pick = self.rng.choice
        return Rule(
            units=tuple(pick(([], self.ids("units")))), officers=pick((False, False, True)),
            schools=tuple(pick(([], [], self.ids("schools")))),
            course_id=pick((None, self.id("courses"))),
            reached_by=pick((None, None, self.id("broadcasts"))),
        )  # fmt: skip

    def draft(self) -> Draft_:
        """Somebody's report."""
        record = records.get(self.db, scopes.everywhere(TODAY), self.id("reports"))
        return Draft_(record, tuple(lines.frozen(self.db, record)))

    def made(self) -> Made:
        """An invitation somebody claims to have made."""
        target = Target(RoleKind.COMMUNE, self.id("units"), "", 0)
        return Made(self.id("invitations"), "MOI-2222-2222", target, "")


def an_id(table: str) -> Callable[[Forger], int]:
    return lambda forger: forger.id(table)


def one_of(*values: Any) -> Callable[[Forger], Any]:
    return lambda forger: forger.rng.choice(values)


def text(forger: Forger) -> str:
    return forger.text()


BY_NAME: dict[str, Callable[[Forger], Any]] = {
    "attachment_id": an_id("attachments"),
    "broadcast_id": an_id("broadcasts"),
    "course_id": an_id("courses"),
    "corrects_id": lambda forger: forger.rng.choice((None, forger.id("broadcasts"))),
    "entry_id": an_id("audit"),
    "import_id": an_id("roster_imports"),
    "intake_id": an_id("intakes"),
    "invitation_id": an_id("invitations"),
    "person_id": an_id("people"),
    "proposal_id": an_id("substitutions"),
    "registration_id": an_id("registrations"),
    "role_id": Forger.role,
    "school_id": an_id("schools"),
    "session_id": an_id("sessions"),
    "subject_id": an_id("people"),
    "into_id": an_id("schools"),
    "change_id": an_id("school_changes"),
    "unit_id": an_id("units"),
    "unit_ids": lambda forger: forger.ids("units"),
    "course": lambda forger: courses.get(forger.db, forger.id("courses")),
    "people": lambda forger: forger.ids("people"),
    "text": text,
    "name": text,
    "folded": lambda forger: forger.text().lower(),
    "holder": one_of("", "Điểu Thị Nga"),
    "why": one_of("", "sạt lở"),
    "action": one_of("forged"),
    "subject": one_of("person"),
    "file_name": one_of("a.xlsx"),
    "digest": one_of("0"),
    "content": one_of(b"x"),
    "path": lambda forger: f"/{forger.id('units')}/",
    "now": one_of(MONDAY),
    "first": one_of(TODAY, TODAY + timedelta(days=1)),
    "last": one_of(TODAY + timedelta(days=1), TODAY + timedelta(days=9), None),
    "day": one_of(TODAY, TODAY + timedelta(days=1)),
    "limit": one_of(6, 200),
    "count": one_of(6),
    "each": one_of(1, 2),
    "page": one_of(0, 1),
    "start": one_of(0),
    "at": one_of(0, 1),
    "after": one_of(-1),
    "version": one_of(0, 1, 1, 1),
    "typed": one_of(1, 2, 3),
    "seats": one_of(None, 1, 50),
    "sessions": one_of(()),
    "settled": one_of(None),
    "labels": one_of(()),
    "on": lambda forger: staging.basis(forger.db),
    "link": one_of("https://example.vn"),
    "kept": lambda forger: forger.ids("sessions"),
    "found": lambda forger: courses.get(forger.db, forger.id("courses")),
    "paper_id": an_id("papers"),
    "head_id": an_id("people"),
    "issuer": one_of("Sở GDĐT"),
}
BY_TYPE: dict[str, Callable[[Forger], Any]] = {
    "bool": one_of(False, True),
    "Rule": Forger.rule,
    "Meet": one_of(Meet()),
    "Wanted": lambda forger: Wanted(
        unit_id=forger.rng.choice((None, forger.id("units"))),
        person_id=forger.rng.choice((None, forger.id("people"))),
    ),
    "Within | None": lambda forger: forger.rng.choice(
        (None, Within(View.COMMUNE, forger.id("units")), Within(View.SCHOOL, forger.id("schools")),
         Within(View.DISTRICT, forger.id("units")), Within(View.PROVINCE, forger.id("units")))
    ),
    "Within": lambda forger: forger.rng.choice(
        (Within(View.SCHOOL, forger.id("schools")), Within(View.COMMUNE, forger.id("units")),
         Within(View.DISTRICT, forger.id("units")), Within(View.PROVINCE, forger.id("units")))
    ),
    "Draft": lambda forger: Draft(title="Sơ cứu", unit_id=forger.id("units")),
    "Mapping[str, Any]": lambda forger: {"units": forger.ids("units")},
    "Mapping[int, int]": lambda forger: dict.fromkeys(forger.ids("units"), 3),
    "Span": one_of(
        hours.Span(None, next(iter(models.PeriodKind)), "", TODAY - timedelta(90), TODAY)
    ),
    "Select[int]": lambda forger: select(models.Person.id),
    "list[Meet]": one_of([Meet()]),
    "Iterable[Entry]": lambda forger: [forger.entry() for _ in range(3)],
    "Sequence[Entry]": lambda forger: [forger.entry() for _ in range(3)],
    "Sequence[Row]": lambda forger: [forger.row() for _ in range(3)],
    "Answers": one_of({}),
    "Iterable[Line]": lambda forger: [Line(1, forger.text(), ""), Line(2, forger.text(), "")],
    "Sequence[Made]": lambda forger: [forger.made()],
    "Sequence[Refused]": one_of([Refused(1, "", Why.UNKNOWN)]),
    "Iterable[tuple[int, str]]": lambda forger: [(each, "") for each in forger.ids("units")],
    "dict[str, Any]": lambda forger: {
        "until": (MONDAY + timedelta(minutes=5)).isoformat(), "refused": [],
        "codes": [[each, "MOI-2222-2222"] for each in forger.ids("invitations")],
    },
}  # fmt: skip
# What one function alone takes: "module.function.parameter", or what it has besides; what all of a
# package take: "package.*.parameter".
SPECIAL: dict[str, Callable[[Forger], Any]] = {
    "covers.cover.person_id": Forger.colleague,
    "covers.hand_over.person_id": Forger.colleague,
    "course_versions.write.what": one_of(()),
    "course_versions.write.values": one_of({"note": "forged"}),
    "announcements.listed.states": one_of(tuple(BroadcastState)),
    "broadcasts.change.fields": lambda forger: {"text": "forged", "rule": forger.rule()},
    "course_edits.change.said": one_of({"title": "forged"}),
    "figures.*.subject_id": an_id("subjects"),
    "figures.*.topic": lambda forger: subjects.get(forger.db, forger.id("subjects")),
    "figures.*.bit": one_of(Bit.EXPECTED, Bit.COMPLETED, Bit.ON_LEAVE),
    "figures.*.without": one_of(Bit(0), Bit.COMPLETED),
    "figures.*.expected": one_of(9),
    "figures.*.completed": one_of(0, 9),
    "reporting.*.before": one_of(None, TODAY + timedelta(days=20)),
    "reporting.*.collection_id": an_id("collections"),
    "reporting.*.completed": one_of(0, 9),
    "reporting.*.draft": Forger.draft,
    "reporting.*.expected": one_of(9),
    "reporting.*.mark": one_of("00000000"),
    "reporting.*.number": one_of("12/BC-UBND"),
    "reporting.*.period_id": an_id("periods"),
    "reporting.*.programme_id": one_of(None, 1),
    "reporting.*.report_id": an_id("reports"),
    "reporting.*.round_": lambda forger: collections.one(forger.db, forger.id("collections")),
    "reporting.*.seen": one_of(texts.mark("")),
    "reporting.*.subject_id": an_id("subjects"),
    "figures.*.day": one_of(TODAY, TODAY - timedelta(days=3), date(2025, 6, 1)),
}


def arguments(name: str, forger: Forger) -> tuple[list[Any], dict[str, Any]]:
    """What a function is called with, in order, and by name."""
    plain: list[Any] = []
    named: dict[str, Any] = {}
    for each in inspect.signature(officer_functions()[name]).parameters.values():
        value = argument(name, each, forger)
        if each.kind is inspect.Parameter.VAR_POSITIONAL:
            plain += value
        elif each.kind is inspect.Parameter.VAR_KEYWORD:
            named |= value
        elif each.kind is inspect.Parameter.KEYWORD_ONLY:
            named[each.name] = value
        else:
            plain.append(value)
    return plain, named


def argument(name: str, each: inspect.Parameter, forger: Forger) -> Any:
    """One argument; a parameter nobody has said anything about is an error of the test."""
    kind = str(each.annotation)
    if kind == "Connection":
        return forger.db
    if kind == "Scope":
        return forger.scope
    package = f"{name.partition('.')[0]}.*.{each.name}"
    keys = ((SPECIAL, f"{name}.{each.name}"), (SPECIAL, package), (BY_TYPE, kind))
    for known, key in (*keys, (BY_NAME, each.name)):
        if key in known:
            return known[key](forger)
    if (members := enumeration(name, kind)) is not None:
        return forger.rng.choice(members)
    if each.default is not inspect.Parameter.empty:
        return each.default
    raise LookupError(f"{name}: say in tests/scoped_calls.py what to hand in for {each}")


def enumeration(name: str, kind: str) -> tuple[Any, ...] | None:
    """The members of an enumeration that an annotation names, of its own module first."""
    own = importlib.import_module(f"storage.{name.rpartition('.')[0]}")
    for module in (own, models, *storage_modules()):
        found = getattr(module, kind, None)
        if isinstance(found, type) and issubclass(found, enum.Enum):
            return tuple(found)
    return None


def shown(db: Connection, result: Any) -> str:
    """All that an answer says, in words."""
    if isinstance(result, Select):
        result = db.execute(cast("Any", result)).all()
    elif isinstance(result, Iterator):
        result = list(cast("Any", result))
    # How many people there were says nothing of any of them.
    return re.sub(r"newest_person_id=\d+", "", repr(result))


# An id in an answer, or in a name: two letters before it tell the name.
FOUND = re.compile(r"(?<!\d)(?P<mark>[a-zA-Z]{2})?(?P<id>1\d{6})(?!\d)")


def mentions(said: str) -> Iterator[tuple[str, int, bool]]:
    """(table, id, whether by name) of all that is mentioned."""
    for found in FOUND.finditer(said):
        id_ = int(found["id"])
        if (table := table_of(id_)) is not None:
            yield table, id_, found["mark"] is not None
