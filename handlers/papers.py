"""Papers of a course: one's own, and for officers issuing, printing and revoking them."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from handlers import naming, results, text
from handlers.chat import PAGE
from handlers.message import EXPORT, Document
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import audit, course_edits, courses, exports, paper_desk, papers, scopes, unit_words
from storage.models import Called, UnitKind
from storage.paper_desk import MOST, READY, Outcome

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.outbox import Owed
    from storage.paper_desk import Desk
    from storage.papers import Issued
    from storage.scopes import Scope

# Why a paper is revoked, by the word on the choice.
REASONS = ("wrong", "incomplete", "mistake")

router.command(
    "my-papers", words=("giay xac nhan", "giay xac nhan tham du", "giay cua toi", "giay chung nhan",
                        "lay giay xac nhan", "my papers"),
)  # fmt: skip


# One's own


@router.action("paper")
def mine(chat: Chat, course_id: str) -> Reply:
    """One's own paper of a course, as PDF."""
    course = courses.get(chat.db, number(course_id))
    if course is None:
        raise BadArgument(course_id)
    found = papers.mine(chat.db, chat.me.id, course.id)
    if not found:
        return chat.screen(
            chat._("There is no paper of {code} for {name} yet. The office in charge issues it.",
                   code=course.code, name=chat.me.full_name),
            back=chat.back(f"course {course.id}"),
        )  # fmt: skip
    return chat.screen(
        chat._("{title} of {name}, {code}, number {number}.", title=found[0].facts["title"],
               name=chat.me.full_name, code=course.code, number=found[0].number),
        back=chat.back(f"course {course.id}"),
        document=_printed(chat, found[0]),
    )  # fmt: skip


@router.action("my-papers")
def all_mine(chat: Chat, page: str = "0") -> Reply:
    """All papers of one's own, the newest first."""
    found = papers.mine(chat.db, chat.me.id)
    start = number(page) * PAGE
    shown = found[start : start + PAGE]
    if not shown:
        return chat.screen(
            chat._("There is no paper for {name} yet.", name=chat.me.full_name),
            back=chat.back("mine"),
        )
    return chat.screen(
        chat._("Papers of {name}: {count}", name=chat.me.full_name, count=len(found)),
        *((_of_course(one), f"paper {one.course_id}") for one in shown),
        more=f"my-papers {number(page) + 1}" if found[start + PAGE :] else "",
        back=chat.back("mine"),
    )


def _of_course(one: Issued) -> str:
    return naming.choice(f"{one.facts['code']} {one.facts['course']}")


def line(chat: Chat) -> list[tuple[str, str]]:
    """The way to one's own papers from one's trainings, where there are some."""
    if not (found := papers.mine(chat.db, chat.me.id)):
        return []
    return [(chat._("Papers of trainings that are over: {count}", count=len(found)), "my-papers")]


def own_line(chat: Chat, course_id: int) -> list[tuple[str, str]]:
    """The way to one's own paper, where there is one."""
    if chat.person is None or not (found := papers.mine(chat.db, chat.person.id, course_id)):
        return []
    return [(naming.choice(str(found[0].facts["title"])), f"paper {course_id}")]


def _printed(chat: Chat, paper: Issued) -> Document:
    asked = exports.ask(chat.db, chat.me.id, "paper", chat.now, paper=paper.id)
    return Document(EXPORT, asked, f"{paper.number}.pdf")


@router.notice(READY)
def ready(chat: Chat, owed: Owed) -> Reply | None:
    """Somebody's paper can be had; None where it was revoked meanwhile."""
    paper = papers.get(chat.db, owed.subject_id)
    if paper is None or paper.revoked_at is not None:
        return None
    return chat.letter(
        chat._("{title} of {name} for {code} is there, number {number}.",
               title=paper.facts["title"], name=paper.facts["name"], code=paper.facts["code"],
               number=paper.number),
        (chat._("Get the paper"), f"paper {paper.course_id}"),
    )  # fmt: skip


# For officers


@router.action("papers")
def desk(chat: Chat, course_id: str, page: str = "0") -> Reply:
    """How many papers there are, and what can be done: issue, print, revoke one."""
    found = _desk(chat, course_id)[1]
    course = found.course
    if not course.paper_title:
        return chat.screen(
            chat._("{code} prints no paper: its title is not set.", code=course.code),
            (chat._("Call it “{title}”", title=usual()), f"papers-title {course.id}"),
            (chat._("Another title"), f"course-field {course.id} paper"),
            back=chat.back(results.desk(course.id)),
        )
    start = number(page) * LISTED
    shown = found.standing[start : start + LISTED]
    return chat.screen(
        "\n".join(_counts(chat, found)),
        *(_deeds(chat, found) if start == 0 else []),
        *((_line(one), f"paper-one {one.id}") for one in shown),
        more=f"papers {course.id} {number(page) + 1}" if found.standing[start + LISTED :] else "",
        back=chat.back(results.desk(course.id)),
    )


