"""The board: who sees which members and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.world import World

pytestmark = pytest.mark.anyio
TODAY = 20260105


async def test_it_shows_members_jobs_and_teams_of_today(world: World, browse: Any) -> None:
    await world.ada.post(
        "createjobs",
        jobs=[
            {
                "destinationName": "Boiler check",
                "destinationLat": 48.2,
                "destinationLng": 16.37,
                "day": TODAY,
                "worker": world.wanda.username,
                "windowStart": 930,
                "windowEnd": 1100,
                "type": 1,
            },
            {"destinationName": "Tomorrow", "day": TODAY + 1},
        ],
    )
    board = (await (await browse(world.ada)).get("/web/board")).json()
    assert board["day"] == TODAY
    assert {member["name"] for member in board["members"]} == {"Ada", "Otto", "Wanda", "Willi"}
    (job,) = board["jobs"]
    assert job["title"] == "Boiler check"
    assert job["progress"] == "scheduled"
    assert job["member"] == world.wanda.id
    assert (job["windowStart"], job["windowEnd"]) == (570, 660)
    assert job["kind"] == "pickup"
    assert job["radius"] == 100


async def test_another_day_is_asked_for_by_its_number(world: World, browse: Any) -> None:
    await world.ada.post("createjobs", jobs=[{"destinationName": "Later", "day": TODAY + 1}])
    browser = await browse(world.ada)
    board = (await browser.get("/web/board", day=TODAY + 1)).json()
    assert [job["title"] for job in board["jobs"]] == ["Later"]
    assert (await browser.get("/web/board", day="20260230")).status_code == 422


async def test_a_worker_sees_their_own_jobs_and_nobody_else(world: World, browse: Any) -> None:
    await world.ada.post(
        "createjobs",
        jobs=[
            {"destinationName": "Mine", "day": TODAY, "worker": world.wanda.username},
            {"destinationName": "Not mine", "day": TODAY, "worker": world.willi.username},
        ],
    )
    board = (await (await browse(world.wanda)).get("/web/board")).json()
    assert [job["title"] for job in board["jobs"]] == ["Mine"]
    assert [member["name"] for member in board["members"]] == ["Wanda"]


async def test_an_operator_behind_team_walls_sees_own_teams(world: World, browse: Any) -> None:
    world.set_policy(switches={"operators_see_other_teams": False})
    world.set_member(world.otto, teams=[1])
    world.set_member(world.wanda, teams=[1])
    world.set_member(world.willi, teams=[2])
    await world.ada.post(
        "createjobs",
        jobs=[
            {"destinationName": f"Team {team}", "day": TODAY, "teamId": team} for team in (0, 1, 2)
        ],
    )
    board = (await (await browse(world.otto)).get("/web/board")).json()
    assert {job["title"] for job in board["jobs"]} == {"Team 0", "Team 1"}
    assert "Willi" not in {member["name"] for member in board["members"]}


async def test_nothing_of_another_company_is_shown(world: World, browse: Any) -> None:
    made = await world.ada.post("createjobs", jobs=[{"destinationName": "Secret", "day": TODAY}])
    browser = await browse(world.zoe)
    board = (await browser.get("/web/board")).json()
    assert board["jobs"] == []
    assert {member["name"] for member in board["members"]} == {"Zoe"}
    assert (await browser.get(f"/web/jobs/{made['jobs'][0]['id']}")).status_code == 404
    assert (await browser.get(f"/web/members/{world.wanda.id}/course")).status_code == 404


async def test_a_job_tells_its_history(world: World, browse: Any) -> None:
    made = await world.ada.post(
        "createjobs", jobs=[{"day": TODAY, "custom_PO": "17", "destinationName": "Boiler"}]
    )
    job = made["jobs"][0]["id"]
    await world.otto.post("editjobs", jobs={job: {"worker": world.wanda.username}})
    await world.wanda.post("editjobs", jobs={job: {"tsDoneSuccess": 1767600000000}})
    detail = (await (await browse(world.ada)).get(f"/web/jobs/{job}")).json()
    assert [(step["what"], step["who"]) for step in detail["history"]] == [
        ("job_created", "Ada"),
        ("job_assigned", "Otto"),
        ("job_updated", "Wanda"),
        ("job_done", "Wanda"),
    ]
    assert detail["customFields"] == [["PO", "17"]]
    assert detail["job"]["progress"] == "done"
