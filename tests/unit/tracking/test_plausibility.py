from __future__ import annotations

from itertools import permutations

import pytest
from msgspec.structs import replace

from roundsman.core.ids import DeviceId
from roundsman.tracking.devices import Assignment, assigned_at
from roundsman.tracking.memory import State
from roundsman.tracking.model import Fix
from roundsman.tracking.parameters import FOOT, VEHICLE, for_member
from roundsman.tracking.plausibility import is_plausible_time, is_reachable, prefer, seen, thin

NOON_MS = 1_772_452_800_000
MINUTE_MS = 60_000

FIX = Fix(device=DeviceId("a"), ts_ms=NOON_MS, rcv_ms=NOON_MS, lat_e7=10, lng_e7=10)


@pytest.mark.parametrize(
    ("ts_ms", "is_plausible"),
    [
        (NOON_MS, True),
        (NOON_MS + 10 * MINUTE_MS, True),
        (NOON_MS + 10 * MINUTE_MS + 1, False),
        (1_420_070_400_000, True),  # 2015-01-01
        (1_420_070_399_999, False),
        (0, False),
        (NOON_MS - 1024 * 7 * 86_400_000, False),  # GPS weeks counted from the start again
        (NOON_MS - 978_307_200_000, False),  # seconds since 2001
    ],
)
def test_a_clock_is_believed_from_2015_to_ten_minutes_ahead(ts_ms: int, is_plausible: bool) -> None:
    assert is_plausible_time(ts_ms, NOON_MS) is is_plausible


def test_of_twins_the_best_is_chosen_in_every_order() -> None:
    twins = [
        replace(FIX, acc_m=None),
        replace(FIX, acc_m=30.0),
        replace(FIX, acc_m=9.0, lat_e7=20),
        replace(FIX, acc_m=9.0, lat_e7=20, rcv_ms=NOON_MS + 5),
        replace(FIX, acc_m=9.0, lat_e7=15, lng_e7=30),
    ]
    for order in permutations(twins):
        best = order[0]
        for other in order[1:]:
            best = prefer(best, other)
        assert (best.lat_e7, best.lng_e7) == (15, 30)


def test_a_twin_that_says_the_same_is_no_better() -> None:
    assert prefer(FIX, replace(FIX, rcv_ms=NOON_MS + 99)) is FIX


def test_of_a_dense_stream_the_most_accurate_of_five_seconds_remains() -> None:
    state = State()
    remaining: list[int] = []
    for second, acc_m in enumerate([20, 12, 30, 12, 9, 15, 15, 10, 40, 11, 8]):
        fix = replace(FIX, ts_ms=NOON_MS + second * 1000, acc_m=float(acc_m))
        best = thin(state, seen(fix, VEHICLE), VEHICLE)
        if best is not None:
            remaining.append((best.ts_ms - NOON_MS) // 1000)

    assert remaining == [4, 7]


def test_accuracy_is_a_hint_of_the_provider_and_never_believed_below_8_m() -> None:
    assert seen(replace(FIX, acc_m=2.0), VEHICLE).acc_m == 8.0
    assert seen(FIX, VEHICLE).acc_m == 30.0


@pytest.mark.parametrize(("away_e7", "on_foot", "may"), [(5000, True, True), (20_000, True, False)])
def test_nobody_runs_faster_than_their_profile_allows(
    away_e7: int, on_foot: bool, may: bool
) -> None:
    start = seen(replace(FIX, acc_m=8.0), VEHICLE)
    goal = seen(replace(FIX, acc_m=8.0, ts_ms=NOON_MS + 10_000, lat_e7=10 + away_e7), VEHICLE)

    assert is_reachable(start, goal, FOOT if on_foot else VEHICLE) is may


def test_leaving_is_never_believed_in_less_than_a_minute_and_a_half() -> None:
    assert for_member(checkout_delay_s=0).checkout_delay_s == 90
    assert for_member(checkout_delay_s=600).checkout_delay_s == 600


def test_a_device_measures_whom_it_was_given_to_at_the_time() -> None:
    given = [
        Assignment(from_ms=0, member="wanda", rank=1),  # type: ignore[arg-type] # plain ids will do
        Assignment(from_ms=500, member="willi", rank=2),  # type: ignore[arg-type] # as above
    ]

    assert [assigned_at(given, ts).member for ts in (-9, 0, 499, 500, 900)] == [
        *("wanda", "wanda", "wanda", "willi", "willi")
    ]
