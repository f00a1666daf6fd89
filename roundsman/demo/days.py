"""The jobs of a day, the same for the same day: what dispatchers would have typed. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec import Struct

from roundsman.core.clock import at_local, to_ms, to_yyyymmdd
from roundsman.core.geo import Point, distance_m
from roundsman.demo.cast import TEAMS, TIMEZONE, Team
from roundsman.demo.city import Address, Graph
from roundsman.demo.customers import MIDDLE, WITHIN_M, Customer, customers, is_served
from roundsman.demo.driving import dice
from roundsman.demo.quarters import quarter_of
from roundsman.demo.work import FIRST_NAMES, FLOORS, LAST_NAMES, Work, works

PREFIX = "DHS"
# Two rounds must not stand in each other's check-in circles.
APART_M = 230.0
# What share of a team's work is done for the customers of the list, if it has so many.
FOR_CUSTOMERS = 0.45
WINDOWED = 0.4
WINDOW_MINUTES = (150, 180, 240)


class Site(Struct, frozen=True):
    """Where a job is: an address, and the customer and place it belongs to, if any."""

    address: Address
    customer: Customer | None = None
    place: str = ""


def house_near(graph: Graph, lat: float, lng: float, name: str) -> Address:
    """Return a house near a position, the same for the same name."""
    around = Point(lat, lng)
    for within_m in (120, 300, 900):
        found = graph.addresses(1, dice(name), within_m, around)
        if found:
            return found[0]
    raise ValueError(f"There is no street near {name}.")


def jobs_of_day(
    graph: Graph, day: date, places: Mapping[str, str], share: float = 1.0
) -> dict[Team, list[dict[str, Any]]]:
    """Return the jobs of each team as createjobs takes them, unassigned.

    `places` maps customers' names to the uids of their places; `share` makes a quieter day.
    """
    random = dice(f"jobs {day}")
    houses = _houses(graph, random)
    jobs: dict[Team, list[dict[str, Any]]] = {}
    number = 0
    for team in TEAMS:
        jobs[team] = []
        for site in _sites(graph, team, round(team.jobs * share), houses, places, random):
            number += 1
            jobs[team].append(_job(day, number, team, site, random))
    return jobs


def _houses(graph: Graph, random: Random) -> Iterator[Address]:
    found = graph.addresses(1200, random, WITHIN_M, MIDDLE)
    return (house for house in found if is_served(house.point))


def _sites(
    graph: Graph,
    team: Team,
    count: int,
    houses: Iterator[Address],
    places: Mapping[str, str],
    random: Random,
) -> list[Site]:
    """Return so many sites for a team, far enough from each other."""
    regulars = [one for one in customers() if team.id in one.teams and one.name in places]
    random.shuffle(regulars)
    known = (
        Site(house_near(graph, one.lat, one.lng, one.name), one, places[one.name])
        for one in regulars[: round(count * FOR_CUSTOMERS)]
    )
    sites = _apart(known, [])
    fresh = (Site(house) for house in houses)
    sites = _apart(fresh, sites, count)
    random.shuffle(sites)
    return sites


def _apart(sites: Iterator[Site], chosen: Sequence[Site], most: int = 1000) -> list[Site]:
    found = list(chosen)
    if len(found) >= most:
        return found
    for site in sites:
        here = site.address.point
        others = (one.address.point for one in found)
        if all(distance_m(here.lat, here.lng, o.lat, o.lng) >= APART_M for o in others):
            found.append(site)
        if len(found) >= most:
            break
    return found


def _job(day: date, number: int, team: Team, site: Site, random: Random) -> dict[str, Any]:
    window = _window(team, random)
    work = random.choice(_possible(team, site, at_night=window[0] < 7 * 60))
    contact = f"{random.choice(FIRST_NAMES)} {random.choice(LAST_NAMES)}"
    order = 40_000 + (day.toordinal() % 1000) * 200 + number
    job: dict[str, Any] = {
        "uidSecondary": f"{PREFIX}-{day:%Y%m%d}-{number:03}",
        "type": work.kind,
        "teamId": team.id,
        "orderId": order,
        "labels": work.labels,
        "priority": work.priority,
        "destinationName": work.title,
        "destinationText": f"{site.address.text}, {quarter_of(site.address.point)}",
        "destinationLat": site.address.point.lat,
        "destinationLng": site.address.point.lng,
        "contactName": contact,
        "contactPhone": f"+3519000{random.randint(20_000, 99_999)}",
        "textDispatcher": work.note,
        "day": to_yyyymmdd(day),
        # Each day has its own 150: what a week could not do would pile up on the last one.
        "carryOver": 0,
        "onSiteSeconds": round(work.minutes * random.uniform(0.6, 0.85)) * 60,
        "itemsToPickup": work.items if work.kind == 1 else 0,
        "itemsToDropoff": work.items if work.kind != 1 else 0,
        "tsCreated": _written_ms(day, number),
        "customFields": _fields(work, order, site, random),
    }
    if window[1]:
        job["windowStart"], job["windowEnd"] = _hhmm(window[0]), _hhmm(window[1])
    if site.place:
        job["placeUid"] = site.place
        job["destinationName"] = f"{work.title}, {site.customer.name}" if site.customer else ""
    return job


def _possible(team: Team, site: Site, *, at_night: bool) -> list[Work]:
    """Return the kinds of work a team does at such a site."""
    if site.customer is not None:
        kinds = {site.customer.kind}
    elif team.start == 0:
        # Nobody opens the door before breakfast.
        kinds = {"street"} if at_night else {"home", "street"}
    else:
        kinds = {"home", "street"}
    found = [one for one in works() if one.at in kinds and team.id in one.teams]
    return found or [one for one in works() if one.at in kinds]


def _window(team: Team, random: Random) -> tuple[int, int]:
    """Return minutes since midnight between which the customer is there; (0, 0) for any time."""
    if random.random() > WINDOWED:
        return 0, 0
    length = random.choice(WINDOW_MINUTES)
    start = random.randrange(team.start, team.end - length + 1, 30)
    return start, start + length


def _hhmm(minutes: int) -> int:
    return minutes // 60 * 100 + minutes % 60


def _written_ms(day: date, number: int) -> int:
    """Return when the office wrote the job: in the afternoon before."""
    return to_ms(at_local(day - timedelta(days=1), 12 * 60 + number, TIMEZONE))


def _fields(work: Work, order: int, site: Site, random: Random) -> list[dict[str, str]]:
    fields = [{"key": "Order", "val": f"DH-{order}"}]
    if work.device:
        fields.append({"key": "Device", "val": work.device})
    if site.customer is None and work.at == "home":
        fields.append({"key": "Floor", "val": random.choice(FLOORS)})
    return fields
