"""A day that can be played: customers, the jobs at them, and what a phone on the road sends."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from msgspec import Struct

from tests.days import Stay, Walker, every, measure, on_earth

if TYPE_CHECKING:
    from roundsman.tracking.model import Fix

# The generator's morning, 2026-03-02 06:00 UTC, is seven o'clock in Vienna, the company's zone.
DAY = 20260302
MORNING = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
# Metres east and north of home, far enough apart that no area touches another, and how long the
# worker stays.
CUSTOMERS = (
    (900.0, 300.0, 1500),
    (2100.0, -700.0, 900),
    (2600.0, 1500.0, 2400),
    (700.0, 2300.0, 1200),
    (-1400.0, 1100.0, 1800),
)


class Played(Struct, frozen=True):
    """The truth of the day and the fixes of the phone, in order of time."""

    stays: list[Stay]
    fixes: list[Fix]

    @property
    def end(self) -> datetime:
        """Return when the day is over."""
        return datetime.fromtimestamp(self.fixes[-1].ts_ms / 1000 + 600, tz=UTC)


def play(seed: int = 7, interval_s: int = 10) -> Played:
    """Drive from customer to customer and home again."""
    walker = Walker(seed)
    walker.stand(600)
    for x, y, seconds in CUSTOMERS:
        walker.drive_to((x, y))
        walker.stand(seconds, is_indoor=seconds > 2000)
    walker.drive_to((0.0, 0.0))
    walker.stand(900)
    day = walker.day()
    at_customers = [stay for stay in day.stays if (stay.x, stay.y) != (0.0, 0.0)]
    return Played(at_customers, measure(day, every(interval_s), seed=seed, device="van"))


def jobs(worker: str = "") -> list[dict[str, Any]]:
    """Return the day's jobs as a client creates them."""
    made: list[dict[str, Any]] = []
    for number, (x, y, seconds) in enumerate(CUSTOMERS, 1):
        lat, lng = on_earth(x, y)
        job = {
            "destinationName": f"Customer {number}",
            "destinationLat": round(lat, 6),
            "destinationLng": round(lng, 6),
            "day": str(DAY),
            "carryOver": 0,  # the day is long over, and its jobs are to stay on it
            "onSiteSeconds": seconds,
            "uidSecondary": f"ERP-{number}",
            "custom_PO": 4700 + number,
        }
        made.append({**job, "worker": worker} if worker else job)
    return made


def osmand(fix: Fix, dialect: int = 0) -> dict[str, Any]:
    """Return a fix as a request in one of the three wire forms of the OsmAnd family."""
    speed = fix.speed_mps
    if dialect == 2:
        return {
            "json": {
                "device_id": fix.device,
                "location": {
                    "timestamp": datetime.fromtimestamp(fix.ts_ms / 1000, tz=UTC).isoformat(),
                    "coords": {
                        "latitude": fix.lat_e7 / 1e7,
                        "longitude": fix.lng_e7 / 1e7,
                        "accuracy": fix.acc_m,
                        "speed": -1 if speed is None else speed,
                    },
                    "battery": {"level": 0.5, "is_charging": False},
                },
            }
        }
    values: dict[str, Any] = {
        "id": fix.device,
        "timestamp": fix.ts_ms // 1000,
        "lat": f"{fix.lat_e7 / 1e7:.7f}",
        "lon": f"{fix.lng_e7 / 1e7:.7f}",
        "accuracy": fix.acc_m,
    }
    if speed is not None:
        values["speed"] = speed * 3600 / 1852
    if dialect == 1:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return {"content": urlencode(values).encode(), "headers": headers}
    return {"params": values}


def shaken(fixes: list[Fix], seed: int) -> list[Fix]:
    """Return fixes as a bad network delivers them: some twice, some in another order."""
    luck = random.Random(seed)
    twice = fixes + luck.sample(fixes, len(fixes) // 10)
    luck.shuffle(twice)
    return twice
