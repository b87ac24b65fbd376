"""Word files of reports and collections: made once, then the same bytes for ever."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import ReportPaper
from storage.reporting import collections, records

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.scopes import Scope


def kept(
    db: Connection,
    scope: Scope,
    *,
    version: int,
    report_id: int | None = None,
    collection_id: int | None = None,
) -> bytes | None:
    """The paper of a version of a report, or of a collection, where it has been made.

    Raises LookupError where the officer may not have it.
    """
    _allowed(db, scope, report_id, collection_id)
    return db.execute(
        select(ReportPaper.content).where(
            *_of(report_id, collection_id), ReportPaper.version == version
        )
    ).scalar()


def keep(
    db: Connection,
    scope: Scope,
    content: bytes,
    now: datetime,
    *,
    version: int,
    report_id: int | None = None,
    collection_id: int | None = None,
) -> bytes:
    """Keep a paper; returns what is kept, which is another's where somebody was first.

    Raises LookupError where the officer may not have it.
    """
    _allowed(db, scope, report_id, collection_id)
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    db.execute(
        dialect.insert(ReportPaper)
        .values(
            report_id=report_id, collection_id=collection_id, version=version, content=content,
            digest=hashlib.sha256(content).hexdigest(), at=now,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    return db.execute(
        select(ReportPaper.content).where(
            *_of(report_id, collection_id), ReportPaper.version == version
        )
    ).scalar_one()


def _of(report_id: int | None, collection_id: int | None) -> list[ColumnElement[bool]]:
    if report_id is not None:
        return [ReportPaper.report_id == report_id]
    return [ReportPaper.collection_id == collection_id]


def _allowed(
    db: Connection, scope: Scope, report_id: int | None, collection_id: int | None
) -> None:
    try:
        if report_id is not None:
            records.get(db, scope, report_id)
        elif collection_id is not None:
            collections.led(db, scope, collection_id)
        else:
            raise LookupError
    except PermissionError as error:
        raise LookupError from error
