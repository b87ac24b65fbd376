"""Who of the invented people asked for which course, and how it went."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage.models.people import Position
from storage.models.registrations import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from random import Random

    from storage.sample.trainings import Draft

# What came before, where a standing is not the first: seats are asked for or sent to first.
_BEFORE = {
    Standing.GIVEN_UP: Standing.SEATED,
    Standing.EXCUSED: Standing.NOMINATED,
    Standing.ENDED: Standing.SEATED,
}
_REASONS = {Standing.GIVEN_UP: "đường xa", Standing.EXCUSED: "ốm"}


class Seating:
    """Deals out places course by course; nobody is in two places on one day."""

    def __init__(
        self,
        rng: Random,
        now: datetime,
        people: Iterable[Mapping[str, Any]],
        schools: Sequence[Mapping[str, Any]],
        paths: Mapping[int | None, str],
    ) -> None:
        self.registrations: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self._rng = rng
        self._now = now
        self._people = list(people)
        self._schools = {school["id"]: school for school in schools}
        self._paths = paths
        self._busy: set[tuple[int, date]] = set()
        self._principals = {
            person["school_id"]: person["id"]
            for person in self._people
            if person["position"] is Position.PRINCIPAL
        }

    def fill(self, draft: Draft, course_id: int, sender_id: int) -> None:
        """Places of one course, in the order of their turns; officers' picks are `sender_id`'s."""
        standings = [standing for standing, count in draft.standings.items() for _ in range(count)]
        opened = (draft.closes_at or self._now) - timedelta(days=30)
        opened = min(opened, self._now - timedelta(days=12))
        closed = min(self._now, draft.closes_at or self._now)
        step = (closed - opened) / (len(standings) + 1)
        chosen = self._choose(draft, len(standings))
        for turn, (person, standing) in enumerate(zip(chosen, standings, strict=True), 1):
            self._busy |= {(person["id"], day) for day in draft.days()}
            history = self._history(person, standing, draft, sender_id)
            at = (opened + step * turn).replace(second=0, microsecond=0)
            self._tell(history, at)
            self.registrations.append(
                {
                    "id": len(self.registrations) + 1, "course_id": course_id,
                    "person_id": person["id"], "standing": standing, "turn": turn,
                    "provisional": False, "changed_at": self.events[-1]["at"],
                    "nominated_by_id": sender_id if draft.mode == "nominated" else None,
                }
            )  # fmt: skip

    def _tell(self, history: list[tuple[Standing, int | None]], at: datetime) -> None:
        """The steps that led to the next registration."""
        number = len(self.registrations) + 1
        for step, (then, actor_id) in enumerate(history):
            self.events.append(
                {
                    "id": len(self.events) + 1, "registration_id": number,
                    "at": at + timedelta(minutes=20 * step), "standing": then,
                    "reason": _REASONS.get(then, ""), "actor_id": actor_id,
                }
            )  # fmt: skip

    def _history(
        self, person: Mapping[str, Any], standing: Standing, draft: Draft, sender_id: int
    ) -> list[tuple[Standing, int | None]]:
        own: int = person["id"]
        if draft.mode == "nominated":
            sent: tuple[Standing, int | None] = (Standing.NOMINATED, sender_id)
            return [sent] if standing is Standing.NOMINATED else [sent, (standing, own)]
        if draft.mode == "principal" and standing is Standing.SEATED:
            principal = self._principals.get(person["school_id"])
            return [(Standing.ASKED, own), (Standing.SEATED, principal)]
        if standing in _BEFORE:
            actor = None if standing is Standing.ENDED else own
            return [(_BEFORE[standing], own), (standing, actor)]
        return [(standing, own)]

    def _choose(self, draft: Draft, count: int) -> list[Mapping[str, Any]]:
        meant = [person for person in self._people if self._meant(person, draft)]
        self._rng.shuffle(meant)
        if draft.school_limit:
            meant = _limited(meant, draft.school_limit)
        return meant[:count]

    def _meant(self, person: Mapping[str, Any], draft: Draft) -> bool:
        """The rule of `storage.audience`, on rows that are not written yet."""
        school, rule = self._schools.get(person["school_id"]), draft.audience
        if school is None or any(person[day] for day in ("left_on", "leave_from")):
            return False
        where = self._paths[school["unit_id"]] + self._paths.get(school["old_unit_id"], "")
        return (
            person["position"] in rule.get("positions", (person["position"],))
            and school["type"] in rule.get("types", (school["type"],))
            and school["ownership"] in rule.get("ownership", (school["ownership"],))
            and (not rule.get("core") or person["core"] is not None)
            and any(f"/{unit}/" in where for unit in rule.get("units", (1,)))
            and all((person["id"], day) not in self._busy for day in draft.days())
        )


def _limited(people: Iterable[Mapping[str, Any]], limit: int) -> list[Mapping[str, Any]]:
    kept: list[Mapping[str, Any]] = []
    count: Counter[int] = Counter()
    for person in people:
        count[person["school_id"]] += 1
        if count[person["school_id"]] <= limit:
            kept.append(person)
    return kept
