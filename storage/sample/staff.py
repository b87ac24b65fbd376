"""Invented people: who works at the schools, and the officers above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from storage import codes
from storage.models.people import (
    Called,
    Core,
    Position,
    Qualification,
    Rating,
    RoleKind,
    Source,
)
from storage.models.units import Ownership, SchoolType
from storage.sample.names import Names
from storage.spelling import fold, sort_key

if TYPE_CHECKING:
    from datetime import date, datetime
    from random import Random

    from storage.sample.places import Commune

# Deputies and teachers: fewest and most, by type; private preschools are smaller.
_SIZES = {
    SchoolType.PRESCHOOL: (1, 2, 14, 21),
    SchoolType.KINDERGARTEN: (1, 1, 11, 16),
    SchoolType.CRECHE: (0, 1, 4, 6),
    SchoolType.GROUP: (0, 0, 2, 4),
    SchoolType.CLASS: (0, 0, 1, 3),
}
_SMALL = (0, 1, 6, 10)


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the conversations people try; the school by its place in `places.NAMED`."""

    school_id: int
    position: Position
    full_name: str
    birth_year: int
    code: str


NAMED = (
    Known(1, Position.PRINCIPAL, "Nguyễn Thị Hoa", 1988, "61520389"),
    Known(1, Position.TEACHER, "H'Mai Byă", 1993, "48271093"),
    Known(1, Position.TEACHER, "Lê Thị Út", 1990, "33058816"),
    Known(1, Position.TEACHER, "Điểu Thị Nga", 1996, "77120465"),
    Known(3, Position.PRINCIPAL, "Phạm Thị Bích", 1984, ""),
    Known(3, Position.TEACHER, "Trần Thị Nhàn", 1991, ""),
    Known(3, Position.TEACHER, "Võ Thị Loan", 1994, ""),
    Known(3, Position.TEACHER, "H'Sương Niê", 1999, ""),
)
COMMUNE_OFFICER = "Lê Văn Tình"
DEPARTMENT_OFFICERS = ("Đinh Thị Thu Hằng", "Phan Quốc Khánh", "H'Nghĩa Êban")
# Two teachers of one school may bear one name; the year of birth tells them apart.
_TWINS = ("Nguyễn Thị Hương", 4, (1985, 1992))


