from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, select

from roundsman.core.clock import to_ms
from roundsman.storage.dialects import Statement
from roundsman.storage.schema import area
from tests.facts import kinds_of
from tests.job_table import each

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY = 20260105
UNKNOWN = "65a1b2c3d4e5f60718293a4b"
AREAS = Statement(select(area.c.subject).where(area.c.company_id == bindparam("company")))


async def made(person: Person, /, **job: Any) -> dict[str, Any]:
    answer = await person.post("createjobs", jobs=[job])
    return dict(answer["jobs"][0])


def watched(world: World) -> set[str]:
    """Return the jobs around which members are checked in."""
    return {row[0] for row in world.db.read_now(lambda tx: tx.rows(AREAS, company=world.acme))}


async def test_it_hides_jobs_and_keeps_their_data(world: World) -> None:
    job = await made(world.ada, day=TODAY, destinationName="Boiler", custom_PO="1")
    world.pass_time(minutes=5)
    answer = await world.ada.post("archivejobs", jobs=[job["id"]])
    hidden = {**job, "status": "archived", "tsSaved": to_ms(world.now)}
    assert answer == {"status": 0, "jobs": [hidden]}
    assert (await world.ada.post("getjobs"))["jobs"] == []
    assert (await world.ada.post("getjobs", id=job["id"]))["jobs"] == [hidden]
    assert kinds_of(world, job["id"]) == ["job_created", "job_archived"]


async def test_ids_come_as_a_list_or_as_an_object(world: World) -> None:
    first, second = await made(world.ada), await made(world.ada)
    assert (await world.ada.post("archivejobs", jobs={first["id"]: {}}))["status"] == 0
    both = await world.ada.post("archivejobs", jobs=[second["id"], first["id"], second["id"]])
    assert [job["id"] for job in both["jobs"]] == [second["id"], first["id"]]


async def test_archiving_twice_changes_nothing(world: World) -> None:
    job = await made(world.ada)
    first = await world.ada.post("archivejobs", jobs=[job["id"]])
    world.pass_time(minutes=5)
    assert await world.ada.post("archivejobs", jobs=[job["id"]], notify=False) == first
    assert kinds_of(world, job["id"]) == ["job_created", "job_archived"]


async def test_an_archived_job_can_still_be_edited(world: World) -> None:
    job = await made(world.ada)
    await world.ada.post("archivejobs", jobs=[job["id"]])
    answer = await world.ada.post("editjobs", jobs={job["id"]: {"priority": 1}})
    assert (answer["jobs"][0]["priority"], answer["jobs"][0]["status"]) == (1, "archived")


async def test_nobody_is_checked_in_at_an_archived_job(world: World) -> None:
    job = await made(
        world.ada, day=TODAY, worker=world.wanda.username, destinationLat=48.2, destinationLng=16.4
    )
    assert watched(world) == {job["id"]}
    await world.ada.post("archivejobs", jobs=[job["id"]])
    assert watched(world) == set()
    await world.ada.post("restorejobs", jobs=[job["id"]])
    assert watched(world) == {job["id"]}
    await world.ada.post("deletejobs", jobs=[job["id"]])
    assert watched(world) == set()


async def test_one_unknown_id_spoils_the_batch(world: World) -> None:
    job = await made(world.ada)
    for unknown in (UNKNOWN, "", "x" * 5000):
        answer = await world.ada.post("archivejobs", jobs=[job["id"], unknown])
        assert answer["status"] == -11
    assert (await world.ada.post("getjobs", id=job["id"]))["jobs"] == [job]


async def test_another_companys_job_is_unknown(world: World) -> None:
    theirs = await made(world.zoe)
    answer = await world.ada.post("archivejobs", jobs=[theirs["id"]])
    assert answer["status"] == -11
    assert answer["message"] == f"No job {theirs['id']}."
    assert (await world.zoe.post("getjobs", id=theirs["id"]))["jobs"] == [theirs]


async def test_it_refuses_what_are_no_ids(world: World) -> None:
    for wrong in each(("x", 5, True, None, [5], [None], [{}])):
        assert (await world.ada.post("archivejobs", jobs=wrong))["status"] == -1, wrong
    assert (await world.ada.post("archivejobs"))["status"] == -1
    assert (await world.ada.post("archivejobs", jobs=[str(n) for n in range(1001)]))[
        "status"
    ] == -11
    assert await world.ada.post("archivejobs", jobs=[]) == {"status": 0, "jobs": []}


async def test_operators_archive_and_workers_do_not(world: World) -> None:
    job = await made(world.ada, worker=world.wanda.username)
    assert (await world.wanda.post("archivejobs", jobs=[job["id"]]))["status"] == -5
    assert (await world.ada.post("getjobs", id=job["id"]))["jobs"] == [job]
    assert (await world.otto.post("archivejobs", jobs=[job["id"]]))["status"] == 0


async def test_an_operator_of_some_teams_archives_only_what_they_see(world: World) -> None:
    job = await made(world.ada, teamId=2)
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert (await world.otto.post("archivejobs", jobs=[job["id"]]))["status"] == -11
