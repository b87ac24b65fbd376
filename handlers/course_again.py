"""What concerns people with places: how many are asked again, the reason, and the last question."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from handlers import course_shown, dates
from handlers.course_editing import begin, changed, done
from handlers.course_ending import unfit
from handlers.course_shown import running
from handlers.router import BadArgument, number
from handlers.routes import router
from storage import course_rows, course_sessions, spelling
from storage.course_drafts import Meet
from storage.models import CourseState, Precision

if TYPE_CHECKING:
    from handlers.chat import Chat
    from handlers.message import Reply
    from storage.course_versions import Edited
    from storage.courses import Meeting, Training
    from storage.scopes import Scope

NEW = 0  # in place of a session's id
ONLINE = "online"  # a deed: the training is held from afar instead


def session_of(course: Training, session_id: str) -> Meeting | None:
    """The session of this id; None for one that is new."""
    wanted = number(session_id)
    if wanted == NEW:
        return None
    found = next((one for one in course.sessions if one.id == wanted), None)
    if found is None:
        raise BadArgument(session_id)
    return found


def asked(chat: Chat, scope: Scope, course: Training) -> int:
    """How many a change of date or place concerns; of a draft nobody."""
    return 0 if course.state is CourseState.DRAFT else course_rows.people(chat.db, scope, course.id)


def pend(
    chat: Chat,
    scope: Scope,
    course: Training,
    deed: str,
    new: Meet,
    was: Meeting | None = None,
) -> Reply:
    """Do it at once where nobody has a place; else how many are asked, and the reason."""
    version = int(chat.form.get("version", course.version))
    people = asked(chat, scope, course)
    if not people:
        return _carry_out(chat, scope, course, version, deed, new, was=was)
    begin(chat, course, "course why", deed=deed, session=was.id if was else NEW, meet=_kept(new))
    chat.form["version"] = version
    first = _change(chat, course, new, was)
    question = chat._(
        "{count} people with a seat or a turn are asked again. Please write the reason, which they"
        " read.", count=people,
    )  # fmt: skip
    return chat.screen(
        f"{first}\n{question}",
        (chat._("Without a reason"), f"course-sure {course.id}"),
        back=(chat._("Change nothing"), f"run {course.id}"),
    )


@router.step("course why")
def take_why(chat: Chat) -> Reply:
    """Keep the reason, and ask once more before anybody hears of it."""
    if trouble := unfit(chat):
        return chat.again(trouble)
    chat.form["why"] = chat.text
    return sure(chat, str(chat.form.get("course", "")))


@router.action("course-sure")
def sure(chat: Chat, course_id: str) -> Reply:
    """The last question before people are asked."""
    scope, course = running(chat, course_id)
    if chat.form.get("course") != course.id or "meet" not in chat.form:
        return chat.go(f"run {course.id}")
    new = _meet(chat.form["meet"], chat)
    was = session_of(course, str(chat.form.get("session", NEW)))
    why = str(chat.form.get("why", ""))
    lines = [_change(chat, course, new, was)]
    if why:
        lines.append(chat._("Reason: {why}.", why=why.rstrip(".")))
    count = asked(chat, scope, course)
    version = int(chat.form.get("version", course.version))
    return chat.screen(
        "\n".join(lines),
        (chat._("Change it and ask {count} people again", count=count),
         f"course-do {course.id} {version} one"),
        *_with_later(chat, course, new, was, version),
        back=(chat._("Change nothing"), f"run {course.id}"),
    )  # fmt: skip


def _with_later(
    chat: Chat, course: Training, new: Meet, was: Meeting | None, version: int
) -> list[tuple[str, str]]:
    """The choice to move the later sessions by as much."""
    later = [one for one in course.sessions if was and one.number > was.number]
    if was is None or not later or new.starts_at in (None, was.starts_at):
        return []
    label = chat._("Move the {count} later sessions by as much", count=len(later))
    return [(label, f"course-do {course.id} {version} all")]


def _change(chat: Chat, course: Training, new: Meet, was: Meeting | None) -> str:
    """From what to what, as a sentence."""
    if new.precision is Precision.UNSET and was is not None:
        return chat._("{code}: from {before} to online.", code=course.code,
                      before=was.place or chat._("place to be announced"))  # fmt: skip
    when = _when(chat, new)
    if was is None:
        return chat._("{code}, one session more: {when}.", code=course.code, when=when)
    before = course_shown.session(chat, was)
    if when == before:
        return chat._("{code}: from {before} to {place}, {when}.", code=course.code, when=when,
                      before=was.place or chat._("place to be announced"),
                      place=new.place)  # fmt: skip
    return chat._("{code}: from {before} to {when}.", code=course.code, before=before, when=when)


def _when(chat: Chat, new: Meet) -> str:
    zone, code = chat.now.tzinfo, chat.talk.language
    if new.starts_at and new.ends_at:
        return dates.span(new.starts_at.astimezone(zone), new.ends_at.astimezone(zone), code)
    if new.starts_at:
        return dates.moment(new.starts_at.astimezone(zone), code)
    if new.precision is Precision.DAY and new.first_day:
        words = dates.day(new.first_day, code)
        if new.first_day == new.last_day:
            return chat._("{day}, hour to be announced", day=words)
        return f"{words} – {dates.day(new.last_day or new.first_day, code)}"
    if new.first_day:
        months = dates.months(new.first_day, new.last_day or new.first_day, code)
        return chat._("expected {months}", months=months)
    return chat._("date to be announced")


@router.action("course-do", instead="course-back")
def carry_out(chat: Chat, course_id: str, version: str, which: str) -> Reply:
    """Do what was asked about."""
    scope, course = running(chat, course_id)
    if chat.form.get("course") != course.id or "meet" not in chat.form:
        raise BadArgument(course_id)
    was = session_of(course, str(chat.form.get("session", NEW)))
    return _carry_out(
        chat, scope, course, number(version), str(chat.form.get("deed")),
        _meet(chat.form["meet"], chat), was=was, why=str(chat.form.get("why", "")),
        all_=which == "all",
    )  # fmt: skip


def _carry_out(
    chat: Chat,
    scope: Scope,
    course: Training,
    version: int,
    deed: str,
    new: Meet,
    *,
    was: Meeting | None,
    why: str = "",
    all_: bool = False,
) -> Reply:
    if deed == ONLINE:
        edited = course_sessions.join(
            chat.db, scope, course.id, version, new.link, chat.now, why=why
        )
    elif deed == "add" or was is None:
        edited = course_sessions.add(chat.db, scope, course.id, version, new, chat.now)
    else:
        edited = course_sessions.move(
            chat.db,
            scope,
            course.id,
            version,
            chat.now,
            session_id=was.id,
            meet=new,
            why=why,
            all_=all_,
        )
    return done(chat, scope, edited, told(chat, edited))


def told(chat: Chat, edited: Edited) -> str:
    """That it is changed, and how many are asked again."""
    code = edited.course.code
    if not edited.people:
        return changed(chat, edited.course)
    return chat._("{code} has been changed; the assistant asks {count} people again.", code=code,
                  count=edited.people)  # fmt: skip


def _kept(new: Meet) -> dict[str, Any]:
    """A session as the dialogue keeps it."""
    return {
        "precision": new.precision.value,
        "first_day": new.first_day.isoformat() if new.first_day else None,
        "last_day": new.last_day.isoformat() if new.last_day else None,
        "starts_at": new.starts_at.isoformat() if new.starts_at else None,
        "ends_at": new.ends_at.isoformat() if new.ends_at else None,
        "place": spelling.clean(new.place), "address": new.address, "unit_id": new.unit_id,
        "latitude": new.latitude, "longitude": new.longitude, "link": new.link,
    }  # fmt: skip


def _meet(kept: dict[str, Any], chat: Chat) -> Meet:
    def moment(name: str) -> datetime | None:
        said = kept[name]
        return datetime.fromisoformat(said).astimezone(chat.now.tzinfo) if said else None

    def on(name: str) -> date | None:
        return date.fromisoformat(kept[name]) if kept[name] else None

    return Meet(
        Precision(kept["precision"]), on("first_day"), on("last_day"), moment("starts_at"),
        moment("ends_at"), kept["place"], kept["address"], kept["unit_id"], kept["latitude"],
        kept["longitude"], kept["link"],
    )  # fmt: skip
