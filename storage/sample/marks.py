"""Who of the invented people was at the courses that are over, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.models import Evidence, Mark, Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from random import Random

    from storage.sample.trainings import Draft

# Of a hundred people: absent without leave, with leave, late; all others were there in time.
_MARKS = ((Mark.ABSENT, 0.02), (Mark.EXCUSED, 0.04), (Mark.LATE, 0.08))
# Of a hundred results: not passed, not known yet.
_FAILED, _UNKNOWN = 0.04, 0.10
# Scores in hundredths of the scale 0-10, by halves.
_LOW, _HIGH = (300, 450), (600, 950)


class Rolls:
    """Marks of every session and results of the courses that ask for one, course by course."""

    def __init__(self, rng: Random, now: datetime, officer_id: int) -> None:
        self.attendance: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self._rng = rng
        self._now = now
        self._officer_id = officer_id

    def call(
        self,
        draft: Draft,
        course_id: int,
        session_ids: Sequence[int],
        registrations: Iterable[Mapping[str, Any]],
    ) -> None:
        """Whoever held a seat, in the order of their turns; a course not over has no roll."""
        ends = [session["ends_at"] for session in draft.sessions]
        if not all(end and end < self._now for end in ends):
            return
        for row in registrations:
            if row["course_id"] != course_id or row["standing"] is not Standing.SEATED:
                continue
            for session_id, end in zip(session_ids, ends, strict=True):
                self.attendance.append(self._marked(session_id, row["person_id"], end))
            if draft.completion.get("result"):
                self._graded(draft, course_id, row["person_id"], max(ends))

    def _marked(self, session_id: int, person_id: int, at: datetime) -> dict[str, Any]:
        share = self._rng.random()
        mark = next((mark for mark, up_to in _MARKS if share < up_to), Mark.PRESENT)
        return {"session_id": session_id, "mark": mark, **self._said(person_id, at)}

    def _graded(self, draft: Draft, course_id: int, person_id: int, at: datetime) -> None:
        share, better = self._rng.random(), self._rng.random()
        if _FAILED <= share < _UNKNOWN:
            return
        passed = share >= _FAILED
        low, high = _HIGH if passed else _LOW
        score = low + 50 * round(better * (high - low) / 50)
        scored = draft.completion["result"] == "score"
        self.results.append(
            {
                "course_id": course_id, "score": score if scored else None,
                "passed": None if scored else passed, "assignment": None,
                **self._said(person_id, at),
            }
        )  # fmt: skip

    def _said(self, person_id: int, at: datetime) -> dict[str, Any]:
        """Marked by hand by the officer who ran the course, at the end of that day."""
        return {
            "person_id": person_id, "evidence": Evidence.TRAINER, "at": at,
            "by_id": self._officer_id,
        }  # fmt: skip
