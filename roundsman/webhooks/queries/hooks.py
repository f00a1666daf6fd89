"""All SQL about the settings of webhooks."""

import msgspec
from sqlalchemy import bindparam, select

from roundsman.core.ids import CompanyId
from roundsman.storage.database import Tx
from roundsman.storage.dialects import Statement, upsert
from roundsman.storage.schema import hook
from roundsman.webhooks.model import Hook

_encode = msgspec.json.Encoder().encode
_hook = msgspec.json.Decoder(Hook).decode

_OURS = hook.c.company_id == bindparam("company")
_HOOKS = Statement(select(hook.c.doc).where(_OURS))
_HOOK = Statement(select(hook.c.doc).where(_OURS, hook.c.event_key == bindparam("key")), keep=True)
_HOOK_LOCKED = Statement(
    select(hook.c.doc).where(_OURS, hook.c.event_key == bindparam("key")).with_for_update()
)
_SAVE_HOOK = upsert(hook, keys=["company_id", "event_key"])
_COMPANIES = Statement(select(hook.c.company_id).distinct())


def all_of(tx: Tx, company: CompanyId) -> dict[str, Hook]:
    """Return the settings of the keys that were ever set."""
    found = [_hook(row[0]) for row in tx.rows(_HOOKS, company=company)]
    return {one.key: one for one in found}


def find(tx: Tx, company: CompanyId, key: str, *, lock: bool = False) -> Hook | None:
    """Return the setting of a key, or None when it was never set."""
    row = tx.row(_HOOK_LOCKED if lock else _HOOK, company=company, key=key)
    return _hook(row[0]) if row else None


def save(tx: Tx, company: CompanyId, one: Hook) -> None:
    """Write the setting of a key."""
    tx.run(_SAVE_HOOK, company_id=company, event_key=one.key, doc=_encode(one).decode())


def companies(tx: Tx) -> list[CompanyId]:
    """Return the companies that ever set a key: for standing work only."""
    return [CompanyId(row[0]) for row in tx.rows(_COMPANIES)]
