"""Alembic's entry: the connection comes from `storage.schema`, never from a file."""

from __future__ import annotations

from typing import Literal

from alembic import context

from storage.models import Base
from storage.models.base import Instant


def plain(kind: str, item: object, _: object) -> str | Literal[False]:
    """Migrations name database types only, so that they never change with the models."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    compare_type=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
