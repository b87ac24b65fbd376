"""How far an announcement has got, and the ways to pause it, let it go on, and stop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import approving, outcomes
from handlers.digests import gathered
from handlers.numbers import number as figure
from handlers.preview import at, wanted
from handlers.routes import router
from handlers.sending import NAMES
from storage import announcements, approvals, broadcasts, dealing, deliveries
from storage.models import BroadcastState

if TYPE_CHECKING:
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.deliveries import Counts
    from storage.outbox import Owed
    from storage.scopes import Scope

# Before so many are sent their speed says nothing.
FEWEST = 10
# More than this on their way are not counted.
MANY = 99
MOVING = (
    BroadcastState.ASKED, BroadcastState.HELD, BroadcastState.RUNNING, BroadcastState.PAUSED,
)  # fmt: skip


def line(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The line of the day's work: what the officer has to approve, else what is on its way."""
    found = announcements.listed(chat.db, scope, *MOVING, limit=MANY)
    asked = [one for one in found if _may_approve(scope, one)]
    if asked:
        label = chat._("Announcements to approve: {count}", count=len(asked))
        return [(label, f"announce-progress {asked[-1].id}")]
    if not found:
        return []
    label = chat._("Announcements on their way: {count}", count=len(found))
    return [(label, f"announce-progress {found[0].id}" if len(found) == 1 else "announce")]


def _may_approve(scope: Scope, found: Announcement) -> bool:
    if found.state is not BroadcastState.ASKED or scope.person_id == found.author_id:
        return False
    return scope.covers(found.path)


@router.action("announce-progress")
def progress(chat: Chat, broadcast_id: str, *_: str) -> Reply:
    """How an announcement stands now, with what can be done about it."""
    scope, found = wanted(chat, broadcast_id)
    match found.state:
        case BroadcastState.DRAFT:
            return chat.go(f"announce-preview {found.id}")
        case BroadcastState.ASKED:
            return _asked(chat, scope, found)
        case BroadcastState.HELD:
            return _held(chat, found)
        case BroadcastState.RUNNING:
            return _running(chat, found)
        case BroadcastState.PAUSED:
            return _paused(chat, found)
        case BroadcastState.DONE | BroadcastState.CANCELLED:
            return chat.go(f"announce-report {found.id}")
        case _:
            assert_never(found.state)


def _again(chat: Chat, found: Announcement) -> tuple[str, str]:
    return (chat._("Update"), f"announce-progress {found.id}")


def _asked(chat: Chat, scope: Scope, found: Announcement) -> Reply:
    """To whoever can approve it the request; to others how long it waits, and for whom."""
    stop = (chat._("Stop it"), f"announce-stop {found.id}")
    back = chat.back("work")
    if _may_approve(scope, found):
        words = approving.request(chat, found)
        shown = chat.screen(words, *approving.verdicts(chat, found), stop, back=back)
        return approving.with_file(chat, found, shown)
    count = figure(found.counted, chat.talk.language)
    if found.alone_from is not None:
        words = chat._(
            "{code} for {count} people: nobody can approve it at the moment. It goes on by itself"
            " at {when}.",
            code=found.code, count=count, when=at(chat, found.alone_from),
        )  # fmt: skip
    else:
        able = approvals.approvers(chat.db, found.path, found.author_id, chat.now)
        names = gathered(chat._, [one.full_name for one in able], NAMES)
        words = chat._(
            "{code} for {count} people waits for approval. Who can approve it: {names}.",
            code=found.code, count=count, names=names or "–",
        )  # fmt: skip
    return chat.screen(words, _again(chat, found), stop, back=back)


def _held(chat: Chat, found: Announcement) -> Reply:
    when = at(chat, max(found.held_until or chat.now, chat.now))
    return chat.screen(
        chat._("{code} goes to {count} people at {when}. Nobody has got it yet.",
               code=found.code, count=figure(found.counted, chat.talk.language), when=when),
        _again(chat, found),
        (chat._("Stop it"), f"announce-stop {found.id}"),
        back=chat.back("work"),
    )  # fmt: skip


def _running(chat: Chat, found: Announcement) -> Reply:
    counts = deliveries.counts(chat.db, found.id)
    lines = [
        chat._("{code}: {sent} sent.", code=found.code, sent=outcomes.sent(chat, counts)),
        *_left(chat, found, counts),
        *outcomes.troubles(chat, counts),
    ]
    return chat.screen(
        "\n".join(lines),
        _again(chat, found),
        (chat._("Pause"), f"announce-pause {found.id}"),
        (chat._("Stop for good"), f"announce-stop {found.id}"),
        back=chat.back("work"),
    )


