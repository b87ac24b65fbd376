"""`lớp`: the trainings of an officer's office; everybody else sees the schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import cards, naming
from handlers.chat import PAGE
from handlers.naming import inside
from handlers.router import number
from handlers.routes import router
from storage import course_rows, courses, scopes
from storage.models import CourseState

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.courses import Training

router.command(
    "courses-desk", "lop", "courses",
    words=("lop tap huan cua don vi", "cac lop tap huan", "lop cua don vi", "quan ly lop",
           "quan ly lop tap huan", "danh sach lop"),
)  # fmt: skip


@router.action("courses-desk", public=True)
def office(chat: Chat, page: str = "0") -> Reply:
    """Drafts, what is open and coming, what is over; and the way to a new one."""
    scope = scopes.of(chat.db, chat.person.id, chat.now.date()) if chat.person else None
    if scope is None:
        return chat.go("schedule")
    start = number(page) * PAGE
    shown, count = course_rows.page(chat.db, scope, chat.now, start, PAGE)
    held = courses.held(chat.db, [course.id for course in shown])
    lines = [(_line(chat, one, held.get(one.id, 0)), f"run {one.id}") for one in shown]
    if not start:
        lines.insert(0, (chat._("Open a new training"), "course-new"))
    return chat.screen(
        chat._("Trainings of {unit}: {count}", unit=inside(scope.reaches[0].unit), count=count),
        *lines,
        more=f"courses-desk {number(page) + 1}" if start + PAGE < count else "",
        back=chat.back("work"),
    )


def _line(chat: Chat, course: Training, held: int) -> str:
    """A line: "L12 Sơ cứu, Thứ Bảy 12/12 · 26/40"; of what is not open, how it stands."""
    seats = f"{held}/{course.seats}" if course.seats is not None else str(held)
    last = {
        CourseState.DRAFT: chat._("draft"),
        CourseState.CANCELLED: chat._("cancelled"),
        CourseState.CLOSED: chat._("closed, {seats}", seats=seats),
        CourseState.OPEN: seats,
    }[course.state]
    settled = course.state in (CourseState.DRAFT, CourseState.CANCELLED)
    if not settled and course.over(chat.now):
        last = chat._("over, {seats}", seats=seats)
    words = cards.brief(chat, course)
    if not course.title:
        words = chat._("{code} without a title yet", code=course.code)
    room = naming.CHOICE - len(f" · {last}")
    return f"{words if len(words) <= room else words[: room - 1].rstrip() + '…'} · {last}"
