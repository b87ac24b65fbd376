"""Rosters: imports, their rows, and the two states of everybody they change.

Revision: 0006, after: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOOKED_FOR = (
    ("people", "merged_into_id"),
    ("registration_events", "actor_id"),
    ("broadcast_seen", "person_id"),
)


def upgrade() -> None:
    op.create_table(
        "roster_imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "staging",
                "ready",
                "written",
                "undone",
                "discarded",
                name="importstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("newest_person_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("settled", sa.JSON(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["people.id"], name=op.f("fk_roster_imports_actor_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_roster_imports_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_imports")),
    )
    with op.batch_alter_table("roster_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_roster_imports_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_roster_imports_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "roster_rows",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "new",
                "changed",
                "unchanged",
                "moved",
                "gone",
                "doubtful",
                "refused",
                "skipped",
                name="verdict",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("twin", sa.JSON(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("remarks", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("entry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_imports.id"],
            name=op.f("fk_roster_rows_import_id_roster_imports"),
        ),
        sa.PrimaryKeyConstraint("import_id", "at", name=op.f("pk_roster_rows")),
    )
    with op.batch_alter_table("roster_rows", schema=None) as batch_op:
        batch_op.create_index(
            "ix_roster_rows_import_id_verdict_reason",
            ["import_id", "verdict", "reason"],
            unique=False,
        )

    op.create_table(
        "roster_states",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column(
            "side",
            sa.Enum("before", "after", name="side", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.String(), nullable=False),
        sa.Column("folded", sa.String(), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column(
            "position",
            sa.Enum("GV", "HT", "PHT", "CC", "BCV", name="position", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column(
            "qualification",
            sa.Enum(
                "trung cap",
                "cao dang",
                "dai hoc",
                "sau dai hoc",
                name="qualification",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column(
            "rating",
            sa.Enum("chua dat", "dat", "kha", "tot", name="rating", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column("rating_year", sa.String(), nullable=True),
        sa.Column(
            "rating_source",
            sa.Enum("roster", "principal", "self", name="source", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column(
            "core",
            sa.Enum("truong", "huyen", "tinh", "bo", name="core", native_enum=False, length=24),
            nullable=True,
        ),
        sa.Column("core_year", sa.Integer(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column(
            "source",
            sa.Enum("roster", "principal", "self", name="source", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id", "at"],
            ["roster_rows.import_id", "roster_rows.at"],
            name="fk_roster_states_import_id_roster_rows",
        ),
        sa.PrimaryKeyConstraint("import_id", "at", "side", name=op.f("pk_roster_states")),
    )
    with op.batch_alter_table("roster_states", schema=None) as batch_op:
        batch_op.create_index("ix_roster_states_person_id", ["person_id"], unique=False)

    # Taking an import back deletes people; each one is looked for in whatever may name them.
    for table, column in LOOKED_FOR:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_{column}"), [column], unique=False)


def downgrade() -> None:
    for table, column in reversed(LOOKED_FOR):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_{column}"))

    with op.batch_alter_table("roster_states", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_states_person_id")

    op.drop_table("roster_states")
    with op.batch_alter_table("roster_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_roster_rows_import_id_verdict_reason")

    op.drop_table("roster_rows")
    with op.batch_alter_table("roster_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_roster_imports_unit_id"))
        batch_op.drop_index(batch_op.f("ix_roster_imports_actor_id"))

    op.drop_table("roster_imports")