def _left(chat: Chat, found: Announcement, counts: Counts) -> list[str]:
    if not counts.left:
        return []
    left = figure(counts.left, chat.talk.language)
    ends = expected(found, counts, chat.now)
    if ends is None:
        return [chat._("Still to be sent: {count}.", count=left)]
    return [
        chat._("Still to be sent: {count}, until about {when}.", count=left, when=at(chat, ends))
    ]


def expected(found: Announcement, counts: Counts, now: datetime) -> datetime | None:
    """When the rest will be sent at the speed so far; None where that says nothing yet."""
    done = counts.sent + counts.uncertain
    if found.began_at is None or done < FEWEST or found.began_at >= now:
        return None
    return now + (now - found.began_at) * counts.left / done


def _paused(chat: Chat, found: Announcement) -> Reply:
    counts = deliveries.counts(chat.db, found.id)
    return chat.screen(
        "\n".join((_why_paused(chat, found, counts), *_left_over(chat, counts))),
        _again(chat, found),
        (chat._("Go on sending"), f"announce-resume {found.id}"),
        (chat._("Stop for good"), f"announce-stop {found.id}"),
        back=chat.back("work"),
    )


def _left_over(chat: Chat, counts: Counts) -> list[str]:
    left = figure(counts.left, chat.talk.language)
    return [chat._("Still to be sent: {count}.", count=left), *outcomes.troubles(chat, counts)]


def _why_paused(chat: Chat, found: Announcement, counts: Counts) -> str:
    said = {"code": found.code, "sent": outcomes.sent(chat, counts)}
    if found.pause_reason == dealing.ROLE_ENDED:
        return chat._(
            "{code} is paused, {sent} sent: the role of {author}, who sends it, has ended.",
            author=found.author, **said,
        )  # fmt: skip
    return chat._("{code} is paused, {sent} sent.", **said)


@router.action("announce-pause", instead="announce-progress")
def pause(chat: Chat, broadcast_id: str) -> Reply:
    """Pause it; where it is not being sent any more, how it stands."""
    scope, found = wanted(chat, broadcast_id)
    broadcasts.pause(chat.db, scope, found.id, chat.now)
    return progress(chat, broadcast_id)


@router.action("announce-resume", instead="announce-progress")
def resume(chat: Chat, broadcast_id: str) -> Reply:
    """Let it go on; where it is not paused any more, how it stands."""
    scope, found = wanted(chat, broadcast_id)
    broadcasts.resume(chat.db, scope, found.id, chat.now)
    return progress(chat, broadcast_id)


@router.notice(approvals.PAUSED)
def paused(chat: Chat, owed: Owed) -> Reply | None:
    """To those who cover it: it is paused, as nobody answers for it; who lets it go on does."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or found.state is not BroadcastState.PAUSED:
        return None
    words = _why_paused(chat, found, deliveries.counts(chat.db, found.id))
    if not approvals.covers(chat.db, chat.me.id, found.path, chat.now.date()):
        return chat.letter(words)
    return chat.letter(
        words,
        (chat._("Go on sending"), f"announce-resume {found.id}"),
        (chat._("Stop for good"), f"announce-stop {found.id}"),
        (chat._("See {code}", code=found.code), f"announce-progress {found.id}"),
    )


@router.notice(approvals.ANNOUNCED)
def announced(chat: Chat, owed: Owed) -> Reply | None:
    """To its author: it is sent, or somebody else stopped it; and the next step."""
    found = broadcasts.get(chat.db, owed.subject_id)
    over = (BroadcastState.DONE, BroadcastState.CANCELLED)
    if found is None or found.state not in over:
        return None
    counts = deliveries.counts(chat.db, found.id)
    said = {"code": found.code, "sent": outcomes.sent(chat, counts)}
    if found.state is BroadcastState.CANCELLED:
        first = chat._("{code} has been stopped by another officer, {sent} sent.", **said)
    else:
        first = chat._("{code}: {sent} sent.", **said)
    words = " ".join((first, *outcomes.unheard(chat, counts)))
    return chat.letter(words, *outcomes.next_steps(chat, found, counts))
