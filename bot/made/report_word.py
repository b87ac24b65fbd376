"""The Word file of a commune's report, or of a whole collection: made once, kept for ever.

It is made of what was handed in. Whoever asks for it again gets the same bytes, also after the
template was replaced by another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from bot.made import report_fields, report_templates, summary_fields
from bot.made.maker import Maker
from storage import scopes
from storage.reporting import papers, snapshot, submitting, summary

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.exports import Request
    from storage.scopes import Scope


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper to be: kept already, or the template, its fields, and what it says of itself.

    `of` names it to `papers`; `at` is the moment it claims to have been written.
    """

    scope: Scope
    of: dict[str, int]
    kept: bytes | None = None
    template: bytes = b""
    fields: dict[str, Any] | None = None
    author: str = ""
    mark: str = ""
    at: datetime | None = None


def read(db: Connection, request: Request, now: datetime) -> Paper:
    """The paper of a report's version, or of a collection; LookupError where it is not theirs."""
    scope = scopes.of(db, request.person_id, now.date())
    if scope is None:
        raise LookupError("no officer any more")
    asked = request.asked
    folder, version = str(asked.get("templates", "")), int(asked.get("version", 0))
    if "report" in asked:
        return _of_report(db, scope, int(asked["report"]), version, folder)
    return _of_collection(db, scope, int(asked["collection"]), now, version, folder)


def draw(paper: Paper) -> bytes:
    """The document."""
    if paper.kept is not None:
        return paper.kept
    if paper.fields is None or paper.at is None:
        raise ValueError("a paper without words")
    book = report_templates.written(paper.template, paper.fields)
    return report_templates.content(
        book, title=paper.fields["trich_yeu"], author=paper.author, mark=paper.mark, at=paper.at
    )


def keep(db: Connection, paper: Paper, content: bytes, now: datetime) -> bytes:
    """Keep it; where somebody was first, theirs is the paper."""
    if paper.kept is not None:
        return paper.kept
    return papers.keep(db, paper.scope, content, now, **paper.of)


def _of_report(db: Connection, scope: Scope, report_id: int, version: int, folder: str) -> Paper:
    of = {"report_id": report_id, "version": version}
    if (kept := papers.kept(db, scope, **of)) is not None:
        return Paper(scope, of, kept)
    report = submitting.frozen(db, scope, report_id, version)
    return Paper(
        scope, of, None, report_templates.load(report_templates.COMMUNE, folder),
        report_fields.of(report), report.unit, snapshot.digest(snapshot.to_json(report)),
        datetime.fromisoformat(report.submitted_at),
    )  # fmt: skip


def _of_collection(
    db: Connection, scope: Scope, collection_id: int, now: datetime, version: int, folder: str
) -> Paper:
    of = {"collection_id": collection_id, "version": version}
    if (kept := papers.kept(db, scope, **of)) is not None:
        return Paper(scope, of, kept)
    whole = summary.of(db, scope, collection_id, now)
    # What was asked for may have gone on since: then it is the paper of today.
    of["version"] = whole.version
    if (kept := papers.kept(db, scope, **of)) is not None:
        return Paper(scope, of, kept)
    return Paper(
        scope, of, None, report_templates.load(report_templates.DEPARTMENT, folder),
        summary_fields.of(whole), whole.round.unit, f"collection {collection_id} {whole.version}",
        datetime.combine(whole.day, time(), UTC),
    )  # fmt: skip


MAKER = Maker(read, draw, keep)
