"""Two entries that are one person: what the newer one gathered goes to the one that stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import aliased

from storage import courses, merged_records, offers, outbox, places, roles
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Attachment,
    Attendance,
    Broadcast,
    BroadcastSeen,
    Claim,
    Collection,
    Consent,
    Course,
    Declaration,
    Export,
    Intake,
    Invitation,
    LinkCode,
    Notice,
    NoticeState,
    Nudge,
    Paper,
    Person,
    PersonalCode,
    PhoneCode,
    Question,
    Registration,
    Remind,
    Report,
    ReportFigure,
    Result,
    Role,
    RosterImport,
    SchoolCall,
    SchoolChange,
    SessionCode,
    StaffChange,
    Standing,
    Substitution,
    WalkIn,
)
from storage.recipients import KIND

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import InstrumentedAttribute

    from storage.models import Base
    from storage.places import Place

# What simply follows the person. Places, accounts and rights have rules of their own below.
FOLLOWS: tuple[tuple[type[Base], InstrumentedAttribute[int] | InstrumentedAttribute[int | None]],
               ...] = (
    (Attachment, Attachment.person_id),
    (Broadcast, Broadcast.answers_id),
    (Broadcast, Broadcast.approved_by_id),
    (Broadcast, Broadcast.author_id),
    (Claim, Claim.decided_by_id),
    (Claim, Claim.person_id),
    (Consent, Consent.person_id),
    (Course, Course.contact_id),
    (Invitation, Invitation.invited_by_id),
    (LinkCode, LinkCode.person_id),
    (Notice, Notice.person_id),
    (Person, Person.merged_into_id),
    (PersonalCode, PersonalCode.person_id),
    (PhoneCode, PhoneCode.person_id),
    (Question, Question.answered_by_id),
    (Question, Question.asker_id),
    (RosterImport, RosterImport.actor_id),
    (Intake, Intake.person_id),
    (Export, Export.person_id),
    (Course, Course.made_by_id),
    (Invitation, Invitation.revoked_by_id),
    (Registration, Registration.nominated_by_id),
    (Role, Role.given_by_id),
    (SessionCode, SessionCode.made_by_id),
    (Attendance, Attendance.by_id),
    (WalkIn, WalkIn.decided_by_id),
    (Result, Result.by_id),
    (Paper, Paper.person_id),
    (Paper, Paper.issued_by_id),
    (Paper, Paper.revoked_by_id),
    (StaffChange, StaffChange.person_id),
    (StaffChange, StaffChange.by_id),
    (StaffChange, StaffChange.undone_by_id),
    (SchoolChange, SchoolChange.by_id),
    (SchoolCall, SchoolCall.asked_by_id),
    (Substitution, Substitution.person_id),
    (Substitution, Substitution.proposed_by_id),
    (Substitution, Substitution.decided_by_id),
    (Collection, Collection.opened_by_id),
    (Report, Report.submitted_by_id),
    (Report, Report.decided_by_id),
    (ReportFigure, ReportFigure.by_id),
    (Declaration, Declaration.by_id),
    (Nudge, Nudge.person_id),
    (Nudge, Nudge.by_id),
)  # fmt: skip
# The better standing first; within one, the earlier turn.
BETTER = (
    Standing.SEATED, Standing.NOMINATED, Standing.OFFERED, Standing.ASKED, Standing.WAITING,
    Standing.EXCUSED, Standing.GIVEN_UP, Standing.LAPSED, Standing.REFUSED, Standing.ENDED,
)  # fmt: skip
# Questions about a place that somebody has still to answer.
ASKED_ABOUT = ("offer", "agree", "moved", "nominated")


def lock_courses(db: Connection, *people: int) -> None:
    """Lock, by their ids, all courses these people have or had a place in, or answer for."""
    mine = select(Registration.course_id).where(Registration.person_id.in_(people))
    found = db.execute(
        select(Course.id)
        .where(or_(Course.id.in_(mine), Course.contact_id.in_(people)))
        .order_by(Course.id)
    )
    for course_id in list(found.scalars()):
        courses.locked(db, course_id)


def merge(db: Connection, from_id: int, into_id: int, now: datetime, *, actor_id: int) -> None:
    """Make `from_id` one with `into_id`: places, accounts, rights, consents, what is owed.

    Where both had a place in a course the better one stays, and the seat that becomes free is
    offered on. The logs (`audit`, `registration_events`) go on saying what was written in them.
    Lock the courses first (`lock_courses`).
    """
    _lock_announcements(db, from_id)
    mine = db.execute(
        select(*places.FIELDS)
        .where(Registration.person_id == from_id)
        .order_by(Registration.course_id)
    )
    for row in mine.all():
        _take_place(db, places.Place(*row), into_id, now, actor_id)
    merged_records.take(db, from_id, into_id, now)
    _take_accounts(db, from_id, into_id)
    _take_wishes(db, from_id, into_id)
    _take_roles(db, from_id, into_id, now)
    _take_announcements(db, from_id, into_id)
    for table, column in FOLLOWS:
        db.execute(update(table).where(column == from_id).values({column: into_id}))
    db.execute(update(Person).where(Person.id == from_id).values(merged_into_id=into_id))


def _take_place(db: Connection, theirs: Place, into_id: int, now: datetime, actor_id: int) -> None:
    mine = places.find(db, theirs.course_id, into_id)
    course = courses.get(db, theirs.course_id)
    if mine is None or course is None:
        db.execute(
            update(Registration).where(Registration.id == theirs.id).values(person_id=into_id)
        )
        return
    both_held = mine.holds and theirs.holds
    if _rank(theirs) < _rank(mine):
        _keep_better(db, mine, theirs, now, actor_id)
    if theirs.live:
        places.move(db, theirs, Standing.ENDED, now, actor_id=actor_id, reason="merged")
    outbox.withdraw(db, ASKED_ABOUT, theirs.id, now)
    if both_held:
        offers.pass_on(db, course, now)


def _rank(place: Place) -> tuple[int, int]:
    return BETTER.index(place.standing), place.turn


def _keep_better(db: Connection, mine: Place, theirs: Place, now: datetime, actor_id: int) -> None:
    """Give the lasting entry's row what the other had, with the questions open about it."""
    outbox.withdraw(db, ASKED_ABOUT, mine.id, now)
    places.move(
        db, replace(mine, turn=theirs.turn), theirs.standing, now, actor_id=actor_id,
        reason="merged", offered_until=theirs.offered_until,
    )  # fmt: skip
    db.execute(
        update(Registration)
        .where(Registration.id == mine.id)
        .values(unanswered_since=theirs.unanswered_since)
    )
    _ask_again(db, theirs, mine, now)


