from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any, cast

import pytest

from roundsman.core.errors import BadFormat, TooLarge
from roundsman.tracking.model import Fix, Heartbeat, Message, PushToken, Unreadable
from roundsman.tracking.protocols import bodies, values
from roundsman.tracking.protocols.osmand import MAX_MESSAGES, decode

RECORDINGS = Path(__file__).parents[2] / "recordings" / "osmand"
# 2026-03-02 12:00:00 UTC
NOON_MS = 1_772_452_800_000
KINDS = {Fix: "fix", Heartbeat: "heartbeat", PushToken: "push_token", Unreadable: "unreadable"}


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_it_decodes_what_apps_really_send(path: Path) -> None:
    recorded = cast("dict[str, Any]", json.loads(path.read_text()))

    messages = decode(recorded["query"], recorded["body"].encode(), NOON_MS)

    told = [{"type": KINDS[type(each)], **_members(each)} for each in messages]
    assert len(told) == len(recorded["expect"]), told
    for expected, got in zip(recorded["expect"], told, strict=True):
        assert {name: got[name] for name in expected} == expected


def _members(message: Message) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def one(query: str = "", body: bytes = b"") -> Message:
    (message,) = decode(query, body, NOON_MS)
    return message


def test_it_takes_names_from_the_body_when_the_query_only_holds_the_id() -> None:
    message = one("id=a1&token=secret", b"lat=41.15&lon=-8.61&timestamp=1772452795")

    assert isinstance(message, Fix)
    assert (message.device, message.ts_ms) == ("a1", 1_772_452_795_000)
    assert message.attributes == {}


def test_it_prefers_the_query_when_a_form_is_announced_and_empty() -> None:
    assert isinstance(one("id=a1&lat=41.15&lon=-8.61", b""), Fix)


def test_a_request_without_anything_is_a_sign_of_life() -> None:
    assert one() == Heartbeat(device=cast("Any", ""), ts_ms=NOON_MS)


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        (1_772_452_795, 1_772_452_795_000),
        ("1772452795.5", 1_772_452_795_500),
        (1_772_452_795_123, 1_772_452_795_123),
        ("2026-03-02T11:59:55Z", 1_772_452_795_000),
        ("2026-03-02T12:59:55+0100", 1_772_452_795_000),
        ("2026-03-02 11:59:55", 1_772_452_795_000),
        ("2026-03-02 11:59", 1_772_452_740_000),
        (0, 0),
        ("yesterday", None),
        ("99999999999999999999", None),
        ("0001-01-01T00:00:00+14:00", None),
        (None, None),
        (True, None),
    ],
)
def test_it_reads_times_in_seconds_milliseconds_and_iso(written: object, ms: int | None) -> None:
    assert values.moment_ms(written) == ms


@pytest.mark.parametrize(
    "written", ["41,15", "1_000", "nan", "inf", "0x10", "٤١", "", " ", True, None, [], "1e999"]
)
def test_it_reads_no_number_where_a_person_would_see_none(written: object) -> None:
    assert values.number(written) is None


def test_it_keeps_at_most_32_attributes_of_together_1_kib() -> None:
    many = values.attributes((f"n{number}", "x") for number in range(100))
    long = values.attributes([("a", "x" * 900), ("b", "y" * 900), ("c", "z")])

    assert len(many) == 32
    assert list(long) == ["a"]


def test_it_takes_zero_bytes_out_of_texts_because_no_database_keeps_them() -> None:
    message = one("id=a%001&lat=41.15&lon=-8.61&note=b%00c")

    assert isinstance(message, Fix)
    assert (message.device, message.attributes) == ("a1", {"note": "bc"})


def test_a_body_that_is_no_form_is_unreadable() -> None:
    assert one("", b"\x00\x01\x02 hello") == Unreadable(device=cast("Any", ""), reason="bad_form")


