"""People who take part in a course that is over, and whom nothing was counted of yet.

They had no school, or nobody knew them: once a school is found or they are confirmed, they count.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Date, bindparam, select, union

from storage.models import Completion, Counted, Registration, Subject

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection, Select

# People in one statement.
CHUNK: Final = 5_000


def _uncounted(of: type[Registration | Completion]) -> Select[*tuple[Any, ...]]:
    counted = select(Counted.person_id).where(
        Counted.subject_id == Subject.id, Counted.person_id == of.person_id, Counted.bits != 0
    )
    return (
        select(Subject.id, of.person_id)
        .join(Subject, Subject.course_id == of.course_id)
        .where(
            of.person_id.in_(bindparam("people", expanding=True)),
            Subject.last_day < bindparam("day", type_=Date),
            ~counted.exists(),
        )
    )


_BOTH: Final = union(_uncounted(Registration), _uncounted(Completion))


def of(db: Connection, people: Collection[int], day: date) -> dict[int, set[int]]:
    """By subject, those of these people whom a course that is over does not count, though in it."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    ordered = sorted(people)
    for start in range(0, len(ordered), CHUNK):
        some = {"people": ordered[start : start + CHUNK], "day": day}
        for subject_id, person_id in db.execute(_BOTH, some):
            found[subject_id].add(person_id)
    return dict(found)
