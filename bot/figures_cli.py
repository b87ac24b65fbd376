"""`taphuan doctor --figures`: what is counted, compared with what should be."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.findings import Finding, missing, note, well
from bot.office import local
from storage.figures import recount
from storage.figures.recount import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.findings import Words
    from bot.settings import Settings
    from storage.figures.recount import Difference


async def examine(_: Words, settings: Settings, *, repair: bool) -> list[Finding]:
    """One finding for each kind of difference, or that there is none; mends it where asked to.

    Raises DatabaseError where the database cannot be used.
    """
    async with local(settings) as (database, now):
        del now
        if repair:
            found = await database.turn(recount.repair, bulk=True)
        else:
            found = await database.read(recount.differences)
    if not found:
        return [well(_("All figures are what the rows come to."))]
    say = note if repair else missing
    lines = [say(_line(_, kind, some)) for kind, some in sorted(_by_kind(found).items())]
    return [*lines, _end(_, repair=repair)]


def _by_kind(found: Iterable[Difference]) -> dict[Kind, list[Difference]]:
    kinds: defaultdict[Kind, list[Difference]] = defaultdict(list)
    for one in found:
        kinds[one.kind].append(one)
    return kinds


def _line(_: Words, kind: Kind, found: list[Difference]) -> str:
    number, subjects = sum(one.number for one in found), len(found)
    match kind:
        case Kind.PEOPLE:
            return _(
                "{number} people count otherwise than they should, in {subjects} subjects.",
                number=number, subjects=subjects,
            )  # fmt: skip
        case Kind.COUNTERS:
            return _(
                "{number} counters of schools differ from their people, in {subjects} subjects.",
                number=number, subjects=subjects,
            )  # fmt: skip
        case Kind.LEDGER:
            return _(
                "{number} schools have days that do not come to their counters, in {subjects} "
                "subjects.", number=number, subjects=subjects,
            )  # fmt: skip
        case Kind.PLACES:
            return _(
                "The counters of {number} schools stand in another unit than the school.",
                number=number,
            )


def _end(_: Words, *, repair: bool) -> Finding:
    if repair:
        return well(_("All this is mended."))
    return note(_("taphuan doctor --figures --repair mends it."))
