"""Tables of a TOML file: what is taken out is checked, what is left over is a fault."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Iterable


class Faulty(Exception):
    """The file cannot be taken; `faults` are sentences, one for each thing that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        super().__init__("the file has faults")
        self.faults = list(faults)


class Table:
    """One table, and where it stands. All tables of a file gather their faults in one list."""

    def __init__(
        self, raw: dict[str, Any], where: str = "", faults: list[str] | None = None
    ) -> None:
        self._left, self._where = dict(raw), where
        self.faults: list[str] = [] if faults is None else faults

    def text(self, name: str, *, needed: bool = True) -> str:
        """A text; "" where there is none."""
        found = self._taken(name, (str,), needed=needed)
        if needed and found == "":
            self.fault(f'"{name}" is empty')
        return found or ""

    def number(self, name: str) -> float:
        """A number; 1 where there is none."""
        found = self._taken(name, (int, float))
        return 1.0 if found is None else float(found)

    def day(self, name: str, *, needed: bool = True) -> date | None:
        """A day; None where there is none."""
        return self._taken(name, (date,), needed=needed)

    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        first, last = self.day("first_day"), self.day("last_day")
        if first and last and last < first:
            self.fault(f"the last day {last} is before the first, {first}")
        return first or date.min, last or date.max

    def table(self, name: str) -> dict[str, Any] | None:
        """A table as it is; None where there is none."""
        return self._taken(name, (dict,))

    def tables(self, name: str) -> list[Table]:
        """The tables of this name below this one."""
        raw = self._left.pop(name, [])
        listed: list[Any] = cast("list[Any]", raw) if isinstance(raw, list) else [raw]
        if not isinstance(raw, list) or not all(isinstance(each, dict) for each in listed):
            self.fault(f'write "{name}" in double brackets')
            return []
        above = f"{self._where}, " if self._where else ""
        return [
            Table(each, f"{above}{name} {_called(each, at)}", self.faults)
            for at, each in enumerate(listed, 1)
        ]

    def once(self, what: str, values: Iterable[str]) -> None:
        """No value may stand here twice."""
        seen: set[str] = set()
        for value in values:
            if value in seen:
                self.fault(f'{what} "{value}" stands there twice')
            seen.add(value)

    def fault(self, why: str) -> None:
        """Something is wrong here."""
        self.faults.append(f"{self._where}: {why}" if self._where else why)

    def done(self) -> None:
        """Whatever has not been taken is not understood."""
        for name in self._left:
            self.fault(f'"{name}" is not understood')

    def _taken(self, name: str, types: tuple[type, ...], *, needed: bool = True) -> Any:
        if name not in self._left:
            if needed:
                self.fault(f'"{name}" is missing')
            return None
        value = self._left.pop(name)
        # A moment is a day to Python, and truth a number.
        if not isinstance(value, types) or isinstance(value, (datetime, bool)):
            self.fault(f'"{name}" cannot be {value}')
            return None
        return value


def _called(raw: dict[str, Any], at: int) -> str:
    names = (raw.get(each) for each in ("letter", "code", "title", "valid_from"))
    return next((str(name) for name in names if name), str(at))
