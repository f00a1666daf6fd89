"""What of OpenStreetMap is on the base map, in which layer and from which zoom on (pure).

Layers, their names and their properties are those of the Shortbread schema 1.0, as far as the map
of the console shows them: styles written for Shortbread can show our tiles. `kind` says what a
thing is. Zooms are those of tiles: a feature of zoom 14 is seen from 14 on, and farther in too.
"""

from collections.abc import Iterator, Mapping
from math import ceil, log2, sqrt

from msgspec import Struct

MAX_ZOOM = 14

# Metres a pixel covers at zoom 0 on the equator, tiles drawn 512 pixels wide.
_PIXEL_M = 78271.5
# An area is worth drawing when it covers a square of so many pixels.
_WORTH_PX = 4.0

type Value = str | int | bool
# The tags of an object of OpenStreetMap.
type Tags = Mapping[str, str]


class Drawn(Struct, frozen=True):
    """That an object is drawn: where, from which zoom on, with which properties."""

    layer: str
    zoom: int
    properties: Mapping[str, Value]
    # Whether a point that stands for the object is drawn, rather than its shape.
    as_point: bool = False


# kind of street -> (from which zoom on, from which zoom on its name)
STREETS: Mapping[str, tuple[int, int]] = {
    "motorway": (5, 10),
    "trunk": (6, 10),
    "primary": (8, 11),
    "secondary": (9, 11),
    "tertiary": (10, 12),
    "unclassified": (12, 13),
    "residential": (12, 13),
    "busway": (12, 14),
    "living_street": (12, 13),
    "pedestrian": (13, 13),
    "service": (13, 14),
    "track": (13, 14),
    "cycleway": (13, 14),
    "footway": (13, 14),
    "path": (13, 14),
    "steps": (13, 14),
    "bridleway": (13, 14),
}
_ALIKE = {"road": "unclassified"}
_RAILS = {
    "rail": 8,
    "narrow_gauge": 8,
    "funicular": 11,
    "monorail": 11,
    "light_rail": 10,
    "subway": 10,
    "tram": 11,
}
_WATERWAYS = {"river": 8, "canal": 9, "stream": 13, "ditch": 14, "drain": 14}
_PLACES = {
    "city": 4,
    "town": 7,
    "village": 9,
    "suburb": 10,
    "quarter": 11,
    "neighbourhood": 12,
    "hamlet": 11,
    "island": 9,
    "locality": 13,
    "isolated_dwelling": 13,
    "farm": 13,
}
# (key, value) -> kind; what is not listed is not drawn.
_WATERS: Mapping[tuple[str, str], str] = {
    ("natural", "water"): "water",
    ("natural", "glacier"): "glacier",
    ("waterway", "riverbank"): "river",
    ("waterway", "dock"): "dock",
    ("landuse", "reservoir"): "reservoir",
    ("landuse", "basin"): "basin",
    ("leisure", "swimming_pool"): "swimming_pool",
}
_LANDS: Mapping[str, frozenset[str]] = {
    "landuse": frozenset(
        {
            "allotments",
            "brownfield",
            "cemetery",
            "commercial",
            "farmland",
            "farmyard",
            "forest",
            "garages",
            "grass",
            "greenfield",
            "greenhouse_horticulture",
            "industrial",
            "landfill",
            "meadow",
            "orchard",
            "plant_nursery",
            "quarry",
            "railway",
            "recreation_ground",
            "residential",
            "retail",
            "village_green",
            "vineyard",
        }
    ),
    "natural": frozenset(
        {
            "bare_rock",
            "beach",
            "grassland",
            "heath",
            "sand",
            "scree",
            "scrub",
            "shingle",
            "wetland",
            "wood",
        }
    ),
    "leisure": frozenset(
        {
            "common",
            "garden",
            "golf_course",
            "miniature_golf",
            "park",
            "pitch",
            "playground",
            "sports_centre",
            "stadium",
        }
    ),
    "amenity": frozenset({"grave_yard"}),
}
_KINDS = {"wood": "forest", "common": "park"}
_SITES: Mapping[str, frozenset[str]] = {
    "amenity": frozenset(
        {
            "bicycle_parking",
            "college",
            "hospital",
            "kindergarten",
            "parking",
            "prison",
            "school",
            "university",
        }
    ),
    "aeroway": frozenset({"aerodrome", "apron"}),
    "leisure": frozenset({"sports_centre"}),
    "landuse": frozenset({"construction"}),
}
_ROAD_AREAS = frozenset({"pedestrian", "service", "footway"})
_RUNWAYS = {"runway": 11, "taxiway": 13}
_BORDERS = {2: 2, 4: 6, 6: 10}

