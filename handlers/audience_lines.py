"""An audience in the assistant's words: "13 giáo viên xã Tuy Đức chưa đăng ký L12"."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from handlers.audience_terms import MANAGERS, STAFF
from handlers.naming import inside
from storage import approvals, broadcasts, courses, schools, scopes, units
from storage.models import Ownership, Position, SchoolType, UnitKind
from storage.recipients import About

if TYPE_CHECKING:
    from handlers.chat import Chat
    from storage.recipients import Rule
    from storage.scopes import Scope

# More names than this are counted instead.
NAMES = 2


def line(chat: Chat, rule: Rule) -> str:
    """The people of a rule as they are named after their number: "giáo viên xã Tuy Đức".

    It stands inside a sentence. To the officer who hears it, "toàn tỉnh" and the part of a former
    unit that is theirs are named as such.
    """
    scope = scopes.of(chat.db, chat.me.id, chat.now.date()) if chat.person else None
    named = who(chat, rule)
    if kind := _kind(chat, rule):
        named = chat._("{who} of {kind}", who=named, kind=kind)
    whole = rule.officers or rule.unseen_of is not None or rule.reached_by is not None
    where = "" if whole and _everywhere(rule, scope) else place(chat, rule, scope)
    if where:
        named = chat._("{who} in {place}", who=named, place=where)
    about = _about(chat, rule)
    return chat._("{who} {about}", who=named, about=about) if about else named


def begun(words: str) -> str:
    """The words as a line begins with them."""
    return words[:1].upper() + words[1:]


def place(chat: Chat, rule: Rule, scope: Scope | None) -> str:
    """The schools or units of a rule, or the officer's own, inside a sentence; "" for none."""
    if rule.schools:
        found = [schools.get(chat.db, one) for one in rule.schools]
        names = [f"{one.name}, {one.commune_inside}" for one in found if one]
        if len(rule.schools) > NAMES:
            return chat._("{count} schools", count=len(rule.schools))
        return _joined(chat, names)
    named = rule.units or (tuple(reach.unit_id for reach in scope.reaches) if scope else ())
    if len(named) > NAMES:
        return chat._("{count} units", count=len(named))
    return _joined(chat, [unit(chat, one, scope) for one in named])


def unit(chat: Chat, unit_id: int, scope: Scope | None) -> str:
    """A unit inside a sentence: "toàn tỉnh", "huyện Cư Jút cũ", or the officer's part of it."""
    found = units.get(chat.db, unit_id, chat.now.date())
    if found is None:
        return ""
    if not found.former:
        whole = found.kind is UnitKind.PROVINCE
        return chat._("the whole province") if whole else found.inside
    name = chat._("former {unit}", unit=found.inside)
    became = units.successors(chat.db, found.id)
    if scope is None or all(scope.covers(one.path) for one in became):
        return name
    own = _joined(chat, [inside(reach.unit) for reach in scope.reaches])
    return chat._("{unit} (the part in {own})", unit=name, own=own)


def approval(chat: Chat, scope: Scope) -> str:
    """That what goes to many needs a second officer, and who can approve at this moment."""
    path = min((reach.path for reach in scope.reaches), key=len)
    able = approvals.approvers(chat.db, path, scope.person_id, chat.now)
    if not able:
        return chat._(
            "Over {limit} people, and nobody can approve it at the moment: it waits {minutes}"
            " minutes, and the administrator is told.",
            limit=approvals.APPROVAL_ABOVE, minutes=approvals.ALONE_AFTER // timedelta(minutes=1),
        )  # fmt: skip
    held = [(one, scopes.of(chat.db, one.person_id, chat.now.date())) for one in able]
    offices = dict.fromkeys(
        chat._("the Department") if of and of.provincial else inside(one.unit) for one, of in held
    )
    return chat._(
        "Over {limit} people: one more officer of {office} has to approve it, {count} can at the"
        " moment.",
        limit=approvals.APPROVAL_ABOVE, office=", ".join(offices), count=len(able),
    )  # fmt: skip


def _everywhere(rule: Rule, scope: Scope | None) -> bool:
    """True where the rule names no place, or just one that the officer covers as a whole."""
    mine = {reach.unit_id for reach in scope.reaches} if scope else set[int]()
    return not rule.schools and mine.issuperset(rule.units)


def _joined(chat: Chat, names: list[str]) -> str:
    *others, last = names or [""]
    return chat._("{others} and {last}", others=", ".join(others), last=last) if others else last


def who(chat: Chat, rule: Rule) -> str:
    """What the people of a rule are, wherever they are: "giáo viên", "cán bộ quản lý"."""
    if rule.officers:
        return chat._("officers of the communes")
    core: dict[tuple[Position, ...], str] = {
        (Position.TEACHER,): chat._("core teachers"),
        MANAGERS: chat._("core managers"),
    }
    plain: dict[tuple[Position, ...], str] = {
        (Position.TEACHER,): chat._("teachers"),
        (Position.PRINCIPAL,): chat._("principals"),
        (Position.DEPUTY,): chat._("deputy principals"),
        MANAGERS: chat._("managers"),
        STAFF: chat._("teachers and managers"),
    }
    held = tuple(one for one in STAFF if one in rule.positions)
    if rule.core:
        return core.get(held) or chat._("core staff")
    if held in plain:
        return plain[held]
    named = [plain[one,] for one in held]
    return _joined(chat, named) if named else chat._("people")


def _kind(chat: Chat, rule: Rule) -> str:
    """Types of schools and whose they are."""
    types = _joined(chat, [_type(chat, one) for one in rule.types]) or chat._("schools")
    match rule.ownership:
        case (Ownership.PRIVATE,):
            return chat._("private {schools}", schools=types)
        case (Ownership.PUBLIC,):
            return chat._("public {schools}", schools=types)
        case _:
            return types if rule.types else ""


def _type(chat: Chat, one: SchoolType) -> str:
    match one:
        case SchoolType.PRESCHOOL:
            return chat._("preschools")
        case SchoolType.KINDERGARTEN:
            return chat._("kindergartens")
        case SchoolType.CRECHE:
            return chat._("crèches")
        case SchoolType.GROUP:
            return chat._("independent groups")
        case SchoolType.CLASS:
            return chat._("independent classes")
        case _:
            assert_never(one)


def _about(chat: Chat, rule: Rule) -> str:
    if rule.unseen_of is not None:
        return chat._("who have not seen {code}", code=broadcasts.code(rule.unseen_of))
    if rule.reached_by is not None:
        return chat._("who got {code}", code=broadcasts.code(rule.reached_by))
    course = courses.get(chat.db, rule.course_id) if rule.course_id else None
    if course is None:
        return ""
    return _stands(chat, rule.about, course.code)


def _stands(chat: Chat, about: About | None, code: str) -> str:
    said = {
        None: chat._("for whom {code} is meant", code=code),
        About.REGISTERED: chat._("registered for {code}", code=code),
        About.MISSING: chat._("not registered for {code}", code=code),
        About.WAITING: chat._("waiting for a seat in {code}", code=code),
        About.UNANSWERED: chat._("who have not answered about {code}", code=code),
        About.ATTENDED: chat._("who attended {code}", code=code),
        About.ABSENT: chat._("absent from {code}", code=code),
        About.COMPLETED: chat._("who have completed {code}", code=code),
        About.NOT_COMPLETED: chat._("who have not completed {code}", code=code),
    }
    return said[about]
