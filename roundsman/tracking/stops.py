"""How a stop begins, how its leaving is dated, and how it becomes a segment (pure)."""

from roundsman.core.ground import metres
from roundsman.tracking import stillness
from roundsman.tracking.memory import Left, Run, Seen, Standing
from roundsman.tracking.model import Edge, Quality, Stop

_ENOUGH_FIXES = 3


def opened(fix: Seen) -> Standing:
    """Return the stop that a first fix opens; when it really began nobody knows."""
    return Standing(
        start_ms=fix.ts_ms,
        start=Edge.OPEN,
        lat=float(fix.lat_e7),
        lng=float(fix.lng_e7),
        weight=stillness.weight_of(fix),
        core=fix,
        last=fix,
        tail=[fix],
        is_sure=False,
        is_inferred=False,
        fixes=1,
    )


def core_m(run: Run) -> float:
    """Return the radius of the inner circle that exact times are taken from."""
    return run.rules.core_share * run.rules.stop_radius_m


def departure(stop: Standing, following: Seen, run: Run) -> Seen:
    """Return when and where a stop was left, seen or dated back from the next fix."""
    core = stop.core
    if following.ts_ms - core.ts_ms <= run.rules.near_follow_s * 1000:
        return core
    away_m = metres(stop.lat, stop.lng, following.lat_e7, following.lng_e7)
    back_ms = int(assumed_s(away_m, run) * 1000)
    left_ms = max(core.ts_ms, following.ts_ms - back_ms)
    return at_anchor(stop, left_ms)


def assumed_s(away_m: float, run: Run) -> float:
    """Return how long an unseen way took, by assumed speeds."""
    return away_m / (run.rules.near_mps if away_m < run.rules.near_m else run.rules.far_mps)


def at_anchor(stop: Standing, ts_ms: int) -> Seen:
    """Return a fix that nobody measured: in the middle of the stop at a moment."""
    core = stop.core
    return Seen(ts_ms, round(stop.lat), round(stop.lng), core.acc_m, -1.0, core.hint, core.device)


def left_behind(stop: Standing, end_ms: int, edge: Edge, *, is_real: bool = True) -> Left:
    """Return the stop as it was left."""
    lat, lng = stop.home or (stop.lat, stop.lng)
    return Left(
        start_ms=stop.start_ms,
        start=stop.start,
        end_ms=max(end_ms, stop.start_ms),
        end=edge,
        lat=lat,
        lng=lng,
        is_inferred=stop.is_inferred,
        is_real=is_real,
        fixes=stop.fixes,
    )


def is_same(left: Left, lat: float, lng: float, run: Run) -> bool:
    """Tell whether a stop at this position is the one that was left, found again."""
    same_m = run.rules.same_share * run.rules.stop_radius_m
    return metres(left.lat, left.lng, lat, lng) <= same_m


def stop_of(left: Left, *, end_ms: int | None = None, edge: Edge | None = None) -> Stop:
    """Return the stop, ended at its own end or, where the member never got away, at `end_ms`."""
    return Stop(
        start_ms=left.start_ms,
        end_ms=left.end_ms if end_ms is None else end_ms,
        start=left.start,
        end=left.end if edge is None else edge,
        lat_e7=round(left.lat),
        lng_e7=round(left.lng),
        confidence=_confidence(left),
        fixes=left.fixes,
    )


def _confidence(left: Left) -> Quality:
    """Return how well a stop is supported: seen by several fixes, by few, or inferred."""
    if left.is_inferred:
        return Quality.POOR
    return Quality.GOOD if left.fixes >= _ENOUGH_FIXES else Quality.FAIR
