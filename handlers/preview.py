"""The rehearsal of an announcement: as people will see it, to how many, when; and a test of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from handlers import announcements, audience_lines, dates, seals
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import (
    approvals,
    attachments,
    broadcasts,
    outbox,
    rehearsals,
    reminder_rules,
    scopes,
    send_times,
)
from storage.models import AttachmentKind, AttachmentState, BroadcastState
from storage.recipients import Barrier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.broadcasts import Announcement
    from storage.outbox import Owed
    from storage.rehearsals import Rehearsal
    from storage.scopes import Scope

STEP = "announcement send"
TEST = "announcement test"
# The dialogue's field that keeps what was shown, see `seals`.
SHOWN = "shown"
# The dialogue's field that says of which draft the recipients have just been told.
TOLD = "told"
# What takes longer is worth a word about when it is finished.
LONG = timedelta(minutes=2)
# Ids are what both databases keep in a column of whole numbers.
MOST = 2**31 - 1


def wanted(chat: Chat, broadcast_id: str) -> tuple[Scope, Announcement]:
    """An announcement this officer may see, with the officer's scope.

    Raises:
        BadArgument: there is none, or it is not theirs to see.
        PermissionError: this is no officer, or no longer.
    """
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        raise PermissionError(chat.me.id)
    wanted_id = number(broadcast_id)
    found = broadcasts.seen_by(chat.db, scope, wanted_id) if wanted_id <= MOST else None
    if found is None:
        raise BadArgument(broadcast_id)
    return scope, found


def opened(chat: Chat) -> tuple[Scope, Announcement] | None:
    """What the open step is about; None where that is gone, or no longer this officer's."""
    try:
        return wanted(chat, str(chat.form.get("broadcast", "")))
    except (BadArgument, PermissionError):
        return None


def at(chat: Chat, moment: datetime) -> str:
    """A moment for a sentence: "11h30 hôm nay", "14h00 Thứ Năm 26/11"."""
    local = moment.astimezone(chat.now.tzinfo)
    code = chat.talk.language
    clock = dates.clock(local, code)
    if local.date() == chat.now.date():
        return chat._("{time} today", time=clock)
    return chat._("{time}, {day}", time=clock, day=dates.short_day(local, code))


def choices_of(letter: Reply) -> list[str]:
    """The lines of a letter's choices, as they will be numbered on an empty phone."""
    return [f"{10 + place} {one.label}" for place, one in enumerate(letter.choices, start=1)]


def recipients(chat: Chat, found: Announcement, rehearsed: Rehearsal) -> list[str]:
    """Who is meant, and how many of them are written to."""
    code = chat.talk.language
    meant, reached = figure(rehearsed.meant, code), figure(rehearsed.reachable, code)
    people = audience_lines.line(chat, found.rule)
    parts = [chat._("Can be written to: {count} people", count=reached)]
    parts += barriers(chat, rehearsed.barred)
    return [
        chat._("Recipients: {count} {people}.", count=meant, people=people),
        f"{'; '.join(parts)}.",
    ]


def approval(chat: Chat, scope: Scope, rehearsed: Rehearsal) -> list[str]:
    """That a second officer has to approve it, and how many can; nothing where none has to."""
    if not rehearsed.needs_approval:
        return []
    lines = [audience_lines.approval(chat, scope)]
    if not approvals.needed(rehearsed.reachable):
        together = chat._(
            "What {you} have sent without approval in the last 24 hours is counted with it."
        )
        lines.insert(0, together)
    return lines


def barriers(chat: Chat, barred: Mapping[Barrier, int]) -> list[str]:
    """How many are not written to, a phrase for each reason."""
    return [_barrier(chat, reason, count) for reason, count in barred.items() if count]


def _barrier(chat: Chat, reason: Barrier, people: int) -> str:
    count = figure(people, chat.talk.language)
    match reason:
        case Barrier.NO_ACCOUNT:
            return chat._("{count} without the assistant", count=count)
        case Barrier.NO_CONSENT:
            return chat._("{count} without consent to announcements", count=count)
        case Barrier.WEEKLY:
            return chat._("{count} with two announcements this week already", count=count)
        case _:
            assert_never(reason)


