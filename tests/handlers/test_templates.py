"""Approved words: their form, and that every kind's facts fit into them or are not sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select, update

from handlers import templates
from handlers.templates import Field, FieldKind, Purpose
from storage import changes, digests, outbox, registrations, reminders
from storage.models import (
    Course,
    Mode,
    Notice,
    NoticeState,
    Person,
    PhoneCode,
    Registration,
    Remind,
    Role,
    RoleKind,
    School,
    Session,
    Standing,
)
from storage.spending import CRITICAL
from tests import rows
from tests.talk import MONDAY, ZONE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.message import Template
    from storage.database import Database

CATALOGUE = templates.catalogue()
START = datetime(2026, 12, 12, 7, 30, tzinfo=ZONE)
EVE = datetime(2026, 12, 11, 19, 0, tzinfo=ZONE)
LONG_NAME = "Công Tằng Tôn Nữ Thị Hoàng Minh Châu"
LONG_PLACE = (
    "Hội trường lớn tầng 3, Trung tâm Văn hóa - Thể thao và Truyền thanh xã Quảng Trực, Đắk Búk So"
)
# Who persuades sells something; none of this may stand in what is submitted for approval.
ADVERTISING = ("ưu đãi", "khuyến mãi", "miễn phí", "giảm giá", "mua", "quà", "!", "http", "www")


@pytest.mark.parametrize("kind", CATALOGUE)
def test_the_marks_of_a_text_are_its_fields(kind: str) -> None:
    approved = CATALOGUE[kind]
    marks = templates.MARK.findall(approved.text)
    assert set(marks) == {field.name for field in approved.fields}
    assert len({field.name for field in approved.fields}) == len(approved.fields)


@pytest.mark.parametrize("kind", CATALOGUE)
def test_a_text_can_be_approved(kind: str) -> None:
    approved = CATALOGUE[kind]
    assert len(approved.text) <= templates.LONGEST
    assert approved.longest <= templates.LONGEST
    assert any(field.kind is FieldKind.NAME for field in approved.fields)
    assert approved.price > 0
    assert (approved.purpose is Purpose.OTP) is (kind == "phone_code")
    assert not any(word in approved.text.lower() for word in ADVERTISING)
    assert "bạn" not in approved.text.lower().split()
    assert not any(line[:1].isdigit() for line in approved.text.splitlines())


def test_what_must_be_told_has_words() -> None:
    assert set(CRITICAL) <= set(CATALOGUE)
    assert {"reminder", "digest"} <= set(CATALOGUE)
    assert set(CATALOGUE) == set(templates.MAKERS)


@pytest.mark.parametrize("kind", sorted(set(CATALOGUE) - {"phone_code"}))
def test_every_text_says_what_to_write_back(kind: str) -> None:
    last = CATALOGUE[kind].text.splitlines()[-1]
    assert "nhắn" in last
    assert "cho Zalo OA này" in last


@pytest.mark.parametrize(
    ("kind", "most", "value", "said"),
    [
        ("text", 20, "Hội trường\nUBND xã", "Hội trường UBND xã"),
        ("text", 20, "Hội trường UBND xã Tuy Đức", "Hội trường UBND xã…"),
        ("text", 12, "Supercalifragilistic", None),
        ("text", 30, "", None),
        ("name", 10, "Nguyễn Thị Hoa", None),
        ("time", 20, "Thứ Bảy, 12/12/2026, 7h30", None),
        ("time", 25, "Thứ Bảy, 12/12/2026, 7h30", "Thứ Bảy, 12/12/2026, 7h30"),
        ("code", 2, "L12", None),
        ("list", 5, "H'Mai Byă, Điểu Thị Nga", None),
    ],
)
def test_a_field_is_cut_only_where_that_loses_detail(
    kind: str, most: int, value: str, said: str | None
) -> None:
    fitted = Field("x", FieldKind(kind), most).fitted(value)
    assert fitted == said
    assert fitted is None or len(fitted) <= most


def world(db: Connection, mode: Mode = Mode.FREE) -> None:
    """A principal (1) and teachers 2 and 3 of one school, all with long names; L12."""
    rows.school(db)
    rows.people(db, 3)
    db.execute(update(Person).values(full_name=LONG_NAME, phone="+84912345678"))
    db.execute(update(School).values(name="Trường Mầm non tư thục song ngữ Hoa Hướng Dương Nhỏ"))
    db.execute(
        insert(Role).values(person_id=1, kind=RoleKind.PRINCIPAL, school_id=1,
                            valid_from=MONDAY.date())
    )  # fmt: skip
    rows.account(db, "p", 1)
    rows.course(db, 12, seats=1, mode=mode, starts_at=START)
    db.execute(update(Course).values(short="Phòng chống đuối nước"))
    db.execute(update(Session).values(place=LONG_PLACE))


def seat(db: Connection, person_id: int, standing: Standing = Standing.SEATED, **more: Any) -> int:
    return db.execute(
        insert(Registration)
        .values(course_id=12, person_id=person_id, standing=standing, turn=person_id,
                provisional=False, changed_at=MONDAY, **more)
        .returning(Registration.id)
    ).scalar_one()  # fmt: skip


def newest(db: Connection, kind: str) -> outbox.Owed:
    found = select(Notice.id).where(Notice.kind == kind).order_by(Notice.id.desc()).limit(1)
    return outbox.one(db, db.execute(found).scalar_one())


def moved(db: Connection) -> None:
    seat(db, 2)
    changes.reschedule(
        db, 12, now=MONDAY, starts_at=START, why="sạt lở quốc lộ 14C đoạn qua xã Quảng Trực, chưa"
        " thông xe"
    )  # fmt: skip


def cancelled(db: Connection) -> None:
    seat(db, 2)
    changes.cancel(db, 12, "", MONDAY)


def offered(db: Connection) -> None:
    seat(db, 2)
    seat(db, 3, Standing.WAITING)
    registrations.give_up(db, 12, 2, MONDAY)


def reminded(db: Connection) -> None:
    seat(db, 2)
    account_id = rows.account(db, "t", 2)
    reminders.choose(db, 2, Remind.EVE, MONDAY, account_id=account_id, channel="telegram")
    reminders.owe_due(db, EVE)


def asked(db: Connection) -> None:
    from storage import conversations

    db.execute(update(Course).values(mode=Mode.PRINCIPAL))
    registrations.register(db, 12, conversations.who(db, 2), MONDAY)


def answered(db: Connection) -> None:
    asked(db)
    registrations.agree(db, db.execute(select(Registration.id)).scalar_one(), 1, MONDAY)


def refused(db: Connection) -> None:
    asked(db)
    registrations.refuse(db, db.execute(select(Registration.id)).scalar_one(), 1, MONDAY)


def claimed(db: Connection) -> None:
    from storage import claims
    from storage.models import ClaimKind

    db.execute(update(Person).where(Person.id == 2).values(verified_at=None))
    claims.begin(db, ClaimKind.IDENTITY, rows.account(db, "n", 2), 2, MONDAY)


def withheld(db: Connection) -> None:
    reminded(db)
    owed = newest(db, "reminder")
    outbox.settle(db, owed.id, NoticeState.SKIPPED, at=None, reason="ceiling")
    digests.note(db, owed, EVE)


def coded(db: Connection) -> None:
    account_id = rows.account(db, "c", 2)
    code_id = db.execute(
        insert(PhoneCode)
        .values(account_id=account_id, person_id=2, phone="+84912345678", code="048271",
                sent_at=MONDAY, expires_at=MONDAY + timedelta(minutes=10))
        .returning(PhoneCode.id)
    ).scalar_one()  # fmt: skip
    outbox.owe(db, "phone_code", key="x", subject_id=code_id, person_id=2, due_at=MONDAY)


MAKE = {
    "moved": (moved, MONDAY), "cancelled": (cancelled, MONDAY), "offer": (offered, MONDAY),
    "reminder": (reminded, EVE), "agree": (asked, MONDAY), "agreed": (answered, MONDAY),
    "not agreed": (refused, MONDAY), "claim": (claimed, MONDAY), "digest": (withheld, EVE),
    "phone_code": (coded, MONDAY),
}  # fmt: skip


async def made(database: Database, kind: str) -> Template | None:
    make, now = MAKE[kind]

    def work(db: Connection) -> Template | None:
        world(db)
        make(db)
        return templates.fields(db, newest(db, kind), now)

    return await database.turn(work)


WHERE = "Hội trường lớn tầng 3, Trung tâm Văn hóa - Thể thao và Truyền thanh xã Quảng…"
GREETING = f"Kính gửi thầy/cô {LONG_NAME}.\n"
WORDS = {
    "moved": f"{GREETING}Lớp tập huấn L12 (Phòng chống đuối nước) thầy/cô đã đăng ký đổi lịch: Thứ"
    f" Bảy, 12/12/2026, 7h30, {WHERE}. Lý do: sạt lở quốc lộ 14C đoạn qua xã Quảng Trực,"
    " chưa thông xe.\nXin trả lời đi được hay không: nhắn L12 cho Zalo OA này.",
    "cancelled": f"{GREETING}Lớp tập huấn L12 (Phòng chống đuối nước) mà thầy/cô đã đăng ký, Thứ"
    " Bảy, 12/12/2026, 7h30, đã bị HỦY. Lý do: không nêu.\nXem lớp tập huấn khác: nhắn LICH cho"
    " Zalo OA này.",
    "reminder": f"Nhắc thầy/cô {LONG_NAME}: lớp tập huấn L12 (Phòng chống đuối nước) mà thầy/cô đã"
    f" đăng ký bắt đầu Thứ Bảy, 12/12/2026, 7h30, {WHERE}.\nCần đường đi hoặc không đi được: nhắn"
    " L12 cho Zalo OA này.",
    "digest": f"{GREETING}Trợ lý tập huấn không nhắn riêng được cho 1 người của trường:"
    f" {LONG_NAME}. Xin thầy/cô báo giúp.\nXem danh sách: nhắn BAO GIUP cho Zalo OA này.",
    "phone_code": f"Mã xác nhận số điện thoại của thầy/cô {LONG_NAME} tại Trợ lý tập huấn mầm non:"
    " 048271. Mã dùng một lần, hết hạn sau 10 phút.\nNhập mã trong cuộc trò chuyện đã hỏi mã."
    " Không đưa mã cho bất kỳ ai, kể cả cán bộ.",
}


@pytest.mark.parametrize("kind", CATALOGUE)
async def test_long_names_and_places_fit(database: Database, kind: str) -> None:
    template = await made(database, kind)
    assert template is not None
    approved = CATALOGUE[kind]
    assert set(template.fields) == {field.name for field in approved.fields}
    for field in approved.fields:
        assert 0 < len(template.fields[field.name]) <= field.most
    words = templates.filled(approved, template.fields)
    assert "<" not in words
    assert LONG_NAME in words
    assert words == WORDS.get(kind, words)


@pytest.mark.parametrize("kind", sorted({"moved", "offer", "reminder", "agree", "agreed"}))
async def test_what_is_no_longer_true_has_no_template(database: Database, kind: str) -> None:
    def work(db: Connection) -> Template | None:
        world(db)
        MAKE[kind][0](db)
        db.execute(update(Registration).values(standing=Standing.GIVEN_UP, unanswered_since=None))
        return templates.fields(db, newest(db, kind), MONDAY)

    assert await database.turn(work) is None


async def test_a_name_that_does_not_fit_is_not_cut(database: Database) -> None:
    def work(db: Connection) -> Template | None:
        world(db)
        db.execute(update(Person).values(full_name=f"{LONG_NAME} {LONG_NAME}"))
        moved(db)
        return templates.fields(db, newest(db, "moved"), MONDAY)

    assert await database.turn(work) is None


async def test_an_unknown_kind_has_no_template(database: Database) -> None:
    def work(db: Connection) -> Template | None:
        world(db)
        outbox.owe(db, "report", key="r", subject_id=0, person_id=1, due_at=MONDAY)
        return templates.fields(db, newest(db, "report"), MONDAY)

    assert await database.turn(work) is None
