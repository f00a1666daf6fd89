"""Helpers: they see the job and check in on their own; the responsible person owns the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, select

from roundsman.core.clock import to_ms
from roundsman.storage.dialects import Statement
from roundsman.storage.schema import area, job_helper
from tests.facts import kinds_of
from tests.phones import Phone

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio

TODAY, TOMORROW = 20260105, 20260106
AT = {"destinationLat": 48.2, "destinationLng": 16.37}
AREAS = Statement(
    select(area.c.area_id, area.c.member_id).where(area.c.company_id == bindparam("company"))
)
ROWS = Statement(select(job_helper.c.member_id, job_helper.c.day))


async def crew_job(world: World, **job: Any) -> str:
    """Create Wanda's job at which Willi helps."""
    wish = {
        "day": TODAY,
        "worker": world.wanda.username,
        "helpers": [world.willi.username],
        **AT,
        **job,
    }
    answer = await world.ada.post("createjobs", jobs=[wish])
    assert answer["status"] == 0, answer
    return str(answer["jobs"][0]["id"])


async def shown(person: Person, job: str) -> dict[str, Any]:
    return dict((await person.post("getjobs", id=job))["jobs"][0])


async def edit(person: Person, job: str, **changes: Any) -> int:
    return int((await person.post("editjobs", jobs={job: changes}))["status"])


async def stand(world: World, phone: Phone, lat: float, minutes: int) -> None:
    """Let a phone tell every half minute that it is there."""
    for _ in range(2 * minutes):
        world.pass_time(seconds=30)
        await phone.get(lat=lat, lon=16.37, timestamp=to_ms(world.now), accuracy=5)
    await world.settle()


async def test_a_crew_job_looks_like_a_normal_one_with_helpers_beside(world: World) -> None:
    job = await crew_job(world)
    found = await shown(world.ada, job)
    assert found["worker"] == world.wanda.username
    assert found["helpers"] == [
        {
            "uid": world.willi.id,
            "worker": world.willi.username,
            "name": "Willi",
            "tsCheckIn": 0,
            "tsCheckOut": 0,
        }
    ]
    plain = (await world.ada.post("createjobs", jobs=[{}]))["jobs"][0]
    assert "helpers" not in plain


async def test_helpers_see_the_job_in_their_day_and_others_do_not(world: World) -> None:
    job = await crew_job(world)
    own = (
        await world.ada.post("createjobs", jobs=[{"day": TODAY, "worker": world.willi.username}])
    )["jobs"][0]["id"]
    day = await world.willi.post("getjobs")
    assert {one["id"] for one in day["jobs"]} == {job, own}
    assert (await shown(world.willi, job))["id"] == job
    assert (await world.willi.post("getjobs", day=TOMORROW))["jobs"] == []
    await edit(world.ada, job, day=TOMORROW)
    assert [one["id"] for one in (await world.willi.post("getjobs"))["jobs"]] == [own]
    assert [one["id"] for one in (await world.willi.post("getjobs", day=TOMORROW))["jobs"]] == [job]
    await edit(world.ada, job, helpers=[])
    assert (await world.willi.post("getjobs", day=TOMORROW))["jobs"] == []
    assert (await world.willi.post("getjobs", id=job))["jobs"] == []
    assert (await world.zoe.post("getjobs", id=job))["jobs"] == []


async def test_who_may_not_see_the_calendar_sees_todays_as_a_helper_too(world: World) -> None:
    world.set_policy(switches={"workers_access_calendar": False})
    today, later = await crew_job(world), await crew_job(world, day=TOMORROW)
    found = (await world.willi.post("getjobs", ids=[today, later]))["jobs"]
    assert [one["id"] for one in found] == [today]


async def test_helpers_are_checked_in_by_where_they_are_beside_the_responsible_person(
    world: World,
) -> None:
    job = await crew_job(world)
    phone = Phone(world, world.willi)
    await stand(world, phone, 48.25, 5)
    arrived = to_ms(world.now)
    await stand(world, phone, 48.2, 10)
    found = await shown(world.ada, job)
    assert abs(found["helpers"][0]["tsCheckIn"] - arrived) <= 120_000
    assert found["helpers"][0]["tsCheckOut"] == 0
    assert found["tsCheckIn"] == 0, "Wanda is not there"
    await stand(world, phone, 48.25, 10)
    found = await shown(world.ada, job)
    assert found["helpers"][0]["tsCheckOut"] > found["helpers"][0]["tsCheckIn"]
    assert (found["tsCheckIn"], found["tsCheckOut"]) == (0, 0)
    kinds = [kind for kind in kinds_of(world, job) if kind != "eta_changed"]
    assert kinds == ["job_created", "helper_checked_in", "helper_checked_out"]


async def test_the_responsible_persons_visit_is_the_jobs(world: World) -> None:
    job = await crew_job(world)
    await stand(world, Phone(world, world.wanda), 48.2, 10)
    found = await shown(world.ada, job)
    assert found["tsCheckIn"] > 0
    assert found["helpers"][0]["tsCheckIn"] == 0


