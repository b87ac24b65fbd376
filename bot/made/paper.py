"""Papers that say who has completed what, each with a QR code by which it can be checked."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import segno

from bot import typeset
from bot.made.maker import Maker
from handlers.completions import decimal
from handlers.text import say
from storage import paper_desk, papers, scopes, unit_words
from storage.models import Called

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.papers import Issued

# Larger codes do not print well at 3.7 cm; a link that would need one is left out.
VERSION = 20
PAGE = "giay"
# Searching for the best of the eight masks takes five times as long; any of them can be read.
MASK = 2


@dataclass(frozen=True, slots=True)
class Pile:
    """Papers to be printed; `site` is our public address, "" where there is none."""

    papers: Sequence[Issued]
    site: str


def read(db: Connection, request: Request, now: datetime) -> Pile:
    """One's own paper by its id, or those of a course, or one of them, for its officers.

    Raises LookupError where they are not theirs, or revoked, or there are none.
    """
    site = str(request.asked.get("site", ""))
    if "course" in request.asked:
        scope = scopes.of(db, request.person_id, now.date())
        desk = paper_desk.of_course(db, scope, int(request.asked["course"])) if scope else None
        found = list(desk.standing) if desk else []
    else:
        paper = papers.get(db, int(request.asked["paper"]))
        found = [paper] if paper and _theirs(db, request.person_id, paper, now) else []
    if not found:
        raise LookupError("no paper")
    return Pile(found, site)


def _theirs(db: Connection, person_id: int, paper: Issued, now: datetime) -> bool:
    if paper.revoked_at:
        return False
    if paper.person_id == person_id:
        return True
    scope = scopes.of(db, person_id, now.date())
    return scope is not None and paper_desk.get(db, scope, paper.id) is not None


def draw(pile: Pile) -> bytes:
    """A page of A4 for each paper."""
    return typeset.pdf("paper", filled(pile))


def filled(pile: Pile) -> dict[str, Any]:
    """What the template is filled with."""
    return {
        "document": pile.papers[0].facts["title"],
        "words": {
            "number": _("No.:"),
            "nation": _("SOCIALIST REPUBLIC OF VIET NAM"),
            "motto": _("Independence - Freedom - Happiness"),
            "signer": _("FOR THE OFFICE IN CHARGE"),
            "sign": _("(signature and seal)"),
        },
        "papers": [_page(paper, pile.site) for paper in pile.papers],
    }


def _page(paper: Issued, site: str) -> dict[str, Any]:
    facts = paper.facts
    unit = str(facts.get("town") or "")
    inside = f"{unit[:1].lower()}{unit[1:]}"
    issued = date.fromisoformat(facts["issued"])
    bare = unit_words.bare(unit) if unit else ""
    return {
        "above": _("People's Committee of {unit}", unit=inside) if unit else "",
        "office": facts["issuer"].removesuffix(inside).removesuffix(bare).strip(),
        "number": paper.number,
        "dated": _("{town}, {day} {month} {year}", town=bare, day=f"{issued.day:02}",
                   month=f"{issued.month:02}", year=issued.year),
        "title": facts["title"],
        "certifies": _("{office} certifies that", office=facts["issuer"]),
        "name": facts["name"],
        "lines": _lines(facts),
        "strong": _("Has attended the training"),
        "qr": qr(paper, site),
        "check": _checked(site),
    }  # fmt: skip


def _checked(site: str) -> str:
    if site:
        return _(
            "Scan the code to check this paper. It carries an electronic signature: {page} checks"
            " it also without a network.",
            page=f"{site.rstrip('/')}/{PAGE}",
        )
    return _(
        "The code carries an electronic signature of this paper's words; the office in charge"
        " checks it with the command: taphuan verify"
    )


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    lines = (
        (_("Year of birth"), str(facts["born"] or "")),
        (_("Place of work"), facts["school"]),
        (_("Has attended the training"), f"{facts['course']} ({facts['code']})"),
        (_("Time of the training"), _time(facts)),
        (_("Place of the training"), facts["place"]),
        (_("Length of the training"), _hours(facts["hours"])),
        (_("Result of the training"), _result(facts)),
        (_("Official letter"), facts["letter"]),
    )
    return [(label, value) for label, value in lines if value]


def _time(facts: dict[str, Any]) -> str:
    if not facts["first_day"]:
        return ""
    first, last = (
        f"{date.fromisoformat(day):%d/%m/%Y}"
        for day in (facts["first_day"], facts["last_day"] or facts["first_day"])
    )
    if first == last:
        return first
    return _(
        "from {first} to {last}, attended {there}/{total} sessions",
        first=first, last=last, there=facts["attended"], total=facts["sessions"],
    )  # fmt: skip


def _hours(tenths: int) -> str:
    return _("{hours} periods", hours=decimal(tenths, 10)) if tenths else ""


def _result(facts: dict[str, Any]) -> str:
    """The score where there is one; whoever has a paper has completed the course."""
    if facts["score"] is not None:
        return _("{score} points of 10, completed", score=decimal(facts["score"], 100))
    return _("passed, completed") if facts["passed"] else _("completed")


def qr(paper: Issued, site: str) -> str:
    """The paper's QR code as SVG: a link to the page that checks it, else its text alone."""
    text = paper.signed.text
    link = f"{site.rstrip('/')}/{PAGE}#{text}" if site else text
    for content in (link, text):
        code = segno.make(content, error="m", micro=False, boost_error=False,
                          mask=MASK)  # fmt: skip
        if int(code.version) <= VERSION:
            break
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=2, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def _(sentence: str, **fields: object) -> str:
    # Whoever holds the paper shows it to others: it speaks the language of the place.
    return say("vi", Called.TEACHER, sentence, **fields)


MAKER = Maker(read, draw)
