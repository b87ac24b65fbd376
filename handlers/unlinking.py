"""A person's accounts: the list of them, and taking off one that is no longer used."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, naming, start
from handlers.chat import PAGE
from handlers.router import number
from handlers.routes import router
from storage import accounts, conversations
from storage import linking as links
from storage.linking import Removal

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.accounts import Used
    from storage.outbox import Owed

router.command(
    "accounts", words=("go tai khoan", "bo tai khoan", "tai khoan", "tai khoan cua toi",
                       "my accounts", "accounts"),
)  # fmt: skip


@router.notice("unlinked")
def unlinked(chat: Chat, owed: Owed) -> Reply | None:
    """To an account that was taken off, on another one."""
    who = conversations.who(chat.db, int(owed.data["person"]))
    if links.find(chat.db, who.id, owed.subject_id) is not None:
        return None
    return chat.letter(
        chat._(
            "This account is no longer used for {name}: it was taken off from another account of"
            " {name}. If that is wrong, please tell the principal.",
            name=who.full_name,
        )
    )


@router.notice("withdrawn")
def withdrawn(chat: Chat, owed: Owed) -> Reply | None:
    """To an account that ended with the consent, which was taken back on another one."""
    who = conversations.who(chat.db, int(owed.data["person"]))
    if links.find(chat.db, who.id, owed.subject_id) is not None:
        return None
    return chat.letter(
        chat._(
            "The consent of {name} was withdrawn on another account of {name}, so this account is"
            " no longer used for {name} either. If that is wrong, please tell the principal.",
            name=who.full_name,
        )
    )


@router.action("accounts")
def listed(chat: Chat) -> Reply:
    """The person's accounts; choosing one leads to taking it off."""
    mine = accounts.of(chat.db, chat.me.id)
    if len(mine) == 1:
        words = chat._("{name} uses the assistant on this account only.", name=chat.me.full_name)
    else:
        words = chat._(
            "{name} uses the assistant on {count} accounts. To take one off, choose it:",
            name=chat.me.full_name, count=len(mine),
        )  # fmt: skip
    shown = mine[-PAGE:] if len(mine) > 1 else []
    return chat.screen(
        words,
        *((_label(chat, used, mine), f"unlink-ask {used.id}") for used in shown),
        (chat._("Link another account"), "link"),
        back=chat.back("profile"),
    )


def _label(chat: Chat, used: Used, mine: list[Used]) -> str:
    channel, day = naming.channel(used.channel), _since(chat, used, mine)
    if used.id == chat.talk.account_id:
        return chat._("{channel}, since {day}, this account", channel=channel, day=day)
    return chat._("{channel}, since {day}", channel=channel, day=day)


def _since(chat: Chat, used: Used, mine: list[Used]) -> str:
    """The day; with its time where two accounts would read the same."""
    zone, code = chat.now.tzinfo, chat.talk.language
    at = used.since.astimezone(zone)
    day = dates.short_day(at, code)
    same = [
        one
        for one in mine
        if naming.channel(one.channel) == naming.channel(used.channel)
        and one.since.astimezone(zone).date() == at.date()
    ]
    if len(same) == 1:
        return day
    return chat._("{time} {day}", time=dates.clock(at, code), day=day)


@router.action("unlink-ask")
def ask_to_remove(chat: Chat, account_id: str) -> Reply:
    """What taking an account off means, before it is done."""
    wanted, here = number(account_id), chat.talk.account_id
    used = links.find(chat.db, chat.me.id, wanted)
    found = links.removable(chat.db, wanted, chat.me.id, chat.now, asked_on=here)
    if used is None or found is not Removal.DONE:
        return _not_removed(chat, found)
    return chat.screen(
        chat._(
            "Take off the {channel} account used since {day}? Messages for {name} no longer come"
            " there. All trainings stay.",
            channel=naming.channel(used.channel), name=chat.me.full_name,
            day=_since(chat, used, accounts.of(chat.db, chat.me.id)),
        ),
        (chat._("Take it off"), f"unlink {wanted}"),
        back=(chat._("Leave it"), "accounts"),
    )  # fmt: skip


@router.action("unlink", instead="unlink-ask")
def remove(chat: Chat, account_id: str) -> Reply:
    """Take the account off."""
    wanted, here, name = number(account_id), chat.talk.account_id, chat.me.full_name
    found = links.remove(chat.db, wanted, chat.me.id, chat.now, asked_on=here)
    if found is not Removal.DONE:
        return _not_removed(chat, found)
    if wanted == here:
        start.forget(chat)
        return chat.screen(
            chat._(
                "Done: this account is no longer used for {name}, the others are. Whenever it is"
                " needed again, write: menu",
                name=name,
            )
        )
    return chat.screen(
        chat._(
            "Done: that account is no longer used for {name}. If somebody else had linked it,"
            " please tell the principal too.",
            name=name,
        ),
        back=chat.back("menu"),
    )


def _not_removed(chat: Chat, found: Removal) -> Reply:
    match found:
        case Removal.GONE | Removal.DONE:
            words = chat._("That account is not linked any more.")
        case Removal.LAST:
            words = chat._(
                "This is the only account of {name}. To stop using the assistant altogether,"
                " write: withdraw",
                name=chat.me.full_name,
            )
        case Removal.TOO_NEW:
            words = chat._(
                "That account was there first, and this one was linked less than 3 days ago."
                " Please take it off there, or try again later."
            )
        case _:
            assert_never(found)
    return chat.screen(words, back=chat.back("accounts"))
