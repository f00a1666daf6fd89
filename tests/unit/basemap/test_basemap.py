"""The base map of a small town, built by the real tools and read by another's decoder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from roundsman.basemap import features
from roundsman.basemap.archive import FILE, Archive
from roundsman.core.geo import Point
from roundsman.streets.basemaps import LOOK_S, BaseMaps
from roundsman.streets.building import import_extract
from roundsman.streets.store import Store
from tests.scenery import write_scenery
from tests.town import HALL, MADE_AT, at
from tests.vector_tiles import covers, layers_of, square

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vector_tiles import Feature

NEAR = 14


def layer_at(maps: BaseMaps, place: Point, zoom: int, name: str) -> list[Feature]:
    return layers_of(maps.tile(*square(place, zoom))).get(name, [])


def kinds(features: list[Feature]) -> set[Any]:
    return {feature.properties.get("kind") for feature in features}


def test_streets_have_their_kind_and_their_names(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    streets = layer_at(maps, at(0, 0), NEAR, "streets")
    assert {"residential", "primary"} <= kinds(streets)
    names = layer_at(maps, at(0, 0), NEAR, "street_labels")
    assert "Main Street" in {one.properties.get("name") for one in names}
    slip = [one for one in streets if one.properties.get("link")]
    assert [one.properties["kind"] for one in slip] == ["primary"]
    assert all(one.properties["oneway_reverse"] for one in slip)


def test_far_out_only_what_matters_there_is_drawn(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    assert kinds(layer_at(maps, at(0, 0), 5, "streets")) == {"motorway"}
    assert kinds(layer_at(maps, at(0, 0), 8, "streets")) == {"motorway", "rail"}
    (town,) = layer_at(maps, at(0, 0), 4, "place_labels")
    assert town.properties == {
        "kind": "state_capital",
        "name": "Town",
        "name_en": "Townend",
        "population": 5000,
    }
    (road,) = layer_at(maps, at(0, -900), 10, "street_labels")
    assert road.properties == {"kind": "motorway", "ref": "A1"}
    assert "buildings" not in layers_of(maps.tile(*square(at(30, 20), 13)))


def test_a_clearing_is_no_wood_and_an_island_no_lake(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    for zoom in (12, 13, NEAR):
        for spot, is_wood in (((-700, 0), True), ((-1250, 0), False), ((-1800, 400), True)):
            place = at(*spot)
            land = layer_at(maps, place, zoom, "land")
            assert covers(land, place, zoom) is is_wood
        for spot, is_lake in (((200, 1000), True), ((500, 1300), False), ((900, 1700), True)):
            place = at(*spot)
            assert covers(layer_at(maps, place, zoom, "water_polygons"), place, zoom) is is_lake
    (label,) = layer_at(maps, at(200, 1000), NEAR, "water_polygons_labels") or layer_at(
        maps, at(900, 1700), NEAR, "water_polygons_labels"
    )
    assert label.properties == {"kind": "water", "name": "Lake"}


def test_the_sea_lies_to_the_right_of_its_coast(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    for zoom in (10, 12, NEAR):
        for spot, is_sea in (((2500, 0), True), ((2900, 2000), True), ((1500, -2000), False)):
            place = at(*spot)
            assert covers(layer_at(maps, place, zoom, "ocean"), place, zoom) is is_sea


def test_houses_have_numbers_parks_are_green_and_borders_drawn(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    houses = layer_at(maps, at(30, 20), NEAR, "buildings")
    assert covers(houses, at(30, 20), NEAR)
    numbers = layer_at(maps, at(30, 20), NEAR, "addresses")
    assert {one.properties["housenumber"] for one in numbers} == {"7", "9"}
    park = [
        one
        for one in layer_at(maps, at(650, 150), NEAR, "land")
        if one.properties["kind"] == "park"
    ]
    assert covers(park, at(650, 150), NEAR)
    (border,) = layer_at(maps, at(0, 2500), 10, "boundaries")
    assert border.properties == {"admin_level": 4}
    (station,) = layer_at(maps, at(0, -700), NEAR, "public_transport")
    assert station.properties == {"kind": "station", "name": "Town South"}


def test_large_files_keep_their_nodes_on_disk_and_give_the_same_map(tmp_path: Path) -> None:
    pbf = write_scenery(tmp_path / "town.osm.pbf")
    box = (15.9, 48.1, 16.1, 48.3)
    features.write_features(pbf, tmp_path / "small", box, 9, lambda _: None)
    features.write_features(pbf, tmp_path / "large", box, 9, lambda _: None, in_memory=0)
    assert (tmp_path / "large").read_bytes() == (tmp_path / "small").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"town.osm.pbf", "small", "large"}


def test_regions_side_by_side_are_one_picture(scenery: Path, tmp_path: Path) -> None:
    shutil.copytree(scenery / "map", tmp_path / "map")
    neighbour = Point(HALL.lat, HALL.lng + 0.1)
    file = write_scenery(tmp_path / "east.osm.pbf", neighbour)
    import_extract(Store(tmp_path), file, name="east", modes=("car",), now=MADE_AT)
    maps = BaseMaps(tmp_path)
    picture = maps.picture()
    assert [region.name for region in picture.regions] == ["east", "town"]
    assert picture.box is not None
    assert picture.box.holds(HALL)
    assert picture.box.holds(neighbour)
    # One tile far out holds both towns, and each of them near has its own.
    both = layers_of(maps.tile(*square(HALL, 7)))
    assert len(both["place_labels"]) == 2
    assert covers(layer_at(maps, at(30, 20), NEAR, "buildings"), at(30, 20), NEAR)
    beside = at(30, 20, hall=neighbour)
    assert covers(layer_at(maps, beside, NEAR, "buildings"), beside, NEAR)


def test_a_region_that_comes_or_goes_is_another_picture(scenery: Path, tmp_path: Path) -> None:
    now = [0.0]
    maps = BaseMaps(tmp_path, clock=lambda: now[0])
    assert maps.picture().version == ""
    assert maps.picture().box is None
    assert maps.tile(*square(HALL, NEAR)) is None
    shutil.copytree(scenery / "map", tmp_path / "map")
    assert maps.picture().version == ""
    now[0] += LOOK_S
    first = maps.picture().version
    assert first
    (region,) = maps.picture().regions
    assert maps.health(region) == ""
    Store(tmp_path).remove("town")
    assert maps.tile(*square(HALL, NEAR))  # who has the file open keeps it until the next look
    now[0] += LOOK_S
    assert maps.tile(*square(HALL, NEAR)) is None
    assert maps.picture().version == ""


def test_a_damaged_base_map_is_named_and_the_others_are_shown(
    scenery: Path, tmp_path: Path
) -> None:
    shutil.copytree(scenery / "map", tmp_path / "map")
    store = Store(tmp_path)
    (region,) = store.regions()
    file = store.version(region) / FILE
    whole = file.read_bytes()
    for broken in (b"", b"no tiles at all", whole[:60], b"PMTiles\x09" + whole[8:]):
        file.unlink(missing_ok=True)
        file.write_bytes(broken)
        maps = BaseMaps(tmp_path)
        assert maps.picture().version == ""
        assert "Import it again" in maps.health(region)
    file.write_bytes(whole[: len(whole) // 2])
    cut = BaseMaps(tmp_path)
    assert [cut.tile(*square(HALL, zoom)) for zoom in (0, NEAR)]
    file.unlink()
    assert "gone" in BaseMaps(tmp_path).health(region)


def test_no_tile_lies_beyond_the_edges_of_the_world(scenery: Path) -> None:
    maps = BaseMaps(scenery)
    for wrong in ((-1, 0, 0), (15, 0, 0), (3, 8, 0), (3, 0, -1), (3, 0, 8)):
        assert maps.tile(*wrong) is None
    (region,) = maps.picture().regions
    assert Archive(Store(scenery).version(region) / FILE).zooms == (0, 14)
