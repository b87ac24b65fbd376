"""The typed number that sends an announcement; how it is held then, and stopped."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from handlers import announcements, dates, guard, naming, preview, seals
from handlers.digests import gathered
from handlers.numbers import number as figure
from handlers.preview import at, opened, wanted
from handlers.routes import router
from storage import announcements as announced
from storage import (
    approvals,
    attachments,
    broadcasts,
    deliveries,
    scopes,
    sites,
)
from storage.broadcasts import Outcome
from storage.models import AttachmentState, BroadcastState, UnitKind

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement, Confirmed
    from storage.outbox import Owed
    from storage.scopes import Scope

# "GỬI 9", "gui 9", "gởi 9 người nhé", "gui 1.234", "send 9", folded.
_TYPED = re.compile(
    r"(?:gui|goi|send)(?: cho)? ?(\d[\d ,]*)(?: ?(?:nguoi|people))?(?: (?:nhe|nha|a|di|luon))?[ ,]*"
)
NAMES = 150  # characters of the names of those who are asked to approve
# Where an officer goes from a preview by a word; the draft stays.
ELSEWHERE = ("announce", "work", "schedule", "statistics", "help")
BEFORE = (BroadcastState.ASKED, BroadcastState.HELD)


def typed(folded: str) -> int | None:
    """The number that was typed to send an announcement; None where the text is none."""
    found = _TYPED.fullmatch(folded)
    digits = re.sub(r"\D", "", found[1]) if found else ""
    return int(digits) if digits and len(digits) < 10 else None


@router.step(preview.STEP)
def send(chat: Chat) -> Reply:
    """Send the draft, where the number that was typed is the right one."""
    open_ = opened(chat)
    if open_ is None:
        return chat.go("announce")
    scope, found = open_
    if found.state is not BroadcastState.DRAFT:
        return chat.go(f"announce-progress {found.id}")
    count = typed(chat.folded)
    if count is None and (action := router.words.get(chat.folded)) in ELSEWHERE:
        return chat.go(action)
    if count is None:
        number = preview.rehearse(chat, scope, found).reachable
        return chat.again(
            chat._("{code} has not been sent. To send it, write: SEND {count}",
                   code=found.code, count=number)
        )  # fmt: skip
    # From here on nobody else changes it.
    found = announced.locked_within(chat.db, scope, found.id) or found
    if chat.form.get(preview.SHOWN) != seals.seal(found):
        return _altered(chat, found)
    if objections := guard.objections(_carried(found), sites.allowed(chat.db)):
        edit = (chat._("Edit"), f"announce-edit {found.id}")
        return chat.screen(guard.words(chat, objections), edit, back=chat.back("announce"))
    return _answer(chat, scope, found, _confirmed(chat, scope, found, count))


def _altered(chat: Chat, found: Announcement) -> Reply:
    """The number was typed for other words, or for other people: those that stand now."""
    shown = preview.preview(chat, str(found.id))
    changed = chat._(
        "{code} has been changed since {you} saw it, nothing has been sent.", code=found.code
    )
    return replace(shown, text=f"{changed}\n{shown.text}")


def _carried(found: Announcement) -> str:
    """All words of an announcement; what is harmless in each part may not be so together."""
    return "\n".join((found.text, *(str(found.place.get(one, "")) for one in ("title", "address"))))


@router.code
def typed_late(chat: Chat, text: str) -> Reply | None:
    """`GỬI 9` where no preview is open any more: the newest draft of one's own, to look at again.

    Nothing is sent: which of the drafts was meant is for the officer to say.
    """
    if chat.talk.step or chat.person is None or text != chat.text or typed(chat.folded) is None:
        return None
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    drafts = broadcasts.drafts(chat.db, scope) if scope else []
    own = next((one for one in drafts if one.author_id == chat.me.id), None)
    return chat.go(f"announce-preview {own.id}") if own else None


def _confirmed(chat: Chat, scope: Scope, found: Announcement, count: int) -> Confirmed:
    """Confirm it; a time nobody chose is fixed now, and open again where it is not sent."""
    if found.due_at is not None:
        return broadcasts.confirm(chat.db, scope, found.id, count, chat.now)
    begins = preview.by_itself(chat)
    broadcasts.change(chat.db, scope, found.id, chat.now, due_at=begins)
    done = broadcasts.confirm(chat.db, scope, found.id, count, chat.now)
    # Nothing happens where it is no draft any more.
    broadcasts.change(chat.db, scope, found.id, chat.now, due_at=None)
    return done


def _answer(chat: Chat, scope: Scope, found: Announcement, done: Confirmed) -> Reply:
    match done.outcome:
        case Outcome.HELD:
            return on_its_way(chat, found, _held(chat, found, done))
        case Outcome.ASKED:
            return on_its_way(chat, found, _asked(chat, found, done))
        case Outcome.ALONE:
            return on_its_way(chat, found, _alone(chat, found, done))
        case Outcome.OTHER_NUMBER:
            return chat.again(_another(chat, done))
        case Outcome.NOBODY:
            return chat.again(
                chat._("The assistant can write to none of them now. Nothing has been sent.")
            )
        case Outcome.NOT_READY:
            return _not_ready(chat, found)
        case Outcome.GONE if scope.covers(found.path):
            return chat.go(f"announce-progress {found.id}")
        case Outcome.GONE:
            return chat.again(_not_covered(chat, found))
        case _:
            assert_never(done.outcome)


def _another(chat: Chat, done: Confirmed) -> str:
    return chat._(
        "It goes to {count} people now. Nothing has been sent. To send it, write: SEND {number}",
        count=figure(done.count, chat.talk.language), number=done.count,
    )  # fmt: skip


def _not_covered(chat: Chat, found: Announcement) -> str:
    return chat._(
        "{unit} is no longer in the charge of {you}, nothing has been sent.",
        unit=naming.inside(found.unit),
    )


def _asked(chat: Chat, found: Announcement, done: Confirmed) -> str:
    names = gathered(chat._, [one.full_name for one in done.approvers], NAMES)
    return chat._(
        "{code} waits for approval before it goes to {count} people. Asked: {names}.",
        code=found.code, count=figure(done.count, chat.talk.language), names=names,
    )  # fmt: skip


def on_its_way(chat: Chat, found: Announcement, words: str) -> Reply:
    """Words about an announcement that can still be stopped."""
    return chat.screen(
        words,
        (chat._("Stop it"), f"announce-stop {found.id}"),
        (chat._("See the progress"), f"announce-progress {found.id}"),
    )


def _held(chat: Chat, found: Announcement, done: Confirmed) -> str:
    said = {
        "code": found.code, "count": figure(done.count, chat.talk.language),
        "when": until(chat, done.until) if done.until else "",
        # "Under 50" is not said of 50.
        "limit": max(approvals.APPROVAL_ABOVE, done.count + 1),
    }  # fmt: skip
    if found.unit_kind is UnitKind.PROVINCE:
        return chat._(
            "{code} goes to {count} people at {when}. Under {limit} people nobody else has to"
            " approve it; other officers of the Department see it and can stop it.",
            **said,
        )
    return chat._(
        "{code} goes to {count} people at {when}. Under {limit} people nobody else has to approve"
        " it; the Department sees it and can stop it.",
        **said,
    )


def _alone(chat: Chat, found: Announcement, done: Confirmed) -> str:
    return chat._(
        "{code} goes to {count} people. Nobody can approve it at the moment, so it waits until"
        " {when} and then goes on by itself; the administrator has been told. Whoever can approve"
        " it by then is asked.",
        code=found.code, count=figure(done.count, chat.talk.language),
        when=until(chat, done.until) if done.until else "",
    )  # fmt: skip


def until(chat: Chat, moment: datetime) -> str:
    """The clock alone for a moment of today, else with its day."""
    local = moment.astimezone(chat.now.tzinfo)
    if local.date() == chat.now.date():
        return dates.clock(local, chat.talk.language)
    return at(chat, moment)


def _not_ready(chat: Chat, found: Announcement) -> Reply:
    one = attachments.get(chat.db, found.attachment_id) if found.attachment_id else None
    if one is None:
        return chat.go(f"announce-text {found.id}")
    if one.state is AttachmentState.FAILED:
        return chat.again(
            chat._("The file {name} cannot be used. Please send another one, or leave it out:"
                   " choose Edit.", name=one.name)
        )  # fmt: skip
    return chat.again(
        chat._("The file {name} is still being fetched, nothing has been sent. In a minute, write"
               " again: {text}", name=one.name, text=chat.text)
    )  # fmt: skip


# The hold


@router.notice(approvals.HOLDING)
def holding(chat: Chat, owed: Owed) -> Reply | None:
    """To everybody who covers it: it goes out soon, and can be stopped."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or found.state is not BroadcastState.HELD or found.held_until is None:
        return None
    # It may have waited for the morning, and the role have ended.
    if not approvals.covers(chat.db, chat.me.id, found.path, chat.now.date()):
        return None
    said = {
        "code": found.code, "author": found.author, "office": announcements.office(chat, found),
        "count": figure(found.counted, chat.talk.language), "when": at(chat, found.held_until),
    }  # fmt: skip
    words = chat._(
        "{code} by {author}, {office}, goes to {count} people at {when}. Until then it can be"
        " stopped.", **said,
    )  # fmt: skip
    return chat.letter(
        words,
        (chat._("Stop it"), f"announce-stop {found.id}"),
        (chat._("See {code}", code=found.code), f"announce-progress {found.id}"),
    )


