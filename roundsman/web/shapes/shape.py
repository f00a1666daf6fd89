"""The parent of all shapes of this surface.

Field names are camelCase on the wire. Times are milliseconds since 1970 UTC, 0 where nothing
happened; days are `YYYYMMDD`; positions are degrees; distances metres; speeds metres per second.
"""

from msgspec import Struct


class Shape(Struct, frozen=True, kw_only=True, rename="camel"):
    """The parent of all shapes of this surface."""
