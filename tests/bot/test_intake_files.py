"""Files of lists are fetched whatever their name says: whoever reads them judges their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from storage import attachments, intakes, scopes
from storage.models import AttachmentKind, AttachmentState, ImportKind, Intake, IntakeState, Person
from tests.bot.test_fetching import Desk
from tests.people import known

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.talk import Town


@pytest.mark.parametrize(
    ("brings", "state", "trouble"),
    [
        ("họ tên;trường\nHoa;Hoa Cúc".encode(), IntakeState.WAITING, ""),
        (b"", IntakeState.REFUSED, "empty"),
    ],
)
async def test_a_list_is_fetched_with_any_name(
    town: Town, brings: bytes, state: IntakeState, trouble: str
) -> None:
    officer = "Lê Văn Tình"
    desk = Desk(town, await known(town, officer))
    await desk.sends("danh sách.csv")

    def begin(db: Connection) -> int:
        person = db.execute(select(Person.id).where(Person.full_name == officer)).scalar_one()
        scope = scopes.of(db, person, town.clock.now.date())
        assert scope
        return intakes.begin(
            db, scope, ImportKind.ROSTER, "danh sách.csv", desk.number, town.clock.now
        )

    await town.database.turn(begin)
    if brings:
        assert (await desk.brought(brings)).state is AttachmentState.READY
    else:
        await town.database.turn(
            lambda db: attachments.fail(
                db, desk.number, attachments.Refusal.EMPTY, town.inbox.now()
            )
        )
    row = await town.database.read(
        lambda db: tuple(db.execute(select(Intake.state, Intake.trouble)).one())
    )
    assert row == (state, trouble)
    await town.deliver()


async def test_a_csv_that_is_to_be_passed_on_is_refused_as_before(town: Town) -> None:
    desk = Desk(town, await known(town, "Lê Văn Tình"))
    await desk.sends("danh sách.csv", AttachmentKind.DOCUMENT)

    assert (await desk.brought(b"a;b")).state is AttachmentState.FAILED
