"""Counters of figures, the marks that keep them, and yearly reports.

Revision: 0009, after: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What the counters depend on. A trigger cannot be forgotten by whoever writes a table next; all it
# does is to note what changed, and the turn counts anew at its end.
PEOPLE = (
    "school_id", "position", "core", "left_on", "leave_from", "leave_to", "source", "verified_at",
    "merged_into_id", "qualification", "rating", "rating_year", "rating_source",
)  # fmt: skip
# (table, columns of an update that count, column of the mark: column of the row)
WATCHED = (
    ("people", PEOPLE, {"person_id": "id"}),
    ("registrations", ("standing", "person_id", "course_id"),
     {"course_id": "course_id", "person_id": "person_id"}),
    ("completions", ("state", "completed_on", "attended", "held", "school_id"),
     {"course_id": "course_id", "person_id": "person_id"}),
    ("courses", ("state", "mode", "audience"), {"course_id": "id"}),
    ("sessions", ("precision", "first_day", "last_day", "starts_at", "ends_at"),
     {"course_id": "course_id"}),
    ("course_programmes", ("programme_id",), {"course_id": "course_id"}),
    ("schools", ("type", "ownership", "unit_id", "old_unit_id"), {"school_id": "id"}),
)  # fmt: skip


def _marks(columns: dict[str, str], row: str) -> str:
    values = ", ".join(f"{row}.{column}" for column in columns.values())
    return f"INSERT INTO figure_marks ({', '.join(columns)}) VALUES ({values});"  # noqa: S608 - names of ours


def _changed(table: str, watched: tuple[str, ...], differs: str) -> str:
    # JSON columns of PostgreSQL cannot be compared as they are.
    cast = "::text" if differs == "IS DISTINCT FROM" and table == "courses" else ""
    return " OR ".join(f"OLD.{each}{cast} {differs} NEW.{each}{cast}" for each in watched)


def _sqlite(table: str, watched: tuple[str, ...], columns: dict[str, str]) -> None:
    both = _marks(columns, "OLD") + " " + _marks(columns, "NEW")
    for event, when, body in (
        ("INSERT", "", _marks(columns, "NEW")),
        ("DELETE", "", _marks(columns, "OLD")),
        (f"UPDATE OF {', '.join(watched)}", f"WHEN {_changed(table, watched, 'IS NOT')}", both),
    ):
        name = f"mark_{table}_{event.split()[0].lower()}"
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {when} BEGIN {body} END")


def _postgresql(table: str, watched: tuple[str, ...], columns: dict[str, str]) -> None:
    changed = _changed(table, watched, "IS DISTINCT FROM")
    op.execute(
        f"""
        CREATE FUNCTION mark_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP <> 'INSERT' THEN {_marks(columns, "OLD")} END IF;
            IF TG_OP <> 'DELETE' THEN {_marks(columns, "NEW")} END IF;
            RETURN NULL;
        END $$
        """
    )
    for event, when in (
        ("INSERT", ""), ("DELETE", ""), (f"UPDATE OF {', '.join(watched)}", f"WHEN ({changed})")
    ):  # fmt: skip
        op.execute(
            f"CREATE TRIGGER mark_{table}_{event.split()[0].lower()} AFTER {event} ON {table}"
            f" FOR EACH ROW {when} EXECUTE FUNCTION mark_{table}()"
        )


def _watch() -> None:
    make = _postgresql if op.get_bind().dialect.name == "postgresql" else _sqlite
    for table, watched, columns in WATCHED:
        make(table, watched, columns)


def _unwatch() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, _, _ in WATCHED:
        for event in ("insert", "delete", "update"):
            of = f" ON {table}" if on_postgresql else ""
            op.execute(f"DROP TRIGGER mark_{table}_{event}{of}")
        if on_postgresql:
            op.execute(f"DROP FUNCTION mark_{table}()")


def _begin() -> None:
    """What was there before is counted at the first opening of the books."""
    op.execute("INSERT INTO figure_marks (course_id) SELECT id FROM courses")
    op.execute("INSERT INTO figure_marks (school_id) SELECT id FROM schools")


def upgrade() -> None:
    op.create_table(
        "figure_books",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_books")),
    )
    op.create_table(
        "figure_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), server_default="0", nullable=False),
        sa.Column("person_id", sa.Integer(), server_default="0", nullable=False),
        sa.Column("school_id", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_marks")),
    )
    op.create_table(
        "school_places",
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_school_places_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_school_places_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("school_id", "first_day", name=op.f("pk_school_places")),
    )
    with op.batch_alter_table("school_places", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_places_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "subjects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "course", "gathering", "indicator", name="subjectkind", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("indicator_id", sa.Integer(), nullable=True),
        sa.Column("period_id", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "course_id IS NOT NULL OR period_id IS NOT NULL", name=op.f("ck_subjects_what")
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicators.id"], name=op.f("fk_subjects_indicator_id_indicators")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["periods.id"], name=op.f("fk_subjects_period_id_periods")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_subjects_programme_id_programmes")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subjects")),
        sa.UniqueConstraint("key", name=op.f("uq_subjects_key")),
    )
    with op.batch_alter_table("subjects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subjects_course_id"), ["course_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_subjects_indicator_id"), ["indicator_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_subjects_period_id"), ["period_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_subjects_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "collections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["people.id"], name=op.f("fk_collections_opened_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["periods.id"], name=op.f("fk_collections_period_id_periods")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programmes.id"], name=op.f("fk_collections_programme_id_programmes")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["units.id"], name=op.f("fk_collections_unit_id_units")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collections")),
        sa.UniqueConstraint(
            "unit_id",
            "period_id",
            "programme_id",
            name=op.f("uq_collections_unit_id_period_id_programme_id"),
        ),
    )
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_collections_opened_by_id"), ["opened_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_collections_programme_id"), ["programme_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_collections_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "counted",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("bits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_counted_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_counted_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("subject_id", "person_id", name=op.f("pk_counted")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("counted", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_counted_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_counted_subject_id_school_id_bits",
            ["subject_id", "school_id", "bits"],
            unique=False,
        )

    op.create_table(
        "declarations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_declarations_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_declarations_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_declarations_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declarations")),
    )
    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declarations_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_declarations_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_declarations_subject_id"), ["subject_id"], unique=False
        )

    op.create_table(
        "figure_days",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("expected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("registered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("given_up", sa.Integer(), server_default="0", nullable=False),
        sa.Column("excused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attended", sa.Integer(), server_default="0", nullable=False),
        sa.Column("completed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_leave", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("others", sa.Integer(), server_default="0", nullable=False),
        sa.Column("others_done", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_figure_days_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_figure_days_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("subject_id", "school_id", "day", name=op.f("pk_figure_days")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "figures",
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("commune_id", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("registered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("given_up", sa.Integer(), server_default="0", nullable=False),
        sa.Column("excused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attended", sa.Integer(), server_default="0", nullable=False),
        sa.Column("completed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unknown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_leave", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left", sa.Integer(), server_default="0", nullable=False),
        sa.Column("others", sa.Integer(), server_default="0", nullable=False),
        sa.Column("others_done", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_figures_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_figures_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("subject_id", "district_id", "school_id", name=op.f("pk_figures")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figures_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            "ix_figures_subject_id_commune_id", ["subject_id", "commune_id"], unique=False
        )

    op.create_table(
        "nudges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column(
            "rung",
            sa.Enum(
                "person", "principal", "commune", name="nudgerung", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_nudges_by_id_people")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_nudges_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_nudges_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_nudges_subject_id_subjects")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_nudges_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudges")),
    )
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_nudges_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_nudges_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nudges_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nudges_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            "ix_nudges_subject_id_person_id_at", ["subject_id", "person_id", "at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_nudges_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "begun",
                "submitted",
                "sent back",
                "accepted",
                "numbered",
                name="reportstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("difficulties", sa.String(), nullable=False),
        sa.Column("proposals", sa.String(), nullable=False),
        sa.Column("on_behalf", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("why_back", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("numbered_on", sa.Date(), nullable=True),
        sa.Column("snapshot", sa.JSON(), nullable=True),
        sa.Column("digest", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("fk_reports_collection_id_collections")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_reports_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["people.id"], name=op.f("fk_reports_submitted_by_id_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reports_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint(
            "collection_id", "unit_id", name=op.f("uq_reports_collection_id_unit_id")
        ),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reports_decided_by_id"), ["decided_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reports_submitted_by_id"), ["submitted_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reports_unit_id"), ["unit_id"], unique=False)

    op.create_table(
        "report_figures",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column(
            "stated",
            sa.Enum(
                "unseen",
                "right",
                "corrected",
                "declared",
                name="stated",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("counted_expected", sa.Integer(), nullable=False),
        sa.Column("counted_completed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_report_figures_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_figures_report_id_reports")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id"], ["subjects.id"], name=op.f("fk_report_figures_subject_id_subjects")
        ),
        sa.PrimaryKeyConstraint("report_id", "subject_id", name=op.f("pk_report_figures")),
    )
    with op.batch_alter_table("report_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_report_figures_by_id"), ["by_id"], unique=False)

    op.create_table(
        "report_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("collection_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name=op.f("fk_report_papers_collection_id_collections"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_report_papers_report_id_reports")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_papers")),
        sa.UniqueConstraint(
            "collection_id", "version", name=op.f("uq_report_papers_collection_id_version")
        ),
        sa.UniqueConstraint(
            "report_id", "version", name=op.f("uq_report_papers_report_id_version")
        ),
    )
    _watch()
    _begin()


def downgrade() -> None:
    _unwatch()
    op.drop_table("report_papers")
    with op.batch_alter_table("report_figures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_report_figures_by_id"))

    op.drop_table("report_figures")
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reports_unit_id"))
        batch_op.drop_index(batch_op.f("ix_reports_submitted_by_id"))
        batch_op.drop_index(batch_op.f("ix_reports_decided_by_id"))

    op.drop_table("reports")
    with op.batch_alter_table("nudges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_nudges_unit_id"))
        batch_op.drop_index("ix_nudges_subject_id_person_id_at")
        batch_op.drop_index(batch_op.f("ix_nudges_school_id"))
        batch_op.drop_index(batch_op.f("ix_nudges_person_id"))
        batch_op.drop_index(batch_op.f("ix_nudges_by_id"))
        batch_op.drop_index(batch_op.f("ix_nudges_at"))

    op.drop_table("nudges")
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_index("ix_figures_subject_id_commune_id")
        batch_op.drop_index(batch_op.f("ix_figures_school_id"))

    op.drop_table("figures")

    op.drop_table("figure_days")
    with op.batch_alter_table("declarations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declarations_subject_id"))
        batch_op.drop_index(batch_op.f("ix_declarations_school_id"))
        batch_op.drop_index(batch_op.f("ix_declarations_by_id"))

    op.drop_table("declarations")
    with op.batch_alter_table("counted", schema=None) as batch_op:
        batch_op.drop_index("ix_counted_subject_id_school_id_bits")
        batch_op.drop_index(batch_op.f("ix_counted_person_id"))

    op.drop_table("counted")
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_collections_unit_id"))
        batch_op.drop_index(batch_op.f("ix_collections_programme_id"))
        batch_op.drop_index(batch_op.f("ix_collections_opened_by_id"))

    op.drop_table("collections")
    with op.batch_alter_table("subjects", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subjects_programme_id"))
        batch_op.drop_index(batch_op.f("ix_subjects_period_id"))
        batch_op.drop_index(batch_op.f("ix_subjects_indicator_id"))
        batch_op.drop_index(batch_op.f("ix_subjects_course_id"))

    op.drop_table("subjects")
    with op.batch_alter_table("school_places", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_places_unit_id"))

    op.drop_table("school_places")
    op.drop_table("figure_marks")
    op.drop_table("figure_books")
