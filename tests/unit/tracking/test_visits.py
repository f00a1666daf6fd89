"""When a member is inside an area, and when not: the edge cases of presence."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from roundsman.places.areas import index_of
from roundsman.tracking.model import Trigger, Visit
from roundsman.tracking.parameters import VEHICLE, Parameters, for_member
from tests import days
from tests.folding import Outcome, Pencil, area_at, at_s


def visits(
    pencil: Pencil,
    *areas: object,
    rules: Parameters = VEHICLE,
    now_s: int | None = None,
) -> list[Visit]:
    now_ms = None if now_s is None else days.MORNING_MS + now_s * 1000
    return Outcome(pencil.fixes, rules, index_of(areas), now_ms).visits  # type: ignore[arg-type] # shorter calls


CUSTOMER = area_at(2000, 0)


def at_customer(seconds: int = 600) -> Pencil:
    """Drive 2 km to the customer, stay, drive on."""
    return Pencil().stand(300).go(2000, 0).stand(seconds).go(4000, 0).stand(300)


def test_a_visit_begins_and_ends_at_the_boundary() -> None:
    (visit,) = visits(at_customer(), CUSTOMER)

    # 1900 m at 12 m/s after 300 s of standing; 10 s steps.
    assert at_s(visit.enter_ms) == pytest.approx(300 + 1900 / 12, abs=3)
    assert at_s(visit.exit_ms) == pytest.approx(300 + 170 + 600 + 100 / 12, abs=6)
    assert not visit.estimated
    assert visit.fixes > 55
    assert visit.acc_m == 7.5
    assert visit.confirmed_ms == visit.first_ms + 120_000


def test_driving_past_five_areas_is_no_visit_but_five_passages() -> None:
    five = [area_at(x, 20, radius_m=80, name=f"job:{x}") for x in range(500, 3000, 500)]
    outcome = Outcome(Pencil().stand(300).go(4000, 0).stand(300).fixes, VEHICLE, index_of(five))

    assert outcome.visits == []
    assert sorted(each.area for each in outcome.passages) == sorted(area.id for area in five)


def test_a_small_area_crossed_between_two_fixes_is_passed() -> None:
    area = area_at(1550, 0, radius_m=30)
    pencil = Pencil().stand(300).go(3000, 0, mps=20, every_s=10).stand(300)
    outcome = Outcome(pencil.fixes, VEHICLE, index_of([area]))

    assert outcome.visits == []
    (passage,) = outcome.passages
    assert at_s(passage.ts_ms) == pytest.approx(300 + 1550 / 20, abs=2)


def test_a_red_light_inside_an_area_is_no_visit() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(90).go(4000, 0).stand(300)

    assert visits(pencil, CUSTOMER) == []


def test_driving_slowly_through_a_large_area_for_longer_than_the_delay_is_no_visit() -> None:
    pencil = Pencil().stand(300).go(6000, 0, mps=8).stand(300)

    assert visits(pencil, area_at(3000, 0, radius_m=1000)) == []


def test_with_a_delay_of_0_every_entry_counts_at_once() -> None:
    pencil = Pencil().stand(300).go(4000, 0).stand(300)

    assert len(visits(pencil, CUSTOMER, rules=for_member(checkin_delay_s=0))) == 1


def test_parking_just_outside_and_walking_in_is_one_visit_from_the_walk_on() -> None:
    pencil = Pencil().stand(300).go(1860, 0).stand(60).go(1960, 0, mps=1.2).stand(900)
    pencil.go(1860, 0, mps=1.2).stand(60).go(0, 0).stand(300)

    (visit,) = visits(pencil, CUSTOMER)

    assert at_s(visit.enter_ms) == pytest.approx(300 + 155 + 60 + 33, abs=15)


def test_one_wild_fix_never_ends_a_visit_however_exact_it_claims_to_be() -> None:
    pencil = Pencil().stand(300)
    pencil.fix(90, 300, acc_m=2)
    pencil.sleep(30).stand(60)
    pencil.fix(-90, 260, acc_m=2)
    pencil.sleep(10).fix(-95, 262, acc_m=2)
    pencil.sleep(10).stand(300)

    (visit,) = visits(pencil, area_at(0, 0))

    assert visit.exit_ms == 0


def test_coming_back_within_a_minute_and_a_half_goes_on() -> None:
    pencil = Pencil().stand(600).go(300, 0, mps=8).go(0, 0, mps=8).stand(600)

    assert len(visits(pencil, area_at(0, 0))) == 1


def test_coming_back_within_five_minutes_is_the_same_visit_and_later_another() -> None:
    soon = Pencil().stand(600).go(900, 0).stand(40).go(0, 0).stand(600)
    later = Pencil().stand(600).go(900, 0).stand(400).go(0, 0).stand(600)

    assert [visit.exit_ms for visit in visits(soon, area_at(0, 0))] == [0]
    assert len(visits(later, area_at(0, 0))) == 2


def test_two_customers_100_m_apart_are_two_visits() -> None:
    near, far = area_at(2000, 0, radius_m=40), area_at(2100, 0, radius_m=40, name="job:2")
    pencil = Pencil().stand(300).go(2000, 0).stand(600).go(2100, 0, mps=1.3).stand(600)
    pencil.go(4000, 0).stand(300)

    assert [visit.area for visit in visits(pencil, near, far)] == ["job:1", "job:2"]


def test_three_jobs_at_one_address_are_all_visited() -> None:
    three = [area_at(2000, 0, name=f"job:{number}") for number in range(3)]

    found = visits(at_customer(), *three)

    assert sorted(visit.area for visit in found) == ["job:0", "job:1", "job:2"]
    assert len({(visit.enter_ms, visit.exit_ms) for visit in found}) == 1


def test_walking_about_a_site_of_300_m_is_one_visit() -> None:
    day = days.Walker(9)
    day.stand(300)
    day.drive_to((3000.0, 0.0))
    day.wander(5400, 280)
    day.drive_to((0.0, 0.0))
    day.stand(600)
    fixes = days.measure(day.day(), days.every(10), days.ROUGH, seed=9)

    found = Outcome(fixes, VEHICLE, index_of([area_at(3000, 0, radius_m=300)])).visits

    assert len(found) == 1


def test_indoor_drift_invents_no_visits() -> None:
    day = days.Walker(10)
    day.stand(600)
    day.drive_to((2500.0, 0.0))
    day.stand(6 * 3600, is_indoor=True)
    day.drive_to((0.0, 0.0))
    day.stand(600)
    fixes = days.measure(day.day(), days.every(10), days.ROUGH, seed=10)

    assert len(Outcome(fixes, VEHICLE, index_of([area_at(2500, 0, radius_m=50)])).visits) == 1


# --- silence --------------------------------------------------------------------------------------


def test_a_phone_that_falls_asleep_inside_checks_in_on_time_alone() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(60)
    last_s = at_s(pencil.fixes[-1].ts_ms)
    areas = index_of([CUSTOMER])
    before = Outcome(pencil.fixes, VEHICLE, areas)
    after = Outcome(pencil.fixes, VEHICLE, areas, now_ms=days.MORNING_MS + (last_s + 121) * 1000)

    assert before.visits == []
    assert at_s(before.tail.wake_ms) == last_s + 120
    assert [visit.exit_ms for visit in after.visits] == [0]


def test_a_phone_that_speaks_only_while_driving_checks_in_by_its_silence() -> None:
    # Every 75 m and never while standing: each fix says 12 m/s, and there are two of them inside.
    pencil = Pencil().stand(300).go(1990, 0, mps=12, every_s=6)
    pencil.sleep(900).jump(2060, 0).go(4000, 0, mps=12, every_s=6).stand(300)

    (visit,) = visits(pencil, CUSTOMER)

    assert visit.exit_ms - visit.enter_ms > 900_000


def test_a_position_repeated_while_driving_through_is_no_stay() -> None:
    # A tunnel under a large area: the app repeats its last position and speed for 40 seconds.
    pencil = Pencil().stand(300).go(3000, 0, mps=12)
    for _ in range(4):
        pencil.fix(speed_mps=12.0)
        pencil.sleep(10)
    pencil.jump(3480, 0).go(6000, 0, mps=12).stand(300)

    assert visits(pencil, area_at(3000, 0, radius_m=1000)) == []


def test_silence_ends_no_visit_and_reappearing_inside_goes_on() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(60).sleep(4 * 3600).stand(60)
    pencil.go(4000, 0).stand(300)

    (visit,) = visits(pencil, CUSTOMER)

    assert visit.exit_ms - visit.enter_ms > 4 * 3600 * 1000


def test_reappearing_elsewhere_dates_the_exit_back_and_says_so() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(60).sleep(3600).jump(2700, 0)
    woke_s = pencil.now_s
    pencil.go(6000, 0).stand(300)

    (visit,) = visits(pencil, CUSTOMER)

    assert visit.estimated
    assert at_s(visit.exit_ms) == woke_s - 100  # 600 m beyond the boundary at 6 m/s


def test_a_fast_fix_before_a_long_silence_is_no_visit() -> None:
    pencil = Pencil().stand(300).go(2000, 0)
    pencil.fix(speed_mps=12)
    pencil.sleep(300).jump(5000, 0).go(8000, 0).stand(300)

    assert visits(pencil, CUSTOMER) == []


def test_a_stop_at_a_light_before_a_sparse_reporter_drove_far_is_no_visit() -> None:
    pencil = Pencil().stand(300).go(2000, 0)
    pencil.fix(speed_mps=0)
    pencil.sleep(300).jump(5000, 0).go(8000, 0).stand(300)

    assert visits(pencil, CUSTOMER) == []


def test_pings_inside_keep_a_visit_and_begin_none() -> None:
    parked = Pencil().stand(300).fixes
    pings = [
        replace(parked[-1], ts_ms=parked[-1].ts_ms + late * 1000, trigger=Trigger.PING)
        for late in (600, 1200)
    ]
    begun_after = area_at(0, 0, from_s=500)
    kept = Outcome([*parked, *pings], VEHICLE, index_of([area_at(0, 0)]))
    moving = Outcome([*Pencil().go(3000, 0).fixes], VEHICLE, index_of([begun_after]))

    assert [at_s(visit.last_ms) for visit in kept.visits] == [290 + 1200]
    assert moving.visits == []


# --- areas that come and go -----------------------------------------------------------------------


def test_an_area_made_around_a_standing_member_is_entered_when_it_begins() -> None:
    pencil = Pencil().stand(1800)

    (visit,) = visits(pencil, area_at(0, 0, from_s=900))

    assert at_s(visit.enter_ms) == 900


def test_an_area_made_around_a_sleeping_phone_is_entered_on_time_alone() -> None:
    pencil = Pencil().stand(400)

    (visit,) = visits(pencil, area_at(0, 0, from_s=900), now_s=1100)

    assert (at_s(visit.enter_ms), visit.exit_ms) == (900, 0)


def test_an_area_that_will_begin_where_a_member_stands_wakes_the_fold_then() -> None:
    pencil = Pencil().stand(400)
    outcome = Outcome(pencil.fixes, VEHICLE, index_of([area_at(0, 0, from_s=9000)]))

    assert at_s(outcome.tail.wake_ms) == 9000


def test_an_area_that_ends_during_a_visit_is_left_then() -> None:
    pencil = Pencil().stand(1800)

    (visit,) = visits(pencil, area_at(0, 0, until_s=900))

    assert (at_s(visit.exit_ms), visit.estimated) == (900, True)


def test_an_area_that_moves_away_during_a_visit_is_left_when_it_moved() -> None:
    pencil = Pencil().stand(1800)
    here = area_at(0, 0, until_s=900)
    there = area_at(5000, 0, from_s=900)

    (visit,) = visits(pencil, here, there)

    assert at_s(visit.exit_ms) == 900


def test_an_area_that_grows_during_a_visit_goes_on() -> None:
    pencil = Pencil().stand(1800)
    small = area_at(0, 0, radius_m=50, until_s=900)
    large = area_at(10, 0, radius_m=150, from_s=900)

    (visit,) = visits(pencil, small, large)

    assert visit.exit_ms == 0


def test_a_radius_of_0_holds_nobody() -> None:
    assert visits(Pencil().stand(1800), area_at(0, 0, radius_m=0)) == []


def test_a_visit_over_midnight_is_one_visit() -> None:
    # 06:00 UTC plus 17 hours is midnight in Vienna.
    pencil = Pencil().stand(300).go(2000, 0).stand(18 * 3600, every_s=60).go(0, 0).stand(300)

    (visit,) = visits(pencil, CUSTOMER, rules=for_member(zone="Europe/Vienna"))

    assert visit.exit_ms - visit.enter_ms > 18 * 3600 * 1000


# --- areas that may be entered for a while --------------------------------------------------------


def test_who_came_in_time_stays_however_long_the_phone_is_silent() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(600).sleep(20 * 3600).stand(60)
    site = area_at(2000, 0, enter_until_s=3600)
    last_s = at_s(pencil.fixes[-1].ts_ms)

    (silent,) = visits(Pencil().stand(300).go(2000, 0).stand(600), site, now_s=last_s)
    (seen,) = visits(pencil, site)

    assert (silent.exit_ms, seen.exit_ms) == (0, 0)
    assert silent.enter_ms == seen.enter_ms
    assert not seen.estimated


def test_who_came_in_time_leaves_at_their_own_time() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(3 * 3600, every_s=60).go(5000, 0).stand(300)

    assert visits(pencil, area_at(2000, 0, enter_until_s=3600)) == visits(pencil, CUSTOMER)


def test_reappearing_elsewhere_after_the_time_to_enter_dates_the_exit_back() -> None:
    pencil = Pencil().stand(300).go(2000, 0).stand(600).sleep(20 * 3600).jump(2700, 0)
    woke_s = pencil.now_s
    pencil.go(6000, 0).stand(300)

    (visit,) = visits(pencil, area_at(2000, 0, enter_until_s=3600))

    assert visit.estimated
    assert at_s(visit.exit_ms) == woke_s - 100  # 600 m beyond the boundary at 6 m/s


def test_nobody_enters_after_the_time_to_enter() -> None:
    closed = index_of([area_at(2000, 0, enter_until_s=450)])
    outcome = Outcome(at_customer().fixes, VEHICLE, closed)

    assert (outcome.visits, outcome.passages) == ([], [])


def test_a_visit_that_began_in_time_may_be_believed_later() -> None:
    (visit,) = visits(at_customer(), area_at(2000, 0, enter_until_s=460))

    assert at_s(visit.enter_ms) < 460 < at_s(visit.confirmed_ms)


def test_coming_back_soon_goes_on_with_a_visit_after_the_time_to_enter_and_later_does_not() -> None:
    area = area_at(0, 0, enter_until_s=300)
    soon = Pencil().stand(600).go(900, 0).stand(40).go(0, 0).stand(600)
    later = Pencil().stand(600).go(900, 0).stand(400).go(0, 0).stand(600)

    assert [visit.exit_ms for visit in visits(soon, area)] == [0]
    (once,) = visits(later, area)
    assert 600 < at_s(once.exit_ms) < 700


def test_an_area_that_begins_around_a_silent_phone_keeps_its_owner_after_the_time_to_enter() -> (
    None
):
    area = area_at(0, 0, from_s=900, enter_until_s=1800)
    silent = Pencil().stand(400)
    woken = Pencil().stand(400).sleep(3600).stand(300)

    for pencil, now_s in ((silent, 5000), (woken, None)):
        (visit,) = visits(pencil, area, now_s=now_s)
        assert (at_s(visit.enter_ms), visit.exit_ms) == (900, 0)


def test_an_area_that_goes_after_its_time_to_enter_is_left_then() -> None:
    (visit,) = visits(Pencil().stand(1800), area_at(0, 0, enter_until_s=600, until_s=900))

    assert (at_s(visit.exit_ms), visit.estimated) == (900, True)


def test_an_area_that_moves_after_its_time_to_enter_takes_along_only_who_is_inside() -> None:
    pencil = Pencil().stand(1800).go(2000, 0).stand(900)
    before = area_at(0, 0, enter_until_s=600, until_s=900)

    (stays,) = visits(pencil, before, area_at(20, 0, from_s=900, enter_until_s=600))
    (leaves,) = visits(pencil, before, area_at(2000, 0, from_s=900, enter_until_s=600))

    assert 1800 < at_s(stays.exit_ms) < 1830
    assert at_s(leaves.exit_ms) == 900


def test_a_time_to_enter_that_is_over_wakes_nobody() -> None:
    pencil = Pencil().stand(600)
    outcome = Outcome(pencil.fixes, VEHICLE, index_of([area_at(0, 0, enter_until_s=9000)]))

    assert outcome.tail.wake_ms == 0
