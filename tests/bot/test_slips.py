"""Slips with personal codes: what stands on them, and who gets the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.made import slips
from storage import channels, exports, personal_codes
from storage.models import Person, Position
from storage.slips import Slip
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database


def slip(number: int, name: str = "H'Mai Byă") -> Slip:
    return Slip(number, name, 1990 + number, Position.TEACHER, "Trường MN Hoa Cúc", "Xã Tuy Đức",
                "48271093")  # fmt: skip


def test_a_slip_says_what_to_do_and_what_is_never_asked() -> None:
    found = [("zalo_oa", "Tập huấn mầm non"), (channels.TELEGRAM, "@taphuan_bot")]
    data = slips.filled(slips.Sheets([slip(1), slip(2), slip(3, "Lê Thị Út")], found))
    assert data["how"] == "Mở Zalo: Tập huấn mầm non hoặc Telegram: @taphuan_bot, rồi nhắn mã này."
    assert "mật khẩu" in data["never"]
    first, _, last = data["slips"]
    assert (first["digits"], first["born"], last["born"]) == ("4827 1093", "1991", "")
    assert first["qr"].startswith("<svg")


def test_no_link_is_made_of_what_is_no_name_of_a_bot() -> None:
    for name in ("", "a b", "x/../evil"):
        data = slips.filled(slips.Sheets([slip(1)], [(channels.TELEGRAM, name)]))
        assert data["slips"][0]["qr"] == ""


def test_ten_slips_fill_a_page() -> None:
    made = slips.draw(slips.Sheets([slip(each) for each in range(11)], []))
    assert made.startswith(b"%PDF-")
    assert b"/Count 2" in made


async def test_the_file_is_for_whoever_keeps_the_list_that_day(province: Database) -> None:
    def work(db: Connection) -> None:
        found = select(Person.id).where(Person.full_name == "Lê Văn Tình")
        tinh = db.execute(found).scalar_one()
        mine = exports.get(db, exports.ask(db, tinh, "slips", MONDAY, school=1))
        other = exports.get(db, exports.ask(db, tinh, "slips", MONDAY, school=3))
        above = exports.get(db, exports.ask(db, tinh, "slips", MONDAY, unit=1))
        assert mine
        assert other
        assert above
        sheets = slips.read(db, mine, MONDAY)
        assert len(sheets.slips) == 24
        assert all(personal_codes.owner(db, one.code, MONDAY.date()) == one.person_id
                   for one in sheets.slips)  # fmt: skip
        for request in (other, above):
            with pytest.raises(LookupError):
                slips.read(db, request, MONDAY)

    await province.turn(work)