@router.action("announce-preview")
def preview(chat: Chat, draft_id: str) -> Reply:
    """A draft as people will see it, what sending it comes to, and how to send it."""
    scope, found = wanted(chat, draft_id)
    if found.state is not BroadcastState.DRAFT:
        return chat.go(f"announce-progress {found.id}")
    if not found.text and found.attachment_id is None:
        return chat.go(f"announce-text {found.id}")
    rehearsed = rehearse(chat, scope, found)
    told = chat.form.get(TOLD) == found.id
    chat.begin(broadcast=found.id, **{SHOWN: seals.seal(found)})
    chat.expect(STEP)
    lines = [
        *_letter(chat, found),
        *([] if told else recipients(chat, found, rehearsed)),
        _goes_out(chat, found, rehearsed),
        *_effort(chat, rehearsed),
        *approval(chat, scope, rehearsed),
        _how(chat, rehearsed),
    ]
    return chat.screen(
        "\n".join(lines), *_choices(chat, found, rehearsed),
        back=(chat._("Leave it, keep the draft"), f"announce-keep {found.id}"),
    )  # fmt: skip


def _letter(chat: Chat, found: Announcement) -> list[str]:
    purpose = announcements.purpose(chat, found.purpose)
    letter = announcements.letter(chat, found)
    return [
        chat._("Preview of {code}, {purpose}:", code=found.code, purpose=purpose),
        letter.text,
        *choices_of(letter),
        *attached(chat, found),
    ]


def attached(chat: Chat, found: Announcement) -> list[str]:
    """What hangs on the letter: a pin, a photo, a file."""
    lines = [chat._("With a map of: {place}", place=found.place["title"])] if pinned(found) else []
    one = attachments.get(chat.db, found.attachment_id) if found.attachment_id else None
    if one is None:
        return lines
    if one.kind is AttachmentKind.PHOTO:
        return [*lines, _photo(chat, one.state)]
    match one.state:
        case AttachmentState.READY:
            lines.append(chat._("With the file {name}", name=one.name))
        case AttachmentState.PENDING:
            lines.append(chat._("With the file {name}, still being fetched", name=one.name))
        case AttachmentState.FAILED:
            lines.append(chat._("The file {name} cannot be used", name=one.name))
        case _:
            assert_never(one.state)
    return lines


def _photo(chat: Chat, state: AttachmentState) -> str:
    """Photos have no names of their own."""
    match state:
        case AttachmentState.READY:
            return chat._("With the photo")
        case AttachmentState.PENDING:
            return chat._("With the photo, still being fetched")
        case AttachmentState.FAILED:
            return chat._("The photo cannot be used")
        case _:
            assert_never(state)


def pinned(found: Announcement) -> bool:
    """True where the letter has a pin on a map."""
    return "latitude" in found.place and "title" in found.place


def _goes_out(chat: Chat, found: Announcement, rehearsed: Rehearsal) -> str:
    """When; and why not at the time that was chosen, where that is at night or on a holiday."""
    if rehearsed.begins <= chat.now:
        return chat._("It goes out as soon as {you} confirm.")
    when = at(chat, rehearsed.begins)
    if found.due_at is None or found.due_at >= rehearsed.begins:
        return chat._("It goes out at {when}.", when=when)
    return chat._(
        "Nothing is sent at night and on holidays ({chosen}), so it goes out at {when}.",
        chosen=at(chat, max(found.due_at, chat.now)), when=when,
    )  # fmt: skip


def _effort(chat: Chat, rehearsed: Rehearsal) -> list[str]:
    """By which channels, at what cost, until when; nothing where it is all the same."""
    ways, ends = rehearsed.estimate.ways, rehearsed.ends
    code = chat.talk.language
    parts: list[str] = []
    if len(ways) > 1:
        by = ", ".join(f"{_channel(n)} {figure(one.messages, code)}" for n, one in ways.items())
        parts.append(chat._("by {channels}", channels=by))
    if rehearsed.estimate.cost:
        parts.append(chat._("cost {cost} đồng", cost=figure(rehearsed.estimate.cost, code)))
    if ends is not None and ends - rehearsed.begins > LONG:
        parts.append(chat._("finished around {when}", when=at(chat, ends)))
    waiting = rehearsed.estimate.waiting + rehearsed.estimate.withheld
    if waiting:
        parts.append(chat._("{count} have to wait", count=figure(waiting, code)))
    said = "; ".join(parts)
    return [f"{said[:1].upper()}{said[1:]}."] if parts else []


def _channel(name: str) -> str:
    names = {"telegram": "Telegram", "zalo_bot": "Zalo Bot", "zalo_oa": "Zalo OA"}
    return names.get(name, "ZNS")


def _how(chat: Chat, rehearsed: Rehearsal) -> str:
    if not rehearsed.reachable:
        return chat._("The assistant can write to none of them yet, so it cannot be sent.")
    return chat._("To send it, write: SEND {count}", count=rehearsed.reachable)


