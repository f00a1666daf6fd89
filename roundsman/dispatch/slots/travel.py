"""Travel for one more visit: within each route, and between its stops and the visit (pure).

Nobody drives from one person's stop to another's when only one visit is put in, so a thousand jobs
of fifty people need fifty small tables instead of a large one.
"""

from collections.abc import Iterator
from time import perf_counter

from msgspec.structs import replace

from roundsman.core.geo import Point
from roundsman.dispatch.day import is_settled, mode_of
from roundsman.dispatch.fleet.model import FleetQuestion, places_of
from roundsman.dispatch.model import UNREACHABLE, Matrix, Travel, TravelMode
from roundsman.dispatch.travel import GREAT_CIRCLE, Used, Ways, together


def over_routes(question: FleetQuestion, ways: Ways) -> FleetQuestion:
    """Return the question with the travel it needs; other pairs are without connection."""
    began = perf_counter()
    points = places_of(question)[0]
    modes: set[TravelMode] = {mode_of(member) for member in question.members}
    tables: dict[TravelMode, Matrix] = {
        mode: Matrix(_nothing_of(points), _nothing_of(points)) for mode in modes
    }
    told: list[Used] = []
    far: set[int] = set()
    for mode, places in _tours(question):
        part = ways([points[place] for place in places], [mode])
        told.append(Used(part.roads, part.note))
        far |= {places[at] for at in part.far}
        for whole, some in (
            (tables[mode].seconds, part.matrices[mode].seconds),
            (tables[mode].metres, part.matrices[mode].metres),
        ):
            for row, place in zip(some, places, strict=True):
                line = whole[place]
                for there, value in zip(places, row, strict=True):
                    line[there] = value
    used = together(told) if told else Used(GREAT_CIRCLE)
    travel = Travel(used.roads, tables, used.note, frozenset(far))
    return replace(question, travel=travel, travel_ms=round((perf_counter() - began) * 1000))


def _tours(question: FleetQuestion) -> Iterator[tuple[TravelMode, list[int]]]:
    """Yield for each member how they travel, and every place their day may come to."""
    numbers = places_of(question)[1]
    people = len(question.members)
    shared = numbers[len(numbers) - 2 * people - len(question.holds) - len(question.new) :]
    shared = shared[: len(question.new) + len(question.holds)]
    starts, ends = numbers[len(numbers) - 2 * people : len(numbers) - people], numbers[-people:]
    begin = 0
    for at, (member, route) in enumerate(zip(question.members, question.routes, strict=True)):
        size = sum(not is_settled(job) for job in route)
        places = [*numbers[begin : begin + size], starts[at], ends[at], *shared]
        begin += size
        yield mode_of(member), sorted({place for place in places if place is not None})


def _nothing_of(points: list[Point]) -> list[list[int]]:
    """Return a table in which a place is reached from itself only."""
    table = [[UNREACHABLE] * len(points) for _ in points]
    for place in range(len(points)):
        table[place][place] = 0
    return table
