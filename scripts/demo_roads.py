"""Join roads end to end and drop the nodes nobody sees. Used by `make_demo_city.py`."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

# Half a lane: what the eye does not see at street level, and a fifth of the file.
TOLERANCE_E5 = 1.2


class Road(NamedTuple):
    """A street as the file keeps it: one look and one law along its whole chain of nodes."""

    kind: tuple[str, bool, bool, int]  # class, link, one way, km/h
    name: str
    chain: tuple[int, ...]


def join(roads: list[Road]) -> list[Road]:
    """Join roads of one kind and name end to end: fewer, longer lines, on which a name fits."""
    groups: dict[tuple[tuple[str, bool, bool, int], str], list[tuple[int, ...]]] = defaultdict(list)
    for road in roads:
        groups[road.kind, road.name].append(road.chain)
    return [
        Road(kind, name, chain)
        for (kind, name), chains in sorted(groups.items())
        for chain in join_chains(chains, directed=kind[2])
    ]


def join_chains(chains: list[tuple[int, ...]], *, directed: bool) -> list[tuple[int, ...]]:
    """Join chains where exactly two of the group meet."""
    ends: Counter[int] = Counter()
    for chain in chains:
        ends[chain[0]] += 1
        ends[chain[-1]] += 1
    by_end: dict[int, set[tuple[int, ...]]] = defaultdict(set)
    for chain in chains:
        by_end[chain[0]].add(chain)
        by_end[chain[-1]].add(chain)
    done: list[tuple[int, ...]] = []
    left = dict.fromkeys(sorted(set(chains)))
    while left:
        chain, _ = left.popitem()
        forget(by_end, chain)
        while (longer := grow(chain, ends, by_end, directed=directed)) is not None:
            chain, used = longer
            left.pop(used, None)
            forget(by_end, used)
        done.append(chain)
    return done


def forget(by_end: dict[int, set[tuple[int, ...]]], chain: tuple[int, ...]) -> None:
    """Take a chain out of the index of ends."""
    by_end[chain[0]].discard(chain)
    by_end[chain[-1]].discard(chain)


def grow(
    chain: tuple[int, ...],
    ends: Counter[int],
    by_end: dict[int, set[tuple[int, ...]]],
    *,
    directed: bool,
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Return the chain made longer at one end, and the chain used for it."""
    if chain[0] == chain[-1]:
        return None
    for at_start in (False, True):
        end = chain[0] if at_start else chain[-1]
        if ends[end] != 2:  # noqa: PLR2004 - a joint of two, not a crossing of more
            continue
        for other in sorted(by_end[end]):
            fits = other[-1] == end if at_start else other[0] == end
            if not fits and directed:
                continue
            piece = other if fits else other[::-1]
            return ((*piece, *chain[1:]) if at_start else (*chain, *piece[1:])), other
    return None


def simplify(roads: list[Road], nodes: dict[int, tuple[int, int]]) -> list[Road]:
    """Drop nodes a straight line does as well, never one where roads meet."""
    uses: Counter[int] = Counter()
    for road in roads:
        uses.update(road.chain)
        uses.update((road.chain[0], road.chain[-1]))
    return [
        road._replace(chain=tuple(thin(list(road.chain), nodes, uses)))
        for road in roads
        if len(set(road.chain)) > 1
    ]


def thin(chain: list[int], nodes: dict[int, tuple[int, int]], uses: Counter[int]) -> Iterator[int]:
    """Yield the nodes of a chain that are kept: meetings, and what Douglas and Peucker keep."""
    fixed = [at for at, ref in enumerate(chain) if uses[ref] > 1]
    yield chain[0]
    for first, last in pairwise(fixed):
        yield from between(chain, first, last, nodes)
        yield chain[last]


def between(
    chain: list[int], first: int, last: int, nodes: dict[int, tuple[int, int]]
) -> Iterator[int]:
    """Yield what is kept strictly between two kept nodes (Douglas-Peucker)."""
    if last - first < 2:  # noqa: PLR2004 - nothing lies between neighbours
        return
    (a_lat, a_lng), (b_lat, b_lng) = nodes[chain[first]], nodes[chain[last]]
    # A degree of longitude at 41 north is three quarters of one of latitude.
    dx, dy = (b_lng - a_lng) * 0.753, float(b_lat - a_lat)
    length = (dx * dx + dy * dy) ** 0.5
    worst, where = 0.0, first
    for at in range(first + 1, last):
        lat, lng = nodes[chain[at]]
        x, y = (lng - a_lng) * 0.753, float(lat - a_lat)
        away = abs(x * dy - y * dx) / length if length else (x * x + y * y) ** 0.5
        if away > worst:
            worst, where = away, at
    if worst > TOLERANCE_E5:
        yield from between(chain, first, where, nodes)
        yield chain[where]
        yield from between(chain, where, last, nodes)
