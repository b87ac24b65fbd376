"""One collection of reports: how it stands, commune by commune, and asking those that are late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from handlers import naming, report_words
from handlers.chat import PAGE
from handlers.report_desk import officer
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import unit_words
from storage.models import ReportState
from storage.reporting import collections, status
from storage.reporting.records import HANDED_IN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.reporting.status import Standing

# States as actions name them, in the order in which a report goes through them.
STATES: Final[dict[str, ReportState | None]] = {
    "none": None, "begun": ReportState.BEGUN, "submitted": ReportState.SUBMITTED,
    "back": ReportState.SENT_BACK, "accepted": ReportState.ACCEPTED,
    "numbered": ReportState.NUMBERED,
}  # fmt: skip


@router.action("collection")
def collection(chat: Chat, collection_id: str) -> Reply:
    """How many communes stand how, and what comes next."""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    found = status.of(chat.db, scope, round_.id, chat.now)
    counts = status.tally(found)
    missing = sum(not one.handed_in for one in found)
    taken = counts[ReportState.ACCEPTED] + counts[ReportState.NUMBERED]
    words = chat._(
        "Reports {title}: {taken} of {count} communes accepted, {waiting} wait, {missing} missing."
        " {until}",
        title=report_words.short(round_.title), taken=taken, count=len(found),
        waiting=counts[ReportState.SUBMITTED], missing=missing,
        until=report_words.until(chat, round_),
    )  # fmt: skip
    asks = missing and round_.closed_at is None
    return chat.screen(
        words,
        *_states(chat, round_.id, found),
        *([(chat._("Ask the communes whose report is missing: {count}", count=missing),
            f"collection-ask {round_.id}")] if asks else []),
        (chat._("Totals, Word file, end"), f"collection-totals {round_.id} 0"),
        back=chat.back("collections"),
    )  # fmt: skip


def _states(chat: Chat, collection_id: int, found: list[Standing]) -> list[tuple[str, str]]:
    """A line for each state in which there is a commune; what waits comes first."""
    counts = status.tally(found)
    lines = [
        (_begun(f"{report_words.state(chat, each)}: {counts[each]}"),
         f"collection-list {collection_id} {key} 0")
        for key, each in STATES.items()
        if counts[each]
    ]  # fmt: skip
    waits = counts[ReportState.SUBMITTED]
    if waits:
        first = (
            chat._("Accept or send back: {count}", count=waits),
            f"report-next {collection_id}",
        )
        submitted = f"collection-list {collection_id} submitted 0"
        lines = [first, *(each for each in lines if each[1] != submitted)]
    return lines


def _begun(label: str) -> str:
    return label[:1].upper() + label[1:]


@router.action("collection-list")
def communes(chat: Chat, collection_id: str, key: str, page: str = "0") -> Reply:
    """The communes in one state."""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    if key not in STATES:
        raise BadArgument(key)
    state = STATES[key]
    found = [one for one in status.of(chat.db, scope, round_.id, chat.now) if one.state is state]
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    if not shown and start:
        return communes(chat, collection_id, key)
    return chat.screen(
        chat._("{title}, {state}: {count}", title=report_words.short(round_.title),
               state=report_words.state(chat, state), count=len(found)),
        *((_label(chat, one), f"report-in {round_.id} {one.unit_id}") for one in shown),
        more=f"collection-list {round_.id} {key} {number(page) + 1}"
        if found[start + PAGE :] else "",
        back=chat.back(f"collection {round_.id}"),
    )  # fmt: skip


def _label(chat: Chat, one: Standing) -> str:
    name = unit_words.bare(one.unit)
    if one.former:
        name = chat._("{unit} (former)", unit=name)
    more = [one.number, chat._("after the last day") if one.late else ""]
    if one.on_behalf and one.state in HANDED_IN:
        more.append(chat._("entered by the Department"))
    return naming.choice(" · ".join(each for each in (name, *more) if each))


@router.action("collection-ask")
def ask(chat: Chat, collection_id: str) -> Reply:
    """Whom to ask: sure?"""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    missing = [one for one in status.of(chat.db, scope, round_.id, chat.now) if not one.handed_in]
    return chat.screen(
        chat._("Ask the officers of {count} communes for the report {title}? None is asked twice in"
               " three days. {names}", count=len(missing),
               title=report_words.short(round_.title), names=_names(missing)),
        (chat._("Ask them"), f"collection-asked {round_.id}"),
        back=chat.back(f"collection {round_.id}"),
    )  # fmt: skip


def _names(found: Iterable[Standing]) -> str:
    names = ", ".join(unit_words.bare(one.unit) for one in found)
    return report_words.short(names, 2 * report_words.TITLE)


@router.action("collection-asked", instead="collection-ask")
def asked(chat: Chat, collection_id: str) -> Reply:
    """Ask them."""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    done = status.ask_again(chat.db, scope, round_.id, chat.now)
    lines = [chat._("Asked: {count} communes.", count=done.communes)]
    if done.lately:
        lines.append(chat._("Asked in the last three days already: {count}.", count=done.lately))
    if done.nobody:
        lines.append(chat._("Without an officer here: {count}; please call them, or enter the"
                            " report for them.", count=done.nobody))  # fmt: skip
    return chat.screen("\n".join(lines), back=chat.back(f"collection {round_.id}"))


@router.action("collection-close")
def ask_close(chat: Chat, collection_id: str) -> Reply:
    """End it: sure?"""
    scope = officer(chat)
    round_ = collections.led(chat.db, scope, number(collection_id))
    if round_.closed_at is not None:
        return collection(chat, collection_id)
    found = status.of(chat.db, scope, round_.id, chat.now)
    missing = sum(not one.handed_in for one in found)
    return chat.screen(
        chat._("End the collection {title}? Nothing can be handed in after that; {count} reports"
               " are missing.", title=report_words.short(round_.title), count=missing),
        (chat._("End it"), f"collection-closed {round_.id}"),
        back=chat.back(f"collection {round_.id}"),
    )  # fmt: skip


@router.action("collection-closed", instead="collection-close")
def close(chat: Chat, collection_id: str) -> Reply:
    """End it."""
    collections.close(chat.db, officer(chat), number(collection_id), chat.now)
    return collection(chat, collection_id)


@router.action("collection-reopen", instead="collection")
def reopen(chat: Chat, collection_id: str) -> Reply:
    """Go on with one that was ended: nothing is lost by it."""
    collections.reopen(chat.db, officer(chat), number(collection_id), chat.now)
    return collection(chat, collection_id)
