"""One person, several ways: a notice arrives once, on the one that works and costs least."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select, update

from bot.channels.base import Halted, Refused, Rejected, Spoken, TryLater, Uncertain, Unreachable
from bot.sender import AT_ONCE
from handlers import notices, templates
from handlers.message import Choice, Kind, Reply, Template
from handlers.routes import router
from storage import accounts, channels, merges, outbox, returns, spending
from storage.channels import FREE, Terms
from storage.models import (
    Account,
    Channel,
    ChannelState,
    Notice,
    NoticeState,
    Person,
)
from storage.spending import Spent
from tests.people import known
from tests.talk import Recorder

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from tests.talk import Phone, Town

NAME, NUMBER = "Lê Thị Út", "+84912345678"
# One of the three of the Sở.
OFFICER = "Đinh Thị Thu Hằng"
OA = Terms(free_hours=48, paid_hours=168, price=55)
BY_PHONE = Terms(templates={"plain": 200, "moved": 200})
CLOSING = [Refused("token"), Halted(ChannelState.EXHAUSTED, "quota")]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notices of two kinds, the second critical; both have approved words."""

    def filled(_db: Connection, owed: outbox.Owed, _now: object) -> Template | None:
        return None if owed.data.get("wordless") else Template(owed.kind, {"key": owed.key})

    choice = (Choice("", "Thực đơn", "menu"),)
    for kind in ("plain", "moved"):
        monkeypatch.setitem(
            router.notices, kind, lambda _chat, owed: Reply(f"notice {owed.key}", choice)
        )
    monkeypatch.setattr(templates, "fields", filled)


async def also(town: Town, name: str, channel: str) -> Phone:
    """One more phone of somebody, on another channel, heard from just now."""
    phone = town.phone(name, channel=channel)
    await phone.say("menu")

    def link(db: Connection) -> None:
        accounts.link(db, account_id(db, phone), person_id(db, name), town.inbox.now())

    await town.database.turn(link)
    phone.said.clear()
    return phone


def person_id(db: Connection, name: str = NAME) -> int:
    found = select(Person.id).where(Person.full_name == name).order_by(Person.id)
    return db.execute(found.limit(1)).scalar_one()


def account_id(db: Connection, phone: Phone) -> int:
    return db.execute(select(Account.id).where(Account.address == phone.address)).scalar_one()


async def owe(town: Town, kind: str = "plain", key: str = "k", **more: Any) -> None:
    def write(db: Connection) -> None:
        outbox.owe(db, kind, key=key, subject_id=10_000, person_id=person_id(db),
                   due_at=town.inbox.now(), **more)  # fmt: skip

    await town.database.turn(write)


async def open_channel(town: Town, name: str, terms: Terms = FREE) -> Recorder:
    town.channels.setdefault(name, Recorder(name, town.clock))
    await town.database.turn(lambda db: channels.open_channel(db, name, terms, town.inbox.now()))
    return town.channels[name]


async def with_number(town: Town, number: str = NUMBER) -> None:
    write = update(Person).where(Person.full_name == NAME).values(phone=number)
    await town.database.turn(lambda db: db.execute(write))


async def notice(town: Town, key: str = "k") -> Row[Any]:
    return await town.database.read(
        lambda db: db.execute(select(Notice.__table__).where(Notice.key == key)).one()
    )


async def state(town: Town, name: str) -> ChannelState:
    return await town.database.read(
        lambda db: db.execute(select(Channel.state).where(Channel.name == name)).scalar_one()
    )


async def spent(town: Town, name: str) -> Spent:
    return await town.database.read(lambda db: spending.of_day(db, name, town.clock.now.date()))


# One person, two accounts


@pytest.mark.parametrize("blocked", ["telegram", "zalo_bot"])
async def test_blocked_on_one_reached_on_the_other_with_one_copy_only(town: Town, blocked: str):
    phones = {"telegram": await known(town, NAME), "zalo_bot": await also(town, NAME, "zalo_bot")}
    # The blocked one was heard from last, so that it is tried first.
    await phones[blocked].say("menu")
    lost = phones.pop(blocked)
    lost.said.clear()
    (other,) = phones.values()
    lost.channel.fails = [Unreachable("blocked")]
    await owe(town)

    await town.deliver()
    town.clock.advance(hours=1)
    await town.deliver()

    assert lost.channel.fails == [], "it was tried"
    assert (len(lost.said), [reply.text for reply in other.said]) == (0, ["notice k"])
    sent = await notice(town)
    assert (sent.state, sent.channel) == (NoticeState.SENT, other.channel.name)
    assert sent.sent_to_id == await town.database.read(lambda db: account_id(db, other))
    # Its numbers are answered there.
    assert await other.say(other.last.choices[0].digit)


