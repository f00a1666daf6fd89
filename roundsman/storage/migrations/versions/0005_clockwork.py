"""What is due when, jobs that are carried over, what repeats, arrivals, helpers."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Open jobs that are older were left behind long before anything was carried over.
STILL_MEANT = timedelta(days=7)


def upgrade() -> None:
    """Make the tables; every company's first night is due at once."""
    op.create_table(
        "appointment",
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "what", "due_us", "company_id", "subject", name=op.f("pk_appointment")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_appointment_company", "appointment", ["company_id", "what", "subject"], unique=True
    )
    op.execute(
        "INSERT INTO appointment (what, due_us, company_id, subject)"
        " SELECT 'day', 1, company_id, '' FROM company"
    )
    op.create_table(
        "recurrence",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "template_id", name=op.f("pk_recurrence")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "occurrence",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("template_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "template_id", "day", name=op.f("pk_occurrence")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "arrival",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "job_id", name=op.f("pk_arrival")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_arrival_day", "arrival", ["company_id", "day", "member_id"])
    op.create_index("ix_arrival_updated", "arrival", ["company_id", "day", "updated_us"])
    op.create_table(
        "arrival_error",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "lead", name=op.f("pk_arrival_error")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "job_helper",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint(
            "company_id", "member_id", "day", "job_id", name=op.f("pk_job_helper")
        ),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "job", sa.Column("carries", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    since = datetime.now(UTC) - STILL_MEANT
    op.execute(
        sa.text(
            "UPDATE job SET carries = 1 WHERE template = 0 AND archived = 0 AND outcome = 0"
            " AND day >= :since AND doc NOT LIKE :stays"
        ).bindparams(since=int(f"{since:%Y%m%d}"), stays='%"carry_over":false%')
    )
    op.create_index(
        "ix_job_carries",
        "job",
        ["company_id", "day", "job_id"],
        sqlite_where=sa.text("carries = 1"),
        postgresql_where=sa.text("carries = 1"),
    )
