"""A random world around one officer: units before and after, schools, people and what they do."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage import models
from storage.models import (
    AttachmentKind,
    AttachmentState,
    BroadcastState,
    ClaimState,
    CourseState,
    ImportState,
    IntakeState,
    Position,
    Precision,
    RoleKind,
    Rung,
    Source,
    Standing,
    SubstitutionState,
    UnitKind,
)
from tests import scoped_figures
from tests.scoped_rows import FIRST, TODAY, World
from tests.talk import MONDAY

if TYPE_CHECKING:
    from random import Random

    from sqlalchemy import Connection


def build(db: Connection, rng: Random) -> World:
    """Two provinces with communes, what was before them, schools, people, and what they do."""
    world = World(db, rng)
    _units(world)
    for unit_id in [one for one, _, kind in UNITS(world) if kind is UnitKind.COMMUNE]:
        for _ in range(rng.randint(0, 2)):
            _school(world, unit_id)
    _school(world, next(one for one, _, kind in UNITS(world) if kind is UnitKind.COMMUNE))
    for _ in range(rng.randint(5, 8)):
        _person(world, Position.OFFICER, None)
    _roles(world)
    for _ in range(rng.randint(3, 5)):
        _course(world)
    for _ in range(rng.randint(4, 8)):
        _registration(world)
    _matters(world)
    scoped_figures.figures(world)
    scoped_figures.reports(world)
    return world


def UNITS(world: World) -> list[tuple[int, str, UnitKind]]:  # noqa: N802 - read like a table
    rows = world.db.execute(select(models.Unit.id, models.Unit.path, models.Unit.kind))
    return [(row.id, row.path, row.kind) for row in rows]


def _unit(world: World, kind: UnitKind, above: tuple[int, str] | None, **more: Any) -> int:
    made = FIRST["units"] + len(world.ids.get("units", []))
    word = {UnitKind.COMMUNE: "Xã", UnitKind.PROVINCE: "Tỉnh", UnitKind.DISTRICT: "Huyện"}[kind]
    path = f"{above[1] if above else '/'}{made}/"
    world.add(
        "units", name=f"{word} Dv{made}", kind=kind, path=path,
        parent_id=above[0] if above else None, **more,
    )  # fmt: skip
    world.add("unit_aliases", unit_id=made, folded=f"dv{made}")
    return made


def _units(world: World) -> None:
    old = {"valid_to": date(2025, 6, 30)}
    for _ in range(2):
        top = _unit(world, UnitKind.PROVINCE, None)
        before = _unit(world, UnitKind.PROVINCE, None, **old)
        district = _unit(world, UnitKind.DISTRICT, (before, f"/{before}/"), **old)
        for _ in range(world.rng.randint(2, 3)):
            now = _unit(world, UnitKind.COMMUNE, (top, f"/{top}/"))
            then = _unit(world, UnitKind.COMMUNE, (district, f"/{before}/{district}/"), **old)
            world.add("unit_changes", from_id=then, to_id=now)


def _school(world: World, unit_id: int) -> None:
    made = FIRST["schools"] + len(world.ids.get("schools", []))
    old = world.db.execute(
        select(models.UnitChange.from_id).where(models.UnitChange.to_id == unit_id)
    ).scalar()
    world.add(
        "schools", name=f"Trường MN Tr{made}", folded=f"tr{made}", unit_id=unit_id,
        old_unit_id=old, closed_on=world.rng.choice((None, None, None, TODAY)),
    )  # fmt: skip
    for position in (Position.PRINCIPAL, Position.TEACHER, Position.TEACHER):
        _person(world, position, made)


def _person(world: World, position: Position, school_id: int | None) -> int:
    made = FIRST["people"] + len(world.ids.get("people", []))
    world.add(
        "people", full_name=f"Người Ng{made}", sort_key=f"ng{made}", folded=f"nguoi ng{made}",
        position=position, school_id=school_id, source=Source.ROSTER, verified_at=MONDAY,
        phone=f"+8490{made}",
        left_on=world.rng.choice((None, None, None, TODAY, TODAY + timedelta(days=5))),
    )  # fmt: skip
    account = world.add("accounts", channel="telegram", address=str(made), person_id=made)
    world.add("account_people", account_id=account, person_id=made)
    return made


def _roles(world: World) -> None:
    """Officers of all kinds and times; principals; somebody who stands in."""
    officers = world.db.execute(
        select(models.Person.id).where(models.Person.position == Position.OFFICER)
    ).scalars().all()  # fmt: skip
    top, kinds = world.ids["units"][0], {one: kind for one, _, kind in UNITS(world)}
    # Few places, so that some have two officers; and somebody has two places.
    places = [top, *world.rng.sample(world.ids["units"], 3)]
    for at, person_id in enumerate((*officers, officers[-1])):
        unit_id = top if at == 0 else world.rng.choice(places)
        kind = kinds[unit_id]
        role = RoleKind.DEPARTMENT if kind is UnitKind.PROVINCE else RoleKind.COMMUNE
        first, last = world.rng.choice(
            ((-90, None), (-90, None), (-90, None), (-9, 9), (-9, 0), (-9, -1), (1, None))
        )
        world.add(
            "roles", person_id=person_id, kind=role, unit_id=unit_id,
            valid_from=TODAY + timedelta(days=first),
            valid_to=TODAY + timedelta(days=last) if last is not None else None,
        )  # fmt: skip
    for school_id in world.ids["schools"]:
        head = select(models.Person.id).where(
            models.Person.school_id == school_id, models.Person.position == Position.PRINCIPAL
        )
        world.add(
            "roles", person_id=world.db.execute(head).scalar_one(), kind=RoleKind.PRINCIPAL,
            school_id=school_id, valid_from=TODAY - timedelta(days=9),
        )  # fmt: skip


def _course(world: World) -> None:
    made = FIRST["courses"] + len(world.ids.get("courses", []))
    rng = world.rng
    course_id = world.add(
        "courses", number=made - FIRST["courses"] + 1, title=f"Lớp Kh{made}", short=f"Kh{made}",
        folded=f"kh{made}", seats=rng.choice((None, 2, 40)),
        state=rng.choice((CourseState.OPEN, CourseState.OPEN, CourseState.DRAFT)),
        mode=rng.choice(tuple(models.Mode)), made_by_id=None,
        unit_id=rng.choice([unit for _, unit in _officers(world)]),
    )  # fmt: skip
    for number in (1, 2):
        starts = MONDAY + timedelta(days=7 * number + rng.randint(-12, 9))
        world.add(
            "sessions", course_id=course_id, number=number, precision=Precision.MINUTE,
            starts_at=starts, ends_at=starts + timedelta(hours=3),
        )  # fmt: skip


def _registration(world: World) -> None:
    staff = select(models.Person.id).where(models.Person.school_id.is_not(None))
    person_id = world.rng.choice(world.db.execute(staff).scalars().all())
    course_id = world.any("courses")
    there = select(models.Registration.id).where(
        models.Registration.course_id == course_id, models.Registration.person_id == person_id
    )
    if world.db.execute(there).first():
        return
    made = world.add(
        "registrations",
        course_id=course_id,
        person_id=person_id,
        turn=1,
        standing=world.rng.choice(tuple(Standing)),
    )
    if world.rng.random() < 0.4:
        school = select(models.Person.school_id).where(models.Person.id == person_id)
        beside = select(models.Person.id).where(
            models.Person.school_id == school.scalar_subquery(), models.Person.id != person_id
        )
        world.add(
            "substitutions", registration_id=made, state=SubstitutionState.PROPOSED,
            person_id=world.rng.choice(world.db.execute(beside).scalars().all()),
        )  # fmt: skip


def _officers(world: World) -> list[tuple[int, int]]:
    """(person, unit) of whoever holds an office today."""
    rows = world.db.execute(
        select(models.Role.person_id, models.Role.unit_id).where(models.Role.unit_id.is_not(None))
    )
    return [(row.person_id, row.unit_id) for row in rows]


def _matters(world: World) -> None:
    """Announcements, invitations, lists, files, questions, claims, and the audit of each."""
    rng = world.rng
    for person_id, unit_id in _officers(world):
        at = len(world.ids.get("broadcasts", [])) + FIRST["broadcasts"]
        state = rng.choice(tuple(BroadcastState))
        running = state not in (BroadcastState.DRAFT, BroadcastState.ASKED, BroadcastState.HELD)
        sent = world.add(
            "broadcasts", author_id=person_id, unit_id=unit_id, state=state,
            audience={"units": [unit_id]}, text=f"Tin Tb{at}",
            began_at=MONDAY if running else None,
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="drafted", subject="broadcast",
                  subject_id=sent, unit_id=unit_id)  # fmt: skip
        world.add(
            "notices",
            key=f"b{sent}",
            kind="broadcast",
            person_id=world.any("people"),
            subject_id=sent,
        )
        made = world.add(
            "invitations", digest=str(rng.random()), kind=RoleKind.COMMUNE, unit_id=unit_id,
            holder="", uses_left=rng.choice((0, 1, 2)), expires_at=MONDAY + timedelta(days=3),
            invited_by_id=person_id,
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="invited", subject="invitation",
                  subject_id=made, unit_id=rng.choice((unit_id, None)))  # fmt: skip
        file = world.add(
            "attachments", person_id=person_id, kind=AttachmentKind.DOCUMENT,
            state=AttachmentState.READY, content=b"x", size=1, name=f"ng{person_id}.xlsx",
        )  # fmt: skip
        listed = world.add(
            "roster_imports", actor_id=person_id, unit_id=unit_id, newest_person_id=0,
            state=rng.choice(tuple(ImportState)), file_name=f"ng{person_id}.xlsx",
        )  # fmt: skip
        world.add(
            "intakes", person_id=person_id, unit_id=unit_id, attachment_id=file,
            file_name=f"ng{person_id}.xlsx", state=rng.choice(tuple(IntakeState)),
            import_id=listed,
        )  # fmt: skip
    for person_id in rng.sample(world.ids["people"], 4):
        account = world.db.execute(
            select(models.Account.id).where(models.Account.person_id == person_id)
        ).scalar_one()
        asked = world.add(
            "questions", course_id=world.any("courses"), asker_id=person_id, account_id=account,
            text=f"ng{person_id}?",
        )  # fmt: skip
        world.add("audit", actor_id=person_id, action="asked", subject="question",
                  subject_id=asked)  # fmt: skip
        world.add(
            "claims", account_id=account, person_id=person_id, state=ClaimState.OPEN,
            rung=rng.choice(tuple(Rung)),
        )  # fmt: skip
