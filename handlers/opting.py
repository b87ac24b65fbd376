"""Announcements: asked about late and apart, switched in `nhắc`, ended by a word at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers.router import BadArgument
from handlers.routes import router
from storage import accounts, opting, recipients
from storage.models import Announce

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply

router.command(
    "opt-out",
    words=(
        "khong nhan tin chung", "khong nhan tin chung nua", "khong nhan thong bao",
        "khong nhan thong bao chung", "khong nhan thong bao nua", "khong nhan thong bao chung nua",
        "tat thong bao", "tat thong bao chung", "tat tin chung", "ngung nhan", "ngung nhan tin",
        "ngung nhan tin chung", "ngung nhan thong bao", "ngung nhan thong bao chung",
        "huy nhan thong bao", "huy nhan tin chung", "tu choi nhan tin", "stop announcements",
        "no announcements", "unsubscribe",
    ),
)  # fmt: skip
router.command(
    "opting",
    words=("nhan tin chung", "nhan thong bao", "nhan thong bao chung", "bat thong bao",
           "bat thong bao chung", "announcements"),
)  # fmt: skip

# Whoever does not answer is asked once more, after the next seat, and then no more.
ASKS = 2
# Characters of a message before its choices.
LONGEST = 300
ASKED = "asked to announce"
SHOWN = "announcements in the work"


def question(chat: Chat, *variants: str) -> Reply | None:
    """The question below the words about a new seat, the first of these that leave it room.

    None for whoever is not to be asked: who has answered, was asked twice, or came today.
    """
    asked: dict[str, int] = chat.talk.data.setdefault(ASKED, {})
    mine = str(chat.me.id)
    if asked.get(mine, 0) >= ASKS or not opting.may_ask(chat.db, chat.me.id, chat.now):
        return None
    said = (f"{words}\n{_question(chat)}" for words in variants)
    fits = next((words for words in said if len(words) <= LONGEST), None)
    if fits is None:
        return None
    asked[mine] = asked.get(mine, 0) + 1
    return chat.screen(fits, *_answers(chat))


def _question(chat: Chat) -> str:
    return chat._(
        "Commune and Department send announcements, at most {count} messages a week. Would {you}"
        " like to get them?",
        count=recipients.WEEKLY,
    )  # fmt: skip


def _answers(chat: Chat) -> list[tuple[str, str]]:
    return [
        (chat._("Get announcements"), "opt yes"),
        (chat._("Do not get announcements"), "opt no"),
    ]


def work_line(chat: Chat) -> list[tuple[str, str]]:
    """A line of the day's work for an officer or principal who was never asked; on one day only."""
    if not opting.may_ask(chat.db, chat.me.id, chat.now):
        return []
    shown: dict[str, str] = chat.talk.data.setdefault(SHOWN, {})
    today = chat.now.date().isoformat()
    if shown.setdefault(str(chat.me.id), today) != today:
        return []
    return [(chat._("Announcements of commune and Department"), "opting")]


def switch(chat: Chat) -> tuple[str, str]:
    """The line of `nhắc` that changes what is wished now."""
    if opting.wish(chat.db, chat.me.id) is Announce.YES:
        return (chat._("No announcements of commune and Department"), "opt no")
    return (chat._("Get announcements of commune and Department"), "opt yes")


@router.action("opting")
def ask(chat: Chat, *_: str) -> Reply:
    """What is wished now, and the other answer; the question where there is none yet."""
    back = chat.back("menu")
    wish = opting.wish(chat.db, chat.me.id)
    match wish:
        case Announce.UNASKED:
            return chat.screen(_question(chat), *_answers(chat), back=back)
        case Announce.YES:
            return chat.screen(_yes(chat), switch(chat), back=back)
        case Announce.NO:
            return chat.screen(_no(chat), switch(chat), back=back)
        case _:
            assert_never(wish)


@router.action("opt", instead="opting")
def opt(chat: Chat, answer: str) -> Reply:
    """Keep the answer, with its proof."""
    if answer not in ("yes", "no"):
        raise BadArgument(answer)
    return _keep(chat, wanted=answer == "yes")


@router.action("opt-out", instead="opting")
def opt_out(chat: Chat) -> Reply:
    """Whoever writes that they want no announcements gets none from now on."""
    return _keep(chat, wanted=False)


def _keep(chat: Chat, *, wanted: bool) -> Reply:
    opting.choose(
        chat.db, chat.me.id, chat.now, wanted=wanted, account_id=chat.talk.account_id,
        channel=chat.talk.channel,
    )  # fmt: skip
    return chat.screen(_yes(chat) if wanted else _no(chat))


def _yes(chat: Chat) -> str:
    if _shared(chat):
        return chat._(
            "Yes, {name} gets the announcements of commune and Department, at most {count} messages"
            " a week. To change this, write: remind",
            name=chat.me.full_name, count=recipients.WEEKLY,
        )  # fmt: skip
    return chat._(
        "Yes, {you} get the announcements of commune and Department, at most {count} messages a"
        " week. To change this, write: remind",
        count=recipients.WEEKLY,
    )  # fmt: skip


def _no(chat: Chat) -> str:
    if _shared(chat):
        return chat._(
            "Yes, for {name} the assistant only writes about trainings {name} has registered for."
            " To change this, write: remind",
            name=chat.me.full_name,
        )
    return chat._(
        "Yes, the assistant only writes about trainings {you} have registered for. To change this,"
        " write: remind"
    )


def _shared(chat: Chat) -> bool:
    """True where others use the account as well, and the words have to name who is meant."""
    return len(accounts.people(chat.db, chat.talk.account_id)) > 1