def usual() -> str:
    """What papers are called where nobody says otherwise."""
    return _("Confirmation of attendance")


@router.action("papers-title", instead="papers")
def name_them(chat: Chat, course_id: str) -> Reply:
    """Give the papers of a course their usual title; one that was set meanwhile stays."""
    scope, found = _desk(chat, course_id)
    course = found.course
    if not course.paper_title:
        course_edits.change(
            chat.db, scope, course.id, course.version, chat.now, paper_title=usual()
        )
    return desk(chat, course_id)


# So many holders below the two things that can be done.
LISTED = PAGE - 2


def _desk(chat: Chat, course_id: str) -> tuple[Scope, Desk]:
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    found = paper_desk.of_course(chat.db, scope, number(course_id)) if scope else None
    if scope is None or found is None:
        if scope:
            audit.refused(chat.db, scope, "papers", "course", number(course_id), chat.now)
        raise BadArgument(course_id)
    return scope, found


def _counts(chat: Chat, found: Desk) -> list[str]:
    lines = [
        chat._("{code}, {title}: {issued} issued, {waiting} people have completed it and have"
               " none.", code=found.course.code, title=found.course.paper_title,
               issued=len(found.standing), waiting=len(found.waiting))
    ]  # fmt: skip
    if found.revoked:
        lines.append(chat._("Revoked: {count}", count=found.revoked))
    if found.doubtful:
        names = ", ".join(one.facts["name"] for one in found.doubtful[:3])
        lines.append(
            chat._("Issued, but not completed as it is known now: {count} ({names})",
                   count=len(found.doubtful), names=names)
        )  # fmt: skip
    return lines


def _deeds(chat: Chat, found: Desk) -> list[tuple[str, str]]:
    course_id = found.course.id
    deeds: list[tuple[str, str]] = []
    if found.waiting:
        label = chat._("Issue papers to {count} people", count=len(found.waiting))
        deeds.append((label, f"papers-ask {course_id}"))
    if found.standing:
        label = chat._("Print all {count} papers (PDF)", count=len(found.standing))
        deeds.append((label, f"papers-print {course_id}"))
    return deeds


def _line(one: Issued) -> str:
    short = one.number.removeprefix("GXN-")
    return f"{one.facts['name'][: naming.CHOICE - len(short) - 3]} · {short}"


@router.action("papers-ask")
def ask(chat: Chat, course_id: str) -> Reply:
    """Ask once before papers are issued: what they will say."""
    found = _desk(chat, course_id)[1]
    if not found.waiting:
        return desk(chat, course_id)
    return chat.screen(
        chat._("Issue {title} for {code} to {count} people, in the name of {office}?",
               title=found.course.paper_title, code=found.course.code,
               count=min(len(found.waiting), MOST), office=issuer(found)),
        (chat._("Issue"), f"papers-issue {found.course.id}"),
        back=(chat._("Leave it"), f"papers {found.course.id}"),
    )  # fmt: skip


def issuer(found: Desk) -> str:
    """The office in whose name papers of a course are issued, as it stands on the paper."""
    match found.unit_kind:
        case UnitKind.COMMUNE:
            return _("Office of Culture and Society, {unit}", unit=naming.inside(found.unit))
        case UnitKind.DISTRICT:
            return _("Office of Education and Training, {unit}", unit=naming.inside(found.unit))
        case UnitKind.PROVINCE:
            return _("Department of Education and Training, {unit}",
                     unit=unit_words.bare(found.unit))  # fmt: skip
        case _:
            assert_never(found.unit_kind)


def _(sentence: str, **fields: object) -> str:
    # A paper speaks the language of the place, whoever issues it.
    return text.say("vi", Called.TEACHER, sentence, **fields)


