"""Places: their order, who sees them, the circle around them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.accounts.model import Actor, Company, Member
from roundsman.accounts.policy import Policy
from roundsman.accounts.rights import Role
from roundsman.core.errors import BadValue
from roundsman.core.geo import Point, distance_m
from roundsman.core.ids import CompanyId, MemberId, PlaceId, TeamId
from roundsman.places.model import Place
from roundsman.places.rules import area_of, change, changed_fields, may_see, nearest_first

NOW = datetime(2026, 1, 5, tzinfo=UTC)
LINZ = Point(48.3, 14.29)
degrees = st.builds(
    Point, st.floats(-90, 90, allow_nan=False), st.floats(-180, 180, allow_nan=False)
)


def place(name: str, position: Point | None = None, *teams: int) -> Place:
    return Place(
        id=PlaceId(name), name=name, position=position, teams=[TeamId(team) for team in teams]
    )


@given(st.lists(st.one_of(st.none(), degrees), max_size=20), degrees)
def test_nearer_places_come_first_and_unplaced_ones_last(
    positions: list[Point | None], origin: Point
) -> None:
    made = [place(f"p{number:02}", one) for number, one in enumerate(positions)]
    ordered = nearest_first(made, origin)
    assert sorted(one.id for one in ordered) == sorted(one.id for one in made)
    away = [
        distance_m(origin.lat, origin.lng, one.position.lat, one.position.lng)
        for one in ordered
        if one.position
    ]
    assert away == sorted(away)
    assert all(one.position is None for one in ordered[len(away) :])


def test_without_an_origin_places_come_by_name_whatever_the_case() -> None:
    made = [place("beta"), place("Alpha", LINZ), place("alpine")]
    assert [one.name for one in nearest_first(made, None)] == ["Alpha", "alpine", "beta"]


def test_equally_far_places_come_by_name() -> None:
    made = [place("b", LINZ), place("a", LINZ)]
    assert [one.name for one in nearest_first(made, Point(0, 0))] == ["a", "b"]


@pytest.mark.parametrize(
    ("teams", "mine", "seen"),
    [
        ((), (), True),
        ((), (1,), True),
        ((1,), (1, 2), True),
        ((1,), (2,), False),
        ((1,), (), False),
    ],
)
def test_behind_walls_a_worker_sees_the_places_of_the_teams(
    teams: tuple[int, ...], mine: tuple[int, ...], seen: bool
) -> None:
    wanda = Member(
        id=MemberId("wandax"),
        username="wanda",
        name="Wanda",
        role=Role.WORKER,
        created_at=NOW,
        teams=[TeamId(team) for team in mine],
    )
    walls = Policy(switches={"workers_view_places": False})
    acme = Company(
        id=CompanyId("acme00"), username="acme", name="Acme", created_at=NOW, policy=walls
    )
    assert may_see(Actor(acme, wanda), place("Depot", None, *teams)) is seen


@pytest.mark.parametrize(
    ("position", "own_m", "standard_m", "radius_m"),
    [
        (LINZ, 150, 100, 150),
        (LINZ, 0, 100, 100),
        (LINZ, 150, 0, 150),
        (LINZ, 0, 0, None),
        (None, 150, 100, None),
    ],
)
def test_the_circle_has_the_place_s_radius_else_the_company_s(
    position: Point | None, own_m: int, standard_m: int, radius_m: int | None
) -> None:
    depot = Place(id=PlaceId("depot1"), name="Depot", position=position, radius_m=own_m)
    area = area_of(depot, Policy(place_radius_m=standard_m))
    if radius_m is None:
        assert area is None
        return
    assert area is not None
    assert (area.id, area.kind, area.subject, area.member) == (
        "place:depot1",
        "place",
        "depot1",
        "",
    )
    assert (area.lat_e7, area.lng_e7, area.radius_m) == (483_000_000, 142_900_000, radius_m)


def test_an_edit_names_what_it_changed() -> None:
    before = place("Depot", LINZ)
    after = change(
        before, {"name": "Depot", "radius_m": 50, "color": "#112233"}, {"gate": "B"}, at=NOW
    )
    assert changed_fields(before, after) == ["radius_m", "color", "data"]
    assert change(before, {}, {}, at=NOW) == before


def test_a_place_does_not_outgrow_its_custom_fields() -> None:
    full = change(place("Depot"), {}, {f"k{number}": "x" for number in range(200)}, at=NOW)
    assert change(full, {}, {"k0": "", "new": "x"}, at=NOW).data["new"] == "x"
    with pytest.raises(BadValue):
        change(full, {}, {"new": "x"}, at=NOW)
