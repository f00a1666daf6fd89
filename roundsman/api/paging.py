"""`sort`, `limit` and `skip` over answered records."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from roundsman.core.errors import BadValue

KEYS_LIMIT = 8


class SortKey(Struct, frozen=True):
    """A property to sort by, and the direction."""

    name: str
    descending: bool


def sort_keys(sort: str | dict[str, int], is_known: Callable[[str], bool]) -> list[SortKey]:
    """Return the keys of `"day"`, `"-day"`, `"day,-number"` or `{"day": 1, "number": -1}`.

    BadValue for a property that `is_known` does not know.
    """
    if isinstance(sort, str):
        parts = [part.strip() for part in sort.split(",") if part.strip()]
        keys = [SortKey(part.lstrip("-+"), part.startswith("-")) for part in parts]
    else:
        for name, direction in sort.items():
            if direction not in {1, -1}:
                problem = f"sort.{name} must be 1 or -1."
                raise BadValue(problem, field="sort")
        keys = [SortKey(name, direction == -1) for name, direction in sort.items()]
    if len(keys) > KEYS_LIMIT:
        problem = f"sort takes at most {KEYS_LIMIT} properties."
        raise BadValue(problem, field="sort")
    for key in keys:
        if not is_known(key.name):
            problem = f"There is no property {key.name[:60]!r} to sort by."
            raise BadValue(problem, field="sort")
    return keys


def arranged[T](
    records: Sequence[T], keys: Sequence[SortKey], *, limit: int | None, skip: int
) -> list[T]:
    """Return the records sorted by wire properties, cut to a page.

    Records without a property come first; numbers sort before texts.
    """
    plain: list[dict[str, Any]] = [msgspec.to_builtins(record) for record in records]
    order = list(range(len(records)))
    for key in reversed(keys):
        order.sort(key=lambda index: _rank(plain[index].get(key.name)), reverse=key.descending)
    cut = order[skip : None if limit is None else skip + limit]
    return [records[index] for index in cut]


def _rank(value: object) -> tuple[int, float, str]:
    if isinstance(value, bool | int | float):
        return 1, float(value), ""
    return (2, 0.0, value) if isinstance(value, str) else (0, 0.0, "")
