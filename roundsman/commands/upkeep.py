"""Keeping the database: migrate, backup, restore."""

from pathlib import Path

from roundsman.commands.said import Said, lines
from roundsman.settings import Settings
from roundsman.storage import backup, migrate
from roundsman.storage import restore as storage_restore


def migrate_database(settings: Settings) -> Said:
    """Raise the database to the newest schema; an embedded one is copied before."""
    before = migrate.found(settings.url)
    done = migrate.make_ready(settings.url, by_hand=True)
    after = migrate.found(settings.url)
    changed = before != after
    if not changed:
        done = f"The database has schema {after} already."
    return Said(text=done, data={"changed": changed, "from": before, "to": after})


def back_up(settings: Settings, path: Path) -> Said:
    """Write everything to one new file."""
    return _summed_up("Wrote", backup.back_up(settings.url, path), path)


def restore(settings: Settings, path: Path) -> Said:
    """Fill an empty database from a backup."""
    return _summed_up("Restored", storage_restore.restore(settings.url, path), path)


def _summed_up(verb: str, summary: backup.Summary, path: Path) -> Said:
    rows = sum(summary.rows.values())
    tables = sum(1 for count in summary.rows.values() if count)
    text = lines(
        (verb, f"{path} ({summary.size / 1024:,.0f} KiB)"),
        ("Rows", f"{rows:,} in {tables} tables"),
        ("Schema", summary.schema),
        ("Made", f"{summary.made_at:%Y-%m-%d %H:%M} UTC"),
    )
    data = {
        "file": str(path),
        "size": summary.size,
        "schema": summary.schema,
        "made_at": summary.made_at,
        "rows": summary.rows,
    }
    return Said(text=text, data=data)
