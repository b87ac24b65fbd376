"""Somebody leaves a school, moves to another one, goes on long leave or is back early."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from handlers import dates, days, naming, staff
from handlers.chat import PAGE
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import claims, roles, schools, spelling, staff_list, staffing
from storage.models import RoleKind

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.schools import SchoolFound
    from storage.staff_list import Member
    from storage.staff_moves import Changed

# Thai sản is six months (Bộ luật Lao động 2019, Đ.139); longer than this is no leave any more.
MATERNITY_MONTHS = 6
LONGEST = timedelta(days=3 * 366)
# More codes than this in one sentence help nobody.
CODES = 5


@router.action("staff-change")
def who(chat: Chat, school_id: str, page: str = "0") -> Reply:
    """Who of the list, except whoever asks; what was written can be taken back."""
    school = staff.kept(chat, number(school_id))
    everybody = staff_list.of(chat.db, school.id, chat.now.date())
    people = [one for one in everybody if one.id != chat.me.id]
    start = number(page) * PAGE
    part = people[start : start + PAGE]
    undo: list[tuple[str, str, str]] = []
    if staffing.recent(chat.db, chat.me.id, school.id, chat.now):
        undo.append(("8", chat._("Take back a change"), f"restore-list {school.id}"))
    if not people:
        words = chat._("Nobody else is on the list of {school}.", school=school.name)
    else:
        words = chat._("Who changes?")
    reply = chat.screen(
        words,
        *((_label(chat, one, everybody), f"change-of {one.id}") for one in part),
        more=f"staff-change {school.id} {number(page) + 1}" if people[start + PAGE :] else "",
        back=chat.back(f"staff {school.id}"),
    )
    return staff.fixed(chat, reply, *undo)


def _label(chat: Chat, one: Member, people: list[Member]) -> str:
    name = staff.called(chat, one, people)
    return naming.choice(f"{name}, {chat._('on long leave')}" if one.away else name)


def _other(chat: Chat, person_id: str) -> tuple[SchoolFound, Member]:
    """Somebody else of the list: nobody writes about their own place."""
    school, one = staff.member(chat, person_id)
    if one.id == chat.me.id:
        raise BadArgument(person_id)
    return school, one


@router.action("change-of")
def what(chat: Chat, person_id: str) -> Reply:
    """What happens to the person, from today on."""
    school, one = _other(chat, person_id)
    back = [(chat._("At work again"), f"back-ask {one.id}")] if one.away else []
    leave = [] if one.away else [(chat._("Maternity or another long leave"), f"leave-ask {one.id}")]
    return chat.screen(
        chat._("{name}, from today, {day}:", name=one.full_name, day=_today(chat)),
        *back,
        (chat._("Leaves the job"), f"left-ask {one.id}"),
        (chat._("Moves to another school"), f"moved-ask {one.id}"),
        *leave,
        back=chat.back(f"staff-change {school.id}"),
    )


def _today(chat: Chat) -> str:
    return dates.day(chat.now.date(), chat.talk.language)


def _short(day: date) -> str:
    return f"{day:%d/%m/%Y}"


@router.action("left-ask")
def ask_left(chat: Chat, person_id: str) -> Reply:
    """Name the person and what ends; ask once."""
    _, one = _other(chat, person_id)
    ends = staffing.would_end(chat.db, one.id, chat.now, until=None, leave=False)
    said = {"name": one.full_name, "day": _short(chat.now.date())}
    if ends:
        words = chat._(
            "Write that {name} leaves the job from {day} on? The registrations for {codes} end;"
            " results stay.",
            **said, codes=_codes(ends),
        )  # fmt: skip
    else:
        words = chat._("Write that {name} leaves the job from {day} on? Results stay.", **said)
    return _confirm(chat, words, f"left {one.id}", one)


def _codes(codes: tuple[str, ...]) -> str:
    shown = ", ".join(codes[:CODES])
    return f"{shown}…" if len(codes) > CODES else shown


def _confirm(chat: Chat, words: str, action: str, one: Member) -> Reply:
    return chat.screen(
        words, (chat._("Write it"), action),
        back=(chat._("Leave it"), f"change-of {one.id}"),
    )  # fmt: skip


@router.action("left", instead="change-of")
def left(chat: Chat, person_id: str) -> Reply:
    """Write it."""
    school, one = _other(chat, person_id)
    return _written(chat, school, staffing.left(chat.db, chat.me.id, one.id, chat.now))


def _written(chat: Chat, school: SchoolFound, done: Changed) -> Reply:
    day = chat.now.date()
    heads = roles.holders(chat.db, RoleKind.PRINCIPAL, day=day, school_id=school.id)
    if not heads:
        return chat.screen(
            chat._("Noted. If it is a mistake, write within 7 days: restore {name}",
                   name=done.full_name),
            (chat._("See the list"), f"staff {school.id}"),
        )  # fmt: skip
    if chat.me.id not in heads:
        return chat.screen(
            chat._(
                "Noted. The principal of {school} is told. If it is a mistake, write within 7"
                " days: restore {name}",
                school=school.name, name=done.full_name,
            ),
            (chat._("See the list"), f"staff {school.id}"),
        )  # fmt: skip
    return chat.screen(
        chat._(
            "Noted. The culture and society office of {unit} sees this change. If it is a mistake,"
            " write within 7 days: restore {name}",
            unit=school.commune_inside, name=done.full_name,
        )
    )  # fmt: skip


@router.action("leave-ask")
def ask_leave(chat: Chat, person_id: str) -> Reply:
    """Until when?"""
    _, one = _other(chat, person_id)
    chat.begin(leave=one.id)
    end = _months_later(chat.now.date(), MATERNITY_MONTHS)
    return chat.ask(
        chat._("Until when is {name} on leave? Please write the last day, for example 30/06.",
               name=one.full_name),
        "staff leave",
        (chat._("Six months, until {day}", day=_short(end)), f"leave-until {one.id} {end:%Y%m%d}"),
        (chat._("Not known yet"), f"leave-until {one.id} 0"),
        back=f"change-of {one.id}",
    )  # fmt: skip


def _months_later(day: date, months: int) -> date:
    """The last day of so many months that begin on a day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day)) - timedelta(days=1)


