"""What is said unasked about a person's seats: offers, moves, the principal's answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from handlers import asking, cards, dates
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import agreement, conversations, courses, places, registrations
from storage.models import Rung, Standing

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.conversations import Who
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.places import Place


def _subject(chat: Chat, owed: Owed) -> tuple[Place, Training] | None:
    """The registration a notice is about, with its course, as both are now."""
    place = places.by_id(chat.db, owed.subject_id)
    course = courses.get(chat.db, place.course_id) if place else None
    return (place, course) if place and course else None


@router.notice("offer")
def offer(chat: Chat, owed: Owed) -> Reply | None:
    """A seat is free: what, when, where, and until when it is kept."""
    found = _subject(chat, owed)
    if found is None or found[0].standing is not Standing.OFFERED or not found[0].offered_until:
        return None
    place, course = found
    until = found[0].offered_until.astimezone(chat.now.tzinfo)
    return chat.letter(
        chat._(
            "A seat is free for {name}: {course}. It is kept until {until}.",
            name=chat.me.full_name, course=cards.named(chat, course),
            until=dates.moment(until, chat.talk.language),
        ),
        (chat._("Take the seat"), f"take {place.id}"),
        (chat._("I cannot come"), f"unable {place.id}"),
    )  # fmt: skip


@router.notice("moved")
def moved(chat: Chat, owed: Owed) -> Reply | None:
    """The date or the place changed: both, the reason, and the question whether one still comes."""
    found = _subject(chat, owed)
    if found is None or not found[0].live or not found[0].unanswered_since:
        return None
    place, course = found
    words = _what_moved(chat, course, owed)
    if course.moved_why:
        reason = chat._("Reason: {why}.", why=course.moved_why)
        words = f"{words} {reason}"
    question = chat._("Can {you} come, {name}?", name=chat.me.full_name)
    return chat.letter(
        f"{words}\n{question}",
        (chat._("I can come"), f"stay {place.id}"),
        (chat._("I cannot come"), f"unable {place.id}"),
    )


def _later_session(chat: Chat, course: Training, owed: Owed) -> str:
    """What became of one of the later sessions; the others stay as they are."""
    number_ = int(owed.data["session"])
    what = str(owed.data.get("what") or "moved")
    was = str(owed.data.get("starts_at") or "")
    old = datetime.fromisoformat(was).astimezone(chat.now.tzinfo) if was else None
    before = dates.moment(old, chat.talk.language) if old else chat._("date to be announced")
    said = {"code": course.code, "number": number_, "before": before}
    if what == "removed":
        return chat._("SESSION LEFT OUT of {code}: session {number}, {before}. The others stay.",
                      **said)  # fmt: skip
    meeting = next((one for one in course.sessions if one.number == number_), course.first)
    when = cards.when(chat, meeting)
    place = (meeting.place if meeting else "") or chat._("place to be announced")
    if what == "added":
        return chat._("ONE SESSION MORE of {code}: {when}, {place}. The others stay.",
                      code=course.code, when=when, place=place)  # fmt: skip
    return chat._("SESSION {number} of {code} CHANGED: from {before} to {when}, {place}. The others"
                  " stay.", **said, when=when, place=place)  # fmt: skip


def _what_moved(chat: Chat, course: Training, owed: Owed) -> str:
    if "session" in owed.data:
        return _later_session(chat, course, owed)
    was = str(owed.data.get("starts_at") or "")
    old = datetime.fromisoformat(was).astimezone(chat.now.tzinfo) if was else None
    same_time = old == course.starts_at
    same_place = owed.data.get("place", "") == (course.first.place if course.first else "")
    new_time, new_place = cards.starts(chat, course), cards.where(chat, course)
    if same_time:
        return chat._("NEW PLACE for {code}: {place}. The time stays: {when}.", code=course.code,
                      place=new_place, when=new_time)  # fmt: skip
    if old is None:
        return chat._("DATE SETTLED for {code}: {when}, {place}.", code=course.code, when=new_time,
                      place=new_place)  # fmt: skip
    new = course.starts_at.astimezone(chat.now.tzinfo) if course.starts_at else None
    if new is not None and new.date() == old.date():
        return _new_hour(chat, course, old, new, same_place=same_place)
    before = dates.short_day(old, chat.talk.language)
    if same_place:
        return chat._("NEW DATE for {code}: from {before} to {when}. The place stays the same.",
                      code=course.code, before=before, when=new_time)  # fmt: skip
    return chat._("NEW DATE AND PLACE for {code}: from {before} to {when}, {place}.",
                  code=course.code, before=before, when=new_time, place=new_place)  # fmt: skip


def _new_hour(
    chat: Chat, course: Training, old: datetime, new: datetime, *, same_place: bool
) -> str:
    """The day stays, so that only the hour is called new."""
    said = {
        "code": course.code,
        "day": dates.day(new.date(), chat.talk.language),
        "before": dates.clock(old, chat.talk.language),
        "after": dates.clock(new, chat.talk.language),
    }
    if same_place:
        return chat._("NEW HOUR for {code}: {day}, not at {before} but at {after}. Day and place"
                      " stay the same.", **said)  # fmt: skip
    return chat._("NEW HOUR AND PLACE for {code}: {day}, not at {before} but at {after}, {place}.",
                  **said, place=cards.where(chat, course))  # fmt: skip


@router.notice("cancelled")
def cancelled(chat: Chat, owed: Owed) -> Reply | None:
    """The course does not take place."""
    found = _subject(chat, owed)
    if found is None:
        return None
    _, course = found
    if course.moved_why:
        return chat.letter(
            chat._("{course} is CANCELLED. Reason: {why}.", course=cards.named(chat, course),
                   why=course.moved_why)
        )  # fmt: skip
    return chat.letter(chat._("{course} is CANCELLED.", course=cards.named(chat, course)))


@router.notice("lapsed")
def lapsed(chat: Chat, owed: Owed) -> Reply | None:
    """An offer that nobody answered has passed on."""
    found = _subject(chat, owed)
    if found is None or found[0].standing is not Standing.LAPSED:
        return None
    _, course = found
    return chat.letter(
        chat._("The seat in {code} was not taken in time and has passed on. To ask for one again,"
               " write: {code}", code=course.code)
    )  # fmt: skip


@router.notice("agree")
def agree_question(chat: Chat, owed: Owed) -> Reply | None:
    """The question to the principal: may this colleague go?"""
    found = _subject(chat, owed)
    if found is None or found[0].standing is not Standing.ASKED:
        return None
    place, course = found
    colleague = conversations.who(chat.db, place.person_id)
    rung = agreement.right(chat.db, owed.person_id or 0, colleague, chat.now)
    if rung is None:
        return None
    if asking.several(chat, place):
        return asking.letter(chat, owed, place, course)
    return chat.letter(
        _request(chat, colleague, course, rung),
        (chat._("I agree to it"), f"allow {place.id}"),
        (chat._("I do not agree to it"), f"disallow {place.id}"),
    )  # fmt: skip


def _request(chat: Chat, colleague: Who, course: Training, rung: Rung) -> str:
    """The question, in the words of the rung that reads it."""
    asks = {
        "name": colleague.full_name,
        "school": colleague.school,
        "course": cards.named(chat, course),
    }
    match rung:
        case Rung.PRINCIPAL:
            return chat._("{name}, {school}, asks to attend {course}.", **asks)
        case Rung.COMMUNE:
            return chat._(
                "{name}, {school}, asks to attend {course}. The principal has not answered or does"
                " not use the assistant, so the officer of the commune is asked.", **asks,
            )  # fmt: skip
        case Rung.DEPARTMENT:
            return chat._(
                "{name}, {school}, asks to attend {course}. School and commune have not answered"
                " or do not use the assistant, so the Department is asked.", **asks,
            )  # fmt: skip
        case _:
            assert_never(rung)


@router.notice("agreed")
def agreed(chat: Chat, owed: Owed) -> Reply | None:
    """It was agreed to, by the principal or whoever stands in for one."""
    found = _subject(chat, owed)
    if found is None or found[0].standing is not Standing.SEATED:
        return None
    return chat.letter(_agreed(chat, found[1], _answered_by(owed)))


def _answered_by(owed: Owed) -> Rung:
    return Rung(str(owed.data.get("rung") or Rung.PRINCIPAL))


def _agreed(chat: Chat, course: Training, rung: Rung) -> str:
    seat = {"name": chat.me.full_name, "course": cards.named(chat, course)}
    match rung:
        case Rung.PRINCIPAL:
            return chat._("The principal agrees: {name} has a seat in {course}.", **seat)
        case Rung.COMMUNE:
            return chat._("The officer of the commune agrees: {name} has a seat in {course}.",
                          **seat)  # fmt: skip
        case Rung.DEPARTMENT:
            return chat._("The Department agrees: {name} has a seat in {course}.", **seat)
        case _:
            assert_never(rung)


@router.notice("not agreed")
def not_agreed(chat: Chat, owed: Owed) -> Reply | None:
    """It was not agreed to."""
    found = _subject(chat, owed)
    if found is None or found[0].standing is not Standing.REFUSED:
        return None
    words = _not_agreed(chat, found[1], _answered_by(owed))
    if owed.data.get("later"):
        words = chat._(
            "This time {name} cannot attend {code}, as somebody has to stay with the children."
            " {You} will be invited to a training of the same content as soon as there is one.",
            name=chat.me.full_name, code=found[1].code,
        )  # fmt: skip
    return chat.letter(
        words,
        (chat._("Training schedule"), "schedule"),
    )


def _not_agreed(chat: Chat, course: Training, rung: Rung) -> str:
    seat = {"name": chat.me.full_name, "course": cards.named(chat, course)}
    match rung:
        case Rung.PRINCIPAL:
            return chat._(
                "The principal does not agree: {name} attending {course}. {You} can ask the"
                " principal, or look for another date.", **seat,
            )  # fmt: skip
        case Rung.COMMUNE:
            return chat._(
                "The officer of the commune does not agree: {name} attending {course}. {You} can"
                " ask the officer, or look for another date.", **seat,
            )  # fmt: skip
        case Rung.DEPARTMENT:
            return chat._(
                "The Department does not agree: {name} attending {course}. {You} can ask the"
                " Department, or look for another date.", **seat,
            )  # fmt: skip
        case _:
            assert_never(rung)


def _asked(chat: Chat, registration_id: str) -> tuple[Place, Who, Rung]:
    """A registration this person may decide about, whose it is, and as what they may.

    Raises BadArgument for anybody else's.
    """
    place = places.by_id(chat.db, number(registration_id))
    if place is None:
        raise BadArgument(registration_id)
    colleague = conversations.who(chat.db, place.person_id)
    rung = agreement.right(chat.db, chat.me.id, colleague, chat.now)
    if rung is None:
        raise BadArgument(registration_id)
    return place, colleague, rung


@router.action("asks")
def asks(chat: Chat, registration_id: str, *others: str) -> Reply:
    """The request again, as it stands now, with the others: for an outdated press, from `viec`."""
    del others
    place, _, _ = _asked(chat, registration_id)
    course = courses.get(chat.db, place.course_id)
    if course is not None and place.standing is Standing.ASKED and asking.several(chat, place):
        return asking.screen(chat, place, course)
    return one_request(chat, registration_id)


@router.action("asks-one")
def one_request(chat: Chat, registration_id: str) -> Reply:
    """One request by itself."""
    place, colleague, rung = _asked(chat, registration_id)
    course = courses.get(chat.db, place.course_id)
    if course is None or place.standing is not Standing.ASKED:
        return chat.screen(
            chat._("This request has been answered already."), back=chat.back("work")
        )
    return chat.screen(
        _request(chat, colleague, course, rung),
        (chat._("I agree to it"), f"allow {place.id}"),
        (chat._("I do not agree to it"), f"disallow {place.id}"),
        back=chat.back("work"),
    )


@router.action("allow", instead="asks-one")
def allow(chat: Chat, registration_id: str) -> Reply:
    """The principal, or whoever stands in for one, agrees."""
    place, _, _ = _asked(chat, registration_id)
    done = registrations.agree(chat.db, place.id, chat.me.id, chat.now)
    return _decided(chat, place, agreed=True) if done else one_request(chat, registration_id)


@router.action("disallow", instead="asks-one")
def disallow(chat: Chat, registration_id: str) -> Reply:
    """The principal, or whoever stands in for one, does not agree; the seat passes on."""
    place, _, _ = _asked(chat, registration_id)
    done = registrations.refuse(chat.db, place.id, chat.me.id, chat.now)
    return _decided(chat, place, agreed=False) if done else one_request(chat, registration_id)


def _decided(chat: Chat, place: Place, *, agreed: bool) -> Reply:
    course = courses.get(chat.db, place.course_id)
    name = conversations.who(chat.db, place.person_id).full_name
    code = course.code if course else ""
    if agreed:
        words = chat._("Noted: {name} attends {code}. The assistant has told them.", name=name,
                       code=code)  # fmt: skip
    else:
        words = chat._("Noted: {name} does not attend {code}. The assistant has told them.",
                       name=name, code=code)  # fmt: skip
    return chat.screen(words, back=chat.back("work"))
