"""The person behind the bot: whom to call about a course, and questions relayed both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import cards, mine, relays
from handlers.chat import PAGE
from handlers.naming import choice
from handlers.router import BadArgument, number
from handlers.routes import router
from handlers.schedule import listed
from handlers.trainings import wanted
from storage import courses, phones, questions
from storage.questions import LONGEST, Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.questions import Inquiry, Relayed

router.command(
    "ask", "hoi", "ask",
    words=("hoi nguoi phu trach", "hoi can bo", "hoi can bo phu trach", "lien he",
           "gap nguoi phu trach", "so dien thoai"),
)  # fmt: skip

# The first lines of a screen have room for this many characters.
ROOM = 300
SHARE = "share"


@router.action("ask", public=True)
def ask(chat: Chat) -> Reply:
    """Whom to ask: about one's own course where there is only one, else about which?"""
    own = [course for course, _ in mine.live(chat)] if chat.person else []
    if len(own) == 1:
        return contact(chat, str(own[0].id))
    offered = own or listed(chat)
    if not offered:
        return chat.screen(
            chat._("There is no training to ask about yet. Please ask the principal."),
            back=chat.back("menu"),
        )
    return chat.screen(
        chat._("Which training is the question about?"),
        *((choice(cards.line(chat, course)), f"contact {course.id}") for course in offered[:PAGE]),
        back=chat.back("menu"),
    )


@router.action("contact", public=True)
def contact(chat: Chat, course_id: str) -> Reply:
    """Who is in charge of a course, when to call; and a question can be written right here."""
    course = wanted(chat, course_id)
    words = _card(chat, course)
    if chat.person is None:
        return chat.screen(
            words,
            (chat._("Write a question"), f"inquire {course.id}"),
            back=chat.back(f"way {course.id}"),
        )
    chat.begin(course=course.id, person=chat.me.id)
    relay = chat._("Or write the question right here, the assistant passes it on.")
    return chat.ask(f"{words}\n{relay}", "question", back=f"course {course.id}")


@router.action("inquire")
def inquire(chat: Chat, course_id: str) -> Reply:
    """A question of somebody who has to be known first."""
    return contact(chat, course_id)


def _card(chat: Chat, course: Training) -> str:
    parts = [course.contact_name, course.contact_office, _phone(course)]
    who = ", ".join(part for part in parts if part)
    if not who:
        words = chat._("{code} has no named contact yet.", code=course.code)
    elif course.contact_phone:
        words = chat._("In charge of {code}: {who}, office hours.", code=course.code, who=who)
    else:
        words = chat._("In charge of {code}: {who}.", code=course.code, who=who)
    for need in questions.needs(course):
        told = chat._("Good to know: {words}", words=need)
        if len(words) + len(told) < ROOM - 60:  # the line about writing here comes after it
            words = f"{words}\n{told}"
    return words


def _phone(course: Training) -> str:
    return phones.spoken(course.contact_phone) if course.contact_phone else ""


@router.step("question")
def question(chat: Chat) -> Reply:
    """Pass the question on."""
    course = courses.get(chat.db, int(chat.form.get("course", 0)))
    if course is None or chat.person is None:
        return chat.go("ask")
    if trouble := relays.unfit(chat, LONGEST):
        return chat.again(trouble)
    # On a shared phone the question stays with whoever began it.
    asker_id = int(chat.form.get("person", chat.me.id))
    relayed = questions.ask(chat.db, course, asker_id, chat.talk.account_id, chat.text, chat.now)
    return chat.screen(_relayed(chat, course, relayed), back=chat.back(f"course {course.id}"))


def _relayed(chat: Chat, course: Training, relayed: Relayed) -> str:
    match relayed.outcome:
        case Outcome.ASKED:
            return chat._(
                "The question has been passed on to {names}. The assistant writes as soon as there"
                " is an answer.",
                names=", ".join(relayed.names),
            )
        case Outcome.TOO_MANY:
            return chat._(
                "Earlier questions are still waiting for an answer. Please wait for these, or call"
                " the person in charge."
            )
        case Outcome.NOBODY if course.contact_phone:
            return chat._(
                "Nobody in charge of {code} can be reached here at the moment, so the question was"
                " not passed on. Please call {phone}.",
                code=course.code, phone=_phone(course),
            )  # fmt: skip
        case Outcome.NOBODY:
            return chat._(
                "Nobody in charge of {code} can be reached here at the moment, so the question was"
                " not passed on. Please ask the principal or the commune's office.",
                code=course.code,
            )
        case Outcome.ANSWERED | Outcome.ALREADY:
            raise ValueError(relayed.outcome)
        case _:
            assert_never(relayed.outcome)


