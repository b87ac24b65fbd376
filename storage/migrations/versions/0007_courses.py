"""Courses made in chat: attendance, results, papers; changes of staff and schools; files.

Revision: 0007, after: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("private", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("public", name=op.f("uq_signing_keys_public")),
    )
    op.create_table(
        "hour_targets",
        sa.Column("period_id", sa.Integer(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"], ["periods.id"], name=op.f("fk_hour_targets_period_id_periods")
        ),
        sa.PrimaryKeyConstraint("period_id", "block", name=op.f("pk_hour_targets")),
    )
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_exports_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
    )
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exports_person_id"), ["person_id"], unique=False)

    op.create_table(
        "school_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "opened",
                "closed",
                "renamed",
                "merged",
                name="schoolmove",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_school_changes_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["schools.id"], name=op.f("fk_school_changes_into_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_school_changes_school_id_schools")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_changes")),
    )
    with op.batch_alter_table("school_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_school_changes_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_school_changes_into_id"), ["into_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_school_changes_school_id"), ["school_id"], unique=False
        )

    op.create_table(
        "staff_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "added",
                "left",
                "moved",
                "leave",
                "returned",
                name="staffmove",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.Column("to_school_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("ended", sa.JSON(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_staff_changes_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_staff_changes_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_staff_changes_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["to_school_id"], ["schools.id"], name=op.f("fk_staff_changes_to_school_id_schools")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by_id"], ["people.id"], name=op.f("fk_staff_changes_undone_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_changes")),
    )
    with op.batch_alter_table("staff_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_changes_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_changes_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_changes_school_id"), ["school_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_staff_changes_to_school_id"), ["to_school_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_staff_changes_undone_by_id"), ["undone_by_id"], unique=False
        )

    op.create_table(
        "completions",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "completed", "not completed", name="completed", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("completed_on", sa.Date(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("attended", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_completions_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_completions_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_completions_school_id_schools")
        ),
        sa.PrimaryKeyConstraint("course_id", "person_id", name=op.f("pk_completions")),
    )
    with op.batch_alter_table("completions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_completions_person_id_completed_on", ["person_id", "completed_on"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_completions_school_id"), ["school_id"], unique=False)

    op.create_table(
        "course_documents",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachments.id"],
            name=op.f("fk_course_documents_attachment_id_attachments"),
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_course_documents_course_id_courses")
        ),
        sa.PrimaryKeyConstraint("course_id", "attachment_id", name=op.f("pk_course_documents")),
    )
    op.create_table(
        "intakes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("roster", "results", name="importkind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "fetching",
                "waiting",
                "reading",
                "asking",
                "ready",
                "refused",
                "ended",
                name="intakestate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachments.id"], name=op.f("fk_intakes_attachment_id_attachments")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["roster_imports.id"], name=op.f("fk_intakes_import_id_roster_imports")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_intakes_person_id_people")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_intakes_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intakes")),
    )
    with op.batch_alter_table("intakes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_intakes_attachment_id"), ["attachment_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_intakes_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intakes_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_intakes_state"), ["state"], unique=False)

    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by_id", sa.Integer(), nullable=True),
        sa.Column("revoked_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_papers_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["people.id"], name=op.f("fk_papers_issued_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["signing_keys.id"], name=op.f("fk_papers_key_id_signing_keys")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_papers_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by_id"], ["people.id"], name=op.f("fk_papers_revoked_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("number", name=op.f("uq_papers_number")),
    )
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_papers_course_id_person_id", ["course_id", "person_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_papers_issued_by_id"), ["issued_by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_papers_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_papers_revoked_by_id"), ["revoked_by_id"], unique=False
        )

    op.create_table(
        "results",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("assignment", sa.Boolean(), nullable=True),
        sa.Column(
            "evidence",
            sa.Enum(
                "code", "trainer", "sheet", "import", name="evidence", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "score IS NULL OR (score >= 0 AND score <= 1000)", name=op.f("ck_results_scale")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_results_by_id_people")),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_results_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_results_person_id_people")
        ),
        sa.PrimaryKeyConstraint("course_id", "person_id", name=op.f("pk_results")),
    )
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_results_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_results_person_id"), ["person_id"], unique=False)

    op.create_table(
        "sheet_lines",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_sheet_lines_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_sheet_lines_person_id_people")
        ),
        sa.PrimaryKeyConstraint("course_id", "number", name=op.f("pk_sheet_lines")),
        sa.UniqueConstraint(
            "course_id", "person_id", name=op.f("uq_sheet_lines_course_id_person_id")
        ),
    )
    with op.batch_alter_table("sheet_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sheet_lines_person_id"), ["person_id"], unique=False)

    op.create_table(
        "attendance",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "mark",
            sa.Enum(
                "present", "late", "excused", "absent", name="mark", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "evidence",
            sa.Enum(
                "code", "trainer", "sheet", "import", name="evidence", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_attendance_by_id_people")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_attendance_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_attendance_session_id_sessions")
        ),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_attendance")),
    )
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendance_by_id"), ["by_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attendance_person_id"), ["person_id"], unique=False)

    op.create_table(
        "session_codes",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("digits", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("changing", sa.Boolean(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["people.id"], name=op.f("fk_session_codes_made_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_codes_session_id_sessions")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session_codes")),
    )
    with op.batch_alter_table("session_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_codes_closes_at"), ["closes_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_codes_digits"), ["digits"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_session_codes_made_by_id"), ["made_by_id"], unique=False
        )

    op.create_table(
        "school_calls",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_school_calls_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name=op.f("fk_school_calls_course_id_courses")
        ),
        sa.ForeignKeyConstraint(
            ["school_id"], ["schools.id"], name=op.f("fk_school_calls_school_id_schools")
        ),
        sa.PrimaryKeyConstraint("course_id", "school_id", name=op.f("pk_school_calls")),
    )
    with op.batch_alter_table("school_calls", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_school_calls_asked_by_id"), ["asked_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_school_calls_school_id"), ["school_id"], unique=False)

    op.create_table(
        "substitutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "approved",
                "refused",
                "withdrawn",
                name="substitutionstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_substitutions_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_substitutions_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_substitutions_proposed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_substitutions_registration_id_registrations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitutions")),
    )
    with op.batch_alter_table("substitutions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_substitutions_decided_by_id"), ["decided_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_substitutions_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_substitutions_proposed_by_id"), ["proposed_by_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_substitutions_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "walk_ins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked", "accepted", "refused", name="walkinstate", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_walk_ins_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_walk_ins_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_walk_ins_session_id_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walk_ins")),
        sa.UniqueConstraint(
            "session_id", "person_id", name=op.f("uq_walk_ins_session_id_person_id")
        ),
    )
    with op.batch_alter_table("walk_ins", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_walk_ins_decided_by_id"), ["decided_by_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_walk_ins_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("made_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(
            sa.Column("past", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("block", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hours", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("completion", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(
            sa.Column("paper_title", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("quotas_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_courses_made_by_id"), ["made_by_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_courses_made_by_id_people"), "people", ["made_by_id"], ["id"]
        )

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("revoked_by_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_invitations_revoked_by_id"), ["revoked_by_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_invitations_revoked_by_id_people"), "people", ["revoked_by_id"], ["id"]
        )
        batch_op.add_column(sa.Column("covers_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("from_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("to_day", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_invitations_covers_id"), ["covers_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_invitations_covers_id_roles"), "roles", ["covers_id"], ["id"]
        )

    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.add_column(sa.Column("to_school_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_claims_to_school_id"), ["to_school_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_claims_to_school_id_schools"), "schools", ["to_school_id"], ["id"]
        )

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("nominated_by_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_registrations_nominated_by_id"), ["nominated_by_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_nominated_by_id_people"),
            "people",
            ["nominated_by_id"],
            ["id"],
        )

    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("covers_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_roles_covers_id"), ["covers_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_roles_given_by_id"), ["given_by_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_roles_covers_id_roles"), "roles", ["covers_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_roles_given_by_id_people"), "people", ["given_by_id"], ["id"]
        )

    with op.batch_alter_table("roster_imports", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "kind",
                sa.Enum("roster", "results", name="importkind", native_enum=False, length=24),
                server_default="roster",
                nullable=False,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("roster_imports", schema=None) as batch_op:
        batch_op.drop_column("kind")

    with op.batch_alter_table("roles", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_roles_given_by_id_people"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_roles_covers_id_roles"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_roles_given_by_id"))
        batch_op.drop_index(batch_op.f("ix_roles_covers_id"))
        batch_op.drop_column("covers_id")
        batch_op.drop_column("given_by_id")

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_registrations_nominated_by_id_people"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_registrations_nominated_by_id"))
        batch_op.drop_column("nominated_by_id")

    with op.batch_alter_table("claims", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_claims_to_school_id_schools"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_claims_to_school_id"))
        batch_op.drop_column("to_school_id")

    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_invitations_covers_id_roles"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_invitations_covers_id"))
        batch_op.drop_column("to_day")
        batch_op.drop_column("from_day")
        batch_op.drop_column("covers_id")
        batch_op.drop_constraint(
            batch_op.f("fk_invitations_revoked_by_id_people"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_invitations_revoked_by_id"))
        batch_op.drop_column("revoked_by_id")
        batch_op.drop_column("revoked_at")

    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_courses_made_by_id_people"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_courses_made_by_id"))
        batch_op.drop_column("quotas_until")
        batch_op.drop_column("paper_title")
        batch_op.drop_column("completion")
        batch_op.drop_column("hours")
        batch_op.drop_column("block")
        batch_op.drop_column("past")
        batch_op.drop_column("version")
        batch_op.drop_column("made_by_id")

    with op.batch_alter_table("walk_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_walk_ins_person_id"))
        batch_op.drop_index(batch_op.f("ix_walk_ins_decided_by_id"))

    op.drop_table("walk_ins")
    with op.batch_alter_table("substitutions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_substitutions_registration_id"))
        batch_op.drop_index(batch_op.f("ix_substitutions_proposed_by_id"))
        batch_op.drop_index(batch_op.f("ix_substitutions_person_id"))
        batch_op.drop_index(batch_op.f("ix_substitutions_decided_by_id"))

    op.drop_table("substitutions")
    with op.batch_alter_table("session_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_codes_made_by_id"))
        batch_op.drop_index(batch_op.f("ix_session_codes_digits"))
        batch_op.drop_index(batch_op.f("ix_session_codes_closes_at"))

    op.drop_table("school_calls")
    op.drop_table("session_codes")
    with op.batch_alter_table("attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendance_person_id"))
        batch_op.drop_index(batch_op.f("ix_attendance_by_id"))

    op.drop_table("attendance")
    with op.batch_alter_table("sheet_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sheet_lines_person_id"))

    op.drop_table("sheet_lines")
    with op.batch_alter_table("results", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_results_person_id"))
        batch_op.drop_index(batch_op.f("ix_results_by_id"))

    op.drop_table("results")
    with op.batch_alter_table("papers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_papers_revoked_by_id"))
        batch_op.drop_index(batch_op.f("ix_papers_person_id"))
        batch_op.drop_index(batch_op.f("ix_papers_issued_by_id"))
        batch_op.drop_index("ix_papers_course_id_person_id")

    op.drop_table("papers")
    with op.batch_alter_table("intakes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_intakes_state"))
        batch_op.drop_index(batch_op.f("ix_intakes_person_id"))
        batch_op.drop_index(batch_op.f("ix_intakes_import_id"))
        batch_op.drop_index(batch_op.f("ix_intakes_attachment_id"))

    op.drop_table("intakes")
    op.drop_table("course_documents")
    with op.batch_alter_table("completions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_completions_school_id"))
        batch_op.drop_index("ix_completions_person_id_completed_on")

    op.drop_table("completions")
    with op.batch_alter_table("staff_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_changes_undone_by_id"))
        batch_op.drop_index(batch_op.f("ix_staff_changes_to_school_id"))
        batch_op.drop_index(batch_op.f("ix_staff_changes_school_id"))
        batch_op.drop_index(batch_op.f("ix_staff_changes_person_id"))
        batch_op.drop_index(batch_op.f("ix_staff_changes_by_id"))

    op.drop_table("staff_changes")
    with op.batch_alter_table("school_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_school_changes_school_id"))
        batch_op.drop_index(batch_op.f("ix_school_changes_into_id"))
        batch_op.drop_index(batch_op.f("ix_school_changes_by_id"))

    op.drop_table("school_changes")
    with op.batch_alter_table("exports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exports_person_id"))

    op.drop_table("exports")
    op.drop_table("hour_targets")
    op.drop_table("signing_keys")
