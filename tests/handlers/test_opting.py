"""Consent to announcements: asked late and apart, twice at most, switched and ended at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import conversations, opting, profiles, reminders
from storage.models import Account, Announce, Consent, ConsentPurpose, Remind
from tests.announced import OFFICER, person, principal
from tests.people import joins, known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Phone, Town

MAI, NGA, HOA = "H'Mai Byă", "Điểu Thị Nga", "Nguyễn Thị Hoa"
QUESTION = (
    "Xã và Sở có thông báo chung, nhiều nhất 2 tin một tuần. Thầy/cô muốn nhận không?\n"
    "1 Nhận\n2 Không nhận"
)
NO = "Vâng, Trợ lý chỉ nhắn về lớp tập huấn thầy/cô đã đăng ký. Muốn đổi, nhắn: nhắc"


@pytest.fixture
async def mai(town: Town) -> Phone:
    """Known since yesterday, with an answer about reminders."""
    phone = await known(town, MAI)
    await reminded(town, phone, MAI)
    town.clock.advance(days=1)
    return phone


async def reminded(town: Town, phone: Phone, name: str) -> None:
    def work(db: Connection) -> None:
        account = select(Account.id).where(Account.address == phone.address)
        reminders.choose(
            db, person(db, name), Remind.EVE, town.inbox.now(), channel="telegram",
            account_id=db.execute(account).scalar_one(),
        )  # fmt: skip

    await town.database.turn(work)


async def seat(phone: Phone, code: str = "L12") -> str:
    await phone.say(f"dk {code}")
    return await phone.say("1")


async def kept(town: Town, name: str = MAI) -> tuple[Announce, list[tuple[str, str, bool]]]:
    """The wish, and the proofs: version, channel, and whether it stands."""

    def work(db: Connection) -> tuple[Announce, list[tuple[str, str, bool]]]:
        rows = db.execute(
            select(Consent.version, Consent.channel, Consent.withdrawn_at)
            .where(
                Consent.person_id == person(db, name),
                Consent.purpose == ConsentPurpose.ANNOUNCEMENTS,
            )
            .order_by(Consent.id)
        )
        proofs = [(row.version, row.channel, row.withdrawn_at is None) for row in rows]
        return opting.wish(db, person(db, name)), proofs

    return await town.database.read(work)


async def test_the_question_follows_a_later_seat_in_the_golden_words(
    town: Town, mai: Phone
) -> None:
    said = await seat(mai)
    assert said.endswith(f"lúc 19h00 Thứ Sáu 11/12.\n{QUESTION}")
    assert await kept(town) == (Announce.UNASKED, [])
    assert await mai.say("2") == NO
    assert await kept(town) == (Announce.NO, [])
    assert "thông báo chung" not in await seat(mai, "L15")


async def test_a_yes_is_kept_with_its_proof_and_shown(town: Town, mai: Phone) -> None:
    await seat(mai)
    assert "Trợ lý sẽ gửi thầy/cô thông báo chung" in await mai.say("1")
    wish, proofs = await kept(town)
    assert (wish, [proof[1:] for proof in proofs]) == (Announce.YES, [("telegram", True)])
    assert "Đồng ý nhận thông báo chung: Thứ Ba, 24/11/2026" in await mai.say("du lieu")


async def test_vang_is_no_consent(town: Town, mai: Phone) -> None:
    await seat(mai)
    assert "1 Nhận" in await mai.say("dạ vâng")
    assert await kept(town) == (Announce.UNASKED, [])


async def test_silence_is_asked_about_once_more_and_never_again(town: Town, mai: Phone) -> None:
    for code, asked in (("L12", True), ("L15", True), ("L12", False)):
        assert (QUESTION in await seat(mai, code)) is asked
        await mai.say("menu")
        await mai.say(f"huy {code}")
        await mai.say("1")


async def test_never_on_the_first_day_and_never_with_the_other_question(town: Town) -> None:
    phone = await known(town, MAI)
    assert "muốn Trợ lý nhắc" in await seat(phone)
    await phone.say("1")
    assert "thông báo chung" not in await seat(phone, "L15")
    town.clock.advance(days=1)
    other = await known(town, NGA)
    said = await seat(other)
    assert "muốn Trợ lý nhắc" in said
    assert "thông báo chung" not in said


@pytest.mark.parametrize("words", ["không nhận tin chung", "tat thong bao", "Ngừng nhận"])
async def test_a_word_ends_them_wherever_one_is(town: Town, mai: Phone, words: str) -> None:
    await seat(mai)
    await mai.say("1")
    await mai.say("lich")
    assert await mai.say(words) == NO
    wish, proofs = await kept(town)
    assert (wish, [stands for *_, stands in proofs]) == (Announce.NO, [False])


async def test_the_switch_in_the_reminders(town: Town, mai: Phone) -> None:
    shown = await mai.say("nhac")
    assert "Nhận thông báo chung" in shown
    await mai.press("opt yes")
    assert (await kept(town))[0] is Announce.YES
    shown = await mai.say("nhac")
    assert "Không nhận thông báo chung" in shown
    assert await mai.press("opt no") == NO
    assert (await kept(town))[0] is Announce.NO
    assert "1 Nhận thông báo chung" in await mai.say("nhan thong bao")
    await mai.say("1")
    assert [stands for *_, stands in (await kept(town))[1]] == [False, True]


async def test_an_old_press_asks_anew(town: Town, mai: Phone) -> None:
    await seat(mai)
    old = mai.last
    await mai.say("menu")
    assert QUESTION in await mai.press("opt yes", old)
    assert await kept(town) == (Announce.UNASKED, [])


async def test_on_a_shared_phone_the_answer_is_that_of_whoever_was_asked(
    town: Town, mai: Phone
) -> None:
    await joins(town, mai, NGA)
    await mai.say("doi")
    assert QUESTION in await seat(mai)
    assert f"cho {MAI}" in await mai.say("1")
    assert (await kept(town))[0] is Announce.YES
    assert (await kept(town, NGA))[0] is Announce.UNASKED


async def test_whoever_withdraws_everything_agrees_to_nothing_any_more(
    town: Town, mai: Phone
) -> None:
    await seat(mai)
    await mai.say("1")

    def withdraw(db: Connection) -> None:
        profiles.withdraw(db, conversations.who(db, person(db, MAI)), town.inbox.now())

    await town.database.turn(withdraw)
    wish, proofs = await kept(town)
    assert wish is not Announce.YES
    assert [stands for *_, stands in proofs] == [False]


@pytest.mark.parametrize("name", [OFFICER, HOA])
async def test_officers_and_principals_are_asked_in_their_work_on_one_day(
    town: Town, name: str
) -> None:
    phone = await known(town, name)
    if name == HOA:
        await principal(town, HOA)
    assert "Nhận thông báo chung" not in await phone.say("viec"), "not on the first day"
    town.clock.advance(days=1)
    assert "Nhận thông báo chung" in await phone.say("viec")
    assert "Nhận thông báo chung" in await phone.say("viec")
    assert "muốn nhận không?\n1 Nhận\n2 Không nhận" in await phone.press("opting")
    town.clock.advance(days=1)
    assert "Nhận thông báo chung" not in await phone.say("viec")
    await phone.say("nhac")
    await phone.press("opt yes")
    assert (await kept(town, name))[0] is Announce.YES
