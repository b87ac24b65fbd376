"""Announcements sent in the sample province, as an officer of Tuy Đức would have sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from storage import broadcasts, courses, dealing, opting, recipients, roles, scopes
from storage.models import Account, Notice, Person, Purpose, RoleKind
from storage.recipients import KIND, Rule

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.models import NoticeState
    from tests.talk import Town

OFFICER = "Lê Văn Tình"
TEXT = "Đề nghị thầy cô chưa đăng ký L12 trả lời trước ngày 09/12 để xã chuẩn bị hội trường."
# The school of the conversations.
HOA_CUC = Rule(schools=(1,))


def person(db: Connection, full_name: str) -> int:
    """The id of the first person of this name."""
    found = select(Person.id).where(Person.full_name == full_name).order_by(Person.id).limit(1)
    return db.execute(found).scalar_one()


async def agree(town: Town, *names: str) -> None:
    """Let these people, who have accounts, agree to announcements."""

    def work(db: Connection) -> None:
        for name in names:
            account_id = db.execute(
                select(Account.id).where(Account.person_id == person(db, name)).limit(1)
            ).scalar_one_or_none()
            account_id = account_id or db.execute(select(Account.id).limit(1)).scalar_one()
            opting.choose(
                db, person(db, name), town.inbox.now(), wanted=True, account_id=account_id,
                channel="telegram",
            )  # fmt: skip

    await town.database.turn(work)


async def confirmed(
    town: Town,
    *,
    text: str = TEXT,
    rule: Rule = HOA_CUC,
    purpose: Purpose = Purpose.ACT,
    course: int | None = 12,
    corrects: int | None = None,
    **more: Any,
) -> int:
    """An announcement that is held; `course` by its number; `more` are columns of the draft."""

    def work(db: Connection) -> int:
        now = town.inbox.now()
        scope = scopes.of(db, person(db, OFFICER), now.date())
        assert scope
        about = courses.numbered(db, course) if course else None
        one = broadcasts.draft(
            db, scope, rule, now, text=text, purpose=purpose,
            course_id=about.id if about else None, corrects_id=corrects,
        )  # fmt: skip
        if more:
            broadcasts.change(db, scope, one, now, **more)
        found = broadcasts.get(db, one)
        assert found
        reached = recipients.tally(
            db, found.rule, broadcasts.sphere(scope, found), now, exempt=corrects is not None
        ).reachable
        done = broadcasts.confirm(db, scope, one, reached, now)
        assert done.outcome is broadcasts.Outcome.HELD, done
        return one

    return await town.database.turn(work)


async def deal(town: Town) -> None:
    """Give the sender what is due, after the hold."""
    town.clock.advance(minutes=2)
    while await town.database.turn(lambda db: dealing.deal(db, town.inbox.now())):
        pass


async def announce(town: Town, **what: Any) -> int:
    """An announcement that everybody has got whom it reaches; its id."""
    one = await confirmed(town, **what)
    await deal(town)
    await town.deliver()
    await deal(town)
    return one


async def ends(town: Town, broadcast_id: int, full_name: str) -> tuple[NoticeState, str]:
    """What became of an announcement for one person."""

    def work(db: Connection) -> tuple[NoticeState, str]:
        found = select(Notice.state, Notice.reason).where(
            Notice.kind == KIND, Notice.subject_id == broadcast_id,
            Notice.person_id == person(db, full_name),
        )  # fmt: skip
        state, reason = db.execute(found).one()
        return state, reason

    return await town.database.read(work)


async def principal(town: Town, full_name: str, school_id: int = 1) -> None:
    """Give somebody the role of principal of a school."""

    def work(db: Connection) -> None:
        roles.grant(db, person(db, full_name), RoleKind.PRINCIPAL, town.inbox.now().date(),
                    school_id=school_id)  # fmt: skip

    await town.database.turn(work)


async def scope_of(town: Town, full_name: str = OFFICER) -> scopes.Scope:
    """The officer's rights."""
    found = await town.database.read(
        lambda db: scopes.of(db, person(db, full_name), town.inbox.now().date())
    )
    assert found
    return found


async def tried(town: Town, broadcast_id: int, **values: Any) -> None:
    """Write into the notices of an announcement, as if their sending had ended so."""
    mine = update(Notice).where(Notice.kind == KIND, Notice.subject_id == broadcast_id)
    await town.database.turn(lambda db: db.execute(mine.values(**values)))
