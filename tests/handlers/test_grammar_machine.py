"""Screens, notices, late and repeated messages in any order never act on the wrong object.

The model knows only what stands on one phone, which two colleagues share, and since when. Each
message may change nothing but what the choice it means names, for the person it was shown to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import select

from handlers import assistant, notices
from handlers.message import Kind, Message, Reply
from handlers.reading import FRESH
from storage import blocks, changes, conversations, outbox, registrations, spelling
from storage.conversations import HEARD
from storage.database import address, sqlite
from storage.models import Account, Conversation, NoticeState, Registration, Standing
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

NGA, MAI, OTHER = 1, 2, 3
ROOMY, ALSO_ROOMY, TIGHT = 1, 2, 3
LINES = (
    "menu", "lich", "cua toi", "huy", "L1", "L2", "L3", "huy L1", "huy L2", "huy L3", "dk L1",
    "dk L3", "doi", "doi", "dạ vâng", "khong", "cam on", "xyz", "/huy", "/cuatoi", "Điểu Thị Nga 2",
)  # fmt: skip
# How a message that only repeats the standing choices begins: they stay whose they were.
AGAIN = ("wrote this before", "no choice", "no longer in use", "There is no message", "too long")
# What a choice may make of a registration.
MAKES = {
    "register": {Standing.SEATED, Standing.WAITING},
    "giveup": {Standing.GIVEN_UP},
    "take": {Standing.SEATED},
    "stay": {Standing.SEATED, Standing.WAITING, Standing.OFFERED},
    "withdrawn": {Standing.GIVEN_UP},
}
EVERY = 0
Key = tuple[int, int]
State = tuple[Standing, datetime | None]


@dataclass
class Shown:
    """One message of ours: whom it was for, and since when it stands on the phone (None: lost)."""

    reply: Reply
    person_id: int
    made: datetime
    seen: datetime | None
    answering: str = ""

    def action(self, digit: str) -> str | None:
        return next((each.action for each in self.reply.choices if each.digit == digit), None)


class Grammar(RuleBasedStateMachine):
    """One phone, two people, three courses."""

    engine: ClassVar[Engine]

    def __init__(self) -> None:
        super().__init__()
        self.db = self.engine.connect()
        self.transaction = self.db.begin()
        self.now = MONDAY
        rows.school(self.db)
        rows.people(self.db, 3)
        for course_id, seats in ((ROOMY, 9), (ALSO_ROOMY, 9), (TIGHT, 1)):
            starts_at = MONDAY + timedelta(days=40 + course_id)
            rows.course(self.db, course_id, seats=seats, starts_at=starts_at)
        rows.account(self.db, "1000", NGA, MAI)
        asked = ((ROOMY, NGA), (ALSO_ROOMY, NGA), (ROOMY, MAI), (TIGHT, OTHER), (TIGHT, MAI),
                 (TIGHT, NGA))  # fmt: skip
        for course_id, person_id in asked:
            who = conversations.who(self.db, person_id)
            registrations.register(self.db, course_id, who, self.now)
        self.screens: list[Shown] = []
        self.notices: list[Shown] = []
        self.heard: list[Message] = []
        self.hear(self.message(text="menu"), None)
        # Questions about two courses, one of them to both people, stand on the phone.
        self.course_moves(ROOMY)
        self.course_moves(ALSO_ROOMY)
        self.notices_are_sent(answer_lost=False)

    def teardown(self) -> None:
        self.transaction.rollback()
        self.db.close()

    # What the people at the phone do

    @rule(line=st.sampled_from(LINES))
    def say(self, line: str) -> None:
        """Words change nothing, but a yes or the label of a line of the newest screen."""
        self.hear(self.message(text=line), self.meant_by_words(line))

    @rule(digit=st.sampled_from("0112345679"), back=st.integers(0, 6))
    def type_digit(self, digit: str, back: int) -> None:
        message = self.message(text=digit, back=back)
        # A card repeats the two-digit numbers of its notice: they answer that, seen or not.
        meant = self.meant_by_two if len(digit) == 2 else self.meant_by_digit
        self.hear(message, meant(digit, message.sent_at))

    @rule(data=st.data(), back=st.integers(0, 6))
    def type_a_digit_of_the_newest_screen(self, data: st.DataObject, back: int) -> None:
        self.type_digit(data.draw(st.sampled_from(self.digits(self.screens[-1:]) or ["1"])), back)

    @rule(data=st.data(), back=st.integers(0, 6))
    def answer_a_notice(self, data: st.DataObject, back: int) -> None:
        digits = data.draw(st.sampled_from([*self.digits(self.notices), "11", "12", "21", "59"]))
        message = self.message(text=digits, back=back)
        self.hear(message, self.meant_by_two(digits, message.sent_at))

    @rule(data=st.data())
    def type_a_label(self, data: st.DataObject) -> None:
        labels = [choice.label for shown in self.screens for choice in shown.reply.choices]
        if labels:
            label = data.draw(st.sampled_from(labels))
            self.hear(self.message(text=label), self.meant_by_words(label))

    @rule(data=st.data())
    def press(self, data: st.DataObject) -> None:
        """Any button that ever stood on the phone."""
        buttons = [
            (shown, choice)
            for shown in (*self.screens, *self.notices)
            if shown.seen
            for choice in shown.reply.choices
        ]
        if not buttons:
            return
        shown, choice = data.draw(st.sampled_from([*buttons[-4:], *buttons]))
        data_sent = f"{shown.reply.mark}|{choice.action}"
        newest = shown is self.screens[-1] or shown in self.notices
        meant = self.acts(shown, choice.action) if newest else None
        self.hear(self.message(kind=Kind.PRESS, press=data_sent), meant, on=shown)

    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """The platform repeats a message."""
        recent = self.heard[-HEARD:]
        message = data.draw(st.sampled_from(recent))
        self.now += timedelta(seconds=1)
        self.hear(message, None, repeated=True)

    @rule(line=st.sampled_from(LINES))
    def lose_an_answer(self, line: str) -> None:
        """The program dies between committing and speaking: nothing new stands on the phone."""
        self.hear(self.message(text=line), self.meant_by_words(line), lost=True)

    @rule()
    def recover(self) -> None:
        for late in conversations.unspoken(self.db, self.now + timedelta(seconds=1), self.now):
            self.now += timedelta(seconds=1)
            conversations.spoken(self.db, late.account_id, late.message_id, self.now)
            assert self.screens[-1].answering == late.message_id
            self.screens[-1].seen = self.now

    # What happens elsewhere

    @rule(course_id=st.sampled_from((ROOMY, ALSO_ROOMY, TIGHT)))
    def course_moves(self, course_id: int) -> None:
        self.now += timedelta(minutes=1)
        course = changes.courses.get(self.db, course_id)
        assert course
        assert course.starts_at
        later = course.starts_at + timedelta(days=1)
        changes.reschedule(self.db, course_id, now=self.now, starts_at=later, why="mưa")

    @rule()
    def a_seat_is_freed(self) -> None:
        registrations.give_up(self.db, TIGHT, OTHER, self.now)

    @rule(answer_lost=st.booleans())
    def notices_are_sent(self, answer_lost: bool) -> None:
        self.now += timedelta(seconds=1)
        for owed in outbox.claim(self.db, self.now):
            letter = notices.prepare(self.db, owed, self.now)
            if letter is None:
                continue
            assert owed.person_id
            self.notices.append(Shown(letter.reply, owed.person_id, self.now, self.now))
            if answer_lost and not letter.again:
                outbox.postpone(self.db, owed.id, self.now + timedelta(seconds=30))
            else:
                outbox.settle(self.db, owed.id, NoticeState.SENT, at=self.now)

    @rule(hours=st.sampled_from((1, 14, 25, 24 * 15)))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        registrations.lapse(self.db, self.now)

    # The model: what a message means

    def meant_by_digit(self, digit: str, sent_at: datetime) -> tuple[Key, str] | None:
        newest = self.screens[-1]
        action = newest.action(digit)
        if action is None or newest.seen is None or sent_at < newest.seen:
            return None
        return self.acts(newest, action)

    def meant_by_two(self, digits: str, sent_at: datetime) -> tuple[Key, str] | None:
        showing = [shown for shown in self.notices if shown.action(digits)]
        if not showing or showing[-1].seen is None or sent_at < showing[-1].seen:
            return None
        action = showing[-1].action(digits)
        assert action
        return self.acts(showing[-1], action)

    def meant_by_words(self, words: str) -> tuple[Key, str] | None:
        newest = self.screens[-1]
        if newest.seen is None or not newest.reply.choices:
            return None
        for choice in newest.reply.choices:
            if words == choice.label:
                # A card repeats the lines of a notice: they answer that, seen or not.
                return (self.meant_by_two(choice.digit, self.now) if len(choice.digit) == 2
                        else self.acts(newest, choice.action))  # fmt: skip
        if line := self.meant_by_line(words):
            return line
        first = newest.reply.choices[0].action
        # A yes may ask for a seat; it never gives one back.
        return self.acts(newest, first) if words == "dạ vâng" and "register" in first else None

    def meant_by_line(self, words: str) -> tuple[Key, str] | None:
        """A notice's line, where one open notice alone has it and no text was asked for."""
        account = self.db.execute(select(Conversation.account_id, Conversation.step)).one()
        found = blocks.worded(self.db, account.account_id, spelling.fold(words), self.now)
        if account.step or len(found) != 1:
            return None
        return self.meant_by_two(found[0][1], self.now)

    def acts(self, shown: Shown, action: str) -> tuple[Key, str] | None:
        """The registration a choice names and what it does to it; None where it only looks."""
        name, *arguments = action.split()
        notice = shown in self.notices
        if name not in MAKES or self.now - shown.made > (blocks.LIVE_FOR if notice else FRESH):
            return None
        if name == "withdrawn":
            return (EVERY, shown.person_id), name
        if name in ("take", "stay"):
            row = self.db.execute(
                select(Registration.course_id, Registration.person_id).where(
                    Registration.id == int(arguments[0])
                )
            ).one()
            assert row.person_id == shown.person_id, "a choice speaks of somebody else's place"
            return (row.course_id, row.person_id), name
        return (int(arguments[0]), shown.person_id), name

    # Talking to the assistant

    def message(
        self, *, text: str = "", kind: Kind = Kind.TEXT, press: str = "", back: int = 0
    ) -> Message:
        """A new message. `back` > 2: stamped before our last few messages stood on the phone."""
        self.now += timedelta(seconds=5)
        sent_at = self.now
        if back > 2:
            shown = [each for each in (*self.screens, *self.notices) if each.seen]
            moments = sorted(each.seen for each in shown if each.seen)
            sent_at = moments[max(0, len(moments) - back + 2)] - timedelta(seconds=1)
        return Message(
            "telegram", "1000", f"m{len(self.heard)}", kind, sent_at, text=text, press=press,
            language="en",
        )  # fmt: skip

    def hear(
        self,
        message: Message,
        meant: tuple[Key, str] | None,
        *,
        on: Shown | None = None,
        repeated: bool = False,
        lost: bool = False,
    ) -> None:
        before = self.state()
        answer = assistant.answer(self.db, message, self.now)
        after = self.state()
        self.compare(before, after, meant)
        if repeated:
            assert before == after
            if not answer.reply.silent:
                self.spoken(answer.message_id)
            return
        self.heard.append(message)
        if answer.reply.silent:
            return
        person_id = self.speaker(message, answer.reply, on)
        self.screens.append(Shown(answer.reply, person_id, self.now, None, message.id))
        if not lost:
            self.spoken(message.id)

    def spoken(self, message_id: str) -> None:
        account_id = self.db.execute(select(Account.id)).scalar_one()
        conversations.spoken(self.db, account_id, message_id, self.now)
        if self.screens[-1].answering == message_id:
            self.screens[-1].seen = self.now

    def speaker(self, message: Message, reply: Reply, on: Shown | None) -> int:
        """Whom an answer is for: whoever the choice was shown to, else who uses the phone now."""
        if any(words in reply.text for words in AGAIN) and self.screens:
            return self.screens[-1].person_id
        if on and (on in self.notices or on is self.screens[-1]):
            return on.person_id
        text = message.text
        showing = [shown for shown in self.notices if shown.action(text)]
        if len(text) == 2 and showing:
            return showing[-1].person_id
        newest = self.screens[-1] if self.screens else None
        labels = {choice.label for choice in newest.reply.choices} if newest else set()
        answers = newest and (newest.action(text) or text in labels or text == "khong")
        if newest and (answers or (text == "dạ vâng" and newest.reply.choices)):
            return newest.person_id
        return self.db.execute(select(Account.person_id)).scalar_one()

    def compare(
        self, before: dict[Key, State], after: dict[Key, State], meant: tuple[Key, str] | None
    ) -> None:
        """Nothing changed but what was meant; and what was surely meant did change."""
        changed = {
            key
            for key in after
            if before.get(key) != after[key] and not _passed_on(before.get(key), after[key])
        }
        if meant is None:
            assert not changed, "a message that meant nothing changed something"
            return
        key, name = meant
        if key[0] == EVERY:
            assert all(person_id == key[1] for _, person_id in changed)
            assert all(after[each][0] in MAKES[name] for each in changed)
            return
        assert changed <= {key}, f"{name} {key} was meant"
        was = before.get(key)
        if key in changed:
            assert after[key][0] in MAKES[name]
            assert name != "stay" or (was and was[0] == after[key][0])
        live = was is not None and was[0] in registrations.LIVE
        if name == "giveup" and live:
            assert after[key][0] is Standing.GIVEN_UP
        if name == "stay" and live:
            assert after[key][1] is None

    def state(self) -> dict[Key, State]:
        found = self.db.execute(
            select(
                Registration.course_id, Registration.person_id, Registration.standing,
                Registration.unanswered_since,
            ).where(Registration.person_id != OTHER)
        )  # fmt: skip
        return {(row[0], row[1]): (row[2], row[3]) for row in found}

    @staticmethod
    def digits(shown: list[Shown]) -> list[str]:
        return sorted({choice.digit for each in shown for choice in each.reply.choices})


