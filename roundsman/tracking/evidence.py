"""What one fix says about being inside an area, and what several say together (pure)."""

from itertools import zip_longest

from roundsman.core.ground import UNIT_M, lng_scale, metres, wrap_e7
from roundsman.places.areas import Area
from roundsman.tracking.memory import Presence, Seen
from roundsman.tracking.model import Visit

_LEAST_MARGIN_M = 15.0
_MARGIN_SHARE = 0.15
_COARSEST_INSIDE_M = 100.0
# Enter times are interpolated between fixes at most this far apart, exit times up to the second.
_ENTER_BETWEEN_MS = 120_000
_EXIT_BETWEEN_MS = 60_000
_EXIT_MPS = 6.0
_ACC_STEP_M = 5
_ACC_STEPS = 40


def is_inside(area: Area, fix: Seen) -> bool:
    """Tell whether a fix proves presence: within the circle, and not coarser than it."""
    return (
        fix.acc_m <= max(_COARSEST_INSIDE_M, area.radius_m)
        and area.beyond_m(fix.lat_e7, fix.lng_e7) <= 0
    )


def is_outside(area: Area, fix: Seen) -> bool:
    """Tell whether a fix proves absence: beyond a margin and half its own uncertainty."""
    margin_m = max(_LEAST_MARGIN_M, _MARGIN_SHARE * area.radius_m)
    return area.beyond_m(fix.lat_e7, fix.lng_e7) > margin_m + 0.5 * min(fix.acc_m, 50.0)


def enter_ms(area: Area, before: Seen | None, fix: Seen) -> int:
    """Return when the boundary was crossed on the way to the first inside fix."""
    if before is None or fix.ts_ms - before.ts_ms > _ENTER_BETWEEN_MS:
        return max(fix.ts_ms, area.from_ms)
    outside_m = area.beyond_m(before.lat_e7, before.lng_e7)
    inside_m = -area.beyond_m(fix.lat_e7, fix.lng_e7)
    if outside_m <= 0:
        return max(fix.ts_ms, area.from_ms)
    share = outside_m / (outside_m + inside_m)
    crossed_ms = before.ts_ms + round((fix.ts_ms - before.ts_ms) * share)
    return max(crossed_ms, area.from_ms)


def count_accuracy(presence: Presence, fix: Seen) -> None:
    """Count a fix as evidence of presence."""
    presence.fixes += 1
    step = min(int(fix.acc_m / _ACC_STEP_M), _ACC_STEPS)
    accuracies = presence.accuracies
    if step >= len(accuracies):
        accuracies.extend([0] * (step + 1 - len(accuracies)))
    accuracies[step] += 1


def speed_mps(before: Seen | None, fix: Seen) -> float:
    """Return the speed of a fix, reported or else since the one before; -1 when unknown."""
    if fix.speed_mps >= 0 or before is None:
        return fix.speed_mps
    step_ms = fix.ts_ms - before.ts_ms
    if step_ms <= 0:
        return -1.0
    return metres(before.lat_e7, before.lng_e7, fix.lat_e7, fix.lng_e7) * 1000 / step_ms


def summed(one: list[int], other: list[int]) -> list[int]:
    """Return two counts of accuracies as one."""
    return [first + second for first, second in zip_longest(one, other, fillvalue=0)]


def exit_of(presence: Presence, area: Area) -> tuple[int, bool]:
    """Return when the boundary was crossed on the way out, and whether that is a guess."""
    first_ms, last_ms = presence.out_first_ms, presence.last_ms
    if last_ms < area.from_ms <= first_ms:  # the area moved away from a member who did not
        return area.from_ms, True
    if first_ms - last_ms <= _EXIT_BETWEEN_MS:
        return (first_ms + last_ms) // 2, False
    return max(last_ms, first_ms - int(presence.out_beyond_m / _EXIT_MPS * 1000)), True


def nearest_on_way(area: Area, start: Seen, goal: Seen) -> tuple[float, float]:
    """Return the share of the way where it comes closest to the area's middle, and how close."""
    scale = lng_scale(area.lat_e7)
    start_x = wrap_e7(start.lng_e7 - area.lng_e7) * scale
    start_y = (start.lat_e7 - area.lat_e7) * UNIT_M
    step_x = wrap_e7(goal.lng_e7 - start.lng_e7) * scale
    step_y = (goal.lat_e7 - start.lat_e7) * UNIT_M
    square = step_x * step_x + step_y * step_y
    share = -(start_x * step_x + start_y * step_y) / square if square > 0 else 0.0
    share = min(1.0, max(0.0, share))
    near_x, near_y = start_x + share * step_x, start_y + share * step_y
    return share, (near_x * near_x + near_y * near_y) ** 0.5


def visit_of(presence: Presence) -> Visit:
    """Return the presence as it is told."""
    return Visit(
        area=presence.area,
        enter_ms=presence.enter_ms,
        exit_ms=presence.exit_ms,
        estimated=presence.is_estimated,
        fixes=presence.fixes,
        acc_m=_median_m(presence.accuracies),
        first_ms=presence.first_ms,
        last_ms=presence.last_ms,
        confirmed_ms=presence.confirmed_ms,
        left_ms=presence.left_ms,
    )


def _median_m(accuracies: list[int]) -> float:
    half = (sum(accuracies) + 1) // 2
    total = 0
    for step, count in enumerate(accuracies):
        total += count
        if count and total >= half:
            return (step + 0.5) * _ACC_STEP_M
    return 0.0
