"""Trainings in officers' words: a table of sentences, and what is never guessed."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from handlers import course_sentence, course_words
from handlers.course_text import Line
from handlers.course_times import Doubt, sessions
from storage import scopes, spelling
from storage.database import address, sqlite
from storage.models import Mode, Person, Unit
from storage.models.courses import CourseKind, Modality
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from handlers.course_sentence import Understood

    Hears = Callable[..., Understood]

HANG, TINH = "Đinh Thị Thu Hằng", "Lê Văn Tình"
TODAY = MONDAY.date()


@pytest.fixture(scope="module")
def db(sample_file: Path) -> Iterator[Connection]:
    """The sample province, read only."""
    engine = sqlite(address(f"sqlite:///{sample_file}"))
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@pytest.fixture(scope="module")
def hears(db: Connection) -> Hears:
    def hear(said: str, officer: str = TINH) -> Understood:
        person = db.execute(select(Person.id).where(Person.full_name == officer)).scalar_one()
        scope = scopes.of(db, person, TODAY)
        assert scope
        return course_sentence.understood(db, scope, course_words.read(said, TODAY), MONDAY)

    return hear


# When: sentence, then "day start-end" of each session; "~" for what is not settled to the hour.
WHEN = {
    "sáng thứ 5 tuần sau": "3/12/2026 7:30-11:30",
    "sang thu 5 tuan sau": "3/12/2026 7:30-11:30",
    "chiều thứ 6": "27/11/2026 13:30-16:30",
    "tối thứ 6, 19h30": "27/11/2026 19:30-21:00",
    "cả ngày 3/12": "3/12/2026 7:30-16:30",
    "từ 8h đến 11h ngày 3/12": "3/12/2026 8:00-11:00",
    "thứ 5 tuần sau từ 8 đến 11h": "3/12/2026 8:00-11:00",
    "2 buổi: sáng 3/12 và sáng 4/12": "3/12/2026 7:30-11:30; 4/12/2026 7:30-11:30",
    "ngày 3 và 4/12": "3/12/2026 ~; 4/12/2026 ~",
    "7h30-11h ngày 3 và 4/12": "3/12/2026 7:30-11:00; 4/12/2026 7:30-11:00",
    "3/12 sáng, 4/12 chiều": "3/12/2026 7:30-11:30; 4/12/2026 13:30-16:30",
    "sáng và chiều 3/12": "3/12/2026 7:30-11:30; 3/12/2026 13:30-16:30",
    "7h30-11h và 13h30-16h30 ngày 3/12": "3/12/2026 7:30-11:00; 3/12/2026 13:30-16:30",
    "thứ 5 và thứ 6 tuần sau, 8h": "3/12/2026 8:00-11:30; 4/12/2026 8:00-11:30",
    "2h chiều thứ 4": "25/11/2026 14:00-16:30",
    "chiều 3/12 lúc 2h": "3/12/2026 14:00-16:30",
    "sáng 30/12 và sáng 4/1": "30/12/2026 7:30-11:30; 4/1/2027 7:30-11:30",
    "Thứ Năm, 3/12/2026, 7h30-11h30": "3/12/2026 7:30-11:30",
    "8 giờ 30 ngày 3/12": "3/12/2026 8:30-11:30",
    "tháng 1/2027": "1/1/2027-31/1/2027",
    "từ 5/1 đến 7/1": "5/1/2027-7/1/2027",
    "cả ngày từ 3 đến 5/12": ("3/12/2026 7:30-16:30; 4/12/2026 7:30-16:30; 5/12/2026 7:30-16:30"),
    "hoạt động sáng tạo": "",
    "31/11": "",
}


@pytest.mark.parametrize("said", WHEN)
def test_when_it_is(said: str) -> None:
    for typed in (said, unicodedata.normalize("NFD", said)):
        found, doubts = sessions(Line(typed), TODAY)
        assert "; ".join(map(_slot, found)) == WHEN[said]
        assert not doubts


def _slot(slot: Any) -> str:
    first, last = _day(slot.first), _day(slot.last)
    if slot.start is None:
        return f"{first} ~" if first == last else f"{first}-{last}"
    return f"{first} {_hour(slot.start)}-{_hour(slot.end)}"


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _hour(clock: time) -> str:
    return f"{clock.hour}:{clock.minute:02}"


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("thứ Bảy, 3/12", Doubt.WEEKDAY),
        ("3/11/2026", Doubt.PAST),
        ("3 buổi: sáng 3/12 và sáng 4/12", Doubt.COUNT),
        ("từ 1/12 đến 30/12 cả ngày", Doubt.MANY),
    ],
)
def test_what_is_strange_about_dates_is_said(said: str, doubt: Doubt) -> None:
    assert sessions(Line(said), TODAY)[1] == [doubt]


# Sentence: title, first session, place, seats, then what else it says.
SAID: dict[str, tuple[str, str, str, int | None, dict[str, Any]]] = {
    "Tập huấn sơ cứu, sáng thứ 5 tuần sau, MN Hoa Cúc Tuy Đức, 40 chỗ": (
        "Sơ cứu", "3/12/2026 7:30", "Trường MN Hoa Cúc", 40,
        {"closes_at": datetime(2026, 11, 30, 17, tzinfo=MONDAY.tzinfo)},
    ),
    "mo lop tap huan so cuu sang thu 5 tuan sau mn hoa cuc tuy duc 40 cho": (
        "So cuu", "3/12/2026 7:30", "Trường MN Hoa Cúc", 40, {},
    ),
    "Mở lớp bồi dưỡng thường xuyên nội dung 02, 8 tiết, sáng 3/12, hội trường UBND xã Tuy Đức,"
    " 60 người, cho giáo viên, hạn 1/12": (
        "Bồi dưỡng thường xuyên", "3/12/2026 7:30", "Hội trường UBND xã Tuy Đức", 60,
        {"kind": CourseKind.FOSTERING, "block": "02", "hours": 80,
         "closes_at": datetime(2026, 12, 1, 17, tzinfo=MONDAY.tzinfo)},
    ),
    "Hội thảo quản lý trường mầm non, tháng 1/2027, cho CBQL, do hiệu trưởng đồng ý": (
        "Hội thảo quản lý trường mầm non", "1/1/2027", "", None,
        {"kind": CourseKind.WORKSHOP, "mode": Mode.PRINCIPAL, "closes_at": None},
    ),
    "Tập huấn phòng tránh tai nạn cho trẻ, chiều 4/12, trực tuyến, 100 chỗ, công văn"
    " 123/SGDĐT-MN ngày 20/11/2026": (
        "Phòng tránh tai nạn cho trẻ", "4/12/2026 13:30", "", 100,
        {"modality": Modality.ONLINE, "letter": "123/SGDĐT-MN"},
    ),
    "Tham quan học tập từ 5/1 đến 7/1, xã cử, 12 người": (
        "Tham quan học tập", "5/1/2027", "", 12,
        {"kind": CourseKind.VISIT, "mode": Mode.NOMINATED},
    ),
    "Tham quan học tập 5/1, cử người đi, 12 người": (
        "Tham quan học tập", "5/1/2027", "", 12,
        {"kind": CourseKind.VISIT, "mode": Mode.NOMINATED},
    ),
    "mo lop ke chuyen, 40 cho giao vien mn cong lap xa tuy duc, mien phi": (
        "Ke chuyen", "", "", 40, {"fee": 0},
    ),
    "Tập huấn CNTT 8h-11h ngày 3/12 tại Trường MN Hoa Cúc xã Tuy Đức 30 giáo viên, mỗi trường 2"
    " người, mang theo máy tính, có hỗ trợ ăn trưa, hạn đăng ký trước 1/12": (
        "CNTT", "3/12/2026 8:00", "Trường MN Hoa Cúc", 30,
        {"school_limit": 2, "bring": "máy tính", "note": "có hỗ trợ ăn trưa",
         "closes_at": datetime(2026, 11, 30, 17, tzinfo=MONDAY.tzinfo)},
    ),
    "Tập huấn sơ cứu, phòng tránh tai nạn cho trẻ cho giáo viên xã mình, 3/12, nhà văn hóa thôn"
    " 2": (
        "Sơ cứu, phòng tránh tai nạn cho trẻ", "3/12/2026", "Nhà văn hóa thôn 2", None, {},
    ),
    "Tập huấn phòng dịch trong trường mầm non ở hội trường UBND xã Quảng Tân, 5/12, 50 người": (
        "Phòng dịch trong trường mầm non", "5/12/2026", "Hội trường UBND xã Quảng Tân", 50, {},
    ),
    "mở lớp tập huấn cho giáo viên mới, sáng 4/12, 20 chỗ": (
        "Tập huấn cho giáo viên mới", "4/12/2026 7:30", "", 20, {},
    ),
    "Tập huấn sơ cứu, 3/12 8h, xã Tuy Đức, không giới hạn, học phí 50.000đ": (
        "Sơ cứu", "3/12/2026 8:00", "Xã Tuy Đức", None, {"fee": 50_000},
    ),
    "tap huan phong tranh tai nan cho tre sang 3/12 tai truong mn hoa cuc tuy duc 40 cho cho giao"
    " vien": (
        "Phong tranh tai nan cho tre", "3/12/2026 7:30", "Trường MN Hoa Cúc", 40, {},
    ),
    "Giao lưu chuyên môn sáng 4/1, tự đăng ký, 80 người, trực tiếp và trực tuyến": (
        "Giao lưu chuyên môn", "4/1/2027 7:30", "", 80,
        {"kind": CourseKind.EXCHANGE, "mode": Mode.FREE, "modality": Modality.BLENDED},
    ),
}  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_a_training_in_one_sentence(hears: Hears, said: str) -> None:
    title, when, place, seats, more = SAID[said]
    for typed in (said, unicodedata.normalize("NFD", said)):
        heard = hears(typed)
        draft, first = heard.draft, heard.draft.sessions[0]
        assert draft.title == title
        assert _begins(first) == when
        assert (first.place, draft.seats) == (place, seats)
        assert {key: getattr(draft, key) for key in more} == more
        assert not heard.spots
        assert not heard.unclear


def _begins(first: Any) -> str:
    if first.first_day is None:
        return ""
    clock = f" {_hour(first.starts_at)}" if first.starts_at else ""
    return f"{_day(first.first_day)}{clock}"


def test_whom_it_is_for(db: Connection, hears: Hears) -> None:
    tuy_duc = db.execute(
        select(Unit.id).where(Unit.name == "Xã Tuy Đức", Unit.valid_to.is_(None))
    ).scalar_one()
    said = "mở lớp kể chuyện, 3/12, 40 chỗ, cho giáo viên mầm non công lập xã Tuy Đức"
    assert hears(said).draft.audience == {
        "positions": ["GV"], "ownership": ["public"], "units": [tuy_duc],
    }  # fmt: skip
    assert hears("Tập huấn sơ cứu, 3/12").draft.audience["units"] == [tuy_duc]
    everywhere = hears("Tập huấn sơ cứu, 3/12, cho CBQL", HANG).draft
    assert everywhere.audience == {"positions": ["HT", "PHT"]}


def test_places_of_one_name_are_offered_and_none_is_taken(hears: Hears) -> None:
    for name in ("MN Hoa Sen", "mn hoa sen", "Trường MN Hoa Senn"):
        heard = hears(f"Tập huấn sơ cứu, sáng 3/12, {name}, 40 chỗ")
        assert len(heard.spots) > 1
        assert heard.draft.sessions[0].unit_id is None
        assert all("Hoa Sen" in spot.label for spot in heard.spots[:2])


def test_what_is_not_understood_is_said(hears: Hears) -> None:
    heard = hears("Tập huấn CNTT, chiều 8/12, phòng họp 2 UBND xã Tuy Đức, 30 máy")
    assert heard.unclear == ("30 máy",)


@pytest.mark.parametrize(
    ("said", "opens"),
    [
        ("mở lớp", True), ("nhờ trợ lý mở giúp", False), ("Tạo lớp tập huấn sơ cứu", True),
        ("mở khóa bồi dưỡng", True), ("mo lop nhu L12", True), ("mơ lớp học", False),
        ("lớp tập huấn nào mở", False), ("Tổ chức tập huấn sơ cứu", True),
    ],
)  # fmt: skip
def test_what_opens_a_training(said: str, opens: bool) -> None:
    assert course_words.opens(said) is opens


@settings(max_examples=15, deadline=None)
@given(
    day=st.dates(date(2026, 11, 24), date(2027, 10, 30)),
    part=st.sampled_from(["sáng", "chiều", "cả ngày"]),
    seats=st.integers(2, 900),
    plain=st.booleans(),
)
def test_a_day_and_seats_are_read_wherever_they_stand(
    day: date, part: str, seats: int, plain: bool
) -> None:
    pieces = ["Tập huấn sơ cứu", f"{part} {day.day}/{day.month}/{day.year}", f"{seats} chỗ"]
    for said in (", ".join(pieces), " ".join(pieces), ", ".join((pieces[0], *pieces[:0:-1]))):
        heard = course_words.read(spelling.fold(said) if plain else said, TODAY)
        assert [slot.first for slot in heard.slots] == [day]
        assert heard.seats == seats
        assert heard.kind is CourseKind.TRAINING
        assert not heard.doubts


@settings(max_examples=15, deadline=None)
@given(st.text(st.sampled_from("aáớđ 0123456789/:.,-hgMNL\n☃\u0301"), max_size=60))
def test_no_text_breaks_it(said: str) -> None:
    course_words.read(f"mở lớp {said}", TODAY)