async def test_what_is_free_goes_before_what_costs(town: Town):
    free, paid = await known(town, NAME), await also(town, NAME, "zalo_oa")
    await open_channel(town, "zalo_oa", OA)
    town.clock.advance(hours=60)
    await owe(town)
    await town.deliver()
    assert (len(free.said), len(paid.said)) == (1, 0)
    assert await spent(town, "zalo_oa") == Spent(0, 0)


@pytest.mark.parametrize("error", [TryLater(), Uncertain("lost")], ids=["busy", "lost"])
async def test_a_platform_that_is_busy_or_gone_is_no_reason_to_go_elsewhere(
    town: Town, error: Exception
):
    old, new = await known(town, NAME), await also(town, NAME, "zalo_bot")
    new.channel.fails = [error]
    await owe(town)
    await town.deliver()
    if isinstance(error, Uncertain):
        # Heard from meanwhile, and still not where it goes: it may have arrived on the other.
        await old.say("menu")
        old.said.clear()
    town.clock.advance(minutes=1)
    await town.deliver()

    assert (len(old.said), len(new.said)) == (0, 1)


async def test_what_may_have_arrived_waits_for_its_channel(town: Town):
    old, new = await known(town, NAME), await also(town, NAME, "zalo_bot")
    new.channel.fails = [Uncertain("lost"), Refused("token")]
    await owe(town)
    await town.deliver()
    town.clock.advance(minutes=1)
    await town.deliver()
    assert (len(old.said), len(new.said)) == (0, 0)

    town.clock.advance(minutes=11)
    await town.deliver()
    assert (len(old.said), len(new.said)) == (0, 1)
    assert (await notice(town)).state is NoticeState.UNCERTAIN


# A channel that carries nothing


@pytest.mark.parametrize("error", CLOSING, ids=["refused", "exhausted"])
async def test_a_closed_channel_is_gone_round_at_once(town: Town, error: Exception):
    old, new = await known(town, NAME), await also(town, NAME, "zalo_bot")
    new.channel.fails = [error]
    await owe(town)
    await town.deliver()
    await owe(town, key="l")
    await town.deliver()

    assert [reply.text for reply in old.said] == ["notice k", "notice l"]
    assert new.said == []
    assert await state(town, "zalo_bot") is not ChannelState.READY


@pytest.mark.parametrize("error", CLOSING, ids=["refused", "exhausted"])
async def test_where_there_is_no_other_way_it_waits_and_never_fails(town: Town, error: Exception):
    phone = await known(town, NAME)
    town.channel.fails = [error for _ in range(20)]
    await owe(town)
    for _ in range(20):
        await town.deliver()
        assert (await notice(town)).state is NoticeState.OWED
        town.clock.advance(minutes=11)
    assert town.channel.fails == [], "tried once in ten minutes"

    await town.deliver()
    assert len(phone.said) == 1
    assert (await notice(town)).state is NoticeState.SENT
    assert await state(town, "telegram") is ChannelState.READY, "it works again"


async def test_the_department_hears_once_a_day_why_a_channel_stopped(town: Town):
    await known(town, NAME)
    officer = await also(town, OFFICER, "zalo_bot")
    await owe(town)
    await owe(town, key="l")
    town.channel.fails = [Halted(ChannelState.EXHAUSTED, "quota") for _ in range(4)]
    await town.deliver()
    town.clock.advance(minutes=11)
    await town.deliver()

    (news,) = officer.said
    assert "Telegram" in news.text
    assert "nạp" in news.text


