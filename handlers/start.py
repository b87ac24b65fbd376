"""First contact: who we are, what we keep and why; the menu; help; leaving a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import identify
from handlers.chat import LEAVE
from handlers.message import SILENCE, Reply
from handlers.routes import router
from storage import channels, consents, parts
from storage.models import ConsentPurpose

if TYPE_CHECKING:
    from handlers.chat import Chat

router.command(
    "menu", "start", "menu",
    words=("bat dau", "tap huan", "taphuan", "alo", "xin chao", "chao", "hello", "hi"),
)  # fmt: skip
router.command("help", "trogiup", "help", words=("tro giup", "giup", "huong dan", "giup voi"))


def stranger(chat: Chat) -> Reply:
    """Whatever a stranger wants, it begins with consent; what they came for is kept."""
    if consents.given(chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION):
        return chat.go("identify")
    return welcome(chat)


router.stranger = stranger


@router.action("welcome", public=True)
def welcome(chat: Chat) -> Reply:
    """Who we are, and the one question that cannot wait: may we keep what registering needs?"""
    # One more way on for whoever came for one course: look without leaving anything.
    code = chat.talk.data.get("wanted")
    look = [(chat._("Only look at {course}", course=code), "peek")] if code else []
    greeting = chat._(
        "Dear {you}. This is the pre-school training assistant of the Department of Education"
        " and Training. It never asks for passwords, OTPs, ID cards, bank accounts or money."
    )
    keeps = chat._(
        "To register {you}, the assistant keeps: full name, school, this account and training"
        " results."
    )
    return chat.screen(
        f"{greeting}\n{keeps}",
        (chat._("I agree"), "agree"),
        (chat._("Read more"), "privacy"),
        (chat._("I do not agree"), "disagree"),
        *(look or [(chat._("Only look at the schedule"), "schedule")]),
        yes=True,
    )


def follow(chat: Chat) -> Reply:
    """The one welcome to whoever follows our account, unless they have spoken to us before.

    It asks nothing, so that a follower's next words are not taken for an answer. The words it
    names are answered on an account that is the office's own too; who follows that one may be
    anybody.
    """
    if chat.talk.screen:
        return SILENCE
    if channels.terms(chat.db, chat.talk.channel).shared:
        return Reply(
            chat._(
                "To register for pre-school training, write the code of the training, for example"
                " L12, or: tap huan. Anything else is answered by the office itself.\nThe training"
                " assistant never asks for passwords, OTPs, ID cards, bank accounts or money."
            )
        )
    return Reply(
        chat._(
            "Dear {you}. This is the pre-school training assistant of the Department of Education"
            " and Training. Write the code of a training, for example L12, or: tap huan. The"
            " assistant never asks for passwords, OTPs, ID cards, bank accounts or money."
        )
    )


router.follow = follow


@router.action("agree", instead="welcome", public=True)
def agree(chat: Chat) -> Reply:
    """Keep the consent, and go on to who this is."""
    if chat.person is None:
        consents.give(
            chat.db, chat.talk.account_id, ConsentPurpose.REGISTRATION, chat.now,
            channel=chat.talk.channel,
        )  # fmt: skip
    return chat.go("identify")


def forget(chat: Chat) -> None:
    """Keep nothing of a conversation but the code of the course that brought somebody here.

    What was found by a code or typed into a form would link the account to a person.
    """
    wanted = chat.talk.data.get("wanted")
    chat.talk.data = {"wanted": wanted} if wanted else {}


@router.action("disagree", public=True)
def disagree(chat: Chat) -> Reply:
    """Nothing is kept, and paper still works; whoever is known is asked whether to withdraw."""
    if chat.person is not None:
        return chat.go("withdraw")
    consents.take_back(chat.db, chat.talk.account_id, chat.now)
    forget(chat)
    return chat.screen(
        chat._(
            "The assistant keeps nothing. {You} can still be sent to trainings by the paper list:"
            " please tell the principal. Whenever it is needed, write: {words}",
            words=chat.talk.data.get("wanted") or "menu",
        )
    )


@router.action("privacy", public=True)
def privacy(chat: Chat) -> Reply:
    """What is kept, why, and how long; the next page has the rights and whom to ask."""
    return chat.screen(
        chat._(
            "The Department keeps name, school, position, this account, training results and a"
            " phone number if shared, only to organise and report trainings. They are kept while"
            " {you} work in the sector; {you} can ask for erasure at any time."
        ),
        (chat._("I agree"), "agree"),
        (chat._("I do not agree"), "disagree"),
        more="privacy-rights", back=chat.back("welcome"),
    )  # fmt: skip


@router.action("privacy-rights", public=True)
def rights(chat: Chat) -> Reply:
    """What a person can demand, and of whom (Luật 91/2025/QH15, Đ.4)."""
    return chat.screen(
        chat._(
            "{You} have the right to see, correct and erase this data, to withdraw consent, and to"
            " complain: write “my data”, or ask the commune's officer or the Department of"
            " Education and Training. Reminders and announcements are asked about separately."
        ),
        (chat._("I agree"), "agree"),
        (chat._("I do not agree"), "disagree"),
        back=chat.back("privacy"),
    )


@router.action("peek", public=True)
def peek(chat: Chat) -> Reply:
    """Show what the person came for, without keeping anything."""
    return chat.resume()


@router.action("menu", public=True)
def menu(chat: Chat) -> Reply:
    """The first screen of somebody known; a stranger is greeted."""
    if chat.person is None:
        return welcome(chat)
    part = parts.of(chat.db, [chat.me.id], chat.now.date())[chat.me.id]
    if part is parts.Part.OFFICER:
        return _officer(chat)
    work = []
    if part in parts.ENTITLED:
        work = [(chat._("What is to be done today"), "work"),
                (chat._("List of the school"), "staff")]  # fmt: skip
    if identify.heads_without_role(chat):
        work.append((chat._("Take the role of principal"), "principal-offer"))
    return chat.screen(
        chat._(
            "Training assistant. What would {you} like to do, {name}?",
            name=chat.me.nickname or chat.me.full_name,
        ),
        *work,
        (chat._("Training schedule"), "schedule"),
        (chat._("My trainings"), "mine"),
        (chat._("My details"), "profile"),
        (chat._("Help"), "help"),
    )


def _officer(chat: Chat) -> Reply:
    """The first screen of an officer: their work before their own trainings."""
    return chat.screen(
        chat._(
            "Training assistant. What would {you} like to do, {name}?",
            name=chat.me.nickname or chat.me.full_name,
        ),
        *_known(
            (chat._("What is to be done today"), "work"),
            (chat._("Trainings of the office"), "courses-desk"),
            (chat._("Announcements"), "announce"),
            (chat._("Figures and indicators"), "statistics"),
            (chat._("Bring in a list of staff"), "roster"),
            (chat._("Training schedule"), "schedule"),
        ),
        more="menu-more",
    )


@router.action("menu-more")
def more(chat: Chat) -> Reply:
    """What an officer needs less often."""
    return chat.screen(
        chat._("What else would {you} like to do?"),
        *_known(
            (chat._("My trainings"), "mine"),
            (chat._("My details"), "profile"),
            (chat._("Invite officers"), "invite"),
            (chat._("Who has decided what"), "journal"),
            (chat._("Help"), "help"),
        ),
        back=chat.back("menu"),
    )


def _known(*lines: tuple[str, str]) -> list[tuple[str, str]]:
    """The lines whose conversation there is."""
    return [line for line in lines if line[1] in router.actions]


@router.action(LEAVE, public=True)
def leave(chat: Chat) -> Reply:
    """`0` leaves without changing anything; what was written so far is kept."""
    return chat.screen(chat._("Nothing has changed. For anything else, write: menu"))


@router.action("help", public=True)
def help_(chat: Chat) -> Reply:
    """What can be written here, and whom a person can call."""
    return chat.screen(
        chat._(
            "Write in plain words, or: schedule, mine, cancel L12, L12 (one training).\nThe"
            " assistant never asks for passwords, OTPs, ID cards, bank accounts or money."
        ),
        (chat._("Training schedule"), "schedule"),
        (chat._("Ask a person"), "ask"),
        back=chat.back("menu"),
    )
