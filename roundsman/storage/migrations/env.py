"""How Alembic opens a database of ours."""

from alembic import context
from sqlalchemy import create_engine, pool

from roundsman.storage.schema import metadata


def run() -> None:
    """Apply the migrations to the database of the configuration's attribute `url`."""
    url: str = context.config.attributes["url"]
    if url.startswith(("postgresql://", "postgres://")):
        url = "postgresql+psycopg://" + url.split("://", 1)[1]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