@router.action("announce-stop", instead="announce-progress")
def stop(chat: Chat, broadcast_id: str) -> Reply:
    """Stop it: at once while nobody has got it, else it is asked about."""
    _, found = wanted(chat, broadcast_id)
    if found.state in BEFORE:
        return stopped(chat, broadcast_id)
    if found.state not in (BroadcastState.RUNNING, BroadcastState.PAUSED):
        return chat.go(f"announce-progress {found.id}")
    return chat.screen(
        _for_good(chat, found),
        (chat._("Stop {code} for good", code=found.code), f"announce-stopped {found.id}"),
        back=(chat._("Do not stop it"), f"announce-progress {found.id}"),
    )


def _for_good(chat: Chat, found: Announcement) -> str:
    counts = deliveries.counts(chat.db, found.id)
    got, code = counts.sent + counts.uncertain, chat.talk.language
    said = {"code": found.code, "left": figure(counts.left, code)}
    if not got:
        return chat._(
            "Stop {code} for good? Nobody has got it yet, {left} people will not get it.", **said
        )
    return chat._(
        "Stop {code} for good? {sent} people have got it, that stays. {left} people will not"
        " get it.",
        sent=figure(got, code), **said,
    )  # fmt: skip


@router.action("announce-stopped", instead="announce-progress")
def stopped(chat: Chat, broadcast_id: str) -> Reply:
    """Stop it for good; where it was over already, how it stands."""
    scope, found = wanted(chat, broadcast_id)
    if not broadcasts.stop(chat.db, scope, found.id, chat.now):
        return chat.go(f"announce-progress {found.id}")
    if found.began_at is not None:
        return chat.go(f"announce-report {found.id}")
    return chat.screen(
        chat._("{code} has been stopped. Nobody has got it.", code=found.code),
        (chat._("Write it anew"), f"announce-anew {found.id}"),
        back=chat.back("work"),
    )


@router.action("announce-anew", instead="announce-progress")
def anew(chat: Chat, broadcast_id: str) -> Reply:
    """A new draft of one that was stopped: the same people, the same words."""
    scope, found = wanted(chat, broadcast_id)
    draft_id = broadcasts.draft(
        chat.db, scope, found.rule, chat.now, text=found.text, purpose=found.purpose,
        course_id=found.course_id, corrects_id=found.corrects_id,
    )  # fmt: skip
    broadcasts.change(
        chat.db, scope, draft_id, chat.now, place=found.place, attachment_id=found.attachment_id
    )
    return chat.go(f"announce-preview {draft_id}")
