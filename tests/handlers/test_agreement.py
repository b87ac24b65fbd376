"""Courses for which somebody has to agree: what both sides read, with or without a principal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlers.test_identify import head
from tests.people import known

if TYPE_CHECKING:
    from tests.talk import Phone, Town

# The invitation of the sample for the officer of xã Tuy Đức.
CODE = "MOI-VHXH-2739"


@pytest.fixture
async def mai(town: Town) -> Phone:
    return await known(town, "H'Mai Byă")


async def asks(phone: Phone) -> str:
    await phone.say("L9")
    return await phone.say("1")


async def test_with_nobody_to_ask_it_is_said_whom_to_tell(mai: Phone) -> None:
    said = await asks(mai)

    assert "Đã giữ chỗ cho H'Mai Byă: L9" in said
    assert "xin báo trực tiếp với hiệu trưởng" in said
    assert "đã hỏi" not in said


async def test_without_a_principal_the_officer_is_asked_and_said_to_be(
    town: Town, mai: Phone
) -> None:
    tinh = town.phone("Lê Văn Tình")
    for said in (CODE, "1", "1"):
        await tinh.say(said)

    answer = await asks(mai)

    assert "đã hỏi" in answer
    assert "đã hỏi hiệu trưởng" not in answer
    await town.deliver()
    assert "xin dự L9" in tinh.last.text
    await tinh.say("11")
    await town.deliver()
    assert "H'Mai Byă dự L9" in mai.last.text
    assert "Hiệu trưởng" not in mai.last.text, "it was not the principal who agreed"


async def test_a_principal_is_asked_and_may_refuse(town: Town, mai: Phone) -> None:
    hoa = await head(town)

    assert "Trợ lý đã hỏi hiệu trưởng" in await asks(mai)
    await town.deliver()
    await hoa.say("12")
    await town.deliver()
    assert mai.last.text.startswith("Hiệu trưởng chưa đồng ý")
    assert "H'Mai Byă dự L9" in mai.last.text


async def test_ones_own_list_says_what_is_not_settled_and_is_not_cut_there(mai: Phone) -> None:
    await asks(mai)

    await mai.say("cua toi")

    labels = [choice.label for choice in mai.last.choices]
    assert labels[0].startswith("L9 Kỷ luật tích cực, Thứ Bảy 23/01/2027, chờ")
    assert labels[0].endswith("đồng ý")
    assert len(labels[0]) <= 56
