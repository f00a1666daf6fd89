"""What a job takes over from its place. Pure."""

from typing import Any

from msgspec.structs import replace

from roundsman.core.geo import Point
from roundsman.jobs.model import Job, Wish
from roundsman.places.model import Place


def at(place: Place, wish: Wish) -> Wish:
    """Return the wish for a new job with what its place knows and the caller did not say."""
    known = _told_by(place)
    said = {name: value for name, value in wish.values.items() if value != "" or name not in known}
    wish = replace(wish, values={**known, **said})
    if wish.lat or wish.lng:
        return wish
    return _placed(wish, place)


def after_move(job: Job, left: Place | None, place: Place, wish: Wish) -> Wish:
    """Return the wish that moves a job to a place, with what the job had from the place it leaves.

    Empty properties are filled, copied ones follow: a worker sent to the old position would stand
    at the wrong door. What somebody wrote stays.
    """
    before = {} if left is None else _told_by(left)
    copied = {
        name: value
        for name, value in _told_by(place).items()
        if getattr(job, name) in {"", before.get(name)}
    }
    wish = replace(wish, values={**copied, **wish.values})
    is_copied = job.position is None or (left is not None and job.position == left.position)
    return _placed(wish, place) if wish.lat is None and wish.lng is None and is_copied else wish


def _placed(wish: Wish, place: Place) -> Wish:
    there = place.position or Point(0.0, 0.0)
    return replace(wish, lat=there.lat, lng=there.lng, is_placed=True)


def _told_by(place: Place) -> dict[str, Any]:
    """Return the properties of a job that come from its place, but for the position."""
    return {
        "title": place.name,
        "address": place.full_address,
        "contact_phone": place.phone,
        "contact_email": place.email,
        "linked_forms": place.linked_forms,
    }
