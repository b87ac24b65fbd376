"""A province's staff list as offices keep it: every kind of dirt, in known numbers.

Each row has one kind at most, so that what the import says of the row can be counted against it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from storage import spelling
from storage.models import Position, Qualification, Rating

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# Schools of the same name stand in different communes, as they do.
SCHOOLS = (
    "Hoa Sen",
    "Hoa Cúc",
    "Họa Mi",
    "Sơn Ca",
    "Vành Khuyên",
    "Măng Non",
    "Tuổi Thơ",
    "Ánh Dương",
)
GRADES = {"ĐH": Qualification.UNIVERSITY, "Cao đẳng": Qualification.COLLEGE,
          "TCSP": Qualification.SECONDARY, "Thạc sĩ": Qualification.POSTGRADUATE}  # fmt: skip
POSITIONS = {"Giáo viên": Position.TEACHER, "GV": Position.TEACHER, "P.HT": Position.DEPUTY,
             "Hiệu trưởng": Position.PRINCIPAL, "Tổ trưởng CM": Position.TEACHER}  # fmt: skip
RATINGS = {"Tốt": Rating.EXCELLENT, "Khá": Rating.GOOD, "Đạt": Rating.ADEQUATE}


@dataclass(slots=True)
class Row:
    """A person as written in the file, and what has to come of it."""

    name: str
    birth: Any
    position: str
    school: str
    commune: str
    phone: Any
    external_id: Any
    grade: str
    rating: str
    kind: str = "clean"
    expected: str = "new"


OLD_PREFIXES = ("120", "123", "162", "168", "186", "199")


def nfd(row: Row, _: Random) -> Row:
    return replace(row, name=unicodedata.normalize("NFD", row.name))


def caps(row: Row, _: Random) -> Row:
    return replace(row, name=row.name.upper())


def small(row: Row, _: Random) -> Row:
    return replace(row, name=row.name.lower())


def stuck(row: Row, _: Random) -> Row:
    return replace(row, name="".join(row.name.rsplit(" ", 1)))


def spaced(row: Row, _: Random) -> Row:
    return replace(row, name="  " + row.name.replace(" ", "\u00a0  ") + "\u200b ")


def numbered(row: Row, rng: Random) -> Row:
    return replace(row, name=f"{rng.randint(1, 99)}. {row.name} (HĐ)")


def titled(row: Row, _: Random) -> Row:
    return replace(row, name=f"Cô {row.name}")


def _national(row: Row) -> str:
    return str(row.phone)[1:]


def dotted(row: Row, _: Random) -> Row:
    phone = str(row.phone)
    return replace(row, phone=f"{phone[:4]}.{phone[4:7]}.{phone[7:]}")


def plus84(row: Row, rng: Random) -> Row:
    return replace(row, phone=rng.choice(("+84 ", "0084", "84")) + _national(row))


def letter_o(row: Row, _: Random) -> Row:
    return replace(row, phone="O" + _national(row).replace("0", "o"))


def old_prefix(row: Row, rng: Random) -> Row:
    old = rng.choice(OLD_PREFIXES)
    made = replace(row, phone=f"0{old}{_national(row)[-7:]}")
    return replace(made, expected="changed" if row.expected == "unchanged" else row.expected)


def figure(row: Row, _: Random) -> Row:
    return replace(row, phone=int(_national(row)))


def two_phones(row: Row, _: Random) -> Row:
    return replace(row, phone=f"{row.phone} - 0261 3544 123")


def bad_phone(row: Row, _: Random) -> Row:
    return replace(row, phone=str(row.phone)[:7])


def no_phone(row: Row, _: Random) -> Row:
    return replace(row, phone="")


def as_date(row: Row, rng: Random) -> Row:
    return replace(row, birth=date(row.birth, rng.randint(1, 12), rng.randint(1, 28)))


def as_text(row: Row, rng: Random) -> Row:
    mark = rng.choice("/-.")
    return replace(row, birth=f"{rng.randint(1, 28)}{mark}{rng.randint(1, 12)}{mark}{row.birth}")


def bad_birth(row: Row, _: Random) -> Row:
    return replace(row, birth="12/13/19")


def id_card(row: Row, rng: Random) -> Row:
    return replace(row, external_id=f"067{rng.randint(0, 999_999_999):09d}")


def no_name(row: Row, _: Random) -> Row:
    return replace(row, name="", expected="refused no name")


def digits(row: Row, rng: Random) -> Row:
    return replace(row, name=f"{row.name} {rng.randint(2, 9)}", expected="refused name unreadable")


def formula(row: Row, _: Random) -> Row:
    return replace(row, name='=HYPERLINK("http://x.vn","Hoa")', expected="refused name unreadable")


def cook(row: Row, _: Random) -> Row:
    return replace(row, position="NV cấp dưỡng", expected="refused not staff")


def unknown_school(row: Row, _: Random) -> Row:
    return replace(row, school="MN Hoa Xen", expected="refused unknown school")


def unknown_commune(row: Row, _: Random) -> Row:
    return replace(row, commune="Xã Tuy Đứk", expected="refused unknown commune")


def no_school(row: Row, _: Random) -> Row:
    return replace(row, school="", expected="refused no school")


def several(row: Row, _: Random) -> Row:
    return replace(row, commune="", expected="refused several schools")


def bare(row: Row, _: Random) -> Row:
    return replace(row, name=spelling.fold(row.name).title())


def swapped(row: Row, _: Random) -> Row:
    first, _space, rest = row.name.partition(" ")
    return replace(row, name=f"{rest} {first}")


def promoted(row: Row, _: Random) -> Row:
    other = "Hiệu phó" if POSITIONS[row.position] is not Position.DEPUTY else "HT"
    return replace(row, position=other, expected="changed")


def elsewhere(row: Row, _: Random) -> Row:
    school = "MN Hoa Cúc" if row.school.endswith("Hoa Sen") else "MN Hoa Sen"
    return replace(row, school=school, expected="moved")


def namesake(row: Row, _: Random) -> Row:
    return replace(row, external_id="", phone="", birth=row.birth + 1,
                   expected="doubtful namesake")  # fmt: skip


def missing(row: Row, _: Random) -> Row:
    return replace(row, expected="gone")


Kinds = dict[str, tuple["Callable[[Row, Random], Row]", int]]
KINDS: Kinds = {
    "nfd": (nfd, 30), "caps": (caps, 40), "small": (small, 10), "stuck": (stuck, 5),
    "spaced": (spaced, 10), "numbered": (numbered, 5), "titled": (titled, 5),
    "dotted": (dotted, 30), "plus84": (plus84, 20), "letter o": (letter_o, 5),
    "old prefix": (old_prefix, 20), "figure": (figure, 60), "two phones": (two_phones, 5),
    "bad phone": (bad_phone, 10), "no phone": (no_phone, 20), "as date": (as_date, 60),
    "as text": (as_text, 60), "bad birth": (bad_birth, 5), "id card": (id_card, 10),
    "no name": (no_name, 2), "digits": (digits, 2), "formula": (formula, 1), "cook": (cook, 10),
    "unknown school": (unknown_school, 4), "unknown commune": (unknown_commune, 4),
    "no school": (no_school, 2), "several": (several, 4),
}  # fmt: skip
# The same of people who are known already; "missing" are not written at all.
KNOWN_KINDS: Kinds = {
    **KINDS, "bare": (bare, 20), "swapped": (swapped, 5), "promoted": (promoted, 15),
    "elsewhere": (elsewhere, 15), "namesake": (namesake, 3), "missing": (missing, 15),
}  # fmt: skip
# The rest of a thousand rows is clean; of so many rows one is written twice.
THOUSAND, TWICE = 1000, 400


def soil(rng: Random, rows: list[Row], kinds: Kinds) -> list[Row]:
    """Give each row its kind of dirt: of a thousand rows as many as `kinds` says."""
    drawn = [kind for kind, (_, share) in kinds.items() for _ in range(share)]
    drawn += ["clean"] * (THOUSAND - len(drawn))
    soiled: list[Row] = []
    for start in range(0, len(rows), THOUSAND):
        rng.shuffle(drawn)
        for row, kind in zip(rows[start : start + THOUSAND], drawn, strict=False):
            made = replace(row, kind=kind)
            soiled.append(made if kind == "clean" else kinds[kind][0](made, rng))
            if kind == "clean" and len(soiled) % TWICE == 0:
                soiled.append(replace(made, kind="twice", expected="refused repeated"))
    return soiled