@router.action("papers-issue", instead="papers")
def issue(chat: Chat, course_id: str) -> Reply:
    """Give everybody who has completed the course a paper."""
    scope, found = _desk(chat, course_id)
    outcome, count = paper_desk.issue(
        chat.db, scope, found.course.id, chat.now, issuer=issuer(found)
    )
    match outcome:
        case Outcome.DONE:
            words = chat._("Papers issued for {code}: {count}. Whoever wants reminders is told.",
                           code=found.course.code, count=count)  # fmt: skip
        case Outcome.NOBODY:
            return desk(chat, course_id)
        case Outcome.NO_TITLE:
            return desk(chat, course_id)
        case _:
            assert_never(outcome)
    left = len(found.waiting) - count
    rest = [(chat._("Issue papers to {count} people", count=left), f"papers-ask {found.course.id}")]
    return chat.screen(
        words,
        *(rest if left > 0 else []),
        (chat._("Print all {count} papers (PDF)", count=len(found.standing) + count),
         f"papers-print {found.course.id}"),
        back=chat.back(f"papers {found.course.id}"),
    )  # fmt: skip


@router.action("papers-print")
def print_all(chat: Chat, course_id: str) -> Reply:
    """All papers of a course that stand, in one file."""
    found = _desk(chat, course_id)[1]
    if not found.standing:
        return desk(chat, course_id)
    asked = exports.ask(chat.db, chat.me.id, "paper", chat.now, course=found.course.id)
    return chat.screen(
        chat._("Papers of {code}, a page each: {count}.", code=found.course.code,
               count=len(found.standing)),
        back=chat.back(f"papers {found.course.id}"),
        document=Document(EXPORT, asked, f"giay-xac-nhan-{found.course.code}.pdf"),
    )  # fmt: skip


@router.action("paper-one")
def one(chat: Chat, paper_id: str, *_why: str) -> Reply:
    """One paper: print it again, which says the same, or revoke it."""
    paper = _paper(chat, paper_id)[1]
    if paper.revoked_at:
        return _void(chat, paper)
    return chat.screen(
        chat._("{number}: {name}, {code}. It stands.", number=paper.number,
               name=paper.facts["name"], code=paper.facts["code"]),
        (chat._("Print it (PDF)"), f"paper-print {paper.id}"),
        (chat._("Revoke it"), f"paper-void {paper.id}"),
        back=chat.back(f"papers {paper.course_id}"),
    )  # fmt: skip


def _paper(chat: Chat, paper_id: str) -> tuple[Scope, Issued]:
    scope = scopes.of(chat.db, chat.me.id, chat.now.date())
    paper = paper_desk.get(chat.db, scope, number(paper_id)) if scope else None
    if scope is None or paper is None:
        if scope:
            audit.refused(chat.db, scope, "paper", "paper", number(paper_id), chat.now)
        raise BadArgument(paper_id)
    return scope, paper


def _void(chat: Chat, paper: Issued) -> Reply:
    return chat.screen(
        chat._("{number} of {name} is revoked: {why}. Whoever checks it hears so.",
               number=paper.number, name=paper.facts["name"], why=reason(chat, paper.revoked_why)),
        back=chat.back(f"papers {paper.course_id}"),
    )  # fmt: skip


@router.action("paper-print")
def print_one(chat: Chat, paper_id: str) -> Reply:
    """One paper as PDF."""
    paper = _paper(chat, paper_id)[1]
    if paper.revoked_at:
        return _void(chat, paper)
    return chat.screen(
        chat._("{number}: {name}, {code}.", number=paper.number, name=paper.facts["name"],
               code=paper.facts["code"]),
        back=chat.back(f"papers {paper.course_id}"),
        document=_printed(chat, paper),
    )  # fmt: skip


@router.action("paper-void")
def ask_void(chat: Chat, paper_id: str) -> Reply:
    """Ask once, and why, before a paper is revoked."""
    paper = _paper(chat, paper_id)[1]
    if paper.revoked_at:
        return _void(chat, paper)
    return chat.screen(
        chat._("Revoke {number} of {name}? That cannot be taken back; a new paper gets a new"
               " number. Why?", number=paper.number, name=paper.facts["name"]),
        *((_capital(reason(chat, why)), f"paper-revoke {paper.id} {why}") for why in REASONS),
        back=(chat._("Leave it"), f"paper-one {paper.id}"),
    )  # fmt: skip


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def reason(chat: Chat, why: str) -> str:
    """A reason for revoking, as it is kept, inside a sentence."""
    return {
        "wrong": chat._("it says something wrong"),
        "incomplete": chat._("the person has not completed the training"),
        "mistake": chat._("it was issued by mistake"),
    }.get(why, why)


@router.action("paper-revoke", instead="paper-one")
def revoke(chat: Chat, paper_id: str, why: str = "") -> Reply:
    """Revoke a paper."""
    scope, paper = _paper(chat, paper_id)
    if why not in REASONS:
        raise BadArgument(why)
    return _void(chat, paper_desk.revoke(chat.db, scope, paper.id, why, chat.now) or paper)
