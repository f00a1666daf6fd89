"""The fold gives the same bytes whatever order, batches and repetitions the fixes come in."""

from __future__ import annotations

import random
from bisect import bisect_left
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack
from msgspec.structs import replace

from roundsman.core.ids import DeviceId
from roundsman.places.areas import FOREVER_MS, Area, AreaIndex, index_of
from roundsman.tracking import memory, pipeline
from roundsman.tracking.memory import State
from roundsman.tracking.model import Fix, Gap, Outcome, Stop, Tail, Trip, Visit
from roundsman.tracking.parameters import FOOT, VEHICLE, Parameters
from tests import days

ENCODE = msgpack.Encoder().encode
NOON_MS = days.MORNING_MS + 20 * 3_600_000


class Ledger:
    """Receives batches and folds after each from the newest snapshot that still holds."""

    def __init__(self, rules: Parameters, areas: AreaIndex, every: int) -> None:
        self.rules = rules
        self.areas = areas
        self.every = every
        self.known: dict[tuple[str, int], Fix] = {}
        self.outcomes: list[Outcome] = []
        self.snapshots: list[bytes] = [memory.to_bytes(State())]

    def receive(self, batch: list[Fix]) -> None:
        changed: list[int] = []
        for fix in batch:
            key = (fix.device, fix.ts_ms)
            before = self.known.get(key)
            chosen = pipeline.in_order([fix, before])[0] if before else fix
            if chosen != before:
                self.known[key] = chosen
                changed.append(fix.ts_ms)
        if changed:
            self._fold(min(changed))

    def _fold(self, dirty_ms: int) -> None:
        while self._state(-1).last_ms >= dirty_ms and len(self.snapshots) > 1:
            self.snapshots.pop()
        state = self._state(-1)
        del self.outcomes[state.written :]
        ordered = sorted(self.known.values(), key=lambda fix: (fix.ts_ms, fix.device))
        start = bisect_left(ordered, state.last_ms + 1, key=lambda fix: fix.ts_ms)
        for first in range(start, len(ordered), self.every):
            step = pipeline.advance(
                state, ordered[first : first + self.every], self.rules, self.areas
            )
            state = step.state
            self.outcomes += step.outcomes
            self.snapshots.append(memory.to_bytes(state))

    def _state(self, which: int) -> State:
        state = memory.from_bytes(self.snapshots[which])
        assert state is not None
        return state

    def result(self) -> bytes:
        state = self._state(-1)
        tail: Tail = pipeline.close(state, NOON_MS, self.rules, self.areas)
        return ENCODE((self.outcomes, tail, state))


def whole(fixes: list[Fix], rules: Parameters, areas: AreaIndex) -> bytes:
    step = pipeline.advance(State(), pipeline.in_order(fixes), rules, areas)
    tail = pipeline.close(step.state, NOON_MS, rules, areas)
    return ENCODE((list(step.outcomes), tail, step.state))


def areas_of(day: days.Day, luck: random.Random) -> AreaIndex:
    around: list[Area] = []
    for number, stay in enumerate(day.stays):
        lat, lng = days.on_earth(stay.x + luck.uniform(-60, 60), stay.y)
        amid_ms = (stay.start_ms + stay.end_ms) // 2
        begins = luck.choice([0, stay.start_ms, amid_ms])
        around.append(
            Area(
                id=f"job:{number}",
                kind="job",
                subject=str(number),
                lat_e7=round(lat * 1e7),
                lng_e7=round(lng * 1e7),
                radius_m=luck.choice([40, 100, 300]),
                from_ms=begins,
                enter_until_ms=luck.choice([FOREVER_MS, amid_ms, stay.end_ms]),
            )
        )
    return index_of(around)


def short_day(seed: int) -> days.Day:
    day = days.Walker(seed)
    luck = day.luck
    day.stand(luck.randint(60, 400))
    for _ in range(3):
        far, up = luck.uniform(-900, 900), luck.uniform(-900, 900)
        if luck.random() < 0.7:
            day.drive_to((day.x + far, day.y + up))
        else:
            day.walk_to((day.x + far / 4, day.y + up / 4))
        day.stand(luck.randint(30, 500), is_indoor=luck.random() < 0.5)
    return day.day()


HABITS = [days.every(1), days.every(10), days.every(45), days.sleeping(), days.every(200)]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(range(len(HABITS))), st.booleans())
def test_every_order_of_arrival_gives_the_same_bytes(seed: int, habit: int, on_foot: bool) -> None:
    luck = random.Random(seed)
    day = short_day(seed)
    fixes = days.measure(day, HABITS[habit], days.ROUGH, seed=seed)
    fixes += [repeated(fix, luck) for fix in luck.sample(fixes, k=min(len(fixes), 5))]
    rules, areas = (FOOT if on_foot else VEHICLE), areas_of(day, luck)
    expected = whole(fixes, rules, areas)

    arriving = list(fixes)
    match luck.choice(["shuffled", "newest first", "late part", "in order"]):
        case "shuffled":
            luck.shuffle(arriving)
        case "newest first":
            arriving.reverse()
        case "late part":
            cut = luck.randrange(len(arriving))
            upto = luck.randrange(cut, len(arriving))
            arriving = arriving[:cut] + arriving[upto:] + arriving[cut:upto]
        case _:
            pass
    ledger = Ledger(rules, areas, every=luck.choice([1, 7, 200]))
    size = luck.choice([1 if len(arriving) < 150 else 40, 50, 500])
    for first in range(0, len(arriving), size):
        ledger.receive(arriving[first : first + size])
        if luck.random() < 0.2:
            ledger.receive(arriving[first : first + size])

    assert ledger.result() == expected


