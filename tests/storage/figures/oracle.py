"""What figures have to be: plain Python over all rows, told after every turn. No code of ours.

Nothing here is fast or clever. The rules are written down once more, from the design and not from
the statements; what a figure was on a day is remembered as it was booked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import models, worktime
from tests.storage.figures.every_row import Rows
from tests.talk import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

REFORM = date(2025, 7, 1)
HOLDS = {"seated", "asked", "offered", "nominated"}
GIVEN_UP = {"given up", "lapsed", "refused"}
ON_DAY = {"completed", "on_time", "others_done"}


@dataclass(frozen=True)
class Pair:
    """What one person adds: where, and the names of the columns."""

    school: int
    columns: frozenset[str]
    done_on: date | None = None


@dataclass
class Told:
    """Of one subject: everybody's pair as it is now, and what was booked on which day."""

    pairs: dict[int, Pair] = field(default_factory=dict)
    booked: Counter[tuple[int, date, str]] = field(default_factory=Counter)
    opened_on: date | None = None


class Oracle:
    """Watches a world from turn to turn, and knows its figures on every day since."""

    def __init__(self) -> None:
        self.told: defaultdict[str, Told] = defaultdict(Told)
        self.places: defaultdict[int, list[tuple[date, int]]] = defaultdict(list)
        self.rows: Rows

    def observe(self, db: Connection, day: date) -> None:
        """See what a turn has changed."""
        self.rows = Rows(db)
        self._see_places(day)
        for course in self.rows.Course:
            self._see_course(course, day)
        for row in db.execute(select(models.Subject.__table__)).mappings():
            if row["kind"].value == "gathering":
                period = self._period(row["period_id"])
                self._book(row["key"], self._gathering(row), day, period["last_day"])
        for row in db.execute(select(models.Subject.__table__)).mappings():
            if row["kind"].value == "indicator":
                period = self._period(row["period_id"])
                self._book(row["key"], self._indicator(row, day), day, period["last_day"])

    # Schools and units

    def _see_places(self, day: date) -> None:
        for school in self.rows.School:
            mine = self.places[school["id"]]
            if not mine:
                before = school["old_unit_id"]
                first = [(date.min, before), (REFORM, school["unit_id"])]
                mine += first if before else [(date.min, school["unit_id"])]
            elif mine[-1][1] != school["unit_id"]:
                mine.append((day, school["unit_id"]))

    def commune(self, school_id: int, day: date) -> int:
        """The unit a school lay in at the end of a day."""
        return next(unit for first, unit in reversed(self.places[school_id]) if first <= day)

    def district(self, school_id: int) -> int | None:
        """The former district of a school, by the old commune it keeps."""
        old = self.rows.by_id("School")[school_id]["old_unit_id"]
        return self.rows.by_id("Unit")[old]["parent_id"] if old else None

    def province(self, school_id: int) -> int | None:
        """The former province of a school."""
        district = self.district(school_id)
        return self.rows.by_id("Unit")[district]["parent_id"] if district else None

    # Courses

    def _see_course(self, course: dict[str, Any], day: date) -> None:
        key = f"course:{course['id']}"
        state = course["state"].value
        if key not in self.told and state in {"cancelled", "draft"}:
            return
        new = key not in self.told
        told = self.told[key]
        told.opened_on = told.opened_on or day
        last = self.last_day(course["id"])
        over = last is not None and day > last and not new
        at = min(day, last or day)
        pairs = {} if state == "cancelled" else dict(self._course(course, told, at, over=over))
        self._book(key, pairs, day, last)

    def last_day(self, course_id: int) -> date | None:
        """The last local day of a course once every session of it has one."""
        days: list[date | None] = []
        for one in self.rows.Session:
            if one["course_id"] == course_id:
                end = one["ends_at"] or one["starts_at"]
                settled = one["last_day"] or one["first_day"]
                days.append(end.astimezone(ZONE).date() if end else settled)
        known = [each for each in days if each]
        return max(known) if known and len(known) == len(days) else None

    def due_on(self, last: date | None) -> date | None:
        """Until when a course that ends on a day is completed in time."""
        for period in self.rows.Period:
            yearly = period["kind"].value == "calendar"
            if last and yearly and period["first_day"] <= last <= period["last_day"]:
                if not period["report_before"]:
                    return period["last_day"]
                safe = period["report_before"] - timedelta(days=1)
                while not worktime.is_working(safe):
                    safe -= timedelta(days=1)
                return safe
        return None

    def _course(
        self, course: dict[str, Any], told: Told, day: date, *, over: bool
    ) -> Iterator[tuple[int, Pair]]:
        seats = {
            r["person_id"]: r for r in self.rows.Registration if r["course_id"] == course["id"]
        }
        ends = {c["person_id"]: c for c in self.rows.Completion if c["course_id"] == course["id"]}
        held = sum(one["course_id"] == course["id"] for one in self.rows.Session)
        due = self.due_on(self.last_day(course["id"]))
        for person in self.rows.Person:
            was = told.pairs.get(person["id"]) if over else None
            seat, end = seats.get(person["id"]), ends.get(person["id"])
            standing = seat["standing"].value if seat else ""
            state = end["state"].value if end else ""
            done = state == "completed"
            if was:
                base = was.columns & {"expected", "on_leave", "left"}
                meant, works = bool(base), "expected" in base
                away, gone = "on_leave" in base, "left" in base
            elif over:
                # Who comes later was not expected; but a nomination may be learnt late.
                late = course["mode"].value == "nominated" and standing not in {"", "ended"}
                meant = works = late and self._known(person) and self._works(person, day)
                away = gone = False
            else:
                sent = bool(seat) and standing != "ended"
                rule = course["mode"].value != "nominated"
                meant = self._admits(course["audience"], person) if rule else sent
                meant = meant and self._known(person)
                works = meant and self._works(person, day)
                gone = meant and self._gone(person, day)
                away = meant and not gone and not works
                assert told.opened_on
                gone = gone and person["left_on"] >= told.opened_on
            expected = works or (meant and done)
            there = bool(end) and end["attended"] > 0
            columns = set[str]()
            if expected:
                columns.add("expected")
                if standing in HOLDS:
                    columns.add("registered")
                if standing in GIVEN_UP:
                    columns.add("given_up")
                columns |= {standing} & {"waiting", "excused"}
                columns |= {"attended"} if there else set()
                columns |= {"failed"} if state == "not completed" else set()
                if done:
                    columns.add("completed")
                    if due is None or end["completed_on"] <= due:
                        columns.add("on_time")
                if state == "open" and 0 < held <= end["held"]:
                    columns.add("unknown")
            else:
                columns |= {"on_leave"} if away else set()
                columns |= {"left"} if gone else set()
                columns |= {"others"} if standing in HOLDS or there or done else set()
                columns |= {"others_done"} if done else set()
            decided = end["school_id"] if end else None
            school = was.school if was else decided or person["school_id"]
            if columns and school:
                done_on = end["completed_on"] if done else None
                yield person["id"], Pair(school, frozenset(columns), done_on)

    def _admits(self, rule: dict[str, Any], person: dict[str, Any]) -> bool:
        school = self.rows.by_id("School").get(person["school_id"] or 0)
        if school is None:
            return False
        units = self.rows.by_id("Unit")
        paths = units[school["unit_id"]]["path"]
        paths += units[school["old_unit_id"]]["path"] if school["old_unit_id"] else ""
        return (
            person["position"].value in (rule.get("positions") or [person["position"].value])
            and school["type"].value in (rule.get("types") or [school["type"].value])
            and school["ownership"].value in (rule.get("ownership") or [school["ownership"].value])
            and (not rule.get("core") or person["core"] is not None)
            and (not rule.get("units") or any(f"/{unit}/" in paths for unit in rule["units"]))
        )

    @staticmethod
    def _known(person: dict[str, Any]) -> bool:
        listed = person["source"].value != "self" or person["verified_at"] is not None
        return listed and person["merged_into_id"] is None

    @staticmethod
    def _gone(person: dict[str, Any], day: date) -> bool:
        return person["left_on"] is not None and person["left_on"] <= day

    def _works(self, person: dict[str, Any], day: date) -> bool:
        start, end = person["leave_from"], person["leave_to"]
        away = start is not None and start <= day and (end is None or day <= end)
        return not away and not self._gone(person, day)

    # Gatherings

    def _gathering(self, subject: Any) -> dict[int, Pair]:
        period = self._period(subject["period_id"])
        found: defaultdict[int, list[tuple[int, Pair]]] = defaultdict(list)
        for course in self.rows.Course:
            told = self.told.get(f"course:{course['id']}")
            last = self.last_day(course["id"])
            inside = last is not None and period["first_day"] <= last <= period["last_day"]
            if told and inside and self._serves(course["id"], subject["programme_id"]):
                for person_id, pair in told.pairs.items():
                    found[person_id].append((course["id"], pair))
        gathered = {person_id: self._together(pairs) for person_id, pairs in found.items()}
        return {person_id: pair for person_id, pair in gathered.items() if pair.columns}

    def _serves(self, course_id: int, programme_id: int | None) -> bool:
        return programme_id is None or any(
            link["course_id"] == course_id and link["programme_id"] == programme_id
            for link in self.rows.CourseProgramme
        )

    @staticmethod
    def _together(pairs: list[tuple[int, Pair]]) -> Pair:
        every = frozenset[str]().union(*(pair.columns for _, pair in pairs))
        kept = every & {
            "expected", "attended", "completed", "on_time", "others", "others_done",
        }  # fmt: skip
        if "completed" not in every:
            kept |= every & {"failed", "unknown"}
        if "expected" not in every:
            kept |= every & {"on_leave", "left"}
        if "attended" not in every:
            kept |= every & {"excused"}
        done = sorted(((p.done_on, c, p) for c, p in pairs if p.done_on), key=lambda d: d[:2])
        latest = max(pairs, key=lambda each: each[0])[1]
        school = done[0][2].school if done else latest.school
        return Pair(school, kept, done[0][0] if done else None)

    # Indicators

    def _period(self, period_id: int) -> dict[str, Any]:
        return self.rows.by_id("Period")[period_id]

    def _indicator(self, subject: Any, day: date) -> dict[int, Pair]:
        period = self._period(subject["period_id"])
        indicator = self.rows.by_id("Indicator")[subject["indicator_id"]]
        versions = [
            one for one in self.rows.IndicatorVersion
            if one["indicator_id"] == indicator["id"] and one["valid_from"] <= day
        ]  # fmt: skip
        if not versions:
            return {}
        rule = max(versions, key=lambda one: one["valid_from"])["rule"]
        trained = self._trained(indicator["programme_id"], period)
        was = self.told[subject["key"]].pairs
        if day > period["last_day"]:
            return dict(self._late(was, rule, trained))
        found: dict[int, Pair] = {}
        for person in self.rows.Person:
            if not person["school_id"] or not self._known(person):
                continue
            ratings = self._ratings(period)
            if not self._means(rule["denominator"], person, trained, ratings):
                continue
            if self._gone(person, day):
                late = person["left_on"] >= period["first_day"]
                columns = {"left"} if late else set[str]()
            elif not self._works(person, day):
                columns = {"on_leave"}
            elif self._unknown(rule["numerator"], person, ratings):
                columns = {"expected", "unknown"}
            elif self._means(rule["numerator"], person, trained, ratings):
                columns = {"expected", "completed"}
            else:
                columns = {"expected", "failed"}
            if columns:
                found[person["id"]] = Pair(person["school_id"], frozenset(columns))
        return found

    @staticmethod
    def _late(
        was: dict[int, Pair], rule: dict[str, Any], trained: set[int]
    ) -> Iterator[tuple[int, Pair]]:
        asks = bool(rule["numerator"].get("trained"))
        for person_id, pair in was.items():
            if asks and "expected" in pair.columns:
                done = person_id in trained
                columns = {"expected", "completed" if done else "failed"}
                yield person_id, Pair(pair.school, frozenset(columns), pair.done_on)
            else:
                yield person_id, pair

    def _trained(self, programme_id: int, period: dict[str, Any]) -> set[int]:
        return {
            row["person_id"]
            for row in self.rows.Completion
            if row["state"].value == "completed"
            and period["first_day"] <= row["completed_on"] <= period["last_day"]
            and self._serves(row["course_id"], programme_id)
            and self.rows.by_id("Course")[row["course_id"]]["state"].value != "cancelled"
        }

    @staticmethod
    def _ratings(period: dict[str, Any]) -> set[str]:
        last = period["last_day"].year
        return {f"{last - 1}-{last}", f"{last - 2}-{last - 1}"}

    def _means(
        self, rule: dict[str, Any], person: dict[str, Any], trained: set[int], ratings: set[str]
    ) -> bool:
        if "any" in rule and not any(
            self._means(one, person, trained, ratings) for one in rule["any"]
        ):
            return False
        tests = {
            "positions": lambda: person["position"].value in rule["positions"],
            "qualifications": lambda: _value(person["qualification"]) in rule["qualifications"],
            "ratings": lambda: (
                self._rated(person, ratings) and _value(person["rating"]) in rule["ratings"]
            ),
            "rated": lambda: self._rated(person, ratings) == rule["rated"],
            "core": lambda: (person["core"] is not None) == rule["core"],
            "trained": lambda: (person["id"] in trained) == rule["trained"],
        }
        return all(test() for key, test in tests.items() if key in rule)

    @staticmethod
    def _rated(person: dict[str, Any], ratings: set[str]) -> bool:
        checked = _value(person["rating_source"]) != "self"
        return person["rating"] is not None and checked and person["rating_year"] in ratings

    def _unknown(self, rule: dict[str, Any], person: dict[str, Any], ratings: set[str]) -> bool:
        lacks = "qualifications" in rule and person["qualification"] is None
        return lacks or ("ratings" in rule and not self._rated(person, ratings))

    # Books

    def _book(self, key: str, pairs: dict[int, Pair], day: date, last: date | None = None) -> None:
        told = self.told[key]
        booked = min(day, last) if last else day
        nobody = Pair(0, frozenset())
        for person_id in told.pairs.keys() | pairs.keys():
            was, now = told.pairs.get(person_id, nobody), pairs.get(person_id, nobody)
            moved = was.school != now.school
            at = booked
            if moved and now.done_on and not was.done_on:
                at = min(booked, now.done_on)  # nobody completes where they are not expected
            for column in was.columns - (frozenset() if moved else now.columns) | _redated(
                was, now
            ):
                on = was.done_on if column in ON_DAY and was.done_on else at
                told.booked[was.school, on, column] -= 1
            for column in now.columns - (frozenset() if moved else was.columns) | _redated(
                now, was
            ):
                on = now.done_on if column in ON_DAY and now.done_on else at
                told.booked[now.school, on, column] += 1
            if now.columns:
                pairs[person_id] = now
        told.pairs = pairs

    def figures(self, key: str, day: date) -> dict[int, Counter[str]]:
        """By school, what every column was at the end of a day."""
        found: defaultdict[int, Counter[str]] = defaultdict(Counter)
        for (school, on, column), by in self.told[key].booked.items():
            if on <= day:
                found[school][column] += by
        return {school: +columns for school, columns in found.items() if +columns}


def _redated(one: Pair, other: Pair) -> frozenset[str]:
    """Columns of a completion that both have, where its day has changed."""
    both = one.columns & other.columns & ON_DAY
    return both if one.done_on != other.done_on else frozenset()


def _value(kept: Any) -> Any:
    return kept.value if kept is not None else None
