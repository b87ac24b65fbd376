"""Who cannot come, and who goes instead: told to office and school, proposed, decided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from handlers import cards, naming, reasons, sent_words
from handlers.audience_buttons import office
from handlers.chat import PAGE
from handlers.digests import gathered
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import conversations, courses, excuses, proposals, scopes, substitutions
from storage.models import SubstitutionState
from storage.nominees import Sent

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.excuses import Excuse
    from storage.outbox import Owed
    from storage.scopes import Scope
    from storage.substitutions import Proposal

# Characters of a row of names.
NAMES = 160


def line(chat: Chat, scope: Scope) -> list[tuple[str, str]]:
    """The line of an officer's day: substitutes that wait for their word."""
    waiting = substitutions.waiting(chat.db, scope)
    if not waiting:
        return []
    words = chat._("Substitutes to decide on: {count}", count=len(waiting))
    return [(words, f"substitution {waiting[0]}")]


def school_line(chat: Chat) -> list[tuple[str, str]]:
    """The line of a principal's day: colleagues who cannot come and have no substitute."""
    found = proposals.open_places(chat.db, chat.me.id, chat.now)
    if not found:
        return []
    words = chat._("Colleagues who cannot come, nobody instead: {count}", count=len(found))
    return [(words, f"substitute {found[0]}")]


@router.notice(excuses.KIND)
def told(chat: Chat, owed: Owed) -> Reply | None:
    """Who cannot come and why; a principal proposes somebody, an officer looks at the list."""
    course = courses.get(chat.db, owed.subject_id)
    since = datetime.fromisoformat(str(owed.data["since"]))
    found = excuses.told(chat.db, owed.subject_id, chat.me.id, chat.now, since)
    if course is None or not found or course.begun(chat.now):
        return None
    runs = scopes.of(chat.db, chat.me.id, chat.now.date()) is not None
    listed = (chat._("Those who have been sent"), f"nominees {course.id}")
    if len(found) > 1:
        names = [f"{one.full_name} ({reasons.said(chat, one.reason)})" for one in found]
        words = chat._("Cannot come to {course}, {count} people: {names}.", count=len(found),
                       course=cards.brief(chat, course),
                       names=gathered(chat._, names, NAMES))  # fmt: skip
        return chat.letter(words, listed if runs else (chat._("Choose substitutes"), "substitutes"))
    one = found[0]
    words = _cannot(chat, course, one)
    if runs:
        return chat.letter(words, listed)
    return chat.letter(
        words, (chat._("Propose somebody instead"), f"substitute {one.registration_id}")
    )


def _cannot(chat: Chat, course: Training, one: Excuse) -> str:
    return chat._("{name}, {school}, cannot come to {course}. Reason: {why}.",
                  name=one.full_name, school=one.school, course=cards.named(chat, course),
                  why=reasons.said(chat, one.reason))  # fmt: skip


@router.action("substitutes")
def absent(chat: Chat, page: str = "0") -> Reply:
    """A principal's colleagues who cannot come, each without a substitute."""
    found = proposals.open_places(chat.db, chat.me.id, chat.now)
    start = number(page) * PAGE
    if not found[start:]:
        return chat.screen(chat._("Nobody needs a substitute."), back=chat.back("work"))
    return chat.screen(
        chat._("Colleagues who cannot come, nobody instead: {count}", count=len(found)),
        *((_absent(chat, one), f"substitute {one}") for one in found[start : start + PAGE]),
        more=f"substitutes {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("work"),
    )


def _absent(chat: Chat, registration_id: int) -> str:
    found = proposals.may_propose(chat.db, chat.me.id, registration_id, chat.now)
    if found is None:
        raise BadArgument(str(registration_id))
    place, course = found
    name = conversations.who(chat.db, place.person_id).full_name
    return naming.choice(f"{name}, {cards.brief(chat, course)}")


@router.action("substitute")
def choose(chat: Chat, registration_id: str, page: str = "0") -> Reply:
    """Who of the school goes instead?"""
    found = proposals.may_propose(chat.db, chat.me.id, number(registration_id), chat.now)
    if found is None:
        return chat.screen(chat._("This has been settled meanwhile."), back=chat.back("work"))
    place, course = found
    people = proposals.colleagues(chat.db, place.id, chat.me.id, chat.now)
    name = conversations.who(chat.db, place.person_id).full_name
    said = {"name": name, "course": cards.named(chat, course)}
    start = number(page) * PAGE
    if not people[start:]:
        return chat.screen(
            chat._("{name} cannot come to {course}. Nobody else of the school can be proposed.",
                   **said),
            back=chat.back("work"),
        )  # fmt: skip
    twins = [one.full_name for one in people]
    return chat.screen(
        chat._("{name} cannot come to {course}. Who goes instead?", **said),
        *((f"{one.full_name}, {one.birth_year}" if twins.count(one.full_name) > 1
           else one.full_name, f"propose {place.id} {one.id}")
          for one in people[start : start + PAGE]),
        more=f"substitute {place.id} {number(page) + 1}" if people[start + PAGE :] else "",
        back=(chat._("Later"), "work"),
    )  # fmt: skip


