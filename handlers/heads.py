"""The role of principal, offered to whoever heads a school by the roster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import identify
from handlers.routes import router
from storage import audit, claims, roles
from storage.models import RoleKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply

router.command(
    "principal-offer", words=("nhan vai tro", "toi la hieu truong", "nhan vai tro hieu truong")
)


@router.action("principal-offer")
def offer(chat: Chat) -> Reply:
    """What the role means, and whether to take it."""
    if not identify.heads_without_role(chat):
        return _not_offered(chat)
    return chat.screen(
        chat._(
            "{name}, principal of {school}.\nDo {you} take the role here: confirming colleagues"
            " and agreeing to trainings of the school's people?",
            name=chat.me.full_name, school=chat.me.school,
        ),
        (chat._("Take the role of principal"), "principal"),
        (chat._("Later"), "peek"),
    )  # fmt: skip


def _not_offered(chat: Chat) -> Reply:
    school_id = chat.me.school_id
    day = chat.now.date()
    if chat.me.id in roles.holders(chat.db, RoleKind.PRINCIPAL, day=day, school_id=school_id):
        return chat.screen(
            chat._("{You} have the role of principal of {school} already.", school=chat.me.school),
            back=chat.back("menu"),
        )
    return chat.screen(
        chat._(
            "This role is for the principal by the school's list. If that is {you}, please ask the"
            " officer in charge to correct the list."
        ),
        back=chat.back("menu"),
    )


@router.action("principal", instead="principal-offer")
def take(chat: Chat) -> Reply:
    """Take the role; what the school's people wait for is asked at once."""
    school_id = chat.me.school_id
    if not identify.heads_without_role(chat) or school_id is None:
        return _not_offered(chat)
    role_id = roles.grant(
        chat.db, chat.me.id, RoleKind.PRINCIPAL, chat.now.date(), school_id=school_id
    )
    audit.note(
        chat.db, actor_id=chat.me.id, action="role taken", subject="role", subject_id=role_id,
        now=chat.now, unit_id=chat.me.unit_id, school=school_id,
    )  # fmt: skip
    claims.ask_principal(chat.db, school_id, chat.me.id, chat.now)
    return chat.screen(
        chat._(
            "{You} now have the role of principal of {school}. The assistant asks here when"
            " somebody says they are of the school, or asks to attend a training.",
            school=chat.me.school,
        ),
        (chat._("Go on"), "peek"),
    )
