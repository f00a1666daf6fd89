"""How Alembic opens a database of ours.

A raise happens whole or not at all on SQLite, migration by migration on PostgreSQL, and one at a
time: a program killed in the middle is started again as if it had never begun, and of two that
start together the second finds the work done.
"""

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, event, pool

from roundsman.storage.schema import metadata

# How long a second program waits for the first to raise the database.
WAIT_S = 600
LOCK = "SELECT pg_advisory_lock(hashtext('roundsman migrate'))"


def run() -> None:
    """Apply the migrations to the database of the configuration's attribute `url`."""
    url: str = context.config.attributes["url"]
    is_sqlite = url.startswith("sqlite:")
    engine = _sqlite(url) if is_sqlite else _postgresql(url)
    with engine.connect() as connection:
        if not is_sqlite:
            connection.exec_driver_sql(LOCK)
            connection.commit()  # the lock stays until the connection ends
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=is_sqlite,
            transactional_ddl=True,
            transaction_per_migration=not is_sqlite,
        )
        with context.begin_transaction():
            context.run_migrations()


def _postgresql(url: str) -> Engine:
    return create_engine(f"postgresql+psycopg://{url.split('://', 1)[1]}", poolclass=pool.NullPool)


def _sqlite(url: str) -> Engine:
    """Return an engine whose transactions hold the making of tables too, as SQLite itself does."""
    engine = create_engine(
        url,
        poolclass=pool.NullPool,
        # Without this the driver ends a transaction before each change of the schema.
        connect_args={"isolation_level": None, "timeout": WAIT_S},
    )

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begin)
    return engine


run()
