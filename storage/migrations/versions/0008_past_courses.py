"""Past courses and results that are brought in from files.

Revision: 0008, after: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "past_courses",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("judged", sa.Boolean(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("made", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_past_courses_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["roster_imports.id"],
            name=op.f("fk_past_courses_import_id_roster_imports"),
        ),
        sa.PrimaryKeyConstraint("import_id", "at", name=op.f("pk_past_courses")),
    )
    with op.batch_alter_table("past_courses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_past_courses_course_id"), ["course_id"], unique=False)

    op.create_table(
        "past_rows",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("course_at", sa.Integer(), nullable=True),
        sa.Column("person_at", sa.Integer(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "present", "late", "excused", "absent", name="mark", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["roster_imports.id"], name=op.f("fk_past_rows_import_id_roster_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "at", name=op.f("pk_past_rows")),
    )


def downgrade() -> None:
    op.drop_table("past_rows")
    with op.batch_alter_table("past_courses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_past_courses_course_id"))

    op.drop_table("past_courses")