@router.step("staff leave")
def leave_day(chat: Chat) -> Reply:
    """A typed last day."""
    person_id = chat.form.get("leave")
    until = days.date(chat.text, chat.now.date())
    if not isinstance(person_id, int):
        return chat.go("staff")
    if until is None or not chat.now.date() <= until <= chat.now.date() + LONGEST:
        return chat.again(
            chat._("This is no day to come. Please write it like this: {day}",
                   day=_short(_months_later(chat.now.date(), MATERNITY_MONTHS)))
        )  # fmt: skip
    return until_when(chat, str(person_id), f"{until:%Y%m%d}")


@router.action("leave-until")
def until_when(chat: Chat, person_id: str, until: str) -> Reply:
    """Name the person, the days and what ends; ask once."""
    _, one = _other(chat, person_id)
    last = _day(chat, until)
    ends = staffing.would_end(chat.db, one.id, chat.now, until=last, leave=True)
    said = {"name": one.full_name, "day": _short(chat.now.date())}
    if last is None:
        words = chat._("Write that {name} is on long leave from {day} on?", **said)
    else:
        words = chat._("Write that {name} is on long leave from {day} to {last}?", **said,
                       last=_short(last))  # fmt: skip
    if ends:
        also = chat._("The registrations for {codes} end.", codes=_codes(ends))
        words = f"{words} {also}"
    return _confirm(chat, words, f"leave-yes {one.id} {until}", one)


def _day(chat: Chat, until: str) -> date | None:
    if until == "0":
        return None
    if len(until) != 8:
        raise BadArgument(until)
    written = number(until[:4]), number(until[4:6]), number(until[6:])
    try:
        last = date(*written)
    except ValueError as error:
        raise BadArgument(until) from error
    if not chat.now.date() <= last <= chat.now.date() + LONGEST:
        raise BadArgument(until)
    return last


@router.action("leave-yes", instead="leave-until")
def leave(chat: Chat, person_id: str, until: str) -> Reply:
    """Write it."""
    school, one = _other(chat, person_id)
    last = _day(chat, until)
    done = staffing.on_leave(chat.db, chat.me.id, one.id, chat.now, until=last)
    chat.begin()
    return _written(chat, school, done)


