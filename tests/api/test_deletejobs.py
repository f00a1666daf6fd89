from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.facts import kinds_of
from tests.job_table import each

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

UNKNOWN = "65a1b2c3d4e5f60718293a4b"


async def create(person: Person, count: int, /, **more: Any) -> list[str]:
    answer = await person.post("createjobs", jobs=[{}] * count, **more)
    return [job["id"] for job in answer["jobs"]]


async def left(person: Person, ids: list[str]) -> list[str]:
    """Return which of those jobs are still there."""
    found = {job["id"] for job in (await person.post("getjobs", ids=ids))["jobs"]}
    return [job for job in ids if job in found]


async def test_it_deletes_for_good_and_answers_nothing_else(world: World) -> None:
    first, second, third = ids = await create(world.ada, 3)
    assert await world.ada.post("deletejobs", jobs=[first, second, first]) == {"status": 0}
    assert await left(world.ada, ids) == [third]
    assert (await world.ada.post("restorejobs", jobs=[first]))["status"] == -11
    assert kinds_of(world, first) == ["job_created", "job_deleted"]


async def test_older_clients_send_an_object_keyed_by_id(world: World) -> None:
    first, second = ids = await create(world.ada, 2)
    answer = await world.ada.post("deletejobs", jobs={first: {}, second: None}, notify=False)
    assert answer == {"status": 0}
    assert await left(world.ada, ids) == []


async def test_it_deletes_archived_jobs_and_templates(world: World) -> None:
    (job,) = await create(world.ada, 1)
    await world.ada.post("archivejobs", jobs=[job])
    (template,) = await create(world.ada, 1, template=True)
    assert (await world.ada.post("deletejobs", jobs=[job, template]))["status"] == 0
    assert await left(world.ada, [job, template]) == []
    assert kinds_of(world, template) == []


async def test_unknown_ids_are_skipped(world: World) -> None:
    (job,) = ids = await create(world.ada, 1)
    junk = [UNKNOWN, "", "nobody", "tpl-", "'; DROP TABLE job", "x" * 5000]
    assert (await world.ada.post("deletejobs", jobs=[*junk, job]))["status"] == 0
    assert await left(world.ada, ids) == []
    for nothing in each(([], {}, junk, [job])):
        assert (await world.ada.post("deletejobs", jobs=nothing))["status"] == 0


async def test_another_companys_jobs_are_skipped_like_unknown_ones(world: World) -> None:
    theirs = await create(world.zoe, 1)
    assert await world.ada.post("deletejobs", jobs=theirs) == {"status": 0}
    assert await left(world.zoe, theirs) == theirs


async def test_it_refuses_what_are_no_ids(world: World) -> None:
    ids = await create(world.ada, 1)
    for wrong in each((5, True, None, [ids[0]], {})):
        assert (await world.ada.post("deletejobs", jobs=[*ids, wrong]))["status"] == -1, wrong
    for wrong in ("x", 5, True, None):
        assert (await world.ada.post("deletejobs", jobs=wrong))["status"] == -1, wrong
    assert (await world.ada.post("deletejobs"))["status"] == -1
    answer = await world.ada.post("deletejobs", jobs=[*ids, *map(str, range(1000))])
    assert answer["status"] == -11
    assert await left(world.ada, ids) == ids


async def test_operators_delete_only_where_the_company_allows_it(world: World) -> None:
    ids = await create(world.ada, 1)
    assert (await world.otto.post("deletejobs", jobs=ids))["status"] == -5
    assert await left(world.ada, ids) == ids
    world.set_policy(switches={"dispatcher_delete_jobs": True})
    assert (await world.otto.post("deletejobs", jobs=ids))["status"] == 0
    assert await left(world.ada, ids) == []


async def test_an_operator_of_some_teams_deletes_only_what_they_see(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{"teamId": 1}, {"teamId": 2}])
    one, two = (job["id"] for job in answer["jobs"])
    world.set_policy(switches={"dispatcher_delete_jobs": True, "operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    assert (await world.otto.post("deletejobs", jobs=[one, two]))["status"] == 0
    assert await left(world.ada, [one, two]) == [two]


async def test_workers_never_delete(world: World) -> None:
    answer = await world.ada.post("createjobs", jobs=[{"worker": world.wanda.username}])
    ids = [answer["jobs"][0]["id"]]
    world.set_policy(switches={"dispatcher_delete_jobs": True})
    assert (await world.wanda.post("deletejobs", jobs=ids))["status"] == -5
    assert await left(world.ada, ids) == ids
