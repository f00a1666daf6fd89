from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from roundsman.accounts.model import Shift, Team
from roundsman.accounts.policy import InputField
from roundsman.core.geo import Point
from roundsman.core.ids import TeamId

if TYPE_CHECKING:
    from tests.world import Person, World

pytestmark = pytest.mark.anyio


async def _company(who: Person) -> dict[str, Any]:
    answer = await who.post("getcompany")
    assert answer["status"] == 0, answer
    company: dict[str, Any] = answer["company"]
    return company


async def test_it_answers_every_property_of_the_company(world: World) -> None:
    assert await _company(world.ada) == {
        "uid": world.acme,
        "username": "acme",
        "type": "company",
        "name": "Acme",
        "email": "ada@acme.example",
        "phone": "",
        "address": "",
        "location": {"lat": 0, "lng": 0},
        "timezone": "Europe/Vienna",
        "language": "en",
        "unit_distance": "SI",
        "unit_time": "24",
        "unit_date": "dd.MM.yyyy",
        "working_hours": {"source": "default"},
        "teams_config": [],
        "custom_fields": [],
        "inputs": [],
        "holidays": [],
        "settings": {
            "api_enabled": True,
            "auto_checkin": True,
            "carry_over_max": 7,
            "checkin_delay_s": 120,
            "checkout_delay_s": 120,
            "default_on_site_s": 720,
            "dispatcher_delete_jobs": False,
            "eta_change_s": 900,
            "flat_custom_fields": False,
            "job_radius_m": 100,
            "legacy_action_names": False,
            "operators_see_other_teams": True,
            "place_radius_m": 100,
            "slot_hold_minutes": 30,
            "slot_minutes": 120,
            "slots_from_minutes": 480,
            "slots_until_minutes": 1080,
            "workers_access_calendar": True,
            "workers_create_jobs": False,
            "workers_create_places": False,
            "workers_deactivate_tracking": False,
            "workers_reassign_date": False,
            "workers_see_team_members": False,
            "workers_view_places": True,
        },
    }


async def test_teams_show_their_hours_and_where_these_come_from(world: World) -> None:
    north = Team(
        id=TeamId(1),
        name="North",
        hours={"monday": Shift(480, 1020), "sunday": Shift(0, 0)},
        route_start=Point(48.2, 16.3),
    )
    world.set_company(
        teams=[north, Team(id=TeamId(2), name="South")],
        phone="+43123",
        address="1 Example St",
        position=Point(48.25, 16.5),
    )
    company = await _company(world.wanda)
    assert company["teams_config"] == [
        {
            "id": 1,
            "name": "North",
            "working_hours": {
                "monday": {"start": 480, "end": 1020},
                "sunday": {"start": 0, "end": 0},
                "source": "team",
            },
            "route": {"start_lat": 48.2, "start_lng": 16.3, "end_lat": 0, "end_lng": 0},
        },
        {"id": 2, "name": "South", "working_hours": {"source": "default"}},
    ]
    assert company["phone"] == "+43123"
    assert company["address"] == "1 Example St"
    assert company["location"] == {"lat": 48.25, "lng": 16.5}


async def test_custom_fields_are_the_inputs_of_jobs(world: World) -> None:
    world.set_policy(
        inputs=[
            InputField(kind="number", slot=1, label="Meter", form="decimal"),
            InputField(kind="text", slot=2, label="Reading by"),
        ]
    )
    assert (await _company(world.wanda))["custom_fields"] == [
        {"key": "Meter", "type": "decimal"},
        {"key": "Reading by", "type": "text"},
    ]


async def test_settings_are_for_administrators(world: World) -> None:
    for person in (world.otto, world.wanda):
        company = await _company(person)
        assert "settings" not in company
        assert "inputs" not in company
        assert company["uid"] == world.acme


async def test_everybody_gets_their_own_company(world: World) -> None:
    assert (await _company(world.zoe))["uid"] == world.zeta


async def test_parameters_are_ignored(world: World) -> None:
    answer = await world.ada.post("getcompany", uid=world.zeta, company="Zeta")
    assert answer["company"]["uid"] == world.acme
