"""Forty names, as people write them, survive every screen that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import changes, courses, spelling
from tests.names import NAMES

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town


async def arrives(phone: Phone, *said: str) -> str:
    """Say things one after the other; the last answer."""
    answer = ""
    for words in said:
        answer = await phone.say(words)
    return answer


async def test_forty_names_survive_every_screen(town: Town) -> None:
    assert len(NAMES) == 40
    principal = town.phone("Nguyễn Thị Hoa")
    await arrives(principal, "menu", "1", "61520389", "1", "1")
    people: dict[str, Phone] = {}
    for name in NAMES:
        shown = spelling.clean(name)
        phone = people[shown] = town.phone(name)
        noted = await arrives(phone, "L15", "1", "1", name, "mn hoa cuc dak buk so", "1")
        assert shown in noted
        await town.deliver()
        assert f'"{shown}"' in principal.last.written() or f"“{shown}”" in principal.last.written()
        confirmed = await principal.press("Đúng")
        if shown not in confirmed:  # somebody of that name is on the list already
            confirmed = await principal.say("2")
        assert shown in confirmed
        await town.deliver()
        assert shown in phone.last.text
        assert shown in await arrives(phone, "dk L15", "1")
        assert shown in await phone.say("cua toi")
        assert shown in await phone.say("menu")
        assert shown in await phone.say("huy L15")

    def move(db: Connection) -> None:
        course = courses.numbered(db, 15)
        assert course
        changes.reschedule(db, course.id, place="Phòng họp số 2", now=town.inbox.now())

    await town.database.turn(move)
    await town.deliver()
    for shown, phone in people.items():
        assert shown in phone.last.text
        assert shown in await phone.say("12")
