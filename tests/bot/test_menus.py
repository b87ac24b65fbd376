"""Whoever has a right sees its commands in their own chat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from bot.channels.base import Rejected, TryLater
from bot.menus import Menus
from handlers.commands import menu_for
from handlers.message import SILENCE
from handlers.turn import Answer
from storage.models import Account, Person, Role, RoleKind
from storage.parts import Part
from tests.people import known
from tests.talk import MONDAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from tests.talk import Phone, Town

Set = tuple[tuple[tuple[str, str], ...], "str | None", "str | None"]


class Shop:
    """A channel that notes the lists it is told to show."""

    name = "telegram"

    def __init__(self) -> None:
        self.lists: list[Set] = []
        self.fails: list[Exception] = []

    async def set_commands(
        self,
        commands: Sequence[tuple[str, str]],
        language: str | None = None,
        address: str | None = None,
    ) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.lists.append((tuple(commands), language, address))


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def menus(town: Town, shop: Shop) -> Menus:
    menus = Menus(shop, town.database, town.inbox)
    town.inbox.on_turn = menus.note
    return menus


async def has(town: Town, phone: Phone, kind: RoleKind | None) -> None:
    """Give the person of a phone exactly this right."""

    def write(db: Connection) -> None:
        person_id, school_id = db.execute(
            select(Person.id, Person.school_id)
            .join(Account, Account.person_id == Person.id)
            .where(Account.address == phone.address)
        ).one()
        db.execute(delete(Role).where(Role.person_id == person_id))
        if kind:
            principal = kind is RoleKind.PRINCIPAL
            reach = {"school_id": school_id} if principal else {"unit_id": 1}
            db.execute(
                insert(Role).values(
                    person_id=person_id, kind=kind, valid_from=MONDAY.date(), **reach
                )
            )

    await town.database.turn(write)


async def test_everybody_has_a_list_in_each_language(menus: Menus, shop: Shop):
    await menus.announce()

    assert [(language, address) for _, language, address in shop.lists] == [
        ("vi", None), ("en", None), (None, None),
    ]  # fmt: skip
    assert shop.lists[0][0] == shop.lists[2][0] == tuple(menu_for(Part.TEACHER, "vi"))


async def test_a_teacher_has_no_list_of_her_own(town: Town, menus: Menus, shop: Shop):
    await (await known(town, "Lê Thị Út")).say("menu")
    await menus.refresh()

    assert not shop.lists


async def test_a_right_is_shown_once_and_taken_away_with_it(town: Town, menus: Menus, shop: Shop):
    phone = await known(town, "Nguyễn Thị Hoa")
    for kind in (RoleKind.PRINCIPAL, RoleKind.PRINCIPAL, RoleKind.COMMUNE, None, None):
        await has(town, phone, kind)
        await phone.say("menu")
        await menus.refresh()
        await menus.refresh()

    assert shop.lists == [
        (tuple(menu_for(Part.PRINCIPAL, "vi")), None, phone.address),
        (tuple(menu_for(Part.OFFICER, "vi")), None, phone.address),
        ((), None, phone.address),
    ]


async def test_a_right_that_opens_nothing_here_brings_no_list_and_no_work(
    town: Town, menus: Menus, shop: Shop
):
    phone = await known(town, "Lê Thị Út")
    await has(town, phone, RoleKind.TRAINER)
    assert "Việc hôm nay" not in await phone.say("menu")
    await menus.refresh()

    assert not shop.lists


async def test_the_list_follows_the_language(town: Town, menus: Menus, shop: Shop):
    phone = await known(town, "Nguyễn Thị Hoa")
    await has(town, phone, RoleKind.PRINCIPAL)
    for language in ("vi", "en"):
        await town.database.turn(
            lambda db, code=language: db.execute(
                update(Account).where(Account.address == phone.address).values(language=code)
            )
        )
        await phone.say("menu")
        await menus.refresh()

    assert [commands for commands, _, _ in shop.lists] == [
        tuple(menu_for(Part.PRINCIPAL, code)) for code in ("vi", "en")
    ]


async def test_a_busy_platform_is_told_later_and_a_refusal_is_not_repeated(
    town: Town, menus: Menus, shop: Shop
):
    phone = await known(town, "Nguyễn Thị Hoa")
    await has(town, phone, RoleKind.PRINCIPAL)
    await phone.say("menu")
    shop.fails = [TryLater(), Rejected("no such chat")]
    await menus.refresh()
    assert shop.fails
    await menus.refresh()
    assert not shop.fails
    await menus.refresh()

    assert not shop.lists


async def test_accounts_of_another_channel_are_left_alone(town: Town, menus: Menus, shop: Shop):
    phone = await known(town, "Nguyễn Thị Hoa")
    await has(town, phone, RoleKind.PRINCIPAL)
    await phone.say("menu")
    shop.name = "zalo"
    await menus.refresh()
    menus.note(Answer(999_999, "x", SILENCE))
    await menus.refresh()

    assert not shop.lists
