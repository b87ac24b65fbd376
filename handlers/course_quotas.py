"""Seats of a training set apart for units: who has how many, set, divided, and when they return."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from handlers import cards, dates, naming
from handlers.audience_buttons import office
from handlers.nominating import desk
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import seat_quotas, seats, spelling, unit_words, units
from storage.seat_quotas import Done

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training
    from storage.units import Place

# Units on a page: two choices stand below them.
PAGE = 4
SHOWN = 7
_ASKED = re.compile(r"(?P<name>.*?)[\s:]*(?P<seats>\d{1,4})(?:\s*(?:cho|nguoi|ghe|suat|seats?))?")
_DIVIDED = re.compile(
    r"(?P<how>chia deu|deu|evenly|theo so (?:giao vien|gv|nguoi)|theo ti le|theo ty le|by staff)"
    r"(?: (?P<seats>\d{1,4})(?: \w+)*)?"
)
EVENLY, BY_STAFF = "even", "staff"


def _course(chat: Chat, course_id: str) -> Training:
    found = seat_quotas.course(chat.db, office(chat), number(course_id))
    if found is None:
        raise BadArgument(course_id)
    return found


@router.action("course-quotas")
def quotas(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """How the seats are set apart: each unit with how many of its seats are taken."""
    course = _course(chat, course_id)
    if course.seats is None:
        return chat.screen(
            chat._("{code} has no number of seats, so there is nothing to set apart.",
                   code=course.code),
            back=chat.back(desk(course.id)),
        )  # fmt: skip
    mine = seat_quotas.shares(chat.db, office(chat), course.id)
    if not mine:
        return add(chat, course_id)
    start = number(page) * PAGE
    return chat.screen(
        "\n".join((cards.brief(chat, course), _summary(chat, course))),
        *((f"{unit_words.bare(one.name)} {one.taken}/{one.seats}",
           f"course-quota {course.id} {one.unit_id}") for one in mine[start : start + PAGE]),
        (chat._("Add or divide"), f"course-quota-add {course.id}"),
        (chat._("The day on which they return"), f"course-quota-day {course.id}"),
        more=f"course-quotas {course.id} {number(page) + 1}" if mine[start + PAGE :] else "",
        back=chat.back(desk(course.id)),
    )  # fmt: skip


def _summary(chat: Chat, course: Training) -> str:
    """What is set apart until when, and what is left for everybody."""
    mine = seat_quotas.shares(chat.db, office(chat), course.id)
    said = {
        "kept": sum(one.seats for one in mine), "seats": course.seats, "count": len(mine),
        "left": seat_quotas.left(chat.db, office(chat), course.id, chat.now) or 0,
    }  # fmt: skip
    if course.quotas_until is None:
        return chat._("Seats set apart: {kept} of {seats}, for {count} units, until shortly before"
                      " it begins. Free for everybody: {left}. Below: taken / set apart.",
                      **said)  # fmt: skip
    last = course.quotas_until.astimezone(chat.now.tzinfo) - timedelta(seconds=1)
    day = dates.short_day(last, chat.talk.language)
    if course.quotas_until <= chat.now:
        return chat._("Seats set apart: {kept} of {seats}, for {count} units; since {day} is over,"
                      " what was not taken is for everybody: {left}. Below: taken / set apart.",
                      **said, day=day)  # fmt: skip
    return chat._("Seats set apart: {kept} of {seats}, for {count} units, until the end of {day}."
                  " Free for everybody: {left}. Below: taken / set apart.",
                  **said, day=day)  # fmt: skip


@router.action("course-quota-add")
def add(chat: Chat, course_id: str) -> Reply:
    """Which unit gets how many? Or all of them, evenly or by the number of their people."""
    course = _course(chat, course_id)
    chat.begin(quotas=course.id)
    weights = seat_quotas.meant_by_commune(chat.db, office(chat), course.id)
    ways = [
        (chat._("Evenly, for {count} communes", count=len(weights)),
         f"course-quota-divide {course.id} {EVENLY} {course.seats or 0}"),
        (chat._("By the number of people it is meant for"),
         f"course-quota-divide {course.id} {BY_STAFF} {course.seats or 0}"),
    ]  # fmt: skip
    return chat.ask(
        chat._(
            "{code} has {seats} seats. For which unit are how many set apart? Please write, for"
            " example: Tuy Đức 10, Quảng Tân 5; or: evenly 30",
            code=course.code, seats=course.seats,
        ),
        "course-quota-text", *(ways if len(weights) > 1 else []), back=desk(course.id),
    )  # fmt: skip


@router.step("course-quota-text")
def written(chat: Chat) -> Reply:
    """Units with numbers, "Tuy Đức 10, Quảng Tân 5"; or "chia đều 30"."""
    course = _course(chat, str(chat.form.get("quotas", "")))
    if found := _DIVIDED.fullmatch(chat.folded):
        how = EVENLY if "deu" in found["how"] or found["how"] == "evenly" else BY_STAFF
        return divide(chat, str(course.id), how, found["seats"] or str(course.seats or 0))
    read = [_read(chat, part) for part in re.split(r"[,;\n]", chat.text) if part.strip()]
    unclear = [part for part, places, _seats in read if not places]
    if unclear or not read:
        return _again(chat, chat._("Not understood: {words}.", words=", ".join(unclear)[:80]))
    several = [(places, wanted) for _part, places, wanted in read if len(places) > 1]
    if several and len(read) > 1:
        names = ", ".join(places[0].bare for places, _ in several)
        return _again(chat, chat._("There are several units called {name}. Please write it alone.",
                                   name=names))  # fmt: skip
    if several:
        places, wanted = several[0]
        return chat.screen(
            chat._("Which one is meant?"),
            *((naming.choice(_unit(chat, one)), f"course-quota-put {course.id} {one.id} {wanted}")
              for one in places[:SHOWN]),
            back=chat.back(f"course-quota-add {course.id}"),
        )  # fmt: skip
    return _put(chat, course, {places[0].id: wanted for _part, places, wanted in read})


def _again(chat: Chat, words: str) -> Reply:
    chat.expect("course-quota-text")
    return chat.again(words)


def _read(chat: Chat, part: str) -> tuple[str, list[Place], int]:
    """What was typed, the units it may mean, and how many seats."""
    typed = part.strip()
    found = _ASKED.fullmatch(spelling.fold(typed))
    if found is None:
        return typed, [], 0
    name = re.split(r"[\s:]*\d+\D*$", typed)[0].strip()
    named = units.named(chat.db, name, chat.now.date()) if name else []
    mine = [one for one in named if _reached(chat, one)]
    # A former unit called just like one of today is named with "cũ".
    exact = [one for one in mine if not one.near]
    today = [one for one in exact if not one.former]
    return typed, today or exact or mine, int(found["seats"])


def _reached(chat: Chat, one: Place) -> bool:
    scope = office(chat)
    if not one.former:
        return scope.covers(one.path)
    became = units.successors(chat.db, one.id)
    return bool(became) and all(scope.covers(each.path) for each in became)


def _unit(chat: Chat, one: Place) -> str:
    return chat._("former {unit}", unit=one.inside) if one.former else one.name


def _put(chat: Chat, course: Training, wanted: dict[int, int], *, instead: bool = False) -> Reply:
    done = seat_quotas.put(chat.db, office(chat), course.id, wanted, chat.now, instead=instead)
    match done:
        case Done.DONE:
            if seat_quotas.shares(chat.db, office(chat), course.id):
                return quotas(chat, str(course.id))
            return chat.screen(
                chat._("No seats of {code} are set apart any more.", code=course.code),
                back=chat.back(desk(course.id)),
            )
        case Done.TOO_MANY:
            words = chat._("That would be more than the {seats} seats of {code}. Nothing has been"
                           " changed.", seats=course.seats, code=course.code)  # fmt: skip
            return chat.screen(
                words,
                (chat._("Write other numbers"), f"course-quota-add {course.id}"),
                back=chat.back(desk(course.id)),
            )
        case Done.NOT_YOURS | Done.PAST:
            raise BadArgument(str(course.id))
        case _:
            assert_never(done)


@router.action("course-quota-put", instead="course-quotas")
def put(chat: Chat, course_id: str, unit_id: str, wanted: str) -> Reply:
    """Set seats apart for the unit that was chosen; 0 for none."""
    return _put(chat, _course(chat, course_id), {number(unit_id): number(wanted)})


@router.action("course-quota")
def one(chat: Chat, course_id: str, unit_id: str) -> Reply:
    """One unit: another number, or none."""
    course = _course(chat, course_id)
    mine = seat_quotas.shares(chat.db, office(chat), course.id)
    found = next((each for each in mine if each.unit_id == number(unit_id)), None)
    if found is None:
        return quotas(chat, course_id)
    chat.begin(quotas=course.id, unit=found.unit_id)
    return chat.ask(
        chat._(
            "{unit}: {kept} seats of {code} are set apart, {taken} taken. Please write another"
            " number.",
            unit=found.name, kept=found.seats, taken=found.taken, code=course.code,
        ),
        "course-quota-number",
        (chat._("Set none apart any more"), f"course-quota-put {course.id} {found.unit_id} 0"),
        back=f"course-quotas {course.id}",
    )  # fmt: skip


@router.step("course-quota-number")
def other_number(chat: Chat) -> Reply:
    """Another number for the unit that was shown."""
    course, unit_id = _course(chat, str(chat.form.get("quotas", ""))), chat.form.get("unit")
    if unit_id is None:
        return quotas(chat, str(course.id))
    if not (chat.folded.isascii() and chat.folded.isdecimal() and len(chat.folded) < 5):
        chat.expect("course-quota-number")
        return chat.again(chat._("Please write a number, for example: 10"))
    return _put(chat, course, {int(unit_id): int(chat.folded)})


@router.action("course-quota-divide")
def divide(chat: Chat, course_id: str, how: str, total: str) -> Reply:
    """How it would be divided among the communes; nothing is done yet."""
    course = _course(chat, course_id)
    shares = _divided(chat, course, how, number(total))
    if not shares or number(total) > (course.seats or 0):
        return _too_many(chat, course)
    least, most = min(shares.values()), max(shares.values())
    return chat.screen(
        chat._(
            "Divide {total} seats of {code} among {count} communes, from {least} to {most} each?"
            " This replaces what is set apart now.",
            total=number(total), code=course.code, count=len(shares), least=least, most=most,
        ),
        (chat._("Divide"), f"course-quota-all {course.id} {how} {number(total)}"),
        back=(chat._("Leave it"), f"course-quotas {course.id}"),
    )  # fmt: skip


def _too_many(chat: Chat, course: Training) -> Reply:
    return chat.screen(
        chat._("{code} has {seats} seats only. Nothing has been changed.", code=course.code,
               seats=course.seats),
        (chat._("Write other numbers"), f"course-quota-add {course.id}"),
        back=chat.back(desk(course.id)),
    )  # fmt: skip


def _divided(chat: Chat, course: Training, how: str, total: int) -> dict[int, int]:
    weights = seat_quotas.meant_by_commune(chat.db, office(chat), course.id)
    if how == EVENLY:
        return seats.in_proportion(total, dict.fromkeys(weights, 1))
    if how != BY_STAFF:
        raise BadArgument(how)
    return seats.in_proportion(total, weights)


@router.action("course-quota-all", instead="course-quotas")
def all_of_them(chat: Chat, course_id: str, how: str, total: str) -> Reply:
    """Divide the seats among the communes, in place of what was set apart."""
    course = _course(chat, course_id)
    shares = _divided(chat, course, how, number(total))
    return _put(chat, course, shares, instead=True)


@router.action("course-quota-day")
def day(chat: Chat, course_id: str) -> Reply:
    """When do seats that nobody took return to everybody?"""
    course = _course(chat, course_id)
    chat.begin(quotas=course.id)
    return chat.ask(
        chat._("Until the end of which day are the seats of {code} set apart? What is not taken by"
               " then is for everybody. Please write, for example: 09/12", code=course.code),
        "course-quota-day",
        (chat._("Until shortly before it begins"), f"course-quota-never {course.id}"),
        back=f"course-quotas {course.id}",
    )  # fmt: skip


@router.step("course-quota-day")
def day_written(chat: Chat) -> Reply:
    """The day of return, as people write days."""
    course = _course(chat, str(chat.form.get("quotas", "")))
    wanted = dates.date(chat.text, chat.now.date())
    if wanted is None:
        chat.expect("course-quota-day")
        return chat.again(chat._("Please write a day, for example: 09/12"))
    done = seat_quotas.return_after(chat.db, office(chat), course.id, wanted, chat.now)
    if done is Done.PAST:
        chat.expect("course-quota-day")
        return chat.again(chat._("That day is over, or after {code} begins. Please write another.",
                                 code=course.code))  # fmt: skip
    return quotas(chat, str(course.id))


@router.action("course-quota-never", instead="course-quotas")
def never(chat: Chat, course_id: str) -> Reply:
    """They stay set apart until shortly before the beginning."""
    course = _course(chat, course_id)
    seat_quotas.return_after(chat.db, office(chat), course.id, None, chat.now)
    return quotas(chat, str(course.id))
