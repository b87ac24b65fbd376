"""Invitations for many units at once: all without an officer, a typed list, a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import dates, text, work
from handlers.chat import PAGE
from handlers.inviting import link_of, scope_of
from handlers.message import EXPORT, Document
from handlers.numbers import number as figure
from handlers.router import number
from handlers.routes import router
from storage import attachments, audit, exports, invite_lists, inviting
from storage.invite_lists import Refused, Why
from storage.models import AttachmentKind, AttachmentState, Called
from storage.rosters.files import FileTrouble
from storage.workbooks import Table

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.inviting import Live


@router.action("invite-many")
def ways(chat: Chat) -> Reply:
    """For which units?"""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    exports.forget(chat.db, chat.now)
    vacant = len(inviting.vacant(chat.db, scope, chat.now))
    lines = (
        [(chat._("The {count} communes without an officer", count=vacant), "invite-vacant")]
        if vacant
        else []
    )
    return chat.ask(
        chat._(
            "For which units? Please write one unit a line, with a full name behind a comma where"
            " it is for somebody, or send an Excel file with these two columns."
        ),
        "invite list", *lines, back="invite",
    )  # fmt: skip


@router.action("invite-vacant")
def vacant(chat: Chat) -> Reply:
    """All communes of the area that nobody works for and nobody is invited to."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    found = inviting.vacant(chat.db, scope, chat.now)[: inviting.MOST_AT_ONCE]
    chat.begin(many=[[one.unit_id, ""] for one in found], refused=[])
    return sure(chat)


@router.step("invite list", files=True)
def list_(chat: Chat) -> Reply:
    """A typed list, or a file that is fetched first."""
    scope = scope_of(chat)
    if scope is None:
        return work.nobody(chat)
    if chat.message.file is not None:
        return _file(chat)
    judged = invite_lists.judge(chat.db, scope, invite_lists.typed(chat.message.text))
    return _judged(chat, judged)


def _file(chat: Chat) -> Reply:
    sent = chat.message.file
    if sent is None or sent.size > invite_lists.LARGEST:
        return chat.again(chat._("This file is too large for a list of units."))
    kept = attachments.keep(
        chat.db, chat.me.id, chat.talk.channel, AttachmentKind.DOCUMENT, sent.id, sent.name,
        sent.size, chat.now,
    )  # fmt: skip
    chat.begin(file=kept)
    return _waiting(chat)


def _waiting(chat: Chat) -> Reply:
    return chat.screen(
        chat._("The file is being fetched. In a few seconds, please go on:"),
        (chat._("Read the file"), "invite-file"),
        back=chat.back("invite-many"),
    )


@router.action("invite-file")
def file(chat: Chat) -> Reply:
    """Read the file that was sent, once it is here."""
    scope, kept = scope_of(chat), chat.form.get("file")
    if scope is None:
        return work.nobody(chat)
    found = attachments.get(chat.db, kept) if kept else None
    if found is None or found.person_id != chat.me.id:
        return ways(chat)
    if found.state is AttachmentState.PENDING:
        return _waiting(chat)
    content = attachments.content(chat.db, found.id)
    lines = invite_lists.read(content) if content else FileTrouble.BROKEN
    if isinstance(lines, FileTrouble):
        return chat.ask(
            f"{_trouble(chat, lines)} {chat._('Please send another one, or write the units.')}",
            "invite list", back="invite",
        )  # fmt: skip
    return _judged(chat, invite_lists.judge(chat.db, scope, lines))


def _trouble(chat: Chat, why: FileTrouble) -> str:
    if why is FileTrouble.PASSWORD:
        return chat._("The file has a password.")
    if why is FileTrouble.EMPTY:
        return chat._("The file is empty.")
    if why in (FileTrouble.TOO_LARGE, FileTrouble.BOMB, FileTrouble.TOO_MANY_CELLS):
        return chat._("The file is too large for a list of units.")
    return chat._("The file cannot be read: an Excel file is wanted.")


def _judged(chat: Chat, judged: invite_lists.Judged) -> Reply:
    elsewhere = [one for one in judged.refused if one.why is Why.ELSEWHERE]
    if elsewhere and (scope := scope_of(chat)):
        audit.refused(chat.db, scope, "invite-many", "units", len(elsewhere), chat.now)
    refused = [[one.at, one.unit[:60], str(one.why), list(one.near)] for one in judged.refused]
    chat.begin(many=[list(one) for one in judged.wanted], refused=refused)
    return sure(chat)