def test_an_empty_batch_and_a_batch_of_numbers_are_unreadable() -> None:
    assert isinstance(one("", b"[]"), Unreadable)
    assert isinstance(one("", b"[17]"), Unreadable)
    assert isinstance(one("", b'{"location": []}'), Unreadable)
    assert isinstance(one("", b'{"location": [17]}'), Unreadable)


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("latitude=41.15&longitude=-8.61", b""),
        ("id=a1", b"id=a1&latitude=41.15&longitude=-8.61"),
        ("", b'{"latitude": 41.15, "longitude": -8.61}'),
        ("", b'{"location": {"lat": 41.15, "lon": -8.61}}'),
        ("", b'{"location": {"coords": [41.15, -8.61]}}'),
        ("", b'{"location": {"coords": "41.15,-8.61"}}'),
        ("", b'{"coords": [41.15, -8.61]}'),
        ("", b'{"location": 41.15}'),
        ("", b'{"locations": [{"type": "Feature"}]}'),
    ],
)
def test_a_position_by_other_names_is_no_sign_of_life_and_not_thrown_away(
    query: str, body: bytes
) -> None:
    assert isinstance(one(query, body), Unreadable)


def test_a_message_of_owntracks_is_not_taken_for_a_position_of_now() -> None:
    message = one("", b'{"_type": "location", "lat": 41.15, "lon": -8.61, "tst": 1772400000}')

    assert message == Unreadable(device=cast("Any", ""), reason="other_protocol")


def test_a_position_in_the_body_is_read_though_the_query_has_a_time() -> None:
    message = one("id=a1&timestamp=1772452795", b"lat=41.15&lon=-8.61")

    assert isinstance(message, Fix)
    assert message.ts_ms == 1_772_452_795_000


@pytest.mark.parametrize("written", ["0", "2099-01-01T00:00:00Z"])
def test_a_sign_of_life_from_a_clock_that_cannot_be_right_is_one_of_now(written: str) -> None:
    flat = one(f"id=a1&batt=20&timestamp={written}")
    nested = one("", json.dumps({"location": {"timestamp": written}}).encode())

    for message in (flat, nested):
        assert isinstance(message, Heartbeat)
        assert message.ts_ms == NOON_MS


def test_a_body_of_more_messages_than_a_day_of_seconds_is_refused_before_it_costs_much() -> None:
    assert len(decode("", b"[" + b"1," * 9_999 + b"{}]", NOON_MS)) == 10_000
    with pytest.raises(TooLarge, match=str(MAX_MESSAGES)):
        decode("", b"[" + b"1," * MAX_MESSAGES + b"1]", NOON_MS)


def test_json_as_deep_as_a_well_is_unreadable() -> None:
    assert isinstance(one("", b"[" * 200_000), Unreadable)
    assert isinstance(one("", b'{"location":' * 100_000), Unreadable)


# --- bodies ---------------------------------------------------------------------------------------

FORM = b"id=a1&lat=41.15&lon=-8.61"


def test_it_unpacks_gzip_announced_or_not_and_both_kinds_of_deflate() -> None:
    raw = zlib.compressobj(wbits=-15)
    assert bodies.plain(gzip.compress(FORM)) == FORM
    assert bodies.plain(zlib.compress(FORM), "deflate") == FORM
    assert bodies.plain(raw.compress(FORM) + raw.flush(), "Deflate") == FORM


def test_it_ignores_a_byte_order_mark_and_blanks_around() -> None:
    assert bodies.plain(b"\xef\xbb\xbf {} \n") == b"{}"


def test_it_refuses_what_is_damaged_cut_off_or_too_large() -> None:
    packed = gzip.compress(FORM)
    with pytest.raises(BadFormat):
        bodies.plain(packed[:-9])
    with pytest.raises(BadFormat):
        bodies.plain(b"\x1f\x8bnonsense")
    with pytest.raises(TooLarge):
        bodies.plain(b"x" * (bodies.MAX_BODY + 1))
    with pytest.raises(TooLarge):
        bodies.plain(gzip.compress(b"x" * (bodies.MAX_BODY + 1)))