def _ask_again(db: Connection, old: Place, new: Place, now: datetime) -> None:
    """Owe every open question about one row anew, about the other."""
    open_ones = db.execute(
        select(Notice.kind, Notice.person_id, Notice.data, Notice.due_at, Notice.urgent).where(
            Notice.kind.in_(ASKED_ABOUT),
            Notice.subject_id == old.id,
            Notice.answered_at.is_(None),
            Notice.state != NoticeState.SKIPPED,
        )
    ).all()
    for row in open_ones:
        person_id = new.person_id if row.person_id == old.person_id else row.person_id
        outbox.owe(
            db, row.kind, key=f"{row.kind}:{new.id}:{old.id}:merged:{person_id}",
            subject_id=new.id, person_id=person_id, data=row.data, due_at=max(row.due_at, now),
            urgent=row.urgent,
        )  # fmt: skip


def _take_roles(db: Connection, from_id: int, into_id: int, now: datetime) -> None:
    """Move the rights; one the lasting entry holds as well stays behind, and counts no more."""
    held = {_reach(role) for role in roles.of(db, into_id, now.date())}
    rows = db.execute(select(*roles.FIELDS).where(Role.person_id == from_id).order_by(Role.id))
    for role in [roles.Held(*row) for row in rows]:
        if _reach(role) not in held:
            db.execute(update(Role).where(Role.id == role.id).values(person_id=into_id))


def _take_wishes(db: Connection, from_id: int, into_id: int) -> None:
    """When to be reminded, where the lasting entry was never asked."""
    wishes = (Person.remind, Person.remind_on_day, Person.remind_deadlines)
    theirs = db.execute(select(*wishes).where(Person.id == from_id)).one()
    db.execute(
        update(Person)
        .where(Person.id == into_id, Person.remind == Remind.UNASKED)
        .values(dict(zip(wishes, theirs, strict=True)))
    )


def _lock_announcements(db: Connection, from_id: int) -> None:
    """Lock what changes hands, before any notice is: in the order of those who deal with both."""
    theirs = (Broadcast.author_id, Broadcast.approved_by_id, Broadcast.answers_id)
    hands = or_(*(each == from_id for each in theirs))
    db.execute(select(Broadcast.id).where(hands).order_by(Broadcast.id).with_for_update())


def _take_announcements(db: Connection, from_id: int, into_id: int) -> None:
    """Whether they are wanted, what was seen, and none of them twice."""
    theirs = select(Person.announcements).where(Person.id == from_id)
    wish = db.execute(theirs).scalar_one()
    lasting = update(Person).where(Person.id == into_id)
    if wish is Announce.NO:  # whoever said no once is not written to
        db.execute(lasting.values(announcements=wish))
    else:
        unasked = Person.announcements == Announce.UNASKED
        db.execute(lasting.where(unasked).values(announcements=wish))
    had = select(BroadcastSeen.broadcast_id).where(BroadcastSeen.person_id == into_id)
    both = (BroadcastSeen.person_id == from_id, BroadcastSeen.broadcast_id.in_(had))
    db.execute(delete(BroadcastSeen).where(*both))
    moved = update(BroadcastSeen).where(BroadcastSeen.person_id == from_id)
    db.execute(moved.values(person_id=into_id))
    _skip_copies(db, from_id, into_id)
    _skip_copies(db, into_id, from_id)


def _skip_copies(db: Connection, person_id: int, other_id: int) -> None:
    """Skip what one entry is still to get of an announcement that the other gets, or has got."""
    other = aliased(Notice)
    gets = exists().where(
        other.person_id == other_id, other.kind == KIND, other.subject_id == Notice.subject_id,
        other.state.not_in((NoticeState.SKIPPED, NoticeState.FAILED)),
    )  # fmt: skip
    db.execute(
        update(Notice)
        .where(
            Notice.person_id == person_id, Notice.kind == KIND, ~Notice.tried, gets,
            Notice.state.in_((NoticeState.PLANNED, NoticeState.OWED)),
        )
        .values(state=NoticeState.SKIPPED, reason="merged")
    )  # fmt: skip


def _reach(role: roles.Held) -> tuple[object, ...]:
    return role.kind, role.unit_id, role.school_id, role.course_id


def _take_accounts(db: Connection, from_id: int, into_id: int) -> None:
    theirs = select(AccountPerson.account_id).where(AccountPerson.person_id == into_id)
    db.execute(
        delete(AccountPerson).where(
            AccountPerson.person_id == from_id, AccountPerson.account_id.in_(theirs)
        )
    )
    for table in (AccountPerson, Account):
        db.execute(update(table).where(table.person_id == from_id).values(person_id=into_id))
