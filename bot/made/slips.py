"""Slips with personal codes, ten on a page, to be cut apart and handed out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import segno

from bot import typeset
from bot.made.maker import Maker
from handlers.text import say
from storage import channels, schools, scopes, slips, staffing, units
from storage.channels import TELEGRAM
from storage.models import Called

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.slips import Slip

# What Telegram lets a bot be called; anything else would make a link of somebody else's words.
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")


@dataclass(frozen=True, slots=True)
class Sheets:
    """The slips, with where the assistant is found: (brand, what to look for) each."""

    slips: list[Slip]
    contacts: list[tuple[str, str]]


def read(db: Connection, request: Request, now: datetime) -> Sheets:
    """The codes that wait, of a school or of a unit's schools; LookupError for what is not theirs.

    Nothing is made here: who has no code yet is left out.
    """
    day = now.date()
    if "school" in request.asked:
        school = schools.get(db, int(request.asked["school"]))
        if school is None or not staffing.may_keep(db, request.person_id, school.id, now):
            raise LookupError(request.id)
        found = slips.of_school(db, school.id, day)
    else:
        place = units.get(db, int(request.asked["unit"]), day)
        scope = scopes.of(db, request.person_id, day)
        if place is None or scope is None or not scope.covers(place.path):
            raise LookupError(request.id)
        found = slips.of_unit(db, place.path, day)
    return Sheets([one for one in found if one.code], channels.contacts(db, now))


def draw(sheets: Sheets) -> bytes:
    """The pages as PDF."""
    return typeset.pdf("slips", filled(sheets))


def filled(sheets: Sheets) -> dict[str, Any]:
    """What the template shows."""
    bot = next((name for channel, name in sheets.contacts if channel == TELEGRAM), "").lstrip("@")
    link = f"https://t.me/{bot}?start=" if _USERNAME.fullmatch(bot) else ""
    names = Counter(one.full_name for one in sheets.slips)
    return {
        "title": _("PRE-SCHOOL TRAINING ASSISTANT"),
        "code": _("Personal code"),
        "how": _how(sheets.contacts),
        "scan": _("Telegram: scan"),
        "never": _("It never asks for passwords, OTPs, ID cards, bank accounts or money."),
        "only": _("Only for the person named here. Do not pass on or photograph."),
        "slips": [
            {
                "name": one.full_name,
                "born": str(one.birth_year or "") if names[one.full_name] > 1 else "",
                "school": f"{one.school}, {_inside(one.commune)}",
                "digits": f"{one.code[:4]} {one.code[4:]}",
                "qr": segno.make(link + one.code, error="m").svg_inline(border=0) if link else "",
            }
            for one in sheets.slips
        ],
    }


def _how(contacts: list[tuple[str, str]]) -> str:
    places = [f"{_brand(channel)}: {name}" for channel, name in contacts]
    if not places:
        return _("Write this code to the training assistant, on Zalo or Telegram.")
    return _("Open {places}; write this code.", places=_(" or ").join(places))


def _brand(channel: str) -> str:
    return "Telegram" if channel == TELEGRAM else "Zalo"


def _inside(unit: str) -> str:
    return unit[:1].lower() + unit[1:]


def _(sentence: str, **fields: object) -> str:
    # Paper goes from hand to hand: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)


MAKER = Maker(read, draw)
