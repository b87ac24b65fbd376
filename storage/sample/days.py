"""Days counted from the first course everybody tries, and sessions on them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from storage.models.courses import Precision

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.sample.places import Commune


class Calendar:
    """Days counted from the Saturday of L12, and the places where sessions are held."""

    def __init__(
        self, now: datetime, communes: list[Commune], pins: Mapping[int, tuple[float, float]]
    ) -> None:
        self.now = now
        self.today = now.date()
        in_17_days = self.today + timedelta(days=17)
        self.saturday = in_17_days + timedelta(days=(5 - in_17_days.weekday()) % 7)
        self.units = {commune.name: commune.id for commune in communes}
        self._pins = pins

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A local moment."""
        return datetime.combine(day, time(hour, minute), self.now.tzinfo)

    def after(self, days: int) -> date:
        """That many days after L12."""
        return self.saturday + timedelta(days=days)

    def closing(self, day: date) -> datetime:
        """The last minute of the third day before."""
        return self.at(day - timedelta(days=3), 23, 59)

    def held(
        self, day: date, place: str, unit: str = "", *, hours: tuple[float, float] = (7.5, 16.5)
    ) -> dict[str, Any]:
        """A session at a place in a commune, with the commune's centre as its pin."""
        starts_at, ends_at = (self.at(day, int(h), int(h % 1 * 60)) for h in hours)
        unit_id = self.units[unit] if unit else None
        latitude, longitude = self._pins[unit_id] if unit_id else (None, None)
        return session(
            Precision.MINUTE, day, day, starts_at=starts_at, ends_at=ends_at,
            arrive_at=starts_at - timedelta(minutes=30), place=place,
            address=f"{unit}, tỉnh Lâm Đồng" if unit else "", unit_id=unit_id,
            latitude=latitude, longitude=longitude,
        )  # fmt: skip

    def online(self, day: date, code: str, *, hours: tuple[int, int] = (8, 11)) -> dict[str, Any]:
        """A session joined by a link; .example is a domain nobody can own."""
        starts_at, ends_at = (self.at(day, hour) for hour in hours)
        return session(
            Precision.MINUTE, day, day, starts_at=starts_at, ends_at=ends_at,
            link=f"https://taphuan.example/{code.lower()}",
        )  # fmt: skip


def session(
    precision: Precision, first: date | None, last: date | None, **settled: Any
) -> dict[str, Any]:
    """A session between two days; what is not `settled` stays empty."""
    empty = {
        "starts_at": None, "ends_at": None, "arrive_at": None, "place": "", "address": "",
        "unit_id": None, "latitude": None, "longitude": None, "link": "",
    }  # fmt: skip
    return {"precision": precision, "first_day": first, "last_day": last, **empty, **settled}


def summer(day: date) -> int:
    """The year of the first July after a day."""
    return day.year + (day.month > 6)
