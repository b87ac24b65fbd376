"""Who is behind a figure, and whose name is not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage import models
from storage.figures import names
from storage.figures.counts import Bit
from storage.models import Position, Source
from storage.statistics import View, Within
from tests.storage.figures import small
from tests.storage.figures.small import COURSE, NORTH, WHOLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

MISSING: dict[str, Any] = {"bit": Bit.EXPECTED, "without": Bit.COMPLETED}
# id, name, school today, school that counts, bits
PEOPLE = (
    (1, "Ánh", 1, 1, Bit.EXPECTED), (2, "An", 1, 1, Bit.EXPECTED | Bit.REGISTERED),
    (3, "Bình", 1, 1, Bit.EXPECTED | Bit.COMPLETED), (4, "Cúc", 3, 1, Bit.EXPECTED),
    (5, "Dung", 3, 3, Bit.EXPECTED), (6, "Em", 1, 1, Bit.ON_LEAVE),
)  # fmt: skip


def build(db: Connection) -> None:
    small.build(db)
    small.add(db, models.Person, *(
        {"id": id_, "full_name": name, "sort_key": f"{name}", "folded": name.lower(),
         "position": Position.TEACHER, "school_id": school, "source": Source.ROSTER}
        for id_, name, school, _, _ in PEOPLE
    ))  # fmt: skip
    small.add(db, models.Counted, *(
        {"subject_id": COURSE, "person_id": id_, "school_id": school, "bits": int(bits)}
        for id_, _, _, school, bits in PEOPLE
    ))  # fmt: skip
    # A person who was deleted: the figure stays, the name is gone.
    small.add(db, models.Counted,
              {"subject_id": COURSE, "person_id": 99, "school_id": 1, "bits": 1})  # fmt: skip


def test_the_names_behind_a_figure_as_far_as_the_scope_reaches(db: Connection) -> None:
    build(db)

    whole = names.people(db, WHOLE, COURSE, **MISSING, limit=9)
    assert [one.full_name for one in whole] == ["An", "Cúc", "Ánh", "Dung"]
    assert whole[2].bits is Bit.EXPECTED
    assert (whole[3].school, whole[3].school_id) == ("Trường MN Số 3", 3)
    # Who works elsewhere by now is counted, and not named to those whose school it was.
    north = names.people(db, NORTH, COURSE, **MISSING, limit=9)
    assert [one.full_name for one in north] == ["An", "Ánh"]
    assert names.count(db, NORTH, COURSE, **MISSING) == 4
    assert names.count(db, WHOLE, COURSE, **MISSING) == 5


def test_names_of_a_part_come_page_by_page(db: Connection) -> None:
    build(db)
    part = {**MISSING, "within": Within(View.SCHOOL, 1)}

    pages = [names.people(db, WHOLE, COURSE, **part, limit=2, offset=at) for at in (0, 2)]
    assert [one.person_id for page in pages for one in page] == [2, 4, 1]
    assert (
        names.people(db, NORTH, COURSE, Bit.EXPECTED, within=Within(View.SCHOOL, 3), limit=9) == []
    )
    leave = names.people(db, WHOLE, COURSE, Bit.ON_LEAVE, limit=9)
    assert [one.full_name for one in leave] == ["Em"]
