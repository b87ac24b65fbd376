"""When principals and officers can be asked: not twice in three days, nor twice on one day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import send_times
from storage.figures.nudge_rules import DAYS, SPACING, midnight
from storage.models import Nudge

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(slots=True)
class Diary:
    """What people are asked, by day, and what is being planned for them about one subject.

    `corrections` are those of the calendar of holidays.
    """

    subject_id: int
    corrections: Mapping[date, bool]
    _known: defaultdict[int, list[tuple[int, date]]] = field(
        default_factory=lambda: defaultdict[int, list[tuple[int, date]]](list)
    )

    def read(self, db: Connection, people: Collection[int], now: datetime) -> None:
        """Read what these people were asked lately, and will be."""
        rows = db.execute(
            select(Nudge.person_id, Nudge.subject_id, Nudge.at).where(
                Nudge.person_id.in_(sorted(people)),
                Nudge.missing > 0,
                Nudge.at >= midnight(now.date() - SPACING, now),
            )
        )
        for row in rows:
            day = row.at.astimezone(now.tzinfo).date()
            self._known[row.person_id].append((row.subject_id, day))

    def note(self, person_id: int, at: datetime) -> None:
        """Somebody is going to be asked about the subject at this moment, in the local zone."""
        self._known[person_id].append((self.subject_id, at.date()))

    def slot(self, person_id: int, wanted: datetime) -> datetime | None:
        """The first good hour from a moment on; None for whoever is asked about it around then."""
        at = send_times.preferred(wanted, self.corrections)
        mine = self._known[person_id]
        while any(day == at.date() and about != self.subject_id for about, day in mine):
            tomorrow = midnight(at.date() + timedelta(days=1), at)
            at = send_times.preferred(tomorrow, self.corrections)
        if any(about == self.subject_id and abs((day - at.date()).days) < DAYS
               for about, day in mine):  # fmt: skip
            return None
        self.note(person_id, at)
        return at
