"""A day through the door: the same truth from every order of arrival, and facts that follow it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from roundsman.core.ids import DeviceId, MemberId
from roundsman.events.catalogue import AreaEntered, AreaEvent, AreaLeft, AreaVisitRetracted
from roundsman.tracking import areas as tracked
from roundsman.tracking import fold, memory, tracks
from roundsman.tracking.derived import DAY_MS, DENSE_MS
from roundsman.tracking.memory import Journey, Seen, State
from roundsman.tracking.model import Edge
from roundsman.tracking.queries import folds, live, segments
from tests import days
from tests.facts import told_of
from tests.folding import Outcome, Pencil, area_at, at_s
from tests.phones import EVER, Phone, segments_of, visits_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roundsman.places.areas import Area
    from roundsman.storage.database import Tx
    from roundsman.tracking.identity import StoredVisit
    from roundsman.tracking.live import LiveState
    from roundsman.tracking.model import Fix, Segment, Visit
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

EVENING = datetime(2026, 3, 2, 20, tzinfo=UTC)


@pytest.fixture
def evening(world: World) -> World:
    """Return the world in the evening of the days that the generator draws."""
    world.now = EVENING
    world.set_company(timezone="UTC")
    return world


def for_member(area: Area, person: Person) -> Area:
    return structs.replace(area, member=person.id)


def put(world: World, *areas: Area) -> None:
    def write(tx: Tx) -> None:
        for area in areas:
            tracked.put(tx, world.acme, area)

    world.db.write_now(write)


def derived(world: World, person: Person) -> tuple[list[Segment], list[Visit]]:
    """Return what was folded, without ids."""
    return (
        [one.what for one in segments_of(world, person)],
        [one.what for one in visits_of(world, person)],
    )


def facts(world: World, person: Person) -> list[AreaEvent]:
    told = told_of(world, f"member:{person.id}")
    return [each.event for each in told if isinstance(each.event, AreaEvent)]


def live_of(world: World, person: Person) -> LiveState:
    return world.db.read_now(lambda tx: live.live_states(tx, person.company))[person.id]


async def arrive(
    world: World, phone: Phone, fixes: Sequence[Fix], *, size: int, fold_each: bool
) -> None:
    for first in range(0, len(fixes), size):
        await phone.send(fixes[first : first + size])
        if fold_each:
            await world.settle()
    await world.settle()


async def test_every_order_of_arrival_ends_in_the_same_rows(evening: World) -> None:
    luck = random.Random(3)
    day = days.van(3, customers=4)
    fixes = days.measure(day, days.every(20), days.ROUGH, seed=3)
    # Each may be entered until somebody is in the middle of their stay.
    circles = [
        area_at(
            stay.x,
            stay.y,
            name=f"job:{n}",
            enter_until_s=at_s((stay.start_ms + stay.end_ms) // 2),
        )
        for n, stay in enumerate(day.stays)
    ]
    shuffled = luck.sample(fixes, k=len(fixes))
    late = fixes[:150] + fixes[300:] + fixes[150:300] + fixes[100:200]
    results: list[tuple[list[Segment], list[Visit]]] = []
    for person, arriving, size, fold_each in (
        (evening.wanda, fixes, 60, True),
        (evening.willi, shuffled, 200, True),
        (evening.otto, late, 97, True),
        (evening.ada, fixes[::-1], 500, False),
    ):
        put(evening, *(for_member(area, person) for area in circles))
        phone = Phone(evening, person)
        await arrive(evening, phone, arriving, size=size, fold_each=fold_each)
        results.append(derived(evening, person))

    assert results[0][0]
    assert len(results[0][1]) >= 4
    assert results[1:] == [results[0]] * 3


async def test_a_short_day_and_a_long_backlog_fold_alike(evening: World) -> None:
    fixes = days.measure(days.van(5, customers=2), days.every(5), seed=5)
    assert len(fixes) > 2 * fold.SHORT
    await arrive(evening, Phone(evening, evening.wanda), fixes, size=200, fold_each=True)
    await arrive(evening, Phone(evening, evening.willi), fixes, size=2000, fold_each=False)

    assert derived(evening, evening.willi) == derived(evening, evening.wanda)


async def test_the_rows_are_those_of_the_pure_fold(evening: World) -> None:
    fixes = Pencil().stand(600).go(2000, 0).stand(600).fixes
    await arrive(evening, Phone(evening, evening.wanda), fixes, size=40, fold_each=True)
    now_ms = int(evening.now.timestamp() * 1000)

    segments, _ = derived(evening, evening.wanda)

    assert segments == Outcome(fixes, now_ms=now_ms).segments


async def test_segments_keep_their_ids_when_late_fixes_refine_them(evening: World) -> None:
    fixes = Pencil().stand(600).go(2000, 0).stand(600).go(4000, 0).stand(600).fixes
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, fixes[::2], size=500, fold_each=True)
    before = segments_of(evening, evening.wanda)

    await arrive(evening, phone, fixes[1::2], size=500, fold_each=True)
    after = segments_of(evening, evening.wanda)

    assert [one.id for one in after] == [one.id for one in before]
    assert [one.what for one in after] != [one.what for one in before]


# --- facts ----------------------------------------------------------------------------------------


async def test_arriving_and_leaving_are_told_once_with_their_true_times(evening: World) -> None:
    put(evening, for_member(area_at(2000, 0), evening.wanda))
    fixes = Pencil().stand(300).go(2000, 0).stand(900).go(5000, 0).stand(300).fixes
    phone = Phone(evening, evening.wanda)

    await arrive(evening, phone, fixes, size=7, fold_each=True)
    await arrive(evening, phone, fixes, size=50, fold_each=True)

    entered, left = facts(evening, evening.wanda)
    (visit,) = visits_of(evening, evening.wanda)
    assert isinstance(entered, AreaEntered)
    assert isinstance(left, AreaLeft)
    assert (entered.area_kind, entered.of, entered.member) == ("job", "1", evening.wanda.id)
    assert (entered.at_ms, left.at_ms) == (visit.what.enter_ms, visit.what.exit_ms)
    assert {entered.visit, left.visit} == {visit.id}
    assert not entered.corrects
    assert not left.corrects


async def test_a_late_batch_that_shows_no_visit_was_takes_it_back(evening: World) -> None:
    put(evening, for_member(area_at(2000, 0), evening.wanda))
    pencil = Pencil().stand(300).go(2000, 0)
    pencil.fix(speed_mps=1.0)
    early = len(pencil.fixes)
    # Before the phone fell silent at the light it had driven on; those fixes come later.
    pencil.now_s += 30
    pencil.go(9000, 0).stand(600)
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, pencil.fixes[:early], size=100, fold_each=True)
    told = facts(evening, evening.wanda)

    await arrive(evening, phone, pencil.fixes[early:], size=100, fold_each=True)

    assert [type(each) for each in told] == [AreaEntered]
    assert [type(each) for each in facts(evening, evening.wanda)[1:]] == [AreaVisitRetracted]
    assert visits_of(evening, evening.wanda) == []


async def test_a_late_batch_that_moves_an_entry_corrects_it(evening: World) -> None:
    put(evening, for_member(area_at(2000, 0), evening.wanda))
    fixes = Pencil().stand(300).go(2000, 0).stand(1800).go(5000, 0).stand(300).fixes
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, fixes[100:], size=500, fold_each=True)
    (first, _) = facts(evening, evening.wanda)

    await arrive(evening, phone, fixes[:100], size=500, fold_each=True)

    corrected = facts(evening, evening.wanda)[2:]
    assert [type(each) for each in corrected] == [AreaEntered]
    assert corrected[0].corrects
    assert corrected[0].visit == first.visit
    assert corrected[0].at_ms < first.at_ms


async def test_a_phone_that_falls_asleep_inside_is_checked_in_by_time_alone(
    evening: World,
) -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(60)
    last_s = at_s(pencil.fixes[-1].ts_ms)
    evening.now = datetime.fromtimestamp(days.MORNING_MS / 1000 + last_s + 5, UTC)
    put(evening, for_member(area_at(2000, 0), evening.wanda))
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, pencil.fixes, size=500, fold_each=True)
    assert facts(evening, evening.wanda) == []
    assert live_of(evening, evening.wanda).moving == "idling"

    evening.pass_time(seconds=300)
    await evening.settle()

    assert [type(each) for each in facts(evening, evening.wanda)] == [AreaEntered]
    state = live_of(evening, evening.wanda)
    assert (state.moving, state.at) == ("halted", "job:1")


# --- areas that come and go -----------------------------------------------------------------------


async def test_an_area_made_around_a_standing_member_is_entered(evening: World) -> None:
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, Pencil().stand(1800).fixes, size=500, fold_each=True)

    put(evening, for_member(area_at(0, 0), evening.wanda), area_at(10, 0, name="place:p1"))
    await evening.settle()

    assert sorted(each.of for each in facts(evening, evening.wanda)) == ["1", "p1"]


async def test_an_area_of_another_member_is_not_entered(evening: World) -> None:
    put(evening, for_member(area_at(0, 0), evening.willi))
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, Pencil().stand(1800).fixes, size=500, fold_each=True)

    assert facts(evening, evening.wanda) == []


async def test_an_area_that_moves_before_anybody_came_is_only_where_it_is_now(
    evening: World,
) -> None:
    put(evening, for_member(area_at(9000, 0), evening.wanda))
    put(evening, for_member(area_at(2000, 0), evening.wanda))
    fixes = Pencil().stand(300).go(2000, 0).stand(900).go(9000, 0).stand(900).fixes
    await arrive(evening, Phone(evening, evening.wanda), fixes, size=500, fold_each=True)

    (visit,) = visits_of(evening, evening.wanda)
    assert at_s(visit.what.enter_ms) == pytest.approx(300 + 158, abs=5)


async def test_an_area_that_goes_while_a_member_is_inside_is_left_now(evening: World) -> None:
    put(evening, for_member(area_at(0, 0), evening.wanda))
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, Pencil().stand(1800).fixes, size=500, fold_each=True)

    evening.db.write_now(lambda tx: tracked.drop(tx, evening.acme, "job:1"))
    await evening.settle()

    entered, left = facts(evening, evening.wanda)
    assert isinstance(entered, AreaEntered)
    assert isinstance(left, AreaLeft)
    assert left.at_ms == int(evening.now.timestamp() * 1000)


async def test_a_job_given_to_another_keeps_the_visit_of_the_first(evening: World) -> None:
    phone = Phone(evening, evening.wanda)
    put(evening, for_member(area_at(0, 0), evening.wanda))
    await arrive(evening, phone, Pencil().stand(1800).fixes, size=500, fold_each=True)

    put(evening, for_member(area_at(0, 0), evening.willi))
    await evening.settle()

    (visit,) = visits_of(evening, evening.wanda)
    assert visit.what.exit_ms == int(evening.now.timestamp() * 1000)


async def test_a_job_moved_to_another_day_takes_its_area_along(evening: World) -> None:
    today = area_at(0, 0, from_s=0, until_s=86_400)
    tomorrow = area_at(0, 0, from_s=86_400, until_s=2 * 86_400)
    put(evening, for_member(today, evening.wanda))
    put(evening, for_member(tomorrow, evening.wanda))
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, Pencil().stand(1800).fixes, size=500, fold_each=True)

    assert visits_of(evening, evening.wanda) == []


# --- trouble --------------------------------------------------------------------------------------


async def test_a_member_whose_fold_breaks_does_not_stop_the_others(evening: World) -> None:
    for person in (evening.wanda, evening.willi):
        await Phone(evening, person).send(Pencil().stand(900).fixes)

    def spoil(tx: Tx) -> None:
        mark = folds.find(tx, evening.acme, evening.wanda.id)
        assert mark is not None
        # A head that claims fixes of the future: going on from it is refused by the fold.
        broken = folds.Mark(mark.company, mark.member, -1, -1, 2**62, b"")
        folds.settle(tx, broken, (0, b"\x93"), 0, still_dirty_ms=0, now_us=1)

    evening.db.write_now(spoil)
    await evening.settle()

    assert segments_of(evening, evening.willi)
    assert segments_of(evening, evening.wanda)


async def test_a_long_fold_that_breaks_does_not_stop_the_others(evening: World) -> None:
    for person in (evening.wanda, evening.willi):
        await Phone(evening, person).send(Pencil().stand(10 * (fold.SHORT + 100)).fixes)

    def spoil(tx: Tx) -> None:
        mark = folds.find(tx, evening.acme, evening.wanda.id)
        assert mark is not None
        nowhere = Seen(1, 0, 0, 8.0, 0.0, 0, DeviceId("van"))
        # A trip without a single fix, as no fold leaves it behind.
        trip = Journey(
            start=nowhere,
            start_edge=Edge.OPEN,
            is_first_estimated=False,
            counted=nowhere,
            newest=nowhere,
            window=[],
            day_end_ms=2**62,
        )
        broken = memory.to_bytes(State(journey=trip))
        folds.settle(tx, mark, (1, broken), 0, still_dirty_ms=mark.dirty_ms, now_us=1)

    evening.db.write_now(spoil)
    with capture_logs() as logs:
        await evening.settle()

    assert segments_of(evening, evening.willi)
    assert segments_of(evening, evening.wanda) == []
    assert [each["member"] for each in logs if each["event"] == "fold_failed"] == [evening.wanda.id]


async def test_a_phone_back_after_weeks_does_not_hold_up_the_others(evening: World) -> None:
    def put_before(tx: Tx) -> None:
        for number in range(fold.MEMBERS_AT_ONCE - 1):
            folds.mark(tx, evening.acme, MemberId(f"early{number}"), 0, 1)

    evening.db.write_now(put_before)
    await Phone(evening, evening.wanda).send(Pencil().stand(10 * (fold.SHORT + 100)).fixes)
    evening.pass_time(seconds=1)
    await Phone(evening, evening.willi).send(Pencil().stand(900).fixes)

    # The first batch ends with Wanda; Willi waits for the next one, but not for all of hers.
    await fold.fold_due(evening.db)

    assert segments_of(evening, evening.wanda)
    assert segments_of(evening, evening.willi)


async def test_what_a_lost_long_fold_took_is_folded_again(evening: World) -> None:
    phone = Phone(evening, evening.wanda)
    await phone.send(Pencil().stand(900).fixes)

    def take(tx: Tx) -> None:
        mark = folds.find(tx, evening.acme, evening.wanda.id)
        assert mark is not None
        folds.take(tx, mark, int(evening.now.timestamp() * 1_000_000))

    evening.db.write_now(take)
    await evening.settle()
    assert segments_of(evening, evening.wanda) == []

    evening.pass_time(minutes=5)
    await evening.settle()

    assert len(segments_of(evening, evening.wanda)) == 1


async def test_a_long_fold_that_lives_is_not_begun_by_another_process(evening: World) -> None:
    await Phone(evening, evening.wanda).send(Pencil().stand(900).fixes)
    whose = (evening.acme, evening.wanda.id)

    def moment_us() -> int:
        return int(evening.now.timestamp() * 1_000_000)

    def due(tx: Tx) -> int:
        return len(folds.due(tx, 9, now_us=moment_us(), lost_us=moment_us() - fold.LOST_US))

    def take(tx: Tx) -> None:
        mark = folds.find(tx, *whose)
        assert mark is not None
        folds.take(tx, mark, moment_us())

    evening.db.write_now(take)
    for _ in range(3):
        evening.pass_time(seconds=15)
        evening.db.write_now(lambda tx: folds.hold(tx, {whose}, moment_us()))
        assert evening.db.write_now(due) == 0
    evening.pass_time(seconds=25)
    assert evening.db.write_now(due) == 1


async def test_what_an_older_program_remembered_is_folded_anew(evening: World) -> None:
    fixes = days.measure(days.van(5, customers=2), days.every(10), seed=5)
    put(evening, area_at(0, 0, name="place:p1"))
    phone = Phone(evening, evening.wanda)
    await arrive(evening, phone, fixes[:300], size=300, fold_each=True)

    def age(tx: Tx) -> None:
        mark = folds.find(tx, evening.acme, evening.wanda.id)
        assert mark is not None
        # It had other rules, so it remembers another day.
        head = memory.to_bytes(State(version=memory.VERSION - 1, last_ms=mark.head_ms))
        folds.settle(tx, mark, (mark.head_ms, head), 0, still_dirty_ms=-1, now_us=1)
        times = folds.snapshot_times(tx, evening.acme, evening.wanda.id)
        assert times
        old = [(ts_ms, head) for ts_ms in times]
        folds.keep(tx, evening.acme, evening.wanda.id, 0, old, dense_ms=DENSE_MS, day_ms=DAY_MS)

    evening.db.write_now(age)
    await arrive(evening, phone, fixes[300:], size=300, fold_each=True)
    await arrive(evening, Phone(evening, evening.willi), fixes, size=2000, fold_each=False)

    assert len(visits_of(evening, evening.wanda)) == 2
    assert derived(evening, evening.wanda) == derived(evening, evening.willi)


async def test_old_snapshots_are_thinned_to_one_a_day(evening: World) -> None:
    phone = Phone(evening, evening.wanda)
    pencil = Pencil()
    pencil.now_s = -12 * 86_400
    pencil.stand(12 * 86_400, every_s=200)
    await arrive(evening, phone, pencil.fixes, size=2000, fold_each=True)

    def kept(tx: Tx) -> list[int]:
        return folds.snapshot_times(tx, evening.acme, evening.wanda.id)

    times = evening.db.read_now(kept)
    dense_ms = times[-1] - DENSE_MS
    old = [ts // DAY_MS for ts in times if ts < dense_ms]
    assert len(old) == len(set(old)) >= 3
    assert len(times) - len(old) >= 10


# --- reading --------------------------------------------------------------------------------------


async def test_of_too_many_visits_the_last_are_read(evening: World) -> None:
    put(evening, for_member(area_at(0, 0), evening.wanda))
    pencil = Pencil()
    for _ in range(4):
        pencil.stand(300).go(2000, 0).stand(600).go(0, 0)
    pencil.stand(300)
    await arrive(evening, Phone(evening, evening.wanda), pencil.fixes, size=900, fold_each=True)

    def read(tx: Tx) -> list[StoredVisit]:
        return segments.visits_within(tx, evening.acme, evening.wanda.id, EVER, 2)

    # The one that goes on is read whatever their number.
    assert evening.db.read_now(read) == visits_of(evening, evening.wanda)[-3:]


async def test_the_path_of_a_day_is_cut_at_its_midnights(evening: World) -> None:
    pencil = Pencil()
    pencil.now_s = 18 * 3600 - 3600 - 600 - 86_400
    pencil.stand(600).go(72_000, 0, mps=10).stand(600)
    await arrive(evening, Phone(evening, evening.wanda), pencil.fixes, size=900, fold_each=True)
    midnight_ms = days.MORNING_MS - 6 * 3_600_000

    def read(tx: Tx, since_ms: int, until_ms: int) -> tracks.Path:
        return tracks.path(tx, evening.acme, evening.wanda.id, since_ms, until_ms)

    before = evening.db.read_now(lambda tx: read(tx, midnight_ms - 86_400_000, midnight_ms))
    after = evening.db.read_now(lambda tx: read(tx, midnight_ms, midnight_ms + 86_400_000))

    assert before.metres == pytest.approx(36_000, abs=150)
    assert after.metres == pytest.approx(36_000, abs=150)
    assert len(before.points) > 300
