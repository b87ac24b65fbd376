"""A few claimed notices in one turn: what is known of them is read by one statement each.

The conversations are locked first, in one order everywhere, then the notices: until the turn ends
nobody else can claim them, and nobody's turn comes between the words and their numbers.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from storage import blocks, conversations, outbox, reach

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.conversations import Talk
    from storage.outbox import Owed
    from storage.reach import Candidate, Standing


class Sheaf:
    """Notices that are prepared together; `write` is to follow when all are.

    `owed` are those still in the hand that claimed them, as they stand now, by their id and in the
    order in which they were claimed; `routes`
    the accounts they were expected to draw on; `standing` says how the channels stand `now`.
    """

    def __init__(
        self,
        owed: dict[int, Owed],
        routes: dict[int, str],
        standing: Standing,
        talks: Sequence[Talk],
    ) -> None:
        self.now = standing.at
        self.owed = owed
        self.routes = routes
        self.standing = standing
        self._talks = {(talk.channel, talk.address): talk for talk in talks}
        self._known = [talk.account_id for talk in talks]
        self._before = {talk.account_id: _copied(talk) for talk in talks}
        self._used: dict[int, dict[int, datetime]] | None = None
        self._addressed: list[dict[str, Any]] = []
        self._changed: list[Talk] = []

    def enter(self, db: Connection, way: Candidate) -> Talk:
        """The conversation of an account, locked; as it was written, where it is entered again."""
        if talk := self._talks.pop((way.channel, way.address), None):
            return talk
        self.write(db)
        self._used = {}
        return conversations.enter(
            db, way.channel, way.address, language=way.language, now=self.now
        )

    def block(self, db: Connection, account_id: int) -> int:
        """The numbers for one more notice of an account that was entered; 0: none are free."""
        if self._used is None:
            self._used = blocks.used(db, self._known)
        return blocks.free_block(db, account_id, self.now, self._used.pop(account_id, None))

    def address(self, talk: Talk | None, values: dict[str, Any]) -> None:
        """Note where a notice goes (see `outbox.addressed`), below the last screen of a talk."""
        self._addressed.append(values)
        if talk:
            talk.newest = False
            if talk != self._before.get(talk.account_id):
                self._changed.append(talk)

    def write(self, db: Connection) -> None:
        """Write down what was noted so far."""
        addressed, self._addressed = self._addressed, []
        changed, self._changed = self._changed, []
        outbox.address(db, addressed)
        conversations.save(db, *changed)


def gather(db: Connection, owed: Sequence[Owed], now: datetime) -> Sheaf:
    """Lock these claimed notices and whom they go to, as far as that is known beforehand."""
    standing = reach.Standing.now(db, now, owed)
    # One that costs is entered after its money was reserved: that lock always comes first.
    likely = {account for one in owed if (account := reach.likely(one, standing))}
    conversations.lock(db, likely)
    found = {one.id: (one, route) for one, route in outbox.in_hand(db, owed)}
    in_hand = [found[one.id] for one in owed if one.id in found]
    mine, routes = {one.id: one for one, _ in in_hand}, {one.id: route for one, route in in_hand}
    return Sheaf(mine, routes, standing, conversations.talks(db, likely))


def _copied(talk: Talk) -> Talk:
    return replace(
        talk, data=deepcopy(talk.data), choices=dict(talk.choices), heard=list(talk.heard)
    )
