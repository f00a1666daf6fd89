"""One code path over SQLite and PostgreSQL: tables, transactions, migrations."""
