"""`mã cá nhân`: the codes that wait to be handed out, in the chat and as slips to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import dates, naming, staff
from handlers.chat import PAGE
from handlers.message import EXPORT, Document
from handlers.numbers import number as figure
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import audit, exports, principals, schools, scopes, slips, spelling, units

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.slips import Slip

router.command(
    "codes", words=("ma ca nhan", "cac ma ca nhan", "ma", "phat ma", "in ma", "phieu ma",
                    "personal codes"),
)  # fmt: skip
# Names with a code; five keep a page within what can be read at once.
SHOWN = 5


@router.action("codes")
def codes(chat: Chat, page: str = "0") -> Reply:
    """The principal's own school; an officer chooses one, or has slips for all printed."""
    mine = principals.schools(chat.db, chat.me.id, chat.now.date())
    if len(mine) == 1:
        return listed(chat, str(mine[0]), page)
    if mine:
        found = [one for each in mine if (one := schools.get(chat.db, each))]
        return chat.screen(
            chat._("The codes of which school?"),
            *((naming.school(chat, one), f"school-codes {one.id}") for one in found[:PAGE]),
            back=chat.back("work"),
        )
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if scope is None:
        return chat.go("work")
    reaches = list({reach.unit_id: reach for reach in scope.reaches}.values())
    return chat.screen(
        chat._(
            "Slips with personal codes to print, 10 on a page, for everybody who does not use the"
            " assistant yet. For one school, choose it from the list."
        ),
        *(
            (chat._("All of {unit}", unit=naming.inside(reach.unit)), f"unit-slips {reach.unit_id}")
            for reach in reaches[:PAGE]
        ),
        (chat._("One school"), "schools"),
        back=chat.back("work"),
    )


@router.action("school-codes")
def listed(chat: Chat, school_id: str, page: str = "0") -> Reply:
    """Names with their codes, a page at a time; who used theirs is not shown."""
    school = staff.kept(chat, number(school_id))
    waiting = slips.of_school(chat.db, school.id, chat.now.date())
    if not waiting:
        return chat.screen(
            chat._("Everybody of {school} uses the assistant already.", school=school.name),
            back=chat.back(f"staff {school.id}"),
        )
    start = number(page) * SHOWN
    part = slips.prepared(chat.db, waiting[start : start + SHOWN])
    if not part:
        return listed(chat, school_id)
    heading = chat._("{school}: {count} codes to hand out, each to its own person.",
                     school=school.name, count=len(waiting))  # fmt: skip
    lines = [f"{_named(chat, one, waiting)}: {staff.spoken(one.code)}" for one in part]
    return chat.screen(
        "\n".join([heading, *lines]),
        (chat._("Slips to print (PDF)"), f"school-slips {school.id}"),
        (chat._("Somebody has lost the code"), f"staff {school.id}"),
        more=f"school-codes {school.id} {number(page) + 1}" if waiting[start + SHOWN :] else "",
        back=chat.back("work"),
    )


def _named(chat: Chat, one: Slip, waiting: list[Slip]) -> str:
    same = [each for each in waiting if each.full_name == one.full_name]
    if len(same) == 1 or not one.birth_year:
        return one.full_name
    return chat._("{name}, born {year}", name=one.full_name, year=one.birth_year)


@router.action("school-slips")
def of_school(chat: Chat, school_id: str) -> Reply:
    """The slips of one school as a file to print."""
    school = staff.kept(chat, number(school_id))
    waiting = slips.prepared(chat.db, slips.of_school(chat.db, school.id, chat.now.date()))
    if not waiting:
        return listed(chat, school_id)
    audit.note(
        chat.db, actor_id=chat.me.id, action="slips printed", subject="school",
        subject_id=school.id, unit_id=school.unit_id, now=chat.now, slips=len(waiting),
    )  # fmt: skip
    asked = exports.ask(chat.db, chat.me.id, "slips", chat.now, school=school.id)
    return _file(chat, asked, len(waiting), school.name, f"staff {school.id}")


@router.action("unit-slips")
def of_unit(chat: Chat, unit_id: str) -> Reply:
    """The slips of all schools of a unit."""
    place = units.get(chat.db, number(unit_id), chat.now.date())
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    if place is None or scope is None or not scope.covers(place.path):
        raise BadArgument(unit_id)
    found = slips.of_unit(chat.db, place.path, chat.now.date())
    if len(found) > slips.MOST:
        return chat.screen(
            chat._(
                "{unit} has too many people for one file. Please have the slips printed commune by"
                " commune, or school by school.",
                unit=place.inside,
            ),
            (chat._("One school"), "schools"),
            back=chat.back("work"),
        )
    if not found:
        return chat.screen(
            chat._("Everybody of {unit} uses the assistant already.", unit=place.inside),
            back=chat.back("work"),
        )
    waiting = slips.prepared(chat.db, found)
    audit.note(
        chat.db, actor_id=chat.me.id, action="slips printed", subject="unit", subject_id=place.id,
        unit_id=place.id, now=chat.now, slips=len(waiting),
    )  # fmt: skip
    asked = exports.ask(chat.db, chat.me.id, "slips", chat.now, unit=place.id)
    return _file(chat, asked, len(waiting), place.name, "work")


def _file(chat: Chat, export_id: int, count: int, name: str, back: str) -> Reply:
    day = dates.short_day(chat.now.date(), chat.talk.language)
    bare = spelling.fold(name).replace(" ", "-")
    return chat.screen(
        chat._(
            "Slips: {count}, 10 on a page, {day}. Cut along the lines; each slip only for the"
            " person named on it.",
            count=figure(count, chat.talk.language), day=day,
        ),
        document=Document(EXPORT, export_id, f"phieu-ma-{bare}.pdf"),
        back=chat.back(back),
    )  # fmt: skip