def repeated(fix: Fix, luck: random.Random) -> Fix:
    """Return the same moment measured otherwise, as two sources inside one phone do."""
    return Fix(
        device=DeviceId(fix.device),
        ts_ms=fix.ts_ms,
        rcv_ms=fix.rcv_ms + luck.randint(0, 10**7),
        lat_e7=fix.lat_e7 + luck.choice([0, 900]),
        lng_e7=fix.lng_e7,
        acc_m=luck.choice([fix.acc_m, None, 5.0]),
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_a_snapshot_stays_small_and_survives_its_own_encoding(seed: int) -> None:
    day = days.van(seed, customers=3)
    fixes = days.measure(day, days.every(5), days.ROUGH, seed=seed)
    areas = areas_of(day, random.Random(seed))
    state = pipeline.advance(State(), fixes, VEHICLE, areas).state

    kept = memory.to_bytes(state)

    assert len(kept) < 20 * 1024
    restored = memory.from_bytes(kept)
    assert restored == state
    assert memory.to_bytes(memory.copy_of(state)) == kept


LATITUDES = st.integers(-900_000_000, 900_000_000)
LONGITUDES = st.integers(-1_800_000_000, 1_800_000_000)
WILD = st.builds(
    Fix,
    device=st.sampled_from([DeviceId("a"), DeviceId("b")]),
    ts_ms=st.integers(days.MORNING_MS, days.MORNING_MS + 4 * 3_600_000),
    rcv_ms=st.just(NOON_MS),
    lat_e7=LATITUDES,
    lng_e7=LONGITUDES,
    acc_m=st.none() | st.floats(0.1, 5000),
    speed_mps=st.none() | st.floats(0, 90),
    rank=st.integers(0, 2),
)
NEAR = st.builds(
    Fix,
    device=st.just(DeviceId("a")),
    ts_ms=st.integers(days.MORNING_MS, days.MORNING_MS + 7_200_000),
    rcv_ms=st.just(NOON_MS),
    lat_e7=st.integers(411_500_000, 411_540_000),
    lng_e7=st.integers(-86_140_000, -86_100_000),
    acc_m=st.none() | st.floats(1, 120),
    speed_mps=st.none() | st.floats(0, 20),
)
AREAS = index_of(
    [
        Area(
            id=f"job:{n}",
            kind="job",
            subject=str(n),
            lat_e7=411_500_000 + 9_000 * n,
            lng_e7=-86_120_000,
            radius_m=120,
            until_ms=days.MORNING_MS + 3_600_000 * (n + 1) if n % 2 else FOREVER_MS,
            enter_until_ms=days.MORNING_MS + 1_800_000 * (n + 1),
        )
        for n in range(4)
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WILD | NEAR, min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_no_fixes_however_wild_break_the_fold_or_its_order_freedom(
    fixes: list[Fix], luck: random.Random
) -> None:
    expected = whole(fixes, VEHICLE, AREAS)
    shuffled = list(fixes)
    luck.shuffle(shuffled)
    ledger = Ledger(VEHICLE, AREAS, every=5)
    for first in range(0, len(shuffled), 9):
        ledger.receive(shuffled[first : first + 9])

    assert ledger.result() == expected


@settings(max_examples=150, deadline=None)
@given(st.lists(NEAR, min_size=1, max_size=80), st.integers(0, 120))
def test_a_time_to_enter_takes_later_visits_away_and_changes_no_other(
    fixes: list[Fix], minutes: int
) -> None:
    limit_ms = days.MORNING_MS + minutes * 60_000
    ever = replace(AREAS.by_id["job:1"][0], until_ms=FOREVER_MS, enter_until_ms=FOREVER_MS)

    assert visits(fixes, replace(ever, enter_until_ms=limit_ms)) == [
        visit for visit in visits(fixes, ever) if visit.enter_ms < limit_ms
    ]


def visits(fixes: list[Fix], area: Area) -> list[Visit]:
    areas = index_of([area])
    step = pipeline.advance(State(), pipeline.in_order(fixes), VEHICLE, areas)
    tail = pipeline.close(step.state, NOON_MS, VEHICLE, areas)
    return [*(each for each in step.outcomes if isinstance(each, Visit)), *tail.visits]


@settings(max_examples=100, deadline=None)
@given(st.lists(NEAR, min_size=1, max_size=80))
def test_segments_follow_one_another_without_overlap_or_hole(fixes: list[Fix]) -> None:
    step = pipeline.advance(State(), pipeline.in_order(fixes), VEHICLE)
    tail = pipeline.close(step.state, NOON_MS, VEHICLE)
    segments = [each for each in step.outcomes if isinstance(each, Stop | Trip | Gap)]
    segments += tail.segments
    for before, after in pairwise(segments):
        assert before.start_ms <= before.end_ms == after.start_ms
