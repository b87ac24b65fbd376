"""What a handler is given: who speaks, what was said, and the means to answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handlers import text
from handlers.message import Choice, Document, Message, Place, Reply
from storage import spelling
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.blocks import Sent
    from storage.conversations import Talk, Who

# A screen shows at most this many numbered choices: 9 is the next page, 0 leaves.
PAGE = 6
LEAVE = "leave"


class Chat:
    """One turn of one conversation. Handlers read it, ask storage, and return a `Reply`."""

    def __init__(
        self,
        db: Connection,
        now: datetime,
        message: Message,
        talk: Talk,
        run: Callable[[Chat, str], Reply],
    ) -> None:
        self.db = db
        self.now = now
        self.message = message
        self.talk = talk
        self.text = spelling.clean(message.text)
        self.folded = spelling.fold(self.text)
        self.person = talk.person
        self.notice: Sent | None = None
        self.repeats = False
        self._run = run
        self._step = ""

    # Words

    def _(self, sentence: str, /, **fields: object) -> str:
        """The sentence in the person's language, in the form of address they chose."""
        called = self.person.called if self.person else Called.TEACHER
        return text.say(self.talk.language, called, sentence, **fields)

    # Who

    @property
    def me(self) -> Who:
        """The person this account speaks for; LookupError for a stranger, who comes no further."""
        if self.person is None:
            raise LookupError("nobody is known here")
        return self.person

    # Memory

    @property
    def form(self) -> dict[str, Any]:
        """What the open dialogue has learnt so far; kept until another dialogue begins."""
        return self.talk.data.setdefault("form", {})

    def begin(self, **fields: Any) -> None:
        """Begin a dialogue with an empty form."""
        self.talk.data["form"] = dict(fields)

    def expect(self, step: str) -> None:
        """Let the next text go to a step as a whole (except `0`, `menu` and codes)."""
        self._step = step

    @property
    def expected(self) -> str:
        """The step this turn has opened."""
        return self._step

    @property
    def intent(self) -> str:
        """The action to take once the person is known."""
        return str(self.talk.data.get("intent", ""))

    @intent.setter
    def intent(self, action: str) -> None:
        self.talk.data["intent"] = action

    def resume(self) -> Reply:
        """Go on with what the person came for, else the menu."""
        action = str(self.talk.data.pop("intent", "") or "menu")
        return self.go(action)

    # Answers

    def go(self, action: str) -> Reply:
        """Answer as if this action had been chosen."""
        return self._run(self, action)

    def screen(
        self,
        words: str,
        *choices: tuple[str, str],
        back: tuple[str, str] | None = None,
        more: str = "",
        yes: bool = False,
        place: Place | None = None,
        document: Document | None = None,
        ask_contact: str = "",
        also: tuple[Choice, ...] = (),
    ) -> Reply:
        """A screen: words, then `(label, action)` choices numbered from 1.

        `back` is choice 0; `more` the action of choice 9, the next page. `yes` lets "dạ vâng" mean
        choice 1: only for a question whose yes harms nothing. `also` are choices that have their
        numbers already, those of a notice; they come first.
        """
        numbered = tuple(
            Choice(str(number), label, action)
            for number, (label, action) in enumerate(choices, start=1)
        )
        if also:
            # The notice's own numbers read 11, 12; the screen's go on from 2, as 1 would seem
            # to answer the notice.
            numbered = tuple(
                replace(choice, digit=str(int(choice.digit) + 1)) for choice in numbered
            )
        rest: tuple[Choice, ...] = ()
        if more:
            rest += (Choice("9", self._("More"), more),)
        if back:
            rest += (Choice("0", *back),)
        self.talk.choices = {choice.digit: choice.action for choice in (*numbered, *rest)}
        if yes and numbered:
            self.talk.choices["yes"] = numbered[0].action
        return Reply(
            text=words,
            choices=(*also, *numbered, *rest),
            place=place,
            document=document,
            ask_contact=ask_contact,
        )

    def letter(self, words: str, *choices: tuple[str, str]) -> Reply:
        """A message sent unasked. Its choices get two-digit numbers when it is sent."""
        return Reply(words, tuple(Choice("", label, action) for label, action in choices))

    def ask(self, words: str, step: str, *choices: tuple[str, str], back: str = LEAVE) -> Reply:
        """A question whose answer is a text; `0` goes back."""
        self.expect(step)
        return self.screen(words, *choices, back=(self._("Back"), back))

    def again(self, words: str) -> Reply:
        """One line on what was wrong, then the same choices and the same open step as before."""
        self._step = self.talk.step
        self.repeats = True
        last = Reply.from_json(self.talk.answer) if self.talk.answer else Reply()
        if not last.choices and not self._step:
            return self._onward(words)
        return Reply(text=words, choices=last.choices, ask_contact=last.ask_contact)

    def _onward(self, words: str) -> Reply:
        """Where no choices stand, a way on."""
        return self.screen(
            words,
            (self._("Training schedule"), "schedule"),
            (self._("My trainings"), "mine"),
            (self._("Help"), "help"),
        )

    def back(self, action: str = LEAVE) -> tuple[str, str]:
        """Choice 0."""
        return (self._("Back"), action)
