"""The end of every turn: what it changed is counted anew, before anybody can see it.

The order is the same in all turns, so that on PostgreSQL they never wait for each other in a
circle: courses, then gatherings, then indicators, each by the id of the subject; inside, people and
schools by theirs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import func, insert, select

from storage.figures import (
    course_subjects,
    courses,
    engine,
    gatherings,
    indicators,
    latecomers,
    marks,
    places,
)
from storage.models import (
    Completion,
    Counted,
    Course,
    CourseProgramme,
    FigureMark,
    IndicatorVersion,
    Person,
    School,
    Subject,
    SubjectKind,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import date

    from sqlalchemy import Connection, Select

    from storage.figures.courses import Counting
    from storage.figures.engine import Changes
    from storage.figures.marks import Marks
    from storage.figures.subjects import Topic

# More people than these are counted with everybody else: to list them would take as long.
MANY: Final = 100_000
# Ids in one statement.
CHUNK: Final = 5_000


def settle(db: Connection) -> None:
    """Bring the counters up to date with what changed in this turn; cheap where nothing did."""
    found = marks.drained(db)
    if found and (day := marks.held(db, found)):
        _settle(db, found, day)


def begin(db: Connection, day: date, since: date | None) -> None:
    """Count what a new day changes: the books were just opened on it, after `since`.

    The books must be held alone.
    """
    _settle(db, marks.drained(db) or marks.Marks(), day, since=since, begun=True)


def everything(db: Connection) -> None:
    """Let all be counted anew at the end of this turn: programmes, periods or units changed."""
    db.execute(insert(FigureMark).from_select(["course_id"], select(Course.id)))
    db.execute(insert(FigureMark).from_select(["school_id"], select(School.id)))


def _settle(
    db: Connection, found: Marks, day: date, *, since: date | None = None, begun: bool = False
) -> None:
    work = _Settling(db, day, first=begun and since is None)
    if found.schools:
        places.keep(db, found.schools, day)
        found.people |= _at(db, found.schools)
    work.courses(found)
    work.gatherings()
    work.indicators(found, since=since, begun=begun)


class _People:
    """Whom of each subject to count anew: some, or None for everybody."""

    def __init__(self) -> None:
        self._some: dict[int, Collection[int]] = {}
        self._all: set[int] = set()

    def add(self, subject_id: int, people: Collection[int] | None) -> None:
        """These as well."""
        if people is None or len(people) > MANY:
            self._all.add(subject_id)
        elif people and subject_id not in self._all:
            known = self._some.get(subject_id)
            self._some[subject_id] = people if known is None else {*known, *people}

    def of(self, subject_id: int) -> Collection[int] | None:
        """Those of a subject."""
        return None if subject_id in self._all else self._some[subject_id]

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._all | self._some.keys()))


class _Touched(NamedTuple):
    """A course that changed: the days it had, and whom to look at (None: everybody)."""

    days: set[date | None]
    people: Collection[int] | None


class _Settling:
    """One settling, from the courses to what is made of them.

    `first`: nothing was ever counted.
    """

    def __init__(self, db: Connection, day: date, *, first: bool) -> None:
        self._db = db
        self._day = day
        self._first = first
        # Where nobody was written or deleted, whoever is asked for is still there.
        self._living = False
        self._touched: dict[int, _Touched] = {}
        # Courses of which more may have changed than people, and in which somebody completed.
        self._whole: set[int] = set()
        self._done: dict[int, set[int]] = {}

    def courses(self, found: Marks) -> None:
        """Count courses anew, in the order of their subjects."""
        self._living = not found.people
        kept = self._keep(found.courses)
        countings = {subject_id: one.course for subject_id, one in kept.items()}
        todo = _People()
        for subject_id in kept:
            todo.add(subject_id, None)
        for course, people in self._of_people(found):
            countings[course.id] = course
            todo.add(course.id, people)
        for subject_id in todo:
            was = kept.get(subject_id)
            course = countings[subject_id]
            changes = self._count(course, todo.of(subject_id), new=bool(was and was.new))
            self._note(course, changes, {was.was_last_day} if was else set())

    def _keep(self, course_ids: set[int]) -> dict[int, course_subjects.Kept]:
        if not course_ids:
            return {}
        self._whole = course_ids
        kept: dict[int, course_subjects.Kept] = {}
        for one in course_subjects.keep(self._db, course_ids, self._day):
            if isinstance(one, course_subjects.Kept):
                kept[one.course.id] = one
            else:
                self._touched[one.course_id] = _Touched({one.last_day}, one.people)
                self._done[one.course_id] = set(one.people)
        return kept

    def _of_people(self, found: Marks) -> Iterator[tuple[Counting, Collection[int]]]:
        """What counts people by a place of theirs, or by themselves.

        By themselves they count in courses that go on, and those who were not counted yet in what
        they took part in; those who are gone, anywhere.
        """
        pairs = {each: found.pairs[each] for each in found.pairs if each not in self._whole}
        for course in courses.of_courses(self._db, pairs) if pairs else ():
            yield course, pairs[course.course_id]
        if found.people:
            for course in courses.live(self._db, self._day):
                yield course, found.people
            late = latecomers.of(self._db, found.people, self._day)
            for course in courses.of_subjects(self._db, late) if late else ():
                yield course, late[course.id]
            lost = _lost(self._db, found.people)
            for course in courses.of_subjects(self._db, _counting(self._db, lost)) if lost else ():
                yield course, lost

    def _count(self, course: Counting, people: Collection[int] | None, *, new: bool) -> Changes:
        fresh = courses.fresh(course, self._day, whole=people is None, new=new)
        return engine.book(
            self._db, course, fresh, people, self._day, course.params(self._day),
            total=self._living and course.state in courses.RUNNING,
        )  # fmt: skip

    def _note(self, course: Counting, changes: Changes, days: set[date | None]) -> None:
        """What this changes beyond the course."""
        people: Collection[int] | None = changes.people
        if self._first:
            people = None
        elif course.course_id in self._whole:
            # Its days or its programmes may be others: everybody counts there or no more.
            people = _counted(self._db, course.id) | changes.people
        if people is None or people:
            self._touched[course.course_id] = _Touched(days | {course.last_day}, people)
        if changes.done and not self._first:
            self._done[course.course_id] = changes.done

    def gatherings(self) -> None:
        """Count gatherings anew that are made of the courses that changed."""
        days = {day for one in self._touched.values() for day in one.days if day}
        if not days:
            return
        newest = _newest(self._db)
        programmes = _programmes(self._db, self._touched)
        around = gatherings.around(self._db, days)
        topics: dict[int, Topic] = {}
        todo = _People()
        for course_id, one in self._touched.items():
            mine = programmes[course_id] | {None}
            for topic in around:
                within = any(day and topic.covers(day) for day in one.days)
                if within and (topic.programme_id in mine or course_id in self._whole):
                    topics[topic.id] = topic
                    todo.add(topic.id, one.people if topic.id <= newest else None)
        self._book(topics, todo, gatherings.fresh)

    def indicators(self, found: Marks, *, since: date | None, begun: bool) -> None:
        """Count indicators anew: of people who changed, and of those who completed something."""
        topics: dict[int, Topic] = {}
        todo = _People()
        for topic, people in (*self._live(found, since, begun=begun), *self._trained()):
            topics[topic.id] = topic
            todo.add(topic.id, people)
        self._book(topics, todo, indicators.fresh)

    def _live(
        self, found: Marks, since: date | None, *, begun: bool
    ) -> Iterator[tuple[Topic, Collection[int] | None]]:
        if not (found.people or begun):
            return
        newest = _newest(self._db)
        renewed = _renewed(self._db, since, self._day) if begun else set[int]()
        for topic in indicators.live(self._db, self._day):
            whole = topic.id > newest or topic.indicator_id in renewed
            yield topic, None if whole else found.people

    def _book(
        self,
        topics: dict[int, Topic],
        todo: _People,
        fresh: Callable[[Connection, Topic, date], Select[Any]],
    ) -> None:
        for subject_id in todo:
            topic = topics[subject_id]
            statement = fresh(self._db, topic, self._day)
            engine.book(
                self._db, topic, statement, todo.of(subject_id), self._day,
                dated=topic.kind is not SubjectKind.INDICATOR,
            )  # fmt: skip

    def _trained(self) -> Iterator[tuple[Topic, set[int]]]:
        for course_id, people in self._done.items():
            if course_id not in self._whole:
                for topic in indicators.trained_by(self._db, [course_id]):
                    yield topic, people
        if self._whole and not self._first:
            people = _completed(self._db, self._whole).union(*self._done.values())
            for topic in indicators.trained_by(self._db, None) if people else ():
                yield topic, people


# What is asked of the database


def _ids(db: Connection, statement: Select[Any], column: Any, ids: Collection[int]) -> set[int]:
    """The first column of a statement about these ids, some thousands at a time."""
    ordered = sorted(ids)
    return {
        each
        for start in range(0, len(ordered), CHUNK)
        for each in db.execute(
            statement.where(column.in_(ordered[start : start + CHUNK]))
        ).scalars()
    }


def _at(db: Connection, schools: Collection[int]) -> set[int]:
    return _ids(db, select(Person.id), Person.school_id, schools)


def _lost(db: Connection, people: set[int]) -> set[int]:
    """Those who were deleted: an import that is undone takes away whom it brought."""
    return people - _ids(db, select(Person.id), Person.id, people)


def _counting(db: Connection, people: Collection[int]) -> set[int]:
    """The subjects that count any of these."""
    counting = select(Counted.subject_id).where(Counted.bits != 0).distinct()
    return _ids(db, counting, Counted.person_id, people)


def _completed(db: Connection, course_ids: Collection[int]) -> set[int]:
    return _ids(db, select(Completion.person_id), Completion.course_id, course_ids)


def _counted(db: Connection, subject_id: int) -> set[int]:
    statement = select(Counted.person_id).where(Counted.subject_id == subject_id)
    return set(db.execute(statement.where(Counted.bits != 0)).scalars())


def _programmes(db: Connection, course_ids: Collection[int]) -> defaultdict[int, set[int | None]]:
    found: defaultdict[int, set[int | None]] = defaultdict(set)
    linked = select(CourseProgramme.course_id, CourseProgramme.programme_id)
    ordered = sorted(course_ids)
    for start in range(0, len(ordered), CHUNK):
        some = CourseProgramme.course_id.in_(ordered[start : start + CHUNK])
        for course_id, programme_id in db.execute(linked.where(some)):
            found[course_id].add(programme_id)
    return found


def _newest(db: Connection) -> int:
    """The id of the newest subject: one that is made after this is counted from nothing."""
    return db.execute(select(func.max(Subject.id))).scalar() or 0


def _renewed(db: Connection, since: date | None, day: date) -> set[int]:
    """Indicators of which a definition begins after a day, or ever, up to another day."""
    begun = select(IndicatorVersion.indicator_id).where(IndicatorVersion.valid_from <= day)
    if since:
        begun = begun.where(IndicatorVersion.valid_from > since)
    return set(db.execute(begun).scalars())
