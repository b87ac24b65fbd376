"""The second officer: asked to approve an announcement, with all of it; yes, no, and its people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import announcements, audience_lines, media, preview, seals
from handlers.numbers import number as figure
from handlers.preview import at, wanted
from handlers.routes import router
from handlers.sending import on_its_way, until
from storage import announcements as announced
from storage import approvals, approvers, attachments, broadcasts, conversations, deliveries
from storage.models import BroadcastState
from storage.recipients import Barrier

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.outbox import Owed


def request(chat: Chat, found: Announcement) -> str:
    """What somebody is asked to approve: who sends it, to how many, when, and the whole text."""
    when = preview.begins(chat, found)
    said = {
        "author": found.author, "office": announcements.office(chat, found), "code": found.code,
        "count": figure(found.counted, chat.talk.language),
        "people": audience_lines.line(chat, found.rule),
    }  # fmt: skip
    if when > chat.now:
        asked = chat._(
            "{author}, {office}, asks for approval of {code}: to {count} {people}, at {when}.",
            when=at(chat, when), **said,
        )  # fmt: skip
    else:
        asked = chat._(
            "{author}, {office}, asks for approval of {code}: to {count} {people}, {minutes}"
            " minutes after it is approved.", minutes=approvers.LONG_HOLD.seconds // 60, **said,
        )  # fmt: skip
    letter = announcements.letter(chat, found)
    return "\n".join((asked, letter.text, *letter_lines(letter), *preview.attached(chat, found)))


def with_file(chat: Chat, found: Announcement, reply: Reply) -> Reply:
    """The request with the photo or file itself: nobody approves what they have not seen."""
    one = attachments.get(chat.db, found.attachment_id) if found.attachment_id else None
    return media.hung(reply, one)


def letter_lines(letter: Reply) -> list[str]:
    """What is offered below a letter, without numbers: those belong to whoever gets it."""
    return [f"– {one.label}" for one in letter.choices]


def verdicts(chat: Chat, found: Announcement) -> list[tuple[str, str]]:
    """The ways to answer a request for approval."""
    return [
        (chat._("Approve"), f"approve {found.id} {seals.seal(found)}"),
        (chat._("Do not approve"), f"disapprove {found.id}"),
        (chat._("See the recipients"), f"announce-audience {found.id}"),
    ]


@router.notice(approvals.APPROVAL)
def asked(chat: Chat, owed: Owed) -> Reply | None:
    """To whoever can approve it."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or found.state is not BroadcastState.ASKED:
        return None
    # It may have waited for the morning, and the role have ended: nobody else reads it yet.
    if not approvals.covers(chat.db, chat.me.id, found.path, chat.now.date()):
        return None
    return with_file(chat, found, chat.letter(request(chat, found), *verdicts(chat, found)))


@router.action("approve", instead="announce-progress")
def approve(chat: Chat, broadcast_id: str, shown: str = "") -> Reply:
    """Let it go on to the hold; where that was settled meanwhile, how it stands.

    `shown` says what was to be approved: given back and asked anew, it may be something else.
    """
    scope, found = wanted(chat, broadcast_id)
    found = announced.locked_within(chat.db, scope, found.id) or found
    if shown != seals.seal(found):
        return chat.go(f"announce-progress {found.id}")
    if not approvals.approve(chat.db, scope, found.id, chat.now):
        return chat.go(f"announce-progress {found.id}")
    _, found = wanted(chat, broadcast_id)
    return on_its_way(
        chat, found,
        chat._(
            "Approved: {code} goes to {count} people at {when}. Until then {you} and every officer"
            " in charge can stop it.",
            code=found.code, count=figure(found.counted, chat.talk.language),
            when=until(chat, found.held_until) if found.held_until else "",
        ),
    )  # fmt: skip


@router.action("disapprove", instead="announce-progress")
def disapprove(chat: Chat, broadcast_id: str) -> Reply:
    """Give it back to its author as a draft; where that was settled meanwhile, how it stands."""
    scope, found = wanted(chat, broadcast_id)
    if not approvals.refuse(chat.db, scope, found.id, chat.now):
        return chat.go(f"announce-progress {found.id}")
    return chat.screen(
        chat._(
            "{code} has not been approved and is a draft again. {author} is told. Nobody has got"
            " it.",
            code=found.code, author=found.author,
        ),
        back=chat.back("work"),
    )  # fmt: skip


@router.notice(approvals.DISAPPROVED)
def disapproved(chat: Chat, owed: Owed) -> Reply | None:
    """To its author: it is a draft again, and by whom."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or found.state is not BroadcastState.DRAFT:
        return None
    by = conversations.who(chat.db, int(owed.data["by"]))
    return chat.letter(
        chat._("{name} has not approved {code}. It is a draft again, nobody has got it.",
               name=by.full_name, code=found.code),
        (chat._("Continue {code}", code=found.code), f"announce-preview {found.id}"),
    )  # fmt: skip


@router.action("announce-audience")
def audience(chat: Chat, broadcast_id: str) -> Reply:
    """Who gets it: the rule in words, and the counts."""
    _, found = wanted(chat, broadcast_id)
    if found.state is BroadcastState.DRAFT:
        return chat.go(f"announce-progress {found.id}")
    counts = deliveries.counts(chat.db, found.id)
    barred = {one: counts.skipped.get(one.value, 0) for one in Barrier}
    language = chat.talk.language
    people = audience_lines.line(chat, found.rule)
    parts = [chat._("Can be written to: {count} people", count=figure(counts.left, language))]
    parts += preview.barriers(chat, barred)
    lists = (
        [(chat._("Those who are not written to"), f"announce-people {found.id} not-reached")]
        if counts.not_reached
        else []
    )
    return chat.screen(
        "\n".join((
            chat._("Recipients of {code}: {count} {people}.", code=found.code,
                   count=figure(counts.meant, language), people=people),
            f"{'; '.join(parts)}.",
        )),
        *lists,
        back=chat.back(f"announce-progress {found.id}"),
    )  # fmt: skip
