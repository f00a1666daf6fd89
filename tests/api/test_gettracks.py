"""gettracks: what members drove, as a list or by account."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.geo import Point, decode_polyline, distance_m
from tests import days
from tests.addresses import ALTDORF, GRUNAU, import_addresses, spot
from tests.folding import Pencil, at_s
from tests.phones import Phone

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = {"from": days.MORNING_MS, "until": days.MORNING_MS + 86_400_000}
FIELDS = {
    *("id", "owner_uid", "kind", "labels", "start_ts", "end_ts", "start_lat", "start_lng"),
    *("end_lat", "end_lng", "distance", "waypoint_count", "speed_avg", "speed_max"),
    *("altitude_min", "altitude_max", "encoded"),
}


def decode_numbers(text: str) -> list[int]:
    """Return the numbers of one series in the polyline's writing."""
    numbers = [0]
    bits = shift = 0
    for character in text:
        value = ord(character) - 63
        bits |= (value & 31) << shift
        shift += 5
        if value < 32:
            numbers.append(numbers[-1] + (~(bits >> 1) if bits & 1 else bits >> 1))
            bits = shift = 0
    return numbers[1:]


async def drive(world: World, person: Person, pencil: Pencil) -> None:
    world.now = datetime(2026, 3, 2, 20, tzinfo=UTC)
    await Phone(world, person).send(pencil.fixes)
    await world.settle()


async def test_it_lists_the_tracks_of_members(world: World) -> None:
    await drive(world, world.wanda, Pencil().stand(600).go(3000, 0).stand(600))

    answer = await world.ada.post("gettracks", uids=[world.wanda.id], **DAY)

    assert answer["status"] == 0
    (track,) = answer["tracks"]
    assert set(track) == FIELDS
    assert (track["owner_uid"], track["kind"], track["labels"]) == (
        world.wanda.id,
        "track_entry",
        0,
    )
    assert at_s(track["start_ts"]) == pytest.approx(600, abs=20)
    assert at_s(track["end_ts"]) == pytest.approx(850, abs=20)
    assert track["distance"] == pytest.approx(3000, rel=0.02)
    assert track["speed_avg"] == pytest.approx(12, abs=1)
    assert track["speed_max"] == pytest.approx(12, abs=1)


async def test_the_encoded_line_is_the_way(world: World) -> None:
    await drive(world, world.wanda, Pencil().stand(600).go(3000, 0).go(3000, 2000).stand(600))

    answer = await world.ada.post("gettracks", uids=[world.wanda.id], withCourse=True, **DAY)

    (track,) = answer["tracks"]
    line = decode_polyline(track["encoded"])
    assert len(line) == track["waypoint_count"] > 30
    assert line[0] == pytest.approx((track["start_lat"], track["start_lng"]), abs=1e-5)
    assert line[-1] == pytest.approx((track["end_lat"], track["end_lng"]), abs=1e-5)
    length = sum(distance_m(*one, *other) for one, other in pairwise(line))
    assert length == pytest.approx(track["distance"], rel=0.02)
    headings = decode_numbers(track["course_encoded"])
    assert len(headings) == len(line)
    assert headings[2] == pytest.approx(90, abs=2)
    assert headings[-3] % 360 == pytest.approx(0, abs=2)


async def test_the_ends_have_addresses_where_asked_for(world: World) -> None:
    import_addresses(world.app.settings.data)
    world.now = datetime(2026, 3, 2, 20, tzinfo=UTC)
    start, end = spot(GRUNAU, (0.2, -3)), spot(ALTDORF, (0.2, 3))
    steps = [start] * 40 + on_the_way(start, end, 60) + [end] * 40
    phone = Phone(world, world.wanda)
    for number, at in enumerate(steps):
        sent = {"lat": at.lat, "lon": at.lng, "accuracy": 5}
        timestamp = days.MORNING_MS // 1000 + 15 * number
        assert (await phone.get(**sent, timestamp=timestamp)).status_code == 200
    await world.settle()
    asked = {"uids": [world.wanda.id], **DAY}

    (track,) = (await world.ada.post("gettracks", withAddress=True, **asked))["tracks"]
    assert track["start_address"].startswith("Hauptstraße")
    assert track["start_address"].endswith("91100 Grünau am Bach")
    assert track["end_address"].endswith("91200 Altdorf")
    older = await world.ada.post("gettracks", withAddress=True, accounts=[world.wanda.id], **DAY)
    assert older["tracks"][world.wanda.id] == [track]

    (without,) = (await world.ada.post("gettracks", **asked))["tracks"]
    assert set(without) == FIELDS


def on_the_way(start: Point, end: Point, steps: int) -> list[Point]:
    """Return positions between two others, evenly spaced."""
    return [
        Point(
            start.lat + (end.lat - start.lat) * step / steps,
            start.lng + (end.lng - start.lng) * step / steps,
        )
        for step in range(1, steps)
    ]