def _choices(chat: Chat, found: Announcement, rehearsed: Rehearsal) -> list[tuple[str, str]]:
    choices = [
        (chat._("Send a test to me"), f"announce-test {found.id}"),
        (chat._("Edit"), f"announce-edit {found.id}"),
    ]
    if not rehearsed.reachable:
        return choices
    if rehearsed.begins > chat.now:
        choices.append((chat._("Send now"), f"announce-now {found.id}"))
    elif found.due_at is not None and (later := by_itself(chat)) > chat.now:
        label = chat._("Wait until {when}", when=at(chat, later))
        choices.append((label, f"announce-later {found.id}"))
    return choices


def by_itself(chat: Chat) -> datetime:
    """When an announcement goes out whose time nobody chose."""
    return send_times.preferred(chat.now, reminder_rules.corrections(chat.db))


def begins(chat: Chat, found: Announcement) -> datetime:
    """When an announcement goes out that is confirmed and approved now.

    Of a draft, no time at all is no choice yet, and a moment that is past is at once.
    """
    if found.due_at is None and found.state is BroadcastState.DRAFT:
        return by_itself(chat)
    return send_times.begins(chat.now, found.due_at, reminder_rules.corrections(chat.db))


def rehearse(chat: Chat, scope: Scope, found: Announcement) -> Rehearsal:
    """What sending a draft comes to, at its own time; BadArgument where it is gone."""
    rehearsed = rehearsals.rehearse(chat.db, scope, found.id, chat.now)
    if rehearsed is None:
        raise BadArgument(str(found.id))
    first, corrections = begins(chat, found), reminder_rules.corrections(chat.db)
    rates = send_times.rates(chat.db, chat.now)
    ends = send_times.ends(first, rehearsed.estimate, corrections, rates)
    return replace(rehearsed, begins=first, ends=ends)


@router.action("announce-now", instead="announce-preview")
def now(chat: Chat, draft_id: str) -> Reply:
    """Let a draft go out at once when it is confirmed."""
    scope, found = wanted(chat, draft_id)
    broadcasts.change(chat.db, scope, found.id, chat.now, due_at=chat.now)
    return preview(chat, draft_id)


@router.action("announce-later", instead="announce-preview")
def later(chat: Chat, draft_id: str) -> Reply:
    """Let a draft go out when people like to read."""
    scope, found = wanted(chat, draft_id)
    broadcasts.change(chat.db, scope, found.id, chat.now, due_at=None)
    return preview(chat, draft_id)


@router.action("announce-test", instead="announce-preview")
def test(chat: Chat, draft_id: str) -> Reply:
    """Send the draft to the officer alone, as everybody will get it."""
    _, found = wanted(chat, draft_id)
    if found.state is not BroadcastState.DRAFT:
        return chat.go(f"announce-progress {found.id}")
    outbox.owe(
        chat.db, TEST, key=f"{TEST}:{found.id}:{chat.talk.account_id}:{chat.message.id}",
        subject_id=found.id, person_id=chat.me.id, account_id=chat.talk.account_id,
        due_at=chat.now, urgent=True,
    )  # fmt: skip
    shown = preview(chat, draft_id)
    # The last line of a preview says how to send it.
    how = shown.text.rsplit("\n", 1)[-1]
    coming = chat._("The test comes in a moment. Nobody else gets it.")
    return replace(shown, text=f"{coming}\n{how}")


@router.notice(TEST)
def tested(chat: Chat, owed: Owed) -> Reply | None:
    """The draft as everybody will get it, to the one who asked for it."""
    found = broadcasts.get(chat.db, owed.subject_id)
    if found is None or found.state is not BroadcastState.DRAFT:
        return None
    letter = announcements.letter(chat, found)
    # Nobody but those it is for registers below it, or says that they have seen it.
    choices = tuple(replace(one, action=f"announce-tested {found.id}") for one in letter.choices)
    return replace(letter, choices=choices)


@router.action("announce-tested")
def only_a_test(chat: Chat, draft_id: str) -> Reply:
    """What the choices of a test do that only recipients have."""
    _, found = wanted(chat, draft_id)
    draft = found.state is BroadcastState.DRAFT
    label = (
        chat._("Continue {code}", code=found.code)
        if draft
        else chat._("See {code}", code=found.code)
    )
    return chat.screen(
        chat._("This was a test of {code}. Recipients answer here.", code=found.code),
        (label, f"announce-preview {found.id}"),
        back=chat.back("menu"),
    )
