"""The numbers of the fold: two profiles, and what a company may change (pure)."""

from msgspec import Struct, structs


class Parameters(Struct, frozen=True, kw_only=True):
    """Every number the fold uses, with the defaults of a member in a vehicle.

    `zone` is the IANA zone whose midnights cut trips for day sums.
    """

    stop_radius_m: float = 75.0
    stop_min_s: float = 180.0
    core_share: float = 0.5
    max_accuracy_m: float = 100.0
    unknown_accuracy_m: float = 30.0
    accuracy_floor_m: float = 8.0
    accuracy_cap_m: float = 50.0
    out_fixes: int = 2
    out_s: float = 10.0
    max_speed_mps: float = 70.0
    jump_fixes: int = 3
    detour_leg_m: float = 100.0
    detour_share: float = 3.0
    detour_slack_m: float = 150.0
    detour_s: float = 120.0
    still_mps: float = 0.7
    drift_share: float = 0.35
    continue_mps: float = 3.0
    near_mps: float = 3.0
    far_mps: float = 8.3
    near_m: float = 400.0
    excursion_m: float = 200.0
    same_share: float = 1.5
    gate_m: float = 10.0
    thin_s: float = 5.0
    gap_s: float = 3600.0
    silence_share: float = 2.5
    near_follow_s: float = 60.0
    drive_mps: float = 3.5
    drive_s: float = 60.0
    covered_s: float = 60.0
    device_idle_s: float = 43_200.0
    checkin_delay_s: float = 120.0
    checkout_delay_s: float = 90.0
    merge_gap_s: float = 300.0
    zone: str = "UTC"


VEHICLE = Parameters()
FOOT = Parameters(
    stop_radius_m=50.0,
    stop_min_s=120.0,
    max_speed_mps=15.0,
    continue_mps=1.0,
    near_mps=1.3,
    far_mps=3.0,
    excursion_m=100.0,
    same_share=1.2,
)

# The shortest believable time between two fixes, so that two clocks of one phone make no rockets.
MIN_STEP_S = 1.0
# Leaving is believed after this long outside, whatever a company sets.
MIN_CHECKOUT_S = 90.0


def for_member(
    *,
    on_foot: bool = False,
    zone: str = "UTC",
    checkin_delay_s: float = VEHICLE.checkin_delay_s,
    checkout_delay_s: float = VEHICLE.checkout_delay_s,
    merge_gap_s: float = VEHICLE.merge_gap_s,
) -> Parameters:
    """Return the numbers for a member of a company with these settings."""
    return structs.replace(
        FOOT if on_foot else VEHICLE,
        zone=zone,
        checkin_delay_s=checkin_delay_s,
        checkout_delay_s=max(MIN_CHECKOUT_S, checkout_delay_s),
        merge_gap_s=merge_gap_s,
    )
