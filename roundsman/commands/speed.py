"""How fast the demo company lives through the time before now."""

from msgspec import Struct

HOURS = 1.0


class Speed(Struct, frozen=True):
    """In one go, or the last `hours` of it at `factor` times real time (when that is above 1)."""

    factor: float = 0.0
    hours: float = HOURS