@router.notice("question")
def asked(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever is in charge: the question, and two ways to answer."""
    inquiry = questions.get(chat.db, owed.subject_id)
    if inquiry is None or inquiry.answer:
        return None
    return chat.letter(_question(chat, inquiry), *_ways(chat, inquiry))


def _question(chat: Chat, inquiry: Inquiry) -> str:
    who = f"{inquiry.asker}, {inquiry.school}" if inquiry.school else inquiry.asker
    return chat._(
        "A question about {code} from {who}: “{words}”",
        code=inquiry.code, who=who, words=inquiry.text,
    )  # fmt: skip


def _ways(chat: Chat, inquiry: Inquiry) -> tuple[tuple[str, str], tuple[str, str]]:
    return (
        (chat._("Answer"), f"reply {inquiry.id}"),
        (chat._("Answer, and add it to what {code} tells", code=inquiry.code),
         f"reply {inquiry.id} {SHARE}"),
    )  # fmt: skip


def _mine(chat: Chat, question_id: str) -> Inquiry:
    """A question this person may answer; raises BadArgument for any other."""
    inquiry = questions.get(chat.db, number(question_id))
    today = chat.now.date()
    if inquiry is None or not questions.may_answer(chat.db, inquiry, chat.me.id, today):
        raise BadArgument(question_id)
    return inquiry


@router.action("question")
def show(chat: Chat, question_id: str) -> Reply:
    """A question as it stands now: from `viec`."""
    inquiry = _mine(chat, question_id)
    if inquiry.answer:
        return _already(chat, inquiry)
    return chat.screen(_question(chat, inquiry), *_ways(chat, inquiry), back=chat.back("work"))


def _already(chat: Chat, inquiry: Inquiry) -> Reply:
    return chat.screen(
        chat._(
            "{name} has answered this already: “{words}”",
            name=inquiry.answered_by, words=inquiry.answer,
        ),
        back=chat.back("work"),
    )  # fmt: skip


@router.action("reply")
def reply(chat: Chat, question_id: str, share: str = "") -> Reply:
    """Ask for the answer."""
    inquiry = _mine(chat, question_id)
    if share not in ("", SHARE):
        raise BadArgument(share)
    if inquiry.answer:
        return _already(chat, inquiry)
    chat.begin(question=inquiry.id, share=bool(share), person=chat.me.id)
    return relays.ask_answer(chat, inquiry.asker, LONGEST, "answer", back="work")


@router.step("answer")
def answer(chat: Chat) -> Reply:
    """Pass the answer back."""
    if chat.person is None:
        return chat.go("menu")
    if trouble := relays.too_long(chat, LONGEST):
        return chat.again(trouble)
    by = relays.writer(chat)
    try:
        inquiry = _mine(chat, str(chat.form.get("question", "")))
    except BadArgument:
        return chat.go("menu")
    done = questions.answer(
        chat.db, inquiry, chat.text, by, chat.now, share=bool(chat.form.get("share"))
    )
    if done is Outcome.ALREADY:
        return _already(chat, questions.get(chat.db, inquiry.id) or inquiry)
    return chat.screen(
        chat._("The answer has been passed on to {name}.", name=inquiry.asker),
        back=chat.back("work"),
    )


@router.notice("answer")
def answered(chat: Chat, owed: Owed) -> Reply | None:
    """To the asker: the answer, and from whom."""
    inquiry = questions.get(chat.db, owed.subject_id)
    if inquiry is None:
        return None
    return chat.letter(
        chat._(
            "{name} answers about {code}: “{words}”",
            name=inquiry.answered_by, code=inquiry.code, words=inquiry.answer,
        )
    )  # fmt: skip
