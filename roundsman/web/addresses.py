"""Finding things by typing, and the list of what a person should put on the map."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from roundsman.accounts.rights import Right
from roundsman.accounts.rules import may_locate
from roundsman.core.clock import to_yyyymmdd
from roundsman.core.errors import BadValue, NotAllowed, UnknownThing
from roundsman.core.geo import Point, is_on_earth
from roundsman.core.ids import JobId, PlaceId
from roundsman.gateways.geocoder import Geocoder
from roundsman.geocoding.model import Located
from roundsman.jobs import actions as jobs
from roundsman.jobs import pinning as job_pins
from roundsman.jobs import queries as job_queries
from roundsman.jobs.model import Job
from roundsman.jobs.queries import Filter
from roundsman.places import pinning as place_pins
from roundsman.places import queries as place_queries
from roundsman.places import rules as place_rules
from roundsman.places.model import Place
from roundsman.tracking.queries import live as tracking
from roundsman.web.board import people_seen
from roundsman.web.session import Sessions, Visit, answer, day_asked
from roundsman.web.shapes.addresses import (
    Findings,
    Found,
    PutPin,
    SoughtAgain,
    Unlocated,
    UnlocatedPage,
)

TEXT_MOST = 200
# What is shown of each kind; addresses only, where nothing else was asked for.
OF_A_KIND = 4
ADDRESSES = 8
LIST_MOST = 200
WAITING_MOST = 10_000
ORDER_DIGITS = 18
JOB, PLACE = "job", "place"


# --- finding --------------------------------------------------------------------------------------


async def search(request: Request, sessions: Sessions, geocoder: Geocoder) -> Response:
    """Answer people, jobs, places and addresses that a text may mean."""
    sent = request.query_params.get("q", "")
    text = "".join(letter for letter in sent if letter.isprintable()).strip()
    if len(text) > TEXT_MOST:
        raise BadValue(f"q is longer than {TEXT_MOST} characters.", field="q")
    near = _near(request)
    only_addresses = request.query_params.get("only", "") == "address"

    def known(visit: Visit) -> list[Found]:
        if only_addresses or not text:
            return []
        day = to_yyyymmdd(day_asked(request, visit))
        return [*_people(visit, text), *_jobs(visit, text, day), *_places(visit, text)]

    found = await sessions.read(request, known)
    addresses: list[Located] = []
    if text:
        most = ADDRESSES if only_addresses else ADDRESSES - min(len(found), ADDRESSES - OF_A_KIND)
        addresses = await anyio.to_thread.run_sync(
            lambda: list(geocoder.suggest(text, near=near, most=most))
        )
    attribution = next((one.attribution for one in addresses if one.attribution), "")
    every = [*found, *(_address(one) for one in addresses)]
    return answer(Findings(found=every, attribution=attribution))


def _near(request: Request) -> Point | None:
    """Return where the map is looked at, None where that is not said."""
    sent = [request.query_params.get(name, "") for name in ("lat", "lng")]
    if not all(sent):
        return None
    try:
        lat, lng = map(float, sent)
    except ValueError as error:
        raise BadValue("lat and lng must be degrees.", field="lat") from error
    if not is_on_earth(lat, lng):
        raise BadValue("lat and lng must be degrees.", field="lat")
    return Point(lat, lng)


def _people(visit: Visit, text: str) -> list[Found]:
    wanted = text.casefold()
    named = [one for one in people_seen(visit.tx, visit.actor) if wanted in one.name.casefold()]
    named = sorted(named, key=lambda one: (not one.name.casefold().startswith(wanted), one.name))
    named = named[:OF_A_KIND]
    states = tracking.states_of(visit.tx, visit.actor.company, [one.id for one in named])
    here = {
        one.id: Point(state.lat_e7 / 1e7, state.lng_e7 / 1e7)
        for one in named
        if may_locate(visit.actor, one) and (state := states.get(one.id)) and state.ts_ms
    }
    return [_found("person", one.id, one.name, "", here.get(one.id)) for one in named]


def _jobs(visit: Visit, text: str, day: int) -> list[Found]:
    """Return jobs of the day with the text in them, and those of any day with it as a number."""
    wanted = text.casefold()
    found: dict[JobId, Job] = {}
    if text.isascii() and text.isdecimal() and len(text) <= ORDER_DIGITS and int(text):
        wish = Filter(orders=[int(text)])
        found |= {job.id: job for job in jobs.search(visit.tx, visit.actor, wish, limit=OF_A_KIND)}
    by_key = job_queries.find_external(visit.tx, visit.actor.company, [text]).values()
    found |= {job.id: job for job in by_key if _is_shown(visit, job)}
    if len(found) < OF_A_KIND:
        for job in jobs.search(visit.tx, visit.actor, Filter(day=day)):
            parts = (job.title, job.address, job.contact_name)
            if any(wanted in part.casefold() for part in parts):
                found.setdefault(job.id, job)
    return [
        _found(JOB, job.id, job.title or job.address, job.address, job.position, _day(job))
        for job in list(found.values())[:OF_A_KIND]
    ]


def _is_shown(visit: Visit, job: Job) -> bool:
    return jobs.sees(visit.actor, job) and job.archived_at is None


def _places(visit: Visit, text: str) -> list[Found]:
    named = place_queries.named_like(visit.tx, visit.actor.company, text, 5 * OF_A_KIND)
    seen = [place for place in named if place_rules.may_see(visit.actor, place)]
    return [
        _found(PLACE, place.id, place.name, place.full_address, place.position)
        for place in seen[:OF_A_KIND]
    ]


def _found(kind: str, of: str, title: str, about: str, at: Point | None, day: int = 0) -> Found:
    lat, lng = (at.lat, at.lng) if at else (None, None)
    return Found(kind=kind, id=of, title=title, about=about, state="", lat=lat, lng=lng, day=day)


def _address(one: Located) -> Found:
    at = one.position
    street = f"{one.street} {one.house_number}".strip()
    title, _, about = one.text.partition(", ") if street else (one.text, "", "")
    return Found(
        kind="address",
        id="",
        title=title,
        about=about,
        state=one.state,
        lat=at.lat if at else None,
        lng=at.lng if at else None,
        day=0,
    )


# --- putting pins right ---------------------------------------------------------------------------


def unlocated(visit: Visit) -> UnlocatedPage:
    """Return what the viewer should put on the map."""
    tx, actor = visit.tx, visit.actor
    may_jobs, may_places = (actor.may(one) for one in (Right.EDIT_JOBS, Right.EDIT_PLACES))
    if not (may_jobs or may_places):
        raise NotAllowed("You may edit neither jobs nor places.")
    found_jobs = job_pins.unlocated(tx, actor, LIST_MOST) if may_jobs else []
    found_places = place_pins.unlocated(tx, actor, LIST_MOST) if may_places else []
    waiting = job_queries.waiting(tx, actor.company, WAITING_MOST)
    return UnlocatedPage(
        items=[*map(_of_job, found_jobs), *map(_of_place, found_places)],
        waiting=waiting + place_queries.waiting(tx, actor.company, WAITING_MOST),
        complete=len(found_jobs) < LIST_MOST and len(found_places) < LIST_MOST,
    )


def put(visit: Visit, kind: str, of: str, asked: PutPin) -> Unlocated:
    """Put a pin where somebody says it belongs."""
    if not is_on_earth(asked.lat, asked.lng) or not (asked.lat or asked.lng):
        raise BadValue("lat and lng must be a position in degrees.", field="lat")
    at = Point(asked.lat, asked.lng)
    if kind == JOB:
        return _of_job(job_pins.put(visit.tx, visit.actor, JobId(of), at))
    if kind == PLACE:
        return _of_place(place_pins.put(visit.tx, visit.actor, PlaceId(of), at))
    raise UnknownThing(f"Nothing called {kind[:20]} has a pin.")


def take_back(visit: Visit, kind: str, of: str) -> Unlocated:
    """Undo the last change of a pin by hand."""
    if kind == JOB:
        return _of_job(job_pins.take_back(visit.tx, visit.actor, JobId(of)))
    if kind == PLACE:
        return _of_place(place_pins.take_back(visit.tx, visit.actor, PlaceId(of)))
    raise UnknownThing(f"Nothing called {kind[:20]} has a pin.")


def seek_again(visit: Visit) -> SoughtAgain:
    """Look for addresses once more that were not found, such as after the import of a map."""
    tx, actor = visit.tx, visit.actor
    count = job_pins.seek_again(tx, actor) if actor.may(Right.EDIT_JOBS) else 0
    count += place_pins.seek_again(tx, actor) if actor.may(Right.EDIT_PLACES) else 0
    return SoughtAgain(count=count)


def _day(job: Job) -> int:
    return to_yyyymmdd(job.day)


def _of_job(job: Job) -> Unlocated:
    return _unlocated(JOB, job, job.title or job.address, job.address, _day(job))


def _of_place(place: Place) -> Unlocated:
    return _unlocated(PLACE, place, place.name, place.full_address, 0)


def _unlocated(kind: str, one: Job | Place, title: str, address: str, day: int) -> Unlocated:
    at = one.position
    return Unlocated(
        kind=kind,
        id=one.id,
        title=title,
        address=address,
        state=one.pin.shown,
        lat=at.lat if at else None,
        lng=at.lng if at else None,
        day=day,
    )
