"""Questions about figures in words: a table of them, what each means and how it is answered.

`figure_questions.txt` holds a question (who asks, and what), then what it means, then lines of the
answer on the sample town, the first of them its first line. S is an officer of the Sở, C one of xã
Tuy Đức, T a teacher, P the principal of Trường MN Hoa Cúc.
"""

from __future__ import annotations

import random
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from handlers import figure_grammar
from handlers.figure_names import Name
from handlers.figure_terms import TERMS
from storage import roles, scopes, units
from storage.figures import rows, subjects, titles
from storage.models import Person, RoleKind, SubjectKind
from storage.statistics import View
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.figure_grammar import Question
    from storage.units import Mention
    from tests.talk import Phone, Town

# The commune or school that a choice names, and what a figure is counted against.
PART = re.compile(r"^(?:figure \d+ \w \d+|unmet \d+) [cs] (\d+)")
FIGURE = re.compile(r"/([\d.]+) ·")
TABLE = Path(__file__).with_name("figure_questions.txt")
OFFICERS = {
    "S": "Đinh Thị Thu Hằng", "C": "Lê Văn Tình", "T": "H'Mai Byă", "P": "Nguyễn Thị Hoa",
}  # fmt: skip
NONE = "not about figures"


@dataclass
class Entry:
    """One question of the table."""

    who: str
    text: str
    meaning: str = ""
    lines: list[str] = field(default_factory=list)


def table() -> list[Entry]:
    entries: list[Entry] = []
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith(("S: ", "C: ", "T: ", "P: ")):
            entries.append(Entry(line[0], line[3:]))
        elif line.startswith("   = "):
            entries[-1].meaning = line[5:]
        elif line.startswith("   > "):
            entries[-1].lines.append(line[5:])
    return entries


def names(db: Connection, today: date) -> dict[int, Name]:
    listed, said = subjects.listed(db, today), titles.known(db)
    return {
        one.id: Name(
            one.id, one.kind, one.code.lower(),
            tuple(each for each in (said[one.id].short, said[one.id].whole) if each),
            said[one.id].letter,
            subjects.target(db, one, today) if one.kind is SubjectKind.INDICATOR else None,
        )
        for one in listed
    }  # fmt: skip


def meaning(question: Question | None, known: dict[int, Name]) -> str:
    """What was read, in the words of the table."""
    if question is None:
        return NONE
    found = {
        "want": "" if question.want == "figure" else question.want.value,
        "measure": question.measure.value if question.measure else "",
        "kind": question.kind.value if question.kind and not question.topics else "",
        "topics": ", ".join(dict.fromkeys(_called(known[one]) for one in question.topics)),
        "near": ", ".join(f"~{_called(known[one])}" for one in question.near),
        "places": " + ".join(
            " | ".join(f"{one.name} cũ" if one.former else one.name for one in each)
            for each in question.places
        ),
        "own": f"own {question.own}" if question.own else "",
        "view": f"by {question.view}" if question.view else "",
        "day": f"as of {question.times.day}" if question.times.day else "",
        "ahead": f"ahead {question.times.ahead}" if question.times.ahead else "",
        "span": f"{question.times.span[0]} to {question.times.span[1]}"
        if question.times.span
        else "",
        "missing": f"no {question.missing}" if question.missing else "",
        "unread": f"? {' ? '.join(question.unread)}" if question.unread else "",
    }
    return " · ".join(each for each in found.values() if each) or "figures"


def _called(name: Name) -> str:
    return name.code.upper() or name.letter or name.names[0]


def read(db: Connection, texts: list[str]) -> list[str]:
    today = MONDAY.date()
    known_names = names(db, today)
    mentions = partial(units.mentions, db, today=today)
    listed = list(known_names.values())
    return [
        meaning(figure_grammar.read(text, listed, mentions, today), known_names) for text in texts
    ]


async def ask(phone: Phone, entry: Entry) -> list[str]:
    """The answer, line by line; a step that something else has opened is left."""
    said = await phone.say(entry.text)
    if entry.meaning == NONE:
        await phone.say("menu")
    return said.split("\n")


async def test_every_question_is_read_and_answered_or_asked_back(town: Town) -> None:
    entries = table()
    assert len(entries) >= 60
    phones = {who: await known(town, name) for who, name in OFFICERS.items()}
    await town.database.turn(_head)

    wrong: list[tuple[str, object, object]] = []
    meant = await town.database.read(lambda db: read(db, [one.text for one in entries]))
    wrong += [
        (one.text, one.meaning, found)
        for one, found in zip(entries, meant, strict=True)
        if one.meaning != found
    ]
    for one in entries:
        answer = await ask(phones[one.who], one)
        kept = iter(answer)
        if answer[0] != one.lines[0] or not all(each in kept for each in one.lines):
            wrong.append((one.text, one.lines, answer[:5]))
        assert len(phones[one.who].last.text) <= 300, one.text

    assert not wrong


