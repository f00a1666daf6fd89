from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.core.clock import to_ms
from tests.facts import kinds_of
from tests.job_table import each

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY = 20260105
UNKNOWN = "65a1b2c3d4e5f60718293a4b"


async def archived(person: Person, /, **job: Any) -> dict[str, Any]:
    """Create a job, archive it, and return it as it was before."""
    answer = await person.post("createjobs", jobs=[job])
    (one,) = answer["jobs"]
    assert (await person.post("archivejobs", jobs=[one["id"]]))["status"] == 0
    return dict(one)


async def test_it_brings_a_job_back_as_it_was(world: World) -> None:
    job = await archived(world.ada, day=TODAY, destinationName="Boiler", custom_PO="1")
    world.pass_time(minutes=5)
    answer = await world.ada.post("restorejobs", jobs=[job["id"]])
    back = {**job, "tsSaved": to_ms(world.now)}
    assert answer == {"status": 0, "jobs": [back]}
    assert (await world.ada.post("getjobs"))["jobs"] == [back]
    assert kinds_of(world, job["id"]) == ["job_created", "job_archived", "job_updated"]


async def day_of(world: World, person: Person) -> list[tuple[str, int]]:
    """Return titles and numbers of a person's day, in its order."""
    answer = await world.ada.post("getjobs", day=TODAY, worker=person.username)
    return [(job["destinationName"], job["number"]) for job in answer["jobs"]]


async def test_a_job_comes_back_to_its_place_in_the_day(world: World) -> None:
    wanda = {"worker": world.wanda.username, "day": TODAY}
    sent = [{"destinationName": name, **wanda} for name in "abc"]
    jobs = (await world.ada.post("createjobs", jobs=sent))["jobs"]
    await world.ada.post("archivejobs", jobs=[jobs[1]["id"]])
    await world.ada.post("restorejobs", jobs=[jobs[1]["id"]])
    assert await day_of(world, world.wanda) == [("a", 1), ("b", 2), ("c", 3)]


async def test_a_job_whose_place_was_taken_comes_back_at_the_end_of_the_day(world: World) -> None:
    wanda = {"worker": world.wanda.username, "day": TODAY}
    sent = [{"destinationName": name, **wanda} for name in "abcd"]
    jobs = (await world.ada.post("createjobs", jobs=sent))["jobs"]
    gone = [job["id"] for job in jobs[1:]]
    await world.ada.post("archivejobs", jobs=gone)
    await world.ada.post("createjobs", jobs=[{"destinationName": "new", **wanda}])
    assert await day_of(world, world.wanda) == [("a", 1), ("new", 2)]
    back = (await world.ada.post("restorejobs", jobs=gone))["jobs"]
    assert [(job["id"], job["number"]) for job in back] == [
        (gone[0], 5),
        (gone[1], 3),
        (gone[2], 4),
    ]
    assert await day_of(world, world.wanda) == [("a", 1), ("new", 2), ("c", 3), ("d", 4), ("b", 5)]


async def test_a_job_moved_while_it_was_hidden_comes_back_into_its_new_day(world: World) -> None:
    job = await archived(world.ada, destinationName="old", worker=world.wanda.username, day=TODAY)
    await world.ada.post("editjobs", jobs={job["id"]: {"worker": world.willi.username}})
    new = {"destinationName": "new", "worker": world.willi.username, "day": TODAY}
    await world.ada.post("createjobs", jobs=[new])
    await world.ada.post("restorejobs", jobs=[job["id"]])
    assert await day_of(world, world.willi) == [("new", 1), ("old", 2)]


async def test_a_job_of_nobody_or_of_no_day_keeps_its_number(world: World) -> None:
    for sent in ({"day": TODAY, "number": 3}, {"worker": world.wanda.username, "number": 3}):
        job = await archived(world.ada, **sent)
        await world.ada.post("createjobs", jobs=[sent])
        (back,) = (await world.ada.post("restorejobs", jobs=[job["id"]]))["jobs"]
        assert back["number"] == 3


async def test_ids_come_as_a_list_or_as_an_object(world: World) -> None:
    first, second = await archived(world.ada), await archived(world.ada)
    answer = await world.ada.post("restorejobs", jobs={second["id"]: {}, first["id"]: {}})
    assert [job["id"] for job in answer["jobs"]] == [second["id"], first["id"]]


async def test_restoring_what_is_not_archived_changes_nothing(world: World) -> None:
    job = await archived(world.ada)
    first = await world.ada.post("restorejobs", jobs=[job["id"]])
    world.pass_time(minutes=5)
    assert await world.ada.post("restorejobs", jobs=[job["id"]], notify=False) == first
    assert kinds_of(world, job["id"]) == ["job_created", "job_archived", "job_updated"]


async def test_one_unknown_id_spoils_the_batch(world: World) -> None:
    job = await archived(world.ada)
    for unknown in (UNKNOWN, "", "x" * 5000):
        answer = await world.ada.post("restorejobs", jobs=[job["id"], unknown])
        assert answer["status"] == -11
    (still,) = (await world.ada.post("getjobs", id=job["id"]))["jobs"]
    assert still["status"] == "archived"


async def test_another_companys_job_is_unknown(world: World) -> None:
    theirs = await archived(world.zoe)
    answer = await world.ada.post("restorejobs", jobs=[theirs["id"]])
    assert answer["status"] == -11
    assert answer["message"] == f"No job {theirs['id']}."
    (still,) = (await world.zoe.post("getjobs", id=theirs["id"]))["jobs"]
    assert still["status"] == "archived"


async def test_it_refuses_what_are_no_ids(world: World) -> None:
    for wrong in each(("x", 5, True, None, [5], [None], [{}])):
        assert (await world.ada.post("restorejobs", jobs=wrong))["status"] == -1, wrong
    assert (await world.ada.post("restorejobs"))["status"] == -1
    assert (await world.ada.post("restorejobs", jobs=[str(n) for n in range(1001)]))[
        "status"
    ] == -11
    assert await world.ada.post("restorejobs", jobs=[]) == {"status": 0, "jobs": []}


async def test_operators_restore_and_workers_do_not(world: World) -> None:
    job = await archived(world.ada, worker=world.wanda.username)
    assert (await world.wanda.post("restorejobs", jobs=[job["id"]]))["status"] == -5
    assert (await world.otto.post("restorejobs", jobs=[job["id"]]))["status"] == 0


async def test_an_operator_of_some_teams_restores_only_what_they_see(world: World) -> None:
    job = await archived(world.ada, teamId=2)
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert (await world.otto.post("restorejobs", jobs=[job["id"]]))["status"] == -11
