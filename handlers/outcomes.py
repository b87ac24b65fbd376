"""What became of an announcement: the report, the names behind it, and what follows from it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from handlers import announcements
from handlers.audience_buttons import numbered
from handlers.numbers import number as figure
from handlers.preview import at, wanted
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import broadcasts, dealing, deliveries, received, returns
from storage.deliveries import Which
from storage.models import BroadcastState
from storage.reach import Why
from storage.recipients import NO_LONGER_MEANT, Barrier, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.deliveries import Counts, Recipient
    from storage.scopes import Scope

NAMES = 8  # on a page of a list
NO_ACCOUNT = Which.NO_ACCOUNT.value
OVER = (BroadcastState.DONE, BroadcastState.CANCELLED)
# A failure after which nobody is on a phone any more.
_UNREACHABLE = (Why.UNREACHABLE.value, returns.LOST)


def total(counts: Counts) -> int:
    """Everybody it was or is to be sent to: those behind no barrier."""
    barred = sum(counts.skipped.get(one.value, 0) for one in Barrier)
    return counts.meant - barred


def sent(chat: Chat, counts: Counts) -> str:
    """How many have it of how many: "1.204/9.870"."""
    code = chat.talk.language
    return f"{figure(counts.sent + counts.uncertain, code)}/{figure(total(counts), code)}"


def troubles(chat: Chat, counts: Counts) -> list[str]:
    """What did not go as it should: where nobody knows, and what failed, by reason."""
    code = chat.talk.language
    lines: list[str] = []
    if counts.uncertain:
        lines.append(
            chat._("Not certain to have arrived: {count}.", count=figure(counts.uncertain, code))
        )
    if counts.failed:
        failed = _by_words((_failure(chat, reason), n) for reason, n in counts.failed.items())
        lines.append(chat._("Failed: {reasons}.", reasons=_listed(chat, failed)))
    return lines


def _by_words(found: Iterator[tuple[str, int]]) -> dict[str, int]:
    """The counts of equal words added up."""
    counted: dict[str, int] = {}
    for words, count in found:
        counted[words] = counted.get(words, 0) + count
    return counted


def _listed(chat: Chat, counted: Mapping[str, int]) -> str:
    language = chat.talk.language
    return ", ".join(f"{words} {figure(count, language)}" for words, count in counted.items())


def _failure(chat: Chat, reason: str) -> str:
    if reason in _UNREACHABLE:
        return chat._("cannot be reached any more")
    if reason == returns.REJECTED:
        return chat._("refused by the platform")
    return chat._("could not be written")


def _skipped(chat: Chat, reason: str) -> str:
    """Why somebody was not written to; the barriers have words of their own in `preview`."""
    match reason:
        case Barrier.NO_ACCOUNT.value:
            return chat._("not using the assistant")
        case Barrier.NO_CONSENT.value:
            return chat._("not taking announcements")
        case Barrier.WEEKLY.value:
            return chat._("two announcements this week already")
        case dealing.CANCELLED:
            return chat._("stopped before")
        case Why.CEILING.value:
            return chat._("over the limit of costs")
        case _ if reason == NO_LONGER_MEANT:
            return chat._("no longer concerned")
        case _:
            return chat._("no longer needed")


def unheard(chat: Chat, counts: Counts) -> list[str]:
    """What the author reads beside the total: who has no account, what failed or is not certain."""
    lacking = counts.skipped.get(Barrier.NO_ACCOUNT.value, 0)
    people = figure(lacking, chat.talk.language)
    lines = (
        [chat._("{count} people do not use the assistant yet.", count=people)] if lacking else []
    )
    return [*lines, *troubles(chat, counts)]


def next_steps(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    """What its author can do next, where there is anything to do it about."""
    lacking = counts.skipped.get(Barrier.NO_ACCOUNT.value, 0)
    steps: list[tuple[str, str]] = []
    if found.began_at is not None:
        steps.append((chat._("Text for the Zalo group"), f"announce-copy {found.id}"))
    if lacking:
        count = figure(lacking, chat.talk.language)
        label = chat._("List of {count} people", count=count)
        steps.append((label, f"announce-people {found.id} {NO_ACCOUNT}"))
    return [*steps, *_again(chat, found, counts), *_correction(chat, found, counts)]


def _again(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    if not counts.failed or found.state is not BroadcastState.DONE:
        return []
    return [(chat._("Send again to whom it failed"), f"announce-retry {found.id}")]


def _correction(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    if not counts.sent + counts.uncertain:
        return []
    return [(chat._("Correct it"), f"announce-correct {found.id}")]


def _reminder(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    unseen = _unseen(found, counts)
    # Words that have been put right are not sent again.
    if not unseen or received.correction_of(chat.db, found.id):
        return []
    label = numbered(chat, chat._("Remind those who have not seen it"), unseen)
    return [(label, f"announce-follow {found.id}")]


def _unseen(found: Announcement, counts: Counts) -> int:
    """How many got it and have not said that they have seen it, where they can say so."""
    if found.purpose not in announcements.ANSWERED:
        return 0
    return counts.sent + counts.uncertain - counts.seen


@router.action("announce-report")
def report(chat: Chat, broadcast_id: str) -> Reply:
    """All that became of it, by reason, and the lists behind the figures."""
    _, found = wanted(chat, broadcast_id)
    if found.state not in OVER:
        return chat.go(f"announce-progress {found.id}")
    counts = deliveries.counts(chat.db, found.id)
    copy = (chat._("Text for the Zalo group"), f"announce-copy {found.id}")
    return chat.screen(
        "\n".join(_figures(chat, found, counts)),
        *([] if found.summary else _lists(chat, found, counts)),
        *([] if found.summary else _follow_ups(chat, found, counts)),
        *([copy] if found.began_at else []),
        back=chat.back("work"),
    )


def _follow_ups(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    return [
        *_again(chat, found, counts),
        *_reminder(chat, found, counts),
        *_correction(chat, found, counts),
    ]


def _figures(chat: Chat, found: Announcement, counts: Counts) -> list[str]:
    said = {"code": found.code, "sent": sent(chat, counts)}
    purpose = announcements.purpose(chat, found.purpose)
    if found.state is BroadcastState.CANCELLED:
        first = chat._("{code} has been stopped, {sent} sent.", **said)
    else:
        first = chat._("{code}: {sent} sent.", **said)
    lines = [first]
    if found.began_at:
        when = at(chat, found.began_at)
        lines.append(
            chat._("By {author}, {purpose}, from {when}.", author=found.author, purpose=purpose,
                   when=when)
        )  # fmt: skip
    if correction := received.correction_of(chat.db, found.id):
        lines.append(chat._("It has been corrected by {code}.", code=broadcasts.code(correction)))
    lines += troubles(chat, counts)
    if counts.skipped:
        skipped = _by_words((_skipped(chat, reason), n) for reason, n in counts.skipped.items())
        lines.append(chat._("Not sent: {reasons}.", reasons=_listed(chat, skipped)))
    return [*lines, *_seen(chat, found, counts)]


def _seen(chat: Chat, found: Announcement, counts: Counts) -> list[str]:
    got, code = counts.sent + counts.uncertain, chat.talk.language
    if not got or found.purpose not in announcements.ANSWERED:
        return []
    return [chat._("Seen: {seen} of {got}.", seen=figure(counts.seen, code), got=figure(got, code))]


def _lists(chat: Chat, found: Announcement, counts: Counts) -> list[tuple[str, str]]:
    wanted_lists = (
        (counts.not_reached, chat._("Those who did not get it"), Which.NOT_REACHED),
        (_unseen(found, counts), chat._("Those who have not seen it"), Which.UNSEEN),
        (counts.uncertain, chat._("Those who may not have got it"), Which.UNCERTAIN),
        (counts.sent, chat._("Those who got it"), Which.SENT),
    )
    return [
        (numbered(chat, label, count), f"announce-people {found.id} {which}")
        for count, label, which in wanted_lists
        if count
    ]


# The names


@router.action("announce-people")
def people(chat: Chat, broadcast_id: str, which: str, page: str = "0") -> Reply:
    """A list of names with their schools; of those who did not get it, why."""
    scope, found = wanted(chat, broadcast_id)
    start = number(page) * NAMES
    # One more on either side: whether there is a next page, and whether equal names stand there.
    first = max(0, start - 1)
    near = list(islice(_everybody(chat, scope, found, which, first), start - first + NAMES + 1))
    names = near[1:] if start else near
    back = chat.back(f"announce-progress {found.id}")
    if not names:
        return chat.screen(chat._("{code}: nobody is on this list.", code=found.code), back=back)
    lines = [_name(chat, one, near, which) for one in names[:NAMES]]
    more = f"announce-people {found.id} {which} {number(page) + 1}" if names[NAMES:] else ""
    return chat.screen("\n".join((_title(chat, found, which), *lines)), more=more, back=back)


def _everybody(
    chat: Chat, scope: Scope, found: Announcement, which: str, first: int
) -> Iterator[Recipient]:
    """The people of a list from the first wanted on, read page by page as far as anybody asks."""
    listed = _list_of(which)
    page, before = divmod(first, deliveries.PAGE)
    while True:
        names = deliveries.people(chat.db, scope, found.id, listed, page)
        yield from names[before : deliveries.PAGE]
        if len(names) <= deliveries.PAGE:
            return
        page, before = page + 1, 0


def _list_of(which: str) -> Which:
    try:
        return Which(which)
    except ValueError as error:
        raise BadArgument(which) from error


def _title(chat: Chat, found: Announcement, which: str) -> str:
    if which == NO_ACCOUNT:
        return chat._("{code}, they do not use the assistant yet:", code=found.code)
    match _list_of(which):
        case Which.SENT:
            return chat._("{code}, they got it:", code=found.code)
        case Which.UNCERTAIN:
            return chat._("{code}, they may not have got it:", code=found.code)
        case Which.UNSEEN:
            return chat._("{code}, they have not seen it:", code=found.code)
        case _:
            return chat._("{code}, they did not get it:", code=found.code)


def _name(chat: Chat, one: Recipient, near: list[Recipient], which: str) -> str:
    """The name, the school, and why; equal names of one school show the year of birth."""
    twins = sum((one.full_name, one.school) == (each.full_name, each.school) for each in near) > 1
    name = f"{one.full_name} ({one.birth_year})" if twins and one.birth_year else one.full_name
    reason = _reason(chat, one.reason) if one.reason and which != NO_ACCOUNT else ""
    return ", ".join(part for part in (name, one.school, reason) if part)


def _reason(chat: Chat, reason: str) -> str:
    failed = (*_UNREACHABLE, returns.REJECTED, "words", "unknown kind")
    return _failure(chat, reason) if reason in failed else _skipped(chat, reason)


# What follows


@router.action("announce-retry", instead="announce-report")
def retry(chat: Chat, broadcast_id: str) -> Reply:
    """Send it again to whom it failed, and to those who can be written to since."""
    scope, found = wanted(chat, broadcast_id)
    count = deliveries.retry(chat.db, scope, found.id, chat.now)
    if not count:
        return chat.screen(
            chat._("{code} can be sent again to nobody at the moment.", code=found.code),
            back=chat.back(f"announce-report {found.id}"),
        )
    return chat.screen(
        chat._("{code} is sent again to {count} people.", code=found.code,
               count=figure(count, chat.talk.language)),
        (chat._("See the progress"), f"announce-progress {found.id}"),
        back=chat.back("work"),
    )  # fmt: skip


@router.action("announce-correct", instead="announce-report")
def correct(chat: Chat, broadcast_id: str) -> Reply:
    """A correction to those who got it: a new draft, linked to it."""
    scope, found = wanted(chat, broadcast_id)
    if found.state not in OVER or found.summary:
        return chat.go(f"announce-progress {found.id}")
    draft_id = broadcasts.draft(
        chat.db, scope, Rule(units=(found.unit_id,), reached_by=found.id), chat.now,
        purpose=found.purpose, course_id=found.course_id, corrects_id=found.id,
    )  # fmt: skip
    # What is wrong is put right at once.
    broadcasts.change(chat.db, scope, draft_id, chat.now, due_at=chat.now)
    return chat.go(f"announce-text {draft_id}")


@router.action("announce-follow", instead="announce-report")
def follow(chat: Chat, broadcast_id: str) -> Reply:
    """The same words once more, as a new draft, to those who have not seen it."""
    scope, found = wanted(chat, broadcast_id)
    if found.state not in OVER or found.summary:
        return chat.go(f"announce-progress {found.id}")
    draft_id = broadcasts.draft(
        chat.db, scope, Rule(units=(found.unit_id,), unseen_of=found.id), chat.now,
        text=found.text, purpose=found.purpose, course_id=found.course_id,
    )  # fmt: skip
    broadcasts.change(
        chat.db, scope, draft_id, chat.now, place=found.place, attachment_id=found.attachment_id
    )
    return chat.go(f"announce-preview {draft_id}")
