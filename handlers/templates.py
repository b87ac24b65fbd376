"""Approved words: what may be sent by phone number, outside every window, and what fills it in.

The words are data (`templates.toml`): the platform has to approve them one by one before anything
can be sent. A field that does not fit is shortened where that loses nothing but detail; a name, a
date or a code is never cut, and without it there is no message.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from handlers import dates, naming, text
from handlers.digests import gathered
from handlers.message import Template
from storage import (
    agreement,
    conversations,
    courses,
    digests,
    phone_codes,
    places,
    reminders,
    roles,
    verdicts,
)
from storage.models import Called, Modality, Precision, Standing
from storage.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Who
    from storage.courses import Training
    from storage.outbox import Owed
    from storage.places import Place

LANGUAGE = "vi"
# What the platform takes.
LONGEST = 400
MARK = re.compile(r"<(\w+)>")
# A text that would lose more than this is not worth sending.
SHORTEST = 12


class FieldKind(StrEnum):
    """What may stand in a field; only a text can be cut."""

    NAME = "name"
    CODE = "code"
    TEXT = "text"
    TIME = "time"
    NUMBER = "number"
    OTP = "otp"
    LIST = "list"


class Purpose(StrEnum):
    """The tag under which the platform approves and bills a template."""

    TRANSACTION = "transaction"
    CUSTOMER_CARE = "customer care"
    OTP = "otp"


@dataclass(frozen=True, slots=True)
class Field:
    """A mark of a template: what stands there, in at most so many characters."""

    name: str
    kind: FieldKind
    most: int

    def fitted(self, value: str) -> str | None:
        """The value in one line, cut at a word where it may be; None where it cannot be said."""
        line = " ".join(value.split())
        if not line:
            return None
        if len(line) <= self.most:
            return line
        if self.kind is not FieldKind.TEXT:
            return None
        words = line[: self.most].rpartition(" ")[0].rstrip(" ,;.–-(")
        return f"{words}…" if len(words) >= SHORTEST else None


@dataclass(frozen=True, slots=True)
class Approved:
    """One template as the office submits it: words with <marks>, price in đồng, purpose."""

    kind: str
    text: str
    fields: tuple[Field, ...]
    price: int
    purpose: Purpose

    @property
    def longest(self) -> int:
        """Characters of the words with every field at its greatest length."""
        return len(MARK.sub("", self.text)) + sum(
            field.most * self.text.count(f"<{field.name}>") for field in self.fields
        )


@cache
def catalogue() -> Mapping[str, Approved]:
    """Every template there are words for, by the kind of notice."""
    data = tomllib.loads(files("handlers").joinpath("templates.toml").read_text("utf-8"))
    return {kind: _approved(kind, table) for kind, table in data.items()}


def _approved(kind: str, table: dict[str, Any]) -> Approved:
    marks = cast("list[dict[str, Any]]", table["fields"])
    return Approved(
        kind=kind,
        text=str(table["text"]).strip(),
        fields=tuple(Field(one["name"], FieldKind(one["kind"]), one["most"]) for one in marks),
        price=int(table["price"]),
        purpose=Purpose(table["purpose"]),
    )


def filled(approved: Approved, values: Mapping[str, str]) -> str:
    """The words as they arrive. Raises KeyError for a field that has no value."""
    return MARK.sub(lambda mark: values[mark[1]], approved.text)


def fields(db: Connection, owed: Owed, now: datetime) -> Template | None:
    """What fills the template of a notice in, by the facts as they are now.

    None where there is no template, where the notice is no longer true, or where a name, a date
    or a code does not fit.
    """
    make, approved = MAKERS.get(owed.kind), catalogue().get(owed.kind)
    values = make(db, owed, now) if make and approved else None
    if approved is None or values is None:
        return None
    fitted = {field.name: field.fitted(values[field.name]) for field in approved.fields}
    said = {name: value for name, value in fitted.items() if value is not None}
    return Template(owed.kind, said) if len(said) == len(fitted) else None


def _(sentence: str, **values: object) -> str:
    return text.say(LANGUAGE, Called.TEACHER, sentence, **values)


# Facts


def _subject(db: Connection, owed: Owed) -> tuple[Place, Training, Who] | None:
    """The registration a notice is about, its course, and whose it is."""
    place = places.by_id(db, owed.subject_id)
    course = courses.get(db, place.course_id) if place else None
    return (place, course, conversations.who(db, place.person_id)) if place and course else None


def _course(course: Training, now: datetime) -> dict[str, str]:
    return {
        "code": course.code,
        "title": course.short,
        "when": _when(course, now),
        "where": _where(course),
    }


def _when(course: Training, now: datetime) -> str:
    """The start as far as it is settled."""
    first = course.first
    if course.starts_at:
        return dates.moment(course.starts_at.astimezone(now.tzinfo), LANGUAGE)
    if first and first.first_day and first.precision is Precision.DAY:
        return dates.day(first.first_day, LANGUAGE)
    if first and first.first_day and first.precision is Precision.MONTHS:
        last = first.last_day or first.first_day
        return _("expected {months}", months=dates.months(first.first_day, last, LANGUAGE))
    return _("date to be announced")


def _where(course: Training) -> str:
    if course.modality is Modality.ONLINE:
        return _("online")
    return (course.first.place if course.first else "") or _("place to be announced")


def _why(course: Training) -> str:
    return course.moved_why or _("not given")


# Kinds


def _moved(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    found = _subject(db, owed)
    if found is None or not found[0].live or not found[0].unanswered_since:
        return None
    _place, course, who = found
    return {"name": who.full_name, "why": _why(course), **_course(course, now)}


def _cancelled(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    if (found := _subject(db, owed)) is None:
        return None
    _place, course, who = found
    return {"name": who.full_name, "why": _why(course), **_course(course, now)}


def _offer(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    found = _subject(db, owed)
    if found is None or found[0].standing is not Standing.OFFERED or not found[0].offered_until:
        return None
    place, course, who = found
    until = found[0].offered_until.astimezone(now.tzinfo)
    kept = {"until": dates.moment(until, LANGUAGE)}
    return {"name": who.full_name, **kept, **_course(course, now)} if place.live else None


def _reminder(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    """The first of what is reminded of; the codes of the rest follow its title."""
    at = reminders.at(owed.data, now)
    found = [
        replace(course, sessions=its)
        for item in reminders.items(db, owed.person_id or 0, at, now)
        if (course := courses.get(db, item.course_id))
        and (its := tuple(one for one in course.sessions if one.starts_at == item.starts_at))
    ]
    if not found:
        return None
    values = _course(found[0], now)
    if others := ", ".join(dict.fromkeys(one.code for one in found[1:])):
        values["title"] = _("{title}, also {codes}", title=found[0].short, codes=others)
    who = conversations.who(db, owed.person_id or 0)
    return {"name": who.full_name, **values}


def _agree(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    found = _subject(db, owed)
    if found is None or found[0].standing is not Standing.ASKED or owed.person_id is None:
        return None
    _place, course, colleague = found
    if agreement.right(db, owed.person_id, colleague, now) is None:
        return None
    asked = conversations.who(db, owed.person_id)
    school = colleague.school or naming.inside(colleague.unit)
    return {
        "principal": asked.full_name, "name": colleague.full_name, "school": school,
        **_course(course, now),
    }  # fmt: skip


def _answered(wanted: Standing) -> Maker:
    """What was answered to a request that stands so."""

    def make(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
        found = _subject(db, owed)
        if found is None or found[0].standing is not wanted:
            return None
        return {"name": found[2].full_name, **_course(found[1], now)}

    return make


def _claim(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    found = verdicts.look(db, owed.subject_id, owed.person_id or 0, now)
    if found.verdict is not Verdict.DONE or found.claim is None:
        return None
    keeper = conversations.who(db, owed.person_id or 0)
    school = found.claim.school or naming.inside(found.claim.unit)
    return {"keeper": keeper.full_name, "name": found.claim.full_name, "school": school}


def _digest(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    people = digests.withheld(db, owed.key, now)
    if not people or not roles.works(db, owed.person_id or 0, now.date()):
        return None
    who = conversations.who(db, owed.person_id or 0)
    most = next(field.most for field in catalogue()["digest"].fields if field.name == "people")
    names = gathered(_, [one.full_name for one in people], most)
    return {"name": who.full_name, "count": str(len(people)), "people": names}


def _phone_code(db: Connection, owed: Owed, now: datetime) -> dict[str, str] | None:
    sending = phone_codes.sending(db, owed.subject_id, now)
    if sending is None or owed.person_id is None:
        return None
    minutes = max(1, round((sending.expires_at - now).total_seconds() / 60))
    who = conversations.who(db, owed.person_id)
    return {"name": who.full_name, "code": sending.code, "minutes": str(minutes)}


if TYPE_CHECKING:
    Maker = Callable[[Connection, Owed, datetime], dict[str, str] | None]

MAKERS: dict[str, Maker] = {
    "moved": _moved,
    "cancelled": _cancelled,
    "offer": _offer,
    "reminder": _reminder,
    "agree": _agree,
    "agreed": _answered(Standing.SEATED),
    "not agreed": _answered(Standing.REFUSED),
    "claim": _claim,
    "digest": _digest,
    "phone_code": _phone_code,
}
