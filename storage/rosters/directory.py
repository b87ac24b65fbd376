"""Which school a row of a roster means; near names are offered, never taken."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from storage import school_past, schools, spelling, unit_words, units
from storage.models import School, Unit, UnitKind
from storage.rosters import school_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from storage.scopes import Scope
    from storage.units import Place

# More near names than this help nobody.
OFFERED = 5


class PlaceTrouble(StrEnum):
    """Why the school of a row is not known."""

    NO_SCHOOL = "no school"
    UNKNOWN_SCHOOL = "unknown school"
    UNKNOWN_COMMUNE = "unknown commune"
    SEVERAL_SCHOOLS = "several schools"  # of one name, and the commune does not say which
    SCHOOL_CLOSED = "school closed"
    OUTSIDE = "outside"  # in another officer's area


# What opening a school, or saying which one is meant, may put right.
UNKNOWN = (PlaceTrouble.UNKNOWN_SCHOOL, PlaceTrouble.NO_SCHOOL)


@dataclass(frozen=True, slots=True)
class Offer:
    """A near name: `kind` is "school", "unit" or "person"; `name` as it is written in a choice."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """The school, or what is the matter with it and what may have been meant.

    `within` are the communes of today, in the officer's area, that an unknown school may lie in.
    """

    school_id: int | None
    trouble: PlaceTrouble | None = None
    offers: tuple[Offer, ...] = ()
    within: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    name: str
    key: str
    path: str
    old_path: str
    closed: bool
    commune: str

    def offered(self) -> Offer:
        return Offer("school", self.id, f"{self.name}, {self.commune}")

    def under(self, unit_ids: Iterable[int]) -> bool:
        return any(f"/{each}/" in self.path + self.old_path for each in unit_ids)


_old = aliased(Unit)
ALL = (
    select(
        School.id, School.name, School.closed_on, Unit.path, Unit.name.label("commune"),
        func.coalesce(_old.path, "").label("old_path"),
    )
    .join(Unit, Unit.id == School.unit_id)
    .outerjoin(_old, _old.id == School.old_unit_id)
    .order_by(School.id)
)  # fmt: skip


class Directory:
    """The schools as they are at one moment, held in memory for the length of one comparison.

    `settled` is what an officer has said of names: {`label(...)`: school id, `unit_label(...)`:
    unit id}.
    """

    def __init__(self, db: Connection, scope: Scope, settled: dict[str, int] | None = None) -> None:
        self._db = db
        self._scope = scope
        self._settled = settled or {}
        self._schools = {row.id: _known(row) for row in db.execute(ALL)}
        self._named: defaultdict[str, list[_Known]] = defaultdict(list)
        for school in self._schools.values():
            self._named[school.key].append(school)
        # Lists go on calling a school as it was called before it was renamed or merged.
        for name, today in school_past.former(db):
            if (one := self._schools.get(today)) and one not in self._named[name]:
                self._named[name].append(one)
        self._places: dict[str, tuple[Place, ...]] = {}
        self._answers: dict[tuple[Any, ...], Found] = {}
        self._communes: dict[str, tuple[Offer, ...] | None] = {}

    def covers(self, school_id: int | None) -> bool:
        """True for a school in the officer's area."""
        school = self._schools.get(school_id or 0)
        return school is not None and self._scope.covers(school.path)

    def find(
        self, school: str, commune: str = "", district: str = "", around: Sequence[str] = ()
    ) -> Found:
        """The school a row means; `around` are lines that may name it where `school` is empty."""
        key = (school, commune, district, () if school else tuple(around))
        if key not in self._answers:
            found = self._allowed(self._find(school, commune, district, around))
            named = school or school_words.line(around)
            self._answers[key] = self._placed(found, named, commune or district)
        return self._answers[key]

    def _placed(self, found: Found, school: str, place: str) -> Found:
        """With where an unknown school lies; in another area, it is none of the officer's."""
        if found.trouble not in UNKNOWN:
            return found
        within = self._communes_named(place or self._place_in(school))
        if within is None:
            return Found(None, PlaceTrouble.OUTSIDE)
        return replace(found, within=within)

    def _place_in(self, school: str) -> str:
        """The place behind a school's name: "MN Hoa Cúc, xã Tuy Đức"."""
        _, rest = school_words.parted(school)
        sure = [one for one in self._named_units(rest) if not one.near] if rest else []
        return rest if sure else ""

    def _communes_named(self, written: str) -> tuple[Offer, ...] | None:
        """Communes of today in the officer's area; None where the name is of another area.

        Without a name it is the commune of an officer who has one.
        """
        if written not in self._communes:
            self._communes[written] = self._in_area(written)
        return self._communes[written]

    def _in_area(self, written: str) -> tuple[Offer, ...] | None:
        if not written:
            own = [units.get(self._db, reach.unit_id) for reach in self._scope.reaches]
            places = [one for one in own if one and one.kind is UnitKind.COMMUNE]
            places = places if len(places) == len(own) == 1 else []
        else:
            named = [one for one in self._named_units(written) if not one.near]
            places = [each for one in named for each in self._today(one)]
            if named and not any(self._scope.covers(one.path) for one in places):
                return None
        offers = {
            one.id: Offer("unit", one.id, one.name) for one in places
            if one.kind is UnitKind.COMMUNE and self._scope.covers(one.path)
        }  # fmt: skip
        return tuple(offers.values())[:OFFERED]

    def _today(self, place: Place) -> list[Place]:
        """The unit itself, or what a former one became."""
        return units.successors(self._db, place.id) if place.former else [place]

    def _allowed(self, found: Found) -> Found:
        """Nothing is said of schools in other areas, not even that a name is near."""
        if found.school_id is not None and not self.covers(found.school_id):
            return Found(None, PlaceTrouble.OUTSIDE)
        seen = tuple(
            offer for offer in found.offers if offer.kind != "school" or self.covers(offer.id)
        )
        return Found(found.school_id, found.trouble, seen)

    def _find(self, school: str, commune: str, district: str, around: Sequence[str]) -> Found:
        settled = self._settled.get(label(school, commune, district))
        if settled in self._schools:
            return Found(settled)
        if not school:
            return self._around(commune, district, around)
        within, trouble = self._within(commune, district)
        if trouble:
            return trouble
        if apart := self._apart(school, commune, within):
            return apart
        exact = self._of_this_name(commune or district)
        found = self._among(school, exact) if exact else None
        return found if found and found.school_id else self._among(school, within)

    def _apart(self, school: str, commune: str, within: set[int] | None) -> Found | None:
        """The school whose name says its former commune, "MN Hoa Cúc (Đắk Búk So)"."""
        bare = unit_words.bare(commune[:1].upper() + commune[1:])
        named = self._named.get(schools.fold_name(f"{school} ({bare})"), []) if bare else []
        here = [one for one in named if not one.closed and within and one.under(within)]
        return Found(here[0].id) if len(here) == 1 else None

    def _around(self, commune: str, district: str, around: Sequence[str]) -> Found:
        """The school that the line of a group, the sheet's name or a title names."""
        for line in around:
            found = self._find(line, commune, district, ())
            if found.school_id is not None:
                return found
        return Found(None, PlaceTrouble.NO_SCHOOL)

    def _within(self, commune: str, district: str) -> tuple[set[int] | None, Found | None]:
        """The units a row names, None where it names none; or what is the matter with them."""
        for written in (commune, district):
            if not written:
                continue
            if settled := self._settled.get(unit_label(written)):
                return {settled}, None
            places = self._named_units(written)
            if sure := {place.id for place in places if not place.near}:
                return sure, None
            offers = tuple(Offer("unit", each.id, each.name) for each in places[:OFFERED])
            return None, Found(None, PlaceTrouble.UNKNOWN_COMMUNE, offers)
        return None, None

    def _of_this_name(self, written: str) -> set[int]:
        """The unit of today whose whole official name is written, "Xã Đắk Mil": no other is meant.

        "Đắk Mil" alone may be the former town or district as well.
        """
        name = spelling.fold(written)
        return {
            place.id for place in self._named_units(written)
            if not place.near and not place.former and spelling.fold(place.name) == name
        } if written else set()  # fmt: skip

    def _named_units(self, written: str) -> tuple[Place, ...]:
        if written not in self._places:
            settled = self._settled.get(unit_label(written))
            known = units.get(self._db, settled, self._scope.day) if settled else None
            found = [known] if known else units.named(self._db, written, self._scope.day)
            self._places[written] = tuple(found)
        return self._places[written]

    def _among(self, written: str, within: set[int] | None) -> Found:
        """The one school of this name in these units; the officer's own area where none is named.

        "MN Hoa Cúc, xã Tuy Đức" and "MN Hoa Cúc Tuy Đức" name the commune with the school.
        """
        named = self._named.get(schools.fold_name(written), [])
        if not named:
            named, within = self._with_place(written, within)
        here = [each for each in named if within is None or each.under(within)]
        if within is None and len(here) > 1:
            here = [each for each in here if self._scope.covers(each.path)]
        still = [each for each in here if not each.closed]
        if len(still) == 1:
            return Found(still[0].id)
        offers = tuple(each.offered() for each in (still or named)[:OFFERED] if not each.closed)
        if still:
            return Found(None, PlaceTrouble.SEVERAL_SCHOOLS, offers)
        if here:
            return Found(None, PlaceTrouble.SCHOOL_CLOSED)
        near = self._near(written, within)
        return Found(None, PlaceTrouble.UNKNOWN_SCHOOL, (near or offers)[:OFFERED])

    def _with_place(
        self, written: str, within: set[int] | None
    ) -> tuple[list[_Known], set[int] | None]:
        """Schools whose name is all of the text but the units in it, and these units."""
        words = unit_words.split(written)
        for mention in units.mentions(self._db, words, self._scope.day):
            before = unit_words.kind_before(words, mention.start)
            start = mention.start - (before[0] if before else 0)
            rest = " ".join(word.raw for word in (*words[:start], *words[mention.end :]))
            named = self._named.get(schools.fold_name(rest), [])
            places = {place.id for place in mention.places}
            if named and schools.fold_name(rest):
                return named, places if within is None else within
        return [], within

    def _near(self, written: str, within: set[int] | None) -> tuple[Offer, ...]:
        key = unit_words.key(schools.fold_name(written))
        near = [
            each for name, group in self._named.items() if _close(unit_words.key(name), key)
            for each in group if not each.closed
        ]  # fmt: skip
        near.sort(key=lambda each: (within is not None and not each.under(within), each.id))
        return tuple(each.offered() for each in near[:OFFERED])


def label(school: str, commune: str, district: str) -> str:
    """What rows with one wording of school, commune and district are settled under."""
    return "|".join(map(spelling.fold, (school, commune, district)))


def unit_label(written: str) -> str:
    """What a wording of a commune or district is settled under."""
    return f"@{spelling.fold(written)}"


def _close(one: str, other: str) -> bool:
    return min(len(one), len(other)) > 3 and unit_words.close(one, other)


def _known(row: Any) -> _Known:
    return _Known(
        row.id, row.name, schools.fold_name(row.name), row.path, row.old_path,
        row.closed_on is not None, row.commune,
    )  # fmt: skip
