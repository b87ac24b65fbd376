"""A row for every column that can point to somebody, for tests of merging two entries."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage import completion, roles
from storage.models import (
    Attachment,
    AttachmentKind,
    AttachmentState,
    Attendance,
    AuditEntry,
    Broadcast,
    BroadcastSeen,
    BroadcastState,
    Claim,
    ClaimKind,
    ClaimState,
    Collection,
    Consent,
    ConsentPurpose,
    Course,
    Declaration,
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
    Nudge,
    NudgeRung,
    Paper,
    Period,
    PeriodKind,
    Person,
    PersonalCode,
    PhoneCode,
    Purpose,
    Question,
    Registration,
    RegistrationEvent,
    Report,
    ReportFigure,
    ReportState,
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
    Stated,
    Subject,
    SubjectKind,
    Substitution,
    SubstitutionState,
    WalkIn,
    WalkInState,
)
from tests import rows
from tests.talk import MONDAY

if TYPE_CHECKING:
    from sqlalchemy import Connection


OLD, LASTING, OLDER = 1, 2, 3


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
    fill_figures(db)
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


def fill_figures(db: Connection) -> None:
    """A nudge, a declared total and a report: a row of each kind."""
    day = MONDAY.date()
    db.execute(
        insert(Period).values(
            id=1, kind=PeriodKind.CALENDAR, title="Năm 2026", first_day=date(2026, 1, 1),
            last_day=date(2026, 12, 31),
        )
    )  # fmt: skip
    db.execute(
        insert(Subject).values(
            id=1, key="gathering:0:1", kind=SubjectKind.GATHERING, period_id=1, opened_on=day
        )
    )
    about: dict[str, Any] = {"subject_id": 1, "by_id": OLD, "at": MONDAY}
    db.execute(insert(Nudge).values(person_id=OLD, rung=NudgeRung.PERSON, missing=1, **about))
    counts = {"expected": 9, "completed": 5}
    db.execute(insert(Declaration).values(school_id=rows.SCHOOL, **counts, **about))
    db.execute(
        insert(Collection).values(
            id=1, unit_id=rows.COMMUNE, period_id=1, title="Năm 2026", before=date(2026, 12, 15),
            opened_at=MONDAY, opened_by_id=OLD,
        )
    )  # fmt: skip
    db.execute(
        insert(Report).values(
            id=1, collection_id=1, unit_id=rows.COMMUNE, state=ReportState.ACCEPTED,
            begun_at=MONDAY, submitted_by_id=OLD, decided_by_id=OLD,
        )
    )  # fmt: skip
    counted = {"counted_expected": 9, "counted_completed": 5}
    db.execute(
        insert(ReportFigure).values(report_id=1, stated=Stated.RIGHT, **counts, **counted, **about)
    )


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
