"""Days, times of day and zones. Inside the house times are aware UTC datetimes."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_US = timedelta(microseconds=1)
MINUTES_A_DAY = 24 * 60
# 9999-12-30: what a client may send as a time stamp, with a day to spare for every zone.
MAX_MS = 253_402_128_000_000


def utc_now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


def to_ms(moment: datetime | None) -> int:
    """Return milliseconds since 1970 UTC; 0 for None."""
    return 0 if moment is None else (moment - EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """Return the moment of milliseconds since 1970 UTC. OverflowError outside the calendar."""
    return EPOCH + timedelta(milliseconds=ms)


def to_us(moment: datetime) -> int:
    """Return microseconds since 1970 UTC, the unit of stored times."""
    return (moment - EPOCH) // _US


def from_us(us: int) -> datetime:
    """Return the moment of microseconds since 1970 UTC."""
    return EPOCH + timedelta(microseconds=us)


def to_yyyymmdd(day: date | None) -> int:
    """Return the day as an integer such as 20260105; 0 for None."""
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day


def from_yyyymmdd(number: int) -> date | None:
    """Return the day of an integer such as 20260105; None for 0. ValueError when it is no day."""
    if number == 0:
        return None
    return date(number // 10_000, number // 100 % 100, number % 100)


def hhmm(minutes: int) -> int:
    """Return minutes since midnight as 930 or 1745."""
    return minutes // 60 * 100 + minutes % 60


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. KeyError (ZoneInfoNotFoundError) when there is none."""
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return every IANA zone name this machine knows."""
    return frozenset(available_timezones())


def local_day(moment: datetime, zone_name: str) -> date:
    """Return the calendar day of a moment in a zone."""
    return moment.astimezone(zone(zone_name)).date()


def at_local(day: date, minutes: int, zone_name: str) -> datetime:
    """Return the moment of a wall-clock time on a day, `minutes` after midnight (0 to 1440).

    Wall-clock time survives clock changes: 480 is eight o'clock on the 23-hour day too. A time
    that the change skips reads as the same offset before it (PEP 495, fold=0).
    """
    extra, minute = divmod(minutes, MINUTES_A_DAY)
    wall = datetime.combine(day + timedelta(days=extra), time(minute // 60, minute % 60))
    return wall.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def day_bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """Return the first moment of a local day and of the day after it."""
    return at_local(day, 0, zone_name), at_local(day + timedelta(days=1), 0, zone_name)
