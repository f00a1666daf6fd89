"""How a stop that was left becomes a segment (pure)."""

from roundsman.tracking.memory import Left
from roundsman.tracking.model import Edge, Quality, Stop

_ENOUGH_FIXES = 3


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
