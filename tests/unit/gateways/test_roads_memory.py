"""What was asked for before is not asked again, and memory is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from roundsman.core.geo import Point
from roundsman.gateways.roads_memory import Memory
from roundsman.gateways.roads_model import NO_WAY, Block, Snap

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY = ("osrm:town", "one", "car")
PLACES = [Point(float(number), 0.0) for number in range(40)]
# A position that is on no street.
OFF = Point(7.0, 0.0)


class Streets:
    """Roads on which it takes 100 times from where plus to where; counts the pairs asked for."""

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points
        self.asked = 0

    def __call__(self, froms: Sequence[int], tos: Sequence[int]) -> Block:
        self.asked += len(froms) * len(tos)
        used = {*froms, *tos}
        numbers = [
            [self._seconds(self.points[start], self.points[end]) for end in tos] for start in froms
        ]
        seconds = np.array(numbers, np.int32).reshape(len(froms), len(tos))
        snaps = [
            None if point == OFF or index not in used else Snap(point, 1.0)
            for index, point in enumerate(self.points)
        ]
        metres = np.where(seconds == NO_WAY, NO_WAY, seconds * 10).astype(np.int32)
        return Block(snaps, seconds, metres)

    def _seconds(self, start: Point, end: Point) -> int:
        return NO_WAY if OFF in {start, end} else round(start.lat * 100 + end.lat)


def ask(memory: Memory, points: Sequence[Point], key: tuple[str, ...] = KEY) -> tuple[Block, int]:
    """Return the answer through the memory, and how many pairs were asked for."""
    streets = Streets(points)
    return memory.block(key, points, streets), streets.asked


def truth(points: Sequence[Point]) -> Block:
    return Streets(points)(range(len(points)), range(len(points)))


def test_the_second_time_nothing_is_asked() -> None:
    memory = Memory()
    points = PLACES[:10]
    assert ask(memory, points)[1] == 100
    found, asked = ask(memory, points[::-1])
    assert asked == 0
    assert (found.seconds == truth(points[::-1]).seconds).all()
    assert found.snaps == truth(points[::-1]).snaps
    assert found.snaps[points[::-1].index(OFF)] is None


def test_one_more_position_costs_its_row_and_its_column() -> None:
    memory = Memory()
    ask(memory, PLACES[:10])
    found, asked = ask(memory, PLACES[:11])
    assert asked == 11 + 10
    assert (found.metres == truth(PLACES[:11]).metres).all()
    assert found.snaps == truth(PLACES[:11]).snaps


def test_another_version_of_the_roads_starts_afresh() -> None:
    memory = Memory()
    ask(memory, PLACES[:4])
    assert ask(memory, PLACES[:4], ("osrm:town", "two", "car"))[1] == 16
    assert ask(memory, PLACES[:4])[1] == 0


def test_the_network_that_was_not_used_longest_is_forgotten() -> None:
    memory = Memory(networks=2)
    for version in ("one", "two", "one", "three"):
        ask(memory, PLACES[:3], ("osrm:town", version, "car"))
    assert ask(memory, PLACES[:3], ("osrm:town", "one", "car"))[1] == 0
    assert ask(memory, PLACES[:3], ("osrm:town", "two", "car"))[1] == 9


def test_what_does_not_fit_is_asked_whole_and_not_kept() -> None:
    memory = Memory(positions=4)
    for _ in range(2):
        found, asked = ask(memory, PLACES[:5])
        assert asked == 25
        assert (found.seconds == truth(PLACES[:5]).seconds).all()


def test_nothing_is_asked_about_nothing() -> None:
    found, asked = ask(Memory(), [])
    assert (asked, found.seconds.shape, found.snaps) == (0, (0, 0), [])


@settings(max_examples=150)
@given(some.lists(some.lists(some.sampled_from(PLACES), unique=True, max_size=14), max_size=12))
def test_remembered_or_asked_the_answer_is_the_same(plans: list[list[Point]]) -> None:
    memory = Memory(positions=16, networks=1)
    for points in plans:
        found, asked = ask(memory, points)
        right = truth(points)
        assert (found.seconds == right.seconds).all()
        assert (found.metres == right.metres).all()
        assert found.snaps == right.snaps
        assert asked <= len(points) ** 2
        assert ask(memory, points)[1] == 0
