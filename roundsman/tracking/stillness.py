"""Whether a handful of fixes were measured by somebody who stood (pure)."""

from math import sqrt

from roundsman.core.ground import UNIT_M, lng_scale, metres, onto_map, wrap_e7
from roundsman.tracking.memory import Journey, Seen
from roundsman.tracking.parameters import Parameters

_BEST_ACCURACY_M = 8.0
_LEAST_HALF = 3
_OUTLIERS_IN = 10
_NEARER_M = 5.0
_DENSE_MS = 15_000


def weight_of(fix: Seen) -> float:
    """Return how much a fix counts in a mean: 1 for the best, less for poor accuracy."""
    return _BEST_ACCURACY_M / fix.acc_m if fix.acc_m > _BEST_ACCURACY_M else 1.0


def mean_of(fixes: list[Seen]) -> tuple[float, float, float]:
    """Return the weighted mean position in 1e-7 degrees and the weight, safe at the date line."""
    base_lat, base_lng = fixes[0].lat_e7, fixes[0].lng_e7
    north = east = total = 0.0
    for fix in fixes:
        weight = weight_of(fix)
        total += weight
        north += weight * (fix.lat_e7 - base_lat)
        east += weight * wrap_e7(fix.lng_e7 - base_lng)
    return base_lat + north / total, onto_map(base_lng + east / total), total


def standing_anchor(window: list[Seen], rules: Parameters) -> tuple[float, float] | None:
    """Return the middle of a stop that explains the whole window, or None.

    All fixes lie within reach of their mean (one in ten may not, but neither end), the phone does
    not report driving, and the first half does not lie apart from the second: a creeping jam and
    a slow walk stay close together too.
    """
    first, last = window[0], window[-1]
    cap_m, radius_m = rules.accuracy_cap_m, rules.stop_radius_m
    reach_m = radius_m + 0.5 * min(first.acc_m, cap_m) + radius_m + 0.5 * min(last.acc_m, cap_m)
    if metres(first.lat_e7, first.lng_e7, last.lat_e7, last.lng_e7) > reach_m:
        return None
    if _reports_motion(window, rules):
        return None
    lat, lng, _ = mean_of(window)
    if not _all_within(window, lat, lng, rules) or _drifts(window, rules):
        return None
    return lat, lng


def arrival(window: list[Seen], anchor: tuple[float, float], start: int, core_m: float) -> int:
    """Return the index of the fix at which the member arrived: the first within the core.

    Somebody on foot needs half a minute from the edge of the core to its middle, so as long as each
    of dense fixes is clearly nearer than the one before, they are still arriving.
    """
    lat, lng = anchor
    away = [metres(lat, lng, fix.lat_e7, fix.lng_e7) for fix in window]
    first = next((index for index in range(start, len(away)) if away[index] <= core_m), start)
    while first + 1 < len(away) and away[first] - away[first + 1] >= _NEARER_M:
        if window[first + 1].ts_ms - window[first].ts_ms > _DENSE_MS:
            break  # of two far apart the earlier one is as near to the truth
        first += 1
    return first


def final_run(window: list[Seen], centre: Seen, radius_m: float) -> int:
    """Return where the unbroken run of fixes inside the circle begins that ends the window."""
    index = len(window) - 1
    while index > 0:
        fix = window[index - 1]
        if metres(centre.lat_e7, centre.lng_e7, fix.lat_e7, fix.lng_e7) > radius_m:
            break
        index -= 1
    return index


def speed_at_end(trip: Journey) -> float:
    """Return the speed of the newest fix, as reported or else as it follows from the one before."""
    last = trip.window[-1]
    if last.speed_mps >= 0:
        return last.speed_mps
    before = trip.window[-2] if len(trip.window) > 1 else trip.newest
    step_ms = last.ts_ms - before.ts_ms
    if step_ms <= 0:
        return 0.0
    return metres(before.lat_e7, before.lng_e7, last.lat_e7, last.lng_e7) * 1000 / step_ms


def _reports_motion(window: list[Seen], rules: Parameters) -> bool:
    speeds = sorted(fix.speed_mps for fix in window if fix.speed_mps >= 0)
    if not speeds or len(speeds) * 2 < len(window):
        return False
    return speeds[len(speeds) // 2] > rules.still_mps


def _all_within(window: list[Seen], lat: float, lng: float, rules: Parameters) -> bool:
    """Tell whether the fixes lie within reach of the mean, measured on its local plane."""
    scale = lng_scale(lat)
    cap_m, radius_m = rules.accuracy_cap_m, rules.stop_radius_m
    outliers = 0
    newest = len(window) - 1
    for index, fix in enumerate(window):
        north = (fix.lat_e7 - lat) * UNIT_M
        east = wrap_e7(fix.lng_e7 - lng) * scale
        acc_m = fix.acc_m
        if sqrt(north * north + east * east) > radius_m + 0.5 * min(acc_m, cap_m):
            outliers += 1
            if index in (0, newest) or outliers * _OUTLIERS_IN > len(window):
                return False
    return True


def _drifts(window: list[Seen], rules: Parameters) -> bool:
    middle = len(window) // 2
    if middle < _LEAST_HALF:
        return False
    early_lat, early_lng, _ = mean_of(window[:middle])
    late_lat, late_lng, _ = mean_of(window[middle:])
    accuracies = sorted(fix.acc_m for fix in window)
    allowed_m = max(rules.drift_share * rules.stop_radius_m, accuracies[len(accuracies) // 2])
    return metres(early_lat, early_lng, late_lat, late_lng) > allowed_m