async def test_a_wild_fix_is_not_part_of_the_line(world: World) -> None:
    pencil = Pencil().stand(600).go(1500, 0)
    pencil.fix(1600, 700, acc_m=3)
    pencil.now_s += 10
    pencil.go(3000, 0).stand(600)
    await drive(world, world.wanda, pencil)

    answer = await world.ada.post("gettracks", uids=[world.wanda.id], **DAY)

    lats = [lat for lat, _ in decode_polyline(answer["tracks"][0]["encoded"])]
    assert max(lats) < days.HOME[0] + 0.001


async def test_the_older_form_answers_by_account(world: World) -> None:
    await drive(world, world.wanda, Pencil().stand(600).go(3000, 0).stand(600))
    asked = ["wanda@acme.example", world.willi.id]

    answer = await world.ada.post("gettracks", accounts=asked, **DAY)

    assert set(answer["tracks"]) == set(asked)
    assert [len(answer["tracks"][name]) for name in asked] == [1, 0]


async def test_uids_win_over_accounts(world: World) -> None:
    await drive(world, world.wanda, Pencil().stand(600).go(3000, 0).stand(600))

    answer = await world.ada.post(
        "gettracks", uids=[world.willi.id], accounts=[world.wanda.id], **DAY
    )

    assert answer == {"status": 0, "tracks": []}


@pytest.mark.parametrize(("back_s", "count"), [(0, 1), (3600, 1), (3 * 3600, 0)])
async def test_it_takes_what_overlaps_the_span(world: World, back_s: int, count: int) -> None:
    pencil = Pencil().stand(600).go(72_000, 0, mps=20).stand(600)
    await drive(world, world.wanda, pencil)
    middle = days.MORNING_MS + 2400 * 1000 + back_s * 500

    answer = await world.ada.post(
        "gettracks", uids=[world.wanda.id], **{"from": middle, "until": middle}
    )

    assert len(answer["tracks"]) == count


async def test_a_short_pause_does_not_part_a_track_and_a_long_one_does(world: World) -> None:
    short = Pencil().stand(600).go(3000, 0).stand(220).go(6000, 0).stand(600)
    long = Pencil().stand(600).go(3000, 0).stand(500).go(6000, 0).stand(600)
    await drive(world, world.wanda, short)
    await drive(world, world.willi, long)

    answer = await world.ada.post("gettracks", uids=[world.wanda.id, world.willi.id], **DAY)

    owners = [track["owner_uid"] for track in answer["tracks"]]
    assert sorted(owners) == [world.wanda.id, world.willi.id, world.willi.id]
    starts = [track["start_ts"] for track in answer["tracks"]]
    assert starts == sorted(starts)


async def test_a_track_keeps_its_id_while_it_goes_on(world: World) -> None:
    phone = Phone(world, world.wanda)
    world.now = datetime(2026, 3, 2, 20, tzinfo=UTC)
    fixes = Pencil().stand(600).go(9000, 0).stand(600).fixes
    ids: list[Any] = []
    for upto in (100, 120, len(fixes)):
        await phone.send(fixes[:upto])
        await world.settle()
        answer = await world.ada.post("gettracks", uids=[world.wanda.id], **DAY)
        ids.append([track["id"] for track in answer["tracks"]])

    assert len(ids[0]) == 1
    assert ids == [ids[0]] * 3


async def test_it_leaves_out_whom_the_caller_may_not_see(world: World) -> None:
    await drive(world, world.wanda, Pencil().stand(600).go(3000, 0).stand(600))
    both = [world.wanda.id, world.willi.id]

    own = await world.wanda.post("gettracks", uids=both, **DAY)
    of_admin = await world.otto.post("gettracks", uids=[world.ada.id], **DAY)
    of_others = await world.willi.post("gettracks", uids=[world.wanda.id], **DAY)
    foreign = await world.zoe.post("gettracks", uids=both, **DAY)

    assert len(own["tracks"]) == 1
    assert [each["status"] for each in (of_admin, of_others, foreign)] == [-5, -5, -5]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"from": 2, "until": 1, "uids": []}, -11),
        ({"from": -1, "until": 1, "uids": []}, -11),
        ({"from": 1, "until": 2}, -1),
        ({"until": 2, "uids": []}, -1),
        ({"from": "soon", "until": 2, "uids": []}, -1),
        ({"from": 1, "until": 2, "uids": [7]}, -1),
        ({"from": 1, "until": 2, "uids": ["a"] * 1001}, -11),
        ({"from": 1, "until": 2, "uids": []}, 0),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    world: World, asked: dict[str, Any], status: int
) -> None:
    assert (await world.ada.post("gettracks", **asked))["status"] == status
