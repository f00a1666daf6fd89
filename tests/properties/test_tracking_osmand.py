"""Whatever is sent, the decoder answers with messages and never breaks."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roundsman.core.clock import MAX_MS
from roundsman.core.errors import BadFormat
from roundsman.tracking.model import Fix, Flag
from roundsman.tracking.protocols import bodies
from roundsman.tracking.protocols.osmand import decode

# The first text of a run builds a table of all characters, which a busy machine takes long for.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NOON_MS = 1_772_452_800_000
NAMES = st.sampled_from(
    [
        *("id", "deviceid", "device_id", "lat", "lon", "location", "timestamp", "speed", "hdop"),
        *("bearing", "heading", "altitude", "accuracy", "batt", "charge", "mock", "valid", "alarm"),
        *("notificationToken", "coords", "battery", "activity", "extras", "is_moving", "event"),
        *("latitude", "longitude", "level", "type", "token", "uuid"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["41.15", "-8,61", "1772452795", "2026-03-02T11:59:55Z", "true", "-1", "41,-8"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def check(query: str, body: bytes) -> None:
    messages = decode(query, body, NOON_MS)

    assert messages
    for message in messages:
        if isinstance(message, Fix):
            assert -900_000_000 <= message.lat_e7 <= 900_000_000
            assert -1_800_000_000 <= message.lng_e7 <= 1_800_000_000
            assert message.ts_ms <= MAX_MS
            assert message.acc_m is None or message.acc_m >= 0
            assert message.speed_mps is None or message.speed_mps >= 0
            assert message.battery_pct is None or 0 <= message.battery_pct <= 100
            late = message.ts_ms > NOON_MS + 600_000
            assert bool(message.flags & Flag.SUSPECT_CLOCK) or not late


@PATIENT
@given(st.text(max_size=200), st.binary(max_size=300))
def test_junk_never_breaks_the_decoder(query: str, body: bytes) -> None:
    try:
        plain = bodies.plain(body)
    except BadFormat:
        return
    check(query, plain)


@settings(PATIENT, max_examples=300)
@given(JSON)
def test_json_of_any_shape_never_breaks_the_decoder(document: object) -> None:
    check("", json.dumps(document).encode())


@PATIENT
@given(st.dictionaries(NAMES, SCALARS, max_size=8), st.booleans())
def test_values_of_any_kind_never_break_the_decoder(
    pairs: dict[str, object], in_query: bool
) -> None:
    written = urlencode({name: str(value) for name, value in pairs.items()}, errors="replace")
    check(written if in_query else "", b"" if in_query else written.encode())


@PATIENT
@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.integers(1_420_070_400, 1_772_452_800),
    st.floats(0, 60) | st.none(),
    st.floats(0.1, 500) | st.none(),
)
def test_a_fix_reads_the_same_from_query_form_and_json(
    lat: float, lon: float, ts: int, speed: float | None, accuracy: float | None
) -> None:
    named = {
        "id": "a1",
        "lat": f"{lat:.7f}",
        "lon": f"{lon:.7f}",
        "timestamp": ts,
        **({} if speed is None else {"speed": f"{speed / 0.514444:.9f}"}),
        **({} if accuracy is None else {"accuracy": f"{accuracy:.2f}"}),
    }
    nested = {
        "device_id": "a1",
        "location": {
            "timestamp": ts,
            "coords": {
                "latitude": float(f"{lat:.7f}"),
                "longitude": float(f"{lon:.7f}"),
                "speed": -1 if speed is None else speed,
                "accuracy": -1 if accuracy is None else float(f"{accuracy:.2f}"),
            },
        },
    }
    query = decode(urlencode(named), b"", NOON_MS)
    form = decode("", urlencode(named).encode(), NOON_MS)
    flat = decode("", json.dumps([named]).encode(), NOON_MS)
    deep = decode("", json.dumps(nested).encode(), NOON_MS)

    assert query == form == flat
    if isinstance(query[0], Fix) and isinstance(deep[0], Fix):
        one, other = query[0], deep[0]
        assert (one.lat_e7, one.lng_e7, one.ts_ms) == (other.lat_e7, other.lng_e7, other.ts_ms)
        assert one.acc_m == other.acc_m
        assert (
            one.speed_mps == other.speed_mps
            or abs((one.speed_mps or 0) - (other.speed_mps or 0)) < 0.011
        )
    else:
        assert type(query[0]) is type(deep[0])
