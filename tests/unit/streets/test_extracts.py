"""Real extracts, where some lie beside the project: they hold what nobody thinks of."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from roundsman.core.geo import Point
from roundsman.gateways.roads import roads_of
from roundsman.streets.building import import_extract
from roundsman.streets.store import Store, name_of
from tests.project import ROOT
from tests.town import MADE_AT

if TYPE_CHECKING:
    from pathlib import Path

EXTRACTS = ROOT.parent / "shared" / "data" / "osm"
# Cut without its ways made whole: many refer to nodes that are not in the file.
LAUF = EXTRACTS / "lauf-pegnitz.osm.pbf"


@pytest.mark.skipif(not LAUF.is_file(), reason="the extract is not here")
def test_a_town_that_was_cut_carelessly_can_be_driven_in(tmp_path: Path) -> None:
    store = Store(tmp_path)
    done = import_extract(store, LAUF, name=name_of(LAUF), modes=("car", "truck"), now=MADE_AT)
    assert done.region.extract.streets > 2000
    with contextlib.closing(roads_of(data=tmp_path, url="", limit_m=500)) as roads:
        market, station = Point(49.5103, 11.2772), Point(49.5146, 11.2786)
        table = roads.table([market, station], "car")
        assert table.roads == "osrm:lauf-pegnitz"
        assert None not in table.snaps
        assert 400 < table.metres[0, 1] < 3000
        assert 60 < table.seconds[0, 1] < 600
        truck = roads.table([market, station], "truck")
        assert truck.seconds[0, 1] >= table.seconds[0, 1]
