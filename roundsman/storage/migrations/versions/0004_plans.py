"""Plan runs and reserved slots."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "plan_run",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("working", sa.Integer(), nullable=False),
        sa.Column("cancel", sa.Integer(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("changed_us", sa.BigInteger(), nullable=False),
        sa.Column("forget_us", sa.BigInteger(), nullable=False),
        sa.Column("lease_us", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("essence", sa.String(), nullable=False),
        sa.Column("wish", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("moves", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "run_id", name=op.f("pk_plan_run")),
    )
    op.create_index(
        "ix_plan_run_working",
        "plan_run",
        ["company_id", "created_us"],
        unique=False,
        sqlite_where=sa.text("working = 1"),
        postgresql_where=sa.text("working = 1"),
    )
    op.create_index("ix_plan_run_day", "plan_run", ["company_id", "day", "run_id"], unique=False)
    op.create_table(
        "slot_hold",
        sa.Column("company_id", sa.String(), nullable=False),
        sa.Column("hold_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company_id", "hold_id", name=op.f("pk_slot_hold")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_slot_hold_day", "slot_hold", ["company_id", "day", "hold_id"], unique=False)
