"""Moments as the clock on the company's wall shows them. Pure.

A report has hundreds of thousands of moments. To ask the zone about each and to write each out
would be a third of the work; but nearly every day has one offset, and there are few days and times
of day to write (`benchmarks/reports.py`).
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MINUTES = tuple(f" {minute // 60:02d}:{minute % 60:02d}:" for minute in range(24 * 60))
_SECONDS = tuple(f"{second:02d}" for second in range(60))


class Wall:
    """A clock of a zone, for one report."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        # By UTC day; days on which the offset changes are left out.
        self._offsets: dict[int, timedelta] = {}

    def shown(self, moments: Iterable[datetime | None]) -> list[datetime | None]:
        """Return UTC moments with the date and the time of day that the clock shows.

        Only these count in what is returned; it is no moment any more.
        """
        known, ask = self._offsets.get, self._offset
        return [
            None
            if at is None
            else at + (offset if (offset := known(at.toordinal())) is not None else ask(at))
            for at in moments
        ]

    def _offset(self, at: datetime) -> timedelta:
        begin = datetime.combine(at, datetime.min.time(), UTC)
        offset = self._at(begin)
        if offset != self._at(begin + _DAY):
            return self._at(at)
        self._offsets[at.toordinal()] = offset
        return offset

    def _at(self, at: datetime) -> timedelta:
        return at.astimezone(self._zone).utcoffset() or timedelta()


class _Days(dict[int, str]):
    """How days are written, by their ordinal number, as they are asked for."""

    def __missing__(self, ordinal: int) -> str:
        self[ordinal] = date.fromordinal(ordinal).isoformat()
        return self[ordinal]


def written(shown: Iterable[datetime | None]) -> list[str]:
    """Return times such as 2026-01-05 14:30:00, and empty texts for none."""
    days = _Days()
    return [
        ""
        if at is None
        else days[at.toordinal()] + _MINUTES[at.hour * 60 + at.minute] + _SECONDS[at.second]
        for at in shown
    ]
