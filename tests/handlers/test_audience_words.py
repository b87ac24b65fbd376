"""Audiences in officers' words: a table of sentences, and what is never guessed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from handlers import audience_words
from handlers.audience_terms import MANAGERS, STAFF
from storage import broadcasts, recipients, scopes
from storage.database import address, sqlite
from storage.models import Course, Ownership, Person, Position, School, SchoolType, Unit
from storage.recipients import About, Rule
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from handlers.audience_words import Heard

    Hears = Callable[[str, str], Heard | None]

HANG, TINH = "Đinh Thị Thu Hằng", "Lê Văn Tình"
GV = Rule(positions=(Position.TEACHER,))
ALL = Rule(positions=STAFF)
CBQL = Rule(positions=MANAGERS)
HT = Rule(positions=(Position.PRINCIPAL,))


@pytest.fixture(scope="module")
def db(sample_file: Path) -> Iterator[Connection]:
    """The sample province, read only: what is written is rolled back."""
    engine = sqlite(address(f"sqlite:///{sample_file}"))
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture
def hears(db: Connection) -> Hears:
    def hear(officer: str, said: str) -> Heard | None:
        return audience_words.announcement(db, _scope(db, officer), said, MONDAY)

    return hear


def _scope(db: Connection, officer: str) -> scopes.Scope:
    person = db.execute(select(Person.id).where(Person.full_name == officer)).scalar_one()
    scope = scopes.of(db, person, MONDAY.date())
    assert scope
    return scope


def _rule(db: Connection, rule: Rule, where: tuple[str, ...], about: str) -> Rule:
    """The rule with names in place of ids: units, "trường" for schools, "L12 missing"."""
    ids: list[int] = []
    found: list[int] = []
    for name in where:
        school = db.execute(select(School.id).where(School.name == name)).scalars().first()
        if school:
            found.append(school)
            continue
        bare, old = name.removesuffix(" cũ"), name.endswith(" cũ")
        ended = Unit.valid_to.is_not(None) if old else Unit.valid_to.is_(None)
        ids.append(db.execute(select(Unit.id).where(Unit.name == bare, ended)).scalar_one())
    rule = replace(rule, units=tuple(ids), schools=tuple(found))
    if not about:
        return rule
    code, _, stands = about.partition(" ")
    course = db.execute(select(Course.id).where(Course.number == int(code[1:]))).scalar_one()
    return replace(rule, course_id=course, about=About[stands.upper()])


SENTENCES = [
    # (who speaks, what they write, the rule, its places, the training)
    (TINH, "gửi thông báo cho giáo viên xã mình chưa đăng ký L12", GV, (), "L12 missing"),
    (TINH, "gui thong bao cho giao vien xa minh chua dang ky l12", GV, (), "L12 missing"),
    (TINH, "guithongbao cho giaovien xaminh chuadangky L12", GV, (), "L12 missing"),
    (TINH, "guiwr thoong baso cho giaso vieen xax mifnh chuwa ddawng kys L12",
     GV, (), "L12 missing"),
    (TINH, "gui73 tho6ng ba1o cho gia1o vie6n xa4 mi2nh", GV, (), ""),
    (TINH, "gui thong bao cho giao vein chua dag ky L12", GV, (), "L12 missing"),
    (TINH, "Gửi thông báo cho GV xã tôi chưa ĐK L12 nhé", GV, (), "L12 missing"),
    (TINH, "gửi tin cho cô giáo ko đăng ký lớp 12", GV, (), "L12 missing"),
    (TINH, "thông báo cho tất cả giáo viên toàn xã", GV, (), ""),
    (TINH, "gửi thông báo cho tất cả hiệu trưởng xã mình", HT, (), ""),
    (TINH, "báo cho hiệu trưởng các trường: mai họp", HT, (), ""),
    (TINH, "gửi thông báo cho GV chưa đki L12", GV, (), "L12 missing"),
    (TINH, "thông báo cho mọi người", ALL, (), ""),
    (TINH, "nhắn tin cho hiệu trưởng các trường", HT, (), ""),
    (TINH, "gửi thông báo cho trường MN Hoa Cúc", ALL, ("Trường MN Hoa Cúc",), ""),
    (TINH, "gui thong bao cho truong mn hoa cuc: mai nghi", ALL, ("Trường MN Hoa Cúc",), ""),
    (TINH, "nhắn cho giáo viên Tuy Đức", GV, ("Xã Tuy Đức",), ""),
    (TINH, "gửi cho những người đã đăng ký L12 ở xã Tuy Đức",
     ALL, ("Xã Tuy Đức",), "L12 registered"),
    (TINH, "gửi thông báo cho giáo viên đang chờ L12", GV, (), "L12 waiting"),
    (TINH, "gửi thông báo cho cán bộ quản lý chưa trả lời L12", CBQL, (), "L12 unanswered"),
    (TINH, "gửi thông báo cho giáo viên chưa đăng ký lớp sơ cứu", GV, (), "L12 missing"),
    (TINH, "em muốn gửi thông báo cho BGH", CBQL, (), ""),
    (TINH, "/thongbao cho giáo viên xã mình", GV, (), ""),
    (HANG, "gui thong bao cho CBQL cac xa thuoc Cu Jut cu: doi lop sang 18/12",
     CBQL, ("Huyện Cư Jút cũ",), ""),
    (HANG, "gửi thông báo cho CBQL các xã Cư Jút cũ", CBQL, ("Huyện Cư Jút cũ",), ""),
    (HANG, "thông báo hiệu trưởng trường tư thục",
     replace(HT, ownership=(Ownership.PRIVATE,)), (), ""),
    (HANG, "nhan tin cho thay co L12", GV, (), "L12 registered"),
    (HANG, "gửi thông báo cho giáo viên cốt cán huyện Đắk Mil cũ",
     replace(GV, core=True), ("Huyện Đắk Mil cũ",), ""),
    (HANG, "gui thong bao cho gv cot can huyen dak mil cu",
     replace(GV, core=True), ("Huyện Đắk Mil cũ",), ""),
    (HANG, "gửi thông báo cho cán bộ các xã", Rule(officers=True), (), ""),
    (HANG, "gui tin cho nhom tre doc lap", replace(ALL, types=(SchoolType.GROUP,)), (), ""),
    (HANG, "thông báo cho lớp mẫu giáo độc lập", replace(ALL, types=(SchoolType.CLASS,)), (), ""),
    (HANG, "thông báo cho tất cả", ALL, (), ""),
    (HANG, "gửi thông báo cho tất cả hiệu trưởng toàn tỉnh", HT, (), ""),
    (HANG, "gửi thông báo cho tất cả cán bộ các xã", Rule(officers=True), (), ""),
    (HANG, "gửi thông báo cho hiệu trưởng và hiệu phó toàn tỉnh", CBQL, (), ""),
    (HANG, "gửi thông báo cho giáo viên xã Quảng Tân", GV, ("Xã Quảng Tân",), ""),
    (HANG, "gửi thông báo cho giáo viên xã Đắk Ha, huyện Đắk Glong", GV, ("Xã Đắk Ha cũ",), ""),
    (HANG, "gửi thông báo cho giáo viên xã Tuy Đức và xã Quảng Tân",
     GV, ("Xã Tuy Đức", "Xã Quảng Tân"), ""),
    (HANG, "gửi thông báo cho nhóm trẻ Nắng Mai", ALL, ("Nhóm trẻ Nắng Mai",), ""),
    (HANG, "gửi tin cho trường Hoa Cúc xã Quảng Tân",
     ALL, ("Xã Quảng Tân", "Lớp MG độc lập Hoa Cúc"), ""),
    (HANG, "gửi thông báo cho GV trường mẫu giáo TP Gia Nghĩa",
     replace(GV, types=(SchoolType.KINDERGARTEN,)), ("Thành phố Gia Nghĩa cũ",), ""),
    (HANG, "gửi thông báo cho giáo viên công lập phường Bắc Gia Nghĩa",
     replace(GV, ownership=(Ownership.PUBLIC,)), ("Phường Bắc Gia Nghĩa",), ""),
    (HANG, "gửi thông báo cho giáo viên tỉnh Đắk Nông cũ", GV, ("Tỉnh Đắk Nông cũ",), ""),
    (HANG, "gửi thông báo cho chủ nhóm trẻ", replace(HT, types=(SchoolType.GROUP,)), (), ""),
    (HANG, "gửi thông báo về L12 cho giáo viên xã Tuy Đức", GV, ("Xã Tuy Đức",), ""),
    (HANG, "announce to teachers not registered for L12: Please answer", GV, (), "L12 missing"),
]  # fmt: skip


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_becomes_a_rule(
    db: Connection, hears: Hears, sentence: tuple[str, str, Rule, tuple[str, ...], str]
) -> None:  # fmt: skip
    officer, said, rule, where, about = sentence
    heard = hears(officer, said)

    assert heard is not None
    assert heard.rule == _rule(db, rule, where, about), heard


def test_the_table_is_long_enough() -> None:
    assert len(SENTENCES) >= 40


@pytest.mark.parametrize(
    "said",
    ["nhận thông báo", "gửi thông báo", "gui cho em lich", "co cho gui con nho ko", "L12",
     "thống kê L12", "lịch tháng 12", "nhắn L12", "cho em hỏi lớp tập huấn", "thông báo"],
)  # fmt: skip
def test_other_talk_is_no_announcement(hears: Hears, said: str) -> None:
    assert hears(HANG, said) is None


@pytest.mark.parametrize(
    ("officer", "said", "unclear"),
    [
        (HANG, "gửi thông báo cho ban phụ huynh xã Tuy Đức", "ban phụ huynh"),
        (HANG, "gửi thông báo cho giáo viên chưa học L12", "chưa học"),
        (HANG, "gửi thông báo lúc 7h cho giáo viên", "lúc 7h"),
        (HANG, "nhắn tin cho Lê Thị Út", "Lê Thị Út"),
        (HANG, "gửi thông báo cho giáo viên xã mình", "xã mình"),
        (HANG, "gửi thông báo cho giáo viên trừ xã Tuy Đức", "trừ"),
        (TINH, "gửi thông báo cho giáo viên dưới 30 tuổi", "dưới 30 tuổi"),
        (HANG, "gửi thông báo cho cán bộ các xã và giáo viên", "cán bộ các xã"),
        (HANG, "gửi thông báo cho giáo viên đã đăng ký L12 và chưa trả lời", "chưa trả lời"),
        (HANG, "gửi thông báo cho giáo viên đã nhận", "đã nhận"),
        (HANG, "gửi thông báo cho giáo viên chưa đăng ký L12 và L15", "L15"),
        (HANG, "gửi thông báo cho giáo viên " + "rất " * 40, "rất"),
    ],
)
def test_what_is_not_understood_is_said_and_nobody_is_written_to(
    hears: Hears, officer: str, said: str, unclear: str
) -> None:
    heard = hears(officer, said)

    assert heard is not None
    assert heard.rule is None
    assert unclear in heard.unclear


@pytest.mark.parametrize("said", ["giáo viên chưa học L12", "giáo viên trừ xã Tuy Đức"])
def test_what_may_be_the_contrary_is_not_even_offered(hears: Hears, said: str) -> None:
    heard = hears(HANG, f"gửi thông báo cho {said}")

    assert heard is not None
    assert heard.options == ()


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("nhắn cho giáo viên Đắk Mil", ["Xã Đắk Mil", "Huyện Đắk Mil cũ", "Thị trấn Đắk Mil cũ"]),
        ("nhắn cho giáo viên Tuy Đức", ["Xã Tuy Đức", "Huyện Tuy Đức cũ"]),
        ("gửi thông báo cho Hoa Cúc", ["Trường MN Hoa Cúc", "Lớp MG độc lập Hoa Cúc"]),
    ],
)
def test_a_name_of_several_is_left_to_choose(
    db: Connection, hears: Hears, said: str, names: list[str]
) -> None:
    heard = hears(HANG, said)

    assert heard is not None
    assert heard.rule is None
    base = GV if "giáo viên" in said else ALL
    assert list(heard.options) == [_rule(db, base, (name,), "") for name in names]


@pytest.mark.parametrize(
    ("said", "about"),
    [
        ("gửi thông báo cho giáo viên đã dự L4", "L4 attended"),
        ("gui thong bao cho gv vang L4", "L4 absent"),
        ("gửi thông báo cho giáo viên vắng mặt L4", "L4 absent"),
        ("gui thong bao cho gv chua hoan thanh L4", "L4 not_completed"),
        ("gửi thông báo cho giáo viên đã hoàn thành L4", "L4 completed"),
    ],
)
def test_what_came_of_a_training(db: Connection, hears: Hears, said: str, about: str) -> None:
    heard = hears(TINH, said)

    assert heard is not None
    assert heard.rule == _rule(db, GV, (), about)


def test_without_a_code_trainings_that_were_held_are_offered(hears: Hears) -> None:
    heard = hears(TINH, "gửi thông báo cho giáo viên vắng mặt")

    assert heard is not None
    assert {one.about for one in heard.options} == {About.ABSENT}
    assert len(heard.options) == 3


def test_a_similar_name_is_offered_even_alone(db: Connection, hears: Hears) -> None:
    heard = hears(HANG, "gửi thông báo cho giáo viên xã Quảng Trựt")

    assert heard is not None
    assert heard.rule is None
    assert _rule(db, GV, ("Xã Quảng Trực",), "") in heard.options


def test_a_part_of_a_schools_name_is_asked_about(hears: Hears) -> None:
    # Without its accents "vắng" (absent) is the beginning of Vàng Anh, a school.
    heard = hears(TINH, "gửi thông báo cho giáo viên vang")

    assert heard is not None
    assert heard.rule is None
    assert [len(one.schools) for one in heard.options] == [1]


@pytest.mark.parametrize(
    ("said", "outside"),
    [
        ("gui thong bao cho CBQL cac xa thuoc Cu Jut cu", "Huyện Cư Jút"),
        ("gửi thông báo cho giáo viên xã Quảng Tân", "Xã Quảng Tân"),
        ("gửi thông báo cho giáo viên toàn tỉnh", ""),
        ("gửi thông báo cho giáo viên tỉnh Lâm Đồng", "Tỉnh Lâm Đồng"),
    ],
)
def test_places_beyond_the_scope_are_refused(hears: Hears, said: str, outside: str) -> None:
    heard = hears(TINH, said)

    assert heard is not None
    assert heard.rule is None
    assert heard.outside == (outside,)


def test_a_condition_without_a_training_asks_which(hears: Hears) -> None:
    heard = hears(TINH, "gửi thông báo cho giáo viên chưa đăng ký")

    assert heard is not None
    assert heard.rule is None
    assert len(heard.options) > 3
    assert {one.about for one in heard.options} == {About.MISSING}


def test_codes_of_nothing_are_told(hears: Hears) -> None:
    for said, code in (
        ("giáo viên chưa đăng ký L999", "L999"),
        ("người chưa xem TB-9999", "TB-9999"),
    ):
        heard = hears(HANG, f"gửi thông báo cho {said}")
        assert heard is not None
        assert (heard.missing, heard.options) == (code, ())


def test_those_who_have_not_seen_an_announcement(db: Connection, hears: Hears) -> None:
    scope = _scope(db, TINH)
    draft = broadcasts.draft(db, scope, ALL, MONDAY)
    code = broadcasts.code(draft)

    for said in (f"gửi cho người chưa trả lời {code}", f"nhan tin cho ai chua xem tb {draft}"):
        heard = hears(TINH, said)
        assert heard is not None
        assert heard.rule == Rule(unseen_of=draft)
    for said in (f"gửi thông báo cho ai {code}", f"gửi tin cho GV chưa đăng ký {code}"):
        heard = hears(TINH, said)
        assert heard is not None
        assert heard.rule is None
        assert code in heard.unclear
    got = hears(TINH, f"gửi thông báo cho người đã nhận {code}")
    assert got is not None
    assert got.rule == Rule(reached_by=draft)


def test_the_text_after_the_colon_keeps_its_lines(hears: Hears) -> None:
    heard = hears(TINH, "gửi thông báo cho giáo viên xã mình:\n7:30 họp\nMang giấy bút")

    assert heard is not None
    assert heard.text == "7:30 họp\nMang giấy bút"


def test_the_training_it_is_about_is_no_condition(db: Connection, hears: Hears) -> None:
    heard = hears(HANG, "gửi thông báo về L12 cho giáo viên xã Tuy Đức")

    assert heard is not None
    assert heard.topic_id == db.execute(select(Course.id).where(Course.number == 12)).scalar_one()


def test_asked_for_an_audience_no_verb_is_needed(db: Connection) -> None:
    scope = _scope(db, HANG)
    for said in ("giáo viên cốt cán xã Tuy Đức", "giaso vieen coost casn xax Tuy Dduwcs"):
        heard = audience_words.audience(db, scope, said, MONDAY)
        assert heard.rule == _rule(db, replace(GV, core=True), ("Xã Tuy Đức",), "")
    assert audience_words.audience(db, scope, "ừ", MONDAY).options == ()


def test_a_place_that_is_also_a_schools_name_is_asked_about(db: Connection, hears: Hears) -> None:
    commune = db.execute(
        select(Unit.id).where(Unit.name == "Xã Quảng Tân", Unit.valid_to.is_(None))
    ).scalar_one()
    nested = db.begin_nested()
    school = db.execute(
        insert(School)
        .values(name="Trường MN Quảng Tân", folded="quang tan", type=SchoolType.PRESCHOOL,
                ownership=Ownership.PUBLIC, unit_id=commune)
        .returning(School.id)
    ).scalar_one()  # fmt: skip
    one = db.execute(select(Person).where(Person.full_name == "Lê Thị Út")).mappings().one()
    values = {name: value for name, value in one.items() if name != "id"}
    db.execute(insert(Person).values(**values | {"school_id": school}))

    heard = hears(HANG, "gửi thông báo cho trường MN Quảng Tân")
    nested.rollback()

    assert heard is not None
    assert heard.rule is None
    assert {one.schools for one in heard.options} == {(), (school,)}


def test_every_option_reaches_only_the_scope(db: Connection, hears: Hears) -> None:
    scope = _scope(db, TINH)
    everybody = recipients.count(db, Rule(), scope)

    for _officer, said, *_rest in SENTENCES:
        heard = hears(TINH, said)
        assert heard is not None
        assert all(recipients.count(db, one, scope) <= everybody for one in heard.options)
