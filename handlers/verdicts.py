"""What a claimant is told: confirmed, with which seats; or refused, and whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import identify, naming
from handlers.routes import router
from storage import claims, conversations, courses, phones, places
from storage.models import ClaimKind, Rung

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.claims import Claim
    from storage.outbox import Owed


@router.notice("confirmed")
def confirmed(chat: Chat, owed: Owed) -> Reply | None:
    """Who confirmed, as whom, and which seats are certain now."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None or chat.person is None:
        return None
    if claim.kind is ClaimKind.PHONE:
        return chat.letter(
            chat._(
                "{decider} confirmed the new phone: {name} uses the assistant here from now on,"
                " with all trainings as they were.",
                decider=claim.decided_by, name=claim.full_name,
            )
        )  # fmt: skip
    words = _confirmed(chat, claim, owed)
    if codes := _certain(chat, owed):
        sure = chat._("The seat of {you} in {codes} is certain now.", codes=codes)
        words = f"{words} {sure}"
    if identify.heads_without_role(chat):
        return chat.letter(words, (chat._("Take the role of principal"), "principal"))
    return chat.letter(words)


def _confirmed(chat: Chat, claim: Claim, owed: Owed) -> str:
    named = {"name": claim.full_name, "school": claim.school}
    if owed.data.get("rung") == Rung.PRINCIPAL:
        return chat._("The principal has confirmed: {name}, {school}.", **named)
    if owed.data.get("rung") == Rung.COMMUNE:
        return chat._(
            "The officer in charge of {unit} has confirmed: {name}, {school}.",
            **named, unit=naming.inside(claim.unit),
        )  # fmt: skip
    return chat._("The Department has confirmed: {name}, {school}.", **named)


def _certain(chat: Chat, owed: Owed) -> str:
    """The codes of the courses whose kept seats became certain and are still held."""
    held = {one.course_id for one in places.of_person(chat.db, chat.me.id) if one.holds}
    found = [courses.get(chat.db, one) for one in owed.data.get("courses", ()) if one in held]
    return ", ".join(course.code for course in found if course)


@router.notice("refused")
def refused(chat: Chat, owed: Owed) -> Reply | None:
    """Nothing is blamed on anybody: who to call is what helps."""
    claim = claims.get(chat.db, owed.subject_id)
    if claim is None:
        return None
    call = _whom_to_call(chat, claim, owed)
    if claim.kind is ClaimKind.PHONE:
        words = chat._(
            "The move of {name} to this phone was not confirmed, so nothing has moved.",
            name=claim.full_name,
        )
    else:
        words = chat._(
            "“{name}” was not confirmed as one of {school}, so seats kept for this name were given"
            " back.",
            name=claim.full_name, school=claim.school or naming.inside(claim.unit),
        )  # fmt: skip
    return chat.letter(f"{words} {call}")


def _whom_to_call(chat: Chat, claim: Claim, owed: Owed) -> str:
    rung = owed.data.get("rung")
    who = conversations.who(chat.db, int(owed.data["by"]))
    if rung == Rung.PRINCIPAL:
        return chat._("If that is wrong, please call the principal, {name}.", name=who.full_name)
    office = (
        chat._("officer in charge of {unit}", unit=naming.inside(claim.unit))
        if rung == Rung.COMMUNE
        else chat._("Department of Education and Training")
    )
    phone = claims.phone_of(chat.db, who.id)
    if phone:
        return chat._(
            "If that is wrong, please call {name}, {office}, {phone}.",
            name=who.full_name, office=office, phone=phones.spoken(phone),
        )  # fmt: skip
    return chat._(
        "If that is wrong, please call {name}, {office}.", name=who.full_name, office=office
    )
