"""Swindlers: questions about money and secrets, and reports to the Sở."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from handlers import genuine
from handlers.numbers import number as figure
from handlers.routes import router
from storage import broadcasts, codes, conversations, courses, reports
from storage.masking import masked, sensitive
from storage.reports import Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed

router.command("report", words=("bao lua dao", "bao tin lua dao", "bao cao lua dao"))

# Folded: somebody is to pay or transfer something …
_MONEY = re.compile(
    r"\b(chuyen|nop|dong|gui|tra|ck|thu|doi|bat)\b(?: \S+){0,4}?"
    r" (tien|phi|le phi|\d[\d.,]* ?(k|nghin|ngan|tr|trieu|dong|d|vnd))\b"
)
# … or to give away what only they may know; or suspects it.
_SECRET = re.compile(
    r"\b(chuyen khoan|stk|so tai khoan|tai khoan ngan hang|ma otp|otp|mat khau|password|cccd|cmnd"
    r"|can cuoc|ma xac thuc|lua dao|gia mao|quet ma qr)\b"
)
_LINK = re.compile(r"https?://|\bwww ")
_ANNOUNCEMENT = re.compile(r"\btb ?0*(\d{1,6})\b")


def warning(chat: Chat) -> Reply | None:
    """The answer to a text about money or secrets, or with numbers nobody should send."""
    said = chat.folded
    suspect = sensitive(chat.text) or any(each.search(said) for each in (_SECRET, _MONEY, _LINK))
    named = _ANNOUNCEMENT.search(said)
    # A code is quickly copied: whoever names a genuine one is warned of the money all the same.
    if named and not (suspect and genuine.sent(chat, int(named[1]))):
        return genuine.checked(chat, int(named[1]))
    if not suspect:
        return None
    # Only for a report, and without the numbers.
    chat.begin(words=masked(chat.text)[: reports.LONGEST])
    course = _course(chat)
    true = (
        [(chat._("What is true about {code}", code=course.code), f"course {course.id}")]
        if course
        else []
    )
    if named:
        code = broadcasts.code(int(named[1]))
        true.append((chat._("What is true about {code}", code=code), f"check {int(named[1])}"))
    return chat.screen(
        _answer(chat, course),
        (chat._("Tell the Department of Education"), "report"),
        *true,
        back=(chat._("Leave it"), "leave"),
    )


def _course(chat: Chat) -> Training | None:
    number = codes.course_in(chat.folded)
    return courses.numbered(chat.db, number) if number else None


def _answer(chat: Chat, course: Training | None) -> str:
    if sensitive(chat.text):
        return chat._(
            "The assistant never needs ID cards, bank accounts, passwords, OTPs or money. The"
            " number just sent has not been kept. Please give it to nobody."
        )
    if _LINK.search(chat.folded):
        return chat._(
            "Please do not open that link. The assistant never asks for money, passwords, OTPs, ID"
            " cards or bank accounts."
        )
    if course is None:
        return chat._(
            "No. The assistant never asks for money, passwords, OTPs, ID cards or bank accounts."
            " Please transfer nothing and give nothing away."
        )
    if course.fee:
        return chat._(
            "{code} costs {fee} đồng, paid at the place only. The assistant never asks anybody to"
            " transfer money. Please do not transfer any.",
            code=course.code, fee=figure(course.fee, chat.talk.language),
        )  # fmt: skip
    return chat._(
        "No. {code} costs nothing, and the assistant never asks anybody to transfer money. Please"
        " do not transfer any.",
        code=course.code,
    )


@router.action("report", instead="menu", public=True)
def report(chat: Chat) -> Reply:
    """Pass on what the person wrote; where that is gone, ask for it."""
    words = str(chat.form.get("words", ""))
    if not words:
        return chat.ask(
            chat._("Please write what happened, in a few words. Leave numbers out."),
            "report words",
        )
    return _tell(chat, words)


@router.step("report words")
def described(chat: Chat) -> Reply:
    """Pass on what was written for the Sở."""
    return _tell(chat, chat.text)


def _tell(chat: Chat, words: str) -> Reply:
    told = reports.tell(
        chat.db, chat.talk.account_id, words, message_id=chat.message.id,
        person_id=chat.person.id if chat.person else None, now=chat.now,
    )  # fmt: skip
    chat.begin()
    match told:
        case Outcome.TOLD | Outcome.ENOUGH:
            answer = chat._(
                "The Department has been told. Please keep the message, answer nothing and"
                " transfer nothing."
            )
        case Outcome.NOBODY:
            answer = chat._(
                "The Department cannot be reached here at the moment. Please tell the principal or"
                " the commune's office, and transfer nothing."
            )
        case _:
            assert_never(told)
    return chat.screen(answer, back=chat.back("menu"))


@router.notice("report")
def reported(chat: Chat, owed: Owed) -> Reply | None:
    """To the officers of the Sở: who was approached, in their own words."""
    person_id = owed.data.get("person")
    words = str(owed.data.get("words", ""))
    if person_id is None:
        return chat.letter(
            chat._("Somebody not known here reports a possible swindle: “{words}”", words=words)
        )
    person = conversations.who(chat.db, int(person_id))
    who = f"{person.full_name}, {person.school}" if person.school else person.full_name
    return chat.letter(chat._("{who} reports a possible swindle: “{words}”", who=who, words=words))
