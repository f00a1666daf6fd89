"""Reading jobs from requests: whatever JSON comes, it is a wish or one of two refusals."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from roundsman.api.fields import JOB_FIELDS, SPECIAL_FIELDS
from roundsman.api.job_shapes import wished
from roundsman.core.clock import hhmm, to_ms, to_yyyymmdd
from roundsman.core.errors import BadFormat, BadValue
from roundsman.core.ids import JobId, MemberId
from roundsman.jobs import queries, rules
from roundsman.jobs.model import Job, Wish

NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
LATER = datetime(2026, 1, 6, 7, 0, tzinfo=UTC)
BLANK = Job(id=JobId("65a1b2c3d4e5f60718293a4b"), created_at=NOW, saved_at=NOW)

NAMES = [line.wire for line in JOB_FIELDS] + [name for name, _, _ in SPECIAL_FIELDS]
MORE_NAMES = ["custom_x", "custom_", "extra_number_1_val", "extra_text_7_val", "extra_text_8_val"]

texts = st.text(max_size=30) | st.integers().map(str) | st.floats().map(str)
numbers = st.integers() | st.integers(-3, 3000) | st.floats(allow_nan=False, allow_infinity=False)
plain = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
pairs = st.lists(st.fixed_dictionaries({"key": plain, "val": anything}), max_size=3)
requests = st.dictionaries(
    st.sampled_from([*NAMES, *MORE_NAMES]) | st.text(max_size=12), anything | pairs, max_size=8
)


def read(request: object) -> Wish | None:
    """Return the wish, or None where the request was refused as it may be."""
    try:
        return wished(request, "jobs[0]")
    except (BadFormat, BadValue) as problem:
        refusal = problem
    assert refusal.message.endswith(".")
    assert refusal.field.startswith("jobs[0]")
    return None


@given(request=anything | requests)
def test_any_json_is_read_or_refused_and_what_is_read_can_be_stored(request: object) -> None:
    wish = read(request)
    if wish is None:
        return
    try:
        job = rules.change(BLANK, wish, member=None, dispatcher=None, at=LATER)
    except BadValue:
        return
    assert queries.from_snapshot(queries.snapshot_of(job)) == job
    row = queries.row_of(MemberId("acme01"), job)  # type: ignore[arg-type]  # any id will do
    assert all(-(2**63) <= value < 2**63 for value in row.values() if isinstance(value, int))


@given(request=requests)
def test_a_wish_granted_twice_is_granted_once(request: dict[str, Any]) -> None:
    wish = read(request)
    if wish is None:
        return
    once = rules.change(BLANK, wish, member=None, dispatcher=None, at=LATER)
    assert rules.change(once, wish, member=None, dispatcher=None, at=LATER) is once


@given(request=requests)
def test_reading_takes_digits_and_numbers_alike(request: dict[str, Any]) -> None:
    whole = {line.wire for line in JOB_FIELDS if line.kind == "integer"}
    written = {
        name: str(value) if name in whole and type(value) is int else value
        for name, value in request.items()
    }
    assert read(written) == read(request)


days = st.dates(datetime(1900, 1, 1, tzinfo=UTC).date(), datetime(9998, 12, 31, tzinfo=UTC).date())


@given(day=days)
def test_every_day_of_the_calendar_is_read_as_it_is_written(day: Any) -> None:
    wish = wished({"day": to_yyyymmdd(day)}, "job")
    assert wish.values == {"day": day}


@given(number=st.integers(0, 99_999_999))
def test_a_number_is_a_day_or_refused(number: int) -> None:
    wish = read({"day": number})
    if wish is not None and number:
        assert to_yyyymmdd(wish.values["day"]) == number


@given(number=st.integers(-10, 2500))
def test_a_number_is_a_time_of_day_or_refused(number: int) -> None:
    wish = read({"windowEnd": number})
    is_time = 0 <= number <= 2400 and number % 100 < 60
    assert (wish is not None) == is_time
    if wish is not None:
        assert hhmm(wish.values["window_end"]) == number


@given(ms=st.integers(1, 253_402_128_000_000))
def test_every_moment_comes_back_to_the_millisecond(ms: int) -> None:
    wish = wished({"tsCheckIn": ms}, "job")
    assert to_ms(wish.values["checked_in_at"]) == ms


@given(lat=st.floats(-90, 90), lng=st.floats(-180, 180))
def test_coordinates_come_back_to_the_last_bit(lat: float, lng: float) -> None:
    sent = msgspec.json.decode(msgspec.json.encode({"destinationLat": lat, "destinationLng": lng}))
    job = rules.change(BLANK, wished(sent, "job"), member=None, dispatcher=None, at=LATER)
    if lat or lng:
        assert job.position is not None
        assert (job.position.lat, job.position.lng) == (lat, lng)
    assert queries.from_snapshot(queries.snapshot_of(job)) == replace(job)