# Keys that may bring an area on the map; the reader skips areas that have none of them.
AREA_KEYS = (
    "aeroway",
    "amenity",
    "area:highway",
    "building",
    "highway",
    "landuse",
    "leisure",
    "man_made",
    "natural",
    "waterway",
)
POINT_KEYS = ("addr:housenumber", "place", "railway")


def of_point(tags: Tags) -> Iterator[Drawn]:
    """Tell how a single position is drawn: places, stations, house numbers."""
    yield from _place(tags)
    if tags.get("railway", "") in {"station", "halt"} and tags.get("name", ""):
        kind = "station" if tags.get("railway", "") == "station" else "halt"
        yield Drawn("public_transport", 13, {"kind": kind, **_names(tags)})
    yield from _address(tags)


def of_line(tags: Tags) -> Iterator[Drawn]:
    """Tell how a way is drawn as a line: streets and rails with their names, small waters."""
    yield from _street(tags)
    yield from _rail(tags)
    if (zoom := _RUNWAYS.get(aeroway := tags.get("aeroway", ""))) is not None:
        yield Drawn("streets", zoom, {"kind": aeroway})
    waterway = tags.get("waterway", "")
    if (zoom := _WATERWAYS.get(waterway)) is not None:
        hidden = _flags(tags, "bridge", "tunnel")
        yield Drawn("water_lines", zoom, {"kind": waterway, **hidden})
        if tags.get("name", "") and not hidden.get("tunnel"):
            named = max(zoom + 2, 11)
            yield Drawn(
                "water_lines_labels", min(named, MAX_ZOOM), {"kind": waterway, **_names(tags)}
            )
    if tags.get("route", "") == "ferry":
        yield Drawn("ferries", 9, {"kind": "ferry", **_names(tags)})
    if tags.get("man_made", "") in {"pier", "breakwater", "groyne"}:
        yield Drawn("pier_lines", 12, {"kind": tags.get("man_made", "")})


def of_area(tags: Tags, size_m2: float) -> Iterator[Drawn]:
    """Tell how an area of a size is drawn: waters, land, sites, buildings."""
    if tags.get("building", "no") != "no":
        yield Drawn("buildings", MAX_ZOOM, {})
        yield from _address(tags, as_point=True)
        return
    if kind := _water(tags):
        zoom = worth_from(size_m2, 4)
        yield Drawn("water_polygons", zoom, {"kind": kind})
        if tags.get("name", "") and kind in {"water", "reservoir", "glacier"}:
            named = min(MAX_ZOOM, zoom + 2)
            yield Drawn(
                "water_polygons_labels", named, {"kind": kind, **_names(tags)}, as_point=True
            )
        return
    if kind := _land(tags):
        yield Drawn("land", worth_from(size_m2, 7), {"kind": kind})
    if kind := _of(_SITES, tags):
        yield Drawn("sites", max(12, worth_from(size_m2, 12)), {"kind": kind})
    if tags.get("highway", "") in _ROAD_AREAS and tags.get("area", "") == "yes":
        yield Drawn("street_polygons", 13, {"kind": tags.get("highway", "")})
    if tags.get("man_made", "") in {"pier", "bridge"}:
        layer = "pier_polygons" if tags.get("man_made", "") == "pier" else "bridges"
        yield Drawn(layer, 12, {"kind": tags.get("man_made", "")})
    yield from _address(tags, as_point=True)


def of_border(level: int, tags: Tags) -> Iterator[Drawn]:
    """Tell how a way on the border of an administrative area is drawn; 2 is a country's."""
    if (zoom := _BORDERS.get(level)) is not None:
        at_sea = tags.get("maritime", "") == "yes" or tags.get("natural", "") == "coastline"
        yield Drawn(
            "boundaries",
            zoom,
            {
                "admin_level": level,
                **({"maritime": True} if at_sea else {}),
                **({"disputed": True} if tags.get("disputed", "") == "yes" else {}),
            },
        )


