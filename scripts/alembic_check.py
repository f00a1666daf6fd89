"""Compare what the migrations build with `roundsman.storage.schema`, on both databases.

    python -m scripts.alembic_check

Ends with 1 and lists the differences when a table changed without a migration.
"""

import logging
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from roundsman.storage import migrate, schema
from tests.servers import fresh_database


def main() -> None:
    """Build a database of each kind by its migrations; tell how it differs from the schema."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, fresh_database() as postgresql:
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'fresh.db'}", "PostgreSQL": postgresql}
        differences = {kind: differences_of(url) for kind, url in urls.items()}
    for kind, found in differences.items():
        for difference in found:
            print(f"{kind}: {difference}", file=sys.stderr)
        if not found:
            print(f"{kind}: the migrations build the schema.")
    if any(differences.values()):
        sys.exit("The schema and its migrations differ (above). Write a migration.")


def differences_of(url: str) -> list[str]:
    """Return what would have to change in the database that the migrations build at this URL."""
    migrate.upgrade(url)
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found = compare_metadata(context, schema.metadata)
    engine.dispose()
    return [repr(difference) for difference in found]


if __name__ == "__main__":
    main()
