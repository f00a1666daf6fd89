"""The demo's own time: faster until it has come to now, never ahead of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from roundsman.core.clock import to_ms
from roundsman.demo.working import Pace

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def minutes_behind(pace: Pace, clock: Clock) -> float:
    return (to_ms(clock.now) - pace.now_ms()) / 60_000


@pytest.mark.parametrize("speed", [0, 0.5, 1])
def test_without_speed_it_is_always_now(speed: float) -> None:
    clock = Clock()
    pace = Pace(speed, hours=2, clock=clock)
    for _ in range(3):
        assert minutes_behind(pace, clock) == 0
        clock.now += timedelta(minutes=17)


def test_with_speed_it_begins_hours_ago_and_comes_to_now() -> None:
    clock = Clock()
    pace = Pace(20, hours=2, clock=clock)
    assert minutes_behind(pace, clock) == 120
    clock.now += timedelta(minutes=3)
    assert minutes_behind(pace, clock) == pytest.approx(120 - 3 * 19)
    clock.now += timedelta(minutes=30)
    assert minutes_behind(pace, clock) == 0


def test_what_was_lived_before_is_not_played_again() -> None:
    clock = Clock()
    pace = Pace(20, hours=2, clock=clock)
    pace.begin_after(to_ms(NOON - timedelta(minutes=30)))
    assert minutes_behind(pace, clock) == 30
    pace.begin_after(to_ms(NOON + timedelta(minutes=5)))
    assert minutes_behind(pace, clock) == 0


@pytest.mark.anyio
async def test_what_has_passed_is_not_waited_for() -> None:
    clock = Clock()
    await Pace(1, hours=0, clock=clock).reach(to_ms(NOON) - 1)
    await Pace(20, hours=1, clock=clock).reach(to_ms(NOON - timedelta(hours=1)))
