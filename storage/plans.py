"""What figures are measured by: programmes, indicators and periods, brought in from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.figures import opening, settling
from storage.models import Indicator, IndicatorVersion, Period, Programme
from storage.plan_files import Plan, Plans, Span, Target, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from storage.models import Base


def load(db: Connection, plans: Plans) -> list[str]:
    """Write what is new in a file or differs from what is there; what was written, a line each.

    What a file does not name stays. All figures are counted anew at the end of the turn; those of
    a period that is over keep what they were counted by.
    """
    written: list[str] = []
    for span in plans.periods:
        key = {"kind": span.kind, "title": span.title}
        values = {
            "first_day": span.first_day, "last_day": span.last_day,
            "report_before": span.report_before,
        }  # fmt: skip
        _kept(db, Period, key, values, f"period {span.title}", written)
    for plan in plans.programmes:
        _programme(db, plan, written)
    if written:
        opening.follow(db)
        settling.everything(db)
    return written


def there(db: Connection) -> Plans:
    """Everything that is there, as a file says it."""
    versions: dict[int, list[Version]] = {}
    by_day = select(IndicatorVersion).order_by(IndicatorVersion.valid_from)
    for row in db.execute(by_day):
        version = Version(row.valid_from, row.target, row.rule)
        versions.setdefault(row.indicator_id, []).append(version)
    targets: dict[int, list[Target]] = {}
    for row in db.execute(select(Indicator).order_by(Indicator.code, Indicator.id)):
        target = Target(row.code, row.title, tuple(versions.get(row.id, ())))
        targets.setdefault(row.programme_id, []).append(target)
    plans = [
        Plan(row.title, row.letter, row.first_day, row.last_day, tuple(targets.get(row.id, ())))
        for row in db.execute(select(Programme).order_by(Programme.first_day, Programme.id))
    ]
    spans = [
        Span(row.kind, row.title, row.first_day, row.last_day, row.report_before)
        for row in db.execute(select(Period).order_by(Period.first_day, Period.id))
    ]
    return Plans(tuple(plans), tuple(spans))


def _programme(db: Connection, plan: Plan, written: list[str]) -> None:
    values = {
        "title": plan.title, "letter": plan.letter, "first_day": plan.first_day,
        "last_day": plan.last_day,
    }  # fmt: skip
    key = {"letter": plan.letter} if plan.letter else {"title": plan.title}
    name = plan.letter or plan.title
    programme_id = _kept(db, Programme, key, values, f"programme {name}", written)
    for one in plan.indicators:
        own = {"programme_id": programme_id, "code": one.code}
        called = f"indicator {one.code} of {name}"
        indicator_id = _kept(db, Indicator, own, {"title": one.title}, called, written)
        for version in one.versions:
            since = {"indicator_id": indicator_id, "valid_from": version.valid_from}
            says = {"rule": version.rule, "target": version.target}
            _kept(db, IndicatorVersion, since, says, f"{called} from {version.valid_from}", written)


def _kept(
    db: Connection,
    table: type[Base],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    called: str,
    written: list[str],
) -> int:
    """The id of the row with this key, made or changed where it has to be."""
    columns = table.__table__.c
    mine = [columns[name] == value for name, value in key.items()]
    wanted = (columns["id"], *(columns[name] for name in values))
    row = db.execute(select(*wanted).where(*mine).order_by(columns["id"])).first()
    if row is None:
        made = insert(table).values({**key, **values}).returning(columns["id"])
        written.append(f"{called}: new")
        return db.execute(made).scalar_one()
    kept = dict(zip(values, row[1:], strict=True))
    if changed := {name: value for name, value in values.items() if kept[name] != value}:
        db.execute(update(table).where(columns["id"] == row.id).values(changed))
        written.append(f"{called}: {', '.join(changed)} changed")
    return row.id
