"""An area has a time in which it may be entered, apart from the time for which it counts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

FOREVER_MS = 2**62
# The day of a job ended at six in the morning: in every zone that is a whole quarter of an hour,
# which the moment at which somebody moved or deleted a job is not.
QUARTER_MS = 900_000

_area = sa.table(
    "area",
    sa.column("kind", sa.String()),
    sa.column("until_ms", sa.BigInteger()),
    sa.column("enter_until_ms", sa.BigInteger()),
)


def upgrade() -> None:
    """Part the end of entering from the end of the area, which was the same until now."""
    op.add_column("area", sa.Column("enter_until_ms", sa.BigInteger(), nullable=True))
    op.execute(_area.update().values(enter_until_ms=_area.c.until_ms))
    ends_with_its_day = _area.c.until_ms % QUARTER_MS == 0
    op.execute(
        _area.update().where(_area.c.kind == "job", ends_with_its_day).values(until_ms=FOREVER_MS)
    )
    with op.batch_alter_table("area", table_kwargs={"sqlite_with_rowid": False}) as batch:
        batch.alter_column("enter_until_ms", existing_type=sa.BigInteger(), nullable=False)
    op.alter_column("area_cell", "until_ms", new_column_name="enter_until_ms")