def worth_from(size_m2: float, at_least: int) -> int:
    """Return the zoom from which on an area is large enough to be drawn."""
    if size_m2 <= 0:
        return MAX_ZOOM
    zoom = ceil(log2(_PIXEL_M * _WORTH_PX / sqrt(size_m2)))
    return min(MAX_ZOOM, max(at_least, zoom))


# --- one kind of thing ----------------------------------------------------------------------------


def _street(tags: Tags) -> Iterator[Drawn]:
    highway = tags.get("highway", "")
    kind = highway.removesuffix("_link")
    kind = _ALIKE.get(kind, kind)
    if kind not in STREETS or tags.get("area", "") == "yes":
        return
    zoom, named = STREETS[kind]
    if kind == "service" and tags.get("service", "") in {"driveway", "parking_aisle"}:
        zoom = MAX_ZOOM
    ways = _flags(tags, "bridge", "tunnel")
    one_way = tags.get("oneway", "")
    yield Drawn(
        "streets",
        min(MAX_ZOOM, zoom + 2) if highway.endswith("_link") else zoom,
        {
            "kind": kind,
            **({"link": True} if highway.endswith("_link") else {}),
            **ways,
            **({"oneway": True} if one_way in {"yes", "1", "true"} else {}),
            **({"oneway_reverse": True} if one_way == "-1" else {}),
        },
    )
    names, ref = _names(tags), tags.get("ref", "")
    if names or ref:
        # The first of several numbers is the one on most signs.
        number = {"ref": ref.split(";")[0].strip()} if ref else {}
        yield Drawn("street_labels", named, {"kind": kind, **names, **number})


def _rail(tags: Tags) -> Iterator[Drawn]:
    kind = tags.get("railway", "")
    if (zoom := _RAILS.get(kind)) is not None:
        side = tags.get("service", "")
        yield Drawn(
            "streets",
            max(zoom, 13) if side else zoom,
            {
                "kind": kind,
                "rail": True,
                **({"service": side} if side else {}),
                **_flags(tags, "bridge", "tunnel"),
            },
        )


def _place(tags: Tags) -> Iterator[Drawn]:
    place, names = tags.get("place", ""), _names(tags)
    if place not in _PLACES or not names:
        return
    capital = tags.get("capital", "")
    kind, zoom = place, _PLACES[place]
    if place in {"city", "town"} and capital == "yes":
        kind, zoom = "capital", 3
    elif place in {"city", "town"} and capital == "4":
        kind, zoom = "state_capital", 4
    people = tags.get("population", "").replace(" ", "")
    # A place without a number is taken for a small one of its kind.
    usual = {"city": 100_000, "town": 5_000, "village": 500}.get(place, 50)
    population = int(people) if people.isascii() and people.isdecimal() else usual
    yield Drawn("place_labels", zoom, {"kind": kind, "population": population, **names})


def _address(tags: Tags, *, as_point: bool = False) -> Iterator[Drawn]:
    if number := tags.get("addr:housenumber", ""):
        yield Drawn("addresses", MAX_ZOOM, {"housenumber": number[:20]}, as_point=as_point)


def _water(tags: Tags) -> str:
    kind = next((kind for (key, value), kind in _WATERS.items() if tags.get(key, "") == value), "")
    if kind == "water":
        inner = tags.get("water", "")
        return inner if inner in {"river", "canal", "reservoir", "basin"} else "water"
    return kind


def _land(tags: Tags) -> str:
    kind = _of(_LANDS, tags)
    if kind == "wetland":
        wet = tags.get("wetland", "")
        return wet if wet in {"swamp", "marsh", "bog"} else "marsh"
    return _KINDS.get(kind, kind)


def _of(table: Mapping[str, frozenset[str]], tags: Tags) -> str:
    return next(
        (value for key, values in table.items() if (value := tags.get(key, "")) in values), ""
    )


def _names(tags: Tags) -> dict[str, Value]:
    """Return the name, and those for readers of English and German where they differ."""
    name = tags.get("name", "")
    if not name:
        return {}
    others = {f"name_{code}": tags.get(f"name:{code}", "") for code in ("en", "de")}
    return {"name": name, **{key: one for key, one in others.items() if one and one != name}}


def _flags(tags: Tags, *keys: str) -> dict[str, Value]:
    return {key: True for key in keys if tags.get(key, "no") not in {"no", ""}}