async def test_news_that_are_over_are_not_told(town: Town):
    """The officer has no other channel than the one that stopped."""
    phone, officer = await known(town, NAME), await known(town, OFFICER)
    await owe(town)
    town.channel.fails = [Refused("token")]
    for _ in range(3):
        await town.deliver()
        town.clock.advance(minutes=11)

    assert (len(phone.said), len(officer.said)) == (1, 0)


# A phone number


@pytest.fixture
async def by_phone(town: Town) -> Recorder:
    """Templates can be sent, and somebody without an account has a number in the roster."""
    await with_number(town)
    return await open_channel(town, "zalo_template", BY_PHONE)


async def test_who_has_no_account_is_written_to_by_phone(town: Town, by_phone: Recorder):
    await owe(town)
    await town.deliver()

    (said,) = by_phone.said[NUMBER]
    assert said.template == Template("plain", {"key": "k"})
    sent = await notice(town)
    assert (sent.state, sent.channel, sent.cost) == (NoticeState.SENT, "zalo_template", 200)
    assert (sent.sent_to_id, sent.block) == (None, 0)
    assert await spent(town, "zalo_template") == Spent(1, 200)


async def test_a_number_that_zalo_does_not_know_is_not_tried_again(town: Town, by_phone: Recorder):
    by_phone.fails = [Unreachable("no account")]
    await owe(town)
    await town.deliver()

    assert (await notice(town)).state is NoticeState.FAILED
    deaf = select(Person.deaf_phone).where(Person.full_name == NAME)
    assert await town.database.read(lambda db: db.execute(deaf).scalar_one()) == NUMBER
    await owe(town, key="m")
    await town.deliver()
    assert by_phone.said == {}

    await with_number(town, "+84987654321")
    await owe(town, key="n")
    await town.deliver()
    assert list(by_phone.said) == ["+84987654321"]


async def test_without_approved_words_there_is_no_such_way(town: Town, by_phone: Recorder):
    await owe(town, data={"wordless": True})
    await town.deliver()
    assert by_phone.said == {}
    assert ((await notice(town)).state, (await notice(town)).reason) == (
        NoticeState.FAILED, "unreachable",
    )  # fmt: skip