class Staff:
    """Draws people one by one, so that the same seed always gives the same people."""

    def __init__(self, rng: Random, now: datetime) -> None:
        self.people: list[dict[str, Any]] = []
        self.roles: list[dict[str, Any]] = []
        self.codes: list[dict[str, Any]] = []
        self._rng = rng
        self._names = Names(rng)
        self._now = now
        self._given = {known.code for known in NAMED}
        self._school_year = now.year if now.month >= 8 else now.year - 1

    def fill(self, school: dict[str, Any]) -> None:
        """Everybody at one school: the head, deputies, teachers."""
        here = [known for known in NAMED if known.school_id == school["id"]]
        taken = {known.full_name for known in here}
        for known in here:
            self._add(
                known.full_name, known.position, school["id"],
                birth_year=known.birth_year, code=known.code, plain=True,
            )  # fmt: skip
        if school["id"] == _TWINS[1]:
            taken.add(_TWINS[0])
            for year in _TWINS[2]:
                self._add(_TWINS[0], Position.TEACHER, school["id"], birth_year=year)
        for position in self._missing(school, [known.position for known in here]):
            self._add(self._names.person(taken), position, school["id"])

    def officers(self, communes: list[Commune], province_id: int, since: date) -> None:
        """One officer in each commune of today, three in the province, with their roles."""
        for name in DEPARTMENT_OFFICERS:
            self._officer(name, RoleKind.DEPARTMENT, province_id, since)
        taken = {COMMUNE_OFFICER, *DEPARTMENT_OFFICERS}
        for unit_id, unit in dict.fromkeys((commune.id, commune.name) for commune in communes):
            name = COMMUNE_OFFICER if unit == "Xã Tuy Đức" else self._names.person(taken)
            self._officer(name, RoleKind.COMMUNE, unit_id, since)

    def _officer(self, name: str, kind: RoleKind, unit_id: int, since: date) -> None:
        person_id = self._add(name, Position.OFFICER, None, plain=True)
        self.roles.append(
            {
                "id": len(self.roles) + 1, "person_id": person_id, "kind": kind,
                "unit_id": unit_id, "valid_from": since,
            }
        )  # fmt: skip

    def _missing(self, school: dict[str, Any], there: list[Position]) -> list[Position]:
        if school["id"] == 3:  # the nhóm trẻ of the conversations has four people, no more
            return []
        small = (school["type"], school["ownership"]) == (SchoolType.PRESCHOOL, Ownership.PRIVATE)
        low_deputies, deputies, low, high = _SMALL if small else _SIZES[school["type"]]
        wanted = [Position.PRINCIPAL]
        wanted += [Position.DEPUTY] * self._rng.randint(low_deputies, deputies)
        wanted += [Position.TEACHER] * self._rng.randint(low, high)
        for position in there:
            wanted.remove(position)
        return wanted

    def _add(
        self, full_name: str, position: Position, school_id: int | None,
        *, birth_year: int = 0, code: str = "", plain: bool = False,
    ) -> int:  # fmt: skip
        """A person with a code; a `plain` one has a phone, is not core, and is there."""
        number = len(self.people) + 1
        officer = position is Position.OFFICER
        rating = None if officer else self._rating(position)
        self.people.append(
            {
                "id": number, "full_name": full_name, "sort_key": sort_key(full_name),
                "folded": fold(full_name), "position": position, "school_id": school_id,
                "called": Called.ANH_CHI if officer else Called.TEACHER,
                "birth_year": birth_year or self._birth_year(position),
                "qualification": self._qualification(position), "rating": rating,
                "rating_year": self._year(stale=self._rng.random() < 0.08) if rating else None,
                "rating_source": Source.ROSTER if rating else None,
                **self._core(position, rating, plain=plain),
                "phone": None if not plain and self._rng.random() < 0.06 else _phone(number),
                "external_id": None if officer else f"6700{number:06d}",
                "source": Source.ROSTER, "verified_at": self._now,
                **self._away(plain=plain or position is not Position.TEACHER),
            }
        )  # fmt: skip
        self.codes.append({"code": code or self._code(), "person_id": number, "used_at": None})
        return number

    def _code(self) -> str:
        while (code := codes.complete(str(self._rng.randint(1_000_000, 9_999_999)))) in self._given:
            pass
        self._given.add(code)
        return code

    def _birth_year(self, position: Position) -> int:
        youngest = 22 if position is Position.TEACHER else 32
        return self._now.year - self._rng.randint(youngest, 54)

    def _qualification(self, position: Position) -> Qualification:
        """Shares around the target of KPI1: 85 of 100 teachers with a college diploma or more."""
        share = self._rng.random()
        if position is not Position.TEACHER:
            return Qualification.POSTGRADUATE if share < 0.08 else Qualification.UNIVERSITY
        if share < 0.14:
            return Qualification.SECONDARY
        return Qualification.COLLEGE if share < 0.52 else Qualification.UNIVERSITY

    def _rating(self, position: Position) -> Rating | None:
        """Shares around the target of KPI2: 85 of 100 teachers rated khá or better."""
        share = self._rng.random()
        if position is not Position.TEACHER:
            return Rating.EXCELLENT if share < 0.5 else Rating.GOOD
        for rating, up_to in (
            (None, 0.03), (Rating.BELOW, 0.04), (Rating.ADEQUATE, 0.15), (Rating.GOOD, 0.7),
        ):  # fmt: skip
            if share < up_to:
                return rating
        return Rating.EXCELLENT

    def _year(self, *, stale: bool) -> str:
        first = self._school_year - (2 if stale else 1)
        return f"{first}-{first + 1}"

    def _core(self, position: Position, rating: Rating | None, *, plain: bool) -> dict[str, Any]:
        share, level = self._rng.random(), self._rng.random()
        often = 0.05 if position is Position.TEACHER else 0.15
        if plain or share >= often or rating not in (Rating.GOOD, Rating.EXCELLENT):
            return {"core": None, "core_year": None}
        levels = (
            (Core.SCHOOL, 0.5),
            (Core.DISTRICT, 0.8),
            (Core.PROVINCE, 0.95),
            (Core.MINISTRY, 1),
        )
        core = next(core for core, up_to in levels if level < up_to)
        return {"core": core, "core_year": self._now.year}

    def _away(self, *, plain: bool) -> dict[str, Any]:
        """A few are on long leave now, a few left during the last months."""
        share, days = self._rng.random(), timedelta(days=self._rng.randint(10, 120))
        today = self._now.date()
        if plain or share >= 0.025:
            return {"left_on": None, "leave_from": None, "leave_to": None}
        if share < 0.008:
            return {"left_on": today - days, "leave_from": None, "leave_to": None}
        begun = today - days
        return {"left_on": None, "leave_from": begun, "leave_to": begun + timedelta(days=181)}


def _phone(number: int) -> str:
    """Numbers of a range that looks invented: 0900 00n nnn."""
    return f"+8490000{number:04d}"