async def test_helpers_check_in_by_hand_and_change_nothing_else(world: World) -> None:
    job = await crew_job(world)
    assert await edit(world.willi, job, tsCheckIn=to_ms(world.now)) == 0
    found = await shown(world.ada, job)
    assert found["helpers"][0]["tsCheckIn"] == to_ms(world.now)
    assert found["tsCheckIn"] == 0
    forbidden: list[dict[str, Any]] = [
        {"tsDoneSuccess": to_ms(world.now)},
        {"tsAccepted": to_ms(world.now)},
        {"textReceiver": "Done"},
        {"priority": 9},
        {"worker": world.willi.username},
        {"helpers": []},
        {"tsCheckOut": to_ms(world.now), "destinationName": "Mine"},
    ]
    for changes in forbidden:
        assert await edit(world.willi, job, **changes) == -5, changes
    assert await shown(world.ada, job) == found
    await stand(world, Phone(world, world.willi), 48.2, 10)
    assert (await shown(world.ada, job))["helpers"] == found["helpers"], "what was said stays"


async def test_the_responsible_person_reports_and_keeps_the_crew(world: World) -> None:
    job = await crew_job(world)
    whole = await shown(world.wanda, job)
    done = {**whole, "tsDoneSuccess": to_ms(world.now)}
    assert await edit(world.wanda, job, **done) == 0
    after = await shown(world.ada, job)
    assert (after["tsDoneSuccess"], after["helpers"]) == (to_ms(world.now), whole["helpers"])
    assert await edit(world.wanda, job, helpers=[]) == -5


async def test_a_helper_who_takes_the_job_over_helps_no_longer(world: World) -> None:
    job = await crew_job(world, helpers=[world.willi.id, world.otto.id, world.wanda.id])
    found = await shown(world.ada, job)
    assert [one["name"] for one in found["helpers"]] == ["Willi", "Otto"]
    await edit(world.otto, job, worker=world.willi.username)
    found = await shown(world.ada, job)
    assert (found["worker"], [one["name"] for one in found["helpers"]]) == (
        world.willi.username,
        ["Otto"],
    )
    day = await world.ada.post("autoassign", jobs=[job], workers=[world.otto.username])
    assert "helpers" not in day["jobs"][0]


async def test_areas_and_days_of_helpers_go_with_the_job(world: World) -> None:
    job = await crew_job(world)

    def left() -> tuple[set[Any], list[Any]]:
        return world.db.read_now(
            lambda tx: (
                {tuple(row) for row in tx.rows(AREAS, company=world.acme)},
                [tuple(row) for row in tx.rows(ROWS)],
            )
        )

    willis = (f"help:{job}-{world.willi.id}", world.willi.id)
    assert left() == ({willis, (f"job:{job}", world.wanda.id)}, [(world.willi.id, TODAY)])
    await edit(world.ada, job, helpers=[])
    assert left() == ({(f"job:{job}", world.wanda.id)}, [])
    await edit(world.ada, job, helpers=[world.willi.id], worker="")
    assert left() == ({willis}, [(world.willi.id, TODAY)])
    await world.ada.post("archivejobs", jobs=[job])
    assert left()[0] == set()
    await world.ada.post("restorejobs", jobs=[job])
    await world.ada.post("deletejobs", jobs=[job])
    assert left() == (set(), [])


async def test_a_crew_is_carried_over_and_repeats(world: World) -> None:
    job = await crew_job(world)
    boiler = {
        "helpers": [world.willi.username],
        "recurrence": {"rrule": "FREQ=DAILY;COUNT=2", "worker": world.wanda.username},
    }
    await world.ada.post("createjobs", jobs=[boiler], template=True)
    assert len((await world.willi.post("getjobs"))["jobs"]) == 2
    world.pass_time(days=1)
    await world.settle()
    found = (await world.willi.post("getjobs"))["jobs"]
    assert len(found) == 3, [
        (one["day"], one.get("carriedOver", 0), one.get("recurrenceDay")) for one in found
    ]
    assert job in {one["id"] for one in found}


async def test_who_leaves_the_company_helps_no_longer_where_they_have_not_begun(
    world: World,
) -> None:
    begun, waiting = await crew_job(world), await crew_job(world)
    await edit(world.willi, begun, tsCheckIn=to_ms(world.now))
    assert (await world.ada.post("deleteaccount", uid=world.willi.id))["status"] == 0
    assert [one["name"] for one in (await shown(world.ada, begun))["helpers"]] == ["Willi"]
    assert "helpers" not in await shown(world.ada, waiting)


async def test_what_cannot_be_is_refused(world: World) -> None:
    job = await crew_job(world)
    wrong: list[tuple[Any, int]] = [
        ("willi", -1),
        ([5], -1),
        (["nobody"], -2),
        ([world.zoe.username], -2),
        ([world.zoe.id], -2),
        ([world.acme], -2),
    ]
    for helpers, status in wrong:
        assert await edit(world.ada, job, helpers=helpers) == status, helpers
    assert [one["name"] for one in (await shown(world.ada, job))["helpers"]] == ["Willi"]