async def test_what_is_no_longer_true_is_not_paid_for(
    town: Town, by_phone: Recorder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(router.notices, "plain", lambda _chat, _owed: None)
    await owe(town)
    await town.deliver()
    assert by_phone.said == {}
    assert (await notice(town)).state is NoticeState.SKIPPED
    assert await spent(town, "zalo_template") == Spent(0, 0)


# Money


@pytest.fixture
async def paid(town: Town) -> Phone:
    """Somebody whose only account is outside its free window, with money for one message."""
    phone = await also(town, NAME, "zalo_oa")
    await open_channel(town, "zalo_oa", Terms(free_hours=48, paid_hours=168, price=55,
                                              day_ceiling=60))  # fmt: skip
    town.clock.advance(hours=60)
    return phone


async def test_beyond_the_ceiling_only_what_is_critical_or_urgent_goes(town: Town, paid: Phone):
    await owe(town)
    await town.deliver()
    await owe(town, key="l")
    await town.deliver()
    assert [reply.text for reply in paid.said] == ["notice k"]
    withheld = await notice(town, "l")
    assert (withheld.state, withheld.reason) == (NoticeState.SKIPPED, "ceiling")

    await owe(town, kind="moved", key="m")
    await owe(town, key="u", urgent=True)
    await town.deliver()
    assert [reply.text for reply in paid.said[1:]] == ["notice m", "notice u"]
    assert await spent(town, "zalo_oa") == Spent(3, 165)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (Unreachable("blocked"), 0),
        (Rejected("field"), 0),
        (TryLater(), 0),
        (Refused("token"), 0),
        (Uncertain("lost"), 55),
        (KeyError("fault"), 55),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
async def test_what_was_surely_not_sent_costs_nothing(
    town: Town, paid: Phone, error: Exception, kept: int
):
    paid.channel.fails = [error]
    await owe(town)
    await town.deliver()
    assert await spent(town, "zalo_oa") == Spent(1 if kept else 0, kept)
    assert (await notice(town)).cost == kept


async def test_what_is_spoken_is_counted_beyond_what_was_reserved(
    town: Town, paid: Phone, monkeypatch: pytest.MonkeyPatch
):
    heard: list[tuple[str, str, int, int]] = []
    monkeypatch.setattr(town.inbox, "on_spoken", lambda *all_of_it: heard.append(all_of_it))

    async def speak(*_: object, **__: object) -> Spoken:
        return Spoken(town.clock(), messages=2, cost=110)

    monkeypatch.setattr(paid.channel, "speak", speak)
    await owe(town)
    await town.deliver()
    assert heard == [("zalo_oa", "plain", 1, 55)]
    assert (await notice(town)).cost == 110


async def test_an_answer_is_counted_with_what_the_platform_charges(
    town: Town, monkeypatch: pytest.MonkeyPatch
):
    heard: list[tuple[str, str, int, int]] = []
    monkeypatch.setattr(town.inbox, "on_spoken", lambda *all_of_it: heard.append(all_of_it))
    await town.phone("Ai đó").say("menu")
    assert heard == [("telegram", "answer", 1, 0)]


@pytest.mark.parametrize("second", [None, TryLater(), Refused("token"), Unreachable("gone")],
                         ids=["sent", "busy", "refused", "lost"])  # fmt: skip
async def test_what_is_said_again_is_paid_for_once(
    town: Town, paid: Phone, second: Exception | None
):
    paid.channel.fails = [Uncertain("lost"), *([second] if second else [])]
    await owe(town)
    await town.deliver()
    town.clock.advance(minutes=1)
    await town.deliver()
    # The first may have arrived: what it cost stays, whatever becomes of the second.
    assert await spent(town, "zalo_oa") == Spent(1, 55)
    if not second:
        assert (await notice(town)).cost == 55
        assert len(paid.said) == 1, "and its own money is no reason to withhold it"


async def test_what_became_dearer_meanwhile_is_reserved_anew(town: Town, paid: Phone):
    """A first try within the free hours, the second outside; the third is no dearer than it."""
    await paid.say("menu")
    paid.said.clear()
    paid.channel.fails = [Uncertain("lost"), TryLater(timedelta(minutes=1))]
    await owe(town)
    await town.deliver()
    assert await spent(town, "zalo_oa") == Spent(0, 0)
    town.clock.advance(hours=60)
    await town.deliver()
    assert paid.channel.fails == []
    assert await spent(town, "zalo_oa") == Spent(0, 0)
    town.clock.advance(minutes=2)
    await town.deliver()
    assert await spent(town, "zalo_oa") == Spent(1, 55)
    assert (await notice(town)).cost == 55


# In one hand


async def test_whoever_lost_the_lease_says_nothing(town: Town):
    """A batch so slow that another process has sent its last ones already."""
    phone = await known(town, NAME)
    await owe(town)
    now = town.inbox.now()
    (slow,) = await town.database.turn(lambda db: outbox.claim(db, now))
    town.clock.advance(minutes=3)
    await town.deliver()
    assert len(phone.said) == 1

    later = town.inbox.now()
    assert await town.database.turn(lambda db: notices.prepare(db, slow, later)) is None
    assert (await notice(town)).state is NoticeState.UNCERTAIN


async def test_the_time_to_send_begins_when_the_words_are_made(town: Town):
    await known(town, NAME)
    await owe(town)
    now = town.inbox.now()
    (mine,) = await town.database.turn(lambda db: outbox.claim(db, now))
    soon = now + timedelta(seconds=110)
    assert await town.database.turn(lambda db: notices.prepare(db, mine, soon))
    after = now + timedelta(seconds=150)
    assert await town.database.turn(lambda db: outbox.claim(db, after)) == []


async def test_money_reserved_in_vain_is_given_back(town: Town, paid: Phone):
    """It costs something to send, and turns out to be no longer true."""
    await owe(town)
    now = town.inbox.now()
    (mine,) = await town.database.turn(lambda db: outbox.claim(db, now))

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(router.notices, "plain", lambda _chat, _owed: None)
        assert await town.database.turn(lambda db: notices.prepare(db, mine, now)) is None
    assert await spent(town, "zalo_oa") == Spent(0, 0)
    assert (await notice(town)).channel == ""


async def test_a_person_who_became_one_with_another_meanwhile_is_found(town: Town):
    phone = await known(town, NAME)
    await owe(town)
    now = town.inbox.now()
    (mine,) = await town.database.turn(lambda db: outbox.claim(db, now))

    def become_one(db: Connection) -> None:
        lasting = person_id(db, OFFICER)
        merges.merge(db, person_id(db), lasting, now, actor_id=lasting)

    await town.database.turn(become_one)
    letter = await town.database.turn(lambda db: notices.prepare(db, mine, now))
    assert letter
    assert letter.address == phone.address


# Templates are approved one by one


async def test_a_template_that_is_not_approved_closes_its_own_kind(town: Town, by_phone: Recorder):
    by_phone.fails = [Halted(ChannelState.HALTED, "not approved")]
    await owe(town, key="k")
    await town.deliver()
    assert (await notice(town)).state is NoticeState.OWED
    await owe(town, kind="moved", key="m")
    await owe(town, key="l")
    await town.deliver()
    assert [reply.template.fields["key"] for reply in by_phone.said[NUMBER] if reply.template] == [
        "m"
    ]
    way = await town.database.read(lambda db: channels.ways(db, town.inbox.now())["zalo_template"])
    assert (way.state, way.reason) == (ChannelState.HALTED, "plain: not approved")
    assert (way.open, way.carries("moved"), way.carries("plain")) == (True, True, False)

    town.clock.advance(minutes=11)
    await town.deliver()
    assert len(by_phone.said[NUMBER]) == 3, "and once it is approved, all that waited goes"
    way = await town.database.read(lambda db: channels.ways(db, town.inbox.now())["zalo_template"])
    assert way.state is ChannelState.READY


async def test_without_its_login_no_template_goes(town: Town, by_phone: Recorder):
    by_phone.fails = [Refused("token")]
    await owe(town, key="k")
    await town.deliver()
    await owe(town, kind="moved", key="m")
    await town.deliver()
    assert by_phone.said == {}


# Many who wait


async def test_hundreds_that_wait_for_a_closed_channel_hold_up_nobody(town: Town):
    """They come first by age, and each probe tries a few of them only."""
    await known(town, OFFICER)
    other = await also(town, NAME, "zalo_bot")

    def owe_many(db: Connection) -> None:
        officer = person_id(db, OFFICER)
        for number in range(300):
            outbox.owe(db, "plain", key=f"w{number}", subject_id=1, person_id=officer,
                       due_at=town.inbox.now())  # fmt: skip

    await town.database.turn(owe_many)
    await owe(town, key="last")
    town.channel.fails = [Refused("token") for _ in range(100)]
    await town.deliver()
    assert [reply.text for reply in other.said] == ["notice last"]
    tried = 100 - len(town.channel.fails)
    assert tried <= AT_ONCE
    town.clock.advance(minutes=11)
    await owe(town, key="later")
    await town.deliver()
    assert [reply.text for reply in other.said][1:] == ["notice later"]
    assert 100 - len(town.channel.fails) <= tried + AT_ONCE

    town.channel.fails.clear()
    town.clock.advance(minutes=11)
    await town.deliver()
    counted = select(func.count()).where(Notice.state == NoticeState.SENT, Notice.kind == "plain")
    assert await town.database.read(lambda db: db.execute(counted).scalar_one()) == 302


# Coming back


@pytest.fixture
async def missed(town: Town) -> None:
    """Somebody who never had an account missed a move."""
    await owe(town, kind="moved")
    await town.deliver()
    failed = await notice(town)
    assert (failed.state, failed.reason) == (NoticeState.FAILED, returns.LOST)


async def test_the_first_account_of_a_person_brings_what_was_missed(town: Town, missed: None):
    phone = await also(town, NAME, "zalo_bot")
    await town.deliver()
    assert [reply.text for reply in phone.said] == ["notice k"]


async def test_who_was_silent_too_long_hears_it_when_writing_again(town: Town):
    phone = await also(town, NAME, "zalo_oa")
    await open_channel(town, "zalo_oa", OA)
    town.clock.advance(days=8)
    await owe(town, kind="moved")
    await town.deliver()
    assert (await notice(town)).state is NoticeState.FAILED

    await phone.send(Kind.TEXT, text="menu")
    await town.deliver()
    assert "notice k" in [reply.text for reply in phone.said]