@router.action("back-ask")
def ask_back(chat: Chat, person_id: str) -> Reply:
    """Back before the leave was to end."""
    _, one = _other(chat, person_id)
    if not one.away:
        return what(chat, person_id)
    words = chat._("Write that {name} is at work again from {day} on?", name=one.full_name,
                   day=_short(chat.now.date()))  # fmt: skip
    return _confirm(chat, words, f"back {one.id}", one)


@router.action("back", instead="back-ask")
def back(chat: Chat, person_id: str) -> Reply:
    """Write it; trainings have to be asked for anew."""
    school, one = _other(chat, person_id)
    if not one.away:
        return what(chat, person_id)
    done = staffing.returned(chat.db, chat.me.id, one.id, chat.now)
    return chat.screen(
        chat._(
            "Noted: {name} is at work again. Trainings given up for the leave have to be"
            " registered for anew.",
            name=done.full_name,
        ),
        (chat._("See the list"), f"staff {school.id}"),
    )


@router.action("moved-ask")
def ask_moved(chat: Chat, person_id: str) -> Reply:
    """To which school?"""
    _, one = _other(chat, person_id)
    chat.begin(moves=one.id)
    return chat.ask(
        chat._(
            "Which school does {name} move to? Please write the school's name, with the name of"
            " the commune, former or new.",
            name=one.full_name,
        ),
        "staff moved",
        (chat._("It is not known where to"), f"left-ask {one.id}"),
        back=f"change-of {one.id}",
    )


@router.step("staff moved")
def found(chat: Chat) -> Reply:
    """Schools that may be meant; none is taken for granted."""
    person_id = chat.form.get("moves")
    if not isinstance(person_id, int):
        return chat.go("staff")
    school, one = _other(chat, str(person_id))
    if not spelling.fold(chat.text) or len(chat.text) == 1:
        return chat.again(chat._("Please write the school's name in words."))
    meant = [each for each in schools.search(chat.db, chat.text) if each.id != school.id][:PAGE]
    if not meant:
        return chat.again(
            chat._("The assistant does not know another school of this name. Please write it"
                   " again, or choose:")
        )  # fmt: skip
    return chat.ask(
        chat._("Which school does {name} move to?", name=one.full_name),
        "staff moved",
        *((naming.school(chat, each), f"moved-to {one.id} {each.id}") for each in meant),
        (chat._("It is not known where to"), f"left-ask {one.id}"),
        back=f"change-of {one.id}",
    )


def _target(chat: Chat, here: SchoolFound, school_id: str) -> SchoolFound:
    target = schools.get(chat.db, number(school_id))
    if target is None or target.id == here.id:
        raise BadArgument(school_id)
    return target


@router.action("moved-to")
def moved_to(chat: Chat, person_id: str, school_id: str) -> Reply:
    """Name the person and both schools; ask once."""
    here, one = _other(chat, person_id)
    target = _target(chat, here, school_id)
    words = chat._(
        "Write that {name} moves from {school} to {target}, {unit}? Registrations go along.",
        name=one.full_name, school=here.name, target=target.name, unit=target.commune_inside,
    )  # fmt: skip
    return _confirm(chat, words, f"moved-yes {one.id} {target.id}", one)


@router.action("moved-yes", instead="moved-to")
def moved(chat: Chat, person_id: str, school_id: str) -> Reply:
    """Write it, or ask the other school."""
    here, one = _other(chat, person_id)
    target = _target(chat, here, school_id)
    done = staffing.moved(chat.db, chat.me.id, one.id, target.id, chat.now, chat.talk.account_id)
    chat.begin()
    if done.change is not None:
        return _written(chat, here, done.change)
    asked = done.claim and claims.answerers(chat.db, done.claim, chat.now)
    if asked:
        words = chat._(
            "{target} has been asked about {name}. Until it is confirmed, {name} stays on the list"
            " here.", target=target.name, name=one.full_name,
        )  # fmt: skip
    else:
        words = chat._(
            "The Department will be asked about {name}. Until it is confirmed, {name} stays on the"
            " list here.", name=one.full_name,
        )  # fmt: skip
    return chat.screen(words, (chat._("See the list"), f"staff {here.id}"))
