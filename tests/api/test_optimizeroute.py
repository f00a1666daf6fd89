"""The contract of optimizeroute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from roundsman.accounts.model import Shift, State, Team
from roundsman.api.endpoints import ACTIONS
from roundsman.api.rpc import Rpc
from roundsman.core.geo import Point
from roundsman.core.ids import TeamId
from roundsman.dispatch.pool import Pool, Question
from roundsman.events import queries as facts
from roundsman.http.limits import Rate, Throttle
from roundsman.http.log import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import Person, World

pytestmark = pytest.mark.anyio

DAY = 20260105
TODAY_START = 1767596400000  # 5 January 2026, 08:00 in Vienna
HOUR = 3_600_000
HOME = Point(48.2, 16.0)


async def jobs_at(world: World, *steps: float, **each: Any) -> list[dict[str, Any]]:
    """Give Wanda jobs so many hundredths of a degree east of her home, in this order."""
    sent = [
        {
            "destinationName": f"at {step}",
            "destinationLat": HOME.lat,
            "destinationLng": HOME.lng + step / 100,
            "worker": world.wanda.username,
            "day": DAY,
            **each,
        }
        for step in steps
    ]
    made: list[dict[str, Any]] = (await world.ada.post("createjobs", jobs=sent))["jobs"]
    return made


async def optimise(world: World, by: Person | None = None, **more: Any) -> dict[str, Any]:
    data = {"day": DAY, "account": world.wanda.username, **more}
    return await (by or world.otto).post("optimizeroute", **data)


def steps(jobs: list[dict[str, Any]]) -> list[float]:
    return [float(job["destinationName"].removeprefix("at ")) for job in jobs]


async def test_it_orders_by_distance_from_the_route_start(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    made = await jobs_at(world, 4, 1, 3, 2)
    answer = await optimise(world)
    assert answer["status"] == 0
    assert answer["route_updated"] is True
    assert steps(answer["jobs"]) == [1, 2, 3, 4]
    assert [job["number"] for job in answer["jobs"]] == [1, 2, 3, 4]
    assert [job["id"] for job in answer["original_order"]] == [job["id"] for job in made]
    assert [job["number"] for job in answer["original_order"]] == [1, 2, 3, 4]
    assert "original_job" not in answer
    stored = await world.otto.post("getjobs", day=DAY, worker=world.wanda.username)
    assert stored["jobs"] == answer["jobs"]


async def test_it_writes_planned_times(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME, hours={"monday": Shift(540, 1020)})
    await jobs_at(world, 2, 1, onSiteSeconds=600)
    first, second = (await optimise(world))["jobs"]
    # 741 m as the crow flies, times 1.3, at 40 km/h: 87 s.
    assert first["scheduledStart"] == TODAY_START + HOUR + 87_000
    assert first["scheduledEnd"] == first["scheduledStart"] + 600_000
    assert first["tsScheduled"] == first["scheduledStart"]
    assert second["scheduledStart"] == first["scheduledEnd"] + 87_000


async def test_the_route_start_time_overrides_the_hours(world: World) -> None:
    world.set_member(
        world.wanda, hours={"monday": Shift(540, 1020)}, route_start_minutes=600, route_start=HOME
    )
    await jobs_at(world, 0)
    assert (await optimise(world))["jobs"][0]["scheduledStart"] == TODAY_START + 2 * HOUR


async def test_hours_are_the_members_own_zone(world: World) -> None:
    hours = {"monday": Shift(540, 1020)}
    world.set_member(world.wanda, hours=hours, timezone="Europe/London", route_start=HOME)
    await jobs_at(world, 0)
    assert (await optimise(world))["jobs"][0]["scheduledStart"] == TODAY_START + 2 * HOUR


async def test_travel_mode_is_the_workers(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME, travel_mode="bicycle")
    await jobs_at(world, 1)
    start = (await optimise(world))["jobs"][0]["scheduledStart"]
    assert start == TODAY_START + 231_000


async def test_high_priority_goes_first(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 1, 2)
    await jobs_at(world, 4, priority=9)
    assert steps((await optimise(world))["jobs"]) == [4, 2, 1]


async def test_without_any_start_first_and_last_job_are_the_ends(world: World) -> None:
    await jobs_at(world, 0, 3, 2, 4, 1, 5)
    assert steps((await optimise(world))["jobs"]) == [0, 1, 2, 3, 4, 5]
    await jobs_at(world, 9)
    late = await jobs_at(world, 6)
    after = await optimise(world)
    assert after["jobs"][-1]["id"] == late[0]["id"]


async def test_priority_moves_even_the_last_job_without_a_start(world: World) -> None:
    await jobs_at(world, 0, 1, 2)
    await jobs_at(world, 3, priority=10)
    assert steps((await optimise(world))["jobs"])[0] == 3


async def test_the_teams_start_serves_members_without_their_own(world: World) -> None:
    depot = Team(id=TeamId(1), name="East", route_start=Point(HOME.lat, HOME.lng + 0.05))
    world.set_company(teams=[depot])
    world.set_member(world.wanda, teams=[TeamId(1)])
    await jobs_at(world, 1, 4, 2, 3)
    assert steps((await optimise(world))["jobs"])[0] == 4
    world.set_member(world.wanda, route_start=HOME, route_end=HOME)
    assert steps((await optimise(world))["jobs"])[0] == 1


async def test_jobs_that_are_done_stay_at_the_front(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    made = await jobs_at(world, 5, 1, 3, 2)
    done = {made[0]["id"]: {"tsDoneSuccess": TODAY_START + HOUR}}
    begun = {made[2]["id"]: {"tsCheckIn": TODAY_START + 2 * HOUR}}
    await world.ada.post("editjobs", jobs={**done, **begun})
    after = (await optimise(world))["jobs"]
    assert steps(after) == [5, 3, 2, 1]
    assert [job["number"] for job in after] == [1, 2, 3, 4]
    assert after[0]["scheduledStart"] == 0
    # The rest begins where and when the job in progress is expected to end.
    assert after[2]["scheduledStart"] == TODAY_START + 2 * HOUR + 720_000 + 87_000


async def test_a_slice_moves_nothing_else(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 6, 3, 2, 1, 5, 4)
    answer = await optimise(world, index=1, count=3)
    assert steps(answer["jobs"]) == [6, 3, 2, 1, 5, 4]
    answer = await optimise(world, index=3, count=2)
    assert steps(answer["jobs"]) == [6, 3, 2, 1, 5, 4]
    answer = await optimise(world, index=1)
    assert steps(answer["jobs"]) == [6, 5, 4, 3, 2, 1]
    assert answer["route_updated"] is True
    answer = await optimise(world, index=6, count=9)
    assert answer["route_updated"] is False


async def test_windows_count_only_when_solving(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 1, windowStart=1400, windowEnd=1500)
    await jobs_at(world, 2, 3, windowEnd=1000)
    assert steps((await optimise(world))["jobs"]) == [1, 2, 3]
    solved = await optimise(world, solve=True)
    assert steps(solved["jobs"])[-1] == 1
    assert solved["jobs"][-1]["scheduledStart"] == TODAY_START + 6 * HOUR
    loose = await optimise(world, solve=True, constraints={"time_window": False})
    assert steps(loose["jobs"]) == [1, 2, 3]


async def test_what_cannot_be_kept_is_unassigned(world: World) -> None:
    world.set_member(
        world.wanda, route_start=HOME, hours={"monday": Shift(480, 600)}, vehicle_capacity=4
    )
    await jobs_at(world, 1)
    closed = (await jobs_at(world, 2, windowStart=1, windowEnd=700))[0]["id"]
    long = (await jobs_at(world, 3, onSiteSeconds=9000))[0]["id"]
    heavy = (await jobs_at(world, 4, itemsToPickup=5))[0]["id"]
    lost = (await jobs_at(world, 5, destinationLat=0, destinationLng=0))[0]["id"]
    answer = await optimise(world, solve=True)
    assert steps(answer["jobs"]) == [1]
    assert len(answer["original_order"]) == 5
    assert answer["route_updated"] is True
    assert answer["reasons"] == {
        closed: "time_window",
        long: "working_hours",
        heavy: "capacity",
        lost: "no_location",
    }
    left = await world.otto.post("getjobs", ids=[closed, long, heavy, lost])
    assert {job["worker"] for job in left["jobs"]} == {""}
    assert {job["day"] for job in left["jobs"]} == {DAY}
    assert {job["scheduledStart"] for job in left["jobs"]} == {0}
    assert {job["tsAssigned"] for job in left["jobs"]} == {0}


async def test_constraints_can_be_switched_off(world: World) -> None:
    world.set_member(
        world.wanda, route_start=HOME, hours={"monday": Shift(480, 600)}, vehicle_capacity=4
    )
    await jobs_at(world, 1, onSiteSeconds=9000)
    await jobs_at(world, 2, itemsToPickup=5)
    off = {"working_hours": False, "capacity": False, "skills": False, "max_jobs": None}
    answer = await optimise(world, solve=True, constraints=off)
    assert len(answer["jobs"]) == 2
    assert answer["reasons"] == {}


async def test_the_largest_number_of_jobs_is_kept_by_priority(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 1, 2, priority=4)
    await jobs_at(world, 3, priority=9)
    answer = await optimise(world, solve=True, constraints={"max_jobs": 2})
    assert 3 in steps(answer["jobs"])
    assert list(answer["reasons"].values()) == ["max_jobs"]


async def test_a_day_off_leaves_nobody_to_work(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME, hours={"monday": Shift(0, 0)})
    await jobs_at(world, 1, 2)
    assert steps((await optimise(world))["jobs"]) == [1, 2]
    answer = await optimise(world, solve=True)
    assert answer["jobs"] == []
    assert set(answer["reasons"].values()) == {"working_hours"}


async def test_a_job_without_position_goes_last(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 9, destinationLat=0, destinationLng=0)
    await jobs_at(world, 2, 1)
    answer = await optimise(world)
    assert steps(answer["jobs"]) == [1, 2, 9]
    assert answer["jobs"][2]["scheduledStart"] == 0


@pytest.mark.parametrize("places", [[], [1], [1, 2, 3]])
async def test_nothing_to_change_is_no_update(world: World, places: list[float]) -> None:
    world.set_member(world.wanda, route_start=HOME)
    if places:
        await jobs_at(world, *places)
    answer = await optimise(world)
    assert answer["status"] == 0
    assert answer["route_updated"] is False
    assert answer["jobs"] == [] or steps(answer["jobs"]) == places


async def test_doing_it_twice_changes_nothing_more(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, *range(12, 0, -1))
    first = await optimise(world, solve=True)
    world.pass_time(minutes=1)
    second = await optimise(world, solve=True)
    assert second["route_updated"] is False
    assert second["jobs"] == first["jobs"] == second["original_order"]


async def test_only_changed_numbers_are_told(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 1, 3, 2)
    await world.settle()
    await optimise(world)
    told = world.db.read_now(lambda tx: facts.pending(tx, 100))
    assert [fact.event.kind for fact in told if fact.event.kind == "job_updated"] == [
        "job_updated",
        "job_updated",
    ]
    assert [fact.event.kind for fact in told].count("route_changed") == 1


async def test_the_worker_hears_nothing_of_another_day(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    await jobs_at(world, 2, 1, day=20260106)
    await world.settle()
    await optimise(world, day=20260106)
    told = world.db.read_now(lambda tx: facts.pending(tx, 100))
    assert "route_changed" not in [fact.event.kind for fact in told]


async def test_an_unassigned_job_is_no_longer_watched(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME, hours={"monday": Shift(0, 0)})
    await jobs_at(world, 1)
    answer = await optimise(world, solve=True)
    again = await world.ada.post(
        "editjobs", jobs={job: {"worker": world.willi.username} for job in answer["reasons"]}
    )
    assert again["jobs"][0]["worker"] == world.willi.username


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"account": "wandax"}, -1),
        ({"day": DAY}, -1),
        ({"day": 0, "account": "wandax"}, -11),
        ({"day": 20261345, "account": "wandax"}, -11),
        ({"day": "20260105", "account": "wandax"}, 0),
        ({"day": DAY, "account": "nobody@acme.example"}, -2),
        ({"day": DAY, "account": ""}, -2),
        ({"day": DAY, "account": "zoe@zeta.example"}, -2),
        ({"day": DAY, "account": 7}, -1),
        ({"day": DAY, "account": "wandax", "solve": "perhaps"}, -1),
        ({"day": DAY, "account": "wandax", "index": -1}, -11),
        ({"day": DAY, "account": "wandax", "count": -1}, -11),
        ({"day": DAY, "account": "wandax", "constraints": []}, -1),
        ({"day": DAY, "account": "wandax", "constraints": {"max_jobs": -3}}, -11),
        ({"day": DAY, "account": "wandax", "solve": True, "constraints": {"max_jobs": 2.0}}, 0),
    ],
)
async def test_it_refuses_what_it_cannot_do(
    world: World, data: dict[str, Any], status: int
) -> None:
    assert (await world.ada.post("optimizeroute", **data))["status"] == status


async def test_workers_may_not_plan(world: World) -> None:
    assert (await optimise(world, by=world.wanda))["status"] == -5


async def test_another_companys_member_does_not_exist(world: World) -> None:
    await jobs_at(world, 2, 1)
    answer = await optimise(world, by=world.zoe, account=world.wanda.id)
    assert answer["status"] == -2


async def test_a_deactivated_member_has_no_route(world: World) -> None:
    world.set_member(world.wanda, state=State.DEACTIVATED)
    assert (await optimise(world))["status"] == -2


async def test_a_long_day_is_planned_in_a_process_of_its_own(world: World) -> None:
    world.set_member(world.wanda, route_start=HOME)
    order = [*range(30, 0, -2), *range(1, 30, 2)]
    await jobs_at(world, *order)
    answer = await optimise(world)
    assert steps(answer["jobs"]) == list(range(1, 31))


class Meddler(Pool):
    """A pool during whose work somebody edits a job, so many times."""

    def __init__(self, world: World, job: str, times: int) -> None:
        super().__init__(1)
        self.world = world
        self.job = job
        self.times = times
        self.asked = 0

    async def answer[Q: Question, A](self, work: Callable[[Q], A], question: Q) -> A:
        self.asked += 1
        if self.times:
            self.times -= 1
            change = {self.job: {"priority": self.times, "textDispatcher": "changed meanwhile"}}
            await self.world.ada.post("editjobs", jobs=change)
        return await super().answer(work, question)


@pytest.mark.parametrize(("times", "status"), [(1, 0), (2, -7)])
async def test_a_plan_overtaken_by_an_edit_is_made_once_more(
    world: World, times: int, status: int
) -> None:
    world.set_member(world.wanda, route_start=HOME)
    made = await jobs_at(world, 3, 1, 2, priority=9)
    meddler = Meddler(world, made[0]["id"], times)
    door = Rpc(world.db, ACTIONS, Throttle(Rate(0, 0)), lambda _: None, pool=meddler)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=RequestLog(door)), base_url="http://testserver"
    ) as http:
        asked = {"day": DAY, "account": world.wanda.id}
        answer = (
            await http.post(
                "/optimizeroute", json={"data": asked}, headers={"API-Key": world.otto.key}
            )
        ).json()
    meddler.close()
    assert answer["status"] == status
    assert meddler.asked == 2
    now = (await world.otto.post("getjobs", ids=[made[0]["id"]]))["jobs"][0]
    assert now["textDispatcher"] == "changed meanwhile"
    assert now["number"] == (3 if status == 0 else 1)
