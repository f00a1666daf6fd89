"""The map folder: what is in use, how it is switched, who may touch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from roundsman.core.errors import BadValue, NotReady, UnknownThing
from roundsman.core.geo import Point
from roundsman.streets.model import Box, Extract, Region
from roundsman.streets.store import BUILDING, MANIFEST, Store, check_name, name_of

if TYPE_CHECKING:
    from pathlib import Path

PORTO = Region(
    name="porto",
    version="one",
    file="porto.osm.pbf",
    sha256="00",
    extract=Extract(box=Box(-8.8, 41.0, -8.4, 41.4), streets=3, data_at="2026-01-05T00:00:00Z"),
    modes=("car",),
    imported_at="2026-01-05T08:00:00+00:00",
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def built(store: Store, region: Region, text: str = "") -> Region:
    """Put a graph into the building folder of a version."""
    folder = store.building(region.name, region.version) / "car"
    folder.mkdir(parents=True)
    (folder / "graph.osrm.names").write_text(text or region.version)
    return region


def text_of(store: Store, region: Region) -> str:
    return (store.version(region) / "car" / "graph.osrm.names").read_text()


def test_nothing_is_there_and_nothing_is_made_by_looking(store: Store) -> None:
    assert (store.regions(), store.unfinished(), store.find("porto")) == ([], [], None)
    assert not store.folder.exists()


def test_what_was_built_is_in_use_when_it_is_published(store: Store) -> None:
    built(store, PORTO)
    assert store.regions() == []
    assert store.unfinished() == ["porto"]
    store.publish(PORTO)
    assert store.regions() == [PORTO]
    assert store.unfinished() == []
    assert text_of(store, PORTO) == "one"
    assert store.bytes_of(PORTO) == 3


def test_a_new_version_takes_the_place_of_the_old_one(store: Store) -> None:
    store.publish(built(store, PORTO))
    after = built(store, replace(PORTO, version="two"))
    assert store.find("porto") == PORTO
    assert text_of(store, PORTO) == "one"
    store.publish(after)
    assert store.find("porto") == after
    assert text_of(store, after) == "two"
    assert not store.version(PORTO).exists()
    assert {path.name for path in (store.folder / "porto").iterdir()} == {MANIFEST, "two"}


def test_who_has_an_old_file_open_may_read_on(store: Store) -> None:
    store.publish(built(store, PORTO))
    with (store.version(PORTO) / "car" / "graph.osrm.names").open() as old:
        store.publish(built(store, replace(PORTO, version="two")))
        assert old.read() == "one"


def test_a_kill_between_move_and_manifest_leaves_the_old_version_in_use(store: Store) -> None:
    store.publish(built(store, PORTO))
    after = built(store, replace(PORTO, version="two"))
    # What publish does first; then the power goes.
    store.building("porto", "two").rename(store.version(after))
    assert store.find("porto") == PORTO
    assert text_of(store, PORTO) == "one"
    store.publish(after)
    assert text_of(store, after) == "two"


def test_a_manifest_that_cannot_be_read_is_no_region(store: Store) -> None:
    store.publish(built(store, PORTO))
    (store.folder / "porto" / MANIFEST).write_text('{"name": "porto"')
    assert store.regions() == []


def test_a_removed_region_is_gone_with_its_files(store: Store) -> None:
    store.publish(built(store, PORTO))
    store.remove("porto")
    assert store.regions() == []
    assert not (store.folder / "porto").exists()
    with pytest.raises(UnknownThing, match="Imported: none"):
        store.remove("porto")


def test_an_import_that_was_not_ended_can_be_removed(store: Store) -> None:
    built(store, PORTO)
    store.remove("porto")
    assert store.unfinished() == []


def test_only_one_may_change_the_map(store: Store) -> None:
    with (
        store.locked(),
        pytest.raises(NotReady, match="at work"),
        Store(store.folder.parent).locked(),
    ):
        pass
    with store.locked():
        pass


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "map").write_text("in the way")
    with pytest.raises(NotReady, match="cannot be written"), Store(tmp_path).locked():
        pass


@pytest.mark.parametrize("name", ["", "..", "a/b", "Porto", "-x", "x" * 41, "a b", BUILDING])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(BadValue):
        check_name(name)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("porto-roads.osm.pbf", "porto-roads"),
        ("Île de France.OSM.PBF", "le-de-france"),
        ("---.osm.pbf", "map"),
        ("x" * 60 + ".osm.pbf", "x" * 40),
    ],
)
def test_a_region_is_named_after_its_file(tmp_path: Path, file: str, name: str) -> None:
    assert name_of(tmp_path / file) == name
    assert check_name(name) == name


def test_a_box_holds_its_borders() -> None:
    box = PORTO.extract.box
    assert box.holds(Point(41.0, -8.8))
    assert box.holds(Point(41.2, -8.6))
    assert not box.holds(Point(41.5, -8.6))
    assert not box.holds(Point(41.2, -8.9))
