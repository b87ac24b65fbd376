"""One run of the plain stack: PTB's `Application` as it comes, AsyncSession and the ORM.

It does the work of ours, with the same tables, rules and words, the way its manuals show it.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, event, func, or_, select, update
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import aliased
from telegram import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    Update,
)
from telegram.ext import Application, CallbackQueryHandler, ContextTypes

from benchmarks.measure import TOKEN, ZONE, Orders, Stopwatch, main
from handlers import dates
from handlers.message import Choice, Reply
from handlers.text import say
from storage import seats
from storage.audience import admits
from storage.conversations import HEARD
from storage.database import address
from storage.models import (
    HOLDING,
    LIVE,
    Account,
    Conversation,
    Course,
    CourseState,
    Person,
    Registration,
    RegistrationEvent,
    School,
    Session,
    Standing,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Old = aliased(Unit)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def engine(url: str) -> AsyncEngine:
    """The same durability as ours on SQLite: WAL, every commit flushed to disk."""
    made = create_async_engine(address(url))
    if made.dialect.name == "sqlite":

        @event.listens_for(made.sync_engine, "connect")
        def _(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

    return made


def _talk(chat: int) -> Select[Account, Conversation, Person, School, Unit, Unit]:
    return (
        select(Account, Conversation, Person, School, Unit, Old)
        .join(Conversation, Conversation.account_id == Account.id)
        .join(Person, Person.id == Account.person_id, isouter=True)
        .join(School, School.id == Person.school_id, isouter=True)
        .join(Unit, Unit.id == School.unit_id, isouter=True)
        .join(Old, Old.id == School.old_unit_id, isouter=True)
        .where(Account.channel == "telegram", Account.address == str(chat))
        .with_for_update(of=Conversation)
    )


class Bot:
    """The handler of a press on "Register", and what it needs."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], stopwatch: Stopwatch) -> None:
        self._sessions = sessions
        self._stopwatch = stopwatch

    async def register(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Commit the registration, answer, note that the answer was heard."""
        query = update.callback_query
        assert query
        assert query.data
        assert isinstance(query.message, Message)
        mark, _, action = query.data.partition("|")
        message_id = f"u{update.update_id}"
        async with self._sessions.begin() as session:
            row = (await session.execute(_talk(query.message.chat.id))).one()
            talk: Conversation = row.Conversation
            assert message_id not in talk.heard
            assert mark == f"s{talk.screen}"
            reply = await _registered(session, row, int(action.split()[1]))
            _keep(talk, reply, message_id)
            mark, account_id = f"s{talk.screen}", talk.account_id
        heard = await _speak(query, reply, mark)
        async with self._sessions.begin() as session:
            await _note(session, account_id, message_id, heard)
        self._stopwatch.done(1)


async def _registered(session: AsyncSession, row: Any, course_id: int) -> Reply:
    """Lock the course and give the person a seat in it."""
    now = datetime.now(ZONE)
    person: Person = row.Person
    course = await session.scalar(
        update(Course)
        .where(Course.id == course_id)
        .values(turns=Course.turns + 1)
        .returning(Course)
    )
    assert course
    assert course.state is CourseState.OPEN
    assert course.closes_at is None or now < course.closes_at
    meetings = (
        await session.scalars(
            select(Session).where(Session.course_id == course.id).order_by(Session.number)
        )
    ).all()
    assert admits(course.audience, _Who(row))
    assert await _overlap(session, course, person, meetings) is None
    mine = await session.scalar(
        select(Registration).where(
            Registration.course_id == course.id, Registration.person_id == person.id
        )
    )
    assert mine is None or mine.standing not in LIVE
    await _give(session, course, person, now)
    return _words(person, course, meetings[0], row.Account.language)


class _Who:
    """What the rule of the audience asks of a person."""

    def __init__(self, row: Any) -> None:
        self.position, self.core = row.Person.position, row.Person.core
        self.type, self.ownership = row.School.type, row.School.ownership
        self.path, self.old_path = row.Unit.path, row[5].path


async def _overlap(
    session: AsyncSession, course: Course, person: Person, meetings: Sequence[Session]
) -> int | None:
    spans = [
        and_(Session.starts_at < each.ends_at, Session.ends_at > each.starts_at)
        for each in meetings
    ]
    return await session.scalar(
        select(Registration.course_id)
        .join(Session, Session.course_id == Registration.course_id)
        .where(
            Registration.person_id == person.id,
            Registration.standing.in_(HOLDING),
            Registration.course_id != course.id,
            or_(*spans),
        )
        .order_by(Session.starts_at)
        .limit(1)
    )


async def _give(session: AsyncSession, course: Course, person: Person, now: datetime) -> None:
    counts = (
        await session.execute(
            select(
                func.count().filter(Registration.standing.in_(HOLDING)).label("held"),
                func.count().filter(Registration.standing == Standing.WAITING).label("waiting"),
            ).where(Registration.course_id == course.id)
        )
    ).one()
    standing = seats.standing_for(
        seats=course.seats, held=counts.held, waiting=counts.waiting, mode=course.mode, agreed=False
    )
    registration = Registration(
        course_id=course.id, person_id=person.id, standing=standing, turn=course.turns,
        provisional=person.verified_at is None, changed_at=now,
    )  # fmt: skip
    session.add(registration)
    await session.flush()
    session.add(
        RegistrationEvent(
            registration_id=registration.id, at=now, standing=standing, reason="",
            actor_id=person.id,
        )
    )  # fmt: skip


def _words(person: Person, course: Course, first: Session, language: str) -> Reply:
    assert first.starts_at
    starts = dates.moment(first.starts_at.astimezone(ZONE), language)
    code = f"L{course.number}"
    words = say(
        language, person.called,
        "{name} has a seat in {course}.\nIf {you} cannot come, write: cancel {code}",
        name=person.full_name, course=f"{code} {course.short}, {starts}, {first.place}", code=code,
    )  # fmt: skip
    labels = (
        ("1", "Way there, what to bring, whom to ask", f"way {course.id}"),
        ("2", "My trainings", "mine"),
        ("0", "Back", "menu"),
    )
    choices = (Choice(digit, say(language, person.called, label), does)
               for digit, label, does in labels)  # fmt: skip
    return Reply(words, tuple(choices))


def _keep(talk: Conversation, reply: Reply, message_id: str) -> None:
    now = datetime.now(ZONE)
    talk.screen += 1
    talk.step = ""
    talk.choices = {choice.digit: choice.action for choice in reply.choices}
    talk.newest = True
    talk.asked_at = talk.unspoken_since = talk.heard_at = now
    talk.seen_from = None
    talk.heard = [*talk.heard, message_id][-HEARD:]
    talk.answering = message_id
    talk.answer = {**asdict(reply), "mark": f"s{talk.screen}", "edit": True}


async def _speak(query: CallbackQuery, reply: Reply, mark: str) -> datetime:
    await query.answer()
    rows = [
        [InlineKeyboardButton(f"{each.digit} {each.label}", callback_data=f"{mark}|{each.action}")]
        for each in reply.choices
    ]
    edited = await query.edit_message_text(
        reply.written(),
        reply_markup=InlineKeyboardMarkup(rows),
        link_preview_options=NO_PREVIEW,
    )
    return edited.date + timedelta(seconds=1) if isinstance(edited, Message) else datetime.now(UTC)


async def _note(session: AsyncSession, account_id: int, message_id: str, heard: datetime) -> None:
    await session.execute(
        update(Conversation)
        .where(Conversation.account_id == account_id, Conversation.answering == message_id)
        .values(unspoken_since=None, seen_from=heard)
    )


async def run(orders: Orders, stopwatch: Stopwatch) -> None:
    """Poll until every turn is committed, spoken, and noted as spoken."""
    database = engine(orders.url)
    bot = Bot(async_sessionmaker(database, expire_on_commit=False), stopwatch)
    application = Application.builder().token(TOKEN).base_url(f"{orders.api}/bot").build()
    application.add_handler(CallbackQueryHandler(bot.register, pattern=r"^s\d+\|register \d+$"))
    application.add_error_handler(_report)
    async with application:
        assert application.updater
        await application.updater.start_polling(allowed_updates=["callback_query"])
        await application.start()
        await stopwatch.finished.wait()
        await application.updater.stop()
        await application.stop()
    await database.dispose()


async def _report(_update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """A turn that failed would never be counted: end at once and say why."""
    import os
    import traceback

    traceback.print_exception(context.error)
    os._exit(1)


if __name__ == "__main__":
    main(run)
