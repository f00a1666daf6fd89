"""The base map under the live map, and the page on which maps are imported."""

from roundsman.web.shapes.shape import Shape


class MapFrame(Shape, frozen=True):
    """A rectangle of degrees."""

    west: float
    south: float
    east: float
    north: float


class BaseMap(Shape, frozen=True):
    """Answer of `GET /web/basemap`: where tiles are; `tiles` is empty when no map is imported."""

    tiles: str
    max_zoom: int
    frame: MapFrame | None
    attribution: str