@router.action("invite-sure")
def sure(chat: Chat) -> Reply:
    """How many will be made; which lines will not, and why."""
    wanted, refused = chat.form.get("many"), chat.form.get("refused", [])
    if wanted is None:
        return ways(chat)
    language = chat.talk.language
    rest = [(chat._("Lines left out: {count}", count=len(refused)), "invite-refused")]
    if not wanted:
        return chat.ask(
            chat._("No line names a unit of {area} for sure. Please write the list again.",
                   area=_area(chat)),
            "invite list", *(rest if refused else []), back="invite-many",
        )  # fmt: skip
    return chat.screen(
        chat._(
            "Make {count} invitations, each for one person and {days} days? The codes come as an"
            " Excel file, only once.",
            count=figure(len(wanted), language), days=inviting.DAYS,
        ),
        (chat._("Make them and get the file"), "invite-all"),
        *(rest if refused else []),
        back=chat.back("invite-many"),
    )  # fmt: skip


def _area(chat: Chat) -> str:
    scope = scope_of(chat)
    unit = scope.reaches[0].unit if scope else ""
    return unit[:1].lower() + unit[1:]


@router.action("invite-refused")
def refused(chat: Chat, page: str = "0") -> Reply:
    """The lines that invite nobody, and what may have been meant."""
    found = [Refused(at, unit, Why(why), tuple(near))
             for at, unit, why, near in chat.form.get("refused", [])]  # fmt: skip
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    if not shown:
        return sure(chat)
    return chat.screen(
        "\n".join(
            chat._("Line {at}, {unit}: {why}", at=one.at, unit=one.unit, why=_why(chat, one))
            for one in shown
        ),
        more=f"invite-refused {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("invite-sure"),
    )


def _why(chat: Chat, one: Refused) -> str:
    return why(chat.talk.language, chat.me.called, one)


def why(language: str, called: Called, one: Refused) -> str:
    """Why a line invites nobody, in words."""

    def _(sentence: str, **fields: object) -> str:
        return text.say(language, called, sentence, **fields)

    near = ", ".join(one.near[:3])
    match one.why:
        case Why.UNKNOWN if near:
            return _("no such unit; near: {near}", near=near)
        case Why.UNKNOWN:
            return _("no such unit")
        case Why.SEVERAL:
            return _("several units it may be: {near}", near=near)
        case Why.FORMER:
            return _("a former unit; today: {near}", near=near)
        case Why.ELSEWHERE:
            return _("outside the area")
        case Why.NO_NAME:
            return _("the full name is none")
        case Why.TWICE:
            return _("stands there twice")
        case Why.TOO_MANY:
            return _("too many at once")
        case _:
            assert_never(one.why)


@router.action("invite-all", instead="invite-sure")
def make(chat: Chat) -> Reply:
    """Make them all; their codes are in the file that follows."""
    scope, wanted = scope_of(chat), chat.form.get("many")
    if scope is None:
        return work.nobody(chat)
    if not wanted:
        return ways(chat)
    made = inviting.invite_many(chat.db, scope, [(one[0], one[1]) for one in wanted], chat.now)
    left = [Refused(at, unit, Why(why), tuple(near))
            for at, unit, why, near in chat.form.get("refused", [])]  # fmt: skip
    subject = invite_lists.keep(chat.db, scope, made, left, chat.now)
    chat.begin()
    return chat.screen(
        chat._(
            "{count} invitations have been made. The codes are in this file; it is made for an"
            " hour, the codes are shown nowhere else.",
            count=figure(len(made), chat.talk.language),
        ),
        (chat._("Invitations still open: {count}", count=len(made)), "invitations"),
        back=chat.back("invite"),
        document=Document(EXPORT, subject, "loi-moi-can-bo.xlsx"),
    )  # fmt: skip


def tables(
    db: Connection, made: list[tuple[Live, str]], refused: list[Refused], now: datetime
) -> list[Table]:
    """The sheets of the file: the invitations with their codes, and the lines left out."""
    heads = (
        _("Unit"), _("Full name"), _("Code"), _("Link"), _("Works until"),
    )  # fmt: skip
    rows = [
        (one.unit, one.holder, code, link_of(db, code, now),
         dates.moment(one.expires_at.astimezone(now.tzinfo)))
        for one, code in made
    ]  # fmt: skip
    found = [Table(_("Invitations"), heads, rows)]
    if refused:
        left = [(one.at, one.unit, why("vi", Called.TEACHER, one)) for one in refused]
        found.append(Table(_("Lines left out"), (_("Line"), _("Unit"), _("Why")), left))
    return found


def _(sentence: str) -> str:
    # On paper and in tables the words are those of the place.
    return text.say("vi", Called.TEACHER, sentence)
