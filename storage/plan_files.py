"""Programmes, indicators and periods as an office writes them down: a TOML file, there and back.

Pure; no database. `storage/data/plans_example.toml` shows everything a file can say.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

from storage.figures import indicator_rules
from storage.models.programmes import PeriodKind
from storage.plan_tables import Faulty, Table

EXAMPLE = Path(__file__).parent / "data" / "plans_example.toml"


@dataclass(frozen=True, slots=True)
class Version:
    """What an indicator counts from a day on, as `indicator_rules` reads it, and its target."""

    valid_from: date
    target: float
    rule: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """An indicator of a programme, by its code."""

    code: str
    title: str
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme, by its letter, else by its title."""

    title: str
    letter: str
    first_day: date
    last_day: date
    indicators: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A period, by its kind and title."""

    kind: PeriodKind
    title: str
    first_day: date
    last_day: date
    report_before: date | None


@dataclass(frozen=True, slots=True)
class Plans:
    """Everything of a file, in its order."""

    programmes: tuple[Plan, ...]
    periods: tuple[Span, ...]


def read(text: str) -> Plans:
    """What a file says.

    Raises:
        Faulty: with everything in it that cannot be.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Faulty([f"this is no TOML: {error}"]) from error
    root = Table(raw)
    found = Plans(
        tuple(_programme(each) for each in root.tables("programme")),
        tuple(_period(each) for each in root.tables("period")),
    )
    root.once("programme", (plan.letter or plan.title for plan in found.programmes))
    root.once("period", (f"{span.kind} {span.title}" for span in found.periods))
    root.done()
    if root.faults:
        raise Faulty(root.faults)
    return found


def written(plans: Plans) -> str:
    """The file that says this; read again it says the same."""
    lines: list[str] = []
    for span in plans.periods:
        lines += ["[[period]]", f'kind = "{span.kind}"', *_titled(span)]
        lines += [f"report_before = {span.report_before}"] if span.report_before else []
        lines.append("")
    for plan in plans.programmes:
        lines += ["[[programme]]", *_titled(plan)]
        lines += [f"letter = {_value(plan.letter)}"] if plan.letter else []
        lines.append("")
        for one in plan.indicators:
            lines += ["[[programme.indicator]]", f"code = {_value(one.code)}"]
            lines += [f"title = {_value(one.title)}", ""]
            for version in one.versions:
                lines += [
                    "[[programme.indicator.version]]", f"valid_from = {version.valid_from}",
                    f"target = {version.target}",
                    *(f"{part} = {_value(version.rule[part])}" for part in indicator_rules.PARTS),
                    "",
                ]  # fmt: skip
    return "\n".join(lines)


def _titled(one: Plan | Span) -> list[str]:
    days = [f"first_day = {one.first_day}", f"last_day = {one.last_day}"]
    return [f"title = {_value(one.title)}", *days]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return f"{{ {', '.join(f'{key} = {_value(each)}' for key, each in items)} }}"
    if isinstance(value, list):
        return f"[{', '.join(_value(each) for each in cast('list[Any]', value))}]"
    # Strings and truth are written in TOML as in JSON.
    return json.dumps(value, ensure_ascii=False)


def _programme(table: Table) -> Plan:
    title, letter = table.text("title"), table.text("letter", needed=False)
    first, last = table.days()
    targets = tuple(_indicator(each) for each in table.tables("indicator"))
    table.once("code", (one.code for one in targets))
    table.done()
    return Plan(title, letter, first, last, targets)


def _period(table: Table) -> Span:
    kind = table.text("kind")
    if kind not in list(PeriodKind):
        table.fault(f'"kind" can be {", ".join(PeriodKind)}')
        kind = PeriodKind.CALENDAR
    title, (first, last) = table.text("title"), table.days()
    before = table.day("report_before", needed=False)
    if before and before <= first:
        table.fault(f"the report before {before} is due before the period begins")
    table.done()
    return Span(PeriodKind(kind), title, first, last, before)


def _indicator(table: Table) -> Target:
    code, title = table.text("code"), table.text("title")
    versions = tuple(_version(each) for each in table.tables("version"))
    if not versions:
        table.fault('there is no "version" that says what is counted')
    table.once("valid_from", (str(one.valid_from) for one in versions))
    table.done()
    return Target(code, title, versions)


def _version(table: Table) -> Version:
    valid_from, target = table.day("valid_from"), table.number("target")
    if not 0 < target <= 1:
        table.fault(f'"target" is a part of 1, like 0.85, not {target:g}')
    rule = {part: table.table(part) for part in indicator_rules.PARTS}
    if None not in rule.values():
        try:
            indicator_rules.read(rule)
        except ValueError as error:
            table.fault(str(error))
    table.done()
    return Version(valid_from or date.min, target, rule)