@router.action("propose", instead="substitute")
def propose(chat: Chat, registration_id: str, person_id: str) -> Reply:
    """Propose a colleague; the office is asked."""
    done = proposals.propose(
        chat.db, number(registration_id), number(person_id), chat.me.id, chat.now
    )
    if done is None:
        return choose(chat, registration_id)
    name = conversations.who(chat.db, number(person_id)).full_name
    return chat.screen(
        chat._("{name} has been proposed. The assistant asks the office that sent the list, and"
               " will say as soon as there is an answer.", name=name),
        back=chat.back("work"),
    )  # fmt: skip


@router.notice(proposals.KIND)
def proposed(chat: Chat, owed: Owed) -> Reply | None:
    """To the officer who decides: who is proposed in whose place."""
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    found = substitutions.get(chat.db, scope, owed.subject_id) if scope else None
    if found is None or found.state is not SubstitutionState.PROPOSED:
        return None
    return chat.letter(_proposal(chat, found), *_answers(chat, found))


def _proposal(chat: Chat, found: Proposal) -> str:
    course = courses.get(chat.db, found.course_id)
    excuse = excuses.one(chat.db, found.registration_id, chat.me.id, chat.now)
    return chat._(
        "{school} proposes {name} for {course}, in place of {absent} ({why}).",
        school=found.school, name=found.substitute, absent=found.absent,
        course=cards.named(chat, course) if course else "",
        why=reasons.said(chat, excuse.reason) if excuse else chat._("cannot come"),
    )  # fmt: skip


def _answers(chat: Chat, found: Proposal) -> list[tuple[str, str]]:
    return [
        (chat._("I agree to it"), f"substitution-yes {found.id}"),
        (chat._("I do not agree to it"), f"substitution-no {found.id}"),
    ]


def _wanted(chat: Chat, proposal_id: str) -> Proposal:
    found = substitutions.get(chat.db, office(chat), number(proposal_id))
    if found is None:
        raise BadArgument(proposal_id)
    return found


@router.action("substitution")
def decide(chat: Chat, proposal_id: str) -> Reply:
    """The proposal again, as it stands now."""
    found = _wanted(chat, proposal_id)
    if found.state is not SubstitutionState.PROPOSED:
        return chat.screen(
            chat._("This proposal has been decided on already."), back=chat.back("work")
        )
    return chat.screen(
        _proposal(chat, found), *_answers(chat, found),
        (chat._("Those who have been sent"), f"nominees {found.course_id}"),
        back=chat.back("work"),
    )  # fmt: skip


@router.action("substitution-yes", instead="substitution")
def approve(chat: Chat, proposal_id: str) -> Reply:
    """Send the substitute."""
    found = _wanted(chat, proposal_id)
    done = substitutions.approve(chat.db, office(chat), found.id, chat.now)
    course = courses.get(chat.db, found.course_id)
    if done is None or course is None:
        return decide(chat, proposal_id)
    if done.outcome is not Sent.NOMINATED:
        words = chat._("{name} cannot be sent to {code}.", name=found.substitute, code=course.code)
        return chat.screen(
            "\n".join((words, *sent_words.refused(chat, course, [done]))),
            (chat._("I do not agree to it"), f"substitution-no {found.id}"),
            back=chat.back("work"),
        )
    return _done(
        chat,
        chat._("Noted: {name} is sent to {code} and asked whether they can come. The principal is"
               " told.", name=found.substitute, code=course.code),
    )  # fmt: skip


@router.action("substitution-no", instead="substitution")
def refuse(chat: Chat, proposal_id: str) -> Reply:
    """Not this one; the principal may propose another."""
    found = _wanted(chat, proposal_id)
    if not substitutions.refuse(chat.db, office(chat), found.id, chat.now):
        return decide(chat, proposal_id)
    return _done(chat, chat._("Noted: not {name}. The principal is told.", name=found.substitute))


def _done(chat: Chat, words: str) -> Reply:
    scope = office(chat)
    waiting = substitutions.waiting(chat.db, scope)
    following = [(chat._("The next one"), f"substitution {waiting[0]}")] if waiting else []
    return chat.screen(words, *following, back=chat.back("work"))


@router.notice(substitutions.ANSWERED)
def answered(chat: Chat, owed: Owed) -> Reply | None:
    """To the principal: what came of the proposal."""
    found = proposals.proposal(chat.db, owed.subject_id, chat.me.id)
    course = courses.get(chat.db, found.course_id) if found else None
    if found is None or course is None:
        return None
    said = {"name": found.substitute, "absent": found.absent, "course": cards.named(chat, course)}
    match found.state:
        case SubstitutionState.APPROVED:
            return chat.letter(
                chat._("{name} goes in place of {absent}: {course}. The assistant asks whether"
                       " they can come.", **said)
            )  # fmt: skip
        case SubstitutionState.REFUSED:
            return chat.letter(
                chat._("The office does not agree to {name} in place of {absent}: {course}.",
                       **said),
                (chat._("Propose somebody else"), f"substitute {found.registration_id}"),
            )  # fmt: skip
        case _:
            return None