def _head(db: Connection) -> None:
    """Let the principal have the role."""
    found = db.execute(select(Person).where(Person.full_name == OFFICERS["P"]).limit(1)).one()
    day = MONDAY.date()
    roles.grant(db, found.id, RoleKind.PRINCIPAL, day, school_id=found.school_id)


async def test_the_same_letters_in_parts_are_the_same_question(town: Town) -> None:
    hang = await known(town, OFFICERS["S"])
    asked = "Đắk Mil còn bao nhiêu người chưa đăng ký L12?"
    first = await hang.say(asked)

    assert await hang.say(unicodedata.normalize("NFD", asked)) == first


async def test_a_choice_contains_the_answer_it_leads_to(town: Town) -> None:
    hang = await known(town, OFFICERS["S"])
    await hang.say("tình hình đăng ký sơ cứu ở đắk mil")
    figures = [one.label.rpartition(": ")[2] for one in hang.last.choices if one.digit != "0"]

    assert len(figures) == 3
    for digit, figure in enumerate(figures, start=1):
        await hang.say("tình hình đăng ký sơ cứu ở đắk mil")
        assert figure in (await hang.say(str(digit))).split("\n")[0]


async def test_a_step_keeps_the_whole_message(town: Town) -> None:
    hang = await known(town, OFFICERS["S"])
    await hang.say("gửi thông báo cho giáo viên chưa đăng ký L12")

    said = await hang.say("Tỷ lệ hoàn thành lớp CNTT theo huyện cũ")

    assert "L15" not in said.split("\n")[0]
    assert "Tỷ lệ hoàn thành lớp CNTT theo huyện cũ" in said


async def test_nothing_is_ever_told_of_what_lies_outside(town: Town) -> None:
    tinh = await known(town, OFFICERS["C"])
    draw = random.Random(6)
    words = [
        "L12", "kpi1", "cntt", "85%", "đắk mil", "dak r'lap", "huyện", "cũ", "tuy đức", "theo",
        "xã", "trường", "toàn tỉnh", "đắk nông", "hoa cúc", "sao mai", "chưa học", "bao nhiêu",
        "thống kê", "tỷ lệ", "ai", "so với năm trước", "kịp không", "quảng tân", "30/10", "trừ",
        "lâm đồng", "tháng trước", "nghỉ dài ngày", "chỉ tiêu",
    ]  # fmt: skip

    most, inside = await town.database.read(_reach)
    named: list[int] = []
    counted: list[int] = []
    for _ in range(25):
        await tinh.say(" ".join(draw.sample(words, draw.randint(2, 6))))
        shown = tinh.last
        found = (PART.search(choice.action) for choice in shown.choices)
        named += [int(one[1]) for one in found if one]
        counted += [int(one.replace(".", "")) for one in FIGURE.findall(shown.written())]

    assert named
    assert counted
    assert set(named) <= inside
    assert max(counted) <= most


def _reach(db: Connection) -> tuple[int, set[int]]:
    """The most who are expected of anything in the officer's scope; its communes and schools."""
    named = select(Person.id).where(Person.full_name == OFFICERS["C"])
    scope = scopes.of(db, db.execute(named).scalar_one(), MONDAY.date())
    assert scope is not None
    listed = subjects.listed(db, MONDAY.date())
    totals = [rows.total(db, scope, one.id).count.expected for one in listed]
    schools = {
        row.id for one in listed for row in rows.by_unit(db, scope, one.id, View.SCHOOL) if row.id
    }
    return max(totals), schools | {reach.unit_id for reach in scope.reaches}


def nowhere(_words: object) -> list[Mention]:
    return []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([one.words for one in TERMS.values()]) | st.text(max_size=12),
                max_size=8))  # fmt: skip
def test_no_text_is_too_strange_to_be_read(parts: list[str]) -> None:
    text = " ".join(parts)
    course = Name(1, SubjectKind.COURSE, "l12", ("so cuu", "so cuu phong tranh tai nan"))

    found = figure_grammar.read(text, [course], nowhere, MONDAY.date())

    assert figure_grammar.hints(text) or found is None
    assert found is None or (set(found.topics) | set(found.near) <= {1} and not found.places)