def _passed_on(before: State | None, after: State) -> bool:
    """A freed seat that was offered to whoever waited is nobody's message."""
    return before is not None and (before[0], after[0]) == (Standing.WAITING, Standing.OFFERED)


FEW = settings(
    max_examples=50,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow],
)
MANY = settings(FEW, max_examples=2000, stateful_step_count=60, derandomize=False)


@pytest.fixture
def machine(empty_file: Path, tmp_path: Path):
    import shutil

    shutil.copy(empty_file, tmp_path / "machine.db")
    engine = sqlite(address(f"sqlite:///{tmp_path / 'machine.db'}"))
    yield type("GrammarHere", (Grammar,), {"engine": engine})
    engine.dispose()


def test_no_order_of_messages_acts_on_the_wrong_object(machine: type[Grammar]):
    run_state_machine_as_test(machine, settings=FEW)


def test_a_question_to_a_colleague_is_answered_for_the_colleague(machine: type[Grammar]):
    """The phone speaks for Nga; the question was to Mai, and so is the one that follows it."""
    phone = machine()
    try:
        asked = next(shown for shown in phone.notices if shown.person_id == MAI)
        (digits,) = [each.digit for each in asked.reply.choices if "unable" in each.action]
        message = phone.message(text=digits)
        phone.hear(message, phone.meant_by_two(digits, message.sent_at))
        assert "Điểu Thị Nga 2" in phone.screens[-1].reply.text
        phone.type_digit("1", 0)
        state = phone.state()
        assert state[ROOMY, MAI][0] is Standing.GIVEN_UP
        assert state[ROOMY, NGA][0] is Standing.SEATED
    finally:
        phone.teardown()


def test_a_choice_of_yesterday_is_asked_about_again(machine: type[Grammar]):
    phone = machine()
    try:
        phone.say("huy L1")
        phone.now += FRESH + timedelta(minutes=1)
        before = phone.state()
        phone.type_digit("1", 0)
        assert phone.state() == before
        assert "Give back the seat of Điểu Thị Nga 1 in L1" in phone.screens[-1].reply.text
        phone.type_digit("1", 0)
        assert phone.state()[ROOMY, NGA][0] is Standing.GIVEN_UP
    finally:
        phone.teardown()


@pytest.mark.soak
def test_many_orders_of_messages_never_act_on_the_wrong_object(machine: type[Grammar]):
    run_state_machine_as_test(machine, settings=MANY)
