"""Two entries become one: nothing that points to the older one is forgotten."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage import completion, merges, roles
from storage.models import (
    Account,
    AccountPerson,
    Announce,
    Attachment,
    AttachmentKind,
    AttachmentState,
    Attendance,
    AuditEntry,
    Base,
    Broadcast,
    BroadcastSeen,
    BroadcastState,
    Claim,
    ClaimKind,
    ClaimState,
    Consent,
    ConsentPurpose,
    Course,
    Evidence,
    Export,
    ImportKind,
    ImportState,
    Intake,
    IntakeState,
    Invitation,
    LinkCode,
    Mark,
    Notice,
    NoticeState,
    Paper,
    Person,
    PersonalCode,
    PhoneCode,
    Purpose,
    Question,
    Registration,
    RegistrationEvent,
    Remind,
    Result,
    Role,
    RoleKind,
    RosterImport,
    Rung,
    SchoolCall,
    SchoolChange,
    SchoolMove,
    Session,
    SessionCode,
    SheetLine,
    SigningKey,
    StaffChange,
    StaffMove,
    Standing,
    Substitution,
    SubstitutionState,
    WalkIn,
    WalkInState,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Column, Connection

    from storage.database import Database

OLD, LASTING, OLDER = 1, 2, 3
# Logs say what was true when they were written.
LOGS = {"audit.actor_id", "registration_events.actor_id"}
# Moved by rules of their own, as the lasting entry may have the same.
BY_RULE = {
    "account_people.person_id", "accounts.person_id", "attendance.person_id",
    "broadcast_seen.person_id", "completions.person_id", "registrations.person_id",
    "results.person_id", "roles.person_id", "sheet_lines.person_id", "walk_ins.person_id",
}  # fmt: skip


def references() -> list[Column[int]]:
    """Every column of the schema that points to a person."""
    people = Base.metadata.tables["people"].c.id
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.references(people.table) for key in column.foreign_keys)
    ]


def test_every_column_that_points_to_a_person_is_thought_of() -> None:
    follows = {str(column) for _, column in merges.FOLLOWS}
    named = {f"{model.__tablename__}.{column.key}" for model, column in merges.FOLLOWS}
    assert len(named) == len(follows)
    assert not named & LOGS
    assert {str(column) for column in references()} == named | LOGS | BY_RULE


def fill(db: Connection) -> None:
    """One row for every column that can point to somebody."""
    rows.school(db)
    rows.people(db, 3)
    account = rows.account(db, "7", OLD)
    rows.course(db, 1, seats=5)
    db.execute(update(Course).values(contact_id=OLD, made_by_id=OLD))
    db.execute(update(Person).where(Person.id == OLDER).values(merged_into_id=OLD))
    about = {"unit_id": rows.COMMUNE, "created_at": MONDAY}
    db.execute(insert(PersonalCode).values(code="48271093", person_id=OLD))
    db.execute(
        insert(Invitation).values(
            digest="x", kind=RoleKind.COMMUNE, holder="", uses_left=1, expires_at=MONDAY,
            invited_by_id=OLD, revoked_by_id=OLD, **about,
        )
    )  # fmt: skip
    db.execute(
        insert(LinkCode).values(digest="x", person_id=OLD, account_id=account, expires_at=MONDAY)
    )
    db.execute(
        insert(PhoneCode).values(
            account_id=account, person_id=OLD, phone="+84901234567", code="", sent_at=MONDAY,
            expires_at=MONDAY,
        )
    )  # fmt: skip
    registration = db.execute(
        insert(Registration)
        .values(
            course_id=1, person_id=OLD, standing=Standing.SEATED, turn=1, provisional=True,
            changed_at=MONDAY, nominated_by_id=OLD,
        )
        .returning(Registration.id)
    ).scalar_one()  # fmt: skip
    db.execute(
        insert(RegistrationEvent).values(
            registration_id=registration, at=MONDAY, standing=Standing.SEATED, actor_id=OLD
        )
    )
    for number, answered in enumerate((None, MONDAY)):
        db.execute(
            insert(Notice).values(
                key=str(number), kind="offer", person_id=OLD, subject_id=1, data={}, due_at=MONDAY,
                state=NoticeState.SENT, answered_at=answered, choices={},
            )
        )  # fmt: skip
    db.execute(
        insert(Claim).values(
            kind=ClaimKind.IDENTITY, account_id=account, person_id=OLD, decided_by_id=OLD,
            state=ClaimState.OPEN, rung=Rung.COMMUNE, asked_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(
        insert(Question).values(
            course_id=1, asker_id=OLD, answered_by_id=OLD, account_id=account, text="?",
            asked_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(
        insert(Consent).values(
            account_id=account, person_id=OLD, purpose=ConsentPurpose.REGISTRATION, version="1",
            channel="telegram", given_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(
        insert(AuditEntry).values(
            at=MONDAY, actor_id=OLD, action="asked", subject="question", subject_id=1, detail={}
        )
    )
    roles.grant(db, OLD, RoleKind.COMMUNE, date(2026, 1, 1), unit_id=rows.COMMUNE)
    db.execute(update(Role).values(given_by_id=OLD))
    fill_records(db, registration)
    announced(db, 1)
    db.execute(insert(BroadcastSeen).values(broadcast_id=1, person_id=OLD, at=MONDAY))
    db.execute(
        insert(Attachment).values(
            person_id=OLD, kind=AttachmentKind.PHOTO, name="ảnh.jpg", channel="telegram",
            source="x", state=AttachmentState.READY, created_at=MONDAY,
        )
    )  # fmt: skip
    db.execute(
        insert(RosterImport).values(
            actor_id=OLD, file_name="ds.xlsx", digest="x", state=ImportState.READY,
            day=MONDAY.date(), newest_person_id=0, generation=0, settled={}, figures={},
            created_at=MONDAY,
        )
    )  # fmt: skip


def fill_records(db: Connection, registration: int) -> None:
    """Attendance, results, papers, changes of lists: a row of each kind."""
    session = db.execute(select(Session.id)).scalar_one()
    at = {"at": MONDAY}
    here = {"session_id": session, "person_id": OLD, **at}
    said = {"evidence": Evidence.TRAINER, "by_id": OLD}
    db.execute(
        insert(SessionCode).values(
            session_id=session, digits="123456", secret="", opens_at=MONDAY, closes_at=MONDAY,
            made_by_id=OLD,
        )
    )  # fmt: skip
    db.execute(insert(Attendance).values(**here, **said, mark=Mark.LATE))
    db.execute(insert(WalkIn).values(**here, state=WalkInState.ACCEPTED, decided_by_id=OLD))
    db.execute(insert(SheetLine).values(course_id=1, number=1, person_id=OLD))
    db.execute(insert(Result).values(course_id=1, person_id=OLD, **said, **at, score=700))
    completion.settle(db, 1, [OLD], MONDAY)
    db.execute(insert(SigningKey).values(id=1, public="x", private="x", made_at=MONDAY))
    db.execute(
        insert(Paper).values(
            number="GXN-2026-000001", course_id=1, person_id=OLD, facts={}, key_id=1,
            signature="x", issued_at=MONDAY, issued_by_id=OLD, revoked_by_id=OLD,
        )
    )  # fmt: skip
    db.execute(insert(Export).values(person_id=OLD, kind="roster", asked={}, **at))
    db.execute(
        insert(SchoolCall).values(
            course_id=1, school_id=rows.SCHOOL, seats=2, asked_by_id=OLD, **at
        )
    )
    db.execute(
        insert(Intake).values(
            kind=ImportKind.ROSTER, person_id=OLD, unit_id=rows.COMMUNE, file_name="ds.xlsx",
            state=IntakeState.READY, questions=[], answers=[], **at,
        )
    )  # fmt: skip
    changed: dict[str, Any] = {"before": {}, "by_id": OLD, "day": MONDAY.date(), **at}
    db.execute(
        insert(StaffChange).values(
            person_id=OLD, kind=StaffMove.LEFT, ended=[], undone_by_id=OLD, **changed
        )
    )
    db.execute(
        insert(SchoolChange).values(
            school_id=rows.SCHOOL, kind=SchoolMove.RENAMED, people=[], **changed
        )
    )
    db.execute(
        insert(Substitution).values(
            registration_id=registration, person_id=OLD, state=SubstitutionState.APPROVED,
            proposed_by_id=OLD, decided_by_id=OLD, **at,
        )
    )  # fmt: skip


def announced(db: Connection, broadcast_id: int) -> None:
    """An announcement by the older entry, which approved it and answers for it as well for once."""
    db.execute(
        insert(Broadcast).values(
            id=broadcast_id, author_id=OLD, approved_by_id=OLD, answers_id=OLD,
            unit_id=rows.COMMUNE, state=BroadcastState.RUNNING, purpose=Purpose.KNOW,
            audience={}, text="?", place={},
            summary={}, created_at=MONDAY, changed_at=MONDAY,
        )
    )  # fmt: skip


def notice(db: Connection, person_id: int, state: NoticeState, broadcast_id: int = 1) -> None:
    db.execute(
        insert(Notice).values(
            key=f"announcement:{broadcast_id}:{person_id}", kind="announcement",
            person_id=person_id, subject_id=broadcast_id, data={}, due_at=MONDAY, state=state,
            choices={},
        )
    )  # fmt: skip


async def test_whatever_points_to_the_one_points_to_the_other(either: Database) -> None:
    def work(db: Connection) -> None:
        fill(db)
        empty = [c for c in references() if not db.execute(select(c).where(c == OLD)).all()]
        assert empty == [], "a column of which this test knows nothing"

        merges.lock_courses(db, OLD)
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        left = {str(c) for c in references() if db.execute(select(c).where(c == OLD)).all()}
        assert left <= LOGS | {"people.merged_into_id"}
        chain = select(Person.merged_into_id).order_by(Person.id)
        assert db.execute(chain).scalars().all() == [LASTING, None, LASTING]
        assert db.execute(select(Account.person_id)).scalars().all() == [LASTING]
        assert db.execute(select(AccountPerson.person_id)).scalars().all() == [LASTING]

    await either.turn(work)


async def test_a_right_both_held_is_held_once(database: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 3)
        for each in (OLD, LASTING):
            roles.grant(db, each, RoleKind.COMMUNE, date(2026, 1, 1), unit_id=rows.COMMUNE)
        roles.grant(db, OLD, RoleKind.PRINCIPAL, date(2026, 1, 1), school_id=rows.SCHOOL)

        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        held = [role.kind for role in roles.of(db, LASTING, MONDAY.date())]
        assert held == [RoleKind.COMMUNE, RoleKind.PRINCIPAL]
        assert roles.of(db, OLD, MONDAY.date()) == []
        assert len(db.execute(select(Role.id)).all()) == 3

    await database.turn(work)


async def test_wishes_go_along_where_the_lasting_entry_was_never_asked(either: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 3)
        db.execute(
            update(Person)
            .where(Person.id == OLD)
            .values(remind=Remind.WEEK, remind_on_day=False, remind_deadlines=False)
        )
        db.execute(update(Person).where(Person.id == OLDER).values(remind=Remind.EVE))
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)
        merges.merge(db, OLDER, LASTING, MONDAY, actor_id=LASTING)
        kept = select(Person.remind, Person.remind_on_day, Person.remind_deadlines)
        assert tuple(db.execute(kept.where(Person.id == LASTING)).one()) == (
            Remind.WEEK,
            False,
            False,
        )

    await either.turn(work)


async def test_an_announcement_reaches_one_person_once(either: Database) -> None:
    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 2)
        planned, sent, skipped = NoticeState.PLANNED, NoticeState.SENT, NoticeState.SKIPPED
        cases = ((planned, planned), (sent, planned), (planned, sent), (skipped, planned))
        for number, (old, lasting) in enumerate(cases, start=1):
            announced(db, number)
            notice(db, OLD, old, number)
            notice(db, LASTING, lasting, number)
        db.execute(
            insert(BroadcastSeen),
            [{"broadcast_id": 1, "person_id": each, "at": MONDAY} for each in (OLD, LASTING)],
        )
        merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)

        found = select(Notice.state).order_by(Notice.subject_id, Notice.id)
        states = list(db.execute(found).scalars())
        assert states == [skipped, planned, sent, skipped, skipped, sent, skipped, planned]
        seen = db.execute(select(BroadcastSeen.person_id, BroadcastSeen.broadcast_id)).all()
        assert [tuple(row) for row in seen] == [(LASTING, 1)]

    await either.turn(work)


async def test_a_no_to_announcements_outlives_a_yes(database: Database) -> None:
    yes, no, unasked = Announce.YES, Announce.NO, Announce.UNASKED

    def merged(db: Connection, old: Announce, lasting: Announce) -> Announce:
        with db.begin_nested() as trial:
            for person_id, wish in ((OLD, old), (LASTING, lasting)):
                mine = update(Person).where(Person.id == person_id)
                db.execute(mine.values(announcements=wish))
            merges.merge(db, OLD, LASTING, MONDAY, actor_id=LASTING)
            kept = select(Person.announcements).where(Person.id == LASTING)
            result = db.execute(kept).scalar_one()
            trial.rollback()
        return result

    def work(db: Connection) -> None:
        rows.school(db)
        rows.people(db, 2)
        assert merged(db, yes, unasked) is yes
        assert merged(db, no, yes) is no
        assert merged(db, yes, no) is no
        assert merged(db, unasked, yes) is yes

    await database.turn(work)
