"""The edge cases of the fold: what stops, what goes on, what nobody knows."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from roundsman.core.ids import DeviceId
from roundsman.tracking import pipeline
from roundsman.tracking.memory import State
from roundsman.tracking.model import Edge, Fix, Flag, Mode, Quality, Trigger, Verdict
from roundsman.tracking.parameters import FOOT, VEHICLE, for_member
from tests import days
from tests.folding import Outcome, Pencil, at_s


def round_trip() -> Pencil:
    """Ten minutes at home, two kilometres away, ten minutes there."""
    return Pencil().stand(600).go(2000, 0).stand(600)


# --- repetition and order -------------------------------------------------------------------------


def test_the_same_batch_three_times_changes_nothing() -> None:
    fixes = round_trip().fixes

    assert Outcome(fixes * 3).segments == Outcome(fixes).segments


def test_one_fix_51_times_changes_nothing() -> None:
    fixes = round_trip().fixes

    assert Outcome([*fixes, *[fixes[70]] * 50]).segments == Outcome(fixes).segments


def test_a_batch_newest_first_gives_the_same_segments() -> None:
    fixes = round_trip().fixes

    assert Outcome(fixes[::-1]).segments == Outcome(fixes).segments


def test_of_two_positions_at_one_moment_the_more_accurate_counts_whichever_came_first() -> None:
    pencil = Pencil()
    coarse = pencil.fix(60, 0, acc_m=40)
    fine = pencil.fix(0, 0, acc_m=9)
    unknown = replace(fine, lat_e7=fine.lat_e7 + 5000, acc_m=None)

    assert pipeline.in_order([coarse, fine, unknown]) == [fine]
    assert pipeline.in_order([unknown, fine, coarse]) == [fine]


def test_the_fold_refuses_fixes_out_of_order() -> None:
    fixes = round_trip().fixes
    state = pipeline.advance(State(), fixes[:20], VEHICLE).state

    with pytest.raises(ValueError, match="order of time"):
        pipeline.advance(state, fixes[10:12], VEHICLE)


def test_the_state_given_stays_as_it_was() -> None:
    fixes = round_trip().fixes
    state = pipeline.advance(State(), fixes[:20], VEHICLE).state
    before = repr(state)

    pipeline.advance(state, fixes[20:], VEHICLE)
    pipeline.close(state, fixes[-1].ts_ms, VEHICLE)

    assert repr(state) == before


# --- devices --------------------------------------------------------------------------------------


def test_of_two_phones_at_once_the_one_given_later_counts_from_its_first_fix() -> None:
    van = round_trip().fixes
    at_home = [
        replace(fix, device=DeviceId("old"), rank=1)
        for fix in Pencil(device="old").stand(1400, every_s=15).fixes
    ]
    both = Outcome([*at_home, *(replace(fix, rank=2) for fix in van)])

    assert both.segments == Outcome([replace(fix, rank=2) for fix in van]).segments
    assert {each.verdict for each in both.dropped} == {Verdict.OTHER_DEVICE}


def test_an_older_phone_is_heard_again_when_the_newer_one_has_been_silent_for_long() -> None:
    new = [replace(fix, rank=2) for fix in Pencil(device="new").stand(600).fixes]
    later = Pencil(device="old").sleep(13 * 3600).jump(5000, 0).stand(900)

    outcome = Outcome([*new, *(replace(fix, rank=1) for fix in later.fixes)])

    assert [at_s(stop.start_ms) for stop in outcome.stops] == [0, 13 * 3600]


# --- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("acc_m", [None, 0.1, 9.0, 99.0])
def test_unknown_tiny_and_poor_accuracy_still_give_the_stop(acc_m: float | None) -> None:
    pencil = Pencil(acc_m=acc_m).stand(600)

    assert Outcome(pencil.fixes).shape == "S"


def test_a_coarse_fix_is_a_sign_of_life_and_no_place() -> None:
    pencil = Pencil().stand(300)
    pencil.fix(9000, 0, acc_m=5000)
    pencil.sleep(10).stand(300)

    assert Outcome(pencil.fixes).shape == "S"


@pytest.mark.parametrize("flag", [Flag.COARSE, Flag.SUSPECT_CLOCK, Flag.SUPERSEDED])
def test_flagged_fixes_are_not_folded(flag: Flag) -> None:
    fixes = round_trip().fixes
    odd = replace(fixes[30], lat_e7=fixes[30].lat_e7 + 900_000, ts_ms=fixes[30].ts_ms, flags=flag)

    assert Outcome([*fixes[:30], odd, *fixes[31:]]).shape == "STS"


def test_mock_positions_are_folded_like_others() -> None:
    fixes = [replace(fix, flags=Flag.MOCK) for fix in round_trip().fixes]

    assert Outcome(fixes).shape == "STS"


# --- the whole globe ------------------------------------------------------------------------------


def moved(fixes: list[Fix], lat: float, lng: float) -> list[Fix]:
    """Return fixes carried to another place on earth; metres to the east shrink with latitude."""
    home_lat, home_lng = days.HOME
    return [
        replace(
            fix,
            lat_e7=fix.lat_e7 + round((lat - home_lat) * 1e7),
            lng_e7=(fix.lng_e7 + round((lng - home_lng) * 1e7) + 1_800_000_000) % 3_600_000_000
            - 1_800_000_000,
        )
        for fix in fixes
    ]


def test_a_round_across_the_date_line_is_the_same_round() -> None:
    fixes = Pencil().stand(600).go(1500, 0).stand(600).go(-1500, 0).stand(600).fixes
    here, there = Outcome(fixes), Outcome(moved(fixes, days.HOME[0], 180.0))

    assert there.shape == here.shape == "STSTS"
    assert [trip.metres for trip in there.trips] == pytest.approx(
        [trip.metres for trip in here.trips], rel=1e-3
    )


def test_standing_on_the_date_line_has_its_anchor_there() -> None:
    fixes: list[Fix] = []
    for number in range(60):
        pencil = Pencil()
        pencil.now_s = number * 10
        fixes.append(pencil.fix(12 if number % 2 else -12, 0))
    (stop,) = Outcome(moved(fixes, 10.0, 180.0)).stops

    assert 1_799_990_000 <= abs(stop.lng_e7) <= 1_800_000_000


@pytest.mark.parametrize("lat", [89.9999999, -89.9999999])
def test_standing_at_a_pole_is_a_stop_whatever_the_longitude(lat: float) -> None:
    fixes = [
        replace(fix, lat_e7=round(lat * 1e7), lng_e7=number * 300_000_000 % 1_800_000_000)
        for number, fix in enumerate(Pencil().stand(600).fixes)
    ]

    assert Outcome(fixes).shape == "S"


def test_zero_latitude_is_a_place() -> None:
    assert Outcome(moved(Pencil().stand(600).fixes, 0.0, 11.5)).shape == "S"


# --- spikes and jumps -----------------------------------------------------------------------------


def test_a_spike_of_200_m_that_claims_2_m_is_dropped() -> None:
    pencil = Pencil().stand(300)
    pencil.fix(200, 0, acc_m=2)
    pencil.sleep(10).stand(300)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "S"
    assert [each.verdict for each in outcome.dropped] == [Verdict.DETOUR]


def test_two_rockets_in_a_row_are_dropped() -> None:
    pencil = Pencil().stand(300)
    pencil.fix(9000, 0)
    pencil.sleep(10).fix(9050, 30)
    pencil.sleep(10).stand(300)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "S"
    assert [each.verdict for each in outcome.dropped] == [Verdict.SPIKE] * 2


def test_two_near_spikes_in_a_row_make_no_trip() -> None:
    pencil = Pencil().stand(300)
    pencil.fix(200, 0, acc_m=2)
    pencil.sleep(10).fix(210, 10, acc_m=2)
    pencil.sleep(10).stand(400)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "S"
    assert outcome.trips == []


def test_a_flight_of_800_km_is_a_gap_between_two_stops() -> None:
    pencil = Pencil().stand(900).sleep(2 * 3600).jump(0, 800_000).stand(900)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "SGS"
    assert outcome.gaps[0].metres == pytest.approx(800_000, rel=0.002)
    assert outcome.stops[0].end is Edge.OPEN


# --- silence --------------------------------------------------------------------------------------


def test_a_train_tunnel_of_20_minutes_is_part_of_the_trip_and_estimated() -> None:
    pencil = Pencil().stand(600).go(6000, 0, mps=30)
    pencil.sleep(1200).jump(36_000, 0).go(42_000, 0, mps=30).stand(600)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "STS"
    assert outcome.trips[0].estimated_m == pytest.approx(30_300, rel=0.01)
    assert outcome.trips[0].quality is Quality.POOR


def test_a_basement_of_50_minutes_is_a_stop() -> None:
    pencil = Pencil().stand(600).go(2000, 0).stand(30).sleep(3000).stand(60).go(4000, 0).stand(600)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "STSTS"
    assert 3000 <= (outcome.stops[1].end_ms - outcome.stops[1].start_ms) / 1000 <= 3130


def test_a_phone_off_over_night_and_on_at_the_same_spot_never_left() -> None:
    pencil = Pencil().stand(600).sleep(10 * 3600).stand(600)

    (stop,) = Outcome(pencil.fixes).stops

    assert stop.end_ms - stop.start_ms > 10 * 3600 * 1000


def test_a_phone_off_over_night_and_on_elsewhere_left_shortly_before() -> None:
    pencil = Pencil().stand(600).sleep(10 * 3600).jump(8300, 0).stand(600)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "STS"
    arrived_s = 600 + 10 * 3600
    assert at_s(outcome.trips[0].start_ms) == pytest.approx(arrived_s - 1000, abs=30)
    assert outcome.trips[0].start is Edge.INFERRED
    assert outcome.trips[0].estimated_m == pytest.approx(8300, rel=0.01)
    assert outcome.trips[0].metres < 50


def test_a_phone_asleep_at_every_stop_shows_them_all() -> None:
    day = days.van(7)
    fixes = days.measure(day, days.sleeping(), seed=7)

    outcome = Outcome(fixes, now_ms=day.moments[-1].at_ms)

    assert len(outcome.stops) == len(day.stays)
    assert all(trip.metres + trip.estimated_m > 500 for trip in outcome.trips)


def test_a_75_m_filter_without_timer_shows_every_stop_between_trips() -> None:
    day = days.van(8)
    fixes = days.measure(day, days.by_distance(), seed=8)

    outcome = Outcome(fixes, now_ms=day.moments[-1].at_ms)

    assert len(outcome.trips) == len(day.drives)
    assert len(outcome.stops) >= len(day.stays) - 1


def test_an_interval_of_300_s_only_still_shows_the_long_stops() -> None:
    pencil = Pencil().stand(3600, every_s=300).go(9000, 0, mps=10, every_s=300)
    pencil.stand(3600, every_s=300).go(0, 0, mps=10, every_s=300).stand(3600, every_s=300)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "STSTS"
    assert [trip.quality for trip in outcome.trips] == [Quality.POOR, Quality.POOR]
    assert sum(trip.metres + trip.estimated_m for trip in outcome.trips) == pytest.approx(
        18_000, rel=0.01
    )


def test_a_dense_12_hour_day_of_one_fix_a_second_is_thinned_and_exact() -> None:
    day = days.Walker(4)
    day.stand(3 * 3600)
    day.drive_to((9000.0, 0.0))
    day.stand(4 * 3600)
    day.drive_to((0.0, 0.0))
    day.stand(4 * 3600)
    made = day.day()
    outcome = Outcome(days.measure(made, days.every(1), seed=4))

    assert outcome.shape == "STSTS"
    for trip, drive in zip(outcome.trips, made.drives, strict=True):
        assert trip.metres == pytest.approx(drive.metres, rel=0.05)
        assert abs(trip.start_ms - drive.start_ms) <= 20_000
        assert abs(trip.end_ms - drive.end_ms) <= 20_000


# --- slow and short -------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_a_creeping_jam_of_12_minutes_is_no_stop(seed: int) -> None:
    day = days.jam(seed)
    outcome = Outcome(days.measure(day, days.every(10), seed=seed))

    assert outcome.shape == "STS"


@pytest.mark.parametrize(("light_s", "shape"), [(90, "STS"), (170, "STS"), (240, "STSTS")])
def test_a_red_light_is_no_stop_and_a_closed_level_crossing_is(light_s: int, shape: str) -> None:
    pencil = Pencil().stand(600).go(1500, 0).stand(light_s).go(3000, 0).stand(600)

    assert Outcome(pencil.fixes).shape == shape


def test_deliveries_of_100_s_are_part_of_one_trip() -> None:
    pencil = Pencil().stand(600)
    for block in range(1, 7):
        pencil.go(700.0 * block, 0).stand(100)
    pencil.go(6000, 0).stand(600)

    assert Outcome(pencil.fixes).shape == "STS"


def test_walking_about_a_building_site_is_one_stop() -> None:
    day = days.Walker(5)
    day.stand(600)
    day.drive_to((3000.0, 0.0))
    day.wander(5400, 60)
    day.drive_to((0.0, 0.0))
    day.stand(900)
    made = day.day()

    outcome = Outcome(days.measure(made, days.every(10), seed=5))

    assert outcome.shape == "STSTS"


def test_parked_all_day_drives_less_than_50_m() -> None:
    day = days.Walker(6)
    day.stand(8 * 3600, is_indoor=True)
    outcome = Outcome(days.measure(day.day(), days.every(10), days.ROUGH, seed=6))

    assert outcome.shape == "S"
    assert sum(trip.metres for trip in outcome.trips) <= 50


def test_an_outing_to_the_corner_and_back_is_no_trip() -> None:
    pencil = Pencil().stand(600).go(150, 0, mps=1.5).go(0, 0, mps=1.5).stand(600)

    assert Outcome(pencil.fixes).shape == "S"


def test_a_round_trip_to_the_same_spot_is_a_trip() -> None:
    pencil = Pencil().stand(600).go(1500, 0).go(0, 0).stand(600)

    outcome = Outcome(pencil.fixes)

    assert outcome.shape == "STS"
    assert outcome.trips[0].metres == pytest.approx(3000, rel=0.02)


def test_one_who_is_already_driving_when_tracking_begins_starts_with_an_open_trip() -> None:
    outcome = Outcome(Pencil().go(3000, 0).stand(600).fixes)

    assert outcome.shape == "TS"
    assert outcome.trips[0].start is Edge.OPEN


# --- modes and speeds -----------------------------------------------------------------------------


def test_a_walk_is_a_walk_and_a_drive_a_drive() -> None:
    walked = Outcome(Pencil().stand(600).go(800, 0, mps=1.4).stand(600).fixes, FOOT)
    driven = Outcome(round_trip().fixes)

    assert [trip.mode for trip in walked.trips] == [Mode.WALK]
    assert [trip.mode for trip in driven.trips] == [Mode.DRIVE]


def test_top_speed_ignores_one_wild_value() -> None:
    fixes = round_trip().fixes
    wild = [
        replace(fix, speed_mps=60.0) if number == 68 else fix for number, fix in enumerate(fixes)
    ]

    (trip,) = Outcome(wild).trips

    assert 11 <= trip.max_speed_mps <= 13


# --- pings ----------------------------------------------------------------------------------------


def ping(fix: Fix, later_s: int) -> Fix:
    """Return the last position with a fresh time, as one app repeats it."""
    return replace(fix, ts_ms=fix.ts_ms + later_s * 1000, trigger=Trigger.PING)


def test_a_ping_shows_that_a_member_stays_and_never_begins_a_stop() -> None:
    fixes = Pencil().stand(600).fixes
    stay = Outcome([*fixes, ping(fixes[-1], 3600)])
    way = Pencil().stand(600).go(3000, 0).fixes
    driving = Outcome([*way, *(ping(way[-1], late) for late in (60, 200, 400))])

    assert [at_s(stop.end_ms) for stop in stay.stops] == [590 + 3600]
    assert driving.shape == "ST"
    assert driving.trips[-1].end_ms == way[-1].ts_ms


# --- live -----------------------------------------------------------------------------------------


def test_a_silent_phone_probably_stands_after_a_while_and_on_time_alone() -> None:
    fixes = Pencil().stand(600).go(2000, 0).stand(60).fixes
    just_now = Outcome(fixes, now_ms=fixes[-1].ts_ms + 5_000)
    later = Outcome(fixes, now_ms=fixes[-1].ts_ms + 200_000)

    assert (just_now.shape, just_now.tail.is_moving) == ("ST", True)
    assert just_now.tail.wake_ms == fixes[-1].ts_ms + 180_000
    assert (later.shape, later.tail.is_moving) == ("STS", False)
    assert later.tail.wake_ms == 0


def test_one_who_falls_silent_at_speed_is_not_said_to_stand() -> None:
    fixes = Pencil().stand(600).go(9000, 0, mps=25).fixes

    assert Outcome(fixes, now_ms=fixes[-1].ts_ms + 600_000).shape == "ST"


# --- midnights ------------------------------------------------------------------------------------


def over_midnight(zone: str, day: datetime) -> Outcome:
    """Fold a drive of two hours whose middle is the end of a local day."""
    midnight_ms = int(day.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp() * 1000)
    shift_ms = midnight_ms - 3_600_000 - 600_000 - days.MORNING_MS
    fixes = Pencil().stand(600).go(72_000, 0, mps=10).stand(600).fixes
    moved_in_time = [
        replace(fix, ts_ms=fix.ts_ms + shift_ms, rcv_ms=fix.rcv_ms + shift_ms) for fix in fixes
    ]
    return Outcome(moved_in_time, for_member(zone=zone))


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Vienna", datetime(2026, 3, 3)),
        ("Europe/Vienna", datetime(2026, 3, 30)),  # the day before had 23 hours
        ("Europe/Vienna", datetime(2026, 10, 26)),  # ... and 25
        ("Europe/Vienna", datetime(2026, 4, 1)),  # a month begins
        ("Asia/Kathmandu", datetime(2026, 3, 3)),
    ],
)
def test_a_trip_over_midnight_stays_one_and_is_cut_for_day_sums(zone: str, day: datetime) -> None:
    (trip,) = over_midnight(zone, day).trips

    (cut,) = trip.cuts
    assert datetime.fromtimestamp(cut.at_ms / 1000, ZoneInfo(zone)).replace(tzinfo=None) == day
    assert cut.metres == pytest.approx(36_000, abs=150)
    assert trip.metres == pytest.approx(72_000, rel=0.001)
