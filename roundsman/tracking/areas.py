"""Areas that come, move and go, and what that means for what was folded already.

A job's or place's area holds for all its time, also for fixes that come late. Once somebody visited
it, what was is kept: an area that then moves, or goes, does so from now on. That it may be entered
no longer is not its end.
"""

from msgspec.structs import replace

from roundsman.core.clock import to_ms, to_us
from roundsman.core.ids import CompanyId, MemberId
from roundsman.places import queries as places
from roundsman.places.areas import Area
from roundsman.storage.database import FIXES, Tx
from roundsman.tracking.queries import folds, segments
from roundsman.tracking.queries import live as live_states

# Of an area for everybody, only those near it are looked at again, and only this far back.
NEAR_M = 2000
LOOK_BACK_MS = 86_400_000


def put(tx: Tx, company: CompanyId, area: Area) -> None:
    """Write an area, new or changed, and have the members concerned looked at again."""
    versions = places.area_versions(tx, company, area.id)
    current = max(versions, key=lambda one: (one.until_ms, one.from_ms), default=None)
    if current == area:
        return
    now_ms = to_ms(tx.now)
    after = area
    if current is not None:
        if _was_visited(tx, company, current) and not _is_other_time(current, area):
            if now_ms < current.until_ms:
                _end(tx, company, current, now_ms)
            if area.member == current.member:
                after = _starting(area, max(area.from_ms, now_ms))
        else:
            places.remove_area(tx, company, current)
            _look_again(tx, company, current)
    places.save_area(tx, company, after)
    _look_again(tx, company, after)


def drop(tx: Tx, company: CompanyId, area_id: str) -> None:
    """Take an area away and have the members concerned looked at again.

    One that nobody is in, or may enter any more, stays for the fixes that come late.
    """
    now_ms = to_ms(tx.now)
    for version in places.area_versions(tx, company, area_id):
        if version.until_ms <= now_ms:
            continue
        visitors = segments.visitors(tx, company, area_id)
        if version.enter_until_ms <= now_ms and not any(is_inside for _, is_inside in visitors):
            continue
        if version.from_ms < now_ms and visitors:
            _end(tx, company, version, now_ms)
        else:
            places.remove_area(tx, company, version)
            _look_again(tx, company, version)


def _was_visited(tx: Tx, company: CompanyId, area: Area) -> bool:
    return bool(segments.visitors(tx, company, area.id))


def _is_other_time(before: Area, after: Area) -> bool:
    """Tell whether only the time for which the area counts, or may be entered, has changed."""
    as_before = _between(after, before.from_ms, before.until_ms)
    return before == replace(as_before, enter_until_ms=before.enter_until_ms)


def _starting(area: Area, from_ms: int) -> Area:
    return _between(area, from_ms, max(from_ms, area.until_ms))


def _between(area: Area, from_ms: int, until_ms: int) -> Area:
    return replace(area, from_ms=from_ms, until_ms=until_ms)


def _end(tx: Tx, company: CompanyId, area: Area, now_ms: int) -> None:
    """Let an area that was visited count no longer; whoever is inside leaves it now."""
    places.remove_area(tx, company, area)
    if area.from_ms < now_ms:
        places.save_area(tx, company, _between(area, area.from_ms, now_ms))
    for member, is_inside in segments.visitors(tx, company, area.id):
        if is_inside:
            _mark(tx, company, member, now_ms)


def _look_again(tx: Tx, company: CompanyId, area: Area) -> None:
    """Have those folded again whose visits the area may change."""
    now_ms = to_ms(tx.now)
    if area.member:
        if area.from_ms <= now_ms or area.until_ms > now_ms:
            _mark(tx, company, MemberId(area.member), min(area.from_ms, now_ms))
        return
    from_ms = min(now_ms, max(area.from_ms, now_ms - LOOK_BACK_MS))
    for member in live_states.members_near(
        tx, company, (area.lat_e7, area.lng_e7), area.radius_m + NEAR_M
    ):
        _mark(tx, company, member, from_ms)


def _mark(tx: Tx, company: CompanyId, member: MemberId, from_ms: int) -> None:
    folds.mark(tx, company, member, from_ms, to_us(tx.now))
    tx.ring(FIXES, company)
