"""Which jobs and places have no exact position, and whose addresses are to be looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_FILES = (
    ("job", ["company_id", "template", "day", "number", "created_us", "job_id"]),
    ("place", ["company_id", "name_key", "place_id"]),
)


def upgrade() -> None:
    """Add the columns and an index over each; what is there already counts as looked at."""
    for table, order in _FILES:
        op.add_column(table, sa.Column("inexact", sa.Integer(), nullable=False, server_default="0"))
        op.add_column(
            table, sa.Column("seek_us", sa.BigInteger(), nullable=False, server_default="0")
        )
        op.create_index(
            f"ix_{table}_inexact",
            table,
            order,
            sqlite_where=sa.text("inexact <> 0"),
            postgresql_where=sa.text("inexact <> 0"),
        )
        op.create_index(
            f"ix_{table}_seek",
            table,
            ["company_id", "seek_us"],
            sqlite_where=sa.text("seek_us > 0"),
            postgresql_where=sa.text("seek_us > 0"),
        )
